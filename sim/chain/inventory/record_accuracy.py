"""How the book comes to differ from the shelf, and how counts correct it: once a day, after closing."""

from __future__ import annotations

import numpy as np

from ext.stock import valued
from sim.chain.inventory.write_offs import WriteOffs
from sim.chain.output.tally import Tally
from sim.chain.output.trace_log import TraceLog
from sim.chain.setting import Setting
from sim.clock import DAY_S
from sim.stock.ledger import ALL, StockLedger
from sim.streams import stream


class Accuracy:
    """Shrinkage, mis-scans and damage, checks of gaps and stock counts."""

    def __init__(self, setting: Setting, ledger: StockLedger, tally: Tally, trace: TraceLog, write_offs: WriteOffs):
        self.setting, self.configured = setting, setting.scenario.accuracy
        self.ledger, self.tally, self.trace, self.write_offs = ledger, tally, trace, write_offs
        self._sold = ledger.sold.copy()
        """int64[n_locations, n_skus], at the end of the day before; while a day is closed, the units that it sold."""
        self._shrinkage = self._shares()
        self._groups = Groups(setting.assortment.group)
        self._tables = self._count_tables()

    def end(self, day: int, now: float) -> None:
        """The day's shrinkage, mis-scans and damage; then the checks of gaps and the counts that are due."""
        setting, ledger, tally, n = self.setting, self.ledger, self.tally, len(self.setting.network)
        units = np.subtract(ledger.sold, self._sold, out=self._sold)
        self._count_cost(day, units)
        vanished, misread, booked_as = [], [], []
        for location in range(n):
            name = f"accuracy/{setting.network.codes[location]}/day/{day}"
            draw = stream(setting.scenario.seed, setting.replication, name)
            sold = np.cumsum(units[location])
            if self._shrinkage is None:
                vanished.append(_among(sold, self.configured.shrinkage_share, draw))
            else:
                vanished.append(_among(np.cumsum(units[location] * self._shrinkage), 1.0, draw))
            misread.append(_among(sold, self._misscanned(location, day), draw))
            booked_as.append(self._groups.another(misread[-1], draw))
        self._shrink(day, now, *_joined(vanished))
        ledger.misscan(*_joined(misread), np.concatenate(booked_as))
        if self.configured.damage_share:
            self._damage(day, now, units)
        np.copyto(self._sold, ledger.sold)
        if self.configured.gap_check_days:
            self._check_gaps(day, now, self.configured.gap_check_days)
        for every, skus in self._tables:
            for location in np.flatnonzero(self._due(day, every)).tolist():
                ledger.count(location, skus)
                tally.add("counts", location, now, 1)
                closes_s = day * DAY_S + setting.network.closes_s[location]
                counted = np.zeros(ledger.n_skus, dtype=np.int64)
                counted[skus] = ledger.physical[location, skus]
                self.trace.note_documents("stock_count", location, counted, closes_s)

    def _misscanned(self, location: int, day: int) -> float:
        """Of the units that a location sells on a day, the share that is booked as another SKU."""
        stage = self.setting.traffic.stages.of(location, day)
        unnoticed = 0.0 if stage.errors is None else stage.errors.unnoticed_share(stage.proficiency(day))
        return min(self.configured.misscan_share + unnoticed, 1.0)

    def _count_cost(self, day: int, sold: np.ndarray) -> None:
        """Cost of the units that a day sold, int64[n_locations, n_skus]."""
        unit_cost, daily = self.setting.prices.unit_cost(day), self.tally.daily
        daily["sales_cost"][:, day] = valued(sold, unit_cost)
        perishable = self.write_offs.perishable
        if perishable.any():
            daily["perishable_sales_cost"][:, day] = valued(sold, np.where(perishable, unit_cost, 0.0))

    def _shares(self) -> np.ndarray | None:
        """float64[n_skus], each SKU's share of shrinkage; None where all have the same."""
        classes = self.configured.shrinkage_classes
        if not classes:
            return None
        of = [classes.get(name, self.configured.shrinkage_share) for name in self.setting.sku_class.tolist()]
        return np.array(of, dtype=np.float64)

    def _damage(self, day: int, now: float, sold: np.ndarray) -> None:
        """Some units of the SKUs sold, int64[n_locations, n_skus], are thrown away: written off, or without being booked."""
        setting, share, booked_share = self.setting, self.configured.damage_share, self.configured.damage_booked_share
        unbooked = []
        for location, code in enumerate(setting.network.codes):
            draw = stream(setting.scenario.seed, setting.replication, f"damage/{code}/day/{day}")
            broken = _among(np.cumsum(sold[location]), share, draw)
            booked = draw.random(len(broken)) < booked_share
            unbooked.append(broken[~booked])
            if booked.any():
                units = np.bincount(broken[booked], minlength=self.ledger.n_skus)
                written_off = self.write_offs.write_off(location, units, day, now)
                self.tally.add("damaged_units", location, now, written_off)
        everywhere = np.arange(len(setting.network))
        self.tally.add("damaged_units", everywhere, now, self._shrink(day, now, *_joined(unbooked)))

    def _check_gaps(self, day: int, now: float, every: float) -> None:
        """Staff correct the book of SKUs of which none is on hand though it has some, but for those that they overlook."""
        setting, ledger = self.setting, self.ledger
        for store in [s for s in np.flatnonzero(self._due(day, every)).tolist() if setting.network.is_store(s)]:
            name = f"gaps/{setting.network.codes[store]}/day/{day}"
            noticed = stream(setting.scenario.seed, setting.replication, name).random(ledger.n_skus)
            recorded = ledger.book[store] - ledger.in_baskets[store] - ledger.unsynced[store]
            gaps = setting.carried[store] & (ledger.physical[store] == 0) & (recorded > 0)
            skus = np.flatnonzero(gaps & (noticed >= self.configured.gap_missed_share))
            ledger.count(store, skus)
            self.tally.add("gap_corrections", store, now, len(skus))

    def _shrink(self, day: int, now: float, location: np.ndarray, sku: np.ndarray) -> np.ndarray:
        """One unit of each pair vanishes, and no book knows of it; returns the units that did, float64[n_locations]."""
        at, sku, gone = self.ledger.shrink(location, sku)
        everywhere, price = np.arange(self.ledger.n_locations), self.setting.prices.price(day)
        units = np.bincount(at, gone, len(everywhere))
        self.tally.add("shrunk_units", everywhere, now, units)
        self.tally.add("shrunk_value", everywhere, now, np.bincount(at, gone * price[sku], len(everywhere)))
        return units

    def _count_tables(self) -> list[tuple[float, np.ndarray | slice]]:
        """How often which SKUs are counted: classes that have an interval of their own, and all others."""
        configured = self.configured
        if not configured.count_classes:
            return [(configured.count_every_days, ALL)] if configured.count_every_days else []
        of = self.setting.sku_class
        tables = [(every, np.flatnonzero(of == name)) for name, every in configured.count_classes.items()]
        if configured.count_every_days:
            tables.append((configured.count_every_days, np.flatnonzero(~np.isin(of, list(configured.count_classes)))))
        return [(every, skus) for every, skus in tables if len(skus)]

    def _due(self, day: int, every: float) -> np.ndarray:
        """bool[n_locations]: counts are spread evenly over the interval, one location after the other.

        What fell on days without counts is due on the next day with them.
        """
        n, weekdays = len(self.setting.network), self.configured.count_weekdays or range(1, 8)
        weekday = self.setting.scenario.start.weekday()
        if (weekday + day) % 7 + 1 not in weekdays:
            return np.zeros(n, dtype=bool)
        since = next(d for d in range(1, 8) if (weekday + day - d) % 7 + 1 in weekdays)
        shifted = day + 1 + every * np.arange(n) / n
        return np.floor(shifted / every) > np.floor((shifted - min(since, day + 1)) / every)


