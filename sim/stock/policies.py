"""Replenishment policies: small objects with one pure function over arrays, from the planner's view at a review to units ordered."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from sim.records.refusal import Refusal
from sim.scenario import user_code
from sim.scenario.sections import policies as configured
from sim.stock.exact.newsvendor import safety_stock_for_cycle_service, safety_stock_for_fill_rate


@dataclass(frozen=True)
class Review:
    """The planner's view of some locations and SKUs at a review; arrays are [locations, skus], or broadcast to it, unless documented otherwise."""

    position: np.ndarray
    """int64: inventory position, book stock not promised plus units on order."""
    mean_demand: np.ndarray
    """float64: units a day, in an average year."""
    review_days: float = 1.0
    """Until the next review."""
    lead_time_days: np.ndarray | float = 0.0
    lead_time_sd_days: np.ndarray | float = 0.0
    forecast: np.ndarray | None = None
    """float64[days, locations, skus]: units on each of the days ahead; given to policies with `foresees = True`."""
    error_sd: np.ndarray | None = None
    """float64: standard deviation of one day's demand around its forecast."""
    price: np.ndarray | float = 0.0
    """float64[skus]"""
    unit_cost: np.ndarray | float = 0.0
    """float64[skus]"""
    at_source: np.ndarray | int = 0
    """int64: units available at the warehouse that feeds the location; 0 of what a supplier delivers to it."""
    share: np.ndarray | float = 0.0
    """float64: the location's share of the demand of all that the warehouse feeds."""

    @property
    def exposure_days(self) -> np.ndarray:
        """Days of demand that an order placed now must cover: until the next review's order arrives."""
        return self.review_days + np.asarray(self.lead_time_days, dtype=np.float64)

    def demand(self, days: ArrayLike) -> np.ndarray:
        """float64: forecast units over the next `days` (a number, or one for each cell; parts of a day count in part)."""
        forecast = _foreseen(self.forecast)
        day = np.arange(len(forecast))[:, None, None]
        return (np.clip(np.asarray(days) - day, 0.0, 1.0) * forecast).sum(axis=0)

    def exposure_sd(self) -> np.ndarray:
        """float64: of demand over the exposure: days of independent errors, and a lead time that varies."""
        daily = _foreseen(self.forecast).mean(axis=0)
        return np.sqrt(self.exposure_days * _foreseen(self.error_sd) ** 2 + (self.lead_time_sd_days * daily) ** 2)


def _foreseen(values: np.ndarray | None) -> np.ndarray:
    if values is None:
        raise TypeError("a forecast is used by a policy without `foresees = True`")
    return values


class Policy(Protocol):
    """A class with `foresees = True` is given forecasts, over the exposure and at least its `days`, if it has such a field."""

    def order(self, review: Review) -> np.ndarray:
        """Units to order, int64[locations, skus], before rounding to packs. A level that is no whole number is rounded up."""
        ...


@dataclass(frozen=True)
class MinMax:
    """When the position falls to `least_days` of mean demand, order up to `most_days`."""

    least_days: float
    most_days: float

    def order(self, review: Review) -> np.ndarray:
        """float64[n_locations, n_skus]: up to `most_days` of demand where the position is at `least_days` or below."""
        level = _whole(self.most_days * review.mean_demand)
        low = review.position <= self.least_days * review.mean_demand
        return np.where(low, np.maximum(level - review.position, 0), 0)


@dataclass(frozen=True)
class ReorderUpTo:
    """(s,S): when the position is at or below s, order up to S."""

    s: int
    S: int

    def order(self, review: Review) -> np.ndarray:
        """Up to S where the position is at s or below."""
        return np.where(review.position <= self.s, self.S - review.position, 0)


