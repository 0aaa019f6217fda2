"""Which location ships which order line: order sourcing over stock by location and SKU, in batches or one order at a time."""

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

cdef enum:
    BLOCK = 8  # candidates looked at together
    ALL_OF_BLOCK = 255
    LAST_OF_BLOCK = 128
    AHEAD = 16  # orders between calling for a cell and changing it

cdef extern from *:
    """
    #if defined(__GNUC__)
    #define lowest_bit(bits) __builtin_ctz(bits)
    #define count_bits(bits) __builtin_popcount(bits)
    #define call_for(cell) __builtin_prefetch(cell, 1)
    #else
    #define call_for(cell) ((void)(cell))
    static int lowest_bit(unsigned bits) { int k = 0; while (!(bits >> k & 1)) k++; return k; }
    static int count_bits(unsigned bits) { int k = 0; for (; bits; bits &= bits - 1) k++; return k; }
    #endif
    """
    int _lowest "lowest_bit"(unsigned int bits) nogil
    int _bits "count_bits"(unsigned int bits) nogil
    void _call_for "call_for"(const void *cell) nogil

cdef struct View:
    # What one call knows of the stock beforehand: which locations have any, and what can be left out of sight.
    uint64_t *stocked
    Py_ssize_t words
    bint reserved
    bint safety
    bint exact  # a bit of `stocked` proves a unit that may be taken

cdef struct Order:
    const int32_t *sku
    const int32_t *quantity
    int lines
    int zone
    int priority
    bint ship_complete
    int32_t likely  # the first candidate that had all lines in stock a moment ago, -1 unknown

cdef struct Pieces:
    # Where the next order writes what it is given.
    int32_t *line
    int32_t *location
    int32_t *quantity

