"""What is drawn for each sample of a plan: lengths, costs, defects, consents, approvals and risks.

Every draw is of a stream named for its activity, driver or risk: plans with the same seed share the draws of what they have in common (common
random numbers). Lengths and costs have PERT's beta distribution (Malcolm, Roseboom, Clark & Fazar 1959, Operations Research 7, 646-669; Clark
1962, Operations Research 10, 405-406). Those that share a driver are correlated by a Gaussian copula (NORTA: Cario & Nelson 1997).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

import numpy as np
from scipy.special import betaincinv, ndtr

from ext.elementary import log
from sim.planning.rollout.calendars import on_grid
from sim.planning.rollout.network import Activity, Network, Three
from sim.planning.rollout.sections.project import Rollout
from sim.planning.rollout.sections.risks import Risk
from sim.streams import stream

State = Literal["planned", "bare", "mitigated", "off"]
"""A risk as the plan has it, without its mitigation, with it, or left out."""
_Z = np.linspace(-7.0, 7.0, 4_097)
"""Grid on which quantiles are tabulated; between its points they are linear."""


@dataclass(frozen=True)
class Draws:
    """Draws of n samples of m activities; float64[n, m], on the calendars' grid where they are days."""

    days: np.ndarray
    """Working days, delays by risks among them."""
    cost: np.ndarray
    """Beside the cost of people."""
    rework: np.ndarray
    """Working days of rework where a review follows at once; 0 without a defect."""
    pause: np.ndarray
    """Calendar days between the end of an activity and its result: a franchise store that is asked again."""
    approval: np.ndarray
    """Calendar days until money beyond the budget is approved."""
    gates: np.ndarray
    """Days from the go-live of the wave before until each gate opens, float64[n, gates]; inf where it never does."""

    def rows(self, number: int) -> Draws:
        """The first samples."""
        return Draws(*(getattr(self, name)[:number] for name in self.__dataclass_fields__))

    @staticmethod
    def stacked(several: Sequence[Draws]) -> Draws:
        """The samples of several, one after the other."""
        names = Draws.__dataclass_fields__
        return Draws(*(np.concatenate([getattr(each, name) for each in several]) for name in names))


def quantile(three: Three, z: np.ndarray) -> np.ndarray:
    """Of PERT's beta distribution with these three points at the normal quantiles `z`, float64 of their shape.

    Its mean is (a + 4 m + b) / 6, its shape parameters add up to 6; the quantile function is linear between 4,097 points of z.
    """
    low, likely, high = three
    if high == low:
        return np.full(z.shape, low)
    return low + (high - low) * np.interp(z, _Z, _table((likely - low) / (high - low)))


@lru_cache(maxsize=1024)
def _table(mode: float) -> np.ndarray:
    return betaincinv(1 + 4 * mode, 5 - 4 * mode, ndtr(_Z))


def moments(three: Three) -> tuple[float, float]:
    """Mean and variance of PERT's beta distribution: (a + 4 m + b) / 6 and (mean − a)(b − mean) / 7."""
    low, likely, high = three
    mean = (low + 4 * likely + high) / 6
    return mean, (mean - low) * (high - mean) / 7


