"""Online orders that are open: placed, and neither handed over nor lost."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Rows(NamedTuple):
    """n orders: int64[n] each, instants and durations float64[n]."""

    number: np.ndarray
    placed_s: np.ndarray
    zone: np.ndarray
    delivery_s: np.ndarray
    parcels: np.ndarray
    """Not yet picked."""
    units: np.ndarray
    """Picked so far."""
    closes_s: np.ndarray
    """Not before; inf until the order is sourced."""

    def at(self, where: np.ndarray) -> Rows:
        """The rows at these places."""
        return Rows(*(column[where] for column in self))


class Orders:
    """Numbered in the order in which they are placed. An order is handed over with its last parcel; it is lost if all its parcels are empty."""

    def __init__(self) -> None:
        whole, real = np.empty(0, dtype=np.int64), np.empty(0)
        self._open = Rows(whole, real, whole, real, whole, whole, real)
        self._placed = 0

    def __len__(self) -> int:
        return len(self._open.number)

    def place(self, placed_s: np.ndarray, zone: np.ndarray, delivery_s: np.ndarray) -> np.ndarray:
        """New orders; their numbers, int64[n]."""
        number = self._placed + np.arange(len(placed_s))
        none = np.zeros_like(number)
        new = Rows(number, placed_s, zone, delivery_s, none, none, np.full(len(number), np.inf))
        self._open = Rows(*(np.concatenate(columns) for columns in zip(self._open, new, strict=True)))
        self._placed += len(number)
        return number

    def of(self, number: np.ndarray) -> Rows:
        """Open orders by number."""
        return self._open.at(self._at(number))

    def source(self, number: np.ndarray, of_parcel: np.ndarray, now: float) -> None:
        """Orders numbered one after the other are sourced: the number of the order of each parcel."""
        first = self._at(number[:1])[0]
        some = slice(first, first + len(number))
        self._open.parcels[some] = np.bincount(of_parcel - number[0], minlength=len(number))
        self._open.closes_s[some] = now

    def pick(self, number: np.ndarray, units: np.ndarray, picked_s: np.ndarray) -> None:
        """One parcel of each order has been picked, with so many units; a parcel that is not empty is delivered `delivery_s` later."""
        at, rows = self._at(number), self._open
        np.subtract.at(rows.parcels, at, 1)
        np.add.at(rows.units, at, units)
        np.maximum.at(rows.closes_s, at, picked_s + np.where(units > 0, rows.delivery_s[at], 0.0))

    def close(self, last_s: float) -> Rows:
        """Remove and return the orders that are over by `last_s`."""
        over = (self._open.parcels == 0) & (self._open.closes_s <= last_s)
        closed, self._open = self._open.at(over), self._open.at(~over)
        return closed

    def _at(self, number: np.ndarray) -> np.ndarray:
        return np.searchsorted(self._open.number, number)
