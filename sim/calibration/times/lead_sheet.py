"""Lead times as purchasing keeps them: rows of orders with the day of the order and the day of the receipt, empty while one is open."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from pathlib import Path

from sim.calibration.times.table_rows import Rows, name, read_rows
from sim.records.refusal import Refusal
from sim.tables.headings import Column, Table
from sim.tables.moments import date_order, moment
from sim.tables.sheets import Cell
from sim.tables.values import Order, day, has_decimal_comma, number
from sim.traffic.log.reading import Reading

COLUMNS = (
    Column("ordered", ("下单日期", "下单时间", "订货日期", "订购日期", "采购日期", "订单日期", "order date", "ordered on", "date ordered",
                       "po date", "purchase date"), needed=True),
    Column("received", ("到货日期", "到货时间", "收货日期", "收货时间", "入库日期", "入库时间", "receipt date", "received on", "received date",
                        "date received", "goods receipt", "goods receipt date", "grn date", "arrived", "arrival date"), needed=True),
    Column("supplier", ("供应商", "供应商编码", "供应商编号", "供应商代码", "供货商", "发货方", "vendor", "vendor code", "supplier code",
                        "supplier id", "origin", "from", "lieferant"), needed=True),
    Column("destination", ("仓库", "仓库编码", "收货仓库", "到货仓库", "收货地点", "收货方", "目的地", "warehouse", "ship to", "to", "site",
                           "location", "门店", "store")),
    Column("order", ("订单号", "订单编号", "采购单号", "采购订单号", "采购订单", "单号", "po", "po no", "po number", "order no",
                     "order number", "order id", "purchase order")),
    Column("sku", ("商品编码", "商品代码", "商品", "货号", "条码", "item", "item code", "article", "product", "product code")),
    Column("ordered_units", ("订货数量", "订货量", "订购数量", "采购数量", "下单数量", "订单数量", "units ordered", "ordered qty", "order qty",
                             "qty ordered", "quantity ordered", "ordered quantity")),
    Column("received_units", ("收货数量", "收货量", "到货数量", "入库数量", "实收数量", "实收", "units received", "received qty",
                              "qty received", "quantity received", "received quantity")),
    Column("status", ("状态", "订单状态", "order status", "state")),
)  # fmt: skip
LONGEST_DAYS = 366
_CANCELLED = re.compile(r"取消|作废|撤销|cancel|void|storniert|annul", re.IGNORECASE)
_OVERDUE = 2.0
"""Times the longest lead time seen of the supplier, at least `_OVERDUE_DAYS`: an order open for longer is taken as never delivered."""
_OVERDUE_DAYS = 30


@dataclass(frozen=True)
class Line:
    """A row: of an order, what came on one day, or what is open."""

    supplier: str
    destination: str
    sku: str
    ordered: date
    received: date | None
    ordered_units: float | None
    received_units: float | None


@dataclass
class PurchaseOrder:
    """The lines of one order of one supplier for one destination."""

    supplier: str
    destination: str
    ordered: date
    number: str
    """Empty where the table has none."""
    lines: list[Line] = field(default_factory=list)

    def shares(self) -> list[tuple[Line, float]]:
        """Each line's share of the order, by units where all lines have them: of a delivery those received, of what is open those ordered."""
        units = [line.received_units if line.received else line.ordered_units for line in self.lines]
        known = [each for each in units if each is not None]
        if len(known) < len(units) or not sum(known) > 0:
            return [(line, 1 / len(self.lines)) for line in self.lines]
        return [(line, each / sum(known)) for line, each in zip(self.lines, known, strict=True)]

    @property
    def deliveries(self) -> int:
        """Days on which some of it came."""
        return len({line.received for line in self.lines if line.received})


@dataclass(frozen=True)
class Purchases:
    """The orders of a table."""

    rows: Rows
    orders: list[PurchaseOrder]
    cancelled: int
    """Rows of cancelled orders."""
    as_of: date
    """The last day in the table: what has no receipt was open then."""
    longest_open: Mapping[str, float]
    """By supplier: days after which an order without a receipt is taken as never delivered."""
    with_units: bool

    def open_days(self, line: Line) -> int:
        """Days for which a line without a receipt was open."""
        return (self.as_of - line.ordered).days

    def is_overdue(self, line: Line) -> bool:
        """Whether a line is taken as never delivered."""
        return line.received is None and self.open_days(line) > self.longest_open[line.supplier]


