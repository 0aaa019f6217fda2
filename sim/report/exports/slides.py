"""Figures as pictures for slides: 1920 × 1080, the finding as the title, what the numbers rest on at the bottom."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from matplotlib.patheffects import Normal, Stroke

from sim.records.atomic_files import whole
from sim.report import canvas
from sim.report.canvas import INK, MUTED, PAPER
from sim.report.exports.result import Illustration, Result

INCHES = (8.0, 4.5)
DPI = 240
"""8 × 4.5 inches at 240 dots are 1920 × 1080: letters of 9.5 points are 32 pixels high."""
_SIZES = ((16, 56), (14, 64), (12, 75), (10, 90))
"""Points of the title, and the characters that a line of it holds."""
_LINES = 2


def write_slides(result: Result, folder: Path | str) -> list[Path]:
    """Draw every figure of a result as `KEY.png` in a folder; the files. The drawings are changed: they are not for another use."""
    written = []
    with canvas.style(result.lang):
        for figure in result.draw():
            path = Path(folder) / f"{figure.key}.png"
            with whole(path) as aside:
                _lay_out(figure, result.source)
                figure.drawing.savefig(aside, format="png", dpi=DPI, facecolor=PAPER, metadata={"Software": None})
            written.append(path)
    return written


def _lay_out(figure: Illustration, source: str) -> None:
    drawing = figure.drawing
    drawing.set_size_inches(*INCHES)
    points, title = _fitted(figure.title)
    line = 1.25 / (72 * INCHES[1])
    below = 0.965 - points * line * (title.count("\n") + 1)
    head = drawing.text(0.025, 0.965, title, fontsize=points, color=INK, va="top", linespacing=1.2)
    head.set_path_effects([Stroke(linewidth=0.7, foreground=INK), Normal()])  # bold: the Chinese font has one weight
    shows = "\n".join(_wrapped(figure.shows, 125))
    drawing.text(0.025, below - 0.01, shows, fontsize=8, color=MUTED, va="top")
    below -= 8 * line * (shows.count("\n") + 1) + 0.025
    said = "\n".join(_wrapped(source, 140))
    drawing.text(0.025, 0.02, said, fontsize=7.5, color=MUTED, va="bottom")
    foot = 0.03 + 7.5 * line * (said.count("\n") + 1)
    drawing.set_layout_engine("constrained", rect=(0.02, foot, 0.96, below - foot))


def _fitted(title: str) -> tuple[int, str]:
    """Points and lines of a title: the largest size at which two lines hold it, else the smallest."""
    tried = [(points, _wrapped(title, most)) for points, most in _SIZES]
    points, lines = next((one for one in tried if len(one[1]) <= _LINES), tried[-1])
    return points, "\n".join(lines)


def _wrapped(text: str, most: int) -> list[str]:
    """Lines of at most `most` columns; a Chinese character takes two, and a line may end after it."""
    lines, wide = [""], 0
    for part in _parts(text):
        width = sum(2 if unicodedata.east_asian_width(each) in "WF" else 1 for each in part)
        if wide and wide + width > most:
            lines, wide, part = [*lines, ""], 0, part.lstrip()
        lines[-1] += part
        wide += width
    return [line.rstrip() for line in lines]


def _parts(text: str) -> Iterator[str]:
    """Words with the space before them, and single Chinese characters with the punctuation that follows."""
    wide = "\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef"
    yield from re.findall(rf"[{wide}][，。；：、）！？]*|\s*[^\s{wide}]+|\s+", text)
