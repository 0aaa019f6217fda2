"""Online orders, from placed to handed over: sourced in batches over all locations, picked where the goods lie, delivered.

An order is counted at its home, the location that its region looks at first; what is picked is counted where it lay.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ext.allocation import Allocator
from sim.chain.pricing import Pricing
from sim.chain.tracelog import pick
from sim.clock import DAY_S, on_tick, tick
from sim.scenario.distributions import Varying
from sim.streams import counter_uniform
from sim.traffic.day import OnlineSheet

POLICIES = {"nearest": "nearest", "cheapest": "cheapest", "complete_first": "complete", "priced": "priced"}
MOST_CANDIDATES = 32
_LOOKS_UP, _BROWSES_FROM = 1, 2
"""Uses of the sheet's counters."""
_BEFORE_CHECKOUT_S = {"search": 240.0, "stock_check": 60.0}


@dataclass
class Order:
    placed_s: float
    zone: int
    pick_s: float
    """Of one parcel in a store."""
    delivery_s: float
    parcels: int = 0
    """Not yet handed over."""
    units: int = 0
    """Handed over so far."""


class Online:
    """Orders placed = handed over + lost (nothing of it was to be had) + open."""

    def __init__(self, chain):
        self.chain, self.env, self.said = chain, chain.env, chain.scenario.online
        network = chain.network
        near = network.region[:, None] == np.arange(len(chain.scenario.regions))
        self.ship_cost = np.where(near, self.said.ship_cost_same_region, self.said.ship_cost_other_region)
        """float64[location, zone], a unit; inf where a location keeps its stock to itself."""
        self.home = candidates(self.ship_cost, network.n_stores)[:, 0]
        """int32[zone]"""
        self._ships = np.ones(len(network), dtype=bool)
        self._ships[: network.n_stores] = chain.lends & self.said.from_stores
        self.ship_cost[~self._ships] = np.inf
        safety = np.zeros_like(chain.ledger.book)
        safety[: network.n_stores] = self.said.safety_units
        self.open = 0
        """Orders placed and neither handed over nor lost."""
        self._stock = np.zeros_like(chain.ledger.book)
        priced = self.said.sourcing.policy == "priced"
        self._allocator = Allocator(
            self._stock,
            self.ship_cost,
            policy=POLICIES[self.said.sourcing.policy],
            price=Pricing(chain, self.ship_cost).price if priced else None,
            parcel_cost=np.full(len(network), self.said.parcel_cost),
            candidates=candidates(self.ship_cost, network.n_stores),
            safety_stock=safety,
        )

    def begin(self, sheet: OnlineSheet) -> None:
        """Start a day's orders on their way. Who cannot reach the system orders nothing, and is lost."""
        reached = self.chain.service.reachable_from(None, sheet.placed_s) == sheet.placed_s
        self.open += int(reached.sum())
        self._count(sheet, reached)
        if reached.any():
            self.env.process(self._batches(sheet, np.flatnonzero(reached)))
        if self.chain.trace.wants(sheet.day * DAY_S, (sheet.day + 1) * DAY_S):
            self._note(sheet, reached)

    def _batches(self, sheet: OnlineSheet, orders: np.ndarray) -> Iterator:
        """Orders are sourced at the end of the interval in which they were placed."""
        interval_s = tick(self.said.batch_minutes * 60)
        due_s = interval_s * (np.floor(sheet.placed_s[orders] / interval_s) + 1)
        for due in np.unique(due_s).tolist():
            yield self.env.timeout(max(due - self.env.now, 0.0))
            self._source(sheet, orders[due_s == due])

    def _source(self, sheet: OnlineSheet, orders: np.ndarray) -> None:
        """Promise stock that the book shows, and start a parcel from each location that has a part of an order."""
        chain, ledger = self.chain, self.chain.ledger
        chain.reach(*np.flatnonzero(self._ships).tolist())
        np.maximum(ledger.available, 0, out=self._stock)
        start, skus, units = pick((sheet.line_start, sheet.line_sku, sheet.line_units), orders)
        sourced = self._allocator.source_orders(start, skus, units, sheet.region[orders])
        of_line = np.repeat(np.arange(len(orders)), np.diff(start))
        self._lose(self.home[sheet.region[orders]][of_line], skus, sourced.unfilled)

        placed = [self._order(sheet, number) for number in orders.tolist()]
        parcel = of_line[sourced.line] * len(chain.network) + sourced.location
        for pieces in _alike(parcel):
            number, location = divmod(int(parcel[pieces[0]]), len(chain.network))
            lines = skus[sourced.line[pieces]], sourced.quantity[pieces].astype(np.int64)
            ledger.reserve(location, *lines)
            placed[number].parcels += 1
            self.env.process(self._parcel(placed[number], location, *lines))
        for order in placed:
            if not order.parcels:
                self._close(order)

    def _order(self, sheet: OnlineSheet, number: int) -> Order:
        zone = int(sheet.region[number])
        return Order(
            float(sheet.placed_s[number]),
            zone,
            tick(60 * _drawn(self.said.pick_minutes, sheet.pick_u[number])),
            tick(DAY_S * _drawn(self.said.delivery_days, sheet.delivery_u[number])),
        )

    def _parcel(self, order: Order, location: int, skus: np.ndarray, wanted: np.ndarray) -> Iterator:
        chain, env = self.chain, self.env
        if chain.network.is_store(location):
            yield env.timeout(chain.network.opens_in(location, env.now) + order.pick_s)
        else:
            yield from chain.warehouse(location).pick(len(skus))
        chain.reach(location)
        got = chain.ledger.pick_order(location, skus, wanted)
        units = int(got.sum())
        if units < wanted.sum():
            self._lose(np.full(len(skus), self.home[order.zone]), skus, wanted - got)
        if units:
            self._ship(order, location, skus, got)
            yield env.timeout(order.delivery_s)
        order.units += units
        order.parcels -= 1
        if not order.parcels:
            self._close(order)

    def _ship(self, order: Order, location: int, skus: np.ndarray, units: np.ndarray) -> None:
        chain, now, home = self.chain, self.env.now, int(self.home[order.zone])
        add = chain.tally.add
        add("sold_units", location, now, int(units.sum()))
        add("sales_value", location, now, float(units @ chain.assortment.price[skus]))
        add("parcels", location, now, 1)
        cost = units.sum() * self.ship_cost[location, order.zone] + self.said.parcel_cost
        add("shipping_cost", location, now, float(cost))
        kg = float(units @ chain.assortment.weight_kg[skus])
        chain.freight.burn(location, kg, chain.network.distance_km[location, home])

    def _close(self, order: Order) -> None:
        home, now = int(self.home[order.zone]), self.env.now
        self.open -= 1
        if order.units:
            self.chain.tally.add("orders_handed_over", home, now, 1)
            self.chain.tally.add("order_handling_s", home, now, now - order.placed_s)
        else:
            self.chain.tally.add("orders_lost", home, now, 1)

    def _count(self, sheet: OnlineSheet, reached: np.ndarray) -> None:
        tally = self.chain.tally
        home = self.home[sheet.region]
        of_line = np.repeat(np.arange(len(sheet)), np.diff(sheet.line_start))
        tally.add_many("orders", home[reached], sheet.placed_s[reached], np.ones(int(reached.sum())))
        tally.add_many("demanded_units", home[of_line], sheet.placed_s[of_line], sheet.line_units)
        self._lose(home[of_line], sheet.line_sku, np.where(reached[of_line], 0, sheet.line_units), looked=False)

    def _lose(self, homes: np.ndarray, skus: np.ndarray, units: np.ndarray, *, looked: bool = True) -> None:
        """Count units that were wanted and will not come; `looked`: because they were not there."""
        now, price = self.env.now, self.chain.assortment.price
        for home in np.unique(homes[units > 0]).tolist():
            here = homes == home
            missing = int(units[here].sum())
            self.chain.tally.add("lost_units", home, now, missing)
            self.chain.tally.add("short_units", home, now, missing * looked)
            self.chain.tally.add("lost_value", home, now, float(units[here] @ price[skus[here]]))

    def _note(self, sheet: OnlineSheet, reached: np.ndarray) -> None:
        """The journeys of web customers: those who only look, and those who order and ask once how it stands, most of them soon."""
        trace, n = self.chain.trace, len(sheet.browse_s)
        one_each = np.arange(n + 1), sheet.browse_sku, np.ones(n, dtype=np.int32)
        trace.note("browse", sheet.browse_s, self._browsers_home(sheet), lines=one_each)

        orders = np.flatnonzero(reached)
        home, placed_s = self.home[sheet.region[orders]], sheet.placed_s[orders]
        lines = pick((sheet.line_start, sheet.line_sku, sheet.line_units), orders)
        session = trace.sessions(len(orders))
        for journey, earlier_s in _BEFORE_CHECKOUT_S.items():
            instant_s = np.maximum(placed_s - earlier_s, sheet.day * DAY_S)
            trace.note(journey, instant_s, home, lines=lines, session=session)
        checkouts = trace.note("checkout", placed_s, home, lines=lines, session=session)
        delivery_s = DAY_S * self.said.delivery_days.quantile(sheet.delivery_u[orders])
        asked_s = on_tick(placed_s + delivery_s * counter_uniform(sheet.key, orders, _LOOKS_UP) ** 3)
        known = np.flatnonzero(checkouts >= 0)
        trace.note("order_status", asked_s[known], home[known], session=session[known], follows=checkouts[known])

    def _browsers_home(self, sheet: OnlineSheet) -> np.ndarray:
        """Who only looks comes from the regions as the orders do."""
        u = counter_uniform(sheet.key, np.arange(len(sheet.browse_s)), _BROWSES_FROM)
        return self.home[np.searchsorted(np.cumsum(self.chain.region_shares)[:-1], u, side="right")]


def candidates(ship_cost: np.ndarray, n_stores: int) -> np.ndarray:
    """The locations that each zone looks at, int32[zones, ≤ 32]: the cheapest, at one price warehouses before stores; −1 fills up."""
    locations = np.arange(len(ship_cost))
    order = np.array([np.lexsort((locations, locations < n_stores, cost)) for cost in ship_cost.T])
    reach = np.isfinite(np.take_along_axis(ship_cost.T, order, axis=1))
    return np.where(reach, order, -1)[:, :MOST_CANDIDATES].astype(np.int32)


def _alike(labels: np.ndarray) -> list[np.ndarray]:
    """Positions of equal labels, label by label."""
    order = np.argsort(labels, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(labels[order])) + 1) if len(labels) else []


def _drawn(law: Varying, u: float) -> float:
    return max(float(law.quantile(u)), 0.0)