def read_purchases(path: Path, reading: Reading, accept_skipped: bool = False) -> Purchases:
    """The orders of a table with the days of order and receipt and the supplier.

    Rows of an order number are lines of one order; in a table without such a column, rows with SKUs of one supplier, destination and day are, and
    a row without a SKU is an order of its own. Raises `Refusal`; `TableRefusal` where
    too many rows are skipped, unless `accept_skipped`.
    """
    rows = read_rows(path, COLUMNS, reading.columns, reading.encoding)
    orders = {field: date_order(path, field, rows.column(field), reading.dates) for field in ("ordered", "received")}
    comma = {field: _decimal_comma(rows, field) for field in ("ordered_units", "received_units")}
    cancelled = 0
    found: dict[tuple, PurchaseOrder] = {}
    for table, row, cells in rows.records():
        status = name(cells.get("status"))
        if _CANCELLED.search(status) or (status and status in reading.void):
            cancelled += 1
            continue
        line = _line(rows, table, row, cells, orders, comma)
        if line:
            number_ = name(cells.get("order"))
            key = (line.supplier, line.destination, number_ or (line.ordered if line.sku else row, table.sheet.name))
            order = PurchaseOrder(line.supplier, line.destination, line.ordered, number_)
            found.setdefault(key, order).lines.append(line)
    rows.check(accept_skipped)
    lines = [line for order in found.values() for line in order.lines]
    if not any(line.received for line in lines):
        raise Refusal(path, "received", "orders with a receipt", f"{len(lines):,} rows without any")
    as_of = max(day_ for line in lines for day_ in (line.ordered, line.received) if day_)
    with_units = {"ordered_units", "received_units"} <= set().union(*(table.place for table in rows.tables))
    return Purchases(rows, list(found.values()), cancelled, as_of, _longest(lines), with_units)


def _longest(lines: list[Line]) -> dict[str, float]:
    longest = {line.supplier: float(_OVERDUE_DAYS) for line in lines}
    for line in lines:
        if line.received:
            longest[line.supplier] = max(longest[line.supplier], _OVERDUE * (line.received - line.ordered).days)
    return longest


def _decimal_comma(rows: Rows, field: str) -> bool:
    try:
        return has_decimal_comma(rows.column(field))
    except ValueError as error:
        raise Refusal(rows.file, f"column {field}", str(error)) from None


def _line(
    rows: Rows, table: Table, row: int, cells: dict[str, Cell], orders: dict[str, Order], comma: dict[str, bool]
) -> Line | None:
    ordered = rows.value(table, row, cells, "ordered", _day(orders["ordered"]))
    supplier = name(cells.get("supplier"))
    if ordered is None:
        return None
    if not supplier:
        rows.skip(table, row, "supplier", "a supplier", "nothing")
        return None
    received = None
    if "received" in cells:
        received = rows.value(table, row, cells, "received", _day(orders["received"]))
        if received is None:
            return None
        if not 0 <= (received - ordered).days <= LONGEST_DAYS:
            rows.skip(table, row, "received", f"a day from the order's, {ordered}, to a year after it", str(received))
            return None
    units: dict[str, float | None] = {"ordered_units": None, "received_units": None}
    for field_ in units:
        if field_ in cells:
            units[field_] = rows.value(table, row, cells, field_, partial(_units, decimal_comma=comma[field_]))
            if units[field_] is None:
                return None
    return Line(supplier, name(cells.get("destination")), name(cells.get("sku")), ordered, received, **units)


def _day(order: Order) -> Callable[[Cell], date]:
    def read(cell: Cell) -> date:
        try:
            return day(cell, order)
        except ValueError:
            found = moment(cell, order)[0] if isinstance(cell, str | float) else None
            if found is None:
                raise
            return found

    return read


def _units(cell: Cell, decimal_comma: bool) -> float:
    units = number(cell, decimal_comma)
    if not 0 <= units <= 1e9:
        raise ValueError("units from 0 to 1,000,000,000")
    return units
