"""Logs, stock and waits as a known scenario leaves them: what a till system, a count at closing and a stopwatch would have recorded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from ext.visits import Fate
from sim.backtest.till_record import observed
from sim.chain.chain import Chain
from sim.scenario.model import Scenario

START = date(2025, 7, 28)
"""A Monday; 14 weeks reach to November 2nd, the last four from October 6th."""
WEEKS = 14
SHOP = {
    "name": "shop",
    "start": START,
    "days": 7 * WEEKS,
    "seed": 1,
    "regions": [{"code": "R", "name": "R"}],
    "warehouses": [{"code": "W", "region": "R"}],
    "suppliers": [{"code": "P", "lead_time_days": 1}],
    "lanes": [{"origin": "W", "destination": "S1", "lead_time_days": 1}],
    "stores": [
        {"code": "S1", "name": "徐汇店", "region": "R", "warehouse": "W", "tills": 1, "customers_per_day": 150, "opens": "10:00", "closes": "14:00"}
    ],
    "skus": [
        {"code": code, "price": price, "unit_cost": price / 2, "popularity": weight, "pack": 6}
        for code, price, weight in (("TEA", 30, 5), ("RICE", 20, 3), ("SALT", 4, 2), ("OIL", 50, 1))
    ],
    "traffic": {
        "weekday_factors": [0.9, 0.8, 0.9, 1.0, 1.1, 1.3, 1.0],
        "basket_lines": {"distribution": "empirical", "values": [1, 2, 3], "weights": [3, 2, 1]},
        "day_gamma_size": 40,
    },
    "trading": {"fixed_s": {"distribution": "lognormal", "mean": 45, "cv": 0.5}},
    "online": {"orders_per_day": 0},
}  # fmt: skip


def shop(**changes: object) -> Scenario:
    """One shop with one till, utilised to about four fifths."""
    return Scenario.model_validate(SHOP | changes)


@dataclass(frozen=True)
class Recorded:
    """Files of one history."""

    log: Path
    stock: Path
    waits: Path


def record(scenario: Scenario, folder: Path, replication: int = 0, suffix: str = ".parquet") -> Recorded:
    """Play a scenario once and write what would have been recorded; `.parquet` or `.csv`."""
    tickets, waits, stock = [], [], []
    start = np.datetime64(scenario.start, "s")

    def add(sheet, result):
        store = scenario.stores[sheet.store].code
        paid = result.fate == Fate.PAID
        customer = np.repeat(np.arange(len(sheet)), np.diff(sheet.line_start))
        line = np.flatnonzero(paid[customer] & (result.got > 0))
        stamps = start + np.round(result.ended_s[customer[line]]).astype("timedelta64[s]")
        columns = {
            "timestamp": stamps,
            "ticket": customer[line] + 1,
            "sku": codes[sheet.line_sku[line]],
            "quantity": result.got[line],
            "price": chain.assortment.price[sheet.line_sku[line]],
        }
        tickets.append(pd.DataFrame(columns).assign(store=store))
        joined = start + np.round(result.joined_s[paid]).astype("timedelta64[s]")
        timed = {"timestamp": joined, "wait_s": np.round(result.started_s[paid] - result.joined_s[paid], 1)}
        waits.append(pd.DataFrame(timed).assign(store=store))

    def count(day):
        for n, store in enumerate(scenario.stores):
            on_hand = chain.ledger.physical[n].copy()
            stock.append(
                pd.DataFrame({"sku": codes, "on_hand": on_hand}).assign(
                    store=store.code, date=start + np.timedelta64(day - 1, "D")
                )
            )

    chain = Chain(scenario, replication, observed(scenario, add))
    codes = np.array(chain.assortment.code, dtype=object)
    chain.play(count)
    folder.mkdir(parents=True, exist_ok=True)
    files = Recorded(*(folder / f"{name}{suffix}" for name in ("log", "stock", "waits")))
    for path, tables in ((files.log, tickets), (files.stock, stock), (files.waits, waits)):
        table = pd.concat(tables, ignore_index=True)
        table.to_parquet(path) if suffix == ".parquet" else table.to_csv(path, index=False)
    return files
