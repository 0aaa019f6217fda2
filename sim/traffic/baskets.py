"""What customers want: basket sizes, and distinct SKUs drawn by popularity."""

from __future__ import annotations

import numpy as np

from sim.scenario.distributions import Constant, Varying
from sim.streams import counter_uniform

_BUCKETS = 1 << 16
_ROUNDS = 24


class Popularity:
    """Draws SKUs by inversion of their cumulative weight; a table of buckets answers nearly every draw with one look-up."""

    def __init__(self, weight: np.ndarray):
        cumulative = np.cumsum(weight, dtype=np.float64)
        self.cumulative = cumulative / cumulative[-1]
        self.weight = np.asarray(weight, dtype=np.float64) / cumulative[-1]
        self.carried = int(np.count_nonzero(self.weight))
        """SKUs that anybody asks for: no basket can hold more lines."""
        edges = np.arange(_BUCKETS + 1) / _BUCKETS
        low = np.searchsorted(self.cumulative, edges[:-1], side="right")
        high = np.searchsorted(self.cumulative, np.nextafter(edges[1:], 0), side="right")
        self._bucket = np.where(low == high, low, -1).astype(np.int32)

    def draw(self, u: np.ndarray) -> np.ndarray:
        """Uniforms in [0, 1) to SKU numbers, i4 of the same shape."""
        sku = self._bucket[(u * _BUCKETS).astype(np.int32)]
        split = np.flatnonzero(sku < 0)
        sku[split] = np.searchsorted(self.cumulative, u[split], side="right")
        return sku


def whole(law: Varying, u: np.ndarray) -> np.ndarray:
    """Values of a law in whole units, at least one: i8 of the shape of `u`."""
    if isinstance(law, Constant):
        return np.full(u.shape, max(1, round(law.value)), dtype=np.int64)
    return np.maximum(np.rint(law.quantile(u)), 1).astype(np.int64)


def fill(lines: np.ndarray, popularity: Popularity, u: np.ndarray, key: int) -> np.ndarray:
    """Fill baskets with distinct SKUs: i4[Σ lines], basket after basket, SKUs rising within each.

    `lines` i8[n] holds 1 … `popularity.carried` lines for each basket, `u` f8[Σ lines] a uniform for each line. A line whose SKU the basket
    holds already is drawn again from the counters of `key`: successive sampling, that is, by weight and without replacement.
    """
    width = len(popularity.weight)
    number = np.int32 if len(lines) * width < 2**31 else np.int64  # half the width sorts twice as fast
    base = np.repeat(np.arange(len(lines), dtype=number) * number(width), lines)
    slot = base + popularity.draw(u)
    slot.sort()
    again = _repeated(slot)
    if again.size:
        twice = np.zeros(len(lines), dtype=bool)
        twice[slot[again] // width] = True
        line = np.flatnonzero(np.repeat(twice, lines))
        slot[line] = _draw_on(slot[line], base[line], line, popularity, key)
    return (slot - base).astype(np.int32)


def _repeated(slot: np.ndarray) -> np.ndarray:
    return np.flatnonzero(slot[1:] == slot[:-1]) + 1


def _draw_on(slot: np.ndarray, base: np.ndarray, line: np.ndarray, popularity: Popularity, key: int) -> np.ndarray:
    """Draw until no SKU stands twice in a basket; `slot` is basket × width + SKU, sorted, `base` its part of the basket."""
    for attempt in range(_ROUNDS):
        again = _repeated(slot)
        if not again.size:
            return slot
        slot[again] = base[again] + popularity.draw(counter_uniform(key, line[again], attempt))
        slot.sort()
    for basket in np.unique(base[_repeated(slot)]):
        first, last = np.searchsorted(base, [basket, basket + 1])
        slot[first:last] = basket + _complete(slot[first:last] - basket, popularity, key, line[first])
    return slot


def _complete(sku: np.ndarray, popularity: Popularity, key: int, line: int) -> np.ndarray:
    """The SKUs of one large basket, those repeated replaced by the first of an exponential race, which has the law of drawing on."""
    held = np.unique(sku)
    race = -np.log(counter_uniform(key, line, _ROUNDS, np.arange(len(popularity.weight))))
    with np.errstate(divide="ignore"):
        race /= popularity.weight
    race[held] = np.inf
    return np.sort(np.concatenate([held, np.argsort(race, kind="stable")[: len(sku) - len(held)]]))


def lines_per_basket(law: Varying, popularity: Popularity, u: np.ndarray) -> np.ndarray:
    """Basket sizes in lines: i8, never more than the SKUs anybody asks for."""
    return np.minimum(whole(law, u), popularity.carried)


def mean_units(law: Varying) -> float:
    """Mean of `whole(law, ·)`."""
    return float(whole(law, _MIDPOINTS).mean())


def inclusion(law: Varying, popularity: Popularity) -> np.ndarray:
    """Mean lines of each SKU in a basket, f8[n_skus]: weight × lines, less what distinctness moves from popular SKUs to others.

    SKUs are asked for in a race of exponential clocks; a basket of k lines holds SKU i when i comes before the k-th of all others. That instant is
    taken as Gamma with shape k, its mean where the expected number of others is k (after Rosén 1972, *Annals of Mathematical Statistics* 43), and
    the result is scaled to k lines: within 3 % of the truth for each SKU, exact for k = 1.
    """
    sizes, counts = np.unique(lines_per_basket(law, popularity, _MIDPOINTS), return_counts=True)
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
        out = np.exp(-weight * t)
        gap = size - (len(weight) - out.sum())
        if gap < 1e-9 * size:
            break
        t += gap / (weight @ out)
    of_others = t + (1 - out) / (weight @ out)
    held = 1 - (1 + weight * of_others / size) ** -size
    return np.minimum(held * size / held.sum(), 1.0)


_SIZES = 40
_MIDPOINTS = (np.arange(4096) + 0.5) / 4096
