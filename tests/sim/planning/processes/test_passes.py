"""Times of a process against closed forms that are worked out otherwise, and against passes drawn at random."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate

from sim.planning.processes.passes import LEVELS, drawn, in_levels, moments, scaled, time_of, variance
from sim.planning.processes.steps import END, Step, WrongProcess, process
from sim.scenario.sections.distributions import (
    Constant,
    Empirical,
    Exponential,
    Gamma,
    Lognormal,
    Pert,
    Triangular,
    Uniform,
)

LAWS = (
    Constant(value=3),
    Exponential(distribution="exponential", mean=4),
    Lognormal(distribution="lognormal", mean=5, cv=0.4),
    Gamma(distribution="gamma", mean=5, cv=0.6),
    Uniform(distribution="uniform", low=2, high=9),
    Triangular(distribution="triangular", low=1, mode=2, high=8),
    Pert(distribution="pert", low=1, mode=2, high=8),
    Empirical(distribution="empirical", values=[1, 5, 9], weights=[1, 2, 3]),
)


def step(name, takes, per="ticket", **following):
    law = Constant(value=takes) if isinstance(takes, (int, float)) else takes
    return Step(name, per, law, following or {END: 1.0})


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.distribution)
def test_a_variance_is_that_of_its_quantiles(law):
    mean = integrate.quad(lambda u: float(law.quantile(np.array(u))), 0, 1, limit=500)[0]
    square = integrate.quad(lambda u: float(law.quantile(np.array(u))) ** 2, 0, 1, limit=500)[0]
    assert (mean, square - mean**2) == pytest.approx((law.mean, variance(law)), rel=2e-3, abs=1e-9)


@given(times=st.integers(1, 20), chance=st.floats(0, 0.9))
def test_a_step_that_is_repeated_takes_a_geometric_number_of_times(times, chance):
    again = process("till", [step("try", times, **{"try": chance, END: 1 - chance})])
    mean, squared = moments(again, "ticket")
    assert mean == pytest.approx(times / (1 - chance))
    assert squared == pytest.approx(times**2 * chance / (1 - chance) ** 2, abs=1e-9)


@given(share=st.floats(0, 1), a=st.integers(0, 30), b=st.integers(0, 30))
def test_a_branch_is_a_mixture_of_its_paths(share, a, b):
    parted = process(
        "till",
        [step("ask", 2, left=share, right=1 - share), step("left", a), step("right", b)]
        if 0 < share < 1
        else [step("ask", 2, left=1.0), step("left", a)],
    )
    if 0 < share < 1:
        assert moments(parted, "ticket") == pytest.approx(
            (2 + share * a + (1 - share) * b, share * (1 - share) * (a - b) ** 2)
        )
    else:
        assert moments(parted, "ticket") == pytest.approx((2 + a, 0))


def test_a_geometric_sum_of_exponential_times_is_exponential():
    again = process("till", [step("try", LAWS[1], **{"try": 0.75, END: 0.25})])
    assert moments(again, "ticket") == pytest.approx((16, 256))


@st.composite
def processes(draw):
    """Up to five steps that lead to any others, each with a chance of the end."""
    n = draw(st.integers(1, 5))
    names, steps = [f"s{k}" for k in range(n)], []
    for k, name in enumerate(names):
        weights = {other: draw(st.sampled_from((0.0, 1.0, 2.0))) for other in names}
        weights |= {END: 1.0 + n} | ({names[k + 1]: 2.0} if k + 1 < n else {})
        total = sum(weights.values())
        law, per = draw(st.sampled_from(LAWS)), draw(st.sampled_from(("ticket", "ticket", "payment")))
        steps.append(Step(name, per, law, {to: w / total for to, w in weights.items()}))
    return process("till", steps)


@settings(max_examples=30, deadline=None)
@given(made=processes(), seed=st.integers(0, 99))
def test_passes_drawn_at_random_have_the_mean_and_variance_of_the_chain(made, seed):
    for part in ("ticket", "payment"):
        times = drawn(made, part, 20_000, seed)
        mean, squared = moments(made, part)
        assert times.mean() == pytest.approx(mean, abs=5 * np.sqrt(squared / len(times)) + 1e-9)
        assert times.var() == pytest.approx(squared, rel=0.35, abs=1e-9)


@given(made=processes())
def test_visits_are_those_of_counting_each_step(made):
    for n, found in enumerate(made.visits):
        counted = process(
            "till", [Step(s.name, "ticket", Constant(value=int(k == n)), s.following) for k, s in enumerate(made.steps)]
        )
        assert moments(counted, "ticket")[0] == pytest.approx(found)


def test_what_the_chain_draws_has_the_exact_mean_and_nearly_the_deviation():
    made = process("till", [step("a", LAWS[2], b=0.5, end=0.5), step("b", LAWS[1])])
    takes = time_of(made, "ticket", 1)
    mean, squared = moments(made, "ticket")
    assert len(takes.values) == LEVELS
    assert takes.mean == pytest.approx(mean, rel=1e-12)
    assert variance(takes) ** 0.5 == pytest.approx(squared**0.5, rel=0.03)


def test_one_step_of_every_pass_is_drawn_as_it_stands_and_several_of_each_sku_by_their_mean():
    made = process(
        "till", [step("a", LAWS[2], b=1.0), step("b", LAWS[3], "sku", c=0.5, end=0.5), step("c", LAWS[4], "sku")]
    )
    assert time_of(made, "ticket", 1) == LAWS[2]
    assert time_of(made, "sku", 1) == Constant(value=moments(made, "sku")[0])
    assert time_of(made, "unit", 1) == Constant(value=0)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.distribution)
def test_a_distribution_in_other_units_is_the_same_one(law):
    u = np.array([0.1, 0.5, 0.9])
    np.testing.assert_allclose(scaled(law, 60).quantile(u), 60 * law.quantile(u), rtol=1e-12)


def test_levels_keep_the_mean_that_is_given():
    assert in_levels(np.random.default_rng(1).exponential(3, 100_000), 7.0).mean == pytest.approx(7.0)


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([step("a", 1), step("a", 2)], "a name that no other step has, and not `end`"),
        ([step("a", 1, "line")], "one of ticket, sku, unit, payment"),
        ([step("a", 1, b=1.0)], "the name of a step, or end"),
        ([step("a", 1, end=0.5)], "chances that add up to 1"),
        ([step("a", 1, end=1.5, a=-0.5)], "a chance from 0 to 1 of end"),
        ([step("a", 1), step("b", 1)], "a step that some path from the beginning reaches"),
        ([step("a", 1, b=1.0), step("b", 1, a=1.0)], "a path to the end"),
        ([step("a", 1, a=0.9999, end=0.0001)], "at most 1,000 visits of steps in a mean pass"),
    ],
)
def test_a_process_that_cannot_be_is_refused(steps, expected):
    with pytest.raises(WrongProcess) as wrong:
        process("till", steps)
    assert wrong.value.expected == expected
