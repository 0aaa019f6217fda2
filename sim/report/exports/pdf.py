"""A result as a PDF for paper: findings, figures and tables. WeasyPrint sets it; the extra `pdf` brings it."""

from __future__ import annotations

import base64
import io
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure as Drawing

from sim.records.atomic_files import whole
from sim.records.refusal import Refusal
from sim.report import canvas
from sim.report.exports.headings import heading, localised
from sim.report.exports.result import Cell, Result, Table, is_share
from sim.report.languages import Language, text, typeface
from sim.report.pages.templates import template

ROWS = 60
"""Of a table on paper: a workbook has all."""


def writer() -> Any:
    """WeasyPrint. Raises `ModuleNotFoundError` without the extra, `Refusal` without the libraries of the system that it draws with."""
    try:
        import weasyprint
    except OSError as error:
        how = "Pango: apt-get install libpango-1.0-0 libpangoft2-1.0-0, or brew install pango"
        raise Refusal("--pdf", "", how, str(error).partition(":")[0] or "nothing") from None
    return weasyprint


def write_pdf(result: Result, path: Path | str) -> None:
    """Write a result as PDF, A4. Nothing is fetched: figures are part of the document. Tables end after 60 rows, and say so."""
    weasyprint = writer()
    fetcher = weasyprint.urls.URLFetcher(allowed_protocols=("data",))
    with whole(path) as aside:
        weasyprint.HTML(string=_page(result), url_fetcher=fetcher).write_pdf(str(aside))


def _page(result: Result) -> str:
    with canvas.style(result.lang):
        figures = [(figure, _svg(figure.drawing)) for figure in result.draw()]
    tables = [
        (table, [heading(table, str(name), result) for name in table.frame.columns], shown_rows(table, result))
        for table in result.tables
    ]
    font = f"data:font/otf;base64,{base64.b64encode(typeface.FONT.read_bytes()).decode()}"
    return template("document.html", result.lang, "sim.report.exports").render(
        result=result, figures=figures, tables=tables, most=ROWS, family=typeface.FAMILY, font=font
    )


def _svg(drawing: Drawing) -> str:
    """The drawing as a data URI of an SVG in its own colours, text as outlines."""
    picture = io.BytesIO()
    drawing.savefig(picture, format="svg", metadata={"Date": None, "Creator": None})
    return "data:image/svg+xml;base64," + base64.b64encode(picture.getvalue()).decode()


def shown_rows(table: Table, result: Result) -> list[list[tuple[str, bool]]]:
    """Text of each cell in the first rows of a table, and whether it is a number."""
    return [
        [_shown(value, unit, result.lang) for value, unit in row]
        for row in localised(table, result, in_words=True)[:ROWS]
    ]


def _shown(value: Cell, unit: str, lang: Language) -> tuple[str, bool]:
    if value is None:
        return "–", True
    if isinstance(value, bool):
        return text("yes" if value else "no", lang), False
    if not isinstance(value, int | float):
        return str(value), False
    if is_share(unit):
        return f"{100 * value:.4g} %", True
    return (f"{value:,.0f}" if abs(value) >= 1000 or value == int(value) else f"{value:.4g}"), True
