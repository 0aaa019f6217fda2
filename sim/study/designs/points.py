"""The points of a design, a level of each factor at each. The first point is the base that others are compared with."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import numpy as np
from scipy.stats import qmc

from sim.streams import counter_key
from sim.study.designs.factors import Factor, Point


def full(factors: Sequence[Factor], _n: int = 0, _seed: int = 0) -> list[Point]:
    """Every combination of levels, the last factor varying fastest."""
    return [
        dict(zip([factor.path for factor in factors], levels, strict=True))
        for levels in itertools.product(*(factor.levels for factor in factors))
    ]


def one_at_a_time(factors: Sequence[Factor], _n: int = 0, _seed: int = 0) -> list[Point]:
    """All factors at their first level, then each at each of its other levels with the others at their first."""
    base = {factor.path: factor.levels[0] for factor in factors}
    return [base, *(base | {factor.path: level} for factor in factors for level in factor.levels[1:])]


def latin_hypercube(factors: Sequence[Factor], n: int, seed: int) -> list[Point]:
    """A Latin hypercube: n points of which each factor has one in each of n equal parts of its range (McKay, Beckman & Conover 1979)."""
    return _points(factors, qmc.LatinHypercube(len(factors), rng=_rng(seed, "latin_hypercube")).random(n))


def sobol(factors: Sequence[Factor], n: int, seed: int) -> list[Point]:
    """Points from which Sobol' indices are estimated: n of a matrix A, n of B, and for each factor n of A with that factor from B.

    Both are halves of one scrambled Sobol' sequence (Saltelli et al. 2010); n is a power of two.
    """
    d = len(factors)
    both = qmc.Sobol(2 * d, rng=_rng(seed, "sobol")).random_base2(int(n).bit_length() - 1)
    a, b = both[:, :d], both[:, d:]
    mixed = []
    for i in range(d):
        column = a.copy()
        column[:, i] = b[:, i]
        mixed.append(column)
    return _points(factors, np.concatenate([a, b, *mixed]))


DESIGNS: dict[str, Callable[[Sequence[Factor], int, int], list[Point]]] = {
    "full": full,
    "one_at_a_time": one_at_a_time,
    "latin_hypercube": latin_hypercube,
    "sobol": sobol,
}
"""By name: the points of (factors, number of points or n, seed)."""
SAMPLED = ("latin_hypercube", "sobol")
"""Designs with a number of points, whose factors may be ranges."""


def _rng(seed: int, name: str) -> np.random.Generator:
    """SciPy's designs need a generator of NumPy's own, which can be spawned."""
    return np.random.default_rng(counter_key(seed, 0, f"study/{name}"))


def _points(factors: Sequence[Factor], places: np.ndarray) -> list[Point]:
    return [{factor.path: factor.at(u) for factor, u in zip(factors, row, strict=True)} for row in places.tolist()]
