"""Load tests judged: what passes, what fails, what proves nothing, and how the finding reads."""

import numpy as np
import pyarrow as pa
import pytest

from sim.evidence.statistics.rules import Rules
from sim.evidence.verdict.judge import judge
from sim.evidence.verdict.targets import parse
from sim.records.load_run import Accounts, GeneratorWindow, StockReading
from sim.records.verdict import Verdict

N = 6000
T = np.arange(N) * 0.015
FAST = np.random.default_rng(1).lognormal(np.log(0.08), 0.5, N)


def finding(verdict, quantity, scope="all requests"):
    return next(f for f in verdict.findings if (f.quantity, f.scope) == (quantity, scope))


def with_outcome(outcome, rows):
    outcomes = np.full(N, "ok", dtype=object)
    outcomes[rows] = outcome
    return outcomes


def test_a_fast_and_faultless_run_passes_for_its_window(make_samples, make_run):
    samples = make_samples(T, FAST)
    verdict = judge(samples, make_run(samples))
    assert verdict.decision == "pass"
    assert verdict.sentence.startswith(
        "Pass for this window only: 6,000 requests in 90 s, 0 failed. "
        "Availability was 100 % (0 of 6,000 failed), at least 99.95 % (target 99.9 %)"
    )
    assert finding(verdict, "availability").low == pytest.approx(0.05 ** (1 / N))


def test_the_verdict_does_not_depend_on_the_order_of_the_samples(make_samples, make_run):
    samples = make_samples(T, FAST, with_outcome("failed", [7, 100]))
    shuffled = samples.take(np.random.default_rng(0).permutation(N))
    assert judge(shuffled, make_run(samples)) == judge(samples, make_run(samples))


def test_a_verdict_survives_its_file(make_samples, make_run, tmp_path):
    samples = make_samples(T, FAST, with_outcome("failed", [7, 100]))
    verdict = judge(samples, make_run(samples))
    verdict.write(tmp_path / "verdict.json")
    assert Verdict.read(tmp_path / "verdict.json") == verdict


def test_too_few_requests_are_inconclusive_and_say_how_many_more(make_samples, make_run):
    samples = make_samples(T[:1000], FAST[:1000])
    verdict = judge(samples, make_run(samples))
    assert verdict.decision == "inconclusive"
    assert finding(verdict, "availability").requests_more == 1995
    assert "About 1,995 more requests like these would decide." in verdict.sentence


@pytest.mark.parametrize("outcome", ["failed", "dropped"])
def test_failed_and_dropped_requests_fail_availability(make_samples, make_run, outcome):
    """All the while one request under way overruns its time-out."""
    slow = np.where(np.arange(N) == 1, 1000.0, FAST)
    samples = make_samples(T, slow, with_outcome(outcome, np.arange(50, N, 100)))
    verdict = judge(samples, make_run(samples), parse(["mean=9s"]))
    assert verdict.decision == "fail"
    assert finding(verdict, "availability").bad == 60
    assert finding(verdict, "availability").incidents == 60


def test_failed_requests_count_as_infinite_in_percentiles_and_as_the_timeout_in_the_mean(make_samples, make_run):
    samples = make_samples(T, np.full(N, 0.1), with_outcome("failed", np.arange(0, N, 10)))
    verdict = judge(samples, make_run(samples))
    assert finding(verdict, "mean").estimate == pytest.approx(0.9 * 0.1 + 0.1 * 10)
    assert finding(verdict, "p95").estimate is None
    assert finding(verdict, "p95").low is None


def test_response_is_measured_from_the_intended_start(make_samples, make_run):
    samples = make_samples(T, np.full(N, 0.1), lag_s=0.015)
    verdict = judge(samples, make_run(samples))
    assert finding(verdict, "mean").estimate == pytest.approx(0.1)
    assert verdict.lag_p99_s == pytest.approx(0.015)


def test_a_percentile_binds_only_when_named(make_samples, make_run):
    slow = FAST + np.where(np.arange(N) % 10 == 0, 3.0, 0.0)
    samples = make_samples(T, slow)
    run = make_run(samples)
    assert judge(samples, run).decision == "pass"
    assert finding(judge(samples, run), "p95").decision == "informs"
    named = judge(samples, run, parse(["p95=2s"]))
    assert named.decision == "fail"
    assert "The p95 response was 3.08 s, at least 3.07 s (target 2 s)" in named.sentence
    assert finding(named, "p95").bad == 600


def test_one_journey_can_fail_a_run_that_passes_as_a_whole(make_samples, make_run):
    journeys = np.where(np.arange(N) % 10 == 0, "checkout", "browse")
    samples = make_samples(T, np.where(journeys == "checkout", 3.0, 0.05), journey=journeys)
    run = make_run(samples)
    assert judge(samples, run).decision == "pass"
    assert finding(judge(samples, run), "mean", "checkout").decision == "informs"
    assert judge(samples, run, parse(["checkout:mean=2s"])).decision == "fail"


