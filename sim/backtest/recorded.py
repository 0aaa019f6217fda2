"""Tables of what was recorded beside the tickets: stock on hand by store, SKU and day, and waits that were timed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.records.refusal import Refusal
from sim.scenario.model import Scenario
from sim.tables import values
from sim.tables.faults import Faults
from sim.tables.headings import Column, find
from sim.tables.sheets import Cell, read_sheets
from sim.traffic.assortment import skus

_COLUMNS = {
    "timestamp": ("date", "day", "time", "time of day", "时间", "日期", "盘点日期", "记录时间"),
    "store": ("store code", "shop", "门店", "门店编码", "门店名称", "店铺"),
    "sku": ("sku code", "item", "article", "商品", "商品编码", "货号"),
    "on_hand": ("stock", "units", "库存", "库存数量", "现有库存", "期末库存", "数量"),
    "wait_s": ("wait", "waiting time", "等待", "等待秒", "等待时间", "等待时长"),
    "customers": ("people", "人数", "顾客数"),
}
"""Headings by field, in either language."""
_LONGEST_WAIT_S = 86_400.0
NONE: Mapping[str, str] = {}
"""No heading that is called otherwise."""


@dataclass(frozen=True)
class Shelves:
    """Stock recorded at the ends of days, of the n stores of the log over the d held-back days."""

    counted: np.ndarray
    """bool[stores of the scenario, d, SKUs of the scenario]"""
    empty: np.ndarray
    """float64[n, d], share of these SKUs without a unit; NaN where none was recorded."""


@dataclass(frozen=True)
class Waits:
    """Waits of customers that were timed, of the n stores over the d days."""

    mean_s: np.ndarray
    """float64[n, d]; NaN where none was timed."""
    customers: np.ndarray
    """float64[n, d, 24], timed in each hour."""
    error_s: np.ndarray
    """float64[n, d], standard deviation of the mean of so many about that of all customers, from the scatter within hours; 0 where a row
    stands for several customers."""

    def predicted(self, tickets: np.ndarray, wait_s: np.ndarray, rng: np.random.Generator | None) -> np.ndarray:
        """The mean that would have been timed in replications: float64[..., n, d] from tickets and sums of waits, float64[..., n, d, 24].

        The hours weigh as they were timed, and a sample of customers scatters about the mean of all; without `rng` it is that mean.
        """
        mean = np.divide(wait_s, tickets, out=np.full(wait_s.shape, np.nan), where=tickets > 0)
        weight = np.where(np.isnan(mean), 0, self.customers)
        total = weight.sum(axis=-1)
        found = np.divide(
            (weight * np.nan_to_num(mean)).sum(axis=-1), total, out=np.full(total.shape, np.nan), where=total > 0
        )
        if rng is None:
            return found
        sampled = np.sqrt(np.maximum(1 - self.customers.sum(axis=-1) / np.maximum(tickets.sum(axis=-1), 1), 0))
        return np.maximum(found + self.error_s * sampled * rng.standard_normal(found.shape), 0)


def shelves(
    path: Path, scenario: Scenario, stores: tuple[int, ...], first: date, days: int, headings: Mapping[str, str] = NONE
) -> Shelves:
    """Stock at the end of days: columns for the date, the store, the SKU and the units on hand. Raises `Refusal`."""
    table = _read(path, headings, ("timestamp", "store", "sku", "on_hand"))
    codes = {code: n for n, code in enumerate(skus(scenario).code)}
    store, day = _places(path, table, scenario), _days(table, first)
    sku = table["sku"].map(codes).fillna(-1).to_numpy(dtype=np.int64)
    kept = (store >= 0) & (sku >= 0) & (day >= 0) & (day < days)
    if not kept.any():
        raise Refusal(path, "", "rows of the held-back days, for stores and SKUs of the scenario", "none")
    at = store[kept], day[kept], sku[kept]
    counted = np.zeros((len(scenario.stores), days, len(codes)), dtype=bool)
    out = counted.copy()
    counted[at] = True
    out[at] = table["on_hand"].to_numpy()[kept] <= 0
    of = counted.sum(axis=2)
    share = np.where(of > 0, out.sum(axis=2) / np.maximum(of, 1), np.nan)
    return Shelves(counted, share[list(stores)])


def waits(
    path: Path, scenario: Scenario, stores: tuple[int, ...], first: date, days: int, headings: Mapping[str, str] = NONE
) -> Waits:
    """Timed waits: columns for the time, the store and the wait in seconds, and perhaps the customers that a row stands for. Raises `Refusal`."""
    table = _read(path, headings, ("timestamp", "store", "wait_s"), ("customers",))
    store, day = _places(path, table, scenario), _days(table, first)
    wait_s = table["wait_s"].to_numpy()
    number = table["customers"].to_numpy() if "customers" in table else np.ones(len(table))
    row = np.searchsorted(stores, store)
    kept = np.isin(store, stores) & (day >= 0) & (day < days) & (number > 0)
    if not kept.any():
        raise Refusal(path, "", "rows of the held-back days, for stores of the log", "none")
    hour = table["timestamp"].dt.hour.to_numpy()
    cell = ((row * days + day) * 24 + hour)[kept]
    shape, weight, value = (len(stores), days, 24), number[kept], wait_s[kept]
    cells = int(np.prod(shape))
    customers, total = (np.bincount(cell, each, cells).reshape(shape) for each in (weight, weight * value))
    timed = customers.sum(axis=2)
    mean = np.divide(total.sum(axis=2), timed, out=np.full(timed.shape, np.nan), where=timed > 0)
    single = bool((weight == 1).all())
    variance = pd.Series(value).groupby(cell).var().mean() if single else 0.0
    error = np.sqrt(np.nan_to_num(variance) / np.maximum(timed, 1))
    return Waits(mean, customers, error)


def _read(
    path: Path, headings: Mapping[str, str], needed: tuple[str, ...], optional: tuple[str, ...] = ()
) -> pd.DataFrame:
    """A table's fields by name, of its first sheet. Raises `Refusal` for a heading that is missing, and for up to twenty cells at once."""
    sheet = read_sheets(path)[0]
    columns = [Column(name, _COLUMNS[name], name in needed) for name in (*needed, *optional)]
    if unknown := sorted(headings.keys() - _COLUMNS.keys()):
        raise Refusal("--map", unknown[0], f"one of {', '.join(_COLUMNS)}", unknown[0])
    given = {name: headings[name] for name in (*needed, *optional) if name in headings}
    table, faults = find(sheet, columns, given), Faults()
    rows: dict[str, list[Any]] = {name: [] for name in table.place}
    for number, record in table.records():
        for name in rows:
            try:
                rows[name].append(_PARSED[name](record.get(name)))
            except ValueError as error:
                faults.add(sheet, number, table.heading[name], str(error), record.get(name, "nothing"))
    faults.refuse()
    return pd.DataFrame(rows)


