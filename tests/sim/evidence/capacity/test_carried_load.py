"""The question answered: orders an hour, success of journeys, and the step at which they failed."""

import numpy as np
import pyarrow as pa
import pytest

from sim.evidence.verdict.interim_looks import declare, look
from sim.evidence.verdict.judge import judge
from sim.evidence.verdict.targets import parse
from sim.records.load_run import Accounts
from sim.records.samples import SCHEMA

N = 2000
STEPS = ("cart", "order")


def shopped(make_samples, bad=(), step="order", error="timeout", outcome="failed", response_s=0.1, n=N, every_s=0.05):
    """Checkouts of two steps, one every 50 ms (72,000 an hour); those in `bad` end at `step` with `outcome`."""
    rows = np.repeat(np.arange(n), 2)
    steps = np.tile(STEPS, n)
    t = rows * every_s + np.where(steps == "order", 0.02, 0.0)
    ends = np.isin(rows, list(bad)) & (steps == step)
    went = ~(np.isin(rows, list(bad)) & (steps == "order") & (step == "cart"))
    outcomes = np.where(ends, outcome, "ok").astype(object)
    samples = make_samples(
        t[went], response_s if np.isscalar(response_s) else response_s[went], outcomes[went], row=rows[went]
    )
    place = SCHEMA.get_field_index("step"), SCHEMA.get_field_index("error")
    names = (
        pa.array(np.where(outcomes == "dropped", "", steps)[went]).dictionary_encode().cast(SCHEMA.field("step").type)
    )
    errors = pa.array(np.where(ends, error, None)[went], pa.string())
    return samples.set_column(place[0], SCHEMA.field("step"), names).set_column(place[1], SCHEMA.field("error"), errors)


def line(verdict, journey="checkout"):
    return next(line for line in verdict.journeys if line.journey == journey)


def finding(verdict, quantity, scope="all requests"):
    return next(f for f in verdict.findings if (f.quantity, f.scope) == (quantity, scope))


def test_asked_for_orders_an_hour_the_verdict_answers_in_orders_an_hour(make_samples, make_run):
    samples = shopped(make_samples, bad=range(0, N, 100))
    verdict = judge(samples, make_run(samples, peak_orders_per_hour=72_000.0))
    said = "Carried 71,280 of 72,000 orders/h asked (1,980 completed checkouts in 100 s; 2,000 offered, 72,000 an hour); 20 failed at `order`"
    assert said in verdict.sentence
    assert line(verdict).failed_at == {"order": 20}
    assert (line(verdict).offered, line(verdict).completed, line(verdict).failed, line(verdict).other) == (
        2000,
        1980,
        20,
        0,
    )
    assert verdict.throughput.requests_offered_per_s == pytest.approx(40)
    assert verdict.throughput.requests_answered_per_s == pytest.approx(39.8)


def test_without_an_asked_rate_the_offered_one_stands_in(make_samples, make_run):
    samples = shopped(make_samples)
    assert "Carried 72,000 of 72,000 orders/h offered" in judge(samples, make_run(samples)).sentence
    shaped = make_run(samples, peak_orders_per_hour=9.0, shape="ramp:60")
    assert judge(samples, shaped).throughput.asked_orders_per_hour is None


def test_a_trace_played_faster_asks_for_as_many_times_the_orders(make_samples, make_run):
    samples = shopped(make_samples)
    asked = judge(samples, make_run(samples, peak_orders_per_hour=36_000.0, time_scale=2.0)).throughput
    assert asked.asked_orders_per_hour == 72_000


@pytest.mark.parametrize(
    "changes",
    [
        {"warmup_s": 20.0},
        {"duration_s": 130.0, "stopped": "stopped by hand"},
        {"warmup_s": 20.0, "duration_s": 130.0, "stopped": "more than 50% of the requests of 10 s failed"},
    ],
)
def test_rates_are_of_the_time_in_which_journeys_were_to_start(make_samples, make_run, changes):
    samples = shopped(make_samples)
    verdict = judge(samples, make_run(samples, **changes))
    assert line(verdict).offered_per_hour == pytest.approx(72_000, rel=0.001)
    assert line(verdict).completed_per_hour == pytest.approx(72_000, rel=0.001)


