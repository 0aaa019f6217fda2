"""What happened, under the scenario's own numbers: the tickets of a log by store, day and group of SKUs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from sim.calibration.fit import Fit, fit, traffic_of
from sim.calibration.outlier_days import StandingOut
from sim.records.refusal import Refusal
from sim.scenario.model import Scenario
from sim.stock.abc_classes import sku_classes
from sim.traffic.assortment import skus
from sim.traffic.calendar import seconds_of_day
from sim.traffic.log.reader import Log, read_log
from sim.traffic.log.reading import Reading
from sim.traffic.log.soundness import check
from sim.traffic.log.tickets import Tickets

_MOST_UNKNOWN_SHARE = 0.1
"""Of lines: more of SKUs that the scenario does not list, and it is not the scenario of this log."""
_MOST_OUTSIDE_SHARE = 0.05
"""Of tickets: more outside the opening hours, and the hours are wrong."""
BUSY = 7.0
"""Customers a day: a store with as many has no day without a ticket by chance (as `sim.calibration.fit` has it)."""


def read(path: Path, reading: Reading, accept_skipped: bool = False) -> tuple[Log, list[str]]:
    """A log and its implausible properties. Raises `Refusal` for one that cannot be read, or believed unless `accept_skipped`."""
    log = read_log(path, reading)
    return log, check(path, log, accept_skipped)


def fitted(tickets: Tickets, holidays: tuple[StandingOut, ...] = ()) -> tuple[Fit, dict]:
    """The fit to tickets without the days of `holidays`, and its `traffic` section."""
    found = fit(tickets, holidays, look=False)
    return found, traffic_of(found)


@dataclass(frozen=True)
class Actuals:
    """The tickets of a log, of n stores of the scenario over its d days, g groups of SKUs."""

    first: date
    stores: tuple[int, ...]
    """Numbers in the scenario of the stores in the log, rising: the rows of the arrays below."""
    codes: tuple[str, ...]
    """Of these stores."""
    tickets: Tickets
    """Stores and SKUs by the numbers of the scenario; lines of other SKUs are left out."""
    group: np.ndarray
    """int64[SKUs of the scenario]: class, index into `groups`."""
    groups: tuple[str, ...]
    count: np.ndarray
    """float64[n, d], tickets."""
    units: np.ndarray
    """float64[n, d, g]"""
    value: np.ndarray
    """float64[n, d, g], at the median price that each SKU was sold at; NaN where the log has no prices."""
    notes: tuple[str, ...]

    @property
    def days(self) -> int:
        """Days that the log spans."""
        return self.count.shape[1]

    @property
    def last(self) -> date:
        """Its last day."""
        return self.first + timedelta(days=self.days - 1)

    @property
    def recorded(self) -> np.ndarray:
        """bool[n, d]: whether anything was recorded; a busy store's day without a ticket was closed, or is missing."""
        some = self.count > 0
        mean = self.count.sum(axis=1) / np.maximum(some.sum(axis=1), 1)
        return some | (mean < BUSY)[:, None]

    def between(self, first: date, last: date) -> Tickets:
        """The tickets from `first` to `last`, both included."""
        stamp = self.tickets.stamp.astype("datetime64[D]")
        a, b = np.searchsorted(stamp, [np.datetime64(first), np.datetime64(last) + 1])
        start = self.tickets.line_start[a : b + 1]
        return replace(
            self.tickets,
            stamp=self.tickets.stamp[a:b],
            store=self.tickets.store[a:b],
            customer=self.tickets.customer[a:b],
            line_start=start - start[0],
            line_sku=self.tickets.line_sku[start[0] : start[-1]],
            line_units=self.tickets.line_units[start[0] : start[-1]],
        )


def actuals(path: Path, log: Log, scenario: Scenario, stores: Mapping[str, str], until: date | None = None) -> Actuals:
    """A log under a scenario's numbers. `stores`: store codes by the names of the log, where they differ.

    SKUs are grouped by the class that they name, else A, B and C by the value (without prices: the units) that the log sells of them before
    `until`. Raises `Refusal` for stores that the scenario does not have, and where more than a tenth of the lines are of SKUs that it does not list.
    """
    number, notes = _store_numbers(path, log, scenario, stores)
    known = tuple(sorted(set(number.tolist())))
    sku, more = _sku_numbers(path, log, scenario)
    tickets = log.tickets
    line_sku, listed = sku[tickets.line_sku], sku[tickets.line_sku] >= 0
    start = np.concatenate([[0], np.cumsum(listed)])[tickets.line_start]
    line_sku, line_units = line_sku[listed], tickets.line_units[listed]
    tickets = replace(
        tickets,
        store=number[tickets.store].astype(np.int32),
        stores=tuple(store.code for store in scenario.stores),
        line_start=start,
        line_sku=line_sku.astype(np.int32),
        line_units=line_units,
    )
    day = tickets.stamp.astype("datetime64[D]")
    first, days = day.min(), int((day.max() - day.min()).astype(int)) + 1
    row = np.searchsorted(known, tickets.store)
    cell = row * days + (day - first).astype(int)
    of_line = np.repeat(cell, np.diff(start))
    price = _prices(log, sku, len(skus(scenario)))
    before = np.repeat(day < np.datetime64(until or date.max), np.diff(start))
    group, groups = _groups(scenario, line_sku[before], line_units[before], price)
    n, g = len(known), len(groups)

    def by_group(weight: np.ndarray) -> np.ndarray:
        return np.bincount(of_line * g + group[line_sku], weight, n * days * g).reshape(n, days, g)

    return Actuals(
        first=first.item(),
        stores=known,
        codes=tuple(scenario.stores[at].code for at in known),
        tickets=tickets,
        group=group,
        groups=groups,
        count=np.bincount(cell, minlength=n * days).reshape(n, days).astype(np.float64),
        units=by_group(line_units),
        value=by_group(line_units * price[line_sku]),
        notes=(*notes, *more),
    )


