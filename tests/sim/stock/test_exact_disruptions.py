"""Suppliers that are up and down: published figures, plain simulations, and limits in which other formulas take over."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.linalg import expm

from sim.stock.exact import disruptions, distributions, lots, newsvendor, review

close = pytest.approx
EXAMPLE = {
    "fixed": 8,
    "holding": 0.225,
    "lost": 5,
    "demand_rate": 1300,
    "disruption_rate": 1.5,
    "recovery_rate": 14,
}
"""Snyder & Shen, example 9.1; figures to all digits are those of stockpyl 1.0.2."""


def test_economic_order_quantity_with_disruptions():
    """Snyder & Shen, example 9.1."""
    assert disruptions.eoq(**EXAMPLE) == close((772.8110739983106, 173.95000257319708), rel=1e-6)
    assert disruptions.eoq_cost(700, **EXAMPLE) == close(174.78711738886236)


def test_its_approximation():
    """Snyder & Shen, example 9.2; Snyder (2014)."""
    assert disruptions.eoq_approximate(**EXAMPLE) == close((773.1432417118889, 173.957229385175))


def test_newsvendor_with_disruptions():
    """Snyder & Shen, example 9.3; stockpyl cuts the tail of the disruptions at 1e-10."""
    assert disruptions.newsvendor_of_known_demand(2000, 0.04, 0.25, 0.25, 3) == (8000, close(2737.0689302470355))


rates = st.floats(0.05, 20)


@given(st.floats(0.1, 100), st.floats(0.01, 5), st.floats(0.5, 50), st.floats(1, 2000), rates, rates)
@settings(max_examples=60, deadline=None)
def test_no_other_lot_is_cheaper_and_the_approximation_costs_no_less(fixed, holding, lost, demand, fails, recovers):
    terms = fixed, holding, lost, demand, fails, recovers
    quantity, cost = disruptions.eoq(*terms)
    others = quantity * np.exp(np.linspace(-5, 5, 401))
    assert cost <= min(disruptions.eoq_cost(other, *terms) for other in others) * (1 + 1e-9)
    assert disruptions.eoq_cost(disruptions.eoq_approximate(*terms)[0], *terms) >= cost * (1 - 1e-9)


def test_without_disruptions_it_is_the_economic_order_quantity():
    seldom = EXAMPLE | {"disruption_rate": 1e-9}
    assert disruptions.eoq(**seldom) == close(lots.eoq(8, 0.225, 1300), rel=1e-5)


def test_units_that_are_small_make_poisson_demand_a_flow():
    flow = disruptions.eoq_cost(700, **EXAMPLE)
    small = EXAMPLE | {"holding": 0.225e-3, "lost": 5e-3, "demand_rate": 1.3e6}
    assert disruptions.lot_cost_of_poisson_demand(700_000, **small) == close(flow, rel=1e-4)


def test_a_delay_before_the_order_loses_its_demand_and_may_see_the_supplier_fail():
    """With a supplier that never fails, and after a delay so long that the supplier is in its long-run state."""
    never = EXAMPLE | {"demand_rate": 40, "disruption_rate": 1e-12}
    length = 30 / 40 + 0.1
    exact = (8 + 0.225 * 30 * 31 / 80 + 5 * 40 * 0.1) / length
    assert disruptions.lot_cost_of_poisson_demand(30, **never, delay=0.1) == close(exact)
    long = EXAMPLE | {"demand_rate": 40, "lost": 0, "holding": 0}
    cycle = 8 / disruptions.lot_cost_of_poisson_demand(30, **long, delay=1e3)
    assert cycle == close(30 / 40 + 1e3 + 1.5 / 15.5 / 14)


def cycles(quantity: int, rng: np.random.Generator, poisson: bool) -> tuple[np.ndarray, np.ndarray]:
    """(how long a lot lasts, how long its successor is waited for), float64[n]: the supplier switched one spell after the other."""
    n, demand_rate, up_time, down_time = 200_000, 40.0, 1 / 1.5, 1 / 14
    lasts = rng.gamma(quantity, 1 / demand_rate, n) if poisson else np.full(n, quantity / demand_rate)
    clock, waits, going = np.zeros(n), np.zeros(n), np.arange(n)
    while len(going):
        fails = clock[going] + rng.exponential(up_time, len(going))
        ends = fails + rng.exponential(down_time, len(going))
        caught = (fails <= lasts[going]) & (lasts[going] < ends)
        waits[going[caught]] = (ends - lasts[going])[caught]
        clock[going] = ends
        going = going[ends <= lasts[going]]
    return lasts, waits


@pytest.mark.parametrize("poisson", [False, True])
@pytest.mark.parametrize("quantity", [5, 60])
def test_the_cost_of_a_lot_is_what_a_plain_simulation_pays(quantity, poisson):
    """200,000 cycles of a lot, a unit of demand lost for each 1/40 that it waits: three standard errors of a ratio."""
    lasts, waits = cycles(quantity, np.random.default_rng(5), poisson)
    terms = EXAMPLE | {"demand_rate": 40}
    cost = disruptions.lot_cost_of_poisson_demand if poisson else disruptions.eoq_cost
    exact = cost(quantity, **terms)
    held = lasts * (quantity + poisson) / 2
    # A sum of exponential times holds k units for the k-th of them; its mean is that of all, weighted.
    left = 8 + 0.225 * held + 5 * 40 * waits - exact * (lasts + waits)
    assert abs(left.mean()) < 3 * left.std() / np.sqrt(len(left))


@pytest.mark.parametrize(("fail", "recover"), [(0.04, 0.25), (0.6, 0.5), (0.1, 1.0)])
def test_disrupted_periods_are_the_stationary_law_of_their_chain(fail, recover):
    found = disruptions.disrupted_periods(fail, recover)
    n = len(found) + 5
    step = np.zeros((n, n))
    step[0, :2] = 1 - fail, fail
    step[1:, 0] = recover
    step[np.arange(1, n), np.minimum(np.arange(2, n + 1), n - 1)] += 1 - recover
    law = np.linalg.matrix_power(step, 4096)[0]
    assert found == close(law[: len(found)], abs=1e-12)
    assert found.sum() == close(1)


def test_exponential_spells_seen_at_reviews_are_the_transitions_of_their_generator():
    up, down, between = 30.0, 4.0, 1.5
    step = expm(between * np.array([[-1 / up, 1 / up], [1 / down, -1 / down]]))
    assert disruptions.seen_at_reviews(up, down, between) == close((step[0, 1], step[1, 0]))


@pytest.mark.parametrize("between", [1.0, 0.3])
def test_reviews_that_a_disruption_spans_are_those_of_a_plain_simulation(between):
    """Of orders that wait for the end of a disruption: reviews since the last instant at which the supplier was up."""
    rng, n, at = np.random.default_rng(13), 40_000, 90.0
    begins, ends, going = np.zeros(n), np.zeros(n), np.arange(n)
    while len(going):
        begins[going] = ends[going] + rng.exponential(9.0, len(going))
        ends[going] = begins[going] + rng.exponential(2.0, len(going))
        going = going[ends[going] <= at]
    # The last review is at `at`.
    waiting = np.where(begins <= at, np.floor((at - begins) / between) + 1, 0)
    law = disruptions.disrupted_periods(*disruptions.waited_at_reviews(9.0, 2.0, between))
    for k in range(4):
        share = law[k]
        assert (waiting == k).mean() == close(share, abs=3 * np.sqrt(share * (1 - share) / n))


def test_known_demand_is_demand_that_does_not_vary():
    for known in (1, 3):
        pmf = np.eye(known + 1)[known]
        level, cost = disruptions.newsvendor_of_known_demand(known, 0.1, 0.3, 1, 9)
        assert disruptions.base_stock(pmf, 0.1, 0.3, 1, 9) == (level, close(cost))


def test_a_supplier_that_hardly_fails_leaves_the_base_stock_of_one_that_never_does():
    pmf = distributions.poisson(6)
    found = review.base_stock(pmf, 2, 1, 9)
    assert disruptions.base_stock(pmf, 1e-9, 0.5, 1, 9, lead_time=2) == (found.level, close(found.cost, rel=1e-6))


@pytest.mark.parametrize("lead_time", [0, 2])
def test_base_stock_with_disruptions_is_what_a_plain_simulation_holds_and_owes(lead_time):
    """An independent loop over orders, shipments and arrivals: 1,500 periods in 500 lines, three standard errors."""
    rng, level, demand, lines = np.random.default_rng(7), 15, 3, 500
    fail, recover = 0.15, 0.4
    up, net = np.ones(lines, dtype=bool), np.full(lines, level)
    under_way = [np.zeros(lines, dtype=int) for _ in range(lead_time)]
    held = []
    for _ in range(1_500):
        up = np.where(up, rng.random(lines) >= fail, rng.random(lines) < recover)
        missing = level - net - sum(under_way, start=np.zeros(lines, dtype=int))
        under_way.append(np.where(up, missing, 0))
        net = net + under_way.pop(0) - rng.poisson(demand, lines)
        held.append(net)
    law = disruptions.exposure(distributions.poisson(demand), fail, recover, lead_time)
    for of, exact in (
        (np.maximum(held, 0), distributions.left_over(law, level)),
        (np.maximum(-np.array(held), 0), distributions.short(law, level)),
    ):
        per_line = np.mean(of[100:], axis=0)
        assert abs(per_line.mean() - exact) < 3 * per_line.std(ddof=1) / np.sqrt(lines)


def test_orders_outstanding_have_the_mean_of_demand_over_lead_time_and_wait():
    """And without a lead time the law of Poisson demand over an exponential age."""
    law = disruptions.outstanding(4, 1.5, 20, 5)
    assert law.sum() == close(1)
    assert distributions.mean(law) == close(4 * (1.5 + 0.2 * 5))
    alone = disruptions.outstanding(4, 0, 20, 5)
    ages = -5 * np.log1p(-(np.arange(10**5) + 0.5) / 10**5)
    assert alone[0] == close(0.8 + 0.2 * np.mean(np.exp(-4 * ages)), rel=1e-3)
    assert newsvendor.newsvendor(law, 1, 9)[0] > newsvendor.newsvendor(distributions.poisson(6), 1, 9)[0]


def test_orders_outstanding_are_those_of_a_plain_simulation():
    """Of 40,000 independent suppliers at one instant: the demand that came since the last instant at which everything had been shipped."""
    rng, n, rate, lead_time, up, down = np.random.default_rng(11), 40_000, 4.0, 1.5, 20.0, 5.0
    at = 200.0
    clock, fails = np.zeros(n), np.full(n, np.inf)
    going = np.arange(n)
    while len(going):
        fails[going] = clock[going] + rng.exponential(up, len(going))
        clock[going] = fails[going] + rng.exponential(down, len(going))
        going = going[clock[going] <= at - lead_time]
    shipped_until = np.minimum(fails, at - lead_time)
    units = rng.poisson(rate * (at - shipped_until))
    law = disruptions.outstanding(rate, lead_time, up, down)
    for level in (6, 12, 40):
        short = np.maximum(units - level, 0)
        assert abs(short.mean() - distributions.short(law, level)) < 3 * short.std() / np.sqrt(n)
