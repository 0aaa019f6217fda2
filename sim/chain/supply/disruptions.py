"""Disruptions of a supplier: spells in which nothing leaves it, each followed by a time in which it delivers."""

from __future__ import annotations

import numpy as np

from ext.elementary import log1p
from sim.clock import DAY_S, on_tick
from sim.scenario.sections.distributions import Varying
from sim.scenario.sections.places import Supplier
from sim.streams import counter_key, counter_uniform

_UP, _DOWN, _FIRST = range(3)
"""Uses of the uniforms of a disruption; the last draws the state at the start."""
_NEVER_DAYS = 1e12
"""Longer than any run, and short enough for the clock."""
_LEVELS = (np.arange(2**14) + 0.5) / 2**14


def disruptions_s(supplier: Supplier, seed: int, replication: int, until_s: float) -> np.ndarray:
    """Start and end of each disruption that begins before `until_s`, in seconds on tick: float64[n, 2], in order, none overlapping.

    An alternating renewal process: up-times are exponential with a mean of 365 days over `disruptions_per_year`, down-times are drawn from
    `disruption_days`, all independent. It is stationary: at the first instant the supplier is down with the share of time that it is down in
    the long run, and then what is left of the disruption has its equilibrium distribution (Cox 1962, Renewal Theory).
    """
    down_days = supplier.disruption_days
    if not supplier.disruptions_per_year or not down_days.mean:
        return np.empty((0, 2))
    up_days = _up_days(supplier)
    key = counter_key(seed, replication, f"supplier/{supplier.code}/disruptions")
    starts_down, length_u, left_u = _at_start(supplier, seed, replication)
    n, ends_s = 8, np.full(1, -np.inf)
    while ends_s[-1] < until_s:
        n *= 2
        number = np.arange(n)
        up = -up_days * log1p(-counter_uniform(key, number, _UP))
        down = np.maximum(down_days.quantile(counter_uniform(key, number, _DOWN)), 0.0)
        if starts_down:
            up[0], down[0] = 0.0, left_u * _spell_days(down_days, length_u)
        ends_s = np.cumsum(up + down) * DAY_S
    spans = on_tick(np.column_stack([ends_s - down * DAY_S, ends_s]))
    return spans[spans[:, 0] < until_s]


def down_since_days(supplier: Supplier, seed: int, replication: int) -> float:
    """For how long the supplier has been down at the first instant: the part of that disruption which `disruptions_s` does not play."""
    starts_down, length_u, left_u = _at_start(supplier, seed, replication)
    return (1 - left_u) * _spell_days(supplier.disruption_days, length_u) if starts_down else 0.0


def _at_start(supplier: Supplier, seed: int, replication: int) -> tuple[bool, float, float]:
    """Whether the supplier is down at the first instant, and the uniforms of the length of that disruption and of what is left of it."""
    if not supplier.disruptions_per_year or not supplier.disruption_days.mean:
        return False, 0.0, 0.0
    key = counter_key(seed, replication, f"supplier/{supplier.code}/disruptions")
    first_u, length_u, left_u = counter_uniform(key, np.arange(3), _FIRST).tolist()
    down_days = supplier.disruption_days.mean
    return first_u < down_days / (_up_days(supplier) + down_days), length_u, left_u


def _up_days(supplier: Supplier) -> float:
    return min(365 / supplier.disruptions_per_year, _NEVER_DAYS)


def _spell_days(distribution: Varying, length_u: float) -> float:
    """The length of the spell that a random instant lies in: long spells hold more instants than short ones."""
    days = np.maximum(distribution.quantile(_LEVELS), 0.0)
    up_to = np.cumsum(days)
    return float(days[np.searchsorted(up_to, length_u * up_to[-1])])
