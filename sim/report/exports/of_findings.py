"""Single findings as results to export: a search for capacity, a race for the last units, a check of a platform."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from sim.records.capacity import Capacity
from sim.records.conformance import Checkup
from sim.records.oversell import Race
from sim.report.exports.result import Cell, Result, Table, instant
from sim.report.languages import Language, named, recorded, text
from sim.report.pages.capacity import knee_picture
from sim.report.pages.conformance import calls_picture
from sim.report.pages.oversell import endings_picture

_S = dict.fromkeys(("length_s", "took_s", "mean_s", "p95_s", "service_s"), "s")
_PER_S = {"journeys_per_s": "journeys/s", "requests_per_s": "requests/s", "answered_per_s": "requests/s"}
_PEAKS = dict.fromkeys(("per_s_at_one", "peak_per_s", "peak_low_per_s", "peak_high_per_s"), "requests/s")
_UNITS = dict.fromkeys(
    ("available_before", "available_after", "promised", "asked", "in_doubt", "oversold", "left"), "units"
)
_CODES = dict.fromkeys(("decision", "journey", "outcome", "state"), "code")


def of_capacity(found: Capacity, lang: Language = "en") -> Result:
    """A search: its stages, and the scaling model fitted to them."""
    stages = pd.DataFrame([{"stores": stage.factor * found.stores} | stage.model_dump() for stage in found.stages])
    scaling = pd.DataFrame([found.scaling.model_dump()] if found.scaling else [])
    facts: dict[str, Cell] = {
        "host": found.host,
        "scenario": found.scenario,
        "scenario hash": found.scenario_hash,
        "stores": found.stores,
        "stores asked for": found.at_least,
        "targets": ", ".join(found.targets),
        "decision": named(found.decision, lang),
        "adapter": found.adapter,
        "adapter's SHA-256": found.adapter_sha256,
        "peak, requests/s": found.peak_requests_per_s,
        "time-out, s": found.timeout_s,
        "workers": found.workers,
        "unfinished": found.unfinished,
    }
    source = "retail-lab: measured on {host} under the traffic of {scenario}, hash {hash}"
    return Result(
        title=text("Capacity of {host}", lang, host=found.host),
        about=_facts(facts, lang),
        findings=(recorded(found.sentence, lang),),
        tables=_filled(
            lang,
            stages=("Stages of rising load, each judged", stages, _S | _PER_S),
            scaling=("Universal Scalability Law fitted to the stable stages", scaling, _PEAKS),
        ),
        source=text(source, lang, host=found.host, scenario=found.scenario, hash=found.scenario_hash[:8]),
        draw=lambda: [drawn] if (drawn := knee_picture(found, lang)) else [],
        lang=lang,
    )


def of_race(race: Race, lang: Language = "en") -> Result:
    """A race: its SKUs and how its clients ended."""
    skus = [sku.model_dump() | {"oversold": sku.oversold, "left": sku.left} for sku in race.skus]
    endings = [{"ending": ending.text} | ending.model_dump() for ending in race.endings]
    facts: dict[str, Cell] = {
        "run": race.run_id,
        "started": race.started_at,
        "host": race.host,
        "adapter": race.adapter,
        "clients": race.clients,
        "units that each orders": race.units,
        "decision": named(race.decision, lang),
        "orders": ", ".join(race.orders),
        "what became of them": race.orders_fate,
        "stopped": race.stopped,
    }
    return Result(
        title=text("Race for the last units at {host}", lang, host=race.host),
        about=_facts(facts, lang),
        findings=tuple(recorded(each, lang) for each in (race.sentence, *race.reasons)),
        tables=_filled(
            lang,
            skus=("Units by SKU, before and after", pd.DataFrame(skus), _UNITS),
            endings=("Clients by how they ended", pd.DataFrame(endings), {}),
        ),
        source=text("retail-lab, run {run}: measured on {host}", lang, run=race.run_id, host=race.host),
        draw=lambda: [drawn] if (drawn := endings_picture(race, lang)) else [],
        made=instant(race.started_at),
        lang=lang,
    )


def of_check(check: Checkup, lang: Language = "en") -> Result:
    """A check: its journeys, their calls, and attempts to read an order."""
    journeys = [
        {"journey": each.journey, "state": each.state, "calls": len(each.calls), "service_s": each.service_s, "because": each.because}
        for each in check.journeys
    ]  # fmt: skip
    calls = [{"journey": each.journey} | call.model_dump() for each in check.journeys for call in each.calls]
    access = [attempt.model_dump() for attempt in check.access]
    facts: dict[str, Cell] = {
        "run": check.run_id,
        "started": check.started_at,
        "host": check.host,
        "adapter": check.adapter,
        "decision": named(check.decision, lang),
        "transport": check.reached.text,
        "made": ", ".join(check.made),
        "what became of it": check.made_fate,
        "not tried": "; ".join(check.untried),
    }
    source = "retail-lab, run {run}: measured on {host}, each journey once and alone"
    return Result(
        title=text("Check of {adapter} at {host}", lang, adapter=check.adapter, host=check.host),
        about=_facts(facts, lang),
        findings=tuple(recorded(each, lang) for each in (check.sentence, *check.findings)),
        tables=_filled(
            lang,
            journeys=("Every journey, played once", pd.DataFrame(journeys), _S),
            calls=("Calls of the journeys", pd.DataFrame(calls), _S),
            access=("Attempts to read an order of another customer", pd.DataFrame(access), {}),
        ),
        source=text(source, lang, run=check.run_id, host=check.host),
        draw=lambda: [drawn] if (drawn := calls_picture(check, lang)) else [],
        made=instant(check.started_at),
        lang=lang,
    )


def _facts(facts: Mapping[str, Cell], lang: Language) -> tuple[tuple[str, Cell], ...]:
    return tuple((text(name, lang), value) for name, value in facts.items())


def _filled(lang: Language, **tables: tuple[str, pd.DataFrame, Mapping[str, str]]) -> tuple[Table, ...]:
    """Tables that have a row."""
    return tuple(
        Table(name, text(title, lang), frame, units, (), _CODES)
        for name, (title, frame, units) in tables.items()
        if len(frame)
    )
