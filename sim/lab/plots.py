"""Figures of a run in a notebook: those of the page, each with its finding as its title and the basis of its numbers below."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.figure import Figure as Drawing

from sim.records.atomic_files import whole
from sim.records.refusal import Refusal
from sim.report import canvas, figures, runs

if TYPE_CHECKING:
    from sim.lab.loads import LoadTest
    from sim.lab.runs import Run

_TITLE_WIDTH, _NOTE_WIDTH = 54, 84
"""Characters that fit on a line."""
_LINE_IN = 0.17


class Picture:
    """A figure as a notebook shows it.

    Attributes: `title`, the finding; `shows` and `rests_on`, what the axes are and where the numbers come from; `data`, the frame that was
    drawn; `figure`, the matplotlib figure.
    """

    def __init__(self, drawn: figures.Figure):
        self.title, self.shows, self.rests_on = drawn.title, drawn.shows, drawn.rests_on
        self.data: pd.DataFrame = drawn.data
        self.figure: Drawing = drawn.drawing
        title = textwrap.wrap(self.title, _TITLE_WIDTH)
        note = textwrap.wrap(f"{self.shows} {self.rests_on[:1].upper()}{self.rests_on[1:]}.", _NOTE_WIDTH)
        with canvas.style():
            self.figure.set_layout_engine("constrained")
            width_in, height_in = self.figure.get_size_inches()
            self.figure.set_size_inches(width_in, height_in + _LINE_IN * (len(title) + len(note)))
            self.figure.suptitle("\n".join(title), x=0.01, ha="left", fontsize=10.5, fontweight="bold")
            self.figure.supxlabel("\n".join(note), x=0.01, ha="left", fontsize=8, color=canvas.MUTED)

    def save(self, path: Path | str) -> Path:
        """Write the figure as .png, .svg or .pdf, by the path's suffix; returns the path."""
        path = Path(path)
        if path.suffix not in (".png", ".svg", ".pdf"):
            raise Refusal(path, "", "a name that ends in .png, .svg or .pdf")
        with canvas.style(), whole(path) as aside:
            self.figure.savefig(aside, format=path.suffix[1:], dpi=220, facecolor=canvas.PAPER)
        return path

    def _repr_png_(self) -> bytes:
        picture = io.BytesIO()
        with canvas.style():
            self.figure.savefig(picture, format="png", dpi=144, facecolor=canvas.PAPER, metadata={"Software": None})
        return picture.getvalue()

    def __repr__(self) -> str:
        return f"<Picture: {self.title}>"


class ChainPlots:
    """Figures of a run of a chain; `data` of each holds what was drawn."""

    def __init__(self, run: Run):
        self._run = run

    def waits(self, other: Run | None = None) -> Picture:
        """Customers and mean wait (s, of those served) by hour of the day; with another run, its waits beside them."""
        again = other.played if other else None
        return _picture(self._run.folder, lambda: figures.hours(self._run.played, again), "an hour with customers")

    def stockouts(self) -> Picture:
        """Share of SKU-days of stores that ended without a unit: by day and region, or by store where there is one day."""
        return _picture(self._run.folder, lambda: figures.stockouts(self._run.played), "SKUs that stores carry")


class LoadPlots:
    """Figures of a load test; `data` of each holds what was drawn."""

    def __init__(self, test: LoadTest):
        self._test = test

    def verdict(self) -> Picture:
        """Availability and response times (s) with their intervals, against their targets."""
        return self._picture(figures.verdict, "findings on all requests")

    def responses(self) -> Picture:
        """How long answered requests took (s, from the intended start), against the tightest target."""
        return self._picture(figures.distribution, "an answered request")

    def timeline(self) -> Picture:
        """Requests per second by outcome, response times (s) and the generator's lag (ms) over the run."""
        return self._picture(figures.timeline, "a request")

    def service(self) -> Picture:
        """The service profile: time in the software by journey (s), as the chain plays with it. Measures it where it was not yet."""
        if not (self._test.folder / "service_profile.json").is_file():
            self._test.profile()
        return self._picture(figures.felt, "a journey with answers")

    def _picture(self, draw: Callable[[runs.LoadTest], figures.Figure | None], expected: str) -> Picture:
        return _picture(self._test.folder, lambda: draw(self._test.tested), expected)


def _picture(folder: Path, draw: Callable[[], figures.Figure | None], expected: str) -> Picture:
    with canvas.style():
        drawn = draw()
    if drawn is None:
        raise Refusal(folder, "", f"{expected} to draw", "none")
    return Picture(drawn)
