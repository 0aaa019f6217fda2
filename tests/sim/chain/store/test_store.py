"""docs/trading.md 1.3 and 12: SimPy walks a store's day; shelf and book follow it."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import simpy

from sim.chain.output.tally import Tally
from sim.chain.output.trace_log import TraceLog
from sim.chain.setting import Setting
from sim.chain.store.service import Service
from sim.chain.store.store import ENGINES, Store
from sim.clock import DAY_S
from sim.stock.ledger import StockLedger
from sim.traffic.assortment import skus

NINE = 9 * 3600.0


class OneStore:
    """Store S1 of a scenario, its stock and its day's customers given by hand."""

    def __init__(self, scenario, stock, shelf_units):
        demand = np.array([shelf_units, shelf_units]) / scenario.replenishment.shelf_days
        traffic = SimpleNamespace(mean_demand=demand, assortment=skus(scenario))
        setting = replace(Setting.of(scenario, 0), traffic=traffic)
        self.env = simpy.Environment()
        self.ledger = StockLedger(3, 4, np.array([stock, [0] * 4, [0] * 4]))
        self.service = Service(scenario, 0)
        self.tally, self.trace = Tally(3, scenario.days), TraceLog()
        self.store = Store(
            setting, 0, self.service, self.ledger, self.tally, self.trace, ENGINES[setting.scenario.engine]
        )

    def play(self, sheet, at=()):
        """Play a day; `at`: (instant, what to do then), after the store's own changes of that instant."""
        seen = []

        def look():
            for instant, what in at:
                yield self.env.timeout(instant - self.env.now)
                self.store.advance(self.env.now)
                seen.append(what(self))

        self.service.load_day([sheet])
        self.store.open_day(sheet.day, sheet)
        self.env.process(look())
        self.env.run(until=(sheet.day + 1) * DAY_S)
        self.receipts = self.store.close_day()
        self.ledger.check()
        return seen


@pytest.fixture(scope="session")
def one_store(scenario):
    def make(stock=(50, 50, 50, 50), shelf_units=(10, 10, 10, 10), **sections):
        return OneStore(scenario(**sections), stock, np.array(shelf_units, dtype=np.float64))

    return make


def shelf(one):
    return one.ledger.shelf[0].tolist()


def book(one):
    return int(one.ledger.book[0, 0])


def test_the_shelf_is_filled_at_opening_and_at_every_round(one_store, sheet, visit):
    one = one_store(stock=(12, 50, 3, 0), replenishment={"refill_minutes": 60})
    visits = sheet([visit(NINE + 60, wants=((0, 4), (1, 30)))])
    seen = one.play(visits, [(NINE - 1, shelf), (NINE + 1, shelf), (NINE + 120, shelf), (NINE + 3601, shelf)])
    assert seen == [[0, 0, 0, 0], [10, 10, 3, 0], [6, 0, 3, 0], [8, 10, 3, 0]]


def test_customers_of_the_instant_of_a_refill_find_it_done(one_store, sheet, visit):
    one = one_store(stock=(20, 0, 0, 0))
    one.play(sheet([visit(NINE, wants=((0, 10),), returns=DAY_S), visit(NINE + 3600, wants=((0, 10),), returns=DAY_S)]))
    assert one.receipts.units.tolist() == [10, 10]


def test_staff_find_full_shelves_on_the_first_day_and_fill_them_at_their_rounds_alone(one_store, sheet, visit):
    rules = {"filling": {"rounds": ["23:00"], "fill_below_share": 0.8}}
    one = one_store(stock=(50, 8, 0, 50), replenishment=rules)
    visits = sheet([visit(NINE + 60, wants=((0, 3), (1, 8), (3, 1)))])
    delivery = np.array([0, 9, 9, 0])
    deliver = lambda one: one.ledger.receive(np.array([0]), delivery[None], delivery[None])  # noqa: E731
    at = [(NINE - 1, shelf), (12 * 3600.0, deliver), (22 * 3600.0, shelf), (23 * 3600.0 + 1, shelf)]
    seen = one.play(visits, at)
    assert [seen[0], *seen[2:]] == [[10, 8, 0, 10], [7, 0, 0, 9], [10, 9, 9, 9]]