def _instant(cell: Cell) -> np.datetime64:
    """A local date, or date and time."""
    if isinstance(cell, str) and (parts := cell.replace("T", " ").split(" ", 1))[1:]:
        return np.datetime64(datetime.combine(values.day(parts[0]), values.clock(parts[1])), "s")
    if isinstance(cell, datetime):
        return np.datetime64(cell.replace(tzinfo=None), "s")
    if isinstance(cell, float) and not cell.is_integer():
        return np.datetime64(values.day(int(cell)), "s") + np.timedelta64(round(cell % 1 * 86_400), "s")
    return np.datetime64(values.day(cell), "s")


def _code(cell: Cell) -> str:
    if text := values.text(cell).strip():
        return text
    raise ValueError("a code or a name")


def _amount(cell: Cell) -> float:
    if cell is None:
        raise ValueError("a number")
    if not np.isfinite(number := values.number(cell)):
        raise ValueError("a number")
    return number


def _wait(cell: Cell) -> float:
    if not 0 <= (wait_s := _amount(cell)) <= _LONGEST_WAIT_S:
        raise ValueError("a wait from 0 to 86400 s")
    return wait_s


def _people(cell: Cell) -> float:
    if not 0 <= (number := _amount(cell)) <= 1e6:
        raise ValueError("a number of customers")
    return number


_PARSED: dict[str, Callable[[Cell], Any]] = {
    "timestamp": _instant,
    "store": _code,
    "sku": _code,
    "on_hand": _amount,
    "wait_s": _wait,
    "customers": _people,
}


def _places(path: Path, table: pd.DataFrame, scenario: Scenario) -> np.ndarray:
    """The scenario's number of each row's store, by code or name; −1 for others. Raises `Refusal` where no row is of one."""
    codes = {store.name: n for n, store in enumerate(scenario.stores) if store.name}
    codes |= {store.code: n for n, store in enumerate(scenario.stores)}
    number = table["store"].map(codes).fillna(-1).to_numpy(dtype=np.int64)
    if len(number) and (number < 0).all():
        raise Refusal(
            path,
            "store",
            f"codes or names of the scenario's stores, such as {scenario.stores[0].code}",
            table["store"].iloc[0],
        )
    return number


def _days(table: pd.DataFrame, first: date) -> np.ndarray:
    return (table["timestamp"].to_numpy().astype("datetime64[D]") - np.datetime64(first)).astype(np.int64)
