"""Inventory theory, played by the whole chain through ordinary scenario files: within three standard errors, none above 1 %.

SKUs do not touch each other, so each is an observation of its own. Figures and sources are those of tests/sim/stock/test_exact.py. What is
rare (a warehouse that has stock left, a customer who is owed) is freed of the luck of the demand that was drawn, whose law is known.

Not played, and why: the newsvendor with normal demand (sales are whole units; the Poisson newsvendor stands in), EOQ and Wagner–Whitin
(demand that is known leaves nothing to be told apart within a standard error; their formulas are held to enumeration).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from sim.chain.chain import Chain
from sim.clock import DAY_S
from sim.scenario.loader import load
from sim.stock.exact import distributions, newsvendor

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Shop:
    """What the shop saw at the end of each day that counts, int64[days, n_skus]."""

    on_hand: np.ndarray
    owed: np.ndarray
    sold: np.ndarray
    """In all, so far."""
    written_off: np.ndarray
    """In all, so far."""
    sent: np.ndarray
    """Ordered and sent that day."""
    demanded: np.ndarray


def play(name: str, *overrides: str) -> Shop:
    scenario = load(HERE / f"{name}.yaml", overrides)
    chain = Chain(scenario)
    ledger, depot, n = chain.ledger, chain.network.n_stores, len(chain.assortment)
    seen = {field: [] for field in Shop.__dataclass_fields__}
    left = ledger.physical[depot].copy()
    for day in range(scenario.days):
        sheet = chain.traffic.day(0, 0, day)
        chain.begin(day)
        chain.env.run(until=(day + 1) * DAY_S)
        chain.end(day)
        rows = (
            ledger.physical[0],
            ledger.owed[0],
            ledger.sold[0],
            ledger.written_off[0],
            left - ledger.physical[depot],
            np.bincount(sheet.line_sku, weights=sheet.line_units, minlength=n).astype(np.int64),
        )
        left = ledger.physical[depot].copy()
        for field, row in zip(seen, rows, strict=True):
            seen[field].append(row.copy())
    ledger.check()
    return Shop(**{field: np.array(rows)[scenario.warmup_days :] for field, rows in seen.items()})


@dataclass(frozen=True)
class Control:
    """Something of the demand drawn: its mean over the days of each SKU, float64[n_skus], and the mean that it must have."""

    seen: np.ndarray
    mean: float


def beyond(demanded: np.ndarray, mean: float, *levels: int) -> list[Control]:
    """What Poisson demand of that mean, int64[days, n_skus], had beyond some levels, none of them one under test."""
    law = distributions.poisson(mean)
    return [Control(np.maximum(demanded - y, 0).mean(axis=0), float(distributions.short(law, y))) for y in levels]


def agree(seen: np.ndarray, expected: float, *controls: Control) -> None:
    """Hold the mean over SKUs, float64[n_skus], against theory.

    Control variates (Law, Simulation Modeling and Analysis, ch. 11): what a linear regression on the controls explains is taken out, so the
    mean is the one at the demand that theory has, and its standard error that of the intercept.
    """
    known = np.column_stack([np.ones(len(seen)), *(control.seen - control.mean for control in controls)])
    coefficients, *_ = np.linalg.lstsq(known, seen, rcond=None)
    left = seen - known @ coefficients
    variance = left @ left / (len(seen) - known.shape[1]) * np.linalg.inv(known.T @ known)[0, 0]
    mean, standard_error = coefficients[0], np.sqrt(variance)
    print(f"{mean:.6g} ± {standard_error:.2g} ({standard_error / expected:.2%}), theory {expected:.6g}")
    assert standard_error <= 0.01 * expected
    assert abs(mean - expected) <= 3 * standard_error


def test_base_stock_answers_for_one_period_more_than_its_lead_time():
    shop = play("periodic_base_stock_Lplus1")
    agree((shop.on_hand + 9 * shop.owed).mean(axis=0), 13.943118289001724)
    agree((shop.owed == 0).mean(axis=0), 0.9098133287338571)


def test_poisson_newsvendor():
    shop = play("newsvendor_poisson")
    controls = beyond(shop.demanded, 50, 0, 45, 60)
    agree((0.18 * shop.on_hand + 0.7 * shop.owed).mean(axis=0), 1.7972352118091772, *controls)


def test_newsvendor_with_demand_less_variable_than_poisson():
    """One SKU, so that its demand is the number of customers: stationary renewals with Erlang gaps of four phases. Days are independent."""
    said = "skus.count=1", "stores.SHOP.customers_per_day=50", "replenishment.stores.units=54", "days=1300"
    shop, law = play("newsvendor_poisson", *said, "traffic.dispersion=0.25"), distributions.erlang_renewals(50, 4)
    best, cost = newsvendor.newsvendor(law, 0.18, 0.7)
    assert (best, cost) == (53, pytest.approx(float(distributions.cost(law, 53, 0.18, 0.7))))
    demanded = shop.demanded[:, 0]
    controls = [
        Control(np.maximum(demanded - y, 0).astype(float), float(distributions.short(law, y))) for y in (0, 46, 50, 57)
    ]
    seen = (0.18 * shop.on_hand + 0.7 * shop.owed)[:, 0]
    agree(seen, float(distributions.cost(law, 54, 0.18, 0.7)), *controls)


def test_newsvendor_of_goods_that_are_sold_or_written_off_every_other_day():
    """What the policy orders is the exact level or a unit beside it, and earns what the exact level earns; what is lost and written off at the
    levels ordered is what Poisson demand makes of them."""
    shop, demand = play("newsvendor_two_days"), distributions.poisson(50)
    assert not shop.on_hand[1::2].any()
    sold, written_off = (np.diff(of[1::2], axis=0) for of in (shop.sold, shop.written_off))
    ordered, asked = sold + written_off, shop.demanded[2::2] + shop.demanded[3::2]
    best, cost = newsvendor.newsvendor(demand, 0.3, 0.7)
    assert (np.abs(ordered - best) <= 1).mean() > 0.99
    controls = beyond(asked, 50, 0, 45, 60)
    agree((sold - 0.3 * ordered).mean(axis=0), 0.7 * 50 - cost, *controls)
    for seen, law in ((asked - sold, distributions.short), (written_off, distributions.left_over)):
        expected = law(demand, ordered)
        agree((seen - expected).mean(axis=0) + expected.mean(), expected.mean(), *controls)


def test_newsvendor_of_bread_that_the_baker_brings_to_the_shop_every_night():
    """No warehouse ever has any; what is sold and written off is what the demand drawn makes of the level, and earns what theory says."""
    best, cost = newsvendor.newsvendor(distributions.poisson(25), 0.3, 0.7)
    rows = [{"location": "SHOP", "sku": f"SKU-{n:05d}", "units": best, "expires": "2026-03-02"} for n in range(1, 101)]
    shop = play("newsvendor_of_the_day", f"opening_stock={json.dumps(rows)}")
    assert not shop.sent.any()
    sold, written_off, asked = np.diff(shop.sold, axis=0), np.diff(shop.written_off, axis=0), shop.demanded[1:]
    assert (sold == np.minimum(asked, best)).all()
    assert (written_off == best - sold).all()
    controls = beyond(asked, 25, 0, 22, 32)
    agree((sold - 0.3 * (sold + written_off)).mean(axis=0), 0.7 * 25 - cost, *controls)
    agree(written_off.mean(axis=0), float(distributions.left_over(distributions.poisson(25), best)), *controls)


@pytest.mark.parametrize("engine", ["compiled", "simpy"])
def test_a_state_runs_down_as_the_demand_drawn_makes_it_and_loses_what_its_distribution_makes_it_lose(engine):
    """Lost over three days beyond the 55 units that are free, and over two beyond the 40 that come and what is left of the first."""
    rows = [
        {"location": "SHOP", "sku": f"SKU-{n:05d}", "units": 60, "promised": 5, "on_order": 40, "arrives": "2026-03-05"}
        for n in range(1, 401)
    ]
    shop = play("opening_state", f"opening_stock={json.dumps(rows)}", f"engine={engine}")
    left = np.full(400, 55)
    for day, demanded in enumerate(shop.demanded):
        left = left + 40 * (day == 3)
        left = left - np.minimum(left, demanded)
        assert (shop.on_hand[day] == left).all()
    lost = shop.demanded.sum(axis=0) - (shop.sold[-1] - 5)
    early, late = distributions.over(3, distributions.poisson(20)), distributions.over(2, distributions.poisson(20))
    surplus = 40 + np.maximum(55 - np.arange(len(early)), 0)
    expected = float(distributions.short(early, 55) + early @ distributions.short(late, surplus))
    first, then = shop.demanded[:3].sum(axis=0), shop.demanded[3:].sum(axis=0)
    controls = [
        Control(np.maximum(of - y, 0), float(distributions.short(pmf, y)))
        for of, pmf, levels in ((first, early, (0, 52, 58)), (then, late, (0, 38, 46)))
        for y in levels
    ]
    agree(lost, expected, *controls)


def test_a_shelf_cleared_of_what_expired_is_no_shelf_that_ran_out():
    """Else every day would count as at least its weekday's mean, and goods of a short life be ordered too high from short histories."""
    short = "replenishment.forecast={method: moving_average, window_days: 28, history_days: 56}"
    shop = play("newsvendor_two_days", short, "skus.count=100", "stores.SHOP.customers_per_day=2500")
    ordered = np.diff(shop.sold[1::2] + shop.written_off[1::2], axis=0).mean(axis=0)
    best, _ = newsvendor.newsvendor(distributions.poisson(50), 0.3, 0.7)
    assert ordered.mean() + 3 * ordered.std(ddof=1) / np.sqrt(len(ordered)) < best


