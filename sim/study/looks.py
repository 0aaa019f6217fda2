"""Replications until intervals are narrow enough: added in rounds whose sizes are fixed beforehand, with intervals that hold at whichever it ends.

After each round the widths are looked at. Stopping at the first look that is narrow enough would, with intervals of 95 %, cover less than 95 %; with
K looks each interval is therefore one of 1 − 0.05/K (Bonferroni), so that all K together cover, and with them the one at which it ends. Rounds
double, so K grows with the logarithm of the most replications allowed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, isnan

import numpy as np

from sim.evidence.kpi_days import KpiDays


@dataclass(frozen=True)
class Target:
    """A half-width that is asked for: in the KPI's unit, or `relative` to its mean."""

    kpi: str
    half_width: float
    relative: bool = False

    def measured(self, days: KpiDays, level: float) -> float:
        """The half-width of a KPI, of an interval that is not symmetric its longer side, in the measure of the target; NaN where it is not known."""
        found = days.interval(level)
        width = max(found.mean - found.low, found.high - found.mean)
        if not self.relative or isnan(width):
            return width
        return width / abs(found.mean) if found.mean else (np.inf if width else 0.0)

    @property
    def limit(self) -> float:
        """The half-width, in its measure, at which it is reached.

        A relative error of γ against the true mean needs one of γ/(1 + γ) against the estimated one (Law, Simulation Modeling and Analysis, ch. 9).
        """
        return self.half_width / (1 + self.half_width) if self.relative else self.half_width


@dataclass(frozen=True)
class Reached:
    """How far a target was reached. `widest`: over points, in its measure; `advised`: about how many replications it needs, None where not known."""

    target: Target
    reached: bool
    widest: float
    advised: int | None


def looks(first: int, most: int) -> tuple[int, ...]:
    """Replications at each look: the first, then doubled, and `most` at last."""
    sizes = [first]
    while sizes[-1] < most:
        sizes.append(min(2 * sizes[-1], most))
    return tuple(sizes)


def level_of_a_look(confidence: float, count: int) -> float:
    """Confidence of each interval of `count` looks, so that all of them together hold with `confidence`."""
    return 1 - (1 - confidence) / count


def reached(targets: Sequence[Target], points: Sequence[Mapping[str, KpiDays]], level: float) -> list[Reached]:
    """Each target against the observations.

    Args:
        targets: to be reached at every point.
        points: of each its KPIs by name.
        level: of the intervals.
    """
    found = []
    for target in targets:
        widths = [target.measured(of[target.kpi], level) for of in points]
        widest = float("nan") if any(map(isnan, widths)) else max(widths)
        enough = widest <= target.limit
        played = max(len(of[target.kpi].cells) for of in points)
        needs = None if not np.isfinite(widest) else max(ceil(played * (widest / target.limit) ** 2), 2)
        found.append(Reached(target, bool(enough), widest, needs))
    return found
