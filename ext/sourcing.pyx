"""The sourcing kernel: which location ships which line of an order. ext/allocation.pyx validates its arrays."""

cimport cython
from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t

import numpy as np

from ext.bits cimport ALL_OF_BLOCK, BLOCK, block_of, call_for, count_bits, in_list, lowest_bit
from ext.parcels cimport MOST_PLACES, Basket

cdef int64_t UNLIMITED = np.iinfo(np.int64).max


@cython.final
cdef class Network:
    """Locations with their stock, costs and constraints, and the methods that source an order from them.

    An order considers the first 32 candidates of its zone that stock any of its SKUs. Whole batches use a bit mask of the locations that
    stock a SKU, so that a location without stock costs nothing to pass; single orders read the stock itself.
    """

    cdef View view(self) noexcept nogil:
        cdef View view
        view.stocked = view.every = view.some = NULL
        view.words = 0
        view.reserved = self.has_reserved
        view.safety = self.has_safety
        view.exact = False
        return view

    cdef uint64_t[:, ::1] stocked(self):
        """uint64[sku, word]: a bit for every location that has any stock of the SKU, so that a batch reads no other."""
        cdef uint64_t[:, ::1] stocked = np.zeros((self.stock.shape[1], (self.stock.shape[0] + 63) // 64), np.uint64)
        cdef Py_ssize_t location, sku, word
        with nogil:
            for location in range(self.stock.shape[0]):
                word = location >> 6
                for sku in range(self.stock.shape[1]):
                    # The sign of -units is the test units > 0 without a branch.
                    stocked[sku, word] |= (0 - <uint64_t>self.stock[location, sku]) >> 63 << (location & 63)
        return stocked

    cdef Py_ssize_t source_order(self, Basket basket, const Order *order, Pieces out, bint commit) noexcept nogil:
        """Write the pieces of one order and return their number; its lines are numbered from 0."""
        cdef View view = self.view()
        cdef int32_t location = self._whole(&view, basket, order)
        cdef Py_ssize_t count, p
        if location < 0:
            count = self._plan(&view, basket, order, &out, 0)
        else:
            count = order.lines
            for p in range(count):
                out.line[p], out.location[p], out.quantity[p] = <int32_t>p, location, order.quantity[p]
        if commit:
            for p in range(count):
                self.move(&view, order.sku[out.line[p]], out.location[p], out.quantity[p])
        return count

    cdef int64_t source_batch(
        self, View *view, Basket basket, Batch *batch, int64_t first, int32_t[:, ::1] pieces, int64_t[::1] piece_count,
        int32_t[::1] unfilled
    ) noexcept nogil:
        """Source orders from `first` on while there is room for their pieces; the first order not reached is returned."""
        cdef int64_t number = first
        cdef int64_t count = piece_count[0]
        cdef int64_t start, line, p, added, ran
        cdef int32_t location
        cdef Order order
        cdef Pieces out
        cdef bint ahead = view.stocked != NULL and self.first_wins
        for p in range(AHEAD):
            batch.likely[p] = UNKNOWN
            if ahead:
                self._look_ahead(view, batch, first + p)
        while number < batch.orders:
            out.line, out.location, out.quantity = &pieces[0, count], &pieces[1, count], &pieces[2, count]
            if ahead and view.exact:
                ran = self._glide(view, batch, number, &out) - number
                number += ran
                count += ran
                if number == batch.orders:
                    break
            start = batch.order_start[number]
            order.lines = <int>(batch.order_start[number + 1] - start)
            if count + <int64_t>order.lines * MOST_PLACES > pieces.shape[1]:
                break
            order.sku, order.quantity = batch.sku + start, batch.quantity + start
            order.zone, order.priority = batch.zone[number], batch.priority[number]
            order.ship_complete = batch.ship_complete[number]
            order.likely = batch.likely[number & (AHEAD - 1)]
            if ahead:
                self._look_ahead(view, batch, number + AHEAD)
            location = self._whole(view, basket, &order)
            if location >= 0:
                for p in range(order.lines):
                    out.line[p], out.location[p], out.quantity[p] = <int32_t>(start + p), location, order.quantity[p]
                    self.move(view, order.sku[p], location, order.quantity[p])
                count += order.lines
            else:
                for line in range(start, start + order.lines):
                    unfilled[line] = batch.quantity[line]
                added = self._plan(view, basket, &order, &out, <int32_t>start)
                for p in range(added):
                    line = out.line[p]
                    unfilled[line] -= out.quantity[p]
                    self.move(view, batch.sku[line], out.location[p], out.quantity[p])
                count += added
            number += 1
        piece_count[0] = count
        return number

    cdef int64_t _glide(self, const View *view, Batch *batch, int64_t number, Pieces *out) noexcept nogil:
        """Ship orders of one unit as long as the location predicted ahead still can; the first order that needs more is returned.

        The result is that of the general method. This one only keeps in registers what a long run of such orders shares.
        """
        cdef const int64_t *order_start = batch.order_start
        cdef const int32_t *sku = batch.sku
        cdef const int32_t *quantity = batch.quantity
        cdef int64_t *stock = &self.stock[0, 0]
        cdef int64_t *capacity = &self.capacity[0] if self.has_capacity else NULL
        cdef int64_t skus = self.stock.shape[1]
        cdef int64_t first = number
        cdef int64_t line, left
        cdef int64_t *cell
        cdef uint64_t *word
        cdef uint64_t bit
        cdef int32_t location
        while number < batch.orders:
            line = order_start[number]
            location = batch.likely[number & (AHEAD - 1)]
            if location < 0 or order_start[number + 1] - line != 1 or quantity[line] != 1:
                break
            word = view.stocked + sku[line] * view.words + (location >> 6)
            bit = (<uint64_t>1) << (location & 63)
            if not word[0] & bit or (capacity != NULL and capacity[location] < 1):
                break
            self._look_ahead(view, batch, number + AHEAD)
            out.line[number - first], out.location[number - first], out.quantity[number - first] = (
                <int32_t>line, location, 1
            )
            cell = stock + location * skus + sku[line]
            left = cell[0] - 1
            cell[0] = left
            # No branch on what is left: every other sale of a slow SKU is its last at this location.
            word[0] &= ~(bit * (left <= 0))
            if capacity != NULL:
                capacity[location] -= 1
            number += 1
        out.line += number - first
        out.location += number - first
        out.quantity += number - first
        return number

    cdef inline void _look_ahead(self, const View *view, Batch *batch, int64_t number) noexcept nogil:
        """Predict the location that ships an order some way ahead, and prefetch the cells that this will change.

        Stock only falls during a batch: what is now the first to have everything is so still in its turn, if it still has.
        """
        cdef int64_t start, end, line
        cdef int32_t location = NOBODY
        if number < batch.orders:
            start, end = batch.order_start[number], batch.order_start[number + 1]
            if start < end:
                location = self._first_stocked(view, batch.sku + start, end - start, batch.zone[number])
            if location >= 0:
                for line in range(start, end):
                    call_for(&self.stock[location, batch.sku[line]])
        batch.likely[number & (AHEAD - 1)] = location

    cdef inline int32_t _first_stocked(self, const View *view, const int32_t *sku, int64_t lines, int zone) noexcept nogil:
        """The first candidate that stocks every line now, NOBODY if none of the candidates considered does."""
        cdef int block, bits
        cdef int looked = 0
        cdef int count = self.candidate_count[zone]
        cdef const int32_t *candidate = &self.candidates[zone, 0]
        cdef const uint64_t *every = view.stocked + sku[0] * view.words
        if lines > 1:
            self._fold(view, sku, lines)
            every = view.every
        for block in range(0, count, 8):
            bits = block_of(every, view.words, candidate + block)
            if bits:
                if lines > 1 and count > MOST_PLACES:
                    looked += count_bits(block_of(view.some, view.words, candidate + block) & ((bits & -bits) - 1))
                    if looked >= MOST_PLACES:
                        return NOBODY
                return candidate[block + lowest_bit(bits)]
            if lines > 1 and count > MOST_PLACES:
                looked += count_bits(block_of(view.some, view.words, candidate + block))
        return NOBODY

    cdef inline void _fold(self, const View *view, const int32_t *sku, int64_t lines) noexcept nogil:
        """Bit masks of the locations that stock every line and of those that stock some line of an order."""
        cdef int64_t i, w
        cdef uint64_t every, some, word
        for w in range(view.words):
            every = some = view.stocked[sku[0] * view.words + w]
            for i in range(1, lines):
                word = view.stocked[sku[i] * view.words + w]
                every &= word
                some |= word
            view.every[w] = every
            view.some[w] = some

    cdef inline void move(self, const View *view, int32_t sku, int32_t location, int64_t quantity) noexcept nogil:
        """Take units off stock and capacity; a negative quantity puts them back (not while `stocked` is in use)."""
        cdef int64_t left = self.stock[location, sku] - quantity
        self.stock[location, sku] = left
        if view.stocked:
            view.stocked[sku * view.words + (location >> 6)] &= ~(<uint64_t>(left <= 0) << (location & 63))
        if self.has_capacity:
            self.capacity[location] -= quantity

    cdef inline bint _stocks(self, const View *view, int32_t location, int32_t sku) noexcept nogil:
        return view.stocked[sku * view.words + (location >> 6)] >> (location & 63) & 1

    cdef inline int _stocking(self, const View *view, int32_t sku, const int32_t *candidate) noexcept nogil:
        """A bit for each of the next BLOCK candidates that stocks the SKU."""
        cdef int k
        cdef int bits = 0
        if view.stocked:
            return block_of(view.stocked + sku * view.words, view.words, candidate)
        for k in range(BLOCK):
            bits |= (self.stock[candidate[k], sku] > 0) << k
        return bits

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

    cdef inline bint _holds(self, const View *view, int32_t location, const Order *order) noexcept nogil:
        """Whether the location can ship every line of the order."""
        cdef int i
        cdef int64_t asked = 0
        for i in range(order.lines):
            if not self._has(view, location, order.sku[i], order.quantity[i], order.priority):
                return False
            asked += order.quantity[i]
        return not self.has_capacity or self.capacity[location] >= asked

    cdef inline int32_t _whole(self, const View *view, Basket basket, const Order *order) noexcept nogil:
        """The location that ships the whole order by the policy's rule, if that takes no search; else -1."""
        if order.lines == 1:
            return self._first_line(view, order) if self.first_wins else self._cheapest_line(view, order)
        if self.rule == COMPLETE and self.ranked and basket.distinct(order.sku, order.lines):
            return self._first_order(view, order)
        return -1

    cdef int32_t _first_line(self, const View *view, const Order *order) noexcept nogil:
        """The first candidate that can ship a single line, -1 if none can."""
        cdef int block, bits
        cdef int looked = 0
        cdef int32_t location
        cdef int count = self.candidate_count[order.zone]
        cdef const int32_t *candidate = &self.candidates[order.zone, 0]
        if order.likely == NOBODY or (order.likely >= 0 and self._holds(view, order.likely, order)):
            return order.likely
        for block in range(0, count, 8):
            bits = self._stocking(view, order.sku[0], candidate + block)
            while bits and looked < MOST_PLACES:
                location = candidate[block + lowest_bit(bits)]
                bits &= bits - 1
                looked += 1
                if self._holds(view, location, order):
                    return location
        return -1

    cdef int32_t _cheapest_line(self, const View *view, const Order *order) noexcept nogil:
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
            bits = self._stocking(view, sku, candidate + block) & in_list(count - block)
            while bits and looked < MOST_PLACES:
                p = block + lowest_bit(bits)
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

    cdef int32_t _first_order(self, const View *view, const Order *order) noexcept nogil:
        """The first candidate that can ship every line, of distinct SKUs, -1 if none can."""
        cdef int block, stocking, every, any_line, i, p
        cdef int looked = 0
        cdef int count = self.candidate_count[order.zone]
        cdef const int32_t *candidate = &self.candidates[order.zone, 0]
        if order.likely == NOBODY or (order.likely >= 0 and self._holds(view, order.likely, order)):
            return order.likely
        for block in range(0, count, 8):
            every = ALL_OF_BLOCK
            any_line = 0
            for i in range(order.lines):
                stocking = self._stocking(view, order.sku[i], candidate + block)
                any_line |= stocking
                every &= stocking
            while every:
                p = lowest_bit(every)
                if looked + count_bits(any_line & ((1 << p) - 1)) >= MOST_PLACES:
                    return -1
                if self._holds(view, candidate[block + p], order):
                    return candidate[block + p]
                every &= every - 1
            looked += count_bits(any_line)
            if looked >= MOST_PLACES:
                return -1
        return -1

    cdef Py_ssize_t _plan(
        self, const View *view, Basket basket, const Order *order, Pieces *out, int32_t first_line
    ) noexcept nogil:
        """Lay the order out as a small matrix and let the policy fill it; returns the number of pieces."""
        if order.lines == 1 and order.quantity[0] == 1:  # a unit is not split, and every location that may have it was tried
            return 0
        basket.merge(order.sku, order.quantity, order.lines)
        self._lay_out(view, basket, order.zone, order.priority)
        if basket.places == 0:
            return 0
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
            bits &= in_list(count - block)
            while bits and basket.places < MOST_PLACES:
                k = block + lowest_bit(bits)
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
        """Assign the pieces, which are by SKU, to the order lines of that SKU."""
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
