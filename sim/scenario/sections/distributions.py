"""Distributions: anywhere a number can vary, a scenario may name one instead.

Every distribution is sampled by inversion: one uniform gives one number, so scenarios that differ in a parameter stay coupled draw by draw.
"""

from __future__ import annotations

import contextlib
import math
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import BeforeValidator, Discriminator, Field, PlainSerializer, model_validator
from scipy import special

from ext.elementary import exp, log1p
from ext.quantiles import normal
from sim.scenario.sections.section import Section, Weight, Within

Real = Annotated[float, Within(-1e12, 1e12)]
Mean = Annotated[float, Within(1e-9, 1e12)]
Variation = Annotated[float, Within(0, 1_000)]
"""A coefficient of variation: standard deviation over mean."""
_FAR = 1 - 1e-9
"""What lies beyond this quantile is drawn once in a thousand million times."""


class Constant(Section):
    """Always the same value."""

    distribution: Literal["constant"] = "constant"
    value: Real

    @property
    def ends(self) -> tuple[float, float]:
        """The smallest and the largest value that it draws, the latter at quantile `_FAR` where there is none."""
        return self.value, self.value

    @property
    def mean(self) -> float:
        """The mean."""
        return self.value

    def quantile(self, u: float | np.ndarray) -> np.ndarray:
        """Values at the probabilities u, float64 of u's shape."""
        return np.full_like(u, self.value, dtype=np.float64)


class Exponential(Section):
    """Exponential, by its mean."""

    distribution: Literal["exponential"]
    mean: Annotated[float, Within(0, 1e12)]

    @property
    def ends(self) -> tuple[float, float]:
        """Lowest and highest value that is checked against a field's range."""
        return _unbounded(self)

    def quantile(self, u: float | np.ndarray) -> np.ndarray:
        """Values at the probabilities u, float64 of u's shape."""
        return -self.mean * np.asarray(log1p(-u))


class Lognormal(Section):
    """By its mean and its coefficient of variation."""

    distribution: Literal["lognormal"]
    mean: Mean
    cv: Variation

    @property
    def ends(self) -> tuple[float, float]:
        """Lowest and highest value that is checked against a field's range."""
        return _unbounded(self)

    def quantile(self, u: float | np.ndarray) -> np.ndarray:
        """Values at the probabilities u, float64 of u's shape."""
        sigma2 = math.log1p(self.cv**2)
        return self.mean * np.asarray(exp(math.sqrt(sigma2) * normal(u) - sigma2 / 2))


class Gamma(Section):
    """By its mean and its coefficient of variation."""

    distribution: Literal["gamma"]
    mean: Mean
    cv: Annotated[float, Within(1e-3, 100)]

    @property
    def ends(self) -> tuple[float, float]:
        """Lowest and highest value that is checked against a field's range."""
        return _unbounded(self)

    def quantile(self, u: float | np.ndarray) -> np.ndarray:
        """Values at the probabilities u, float64 of u's shape."""
        shape = self.cv**-2
        return np.asarray(self.mean / shape * special.gammaincinv(shape, u))


class Uniform(Section):
    """Every value between two equally likely."""

    distribution: Literal["uniform"]
    low: Real
    high: Real

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.low > self.high:
            raise ValueError("low ≤ high")
        return self

    @property
    def ends(self) -> tuple[float, float]:
        """Lowest and highest value."""
        return self.low, self.high

    @property
    def mean(self) -> float:
        """The mean."""
        return (self.low + self.high) / 2

    def quantile(self, u: float | np.ndarray) -> np.ndarray:
        """Values at the probabilities u, float64 of u's shape."""
        return self.low + (self.high - self.low) * np.asarray(u)


class _ThreePoint(Section):
    low: Real
    mode: Real
    high: Real

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.low <= self.mode <= self.high:
            raise ValueError("low ≤ mode ≤ high")
        return self

    @property
    def ends(self) -> tuple[float, float]:
        return self.low, self.high