def test_a_named_journey_that_never_ran_decides_nothing(make_samples, make_run):
    samples = make_samples(T, FAST)
    verdict = judge(samples, make_run(samples), parse(["browse:p99=2s"]))
    assert verdict.decision == "inconclusive"


def test_decision_and_shown_interval_agree(make_samples, make_run):
    rng = np.random.default_rng(9)
    for _ in range(10):
        samples = make_samples(T[:1500], rng.lognormal(0.1, 0.35, 1500))
        verdict = judge(samples, make_run(samples), parse(["p95=2s", "mean=1.18s"]))
        for f in (finding(verdict, "p95"), finding(verdict, "mean")):
            assert f.decision == ("pass" if f.high <= f.target else "fail" if f.low > f.target else "inconclusive")


def test_warm_up_is_shown_and_not_judged(make_samples, make_run):
    samples = make_samples(T, FAST, with_outcome("failed", np.arange(600)))
    verdict = judge(samples, make_run(samples, warmup_s=9.0))
    assert verdict.decision == "pass"
    assert verdict.outcomes["failed"] == 600
    assert finding(verdict, "availability").requests == 5400


def test_rejected_answers_are_neither_failure_nor_proof(make_samples, make_run):
    samples = make_samples(T, FAST, with_outcome("rejected", np.arange(0, N, 25)))
    verdict = judge(samples, make_run(samples))
    assert verdict.decision == "pass"
    assert finding(verdict, "availability").requests == N - 240


def test_a_run_of_rejections_is_invalid(make_samples, make_run):
    samples = make_samples(T, FAST, with_outcome("rejected", np.arange(0, N, 10)))
    verdict = judge(samples, make_run(samples))
    assert verdict.decision == "invalid"
    assert "10 % of the answers are neither failure nor proof (600 rejected" in verdict.sentence


@pytest.mark.parametrize(
    "window",
    [
        {"lag_p99_s": 0.021, "cpu_share": 0.3, "journeys": 500},
        {"lag_p99_s": 0.002, "cpu_share": 0.86, "journeys": 500},
    ],
)
def test_a_late_or_breathless_generator_makes_the_run_invalid(make_samples, make_run, window):
    samples = make_samples(T, np.where(np.arange(N) == 0, 10.0, FAST), with_outcome("dropped", [3]))
    run = make_run(samples)
    broken = run.model_copy(
        update={"generator": [*run.generator, GeneratorWindow(worker=1, from_s=20, to_s=25, **window)]}
    )
    verdict = judge(samples, broken)
    assert verdict.decision == "invalid"
    assert "the 1 dropped journey may be the generator's own fault" in verdict.sentence
    assert judge(samples, run).decision != "invalid"


def test_a_p99_of_a_handful_of_journeys_voids_nothing(make_samples, make_run):
    samples = make_samples(T, FAST)
    few = GeneratorWindow(worker=0, from_s=0, to_s=5, journeys=12, lag_p99_s=0.05, cpu_share=0.2)
    assert judge(samples, make_run(samples, generator=[few])).decision == "pass"


def test_a_lag_in_the_samples_themselves_makes_the_run_invalid(make_samples, make_run):
    samples = make_samples(T, FAST, lag_s=0.03)
    assert judge(samples, make_run(samples)).decision == "invalid"


@pytest.mark.parametrize("change", [{"sent": N - 1}, {"dropped": 1, "sent": N - 1}])
def test_accounts_that_do_not_close_make_the_run_invalid(make_samples, make_run, change):
    samples = make_samples(T, FAST)
    accounts = Accounts(**{"scheduled": N, "sent": N, "dropped": 0, "lost": 0, "not_reached": 0, **change})
    assert judge(samples, make_run(samples, accounts=accounts)).decision == "invalid"


def test_an_empty_run_is_invalid(make_samples, make_run):
    samples = make_samples(np.empty(0), np.empty(0))
    verdict = judge(samples, make_run(samples))
    assert verdict.decision == "invalid"
    assert "nothing to judge" in verdict.sentence


def test_lost_journeys_that_could_hide_failures_forbid_a_pass(make_samples, make_run):
    samples = make_samples(T, FAST)
    lost = make_run(samples, accounts=Accounts(scheduled=N + 50, sent=N, dropped=0, lost=50, not_reached=0))
    assert any("50 journeys were lost with their worker" in said for said in judge(samples, lost).reasons)
    few = make_run(samples, accounts=Accounts(scheduled=N + 5, sent=N, dropped=0, lost=5, not_reached=0))
    assert judge(samples, lost).decision == "inconclusive"
    assert judge(samples, few).decision == "pass"


