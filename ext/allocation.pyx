"""Which location ships which order line: order sourcing over stock by location and SKU, in batches or one order at a time."""

from collections import namedtuple

cimport cython
from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t

import numpy as np

from ext.checks import changeable, checked, finite, refuse
from ext.parcels cimport MOST_PLACES, Basket
from ext.rationing import ration
from ext.reservations import Reservations, available_to_promise, earliest_period
from ext.shadow import Kpis, kpis, shadow
from ext.transfers import Moves, imbalance, transfers

__all__ = [
    "POLICIES", "Allocator", "Kpis", "Moves", "Reservations", "Sourced", "available_to_promise", "earliest_period", "imbalance",
    "kpis", "ration", "shadow", "transfers",
]

POLICIES = ("nearest", "cheapest", "complete", "priced")

cdef enum:
    NEAREST, CHEAPEST, COMPLETE, PRICED

# A batch of this share of the stock's cells pays for one pass over all of them beforehand.
cdef int64_t BATCH_PAYS = 8

cdef struct View:
    # What one call knows of the stock beforehand: which locations have any, and what can be left out of sight.
    uint64_t *stocked
    Py_ssize_t words
    bint reserved
    bint safety

cdef int64_t UNLIMITED = np.iinfo(np.int64).max

Sourced = namedtuple("Sourced", ["line", "location", "quantity", "unfilled"])
Sourced.__doc__ = """What a batch was given.

line, location, quantity: int32[pieces], in the order of the lines; a line that two locations share has two pieces.
unfilled: int32[lines], the units of each line that nobody ships.
"""


