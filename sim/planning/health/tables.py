"""Tables of response times, errors, surveys and stock counts as people keep them, read into parts of quarters."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sim.planning.health.columns import (
    BOOK,
    COUNTED,
    DISCREPANCY,
    ERROR_RATE,
    ERRORS,
    ERRORS_PER,
    FIELDS,
    GAP,
    LONG,
    REQUESTS,
    RESPONDENTS,
    RESPONSE,
    RESPONSE_SD,
    SATISFACTION,
    SATISFACTION_SD,
    STORE,
    WHEN,
)
from sim.planning.health.estimates import Part
from sim.planning.health.measures import BEST, PER, WORST
from sim.planning.health.quarters import WRITTEN, Quarter, of_cells
from sim.records.refusal import Refusal
from sim.tables import headings
from sim.tables.faults import Faults
from sim.tables.headings import Column, Table
from sim.tables.moments import date_order
from sim.tables.sheets import Cell, Sheet, read_sheets
from sim.tables.values import Order, has_decimal_comma, number, text

_BESIDE = {
    RESPONSE.field: (REQUESTS.field, RESPONSE_SD.field),
    ERRORS.field: (REQUESTS.field, None),
    ERRORS_PER.field: (REQUESTS.field, None),
    ERROR_RATE.field: (REQUESTS.field, None),
    SATISFACTION.field: (RESPONDENTS.field, SATISFACTION_SD.field),
    DISCREPANCY.field: (COUNTED.field, None),
}
"""Of a table with a row a measure: what n and the standard deviation are of."""
_SHARES = (ERROR_RATE.field, DISCREPANCY.field)
_MOST_BARE_SHARE = 0.2
"""A larger share without a percent sign may as well be a number of per cent."""
_MOST_BARE_S = 100.0
"""A longer response time without a unit may as well be in milliseconds."""
_TOTAL = re.compile(r"合计|总计|小计|共计|全年|平均$|(?:grand |sub)?totals?\b|sum\b|average\b|mean\b", re.IGNORECASE)
_MS = re.compile(r"ms\b|毫秒|milli", re.IGNORECASE)


@dataclass(frozen=True)
class Read:
    """The parts of a table by measure and quarter, and what was left out of it."""

    parts: dict[tuple[str, Quarter], list[Part]]
    notes: list[str]


def read(path: Path, on: date) -> Read:
    """The parts of every sheet with a quarter, a month or a date beside a measure; rows that begin after `on` are left out.

    Raises `TableRefusal` with every cell that cannot be used, `Refusal` for a file without such a sheet.
    """
    faults, found, used, others = Faults(), Read({}, []), False, ""
    for sheet in read_sheets(path, flag=False):
        if not any(cell is not None for row in sheet.rows for cell in row):
            continue
        table = headings.find(sheet, [*WHEN, *FIELDS, STORE, *LONG], mappable=False)
        measured = {each.field for each in FIELDS} & table.place.keys() or {"measure", "value"} <= table.place.keys()
        if not measured or not {"quarter", "date"} & table.place.keys():
            others = others or ", ".join([*table.heading.values(), *table.unread][:8])
            continue
        used = True
        _Reading(table, on, faults, found).read()
    if not used:
        expected = (
            "a column quarter, month or date, and beside it mean response, errors with requests, satisfaction, "
            "or book units with counted units"
        )
        raise Refusal(path, "", expected, others or "nothing")
    faults.refuse()
    if not found.parts:
        raise Refusal(path, "", f"a row with figures, dated by {on}", "none")
    return found


class _Reading:
    """One sheet as it is read."""

    def __init__(self, table: Table, on: date, faults: Faults, into: Read):
        self.table, self.sheet, self._on, self._faults, self._into = table, table.sheet, on, faults, into
        self._comma = False
        self._counts: dict[tuple[Quarter, str, str], list[float]] = {}

    def read(self) -> None:
        rows = list(self.table.records())
        at = "date" if "date" in self.table.place else "quarter"
        try:
            order = date_order(self.sheet.where, self.table.heading[at], [cells.get(at) for _, cells in rows])
        except Refusal as refusal:
            expected = "dates whose order is plain in every row, such as 2026-07-31"
            raise Refusal(self.sheet.where, refusal.field, expected, refusal.found) from None
        self._comma = self._decimal_comma(rows)
        later = 0
        for row, cells in rows:
            if note := _total(cells):
                self._into.notes.append(f"{_where(self.sheet)}row {row} is not read: {note[:40]}.")
                continue
            when = self._when(row, cells, order)
            if when is None:
                continue
            quarter, first = when
            if first > self._on:
                later += 1
                continue
            named = self._of_long(row, cells) if "measure" in cells else cells
            try:
                for measure, part in self._parts(row, named, quarter):
                    self._into.parts.setdefault((measure, quarter), []).append(part)
            except _Unusable:
                continue
        for (quarter, _, _), (gap, counted) in self._counts.items():
            self._into.parts.setdefault(("stock_discrepancy", quarter), []).append(Part(gap, counted))
        if later:
            self._into.notes.append(f"{_where(self.sheet)}{later} rows begin after {self._on} and do not count.")

    def _when(self, row: int, cells: Mapping[str, Cell], order: Order) -> tuple[Quarter, date] | None:
        given = {name: cells.get(name) for name in ("quarter", "date", "year")}
        if given["quarter"] is None and given["date"] is None:
            at = next(name for name in ("quarter", "date") if name in self.table.place)
            self._fault(row, at, WRITTEN, "nothing")
            return None
        try:
            return of_cells(given["quarter"], given["date"], given["year"], order)
        except ValueError as error:
            at = "date" if given["date"] is not None else "quarter"
            self._fault(row, at, str(error), text(given[at]))
            return None

    def _of_long(self, row: int, cells: Mapping[str, Cell]) -> dict[str, Cell]:
        """A row of measure, value, n and standard deviation as one of named columns."""
        asked = headings.plain(text(cells["measure"]))
        field = next((each.field for each in FIELDS if asked in map(headings.plain, (each.field, *each.names))), None)
        if field is None and asked == headings.plain("mean_response_s"):
            field = RESPONSE.field
        if field not in _BESIDE:
            names = "mean response, errors, errors per 10,000, error rate, satisfaction or stock discrepancy"
            self._fault(row, "measure", names, text(cells["measure"]))
            return {}
        beside = dict(zip(("value", "n", "standard deviation"), (field, *_BESIDE[field]), strict=True))
        return {of: cells[name] for name, of in beside.items() if of and cells.get(name) is not None}

    def _parts(self, row: int, cells: Mapping[str, Cell], quarter: Quarter) -> Iterator[tuple[str, Part]]:
        def get(column: Column, least: float = 0.0, most: float = 1e12) -> float | None:
            return self._number(row, cells, column.field, least, most)

        requests = get(REQUESTS)
        if requests == 0:
            requests = None
        if (seconds := self._seconds(row, cells, RESPONSE.field)) is not None:
            spread = self._seconds(row, cells, RESPONSE_SD.field)
            known = spread is not None and requests is not None and requests >= 2
            variance = spread**2 / requests if known and spread is not None and requests else None
            yield "mean_response", Part(seconds * (requests or 1), requests or 1.0, variance)
        errors = get(ERRORS)
        if errors is not None:
            if requests is None:
                self._fault(row, ERRORS.field, "a number of requests beside the errors", "none")
            elif errors > requests:
                self._fault(row, ERRORS.field, f"at most the {requests:,.0f} requests of the row", errors)
            else:
                yield "errors_per_10000", Part(PER * errors, requests, counted=(errors, requests))
        else:
            per = get(ERRORS_PER, most=PER)
            share = self._share(row, cells, ERROR_RATE.field)
            per = PER * share if per is None and share is not None else per
            if per is not None:
                counted = (per * requests / PER, requests) if requests else None
                yield "errors_per_10000", Part(per * (requests or 1), requests or 1.0, counted=counted)
        yield from self._survey(get)
        gap, book, counted_units = get(GAP, least=-1e12), get(BOOK, least=-1e12), get(COUNTED)
        rate = self._share(row, cells, DISCREPANCY.field)
        if gap is None and book is not None and counted_units is not None:
            gap = book - counted_units
        if gap is not None and counted_units is not None:
            self._count(row, cells, quarter, abs(gap), counted_units)
        elif rate is not None:
            yield "stock_discrepancy", Part(rate * (counted_units or 1), counted_units or 1.0)
        elif gap is not None or book is not None:
            self._fault(row, GAP.field if gap is not None else BOOK.field, "counted units beside it", "none")

    def _survey(self, get: Callable[..., float | None]) -> Iterator[tuple[str, Part]]:
        score, asked = get(SATISFACTION, WORST, BEST), get(RESPONDENTS, 1)
        if score is None:
            return
        spread = get(SATISFACTION_SD, 0, BEST - WORST)
        weight = asked or 1.0
        variance = spread**2 / asked if spread is not None and asked and asked >= 2 else None
        freedom = max(weight - 1, 1.0)
        yield "satisfaction", Part(score * weight, weight, variance, freedom, None, int(asked) if asked else None)

    def _count(self, row: int, cells: Mapping[str, Cell], quarter: Quarter, gap: float, counted: float) -> None:
        """Add a line to the count of its store and day; a line without a store is a count of its own."""
        store = text(cells.get("store"))
        day = text(cells.get("date")) if store else f"row {row}"
        sums = self._counts.setdefault((quarter, store, day), [0.0, 0.0])
        sums[0] += gap
        sums[1] += counted

    def _number(self, row: int, cells: Mapping[str, Cell], field: str, least: float, most: float) -> float | None:
        if cells.get(field) is None:
            return None
        try:
            value = number(cells[field], self._comma)
        except ValueError as error:
            self._fault(row, field, str(error), text(cells[field]))
            raise _Unusable from None
        if not least <= value <= most:
            bounds = f"a number from {least:g} to {most:g}" if least > -1e12 else f"a number up to {most:g}"
            self._fault(row, field, bounds, text(cells[field]))
            raise _Unusable
        return value

    def _seconds(self, row: int, cells: Mapping[str, Cell], field: str) -> float | None:
        """A time in seconds, by the unit of the cell or of the heading."""
        cell = cells.get(field)
        if cell is None:
            return None
        found = (
            re.fullmatch(r"(.*?\d)\s*(ms|毫秒|s|sec|秒)", cell.strip(), re.IGNORECASE)
            if isinstance(cell, str)
            else None
        )
        unit = found[2] if found else self.table.heading.get(field, "")
        bare = found[1] if found else cell
        value = self._number(row, {field: bare}, field, 0, 1e9)
        if value is None:
            return None
        if _MS.search(unit):
            return value / 1000
        if value > _MOST_BARE_S and not (found or re.search(r"[(（\[_\s](s|sec|seconds|秒)\b", unit, re.IGNORECASE)):
            self._fault(row, field, "a time with its unit, in the cell or the heading: 350 ms, 0.35 s", text(cell))
            raise _Unusable
        return value

    def _share(self, row: int, cells: Mapping[str, Cell], field: str) -> float | None:
        """A share between 0 and 1, by the percent sign of the cell or of the heading."""
        cell = cells.get(field)
        value = self._number(row, cells, field, 0, 1e6)
        if value is None:
            return None
        signed = isinstance(cell, str) and cell.strip().endswith(("%", "％"))
        heading = self.table.heading.get(field, "")
        if not signed and re.search(r"[%％]|per ?cent|百分", heading, re.IGNORECASE):
            value /= 100
        elif not signed and value > _MOST_BARE_SHARE:
            self._fault(row, field, "a share with its percent sign, such as 0.4 %", text(cell))
            raise _Unusable
        if value > (1 if field == ERROR_RATE.field else 1e3):
            self._fault(row, field, "at most 100 %", text(cell))
            raise _Unusable
        return value

    def _decimal_comma(self, rows: list[tuple[int, dict[str, Cell]]]) -> bool:
        """Whether the sheet's numbers have a decimal comma: a file has one way of writing them, and 400.000 alone leaves it open."""
        texts = ("quarter", "date", "year", "store", "measure")
        try:
            return has_decimal_comma(cell for _, cells in rows for name, cell in cells.items() if name not in texts)
        except ValueError as error:
            raise Refusal(self.sheet.where, "", str(error)) from None

    def _fault(self, row: int, field: str, expected: str, found: object) -> None:
        """`field`: of a table with a row a measure, its column `value`."""
        column = self.table.heading.get(field) or self.table.heading.get("value", field)
        self._faults.add(self.sheet, row, column, expected, found)


class _Unusable(Exception):
    """A row whose fault was noted."""


def _total(cells: Mapping[str, Cell]) -> str:
    """The text by which a row is one of totals; empty for another."""
    for name in ("quarter", "date", "year", "store"):
        cell = cells.get(name)
        if isinstance(cell, str) and _TOTAL.match(cell.strip()):
            return cell.strip()
    return ""


def _where(sheet: Sheet) -> str:
    return f"{sheet.name}: " if sheet.name else ""
