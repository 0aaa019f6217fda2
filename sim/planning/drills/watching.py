"""What a drill measures in a replication: customers and sales lost, waits where it hits, and its course minute by minute or day by day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ext.visits import Fate
from sim.chain.chain import Chain
from sim.chain.store.engine import DayResult, Engine, Refills, Regime
from sim.chain.store.software import Answers
from sim.chain.store.store import engine_of
from sim.clock import DAY_S
from sim.evidence.statistics.replications import interval
from sim.records.decisions.drills import Spread
from sim.scenario.model import Scenario
from sim.traffic.day_sheet import DaySheet

MINUTE_S = 60.0
BETTER = {"lost_sales": -1, "sales": 1, "customers_lost": -1, "wait_s": -1}
"""Sign of what is better, by cost."""


@dataclass(frozen=True)
class Watch:
    """What is measured in a replication; called with a scenario and the number of a replication."""

    stores: tuple[int, ...]
    """Positions of the stores that the drill hits."""
    days: tuple[int, ...]
    """On which it hits them."""
    store: int | None = None
    """Whose line is watched; None: the units lost a day, of the whole chain, instead."""
    from_minute: int = 0
    to_minute: int = 0
    """Of the first of `days`."""

    def __call__(self, scenario: Scenario, replication: int) -> dict[str, float]:
        """`COSTS` over the days that count, and under `at N` the line at minute N of the day, or the units lost on day N."""
        return _played(scenario, replication, [self])[0]


@dataclass(frozen=True)
class Watches:
    """What several drills measure in one replication; called with a scenario and the number of a replication."""

    by_drill: tuple[tuple[str, Watch], ...]

    def __call__(self, scenario: Scenario, replication: int) -> dict[str, float]:
        """What each drill's `Watch` returns, under its name: `power_cut sales`."""
        found = _played(scenario, replication, [watch for _, watch in self.by_drill])
        named = zip(self.by_drill, found, strict=True)
        return {f"{name} {what}": value for (name, _), of in named for what, value in of.items()}

    def of(self, drill: str, found: dict[str, float]) -> dict[str, float]:
        """One drill's part of what was returned."""
        return {what.partition(" ")[2]: value for what, value in found.items() if what.partition(" ")[0] == drill}


def _played(scenario: Scenario, replication: int, watches: Sequence[Watch]) -> list[dict[str, float]]:
    """What each of the watches measures in one play."""
    seen: dict[int, Watched] = {}
    made = engine_of(scenario)

    def engine(rules: Any, ledger: Any) -> Engine:
        watched: Engine = made(rules, ledger)
        for number, watch in enumerate(watches):
            if rules.store == watch.store:
                seen[number] = watched = Watched(watched, watch.days[0], watch.from_minute, watch.to_minute)
        return watched

    daily = Chain(scenario, replication, engine).play().daily.to_pandas()
    counts = daily[daily["day"] >= scenario.warmup_days]
    return [_measured(watch, daily, counts, seen.get(number)) for number, watch in enumerate(watches)]


def _measured(watch: Watch, daily: pd.DataFrame, counts: pd.DataFrame, seen: Watched | None) -> dict[str, float]:
    hit = daily[daily["location"].isin(watch.stores) & daily["day"].isin(watch.days)]
    found = total_costs(counts) | {"wait_s": float(hit["wait_s"].sum() / max(hit["tickets"].sum(), 1.0))}
    if seen:
        return found | {f"at {minute}": float(n) for minute, n in seen.line}
    by_day = counts.groupby("day")["lost_units"].sum()
    return found | {f"at {int(str(day))}": float(units) for day, units in by_day.items()}


def total_costs(counts: pd.DataFrame) -> dict[str, float]:
    """`SUMS`, from rows of the daily table."""
    return {
        "lost_sales": float(counts["lost_value"].sum()),
        "sales": float(counts["sales_value"].sum()),
        "customers_lost": float(counts[["abandoned", "turned_away", "payment_lost"]].to_numpy().sum()),
    }


def changes(a: Sequence[dict[str, float]], b: Sequence[dict[str, float]], name: str) -> np.ndarray:
    """B − A by replication, float64[n]."""
    return np.array([y[name] - x[name] for x, y in zip(a, b, strict=True)])


def difference(
    a: Sequence[dict[str, float]], b: Sequence[dict[str, float]], name: str, level: float, sign: int = 1
) -> Spread:
    """sign × (B − A), paired by replication; Student's t, for what comes in every replication."""
    found = interval(sign * changes(a, b, name), level)
    return Spread(mean=found.mean, half_width=found.half_width)


class Watched:
    """An engine that leaves behind the line of one day, minute by minute; it plays as the engine within it."""

    def __init__(self, engine: Engine, day: int, from_minute: int, to_minute: int):
        self._engine, self._day, self._minutes = engine, day, range(from_minute, to_minute)
        self._today = -1
        self.line: list[tuple[int, int]] = []
        """(minute of the day, customers in the line at its start)."""

    def open_day(self, sheet: DaySheet, answers: Answers, regime: Regime, refills: Refills | None = None) -> None:
        """As `Engine.open_day`."""
        self._today = sheet.day
        self._engine.open_day(sheet, answers, regime, refills)

    def advance(self, now: float) -> None:
        """As `Engine.advance`."""
        self._engine.advance(now)

    def change(self, regime: Regime) -> None:
        """As `Engine.change`."""
        self._engine.change(regime)

    def restock(self) -> None:
        """As `Engine.restock`."""
        self._engine.restock()

    def expect(self, due_s: np.ndarray, sku: np.ndarray, units: np.ndarray) -> None:
        """As `Engine.expect`."""
        self._engine.expect(due_s, sku, units)

    def close_day(self) -> DayResult:
        """As `Engine.close_day`."""
        result = self._engine.close_day()
        if self._today == self._day:
            at_s = self._day * DAY_S + MINUTE_S * np.array(self._minutes)
            self.line = list(zip(self._minutes, in_line(result, at_s).tolist(), strict=True))
        return result


def in_line(result: DayResult, at_s: np.ndarray) -> np.ndarray:
    """Customers in a line at each instant, int64[k]: they reached the tills, no ticket of theirs has begun, and they have not left.

    Args:
        result: of a store's day.
        at_s: float64[k], s from the scenario's first midnight.
    """
    waited = ~np.isnan(result.joined_s) & (result.fate != Fate.TURNED_AWAY)
    joined, started, ended = (column[waited] for column in (result.joined_s, result.started_s, result.ended_s))
    left = np.where(np.isnan(started), ended, started)
    left = np.where(np.isnan(left), np.inf, left)
    return np.searchsorted(np.sort(joined), at_s, "right") - np.searchsorted(np.sort(left), at_s, "right")
