"""What the pages of single findings share: the frame in `sheet.html`, and figures drawn into it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from matplotlib.figure import Figure

from sim.evidence.wording import seconds
from sim.records.atomic_files import whole
from sim.report import canvas


@dataclass(frozen=True)
class Picture:
    """A figure as a page holds it. title: the finding it shows; shows: how to read it."""

    key: str
    title: str
    shows: str
    svg: str
    png: str


def picture(key: str, title: str, shows: str, draw: Callable[[], Figure]) -> Picture:
    """A drawing as SVG and PNG, under the sheet's style."""
    with canvas.style():
        drawn = draw()
        return Picture(key, title, shows, canvas.svg(drawn), canvas.png(drawn))


def write_sheet(path: Path | str, template: str, **values: Any) -> None:
    """Write a page from a template that extends `sheet.html`."""
    environment = Environment(
        loader=PackageLoader("sim.report.pages", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["seconds"] = lambda value: "–" if value is None else seconds(value)
    html = environment.get_template(template).render(**values)
    with whole(path) as aside:
        aside.write_text(html, encoding="utf-8")
