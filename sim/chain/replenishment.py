"""Replenishment reviews: each policy applied to all locations and SKUs that share it and its timetable, as one array operation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sim.chain.outlook import Outlook
from sim.chain.supplies import Supplies
from sim.clock import DAY_S, tick
from sim.scenario.policies import ByClass, NoReplenishment, Push, Single
from sim.stock.ledger import ALL
from sim.stock.policies import Policy, Review, checked, in_packs, policy
from sim.traffic.calendar import seconds_of_day


@dataclass(frozen=True)
class Timetable:
    first_s: float
    every_s: float | None
    """None: once."""
    weekdays: frozenset[int]
    """ISO weekdays on which reviews take place."""


@dataclass(frozen=True)
class Rule:
    """One policy, for some locations and SKUs."""

    policy: Policy
    review_days: float
    locations: np.ndarray
    skus: np.ndarray | slice


class Replenishment:
    """Stores order from their warehouse, warehouses from the suppliers; both go by the book."""

    def __init__(self, chain):
        self.chain = chain
        self.on_order = np.zeros(chain.mean_demand.shape, dtype=np.int64)
        """int64[n_locations, n_skus]: ordered and neither arrived nor given up."""
        self.supplies = Supplies(chain)
        timetables = self._timetables()
        rules = [rule for rules in timetables.values() for rule in rules]
        self.outlook = Outlook(chain) if any(_foresees(rule.policy) for rule in rules) else None
        for timetable, rules in timetables.items():
            chain.env.process(self._reviews(timetable, rules))

    def end(self, day: int) -> None:
        """At midnight, after the stores have closed."""
        if self.outlook:
            self.outlook.end(day)

    def _timetables(self) -> dict[Timetable, list[Rule]]:
        said, network = self.chain.scenario.replenishment, self.chain.network
        slots = [
            (said.franchise or said.stores) if store.ownership == "franchise" else said.stores
            for store in self.chain.scenario.stores
        ] + [said.warehouses] * network.n_warehouses
        groups: dict = {}
        for location, slot in enumerate(slots):
            for single, skus in self._parts(slot):
                if not isinstance(single, NoReplenishment):
                    at = self._timetable(single, location)
                    key = (single.model_dump_json(), skus.tobytes() if isinstance(skus, np.ndarray) else b"")
                    groups.setdefault(at, {}).setdefault(key, (single, skus, []))[2].append(location)
        return {
            at: [
                Rule(policy(single), single.review_days, np.array(locations), skus)
                for single, skus, locations in parts.values()
            ]
            for at, parts in groups.items()
        }

    def _parts(self, slot) -> list[tuple[Single, np.ndarray | slice]]:
        """The policies of a location, each with its SKUs."""
        if not isinstance(slot, ByClass):
            return [(slot, ALL)]
        classes = self.chain.sku_class
        rest = np.isin(classes, list(slot.classes), invert=True)
        parts = [(single, np.flatnonzero(classes == name)) for name, single in slot.classes.items()]
        return [(single, skus) for single, skus in [*parts, (slot.otherwise, np.flatnonzero(rest))] if len(skus)]

    def _timetable(self, single: Single, location: int) -> Timetable:
        first_s = self.chain.network.closes_s[location] if single.at is None else seconds_of_day(single.at)
        every_s = tick(single.review_days * DAY_S)
        if isinstance(single, Push):
            on = single.on or self.chain.scenario.start
            first_s, every_s = first_s + (on - self.chain.scenario.start).days * DAY_S, None
        return Timetable(float(first_s), every_s, frozenset(single.weekdays or range(1, 8)))

    def _reviews(self, timetable: Timetable, rules: list[Rule]) -> Iterator:
        env, calendar = self.chain.env, self.chain.scenario.start
        yield env.timeout(timetable.first_s)
        while True:
            if (calendar.weekday() + int(env.now // DAY_S)) % 7 + 1 in timetable.weekdays:
                self._review(rules)
            if timetable.every_s is None:
                return
            yield env.timeout(timetable.every_s)

    def _review(self, rules: list[Rule]) -> None:
        """Let every rule order; what a location orders of all its rules goes out as one order."""
        orders: dict[int, np.ndarray] = {}
        for rule in rules:
            for location, wanted in zip(rule.locations.tolist(), self.review(rule), strict=True):
                row = orders.setdefault(location, np.zeros(len(self.chain.assortment), dtype=np.int64))
                row[rule.skus] += wanted
        for location, wanted in orders.items():
            self._order(location, wanted)

    def position(self, locations: np.ndarray | slice) -> np.ndarray:
        """What the book holds and nobody was promised, plus what is on order: int64[locations, n_skus]."""
        position = self.chain.ledger.promisable(locations) + self.on_order[locations]
        for row, location in zip(position, np.arange(len(self.chain.network))[locations].tolist(), strict=True):
            if not self.chain.network.is_store(location) and (backlog := self.chain.warehouse(location).backlog):
                row -= backlog.units
        return position

    def review(self, rule: Rule) -> np.ndarray:
        """Units that a rule orders, in packs, of what its locations carry: int64[its locations, its SKUs]."""
        chain = self.chain
        chain.reach(*rule.locations)
        ahead, units = self._ahead(rule), []
        # One location after the other: its rows stay in the cache from the first operation to the last.
        for n, location in enumerate(rule.locations.tolist()):
            seen = self._seen(rule, slice(location, location + 1), n, ahead)
            wanted = checked(rule.policy.order(seen), seen, rule.policy)
            wanted = np.where(chain.carried[location, rule.skus], wanted, 0)
            units.append(in_packs(wanted, chain.assortment.pack[rule.skus]))
        return np.concatenate(units)

    def _ahead(self, rule: Rule) -> tuple[np.ndarray, np.ndarray] | None:
        """What a rule that foresees is told of all its locations."""
        if not _foresees(rule.policy):
            return None
        lead_time_days = self.supplies.lead_times[0][rule.locations][:, rule.skus]
        cover = getattr(rule.policy, "days", 0.0)
        days = int(np.ceil(max(rule.review_days + float(lead_time_days.max()), cover))) + 1
        forecast, error_sd = self.outlook.ahead(rule.locations, days)
        return forecast[:, :, rule.skus], error_sd[:, rule.skus]

    def _seen(self, rule: Rule, at: slice, n: int, ahead: tuple[np.ndarray, np.ndarray] | None) -> Review:
        """Of one location, the rule's n-th."""
        chain, skus = self.chain, rule.skus
        mean_demand = chain.mean_demand[at][:, skus]
        lead_time_days, lead_time_sd_days = (part[at][:, skus] for part in self.supplies.lead_times)
        source = self.supplies.warehouse[at]
        from_warehouse = (source >= 0)[:, None]
        return Review(
            position=self.position(at)[:, skus],
            mean_demand=mean_demand,
            review_days=rule.review_days,
            lead_time_days=lead_time_days,
            lead_time_sd_days=lead_time_sd_days,
            forecast=None if ahead is None else ahead[0][:, n : n + 1],
            error_sd=None if ahead is None else ahead[1][n : n + 1],
            price=chain.assortment.price[skus],
            unit_cost=chain.assortment.unit_cost[skus],
            at_source=np.where(from_warehouse, np.maximum(chain.ledger.promisable(source)[:, skus], 0), 0),
            share=np.where(from_warehouse, self.supplies.share[at][:, skus], 0.0),
        )

    def _order(self, location: int, wanted: np.ndarray) -> None:
        """Send an order, int64[n_skus], to the location's warehouse, or to the suppliers."""
        if not wanted.any():
            return
        chain = self.chain
        self.on_order[location] += wanted
        chain.tally.add("replenishment_orders", location, chain.env.now, 1)
        chain.tally.add("ordered_lines", location, chain.env.now, int(np.count_nonzero(wanted)))
        if chain.network.is_store(location):
            chain.tally.add("ordered_units", location, chain.env.now, int(wanted.sum()))
            chain.warehouse(int(chain.network.warehouse_of[location])).ask(location, wanted)
        else:
            chain.tally.add("purchased_units", location, chain.env.now, int(wanted.sum()))
            chain.suppliers.order(location, wanted)


def _foresees(rule: Policy) -> bool:
    return getattr(rule, "foresees", False)