@pytest.mark.parametrize(
    ("name", "backorder", "fixed", "cost"),
    [
        ("ss_example_4_7_sS", 4, 5, 8.034111561471642),
        ("zf_1991_mu10", 9, 64, 35.021555272320384),
        ("zf_1991_mu25", 9, 64, 54.26216671858924),
        ("zf_1991_mu50", 9, 64, 70.97521232954904),
    ],
)
def test_s_S(name, backorder, fixed, cost):
    shop = play(name)
    agree((shop.on_hand + backorder * shop.owed + fixed * (shop.sent > 0)).mean(axis=0), cost)


def test_r_Q():
    """A unit of time is four days: twelve units of demand, and four times the orders of a day."""
    shop = play("ss_problem_5_2_rQ_poisson")
    agree((4 * shop.on_hand + 28 * shop.owed + 4 * 4 * shop.sent / 7).mean(axis=0), 28.241312842169155)


def test_lost_sales_base_stock():
    shop = play("lost_sales_base_stock")
    sold = np.diff(shop.sold, axis=0).mean(axis=0)
    agree(sold, 4 * 0.8783389357470485, Control(shop.demanded[1:].mean(axis=0), 4))


def test_bullwhip_of_a_moving_average():
    shop = play("bullwhip_ma_L2_p5")
    agree(shop.sent.var(axis=0, ddof=1) / shop.demanded.var(axis=0, ddof=1), 2.12)


