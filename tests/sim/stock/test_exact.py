"""Exact answers against published figures, against another library's, and against plain enumeration or simulation.

Figures said to be of stockpyl were made with stockpyl 1.0.2 (L. V. Snyder), which follows Snyder & Shen (2019).
"""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sim.stock.exact import distributions, echelons, lots, newsvendor, review

close = pytest.approx


def test_newsvendor_with_normal_demand():
    """Snyder & Shen, example 4.3."""
    level, cost = newsvendor.newsvendor_normal(50, 8, holding=0.18, backorder=0.7)
    assert level == close(56.60395592743389, abs=1e-4)
    assert cost == close(1.9976051931766445, abs=1e-4)


def test_newsvendor_with_poisson_demand():
    """stockpyl."""
    assert newsvendor.newsvendor(distributions.poisson(50), 0.18, 0.7) == (56, close(1.7972352118091772))


def test_economic_order_quantity():
    """Snyder & Shen, example 3.1; with backorders stockpyl."""
    assert lots.eoq(8, 0.225, 1300) == close((304.0467800264368, 68.41052550594829), abs=1e-6)
    assert lots.eoq_with_backorders(8, 0.225, 5, 1300) == close(
        (310.81255515896464, 0.0430622009569378, 66.92136355097325)
    )


def test_wagner_whitin():
    """Snyder & Shen, example 3.9."""
    found = lots.wagner_whitin(np.array([90, 120, 80, 70]), fixed=500, holding=2)
    assert found.cost == 1380
    assert found.orders.tolist() == [210, 0, 150, 0]


@given(st.lists(st.integers(0, 30), min_size=1, max_size=7), st.integers(0, 60), st.integers(0, 4))
def test_wagner_whitin_is_the_best_of_all_sets_of_order_periods(demand, fixed, holding):
    def cost(sets):
        stock, total = 0, 0
        for period, wanted in enumerate(demand):
            if sets[period]:
                until = next((p for p in range(period + 1, len(demand)) if sets[p]), len(demand))
                stock += sum(demand[period:until])
                total += fixed
            stock -= wanted
            if stock < 0:
                return np.inf
            total += holding * stock
        return total

    found = lots.wagner_whitin(np.array(demand), fixed, holding)
    assert found.cost == min(cost(sets) for sets in itertools.product((False, True), repeat=len(demand)))
    stock = np.cumsum(found.orders - np.array(demand))
    assert stock.min() >= 0
    assert found.cost == fixed * np.count_nonzero(found.orders) + holding * stock.sum()


def test_base_stock_answers_for_one_period_more_than_its_lead_time():
    """Poisson demand of 20, lead time 2, S = 70. Snyder & Shen, §4.3."""
    found = review.base_stock(distributions.poisson(20), 2, holding=1, backorder=9, level=70)
    assert found.cost == close(13.943118289001724)
    assert found.ready_rate == close(0.9098133287338571)
    best = review.base_stock(distributions.poisson(20), 2, holding=1, backorder=9)
    assert best.level == 70
    assert best.cost == close(found.cost)


@pytest.mark.parametrize(
    ("mean", "backorder", "fixed", "s", "S", "cost"),
    [
        (6, 4, 5, 4, 10, 8.034111561471642),
        (10, 9, 64, 6, 40, 35.021555272320384),
        (25, 9, 64, 19, 56, 54.26216671858924),
        (50, 9, 64, 42, 108, 70.97521232954904),
        (15, 9, 64, 10, 49, 42.69781892264545),
        (20, 9, 64, 14, 62, 49.17303574493941),
        (30, 9, 64, 23, 66, 57.81892615852917),
        (40, 9, 64, 33, 87, 64.51184709794083),
        (60, 9, 64, 52, 129, 77.30592943452321),
        (75, 9, 64, 67, 86, 79.55384650399193),
    ],
)
def test_s_S_of_zheng_and_federgruen(mean, backorder, fixed, s, S, cost):
    """Snyder & Shen, example 4.7; parameters of Zheng & Federgruen (1991), figures of stockpyl."""
    found = review.reorder_up_to(distributions.poisson(mean), 0, 1, backorder, fixed)
    assert (found.s, found.S) == (s, S)
    assert found.cost == close(cost, abs=1e-6)


laws_of_demand = st.lists(st.floats(0.01, 1), min_size=2, max_size=7).map(lambda w: np.array(w) / sum(w))


