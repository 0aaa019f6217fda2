"""Stages and the law through them: known parameters come back, and piling up is told from carrying."""

import numpy as np
import pytest

from sim.evidence.capacity.scaling import Held, fit, summarise_stage, throughput
from sim.records.capacity import Scaling

TRUE = Scaling(
    per_s_at_one=50,
    contention=0.02,
    coherency=0.0005,
    knee=None,
    peak_per_s=None,
    peak_low_per_s=None,
    peak_high_per_s=None,
)


def stage(n, noise=0.02, seed=0, asked=None):
    concurrency = n * np.random.default_rng(seed).lognormal(0, noise, 10)
    answered = throughput(TRUE, concurrency) * np.random.default_rng(seed + 99).lognormal(0, noise, 10)
    return Held(answered.mean() if asked is None else asked, answered, concurrency)


def test_the_law_comes_back_with_an_interval_around_its_peak():
    found = fit([stage(n, seed=n) for n in (1, 2, 4, 8, 16, 30)])
    knee = np.sqrt((1 - TRUE.contention) / TRUE.coherency)
    peak = float(throughput(TRUE, np.array(knee)))
    assert found.per_s_at_one == pytest.approx(50, rel=0.03)
    assert found.knee == pytest.approx(knee, rel=0.25)
    assert found.peak_per_s == pytest.approx(peak, rel=0.1)
    assert found.peak_low_per_s <= peak <= found.peak_high_per_s
    assert found.peak_low_per_s < found.peak_per_s < found.peak_high_per_s


def test_a_stage_of_few_answers_does_not_bend_the_law():
    rng = np.random.default_rng(3)
    seen = rng.poisson(1.5, 10).astype(float)
    thin = Held(seen.mean(), seen, np.full(10, 0.03) * rng.lognormal(0, 1, 10), batch_s=1.0)
    well = [stage(n, seed=n) for n in (1, 2, 4, 8, 16, 30)]
    assert thin.stable
    assert fit([thin, *well]).peak_per_s == pytest.approx(fit(well).peak_per_s, rel=0.01)


def test_a_straight_line_has_no_knee():
    line = [Held(10.0 * n, np.full(10, 10.0 * n), np.full(10, float(n))) for n in (1, 2, 4, 8)]
    assert fit(line).peak_per_s is None


def test_unstable_stages_are_left_out_and_two_stages_make_no_law():
    two = [stage(2), stage(4, seed=4)]
    assert fit([*two, stage(40, asked=5000.0)]) is None


def test_stages_that_never_held_a_request_at_once_make_no_law():
    """Three short stages of an idle shop once drew a knee at a third of what it carried later."""
    assert fit([stage(n, noise=0.3, seed=7) for n in (0.02, 0.05, 0.12)]) is None


@pytest.mark.parametrize(("response_s", "stable"), [(lambda t: 0.2 + 0 * t, True), (lambda t: 0.2 + t / 2, False)])
def test_a_queue_that_grows_is_not_stable(make_samples, response_s, stable):
    t = np.arange(0, 30, 0.02)
    held = summarise_stage(make_samples(t, response_s(t), lag_s=0.0), 5.0, 30.0)
    assert held.asked_per_s == pytest.approx(50, rel=0.01)
    assert held.stable is stable
    if stable:
        np.testing.assert_allclose(held.concurrency, 10, rtol=0.05)
        np.testing.assert_allclose(held.answered_per_s, 50, rtol=0.05)


def test_customers_who_come_thicker_are_no_queue():
    """Requests at once in a stage of Vendure, whose responses stayed under a tenth of a second: more were asked at its end."""
    at_once = np.array([1.1, 0.4, 2.1, 2.1, 1.1, 0.8, 2.3, 3.1, 4.1, 4.5])
    assert Held(41.1, np.full(10, 41.1), at_once).stable
    assert not Held(41.1, np.full(10, 41.1), 10 * at_once).stable
