"""How robust a winner is: under other weights and scores, to the change of one weight, and to the removal of a vendor.

Scores are float64[vendors, criteria] and weights float64[criteria] of sum 1; the vendor with the highest weighted sum wins.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

TIE = 1e-9
"""Totals this close are equal."""
_BLOCK = 2_000
"""Draws computed together."""


def totals(scores: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weighted sums, float64[..., vendors]."""
    return scores @ weights


def first(total: np.ndarray) -> list[int]:
    """The vendors that share the first place."""
    return np.flatnonzero(total >= total.max() - TIE).tolist()


@dataclass(frozen=True)
class Hierarchy:
    """Weights in two levels: of dimensions, and of the criteria within each."""

    dimension: np.ndarray
    """float64[dimensions], of sum 1."""
    within: tuple[np.ndarray, ...]
    """For each dimension float64[its criteria], of sum 1."""

    @property
    def weights(self) -> np.ndarray:
        """Of all criteria, dimension by dimension: float64[criteria], of sum 1."""
        return np.concatenate([d * w for d, w in zip(self.dimension, self.within, strict=True)])

    def drawn(self, rng: np.random.Generator, draws: int, concentration: float | None) -> np.ndarray:
        """Weights of all criteria, float64[draws, criteria]: each level a Dirichlet distribution, around the stated weights with a concentration
        (the sum of its parameters), uniform over all weights without one. A weight of 0 stays 0 around the stated ones."""

        def level(weights: np.ndarray) -> np.ndarray:
            if concentration is None:
                return rng.dirichlet(np.ones(len(weights)), draws)
            found = np.zeros((draws, len(weights)))
            found[:, weights > 0] = rng.dirichlet(concentration * weights[weights > 0], draws)
            return found

        dimension = level(self.dimension)
        return np.concatenate([dimension[:, [n]] * level(w) for n, w in enumerate(self.within)], axis=1)


def wins(
    low: np.ndarray,
    high: np.ndarray,
    hierarchy: Hierarchy,
    rng: np.random.Generator,
    draws: int,
    concentration: float | None = None,
) -> np.ndarray:
    """Share of draws that each vendor wins, float64[vendors], with drawn weights and each score uniform in its range.

    A first place that several share counts in equal parts for each of them.
    """
    found = np.zeros(len(low))
    for begin in range(0, draws, _BLOCK):
        n = min(_BLOCK, draws - begin)
        weights = hierarchy.drawn(rng, n, concentration)
        scores = low + (high - low) * rng.random((n, *low.shape))
        total = np.einsum("nvc,nc->nv", scores, weights)
        best = total >= total.max(axis=1, keepdims=True) - TIE
        found += (best / best.sum(axis=1, keepdims=True)).sum(axis=0)
    return found / draws


@dataclass(frozen=True)
class Change:
    """The weight of one element at which another vendor draws level with the winner."""

    element: int
    to: float
    vendor: int


def smallest_change(scores: np.ndarray, weights: np.ndarray, winner: int, other: int | None = None) -> Change | None:
    """The smallest change of one weight, the others in proportion, beyond which another vendor (or `other`) wins; None where there is none.

    With the weight t of one element and the others scaled to 1 − t, a total is the line t x + (1 − t) r, where x is the vendor's score for the
    element and r its total without it. So the winner's line and another's meet at most once, and the change is exact.
    """
    found: list[tuple[float, Change]] = []
    for element, weight in enumerate(weights):
        if weight >= 1 - TIE:
            continue
        x = scores[:, element]
        r = (scores @ weights - weight * x) / (1 - weight)
        for to, vendor in _turns(x, r, float(weight), winner):
            if other is None or vendor == other:
                found.append((abs(to - float(weight)), Change(element, to, vendor)))
    return min(found, key=lambda each: each[0])[1] if found else None


def _turns(x: np.ndarray, r: np.ndarray, weight: float, winner: int) -> list[tuple[float, int]]:
    """Weights nearest to `weight` at which the first place changes, upwards and downwards of it, each with the vendor that takes it; and, further
    on, every other vendor that takes it at some weight."""
    cuts = {0.0, 1.0, weight}
    n = len(x)
    for a in range(n):
        for b in range(a):
            slope = (x[a] - r[a]) - (x[b] - r[b])
            if abs(slope) > TIE and 0 < (at := (r[b] - r[a]) / slope) < 1:
                cuts.add(float(at))
    rising = sorted(cuts)
    found: dict[int, float] = {}
    for begin, end in pairwise(rising):
        middle = (begin + end) / 2
        total = middle * x + (1 - middle) * r
        edge = begin if begin >= weight else end
        for vendor in first(total):
            if vendor != winner and winner not in first(total):
                nearer = vendor not in found or abs(edge - weight) < abs(found[vendor] - weight)
                found[vendor] = edge if nearer else found[vendor]
    return [(to, vendor) for vendor, to in found.items()]


def reversals(scores: np.ndarray, rank: Callable[[np.ndarray], np.ndarray]) -> dict[int, int]:
    """The vendor that wins instead, by the vendor whose removal changes the winner of a method. `rank`: places, float64[vendors], 1 the first."""
    if len(scores) < 3:
        return {}
    places, found = rank(scores), {}
    if np.isnan(places).any():
        return {}
    winner = int(np.argmin(places))
    for dropped in range(len(scores)):
        if dropped != winner:
            left = [v for v in range(len(scores)) if v != dropped]
            places = rank(scores[left])
            if not np.isnan(places).any() and places[left.index(winner)] > 1:
                found[dropped] = left[int(np.argmin(places))]
    return found


def needed(total: Sequence[float], at: int, weight: float) -> float:
    """By how much a vendor's score for what has this weight must rise until its total is the highest."""
    return (max(total) - total[at]) / weight if weight > 0 else np.inf
