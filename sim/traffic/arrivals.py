"""Arrivals of a non-homogeneous Poisson process, made by inverting its cumulative rate on one unit-rate process.

Method: Çinlar (1975), *Introduction to Stochastic Processes*, §4.7. Two scenarios that share the unit-rate process stay coupled: where
one has the higher rate it has the same first arrivals in operational time, and more after them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ext.draws import arrivals, uniforms
from sim.clock import on_tick
from sim.scenario.sections.distributions import Exponential
from sim.streams import use
from sim.traffic.quantiles import table

_GAPS = np.asarray(table(Exponential(distribution="exponential", mean=1.0)))


@dataclass(frozen=True)
class Rate:
    """A rate that is constant on pieces."""

    edges_s: np.ndarray
    """float64[k + 1], rising."""
    mean: np.ndarray
    """float64[k], expected arrivals in each piece."""

    @property
    def total(self) -> float:
        """Customers expected over the whole stretch."""
        return float(self.mean.sum())

    def times(self, factor: float) -> Rate:
        """The rate scaled by a factor."""
        return Rate(self.edges_s, self.mean * factor)


NOBODY = Rate(np.zeros(1), np.zeros(0))


def arrive(rate: Rate, key: int, name: str = "arrivals") -> np.ndarray:
    """Arrival instants: float64[n] s, sorted, on tick, in [first edge, last edge). `key` and `name` determine the gaps of the unit-rate process."""
    return arrivals(key, use(name), _GAPS, rate.edges_s, rate.mean)


def spread(at_s: np.ndarray, cell_s: float, hours: tuple[float, float], key: int) -> np.ndarray:
    """As many instants in each cell as in `at_s` (float64[n], sorted), each uniform over the open part of its cell: float64[n], sorted, on tick.

    `hours`: opening and closing of the day in the same seconds. Given their number in a piece of constant rate, Poisson arrivals are uniform on it
    (Çinlar 1975, §4.5).
    """
    begins = np.floor(at_s / cell_s) * cell_s
    first, last = np.maximum(begins, hours[0]), np.minimum(begins + cell_s, hours[1])
    return np.sort(on_tick(first + uniforms(key, use("spread"), len(at_s)) * (last - first)))
