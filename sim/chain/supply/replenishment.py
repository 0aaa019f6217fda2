"""Replenishment reviews: each policy applied to all locations and SKUs that share it and its timetable, as array operations over all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from sim.chain.agenda import Agenda
from sim.chain.output.tally import Tally
from sim.chain.sequence import Instant
from sim.chain.setting import Setting
from sim.chain.supply.demand_view import Outlook
from sim.chain.supply.lead_times import Supplies
from sim.chain.supply.suppliers import Suppliers
from sim.chain.supply.warehouse import Warehouse
from sim.clock import DAY_S, tick
from sim.scenario.sections.policies import ByClass, NoReplenishment, Push, Single
from sim.scenario.sections.policies import Policy as Slot
from sim.stock.ledger import ALL, StockLedger
from sim.stock.policies import Policy, Review, orders, policy
from sim.traffic.calendar import seconds_of_day

AT_A_TIME = 2**15
"""Cells of the ledger that are reviewed together."""


@dataclass(frozen=True)
class Timetable:
    """When orders are reviewed."""

    first_s: float
    every_s: float | None
    """None: once."""
    weekdays: frozenset[int]
    """ISO weekdays on which reviews take place."""


@dataclass(frozen=True)
class Rule:
    """One policy, for some SKUs of some stores, or of some warehouses."""

    policy: Policy
    every_days: float
    weekdays: frozenset[int]
    """ISO weekdays on which its reviews take place."""
    locations: np.ndarray
    skus: np.ndarray | slice

    def review_days(self, weekday: float) -> float:
        """Days from a review to the next that the order calendar lets take place; `weekday` counts days, and parts of one, from a Monday."""
        later = (n * self.every_days for n in range(1, int(7 / min(self.every_days, 1.0)) + 7))
        return next((days for days in later if int(weekday + days) % 7 + 1 in self.weekdays), self.every_days)


class Round:
    """The review at one instant: the rules, all their locations, and the sources of these."""

    def __init__(self, rules: list[Rule], source: np.ndarray):
        """`source`: `Setting.source`."""
        self.rules = rules
        self.locations = np.unique(np.concatenate([rule.locations for rule in rules]))
        """int64[k]"""
        self.at = _run(self.locations)
        of = source[self.locations]
        if (of == of[:, :1]).all():
            of = of[:, :1]
        self.sources = [(int(each), *_delivered(of == each)) for each in np.unique(of)]
        """(warehouse, −1: the suppliers; which of the locations it delivers to; of which SKUs, bool[k, n_skus], None: of all)."""

    def rows_of(self, rule: Rule) -> np.ndarray:
        """Rows of a rule's locations within the round, int64[k]."""
        return np.searchsorted(self.locations, rule.locations)


