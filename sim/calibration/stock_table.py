"""What stock there was behind a log: units on hand, or out-of-stock flags, by store, SKU and day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np

from sim.calibration.times.table_rows import name, read_rows
from sim.records.refusal import Refusal
from sim.tables.headings import Column
from sim.tables.moments import date_order
from sim.tables.values import day, number, yes_no
from sim.traffic.log.reading import Reading
from sim.traffic.log.sku_codes import sku_codes

COLUMNS = (
    Column("sku", ("商品编码", "商品代码", "商品", "货号", "条码", "item", "item code", "article", "product", "product code",
                   "stock code"), needed=True),
    Column("day", ("日期", "库存日期", "营业日期", "date", "stock date", "snapshot date"), needed=True),
    Column("store", ("门店", "门店编号", "店号", "store code", "location", "site", "shop", "branch")),
    Column("closing", ("期末库存", "日末库存", "库存", "库存数量", "结存", "在库数量", "on hand", "closing stock", "closing units", "stock", "units",
                       "quantity on hand", "soh")),
    Column("opening", ("期初库存", "日初库存", "opening stock", "opening units")),
    Column("out_of_stock", ("缺货", "是否缺货", "断货", "oos", "out of stock", "stockout", "stock out")),
)  # fmt: skip


@dataclass(frozen=True)
class StockDays:
    """n rows: of a store, a SKU and a day of the log."""

    store: np.ndarray
    """int64[n], index into the log's stores; rows are in the order of store, SKU and day."""
    sku: np.ndarray
    """int64[n], index into the log's SKUs."""
    day: np.ndarray
    """int64[n], from the log's first."""
    begins: np.ndarray
    """int8[n]: 1 with stock when the day began, 0 without, −1 unknown."""
    ends: np.ndarray
    """The same when it ended."""
    only_stockouts: bool
    """The table lists nothing but days without stock: a day that is not in it had stock."""
    elsewhere: int
    """Rows of stores, SKUs or days that the log does not have."""
    skipped: int
    """Rows that could not be read."""


def read_stock(
    path: Path,
    reading: Reading,
    stores: Sequence[str],
    codes: Sequence[str],
    first: date,
    days: int,
    accept_skipped: bool = False,
) -> StockDays:
    """The rows of a stock table that are of the log's `stores`, SKU `codes` and `days` from `first`.

    Raises `Refusal` where it has neither units nor flags, or no row that is in the log; `TableRefusal` where too many rows cannot be read.
    """
    rows = read_rows(path, COLUMNS, {}, reading.encoding)
    given = set().union(*(table.place for table in rows.tables)) & {"closing", "opening", "out_of_stock"}
    if not given:
        there = ", ".join(heading for table in rows.tables for heading in table.unread) or "nothing"
        raise Refusal(path, "", "a column closing, opening or out_of_stock", there)
    read_day = partial(day, order=date_order(path, "day", rows.column("day"), reading.dates))
    if "store" not in set().union(*(table.place for table in rows.tables)) and len(stores) > 1:
        raise Refusal(path, "store", f"a column of stores: the log has {len(stores)}", "none")
    place = {store: n for n, store in enumerate(stores)}
    number_of = _numbers({name(cell) for cell in rows.column("sku")}, codes)
    kept: dict[tuple[int, int, int], tuple[int, int]] = {}
    elsewhere = 0
    for table, row, cells in rows.records():
        when = rows.value(table, row, cells, "day", read_day)
        if when is None:
            continue
        begins, ends = (
            _has(rows.value(table, row, cells, each, number)) if each in cells else -1
            for each in ("opening", "closing")
        )
        if "out_of_stock" in cells:
            flag = rows.value(table, row, cells, "out_of_stock", yes_no)
            ends = ends if flag is None else int(not flag)
        at = place.get(name(cells.get("store")), 0 if len(stores) == 1 else -1)
        sku, number_ = number_of.get(name(cells.get("sku")), -1), (when - first).days
        if at < 0 or sku < 0 or not 0 <= number_ < days:
            elsewhere += 1
        elif begins >= 0 or ends >= 0:
            before = kept.get((at, sku, number_), (-1, -1))
            kept[at, sku, number_] = max(begins, before[0]), max(ends, before[1])
    rows.check(accept_skipped)
    if not kept:
        last = np.datetime64(first) + days - 1
        raise Refusal(
            path, "", f"rows of the log's stores and SKUs from {first} to {last}", f"{elsewhere:,} rows of others"
        )
    held = np.array([(*key, *kept[key]) for key in sorted(kept)], dtype=np.int64)
    return _with_neighbours(held, days, elsewhere, len(rows.skipped))


def _has(units: float | None) -> int:
    return -1 if units is None else int(units > 0)


def _numbers(texts: set[str], codes: Sequence[str]) -> dict[str, int]:
    """Number of each SKU by its text in the stock table: the log's code, or the text that it was made of."""
    known = {code: n for n, code in enumerate(codes)}
    listed = sorted(texts)
    together = dict(zip(listed, sku_codes(listed), strict=True))
    found = {}
    for text in listed:
        code = next((each for each in (text, sku_codes([text])[0], together[text]) if each in known), None)
        if code is not None:
            found[text] = known[code]
    return found


def _with_neighbours(table: np.ndarray, days: int, elsewhere: int, skipped: int) -> StockDays:
    """A day begins as the day before ended, and ends as the next begins, where the table says nothing else."""
    only_stockouts = bool((table[:, 3:] < 1).all())
    if only_stockouts:  # the day after one that ended without stock begins without any
        listed = {tuple(key) for key in table[:, :3].tolist()}
        after = [
            (*key, 0, 1)
            for key in ((store, sku, day_ + 1) for store, sku, day_ in listed)
            if key not in listed and key[2] < days
        ]
        table = np.array(sorted([*map(tuple, table.tolist()), *after]), dtype=np.int64)
    store, sku, day_, begins, ends = table.T.copy()
    at = np.flatnonzero((store[1:] == store[:-1]) & (sku[1:] == sku[:-1]) & (day_[1:] == day_[:-1] + 1))
    begins[at + 1] = np.where(begins[at + 1] < 0, ends[at], begins[at + 1])
    ends[at] = np.where(ends[at] < 0, begins[at + 1], ends[at])
    return StockDays(store, sku, day_, begins, ends, only_stockouts, elsewhere, skipped)
