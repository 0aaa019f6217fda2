"""Laws as columns: polynomials that are the law, and durations that lie on the grid."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter
from scipy import stats

from ext.quantiles import durations, interpolated
from sim.clock import on_tick
from sim.scenario.distributions import Varying
from sim.traffic.quantiles import Quantiles, Same

law = TypeAdapter(Varying).validate_python
FAR = np.logspace(-12, -0.4, 4000)
U = np.concatenate([FAR, np.linspace(0.001, 0.999, 40_001), 1 - FAR])


def said(distribution, **parameters):
    return {"distribution": distribution, **parameters}


@pytest.mark.parametrize(
    ("one", "peer"),
    [
        (said("lognormal", mean=900, cv=0.5), stats.lognorm(np.sqrt(np.log(1.25)), scale=900 / np.sqrt(1.25))),
        (said("lognormal", mean=2.6, cv=0.3), stats.lognorm(np.sqrt(np.log(1.09)), scale=2.6 / np.sqrt(1.09))),
        (said("exponential", mean=900), stats.expon(scale=900)),
        (said("gamma", mean=1, cv=0.2), stats.gamma(25, scale=1 / 25)),
        (said("uniform", low=2, high=5), stats.uniform(2, 3)),
        (said("pert", low=1, mode=2, high=6), stats.beta(1.8, 4.2, loc=1, scale=5)),
    ],
    ids=lambda value: value["distribution"] if isinstance(value, dict) else "",
)
def test_quantiles_are_scipys(one, peer):
    quantiles = Quantiles(law(one))
    assert quantiles.of(U) == pytest.approx(peer.ppf(U), rel=1e-12)
    assert np.all(np.abs(quantiles.durations_s(U) - peer.ppf(U)) <= 2.0**-21 + 1e-12 * peer.ppf(U))


@pytest.mark.parametrize("cv", [0.01, 0.1, 1.0, 2.0, 5.0])
@pytest.mark.parametrize("kind", ["lognormal", "gamma"])
def test_however_wide_a_law_is_its_quantiles_are_close(kind, cv):
    one = law(said(kind, mean=3.0, cv=cv))
    assert Quantiles(one).of(U) == pytest.approx(one.quantile(U), rel=2e-11, abs=2e-11 * one.quantile(0.75))


def test_laws_that_no_polynomial_follows_are_asked_themselves():
    for one in (
        said("triangular", low=1, mode=2, high=6),
        said("empirical", values=[1, 2, 5]),
        said("gamma", mean=1, cv=40),
    ):
        assert np.array_equal(Quantiles(law(one)).of(U), law(one).quantile(U))


@given(st.lists(st.floats(allow_nan=True), max_size=20))
def test_no_number_leads_out_of_the_table(u):
    found = Quantiles(law(said("uniform", low=2, high=5))).of(np.array(u, dtype=np.float64))
    assert np.all((found >= 2) & (found <= 5))


def test_beyond_one_in_a_million_million_the_ends_of_the_table_stand():
    quantiles, end = Quantiles(law(said("exponential", mean=1.0))), np.array([2.0**-40, 1 - 2.0**-40])
    assert np.array_equal(quantiles.of(np.array([0.0, 1.0])), quantiles.of(end))
    assert quantiles.of(end)[1] == pytest.approx(40 * np.log(2))


@given(st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=20), st.floats(-5, 5), st.floats(0, 4e9))
def test_durations_are_on_tick_and_never_negative(u, low, width):
    quantiles, u = Quantiles(law(said("uniform", low=low, high=low + width))), np.array(u)
    assert np.array_equal(quantiles.durations_s(u), on_tick(np.maximum(quantiles.of(u), 0)))


def test_a_constant_is_drawn_from_nothing():
    constant = Quantiles(law(4.3))
    assert np.array_equal(constant.durations_s(np.zeros(3)), np.full(3, on_tick(4.3)))
    assert np.array_equal(constant.same_s(5), np.full(5, on_tick(4.3)))
    assert Quantiles(law(-1)).same_s(1) == 0


def test_columns_in_which_all_are_the_same_are_shared_and_not_written_to():
    rows = Same([6.0, 14.0])
    short, long = rows(3), rows(100)
    assert short.tolist() == [[6, 14]] * 3
    assert long.shape == (100, 2)
    assert np.shares_memory(rows(50), long)
    with pytest.raises(ValueError, match="read-only"):
        long[0] = 1.0


@pytest.mark.parametrize("kernel", [interpolated, durations])
def test_a_table_of_another_shape_is_refused(kernel):
    with pytest.raises(ValueError, match="two sides of 312 cells with 8 coefficients"):
        kernel(np.zeros(1), np.zeros((2, 10, 8)))
