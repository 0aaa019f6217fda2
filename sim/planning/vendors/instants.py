"""Columns of a table that hold an instant."""

from __future__ import annotations

from datetime import datetime, timedelta

from sim.records.refusal import Refusal
from sim.tables.headings import Table
from sim.tables.moments import date_order, moment
from sim.tables.sheets import Cell
from sim.tables.values import Order


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
    """The instant of a cell. Raises `ValueError` that says what was expected."""
    day, seconds = moment(cell, order)
    if day is None:
        raise ValueError("a date and a time of day, such as 2026-10-01 09:30")
    return datetime.combine(day, datetime.min.time()) + timedelta(seconds=seconds)
