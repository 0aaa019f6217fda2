"""Service times as they were timed: rows of a stopwatch sheet or a till's journal, and which of them cannot be a ticket."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np

from sim.calibration.times.table_rows import Rows, name, read_rows
from sim.records.refusal import Refusal
from sim.tables.headings import Column, Table
from sim.tables.moments import date_order, moment, seconds, typed_as_hours
from sim.tables.sheets import Cell
from sim.tables.values import Order, day, has_decimal_comma, whole, yes_no
from sim.traffic.log.reading import Reading

COLUMNS = (
    Column("till", ("收银台", "收银台号", "收银机", "收银机号", "款台", "台号", "机号", "pos机号", "pos", "register", "checkout", "terminal",
                    "lane", "till no", "kasse")),
    Column("start", ("开始", "开始时间", "开始时刻", "起始时间", "扫描开始", "first scan", "begin", "start time", "started", "time start")),
    Column("end", ("结束", "结束时间", "结束时刻", "完成时间", "打印小票", "end time", "finish", "finished", "ended", "receipt printed",
                   "time end")),
    Column("duration", ("时长", "用时", "耗时", "服务时长", "服务时间", "时长秒", "用时秒", "用时分钟", "duration s", "duration min",
                        "service time", "service s", "seconds", "minutes", "stopwatch")),
    Column("items", ("件数", "商品件数", "商品数", "商品数量", "数量", "总件数", "units", "item count", "n items", "no of items",
                     "number of items", "qty", "pieces", "articles"), needed=True),
    Column("date", ("日期", "交易日期", "营业日", "营业日期", "day")),
    Column("channel", ("支付方式", "付款方式", "支付渠道", "收款方式", "payment", "payment channel", "payment method", "tender",
                       "paid by")),
    Column("payment_s", ("支付时长", "付款时长", "支付用时", "付款用时", "payment time", "payment seconds", "pay time")),
    Column("cashier", ("收银员", "收银员号", "营业员", "操作员", "operator", "clerk")),
    Column("ticket", ("小票", "小票号", "流水号", "单号", "交易号", "ticket no", "receipt", "receipt no", "transaction",
                      "transaction id")),
    Column("store", ("门店", "门店编号", "店号", "店铺", "store code", "shop", "branch")),
    Column("self_checkout", ("自助", "自助收银", "自助结账", "自助机", "是否自助", "self checkout", "self service", "sco")),
)  # fmt: skip
LONGEST_S = 3600.0
_MOST_ITEMS = 1_000
_LOOKED_AT = 1_000
_HALF_DAY_S = 43_200.0
_SELF = re.compile(r"自助|self|sco", re.IGNORECASE)
_STAFFED = re.compile(r"人工|staff|cashier|manned|收银员", re.IGNORECASE)


@dataclass(frozen=True)
class Journal:
    """n timed tickets."""

    rows: Rows
    service_s: np.ndarray
    """float64[n], start to end."""
    payment_s: np.ndarray
    """float64[n], the part that paying took; NaN where it was not timed."""
    items: np.ndarray
    """int64[n]."""
    channel: np.ndarray
    """int64[n], index into `channels`, −1 unknown."""
    channels: tuple[str, ...]
    self_checkout: np.ndarray
    """bool[n]."""
    cluster: np.ndarray
    """int64[n], the cashier, else the till, whose tickets may be alike."""
    clusters: int
    cluster_kind: str
    """`cashier`, `till`, or empty where neither stands in the table."""
    first: date | None
    last: date | None
    notes: tuple[str, ...]
    """How a cell was read that may be read otherwise."""

    def __len__(self) -> int:
        return len(self.service_s)


def read_journal(path: Path, reading: Reading, accept_skipped: bool = False) -> Journal:
    """The tickets of a table with items and either start and end or a duration.

    Skipped: cells that cannot be read, an end not after its start, more than an hour, tickets that overlap at one till, a ticket twice.
    Raises `Refusal`; `TableRefusal` where too many rows are skipped, unless `accept_skipped`.
    """
    rows = read_rows(path, COLUMNS, reading.columns, reading.encoding)
    for table in rows.tables:
        if "duration" not in table.place and not {"start", "end"} <= table.place.keys():
            there = ", ".join(table.heading.values())
            expected = "columns start and end, or duration (another heading: --column start=HEADING)"
            raise Refusal(table.sheet.where, f"row {table.heading_row}", expected, there)
    orders = {field: date_order(path, field, rows.column(field), reading.dates) for field in ("date", "start", "end")}
    _check_seconds(rows, orders)
    notes: list[str] = []
    durations = _readings(rows, notes)
    found: list[_Ticket] = []
    for table, row, cells in rows.records():
        ticket = _ticket(rows, table, row, cells, orders, durations)
        if ticket:
            found.append(ticket)
    found = _apart(rows, found)
    rows.check(accept_skipped)
    return _journal(rows, found, notes)


@dataclass
class _Ticket:
    table: Table
    row: int
    till: str
    cashier: str
    code: str
    channel: str
    day: date | None
    start_s: float | None
    """Since midnight."""
    service_s: float
    payment_s: float
    items: int
    self_checkout: bool


def _check_seconds(rows: Rows, orders: dict[str, Order]) -> None:
    """Refuse clock times of which none has seconds: a ticket takes less than a minute."""
    if any("duration" in table.place for table in rows.tables):
        return
    known = []
    for field in ("start", "end"):
        for cell in islice(rows.column(field), _LOOKED_AT):
            with contextlib.suppress(ValueError, OverflowError):
                known.append(moment(cell, orders[field])[1])
    if len(known) >= 10 and not any(round(at) % 60 for at in known):
        raise Refusal(rows.file, "start", "times with seconds, such as 09:30:05", "whole minutes in every row")


def _readings(rows: Rows, notes: list[str]) -> dict[str, Callable[[Cell], float]]:
    """How the columns of durations are read into seconds."""
    found: dict[str, Callable[[Cell], float]] = {}
    for field in ("duration", "payment_s"):
        heading = " ".join(table.heading.get(field, "") for table in rows.tables).casefold()
        minutes = re.search(r"min|分", heading) and not re.search(r"sec|秒|mm?:ss", heading)
        unit_s = 0.001 if re.search(r"\bms\b|毫秒|milli", heading) else 60.0 if minutes else 1.0
        cells = list(rows.column(field))
        numbers = [cell for cell in cells if isinstance(cell, float)]
        if numbers and len(numbers) == len(cells) and max(map(abs, numbers)) < 0.1:
            unit_s = 86_400.0
        try:
            comma = has_decimal_comma(cells)
        except ValueError as error:
            raise Refusal(rows.file, f"column {field}", str(error)) from None
        found[field] = partial(seconds, unit_s=unit_s, decimal_comma=comma)
        if typed_as_hours(cells):
            found[field] = _minutes_for_hours
            notes.append(f"{field}: times without seconds, of an hour and more, are read as minutes and seconds")
    return found


def _minutes_for_hours(cell: Cell) -> float:
    """Seconds of m:ss that a spreadsheet took for hours and minutes."""
    return seconds(cell) / 60


def _ticket(
    rows: Rows,
    table: Table,
    row: int,
    cells: dict[str, Cell],
    orders: dict[str, Order],
    duration: dict[str, Callable[[Cell], float]],
) -> _Ticket | None:
    items = rows.value(table, row, cells, "items", _items)
    if items is None:
        return None
    at, day_ = None, None
    if "date" in cells:
        day_ = rows.value(table, row, cells, "date", partial(day, order=orders["date"]))
        if day_ is None:
            return None
    if "start" in cells:
        begun = rows.value(table, row, cells, "start", partial(moment, order=orders["start"]))
        if begun is None:
            return None
        day_, at = begun[0] or day_, begun[1]
    if "duration" in table.place and not ("duration" not in cells and {"start", "end"} <= cells.keys()):
        service_s = rows.value(table, row, cells, "duration", duration["duration"])
    else:
        ended = rows.value(table, row, cells, "end", partial(moment, order=orders["end"]))
        if at is None and ended is not None:
            rows.skip(table, row, "start", "a cell with start", "nothing")
        service_s = None if ended is None or at is None else _between(day_, at, *ended)
    if service_s is None:
        return None
    payment_s = float("nan")
    if "payment_s" in table.place:
        paid = rows.value(table, row, cells, "payment_s", duration["payment_s"])
        if paid is None:
            return None
        payment_s = paid
    self_checkout = False
    if "self_checkout" in cells:
        is_self = rows.value(table, row, cells, "self_checkout", _is_self)
        if is_self is None:
            return None
        self_checkout = is_self
    if not _plausible(rows, table, row, service_s, payment_s):
        return None
    texts = {field: name(cells.get(field)) for field in ("store", "till", "cashier", "ticket", "channel")}
    sheet = table.sheet.name if "till" not in table.place and len(rows.tables) > 1 else ""
    till = " ".join(each for each in (texts["store"], texts["till"] or sheet) if each)
    cashier = " ".join(each for each in (texts["store"], texts["cashier"]) if each) if texts["cashier"] else ""
    return _Ticket(
        table, row, till, cashier, texts["ticket"], texts["channel"], day_, at, service_s, payment_s, items, self_checkout
    )  # fmt: skip


def _items(cell: Cell) -> int:
    items = whole(cell)
    if not 1 <= items <= _MOST_ITEMS:
        raise ValueError(f"1 to {_MOST_ITEMS:,} items")
    return items


def _is_self(cell: Cell) -> bool:
    try:
        return yes_no(cell)
    except ValueError:
        answer = name(cell)
        if _SELF.search(answer) or _STAFFED.search(answer):
            return bool(_SELF.search(answer))
        raise


def _between(day_: date | None, start_s: float, end_day: date | None, end_s: float) -> float:
    """Over midnight where no date stands at either end, and the day between them would be the other way round."""
    if day_ and end_day:
        return (end_day - day_).days * 86_400.0 + end_s - start_s
    apart = end_s - start_s
    return apart + 86_400.0 if apart < -_HALF_DAY_S else apart


def _plausible(rows: Rows, table: Table, row: int, service_s: float, payment_s: float) -> bool:
    timed = "duration" if "duration" in table.place else "end"
    if not 0 < service_s <= LONGEST_S:
        rows.skip(table, row, timed, "an end after the start, within an hour", f"{service_s:,.0f} s")
    elif not np.isnan(payment_s) and not 0 <= payment_s < service_s:
        rows.skip(table, row, "payment_s", f"a part of the ticket's {service_s:,.0f} s", f"{payment_s:,.0f} s")
    else:
        return True
    return False


def _apart(rows: Rows, tickets: Sequence[_Ticket]) -> list[_Ticket]:
    """Tickets without those that are there twice, and without those that overlap another at the same till."""
    seen: set[tuple] = set()
    overlapping: set[int] = set()
    last: dict[tuple, _Ticket] = {}
    single: list[_Ticket] = []
    for ticket in tickets:
        key = (ticket.till, ticket.day, ticket.code, ticket.start_s, ticket.service_s, ticket.items)
        if ticket.code and key in seen:
            rows.skip(ticket.table, ticket.row, "ticket", "each ticket once", ticket.code)
        else:
            seen.add(key)
            single.append(ticket)
    for ticket in sorted((t for t in single if t.till and t.start_s is not None), key=_begun):
        before = last.get((ticket.till, ticket.day))
        if before and ticket.start_s < before.start_s + before.service_s - 1:  # type: ignore[operator]
            overlapping |= {id(before), id(ticket)}
        if not before or ticket.start_s + ticket.service_s > before.start_s + before.service_s:  # type: ignore[operator]
            last[ticket.till, ticket.day] = ticket
    for ticket in single:
        if id(ticket) in overlapping:
            rows.skip(ticket.table, ticket.row, "", f"one ticket at a time at till {ticket.till}", "an overlap")
    return [ticket for ticket in single if id(ticket) not in overlapping]


def _begun(ticket: _Ticket) -> tuple:
    return (ticket.till, ticket.day or date.min, ticket.start_s)


def _journal(rows: Rows, tickets: list[_Ticket], notes: list[str]) -> Journal:
    kind = "cashier" if any(ticket.cashier for ticket in tickets) else "till" if any(t.till for t in tickets) else ""
    channels = tuple(sorted({ticket.channel for ticket in tickets} - {""}))
    cluster, clusters = _indices([getattr(ticket, kind) if kind else "" for ticket in tickets])
    days = [ticket.day for ticket in tickets if ticket.day]
    return Journal(
        rows=rows,
        service_s=np.array([ticket.service_s for ticket in tickets], dtype=np.float64),
        payment_s=np.array([ticket.payment_s for ticket in tickets], dtype=np.float64),
        items=np.array([ticket.items for ticket in tickets], dtype=np.int64),
        channel=np.array([channels.index(t.channel) if t.channel else -1 for t in tickets], dtype=np.int64),
        channels=channels,
        self_checkout=np.array([ticket.self_checkout for ticket in tickets], dtype=bool),
        cluster=cluster,
        clusters=clusters,
        cluster_kind=kind,
        first=min(days, default=None),
        last=max(days, default=None),
        notes=tuple(notes),
    )


def _indices(texts: list[str]) -> tuple[np.ndarray, int]:
    places = {text: n for n, text in enumerate(dict.fromkeys(texts))}
    return np.array([places[text] for text in texts], dtype=np.int64), len(places)
