"""Cost of ownership: a table of costs by vendor, item and year, discounted to the beginning."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from sim.planning.vendors.vendor_file import nearest
from sim.records.refusal import Refusal
from sim.tables import values
from sim.tables.faults import Faults
from sim.tables.headings import Column, find, plain
from sim.tables.sheets import Cell, Sheet, read_sheets

T = TypeVar("T")

LONGEST_YEARS = 50
_YEARS = re.compile(r"(?:第|year)?\s*(\d{1,2})(?:\.0)?(?:\s*(?:-|–|—|~|to|至|到)\s*(\d{1,2}))?\s*年?", re.IGNORECASE)
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

    A row is a cost in a year, 0 for what is paid at the start, or in each of a range of years (`1-5`); it is one number, or its ends low and high. A
    cost of year n is divided by (1 + rate)ⁿ. A vendor without a row has no cost. Raises `TableRefusal` with every cell that cannot be read, and
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
        low, high = (_read(faults, sheet, row, *_cell(record, end), _amount) for end in ("low", "high"))
        if years is None or low is None or high is None:
            continue
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


def _cell(record: dict[str, Cell], end: str) -> tuple[str, Cell]:
    column = end if end in record else "cost"
    return column, record.get(column)


def _read(faults: Faults, sheet: Sheet, row: int, column: str, cell: Cell, reader: Callable[[Cell], T]) -> T | None:
    try:
        return reader(cell)
    except ValueError as error:
        faults.add(sheet, row, column, str(error), "nothing" if cell is None else cell)
        return None


def _amount(cell: Cell) -> float:
    amount = values.number(cell)
    if abs(amount) > 1e15:
        raise ValueError("an amount of money")
    return amount


def _years(cell: Cell) -> range:
    parts = _YEARS.fullmatch(unicodedata.normalize("NFKC", values.text(cell)).strip())
    ends = [int(parts[1]), int(parts[2] or parts[1])] if parts else [-1, -1]
    if not 0 <= ends[0] <= ends[1] <= LONGEST_YEARS:
        raise ValueError(f"a year from 0 (the start) to {LONGEST_YEARS}, or a range such as 1-5")
    return range(ends[0], ends[1] + 1)