@cython.final
cdef class Allocator:
    """Sources orders from `stock`, in place; stubs and docstrings of the public face stand in allocation.pyi too.

    stock: int64[location, sku], units >= 0. ship_cost: float64[location, zone], cost a unit; infinite where a location
    does not serve a zone. Arrays are held, not copied, where time changes them (stock, reserved, capacity, price): what
    others write there between two calls counts.

    policy: "nearest" (each line from the first candidate that has all of it), "cheapest" (least cost of shipping,
    parcels, balance and markdown), "complete" (the cheapest location that has the whole order, else fewest parcels),
    "priced" (as cheapest, plus the price of the stock used).
    parcel_cost: float64[location], fixed cost a parcel. candidates: int32[zone, k <= 32], the locations a zone looks at,
    nearest first, filled up with -1; without it the 32 with the least ship_cost. reserved: int64[location, sku], units
    promised to others. safety_stock: int64[location, sku], of which an order of priority class c leaves the share
    protected_share[c] (float64, 0 to 1; by default all of it) untouched, rounded up to whole units. capacity: int64[location], units
    each location may still ship in this period; what is shipped is taken off. balance: float64[location], a unit taken
    from a available costs balance / a more. markdown: float64[location], taken off the cost of a unit. price:
    float64[location, sku]. max_parcels: largest number of parcels an order, 0 for no limit.

    Raises ValueError naming the argument and the first bad index.
    """

    cdef readonly object policy
    cdef readonly int locations, skus, zones, classes, max_parcels
    cdef int rule, wide
    cdef bint has_reserved, has_safety, has_capacity, has_price, has_balance, ranked
    cdef int64_t[:, ::1] stock
    cdef int64_t[:, ::1] reserved
    cdef int64_t[:, ::1] safety_stock
    cdef int64_t[::1] capacity
    cdef double[::1] share
    cdef double[::1] parcel_cost
    cdef double[::1] balance
    cdef double[:, ::1] price
    cdef int32_t[:, ::1] candidates
    cdef int32_t[::1] candidate_count
    cdef double[:, ::1] unit_cost
    cdef Basket basket
    cdef int32_t[:, ::1] pieces
    cdef object arguments

    def __init__(
        self, stock, ship_cost, *, policy="cheapest", parcel_cost=None, candidates=None, reserved=None, safety_stock=None,
        protected_share=None, capacity=None, balance=None, markdown=None, price=None, max_parcels=0,
    ):
        self.arguments = dict(
            parcel_cost=parcel_cost, candidates=candidates, reserved=reserved, safety_stock=safety_stock,
            protected_share=protected_share, capacity=capacity, balance=balance, markdown=markdown, price=price,
            max_parcels=max_parcels, stock=stock, ship_cost=ship_cost,
        )
        if policy not in POLICIES:
            raise ValueError(f"policy must be one of {', '.join(POLICIES)}, found {policy!r}")
        self.policy = policy
        self.rule = POLICIES.index(policy)
        self.stock = changeable("stock", checked("stock", stock, np.int64, (None, None), lowest=0))
        self.locations, self.skus = stock.shape
        checked("ship_cost", ship_cost, np.float64, (self.locations, None))
        if not ship_cost.min(initial=np.inf) > -np.inf:
            refuse("ship_cost", ship_cost, ~(ship_cost > -np.inf), "must be a number or +inf")
        self.zones = ship_cost.shape[1]
        grid, row = (self.locations, self.skus), (self.locations,)
        nothing, nowhere = np.zeros((1, 1), np.int64), np.zeros(self.locations)

        self.has_reserved = reserved is not None
        self.reserved = nothing if reserved is None else checked("reserved", reserved, np.int64, grid, lowest=0)
        self.has_safety = safety_stock is not None
        self.safety_stock = (
            nothing if safety_stock is None else checked("safety_stock", safety_stock, np.int64, grid, lowest=0)
        )
        share = np.ones(1) if protected_share is None else protected_share
        self.share = checked("protected_share", share, np.float64, (None,), lowest=0.0, highest=1.0).copy()
        self.classes = 256 if protected_share is None else len(protected_share)
        self.has_capacity = capacity is not None
        self.capacity = (
            nothing[0] if capacity is None
            else changeable("capacity", checked("capacity", capacity, np.int64, row, lowest=0))
        )
        self.parcel_cost = (
            nowhere if parcel_cost is None
            else finite("parcel_cost", checked("parcel_cost", parcel_cost, np.float64, row, lowest=0.0)).copy()
        )
        self.has_balance = balance is not None
        self.balance = (
            nowhere if balance is None else finite("balance", checked("balance", balance, np.float64, row, lowest=0.0)).copy()
        )
        if markdown is not None:
            finite("markdown", checked("markdown", markdown, np.float64, row))
        self.has_price = price is not None and policy == "priced"
        if policy == "priced" and price is None:
            raise ValueError("price must be given for policy 'priced'")
        self.price = np.zeros((1, 1)) if price is None else finite("price", checked("price", price, np.float64, grid))
        if max_parcels < 0:
            raise ValueError(f"max_parcels must be at least 0, found {max_parcels}")
        self.max_parcels = min(max_parcels or MOST_PLACES, MOST_PLACES)
        self._look_around(ship_cost, candidates, nowhere if markdown is None else markdown)
        self._make_room(8)

    def _look_around(self, ship_cost, candidates, markdown):
        """The candidates of each zone, those out of reach dropped, and what a unit costs from each."""
        if candidates is None:
            order = np.argsort(ship_cost, axis=0, kind="stable")[:MOST_PLACES].T
            chosen = np.ascontiguousarray(order, dtype=np.int32)
        else:
            checked("candidates", candidates, np.int32, (self.zones, None), lowest=-1, highest=self.locations - 1)
            if candidates.shape[1] > MOST_PLACES:
                raise ValueError(f"candidates must have at most {MOST_PLACES} columns, found {candidates.shape[1]}")
            chosen = candidates
            ordered = np.sort(chosen, axis=1)
            twice = (ordered[:, 1:] == ordered[:, :-1]) & (ordered[:, 1:] >= 0)
            if twice.any():
                zone = int(np.argmax(twice.any(axis=1)))
                raise ValueError(f"candidates[{zone}] names a location twice")
        self.wide = chosen.shape[1]
        zone = np.arange(self.zones)[:, None]
        inside = (chosen >= 0) & np.isfinite(ship_cost[chosen, zone])
        front = np.argsort(~inside, axis=1, kind="stable")
        chosen = np.take_along_axis(chosen, front, axis=1)
        inside = np.take_along_axis(inside, front, axis=1)
        cost = np.where(inside, ship_cost[chosen, zone] - markdown[chosen], np.inf)
        self.candidates = np.ascontiguousarray(np.where(inside, chosen, 0), dtype=np.int32)
        self.candidate_count = inside.sum(axis=1).astype(np.int32)
        self.unit_cost = np.ascontiguousarray(cost)
        parcel = np.asarray(self.parcel_cost)
        rising = cost.shape[1] < 2 or bool((cost[:, 1:] >= cost[:, :-1]).all())
        self.ranked = rising and not self.has_balance and not self.has_price and bool((parcel == parcel[:1]).all())

    def _make_room(self, lines):
        self.basket = Basket(lines, self.skus)
        self.pieces = np.zeros((3, lines * MOST_PLACES), np.int32)

    def under(self, policy, *, price=None):
        """The same network and the same arrays under another policy."""
        arguments = dict(self.arguments)
        if price is not None:
            arguments["price"] = price
        return Allocator(policy=policy, **arguments)

    # One order at a time.

    def source_line(self, int sku, int quantity, int zone, int priority=0, bint ship_complete=False, bint commit=True):
        """[(location, quantity), ...] of an order of one line; [] if nobody has any."""
        cdef Py_ssize_t count, p
        cdef int32_t slot = sku
        cdef int32_t wanted = quantity
        self._look_at_order(zone, priority)
        if not 0 <= sku < self.skus:
            raise ValueError(f"sku is {sku}: must be in 0 .. {self.skus - 1}")
        if quantity < 1:
            raise ValueError(f"quantity is {quantity}: must be at least 1")
        cdef View view = self._view()
        count = self._source(
            &view, self.basket, &slot, &wanted, 1, zone, priority, ship_complete,
            &self.pieces[0, 0], &self.pieces[1, 0], &self.pieces[2, 0], 0,
        )
        if commit:
            for p in range(count):
                self._move(&view, sku, self.pieces[1, p], self.pieces[2, p])
        return [(self.pieces[1, p], self.pieces[2, p]) for p in range(count)]

    def source_basket(
        self, skus, quantities, int zone, int priority=0, bint ship_complete=False, bint commit=True
    ):
        """[(line, location, quantity), ...] of an order of several lines, in the order of the lines.

        skus, quantities: int32 arrays, or sequences of int.
        """
        cdef const int32_t[::1] sku = np.ascontiguousarray(skus, np.int32)
        cdef const int32_t[::1] quantity = np.ascontiguousarray(quantities, np.int32)
        cdef Py_ssize_t i, p, count
        cdef Py_ssize_t lines = sku.shape[0]
        self._look_at_order(zone, priority)
        if quantity.shape[0] != lines:
            raise ValueError(f"quantities must have shape ({lines},), found ({quantity.shape[0]},)")
        for i in range(lines):
            if not 0 <= sku[i] < self.skus:
                raise ValueError(f"skus[{i}] is {sku[i]}: must be in 0 .. {self.skus - 1}")
            if quantity[i] < 1:
                raise ValueError(f"quantities[{i}] is {quantity[i]}: must be at least 1")
        if lines == 0:
            return []
        if lines > self.basket.most_lines:
            self._make_room(2 * lines)
        cdef View view = self._view()
        count = self._source(
            &view, self.basket, &sku[0], &quantity[0], lines, zone, priority, ship_complete,
            &self.pieces[0, 0], &self.pieces[1, 0], &self.pieces[2, 0], 0,
        )
        if commit:
            for p in range(count):
                self._move(&view, sku[self.pieces[0, p]], self.pieces[1, p], self.pieces[2, p])
        return [(self.pieces[0, p], self.pieces[1, p], self.pieces[2, p]) for p in range(count)]

    cdef int _look_at_order(self, int zone, int priority) except -1:
        if not 0 <= zone < self.zones:
            raise ValueError(f"zone is {zone}: must be in 0 .. {self.zones - 1}")
        if not 0 <= priority < self.classes:
            raise ValueError(f"priority is {priority}: must be in 0 .. {self.classes - 1}")
        return 0

    # Many orders.

    def source_orders(
        self, order_start, line_sku, line_quantity, zone, *, priority=None, ship_complete=None, commit=True
    ):
        """Source a batch, order after order, without the GIL; returns Sourced.

        order_start: int64[orders + 1], order o has the lines order_start[o] .. order_start[o + 1] - 1; line_sku,
        line_quantity (units >= 1): int32[lines]; zone: int32[orders]; priority: uint8[orders], all of class 0 by default;
        ship_complete: bool[orders], all or nothing. The result does not depend on how orders are cut into batches.
        With commit=False stock and capacity are as before when the call returns: a plan, or a look at another policy.
        """
        checked("order_start", order_start, np.int64, (None,))
        checked("line_sku", line_sku, np.int32, (None,), lowest=0, highest=self.skus - 1)
        lines, orders = len(line_sku), len(order_start) - 1
        if orders < 0 or order_start[0] != 0 or order_start[orders] != lines:
            raise ValueError(f"order_start must run from 0 to {lines}, the number of lines")
        lengths = np.diff(order_start)
        if orders and lengths.min() < 0:
            refuse("order_start", order_start[1:], lengths < 0, "must not fall")
        checked("line_quantity", line_quantity, np.int32, (lines,), lowest=1)
        checked("zone", zone, np.int32, (orders,), lowest=0, highest=self.zones - 1)
        if priority is None:
            priority = np.zeros(orders, np.uint8)
        checked("priority", priority, np.uint8, (orders,), highest=self.classes - 1)
        if ship_complete is None:
            ship_complete = np.zeros(orders, np.bool_)
        checked("ship_complete", ship_complete, np.bool_, (orders,))
        most_lines = int(lengths.max(initial=1))
        basket = Basket(most_lines, self.skus)
        stocked = self._stocked() if lines * BATCH_PAYS > self.locations * self.skus else None

        pieces = np.empty((3, lines + most_lines * MOST_PLACES), np.int32)
        unfilled = np.empty(lines, np.int32)
        count = np.zeros(1, np.int64)
        done = 0
        while True:
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
        const uint8_t[::1] priority, const uint8_t[::1] ship_complete, int32_t[:, ::1] pieces, int64_t[::1] piece_count,
        int32_t[::1] unfilled,
    ) except -1:
        """Source orders from `first` on while there is room for their pieces; the first order not reached is returned."""
        cdef int64_t order, start, p, added, line
        cdef int64_t count = piece_count[0]
        cdef int64_t orders = zone.shape[0]
        cdef int lines
        cdef View view = self._view()
        if stocked is not None:
            view.stocked = &stocked[0, 0]
            view.words = stocked.shape[1]
            view.reserved = view.reserved and np.asarray(self.reserved).any()
            view.safety = view.safety and np.asarray(self.safety_stock).any()
        with nogil:
            for order in range(first, orders):
                start = order_start[order]
                lines = <int>(order_start[order + 1] - start)
                if count + lines * MOST_PLACES > pieces.shape[1]:
                    orders = order
                    break
                if lines == 0:
                    continue
                for line in range(start, start + lines):
                    unfilled[line] = line_quantity[line]
                added = self._source(
                    &view, basket, &line_sku[start], &line_quantity[start], lines, zone[order], priority[order],
                    ship_complete[order], &pieces[0, count], &pieces[1, count], &pieces[2, count], <int32_t>start,
                )
                for p in range(count, count + added):
                    line = pieces[0, p]
                    unfilled[line] -= pieces[2, p]
                    self._move(&view, line_sku[line], pieces[1, p], pieces[2, p])
                count += added
        piece_count[0] = count
        return orders

    cdef uint64_t[:, ::1] _stocked(self):
        """uint64[sku, word]: a bit for every location that has any stock of the SKU, so that a batch looks at no other."""
        cdef uint64_t[:, ::1] stocked = np.zeros((self.skus, (self.locations + 63) // 64), np.uint64)
        cdef Py_ssize_t location, sku, word
        with nogil:
            for location in range(self.locations):
                word = location >> 6
                for sku in range(self.skus):
                    # The sign of -units is the test units > 0 without a branch.
                    stocked[sku, word] |= (0 - <uint64_t>self.stock[location, sku]) >> 63 << (location & 63)
        return stocked

    cdef int _put_back(
        self, const int32_t[::1] line_sku, const int32_t[::1] line, const int32_t[::1] location, const int32_t[::1] quantity
    ) except -1:
        cdef Py_ssize_t p
        cdef View view = self._view()
        with nogil:
            for p in range(line.shape[0]):
                self._move(&view, line_sku[line[p]], location[p], -quantity[p])
        return 0

    # The kernel.

    cdef inline View _view(self) noexcept nogil:
        cdef View view
        view.stocked = NULL
        view.words = 0
        view.reserved = self.has_reserved
        view.safety = self.has_safety
        return view

    cdef inline void _move(self, const View *view, int32_t sku, int32_t location, int64_t quantity) noexcept nogil:
        self.stock[location, sku] -= quantity
        if view.stocked and self.stock[location, sku] <= 0:
            view.stocked[sku * view.words + (location >> 6)] &= ~((<uint64_t>1) << (location & 63))
        if self.has_capacity:
            self.capacity[location] -= quantity

    cdef inline int64_t _available(self, const View *view, int32_t location, int32_t sku, int priority) noexcept nogil:
        """Units that an order of this class may take, whatever the location's capacity."""
        cdef int64_t units, kept
        cdef double protected
        if view.stocked and not view.stocked[sku * view.words + (location >> 6)] >> (location & 63) & 1:
            return 0
        units = self.stock[location, sku]
        if view.reserved:
            units -= self.reserved[location, sku]
        if view.safety:
            protected = self.share[min(priority, self.share.shape[0] - 1)] * self.safety_stock[location, sku]
            kept = <int64_t>protected
            units -= kept + (kept < protected)
        return units

    cdef Py_ssize_t _source(
        self, const View *view, Basket basket, const int32_t *sku, const int32_t *quantity, int lines, int zone,
        int priority, bint ship_complete, int32_t *out_line, int32_t *out_location, int32_t *out_quantity, int32_t first_line,
    ) noexcept nogil:
        """Write the pieces of one order and return their number; nothing is taken yet."""
        cdef int i
        cdef int32_t location = -1
        if lines == 1:
            location = self._whole_line(view, sku[0], quantity[0], zone, priority)
        elif basket.merge(sku, quantity, lines) == lines and self.rule == COMPLETE and self.ranked:
            location = self._whole_order(view, sku, quantity, lines, zone, priority)
        if location >= 0:
            for i in range(lines):
                out_line[i] = first_line + i
                out_location[i] = location
                out_quantity[i] = quantity[i]
            return lines
        if lines == 1:
            basket.merge(sku, quantity, lines)
        self._lay_out(view, basket, zone, priority)
        if self.rule == COMPLETE:
            basket.fewest()
        else:
            basket.line_by_line()
            if (self.rule != NEAREST and lines > 1) or (basket.unfilled > 0 and basket.parcels == self.max_parcels):
                basket.fewest()
        if ship_complete and basket.unfilled > 0:
            return 0
        return self._write(basket, quantity, lines, zone, out_line, out_location, out_quantity, first_line)

    cdef inline int32_t _whole_line(
        self, const View *view, int32_t sku, int32_t quantity, int zone, int priority
    ) noexcept nogil:
        """The location that ships the whole line for the least, the nearest of equals; -1 if none has all of it."""
        cdef int p
        cdef int32_t location
        cdef int32_t best = -1
        cdef int64_t units
        cdef double price
        cdef double least = 0.0
        cdef bint first_wins = self.rule == NEAREST or self.ranked
        for p in range(self.candidate_count[zone]):
            location = self.candidates[zone, p]
            units = self._available(view, location, sku, priority)
            if units < quantity or (self.has_capacity and self.capacity[location] < quantity):
                continue
            if first_wins:
                return location
            price = self._cost(location, sku, zone, p, units) + self.parcel_cost[location] / quantity
            if best < 0 or price < least:
                best, least = location, price
        return best

    cdef inline int32_t _whole_order(
        self, const View *view, const int32_t *sku, const int32_t *quantity, int lines, int zone, int priority
    ) noexcept nogil:
        """The first candidate that has every line of the order, -1 if none; lines of distinct SKUs."""
        cdef int i, p
        cdef int32_t location
        cdef int64_t asked
        for p in range(self.candidate_count[zone]):
            location = self.candidates[zone, p]
            asked = 0
            for i in range(lines):
                if self._available(view, location, sku[i], priority) < quantity[i]:
                    break
                asked += quantity[i]
            else:
                if not self.has_capacity or self.capacity[location] >= asked:
                    return location
        return -1

    cdef inline double _cost(self, int32_t location, int32_t sku, int zone, int place, int64_t units) noexcept nogil:
        """What a unit out of `units` available costs, beside its parcel."""
        cdef double cost = self.unit_cost[zone, place]
        if self.has_balance:
            cost += self.balance[location] / units
        if self.has_price:
            cost += self.price[location, sku]
        return cost

    cdef void _lay_out(self, const View *view, Basket basket, int zone, int priority) noexcept nogil:
        """Fill the basket's matrix with what each candidate has of each SKU and what it costs there."""
        cdef int i, p
        cdef int32_t location
        cdef int64_t units
        basket.places = self.candidate_count[zone]
        basket.max_parcels = self.max_parcels
        basket.kept = False
        for p in range(basket.places):
            location = self.candidates[zone, p]
            basket.parcel[p] = 0.0 if self.rule == NEAREST else self.parcel_cost[location]
            basket.room[p] = self.capacity[location] if self.has_capacity else UNLIMITED
            for i in range(basket.lines):
                units = self._available(view, location, basket.sku[i], priority)
                if units <= 0:
                    basket.units[p, i] = 0
                    continue
                basket.units[p, i] = min(units, basket.need[i])
                basket.cost[p, i] = p if self.rule == NEAREST else self._cost(location, basket.sku[i], zone, p, units)

    cdef Py_ssize_t _write(
        self, Basket basket, const int32_t *quantity, int lines, int zone, int32_t *out_line, int32_t *out_location,
        int32_t *out_quantity, int32_t first_line,
    ) noexcept nogil:
        """Hand the pieces, which are by SKU, to the lines that asked for it."""
        cdef int i, k
        cdef int64_t rest, units
        cdef Py_ssize_t count = 0
        for i in range(lines):
            rest = quantity[i]
            for k in range(basket.count):
                if basket.line[k] == basket.slot[i] and basket.quantity[k] > 0 and rest > 0:
                    units = min(rest, basket.quantity[k])
                    out_line[count] = first_line + i
                    out_location[count] = self.candidates[zone, basket.place[k]]
                    out_quantity[count] = <int32_t>units
                    basket.quantity[k] -= units
                    rest -= units
                    count += 1
        return count
