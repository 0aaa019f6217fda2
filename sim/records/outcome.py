"""Outcome tables: what a chain's replications counted. Counters add up over days, locations and hours; a KPI is made from their sums."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from sim.records.loadrun import Record
from sim.records.refusal import Refusal

FORMAT = 1

COUNTERS: dict[str, str] = {
    # at the tills
    "customers": "customers who came, those turned away among them",
    "tickets": "customers who paid",
    "abandoned": "customers who left the line",
    "turned_away": "customers who met a full line, a closed or a dark store",
    "payment_lost": "customers who left because they could not pay",
    "wait_s": "s spent waiting by customers who were served",
    "waits_over_target": "customers served who had waited longer than the target",
    "ticket_handling_s": "s from first scan to receipt, over tickets",
    "system_s": "s of ticket handling spent waiting for the software",
    "attribute_entry_s": "s of ticket handling spent entering attributes",
    "till_busy_s": "s of till time in use",
    "till_open_s": "s of till time staffed",
    "offline_tickets": "tickets taken while the system was unreachable",
    # demand and sales
    "demanded_units": "units customers came for, in store and online",
    "sold_units": "units handed over or shipped",
    "short_units": "units wanted that were not there when a customer, or a picker, looked for them",
    "lost_units": "units wanted and not sold",
    "abandoned_units": "units left behind by customers who gave up",
    "substituted_units": "units sold in place of another SKU",
    "backordered_units": "units promised for later",
    "sales_value": "currency, at list price",
    "lost_value": "currency, at list price",
    "returned_units": "units brought back",
    # online
    "orders": "online orders placed",
    "orders_handed_over": "online orders handed over",
    "orders_lost": "online orders of which nothing could be delivered",
    "order_handling_s": "s from placed to handed over, over orders handed over",
    "parcels": "parcels shipped",
    "shipping_cost": "currency",
    # stock, counted at the day's end
    "stockout_sku_days": "SKU-days that ended without a unit on hand, of SKUs the location carries",
    "sku_days": "SKU-days carried",
    "on_hand_units": "units on hand at the day's end",
    "on_hand_value": "currency at unit cost, at the day's end",
    "book_gap_units": "Σ|book − physical| at the day's end",
    "shrunk_units": "units lost to shrinkage",
    "received_units": "units received from suppliers",
    "units_in": "units received from other locations",
    "units_out": "units sent to other locations",
    "replenishment_orders": "replenishment orders made",
    "ordered_lines": "SKUs on them",
    "ordered_units": "units that stores ordered from warehouses",
    "purchased_units": "units that warehouses ordered from suppliers",
    "written_off_units": "units past their shelf life",
    "written_off_value": "currency at unit cost",
    "sent_back_units": "units that stores returned to warehouses",
    "transfer_units": "units moved between warehouses or between stores",
    "picker_busy_s": "s of pickers' time in use at warehouses",
    "picker_open_s": "s of pickers' time while warehouses are open",
    "counts": "stock counts done",
    "carbon_kg": "kg CO2e of freight",
    "opening_s": "s of opening time",
    "outage_s": "s of opening time in which the system could not be reached",
    "extrapolated_cells": "5-minute cells whose load lay outside the measured range",
}
"""Every counter of `daily.parquet`, with its unit or meaning. `hourly.parquet` carries those of `HOURLY`."""

HOURLY: tuple[str, ...] = (
    "customers",
    "tickets",
    "abandoned",
    "turned_away",
    "payment_lost",
    "wait_s",
    "till_busy_s",
    "till_open_s",
    "lost_units",
    "sold_units",
    "orders",
    "outage_s",
)

_KEYS = [("replication", pa.int32()), ("location", pa.int32()), ("location_code", pa.string()), ("day", pa.int32())]
DAILY_SCHEMA = pa.schema([*_KEYS, *((name, pa.float64()) for name in COUNTERS)])
HOURLY_SCHEMA = pa.schema([*_KEYS, ("hour", pa.int32()), *((name, pa.float64()) for name in HOURLY)])
KPI_SCHEMA = pa.schema(
    [
        ("replication", pa.int32()),
        ("kpi", pa.string()),
        ("value", pa.float64()),
        ("unit", pa.string()),
        ("better", pa.string()),
    ]
)
"""`better` is `higher`, `lower` or `neither`; `value` is NaN where nothing happened that the KPI could be made from."""


class Manifest(Record):
    """What a run was: enough to run it again."""

    format: Literal[1] = FORMAT
    scenario: dict[str, Any]
    scenario_hash: str
    seed: int
    replications: int
    versions: dict[str, str]
    assumed: list[str]
    """Parameters that no data stands behind, as `path = value`."""
    code: dict[str, str] = {}
    """SHA-256 of each Python file that the scenario had executed, by path."""
    extrapolated: bool = False
    """Some load lay outside the range that the service profile measured."""


def outcome_folder(run: Path | str) -> Path:
    """Where a run keeps `manifest.json`, `daily.parquet`, `hourly.parquet` and `kpis.parquet`."""
    return Path(run) / "outcome"


def read_kpis(run: Path | str) -> pd.DataFrame:
    """The KPIs of a run folder, as a frame of `KPI_SCHEMA`."""
    return read_outcome(run, "kpis")


def read_outcome(run: Path | str, name: Literal["daily", "hourly", "kpis"]) -> pd.DataFrame:
    """One outcome table of a run folder, as a frame. Raises `Refusal` where there is none."""
    path = outcome_folder(run) / f"{name}.parquet"
    try:
        return pq.read_table(path).to_pandas()
    except FileNotFoundError:
        raise Refusal(path, "", "the outcome of a run", "no such file") from None
    except (OSError, pa.ArrowException) as error:
        raise Refusal(path, "", "an outcome table as Parquet", str(error)) from None
