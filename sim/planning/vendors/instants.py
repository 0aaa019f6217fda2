"""Columns of a table that hold an instant."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime, time, timedelta, timezone

from sim.records.refusal import Refusal
from sim.tables.headings import Table
from sim.tables.moments import date_order, moment
from sim.tables.sheets import Cell
from sim.tables.values import Order

WHEN = "a date and a time of day, such as 2026-10-01 09:30"
_ZONED = re.compile(
    r"(.*\d:\d\d(?::\d\d(?:[.,]\d+)?)?)\s*(?:(?:UTC|GMT)?([+-]\d\d):?(\d\d)|Z|UTC|GMT)\s*", re.IGNORECASE | re.DOTALL
)
"""An instant with its time zone."""


def order(table: Table, field: str) -> Order:
    """The order of day and month in a column. Raises `Refusal` where its rows leave it open."""
    cells = [record[field] for _, record in table.records() if field in record]
    try:
        return date_order(table.sheet.where, table.heading[field], cells)
    except Refusal as refusal:
        wanted = refusal.expected.partition(" (--dates")[0].partition(": --dates")[0]
        raise Refusal(
            refusal.where, refusal.field, f"{wanted}, or dates such as 2026-10-01 09:30", refusal.found
        ) from None


def instant(cell: Cell, order: Order) -> datetime:
    """The instant of a cell, with its time zone where it names one. Raises `ValueError` that says what was expected."""
    zone = None
    if isinstance(cell, str) and (parts := _ZONED.fullmatch(unicodedata.normalize("NFKC", cell))):
        cell, hours, minutes = parts.groups()
        away = timedelta(hours=abs(int(hours)), minutes=int(minutes)) if hours else timedelta()
        if away >= timedelta(days=1):
            raise ValueError(WHEN)
        zone = timezone(-away if hours and hours.startswith("-") else away)
    try:
        day, seconds = moment(cell, order)
    except ValueError:
        raise ValueError(WHEN) from None
    if day is None:
        raise ValueError(WHEN)
    return datetime.combine(day, time(), zone) + timedelta(seconds=seconds)


def same_zone(a: datetime, b: datetime) -> None:
    """Raise `ValueError` where one of two instants has a time zone and the other has none."""
    if (a.tzinfo is None) != (b.tzinfo is None):
        raise ValueError("a time zone in every instant, or in none")
