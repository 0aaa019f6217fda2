"""Cost of ownership: a table of costs by vendor, item and year, discounted to the beginning."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from sim.planning.vendors.vendor_file import nearest
from sim.records.refusal import Refusal
from sim.tables import units, values
from sim.tables.faults import Faults
from sim.tables.headings import Column, Table, find, plain
from sim.tables.sheets import Cell, Sheet, read_sheets

T = TypeVar("T")

LONGEST_YEARS = 50
MONEY = "an amount of money, such as 120000, 12万 or 1.2-1.5万"
_YEARS = re.compile(r"(?:第|year)?\s*(\d{1,2})(?:\.0)?(?:\s*(?:-|–|—|~|to|至|到)\s*(\d{1,2}))?\s*年?", re.IGNORECASE)
_RANGE = re.compile(r"(?P<low>[^-–—~]*\d[^-–—~]*)(?:-|–|—|~|至|到|\bto\b)(?P<high>[^-–—~]*\d[^-–—~]*)", re.IGNORECASE)
_COLUMNS = (
    Column("vendor", ("supplier", "供应商", "厂商"), needed=True),
    Column("item", ("cost item", "position", "项目", "费用项目", "费用"), needed=True),
    Column("year", ("years", "年", "年份"), needed=True),
    Column("cost", ("amount", "price", "金额", "费用金额")),
    Column("low", ("cost low", "minimum", "最低", "下限")),
    Column("high", ("cost high", "maximum", "最高", "上限")),
)


@dataclass(frozen=True)
class Ownership:
    """Costs of one vendor over the years, discounted: the ends of the range."""

    low: float
    high: float
    by_item: dict[str, tuple[float, float]]
    """Ends by item; a credit is negative."""


def ownership(path: Path, vendors: Iterable[str], discount_rate: float) -> tuple[dict[str, Ownership], int]:
    """Cost of ownership by vendor, and the number of the last year.

    A row is a cost in a year, 0 for what is paid at the start, or in each of a range of years (`1-5`). It is one number or a range, or its ends low
    and high, in the unit of the cell (1.2万), else of the heading (金额（万元）). A cost of year n is divided by (1 + rate)ⁿ. A vendor without a row
    has no cost. Raises `TableRefusal` with every cell that cannot be read, and
    `Refusal` for a table without a row.
    """
    sheet = read_sheets(path, flag=False)[0]
    table, faults = find(sheet, _COLUMNS, mappable=False), Faults()
    if "cost" not in table.place and not {"low", "high"} <= table.place.keys():
        raise Refusal(
            sheet.where,
            f"row {table.heading_row}",
            "a column cost, or columns low and high",
            ", ".join(table.heading.values()),
        )
    known = {plain(vendor): vendor for vendor in vendors}
    sums: dict[str, dict[str, tuple[float, float]]] = {}
    last = 0
    for row, record in table.records():
        vendor = known.get(plain(values.text(record.get("vendor"))))
        if vendor is None:
            said = values.text(record.get("vendor"))
            faults.add(
                sheet, row, "vendor", f"a vendor of the comparison{nearest(said, known.values())}", said or "nothing"
            )
            continue
        item = values.text(record.get("item"))
        if not item:
            faults.add(sheet, row, "item", "what the cost is for", "nothing")
            continue
        years = _read(faults, sheet, row, "year", record.get("year"), _years)
        if (ends := _ends(faults, table, row, record)) is None or years is None:
            continue
        low, high = ends
        if low > high:
            faults.add(sheet, row, "high", f"no less than low, {low:g}", high)
            continue
        factor = sum((1 + discount_rate) ** -year for year in years)
        below, above = sums.setdefault(vendor, {}).get(item, (0.0, 0.0))
        sums[vendor][item] = below + factor * low, above + factor * high
        last = max(last, *years)
    faults.refuse()
    if not sums:
        raise Refusal(sheet.where, "", "costs", "no rows")
    return {vendor: _total(items) for vendor, items in sums.items()}, last


def _total(items: dict[str, tuple[float, float]]) -> Ownership:
    return Ownership(sum(low for low, _ in items.values()), sum(high for _, high in items.values()), items)


def _ends(faults: Faults, table: Table, row: int, record: dict[str, Cell]) -> tuple[float, float] | None:
    """The ends of a cost: of its columns low and high, each else of its column cost; None where one is at fault."""
    columns = ["low" if "low" in record else "cost", "high" if "high" in record else "cost"]
    found = {}
    for column in dict.fromkeys(columns):
        scale = units.factor(table.heading.get(column, ""), "money") or 1.0
        found[column] = _read(faults, table.sheet, row, column, record.get(column), partial(_amounts, scale=scale))
    low, high = (found[column] for column in columns)
    return (low[0], high[1]) if low and high else None


def _read(faults: Faults, sheet: Sheet, row: int, column: str, cell: Cell, reader: Callable[[Cell], T]) -> T | None:
    try:
        return reader(cell)
    except ValueError as error:
        faults.add(sheet, row, column, str(error), "nothing" if cell is None else cell)
        return None


def _amounts(cell: Cell, scale: float) -> tuple[float, float]:
    """The ends of an amount, which are equal for a single one: 120000, ¥1,200, 1.2万, 1.2-1.5万. A bare number is one of `scale`."""
    text = unicodedata.normalize("NFKC", cell) if isinstance(cell, str) else ""
    parts = _RANGE.fullmatch(text)
    if parts is None:
        amount = _amount(cell, scale)
        return amount, amount
    low, unit = units.amount_parts(parts["low"])
    _, of_high = units.amount_parts(parts["high"])
    return _amount(low, unit if unit != 1 else of_high if of_high != 1 else scale), _amount(parts["high"], scale)


def _amount(cell: Cell, scale: float) -> float:
    if isinstance(cell, str):
        cell, multiple = units.amount_parts(cell)
        scale = multiple if multiple != 1 else scale
        if cell.endswith("%"):
            raise ValueError(MONEY)
    try:
        amount = scale * values.number(cell)
    except ValueError:
        raise ValueError(MONEY) from None
    if not abs(amount) <= 1e15:
        raise ValueError(MONEY)
    return amount


def _years(cell: Cell) -> range:
    parts = _YEARS.fullmatch(unicodedata.normalize("NFKC", values.text(cell)).strip())
    ends = [int(parts[1]), int(parts[2] or parts[1])] if parts else [-1, -1]
    if not 0 <= ends[0] <= ends[1] <= LONGEST_YEARS:
        raise ValueError(f"a year from 0 (the start) to {LONGEST_YEARS}, or a range such as 1-5")
    return range(ends[0], ends[1] + 1)