class Triangular(_ThreePoint):
    """Triangular between two values, with a mode."""

    distribution: Literal["triangular"]

    @property
    def mean(self) -> float:
        """The mean."""
        return (self.low + self.mode + self.high) / 3

    def quantile(self, u: float | np.ndarray) -> np.ndarray:
        """Values at the probabilities u, float64 of u's shape."""
        width = self.high - self.low
        if width == 0:
            return np.full_like(u, self.low, dtype=np.float64)
        rise = np.sqrt(u * width * (self.mode - self.low))
        fall = np.sqrt((1 - u) * width * (self.high - self.mode))
        return np.where(u * width < self.mode - self.low, self.low + rise, self.high - fall)


class Pert(_ThreePoint):
    """The beta distribution of project planning: mean (low + 4 mode + high) / 6."""

    distribution: Literal["pert"]

    @property
    def mean(self) -> float:
        """The mean."""
        return (self.low + 4 * self.mode + self.high) / 6

    def quantile(self, u: float | np.ndarray) -> np.ndarray:
        """Values at the probabilities u, float64 of u's shape."""
        width = self.high - self.low
        if width == 0:
            return np.full_like(u, self.low, dtype=np.float64)
        a = 1 + 4 * (self.mode - self.low) / width
        return np.asarray(self.low + width * special.betaincinv(a, 6 - a, u))


class Empirical(Section):
    """Observed values, with a weight each (equal where none are given)."""

    distribution: Literal["empirical"]
    values: Annotated[list[Real], Field(min_length=1, max_length=100_000)]
    weights: list[Weight] | None = None

    @model_validator(mode="after")
    def _weighted(self) -> Self:
        if self.weights is not None and (len(self.weights) != len(self.values) or sum(self.weights) <= 0):
            raise ValueError("one weight a value, not all zero")
        return self

    @property
    def ends(self) -> tuple[float, float]:
        """Lowest and highest value."""
        return min(self.values), max(self.values)

    def _cumulative(self) -> tuple[np.ndarray, np.ndarray]:
        order = np.argsort(self.values, kind="stable")
        weights = np.ones(len(order)) if self.weights is None else np.asarray(self.weights, dtype=np.float64)[order]
        return np.asarray(self.values, dtype=np.float64)[order], np.cumsum(weights) / weights.sum()

    @property
    def mean(self) -> float:
        """The weighted mean."""
        return float(np.average(self.values, weights=self.weights))

    def quantile(self, u: float | np.ndarray) -> np.ndarray:
        """Values at the probabilities u, float64 of u's shape."""
        values, cumulative = self._cumulative()
        return values[np.minimum(np.searchsorted(cumulative, u, side="right"), len(values) - 1)]


Smooth = Exponential | Lognormal | Gamma | Uniform | Triangular | Pert
"""Distributions with a density."""

Distribution = Annotated[
    Constant | Smooth | Empirical,
    Discriminator("distribution"),
]


def _unbounded(distribution: Smooth) -> tuple[float, float]:
    nearest, furthest = distribution.quantile(np.array([1 - _FAR, _FAR])).tolist()
    return min(distribution.mean, nearest), max(distribution.mean, furthest)


def _number(value: object) -> object:
    """A number is a constant, also the text of one: cells of a table are texts."""
    if isinstance(value, str):
        with contextlib.suppress(ValueError):
            value = float(value)
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return {"distribution": "constant", "value": value} if is_number else value


def _plain(value: Distribution) -> object:
    return value.value if isinstance(value, Constant) else value.model_dump(mode="json")


Varying = Annotated[Distribution, BeforeValidator(_number), PlainSerializer(_plain)]
"""A number, or a distribution. Has `mean` and `quantile(u)`: uniforms in (0, 1) of any shape to values of the same shape."""
VaryingSeconds = Annotated[Varying, Within(0, 1e6, "s")]
VaryingMinutes = Annotated[Varying, Within(0, 1e6, "min")]
VaryingDays = Annotated[Varying, Within(0, 36_600, "d")]
VaryingLines = Annotated[Varying, Within(0, 1e5, "lines")]
