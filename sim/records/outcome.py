"""Outcome tables: counters of a chain's replications. Counters add up over days, locations and hours; a KPI is made from their sums."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

import pandas as pd
import pyarrow as pa
from pydantic import BaseModel, Field, ValidationError, model_validator

from sim.records.atomic_files import check_columns, read_parquet
from sim.records.column_values import LONGEST_S, Values, check_values, refuse_doubled
from sim.records.load_run import Count, Record, Seconds, refuse_first
from sim.records.refusal import Refusal

FORMAT: Final = 1

COUNTERS: dict[str, str] = {
    # at the tills
    "customers": "customers who came, those turned away among them",
    "tickets": "customers who paid",
    "abandoned": "customers who left the line",
    "turned_away": "customers who met a full line, a closed or a dark store",
    "payment_lost": "customers who left because they could not pay",
    "wait_s": "s spent waiting by customers who were served",
    "waits_over_target": "customers served who had waited longer than the target",
    "priority_tickets": "customers of the priority class who paid",
    "priority_wait_s": "s that they spent waiting",
    "abandoned_waits": "of those who left: customers who had joined a line",
    "abandoned_wait_s": "s that they spent waiting",
    "abandoned_waits_over_target": "those of them who had waited longer than the target",
    "ticket_handling_s": "s from first scan to receipt, over tickets",
    "system_s": "s of ticket handling spent waiting for the software",
    "attribute_entry_s": "s of ticket handling spent entering attributes",
    "till_busy_s": "s of till time in use",
    "till_open_s": "s of till time staffed",
    "offline_tickets": "tickets taken while the system was unreachable",
    "self_checkout_tickets": "tickets at self-checkouts",
    "ticket_lines": "lines of customers' lists that ended on tickets, as wanted or replaced, over tickets",
    "ticket_units": "units on tickets",
    "ticket_value": "currency, at list price, of units on tickets",
    # demand and sales
    "demanded_units": "units customers came for, in store and online",
    "sold_units": "units handed over or shipped",
    "short_units": "units wanted that were not there when a customer, or a picker, looked for them",
    "lost_units": "units wanted and not sold",
    "lost_shelf_units": "units lost that no shelf had when a customer, or a picker, looked",
    "lost_queue_units": "units lost with customers who met full lines or gave up waiting",
    "lost_payment_units": "units lost with customers who could not pay",
    "lost_closed_units": "units lost with customers who came outside opening hours or were still inside at midnight",
    "lost_outage_units": "units lost with customers who met a dark store or tills that stood, or could not order online",
    "abandoned_units": "units left behind by customers who gave up",
    "substituted_units": "units sold in place of another SKU",
    "backordered_units": "units promised for later",
    "sales_value": "currency, at list price",
    "sales_cost": "currency at unit cost, of units sold",
    "perishable_sales_cost": "currency at unit cost, of units sold of SKUs with a shelf life",
    "lost_value": "currency, at list price",
    "lost_shelf_value": "currency, at list price, of lost_shelf_units",
    "lost_queue_value": "currency, at list price, of lost_queue_units",
    "lost_payment_value": "currency, at list price, of lost_payment_units",
    "lost_closed_value": "currency, at list price, of lost_closed_units",
    "lost_outage_value": "currency, at list price, of lost_outage_units",
    "returned_units": "units brought back",
    "unsaleable_units": "of them, units that could not be sold again",
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
    "wrong_record_days": "SKU-days, of SKUs the location carries, that ended with a book unlike the units on hand",
    "gap_corrections": "records corrected because staff found none of a SKU on hand",
    "receiving_errors": "delivered lines that brought other units than their papers said",
    "shrunk_units": "units that vanished or were thrown away without being booked",
    "shrunk_value": "currency, at list price, of shrunk_units",
    "damaged_units": "units damaged, whether they were booked or not",
    # looked at by shelf audits
    "audited_skus": "SKUs with a place on the shelf of a store, each time a store was looked at",
    "missing_filling_skus": "of them, SKUs with an empty shelf and units in the back room",
    "missing_record_skus": "of them, SKUs with none on hand, and some on record",
    "missing_ordering_skus": "of them, SKUs with none on hand or on record, that were on their way or that the source had",
    "missing_upstream_skus": "of them, SKUs with none on hand or on record, and none that the source could give",
    # goods that move
    "received_units": "units received from suppliers",
    "units_in": "units received from other locations",
    "units_out": "units sent to other locations",
    "replenishment_orders": "replenishment orders made",
    "ordered_lines": "SKUs on them",
    "ordered_units": "units ordered from warehouses",
    "purchased_units": "units ordered from suppliers",
    "written_off_units": "units written off: past their shelf life, damaged, or brought back and unsaleable",
    "written_off_value": "currency at unit cost",
    "perishable_written_off_value": "currency at unit cost, of SKUs with a shelf life",
    "sent_back_units": "units that stores returned to warehouses",
    "transfer_units": "units moved between warehouses or between stores",
    "picker_busy_s": "s of pickers' time in use at warehouses",
    "picker_open_s": "s of pickers' time while warehouses are open",
    "counts": "stock counts done",
    "carbon_kg": "kg CO2e of freight",
    "opening_s": "s with open doors: opening hours without those of power cuts",
    "outage_s": "s with open doors in which the system could not be reached",
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

MEANINGS: dict[str, str] = {
    "replication": "number of the replication, from 0",
    "location": "number of the store or warehouse, from 0: the trace's and the catalogue's",
    "location_code": "its code in the scenario",
    "day": "days since the scenario's start, from 0",
    "hour": "hour of the day, local time, from 0 to 23",
    "kpi": "name of the KPI",
    "value": "in the KPI's unit; NaN where nothing happened that it could be made from",
    "unit": "unit of the value",
    "better": "which way is better: higher, lower or neither",
    "number": "number of the fault in its replication, from 0, in order of their beginnings",
    "fault": "name of the random fault in the scenario",
    "kind": "what it was",
    "after": "name of the random fault that it followed; empty where it came on its own",
    "from_s": "s since the scenario's first midnight; below 0 where it had begun before",
    "until_s": "s since the scenario's first midnight, beyond the run where it outlasts it",
    "places": "codes of the stores, warehouses, suppliers or lanes that it hit; empty where it has no places",
    **COUNTERS,
}
"""What each column of the outcome's tables holds."""

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
FAULTS_SCHEMA = pa.schema(
    [
        ("replication", pa.int32()),
        ("number", pa.int32()),
        ("fault", pa.string()),
        ("kind", pa.string()),
        ("after", pa.string()),
        ("from_s", pa.float64()),
        ("until_s", pa.float64()),
        ("places", pa.list_(pa.string())),
    ]
)
"""A row a random fault that lasted at an instant of the run; the table is there where the scenario has random faults."""

