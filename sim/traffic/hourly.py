"""Popularity by hour of day: SKU groups that are bought at other hours than customers come."""

from __future__ import annotations

from copy import copy

import numpy as np

from sim.scenario.sections.distributions import Varying
from sim.traffic.baskets import Popularity, fill, inclusion
from sim.traffic.lifts import lifted

HOURS = 24
_ROUNDS = 2_000
_CLOSE_ENOUGH = 1e-12
_LEAST_REST = 0.05
"""Share of its usual lines that the rest keeps in an hour in which groups ask for more than all lines."""


class Hourly:
    """Fills baskets by the popularity of their hour."""

    def __init__(self, weight: np.ndarray, group: np.ndarray, profiles: np.ndarray, hours: np.ndarray):
        """`weight` float64[n] and `group` int64[n], index into `profiles` or −1, are by SKU; `profiles` float64[groups, 24], weights of the hours.

        `hours` float64[24] holds the shares of a mean day's customers. A group bought in none of these hours makes the result NaN.
        """
        self.hours = hours / hours.sum()
        shares = np.bincount(np.where(group < 0, len(profiles), group), weight, len(profiles) + 1) / weight.sum()
        factor = raked(shares, _with_rest(shares, profiles, self.hours), self.hours)
        self.popularity = tuple(Popularity(weight * factor[group, hour]) for hour in range(HOURS))
        self.carried = np.array([popularity.carried for popularity in self.popularity])

    def fill(self, line_start: np.ndarray, hour: np.ndarray, key: int) -> np.ndarray:
        """`baskets.fill` by the `hour` int64[n] of each basket: int32[lines]; no basket has more lines than its hour has SKUs `carried`."""
        line_sku = np.empty(line_start[-1], dtype=np.int32)
        for at in np.unique(hour).tolist():
            fill(line_start, self.popularity[at], key, np.flatnonzero(hour == at), line_sku)
        return line_sku

    def lifted(self, factor: np.ndarray) -> Hourly:
        """The same with the popularity of each hour lifted by `factor` float64[n_skus]."""
        other = copy(self)
        other.popularity = tuple(lifted(popularity, factor) for popularity in self.popularity)
        return other

    def inclusion(self, distribution: Varying) -> np.ndarray:
        """Mean lines of each SKU in a basket by hour, float64[24, n]; zeros in hours without customers."""
        rows = [
            inclusion(distribution, popularity) if share else np.zeros(len(popularity.weight))
            for popularity, share in zip(self.popularity, self.hours, strict=True)
        ]
        return np.array(rows)


def _with_rest(shares: np.ndarray, profiles: np.ndarray, hours: np.ndarray) -> np.ndarray:
    """Profiles of the groups and of the rest, float64[groups + 1, 24]: what groups leave of each hour is the rest's."""
    open_ = np.where(hours > 0, profiles, 0.0)
    lines = shares[:-1, None] * open_ / open_.sum(axis=1, keepdims=True)
    rest = np.maximum(hours - lines.sum(axis=0), _LEAST_REST * shares[-1] * hours)
    return np.vstack([open_, rest if rest.any() else hours])


def raked(shares: np.ndarray, profiles: np.ndarray, hours: np.ndarray) -> np.ndarray:
    """Factors on the popularity of groups by hour, float64[groups, 24]; 1 in hours without customers.

    Of all lines, group g has the share `shares[g]`, and hour h `hours[h]`. The table of lines by group and hour has these margins and the cross
    ratios of shares × `profiles`: so over a day each group keeps its share, and profiles hold exactly where together they add up to the hours of
    all lines. Method: iterative proportional fitting (Deming and Stephan 1940, *Annals of Mathematical
    Statistics* 11). Where margins cannot be met, because groups sell in few hours only, those of the hours are.
    """
    lines = np.where(hours > 0, profiles, 0.0)
    lines = lines * (shares / lines.sum(axis=1))[:, None]
    for _ in range(_ROUNDS):
        lines *= np.divide(hours, lines.sum(axis=0), out=np.zeros(len(hours)), where=lines.sum(axis=0) > 0)
        ratio = np.divide(shares, lines.sum(axis=1), out=np.ones(len(shares)), where=lines.sum(axis=1) > 0)
        if np.abs(ratio - 1).max() < _CLOSE_ENOUGH:
            break
        lines *= ratio[:, None]
    expected = shares[:, None] * hours
    factor = np.divide(lines, expected, out=np.ones_like(lines), where=expected > 0)
    return np.where(lines.sum(axis=0) > 0, factor, 1.0)
