"""A film as one self-contained HTML file: the page as it stands at the busiest hour, and the data from which its script shows all others."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from sim.records.atomic_files import whole
from sim.records.refusal import Refusal
from sim.report.film import wording
from sim.report.film.faults import Marked, marked
from sim.report.film.measures import LEVELS, Measures, measure, span_of
from sim.report.film.schematic import Panel, Spot, panels
from sim.report.languages import Language, day, duration, percent, recorded, text
from sim.report.languages.typeface import with_font
from sim.report.pages.labels import labelled
from sim.report.pages.templates import template
from sim.report.publish.short_forms import short_day
from sim.report.publish.store_page import basis
from sim.report.runs import ChainRun, read

LEAST_R, MOST_R = 3.0, 14.0
"""Radius of a store without a queue, and with the longest queue of the film; between them, areas grow as queues do."""
FULL_TURNS = (0.05, 0.1, 0.2, 0.25, 0.5, 1.0)
"""Shares of SKUs out of stock that a whole ring may stand for."""
LEAST_WIDTH, MOST_WIDTH = 1.5, 5.0
"""Width of the way to a store for a unit that came in, and for the most of any store and day."""


MOST_LABELS = 8
"""Days that the slider names; half of them where the page is narrow."""
FRAME_PX = 900
"""Height of a film in a notebook."""


@dataclass(frozen=True)
class Film:
    """A film. `html` is the whole page, and `title` the finding that it begins with; a notebook plays it."""

    title: str
    html: str

    def save(self, path: Path | str) -> Path:
        """Write the page; returns the path."""
        with whole(path) as aside:
            aside.write_text(self.html, encoding="utf-8")
        return Path(path)

    def _repr_html_(self) -> str:
        style = f"width: 100%; height: {FRAME_PX}px; border: 0"
        return f'<iframe srcdoc="{escape(self.html)}" title="{escape(self.title)}" style="{style}"></iframe>'

    def __repr__(self) -> str:
        return f"<Film: {self.title}>"


def film_of(
    folder: Path | str,
    replication: int = 0,
    days: int | None = None,
    first_day: date | None = None,
    lang: Language = "en",
) -> Film:
    """The film of a chain's run.

    Args:
        folder: its run folder.
        replication: which of its replications, from 0.
        days: how many days; without it a week, or what there is.
        first_day: the first of them; without it the first after the warm-up.
        lang: the language of the page.

    Raises `Refusal` for a folder without a chain's run, and for a replication or days that it does not have.
    """
    run = read([folder]).chain
    if run is None:
        raise Refusal(folder, "", "the run folder of a chain, with outcome/ in it", "a load test")
    span = span_of(run, folder, replication, days, first_day)
    shown = measure(run, span)
    faults = marked(run, span, shown, lang)
    looks = Looks(shown, faults)
    title = wording.title(shown, lang)
    html = template(
        "film.html", lang, "sim.report.film", short_day=lambda of: short_day(of, lang), day=lambda of: day(of, lang)
    ).render(
        title=title,
        run=run,
        replication=replication,
        shown=shown,
        first=shown.busiest,
        moment=wording.moment(shown, shown.busiest, lang),
        hour_sentence=wording.hour_sentence(shown, shown.busiest, lang),
        day_sentence=wording.day_sentence(shown, shown.busiest // 24, lang),
        faults=[one.label for one in faults if one.from_h < shown.busiest + 1 and one.until_h > shown.busiest],
        panels=[_panel(panel, run, shown, looks, lang) for panel in panels(run.scenario)],
        strip=_strip(shown, faults),
        day_step=math.ceil(len(shown.days) / MOST_LABELS),
        legend=_legend(shown, looks, lang),
        rows=wording.day_rows(shown, lang),
        names=[wording.name_of(shown, n) for n in range(len(shown.places))],
        chosen=int(shown.queue[shown.busiest, : shown.n_stores].argmax()) if shown.n_stores else 0,
        basis=basis(run, lang),
        data=_packed(_data(shown, looks, faults, lang)),
    )
    html = labelled(html)
    return Film(title, with_font(html) if lang == "zh" else html)


class Looks:
    """How measures look on the map: radii, rings, widths of ways, and marks."""

    def __init__(self, shown: Measures, faults: Iterable[Marked]):
        stores = slice(0, shown.n_stores)
        queue, shares, came_in = shown.queue[:, stores], shown.out_of_stock[:, stores], shown.came_in[:, stores]
        self.longest = float(queue.max(initial=0.0))
        """The longest queue, customers."""
        self.full = next((share for share in FULL_TURNS if share >= shares.max(initial=0.0)), FULL_TURNS[-1])
        """The share of SKUs out of stock at which the ring is whole."""
        self.most = float(came_in.max(initial=0.0))
        """Units that came in to a store in a day, at most."""
        grown = np.sqrt(queue / self.longest) if self.longest else np.zeros_like(queue)
        self.radius = np.round(LEAST_R + (MOST_R - LEAST_R) * grown, 1)
        """float64[hours, stores]"""
        self.ring = np.round(100 * np.minimum(shares / self.full, 1), 1)
        """Per cent of a turn, float64[days, stores]."""
        width = LEAST_WIDTH + (MOST_WIDTH - LEAST_WIDTH) * came_in / max(self.most, 1.0)
        self.way = np.where(came_in > 0, np.round(width, 1), 0.0)
        """float64[days, stores]; 0 where nothing came in."""
        self.hit = shown.by_hour["outage_s"] > 0
        """Whether a fault, or an outage of the system, is at a location: bool[hours, locations]."""
        for fault in faults:
            self.hit[math.floor(fault.from_h) : math.ceil(fault.until_h), list(fault.locations)] = True


def _panel(panel: Panel, run: ChainRun, shown: Measures, looks: Looks, lang: Language) -> dict[str, Any]:
    hour, region = shown.busiest, recorded(run.region_names.get(panel.region, panel.region), lang)

    def drawn(spot: Spot) -> dict[str, Any]:
        n = spot.location
        code = shown.places[n]["code"]
        return {
            "n": n,
            "x": spot.x,
            "y": spot.y,
            "code": code,
            "size": round(min(9.5, 62 / max(len(code), 1)), 1),
            "name": wording.name_of(shown, n),
            "radius": looks.radius[hour, n],
            "level": shown.level[hour, n],
            "ring": looks.ring[hour // 24, n],
            "way": looks.way[hour // 24, n],
            "hit": looks.hit[hour, n],
        }

    hub = panel.warehouse
    return {
        "region": region,
        "size": panel.size,
        "stores": [drawn(spot) for spot in panel.stores],
        "hub": None
        if hub is None
        else {
            "n": hub.location,
            "x": hub.x,
            "y": hub.y,
            "name": wording.name_of(shown, hub.location),
            "code": shown.places[hub.location]["code"],
            "hit": looks.hit[hour, hub.location],
        },
    }


def _strip(shown: Measures, faults: Iterable[Marked]) -> dict[str, Any]:
    """Customers and mean wait of the chain over all hours, in a drawing of hours × 100, and the greatest of each."""
    customers, wait_s = shown.chain("customers"), shown.chain_wait_s
    most, longest = max(customers.max(), 1.0), max(np.nanmax(np.append(wait_s, 0.0)), 1e-9)
    tops = np.round(100 - 96 * customers / most, 1)
    bars = "".join(f"V{top:g}h1" for top in tops)
    waits = "".join(
        f"{'L' if hour and not np.isnan(wait_s[hour - 1]) else 'M'}{hour + 0.5} {100 - 96 * at / longest:.1f}"
        for hour, at in enumerate(wait_s)
        if not np.isnan(at)
    )
    return {
        "customers": f"M0 100{bars}V100Z",
        "waits": waits,
        "most": customers.max(),
        "longest_s": longest if waits else None,
        "faults": [(round(fault.from_h, 2), round(fault.until_h - fault.from_h, 2), fault.label) for fault in faults],
    }


def _legend(shown: Measures, looks: Looks, lang: Language) -> dict[str, Any]:
    bounds = [duration(share * shown.wait_target_s, lang) for share in LEVELS]
    return {
        "levels": [text("below {time}", lang, time=bounds[0]), *(text("from {time}", lang, time=at) for at in bounds)],
        "longest": f"{looks.longest:,.1f}",
        "quarter": f"{looks.longest / 4:,.1f}",
        "quarter_r": LEAST_R + (MOST_R - LEAST_R) / 2,
        "full": percent(looks.full, lang),
        "most": f"{looks.most:,.0f}",
    }


def _data(shown: Measures, looks: Looks, faults: Iterable[Marked], lang: Language) -> dict[str, Any]:
    """What the script shows: tables of hours × locations and days × locations, rows of one hour or day each."""
    hourly = shown.by_hour
    return {
        "hours": shown.hours,
        "stores": shown.n_stores,
        "first": shown.busiest,
        "hourly": {
            "customers": _rows(hourly["customers"]),
            "wait_s": _rows(shown.wait_s, 1),
            "queue": _rows(shown.queue, 1),
            "left": _rows(hourly["left"]),
            "lost_units": _rows(hourly["lost_units"]),
            "orders": _rows(hourly["orders"]),
            "tills_in_use": _rows(100 * shown.tills_in_use),
            "outage_min": _rows(hourly["outage_s"] / 60, 1),
        },
        "daily": {
            "out_of_stock": _rows(shown.by_day["stockout_sku_days"]),
            "carried": _rows(shown.by_day["sku_days"]),
            "came_in": _rows(shown.came_in),
        },
        "looks": {
            "radius": _rows(looks.radius, 1),
            "level": ["".join("-" if at < 0 else str(at) for at in row[: shown.n_stores]) for row in shown.level],
            "ring": _rows(looks.ring, 1),
            "way": _rows(looks.way, 1),
            "hit": [np.flatnonzero(row).tolist() for row in looks.hit],
        },
        "moments": wording.each_hour(shown, wording.moment, lang),
        "hour_sentences": wording.each_hour(shown, wording.hour_sentence, lang),
        "day_sentences": [wording.day_sentence(shown, day, lang) for day in range(len(shown.days))],
        "faults": [{"from_h": one.from_h, "until_h": one.until_h, "label": one.label} for one in faults],
    }


def _rows(table: np.ndarray, digits: int = 0) -> list[list[float | None]]:
    """A table as rows of numbers, whole ones without a point; None for what is no number."""
    rounded = np.round(table, digits)
    if not digits and (np.abs(rounded) < 2**53).all():
        return rounded.astype(np.int64).tolist()

    def short(value: float) -> float | None:
        if not math.isfinite(value):
            return None
        return int(value) if value == int(value) else value

    return [[short(value) for value in row] for row in rounded.tolist()]


def _packed(data: dict[str, Any]) -> str:
    """JSON without spaces, that ends no element of a page."""
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
