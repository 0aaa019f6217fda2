"""Calendar quarters, and how people write them: 2026Q3, Q3 2026, 2026年三季度, a month, a day."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sim.tables.sheets import Cell
from sim.tables.values import Order, day

_CHINESE = {"一": 1, "二": 2, "三": 3, "四": 4}
_YEAR = r"(?:fy)?(20\d\d|19\d\d|\d\d(?=年))年?"
_PART = r"(?:第?([1-4一二三四])季度?|q([1-4])|([1-4])q|([1-4])(?:st|nd|rd|th)?quarter|quarter([1-4]))"
_YEAR_FIRST = re.compile(rf"{_YEAR}[-/.]?{_PART}")
_YEAR_LAST = re.compile(rf"{_PART}[-/.,']?(?:fy)?(20\d\d|19\d\d)年?")
_ALONE = re.compile(_PART)
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_MONTH_NAMED = re.compile(r"([a-z]{3})[a-z]*\.?[-/ ]?(20\d\d)|(20\d\d)[-/ ]?([a-z]{3})[a-z]*\.?")
_MONTH = re.compile(r"(20\d\d)(?:[-/.年]?)(0?[1-9]|1[0-2])月?(?:份)?")
_MONTH_ALONE = re.compile(r"(0?[1-9]|1[0-2])月?(?:份)?")
WRITTEN = "a quarter (2026Q3), a month (2026-07) or a date (2026-07-31)"


@dataclass(frozen=True, order=True)
class Quarter:
    """A calendar quarter."""

    year: int
    number: int
    """From 1 to 4."""

    def __str__(self) -> str:
        return f"{self.year}Q{self.number}"

    @property
    def index(self) -> int:
        """Quarters since the year 0: neighbours differ by 1."""
        return 4 * self.year + self.number - 1

    @property
    def year_before(self) -> Quarter:
        """The same quarter of the year before."""
        return Quarter(self.year - 1, self.number)

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, 3 * self.number - 2, 1)

    @property
    def last(self) -> date:
        """Its last day."""
        after = date(self.year + (self.number == 4), 1 if self.number == 4 else 3 * self.number + 1, 1)
        return after - timedelta(days=1)


def of_day(when: date) -> Quarter:
    """The quarter of a day."""
    return Quarter(when.year, (when.month + 2) // 3)


def of_cells(quarter: Cell, when: Cell, year: Cell, order: Order = "ymd") -> tuple[Quarter, date]:
    """The quarter of a row, and the first day that it is of, from the cells of its columns; `when` (a month or a day) goes before `quarter`.

    Raises `ValueError` that says what was expected.
    """
    years = _year(year)
    if when is not None:
        first = _month_or_day(when, years, order)
        return of_day(first), first
    found = _quarter(quarter, years, order)
    return found, found.first


def _year(cell: Cell) -> int | None:
    if cell is None:
        return None
    found = re.fullmatch(r"(?:fy)?(20\d\d|19\d\d)年?", _plain(cell))
    if not found:
        raise ValueError("a year such as 2026")
    return int(found[1])


def _quarter(cell: Cell, year: int | None, order: Order) -> Quarter:
    if isinstance(cell, date | datetime):
        return of_day(cell)
    text = _plain(cell)
    if found := _YEAR_FIRST.fullmatch(text):
        return Quarter(int(found[1]) + (2000 if len(found[1]) == 2 else 0), _part(found.groups()[1:]))
    if found := _YEAR_LAST.fullmatch(text):
        return Quarter(int(found.groups()[-1]), _part(found.groups()[:-1]))
    if year is not None:
        if found := _ALONE.fullmatch(text):
            return Quarter(year, _part(found.groups()))
        if text in ("1", "2", "3", "4"):
            return Quarter(year, int(text))
    return of_day(_month_or_day(cell, year, order))


def _month_or_day(cell: Cell, year: int | None, order: Order) -> date:
    if isinstance(cell, date | datetime):
        return day(cell)
    text = _plain(cell)
    if found := _MONTH_NAMED.fullmatch(text):
        name, of = (found[1], found[2]) if found[1] else (found[4], found[3])
        if name in _MONTHS:
            return date(int(of), _MONTHS.index(name) + 1, 1)
    if found := _MONTH.fullmatch(text):
        return date(int(found[1]), int(found[2]), 1)
    if year is not None and (found := _MONTH_ALONE.fullmatch(text)):
        return date(year, int(found[1]), 1)
    if found := re.fullmatch(r"(\d{4}[-/.]\d{1,2}[-/.]\d{1,2})[t ].*", str(cell).strip().casefold()):
        return day(found[1])
    try:
        return day(cell, order)
    except ValueError:
        if _YEAR_FIRST.fullmatch(text) or _YEAR_LAST.fullmatch(text):
            return _quarter(cell, year, order).first
        raise ValueError(WRITTEN) from None


def _part(found: tuple[str | None, ...]) -> int:
    written = next(each for each in found if each)
    return _CHINESE.get(written) or int(written)


def _plain(cell: Cell) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", "" if cell is None else str(cell))).casefold()
