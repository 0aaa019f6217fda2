"""Online orders, from placed to handed over: sourced in batches over all locations, picked where the goods lie, delivered.

An order is counted at its home, the first candidate location of its region; picking is counted at the location that picks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Literal, NamedTuple

import numpy as np

from ext.allocation import Allocator
from ext.elementary import power
from sim.chain.agenda import Agenda
from sim.chain.online.open_orders import Orders, Rows
from sim.chain.online.parcels import Lines, Parcels
from sim.chain.online.pricing import Pricing
from sim.chain.output.tally import Tally
from sim.chain.output.trace_log import TraceLog, pick
from sim.chain.sequence import Instant
from sim.chain.setting import Setting
from sim.chain.store.service import Service
from sim.chain.supply.freight import Freight
from sim.chain.supply.servers import Pickers
from sim.clock import DAY_S, on_tick, tick
from sim.stock.ledger import StockLedger
from sim.streams import counter_uniform
from sim.traffic.day_sheet import OnlineSheet
from sim.traffic.regions import region_shares

POLICIES: dict[str, Literal["nearest", "cheapest", "complete", "priced"]]
POLICIES = {"nearest": "nearest", "cheapest": "cheapest", "complete_first": "complete", "priced": "priced"}
MOST_CANDIDATES = 32
_LOOKS_UP, _BROWSES_FROM = 1, 2
"""Uses of the sheet's counters."""
_BEFORE_CHECKOUT_S = {"search": 240.0, "stock_check": 60.0}


class Batch(NamedTuple):
    """Orders that are sourced together."""

    number: np.ndarray
    """int64[n]"""
    zone: np.ndarray
    """int32[n]"""
    basket: tuple[np.ndarray, np.ndarray, np.ndarray]
    """Order lines in compressed rows (start, skus, units)."""
    pick_s: np.ndarray
    """float64[n], of one parcel in a store."""