VALUES = {
    "replication": Values(0, 2**31 - 1),
    "location": Values(0, 2**31 - 1),
    "location_code": Values(),
    "day": Values(0, 100_000),
    "hour": Values(0, 23),
    "kpi": Values(),
    "value": Values(-1e300, 1e300, nan=True, null=True),
    "unit": Values(),
    "better": Values(names=("higher", "lower", "neither")),
    "number": Values(0, 2**31 - 1),
    "fault": Values(),
    "kind": Values(),
    "after": Values(),
    "from_s": Values(-LONGEST_S, LONGEST_S, "s"),
    "until_s": Values(0, 2 * LONGEST_S, "s"),
    "places": Values(),
}
COUNTER = Values(0, 1e300)
TABLES: dict[str, tuple[pa.Schema, tuple[str, ...]]] = {
    "daily": (DAILY_SCHEMA, ("replication", "location", "day")),
    "hourly": (HOURLY_SCHEMA, ("replication", "location", "day", "hour")),
    "kpis": (KPI_SCHEMA, ("replication", "kpi")),
    "faults": (FAULTS_SCHEMA, ("replication", "number")),
}
"""By name: the schema, and the columns of the key."""


class _Named(BaseModel):
    """What pages and tables take of a part of a scenario; the rest of it may be anything."""

    code: str
    name: str = ""


class _Region(_Named):
    name: str


class _Placed(_Named):
    region: str


class _Store(_Placed):
    name: str


class _Source(BaseModel):
    kind: str
    source: str


class _Fault(BaseModel):
    kind: str
    at: datetime
    minutes: Seconds
    channel: str | None = None
    stores: str | list[str] | None = None
    warehouses: str | list[str] | None = None
    suppliers: str | list[str] | None = None
    lanes: str | list[dict[str, str]] | None = None


class _Kind(BaseModel):
    kind: str


class _RandomFault(BaseModel):
    name: str
    fault: _Kind


class _Trading(BaseModel):
    wait_target_s: Seconds


