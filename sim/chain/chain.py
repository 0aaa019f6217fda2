"""The chain: stores, warehouses, suppliers and online orders in one SimPy environment, played for one replication, day by day."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import simpy

from sim.chain.accuracy import Accuracy
from sim.chain.agenda import Agenda
from sim.chain.engine import Engine
from sim.chain.freight import Freight
from sim.chain.kpis import kpis
from sim.chain.network import Network
from sim.chain.online import Online
from sim.chain.opening import mean_demand, opening, region_shares
from sim.chain.replenishment import Replenishment
from sim.chain.send_back import SendBack
from sim.chain.shelf_life import ShelfLife
from sim.chain.spill import Spill
from sim.chain.store import Store
from sim.chain.supplier import Suppliers
from sim.chain.system import Service
from sim.chain.tables import catalogue_table, daily_table, hourly_table
from sim.chain.tally import Tally
from sim.chain.tracelog import TraceLog
from sim.chain.transfers import Transfers, lends
from sim.chain.warehouse import Warehouse
from sim.clock import DAY_S, TICK_S
from sim.records.outcome import HOURLY_SCHEMA
from sim.scenario.model import Scenario
from sim.stock.classes import sku_classes
from sim.stock.ledger import StockLedger
from sim.streams import counter_key, counter_uniform
from sim.traffic.calendar import since_start
from sim.traffic.day import Traffic


@dataclass(frozen=True)
class Outcome:
    """What one replication left. Tables are of the schemas in `records.outcome` and `records.catalogue`."""

    daily: pa.Table
    kpis: pa.Table
    catalogue: pa.Table
    trace: Iterator[pa.RecordBatch]
    """Batches of `records.trace.SCHEMA` in time order; none outside replication 0, or where the scenario asks for no trace."""
    hours: Spill
    """Of the hourly table: month after month, location after location."""
    extrapolated: bool
    """Some load lay outside the range that the service profile measured."""
    customers: int

    @property
    def hourly(self) -> pa.Table:
        return self.hours.table()


class Chain:
    """What the parts of one replication share. Each part takes the chain, and reaches the others through it.

    Locations are numbered stores first, then warehouses; SKUs in list order; `env.now` is seconds since the first midnight.
    """

    def __init__(self, scenario: Scenario, replication: int = 0, engine: Callable[..., Engine] | None = None):
        self.scenario, self.replication, self.engine = scenario, replication, engine
        """`engine`: a subclass of an engine, in place of the scenario's; called with `engine.Rules` and the ledger for each store."""
        self.env = simpy.Environment()
        self.agenda = Agenda(self.env)
        self.traffic = Traffic(scenario)
        self.assortment = self.traffic.assortment
        self.network = Network(scenario)
        self.region_shares = region_shares(scenario)
        in_stores, online = self.traffic.mean_demand, self.traffic.mean_online_demand
        self.mean_demand = mean_demand(scenario, self.network, in_stores, online)
        """float64[n_locations, n_skus], units a day in an average year."""
        self.sku_class = sku_classes(scenario, in_stores.sum(axis=0) * self.assortment.price)
        """str[n_skus]: as SKUs say, else A, B or C by the value they sell in stores."""
        units, self.carried = opening(scenario, replication, self.network, self.assortment, self.mean_demand)
        self._n_carried = self.carried.sum(axis=1)
        self.ledger = StockLedger(*units.shape, units)
        self.lends = lends(scenario, replication)
        self.service = Service(scenario, replication)
        self.tally = Tally(len(self.network), scenario.days)
        self._hours = Spill(HOURLY_SCHEMA)
        window = _window(scenario) if scenario.trace and replication == 0 else (0.0, 0.0)
        self.trace = TraceLog(*window)
        self.customers = 0
        self._keys: dict[str, int] = {}

        self.freight = Freight(self)
        self.suppliers = Suppliers(self)
        self.stores = [Store(self.env, index, self) for index in self.network.stores]
        self.warehouses = [Warehouse(self, index) for index in range(self.network.n_warehouses)]
        self.replenishment = Replenishment(self)
        self.transfers = Transfers(self)
        self.online = Online(self)
        self.accuracy = Accuracy(self)
        self.shelf_life = ShelfLife(self)
        self.send_back = SendBack(self)
        self._book = self.ledger.book.copy()
        self.env.process(self._open_catalogue(window[0]))

    def play(self, progress: Callable[[int], None] | None = None) -> Outcome:
        """Play all days; `progress` hears the number of days played. Raises AssertionError where the ledger does not balance."""
        for day in range(self.scenario.days):
            self.begin(day)
            self.env.run(until=(day + 1) * DAY_S)
            self.end(day)
            if progress:
                progress(day + 1)
        self.ledger.check()
        counted = self.tally.by_day()
        codes, replication = self.network.codes, self.replication
        return Outcome(
            daily=daily_table(counted, codes, replication),
            hours=self._hours,
            kpis=kpis(counted, self.network.n_stores, self.scenario.warmup_days, replication),
            catalogue=catalogue_table(self.scenario, self.network, self.assortment, self._book),
            trace=self.trace.batches(),
            extrapolated=bool(counted["extrapolated_cells"].any()),
            customers=self.customers,
        )

    def begin(self, day: int) -> None:
        """At midnight: open the day. Where load slows the software, what everybody will want is drawn before anyone plays."""
        online = self.traffic.online(self.replication, day)
        sheets = [None] * self.network.n_stores
        if self.service.feels_load:
            sheets = [self.traffic.day(self.replication, store, day) for store in self.network.stores]
            self.service.load_day(sheets, online)
        for store, sheet in zip(self.stores, sheets, strict=True):
            store.open_day(day, sheet)
        self.online.begin(online)

    def end(self, day: int) -> None:
        """At the next midnight: count the day, and the stock it leaves."""
        last_s = (day + 1) * DAY_S - TICK_S
        self.online.end(last_s)
        for store in self.stores:
            self.customers += len(store.close_day().sheet)
        stores = np.array(self.network.stores)
        self.trace.note("report", day * DAY_S + self.network.closes_s[stores], stores)
        self.accuracy.end(day, last_s)
        self.replenishment.end(day)
        self.shelf_life.end(day, last_s)
        self.count_stock(day)
        self.trace.flush(last_s)
        if (month := self.tally.turn(day)) is not None:
            self._hours.add(hourly_table(*month, self.network.codes, self.replication))

    def warehouse(self, location: int) -> Warehouse:
        return self.warehouses[location - self.network.n_stores]

    def reach(self, *locations: int) -> None:
        """Play the parcels of online orders, and of `locations` the customers, up to now: before anyone else reads or changes stock."""
        self.online.parcels.until(self.env.now)
        for location in locations:
            if location < self.network.n_stores:
                self.stores[location].advance(self.env.now)

    def uniform(self, use: str, *counters: int) -> float:
        """A number in (0, 1) that is a function of seed, replication, use and counters alone."""
        if use not in self._keys:
            self._keys[use] = counter_key(self.scenario.seed, self.replication, use)
        return float(counter_uniform(self._keys[use], *counters))

    def count_stock(self, day: int) -> None:
        """What lies where when a day is over."""
        ledger, network, daily = self.ledger, self.network, self.tally.daily
        names = ("on_hand_units", "on_hand_value", "stockout_sku_days", "book_gap_units", "wrong_record_days")
        for name, counted in zip(names, ledger.census(self.carried, self.assortment.unit_cost), strict=True):
            daily[name][:, day] = counted
        daily["sku_days"][:, day] = self._n_carried
        open_s = network.closes_s - network.opens_s
        pickers = [len(warehouse.pickers) for warehouse in self.warehouses]
        daily["picker_open_s"][network.n_stores :, day] = open_s[network.n_stores :] * pickers

    def _open_catalogue(self, at_s: float) -> Iterator:
        yield self.env.timeout(at_s)
        self.reach(*self.network.stores)
        np.copyto(self._book, self.ledger.book)


def _window(scenario: Scenario) -> tuple[float, float]:
    """From and until when the trace is written, seconds since the scenario's start."""
    return tuple(since_start(scenario.start, moment) for moment in (scenario.trace.first, scenario.trace.last))
