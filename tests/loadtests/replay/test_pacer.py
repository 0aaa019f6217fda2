from __future__ import annotations

import heapq
from collections.abc import Callable

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from loadtests.journey import Row
from loadtests.replay.pacer import Pacer
from loadtests.replay.recorder import Recorder


class World:
    """Time that passes only when the pacer sleeps; journeys end after the times that `takes_s` gives, in order of their ends."""

    def __init__(self, takes_s: Callable[[Row], float], pool: int = 1000, hiccup_s: float = 0.0):
        self.now, self.takes_s, self.hiccup_s = 0.0, takes_s, hiccup_s
        self.started: list[tuple[int, float, float]] = []
        self.ends: list[tuple[float, int, Callable[[], None]]] = []
        self.recorder = Recorder(0, lambda: self.now)
        self.pacer = Pacer(self.play, self.recorder, pool, lambda: self.now, self.sleep, self.spawn)

    def sleep(self, seconds: float) -> None:
        self.until(self.now + seconds + self.hiccup_s)

    def until(self, t: float) -> None:
        while self.ends and self.ends[0][0] <= t:
            self.now, _, end = heapq.heappop(self.ends)
            end()
        self.now = max(self.now, t)

    def spawn(self, run, row: Row, intended_s: float, carried) -> None:
        """Run a journey's body when it is over: nothing but its end matters to the pacer."""
        self.started.append((row.row, intended_s, self.now))
        heapq.heappush(self.ends, (self.now + self.takes_s(row), row.row, lambda: run(row, intended_s, carried)))

    def play(self, row: Row, intended_s: float, carried):
        return None if row.journey == "checkout" else f"from {row.row}"

    def run(self, rows: list[Row]) -> None:
        self.pacer.run(rows)
        self.until(float("inf"))


def row(at_s: float, number: int, follows: int = -1, followers: int = 0, journey: str = "browse") -> Row:
    return Row(at_s, number, journey, 0, -1, [], [], follows, followers)


# On a grid, so that sums of instants are exact.
seconds = st.integers(1, 20 * 64).map(lambda ticks: ticks / 64)
instants = st.lists(st.integers(0, 30 * 64), min_size=1, max_size=40).map(lambda ticks: [t / 64 for t in sorted(ticks)])


@given(instants, seconds)
def test_arrivals_never_depend_on_service(at_s, takes_s):
    world = World(lambda _: takes_s)
    world.run([row(t, i) for i, t in enumerate(at_s)])
    assert [(number, start) for number, _, start in world.started] == list(enumerate(at_s))


@given(instants, seconds)
def test_a_late_pacer_starts_at_once_and_keeps_the_intended_times(at_s, hiccup_s):
    world = World(lambda _: 0.1, hiccup_s=hiccup_s)
    world.run([row(t, i) for i, t in enumerate(at_s)])
    woke = 0.0
    for (_, intended_s, started_s), t in zip(world.started, at_s, strict=True):
        woke = woke if t <= woke else t + hiccup_s
        assert intended_s == t
        assert started_s == woke


@given(instants, seconds, st.integers(1, 5))
def test_a_full_pool_drops_and_what_starts_starts_on_time(at_s, takes_s, pool):
    world = World(lambda _: takes_s, pool)
    world.run([row(t, i) for i, t in enumerate(at_s)])
    busy: list[float] = []
    expected = []
    for i, t in enumerate(at_s):
        busy = [end for end in busy if end > t]
        if len(busy) < pool:
            busy.append(t + takes_s)
            expected.append((i, t, t))
    assert world.started == expected
    samples = world.recorder.take()
    dropped = 0 if samples is None else len(samples)
    assert world.recorder.progress.dropped == dropped == len(at_s) - len(expected)
    assert world.recorder.progress.sent == len(expected)


