"""The quantities that are predicted, each as a row of cells: a store's day, a week of the chain, a class of SKUs on a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

WEEK = 7


@dataclass(frozen=True)
class Days:
    """What days held. `...` is nothing, or replications; n stores, d days, g groups of SKUs; NaN where nothing is recorded."""

    tickets: np.ndarray
    """float64[..., n, d]"""
    units: np.ndarray
    """float64[..., n, d, g]"""
    value: np.ndarray
    """float64[..., n, d, g], currency."""
    empty: np.ndarray | None = None
    """float64[..., n, d], share of SKUs without a unit at the end of the day."""
    wait_s: np.ndarray | None = None
    """float64[..., n, d], mean wait in the hours of which waits are recorded."""


@dataclass(frozen=True)
class Row:
    """One quantity: k series of t cells."""

    name: str
    unit: str
    series: tuple[str, ...]
    """What each series is of: a store, or empty for all of them."""
    first: date
    step_days: int
    """A cell is a day, or a week."""
    values: np.ndarray
    """float64[..., k, t]; NaN for a cell that is not compared."""
    resolution: float
    """Least difference that matters, in the unit: scatter is taken for at least as large."""

    def day_of(self, cell: int) -> date:
        """The first day of a cell."""
        return self.first + timedelta(days=cell * self.step_days)


def rows(
    days: Days, compared: np.ndarray, codes: Sequence[str], groups: Sequence[str], first: date, currency: str
) -> list[Row]:
    """The rows of some days. `compared`: bool[n, d], days of stores that are compared; others count on neither side.

    Weeks are of seven days from `first`; what is left over at the end belongs to none.
    """
    of_store = tuple(codes)
    some = compared.any(axis=0)
    tickets = np.where(compared, days.tickets, np.nan)
    together = _together(tickets, compared)
    made = [Row("customers, a store's day", "customers", of_store, first, 1, tickets, 0.5)]
    several = len(of_store) > 1
    if several:
        made.append(Row("customers, all stores' day", "customers", ("",), first, 1, together, 0.5))
    if compared.shape[1] >= WEEK:
        made.append(Row("customers, a store's week", "customers", of_store, first, WEEK, _weeks(tickets), 1.0))
        if several:
            made.append(Row("customers, all stores' week", "customers", ("",), first, WEEK, _weeks(together), 1.0))
    for n, name in enumerate(groups):
        for what, unit, of in (("units", "units", days.units), ("sales", currency, days.value)):
            sold = np.where(compared, of[..., n], 0.0).sum(axis=-2)[..., None, :]
            sold = np.where(some, sold, np.nan)
            if np.isfinite(sold[..., some]).all():
                least = 0.5 if unit == "units" else 0.005 * float(np.mean(sold[..., some]))
                label = f"{what} of class {name}, a day" if name else f"{what}, a day"
                made.append(Row(label, unit, ("",), first, 1, sold, max(least, 1e-6)))
    if days.empty is not None:
        made.append(Row("stock-outs, a store's day", "share of SKUs", of_store, first, 1, days.empty, 0.002))
    if days.wait_s is not None:
        made.append(Row("mean wait, a store's day", "s", of_store, first, 1, days.wait_s, 0.5))
    return made


def _together(tickets: np.ndarray, compared: np.ndarray) -> np.ndarray:
    return np.where(compared.any(axis=0), np.nansum(tickets, axis=-2), np.nan)[..., None, :]


def _weeks(values: np.ndarray) -> np.ndarray:
    """Sums over whole weeks, float64[..., k, t // 7]: of the days that are compared, NaN where none is."""
    weeks = values.shape[-1] // WEEK
    cells = values[..., : weeks * WEEK].reshape(*values.shape[:-1], weeks, WEEK)
    return np.where(np.isnan(cells).all(axis=-1), np.nan, np.nansum(cells, axis=-1))