@dataclass(frozen=True)
class ReorderQuantity:
    """(r,Q): when the position is at or below r, order the least number of Qs that lifts it above r."""

    r: int
    Q: int

    def order(self, review: Review) -> np.ndarray:
        """As many times Q as bring the position above r."""
        return np.where(review.position <= self.r, ((self.r - review.position) // self.Q + 1) * self.Q, 0)


@dataclass(frozen=True)
class BaseStock:
    """(R,S): order up to a level at every review: `units`, or `days` of mean demand."""

    days: float | None = None
    units: int | None = None

    def order(self, review: Review) -> np.ndarray:
        """Up to the base-stock level, in units or days of demand."""
        level = np.asarray(self.units) if self.days is None else _whole(self.days * review.mean_demand)
        return np.maximum(level - review.position, 0)


@dataclass(frozen=True)
class DaysOfCover:
    """Order up to the demand forecast for the next `days`."""

    days: float
    foresees = True

    def order(self, review: Review) -> np.ndarray:
        """Up to the forecast demand of so many days."""
        return np.maximum(_whole(review.demand(self.days)) - review.position, 0)


@dataclass(frozen=True)
class ForecastDriven:
    """Order up to the forecast over the exposure plus safety stock for a fill rate or a cycle service level."""

    fill_rate: float | None = None
    cycle_service: float | None = None
    foresees = True

    def order(self, review: Review) -> np.ndarray:
        """Up to the forecast over lead time and review, with safety stock for the service asked for."""
        sd = review.exposure_sd()
        if self.fill_rate is not None:
            safety = safety_stock_for_fill_rate(sd, self.fill_rate, review.demand(review.review_days))
        elif self.cycle_service is not None:
            safety = safety_stock_for_cycle_service(sd, self.cycle_service)
        else:
            raise ValueError("fill_rate or cycle_service, one of the two")
        return np.maximum(_whole(review.demand(review.exposure_days) + safety) - review.position, 0)


@dataclass(frozen=True)
class Newsvendor:
    """Order up to the newsvendor's level over the exposure: a unit short loses its margin, a unit left over its cost less salvage."""

    salvage_share: float = 0.0
    foresees = True

    def order(self, review: Review) -> np.ndarray:
        """Up to the critical quantile of demand until the following delivery."""
        margin, waste = review.price - review.unit_cost, review.unit_cost * (1 - self.salvage_share)
        ratio = np.clip(margin / np.maximum(margin + waste, 1e-300), 1e-6, 1 - 1e-6)
        level = review.demand(review.exposure_days) + ndtri(ratio) * review.exposure_sd()
        return np.maximum(_whole(level) - review.position, 0)


@dataclass(frozen=True)
class Push:
    """Share out a part of what the warehouse has, by the stores' mean demand."""

    part: float

    def order(self, review: Review) -> np.ndarray:
        """A share of what the source has, by each store's part of demand."""
        return np.floor(self.part * review.at_source * review.share).astype(np.int64)


@dataclass(frozen=True)
class Nothing:
    """Never order."""

    def order(self, review: Review) -> np.ndarray:
        """Nothing."""
        return np.zeros_like(review.position)


def policy(rule: configured.Single) -> Policy:
    """The policy that a scenario names. Raises `Refusal` where a user's own cannot be had."""
    match rule:
        case configured.MinMax():
            return MinMax(rule.least_days, rule.most_days)
        case configured.ReorderUpTo():
            return ReorderUpTo(rule.s, rule.S)
        case configured.ReorderQuantity():
            return ReorderQuantity(rule.r, rule.Q)
        case configured.BaseStock():
            return BaseStock(rule.days, rule.units)
        case configured.DaysOfCover():
            return DaysOfCover(rule.days)
        case configured.ForecastDriven():
            return ForecastDriven(rule.fill_rate, rule.cycle_service)
        case configured.Newsvendor():
            return Newsvendor(rule.salvage_share)
        case configured.Push():
            return Push(rule.share)
        case configured.Own():
            return _own(rule)
        case configured.NoReplenishment():
            return Nothing()
    raise TypeError(f"no policy for {type(rule).__name__}")


def _own(rule: configured.Own) -> Policy:
    where = rule.file or "__main__"
    module = sys.modules["__main__"] if rule.file is None else user_code.executed(rule)
    made: Any = getattr(module, rule.name, None)
    if not callable(getattr(made, "order", None)):
        raise Refusal(where, rule.name, "a class with a method order(review)", made)
    try:
        return made(**rule.parameters)
    except TypeError as error:
        raise Refusal(where, rule.name, "parameters that the class takes", str(error)) from None
    except Exception as error:
        raise user_code.failure(where, error) from None


def orders(policy: Policy, review: Review) -> np.ndarray:
    """What a policy orders at a review, checked: int64 ≥ 0 of the review's shape. Raises `Refusal` for a user's own that cannot."""
    try:
        units = policy.order(review)
    except Exception as error:
        if type(policy).__module__ == __name__:
            raise
        raise user_code.failure(_file_of(policy), error) from None
    return checked(units, review, policy)


def checked(units: np.ndarray, review: Review, policy: Policy) -> np.ndarray:
    """What a policy ordered, checked to be int64 ≥ 0 of the review's shape; a user's own may return anything."""
    units = np.asarray(units)
    field = f"{type(policy).__name__}.order"
    if units.shape != review.position.shape or units.dtype.kind not in "iu":
        expected = f"whole numbers of shape {review.position.shape} from order"
        raise Refusal(_file_of(policy), field, expected, f"{units.dtype} of shape {units.shape}")
    if units.size and units.min() < 0:
        raise Refusal(_file_of(policy), field, "units ≥ 0", int(units.min()))
    return units.astype(np.int64, copy=False)


def _file_of(policy: Policy) -> str:
    """The Python file of a policy's class; the module's name where a class was typed in, as in a notebook."""
    module = type(policy).__module__
    return getattr(sys.modules.get(module), "__file__", None) or module


def in_packs(units: np.ndarray, pack: np.ndarray) -> np.ndarray:
    """Rounded up to whole packs."""
    return -(-units // pack) * pack


def _whole(level: np.ndarray) -> np.ndarray:
    return np.ceil(level).astype(np.int64)
