"""A store: SimPy walks its day from one regime change to the next, an engine plays the customers in between."""

from __future__ import annotations

import heapq
from collections.abc import Callable

import numpy as np
import simpy

from sim.chain import receipts
from sim.chain.engine import Engine, Rules
from sim.chain.receipts import Receipts
from sim.chain.regimes import regimes
from sim.chain.visits import SimpyEngine
from sim.clock import CELL_S, DAY_S, on_tick
from sim.traffic.calendar import seconds_of_day
from sim.traffic.day import DaySheet

ENGINES: dict[str, Callable[..., Engine]] = {"simpy": SimpyEngine}


class Store:
    """One store of a chain. `advance(now)` comes before anyone else reads or changes its stock.

    `chain` has scenario, replication, traffic, assortment, ledger, service, tally and trace.
    """

    def __init__(self, env: simpy.Environment, index: int, chain):
        self.env, self.index, self.chain = env, index, chain
        scenario = chain.scenario
        self.place = scenario.stores[index]
        self.rules = Rules.of(scenario, chain.assortment, index)
        self.engine = ENGINES[scenario.engine](env, self.rules, chain.ledger)
        shelf_days = scenario.replenishment.shelf_days
        self.shelf_capacity = np.ceil(shelf_days * chain.traffic.mean_demand[index]).astype(np.int64)
        """i8[n_skus], units that a refill fills the shelf up to."""
        self.sync_s = float(on_tick(60 * scenario.system.stock_sync_minutes))
        self.online = True
        self.sheet: DaySheet | None = None

    def open_day(self, sheet: DaySheet) -> None:
        """Begin the day of a sheet at its midnight; the chain's load of that day is known to its service."""
        chain = self.chain
        self.sheet = sheet
        self.changes = regimes(chain.scenario, chain.service, chain.replication, self.index, sheet.day)
        self.online = self.changes[0][1].online
        self.engine.open_day(sheet, chain.service.answers(sheet), self.changes[0][1])
        self.env.process(self._day(sheet.day))

    def advance(self, now: float) -> None:
        """Play the customers up to `now`."""
        self.engine.advance(now)
        if self.sync_s == 0 and self.online:
            self.chain.ledger.sync(self.index)

    def close_day(self) -> Receipts:
        """End the day at its midnight: count it, note its tickets' journeys, and hand over its receipts."""
        chain, sheet = self.chain, self.sheet
        self.advance(self.env.now)
        result = self.engine.close_day()
        receipts.count(chain.tally, chain.scenario, chain.assortment.price, sheet, result, self.changes)
        open_cells = self._cells(sheet.day)
        extrapolated = int(chain.service.extrapolated[open_cells].sum())
        chain.tally.add("extrapolated_cells", self.index, sheet.day * DAY_S, extrapolated)
        return receipts.receipts(sheet, result, len(chain.assortment), chain.service, chain.trace)

    def _day(self, day: int):
        """Regime changes, refills and syncs of a day; at one instant in this order."""
        refill, sync = self._rounds(day)
        stops = heapq.merge(
            ((t, 0, lambda r=regime: self._change(r)) for t, regime in self.changes[1:]),
            ((t, 1, self._refill) for t in refill),
            ((t, 2, self._sync) for t in sync),
            key=lambda stop: stop[:2],
        )
        for t, _, act in stops:
            if t > self.env.now:
                yield self.env.timeout(t - self.env.now)
            self.advance(t)
            act()

    def _change(self, regime) -> None:
        back = regime.online and not self.online
        self.online = regime.online
        self.engine.change(regime)
        if back:
            self._sync()

    def _refill(self) -> None:
        """Hand over what was promised, then fill the shelves."""
        chain = self.chain
        handed_over = chain.ledger.settle(self.index)
        if handed_over.any():
            chain.tally.add("sold_units", self.index, self.env.now, handed_over.sum())
            chain.tally.add("sales_value", self.index, self.env.now, handed_over @ chain.assortment.price)
        chain.ledger.refill(self.index, self.shelf_capacity)

    def _sync(self) -> None:
        if self.online:
            self.chain.ledger.sync(self.index)

    def _hours(self, day: int) -> tuple[float, float]:
        midnight = day * DAY_S
        return midnight + seconds_of_day(self.place.opens), midnight + seconds_of_day(self.place.closes)

    def _rounds(self, day: int) -> tuple[list[float], list[float]]:
        """Instants of the day's refills, from opening to closing, and of its syncs, from opening to midnight."""
        opens, closes = self._hours(day)
        refill = on_tick(np.arange(opens, closes, 60 * self.chain.scenario.replenishment.refill_minutes))
        sync = np.arange(opens, (day + 1) * DAY_S, self.sync_s) if self.sync_s else np.empty(0)
        return refill.tolist(), sync.tolist()

    def _cells(self, day: int) -> slice:
        opens, closes = self._hours(day)
        return slice(int((opens - day * DAY_S) // CELL_S), int(-((day * DAY_S - closes) // CELL_S)))
