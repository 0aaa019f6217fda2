"""The end of the measuring half of the loop: a profile describes the faults injected into a shop."""

import json
import urllib.request
from pathlib import Path

import numpy as np
import pytest

from loadtests.planning.plan import Plan
from loadtests.replay.launcher import replay
from loadtests.shop.faults import Faults
from loadtests.shop.serve import serve
from sim.evidence.service.profile import measure
from sim.records.profile import LEVELS
from sim.records.samples import read_samples

DELAY_S, OUTAGE_S, EVERY_S, LAG_S = 0.5, 1.5, 5.0, 1.5


def test_injected_delay_outage_and_sync_lag_come_back_within_10_percent(make_trace, tmp_path, monkeypatch):
    trace = make_trace(30.0, 12.5, checkouts=0.5)
    with serve(tmp_path / "catalogue.parquet", faults=Faults(sync_lag_s=LAG_S)) as shop:
        monkeypatch.setenv("RETAIL_LAB_SHOP_TOKEN", shop.token)

        def break_down(line):
            """Delay and outages begin with the load: the sync lag was measured before it."""
            if line.startswith("0/") and not broken:
                broken.append(line)
                change(shop, latency_s=DELAY_S, outage_s=OUTAGE_S, outage_every_s=EVERY_S, sync_lag_s=LAG_S)

        broken = []
        plan = Plan(
            trace=str(trace), host=shop.url, out=str(tmp_path / "run"), sync_sales=3, timeout_s=5.0, error_ratio=1.0
        )
        run = replay(plan, 1, break_down)
    profile = measure(read_samples(Path(plan.out) / "samples.parquet"), run)
    for journey in ("checkout", "order_status"):  # a request each
        medians = [level.latency_s[LEVELS.index(0.5)] for level in profile.journeys[journey]]
        np.testing.assert_allclose(medians, DELAY_S, rtol=0.1)
    assert len(profile.outages.lengths_s) >= 2
    whole = profile.outages.lengths_s[:-1]  # the last may be cut by the end of the run
    np.testing.assert_allclose(np.median(whole), OUTAGE_S, rtol=0.1)
    assert profile.stock_sync_lag_s == pytest.approx(LAG_S, rel=0.1)


def change(shop, **faults):
    request = urllib.request.Request(
        f"{shop.url}/faults",
        json.dumps(faults).encode(),
        {"Content-Type": "application/json", "Authorization": f"Bearer {shop.token}"},
        method="PUT",
    )
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as answer:
        assert answer.status == 200