def test_failures_in_one_burst_prove_less_than_failures_apart(make_samples, make_run):
    together = make_samples(T, FAST, with_outcome("failed", np.arange(3000, 3015)))
    apart = make_samples(T, FAST, with_outcome("failed", np.arange(100, N, 400)))
    assert finding(judge(together, make_run(together)), "availability").incidents == 1
    assert judge(together, make_run(together)).decision == "inconclusive"
    assert judge(apart, make_run(apart)).decision == "fail"


def test_a_declared_gap_joins_failures(make_samples, make_run):
    samples = make_samples(T, FAST, with_outcome("failed", [1000, 1200]))
    assert finding(judge(samples, make_run(samples)), "availability").incidents == 2
    assert finding(judge(samples, make_run(samples), rules=Rules(gap_s=5.0)), "availability").incidents == 1


def test_the_window_says_what_it_supports(make_samples, make_run):
    samples = make_samples(T, FAST)
    said = " ".join(
        judge(samples, make_run(samples, time_scale=4.0, not_covered={"transfer_stock": 12})).window_supports
    )
    assert "0 incidents" in said
    assert "for this window only" in said
    assert "100 min for incidents of 2 s and 25 h for incidents of 30 s" in said
    assert "99.9 % allows 43.2 min of outage in 30 days" in said
    assert "90 s of the run stand for 6 min" in said
    assert "transfer_stock (12)" in said


def test_oversell_is_said_with_the_verdict(make_samples, make_run):
    samples = make_samples(T, FAST)
    stock = [StockReading(sku_code="SKU-00001", available_before=5, available_after=0, units_ordered=20)]
    verdict = judge(samples, make_run(samples, stock=stock))
    assert "15 units sold that were not there (SKU-00001)" in verdict.sentence
    assert verdict.stock_sentence.startswith("Stock truth is broken")


@pytest.mark.parametrize("rows", [[5], list(range(0, N, 3))])
def test_an_exception_in_the_adapter_makes_the_run_invalid_and_is_no_failure(make_samples, make_run, rows):
    samples = make_samples(T, FAST, with_outcome("adapter_fault", rows))
    errors = np.full(N, None, dtype=object)
    errors[rows] = "mine.py:42, after cart: KeyError: 'id'"
    samples = samples.set_column(samples.column_names.index("error"), "error", pa.array(errors, pa.string()))
    verdict = judge(samples, make_run(samples, adapter="mine.py"))
    assert verdict.decision == "invalid"
    assert "mine.py:42, after cart: KeyError: 'id'" in verdict.reasons[0]
    assert f"{len(rows):,} in checkout" in verdict.reasons[0]
    assert finding(verdict, "availability").bad == 0
    assert finding(verdict, "availability").requests == N - len(rows)


def test_many_kinds_of_exceptions_are_named_in_a_bounded_line(make_samples, make_run):
    samples = make_samples(T, FAST, with_outcome("adapter_fault", np.arange(100)))
    errors = [f"mine.py:{number}, after cart: KeyError: 'id'" if number < 100 else None for number in range(N)]
    samples = samples.set_column(samples.column_names.index("error"), "error", pa.array(errors, pa.string()))
    reason = judge(samples, make_run(samples)).reasons[0]
    assert "97 of 97 other kinds" in reason
    assert len(reason) < 500


def test_journeys_that_had_nothing_to_follow_are_named(make_samples, make_run):
    samples = make_samples(T, FAST)
    verdict = judge(samples, make_run(samples, unmet={"return_goods": 2}))
    assert any("neither sent nor judged: return_goods (2)" in reason for reason in verdict.reasons)


def test_a_journey_dropped_for_want_of_pool_makes_the_run_invalid(make_samples, make_run):
    samples = make_samples(T, FAST, with_outcome("dropped", [7, 3000]))
    verdict = judge(samples, make_run(samples, pool=40))
    assert verdict.decision == "invalid"
    assert "2 journeys were dropped because the load generator's pool of 40 journeys was full" in verdict.sentence


def test_a_drop_is_the_apis_only_while_a_request_under_way_exceeds_its_timeout(make_samples, make_run):
    slow = np.where(np.arange(N) == 10, 10.0, FAST)
    before, during, after = (samples_with(make_samples, slow, row) for row in (5, 300, 5000))
    assert judge(during, make_run(during)).decision != "invalid"
    assert judge(before, make_run(before)).decision == judge(after, make_run(after)).decision == "invalid"


def samples_with(make_samples, response_s, dropped):
    return make_samples(T, response_s, with_outcome("dropped", [dropped]))


def test_what_a_stop_cut_off_counts_neither_way(make_samples, make_run):
    samples = make_samples(T, np.where(np.arange(N) >= N - 50, 30.0, FAST), with_outcome("cut", np.arange(N - 50, N)))
    verdict = judge(samples, make_run(samples, stopped="stopped by hand"))
    assert verdict.decision == "pass"
    assert finding(verdict, "availability").requests == N - 50
    assert any(
        said.startswith("50 journeys under way when the run was stopped were cut off") for said in verdict.reasons
    )
