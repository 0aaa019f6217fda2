"""An audit finds each empty shelf for its cause, and adds nothing to a chain without one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ext.stock import CAUSES, ROWS
from sim.chain.chain import Chain
from sim.records.kpis import MISSING
from sim.stock.ledger import StockLedger

NO_ORDERS = {"policy": "none"}


def plain(state: dict[str, np.ndarray], store: int, sku: int, source: int) -> str | None:
    """The cause of an empty shelf as docs/network.md puts it; None where the shelf is not empty."""
    at, left = (store, sku), {name: int(row[source, sku]) for name, row in state.items()}
    if state["shelf"][at]:
        return None
    if state["physical"][at]:
        return "filling"
    if state["book"][at] > state["in_baskets"][at] + state["unsynced"][at]:
        return "record"
    asked_for = state["on_order"][at] > 0
    if source < 0:
        return "upstream" if asked_for else "ordering"
    free = left["physical"] - left["reserved"] - left["owed"]
    if state["in_transit"][at] or free > 0 or (asked_for and left["reserved"] > 0):
        return "ordering"
    return "upstream"


@given(st.integers(0, 2**32))
def test_an_empty_shelf_has_the_first_cause_that_holds(seed):
    draw = np.random.default_rng(seed)
    ledger, n_stores = StockLedger(5, 6, np.zeros((5, 6), dtype=np.int64)), 3
    for name in (*ROWS, "shelf"):
        row = getattr(ledger, f"_{name}" if hasattr(ledger, f"_{name}") else name)
        row[:] = draw.integers(0, 2, row.shape) * draw.integers(0, 4, row.shape)
    looked_at, source = draw.random((n_stores, 6)) < 0.8, draw.integers(-1, 5, (n_stores, 6))
    state = {name: getattr(ledger, name) for name in (*ROWS, "shelf")}
    expected = np.zeros((5, n_stores), dtype=np.int64)
    for store, sku in np.argwhere(looked_at).tolist():
        expected[0, store] += 1
        if cause := plain(state, store, sku, source[store, sku]):
            expected[1 + CAUSES.index(cause), store] += 1
    assert ledger.audit(looked_at, source).tolist() == expected.tolist()


@pytest.fixture(params=["simpy", "compiled"])
def audited(small, request):
    """What the audits of a chain of four stores and two warehouses found, from what it differs in."""

    def play(shrink=(), **sections):
        orders = {"stores": NO_ORDERS, "warehouses": NO_ORDERS, **sections.pop("replenishment", {})}
        quiet = {"shrinkage_share": 0, "misscan_share": 0, "count_every_days": None, "audit_at": "21:30"}
        chain = Chain(small(days=1, accuracy=quiet, replenishment=orders, engine=request.param, **sections))
        for location in shrink:
            cells = np.repeat(np.arange(40), 9999)
            chain.ledger.shrink(np.full(len(cells), location), cells)
        daily = chain.play().daily
        return {name: daily[name].to_numpy()[:4] for name in ("audited_skus", *(f"missing_{c}_skus" for c in CAUSES))}

    return play


def test_phantom_stock_is_a_fault_of_the_record(audited):
    found = audited(shrink=range(4), opening_stock={"store_days": 3, "warehouse_days": 5}, online={"orders_per_day": 0})
    assert (found["missing_record_skus"] == found["audited_skus"]).all()


def test_goods_in_the_back_room_are_a_fault_of_filling(audited):
    """The only round that fills the shelves is at opening; afterwards the back room has what the shelf lacks."""
    found = audited(
        opening_stock={"store_days": 30, "warehouse_days": 5},
        replenishment={"refill_minutes": 1440, "shelf_days": 0.1},
    )
    assert found["missing_filling_skus"].sum() > 0.5 * found["audited_skus"].sum()
    assert sum(found[f"missing_{cause}_skus"].sum() for cause in ("record", "ordering", "upstream")) == 0


@pytest.mark.parametrize(("warehouse_days", "cause"), [(5, "ordering"), (0, "upstream")])
def test_what_the_source_has_was_not_ordered_in_time_and_what_it_lacks_is_missing_upstream(
    audited, warehouse_days, cause
):
    found = audited(
        opening_stock={"store_days": 0, "store_least_units": 0, "warehouse_days": warehouse_days},
        online={"orders_per_day": 0},
    )
    assert (found[f"missing_{cause}_skus"] == found["audited_skus"]).all()
    assert found["audited_skus"].min() > 0


def test_an_audit_changes_nothing_that_a_chain_does(small):
    """Its counters and key figures alone are other than without it, on both engines; they are equal on both."""
    tables = {}
    for engine in ("simpy", "compiled"):
        for accuracy in ({}, {"audit_at": "15:10"}):
            outcome = Chain(small(days=3, accuracy=accuracy, engine=engine)).play()
            daily = outcome.daily.to_pandas()
            mine = [name for name in daily if name == "audited_skus" or name.startswith("missing_")]
            assert (daily[mine].to_numpy().sum() > 0) == bool(accuracy)
            tables[engine, bool(accuracy)] = daily.drop(columns=mine), daily[mine]
            values = dict(zip(*(outcome.kpis[name].to_pylist() for name in ("kpi", "value")), strict=True))
            shares = [values["shelf_availability"], *(values[f"missing_{cause}"] for cause in MISSING)]
            assert np.isnan(shares).all() if not accuracy else sum(shares) == pytest.approx(1)
    rest = [table for table, _ in tables.values()]
    assert all(table.equals(rest[0]) for table in rest)
    assert tables["simpy", True][1].equals(tables["compiled", True][1])


def test_the_causes_of_an_audit_have_their_words():
    assert tuple(MISSING) == CAUSES
