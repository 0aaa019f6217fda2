"""The reserve of a store's tills in the SimPy engine: which staff may open, which they have open, and for how long (docs/trading.md, 2)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.chain.store.engine import Regime, ReserveRule
from sim.chain.store.tills import Bank, Till
from sim.clock import HOUR_S


class Reserve:
    """One store's reserve on one day."""

    def __init__(self, rule: ReserveRule, tills: Sequence[Till], lines: Sequence[Bank], midnight_s: float):
        self.rule, self.tills, self.lines, self.midnight_s = rule, tills, lines, midnight_s
        self.free = [0.0] * len(tills)
        """The factor of each till that the reserve may open, or has open; 0 elsewhere."""
        self.since_s: dict[int, float] = {}
        """Tills that it has open, and since when."""
        self.coming = 0
        """Openings to come."""
        self.open_s = np.zeros(24)
        """float64[24], of each hour of the day: seconds in which its tills were open, summed over them."""

    def offer(self, regime: Regime, now: float) -> list[float]:
        """A new regime: the factors of its positions, with those of the reserve's tills that stay open."""
        offered = regime.reserve or (0.0,) * len(self.tills)
        states = zip(offered, regime.factors, regime.broken, strict=False)
        self.free = [0.0 if factor > 0 or broken else spare for spare, factor, broken in states]
        for number in [number for number in self.since_s if not self.free[number]]:
            self.close(number, now)
        return [self.free[number] if number in self.since_s else factor for number, factor in enumerate(regime.factors)]

    @property
    def waiting(self) -> int:
        """Customers in the lines of tills and in the lobby."""
        return sum(bank.waiting for bank in self.lines)

    @property
    def spare(self) -> list[Till]:
        """Tills that it could open."""
        return [till for till, factor in zip(self.tills, self.free, strict=True) if factor and not till.open]

    def wants_more(self) -> bool:
        """Whether one more till is to open."""
        staffed = sum(till.open for till in self.tills)
        long = self.waiting > self.rule.open_above * (staffed + self.coming)
        return long and self.coming < len(self.spare)

    def spares(self, till: Till) -> bool:
        """Whether a till without a customer is the reserve's, and the lines do not need it."""
        if till.number not in self.since_s or (len(self.lines) > 2 and till.bank.waiting):
            return False
        return self.waiting <= self.rule.close_at * (sum(other.open for other in self.tills) - 1)

    def open(self, till: Till, now: float) -> None:
        """Staff are at the till."""
        self.since_s[till.number] = now
        till.factor, till.open = self.free[till.number], True
        till.bank.open += 1

    def leave(self, till: Till, now: float) -> None:
        """Staff leave the till."""
        self.close(till.number, now)
        till.factor, till.open = 0.0, False
        till.bank.open -= 1
        till.bank.ready &= ~till.bit

    def close(self, number: int, now: float) -> None:
        """The till is the reserve's no longer; its time counts."""
        starts = self.midnight_s + HOUR_S * np.arange(24)
        since = self.since_s.pop(number)
        self.open_s += np.maximum(np.minimum(now, starts + HOUR_S) - np.maximum(since, starts), 0.0)

    def close_all(self, now: float) -> None:
        """Midnight."""
        for number in list(self.since_s):
            self.close(number, now)
