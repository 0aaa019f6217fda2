"""The scale on which an outcome is compared, and what a lift on it is in per cent and in the outcome's own unit."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np


@dataclass(frozen=True)
class Outcome:
    """An outcome of stores by week, float64[stores, weeks]."""

    name: str
    figures: np.ndarray

    @property
    def scale(self) -> Literal["log", "level"]:
        """Logarithms where every figure is above 0: stores of all sizes then move by the same per cent in a week."""
        return "log" if self.figures.min() > 0 else "level"

    @property
    def values(self) -> np.ndarray:
        """The figures on the scale."""
        return np.log(self.figures) if self.scale == "log" else self.figures

    def planted(self, share: float) -> float:
        """A lift that is a share, on the scale."""
        return math.log1p(share) if self.scale == "log" else share * float(self.figures.mean())

    def share(self, lift: float | None, without: float) -> float | None:
        """A lift on the scale as a share of what there would be without it, `without`; None for one that nothing bounds or relates."""
        if lift is None or not math.isfinite(lift):
            return None
        if self.scale == "log":
            return math.expm1(lift)
        return lift / without if without > 0 else None

    def amount(self, lift: float, mean: float) -> float | None:
        """A lift on the scale in the outcome's unit, where the mean with it is `mean`; None for one that nothing bounds."""
        if not math.isfinite(lift):
            return None
        return -mean * math.expm1(-lift) if self.scale == "log" else lift
