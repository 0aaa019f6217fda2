"""Faults of a run as a film marks them: when each lasts, and at which stores and warehouses."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sim.report.film.measures import Measures, Span
from sim.report.languages import Language, items, named, text
from sim.report.publish.scenario_parts import parts
from sim.report.publish.short_forms import short_day
from sim.report.runs import ChainRun

EVERYWHERE = ("system_outage", "payment_outage")
"""Kinds that hit every store."""
_PLACES = ("stores", "warehouses", "suppliers", "lanes")


@dataclass(frozen=True)
class Marked:
    """A fault in the hours of a film."""

    label: str
    """What it is, where and when."""
    from_h: float
    """Hours since the film's beginning, at least 0."""
    until_h: float
    """At most the film's hours."""
    locations: tuple[int, ...]
    """Numbers of the stores and warehouses that it hits; a supplier or a lane is on no map."""


def marked(run: ChainRun, span: Span, shown: Measures, lang: Language) -> list[Marked]:
    """Faults that last at an instant of the span: those at given times, then the random ones of its replication."""
    numbers = {place["code"]: n for n, place in enumerate(shown.places)}
    found = []
    for fault in (*_timed(run.scenario), *_random(run, span)):
        from_h, until_h = (at_s / 3600 - 24 * span.first for at_s in (fault.from_s, fault.until_s))
        if until_h <= 0 or from_h >= shown.hours:
            continue
        everywhere = range(shown.n_stores) if fault.kind in EVERYWHERE else ()
        hit = (*everywhere, *(numbers[code] for code in fault.places if code in numbers))
        found.append(Marked(_label(fault, run, lang), max(from_h, 0.0), min(until_h, float(shown.hours)), hit))
    return found


@dataclass(frozen=True)
class _Fault:
    kind: str
    channel: str
    """Of payment; empty for other kinds."""
    places: Sequence[str]
    """Codes; a lane by its two ends."""
    from_s: float
    """Seconds since the scenario's first midnight, as is `until_s`."""
    until_s: float


def _timed(scenario: Mapping[str, Any]) -> Iterator[_Fault]:
    midnight = datetime.combine(date.fromisoformat(str(scenario["start"])), time())
    for fault in parts(scenario, "faults"):
        at = datetime.fromisoformat(str(fault["at"])).replace(tzinfo=None)
        from_s = (at - midnight).total_seconds()
        places = next((_codes(scenario, name, fault[name]) for name in _PLACES if fault.get(name)), [])
        channel = str(fault.get("channel") or "")
        yield _Fault(str(fault["kind"]), channel, places, from_s, from_s + 60 * float(fault["minutes"]))


def _random(run: ChainRun, span: Span) -> Iterator[_Fault]:
    if run.random_faults is None:
        return
    happened = run.random_faults[run.random_faults["replication"] == span.replication]
    for kind, places, from_s, until_s in zip(
        *(happened[name] for name in ("kind", "places", "from_s", "until_s")), strict=True
    ):
        yield _Fault(kind, "", list(places), from_s, until_s)


def _codes(scenario: Mapping[str, Any], field: str, listed: Any) -> list[str]:
    """Codes of the places of a fault: those listed, or all of the scenario."""
    if listed == "all":
        listed = parts(scenario, field)
    return [_code(place) if isinstance(place, Mapping) else str(place) for place in listed]


def _code(place: Mapping[str, Any]) -> str:
    return str(place.get("code") or f"{place.get('origin')} to {place.get('destination')}")


def _label(fault: _Fault, run: ChainRun, lang: Language) -> str:
    what = named(fault.kind, lang) + (f" ({named(fault.channel, lang)})" if fault.channel else "")
    midnight = datetime.combine(date.fromisoformat(str(run.scenario["start"])), time())
    begins, ends = (midnight + timedelta(seconds=at_s) for at_s in (fault.from_s, fault.until_s))
    instants = {
        "begins": f"{short_day(begins.date(), lang)} {begins:%H:%M}",
        "ends": f"{ends:%H:%M}" if ends.date() == begins.date() else f"{short_day(ends.date(), lang)} {ends:%H:%M}",
    }
    if not fault.places:
        return text("{what}, {begins} to {ends}", lang, what=what, **instants)
    where = items([code.replace(" to ", " → ") for code in fault.places], lang)
    return text("{what} at {where}, {begins} to {ends}", lang, what=what, where=where, **instants)
