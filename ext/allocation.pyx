"""Which location ships which order line: order sourcing over stock by location and SKU, in batches or one order at a time.

The front of the allocation core: it validates every argument once; the computation is in ext/sourcing.pyx and ext/parcels.pyx.
"""

from collections import namedtuple

cimport cython
from cpython.number cimport PyNumber_Index
from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t

import numpy as np

from ext.checks import changeable, checked, finite, refuse
from ext.parcels cimport MOST_PLACES, Basket
from ext.rationing import ration
from ext.reservations import Reservations, available_to_promise, earliest_period
from ext.shadow import Kpis, kpis, shadow
from ext.sourcing cimport UNKNOWN, Batch, Network, Order, Pieces, View
from ext.sourcing import Policy
from ext.transfers import Moves, imbalance, transfers

__all__ = [
    "POLICIES", "Allocator", "Kpis", "Moves", "Reservations", "Sourced", "available_to_promise", "earliest_period",
    "imbalance", "kpis", "ration", "shadow", "transfers",
]

POLICIES = tuple(name.lower() for name in Policy.__members__)

# From one order line per so many cells of stock, a pass over all cells beforehand pays.
cdef int64_t BATCH_PAYS = 64
cdef int64_t MIN_INT32 = np.iinfo(np.int32).min
cdef int64_t MAX_INT32 = np.iinfo(np.int32).max

Sourced = namedtuple("Sourced", ["line", "location", "quantity", "unfilled"])
Sourced.__doc__ = """The result of a batch.

line, location, quantity: int32[pieces], in the order of the lines; a line that two locations share has two pieces.
unfilled: int32[lines], the units of each line that no location ships.
"""


