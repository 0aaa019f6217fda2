"""Small run folders made to order: two days of three shops, and ninety seconds of a load test."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from sim.evidence.service.profile import measure
from sim.evidence.verdict.judge import judge
from sim.records.atomic_files import write_table
from sim.records.load_run import Accounts, GeneratorWindow, LoadRun
from sim.records.outcome import COUNTERS, DAILY_SCHEMA, HOURLY, HOURLY_SCHEMA, KPI_SCHEMA, Manifest, outcome_folder
from sim.records.samples import SCHEMA

CODES = ("SH01", "GZ01", "BJ01", "WSH")


def scenario(name="three-shops", days=2, measured=False, store_name="上海 徐汇店"):
    return {
        "name": name,
        "question": "How long do customers wait?",
        "start": "2026-10-01",
        "days": days,
        "warmup_days": 0,
        "currency": "CNY",
        "regions": [{"code": "EAST", "name": "华东 East"}, {"code": "SOUTH", "name": "South"}],
        "stores": [
            {"code": "SH01", "name": store_name, "region": "EAST"},
            {"code": "GZ01", "name": "广州 天河店", "region": "SOUTH"},
            {"code": "BJ01", "name": "", "region": "EAST"},
        ],
        "warehouses": [{"code": "WSH", "region": "EAST"}],
        "trading": {"wait_target_s": 300},
        "system": {"service": {"measured": measured}},
        "faults": [{"kind": "payment_outage", "at": "2026-10-01T16:30:00", "minutes": 90.0, "channel": "wechat"}],
        "sources": {"traffic": {"kind": "calibrated", "source": "tickets of 2025"}},
    }


def chain_folder(path, replications=2, slower_s=0.0, seed=7, **said):
    """A run folder of a chain; waits rise to a peak at 18 h, `slower_s` later in all of them."""
    says = scenario(**said)
    days, rng = says["days"], np.random.default_rng(seed)
    hourly, daily, kpis = [], [], []
    for replication in range(replications):
        for location, code in enumerate(CODES):
            for day in range(days):
                keys = {"replication": replication, "location": location, "location_code": code, "day": day}
                counts = dict.fromkeys(COUNTERS, 0.0) | {
                    "sku_days": 200.0,
                    "stockout_sku_days": float(2 + 4 * location + day),
                }
                daily.append(keys | counts)
                for hour in range(24):
                    customers = 60.0 * (9 <= hour < 21) * (code != "WSH")
                    waited = customers * (20 + 40 * (hour == 18) + slower_s)
                    hourly.append(
                        keys
                        | {"hour": hour}
                        | dict.fromkeys(HOURLY, 0.0)
                        | {"customers": customers, "tickets": customers, "wait_s": waited}
                    )
        noise = rng.normal(0, 0.5)
        for kpi, unit, better, value in (
            ("customers_per_day", "customers/day", "neither", 2160.0),
            ("mean_wait_s", "s", "lower", 23.3 + noise + slower_s),
            ("waits_over_target", "share of tickets", "lower", 0.011),
            ("mean_wait_abandoned_s", "s", "lower", 187.0),
            ("abandonment", "share of customers", "lower", 0.042),
            ("turned_away", "share of customers", "lower", 0.0),
            ("payment_lost", "share of customers", "lower", 0.013),
            ("ticket_handling_time_s", "s", "lower", 46.0 + slower_s),
            ("fill_rate", "share of units", "higher", 0.98),
            ("sales_per_day", "currency/day", "higher", 1_234_567.0),
            ("lost_sales_per_day", "currency/day", "lower", 23_456.0),
            ("order_handling_time_s", "s", "lower", np.nan),
        ):
            kpis.append({"replication": replication, "kpi": kpi, "value": value, "unit": unit, "better": better})
    outcome = outcome_folder(path)
    for name, rows, schema in (
        ("daily", daily, DAILY_SCHEMA),
        ("hourly", hourly, HOURLY_SCHEMA),
        ("kpis", kpis, KPI_SCHEMA),
    ):
        write_table(
            outcome / f"{name}.parquet", pa.Table.from_pandas(pd.DataFrame(rows), schema=schema, preserve_index=False)
        )
    Manifest(
        scenario=says,
        scenario_hash="ab" * 32,
        seed=seed,
        replications=replications,
        versions={"numpy": "2.4.6"},
        assumed=["trading.patience_s = exponential(mean 900)", "stores.tills = 4 … 6 (50)"],
    ).write(outcome / "manifest.json")
    return path


def load_folder(path, failures=0, n=3600):
    """A run folder of a load test with its verdict and its profile; one sample in eight is a checkout."""
    rng = np.random.default_rng(5)
    t = np.arange(n) * 0.025
    outcome = np.full(n, "ok", dtype=object)
    outcome[rng.choice(n, failures, replace=False)] = "failed"
    journey = np.where(np.arange(n) % 8 == 0, "checkout", "browse")
    columns = {
        "row": np.arange(n),
        "journey": pa.array(journey).dictionary_encode(),
        "step": pa.array(journey).dictionary_encode(),
        "attempt": np.ones(n),
        "worker": np.zeros(n),
        "t_intended": t,
        "t_start": t + 0.001,
        "t_end": t + rng.lognormal(-2.5, 0.5, n) * np.where(journey == "checkout", 3, 1),
        "t_completed": np.full(n, np.nan),
        "waited_s": np.zeros(n),
        "outcome": pa.array(outcome.astype(str)).dictionary_encode(),
        "status": np.full(n, 200),
        "bytes": np.full(n, 100),
        "error": pa.nulls(n, pa.string()),
    }
    samples = pa.table(
        [
            pa.array(c).cast(f.type) if not isinstance(c, pa.Array) else c.cast(f.type)
            for f, c in zip(SCHEMA, columns.values(), strict=True)
        ],
        schema=SCHEMA,
    )
    run = LoadRun(
        run_id="load-1",
        started_at="2026-10-02T12:00:00+08:00",
        host="http://127.0.0.1:8000",
        adapter="shop",
        trace="trace.parquet",
        scenario_hash="ab" * 32,
        time_scale=2.0,
        trace_from_s=61_200,
        trace_to_s=61_380,
        duration_s=90.0,
        timeout_s=10.0,
        pool=500,
        workers=1,
        accounts=Accounts(scheduled=n, sent=n, dropped=0, lost=0, not_reached=0),
        generator=[GeneratorWindow(worker=0, from_s=0, to_s=90, journeys=n, lag_p99_s=0.001, cpu_share=0.3)],
    )
    write_table(path / "samples.parquet", samples.replace_schema_metadata({"format": "1"}))
    run.write(path / "loadrun.json")
    judge(samples, run).write(path / "verdict.json")
    measure(samples, run).write(path / "service_profile.json")
    return path


@pytest.fixture(scope="session")
def make_chain():
    return chain_folder


@pytest.fixture(scope="session")
def make_load():
    return load_folder
