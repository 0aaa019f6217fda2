"""Tables in a language: headings with their units, and codes of the records as words."""

from __future__ import annotations

from typing import Any

from sim.report.exports.result import Cell, Result, Table, cells
from sim.report.languages import kpi_meaning, kpi_name, named, unit_name
from sim.report.languages.catalogue import Language, translation

ENDINGS = {"s": "_s", "/s": "_per_s", "/h": "_per_hour", "/day": "_per_day"}
"""Endings of columns' names that repeat the unit, by the unit's end."""


def heading(table: Table, column: str, result: Result) -> str:
    """`mean wait (s)`, `平均等待时间（秒）`, `date`: of a column whose unit does not change from row to row."""
    unit = table.units.get(column, "")
    words = column_name(column, unit, result.lang)
    if not unit or unit in ("date", "share"):
        return words
    unit = unit_name(unit, result.lang, result.currency)
    return f"{words} ({unit})" if result.lang == "en" else f"{words}（{unit}）"


def column_name(column: str, unit: str, lang: Language) -> str:
    """A column's name in words: of one that a second run has, with the name of the first."""
    if lang == "zh":
        name = translation("column", column, lang)
        return name if name != column else kpi_name(column, lang)
    repeated = next((ending for end, ending in ENDINGS.items() if unit.endswith(end) and column.endswith(ending)), "")
    return column.removesuffix(repeated).replace("_", " ")


def localised(table: Table, result: Result, in_words: bool = False) -> list[list[tuple[Cell, str]]]:
    """Each cell of a table with its unit; codes and key figures in the result's language: in English as records have them, or `in_words`."""
    columns = list(map(str, table.frame.columns))
    return [
        [
            (_said(table, column, value, result, in_words), table.unit(column, named_row))
            for column, value in named_row.items()
        ]
        for named_row in (dict(zip(columns, row, strict=True)) for row in cells(table))
    ]


def _said(table: Table, column: str, value: Cell, result: Result, in_words: bool) -> Any:
    lang = result.lang
    match table.words.get(column):
        case "meaning":
            return kpi_meaning(str(value), lang)
        case "unit":
            return unit_name(str(value or ""), lang, result.currency)
        case "kpi" if lang == "zh" or in_words:
            return kpi_name(str(value), lang)
        case "code" if (lang == "zh" or in_words) and isinstance(value, str):
            return named(value, lang)
    return value
