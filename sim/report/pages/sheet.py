"""What the pages of single findings share: the frame in `sheet.html`, and figures drawn into it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from sim.report import canvas
from sim.report.languages import Language
from sim.report.pages import templates


@dataclass(frozen=True)
class Picture:
    """A figure as a page holds it. title: the finding it shows; shows: how to read it."""

    key: str
    title: str
    shows: str
    svg: str
    png: str
    drawing: Figure


def picture(key: str, title: str, shows: str, draw: Callable[[], Figure], lang: Language) -> Picture:
    """A drawing as SVG and PNG, under the sheet's style."""
    with canvas.style(lang):
        drawn = draw()
        return Picture(key, title, shows, canvas.svg(drawn), canvas.png(drawn), drawn)


def write_sheet(
    path: Path | str,
    template: str,
    lang: Language,
    filters: Mapping[str, Callable[..., str]] | None = None,
    **values: Any,
) -> None:
    """Write a page in a language from a template that extends `sheet.html`; `filters` are the page's own."""
    templates.write_page(path, template, lang, values, **(filters or {}))
