"""Files of a calibration: the traffic file for a scenario, and the log's SKUs as a table for `skus: {table: ...}`."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import yaml

from sim.calibration.estimators import weights
from sim.calibration.fit import Fit
from sim.records.atomic_files import whole
from sim.records.refusal import Refusal
from sim.scenario.sections.places import SkuRange
from sim.traffic.log.reader import Log

UNIT_COST_SHARE = 1 - SkuRange(count=1).margin
"""Of the price: a log has no costs, so they are assumed at the margin of generated SKUs."""


def printable(text: str) -> str:
    """The text on one line, without control characters: names of a log stand in comments and on terminals."""
    return "".join(character if character.isprintable() else "\ufffd" for character in text)


def write_traffic(path: Path, found: Fit, traffic: dict, log: Path) -> None:
    """Write a calibrated `traffic` section and the source of each of its parameters."""
    title = f"{printable(log.name)}: {found.tickets} tickets, {found.first} to {found.last}"
    sources = {f"traffic.{name}": {"kind": "calibrated", "source": title} for name in traffic}
    unseen = [n + 1 for n, seen in enumerate(found.months_seen) if not seen]
    if unseen:
        sources["traffic.month_factors"]["source"] += f"; months {unseen} not in it, factor 1"
    stores = "".join(
        f"#   {printable(name) or 'the store'}: {mean:.2f}\n" for name, mean in found.customers_per_day.items()
    )
    text = yaml.safe_dump(
        {"traffic": traffic, "sources": sources},
        sort_keys=False,
        default_flow_style=None,
        allow_unicode=True,
        width=120,
    )
    proposed = [day.as_holiday() for day in found.standing_out] if not found.holidays else []
    if proposed:
        listed = yaml.safe_dump({"holidays": proposed}, sort_keys=False, default_flow_style=None, allow_unicode=True)
        text += (
            "# Days that stand out, within the factors above (--holidays writes them as holidays and fits the rest):\n"
        )
        text += "".join(f"# {line}\n" for line in listed.splitlines())
    with whole(path) as aside:
        aside.write_text(
            f"# Calibrated by `retail-lab calibrate` from {title}.\n"
            f"# Name it in a scenario: traffic: {{file: {path.name}}}. Its customers_per_day belong to the stores:\n{stores}{text}",
            encoding="utf-8",
        )


def write_skus(path: Path, log: Log, found: Fit) -> None:
    """Write the log's SKUs, most popular first, with the popularity that makes drawn baskets hold them as often as the log's.

    Raises `Refusal` where the log has no prices.
    """
    if np.isnan(log.price).any():
        raise Refusal(
            "--skus", "", "a log with prices (--column price=NAME)", log.code[int(np.argmax(np.isnan(log.price)))]
        )
    popularity = weights(np.bincount(log.tickets.line_sku, minlength=len(log.code)), found.basket_lines)
    with whole(path) as aside, open(aside, "w", newline="", encoding="utf-8") as file:
        out = csv.writer(file, lineterminator="\n")
        out.writerow(["code", "name", "price", "unit_cost", "popularity"])
        for code, name, price, weight in zip(log.code, log.name, log.price, popularity, strict=True):
            cost = max(round(price * UNIT_COST_SHARE, 2), 0.01)
            out.writerow([code, name, max(round(price, 2), 0.01), cost, f"{weight:.6g}"])
