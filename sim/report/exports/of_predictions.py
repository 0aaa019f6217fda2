"""Predictions held against what happened as results to export: a backtest, and a scoring."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from sim.records.load_run import Record
from sim.records.predictions.backtest import ACCEPTED, Backtest, Naive
from sim.records.predictions.score import CALIBRATED, Score
from sim.report.exports.result import Cell, Result, Table
from sim.report.languages import Language, named, recorded, text
from sim.report.pages.backtest import held_back_picture
from sim.report.pages.score import coverage_picture

_BY_ROW = ("actual", "predicted", "with_tickets", "pinball")
_SHARES = dict.fromkeys(("wape", "bias", "within", "seasonal_wape", "last_year_wape"), "share")
_CUSTOMERS = dict.fromkeys(("actual", "low_95", "low_80", "median", "high_80", "high_95"), "customers/day")
_WORDS = {"unit": "unit", "where": "code"}


def of_backtest(record: Backtest, lang: Language = "en") -> Result:
    """A backtest: its quantities, and the customers of each held-back day with their intervals."""
    rows = [
        row.model_dump(exclude={"seasonal", "last_year"})
        | {"quantity": recorded(row.quantity, lang)}
        | _naive("seasonal", row.seasonal)
        | _naive("last_year", row.last_year)
        for row in record.rows
    ]
    facts: dict[str, Cell] = {
        "scenario": record.scenario,
        "log": record.log,
        "log's SHA-256": record.log_sha256,
        "history from": record.history_first,
        "first held-back day": record.first,
        "last held-back day": record.last,
        "replications": record.replications,
        "decision": named(ACCEPTED[record.decision], lang),
    }
    return Result(
        title=text("Backtest of {scenario}", lang, scenario=record.scenario),
        about=_facts(facts, lang),
        findings=_findings(record.sentence, record.notes, lang),
        tables=_tables(
            Table(
                "quantities", text("Predicted and recorded, by quantity", lang), _frame(rows), _SHARES, _BY_ROW, _WORDS
            ),
            Table("days", text("Customers of the held-back days", lang), _frame(record.days), _CUSTOMERS),
        ),
        source=text(
            "retail-lab: {log}, predicted from the days before {first}", lang, log=record.log, first=record.first
        ),
        draw=lambda: [drawn] if (drawn := held_back_picture(record, lang)) else [],
        lang=lang,
    )


def of_score(record: Score, lang: Language = "en") -> Result:
    """A scoring: its quantities, and the runs that predicted them."""
    rows = [row.model_dump() | {"quantity": recorded(row.quantity, lang)} for row in record.rows]
    runs = [run.model_dump() | {"made": recorded(run.made, lang)} for run in record.runs]
    facts: dict[str, Cell] = {
        "log": record.log,
        "runs": len(record.runs),
        "decision": named(CALIBRATED[record.decision], lang),
    }
    return Result(
        title=text("Predictions scored by {log}", lang, log=record.log),
        about=_facts(facts, lang),
        findings=_findings(record.sentence, record.notes, lang),
        tables=_tables(
            Table("quantities", text("Predicted and recorded, by quantity", lang), _frame(rows), _SHARES, _BY_ROW, _WORDS),
            Table("runs", text("Runs that are scored", lang), _frame(runs)),
        ),
        source=text("retail-lab: predictions as they were kept, held against {log}", lang, log=record.log),
        draw=lambda: [drawn] if (drawn := coverage_picture(record, lang)) else [],
        lang=lang,
    )  # fmt: skip


def _naive(name: str, forecast: Naive | None) -> dict[str, Any]:
    figures = forecast.model_dump() if forecast else dict.fromkeys(Naive.model_fields)
    return {f"{name}_{field}": value for field, value in figures.items()}


def _facts(facts: Mapping[str, Cell], lang: Language) -> tuple[tuple[str, Cell], ...]:
    return tuple((text(fact, lang), value) for fact, value in facts.items())


def _findings(sentence: str, notes: Iterable[str], lang: Language) -> tuple[str, ...]:
    return tuple(recorded(each, lang) for each in (sentence, *notes))


def _frame(rows: Iterable[Record | Mapping[str, Any]]) -> pd.DataFrame:
    return pd.DataFrame([row.model_dump() if isinstance(row, Record) else dict(row) for row in rows])


def _tables(*tables: Table) -> tuple[Table, ...]:
    return tuple(table for table in tables if len(table.frame))
