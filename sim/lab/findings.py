"""What every finding from Python has: its sentence, its table, its HTML in a notebook, and figures of its page."""

from __future__ import annotations

from abc import ABC, abstractmethod
from html import escape
from typing import Generic, Protocol, TypeVar

import pandas as pd

from sim.lab.plots import Picture
from sim.report import figures
from sim.report.pages.sheet import Picture as SheetPicture


class _Worded(Protocol):
    @property
    def sentence(self) -> str: ...


Kind = TypeVar("Kind", bound=_Worded)


class Finding(ABC):
    """A finding. `str` of it is the sentence, its HTML the table and the sentence."""

    @property
    @abstractmethod
    def sentence(self) -> str:
        """The finding in words, with its numbers."""

    @property
    @abstractmethod
    def table(self) -> pd.DataFrame:
        """The finding row by row."""

    def __str__(self) -> str:
        return self.sentence

    def _repr_html_(self) -> str:
        return f"{self.table.to_html(float_format='{:,.4g}'.format)}<p>{escape(self.sentence)}</p>"


class Judged(Finding, Generic[Kind]):
    """A finding from a record that has its sentence."""

    def __init__(self, record: Kind):
        """record: what the command writes with `--json`."""
        self.record: Kind = record

    @property
    def sentence(self) -> str:
        """The finding in words, with its numbers."""
        return self.record.sentence


def shown(drawn: SheetPicture, rests_on: str, data: pd.DataFrame) -> Picture:
    """A page's figure as a notebook shows it."""
    return Picture(
        figures.Figure(drawn.key, drawn.title, drawn.shows, rests_on, drawn.svg, drawn.png, data, drawn.drawing)
    )
