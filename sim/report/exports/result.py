"""A result as every export takes it: what it is, its findings, its tables with units, and its figures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol

import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Drawing

from sim.report.languages import Language

Cell = str | int | float | bool | date | datetime | None
"""Of a table: dates and numbers stay dates and numbers; None where nothing is known."""

BEFORE_ALL = datetime(2000, 1, 1)
"""Date of a file whose record has none: what is made from the same record has the same bytes."""


class Illustration(Protocol):
    """A figure with the finding that it shows."""

    @property
    def key(self) -> str:
        """Its file's name."""

    @property
    def title(self) -> str:
        """The finding."""

    @property
    def shows(self) -> str:
        """What the axes are, and over what was summed."""

    @property
    def drawing(self) -> Drawing:
        """The axes, without a title."""


@dataclass(frozen=True)
class Table:
    """A tidy table. `units`: unit by column, empty for what has none; a share is between 0 and 1."""

    name: str
    """Of its sheet and of its file."""
    title: str
    frame: pd.DataFrame
    units: Mapping[str, str] = field(default_factory=dict)
    by_row: tuple[str, ...] = ()
    """Columns whose unit stands in the row's column `unit`."""
    words: Mapping[str, str] = field(default_factory=dict)
    """Columns for whose values a language has its words: `kpi` and `meaning` (both hold names of key figures), `unit`, `code`."""

    def unit(self, column: str, row: Mapping[str, Any]) -> str:
        """The unit of a cell."""
        return str(row.get("unit") or "") if column in self.by_row else self.units.get(column, "")


def instant(text: str) -> datetime:
    """The instant of a record, to the second; `BEFORE_ALL` where it is none."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None, microsecond=0)
    except ValueError:
        return BEFORE_ALL


def is_share(unit: str) -> bool:
    """Whether numbers in this unit are read in per cent."""
    return unit == "share" or unit.startswith("share of ")


@dataclass(frozen=True)
class Result:
    """What a command found, ready to be written in any form."""

    title: str
    about: tuple[tuple[str, Cell], ...]
    """What it is and how to get it again, by name."""
    findings: tuple[str, ...]
    tables: tuple[Table, ...]
    """The main one first."""
    source: str
    """In a line: what the numbers rest on. Slides have it at the bottom."""
    draw: Callable[[], Sequence[Illustration]] = tuple
    """Draws the figures: only a PDF and slides need them."""
    assumed: tuple[str, ...] = ()
    """`path = value` of parameters with no data behind them."""
    known: tuple[tuple[str, str, str], ...] = ()
    """Parameters with a source: kind of source, path, source."""
    made: datetime = BEFORE_ALL
    """From the record."""
    lang: Language = "en"
    """Of titles, findings, headings and names; columns of the frames are English."""
    currency: str = "currency"


def cells(table: Table) -> list[list[Cell]]:
    """The rows of a table as plain values: NaN, NaT and infinities become None, lists and mappings text."""
    columns = [[_plain(value) for value in table.frame[name].tolist()] for name in table.frame.columns]
    return [list(row) for row in zip(*columns, strict=True)]


def _plain(value: Any) -> Cell:
    if value is None or value is pd.NaT:
        return None
    if isinstance(value, pd.Timestamp):
        moment = value.to_pydatetime().replace(tzinfo=None)
        return moment if moment.time() != moment.min.time() else moment.date()
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, int | np.integer):
        return int(value)
    if isinstance(value, float | np.floating):
        return float(value) if np.isfinite(value) else None
    if isinstance(value, Mapping):
        return ", ".join(f"{name}: {part}" for name, part in value.items())
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return value if isinstance(value, date) else encodable(str(value))


def encodable(text: str) -> str:
    """The text without what no file can hold: lone surrogates and control characters but line ends and tabs."""
    return "".join(
        "\ufffd" if "\ud800" <= each <= "\udfff" or (each < " " and each not in "\n\t") else each for each in text
    )