class Online:
    """Orders placed = handed over + lost (no unit available) + open."""

    def __init__(
        self,
        setting: Setting,
        agenda: Agenda,
        ledger: StockLedger,
        tally: Tally,
        trace: TraceLog,
        service: Service,
        freight: Freight,
        pickers: Mapping[int, Pickers],
        parcels: Parcels,
    ):
        """`pickers`: of each warehouse, by location."""
        self.setting, self.configured, self.agenda, self.ledger = setting, setting.scenario.online, agenda, ledger
        self.tally, self.trace, self.service, self.freight = tally, trace, service, freight
        self.pickers, self.parcels = pickers, parcels
        network = setting.network
        near = network.region[:, None] == np.arange(len(setting.scenario.regions))
        self.ship_cost = np.where(near, self.configured.ship_cost_same_region, self.configured.ship_cost_other_region)
        """float64[location, zone], a unit; inf where a location keeps its stock to itself."""
        self.home = candidates(self.ship_cost, network.n_stores)[:, 0]
        """int32[zone]"""
        self._ships = np.ones(len(network), dtype=bool)
        self._ships[: network.n_stores] = setting.lends & self.configured.from_stores
        self.ship_cost[~self._ships] = np.inf
        self._keeps = np.where(np.arange(len(network)) < network.n_stores, self.configured.safety_units, 0)
        """int64[location], units of each SKU."""
        self._shipping = np.flatnonzero(self._ships)
        self.orders = Orders()
        self._stock = np.zeros((ledger.n_locations, ledger.n_skus), dtype=np.int64)
        nearest = candidates(self.ship_cost, network.n_stores)
        self._first = nearest[:, 0].astype(np.int64)
        """int64[zone]: the first candidate, which no other undercuts."""
        self._wanted = np.zeros(self._stock.size, dtype=np.int64)
        """Units of a batch, by location and SKU; 0 between batches."""
        priced = self.configured.sourcing.policy == "priced"
        pricing = Pricing(setting, agenda, ledger, self.ship_cost) if priced else None
        self._price = None if pricing is None else pricing.price
        self._allocator = Allocator(
            self._stock,
            self.ship_cost,
            policy=POLICIES[self.configured.sourcing.policy],
            price=self._price,
            parcel_cost=np.full(len(network), self.configured.parcel_cost),
            candidates=nearest,
        )

    def begin(self, sheet: OnlineSheet) -> None:
        """Place a day's orders. Orders placed during an outage of the system are lost."""
        reached = self.service.reachable_from(None, sheet.placed_s) == sheet.placed_s
        self._count(sheet, reached)
        orders = np.flatnonzero(reached)
        if len(orders):
            self._place(_only(sheet, orders))
        if self.trace.wants(sheet.day * DAY_S, (sheet.day + 1) * DAY_S):
            self._note(sheet, orders)

    def end(self, last_s: float) -> None:
        """Count what was picked, and which orders were over, by the last instant of a day."""
        self.parcels.until(last_s)
        self._ship(self.parcels.take(), int(last_s // DAY_S))
        self._close(self.orders.close(last_s))

    def _place(self, sheet: OnlineSheet) -> None:
        """Orders are sourced at the end of the interval in which they were placed."""
        interval_s = tick(self.configured.batch_minutes * 60)
        due_s = interval_s * (np.floor(sheet.placed_s / interval_s) + 1)
        pick_s = on_tick(60 * np.maximum(self.configured.pick_minutes.quantile(sheet.pick_u), 0.0))
        delivery_s = on_tick(DAY_S * np.maximum(self.configured.delivery_days.quantile(sheet.delivery_u), 0.0))
        number = self.orders.place(sheet.placed_s, sheet.region, delivery_s)
        edges = np.flatnonzero(np.diff(due_s, prepend=-1.0, append=np.inf)).tolist()
        for first, beyond in pairwise(edges):
            some, lines = slice(first, beyond), slice(sheet.line_start[first], sheet.line_start[beyond])
            start = sheet.line_start[first : beyond + 1] - sheet.line_start[first]
            basket = start, sheet.line_sku[lines], sheet.line_units[lines]
            batch = Batch(number[some], sheet.region[some], basket, pick_s[some])
            self.agenda.at(float(due_s[first]), Instant.ONLINE, self._batch, batch)

    def _batch(self, due: list[Batch]) -> None:
        for batch in due:
            self._source(*batch)

    def _source(self, number: np.ndarray, zone: np.ndarray, basket: tuple, pick_s: np.ndarray) -> None:
        """Reserve stock on the book, and release a parcel at each location that ships a part of an order.

        `basket`: order lines in compressed rows (start, skus, units). `pick_s`: of one parcel in a store.
        """
        start, sku, units = basket
        of_line = np.repeat(np.arange(len(number)), np.diff(start))
        location, units = self._first[zone[of_line]], units.astype(np.int64)
        if not self._has(location, sku, units):
            of_line, location, sku, units = self._share(zone, of_line, basket)
        of_parcel = number[:0]
        if len(of_line):
            of_parcel = self.parcels.release(number[of_line], location, sku, units, pick_s[of_line])
        self.orders.source(number, of_parcel, self.agenda.now)

    def _has(self, location: np.ndarray, sku: np.ndarray, units: np.ndarray) -> bool:
        """Whether the locations have the units of all these order lines together.

        If they are the first candidates of their zones, every policy assigns the lines to them; no other location needs to be read.
        """
        if self._price is not None and self._price[location, sku].any():
            return False
        cell = location * self._stock.shape[1] + sku
        np.add.at(self._wanted, cell, units)
        wanted = self._wanted[cell]
        self._wanted[cell] = 0
        return bool((wanted <= self.ledger.promisable_of(location, sku) - self._keeps[location]).all())

    def _share(self, zone: np.ndarray, of_line: np.ndarray, basket: tuple) -> tuple[np.ndarray, ...]:
        """The sourced pieces, parcel by parcel: the order's index in the batch, location, SKU and units of each."""
        start, sku, wanted = basket
        skus = np.unique(sku)
        spare = self.ledger.promisable(self._shipping, skus) - self._keeps[self._shipping, None]
        self._stock[np.ix_(self._shipping, skus)] = np.maximum(spare, 0)
        sourced = self._allocator.source_orders(start, sku, wanted, zone)
        self._lose(self.agenda.now, self.home[zone][of_line], sku, sourced.unfilled)
        of_piece, location = of_line[sourced.line], sourced.location.astype(np.int64)
        in_turn = np.argsort(of_piece * len(self.setting.network) + location, kind="stable")
        units = sourced.quantity[in_turn].astype(np.int64)
        return of_piece[in_turn], location[in_turn], sku[sourced.line[in_turn]], units

    def _ship(self, lines: Lines, day: int) -> None:
        """Count parcels that have been picked: units shipped at the picking location, units short at the order's home."""
        network, goods, add = self.setting.network, self.setting.assortment, self.tally.add_many
        price = self.setting.prices.price(day)
        if not len(lines.order):
            return
        first = lines.starts()
        count = np.diff(np.append(first, len(lines.order)))
        location, picked_s = lines.location[first], lines.picked_s[first]
        order = self.orders.of(lines.order[first])
        home = self.home[order.zone]
        units, value, kg = (
            np.add.reduceat(lines.got * each, first) for each in (1, price[lines.sku], goods.weight_kg[lines.sku])
        )
        self.orders.pick(order.number, units, picked_s)
        self._lose(lines.picked_s, np.repeat(home, count), lines.sku, lines.units - lines.got)
        for place in np.unique(location[location >= network.n_stores]).tolist():
            here = location == place
            add("picker_busy_s", place, picked_s[here], self.pickers[place].busy_s(count[here]))

        sent = np.flatnonzero(units)
        at = location[sent], picked_s[sent]
        add("sold_units", *at, units[sent])
        add("sales_value", *at, value[sent])
        add("parcels", *at, np.ones(len(sent)))
        add("shipping_cost", *at, units[sent] * self.ship_cost[at[0], order.zone[sent]] + self.configured.parcel_cost)
        add("carbon_kg", *at, self.freight.carbon_kg(kg[sent], network.distance_km[at[0], home[sent]]))

    def _close(self, orders: Rows) -> None:
        """Count orders that are over."""
        add, home = self.tally.add_many, self.home[orders.zone]
        some, none = orders.units > 0, orders.units == 0
        at = home[some], orders.closes_s[some]
        add("orders_handed_over", *at, np.ones(len(at[0])))
        add("order_handling_s", *at, at[1] - orders.placed_s[some])
        add("orders_lost", home[none], orders.closes_s[none], np.ones(int(none.sum())))

    def _count(self, sheet: OnlineSheet, reached: np.ndarray) -> None:
        """Count demand, and the demand lost to outages."""
        tally, home = self.tally, self.home[sheet.region]
        tally.add_many("orders", home[reached], sheet.placed_s[reached], np.ones(int(reached.sum())))
        before = np.append(0, np.cumsum(sheet.line_units))[sheet.line_start]
        tally.add_many("demanded_units", home, sheet.placed_s, np.diff(before))
        if not reached.all():
            of_line = np.repeat(np.arange(len(sheet)), np.diff(sheet.line_start))
            unreached = np.where(reached[of_line], 0, sheet.line_units)
            self._lose(sheet.placed_s[of_line], home[of_line], sheet.line_sku, unreached, looked=False)

    def _lose(
        self, t: float | np.ndarray, home: np.ndarray, sku: np.ndarray, units: np.ndarray, *, looked: bool = True
    ) -> None:
        """Count lost demand; `looked`: for want of stock, else by an outage. `t`: an instant, or one a line, all of one day."""
        some = np.flatnonzero(units)
        if len(some):
            at, units = (home[some], np.broadcast_to(t, home.shape)[some]), units[some]
            value = units * self.setting.prices.price(int(at[1][0] // DAY_S))[sku[some]]
            cause = "shelf" if looked else "outage"
            for name in ("lost", f"lost_{cause}"):
                self.tally.add_many(f"{name}_units", *at, units)
                self.tally.add_many(f"{name}_value", *at, value)
            if looked:
                self.tally.add_many("short_units", *at, units)

    def _note(self, sheet: OnlineSheet, orders: np.ndarray) -> None:
        """Note the journeys of web customers: browsing sessions, and orders with one order_status each, most of them soon after."""
        trace, n = self.trace, len(sheet.browse_s)
        one_each = np.arange(n + 1), sheet.browse_sku, np.ones(n, dtype=np.int32)
        trace.note("browse", sheet.browse_s, self._browsers_home(sheet), lines=one_each)

        home, placed_s = self.home[sheet.region[orders]], sheet.placed_s[orders]
        lines = pick((sheet.line_start, sheet.line_sku, sheet.line_units), orders)
        session = trace.sessions(len(orders))
        for journey, earlier_s in _BEFORE_CHECKOUT_S.items():
            instant_s = np.maximum(placed_s - earlier_s, sheet.day * DAY_S)
            trace.note(journey, instant_s, home, lines=lines, session=session)
        checkouts = trace.note("checkout", placed_s, home, lines=lines, session=session)
        delivery_s = DAY_S * self.configured.delivery_days.quantile(sheet.delivery_u[orders])
        asked_s = on_tick(placed_s + delivery_s * power(counter_uniform(sheet.key, orders, _LOOKS_UP), 3))
        known = np.flatnonzero(checkouts >= 0)
        trace.note("order_status", asked_s[known], home[known], session=session[known], follows=checkouts[known])

    def _browsers_home(self, sheet: OnlineSheet) -> np.ndarray:
        """The homes of browsing sessions: regions are drawn by the orders' shares."""
        u = counter_uniform(sheet.key, np.arange(len(sheet.browse_s)), _BROWSES_FROM)
        return self.home[np.searchsorted(np.cumsum(region_shares(self.setting.scenario))[:-1], u, side="right")]


def candidates(ship_cost: np.ndarray, n_stores: int) -> np.ndarray:
    """The candidate locations of each zone, int32[zones, ≤ 32]: the cheapest, at one price warehouses before stores; −1 fills up."""
    locations = np.arange(len(ship_cost))
    order = np.array([np.lexsort((locations, locations < n_stores, cost)) for cost in ship_cost.T])
    reach = np.isfinite(np.take_along_axis(ship_cost.T, order, axis=1))
    return np.where(reach, order, -1)[:, :MOST_CANDIDATES].astype(np.int32)


def _only(sheet: OnlineSheet, orders: np.ndarray) -> OnlineSheet:
    """Some orders of a sheet."""
    if len(orders) == len(sheet):
        return sheet
    start, skus, units = pick((sheet.line_start, sheet.line_sku, sheet.line_units), orders)
    columns = {name: getattr(sheet, name)[orders] for name in ("placed_s", "region", "pick_u", "delivery_u")}
    return replace(sheet, line_start=start, line_sku=skus, line_units=units, **columns)