def test_rates_of_a_run_that_a_look_decided_end_with_the_look(make_samples, make_run):
    samples = shopped(make_samples, bad=range(0, N, 4))
    looks = declare(100.0, 0.0, 0.2)
    verdict = judge(samples, make_run(samples, looks=looks))
    assert verdict.throughput.window_s == looks.at_s[0]
    assert line(verdict).offered_per_hour == pytest.approx(72_000, rel=0.01)


def test_orders_that_are_completed_later_and_later_are_not_carried_at_the_rate_offered(make_samples, make_run):
    late_s = 0.01 + np.repeat(np.arange(N), 2) * 0.025
    samples = shopped(make_samples, response_s=late_s)
    verdict = judge(samples, make_run(samples))
    assert verdict.throughput.delay_s == pytest.approx(90, rel=0.05)
    assert line(verdict).completed_per_hour == pytest.approx(72_000 / 1.9, rel=0.05)
    assert "completions fell" in verdict.sentence


@pytest.mark.parametrize(
    ("outcome", "failed", "other"), [("failed", 8, 0), ("dropped", 8, 0), ("rejected", 0, 8), ("conflict", 0, 8)]
)
def test_a_journey_that_was_refused_has_neither_failed_nor_been_completed(
    make_samples, make_run, outcome, failed, other
):
    samples = shopped(make_samples, bad=range(8), step="cart", outcome=outcome)
    verdict = judge(samples, make_run(samples))
    assert (line(verdict).failed, line(verdict).other) == (failed, other)
    assert line(verdict).offered - line(verdict).started == (8 if outcome == "dropped" else 0)
    assert finding(verdict, "journeys").requests == N - other


def test_the_success_of_journeys_stands_beside_the_availability_of_requests_and_binds_when_named(
    make_samples, make_run
):
    samples = shopped(make_samples, bad=range(0, N, 125))
    run = make_run(samples)
    lenient = judge(samples, run, parse(["availability=99%"]))
    assert finding(lenient, "journeys").estimate == pytest.approx(0.992)
    assert finding(lenient, "availability").estimate == pytest.approx(0.996)
    assert finding(lenient, "journeys").decision == "informs"
    assert any(said.startswith("Journey success was 99.2 % (16 of 2,000 failed)") for said in lenient.reasons)
    for target in ("journeys=99.9%", "checkout:journeys=99.9%"):
        held = judge(samples, run, parse(["availability=99%", target]))
        assert held.decision == "fail"
        assert "ourney success" in held.sentence


def test_every_failure_names_its_step_and_no_status_reads_as_a_number_of_failures(make_samples, make_run):
    samples = shopped(make_samples, bad=[5, 900], error="500")
    verdict = judge(samples, make_run(samples))
    assert any(
        "Failed: 2 × HTTP 500 at `order` of checkout (270 ms to 45 s of the run)" in said for said in verdict.reasons
    )
    order = next(step for step in verdict.steps if step.step == "order")
    assert (order.requests, order.failed, order.errors) == (N, 2, {"HTTP 500": 2})


@pytest.mark.parametrize("target", ["journeys=99%", "checkout:journeys=99%", "p95=50s", "mean=200ms"])
@pytest.mark.parametrize(("lost", "decision"), [(2, "pass"), (2000, "inconclusive")])
def test_lost_journeys_count_as_failed_for_every_target(make_samples, make_run, target, lost, decision):
    samples = shopped(make_samples)
    accounts = Accounts(scheduled=N + lost, sent=N, dropped=0, lost=lost, not_reached=0)
    run = make_run(samples, accounts=accounts, timeout_s=10.0)
    targets = tuple(t for t in parse([target]) if t.quantity in target)
    held = judge(samples, run, targets)
    assert held.decision == decision
    assert any(
        ("and it would not" in said) == (held.decision == "inconclusive")
        for said in held.reasons
        if "were lost" in said
    )


def test_a_look_counts_lost_journeys_too(make_samples, make_run):
    samples = shopped(make_samples)
    looks = declare(100.0, 0.0, 0.0001)
    for lost, decision in ((0, "pass"), (500, "inconclusive")):
        accounts = Accounts(scheduled=N + lost, sent=N, dropped=0, lost=lost, not_reached=0)
        assert (
            look(samples, make_run(samples, looks=looks, accounts=accounts), parse(["availability=99%"]), 100.0)
            == decision
        )


