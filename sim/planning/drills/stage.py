"""Where and when drills take place in a scenario: its busiest counted day and hour, its largest store, warehouse and supplier."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

import numpy as np

from sim.clock import HOUR_S
from sim.scenario.model import Scenario
from sim.scenario.opening import sku_codes
from sim.scenario.sections.places import SkuRange, Store
from sim.traffic.calendar import Calendar, seconds_of_day

_COVER = ("days", "least_days", "most_days")
"""Fields of a policy that say for how many days of demand it orders."""


@dataclass(frozen=True)
class Stage:
    """A scenario, and what its drills are set on."""

    scenario: Scenario
    day: int
    """The counted day with the highest mean number of customers; of several the first."""
    peak: datetime
    """The start of its busiest hour in the largest store."""
    store: Store
    """The store with most customers."""

    @classmethod
    def of(cls, scenario: Scenario) -> Stage:
        """The stage of a scenario."""
        calendar = Calendar(scenario, "store")
        day = max(range(scenario.warmup_days, scenario.days), key=calendar.factor)
        store = max(scenario.stores, key=lambda each: each.customers_per_day)
        opens_s, closes_s = seconds_of_day(store.opens), seconds_of_day(store.closes)
        hour_s = np.arange(24) * HOUR_S
        open_s = np.clip(np.minimum(closes_s, hour_s + HOUR_S) - np.maximum(opens_s, hour_s), 0, None)
        hour = int(np.argmax(calendar.hours_of(day) * open_s))
        midnight = datetime.combine(calendar.date(day), time())
        return cls(scenario, day, midnight + timedelta(hours=hour), store)

    @property
    def counted_days(self) -> int:
        """Days from the first that counts to the end."""
        return self.scenario.days - self.scenario.warmup_days

    @property
    def first(self) -> datetime:
        """Midnight of the first day that counts."""
        return datetime.combine(self.scenario.start, time()) + timedelta(days=self.scenario.warmup_days)

    def before_peak(self, minutes: float) -> datetime:
        """An instant before the peak, on its day."""
        return max(self.peak - timedelta(minutes=minutes), datetime.combine(self.peak.date(), time()))

    @property
    def warehouse(self) -> str | None:
        """The warehouse that feeds stores with most customers."""
        fed: Counter[str] = Counter()
        for store in self.scenario.stores:
            fed[store.warehouse] += int(1_000 * store.customers_per_day) + 1
        codes = {each.code for each in self.scenario.warehouses}
        return next((code for code, _ in fed.most_common() if code in codes), None)

    @property
    def supplier(self) -> str:
        """The supplier of most basket lines, where categories say so; of most SKUs, where a list does; else the first."""
        lines: Counter[str] = Counter()
        skus = self.scenario.skus
        for each in (skus.categories if isinstance(skus, SkuRange) else skus) or ():
            share = getattr(each, "line_share", None)
            if each.supplier:
                lines[each.supplier] += 1 if share is None else int(1e6 * share)
        return lines.most_common(1)[0][0] if lines else self.scenario.suppliers[0].code

    def few_skus(self, number: int) -> list[str]:
        """Codes of SKUs from the middle of the list."""
        codes = list(sku_codes(self.scenario))
        middle = len(codes) // 2
        return codes[middle : middle + number]

    def policies(self) -> Iterator[dict[str, Any]]:
        """Every replenishment policy of stores and warehouses, as in a file."""
        for floor in ("stores", "warehouses"):
            held = self.scenario.model_dump(mode="json")["replenishment"][floor]
            yield from held["classes"].values() if held["policy"] == "by_class" else [held]

    def more_cover(self, floor: str, factor: float) -> dict[str, Any] | None:
        """The policy of a floor that orders for `factor` times as many days of demand; None where it counts in no days."""
        held = self.scenario.model_dump(mode="json", by_alias=True)["replenishment"][floor]
        singles = held["classes"].values() if held["policy"] == "by_class" else [held]
        raised = 0
        for each in singles:
            for name in _COVER:
                if each.get(name):
                    each[name] = factor * each[name]
                    raised += 1
        return held if raised else None
