"""Arrivals of a non-homogeneous Poisson or other renewal process, made by inverting its cumulative rate on one unit-rate process.

Method: Çinlar (1975), *Introduction to Stochastic Processes*, §4.7. Two scenarios that share the unit-rate process stay coupled: where
one has the higher rate it has the same first arrivals in operational time, and more after them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import special

from ext.draws import arrivals, uniforms, values
from sim.clock import on_tick
from sim.scenario.sections.distributions import Exponential, Gamma
from sim.streams import use
from sim.traffic.quantiles import table

_GAPS = np.asarray(table(Exponential(distribution="exponential", mean=1.0)))


class Gaps:
    """Gaps of the unit-rate process: exponential, or Gamma with a squared coefficient of variation of `dispersion`.

    The number of arrivals over a long stretch then has that variance over its mean (Cox 1962, *Renewal Theory*, §4.5). The first gap is that of a
    process which has gone on for ever: a uniform share of a gap drawn by its length, so that the mean is exact over every stretch (ibid., §2.2, 5.2).
    """

    def __init__(self, dispersion: float | None = None):
        self._shape = None if dispersion is None or dispersion == 1 else 1 / dispersion
        self.table = _GAPS if self._shape is None else _gamma_gaps(self._shape)

    def start(self, key: int, name: str) -> float:
        """Where the first gap of the table begins, at or before 0: exponential gaps have no memory."""
        if self._shape is None:
            return 0.0
        length = special.gammaincinv(self._shape + 1, uniforms(key, use(name), 1)[0]) / self._shape
        first = length * uniforms(key, use(f"{name}/first"), 1)[0]
        return float(first - values(key, use(name), 1, self.table)[0])


def _gamma_gaps(shape: float) -> np.ndarray:
    return np.asarray(table(Gamma(distribution="gamma", mean=1.0, cv=shape**-0.5)))


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


POISSON = Gaps()


def arrive(rate: Rate, key: int, name: str = "arrivals", gaps: Gaps = POISSON) -> np.ndarray:
    """Arrival instants: float64[n] s, sorted, on tick, in [first edge, last edge). `key` and `name` determine the gaps of the unit-rate process."""
    return arrivals(key, use(name), gaps.table, rate.edges_s, rate.mean, gaps.start(key, name))


def spread(at_s: np.ndarray, cell_s: float, hours: tuple[float, float], key: int) -> np.ndarray:
    """As many instants in each cell as in `at_s` (float64[n], sorted), each uniform over the open part of its cell: float64[n], sorted, on tick.

    `hours`: opening and closing of the day in the same seconds. Given their number in a piece of constant rate, Poisson arrivals are uniform on it
    (Çinlar 1975, §4.5).
    """
    begins = np.floor(at_s / cell_s) * cell_s
    first, last = np.maximum(begins, hours[0]), np.minimum(begins + cell_s, hours[1])
    return np.sort(on_tick(first + uniforms(key, use("spread"), len(at_s)) * (last - first)))
