"""Figures for a page: an SVG whose colours follow the page's light or dark theme, and a PNG for slides."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any, cast

import matplotlib
from matplotlib.axes import Axes
from matplotlib.dates import DateFormatter
from matplotlib.figure import Figure
from matplotlib.figure import Figure as Drawing
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.ticker import FuncFormatter, MaxNLocator, NullFormatter

from sim.report.languages import Language, duration, typeface

INK, MUTED, GRID, PAPER = "#1c2733", "#66727e", "#dde3e8", "#ffffff"
BLUE, SKY, ORANGE, RED, GREEN = "#2767b0", "#a8c8ea", "#d8722c", "#c4393c", "#2c8a57"

_THEMED = {
    INK: "ink",
    MUTED: "muted",
    GRID: "grid",
    PAPER: "paper",
    BLUE: "blue",
    SKY: "sky",
    ORANGE: "orange",
    RED: "red",
    GREEN: "green",
}
"""The page's CSS variable that takes the place of each colour."""

FONTS = [
    "DejaVu Sans",
    typeface.FAMILY,
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Microsoft YaHei",
    "PingFang SC",
    "SimHei",
    "WenQuanYi Micro Hei",
]
"""Tried in this order for each glyph, in Chinese the font that ships first; text is drawn as outlines, so the reader's machine needs none of them."""

_STYLE = {
    "font.size": 9.5,
    "axes.labelsize": 9.5,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": MUTED,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "text.color": INK,
    "lines.linewidth": 1.8,
    "lines.solid_capstyle": "round",
    "legend.frameon": False,
    "legend.fontsize": 9,
    "text.parse_math": False,
    "svg.fonttype": "path",
    "svg.hashsalt": "retail-lab",
}


@contextmanager
def style(lang: Language = "en") -> Iterator[None]:
    """Context in which a figure is drawn and saved: matplotlib reads its settings whenever it makes a text."""
    fonts = installed()
    if lang == "zh":
        fonts = sorted(fonts, key=typeface.FAMILY.__ne__)
    with matplotlib.rc_context(cast(Any, {**_STYLE, "font.family": fonts})):
        yield


@cache
def installed() -> list[str]:
    """The fonts of `FONTS` that this machine has, with the one that ships."""
    from matplotlib.font_manager import fontManager

    fontManager.addfont(typeface.FONT)
    fontManager.ttflist.append(replace(fontManager.ttflist[-1], weight=700))  # it has one weight, drawn for bold too
    known = {font.name for font in fontManager.ttflist}
    return [name for name in FONTS if name in known]


def drawable(text: str, otherwise: str) -> str:
    """`text` where an installed font has all its glyphs, else `otherwise` (a code, for example)."""
    fonts = [get_font(findfont(FontProperties(family=name))) for name in installed()]
    return text if all(any(font.get_char_index(ord(glyph)) for font in fonts) for glyph in text) else otherwise


def label(text: str, otherwise: str, most: int = 34) -> str:
    """A name from outside, shortened to fit beside an axis; `otherwise` where no installed font has its glyphs."""
    return drawable(text if len(text) <= most else f"{text[: most - 1]}…", otherwise)


def drawing(
    rows: int = 1, height: float = 2.9, heights: tuple[float, ...] | None = None, sharex: bool = True
) -> tuple[Figure, Any]:
    """A drawing of `rows` panels above each other, and its axes. Sizes in inches: legible at the width of a phone."""
    figure = Drawing(figsize=(5.2, height), layout="constrained")
    axes = figure.subplots(rows, 1, sharex=sharex, height_ratios=heights, squeeze=False)[:, 0]
    for axis in axes:
        axis.tick_params(length=0)
        axis.spines["left"].set_visible(False)
    cast(Any, figure.get_layout_engine()).set(h_pad=0.06, w_pad=0.04)
    return figure, axes


def svg(figure: Drawing) -> str:
    """The drawing as an inline SVG element that scales to its place and takes its colours from the page."""
    text = io.StringIO()
    figure.savefig(text, format="svg", transparent=True, metadata={"Date": None, "Creator": None})
    figure.set_layout_engine("none")  # the layout is computed; the PNG uses the same
    body = text.getvalue()[text.getvalue().index("<svg") :]
    body = re.sub(r"<metadata>.*?</metadata>", "", body, flags=re.DOTALL)
    body = re.sub(r"<!--.*?-->", "", body, flags=re.DOTALL)
    body = re.sub(r'<g id="[^"]*"', "<g", body)
    body = re.sub(r'(<svg[^>]*?) width="[^"]*"', r"\1", body, count=1)
    body = re.sub(r'(<svg[^>]*?) height="[^"]*"', r'\1 aria-hidden="true"', body, count=1)
    for colour, name in _THEMED.items():
        body = body.replace(colour, f"var(--{name})")
    return re.sub(r"\n\s*", "\n", body)


def png(figure: Drawing) -> str:
    """The drawing as a data URI of a picture on white, wide enough for a slide."""
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=220, facecolor=PAPER, metadata={"Software": None})
    return "data:image/png;base64," + base64.b64encode(picture.getvalue()).decode()


def thousands(axis: Axes) -> None:
    """Whole numbers with thousands apart, from 0."""
    axis.set_ylim(bottom=0)
    axis.yaxis.set_major_locator(MaxNLocator(4))
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))


def shares(axis: Axes) -> None:
    """Per cent on the y axis, from 0 and never past 100."""
    thousands(axis)
    axis.set_ylim(top=min(100, axis.get_ylim()[1]))


def dates(axis: Axes, days: Sequence[date], lang: Language = "en") -> None:
    """Days on the x axis, rising: each labelled once at most, as few labels as can be read on a phone."""
    step = next((n for n in (1, 2, 3, 5, 7, 14, 28, 56) if len(days) <= 6 * n), -(-len(days) // 6))
    axis.set_xticks(cast(Any, days[::step]))
    axis.xaxis.set_major_formatter(DateFormatter("%-d %b" if lang == "en" else "%-m月%-d日"))


def times(axis: Axes, lang: Language = "en") -> None:
    """Times on a log x axis, in the unit that suits each."""
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: duration(value, lang)))
    axis.xaxis.set_minor_formatter(NullFormatter())
