"""Two runs compared: what passes, what fails, what is not decided, and how the finding reads."""

import re

import numpy as np
import pytest

from sim.evidence.difference.comparison import compare
from sim.evidence.difference.margins import DEFAULT, parse
from sim.records.load_run import Accounts
from sim.records.verdict import Comparison

N = 6_000
T = np.arange(N) * 0.02
NAMES = np.where(np.random.default_rng(0).random(N) < 0.3, "checkout", "browse")


@pytest.fixture
def play(make_samples, make_run):
    """One run of the trace: `slower_s` is added to each checkout, the rows `failed` fail."""

    def make(seed, slower_s=0.0, failed=(), journey=NAMES, t=T, **facts):
        response_s = np.where(journey == "checkout", 0.3, 0.08) * np.random.default_rng(seed).lognormal(0, 0.4, len(t))
        outcome = np.full(len(t), "ok", dtype=object)
        outcome[list(failed)] = "failed"
        samples = make_samples(t, response_s + slower_s * (journey == "checkout"), outcome, journey)
        return samples, make_run(samples, **facts)

    return make


def of(found, quantity, scope="all requests"):
    return next(each for each in found.differences if (each.quantity, each.scope) == (quantity, scope))


def test_a_slowdown_of_one_journey_is_found_with_its_size_and_the_other_is_cleared(play):
    found = compare(*play(1, slower_s=0.1, run_id="candidate"), *play(2, run_id="release"))
    checkout, browse = of(found, "mean", "checkout"), of(found, "mean", "browse")
    assert checkout.low <= 0.1 <= checkout.high
    assert checkout.high - checkout.low < 0.05
    assert browse.finding.startswith("no difference larger than ")
    assert found.decision == "fail"
    assert found.sentence.startswith(
        "Fail: A (candidate) is worse than B (release) by more than the margins allow. The mean"
    )
    assert "slower by at least" in found.sentence
    assert "6,000 journeys paired by trace row." in found.sentence


def test_the_same_system_twice_passes_and_says_how_much_worse_it_may_be(play):
    found = compare(*play(1), *play(2))
    assert found.decision == "pass"
    assert "lower by at most 0.05 percentage points (margin 0.1 percentage points)" in found.sentence
    assert of(found, "availability").high == pytest.approx(1 - 0.05 ** (1 / N))


def test_a_run_that_is_better_passes_however_different_it_is(play):
    found = compare(*play(1), *play(2, slower_s=0.2, failed=range(0, N, 100)))
    assert found.decision == "pass"
    assert "faster by at least" in found.sentence
    assert "higher by at least" in found.sentence


def test_more_failures_than_the_margin_fail(play):
    found = compare(*play(1, failed=range(0, N, 100)), *play(2, failed=range(50, N, 1_000)), parse(["mean=5s"], []))
    availability = of(found, "availability")
    assert (availability.decision, found.decision) == ("fail", "fail")
    assert availability.difference == pytest.approx(-(60 - 6) / N)
    assert availability.harm[1] > 0.001


def test_a_difference_about_the_margin_is_not_decided_and_says_how_many_more_requests_would(play):
    a, b = play(1, slower_s=0.06), play(2)
    found = compare(*a, *b)
    mean = of(found, "mean")
    assert (mean.decision, found.decision) == ("inconclusive", "inconclusive")
    assert mean.harm[1] <= mean.margin < mean.harm[2]
    assert (
        mean.requests_more is None
        or f"About {mean.requests_more:,} more requests like these in each run" in found.sentence
    )


def test_few_requests_say_how_many_would_show_that_nothing_fails_more(play):
    """With n requests and no failure on either side the bound is 3 / n: 0.1 percentage points take about 2,995."""
    found = compare(*play(1, t=T[:1_000], journey=NAMES[:1_000]), *play(2, t=T[:1_000], journey=NAMES[:1_000]))
    assert of(found, "availability").requests_more == pytest.approx(1_995, rel=0.05)


def test_an_invalid_run_makes_the_comparison_invalid(play):
    accounts = Accounts(scheduled=N + 5, sent=N, dropped=0, lost=0, not_reached=0)
    found = compare(*play(1), *play(2, accounts=accounts))
    assert found.decision == "invalid"
    assert found.sentence.startswith(
        "Invalid, so nothing is compared of A (r1) and B (r1): B: the accounts do not close"
    )


