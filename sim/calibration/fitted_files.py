"""Files of a calibration: the traffic file for a scenario, and the log's SKUs as a table for `skus: {table: ...}`."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import yaml

from sim.calibration.estimators import weights
from sim.calibration.fit import Fit, closed_holiday
from sim.records.atomic_files import whole
from sim.scenario.sections.places import SkuRange
from sim.traffic.log.reader import Log

UNIT_COST_SHARE = 1 - SkuRange(count=1).margin
"""Of the price: a log has no costs, so they are assumed at the margin of generated SKUs."""


def printable(text: str) -> str:
    """The text on one line, without control characters: names of a log stand in comments and on terminals."""
    return "".join(character if character.isprintable() else "\ufffd" for character in text)


def write_traffic(
    path: Path,
    found: Fit,
    traffic: dict,
    log: Path,
    stores: Mapping[str, str] | None = None,
    popularity: Mapping[str, float] | None = None,
) -> None:
    """Write a calibrated `traffic` section, customers a day of each store, and the source of each of these parameters.

    `stores` has the scenario's name, or code, of a store that the log calls otherwise; `popularity` that of SKUs by code, for a scenario that
    lists its own.
    """
    title = f"{printable(log.name)}: {found.tickets} tickets, {found.first} to {found.last}"
    source = {"kind": "calibrated", "source": title}
    sources = {f"traffic.{name}": dict(source) for name in traffic}
    unseen = [n + 1 for n, seen in enumerate(found.months_seen) if not seen]
    if unseen:
        sources["traffic.month_factors"]["source"] += f"; months {unseen} not in it, factor 1"
    if found.wanted_lines is not None:
        for name in ("basket_lines", "zipf_exponent"):
            sources[f"traffic.{name}"]["source"] += "; with the lines that stock-outs hid"
    sources["stores.customers_per_day"] = dict(source)
    named = {name: (stores or {}).get(name, name) for name in found.customers_per_day}
    places = {
        printable(named[name]): {"customers_per_day": round(mean, 2)} for name, mean in found.customers_per_day.items()
    }
    skus = {code: {"popularity": weight} for code, weight in (popularity or {}).items()}
    if skus:
        sources["skus.popularity"] = dict(source)
    text = yaml.safe_dump(
        {"traffic": traffic, "stores": places, **({"skus": skus} if skus else {}), "sources": sources},
        sort_keys=False,
        default_flow_style=None,
        allow_unicode=True,
        width=120,
    )
    if found.standing_out and not found.holidays:
        text += _proposed(
            "Days that stand out, within the factors above (--holidays writes them as holidays and fits the rest)",
            [day.as_holiday() for day in found.standing_out],
        )
    if found.missing:
        text += _proposed(
            "Days without a row in any store, left out of the factors above (--closed DAY or FIRST..LAST writes them)",
            [closed_holiday(days) for days in found.missing],
        )
    with whole(path) as aside:
        aside.write_text(
            f"# Calibrated by `retail-lab calibrate` from {title}.\n"
            f"# Name it in a scenario: traffic: {{file: {path.name}}}. Its stores are the scenario's of the same code or name.\n{text}",
            encoding="utf-8",
        )


def _proposed(what: str, holidays: list[dict]) -> str:
    """Entries of `traffic.holidays` as comments."""
    listed = yaml.safe_dump({"holidays": holidays}, sort_keys=False, default_flow_style=None, allow_unicode=True)
    return f"# {what}:\n" + "".join(f"# {line}\n" for line in listed.splitlines())


def sku_rows(log: Log, found: Fit) -> list[dict]:
    """The log's SKUs as a scenario lists them, most popular first, with the popularity that makes drawn baskets hold them as often as the log's.

    Where the log has no price of a SKU, its row has no price and no cost: a scenario assumes them. Groups stand there where the log has some.
    """
    sold = np.bincount(log.tickets.line_sku, minlength=len(log.code))
    popularity = weights(sold if found.wanted_lines is None else found.wanted_lines, found.basket_lines)
    rows = []
    for code, name, group, price, weight in zip(log.code, log.name, log.group, log.price, popularity, strict=True):
        row = {"code": code, "name": name, "popularity": float(f"{weight:.6g}")}
        if not np.isnan(price):
            cost = max(float(round(price * UNIT_COST_SHARE, 2)), 0.01)
            row |= {"price": max(float(round(price, 2)), 0.01), "unit_cost": cost}
        rows.append(row | ({"group": group} if group else {}))
    return rows


def write_skus(path: Path, log: Log, found: Fit) -> None:
    """Write `sku_rows` as a table; cells of what a row lacks are empty."""
    columns = ["code", "name", "price", "unit_cost", "popularity", *(["group"] if any(log.group) else [])]
    with whole(path) as aside, open(aside, "w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(columns)
        for row in sku_rows(log, found):
            out.writerow([row.get(column, "") for column in columns])
