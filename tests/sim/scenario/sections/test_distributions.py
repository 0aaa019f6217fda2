"""Every distribution has the mean it says, rises with its uniform, and is refused when it is none."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError
from scipy import stats

from sim.scenario.sections.distributions import Varying

varying = TypeAdapter(Varying)
U = (np.arange(200_000) + 0.5) / 200_000

LAWS = {
    "constant": 4.5,
    "exponential": {"distribution": "exponential", "mean": 3.0},
    "lognormal": {"distribution": "lognormal", "mean": 45.0, "cv": 0.6},
    "gamma": {"distribution": "gamma", "mean": 2.0, "cv": 1.3},
    "uniform": {"distribution": "uniform", "low": 2, "high": 5},
    "triangular": {"distribution": "triangular", "low": 1, "mode": 2, "high": 6},
    "pert": {"distribution": "pert", "low": 1, "mode": 2, "high": 6},
    "empirical": {"distribution": "empirical", "values": [3, 1, 2], "weights": [1, 2, 1]},
}


@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
def test_mean_of_quantiles_is_the_mean(law):
    law = varying.validate_python(law)
    assert law.quantile(U).mean() == pytest.approx(law.mean, rel=2e-3)


@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
def test_quantiles_rise_with_the_uniform(law):
    assert np.all(np.diff(varying.validate_python(law).quantile(U)) >= 0)


@pytest.mark.parametrize("law", LAWS.values(), ids=LAWS)
def test_a_law_survives_being_written_and_read(law):
    law = varying.validate_python(law)
    assert varying.validate_python(varying.dump_python(law, mode="json")) == law


@pytest.mark.parametrize(
    ("law", "peer"),
    [
        (
            {"distribution": "lognormal", "mean": 2.0, "cv": 0.5},
            stats.lognorm(np.sqrt(np.log(1.25)), scale=2 / np.sqrt(1.25)),
        ),
        ({"distribution": "gamma", "mean": 2.0, "cv": 0.5}, stats.gamma(4, scale=0.5)),
        ({"distribution": "triangular", "low": 1, "mode": 2, "high": 6}, stats.triang(0.2, 1, 5)),
        ({"distribution": "pert", "low": 1, "mode": 2, "high": 6}, stats.beta(1.8, 4.2, loc=1, scale=5)),
        ({"distribution": "exponential", "mean": 3.0}, stats.expon(scale=3)),
    ],
    ids=lambda value: value["distribution"] if isinstance(value, dict) else "",
)
def test_quantiles_match_scipy(law, peer):
    u = U[::500]
    assert varying.validate_python(law).quantile(u) == pytest.approx(peer.ppf(u), rel=1e-9)


@given(
    st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(0.01, 10)), min_size=1, max_size=12),
    st.floats(0, 1, exclude_max=True),
)
def test_empirical_draws_only_what_was_observed(pairs, u):
    values, weights = zip(*pairs, strict=True)
    law = varying.validate_python({"distribution": "empirical", "values": values, "weights": weights})
    assert law.quantile(np.array([u]))[0] in values


@pytest.mark.parametrize(
    "law",
    [
        "soon",
        {"distribution": "weibull", "mean": 1},
        {"distribution": "lognormal", "mean": -1, "cv": 0.1},
        {"distribution": "triangular", "low": 3, "mode": 2, "high": 6},
        {"distribution": "empirical", "values": []},
        {"distribution": "uniform", "low": 2, "high": 1},
        {"distribution": "exponential", "mean": 1, "scale": 2},
    ],
)
def test_what_is_no_law_is_refused(law):
    with pytest.raises(ValidationError):
        varying.validate_python(law)
