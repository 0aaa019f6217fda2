"""Replenishment policies: small objects with one pure function over arrays, from what a location has and expects to what it orders."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from sim.scenario import supply


class Policy(Protocol):
    def order(self, position: np.ndarray, mean_demand: np.ndarray) -> np.ndarray:
        """Units to order, int64, before rounding to packs.

        position: int64, units the book holds and nobody was promised, plus units on order. mean_demand: float64 of the same
        shape, units a day. An order-up-to level that is no whole number is rounded up.
        """
        ...


@dataclass(frozen=True)
class MinMax:
    """When the position falls to `least_days` of mean demand, order up to `most_days`."""

    least_days: float
    most_days: float

    def order(self, position, mean_demand):
        level = _whole(self.most_days * mean_demand)
        return np.where(position <= self.least_days * mean_demand, np.maximum(level - position, 0), 0)


@dataclass(frozen=True)
class ReorderUpTo:
    """(s,S): when the position is at or below s, order up to S."""

    s: int
    S: int

    def order(self, position, mean_demand):
        return np.where(position <= self.s, self.S - position, 0)


@dataclass(frozen=True)
class ReorderQuantity:
    """(r,Q): when the position is at or below r, order the least number of Qs that lifts it above r."""

    r: int
    Q: int

    def order(self, position, mean_demand):
        return np.where(position <= self.r, ((self.r - position) // self.Q + 1) * self.Q, 0)


@dataclass(frozen=True)
class BaseStock:
    """Order up to a level at every review: `units`, or `days` of mean demand."""

    days: float | None = None
    units: int | None = None

    def order(self, position, mean_demand):
        level = self.units if self.days is None else _whole(self.days * mean_demand)
        return np.maximum(level - position, 0)


@dataclass(frozen=True)
class Nothing:
    """Never order."""

    def order(self, position, mean_demand):
        return np.zeros_like(position)


def policy(said: supply.Policy) -> Policy:
    """The policy that a scenario names."""
    match said:
        case supply.MinMax():
            return MinMax(said.least_days, said.most_days)
        case supply.ReorderUpTo():
            return ReorderUpTo(said.s, said.S)
        case supply.ReorderQuantity():
            return ReorderQuantity(said.r, said.Q)
        case supply.BaseStock():
            return BaseStock(said.days, said.units)
        case supply.NoReplenishment():
            return Nothing()


def in_packs(units: np.ndarray, pack: np.ndarray) -> np.ndarray:
    """Rounded up to whole packs."""
    return -(-units // pack) * pack


def _whole(level: np.ndarray) -> np.ndarray:
    return np.ceil(level).astype(np.int64)
