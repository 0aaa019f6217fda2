"""A result as a workbook: a first sheet that says what it is, then a sheet a table with numbers, dates and per cent as such."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from sim.records.atomic_files import whole
from sim.report.exports.headings import heading, localised
from sim.report.exports.result import Cell, Result, Table, encodable, is_share
from sim.report.languages import Language, named, text
from sim.report.languages.catalogue import translation

ROWS = 1_048_575
"""Of a sheet, below its heading."""
LONGEST = 32_767
"""Characters of a cell."""
WIDEST = 60
"""Characters that a column shows."""
_AS_TEXT = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
"""A text stays a text, whatever it begins with."""


def write_workbook(result: Result, path: Path | str) -> None:
    """Write a result as .xlsx; the same result gives the same bytes. Rows beyond a sheet's end are left out, and the first sheet says so."""
    with whole(path) as aside:
        book = xlsxwriter.Workbook(str(aside), _AS_TEXT)
        book.set_properties({"title": _text(result.title)[:255], "created": result.made})
        formats = _Formats(book)
        names = _sheet_names([text("about", result.lang), *(sheet_name(table, result) for table in result.tables)])
        _write_about(book.add_worksheet(names[0]), result, formats)
        for table, name in zip(result.tables, names[1:], strict=True):
            _write_table(book.add_worksheet(name), table, result, formats)
        book.close()


def sheet_name(table: Table, result: Result) -> str:
    """The name of a table's sheet."""
    return translation("sheet", table.name, result.lang)


class _Formats:
    """Formats of cells by what stands in them."""

    def __init__(self, book: xlsxwriter.Workbook):
        self.head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        self.title = book.add_format({"bold": True, "font_size": 14})
        self.bold = book.add_format({"bold": True, "valign": "top"})
        self.wrapped = book.add_format({"text_wrap": True, "valign": "top"})
        self.left = book.add_format({"align": "left", "valign": "top"})
        self.text = book.add_format({"num_format": "@"})
        self._numbers = {
            code: book.add_format({"num_format": code})
            for code in ("0.00%", "0.000%", "#,##0", "#,##0.00", "0.0000", "yyyy-mm-dd", "yyyy-mm-dd hh:mm")
        }
        self.dates_left = book.add_format({"num_format": "yyyy-mm-dd", "align": "left"})

    def of(self, value: Cell, unit: str) -> Format | None:
        """The format of a number or a date; None for a text."""
        if isinstance(value, datetime):
            return self._numbers["yyyy-mm-dd hh:mm"]
        if isinstance(value, date):
            return self._numbers["yyyy-mm-dd"]
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        if is_share(unit):
            away = min(abs(value), abs(1 - value))
            return self._numbers["0.000%" if 0 < away < 0.001 else "0.00%"]
        if value == int(value) and abs(value) < 1e15:
            return self._numbers["#,##0"]
        return self._numbers["#,##0" if abs(value) >= 1000 else "#,##0.00" if abs(value) >= 1 else "0.0000"]


def _write_about(sheet: Worksheet, result: Result, formats: _Formats) -> None:
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 1, 90)
    _put(sheet, 0, 0, result.title, formats.title)
    row = 2
    for name, value in result.about:
        _put(sheet, row, 0, name, formats.bold)
        dated = isinstance(value, date) and not isinstance(value, datetime)
        _put(
            sheet,
            row,
            1,
            value,
            formats.dates_left if dated else formats.wrapped if isinstance(value, str) else formats.left,
        )
        row += 1
    for name, table_lines in _lists(result).items():
        row += 1
        _put(sheet, row, 0, name, formats.bold)
        for line in table_lines:
            row += 1
            for column, said in enumerate(line):
                _put(sheet, row, column, said, formats.wrapped)
        row += 1


def _lists(result: Result) -> Mapping[str, Sequence[tuple[str, str]]]:
    """What stands below the facts, under its title: lines of two cells."""
    lang = result.lang
    found: dict[str, list[tuple[str, str]]] = {text("findings", lang): [("", finding) for finding in result.findings]}
    found[text("sheets", lang)] = [
        (sheet_name(table, result), f"{table.title}{_cut(table, lang)}") for table in result.tables
    ]
    for kind, path, source in result.known:
        found.setdefault(named(kind, lang), []).append((path, source))
    found[text("assumed, with no data behind them ({n})", lang, n=len(result.assumed))] = [
        (path, value) for path, _, value in (line.partition(" = ") for line in result.assumed)
    ]
    return {title: lines for title, lines in found.items() if lines}


def _cut(table: Table, lang: Language) -> str:
    rows = len(table.frame)
    said = " (the first {most} of {rows} rows; a CSV has all)"
    return text(said, lang, most=f"{ROWS:,}", rows=f"{rows:,}") if rows > ROWS else ""


def _write_table(sheet: Worksheet, table: Table, result: Result, formats: _Formats) -> None:
    columns = list(map(str, table.frame.columns))
    heads = [heading(table, column, result) for column in columns]
    widths = [max(8, *(_width(word) for word in head.split(" ")), min(_width(head), 18)) for head in heads]
    rows = localised(table, result)[:ROWS]
    for at, head in enumerate(heads):
        _put(sheet, 0, at, head, formats.head)
    for number, row in enumerate(rows, start=1):
        for at, (value, unit) in enumerate(row):
            _put(sheet, number, at, value, formats.of(value, unit) or formats.text)
            if number <= 1_000:
                widths[at] = max(widths[at], _width(value) if isinstance(value, str) else 11)
    for at, width in enumerate(widths):
        sheet.set_column(at, at, min(width, WIDEST) + 1)
    sheet.freeze_panes(1, 1)
    if rows:
        sheet.autofilter(0, 0, len(rows), len(columns) - 1)


def _put(sheet: Worksheet, row: int, column: int, value: Cell, shape: Format) -> None:
    """Write a value by its type: a number is never guessed from a text."""
    if value is None:
        return
    if isinstance(value, bool):
        sheet.write_boolean(row, column, value, shape)
    elif isinstance(value, int | float):
        sheet.write_number(row, column, value, shape)
    elif isinstance(value, date):
        sheet.write_datetime(row, column, value, shape)
    elif value:
        sheet.write_string(row, column, _text(value), shape)


def _text(value: str) -> str:
    text = encodable(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


def _width(text: str) -> int:
    """Columns of a terminal that a text takes in its longest line: a Chinese character takes two."""
    lines: list[Any] = text.splitlines() or [""]
    return max(sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in line) for line in lines)


def _sheet_names(names: Sequence[str]) -> list[str]:
    """Names as a workbook allows them: at most 31 characters, and each once."""
    found: list[str] = []
    for name in names:
        short = name[:31]
        while short.lower() in {each.lower() for each in found}:
            short = f"{name[:27]} {len(found)}"
        found.append(short)
    return found