def test_lost_journeys_of_a_keep_a_pass_from_it(play):
    accounts = Accounts(scheduled=N + 50, sent=N, dropped=0, lost=50, not_reached=0)
    found = compare(*play(1, accounts=accounts), *play(2))
    assert found.decision == "inconclusive"
    assert (
        "50 journeys of A were lost with their worker, and it would not hold had all of them failed" in found.sentence
    )


def test_samples_without_intended_starts_do_not_pass_and_may_fail(play):
    foreign = {"intended_starts": False, "generator": []}
    found = compare(*play(1), *play(2, **foreign))
    assert found.decision == "inconclusive"
    assert of(found, "mean").decision == "inconclusive"
    assert "A pass it is not: B carries no intended starts, so its stalls are under-counted." in found.sentence
    assert not [each for each in found.differences if each.quantity == "journeys"]
    assert compare(*play(1, slower_s=0.3, **foreign), *play(2, **foreign)).decision == "fail"


def test_another_mix_of_journeys_decides_nothing_over_all_requests_and_still_by_journey(play):
    """Nothing is slower in A; it has twice the checkouts, so its mean is."""
    mixed = np.where(np.arange(N) % 10 < 6, "checkout", "browse")
    a, b = play(1, journey=mixed, scenario_hash="1" * 64), play(2)
    assert of(compare(*a, *b), "mean").low > 0
    found = compare(*a, *b)
    assert found.decision == "inconclusive"
    assert re.search(
        "Nothing is decided over all requests: [a-z]+ is [46]0 % of the requests of A and ", found.sentence
    )
    assert compare(*a, *b, parse(["browse:mean=1ms"], ["browse"])).decision == "inconclusive"


def test_a_journey_that_is_worse_by_itself_fails_under_any_mix(play):
    mixed = np.where(np.arange(N) % 10 < 6, "checkout", "browse")
    found = compare(*play(1, slower_s=0.2, journey=mixed, scenario_hash="1" * 64), *play(2))
    assert (of(found, "mean").decision, found.decision) == ("fail", "fail")


def test_journeys_of_one_run_alone_are_left_out_and_named(play):
    other = np.where(NAMES == "checkout", "search", NAMES)
    found = compare(*play(1, journey=other, scenario_hash="1" * 64), *play(2))
    assert {each.scope for each in found.differences} == {"all requests", "browse"}
    assert {"Only A holds search: left out.", "Only B holds checkout: left out."} <= set(found.reasons)


def test_a_margin_on_what_one_run_lacks_is_not_decided(play):
    found = compare(*play(1), *play(2), parse(["search:p95=10ms"], ["search"]))
    assert found.decision == "inconclusive"
    assert "the p95 response of search was not measured" in found.sentence.lower()


def test_runs_without_a_journey_in_common_are_not_compared(play):
    found = compare(*play(1, journey=np.full(N, "search"), scenario_hash="1" * 64), *play(2))
    assert found.decision == "invalid"
    assert "A and B have no journey in common" in found.sentence


def test_what_is_not_like_with_like_is_said(play):
    found = compare(*play(1, t=T / 2, time_scale=2.0, timeout_s=5.0), *play(2))
    assert "The load differs: 100 requests/s in A and 50 requests/s in B." not in found.reasons
    assert any(each.startswith("The load differs: 100 requests/s in A and ") for each in found.reasons)
    assert any(each.startswith("The time-outs differ, 5 s in A and 10 s in B") for each in found.reasons)
    assert found.reasons[0].endswith("they differ in the time scale.")


def test_a_quantile_beyond_which_too_many_failed_is_not_measured(play):
    found = compare(*play(1, failed=range(0, N, 10)), *play(2))
    assert of(found, "p95").finding == "not measured: too many requests failed"
    assert of(found, "p50").difference is not None


def test_a_run_against_itself_differs_by_nothing_that_its_window_would_show(play):
    one = play(1)
    found = compare(*one, *one)
    assert found.decision == "pass"
    assert of(found, "mean").high == 0


def test_a_comparison_does_not_depend_on_the_order_of_samples_and_survives_its_file(play, tmp_path):
    (a, run_a), (b, run_b) = play(1, failed=[7]), play(2)
    found = compare(a, run_a, b, run_b, DEFAULT)
    shuffled = a.take(np.random.default_rng(0).permutation(len(a)))
    assert compare(shuffled, run_a, b, run_b) == found
    found.write(tmp_path / "comparison.json")
    assert Comparison.read(tmp_path / "comparison.json") == found