class Groups:
    """Groups of SKUs that are mistaken for each other."""

    def __init__(self, group: np.ndarray):
        self._members = np.argsort(group, kind="stable")
        sorted_group = group[self._members]
        first = np.searchsorted(sorted_group, group, side="left")
        self._first, self._size = first, np.searchsorted(sorted_group, group, side="right") - first
        self._size[group < 0] = 1
        self._place = np.empty(len(group), dtype=np.int64)
        self._place[self._members] = np.arange(len(group))
        self._first[group < 0] = self._place[group < 0]

    def another(self, sku: np.ndarray, draw: np.random.Generator) -> np.ndarray:
        """For each SKU one of the others of its group; itself, where its group has no other."""
        size, first = self._size[sku], self._first[sku]
        step = 1 + np.floor(draw.random(len(sku)) * (size - 1)).astype(np.int64)
        return self._members[first + (self._place[sku] - first + step) % size]


def _among(sold: np.ndarray, share: float, draw: np.random.Generator) -> np.ndarray:
    """SKU numbers of a Poisson number of units, `share` of those sold on average.

    Each is taken from what was sold, int64[n_skus] cumulated, so that a unit drawn among all falls into its SKU.
    """
    n = draw.poisson(share * sold[-1])
    return np.searchsorted(sold, draw.random(n) * sold[-1], side="right")


def _joined(skus: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """(location, SKU) of all that were drawn, location by location."""
    return np.repeat(np.arange(len(skus)), [len(some) for some in skus]), np.concatenate(skus)
