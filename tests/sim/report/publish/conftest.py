"""A run of three shops in a holiday, made to order; its scenario has what a real one has."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from sim.records.catalogue import SCHEMA as CATALOGUE
from sim.records.catalogue import write_catalogue
from sim.records.outcome import DAILY_SCHEMA, HOURLY_SCHEMA, Manifest, outcome_folder
from sim.records.trace import SCHEMA as TRACE
from sim.records.trace import TraceHeader, write_trace

from ..conftest import CODES, chain_folder
from ..test_odd_pages import changed

DAYS = 5
"""Two of warm-up, then three of holiday."""


def scenario(folder, **changes):
    """Change the scenario that a run's manifest holds."""
    path = outcome_folder(folder) / "manifest.json"
    manifest = Manifest.read(path)
    manifest.model_copy(update={"scenario": manifest.scenario | changes}).write(path)


def played(path, replications=2, name="golden-week", **changes):
    """On day 3 twice as many come, and at 18 h they wait four minutes."""
    chain_folder(path, replications=replications, days=DAYS, name=name)
    stores = Manifest.read(outcome_folder(path) / "manifest.json").scenario["stores"]
    scenario(
        path,
        warmup_days=2,
        question="Can the stores and the software carry the first three days of Golden Week, and how long do customers wait?",
        stores=[store | {"tills": 4} for store in stores],
        trading={
            "wait_target_s": 300,
            "shopping_s": {"distribution": "lognormal", "mean": 1080.0, "cv": 0.6},
            "patience_s": {"distribution": "gamma", "mean": 660.0, "cv": 0.577},
            "cash_holders": 0.35,
            "payments": [
                {"name": "wechat", "share": 0.5, "backup": False},
                {"name": "unionpay", "share": 0.3, "backup": True},
                {"name": "cash", "share": 0.2, "backup": False},
            ],
        },
        system={"service": {"measured": False}, "backup_payment_channel": False},
        traffic={"holidays": [{"name": "Golden Week", "first": "2026-10-03", "last": "2026-10-05", "factor": 1.5}]},
        **({"faults": []} | changes),
    )

    def hours(table):
        peak = (table["day"] == 3) & (table["customers"] > 0)
        table.loc[peak, ["customers", "tickets", "wait_s"]] *= 2
        late = peak & (table["hour"] == 18)
        table.loc[late, "wait_s"] = 240.0 * table.loc[late, "tickets"]
        trading = table["customers"] > 0
        table.loc[trading, "till_open_s"] = 3 * 3600.0
        table["till_busy_s"] = np.minimum(table["tickets"] * 60.0, table["till_open_s"])
        return table

    changed(path, "hourly", hours)
    hourly = pd.read_parquet(outcome_folder(path) / "hourly.parquet")
    sums = hourly.groupby(["replication", "location", "day"])[["customers", "tickets", "wait_s", "till_busy_s"]].sum()

    def days(table):
        table = table.drop(columns=list(sums.columns)).merge(sums.reset_index(), on=["replication", "location", "day"])
        table["sales_value"] = 80.0 * table["tickets"]
        table["units_in"] = 100.0 * (table["day"] % 2)
        return table[DAILY_SCHEMA.names]

    changed(path, "daily", days)
    assert HOURLY_SCHEMA.names == list(hourly.columns)
    return path


def with_trace(path):
    """At SH01 SKU 0 is out, SKU 1 has as many as are taken, of SKU 2 there is plenty."""
    codes, numbers = list(CODES), range(len(CODES))
    rows = [
        {
            "location": n,
            "location_code": codes[n],
            "location_kind": "warehouse" if codes[n] == "WSH" else "store",
            "region": "EAST",
            "sku": sku,
            "sku_code": f"S{sku}",
            "sku_name": ["牛奶", "<b>面包</b>", "水"][sku],
            "price": 5.0,
            "opening_units": [0, 4, 900][sku],
        }
        for n in numbers
        for sku in range(3)
    ]
    table = pa.Table.from_pandas(pd.DataFrame(rows), preserve_index=False).cast(CATALOGUE)
    write_catalogue(path / "catalogue.parquet", table, "CNY")
    sales = [([1, 2], [2, 1]), ([1], [2]), ([2], [3])]
    trace = [
        {"row": n, "t": 3 * 86400.0 + 3600 * (15 + n), "session": n, "journey": "checkout", "location": 0, "customer": -1,
         "skus": skus, "quantities": quantities, "follows": -1}
        for n, (skus, quantities) in enumerate(sales)
    ]  # fmt: skip
    header = TraceHeader("golden-week", "ab" * 32, 7, "2026-10-01", "Asia/Shanghai")
    write_trace(path / "trace.parquet", header, pa.Table.from_pylist(trace, schema=TRACE).to_batches())
    return path


@pytest.fixture(scope="session")
def week(tmp_path_factory):
    """The run without a fault, with a trace."""
    return with_trace(played(tmp_path_factory.mktemp("week") / "golden-week-1"))


@pytest.fixture(scope="session")
def dark(tmp_path_factory):
    """The same with a power cut at SH01 in the evening of day 3, and an outage of WeChat pay."""
    faults = [
        {"kind": "power_cut", "at": "2026-10-04T17:30:00", "minutes": 60.0, "stores": ["SH01"], "battery_minutes": 15.0},
        {"kind": "payment_outage", "at": "2026-10-04T10:00:00", "minutes": 90.0, "channel": "wechat"},
    ]  # fmt: skip
    path = played(tmp_path_factory.mktemp("dark") / "power-cut-1", name="power-cut", faults=faults)

    def hours(table):
        cut = (table["day"] == 3) & table["hour"].isin([17, 18]) & (table["location_code"] == "SH01")
        table.loc[cut, "turned_away"] = 41.0
        table.loc[(table["day"] == 3) & table["hour"].isin([10, 11]), "payment_lost"] = 7.0
        return table

    changed(path, "hourly", hours)
    return path