class Replenishment:
    """Locations order from the warehouse that feeds them, or from the suppliers; all by book stock."""

    def __init__(
        self,
        setting: Setting,
        agenda: Agenda,
        ledger: StockLedger,
        tally: Tally,
        supplies: Supplies,
        suppliers: Suppliers,
        warehouses: Sequence[Warehouse],
    ):
        self.setting, self.agenda, self.ledger, self.tally = setting, agenda, ledger, tally
        self.supplies, self.suppliers, self.warehouses = supplies, suppliers, warehouses
        timetables = self._timetables()
        foresees = any(_foresees(rule.policy) for rules in timetables.values() for rule in rules)
        self.outlook = Outlook(setting, agenda, ledger) if foresees else None
        for timetable, rules in timetables.items():
            review = partial(self._review_round, timetable, Round(rules, setting.source))
            if timetable.every_s is None:
                agenda.at(timetable.first_s, Instant.REVIEW, _without_items(review))
            else:
                agenda.every(timetable.first_s, timetable.every_s, Instant.REVIEW, review)

    def end(self, day: int) -> None:
        """At midnight, after the stores have closed."""
        if self.outlook:
            self.outlook.end(day)

    def _timetables(self) -> dict[Timetable, list[Rule]]:
        configured, network = self.setting.scenario.replenishment, self.setting.network
        slots = [
            (configured.franchise or configured.stores) if store.ownership == "franchise" else configured.stores
            for store in self.setting.scenario.stores
        ] + [
            configured.by_warehouse.get(place.code, configured.warehouses) for place in self.setting.scenario.warehouses
        ]
        groups: dict = {}
        for location, slot in enumerate(slots):
            for single, skus in self._parts(slot):
                if not isinstance(single, NoReplenishment):
                    at = self._timetable(single, location)
                    of = skus.tobytes() if isinstance(skus, np.ndarray) else b""
                    key = (single.model_dump_json(), of, network.is_store(location), network.fed_by[location] >= 0)
                    groups.setdefault(at, {}).setdefault(key, (single, skus, []))[2].append(location)
        return {
            at: [
                Rule(policy(single), single.review_days, at.weekdays, np.array(locations), skus)
                for single, skus, locations in parts.values()
            ]
            for at, parts in groups.items()
        }

    def _parts(self, slot: Slot) -> list[tuple[Single, np.ndarray | slice]]:
        """The policies of a location, each with its SKUs."""
        if not isinstance(slot, ByClass):
            return [(slot, ALL)]
        classes = self.setting.sku_class
        rest = np.isin(classes, list(slot.classes), invert=True)
        parts = [(single, np.flatnonzero(classes == name)) for name, single in slot.classes.items()]
        return [(single, skus) for single, skus in [*parts, (slot.otherwise, np.flatnonzero(rest))] if len(skus)]

    def _timetable(self, single: Single, location: int) -> Timetable:
        first_s = self.setting.network.closes_s[location] if single.at is None else seconds_of_day(single.at)
        every_s: float | None = tick(single.review_days * DAY_S)
        if isinstance(single, Push):
            on = single.on or self.setting.scenario.start
            first_s, every_s = first_s + (on - self.setting.scenario.start).days * DAY_S, None
        return Timetable(float(first_s), every_s, frozenset(single.weekdays or range(1, 8)))

    def _review_round(self, timetable: Timetable, due: Round) -> None:
        today = int(self.agenda.now // DAY_S)
        if (self.setting.scenario.start.weekday() + today) % 7 + 1 in timetable.weekdays:
            self._send(due, *self._order(due))

    def _units(self, due: Round) -> np.ndarray:
        """Units ordered by all rules; a location's units under all its rules are one order: int64[the round's locations, n_skus]."""
        if len(due.rules) == 1 and due.rules[0].skus is ALL:
            return self.review(due.rules[0])
        sku = np.arange(len(self.setting.assortment))
        wanted = np.zeros((len(due.locations), len(sku)), dtype=np.int64)
        for rule in due.rules:
            wanted[np.ix_(due.rows_of(rule), sku[rule.skus])] = self.review(rule)
        return wanted

    def _order(self, due: Round) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Put on order what the rules of a round ask for: units int64[the round's locations, n_skus], order lines and sums of units int64[k]."""
        setting = self.setting
        return self.ledger.order(due.locations, self._units(due), setting.assortment.pack, setting.carried)

    def _send(self, due: Round, ordered: np.ndarray, lines: np.ndarray, units: np.ndarray) -> None:
        """Send the orders of a round to its warehouses, and to the suppliers."""
        tally, now = self.tally, self.agenda.now
        tally.add("replenishment_orders", due.at, now, lines > 0)
        tally.add("ordered_lines", due.at, now, lines)
        for source, rows, skus in due.sources:
            asked, n_lines, n_units = ordered, lines, units
            if skus is not None:
                asked = np.zeros_like(ordered)
                asked[rows] = np.where(skus, ordered[rows], 0)
                n_lines, n_units = np.count_nonzero(asked, axis=1), asked.sum(axis=1)
            tally.add("ordered_units" if source >= 0 else "purchased_units", due.locations[rows], now, n_units[rows])
            rows = rows[n_lines[rows] > 0]
            if source < 0:
                for row in rows.tolist():
                    self.suppliers.order(int(due.locations[row]), asked[row])
            elif len(rows):
                everything = len(rows) == len(asked)
                self._warehouse(source).ask(due.locations[rows], asked if everything else asked[rows])

    def position(self, locations: np.ndarray) -> np.ndarray:
        """Inventory position: book stock not promised, plus units on order: int64[k, n_skus]."""
        position = self.ledger.position(locations)
        if self.setting.scenario.replenishment.unfilled == "kept":
            for row in np.flatnonzero(locations >= self.setting.network.n_stores).tolist():
                if backlog := self._warehouse(int(locations[row])).backlog:
                    position[row] -= backlog.units
        return position

    def _warehouse(self, location: int) -> Warehouse:
        return self.warehouses[location - self.setting.network.n_stores]

    def review(self, rule: Rule) -> np.ndarray:
        """Units ordered by a rule, before rounding to packs: int64[its locations, its SKUs]."""
        ahead, skus = self._ahead(rule), np.arange(len(self.setting.assortment))[rule.skus]
        wanted = np.empty((len(rule.locations), len(skus)), dtype=np.int64)
        # A few locations at a time: their rows stay in the cache from the first operation to the last.
        step = max(AT_A_TIME // len(self.setting.assortment), 1)
        for first in range(0, len(rule.locations), step):
            some = slice(first, first + step)
            wanted[some] = orders(rule.policy, self._review_of(rule, some, ahead))
        return wanted

    def _ahead(self, rule: Rule) -> tuple[np.ndarray, np.ndarray] | None:
        """Forecast and its error for all locations of a rule that uses forecasts, else None."""
        if self.outlook is None or not _foresees(rule.policy):
            return None
        lead_time_days = self.supplies.lead_times_of(rule.locations, rule.skus)[0]
        cover = getattr(rule.policy, "days", 0.0)
        days = int(np.ceil(max(self._review_days(rule) + float(lead_time_days.max()), cover))) + 1
        forecast, error_sd = self.outlook.ahead(rule.locations, days)
        return forecast[:, :, rule.skus], error_sd[:, rule.skus]

    def _review_of(self, rule: Rule, some: slice, ahead: tuple[np.ndarray, np.ndarray] | None) -> Review:
        """The review of some of the rule's locations."""
        setting, skus, locations = self.setting, rule.skus, rule.locations[some]
        at, today = _run(locations), int(self.agenda.now // DAY_S)
        lead_time_days, lead_time_sd_days = self.supplies.lead_times_of(at, skus)
        return Review(
            position=self.position(locations)[:, skus],
            mean_demand=setting.mean_demand[at][:, skus],
            review_days=self._review_days(rule),
            lead_time_days=lead_time_days,
            lead_time_sd_days=lead_time_sd_days,
            forecast=None if ahead is None else ahead[0][:, some],
            error_sd=None if ahead is None else ahead[1][some],
            price=setting.prices.price(today)[skus],
            unit_cost=setting.prices.unit_cost(today)[skus],
            at_source=self._at_source(at)[:, skus],
            share=self.supplies.share_of(at)[:, skus],
        )

    def _review_days(self, rule: Rule) -> float:
        return rule.review_days(self.setting.scenario.start.weekday() + self.agenda.now / DAY_S)

    def _at_source(self, at: np.ndarray | slice) -> np.ndarray:
        """int64[k or 1, n_skus]: units available at the warehouses that feed these locations; 0 of what a supplier delivers."""
        feeder = self.setting.network.fed_by[at]
        if feeder[0] < 0:
            return np.zeros((1, len(self.setting.assortment)), dtype=np.int64)
        distinct, of = np.unique(feeder, return_inverse=True)
        have = np.maximum(self.ledger.promisable(distinct), 0)
        have = have if len(distinct) == 1 else have[of]
        return np.where(self.setting.source[at] < 0, 0, have) if self.setting.network.is_bypassed else have


def _run(locations: np.ndarray) -> np.ndarray | slice:
    """The same locations, as a slice where they follow each other: rows of a slice need no copying."""
    first, last = int(locations[0]), int(locations[-1])
    return slice(first, last + 1) if last - first + 1 == len(locations) else locations


def _delivered(cells: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    """Of bool[k, n_skus], what one source delivers: the rows with any, and the cells of these rows unless they are all."""
    rows = np.flatnonzero(cells.any(axis=1))
    return rows, None if cells[rows].all() else cells[rows]


def _without_items(review: Callable[[], None]) -> Callable[[list], None]:
    return lambda _: review()


def _foresees(rule: Policy) -> bool:
    return getattr(rule, "foresees", False)
