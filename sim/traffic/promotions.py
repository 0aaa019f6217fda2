"""Which SKUs are on promotion on a day, by how much, and by how much the planner expects: those listed, and those made by rule."""

from __future__ import annotations

from datetime import timedelta
from functools import lru_cache

import numpy as np

from sim.scenario.loader import refuse_played
from sim.scenario.model import Scenario
from sim.scenario.sections.distributions import Constant, Lognormal
from sim.streams import counter_key, counter_uniform, use
from sim.traffic.assortment import Assortment
from sim.traffic.lifts import rest

Active = tuple[int, ...]
"""Promotions of a day: n for the n-th that is listed, −1 − round for those of the rule."""


class Promotions:
    """The promotions of a scenario; they are the same in all replications."""

    def __init__(self, scenario: Scenario, assortment: Assortment):
        """Raises `Refusal` where, on a day of the run, promoted SKUs would be asked for more often than there are lines."""
        self.scenario = scenario
        self._number = {code: n for n, code in enumerate(assortment.code)}
        self._listed, self._rule = scenario.traffic.promotions, scenario.traffic.promotion_rule
        for name in ("on", "factors"):
            setattr(self, name, lru_cache(maxsize=128)(getattr(self, name)))
        self._check(assortment.weight)

    def on(self, day: int) -> Active:
        """The promotions of a day of the run, counted from 0; empty where there are none."""
        today = self.scenario.start + timedelta(days=day)
        active = [n for n, each in enumerate(self._listed) if each.first <= today <= each.last]
        if self._rule is not None:
            begun, age_days = divmod(today.toordinal() - 1, self._rule.every_days)
            if age_days < self._rule.lasts_days:
                active.append(-1 - begun)
        return tuple(active)

    def factors(self, active: Active, planned: bool) -> np.ndarray:
        """Factors on the popularity of all SKUs, float64[n_skus]: the true ones, or those that are planned; 1 of those that are on no promotion."""
        factor = np.ones(len(self._number))
        for each in active:
            factor *= self._of_round(-1 - each, planned) if each < 0 else self._of_list(each, planned)
        return factor

    def _of_list(self, n: int, planned: bool) -> np.ndarray:
        each = self._listed[n]
        said = each.planned_factor if planned and each.planned_factor is not None else each.factor
        factor = np.ones(len(self._number))
        factor[[self._number[code] for code in each.skus]] = said
        return factor

    def _of_round(self, begun: int, planned: bool) -> np.ndarray:
        rule, n = self._rule, len(self._number)
        assert rule is not None
        key, sku = counter_key(self.scenario.seed, 0, f"promotions/{begun * rule.every_days}"), np.arange(n)
        first = np.argsort(counter_uniform(key, use("sku"), sku), kind="stable")[: round(rule.sku_share * n)]
        said = rule.factor.quantile(counter_uniform(key, use("factor"), first))
        if planned and rule.forecast_error_cv > 0:
            said = said * _error(rule.forecast_error_cv).quantile(counter_uniform(key, use("error"), first))
        factor = np.ones(n)
        factor[first] = said
        return factor

    def _check(self, weight: np.ndarray) -> None:
        seen = set()
        for day in range(self.scenario.days):
            active = self.on(day)
            if active in seen:
                continue
            seen.add(active)
            left = rest(weight, self.factors(active, False)) if active else 1.0
            if left <= 0:
                today = self.scenario.start + timedelta(days=day)
                at = ("promotion_rule", "factor") if active[-1] < 0 else ("promotions", active[-1], "factor")
                found = self._rule.factor if active[-1] < 0 and self._rule else self._listed[active[-1]].factor
                said = f"factors that leave other SKUs a line on {today}"
                refuse_played(self.scenario, ("traffic", *at), said, _shown(found))


def _error(cv: float) -> Lognormal:
    return Lognormal(distribution="lognormal", mean=1.0, cv=cv)


def _shown(found: object) -> object:
    return found if isinstance(found, float) else found.value if isinstance(found, Constant) else str(found)


def promotions(scenario: Scenario, assortment: Assortment) -> Promotions | None:
    """The promotions of a scenario; None where it has none."""
    traffic = scenario.traffic
    return Promotions(scenario, assortment) if traffic.promotions or traffic.promotion_rule else None