def test_one_warehouse_ten_stores():
    """The warehouse is looked at just after its stores have ordered, the stores at midnight: to Poisson demand, instants like any other.

    Controls are what the demand of the last three days at the warehouse, and of the last day at a store, had beyond some levels, and, the two
    being independent, products of these: none is a figure under test.
    """
    scenario = load(HERE / "owmr_10stores_S0_55_S5.yaml")
    chain = Chain(scenario)
    ledger, (depot,), stores, seen, demand = chain.ledger, chain.warehouses, slice(0, 10), [], []
    for day in range(scenario.days):
        chain.begin(day)
        demand.append(ledger.sold[stores] + ledger.owed[stores])
        chain.env.run(until=day * DAY_S + 300)
        rows = [depot.backlog.units.copy(), ledger.physical[depot.location].copy()]
        chain.env.run(until=(day + 1) * DAY_S)
        chain.end(day)
        on_hand, owed = ledger.physical[stores], ledger.owed[stores]
        seen.append([*rows, (on_hand > 0).mean(axis=0), owed.mean(axis=0), on_hand.mean(axis=0)])
    demand = np.array([*demand, ledger.sold[stores] + ledger.owed[stores]])
    days = np.arange(scenario.warmup_days, scenario.days)
    backorders, depot_on_hand, fill_rate, owed, on_hand = np.array(seen)[days].mean(axis=0)
    three_days, one_day = (demand[days] - demand[days - 3]).sum(axis=1, keepdims=True), demand[days + 1] - demand[days]

    def beyond(level: int, store_level: int | None = None) -> Control:
        short = np.maximum(three_days - level, 0)
        mean = float(distributions.short(distributions.poisson(60), level))
        if store_level is not None:
            short = short * np.maximum(one_day - store_level, 0)
            mean *= float(distributions.short(distributions.poisson(2), store_level))
        return Control(short.mean(axis=(0, 1)), mean)

    at_depot = [beyond(level) for level in (0, 50, 60)]
    at_stores = [beyond(level, own) for level in (0, 60) for own in (0, 2, 4)]
    agree(backorders, 6.1734234465013085, *at_depot)
    agree(depot_on_hand, 1.1734234465014188, *at_depot)
    agree(fill_rate, 0.864134954574456, *at_stores)
    agree(owed, 0.09951660569804652, *at_stores)
    agree(on_hand, 2.482174261047853, *at_stores)
