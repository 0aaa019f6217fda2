"""A whole chain: it conserves units at every event, plays the same bytes twice, and keeps its streams apart."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pyarrow as pa
import pytest
import simpy

from sim.chain import chain as chain_module
from sim.chain.chain import Chain
from sim.records.catalogue import SCHEMA as CATALOGUE
from sim.records.outcome import DAILY_SCHEMA, HOURLY, HOURLY_SCHEMA, KPI_SCHEMA
from sim.records.trace import JOURNEYS

EVERYTHING = {
    "trading": {"unmet": "substituted", "return_share": 0.1, "return_after_days": 1},
    "transfers": {"stores": True, "franchise_agrees": 1.0, "surplus_days": 3, "deficit_days": 2, "least_units": 1},
    "accuracy": {"shrinkage_share": 0.05, "misscan_share": 0.05, "count_every_days": 1},
    "opening_stock": {"store_days": {"distribution": "uniform", "low": 0, "high": 6}, "warehouse_days": 3},
    "faults": [
        {"kind": "system_outage", "at": datetime(2026, 3, 3, 12), "minutes": 60},
        {"kind": "power_cut", "at": datetime(2026, 3, 4, 15), "minutes": 30, "stores": ["E1"]},
    ],
    "trace": {"first": datetime(2026, 3, 3, 10), "last": datetime(2026, 3, 4, 20)},
}


def column(table: pa.Table, name: str) -> np.ndarray:
    return table[name].to_numpy()


def kpi(outcome, name: str) -> float:
    return dict(zip(outcome.kpis["kpi"].to_pylist(), outcome.kpis["value"].to_pylist(), strict=True))[name]


@pytest.mark.parametrize("unmet", ["lost", "backordered", "substituted"])
def test_units_are_conserved_at_every_event(small, monkeypatch, unmet):
    class Checked(simpy.Environment):
        def step(self):
            super().step()
            chain.ledger.check()

    monkeypatch.setattr(chain_module.simpy, "Environment", Checked)
    chain = Chain(small(**EVERYTHING | {"trading": {"unmet": unmet, "return_share": 0.1, "return_after_days": 1}}))
    chain.play()
    ledger = chain.ledger
    for flow in (ledger.received, ledger.returned, ledger.sold, ledger.shrunk):
        assert flow.sum() > 0  # or the check has seen nothing


def test_a_unit_out_of_nowhere_stops_the_run(small):
    chain = Chain(small(days=1))
    chain.ledger.physical[0, 0] += 1
    with pytest.raises(AssertionError, match="SKU 0"):
        chain.play()


def test_same_seed_same_bytes(small):
    assert_same_bytes(*(Chain(small(**EVERYTHING)).play() for _ in range(2)))


@pytest.mark.parametrize("unmet", ["lost", "backordered", "substituted"])
def test_both_engines_leave_the_same_bytes(small, unmet):
    sections = EVERYTHING | {"trading": {"unmet": unmet, "queue": "line_per_till", "line_limit": 3}}
    assert_same_bytes(*(Chain(small(engine=engine, **sections)).play() for engine in ("simpy", "compiled")))


def assert_same_bytes(first, second):
    for name in ("daily", "hourly", "kpis", "catalogue"):
        assert _bytes([getattr(first, name)]) == _bytes([getattr(second, name)])
    trace = list(first.trace)
    assert sum(batch.num_rows for batch in trace) > 100
    assert _bytes(map(pa.Table.from_batches, ([b] for b in trace))) == _bytes(
        map(pa.Table.from_batches, ([b] for b in second.trace))
    )


def test_replications_differ(small):
    first, second = (Chain(small(), replication).play() for replication in (0, 1))
    assert column(first.daily, "customers").tolist() != column(second.daily, "customers").tolist()


def test_tables_have_the_schemas_of_the_records(small):
    outcome = Chain(small(**EVERYTHING)).play()
    assert outcome.daily.schema == DAILY_SCHEMA
    assert outcome.hourly.schema == HOURLY_SCHEMA
    assert outcome.kpis.schema == KPI_SCHEMA
    assert outcome.catalogue.schema == CATALOGUE
    assert (outcome.daily.num_rows, outcome.hourly.num_rows, outcome.catalogue.num_rows) == (6 * 3, 6 * 72, 6 * 40)
    for name in HOURLY:
        assert column(outcome.hourly, name).sum() == pytest.approx(column(outcome.daily, name).sum())


@pytest.mark.parametrize(
    "change",
    [
        {"faults": [{"kind": "system_outage", "at": datetime(2026, 3, 2, 10), "minutes": 300}]},
        {"replenishment": {"stores": {"policy": "none"}}},
        {"replenishment": {"warehouses": {"policy": "base_stock", "days": 3}}},
        {"transfers": {"stores": True, "warehouses": False}},
        {"accuracy": {"shrinkage_share": 0.2, "count_every_days": 1}},
        {"system": {"stock_sync_minutes": 60}},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_fault_or_a_policy_shifts_nobody_elses_draws(small, change):
    as_usual, changed = (Chain(small(**changes)).play() for changes in ({}, change))
    for name in ("customers", "demanded_units"):
        assert column(as_usual.daily, name).tolist() == column(changed.daily, name).tolist()


def test_a_policy_leaves_the_lead_times_of_others_alone(small):
    """Warehouse WE orders as before although all stores of WS have stopped ordering."""
    only_east = {"replenishment": {"franchise": {"policy": "none"}}}
    as_usual, changed = (Chain(small(days=8, **changes)).play() for changes in ({}, only_east))
    east = column(as_usual.daily, "location_code") == "WE"
    for name in ("received_units", "units_out"):
        assert column(as_usual.daily, name)[east].tolist() == column(changed.daily, name)[east].tolist()


def test_the_catalogue_is_the_book_at_the_start_of_the_traces_window(small):
    noon = {"first": datetime(2026, 3, 2, 12), "last": datetime(2026, 3, 2, 13)}
    chain = Chain(small(days=1, trace=noon))
    seen = []

    def look():
        yield chain.env.timeout(12 * 3600)
        seen.append(chain.ledger.book.copy())

    chain.env.process(look())
    outcome = chain.play()
    assert column(outcome.catalogue, "opening_units").tolist() == seen[0].reshape(-1).tolist()
    assert (seen[0] != chain.setting.opening.on_hand).any()


def test_the_trace_is_in_time_order_and_nothing_precedes_what_it_follows(small):
    rows = pa.Table.from_batches(Chain(small(**EVERYTHING)).play().trace).to_pylist()
    assert [row["row"] for row in rows] == list(range(len(rows)))
    assert [row["t"] for row in rows] == sorted(row["t"] for row in rows)
    day_s = 24 * 3600
    assert all(day_s + 10 * 3600 <= row["t"] < 2 * day_s + 20 * 3600 for row in rows)
    leaders = {"order_status": "checkout", "return_goods": "checkout"}
    for row in rows:
        if row["follows"] >= 0:
            assert row["follows"] < row["row"]
            assert rows[row["follows"]]["journey"] == leaders[row["journey"]]
    assert {row["journey"] for row in rows} == set(JOURNEYS) - {"redeem_offer"}


def test_what_was_sold_left_the_ledger(small):
    chain = Chain(small(**EVERYTHING))
    outcome = chain.play()
    sold = column(outcome.daily, "sold_units").reshape(6, -1).sum(axis=1)
    assert sold.tolist() == chain.ledger.sold.sum(axis=1).tolist()
    for name, flow in (("received_units", "received"), ("returned_units", "returned"), ("shrunk_units", "shrunk")):
        assert column(outcome.daily, name).sum() == getattr(chain.ledger, flow).sum()


def test_a_count_brings_the_book_back(small):
    never, daily = (
        Chain(small(days=6, accuracy={"shrinkage_share": 0.1, "count_every_days": days})).play() for days in (None, 1)
    )
    assert kpi(never, "stock_discrepancy_rate") > 0.005
    assert kpi(daily, "stock_discrepancy_rate") < kpi(never, "stock_discrepancy_rate") / 5


def _bytes(tables) -> bytes:
    sink = pa.BufferOutputStream()
    for table in tables:
        with pa.ipc.new_stream(sink, table.schema) as out:
            out.write_table(table)
    return sink.getvalue().to_pybytes()
