"""Customers' baskets: their sizes, and distinct SKUs drawn by popularity."""

from __future__ import annotations

import numpy as np

from ext.draws import baskets, uniforms
from ext.elementary import exp, power
from sim.scenario.sections.distributions import Constant, Varying
from sim.scenario.sections.traffic import Spike
from sim.streams import use
from sim.traffic.quantiles import Same, Steps

_ULP = 2.0**-53
"""Uniforms are multiples of it."""
_TABLED = 4096


class Popularity:
    """Draws SKUs by inversion of their cumulative weight."""

    def __init__(self, weight: np.ndarray, steps: Steps | None = None, sku_of: np.ndarray | None = None):
        """`weight` float64[n_skus]. With `steps` SKU `sku_of[step]`, int32, is drawn for each; else step i is SKU i."""
        self.weight = np.asarray(weight, dtype=np.float64) / np.sum(weight)
        self.steps = steps or Steps(np.cumsum(weight, dtype=np.float64))
        self.sku_of = sku_of
        self.carried = int(np.count_nonzero(self.weight))
        """Number of SKUs with popularity above 0: the largest number of lines of a basket."""

    def draw(self, key: int, name: str, n: int) -> np.ndarray:
        """SKU numbers, int32[n]."""
        drawn = self.steps.draw(key, name, n)
        return drawn if self.sku_of is None else self.sku_of[drawn]


def during(spike: Spike, popularity: np.ndarray, skus: list[int]) -> Popularity:
    """Popularity during a spike: its share of lines, spread equally over its SKUs, and the usual popularity for the rest; float64[n_skus]."""
    sold = np.zeros(len(popularity))
    sold[skus] = 1 / len(skus)
    return Popularity((1 - spike.sku_share) * popularity + spike.sku_share * sold)


def whole(distribution: Varying, u: np.ndarray) -> np.ndarray:
    """Values of a distribution in whole units, at least one: int64 of the shape of `u`."""
    if isinstance(distribution, Constant):
        return np.full(u.shape, max(1, round(distribution.value)), dtype=np.int64)
    return np.maximum(np.rint(distribution.quantile(u)), 1).astype(np.int64)


class Whole:
    """Draws what `whole` draws from one distribution; from a table, where the distribution has no more than some thousand values."""

    def __init__(self, distribution: Varying):
        self._distribution = distribution
        first, last = whole(distribution, np.array([0.0, 1 - _ULP])).tolist()
        self._same = Same(first, np.int32) if first == last else None
        self._first = first
        self._steps = Steps(_thresholds(distribution, first, last)) if 0 < last - first < _TABLED else None

    def draw(self, key: int, name: str, n: int) -> np.ndarray:
        """Units, int32[n], at least 1: a column that may be shared."""
        if self._same:
            return self._same(n)
        if self._steps is None:
            return whole(self._distribution, uniforms(key, use(name), n)).astype(np.int32)
        return self._steps.draw(key, name, n) + np.int32(self._first)


def _thresholds(distribution: Varying, first: int, last: int) -> np.ndarray:
    """float64[last − first + 1]: the least uniform whose quantile exceeds first, first + 1, …, by bisection; then 1."""
    values = np.arange(first, last)
    low, high = np.zeros(len(values), dtype=np.int64), np.full(len(values), round(1 / _ULP) - 1)
    while np.any(low < high):
        middle = (low + high) // 2
        above = whole(distribution, middle * _ULP) > values
        low, high = np.where(above, low, middle + 1), np.where(above, middle, high)
    return np.append(low * _ULP, 1.0)


def fill(
    line_start: np.ndarray,
    popularity: Popularity,
    key: int,
    chosen: np.ndarray | None = None,
    into: np.ndarray | None = None,
) -> np.ndarray:
    """Fill baskets, each with distinct SKUs in the order they are drawn: int32[lines].

    Basket b has lines `line_start[b]` to `line_start[b + 1]`, int64[n + 1], at most `popularity.carried`. A line has its uniform from the counters of
    `key`; while the basket holds that SKU already, it is drawn again: successive sampling, that is, by weight and without replacement. With
    `chosen`, int64, only these baskets are filled, of those that stand in `into`.
    """
    into = np.empty(line_start[-1], dtype=np.int32) if into is None else into
    steps = popularity.steps
    baskets(key, use("skus"), line_start, chosen, steps.guide, steps.ends, popularity.weight, into, popularity.sku_of)
    return into


def mean_units(distribution: Varying) -> float:
    """Mean of `whole(distribution, ·)`."""
    return float(whole(distribution, _MIDPOINTS).mean())


def inclusion(distribution: Varying, popularity: Popularity) -> np.ndarray:
    """Mean lines of each SKU in a basket, float64[n_skus]: weight × lines, corrected for sampling without replacement.

    Each SKU has an exponential time of its weight; a basket of k lines holds SKU i when its time is below the k-th of all others. That k-th time is
    taken as Gamma with shape k, its mean where the expected number of others is k (after Rosén 1972, *Annals of Mathematical Statistics* 43), and
    the result is scaled to k lines: relative error below 3 % for each SKU, none for k = 1.
    """
    sizes, counts = np.unique(np.minimum(whole(distribution, _MIDPOINTS), popularity.carried), return_counts=True)
    if len(sizes) > _SIZES:
        groups = np.array_split(np.arange(len(sizes)), _SIZES)
        sizes = np.array([np.average(sizes[g], weights=counts[g]) for g in groups])
        counts = np.array([counts[g].sum() for g in groups])
    mean = np.zeros(len(popularity.weight))
    for size, count in zip(sizes, counts / counts.sum(), strict=True):
        mean += count * _held(size, popularity)
    return mean


def _held(size: float, popularity: Popularity) -> np.ndarray:
    """Probability that a basket of `size` lines holds each SKU."""
    weight = popularity.weight
    if size >= popularity.carried:
        return (weight > 0).astype(np.float64)
    if size == 1:
        return weight
    t = size
    for _ in range(50):  # Newton on a rising concave function, from its left: it never overshoots
        out = exp(-weight * t)
        gap = size - (len(weight) - out.sum())
        if gap < 1e-9 * size:
            break
        t += gap / (weight * out).sum()
    of_others = t + (1 - out) / (weight * out).sum()
    held = 1 - power(1 + weight * of_others / size, -size)
    return np.minimum(held * size / held.sum(), 1.0)


_SIZES = 40
_MIDPOINTS = (np.arange(4096) + 0.5) / 4096
