"""Traces without a simulation: from a peak rate of orders and the number of other journeys per order."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa

from sim.records import catalogue
from sim.records.refusal import Refusal
from sim.records.trace import JOURNEYS, SCHEMA, TraceHeader, write_trace
from sim.streams import stream

FOLLOWING = ("order_status", "return_goods")
"""Journeys that follow an order."""
SETTLED_S = 5.0
"""Age of an order, s, from which on other journeys may follow it."""
ZIPF = 0.7
"""Exponent of the Zipf distribution of popularity: close to that of a wholesaler's and of a grocer's receipts."""
MORE_LINES = 1.5
"""Mean number of basket lines beyond the first."""
MOST_CUSTOMERS = 10_000
MOST_JOURNEYS = 5_000_000
"""Rows of one trace at most: they are made in memory, about 600 bytes each."""
MOST_SKUS = 1_000_000
STOCK = 1_000_000
MOST_SHARE = 1e6


def parse_mix(text: str) -> dict[str, float]:
    """`checkout=1,browse=9` as journeys per checkout. Raises `Refusal`."""
    mix: dict[str, float] = {}
    for part in text.split(","):
        name, _, number = part.partition("=")
        try:
            mix[name.strip()] = float(number)
        except ValueError:
            raise Refusal("--mix", part, "journey=number", part) from None
        if name.strip() not in JOURNEYS or not 0 <= mix[name.strip()] <= MOST_SHARE:
            raise Refusal("--mix", part, f"one of {', '.join(JOURNEYS)}, and a number from 0 to 1,000,000", part)
    if not mix.get("checkout"):
        raise Refusal("--mix", "", "checkout=1 and other journeys beside it", text)
    return {name: number / mix["checkout"] for name, number in mix.items()}


def make(orders_per_hour: float, mix: Mapping[str, float], minutes: float, skus: int, seed: int) -> dict[str, list]:
    """Columns of a trace at a constant peak: Poisson arrivals of each journey, baskets of SKUs from a Zipf distribution.

    `mix` is journeys per checkout. Journeys that follow an order take one at random that is `SETTLED_S` old or older.
    Raises `Refusal` for no journeys, and for more than fit into memory.
    """
    if not 1 <= skus <= MOST_SKUS:
        raise Refusal("--skus", "", f"1 to {MOST_SKUS:,} SKUs", skus)
    for flag, value, unit in (("--peak-orders-per-hour", orders_per_hour, "orders/h"), ("--minutes", minutes, "min")):
        if not 0 < value < math.inf:
            raise Refusal(flag, "", f"a number above 0, in {unit}", value)
    expected = orders_per_hour / 60 * minutes * sum(mix.values())
    if not expected <= MOST_JOURNEYS:
        raise Refusal(
            "--peak-orders-per-hour",
            "",
            f"at most {MOST_JOURNEYS:,} journeys with --minutes and --mix",
            f"{expected:,.4g}",
        )
    span_s, per_s = 60 * minutes, orders_per_hour / 3600

    def draw(name: str) -> np.random.Generator:
        return stream(seed, 0, f"made/{name}")

    def arrivals(name: str) -> np.ndarray:
        rng = draw(f"arrivals/{name}")
        return np.sort(rng.uniform(0, span_s, rng.poisson(per_s * mix[name] * span_s)))

    t = {name: arrivals(name) for name in JOURNEYS if mix.get(name)}
    orders = t["checkout"]
    t |= {
        name: t[name][t[name] >= orders[0] + SETTLED_S] if len(orders) else t[name][:0]
        for name in FOLLOWING
        if name in t
    }
    if not sum(map(len, t.values())):
        few = "orders enough to make one journey; more orders or more --minutes"
        raise Refusal("--peak-orders-per-hour", "", few, orders_per_hour)
    journey = np.concatenate([np.full(len(at), name) for name, at in t.items()])
    instants = np.concatenate(list(t.values()))
    by_time = np.argsort(instants, kind="stable")
    journey, instants = journey[by_time], instants[by_time]
    rows_of_orders = np.flatnonzero(journey == "checkout")
    follows = np.full(len(instants), -1)
    asking = np.flatnonzero(np.isin(journey, FOLLOWING))
    old_enough = np.searchsorted(orders, instants[asking] - SETTLED_S, side="right")
    follows[asking] = rows_of_orders[(draw("follows").random(len(asking)) * old_enough).astype(int)]
    baskets = _baskets(journey, skus, draw("baskets"))
    return {
        "t": instants.tolist(), "journey": journey.tolist(), "follows": follows.tolist(),
        "session": np.where(follows >= 0, follows, np.arange(len(instants))).tolist(),
        "customer": draw("customers").integers(0, MOST_CUSTOMERS, len(instants)).tolist(), "skus": baskets,
    }  # fmt: skip


def _baskets(journey: np.ndarray, skus: int, rng: np.random.Generator) -> list[list[int]]:
    """SKUs of each journey: a basket where goods move, one or more where they are viewed, none for journeys without SKUs."""
    weight = np.arange(1, skus + 1) ** -ZIPF
    edges = np.cumsum(weight / weight.sum())
    none = ("order_status", "return_goods", "member_lookup", "redeem_offer", "report")
    lines = np.where(
        np.isin(journey, none),
        0,
        np.where(np.isin(journey, ("search", "stock_check")), 1, 1 + rng.poisson(MORE_LINES, len(journey))),
    )
    drawn = np.searchsorted(edges, rng.random(int(lines.sum())) * edges[-1])
    ends = np.cumsum(lines)
    return [
        list(dict.fromkeys(drawn[end - n : end].tolist())) for end, n in zip(ends.tolist(), lines.tolist(), strict=True)
    ]


def write(folder: Path, columns: Mapping[str, list], codes: Sequence[str], header: TraceHeader) -> Path:
    """Write `trace.parquet` and beside it a `catalogue.parquet` with one location and ample stock; returns the trace's path.

    `columns` hold t, journey, follows (row or −1), session, customer and SKUs of every row, in order of time; each basket line is
    one unit unless there is a column of quantities.
    """
    n = len(columns["t"])
    filled = {
        "quantities": [[1] * len(skus) for skus in columns["skus"]], **columns, "row": range(n), "location": [0] * n,
    }  # fmt: skip
    arrays = [
        pa.array(filled[field.name], pa.string()).dictionary_encode().cast(field.type) if field.name == "journey"
        else pa.array(filled[field.name], field.type)
        for field in SCHEMA
    ]  # fmt: skip
    write_trace(folder / "trace.parquet", header, [pa.RecordBatch.from_arrays(arrays, schema=SCHEMA)])
    places = [
        {
            "location": 0, "location_code": "ONLINE", "location_kind": "warehouse", "region": "ALL", "sku": number,
            "sku_code": code, "sku_name": code, "price": 9.9, "opening_units": STOCK,
        }
        for number, code in enumerate(codes)
    ]  # fmt: skip
    table = pa.Table.from_pylist(places, schema=catalogue.SCHEMA)
    catalogue.write_catalogue(folder / "catalogue.parquet", table, "CNY")
    return folder / "trace.parquet"


def header(
    source: str, seed: int, start: str = "2026-01-01", time_zone: str = "UTC", orders_per_hour: float | None = None
) -> TraceHeader:
    """The header of a trace that no scenario made; `source` is a full description of its origin."""
    digest = hashlib.sha256(source.encode()).hexdigest()
    return TraceHeader(source.split(" ")[0], digest, seed, start, time_zone, orders_per_hour)
