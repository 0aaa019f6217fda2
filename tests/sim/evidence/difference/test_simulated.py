"""How often a difference is shown that is not there, and a harm passed that is: pairs of runs of simulated systems."""

import numpy as np
import pytest

from sim.evidence.difference.findings import find
from sim.evidence.difference.margins import Margin
from sim.evidence.difference.pairing import Sides

from .systems import drifting_trace, run, trace

PAIRS = 300
MOST = 0.05 + 2 * np.sqrt(0.05 * 0.95 / PAIRS)
"""The chance of error of a one-sided bound, with two standard errors of the simulation."""
TIMEOUT_S = 10.0


def bounds(quantities, paired, seed, pairs=PAIRS, **system):
    """Lower and upper bounds of A − B, float64[pairs, 2] by quantity, of the same system twice."""
    rng, found = np.random.default_rng(seed), {quantity: [] for quantity in quantities}
    for _ in range(pairs):
        played = trace(rng)
        sides = Sides(run(rng, played, **system), run(rng, played if paired else trace(rng), **system), paired)
        for quantity in quantities:
            each = find(sides, quantity, "all requests", None, TIMEOUT_S)
            found[quantity].append(
                (-np.inf if each.low is None else each.low, np.inf if each.high is None else each.high)
            )
    return {quantity: np.array(each) for quantity, each in found.items()}


@pytest.mark.parametrize(
    ("quantities", "paired", "seed"),
    [(("availability", "mean", "p95"), True, 7), (("availability", "mean", "p99"), False, 8)],
)
def test_the_same_system_twice_shows_a_difference_no_more_often_than_its_bounds_say(quantities, paired, seed):
    """Failures in bursts of five and stalls of a second, three a run."""
    for quantity, each in bounds(quantities, paired, seed).items():
        above, below = np.mean(each[:, 0] > 0), np.mean(each[:, 1] < 0)
        print(f"paired={paired} {quantity}: {above:.1%} above, {below:.1%} below, coverage {1 - above - below:.1%}")
        assert max(above, below) <= MOST, quantity


def test_long_bursts_that_cross_the_boundaries_of_stretches_do_not_narrow_the_mean_s_interval():
    each = bounds(("mean",), True, 9, failing=0.02, burst=10)["mean"]
    assert max(np.mean(each[:, 0] > 0), np.mean(each[:, 1] < 0)) <= MOST


def test_taking_failures_as_independent_would_show_differences_far_too_often():
    """The control: with the design effects left out, the bounds of a share are those of single requests."""
    rng, wrong = np.random.default_rng(10), 0
    for _ in range(PAIRS):
        played = trace(rng)
        a, b = (np.count_nonzero(run(rng, played, failing=0.02, burst=10).failed) for _ in range(2))
        wrong += (a - b) / np.sqrt(max(a + b, 1)) > 1.645
    assert wrong / PAIRS > 2 * MOST


def passes(quantity, paired, a, b, seed, pairs=PAIRS):
    """How often a system `a` passes against `b` by a margin of exactly the true difference, which many runs give."""
    rng = np.random.default_rng(seed)
    margin = Margin(
        quantity,
        harm(quantity, [(run(rng, played, **a), run(rng, played, **b)) for played in map(trace, [rng] * 800)]),
    )
    decisions = []
    for _ in range(pairs):
        played = trace(rng)
        sides = Sides(run(rng, played, **a), run(rng, played if paired else trace(rng), **b), paired)
        decisions.append(find(sides, quantity, "all requests", margin, TIMEOUT_S).decision)
    share = decisions.count("pass") / pairs
    print(f"paired={paired} {quantity} passed at exactly the margin: {share:.1%}")
    return share


def harm(quantity, runs):
    if quantity == "availability":
        return np.mean([a.failed.mean() - b.failed.mean() for a, b in runs])
    return np.mean([a.charged_s(TIMEOUT_S).mean() - b.charged_s(TIMEOUT_S).mean() for a, b in runs])


@pytest.mark.parametrize("paired", [True, False])
def test_a_harm_of_exactly_the_margin_passes_in_one_of_twenty_at_most(paired):
    bursts = [{"failing": share, "stalls": 0.0} for share in (0.02, 0.01)]
    assert passes("availability", paired, *bursts, seed=14) <= MOST
    slower = [{"failing": 0.0, "slower": factor} for factor in (1.1, 1.0)]
    assert passes("mean", paired, *slower, seed=15) <= MOST


def test_where_failures_make_up_most_of_a_mean_its_bound_errs_a_little_more_often():
    """Each is charged the time-out, so the mean is skewed; docs/verdict.md gives the figure."""
    bursts = [{"failing": share, "stalls": 0.0} for share in (0.02, 0.01)]
    assert passes("mean", True, *bursts, seed=16, pairs=600) <= 0.10


def test_a_planted_slowdown_is_found_with_its_size():
    """Of 30 % in both journeys: its bounds enclose the true difference of the means, and exclude 0, in nearly all runs."""
    rng, true = np.random.default_rng(12), 0.3 * (0.7 * 0.08 + 0.3 * 0.3) * np.exp(0.08)
    found = []
    for _ in range(60):
        played = trace(rng)
        sides = Sides(
            run(rng, played, slower=1.3, failing=0.0, stalls=0.0), run(rng, played, failing=0.0, stalls=0.0), True
        )
        each = find(sides, "mean", "all requests", None, TIMEOUT_S)
        found.append((each.low <= true <= each.high, each.low > 0))
    assert np.mean(found, axis=0) == pytest.approx([0.9, 1.0], abs=0.1)


@pytest.mark.parametrize(("quantity", "narrower"), [("mean", 4.0), ("p50", 1.5)])
def test_pairing_narrows_the_interval_where_journeys_differ_in_cost_and_the_mix_drifts(quantity, narrower):
    rng, ratios = np.random.default_rng(13), []
    for _ in range(20):
        played = drifting_trace(rng)
        a, b = (run(rng, played, failing=0.0, stalls=0.0) for _ in range(2))
        paired, apart = (find(Sides(a, b, each), quantity, "all requests", None, TIMEOUT_S) for each in (True, False))
        ratios.append((apart.high - apart.low) / (paired.high - paired.low))
    print(f"{quantity}: the unpaired interval is {np.median(ratios):.1f} times as wide")
    assert np.median(ratios) >= narrower
