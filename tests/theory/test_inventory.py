"""Inventory theory, played by the whole chain through ordinary scenario files: within three standard errors, none above 1 %.

SKUs do not touch each other, so each is an observation of its own. Figures and sources are those of tests/sim/stock/test_exact.py.

Not played, and why: the newsvendor with normal demand (sales are whole units; the Poisson newsvendor stands in), EOQ and Wagner–Whitin
(demand that is known leaves nothing to be told apart within a standard error; their formulas are held to enumeration).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from sim.chain.chain import Chain
from sim.clock import DAY_S
from sim.scenario.load import load

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Shop:
    """What the shop saw at the end of each day that counts, int64[days, n_skus]."""

    on_hand: np.ndarray
    owed: np.ndarray
    sold: np.ndarray
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
            left - ledger.physical[depot],
            np.bincount(sheet.line_sku, weights=sheet.line_units, minlength=n).astype(np.int64),
        )
        left = ledger.physical[depot].copy()
        for field, row in zip(seen, rows, strict=True):
            seen[field].append(row.copy())
    ledger.check()
    return Shop(**{field: np.array(rows)[scenario.warmup_days :] for field, rows in seen.items()})


def agree(seen: np.ndarray, expected: float) -> None:
    """Hold the mean over SKUs, float64[n_skus], against theory."""
    standard_error = seen.std(ddof=1) / np.sqrt(len(seen))
    print(f"{seen.mean():.6g} ± {standard_error:.2g}, theory {expected:.6g}")
    assert standard_error <= 0.01 * expected
    assert abs(seen.mean() - expected) <= 3 * standard_error


def test_base_stock_answers_for_one_period_more_than_its_lead_time():
    shop = play("periodic_base_stock_Lplus1")
    agree((shop.on_hand + 9 * shop.owed).mean(axis=0), 13.943118289001724)
    agree((shop.owed == 0).mean(axis=0), 0.9098133287338571)


def test_poisson_newsvendor():
    shop = play("newsvendor_poisson")
    agree((0.18 * shop.on_hand + 0.7 * shop.owed).mean(axis=0), 1.7972352118091772)


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
    agree((shop.sold[-1] - shop.sold[0]) / shop.demanded[1:].sum(axis=0), 0.8783389357470485)


def test_bullwhip_of_a_moving_average():
    shop = play("bullwhip_ma_L2_p5")
    agree(shop.sent.var(axis=0, ddof=1) / shop.demanded.var(axis=0, ddof=1), 2.12)


def test_one_warehouse_ten_stores():
    """The warehouse is looked at just after its stores have ordered, the stores at midnight: to Poisson demand, instants like any other."""
    scenario = load(HERE / "owmr_10stores_S0_55_S5.yaml")
    chain = Chain(scenario)
    (depot,), stores, seen = chain.warehouses, slice(0, 10), []
    for day in range(scenario.days):
        chain.begin(day)
        chain.env.run(until=day * DAY_S + 300)
        rows = [depot.backlog.units.copy(), chain.ledger.physical[depot.location].copy()]
        chain.env.run(until=(day + 1) * DAY_S)
        chain.end(day)
        on_hand, owed = chain.ledger.physical[stores], chain.ledger.owed[stores]
        seen.append([*rows, (on_hand > 0).mean(axis=0), owed.mean(axis=0), on_hand.mean(axis=0)])
    backorders, depot_on_hand, fill_rate, owed, on_hand = np.array(seen)[scenario.warmup_days :].mean(axis=0)
    agree(backorders, 6.1734234465013085)
    agree(fill_rate, 0.864134954574456)
    agree(on_hand, 2.482174261047853)
    for rare, expected in ((depot_on_hand, 1.1734234465014188), (owed, 0.09951660569804652)):
        standard_error = rare.std(ddof=1) / np.sqrt(len(rare))
        print(f"{rare.mean():.6g} ± {standard_error:.2g}, theory {expected:.6g}")
        assert abs(rare.mean() - expected) <= 3 * standard_error