@settings(max_examples=40, deadline=None)
@given(laws_of_demand, st.integers(0, 2), st.floats(0.2, 3), st.floats(0.2, 20), st.floats(0, 40))
def test_no_other_s_S_is_cheaper(pmf, lead_time, holding, backorder, fixed):
    found = review.reorder_up_to(pmf, lead_time, holding, backorder, fixed)
    assert found.cost == close(review.reorder_up_to_cost(pmf, lead_time, holding, backorder, fixed, found.s, found.S))
    around = [
        review.reorder_up_to_cost(pmf, lead_time, holding, backorder, fixed, s, S)
        for s in range(found.s - 6, found.s + 7)
        for S in range(max(s + 1, found.S - 12), found.S + 13)
    ]
    assert found.cost <= min(around) + 1e-9


def test_s_S_cost_is_what_a_plain_simulation_pays():
    """An independent loop: 400,000 periods in 400 lines, lead time 1, three standard errors."""
    demand = np.random.default_rng(3).poisson(4, (1000, 400))
    on_hand, coming, costs = np.full(400, 12), np.zeros(400, dtype=int), []
    for wanted in demand:
        orders = np.where(on_hand + coming <= 6, 18 - on_hand - coming, 0)
        on_hand, coming = on_hand + coming - wanted, orders
        costs.append(np.maximum(on_hand, 0) + 9 * np.maximum(-on_hand, 0) + 20 * (orders > 0))
    lines = np.mean(costs[100:], axis=0)
    exact = review.reorder_up_to_cost(distributions.poisson(4), 1, 1, 9, 20, 6, 18)
    assert abs(lines.mean() - exact) < 3 * lines.std(ddof=1) / 20


@pytest.mark.parametrize(
    ("holding", "backorder", "fixed", "rate", "lead_time", "r", "Q", "cost"),
    [
        (4, 28, 4, 12, 0.5, 6, 7, 28.241312842169155),
        (1, 9, 64, 10, 1, 6, 39, 35.18706500778506),
        (1, 25, 20, 3, 2, 7, 12, 13.823935916842041),
    ],
)
def test_r_Q_of_federgruen_and_zheng(holding, backorder, fixed, rate, lead_time, r, Q, cost):
    """Snyder & Shen, problem 5.2; the others stockpyl."""
    found = review.reorder_quantity(rate, distributions.poisson(rate * lead_time), holding, backorder, fixed)
    assert (found.r, found.Q) == (r, Q)
    assert found.cost == close(cost, abs=1e-6)


def test_lost_sales_base_stock_is_erlang_loss():
    """Karush (1957): rate 4, mean lead time 2, S = 10."""
    assert review.lost_sales_fill_rate(8, 10) == close(0.8783389357470485)


def test_one_warehouse_ten_stores():
    """Simon (1971), Graves (1985): 2 a day and store, lead times 3 and 1, S₀ = 55, Sᵢ = 5."""
    warehouse, stores = echelons.warehouse_and_stores([2.0] * 10, 3, [1] * 10, 55, [5] * 10)
    assert (warehouse.backorders, warehouse.on_hand) == close((6.1734234465013085, 1.1734234465014188))
    for store in stores:
        assert (store.fill_rate, store.backorders, store.on_hand) == close(
            (0.864134954574456, 0.09951660569804652, 2.482174261047853)
        )


def test_a_serial_line_of_one_stage_is_a_base_stock():
    single = newsvendor.newsvendor(distributions.poisson(10), 1, 9)
    levels, cost = echelons.serial_base_stock(5, [2], [1], 9)
    assert (levels[0], close(cost)) == single


SERIAL = {"demand_rate": 5, "lead_times": [1, 1, 2], "echelon_holding": [3, 2, 2], "backorder": 37.12}


def test_serial_line_matches_another_library():
    """The line of Snyder & Shen, example 6.1, with Poisson demand of 5; stockpyl under numpy 1."""
    levels, cost = echelons.serial_base_stock(**SERIAL)
    assert levels == [9, 15, 26]
    assert cost == close(72.0435433050749, rel=1e-4)  # it cuts the tails of demand


@given(
    st.lists(st.tuples(st.floats(0.2, 3), st.floats(0.1, 3)), min_size=1, max_size=4),
    st.floats(0.5, 6),
    st.floats(1, 40),
)
@settings(max_examples=40, deadline=None)
def test_serial_levels_lie_within_shang_and_songs_bounds(stages, rate, backorder):
    lead_times, holding = zip(*stages, strict=True)
    levels, _ = echelons.serial_base_stock(rate, lead_times, holding, backorder)
    bounds = echelons.serial_bounds(rate, lead_times, holding, backorder)
    assert all(low <= level <= high for level, (low, high) in zip(levels, bounds, strict=True))


LINEAR, KINKED = [0.25] * 4, [0.25, 2.5, 2.5, 0.25]


