"""A result as HTML for the dashboard, and as a file to download."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from sim.records.refusal import Refusal
from sim.report import canvas
from sim.report.exports.csv_files import write_csv
from sim.report.exports.headings import heading
from sim.report.exports.pdf import shown_rows
from sim.report.exports.result import Result, Table
from sim.report.exports.workbook import write_workbook
from sim.report.languages import Language
from sim.report.pages.labels import labelled
from sim.report.pages.templates import template

_ROOM = "sim.report.dashboard"


def html_of(result: Result) -> str:
    """Findings, figures, the first rows of every table, and what the numbers rest on. Colours are the page's variables."""
    with canvas.style(result.lang):
        figures = [(figure, canvas.svg(figure.drawing)) for figure in result.draw()]
    tables = [
        (table, [heading(table, str(name), result) for name in table.frame.columns], shown_rows(table, result))
        for table in map(_narrow, result.tables)
    ]
    page = template("result.html", result.lang, _ROOM)
    return labelled(page.render(refusal="", result=result, figures=figures, tables=tables))


def _narrow(table: Table) -> Table:
    """Without what each key figure means, which the files have."""
    meanings = [column for column, words in table.words.items() if words == "meaning" and column in table.frame]
    return replace(table, frame=table.frame.drop(columns=meanings))


def refused(refusal: Refusal, lang: Language) -> str:
    """A line in the place of a result that cannot be read."""
    return template("result.html", lang, _ROOM).render(refusal=str(refusal))


def csv_of(result: Result) -> io.BytesIO:
    """The main table as CSV, whole."""
    return _file(lambda path: write_csv(replace(result, tables=result.tables[:1]), path), "main.csv")


def xlsx_of(result: Result) -> io.BytesIO:
    """Every table as a workbook."""
    return _file(lambda path: write_workbook(result, path), "all.xlsx")


def _file(write: Callable[[Path], None], name: str) -> io.BytesIO:
    with TemporaryDirectory() as folder:
        path = Path(folder, name)
        write(path)
        return io.BytesIO(path.read_bytes())