cdef int64_t MIN_INT32 = np.iinfo(np.int32).min
cdef int64_t MAX_INT32 = np.iinfo(np.int32).max
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
    parcel_cost: float64[location], fixed cost a parcel. candidates: int32[zone, k], the locations a zone may be served from,
    nearest first, filled up with -1 (without it all within reach, by ship_cost); an order looks at the first 32 of them
    that stock any of its SKUs. reserved: int64[location, sku], units
    promised to others. safety_stock: int64[location, sku], of which an order of priority class c leaves the share
    protected_share[c] (float64, 0 to 1; by default all of it) untouched, rounded up to whole units. capacity: int64[location], units
    each location may still ship in this period; what is shipped is taken off. balance: float64[location], a unit taken
    from a available costs balance / a more. markdown: float64[location], taken off the cost of a unit. price:
    float64[location, sku]. max_parcels: largest number of parcels an order, 0 for no limit.

    Raises ValueError naming the argument and the first bad index.
    """

    cdef readonly object policy
    cdef readonly int locations, skus, zones, classes, max_parcels
    cdef int rule
    cdef bint has_reserved, has_safety, has_capacity, has_price, has_balance, ranked, first_wins
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
    cdef int32_t[::1] order_sku
    cdef int32_t[::1] order_quantity
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
        if not stock.size:
            raise ValueError(f"stock must hold a location and a SKU, found shape {stock.shape}")
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
        self.balance = (
            nowhere if balance is None else finite("balance", checked("balance", balance, np.float64, row, lowest=0.0)).copy()
        )
        self.has_balance = np.asarray(self.balance).any()
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
            chosen = np.argsort(ship_cost, axis=0, kind="stable").T
        else:
            checked("candidates", candidates, np.int32, (self.zones, None), lowest=-1, highest=self.locations - 1)
            if not candidates.shape[1]:
                raise ValueError("candidates must have at least one column")
            chosen = candidates
            ordered = np.sort(chosen, axis=1)
            twice = (ordered[:, 1:] == ordered[:, :-1]) & (ordered[:, 1:] >= 0)
            if twice.any():
                zone = int(np.argmax(twice.any(axis=1)))
                raise ValueError(f"candidates[{zone}] names a location twice")
        zone = np.arange(self.zones)[:, None]
        inside = (chosen >= 0) & np.isfinite(ship_cost[chosen, zone])
        front = np.argsort(~inside, axis=1, kind="stable")
        chosen = np.take_along_axis(chosen, front, axis=1)
        inside = np.take_along_axis(inside, front, axis=1)
        cost = np.where(inside, ship_cost[chosen, zone] - markdown[chosen], np.inf)
        # Filled up to whole blocks with the nearest, so that a look beyond the last candidate finds nobody new.
        chosen = np.where(inside, chosen, np.maximum(chosen[:, :1], 0))
        filler = np.repeat(chosen[:, :1], -chosen.shape[1] % BLOCK, axis=1)
        self.candidates = np.ascontiguousarray(np.hstack([chosen, filler]), dtype=np.int32)
        self.candidate_count = inside.sum(axis=1).astype(np.int32)
        self.unit_cost = np.ascontiguousarray(cost)
        parcel = np.asarray(self.parcel_cost)
        rising = cost.shape[1] < 2 or bool((cost[:, 1:] >= cost[:, :-1]).all())
        self.ranked = rising and not self.has_balance and not self.has_price and bool((parcel == parcel[:1]).all())
        self.first_wins = self.ranked or self.rule == NEAREST

    def _make_room(self, lines):
        self.basket = Basket(lines, self.skus)
        self.order_sku, self.order_quantity = np.zeros((2, lines), np.int32)
        self.pieces = np.zeros((3, lines * MOST_PLACES), np.int32)

    def under(self, policy, *, price=None):
        """The same network and the same arrays under another policy."""
        arguments = dict(self.arguments)
        if price is not None:
            arguments["price"] = price
        return Allocator(policy=policy, **arguments)

    # One order at a time.

    def source_line(
        self, int64_t sku, int64_t quantity, int64_t zone, int64_t priority=0, bint ship_complete=False, bint commit=True
    ):
        """[(location, quantity), ...] of an order of one line; [] if nobody has any."""
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
        self._read("skus", skus, self.order_sku)
        self._read("quantities", quantities, self.order_quantity)
        for i in range(lines):
            self._look_at_line(self.order_sku[i], self.order_quantity[i], i)
        self._look_at_order(zone, priority)
        count = self._source(<int>lines, <int>zone, <int>priority, ship_complete, commit) if lines else 0
        return [(self.pieces[0, p], self.pieces[1, p], self.pieces[2, p]) for p in range(count)]

    cdef int _read(self, name, values, int32_t[::1] target) except -1:
        """Copy a list or an int32 array into the room of the order at hand."""
        cdef Py_ssize_t i
        cdef int64_t value
        cdef const int32_t[::1] array
        if isinstance(values, np.ndarray):
            try:
                array = values
            except ValueError:
                array = checked(name, values, np.int32, (None,))
            for i in range(array.shape[0]):
                target[i] = array[i]
        else:
            for i in range(len(values)):
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

    cdef Py_ssize_t _source(self, int lines, int zone, int priority, bint ship_complete, bint commit) noexcept nogil:
        """Source the order at hand; the number of its pieces is returned."""
        cdef Py_ssize_t p, count
        cdef int i
        cdef View view = self._view()
        cdef Order order = Order(
            &self.order_sku[0], &self.order_quantity[0], lines, zone, priority, ship_complete, -1
        )
        cdef Pieces out = Pieces(&self.pieces[0, 0], &self.pieces[1, 0], &self.pieces[2, 0])
        cdef int32_t location = self._whole(&view, self.basket, &order)
        if location < 0:
            count = self._plan(&view, self.basket, &order, &out, 0)
        else:
            count = lines
            for i in range(lines):
                out.line[i], out.location[i], out.quantity[i] = i, location, order.quantity[i]
        if commit:
            for p in range(count):
                self._move(&view, order.sku[out.line[p]], out.location[p], out.quantity[p])
        return count

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
        cdef int64_t number, start, p, line, ahead, end
        cdef int32_t likely[AHEAD]
        cdef int64_t count = piece_count[0]
        cdef int64_t orders = zone.shape[0]
        cdef Py_ssize_t added
        cdef Order order
        cdef int32_t location
        cdef Pieces here
        cdef Pieces out = Pieces(&pieces[0, 0], &pieces[1, 0], &pieces[2, 0])
        cdef View view = self._view()
        if stocked is not None:
            view.stocked = &stocked[0, 0]
            view.words = stocked.shape[1]
            view.reserved = view.reserved and np.asarray(self.reserved).any()
            view.safety = view.safety and np.asarray(self.safety_stock).any()
            view.exact = not view.reserved and not view.safety
        with nogil:
            for number in range(first, orders):
                start = order_start[number]
                order.lines = <int>(order_start[number + 1] - start)
                if count + order.lines * MOST_PLACES > pieces.shape[1]:
                    orders = number
                    break
                order.likely = -1
                if view.stocked and self.first_wins:
                    if number >= first + AHEAD and self.candidate_count[zone[number]] > 0:
                        order.likely = likely[number % AHEAD]
                    if number + AHEAD < orders:
                        ahead, end = order_start[number + AHEAD], order_start[number + AHEAD + 1]
                        location = self._likely(&view, &line_sku[0] + ahead, end - ahead, zone[number + AHEAD])
                        likely[number % AHEAD] = location
                        for line in range(ahead, end):
                            _call_for(&self.stock[location, line_sku[line]])
                order.sku, order.quantity = &line_sku[0] + start, &line_quantity[0] + start
                order.zone, order.priority = zone[number], priority[number]
                order.ship_complete = ship_complete[number]
                location = self._whole(&view, basket, &order)
                if location >= 0:
                    for line in range(start, start + order.lines):
                        out.line[count], out.location[count] = <int32_t>line, location
                        out.quantity[count] = line_quantity[line]
                        unfilled[line] = 0
                        self._move(&view, line_sku[line], location, line_quantity[line])
                        count += 1
                    continue
                for line in range(start, start + order.lines):
                    unfilled[line] = line_quantity[line]
                here.line, here.location, here.quantity = out.line + count, out.location + count, out.quantity + count
                added = self._plan(&view, basket, &order, &here, <int32_t>start)
                for p in range(added):
                    line = here.line[p]
                    unfilled[line] -= here.quantity[p]
                    self._move(&view, line_sku[line], here.location[p], here.quantity[p])
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
        view.exact = False
        return view

    cdef inline void _move(self, const View *view, int32_t sku, int32_t location, int64_t quantity) noexcept nogil:
        self.stock[location, sku] -= quantity
        if view.stocked and self.stock[location, sku] <= 0:
            view.stocked[sku * view.words + (location >> 6)] &= ~((<uint64_t>1) << (location & 63))
        if self.has_capacity:
            self.capacity[location] -= quantity

    cdef inline bint _stocks(self, const View *view, int32_t location, int32_t sku) noexcept nogil:
        return view.stocked[sku * view.words + (location >> 6)] >> (location & 63) & 1

    cdef inline int _stocking(self, const View *view, int32_t sku, const int32_t *candidate) noexcept nogil:
        """A bit for each of the next BLOCK candidates that stocks the SKU: found without a branch, so never mispredicted."""
        cdef int k
        cdef int bits = 0
        cdef const uint64_t *words
        cdef uint64_t word
        if not view.stocked:
            for k in range(BLOCK):
                bits |= (self.stock[candidate[k], sku] > 0) << k
        elif view.words == 1:
            word = view.stocked[sku]
            for k in range(BLOCK):
                bits |= <int>(word >> candidate[k] & 1) << k
        else:
            words = view.stocked + sku * view.words
            for k in range(BLOCK):
                bits |= <int>(words[candidate[k] >> 6] >> (candidate[k] & 63) & 1) << k
        return bits

    cdef inline int32_t _likely(self, const View *view, const int32_t *sku, int64_t lines, int zone) noexcept nogil:
        """The first of the nearest BLOCK candidates that stocks every line now (the last of them, if none does)."""
        cdef int i
        cdef int bits = ALL_OF_BLOCK
        cdef const int32_t *candidate = &self.candidates[zone, 0]
        for i in range(lines):
            bits &= self._stocking(view, sku[i], candidate)
        return candidate[_lowest(bits | LAST_OF_BLOCK)]

    cdef inline int64_t _available(self, const View *view, int32_t location, int32_t sku, int priority) noexcept nogil:
        """Units that an order of this class may take, whatever the location's capacity."""
        cdef int64_t kept
        cdef double protected
        cdef int64_t units = self.stock[location, sku]
        if view.reserved:
            units -= self.reserved[location, sku]
        if view.safety:
            protected = self.share[min(priority, self.share.shape[0] - 1)] * self.safety_stock[location, sku]
            kept = <int64_t>protected
            units -= kept + (kept < protected)
        return units

    cdef inline bint _has(
        self, const View *view, int32_t location, int32_t sku, int32_t quantity, int priority
    ) noexcept nogil:
        """Whether so many units may be taken, whatever the location's capacity."""
        if view.stocked and not self._stocks(view, location, sku):
            return False
        return (view.exact and quantity == 1) or self._available(view, location, sku, priority) >= quantity

    cdef inline int32_t _whole(self, const View *view, Basket basket, const Order *order) noexcept nogil:
        """The location that ships the whole order by the policy's rule, if that can be seen at once; else -1."""
        if order.lines == 1:
            return self._first_line(view, order) if self.first_wins else self._cheapest_line(view, order)
        if self.rule == COMPLETE and self.ranked and basket.merge(order.sku, order.quantity, order.lines) == order.lines:
            return self._first_order(view, order)
        return -1

    cdef inline int32_t _first_line(self, const View *view, const Order *order) noexcept nogil:
        """The first candidate that can ship a single line, -1 if none can."""
        cdef int block, bits
        cdef int looked = 0
        cdef int32_t location = order.likely
        cdef int32_t sku = order.sku[0]
        cdef int32_t quantity = order.quantity[0]
        cdef int count = self.candidate_count[order.zone]
        cdef const int32_t *candidate = &self.candidates[order.zone, 0]
        # Stock only falls during a batch: what was the first to have everything still is, if it still has.
        if location >= 0 and self._has(view, location, sku, quantity, order.priority):
            if not self.has_capacity or self.capacity[location] >= quantity:
                return location
        for block in range(0, count, 8):
            bits = self._stocking(view, sku, candidate + block) & self._in_list(count - block)
            while bits and looked < MOST_PLACES:
                location = candidate[block + _lowest(bits)]
                bits &= bits - 1
                looked += 1
                if self._has(view, location, sku, quantity, order.priority):
                    if not self.has_capacity or self.capacity[location] >= quantity:
                        return location
        return -1

    cdef inline int32_t _cheapest_line(self, const View *view, const Order *order) noexcept nogil:
        """The candidate that ships a single line for the least, the nearest of equals, -1 if none has all of it."""
        cdef int block, bits, p
        cdef int looked = 0
        cdef int32_t location
        cdef int32_t best = -1
        cdef int64_t units
        cdef double price
        cdef double least = 0.0
        cdef int32_t sku = order.sku[0]
        cdef int64_t quantity = order.quantity[0]
        cdef int count = self.candidate_count[order.zone]
        cdef const int32_t *candidate = &self.candidates[order.zone, 0]
        for block in range(0, count, 8):
            bits = self._stocking(view, sku, candidate + block) & self._in_list(count - block)
            while bits and looked < MOST_PLACES:
                p = block + _lowest(bits)
                bits &= bits - 1
                looked += 1
                location = candidate[p]
                units = self._available(view, location, sku, order.priority)
                if units < quantity or (self.has_capacity and self.capacity[location] < quantity):
                    continue
                price = self._cost(location, sku, order.zone, p, units) + self.parcel_cost[location] / quantity
                if best < 0 or price < least:
                    best, least = location, price
        return best

    cdef inline int32_t _first_order(self, const View *view, const Order *order) noexcept nogil:
        """The first candidate that can ship every line, of distinct SKUs, -1 if none can."""
        cdef int block, stocking, every, any_line, i, p
        cdef int looked = 0
        cdef int count = self.candidate_count[order.zone]
        cdef const int32_t *candidate = &self.candidates[order.zone, 0]
        if order.likely >= 0 and self._holds(view, order.likely, order):
            return order.likely
        for block in range(0, count, 8):
            every = any_line = 0
            for i in range(order.lines):
                stocking = self._stocking(view, order.sku[i], candidate + block) & self._in_list(count - block)
                every = every & stocking if i else stocking
                any_line |= stocking
            while every:
                p = _lowest(every)
                if looked + _bits(any_line & ((1 << p) - 1)) >= MOST_PLACES:
                    return -1
                if self._holds(view, candidate[block + p], order):
                    return candidate[block + p]
                every &= every - 1
            looked += _bits(any_line)
            if looked >= MOST_PLACES:
                return -1
        return -1

    cdef inline bint _holds(self, const View *view, int32_t location, const Order *order) noexcept nogil:
        """Whether the location can ship every line of the order."""
        cdef int i
        cdef int64_t asked = 0
        for i in range(order.lines):
            if not self._has(view, location, order.sku[i], order.quantity[i], order.priority):
                return False
            asked += order.quantity[i]
        return not self.has_capacity or self.capacity[location] >= asked

    cdef inline int _in_list(self, int rest) noexcept nogil:
        """The bits of a block that still belong to a list of candidates of which `rest` are left."""
        return ALL_OF_BLOCK if rest >= BLOCK else (1 << rest) - 1

    cdef Py_ssize_t _plan(
        self, const View *view, Basket basket, const Order *order, Pieces *out, int32_t first_line
    ) noexcept nogil:
        """Lay the order out as a small matrix and let the policy fill it; returns the number of pieces."""
        basket.merge(order.sku, order.quantity, order.lines)
        self._lay_out(view, basket, order.zone, order.priority)
        if self.rule == COMPLETE:
            basket.fewest()
        else:
            basket.line_by_line()
            if (self.rule != NEAREST and order.lines > 1) or (
                basket.unfilled > 0 and basket.parcels == self.max_parcels
            ):
                basket.fewest()
        if order.ship_complete and basket.unfilled > 0:
            return 0
        return self._write(basket, order, out, first_line)

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
        cdef int block, bits, i, k, p
        cdef int32_t location
        cdef int64_t units
        cdef int count = self.candidate_count[zone]
        cdef const int32_t *candidate = &self.candidates[zone, 0]
        basket.places = 0
        basket.max_parcels = self.max_parcels
        basket.kept = False
        for block in range(0, count, 8):
            bits = 0
            for i in range(basket.lines):
                bits |= self._stocking(view, basket.sku[i], candidate + block)
            bits &= self._in_list(count - block)
            while bits and basket.places < MOST_PLACES:
                k = block + _lowest(bits)
                bits &= bits - 1
                location = candidate[k]
                p = basket.places
                basket.places += 1
                basket.location[p] = location
                basket.parcel[p] = 0.0 if self.rule == NEAREST else self.parcel_cost[location]
                basket.room[p] = self.capacity[location] if self.has_capacity else UNLIMITED
                for i in range(basket.lines):
                    units = 0
                    if not view.stocked or self._stocks(view, location, basket.sku[i]):
                        units = 1
                        if not view.exact or basket.need[i] > 1 or self.has_balance:
                            units = self._available(view, location, basket.sku[i], priority)
                    basket.units[p, i] = max(0, min(units, basket.need[i]))
                    if units > 0:
                        basket.cost[p, i] = (
                            p if self.rule == NEAREST else self._cost(location, basket.sku[i], zone, k, units)
                        )
            if basket.places == MOST_PLACES:
                break

    cdef Py_ssize_t _write(self, Basket basket, const Order *order, Pieces *out, int32_t first_line) noexcept nogil:
        """Hand the pieces, which are by SKU, to the lines that asked for it."""
        cdef int i, k
        cdef int64_t rest, units
        cdef Py_ssize_t count = 0
        for i in range(order.lines):
            rest = order.quantity[i]
            for k in range(basket.count):
                if basket.line[k] == basket.slot[i] and basket.quantity[k] > 0 and rest > 0:
                    units = min(rest, basket.quantity[k])
                    out.line[count] = first_line + i
                    out.location[count] = basket.location[basket.place[k]]
                    out.quantity[count] = <int32_t>units
                    basket.quantity[k] -= units
                    rest -= units
                    count += 1
        return count
