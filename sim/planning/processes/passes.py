"""Times of a process: mean and variance in closed form, passes drawn at random, and the distribution that the chain plays.

A pass is an absorbing Markov chain with a reward, the time, in each state (Kemeny and Snell 1960, Finite Markov Chains, ch. 3; Howard 1971,
Dynamic Probabilistic Systems I). With chances Q, mean times μ and second moments s of the steps' own times, the time to the end has the mean
m = (I − Q)⁻¹ μ and the second moment (I − Q)⁻¹ (s + 2 μ ∘ Q m).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.planning.processes.steps import Process
from sim.scenario.sections.distributions import Constant, Empirical, Varying

PASSES = 100_000
LEVELS = 1_000
"""Values of a distribution that is drawn from passes: each the mean of as many of them."""
BY_MEAN = ("sku", "unit", "line")
"""Parts of which a ticket or order has several: the chain draws one time for all of them."""


def moments(process: Process, part: str) -> tuple[float, float]:
    """Mean s and variance s² of the time that a pass spends in the steps of a part."""
    of = process.of(part)
    mean = np.array([step.takes.mean for step in process.steps]) * of
    second = np.array([variance(step.takes) for step in process.steps]) * of + mean**2
    return _moments(process, mean, second)


def _moments(process: Process, mean: np.ndarray, second: np.ndarray) -> tuple[float, float]:
    fundamental = np.linalg.inv(np.eye(len(process.steps)) - process.chance)
    to_end = fundamental @ mean
    square = fundamental @ (second + 2 * mean * (process.chance @ to_end))
    whole = float(process.first @ to_end)
    return whole, max(float(process.first @ square) - whole**2, 0.0)


def variance(takes: Varying) -> float:
    """Of a distribution, in closed form."""
    match takes.distribution:
        case "constant":
            return 0.0
        case "exponential":
            return takes.mean**2
        case "lognormal" | "gamma":
            return (takes.mean * takes.cv) ** 2
        case "uniform":
            return (takes.high - takes.low) ** 2 / 12
        case "triangular":
            a, b, c = takes.low, takes.mode, takes.high
            return (a * a + b * b + c * c - a * b - a * c - b * c) / 18
        case "pert":
            return (takes.mean - takes.low) * (takes.high - takes.mean) / 7
        case _:
            return float(np.average((np.array(takes.values) - takes.mean) ** 2, weights=takes.weights))


def drawn(process: Process, part: str, passes: int, seed: int) -> np.ndarray:
    """float64[passes], s: times that random passes spend in the steps of a part."""
    generator = np.random.default_rng(seed)
    of = process.of(part)
    cumulative = np.cumsum(process.chance, axis=1)
    total = np.zeros(passes)
    going = np.arange(passes)
    at = np.searchsorted(np.cumsum(process.first) * (1 - 1e-12), generator.random(passes), side="right")
    at = np.minimum(at, len(process.steps) - 1)
    while len(going):
        for number in np.unique(at[of[at]]):
            here = at == number
            total[going[here]] += process.steps[number].takes.quantile(generator.random(int(here.sum())))
        after = (cumulative[at] <= generator.random(len(at))[:, None]).sum(axis=1)
        stays = after < len(process.steps)
        going, at = going[stays], after[stays]
    return total


def time_of(process: Process, part: str, seed: int) -> Varying:
    """What the chain draws for a part, s.

    One step that every pass makes once is drawn as it is. Of several steps, a part of which a ticket has many goes in by its mean, and any other
    by `LEVELS` values from random passes, scaled to the exact mean.
    """
    mean, squared = moments(process, part)
    of = np.flatnonzero(process.of(part))
    if len(of) == 1 and _once(process, int(of[0])):
        return process.steps[of[0]].takes
    if part in BY_MEAN or squared <= 1e-12 * mean**2:
        return Constant(value=mean)
    return in_levels(drawn(process, part, PASSES, seed), mean)


def in_levels(times: np.ndarray, mean: float) -> Empirical:
    """A distribution of equally likely values, means of neighbours among `times`, float64[PASSES], scaled to a mean."""
    values = np.sort(times).reshape(LEVELS, -1).mean(axis=1)
    return Empirical(distribution="empirical", values=(values * (mean / values.mean())).tolist())


def scaled(takes: Varying, factor: float) -> Varying:
    """A distribution of `factor` times the values."""
    given: dict[str, Any] = takes.model_dump()
    times: dict[str, Any] = {
        name: given[name] * factor for name in ("value", "mean", "low", "mode", "high") if name in given
    }
    if "values" in given:
        times["values"] = [value * factor for value in given["values"]]
    return type(takes).model_validate(given | times)


def _once(process: Process, number: int) -> bool:
    one = np.zeros(len(process.steps))
    one[number] = 1.0
    mean, squared = _moments(process, one, one)
    return abs(mean - 1) < 1e-9 and squared < 1e-9
