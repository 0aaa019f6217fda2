"""A gate as a page and as a JUnit suite: each condition with its evidence, the evidence's age and its grade."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from sim.records.decisions.gate import DECISION, Condition, Gate
from sim.report.junit import Case, write_suite
from sim.report.languages import Language, counted, named, text
from sim.report.pages.sheet import write_sheet

WORDS = {"pass": "GO", "fail": "NO-GO", "inconclusive": "NOT KNOWN"}
"""The decision in words."""


def write_gate(judged: Gate, path: Path | str, lang: Language = "en") -> None:
    """Write the page of a gate in a language."""
    filters: dict[str, Callable[..., str]] = {
        "decision": lambda each: DECISION[each.state],
        "rests_on": partial(rests_on, lang=lang),
    }
    write_sheet(path, "gate.html", lang, filters, judged=judged, word=WORDS[judged.decision])


def write_gate_junit(judged: Gate, path: Path | str, inconclusive_ok: bool = False) -> None:
    """Write a suite: a case for each condition."""
    cases = [
        Case(each.name, DECISION[each.state], f"{each.state}: {each.because} [{rests_on(each)}]", 0.0)
        for each in judged.conditions
    ]
    write_suite(path, "gate", judged.host, cases, [judged.sentence, *judged.notes], inconclusive_ok)


def rests_on(each: Condition, lang: Language = "en") -> str:
    """`measured, 3 days old, replay-1/verdict.json`; `no evidence`."""
    if not each.evidence:
        return text("no evidence", lang)
    age = text("of unknown age", lang) if each.age_days is None else _age(each.age_days, lang)
    return text("{grade}, {age}, {file}", lang, grade=named(each.grade, lang), age=age, file=each.evidence)


def _age(days: int, lang: Language) -> str:
    return text("{days} old", lang, days=counted(days, "day", lang)) if days else text("of the same day", lang)
