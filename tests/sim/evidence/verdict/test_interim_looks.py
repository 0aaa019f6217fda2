"""Looking at a run while it goes on: how often a system at its limit is ever passed, and what a declared look decides."""

import numpy as np
import pytest

from sim.evidence.statistics.rules import ONE_LOOK
from sim.evidence.statistics.shares import share
from sim.evidence.verdict.interim_looks import clean_s, declare, look, outlook, rules
from sim.evidence.verdict.judge import judge
from sim.evidence.verdict.targets import DEFAULT
from sim.records.load_run import GeneratorWindow, Looks

from ..statistics.test_shares import ALLOWED, bursts, independent

N, SPACING_S = 200_000, 0.02
LOOKS = declare(N * SPACING_S, 0.0, incident_s=0.2)
"""An incident of 0.2 s is ten requests: what the bursts below lose on average, and half of what their sizes make of it."""


def ever(decision, draw, strictness, runs=300):
    """How often any of the declared looks decides so."""
    rng, t = np.random.default_rng(20241002), np.arange(N) * SPACING_S
    ends = np.searchsorted(t, LOOKS.at_s)

    def decided(bad):
        return any(share(t[:n], bad[:n], ALLOWED, strictness).decide(ALLOWED) == decision for n in ends)

    return np.mean([decided(draw(rng)) for _ in range(runs)])


def at_the_limit(rng):
    return independent(rng, N, ALLOWED)


def at_the_limit_in_bursts(rng):
    return bursts(rng, N, ALLOWED, 10, 0.2)


@pytest.mark.parametrize("draw", [at_the_limit, at_the_limit_in_bursts])
def test_a_system_at_its_limit_is_ever_passed_in_at_most_7_percent(draw):
    assert ever("pass", draw, rules(LOOKS)) <= 0.07


def test_looking_as_if_each_look_were_the_only_one_would_pass_bursts_in_a_third_of_all_runs():
    assert ever("pass", at_the_limit_in_bursts, ONE_LOOK, runs=100) > 0.25


def test_a_good_system_is_passed_and_a_bad_one_failed():
    assert ever("pass", lambda rng: independent(rng, N, 0.0001), rules(LOOKS), runs=50) == 1
    assert ever("fail", lambda rng: bursts(rng, N, 0.01, 10, 0.2), rules(LOOKS), runs=50) == 1


def test_looks_double_and_none_comes_before_twenty_incidents_fit_into_it():
    assert declare(3200.0, 0.0, 2.0).at_s == [200.0, 400.0, 800.0, 1600.0, 3200.0]
    assert declare(330.0, 10.0, 2.0).at_s == [10 + 40.0, 10 + 80.0, 10 + 160.0, 10 + 320.0]
    assert declare(30.0, 0.0, 2.0).at_s == [30.0], "too short to look into: only its end is left"


@pytest.mark.parametrize(("factor", "decision"), [(0.99, "inconclusive"), (1.01, "pass")])
def test_a_faultless_run_passes_once_it_is_as_long_as_was_said(factor, decision):
    t = np.arange(0, factor * clean_s(LOOKS, DEFAULT), SPACING_S)
    assert share(t, np.zeros(len(t), bool), ALLOWED, rules(LOOKS)).decide(ALLOWED) == decision


def test_it_is_said_before_a_run_whether_a_look_can_pass_it():
    assert outlook(declare(120.0, 0.0, 0.2), DEFAULT, 0.0) == (
        "looks at 8, 15, 30, 60, 120 s; a pass takes at least 15.3 min without a failure, reckoning with incidents of 200 ms, "
        "longer than the run: it can fail or stay inconclusive"
    )
    assert outlook(declare(1200.0, 10.0, 0.2), DEFAULT, 10.0).endswith("incidents of 200 ms")


@pytest.fixture
def watched(make_samples, make_run):
    """A run of 1,600 s of which the first look is at 100 s; every tenth request of a stretch fails."""

    def make(bad_from, bad_to):
        t = np.arange(32_000) * 0.05
        outcome = np.where((t >= bad_from) & (t < bad_to) & (np.arange(len(t)) % 10 == 0), "failed", "ok")
        samples = make_samples(t, np.full(len(t), 0.1), outcome)
        return samples, make_run(samples, looks=Looks(at_s=[100, 200, 400, 800, 1600], incident_s=1.0))

    return make


def test_the_first_look_that_decides_is_the_verdict(watched):
    samples, run = watched(0, 400)
    verdict = judge(samples, run)
    assert (verdict.decision, verdict.window_s) == ("fail", 100)
    assert look(samples, run, DEFAULT, 100) == "fail"
    assert verdict.findings[0].requests == 2000


def test_what_comes_after_the_look_that_decided_changes_nothing(watched):
    early, whole = watched(0, 400), watched(0, 1600)
    assert judge(*early).sentence == judge(*whole).sentence


def test_a_run_that_no_look_decides_is_judged_at_its_end(watched):
    samples, run = watched(1590, 1600)
    verdict = judge(samples, run)
    assert (verdict.decision, verdict.window_s) == ("inconclusive", 1600)
    assert any(said.startswith("Judged at look 5 of 5 declared, at 26.7 min") for said in verdict.reasons)


def test_a_run_that_was_stopped_is_judged_as_far_as_it_went(watched):
    samples, run = watched(0, 0)
    run = run.model_copy(update={"duration_s": 250.0})
    assert judge(samples, run).window_s == 250


@pytest.mark.parametrize(
    ("fault", "named"),
    [
        ({"lag_p99_s": 0.5, "cpu_share": 0.1}, "ran late"),
        ({"lag_p99_s": 0.001, "cpu_share": 0.99}, "short of CPU"),
    ],
)
def test_a_look_decides_nothing_on_a_window_that_is_invalid(watched, fault, named):
    samples, run = watched(0, 400)
    window = GeneratorWindow(worker=0, from_s=50, to_s=55, journeys=1000, **fault)
    run = run.model_copy(update={"generator": [window]})
    assert look(samples, run, DEFAULT, 100) == "invalid"
    assert judge(samples, run).decision == "invalid"
    assert named in judge(samples, run).sentence


def test_what_goes_wrong_after_the_look_that_decided_changes_nothing(watched):
    samples, run = watched(0, 400)
    late = GeneratorWindow(worker=0, from_s=102, to_s=107, journeys=1000, lag_p99_s=0.5, cpu_share=0.99)
    run = run.model_copy(update={"generator": [late], "duration_s": 107.0})
    assert (look(samples, run, DEFAULT, 100), judge(samples, run).decision) == ("fail", "fail")


@pytest.mark.parametrize("outcome", ["rejected", "dropped"])
def test_a_look_decides_nothing_where_too_little_is_proof_or_the_pool_was_full(make_samples, make_run, outcome):
    t = np.arange(32_000) * 0.05
    names = np.where(np.arange(len(t)) % 10 == 0, outcome, np.where(np.arange(len(t)) % 10 == 1, "failed", "ok"))
    samples = make_samples(t, np.full(len(t), 0.1), names)
    run = make_run(samples, looks=Looks(at_s=[100, 200, 400, 800, 1600], incident_s=1.0))
    assert look(samples, run, DEFAULT, 100) == "invalid"