def test_a_dropped_journey_is_one_sample_without_times():
    world = World(lambda _: 5.0, pool=1)
    world.run([row(0.0, 0), row(1.0, 1)])
    (sample,) = world.recorder.take().to_pylist()
    assert (sample["row"], sample["step"], sample["outcome"], sample["t_intended"]) == (1, "", "dropped", 1.0)
    assert np.isnan([sample["t_start"], sample["t_end"]]).all()


def test_a_journey_waits_for_the_one_it_follows_and_is_intended_at_its_end():
    world = World(lambda r: 4.0 if r.row == 0 else 0.5)
    world.run([row(0.0, 0, followers=2), row(1.0, 1, follows=0), row(2.0, 2), row(9.0, 3, follows=0)])
    assert sorted(world.started) == [(0, 0.0, 0.0), (1, 4.0, 4.0), (2, 2.0, 2.0), (3, 9.0, 9.0)]


def test_waiting_takes_no_place_in_the_pool():
    world = World(lambda r: 4.0 if r.row == 0 else 0.5, pool=2)
    world.run([row(0.0, 0, followers=1), row(1.0, 1, follows=0), row(2.0, 2)])
    assert world.recorder.progress.dropped == 0


def test_a_journey_whose_predecessor_brought_nothing_makes_no_request():
    world = World(lambda _: 0.5)
    world.run(
        [
            row(0.0, 0, followers=1, journey="checkout"),
            row(1.0, 1, follows=0, journey="order_status"),
            row(2.0, 2, follows=77),
        ]
    )
    assert [number for number, _, _ in world.started] == [0]
    assert world.recorder.progress.sent == 1
    assert world.recorder.progress.unmet == {"order_status": 1, "browse": 1}


def test_the_follower_of_a_dropped_journey_makes_no_request():
    world = World(lambda _: 5.0, pool=1)
    world.run([row(0.0, 0), row(1.0, 1, followers=1), row(9.0, 2, follows=1)])
    progress = world.recorder.progress
    assert (progress.sent, progress.dropped, progress.unmet) == (1, 1, {"browse": 1})


def test_a_stopped_pacer_starts_no_follower():
    world = World(lambda _: 4.0)
    world.pacer.run([row(0.0, 0, followers=1), row(1.0, 1, follows=0)])
    world.pacer.stopped = True
    world.until(float("inf"))
    assert [number for number, _, _ in world.started] == [0]
    assert world.recorder.progress.under_way == 0


def test_each_follower_gets_what_was_brought_and_it_is_forgotten_with_the_last():
    world = World(lambda r: 4.0 if r.row == 0 else 0.5)
    played: list[tuple[int, float, object]] = []
    play = world.play

    def watched(row, intended_s, carried):
        played.append((row.row, intended_s, carried))
        return play(row, intended_s, carried)

    world.pacer._play = watched
    world.run([row(0.0, 0, followers=3), row(1.0, 1, follows=0), row(5.0, 2, follows=0), row(6.0, 3, follows=0)])
    assert played == [(0, 0.0, None), (1, 4.0, "from 0"), (2, 5.0, "from 0"), (3, 6.0, "from 0")]
    assert world.pacer._brought == {}
    world.run([row(20.0, 4, follows=0, journey="order_status")])
    assert world.recorder.progress.unmet == {"order_status": 1}, (
        "three followers were announced, and a fourth finds nothing"
    )


def test_a_journey_that_breaks_brings_nothing():
    world = World(lambda _: 0.5)

    def broken(row, intended_s, carried):
        raise OSError

    world.pacer._play = broken
    rows = [row(0.0, 0, followers=1), row(2.0, 1, follows=0)]
    try:
        world.run(rows)
    except OSError:
        world.run(rows[1:])
    assert (world.recorder.progress.unmet, world.recorder.progress.under_way) == ({"browse": 1}, 0)


def test_a_dropped_journey_is_dropped_by_its_name():
    world = World(lambda _: 5.0, pool=1)
    world.run([row(0.0, 0), row(1.0, 1, journey="search")])
    assert world.recorder.take().to_pylist()[0]["journey"] == "search"
