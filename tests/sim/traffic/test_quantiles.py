"""Laws as columns: polynomials that are the distribution, and durations that lie on the grid."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter
from scipy import stats

from ext.draws import durations, values
from sim.clock import on_tick
from sim.scenario.sections.distributions import Varying
from sim.streams import counter_uniform, use
from sim.traffic.quantiles import Quantiles, Same

law = TypeAdapter(Varying).validate_python
GOLDEN, WORD = 0x9E3779B97F4A7C15, 2**64
MANY = 100_000


def said(distribution, **parameters):
    return {"distribution": distribution, **parameters}


def unmixed(z: int) -> int:
    """The number that the SplitMix64 finaliser makes z of."""
    for multiplier, shift in ((None, 31), (0x94D049BB133111EB, 27), (0xBF58476D1CE4E5B9, 30)):
        z = z * pow(multiplier, -1, WORD) % WORD if multiplier else z
        z ^= (z >> shift) ^ (z >> 2 * shift)
    return z


def key_of(u: float, name: str = "") -> int:
    """The key by which customer 0 has a uniform, up to its 52 bits."""
    state = int(u * 2**52) << 12
    for counter in (0, use(name), 0):
        state = (unmixed(state) - GOLDEN) % WORD ^ counter
    return state


def at(one: Quantiles, u: np.ndarray) -> np.ndarray:
    """A distribution's values at uniforms that no column of a reasonable length would meet."""
    return np.array([one.draw(key_of(number), "", 1)[0] for number in u.tolist()])


# Uniforms as sheets have them, odd multiples of 2⁻⁵³: in all octaves of both tails.
FAR = np.ldexp(2 * np.rint(np.logspace(-12, -0.31, 3000) * 2**52) + 1, -53)
BOTH = np.concatenate([FAR, 1 - FAR])


@pytest.mark.parametrize("u", BOTH[::500].tolist())
def test_a_key_is_found_for_any_uniform(u):
    assert counter_uniform(key_of(u), use(""), 0) == u


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
def test_draws_are_scipys_quantiles(one, peer):
    one = Quantiles(law(one))
    assert at(one, BOTH) == pytest.approx(peer.ppf(BOTH), rel=1e-12)
    expected = peer.ppf(counter_uniform(7, use("a"), np.arange(MANY)))
    assert one.draw(7, "a", MANY) == pytest.approx(expected, rel=1e-12)
    assert np.all(np.abs(one.draw_s(7, "a", MANY) - expected) <= 2.0**-21 + 1e-12 * expected)


@pytest.mark.parametrize("cv", [0.01, 0.1, 1.0, 2.0, 5.0])
@pytest.mark.parametrize("kind", ["lognormal", "gamma"])
def test_however_wide_a_law_is_draws_are_close(kind, cv):
    one = law(said(kind, mean=3.0, cv=cv))
    assert at(Quantiles(one), BOTH) == pytest.approx(one.quantile(BOTH), rel=2e-11, abs=2e-11 * one.quantile(0.75))


def test_laws_that_no_polynomial_follows_are_asked_themselves():
    u = counter_uniform(7, use("a"), np.arange(MANY))
    for one in (
        said("triangular", low=1, mode=2, high=6),
        said("empirical", values=[1, 2, 5]),
        said("gamma", mean=1, cv=40),
    ):
        assert np.array_equal(Quantiles(law(one)).draw(7, "a", MANY), law(one).quantile(u))


def test_beyond_one_in_a_million_million_the_ends_of_the_table_stand():
    one, end = Quantiles(law(said("exponential", mean=1.0))), 2.0**-40
    first, last = at(one, np.array([0.0, 1 - 2.0**-53]))
    assert (first, last) == pytest.approx((end, 40 * np.log(2)), rel=1e-10)
    assert at(one, np.array([end / 16, 1 - end / 16])).tolist() == [first, last]


@given(st.integers(0, 2**64 - 1), st.floats(-5, 5), st.floats(0, 4e9))
def test_durations_are_on_tick_and_never_negative(key, low, width):
    one = Quantiles(law(said("uniform", low=low, high=low + width)))
    assert np.array_equal(one.draw_s(key, "a", 20), on_tick(np.maximum(one.draw(key, "a", 20), 0)))


def test_a_constant_is_shared_by_all_columns():
    constant = Quantiles(law(4.3))
    assert np.array_equal(constant.draw_s(1, "a", 3), np.full(3, on_tick(4.3)))
    assert constant.constant_s == on_tick(4.3)
    assert Quantiles(law(-1)).constant_s == 0
    assert Quantiles(law(said("uniform", low=0, high=1))).constant_s is None


def test_columns_in_which_all_are_the_same_are_not_written_to():
    rows = Same([6.0, 14.0])
    short, long = rows(3), rows(100)
    assert short.tolist() == [[6, 14]] * 3
    assert long.shape == (100, 2)
    assert np.shares_memory(rows(50), long)
    with pytest.raises(ValueError, match="read-only"):
        long[0] = 1.0


@pytest.mark.parametrize("kernel", [values, durations])
def test_a_table_of_another_shape_is_refused(kernel):
    with pytest.raises(ValueError, match="two sides of 312 cells with 8 coefficients"):
        kernel(1, 0, 1, np.zeros((2, 10, 8)))
