"""How a store's staff come to use the new system: an exponential learning curve, in closed form.

Proficiency p is the work done in a given time, as a share of what settled staff do. With time constant τ its distance from 1 falls as e^(−t/τ)
(the exponential learning curve; Mazur & Hastie 1978, Psychological Bulletin 85, 1256-1274), in training and at work alike:

    p(t) = 1 − (1 − p₀) e^(−t/τ),   p₀ = 1 − (1 − untrained) e^(−training/τ)
    days to the criterion c = τ ln((1 − p₀) / (1 − c)), 0 where p₀ ≥ c
    missing proficiency up to T = ∫₀ᵀ (1 − p) dt = (1 − p₀) τ (1 − e^(−T/τ))
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ext.elementary import exp, expm1, log
from sim.planning.rollout.draws import quantile
from sim.planning.rollout.sections.stores import Adoption, Errors
from sim.streams import stream


@dataclass(frozen=True)
class Curve:
    """The learning curve of one kind of staff. Arrays broadcast."""

    begins_at: np.ndarray
    time_constant: np.ndarray
    """Days."""

    @staticmethod
    def of(untrained: float, trained_days: float, time_constant: np.ndarray) -> Curve:
        """Of staff that are trained for some days before the go-live."""
        return Curve(1 - (1 - untrained) * exp(-trained_days / time_constant), time_constant)

    def proficiency(self, days: np.ndarray) -> np.ndarray:
        """Some days after the go-live."""
        return 1 - (1 - self.begins_at) * exp(-days / self.time_constant)

    def days_to(self, criterion: float) -> np.ndarray:
        """Days from the go-live until proficiency is `criterion`."""
        return np.maximum(self.time_constant * log(np.maximum(1 - self.begins_at, 1e-300) / (1 - criterion)), 0.0)

    def missing(self, days: np.ndarray) -> np.ndarray:
        """Days of full work that are missing in the first days after the go-live."""
        return (1 - self.begins_at) * self.time_constant * -expm1(-days / self.time_constant)


def curve(adoption: Adoption, staff: str, time_constant: np.ndarray | float) -> Curve:
    """The learning curve of one kind of a store's staff, which ambassadors make steeper."""
    each = adoption.staff[staff]
    shortened = np.asarray(time_constant) / (1 + adoption.ambassador_effect * adoption.ambassadors)
    return Curve.of(each.untrained, each.trained_days, shortened)


@dataclass(frozen=True)
class Learners:
    """The learning curve of each kind of staff in every sample, with its share of a store's work."""

    curves: dict[str, Curve]
    shares: dict[str, float]

    def proficiency(self, days: np.ndarray) -> np.ndarray:
        """Of a store as a whole, some days after its go-live."""
        parts = [self.shares[name] * each.proficiency(days) for name, each in self.curves.items()]
        return np.add.reduce(parts)

    def missing(self, days: np.ndarray) -> np.ndarray:
        """Of a store as a whole, days of full work missing in its first days after the go-live, float64[n, stores] of float64[n, stores]."""
        parts = []
        for name, each in self.curves.items():
            column = Curve(each.begins_at[:, None], each.time_constant[:, None])
            parts.append(self.shares[name] * column.missing(days))
        return np.add.reduce(parts)


def learners(adoption: Adoption, seed: int, rows: int) -> Learners:
    """Learning curves with drawn time constants, float64[rows] each."""
    curves = {}
    for name, staff in adoption.staff.items():
        z = stream(seed, 0, f"rollout/staff/{name}").standard_normal(rows)
        curves[name] = curve(adoption, name, quantile(staff.time_constant_days, z))
    return Learners(curves, {name: staff.share for name, staff in adoption.staff.items()})


def error_rate(errors: Errors, proficiency: np.ndarray) -> np.ndarray:
    """Errors per operation: linear from `untrained` at proficiency 0 to `settled` at 1, less the share that incentives avoid."""
    return (1 - errors.incentive) * (errors.settled + (errors.untrained - errors.settled) * (1 - proficiency))