def within_hours(stamp: np.ndarray, store: np.ndarray, scenario: Scenario) -> tuple[np.ndarray, np.ndarray]:
    """Stamps at stores of the scenario, those outside opening hours at the nearest second inside, and the indices of these."""
    hours = np.array([(seconds_of_day(each.opens), seconds_of_day(each.closes)) for each in scenario.stores])
    day = stamp.astype("datetime64[D]").astype("datetime64[s]")
    at_s = (stamp - day).astype(np.int64)
    inside_s = np.clip(at_s, np.ceil(hours[store, 0]), np.ceil(hours[store, 1]) - 1).astype(np.int64)
    return day + inside_s.astype("timedelta64[s]"), np.flatnonzero(at_s != inside_s)


def check_hours(path: Path, tickets: Tickets, scenario: Scenario) -> int:
    """How many tickets are outside the scenario's opening hours. Raises `Refusal` where they are more than a twentieth."""
    _, outside = within_hours(tickets.stamp, tickets.store, scenario)
    if len(outside) > _MOST_OUTSIDE_SHARE * len(tickets):
        place, first = scenario.stores[tickets.store[outside[0]]], str(tickets.stamp[outside[0]]).replace("T", " ")
        expected = f"tickets within the hours of {place.code}, {place.opens:%H:%M} to {place.closes:%H:%M}"
        raise Refusal(
            path, "timestamp", expected, f"{len(outside):,} of {len(tickets):,} outside, the first at {first}"
        )
    return len(outside)


def _store_numbers(path: Path, log: Log, scenario: Scenario, stores: Mapping[str, str]) -> tuple[np.ndarray, list[str]]:
    """The scenario's number of each store of the log: by `--store`, by `traffic.log.stores`, else by its code or its name."""
    codes = {store.code: n for n, store in enumerate(scenario.stores)}
    names = log.tickets.stores
    if missing := [name for name in stores if name not in names]:
        raise Refusal("--store", missing[0], f"a store of the log, which has {', '.join(names[:5])}", missing[0])
    if wrong := [code for code in stores.values() if code not in codes]:
        raise Refusal("--store", wrong[0], f"codes of the scenario's stores, such as {next(iter(codes))}", wrong[0])
    replayed = scenario.traffic.log.stores if scenario.traffic.log else {}
    by_name = {store.name: store.code for store in scenario.stores if store.name}
    if names == ("",) and not stores:
        first = scenario.stores[0].code
        note = [f"the log has no store: all tickets are taken for {first}'s"] if len(codes) > 1 else []
        return np.zeros(1, dtype=np.int64), note
    found = {name: stores.get(name, replayed.get(name, name if name in codes else by_name.get(name))) for name in names}
    if unknown := [name for name, code in found.items() if code not in codes]:
        expected = f"stores of the scenario, by code or name (--store '{unknown[0]}={next(iter(codes))}')"
        raise Refusal(path, "store", expected, unknown[0], more=len(unknown) - 1)
    left_out = [code for code in codes if code not in found.values()]
    notes = [f"{len(left_out)} stores of the scenario are not in the log and are not judged"] if left_out else []
    return np.array([codes[str(found[name])] for name in names], dtype=np.int64), notes


def _sku_numbers(path: Path, log: Log, scenario: Scenario) -> tuple[np.ndarray, list[str]]:
    """The scenario's number of each SKU of the log, int64[k], −1 for one that it does not list."""
    codes = {code: n for n, code in enumerate(skus(scenario).code)}
    number = np.array([codes.get(code, -1) for code in log.code], dtype=np.int64)
    lines = np.bincount(log.tickets.line_sku, minlength=len(number))
    share = float(lines[number < 0].sum() / lines.sum())
    if share == 0:
        return number, []
    unknown = int((number < 0).sum())
    if share > _MOST_UNKNOWN_SHARE:
        expected = "SKUs that the scenario lists (`retail-lab calibrate LOG --skus` writes them)"
        first = log.code[int(np.argmax(number < 0))]
        raise Refusal(
            path, "sku", expected, f"{first} and others: {unknown:,} of {len(number):,}, {share:.0%} of lines"
        )
    return number, [f"{unknown:,} SKUs that the scenario does not list are left out, {share:.1%} of lines"]


def _prices(log: Log, number: np.ndarray, count: int) -> np.ndarray:
    price = np.full(count, np.nan)
    price[number[number >= 0]] = log.price[number >= 0]
    return price


def _groups(
    scenario: Scenario, sku: np.ndarray, units: np.ndarray, price: np.ndarray
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Class of each SKU of the scenario, index into the classes that the log sells."""
    sold = np.bincount(sku, units, len(price))
    value = sold * np.nan_to_num(price)
    letters = sku_classes(scenario, value if value.any() else sold)
    groups = tuple(sorted(set(letters.tolist())))
    return np.array([groups.index(letter) for letter in letters], dtype=np.int64), groups