class Sampler:
    """Draws of one plan; risks may be switched without drawing the rest anew."""

    def __init__(self, rollout: Rollout, network: Network, samples: int, gates: np.ndarray | None = None):
        self.rollout, self.network, self.samples = rollout, network, samples
        self._gates = np.zeros((samples, 0)) if gates is None else gates
        self.drivers = {name: self._normal(f"driver/{name}") for name in rollout.drivers}
        self._base = self._of_activities()

    def _stream(self, name: str) -> np.random.Generator:
        return stream(self.rollout.seed, 0, f"rollout/{name}")

    def _normal(self, name: str) -> np.ndarray:
        return self._stream(name).standard_normal(self.samples)

    def _three(self, three: Three, name: str) -> np.ndarray:
        """Draws of an amount with a stream of its own, float64[n]; none where it does not vary."""
        return quantile(three, self._normal(name) if three[2] > three[0] else np.zeros(self.samples))

    def _of_activities(self) -> Draws:
        shape = (self.samples, len(self.network.activities))
        days, cost, rework, pause, approval = (np.zeros(shape) for _ in range(5))
        drawn = Draws(days, cost, rework, pause, approval, self._gates)
        for n, each in enumerate(self.network.activities):
            drawn.days[:, n] = on_grid(self._length(each))
            if each.cost[2]:
                drawn.cost[:, n] = self._three(each.cost, f"{each.name}/cost")
            if self.rollout.budget and self.network.queued[n]:
                wait = self._three(self.rollout.budget.approval_days, f"{each.name}/approval")
                drawn.approval[:, n] = on_grid(wait)
            if each.defects:
                drawn.rework[:, n] = (self._stream(f"{each.name}/defect").random(self.samples) < each.defects) * (
                    self.rollout.reviews.rework * drawn.days[:, n]
                )
            if each.kind == "consent" and self.rollout.consent:
                drawn.pause[:, n] = on_grid(self._refused(each.name) * self.rollout.consent.again_days)
        return drawn

    def _length(self, activity: Activity) -> np.ndarray:
        if activity.days[2] == activity.days[0]:
            return np.full(self.samples, activity.days[0])
        own = max(0.0, 1 - sum(weight**2 for weight in activity.drivers.values()))
        z = np.sqrt(own) * self._normal(f"{activity.name}/days")
        for driver, weight in activity.drivers.items():
            z = z + weight * self.drivers[driver]
        return quantile(activity.days, z)

    def _refused(self, name: str) -> np.ndarray:
        """Times that a store refuses before it consents: geometric, at most one less than it is asked. int64[n]."""
        consent = self.rollout.consent
        if consent is None or consent.chance == 1:
            return np.zeros(self.samples, dtype=np.int64)
        u = 1 - self._stream(f"{name}/answers").random(self.samples)
        return np.minimum(np.floor(log(u) / math.log1p(-consent.chance)), consent.most - 1).astype(np.int64)

    def happens(self, states: Mapping[str, State] | None = None) -> dict[str, np.ndarray]:
        """Whether each risk happens, bool[n] by name; `states` of risks that are not as planned."""
        found: dict[str, np.ndarray] = {}
        for risk in self.rollout.risks:
            state = (states or {}).get(risk.name, "planned")
            u = self._stream(f"risk/{risk.name}").random(self.samples)
            factor = 1.0
            if mitigated(risk, state) and risk.mitigation and risk.mitigation.chance is not None:
                factor = risk.mitigation.chance / risk.chance if risk.chance else 1.0
            chance = np.full(self.samples, risk.chance)
            for other, given in risk.where.items():
                chance = np.where(found[other], given, chance)
            found[risk.name] = (u < chance * factor) & (state != "off")
        return found

    def draws(self, states: Mapping[str, State] | None = None) -> Draws:
        """Draws with risks as planned, or in other states. The arrays are not to be changed."""
        states, happens, days = states or {}, self.happens(states), self._base.days
        tasks = [each.task if each.kind == "task" else "" for each in self.network.activities]
        for risk in self.rollout.risks:
            if not risk.delays or not happens[risk.name].any():
                continue
            days = days.copy() if days is self._base.days else days
            remaining = self._remaining(risk, states)
            for task, three in risk.delays.items():
                drawn = self._three(three, f"risk/{risk.name}/{task}")
                delay = on_grid(remaining * happens[risk.name] * drawn)
                days[:, [n for n, name in enumerate(tasks) if name == task]] += delay[:, None]
        return replace(self._base, days=days)

    def _remaining(self, risk: Risk, states: Mapping[str, State]) -> float:
        """Share of a risk's impact that its mitigation leaves."""
        taken = mitigated(risk, states.get(risk.name, "planned"))
        return risk.mitigation.remaining if taken and risk.mitigation else 1.0

    def risk_cost(self, states: Mapping[str, State] | None = None) -> np.ndarray:
        """Cost of the risks that happen and of the mitigations taken, float64[n]."""
        states, happens, total = states or {}, self.happens(states), np.zeros(self.samples)
        for risk in self.rollout.risks:
            if risk.cost[2]:
                drawn = self._three(risk.cost, f"risk/{risk.name}/cost")
                total = total + happens[risk.name] * self._remaining(risk, states) * drawn
            if mitigated(risk, states.get(risk.name, "planned")) and risk.mitigation:
                total = total + risk.mitigation.cost
        return total

    def store_losses(self, states: Mapping[str, State] | None = None) -> list[tuple[np.ndarray, np.ndarray]]:
        """Of each risk that hits the stores: the share of sales lost, 0 where it does not happen, and for how many days; float64[n] each."""
        states, happens, found = states or {}, self.happens(states), []
        for risk in self.rollout.risks:
            if risk.stores:
                share = self._three(risk.stores.share_of_sales, f"risk/{risk.name}/share")
                days = self._three(risk.stores.days, f"risk/{risk.name}/days")
                found.append((happens[risk.name] * self._remaining(risk, states) * share, days))
        return found


def mitigated(risk: Risk, state: State) -> bool:
    """Whether a risk's mitigation is taken in a state."""
    return risk.mitigation is not None and (state == "mitigated" or (state == "planned" and risk.mitigation.taken))
