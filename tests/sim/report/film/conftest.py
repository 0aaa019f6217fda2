"""A run of three stores for two days after a warm-up day, with counters drawn at random, lanes and faults."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from sim.records.outcome import HOURLY, read_manifest, read_outcome

from ..publish.conftest import scenario
from ..test_odd_pages import changed

FAULTS = [
    {"kind": "power_cut", "at": "2026-10-02T16:30:00", "minutes": 90.0, "stores": ["SH01", "BJ01"]},
    {"kind": "payment_outage", "at": "2026-10-03T10:00:00", "minutes": 60.0, "channel": "wechat"},
    {"kind": "warehouse_stop", "at": "2026-10-03T23:30:00", "minutes": 600.0, "warehouses": "all"},
    {"kind": "lane_closed", "at": "2026-10-02T06:00:00", "minutes": 30.0, "lanes": [{"origin": "WSH", "destination": "GZ01"}]},
    {"kind": "system_outage", "at": "2026-10-01T12:00:00", "minutes": 60.0},
]  # fmt: skip
"""The last is over before the first day that counts."""
KEYS = ["replication", "location_code", "day"]


def drawn(table, rng, counters):
    """The table with whole numbers for its counters, which are 0 in a third of its rows."""
    counts = rng.integers(1, 400, (len(table), len(counters))) * (rng.random((len(table), 1)) > 1 / 3)
    return table.assign(**{name: counts[:, n].astype(float) for n, name in enumerate(counters)})


@pytest.fixture(scope="session")
def folder(make_chain, tmp_path_factory):
    folder, rng = make_chain(tmp_path_factory.mktemp("film") / "run", days=3), np.random.default_rng(3)
    warehouse = {"SH01": "WSH", "GZ01": "WSH", "BJ01": ""}
    lanes = [("WSH", "SH01", 800.0), ("WSH", "GZ01", 20.0)]
    stores = read_manifest(folder).scenario["stores"]
    scenario(
        folder,
        warmup_days=1,
        faults=FAULTS,
        stores=[store | {"warehouse": warehouse[store["code"]]} for store in stores],
        lanes=[{"origin": origin, "destination": store, "distance_km": km} for origin, store, km in lanes],
    )
    changed(folder, "hourly", lambda t: drawn(t, rng, HOURLY).assign(wait_s=lambda of: of["wait_s"] * of["orders"]))
    abandoned = read_outcome(folder, "hourly").groupby(KEYS, as_index=False)["abandoned"].sum()

    def daily(table):
        waits = table[KEYS].merge(abandoned, on=KEYS)["abandoned"].to_numpy()
        table = drawn(table, rng, ("units_in", "received_units"))
        return table.assign(abandoned_waits=waits, abandoned_wait_s=50 * waits)

    changed(folder, "daily", daily)
    return folder


@pytest.fixture(scope="session")
def tables(folder):
    """Rows of replication 1 and of the days that count, as they stand in the run folder."""

    def table(name) -> pd.DataFrame:
        found = read_outcome(folder, name)
        return found[(found["replication"] == 1) & (found["day"] >= 1)]

    return SimpleNamespace(hourly=table("hourly"), daily=table("daily"))
