"""Frames with dates, regions and names beside the numbers of the records; `help()` describes every column."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import pandas as pd

from sim.records import outcome, samples, trace

ADDED: dict[str, str] = {
    "date": "the day, datetime64 at midnight, local time of the chain",
    "warmup": "whether the day is played and not counted in KPIs and figures",
    "time": "datetime64, local time of the chain",
    "region": "code of the location's region",
    "region_name": "its name",
    "location_name": "name of the store or warehouse; its code where it has no name",
    "location_kind": "store or warehouse",
    "sku_code": "code of the SKU",
    "quantity": "units of it",
    "minutes": "how long it lasted",
    "price": "in the chain's currency, of one unit",
}
"""Columns of frames that no record has."""
PLACE = ("region", "region_name", "location_code", "location_name", "location_kind")

DAILY: tuple[str, ...] = ("replication", "date", "warmup", *PLACE, "location", "day", *outcome.COUNTERS)
HOURLY: tuple[str, ...] = ("replication", "date", "hour", "warmup", *PLACE, "location", "day", *outcome.HOURLY)
KPIS: tuple[str, ...] = tuple(outcome.KPI_SCHEMA.names)
SAMPLES: tuple[str, ...] = tuple(samples.SCHEMA.names)
TRACE: tuple[str, ...] = (
    "row",
    "time",
    "journey",
    *PLACE,
    *(name for name in trace.SCHEMA.names if name not in ("row", "journey")),
)
FAULTS: tuple[str, ...] = ("replication", "time", "fault", "kind", "after", "minutes", "places", "from_s", "until_s")
LINES: tuple[str, ...] = ("row", "time", "journey", *PLACE, "customer", "sku_code", "quantity", "price")

Method = TypeVar("Method", bound=Callable[..., Any])


def described(columns: Sequence[str], *meanings: Mapping[str, str], below: str = "") -> Callable[[Method], Method]:
    """Adds a line for each column to a method's docstring: what it holds, in which unit, as the records have it; and the text `below`."""
    known: dict[str, str] = {}
    for meaning in (*meanings, ADDED):
        known |= meaning

    def add(method: Method) -> Method:
        width = max(map(len, columns)) + 2
        lines = [
            textwrap.fill(known[name], 108, initial_indent=f"    {name:<{width}}", subsequent_indent=" " * (width + 4))
            for name in columns
        ]
        method.__doc__ = f"{textwrap.dedent(method.__doc__ or '').rstrip()}\n\nColumns:\n" + "\n".join(lines) + below
        return method

    return add


def placed(frame: pd.DataFrame, scenario: Mapping[str, Any]) -> pd.DataFrame:
    """The frame with the columns `PLACE` beside its `location_code`, as the scenario that a run keeps names them."""
    regions = {region["code"]: region["name"] for region in scenario["regions"]}
    places = pd.DataFrame(
        [
            {
                "location_code": place["code"],
                "location_name": place.get("name") or place["code"],
                "location_kind": kind,
                "region": place["region"],
                "region_name": regions.get(place["region"], place["region"]),
            }
            for kind in ("store", "warehouse")
            for place in scenario[f"{kind}s"]
        ]
    ).set_index("location_code")
    found = places.reindex(frame["location_code"])
    return frame.assign(**{name: found[name].to_numpy() for name in PLACE if name != "location_code"})


def dated(frame: pd.DataFrame, scenario: Mapping[str, Any]) -> pd.DataFrame:
    """The frame with a `date` for its `day`, and whether that day belongs to the `warmup`."""
    date = pd.Timestamp(scenario["start"]) + pd.to_timedelta(frame["day"], unit="D")
    return frame.assign(date=date, warmup=frame["day"] < scenario["warmup_days"])
