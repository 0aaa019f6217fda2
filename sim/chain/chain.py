"""The chain: stores, warehouses, suppliers and online orders in one SimPy environment, played for one replication, day by day."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import pandas as pd
import pyarrow as pa
import simpy

from sim.chain.agenda import Agenda
from sim.chain.catch_up import CatchUp
from sim.chain.closing_state import closing_stock
from sim.chain.inventory.record_accuracy import Accuracy
from sim.chain.inventory.shelf_audit import ShelfAudit
from sim.chain.inventory.shelf_life import ShelfLife
from sim.chain.inventory.write_offs import WriteOffs
from sim.chain.online.fulfilment import Online
from sim.chain.online.parcels import Parcels
from sim.chain.opening_state import OpeningState, opened_ledger
from sim.chain.output.outcome_tables import catalogue_table, daily_table, faults_table, hourly_tables
from sim.chain.output.spill import Spill
from sim.chain.output.tally import Tally
from sim.chain.output.trace_log import TraceLog
from sim.chain.random_faults import occurrences, with_occurrences
from sim.chain.sequence import DayBegins, DayEnds, Instant
from sim.chain.setting import Setting
from sim.chain.store.engine import Engine
from sim.chain.store.service import Service
from sim.chain.store.store import Store, engine_of, own_failures_refused
from sim.chain.supply.freight import Freight
from sim.chain.supply.lead_times import Supplies
from sim.chain.supply.replenishment import Replenishment
from sim.chain.supply.send_back import SendBack
from sim.chain.supply.suppliers import Suppliers
from sim.chain.supply.transfers import Transfers
from sim.chain.supply.warehouse import Warehouse
from sim.clock import DAY_S, TICK_S
from sim.records.kpis import kpis
from sim.records.outcome import HOURLY_SCHEMA
from sim.scenario.model import Scenario
from sim.traffic.calendar import since_start
from sim.traffic.day_sheet import DaySheet


@dataclass(frozen=True)
class Outcome:
    """The results of one replication. Tables are of the schemas in `records.outcome` and `records.catalogue`."""

    daily: pa.Table
    kpis: pa.Table
    make_catalogue: Callable[[], pa.Table]
    """Makes the catalogue table, which of thousands of stores takes as much memory as a day of their customers."""
    trace: Iterator[pa.RecordBatch]
    """Batches of `records.trace.SCHEMA` in time order; none outside replication 0, or where the scenario asks for no trace."""
    hours: Spill
    """Of the hourly table: month after month, location after location."""
    extrapolated: bool
    """Whether some load lay outside the range that the service profile measured."""
    customers: int
    faults: pa.Table
    """The random faults that happened."""

    @property
    def hourly(self) -> pa.Table:
        """The hourly table of the outcome."""
        return self.hours.table()

    @property
    def catalogue(self) -> pa.Table:
        """The catalogue table of the outcome."""
        return self.make_catalogue()


class Chain:
    """The parts of one replication, each made from those it needs.

    Locations are numbered stores first, then warehouses; SKUs in list order; `env.now` is seconds since the first midnight.
    """

    def __init__(self, scenario: Scenario, replication: int = 0, engine: Callable[..., Engine] | None = None):
        """`engine`: a subclass of an engine, in place of the scenario's; called with `engine.Rules` and the ledger for each store."""
        self.random_faults = occurrences(scenario, replication)
        scenario = with_occurrences(scenario, self.random_faults)
        self.scenario, self.replication = scenario, replication
        self.setting = setting = Setting.of(scenario, replication)
        self.traffic, self.network, self.assortment = setting.traffic, setting.network, setting.assortment
        self.mean_demand, self.sku_class = setting.mean_demand, setting.sku_class
        self._n_carried = setting.carried.sum(axis=1)
        self.env = simpy.Environment()
        agenda = Agenda(self.env)
        self.ledger = ledger = opened_ledger(setting)
        self.tally = tally = Tally(len(self.network), scenario.days)
        window = _window(scenario, replication)
        self.trace = trace = TraceLog(*window, self.traffic.stages.asked_from_s(len(self.network)))
        self.service = service = Service(scenario, replication)
        self._hours = Spill(HOURLY_SCHEMA)
        self.customers = 0

        engine = engine or engine_of(scenario)
        with own_failures_refused(scenario):
            self.stores = [
                Store(setting, index, service, ledger, tally, trace, engine) for index in self.network.stores
            ]
        self.warehouses: list[Warehouse] = []
        self.write_offs = WriteOffs(setting, ledger, tally)
        supplies, self.shelf_life = Supplies(setting), ShelfLife(setting, ledger, self.write_offs)
        self.freight = freight = Freight(
            setting, agenda, ledger, tally, trace, supplies, self.shelf_life, self.warehouses
        )
        for index in range(self.network.n_warehouses):
            self.warehouses.append(Warehouse(setting, index, agenda, ledger, tally, freight))
        pickers = {warehouse.location: warehouse.pickers for warehouse in self.warehouses}
        self.suppliers = suppliers = Suppliers(setting, agenda, ledger, tally, freight, supplies)
        self.replenishment = Replenishment(setting, agenda, ledger, tally, supplies, suppliers, self.warehouses)
        self.transfers = Transfers(setting, agenda, ledger, tally, freight, self.warehouses)
        self.send_back = SendBack(setting, agenda, ledger, tally, freight)
        OpeningState(setting, agenda, freight, suppliers)
        parcels = Parcels(setting, agenda, ledger, pickers, self.stores)
        self.online = Online(setting, agenda, ledger, tally, trace, service, freight, pickers, parcels)
        self.accuracy = Accuracy(setting, ledger, tally, trace, self.write_offs)
        ShelfAudit(setting, agenda, ledger, tally, self.stores)
        self.catch_up = CatchUp(agenda, parcels, self.stores)
        ledger.follow(self.catch_up.bring)
        self._at_midnight: dict[DayEnds | DayBegins, Callable[[int], None]] = {
            DayEnds.ONLINE_CLOSES: self._close_online,
            DayEnds.STORES_CLOSE: self._close_stores,
            DayEnds.REPORTS: self._report,
            DayEnds.RETURNS_SORTED: lambda day: self.write_offs.end(day, _last_s(day)),
            DayEnds.BOOK_DRIFTS: lambda day: self.accuracy.end(day, _last_s(day)),
            DayEnds.HISTORY: self.replenishment.end,
            DayEnds.EXPIRY: lambda day: self.shelf_life.end(day, _last_s(day)),
            DayEnds.STOCK_COUNTED: self.count_stock,
            DayEnds.TRACE_WRITTEN: lambda day: self.trace.flush(_last_s(day)),
            DayEnds.HOURS_WRITTEN: self._write_hours,
            DayBegins.LOAD_KNOWN: self._set_load,
            DayBegins.STORES_OPEN: self._open_stores,
            DayBegins.ONLINE_OPENS: self._open_online,
        }
        self._book = np.maximum(self.ledger.book, 0)
        agenda.at(window[0], Instant.CATALOGUE, self._open_catalogue)

    def play(self, progress: Callable[[int], None] | None = None) -> Outcome:
        """Play all days; `progress` is called with the number of days played. Raises AssertionError where the ledger does not balance."""
        with own_failures_refused(self.scenario):
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
            make_catalogue=self._catalogue(),
            trace=self.trace.batches(),
            extrapolated=bool(counted["extrapolated_cells"].any()),
            customers=self.customers,
            faults=faults_table(self.random_faults, replication),
        )

    def closing_stock(self) -> pd.DataFrame:
        """The state after `play` as rows of opening stock, from which a scenario that starts on the next day goes on."""
        reserved = [*self.transfers.leaving(), *(goods for each in self.warehouses for goods in each.leaving())]
        asked_for = [goods for warehouse in self.warehouses for goods in warehouse.asked_for()]
        under_way = [*self.freight.under_way(), *self.suppliers.under_way()]
        return closing_stock(self.setting, self.ledger, self.shelf_life, self.freight, reserved, asked_for, under_way)

    def begin(self, day: int) -> None:
        """Open the day, at its midnight."""
        for phase in DayBegins:
            self._at_midnight[phase](day)

    def end(self, day: int) -> None:
        """Count the day, and the stock it leaves, at the midnight that ends it."""
        for phase in DayEnds:
            self._at_midnight[phase](day)

    def _set_load(self, day: int) -> None:
        """Draw the day's orders, and, where load slows the software, all stores' sheets, from which the load is counted."""
        self._orders = self.traffic.online(self.replication, day)
        self._sheets: list[DaySheet | None] = [None] * self.network.n_stores
        if self.service.feels_load:
            sheets = [self.traffic.day(self.replication, store, day) for store in self.network.stores]
            self._sheets = [*sheets]
            self.service.load_day(sheets, self._orders)

    def _open_online(self, _: int) -> None:
        self.online.begin(self._orders)
        self.catch_up.is_open = True

    def _close_online(self, day: int) -> None:
        self.catch_up.is_open = False
        self.online.end(_last_s(day))

    def _open_stores(self, day: int) -> None:
        for store, sheet in zip(self.stores, self._sheets, strict=True):
            store.open_day(day, sheet)

    def _close_stores(self, _: int) -> None:
        for store in self.stores:
            self.customers += len(store.close_day().sheet)

    def _report(self, day: int) -> None:
        stores = np.array(self.network.stores)
        self.trace.note("report", day * DAY_S + self.network.closes_s[stores], stores)

    def _write_hours(self, day: int) -> None:
        if (month := self.tally.turn(day)) is not None:
            for rows in hourly_tables(*month, self.network.codes, self.replication):
                self._hours.add(rows)

    def count_stock(self, day: int) -> None:
        """Count the stock of each location at the end of a day."""
        ledger, network, daily = self.ledger, self.network, self.tally.daily
        names = ("on_hand_units", "on_hand_value", "stockout_sku_days", "book_gap_units", "wrong_record_days")
        for name, counted in zip(
            names, ledger.census(self.setting.carried, self.setting.prices.unit_cost(day)), strict=True
        ):
            daily[name][:, day] = counted
        daily["sku_days"][:, day] = self._n_carried
        open_s = network.closes_s - network.opens_s
        pickers = [len(warehouse.pickers) for warehouse in self.warehouses]
        daily["picker_open_s"][network.n_stores :, day] = open_s[network.n_stores :] * pickers

    def _catalogue(self) -> Callable[[], pa.Table]:
        """What the book promises, and prices of the day, at the start of the trace's window."""
        price = self.setting.prices.price(int(_window(self.scenario, self.replication)[0] // DAY_S))
        return partial(catalogue_table, self.scenario, self.network, replace(self.assortment, price=price), self._book)

    def _open_catalogue(self, _: list) -> None:
        np.maximum(self.ledger.book, 0, out=self._book)


def _last_s(day: int) -> float:
    """The last instant of a day."""
    return (day + 1) * DAY_S - TICK_S


def _window(scenario: Scenario, replication: int) -> tuple[float, float]:
    """Start and end of the trace in seconds since the scenario's start; both 0 where there is none."""
    if scenario.trace is None or replication:
        return 0.0, 0.0
    return since_start(scenario.start, scenario.trace.first), since_start(scenario.start, scenario.trace.last)
