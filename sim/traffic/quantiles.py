"""Distributions as columns of a day sheet: a whole day's values at once, and one shared column for a constant.

Discrete distributions are inverted with a guide table: SKU, channel or number of units of a uniform.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from ext.draws import durations, steps, uniforms, values
from ext.elementary import cos, power
from sim.clock import on_tick
from sim.scenario.sections.distributions import Constant, Smooth, Varying
from sim.streams import use

_CELLS_A_STEP, _LEAST, _MOST = 4, 1 << 8, 1 << 16


class Steps:
    """Draws i with the weight between the cumulative sums i − 1 and i, by a guide table (Chen and Asau 1974) and a short linear search."""

    def __init__(self, cumulative: np.ndarray):
        share = np.asarray(cumulative, dtype=np.float64) / cumulative[-1]
        # Uniforms are whole numbers and a half, in units of 2⁻⁵².
        self.ends = np.ceil(share * 2.0**52 - 0.5).astype(np.int64)
        cells = min(max(1 << (_CELLS_A_STEP * len(share) - 1).bit_length(), _LEAST), _MOST)
        self.guide = np.searchsorted(self.ends, np.arange(cells) * (2**52 // cells), side="right").astype(np.int32)

    def draw(self, key: int, name: str, n: int) -> np.ndarray:
        """The steps of `counter_uniform(key, use(name), 0 … n − 1)`, int32[n]."""
        return steps(key, use(name), n, self.guide, self.ends)


_CELLS, _COEFFICIENTS = 8, 8
_OCTAVES = np.arange(-40, -1)
_TOLERANCE = 1e-11
_ULP = 2.0**-53


class Same:
    """One value, or one row of values, for all customers: columns of any length are read-only views of one array."""

    def __init__(self, value: ArrayLike, dtype: DTypeLike = np.float64) -> None:
        self.value = np.asarray(value, dtype=dtype)
        self._column = self.value[None][:0]

    def __call__(self, n: int) -> np.ndarray:
        """The value n times, [n, …]."""
        column = self._column
        if n > len(column):
            self._column = column = np.repeat(self.value[None], 2 * n, axis=0)
            column.flags.writeable = False
        return column[:n]


class Quantiles:
    """A distribution, drawn by inversion: by polynomials where it is smooth enough for them to follow it closely."""

    def __init__(self, distribution: Varying):
        self._distribution = distribution
        self._same_s = Same(on_tick(max(distribution.value, 0.0))) if isinstance(distribution, Constant) else None
        self._table = table(distribution) if isinstance(distribution, Smooth) else None

    @property
    def constant_s(self) -> float | None:
        """The duration of a distribution that has one alone."""
        return float(self._same_s.value) if self._same_s else None

    def draw(self, key: int, name: str, n: int) -> np.ndarray:
        """The distribution's quantiles at `counter_uniform(key, use(name), 0 … n − 1)`, float64[n]: to 1 part in 10¹¹, from 2⁻⁴⁰ to 1 − 2⁻⁴⁰."""
        if self._table is None:
            return self._distribution.quantile(uniforms(key, use(name), n))
        return values(key, use(name), n, self._table)

    def draw_s(self, key: int, name: str, n: int) -> np.ndarray:
        """The same as seconds: none below 0, on tick. The column may be one that others have too: it is not to be written to."""
        if self._same_s:
            return self._same_s(n)
        if self._table is None:
            return on_tick(np.maximum(self.draw(key, name, n), 0.0))
        return durations(key, use(name), n, self._table)


@lru_cache(maxsize=256)
def table(distribution: Smooth) -> np.ndarray | None:
    """Coefficients for `ext.draws`, float64[2, cells, coefficients]; None where some polynomial misses the distribution."""
    powers = np.arange(_COEFFICIENTS)
    u, x = _places(cos((powers + 0.5) * np.pi / _COEFFICIENTS))
    with np.errstate(all="ignore"):
        coefficients = _interpolated(x, distribution.quantile(u))
        # Midway between Chebyshev's nodes, and at the edges, a polynomial is furthest from what it interpolates.
        u, x = _places(cos(np.arange(_COEFFICIENTS + 1) * np.pi / _COEFFICIENTS))
        interpolated, expected = (
            np.einsum("scj,cpj->scp", coefficients, power(x[..., None], powers)),
            distribution.quantile(u),
        )
        typical = np.abs(distribution.quantile(np.array([0.25, 0.5, 0.75]))).max()
        if not np.all(np.abs(interpolated - expected) <= _TOLERANCE * np.maximum(np.abs(expected), typical)):
            return None
    return coefficients * power(2.0 * _CELLS, powers)


def _interpolated(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Coefficients, by rising powers, of the polynomials through places x float64[cells, places] with values y float64[2, cells, places].

    Divided differences, then Newton's form multiplied out (Björck and Pereyra 1970, *Mathematics of Computation* 24, 893-903): element by element,
    where LAPACK would round as the processor's own kernels do.
    """
    coefficients, last = y.copy(), y.shape[-1] - 1
    for k in range(last):
        rise = coefficients[..., k + 1 :] - coefficients[..., k:-1]
        coefficients[..., k + 1 :] = rise / (x[..., k + 1 :] - x[..., : last - k])
    for k in reversed(range(last)):
        for j in range(k, last):
            coefficients[..., j] -= x[..., k] * coefficients[..., j + 1]
    return coefficients


def _places(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Uniforms at places x of all cells, float64[2, cells, places], below and above ½, and these places as the grid of 2⁻⁵³ has them."""
    half = np.repeat(np.ldexp(0.5 / _CELLS, _OCTAVES), _CELLS)[:, None]
    middle = np.ldexp(1 + (np.arange(_CELLS) + 0.5) / _CELLS, _OCTAVES[:, None]).reshape(-1, 1)
    tail = np.rint((middle + half * x) / _ULP) * _ULP
    return np.stack([tail, 1 - tail]), (tail - middle) / half