def test_the_book_hears_of_sales_at_the_next_sync(one_store, sheet, visit):
    one = one_store(system={"stock_sync_minutes": 10})
    visits = sheet([visit(NINE + 60)])
    assert one.play(visits, [(NINE + 599, book), (NINE + 601, book)]) == [50, 49]


def test_without_a_lag_the_book_hears_of_sales_whenever_it_is_asked(one_store, sheet, visit):
    one = one_store(system={"stock_sync_minutes": 0})
    assert one.play(sheet([visit(NINE + 60)]), [(NINE + 60, book), (NINE + 62, book)]) == [50, 49]


def test_offline_sales_reach_the_book_when_the_system_is_back(one_store, sheet, visit):
    faults = [{"kind": "system_outage", "at": "2025-01-06T09:05", "minutes": 33}]
    one = one_store(system={"stock_sync_minutes": 10}, faults=faults)
    back = NINE + 38 * 60
    assert one.play(sheet([visit(NINE + 360)]), [(back - 1, book), (back + 1, book)]) == [50, 49]


def test_tills_that_need_the_system_sell_nothing_while_it_is_away(one_store, sheet, visit):
    faults = [{"kind": "network_cut", "at": "2025-01-06T09:05", "minutes": 30, "stores": ["S1"]}]
    sold = lambda one: int(one.ledger.sold.sum())  # noqa: E731
    away = [(NINE + 35 * 60 - 1, sold), (NINE + 35 * 60 + 2, sold)]
    assert one_store(system={"offline_tills": False}, faults=faults).play(sheet([visit(NINE + 360)]), away) == [0, 1]


def test_promised_units_are_handed_over_when_there_are_some_before_the_shelf_is_filled(one_store, sheet, visit):
    one = one_store(stock=(2, 0, 0, 0), trading={"unmet": "backordered"})
    visits = sheet([visit(NINE + 60, wants=((0, 5),)), visit(NINE + 3 * 3600, wants=((0, 9),))])
    delivery = np.array([6, 0, 0, 0])
    at = [
        (NINE + 3700, lambda one: one.ledger.receive(np.array([0]), delivery[None], delivery[None])),
        (NINE + 7100, shelf),
        (NINE + 7201, shelf),
    ]
    seen = one.play(visits, at)
    assert seen[1:] == [[0, 0, 0, 0], [3, 0, 0, 0]]
    assert one.ledger.sold[0, 0] == 8
    assert one.ledger.owed[0, 0] == 6
    assert one.tally.hourly["sold_units"][0, [9, 11, 12]].tolist() == [2, 3, 3]
    assert one.tally.daily["backordered_units"][0, 0] == 9


def test_one_day_follows_another_and_nobody_stays_overnight(one_store, sheet, visit):
    one = one_store()
    one.play(sheet([visit(22 * 3600.0 - 1, 3 * 3600.0)]))
    assert one.ledger.in_baskets.sum() == 0
    one.play(sheet([visit(DAY_S + NINE, 5.0)], day=1))
    assert one.tally.hourly["tickets"][0].nonzero()[0].tolist() == [24 + 9]
    assert one.ledger.sold.sum() == 1


def test_cells_beyond_the_measured_load_are_counted_while_the_store_is_open(one_store, sheet, visit):
    latency = [1.0] * 11
    level = {"journeys": 9, "latency_s": latency, "availability": 1, "availability_low": 1, "availability_high": 1}
    measured = {
        "source": "test",
        "measured": True,
        "journeys": {"checkout": [{**level, "requests_per_s": 1 / 300}, {**level, "requests_per_s": 2 / 300}]},
        "outages": {"window_s": 60, "gap_s": 1, "unavailability_high": 0.1},
    }
    one = one_store(system={"service": measured})
    one.play(sheet([visit(NINE + n * 300.0) for n in (0, 1, 1, 2, 2, 2, 5, 5, 5)]))
    assert one.tally.daily["extrapolated_cells"][0, 0] == 2
