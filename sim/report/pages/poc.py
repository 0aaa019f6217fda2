"""A proof of concept as a page and as a JUnit suite: each stage with its finding, and the chain before and after."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from sim.records.decisions.poc import KpiChange, ProofOfConcept, StageLine
from sim.report.junit import Case, write_suite
from sim.report.languages import Language, duration, kpi_name, number, unit_name
from sim.report.pages.sheet import write_sheet
from sim.report.units import reading


def write_poc(poc: ProofOfConcept, path: Path | str, lang: Language = "en") -> None:
    """Write the page of a proof of concept in a language."""
    filters: dict[str, Callable[..., str]] = {
        "pill": lambda each: "informs" if each.state == "not shown" else each.state,
        "grade": lambda each: "simulated" if each.stage.startswith("chain") else "measured",
        "took": lambda each: duration(each.took_s, lang),
        "key_figure": partial(_named, lang=lang, currency=poc.currency),
        "shown": partial(_shown, lang=lang),
        "change": partial(_change, lang=lang),
    }
    write_sheet(path, "poc.html", lang, filters, poc=poc)


def write_poc_junit(poc: ProofOfConcept, path: Path | str, inconclusive_ok: bool = False) -> None:
    """Write a suite: a case for each stage that is judged."""
    cases = [Case(each.stage, _case(each), each.finding, each.took_s) for each in poc.stages if each.state != "informs"]
    lines = [poc.sentence, *(f"{each.stage}: {each.finding}" for each in poc.stages if each.state == "informs")]
    write_suite(path, "proof of concept", poc.host, cases, lines, inconclusive_ok)


def _case(each: StageLine) -> str:
    return "not covered" if each.state == "not shown" else each.state


def _scale(each: KpiChange) -> tuple[float, str]:
    return reading(
        each.unit, max((abs(value) for value in (each.before, each.after) if value is not None), default=0.0)
    )


def _named(each: KpiChange, lang: Language, currency: str) -> str:
    return f"{kpi_name(each.kpi, lang)} ({unit_name(_scale(each)[1], lang, currency)})"


def _shown(each: KpiChange, side: str, lang: Language) -> str:
    value = getattr(each, side)
    return "–" if value is None else number(value * _scale(each)[0], lang)


def _change(each: KpiChange, lang: Language) -> str:
    """The difference with its interval, `+1.2 (0.8 to 1.6)`."""
    if each.difference is None:
        return "–"
    factor = _scale(each)[0]
    ends = [None if end is None else number(end * factor, lang) for end in (each.low, each.high)]
    interval = f" ({ends[0]} … {ends[1]})" if None not in ends else ""
    return f"{number(each.difference * factor, lang)}{interval}"
