"""What a drill measures in a replication: customers and sales lost, waits where it hits, and its course minute by minute or day by day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ext.visits import Fate
from sim.chain.chain import Chain
from sim.chain.store.engine import DayResult, Engine, Refills, Regime
from sim.chain.store.software import Answers
from sim.chain.store.store import engine_of
from sim.clock import DAY_S
from sim.scenario.model import Scenario
from sim.traffic.day_sheet import DaySheet

MINUTE_S = 60.0


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
        seen: list[Watched] = []
        made = engine_of(scenario)

        def engine(rules: Any, ledger: Any) -> Engine:
            plain = made(rules, ledger)
            if rules.store != self.store:
                return plain
            seen.append(Watched(plain, self.days[0], self.from_minute, self.to_minute))
            return seen[-1]

        daily = Chain(scenario, replication, engine).play().daily.to_pandas()
        counts = daily[daily["day"] >= scenario.warmup_days]
        hit = daily[daily["location"].isin(self.stores) & daily["day"].isin(self.days)]
        found = {
            "lost_sales": float(counts["lost_value"].sum()),
            "sales": float(counts["sales_value"].sum()),
            "customers_lost": float(counts[["abandoned", "turned_away", "payment_lost"]].to_numpy().sum()),
            "wait_s": float(hit["wait_s"].sum() / max(hit["tickets"].sum(), 1.0)),
        }
        if seen:
            return found | {f"at {minute}": float(n) for minute, n in seen[0].line}
        by_day = counts.groupby("day")["lost_units"].sum()
        return found | {f"at {int(str(day))}": float(units) for day, units in by_day.items()}


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
