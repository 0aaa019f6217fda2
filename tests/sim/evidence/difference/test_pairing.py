"""Which journeys of two runs pair, and that a run compared unpaired says why."""

import numpy as np
import pytest

from sim.evidence.difference.pairing import pair

T = np.arange(200) * 0.5
NAMES = np.where(np.arange(200) % 4 == 0, "checkout", "browse")


def evidence(make_samples, make_run, a=None, b=None, run_a=None, run_b=None):
    samples = [make_samples(T, 0.1, journey=NAMES) if each is None else each for each in (a, b)]
    return pair(samples[0], make_run(samples[0], **(run_a or {})), samples[1], make_run(samples[1], **(run_b or {})))


def test_two_replays_of_a_trace_pair_by_row(make_samples, make_run):
    found = evidence(make_samples, make_run)
    assert (found.pairs, found.requests.paired, found.attempts.paired) == (200, True, True)
    assert found.how == "Paired by trace row: 200 journeys of A and B, the same journey in the same second."


def test_a_journey_that_began_late_in_one_run_stays_paired(make_samples, make_run):
    """Followers of a journey that a stall held back start late: to leave them out would leave out the stall."""
    late = T.copy()
    late[50:60] += 5.0
    found = evidence(make_samples, make_run, a=make_samples(late, 3.0, journey=NAMES))
    assert found.pairs == 200


def test_retries_of_a_journey_stay_in_its_stretch(make_samples, make_run):
    """A made two requests in every journey, B one: both cut the same rows into the same stretches."""
    twice = make_samples(np.repeat(T, 2) + np.tile([0, 0.1], 200), 0.05, row=np.repeat(np.arange(200), 2))
    found = evidence(make_samples, make_run, a=twice, b=make_samples(T, 0.1))
    part_a, part_b = found.requests.stretches()
    assert np.bincount(part_a).tolist() == [20] * 20
    assert np.bincount(part_b).tolist() == [10] * 20


def test_rows_that_one_run_lacks_are_left_out_of_both(make_samples, make_run):
    short = make_samples(T[:190], 0.1, journey=NAMES[:190])
    found = evidence(make_samples, make_run, a=short)
    assert (len(found.requests.a), len(found.requests.b), found.pairs) == (190, 190, 190)
    assert "10 journeys that only one of them holds are left out" in found.how


def test_the_warm_up_of_either_is_left_out_of_both(make_samples, make_run):
    found = evidence(make_samples, make_run, run_b={"warmup_s": 10.0})
    assert found.requests.a.t_s.min() == found.requests.b.t_s.min() == 10.0
    assert found.pairs == 180
    assert "left out" not in found.how


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"scenario_hash": "1" * 64}, "scenario"),
        ({"time_scale": 2.0}, "time scale"),
        ({"shape": "ramp:60"}, "shape"),
        ({"loop_s": 60.0}, "length of the loop"),
        ({"trace_from_s": 30.0}, "beginning of the stretch"),
    ],
)
def test_traces_replayed_in_different_ways_do_not_pair(make_samples, make_run, changes, what):
    found = evidence(make_samples, make_run, run_b=changes)
    assert (found.pairs, found.requests.paired) == (0, False)
    assert found.how.endswith(f"they differ in the {what}.")


def test_another_draw_of_the_same_scenario_does_not_pair(make_samples, make_run):
    other = make_samples(T, 0.1, journey=np.random.default_rng(1).permutation(NAMES))
    found = evidence(make_samples, make_run, b=other)
    assert found.pairs == 0
    assert "of the journeys have the same trace row, journey and second in both runs, 90 % are needed" in found.how


def test_the_same_journeys_at_other_seconds_do_not_pair(make_samples, make_run):
    assert evidence(make_samples, make_run, b=make_samples(T + 1.5, 0.1, journey=NAMES)).pairs == 0


def test_a_file_without_intended_starts_does_not_pair(make_samples, make_run):
    found = evidence(make_samples, make_run, run_b={"intended_starts": False})
    assert (found.pairs, found.attempts) == (0, None)
    assert found.how.startswith("Not paired: B carries no intended starts")