@pytest.mark.parametrize(
    ("backorder", "holding", "levels", "cost", "heuristic", "heuristic_cost"),
    [
        (9, LINEAR, [8, 13, 18, 22], 12.688, [8, 13, 18, 22], 12.688),
        (9, KINKED, [9, 10, 13, 19], 53.008, [9, 10, 14, 20], 53.258),
        (99, LINEAR, [11, 17, 22, 27], 16.206, [11, 17, 22, 27], 16.206),
        (99, KINKED, [11, 14, 18, 26], 74.564, [11, 14, 19, 26], 74.747),
    ],
)
def test_serial_lines_of_shang_and_song(backorder, holding, levels, cost, heuristic, heuristic_cost):
    """Shang & Song (2003), table 1, rows 1, 9, 17 and 25: four stages, demand 16, lead times a quarter."""
    line = {"demand_rate": 16, "lead_times": [0.25] * 4, "echelon_holding": holding, "backorder": backorder}
    assert echelons.serial_base_stock(**line) == (levels, close(cost, abs=5e-4))
    assert echelons.serial_heuristic(**line, up=backorder == 99) == heuristic
    assert echelons.serial_base_stock(**line, levels=heuristic) == (heuristic, close(heuristic_cost, abs=5e-4))


def test_serial_line_with_normal_demand():
    """Snyder & Shen, example 6.1; stockpyl, which cuts demand into pieces, gives 6.514, 12.012, 22.700 and 47.669."""
    levels, cost = echelons.serial_normal(5, 1, [1, 1, 2], [3, 2, 2], 37.12)
    assert levels == close([6.4909, 12.0176, 22.7055], abs=1e-4)
    assert cost == close(47.669, rel=5e-4)


def test_a_serial_line_of_one_stage_with_normal_demand_is_a_newsvendor():
    levels, cost = echelons.serial_normal(50, 8, [2], [0.18], 0.7)
    assert (levels[0], cost) == close(newsvendor.newsvendor_normal(100, 8 * 2**0.5, 0.18, 0.7), rel=1e-5)


@pytest.mark.parametrize("change", [(0, 0, 0), (1, 0, 0), (0, -1, 0), (-0.5, 0, 2)])
def test_a_serial_line_with_normal_demand_costs_what_a_plain_simulation_pays(change):
    """An independent loop over 10⁶ draws of the demand over the lead times: no levels cost less than the best, which cost what is said."""
    levels, cost = echelons.serial_normal(5, 1, [1, 1, 2], [3, 2, 2], 37.12)
    levels = np.add(levels, change)
    rng, local = np.random.default_rng(2), np.diff([0, *levels])
    short, holding, paid = 0.0, 0.0, 0.0
    for stage, lead_time, at_stage in ((2, 2, 2.0), (1, 1, 4.0), (0, 1, 7.0)):
        net = local[stage] - short - rng.normal(5 * lead_time, lead_time**0.5, 10**6)
        short = np.maximum(-net, 0)
        paid = paid + at_stage * np.maximum(net, 0) + 5 * holding * lead_time
        holding = at_stage
    paid = paid + 37.12 * short
    error = paid.std() / 1000
    assert paid.mean() > cost - 3 * error
    assert (abs(paid.mean() - cost) < 3 * error) == (not any(change))


def test_bullwhip_of_a_moving_average():
    """Chen, Drezner, Ryan & Simchi-Levi (2000): L = 2, p = 5."""
    assert echelons.bullwhip(2, 5) == close(2.12)


@given(st.floats(0.5, 30), st.floats(0.01, 0.999), st.floats(1, 200))
def test_safety_stock_for_a_fill_rate_leaves_that_much_short(sd, share, cycle_demand):
    safety = float(newsvendor.safety_stock_for_fill_rate(sd, share, cycle_demand))
    assert sd * newsvendor.normal_loss(safety / sd) == close((1 - share) * cycle_demand, rel=1e-6)


def test_safety_stock_for_cycle_service():
    safety = float(newsvendor.safety_stock_for_cycle_service(8, 0.95))
    assert stats.norm(50, 8).cdf(50 + safety) == close(0.95)


@given(laws_of_demand, st.integers(-5, 12))
def test_left_over_and_short_are_their_sums(pmf, y):
    d = np.arange(len(pmf))
    assert distributions.left_over(pmf, y) == close(np.maximum(y - d, 0) @ pmf, abs=1e-9)
    assert distributions.short(pmf, y) == close(np.maximum(d - y, 0) @ pmf, abs=1e-9)
    assert distributions.cdf(pmf, y) == close(pmf[d <= y].sum())


def test_negative_binomial_has_its_moments():
    pmf = distributions.negative_binomial(7, 19)
    d = np.arange(len(pmf))
    assert (pmf @ d, pmf @ (d - 7) ** 2) == close((7, 19), rel=1e-6)
