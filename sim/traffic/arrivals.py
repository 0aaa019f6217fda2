"""Arrivals of a non-homogeneous Poisson process, made by inverting its cumulative rate on one unit-rate process.

Method: Çinlar (1975), *Introduction to Stochastic Processes*, §4.7. Two scenarios that share the unit-rate process stay coupled: where
one has the higher rate it has the same first arrivals in operational time, and more after them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.clock import TICK_S, on_tick


@dataclass(frozen=True)
class Rate:
    """A rate that is constant on pieces."""

    edges_s: np.ndarray
    """f8[k + 1], rising."""
    mean: np.ndarray
    """f8[k], expected arrivals in each piece."""

    @property
    def total(self) -> float:
        return float(self.mean.sum())

    def times(self, factor: float) -> Rate:
        return Rate(self.edges_s, self.mean * factor)


NOBODY = Rate(np.zeros(1), np.zeros(0))


def arrive(rate: Rate, unit_rate: np.random.Generator) -> np.ndarray:
    """Arrival instants: f8[n] s, sorted, on tick, in [first edge, last edge). `unit_rate` supplies the exponential gaps."""
    operational = _unit_rate_until(rate.total, unit_rate)
    if not operational.size:
        return operational
    cumulative = np.concatenate([[0.0], np.cumsum(rate.mean)])
    piece = np.searchsorted(cumulative, operational, side="right") - 1
    piece = np.minimum(piece, np.flatnonzero(rate.mean)[-1])  # the sums of two roundings may differ in the last bit
    share = (operational - cumulative[piece]) / rate.mean[piece]
    instant = on_tick(rate.edges_s[piece] + share * np.diff(rate.edges_s)[piece])
    return np.minimum(instant, rate.edges_s[-1] - TICK_S)


def _unit_rate_until(end: float, unit_rate: np.random.Generator) -> np.ndarray:
    instants = np.zeros(0)
    last = 0.0
    while end > 0 and last < end:
        block = int((end - last) + 4 * np.sqrt(end - last)) + 16
        more = last + np.cumsum(unit_rate.standard_exponential(block))
        instants, last = np.concatenate([instants, more]), more[-1]
    return instants[instants < end]