class _System(BaseModel):
    service: dict[str, Any]


class _Dated(BaseModel):
    as_of: date | None = None


class _Listed(_Dated):
    listed: list[_Dated] = []


class _Played(BaseModel):
    """What pages and tables take of the scenario that was played."""

    name: str
    question: str
    start: date
    days: Annotated[int, Field(ge=1, le=100_000)]
    warmup_days: Annotated[int, Field(ge=0, le=100_000)]
    currency: str
    regions: list[_Region]
    stores: list[_Store]
    warehouses: list[_Placed]
    trading: _Trading
    system: _System
    faults: list[_Fault]
    random_faults: list[_RandomFault] = []
    sources: dict[str, _Source]
    opening_stock: list[_Dated] | _Listed = []

    @model_validator(mode="after")
    def _counts_a_day(self) -> Self:
        if self.warmup_days >= self.days:
            raise ValueError("fewer warmup_days than days")
        return self


def is_total(unit: str) -> bool:
    """Whether a KPI in this unit grows with the number of customers: a sum over the chain, a day or a week, and no share or mean."""
    return unit in ("currency", "units") or unit.endswith(("/day", "/week"))


class Manifest(Record):
    """What a run was: enough to run it again."""

    format: Literal[1] = FORMAT
    scenario: dict[str, Any]
    scenario_hash: str
    seed: int
    replications: Count
    versions: dict[str, str]
    assumed: list[str]
    """Parameters that are assumed, not calibrated or measured, as `path = value`."""
    code: dict[str, str] = {}
    """SHA-256 of each Python file that the scenario had executed, by path."""
    extrapolated: bool = False
    """Some load lay outside the range that the service profile measured."""
    warnings: list[str] = []
    """Warnings about the scenario: settings that are probably mistakes, a sentence each."""

    @property
    def plays(self) -> dict[str, Any]:
        """Values that two runs must share for their replications to pair: seed, number of replications and dates, by name."""
        dates = {name: self.scenario.get(name) for name in ("start", "days", "warmup_days")}
        return {"seed": self.seed, "replications": self.replications, **dates}

    @property
    def stock_as_of(self) -> str | None:
        """The day of the stock that the run starts from, as `2026-11-01`; None where the scenario does not carry one."""
        given = self.scenario.get("opening_stock", [])
        rows = given if isinstance(given, list) else [given, *given.get("listed", [])]
        return min((row["as_of"] for row in rows if row.get("as_of")), default=None)

    @classmethod
    def read(cls, path: Path | str) -> Manifest:
        """Read a manifest. Raises `Refusal` for anything else."""
        manifest = super().read(path)
        try:
            _Played.model_validate_json(json.dumps(manifest.scenario), strict=True)
        except ValidationError as error:
            refuse_first(path, error, "scenario.")
        return manifest


def outcome_folder(run: Path | str) -> Path:
    """Where a run keeps `manifest.json`, `daily.parquet`, `hourly.parquet` and `kpis.parquet`."""
    return Path(run) / "outcome"


def read_kpis(run: Path | str) -> pd.DataFrame:
    """The KPIs of a run folder, as a frame of `KPI_SCHEMA`; its `attrs` keep the folder (`run`) and `Manifest.plays`, where it has a manifest."""
    kpis = read_outcome(run, "kpis")
    kpis.attrs["run"] = str(run)
    if (outcome_folder(run) / "manifest.json").is_file():
        kpis.attrs["plays"] = read_manifest(run).plays
    return kpis


def read_manifest(run: Path | str) -> Manifest:
    """What the run of a folder was."""
    return Manifest.read(outcome_folder(run) / "manifest.json")


def read_outcome(run: Path | str, name: Literal["daily", "hourly", "kpis", "faults"]) -> pd.DataFrame:
    """One outcome table of a run folder, as a frame. Raises `Refusal` where there is none; only the table of random faults may have no row."""
    path = outcome_folder(run) / f"{name}.parquet"
    what, (schema, key) = f"the {name} of a chain's run", TABLES[name]
    stored = read_parquet(path, what)
    check_columns(path, what, stored.schema, schema)
    table = stored.select(schema.names).replace_schema_metadata()
    check_values(path, table, {column: VALUES.get(column, COUNTER) for column in schema.names})
    if not len(table) and name != "faults":
        raise Refusal(path, "", what, "no rows")
    refuse_doubled(path, table, key)
    return table.to_pandas()
