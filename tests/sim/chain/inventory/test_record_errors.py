"""Records go wrong for the reasons that studies name, at the rates that the scenario gives, and no unit is lost on the way."""

from __future__ import annotations

from math import comb, sqrt

import numpy as np
import pytest

from sim.chain.chain import Chain

RIGHT = {"shrinkage_share": 0, "misscan_share": 0, "count_every_days": None}
ENGINES = ("simpy", "compiled")
AMPLE = {
    "opening_stock": {"store_days": 30, "warehouse_days": 60},
    "replenishment": {
        "stores": {"policy": "base_stock", "days": 32},
        "warehouses": {"policy": "base_stock", "days": 70},
    },
    "transfers": {"warehouses": False},
    "online": {"orders_per_day": 0},
}
"""More stock than anybody asks for, so that no shelf runs empty and every error is that of a delivery."""


def still_right(lines: int, share: float) -> float:
    """Probability that a record is right after so many lines, each a pack short or over with probability `share`: as many one way as the other."""
    return sum(
        comb(lines, 2 * k) * comb(2 * k, k) * (share / 2) ** (2 * k) * (1 - share) ** (lines - 2 * k)
        for k in range(lines // 2 + 1)
    )


def within(found: float, expected: float, error: float) -> bool:
    return abs(found - expected) <= 3 * error


def test_records_of_stores_stay_right_for_as_long_as_their_deliveries_did(small):
    """Of each SKU of each store as many lines as came; a share of 0.08 of the lines is wrong, half of them a pack short."""
    share, lines = 0.08, np.zeros((6, 200), dtype=np.int64)
    scenario = small(
        days=24,
        skus={"count": 200, "pack": 1},
        accuracy={**RIGHT, "receiving_error_share": share},
        **AMPLE,
    )
    chain = Chain(scenario)
    arrive = chain.ledger.arrive

    def noted(to, units, surplus):
        lines[to] += units > 0
        return arrive(to, units, surplus)

    chain.ledger.arrive = noted
    outcome = chain.play()
    ledger, stores = chain.ledger, chain.network.n_stores
    right = (ledger.book == ledger.physical + ledger.unsynced)[:stores]
    p = np.array([still_right(int(n), share) for n in lines[:stores].ravel()])
    assert lines[:stores].sum() > 5_000
    assert within(right.sum(), p.sum(), sqrt((p * (1 - p)).sum()))
    counted = outcome.daily["receiving_errors"].to_numpy().reshape(6, -1)[:stores].sum()
    n = int(lines[:stores].sum())
    assert within(counted, share * n, sqrt(n * share * (1 - share)))


def test_what_a_store_is_short_of_lies_where_it_came_from(small):
    """Goods that were booked out and stayed are on hand at the warehouse, beyond its book; no unit of the chain is lost."""
    scenario = small(
        days=12,
        accuracy={**RIGHT, "receiving_error_share": 0.3},
        suppliers=[{"code": "P", "lead_time_days": 90}],
        **AMPLE,
    )
    chain = Chain(scenario)
    chain.play()
    ledger, stores = chain.ledger, chain.network.n_stores
    gap = ledger.physical + ledger.unsynced - ledger.book
    moved = ledger.in_transit + ledger.physical
    assert (gap[stores:] != 0).any()
    assert np.abs(gap[:stores]).sum() > 100
    # What is still under way brings its error along.
    coming = ledger.in_transit.sum() - ledger.on_order.sum() + _waiting(chain)
    assert gap.sum() + coming == 0
    assert moved.min() >= 0


def _waiting(chain: Chain) -> int:
    """Units on order that have not left: ordered from suppliers, or asked for at a warehouse and not yet sent."""
    ledger, stores = chain.ledger, chain.network.n_stores
    leaving = sum(int(goods.units.sum()) for each in chain.warehouses for _, goods in each.leaving())
    asked = sum(int(goods.units.sum()) for each in chain.warehouses for _, goods in each.asked_for())
    return int(ledger.on_order[stores:].sum()) + leaving + asked


def test_without_errors_no_delivery_is_other_than_its_papers(small):
    outcome = Chain(small(accuracy=RIGHT)).play()
    assert outcome.daily["receiving_errors"].to_numpy().sum() == 0


@pytest.mark.parametrize("booked_share", [0.0, 0.4, 1.0])
def test_damage_is_a_share_of_sales_and_the_book_knows_its_part(small, booked_share):
    accuracy = {**RIGHT, "damage_share": 0.05, "damage_booked_share": booked_share}
    chain = Chain(small(days=12, accuracy=accuracy, **AMPLE))
    daily, ledger = chain.play().daily, chain.ledger
    sold, damaged = int(ledger.sold.sum()), int(daily["damaged_units"].to_numpy().sum())
    assert within(damaged, 0.05 * sold, sqrt(0.05 * sold))
    assert damaged == ledger.shrunk.sum() + ledger.written_off.sum()
    error = sqrt(damaged * booked_share * (1 - booked_share))
    assert within(ledger.written_off.sum(), booked_share * damaged, error)
    assert (ledger.book - ledger.physical - ledger.unsynced == ledger.shrunk).all()
    assert daily["written_off_units"].to_numpy().sum() == ledger.written_off.sum()


def test_what_is_brought_back_unsaleable_is_written_off_on_the_day(small):
    trading = {"return_share": 0.3, "return_after_days": 1, "return_unsaleable_share": 0.25}
    chain = Chain(small(days=10, accuracy=RIGHT, trading=trading, **AMPLE))
    outcome, ledger = chain.play(), chain.ledger
    came, gone = int(ledger.returned.sum()), int(outcome.daily["unsaleable_units"].to_numpy().sum())
    assert came > 1_000
    assert within(gone, 0.25 * came, sqrt(came * 0.25 * 0.75))
    assert gone == ledger.written_off.sum()
    assert (ledger.book == ledger.physical + ledger.unsynced).all()
    assert (ledger.written_off <= ledger.returned).all()


@pytest.mark.parametrize(("missed", "every"), [(0.0, 1), (0.5, 1), (0.0, 4)])
def test_a_check_of_gaps_corrects_phantom_stock_that_it_sees(small, missed, every):
    """Before the run everything vanishes from the stores and no book knows: each check finds what is due and not overlooked."""
    accuracy = {**RIGHT, "gap_check_days": every, "gap_missed_share": missed}
    none = {"stores": {"policy": "none"}, "warehouses": {"policy": "none"}}
    quiet = {"online": {"orders_per_day": 0}, "trading": {"return_share": 0}}
    chain = Chain(small(days=4, accuracy=accuracy, replenishment=none, skus={"count": 300}, **quiet))
    ledger, stores = chain.ledger, chain.network.n_stores
    at, sku = np.nonzero(ledger.physical[:stores])
    units = ledger.physical[at, sku]
    ledger.shrink(np.repeat(at, units), np.repeat(sku, units))
    phantom = int((ledger.book[:stores] > 0).sum())
    corrected = chain.play().daily["gap_corrections"].to_numpy().reshape(6, 4)
    assert corrected[stores:].sum() == 0
    left = (ledger.book[:stores] > 0).sum()
    assert left == phantom - corrected.sum()
    if every == 1:
        on_first = (1 - missed) * phantom
        assert within(corrected[:, 0].sum(), on_first, sqrt(on_first * missed))
        assert within(left, phantom * missed**4, sqrt(phantom * missed**4 * (1 - missed**4)))
    else:
        assert (np.count_nonzero(corrected, axis=1)[:stores] == 1).all()


def test_shrinkage_of_a_class_is_its_own_share(small):
    skus = [{"code": f"N{n}", "price": 5, "sku_class": "dear" if n < 6 else "cheap"} for n in range(40)]
    accuracy = {**RIGHT, "shrinkage_share": 0.01, "shrinkage_classes": {"dear": 0.1}}
    ample = {**AMPLE, "replenishment": {"stores": {"policy": "base_stock", "days": 32}}}
    chain = Chain(small(days=25, skus=skus, accuracy=accuracy, **ample))
    chain.play()
    for of, share in ((slice(6), 0.1), (slice(6, None), 0.01)):
        expected = share * chain.ledger.sold[:, of].sum()
        assert expected > 100
        assert within(chain.ledger.shrunk[:, of].sum(), expected, sqrt(expected))


@pytest.mark.parametrize(
    "accuracy",
    [
        {"damage_share": 0.02, "damage_booked_share": 0.5},
        {"receiving_error_share": 0.05},
        {"gap_check_days": 2, "gap_missed_share": 0.3},
        {"shrinkage_classes": {"A": 0.05}},
    ],
)
def test_both_engines_leave_the_same_records(small, accuracy):
    tables = [
        Chain(small(days=4, engine=engine, accuracy=accuracy, trading={"return_unsaleable_share": 0.4})).play().daily
        for engine in ENGINES
    ]
    assert tables[0].equals(tables[1])


def test_another_policy_changes_no_draw_of_a_delivery_that_both_make(small):
    """What leaves on a lane at an instant has the errors of its lane, instant and SKUs, whatever else is ordered."""
    chain = Chain(small(accuracy={"receiving_error_share": 0.4}))
    errors, to = chain.freight.errors, np.array([0, 1])
    few, many = np.zeros((2, 40), dtype=np.int64), np.full((2, 40), 8)
    few[:, ::3] = 8
    assert (errors.drawn("WE", to, few, 600.0) == np.where(few > 0, errors.drawn("WE", to, many, 600.0), 0)).all()
    assert set(np.unique(errors.drawn("WE", to, many, 600.0))) == {-4, 0, 4}
    assert errors.drawn("WE", to, np.full((2, 40), 3), 600.0).min() == -3
