"""The remaining time of work whose steps take known times, at every moment of it."""

from __future__ import annotations

import heapq

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.cli.remaining import Remaining


class Clock:
    def __init__(self):
        self.now_s = 0.0

    def __call__(self):
        return self.now_s


def ends(times_s, at_once):
    """When each step ends, s, on so many workers that take the next step as soon as they are free."""
    free, ended = [0.0] * at_once, []
    for time_s in times_s:
        heapq.heappush(free, end := heapq.heappop(free) + time_s)
        ended.append(end)
    return sorted(ended)


def estimates(times_s, at_once=1, after=0.5):
    """(true, estimated) remaining time, s: after each end, and `after` of the way to the next one."""
    clock, ended = Clock(), ends(times_s, at_once)
    remaining = Remaining(at_once, clock)
    remaining.update(0, len(ended))
    for done, end in enumerate(ended, start=1):
        clock.now_s = end
        remaining.update(done, len(ended))
        for share in (0.0, after):
            clock.now_s = end + share * ((ended[done] if done < len(ended) else end) - end)
            yield ended[-1] - clock.now_s, remaining.seconds()


@pytest.mark.parametrize("at_once", [1, 2, 4])
def test_steps_of_one_length_leave_exactly_what_is_left(at_once):
    """Batches that end in one instant too, once the whole batch is counted: a speed over the last second would be infinite there."""
    n = 10 * at_once
    found = list(estimates([6.8] * n, at_once))
    whole = [each for at, each in enumerate(found) if (at // 2 + 1) % at_once == 0]
    assert len(whole) == 20
    for true, estimated in whole:
        assert estimated == pytest.approx(true, abs=1e-6)


def test_a_fifth_of_the_work_after_68_seconds_leaves_four_times_as_many():
    clock = Clock()
    remaining = Remaining(4, clock)
    remaining.update(0, 40)
    clock.now_s = 68.0
    for done in range(1, 9):
        remaining.update(done, 40)
    assert remaining.seconds() == pytest.approx(4 * 68.0)


@given(st.lists(st.floats(0.5, 2.0), min_size=8, max_size=60), st.integers(1, 4))
def test_steps_of_unequal_length_mislead_by_their_own_spread_alone(times_s, at_once):
    """Half to twice the mean length: so far may the estimate of a round be from the truth, and one round more is under way."""
    found = list(estimates(times_s, at_once))
    longest_s = 2.0
    for true, estimated in found:
        assert true / 4 - 2 * longest_s <= estimated <= 4 * true + 2 * longest_s


def test_the_estimate_falls_with_the_clock_and_not_to_nothing_while_a_step_takes_long():
    clock = Clock()
    remaining = Remaining(1, clock)
    remaining.update(0, 4)
    clock.now_s = 10.0
    remaining.update(1, 4)
    assert remaining.seconds() == 30.0
    clock.now_s = 16.0
    assert remaining.seconds() == 24.0
    clock.now_s = 100.0
    assert remaining.seconds() == pytest.approx(2 * 100 / 2)
    remaining.update(4, 4)
    assert remaining.seconds() == 0.0


def test_what_was_kept_by_an_earlier_command_took_no_time():
    clock = Clock()
    remaining = Remaining(1, clock)
    remaining.update(30, 40)
    clock.now_s = 5.0
    remaining.update(31, 40)
    assert remaining.seconds() == pytest.approx(9 * 5.0)
    remaining.update(35, 40)
    assert remaining.seconds() == pytest.approx(5 * 5.0)


def test_other_work_begins_anew():
    clock = Clock()
    remaining = Remaining(1, clock)
    remaining.update(0, 2)
    clock.now_s = 60.0
    remaining.update(1, 2)
    remaining.update(2, 2)
    clock.now_s = 61.0
    remaining.update(1, 10)
    assert remaining.seconds() == pytest.approx(9.0)


def test_before_a_step_was_done_nothing_is_known():
    remaining = Remaining(1, Clock())
    assert remaining.seconds() is None
    remaining.update(0, 12)
    assert remaining.seconds() is None