def test_stalls_that_fail_nothing_are_named_and_leave_no_clean_window(make_samples, make_run):
    t = np.arange(9000) * 0.01
    took_s = np.full(9000, 0.02)
    for begin in (20.0, 45.0, 70.0):
        inside = (t >= begin) & (t < begin + 2)
        took_s[inside] = begin + 2 - t[inside] + 0.02
    samples = make_samples(t, took_s)
    said = " ".join(judge(samples, make_run(samples)).window_supports)
    assert "3 incidents of slowness: " in said
    assert "70 s to 72 s" in said
    assert "the window was not clean" in said
    assert "without a failure or a stall excludes" not in said


def test_a_system_that_is_slow_throughout_does_not_stall(make_samples, make_run):
    samples = make_samples(np.arange(3000) * 0.03, np.random.default_rng(1).uniform(1.4, 1.6, 3000))
    assert "slowness" not in " ".join(judge(samples, make_run(samples)).window_supports)


@pytest.mark.parametrize(("timeout_s", "mean"), [(10.0, "fail"), (1.0, "inconclusive")])
def test_where_nothing_was_answered_there_is_no_mean(make_samples, make_run, timeout_s, mean):
    samples = make_samples(np.arange(300) * 0.1, np.full(300, 0.001), "failed")
    verdict = judge(samples, make_run(samples, timeout_s=timeout_s))
    assert verdict.decision == "fail"
    assert (finding(verdict, "mean").estimate, finding(verdict, "mean").decision) == (None, mean)
    assert any(
        f"none of 300 requests was answered; a failed one is charged the time-out of {timeout_s:g} s" in s
        for s in verdict.reasons
    )
    assert all(step.mean_s is None for step in verdict.steps)


def test_one_verdict_has_one_confidence(make_samples, make_run):
    for bad in ([], range(0, N, 20), [5, 900]):
        samples = shopped(make_samples, bad=bad)
        verdict = judge(samples, make_run(samples))
        said = " ".join([verdict.sentence, *verdict.reasons, *verdict.window_supports])
        assert said.count("confidence") == 1
        assert "90 %" not in said


def test_a_login_that_was_renewed_does_not_end_a_journey(make_samples, make_run):
    samples = make_samples(np.array([0.0, 0.1, 1.0]), 0.05, ["auth_lost", "ok", "auth_lost"], row=[0, 0, 1])
    again = samples.set_column(
        SCHEMA.get_field_index("attempt"), SCHEMA.field("attempt"), pa.array([1, 2, 1], pa.int16())
    )
    assert (line(judge(again, make_run(again))).completed, line(judge(again, make_run(again))).other) == (1, 1)


def test_a_trace_that_drew_more_orders_than_asked_is_held_against_its_offer(make_samples, make_run):
    samples = shopped(make_samples, bad=range(0, N, 100))
    said = judge(samples, make_run(samples, peak_orders_per_hour=64_000.0)).sentence
    assert "Carried 71,280 of 72,000 orders/h offered, where 64,000 were asked (1,980 completed checkouts" in said


def test_what_the_lab_cut_off_or_broke_is_neither_offered_nor_answered_by_the_api(make_samples, make_run):
    samples = make_samples(np.arange(200) * 0.1, 0.01, np.array(["ok"] * 150 + ["cut"] * 30 + ["adapter_fault"] * 20))
    start = samples["t_start"].to_numpy().copy()
    start[180:] = np.nan
    place = samples.column_names.index("t_start")
    samples = samples.set_column(place, "t_start", pa.array(start, pa.float64(), from_pandas=False))
    found = judge(samples, make_run(samples, duration_s=20.0))
    assert found.throughput.requests_offered_per_s == pytest.approx(180 / 20)
    assert found.throughput.requests_answered_per_s == pytest.approx(150 / 20)
    assert sum(line.requests for line in found.steps) == 180
    assert [(line.completed, line.failed) for line in found.journeys] == [(150, 0)]