@cython.final
cdef class Allocator:
    """Sources orders from `stock`, in place.

    stock: int64[location, sku], units >= 0. ship_cost: float64[location, zone], of a unit; infinite where a location does
    not serve a zone. Arrays that change over time are referenced, not copied (stock, reserved, safety_stock, capacity, price): changes
    between two calls take effect.

    policy: "nearest" (each line from the first candidate that has all of it), "cheapest" (least cost of shipping, parcels,
    balance and markdown), "complete" (the cheapest location that has the whole order, else fewest parcels), "priced" (as
    cheapest, plus the price of the stock used).

    candidates: int32[zone, k], the locations a zone may be served from, nearest first, filled up with -1; without it all
    within reach, by ship_cost. An order considers the first 32 of them that stock any of its SKUs.
    parcel_cost: float64[location], of a parcel. max_parcels: of an order, 0 for no limit.
    reserved: int64[location, sku], units promised to others. safety_stock: int64[location, sku], of which an order of
    priority class c leaves the share protected_share[c] (float64[class], 0 to 1; by default all), rounded up to whole units.
    capacity: int64[location], units a location may still ship in this period; what is shipped is taken off.
    balance: float64[location], a unit taken from a available costs balance / a more. markdown: float64[location], taken
    off the cost of a unit. price: float64[location, sku], of a unit, for "priced".

    Raises ValueError naming the argument and the first bad index. docs/allocation.md gives the rules one by one.
    """

    cdef readonly object policy
    cdef readonly int locations, skus, zones, classes
    cdef object arguments
    cdef Network network
    cdef Basket basket
    cdef int32_t[::1] order_sku
    cdef int32_t[::1] order_quantity
    cdef int32_t[:, ::1] pieces

    def __cinit__(
        self, stock, ship_cost, *, policy="cheapest", parcel_cost=None, candidates=None, reserved=None, safety_stock=None,
        protected_share=None, capacity=None, balance=None, markdown=None, price=None, max_parcels=0,
    ):
        self.arguments = dict(
            stock=stock, ship_cost=ship_cost, parcel_cost=parcel_cost, candidates=candidates, reserved=reserved,
            safety_stock=safety_stock, protected_share=protected_share, capacity=capacity, balance=balance,
            markdown=markdown, price=price, max_parcels=max_parcels,
        )
        if policy not in POLICIES:
            raise ValueError(f"policy must be one of {', '.join(POLICIES)}, found {policy!r}")
        if policy == "priced" and price is None:
            raise ValueError("price must be given for policy 'priced'")
        if max_parcels < 0:
            raise ValueError(f"max_parcels must be at least 0, found {max_parcels}")
        checked("stock", stock, np.int64, (None, None), lowest=0)
        if not stock.size:
            raise ValueError(f"stock must hold a location and a SKU, found shape {stock.shape}")
        self.policy = policy
        self.locations, self.skus = stock.shape
        checked("ship_cost", ship_cost, np.float64, (self.locations, None))
        if not ship_cost.min(initial=np.inf) > -np.inf:
            refuse("ship_cost", ship_cost, ~(ship_cost > -np.inf), "must be a number or +inf")
        self.zones = ship_cost.shape[1]
        self.classes = 256 if protected_share is None else len(protected_share)
        self.network = Network()
        self.network.rule = POLICIES.index(policy)
        self.network.max_parcels = min(max_parcels or MOST_PLACES, MOST_PLACES)
        self._hold_units(stock, reserved, safety_stock, protected_share, capacity)
        self._hold_costs(parcel_cost, balance, price)
        self._hold_candidates(ship_cost, candidates, markdown)
        self._make_room(8)

    cdef _hold_units(self, stock, reserved, safety_stock, protected_share, capacity):
        network, grid, nothing = self.network, stock.shape, np.zeros((1, 1), np.int64)
        network.stock = changeable("stock", stock)
        network.has_reserved = reserved is not None
        network.reserved = nothing if reserved is None else checked("reserved", reserved, np.int64, grid, lowest=0)
        network.has_safety = safety_stock is not None
        network.safety_stock = (
            nothing if safety_stock is None else checked("safety_stock", safety_stock, np.int64, grid, lowest=0)
        )
        share = np.ones(1) if protected_share is None else protected_share
        network.share = checked("protected_share", share, np.float64, (None,), lowest=0.0, highest=1.0).copy()
        network.has_capacity = capacity is not None
        if capacity is not None:
            checked("capacity", capacity, np.int64, (self.locations,), lowest=0)
        network.capacity = nothing[0] if capacity is None else changeable("capacity", capacity)

    cdef _hold_costs(self, parcel_cost, balance, price):
        network, row = self.network, (self.locations,)
        nowhere = np.zeros(self.locations)
        for name, cost in (("parcel_cost", parcel_cost), ("balance", balance)):
            if cost is not None:
                finite(name, checked(name, cost, np.float64, row, lowest=0.0))
        network.parcel_cost = nowhere if parcel_cost is None else parcel_cost.copy()
        network.balance = nowhere if balance is None else balance.copy()
        network.has_balance = balance is not None and balance.any()
        if price is not None:
            finite("price", checked("price", price, np.float64, (self.locations, self.skus)))
        network.has_price = self.policy == "priced"
        network.price = np.zeros((1, 1)) if price is None else price

    cdef _hold_candidates(self, ship_cost, candidates, markdown):
        """The candidates of each zone, those out of reach dropped, and what a unit costs from each."""
        network, zone = self.network, np.arange(self.zones)[:, None]
        if markdown is None:
            markdown = np.zeros(self.locations)
        finite("markdown", checked("markdown", markdown, np.float64, (self.locations,)))
        if candidates is None:
            named = np.argsort(ship_cost, axis=0, kind="stable").T
        else:
            named = checked("candidates", candidates, np.int32, (self.zones, None), -1, self.locations - 1)
            if not named.shape[1]:
                raise ValueError("candidates must have at least one column")
            ordered = np.sort(named, axis=1)
            twice = ((ordered[:, 1:] == ordered[:, :-1]) & (ordered[:, 1:] >= 0)).any(axis=1)
            if twice.any():
                raise ValueError(f"candidates[{np.argmax(twice)}] names a location twice")
        inside = (named >= 0) & np.isfinite(ship_cost[named, zone])
        if not inside.all():
            front = np.argsort(~inside, axis=1, kind="stable")
            named, inside = np.take_along_axis(named, front, axis=1), np.take_along_axis(inside, front, axis=1)
        cost = np.where(inside, ship_cost[named, zone] - markdown[named], np.inf)
        # Filled up to whole blocks of eight with the nearest, so that reading beyond the last candidate repeats a location.
        nearest = np.maximum(named[:, :1], 0)
        filler = np.repeat(nearest, -named.shape[1] % 8, axis=1)
        network.candidates = np.ascontiguousarray(np.hstack([np.where(inside, named, nearest), filler]), dtype=np.int32)
        network.candidate_count = inside.sum(axis=1).astype(np.int32)
        network.unit_cost = np.ascontiguousarray(cost)
        parcel_cost = np.asarray(network.parcel_cost)
        network.ranked = (
            not (network.has_balance or network.has_price)
            and (parcel_cost == parcel_cost[0]).all()
            and (cost[:, 1:] >= cost[:, :-1]).all()
        )
        network.first_wins = network.ranked or self.policy == "nearest"

    cdef _make_room(self, lines):
        """For one order at a time, of up to so many lines."""
        self.basket = Basket(lines, self.skus)
        self.order_sku, self.order_quantity = np.zeros((2, lines), np.int32)
        self.pieces = np.zeros((3, lines * MOST_PLACES), np.int32)

    def under(self, policy, *, price=None):
        """The same network and the same arrays under another policy."""
        arguments = dict(self.arguments)
        if price is not None:
            arguments["price"] = price
        return Allocator(policy=policy, **arguments)

    def source_line(
        self, int64_t sku, int64_t quantity, int64_t zone, int64_t priority=0, bint ship_complete=False, bint commit=True
    ):
        """[(location, quantity), ...] of an order of one line; [] if no location has any."""
        cdef Py_ssize_t p, count
        self._look_at_line(sku, quantity, -1)
        self._look_at_order(zone, priority)
        self.order_sku[0], self.order_quantity[0] = <int32_t>sku, <int32_t>quantity
        count = self._source(1, <int>zone, <int>priority, ship_complete, commit)
        return [(self.pieces[1, p], self.pieces[2, p]) for p in range(count)]

    def source_basket(
        self, skus, quantities, int64_t zone, int64_t priority=0, bint ship_complete=False, bint commit=True
    ):
        """[(line, location, quantity), ...] of an order of several lines, in the order of the lines.

        skus, quantities: int32 arrays, or lists of int.
        """
        cdef Py_ssize_t i, p, count
        cdef Py_ssize_t lines = len(skus)
        if len(quantities) != lines:
            raise ValueError(f"quantities must have shape ({lines},), found ({len(quantities)},)")
        if lines > self.basket.most_lines:
            self._make_room(2 * lines)
        self._read("skus", skus, self.order_sku[:lines])
        self._read("quantities", quantities, self.order_quantity[:lines])
        for i in range(lines):
            self._look_at_line(self.order_sku[i], self.order_quantity[i], i)
        self._look_at_order(zone, priority)
        count = self._source(<int>lines, <int>zone, <int>priority, ship_complete, commit) if lines else 0
        return [(self.pieces[0, p], self.pieces[1, p], self.pieces[2, p]) for p in range(count)]

    cdef int _read(self, name, values, int32_t[::1] target) except -1:
        """Copy a list or an int32 array, as long as `target`, into the room of the order at hand."""
        cdef Py_ssize_t i
        cdef int64_t value
        cdef const int32_t[::1] array
        if isinstance(values, np.ndarray):
            try:
                array = values
            except ValueError:
                array = checked(name, values, np.int32, (target.shape[0],))
            for i in range(target.shape[0]):
                target[i] = array[i]
        else:
            for i in range(target.shape[0]):
                value = PyNumber_Index(values[i])
                if not MIN_INT32 <= value <= MAX_INT32:
                    raise ValueError(f"{name}[{i}] is {value}: must fit 32 bits")
                target[i] = <int32_t>value
        return 0

    cdef int _look_at_line(self, int64_t sku, int64_t quantity, Py_ssize_t line) except -1:
        if not 0 <= sku < self.skus:
            raise ValueError(f"{'sku' if line < 0 else f'skus[{line}]'} is {sku}: must be in 0 .. {self.skus - 1}")
        if not 1 <= quantity <= MAX_INT32:
            where = "quantity" if line < 0 else f"quantities[{line}]"
            raise ValueError(f"{where} is {quantity}: must be in 1 .. {MAX_INT32}")
        return 0

    cdef int _look_at_order(self, int64_t zone, int64_t priority) except -1:
        if not 0 <= zone < self.zones:
            raise ValueError(f"zone is {zone}: must be in 0 .. {self.zones - 1}")
        if not 0 <= priority < self.classes:
            raise ValueError(f"priority is {priority}: must be in 0 .. {self.classes - 1}")
        return 0

    cdef Py_ssize_t _source(self, int lines, int zone, int priority, bint ship_complete, bint commit) noexcept:
        """Source the order at hand; the number of its pieces is returned."""
        cdef Order order = Order(&self.order_sku[0], &self.order_quantity[0], lines, zone, priority, ship_complete, UNKNOWN)
        cdef Pieces out = Pieces(&self.pieces[0, 0], &self.pieces[1, 0], &self.pieces[2, 0])
        return self.network.source_order(self.basket, &order, out, commit)

    def source_orders(
        self, order_start, line_sku, line_quantity, zone, *, priority=None, ship_complete=None, commit=True
    ):
        """Source a batch, order after order, without the GIL; returns Sourced.

        order_start: int64[orders + 1], order o has the lines order_start[o] .. order_start[o + 1] - 1; line_sku,
        line_quantity (units >= 1): int32[lines]; zone: int32[orders]; priority: uint8[orders], all of class 0 by default;
        ship_complete: bool[orders], all or nothing. The result does not depend on how orders are cut into batches.
        With commit=False stock and capacity are as before when the call returns: a plan, or a comparison with another policy.
        """
        checked("order_start", order_start, np.int64, (None,))
        checked("line_sku", line_sku, np.int32, (None,), lowest=0, highest=self.skus - 1)
        lines, orders = len(line_sku), len(order_start) - 1
        if lines > MAX_INT32:
            raise ValueError(f"line_sku must have at most {MAX_INT32} lines, found {lines}")
        if orders < 0 or order_start[0] != 0 or order_start[orders] != lines:
            raise ValueError(f"order_start must run from 0 to {lines}, the number of lines")
        most_lines = _longest(order_start)
        if most_lines < 0:
            refuse("order_start", order_start[1:], np.diff(order_start) < 0, "must not fall")
        checked("line_quantity", line_quantity, np.int32, (lines,), lowest=1)
        checked("zone", zone, np.int32, (orders,), lowest=0, highest=self.zones - 1)
        if priority is None:
            priority = np.zeros(orders, np.uint8)
        checked("priority", priority, np.uint8, (orders,), highest=self.classes - 1)
        if ship_complete is None:
            ship_complete = np.zeros(orders, np.bool_)
        checked("ship_complete", ship_complete, np.bool_, (orders,))
        stocked = self.network.stocked() if lines * BATCH_PAYS > self.locations * self.skus else None
        basket = Basket(max(most_lines, 1), self.skus)
        pieces = np.empty((3, lines + most_lines * MOST_PLACES), np.int32)
        unfilled = np.zeros(lines, np.int32)
        done, count = 0, np.zeros(1, np.int64)
        while orders:
            done = self._batch(
                basket, stocked, done, order_start, line_sku, line_quantity, zone, priority, ship_complete.view(np.uint8),
                pieces, count, unfilled,
            )
            if done == orders:
                break
            pieces = np.concatenate([pieces, np.empty_like(pieces)], axis=1)
        line, location, quantity = pieces[:, : count[0]]
        if not commit:
            self._put_back(line_sku, line, location, quantity)
        return Sourced(line, location, quantity, unfilled)

    cdef int64_t _batch(
        self, Basket basket, uint64_t[:, ::1] stocked, int64_t first, const int64_t[::1] order_start,
        const int32_t[::1] line_sku, const int32_t[::1] line_quantity, const int32_t[::1] zone,
        const uint8_t[::1] priority, const uint8_t[::1] ship_complete, int32_t[:, ::1] pieces, int64_t[::1] count,
        int32_t[::1] unfilled,
    ) except -1:
        """Source from order `first` on while `pieces` has room; the first order not reached is returned."""
        cdef Network network = self.network
        cdef View view = network.view()
        cdef Batch batch
        cdef uint64_t[:, ::1] masks
        batch.order_start, batch.sku, batch.quantity = &order_start[0], &line_sku[0], &line_quantity[0]
        batch.zone, batch.priority, batch.ship_complete = &zone[0], &priority[0], &ship_complete[0]
        batch.orders = zone.shape[0]
        if stocked is not None:
            masks = np.empty((2, stocked.shape[1]), np.uint64)
            view.stocked, view.words = &stocked[0, 0], stocked.shape[1]
            view.every, view.some = &masks[0, 0], &masks[1, 0]
            view.reserved = network.has_reserved and np.asarray(network.reserved).any()
            view.safety = network.has_safety and np.asarray(network.safety_stock).any()
            view.exact = not (view.reserved or view.safety)
        with nogil:
            first = network.source_batch(&view, basket, &batch, first, pieces, count, unfilled)
        return first

    cdef int _put_back(
        self, const int32_t[::1] line_sku, const int32_t[::1] line, const int32_t[::1] location, const int32_t[::1] quantity
    ) except -1:
        cdef Network network = self.network
        cdef View view = network.view()
        cdef Py_ssize_t p
        with nogil:
            for p in range(line.shape[0]):
                network.move(&view, line_sku[line[p]], location[p], -quantity[p])
        return 0


cdef int64_t _longest(const int64_t[::1] order_start) noexcept:
    """The number of lines of the longest order, -1 if order_start decreases anywhere."""
    cdef Py_ssize_t order
    cdef int64_t most = 0
    cdef int64_t least = 0
    with nogil:
        for order in range(order_start.shape[0] - 1):
            most = max(most, order_start[order + 1] - order_start[order])
            least = min(least, order_start[order + 1] - order_start[order])
    return -1 if least < 0 else most
