"""A store's shelf: what customers take, put back and buy, and what is put on it, on one store's rows of the stock ledger."""

cimport cython
from libc.math cimport INFINITY
from libc.stdint cimport int32_t, int64_t, uint8_t

import numpy as np

from ext.checks import changeable, checked


@cython.final
cdef class Shelf:
    """One store's rows of the ledger, int64[n_skus] each, which are changed in place.

    shelf and physical: units that customers can reach, and all units on hand. in_baskets: taken, neither paid for nor put back. sold.
    unsynced: sold and not booked. owed: promised. returned. book. next_in_group int32[n_skus]: the substitute of a SKU that is
    out of stock, its own number where there is none.
    """

    def __cinit__(self, shelf, physical, in_baskets, sold, unsynced, owed, returned, book, next_in_group):
        shape = (len(shelf),)
        rows = {
            "shelf": shelf, "physical": physical, "in_baskets": in_baskets, "sold": sold, "unsynced": unsynced, "owed": owed,
            "returned": returned, "book": book,
        }
        for name, row in rows.items():
            changeable(name, checked(name, row, np.int64, shape))
        self.shelf, self.physical, self.in_baskets = shelf, physical, in_baskets
        self.sold, self.unsynced, self.owed, self.returned, self.book = sold, unsynced, owed, returned, book
        self.next_in_group = checked("next_in_group", next_in_group, np.int32, shape, lowest=0, highest=len(shelf) - 1)
        self.back_room, self.bought = np.zeros((2, *shape), np.int64)
        self.due_s, self.due_sku, self.due_units = np.zeros(64), np.zeros(64, np.int32), np.zeros(64, np.int64)

    def lay_out(
        self, line_start, line_sku, line_units, swaps, bint backorders, got, substitute_sku, substituted, line_redo_s=None
    ):
        """Begin a day of n customers and m basket lines.

        line_start int64[n + 1]; line_sku, line_units int32[m]. swaps: uint8[m], for each line 1 where its customer accepts another SKU of
        the group, or None where no customer does. backorders: what is missing is promised when the basket is sold. Written to:
        got, substitute_sku, substituted int32[m], units taken, the SKU taken in place (−1: none) and its units; where swaps is
        None, the last two are not looked at. line_redo_s: float64[m] seconds, of each line that comes onto a ticket, for what a clerk
        has to do again; None where no clerk errs.
        """
        shape = (len(line_sku),)
        self.line_start = checked("line_start", line_start, np.int64, (None,))
        self.line_sku = checked("line_sku", line_sku, np.int32, shape)
        self.line_units = checked("line_units", line_units, np.int32, shape)
        if not self._leads_somewhere():
            checked("line_start", line_start, np.int64, (None,), lowest=0, highest=len(line_sku))
            checked("line_sku", line_sku, np.int32, shape, lowest=0, highest=self.shelf.shape[0] - 1)
            checked("line_units", line_units, np.int32, shape, lowest=0)
        self.substitutes, self.backorders, self.errs = swaps is not None, backorders, line_redo_s is not None
        self.line_redo_s = None if line_redo_s is None else checked("line_redo_s", line_redo_s, np.float64, shape)
        self.swaps = None if swaps is None else checked("swaps", swaps, np.uint8, shape)
        self.got = checked("got", got, np.int32, shape)
        self.got[:] = 0
        if self.substitutes:
            self.substitute_sku = checked("substitute_sku", substitute_sku, np.int32, shape)
            self.substituted = checked("substituted", substituted, np.int32, shape)
            self.substitute_sku[:] = -1
            self.substituted[:] = 0

    cdef bint _leads_somewhere(self) noexcept nogil:
        """Whether every line has a place and every SKU a row, in a tenth of the time that it takes to locate one that has not."""
        cdef Py_ssize_t i
        cdef int64_t lines = self.line_sku.shape[0]
        cdef int32_t skus = <int32_t>self.shelf.shape[0]
        cdef bint well = True
        for i in range(self.line_start.shape[0]):
            well &= (self.line_start[i] >= 0) & (self.line_start[i] <= lines)
        for i in range(lines):
            well &= (self.line_sku[i] >= 0) & (self.line_sku[i] < skus) & (self.line_units[i] >= 0)
        return well

    def stock_up(self, refill_s, capacity, handed_over, lines_per_round=None, fill_at=None, found=None):
        """When the day's r refills are, float64[r], sorted: promised units are handed over, then the shelf is filled up to capacity int64[n_skus].

        lines_per_round: None, where every shelf is filled; else so many SKUs are, at most, which hold at most fill_at int64[n_skus] units
        and whose goods in the back room are found, uint8[n_skus]. Written to: handed_over int64[r, n_skus], where backorders are taken.
        """
        skus = self.shelf.shape[0]
        self.refill_s, self.refills = refill_s, 0
        self.by_staff = lines_per_round is not None
        if self.by_staff:
            self.lines_per_round = lines_per_round
            self.fill_at = checked("fill_at", fill_at, np.int64, (skus,))
            self.found = checked("found", found, np.uint8, (skus,))
        self.capacity = checked("capacity", capacity, np.int64, (skus,))
        self.handed_over = checked("handed_over", handed_over, np.int64, (len(refill_s) if self.backorders else None, skus))

    def expect(self, const double[::1] due_s, sku, units):
        """Returned order lines, put into the back room each at its instant: units int64[k] of sku int32[k]."""
        cdef Py_ssize_t k, more = due_s.shape[0]
        cdef const int32_t[::1] skus = checked("sku", sku, np.int32, (more,), lowest=0, highest=self.shelf.shape[0] - 1)
        cdef const int64_t[::1] numbers = checked("units", units, np.int64, (more,))
        if self.coming + more > self.due_s.shape[0]:
            room = 2 * (self.coming + more)
            self.due_s, self.due_sku, self.due_units = (
                np.resize(column, room) for column in (self.due_s.base, self.due_sku.base, self.due_units.base)
            )
        for k in range(more):
            self._push(due_s[k], skus[k], numbers[k])

    # While customers are played only the shelf itself and what they buy are kept; the rest follows.

    cdef void begin(self) noexcept nogil:
        """Before customers are played."""
        cdef Py_ssize_t sku
        for sku in range(self.shelf.shape[0]):
            self.back_room[sku] = self.physical[sku] - self.shelf[sku]

    cdef void end(self) noexcept nogil:
        """After it: units on hand and in baskets were the same together before, but for what was bought."""
        cdef Py_ssize_t sku
        cdef int64_t here
        for sku in range(self.shelf.shape[0]):
            here = self.shelf[sku] + self.back_room[sku]
            self.in_baskets[sku] += self.physical[sku] - here - self.bought[sku]
            self.physical[sku] = here
        for sku in range(self.shelf.shape[0]):
            self.sold[sku] += self.bought[sku]
            self.unsynced[sku] += self.bought[sku]
            self.bought[sku] = 0

    # The back room

    cdef double next_refill(self) noexcept nogil:
        return self.refill_s[self.refills] if self.refills < self.refill_s.shape[0] else INFINITY

    cdef double next_stock(self) noexcept nogil:
        """When the next refill is due, or something comes back."""
        return min(self.due_s[0] if self.coming > 0 else INFINITY, self.next_refill())

    cdef void refill(self) noexcept nogil:
        """Back room → shelf, at the next refill's instant."""
        cdef Py_ssize_t sku
        self.bring_back(self.refill_s[self.refills])
        if self.backorders:
            self._hand_over()
        if self.by_staff:
            self._fill_in_turn()
        else:
            for sku in range(self.shelf.shape[0]):
                self._fill_shelf(sku)
        self.refills += 1

    cdef inline int64_t _fill_shelf(self, Py_ssize_t sku) noexcept nogil:
        """Fill a shelf up to its capacity, as far as the back room goes; the units moved."""
        cdef int64_t room = self.capacity[sku] - self.shelf[sku]
        cdef int64_t moved = min(max(room, 0), self.back_room[sku])
        self.shelf[sku] += moved
        self.back_room[sku] -= moved
        return moved

    cdef void _fill_in_turn(self) noexcept nogil:
        """A round of staff: once around from the SKU after the one filled last, or until their lines are filled."""
        cdef Py_ssize_t step, skus = self.shelf.shape[0], sku = self.next_filled
        cdef int64_t left = self.lines_per_round
        for step in range(skus):
            if left == 0:
                break
            if self.shelf[sku] <= self.fill_at[sku] and self.found[sku] and self._fill_shelf(sku) > 0:
                left -= 1
                self.next_filled = sku + 1 if sku + 1 < skus else 0
            sku = sku + 1 if sku + 1 < skus else 0

    cdef void bring_back(self, double now_s) noexcept nogil:
        """Customer → back room, through the system, of all that is due up to an instant."""
        cdef int32_t sku
        cdef int64_t units
        while self.coming > 0 and self.due_s[0] <= now_s:
            sku, units = self.due_sku[0], self.due_units[0]
            self.returned[sku] += units
            self.physical[sku] += units
            self.back_room[sku] += units
            self.book[sku] += units
            self._pop()

    # A heap of goods that come back, by instant.

    cdef void _push(self, double due_s, int32_t sku, int64_t units) noexcept nogil:
        cdef Py_ssize_t at = self.coming
        self.coming += 1
        while at > 0 and due_s < self.due_s[(at - 1) // 2]:
            self._move((at - 1) // 2, at)
            at = (at - 1) // 2
        self.due_s[at], self.due_sku[at], self.due_units[at] = due_s, sku, units

    cdef void _pop(self) noexcept nogil:
        cdef Py_ssize_t at = 0, below = 1, last = self.coming - 1
        self.coming = last
        while below < last:
            if below + 1 < last and self.due_s[below + 1] < self.due_s[below]:
                below += 1
            if self.due_s[last] <= self.due_s[below]:
                break
            self._move(below, at)
            at, below = below, 2 * below + 1
        self._move(last, at)

    cdef void _move(self, Py_ssize_t origin, Py_ssize_t to) noexcept nogil:
        self.due_s[to], self.due_sku[to], self.due_units[to] = self.due_s[origin], self.due_sku[origin], self.due_units[origin]

    cdef void _hand_over(self) noexcept nogil:
        """Fill backorders from stock on hand, from the back room first."""
        cdef Py_ssize_t sku
        cdef int64_t units
        for sku in range(self.shelf.shape[0]):
            units = min(self.owed[sku], self.shelf[sku] + self.back_room[sku])
            self.handed_over[self.refills, sku] = units
            if units > 0:
                self.owed[sku] -= units
                self.book[sku] -= units
                self.sold[sku] += units
                self.physical[sku] -= units
                self.back_room[sku] -= units
                if self.back_room[sku] < 0:
                    self.shelf[sku] += self.back_room[sku]
                    self.back_room[sku] = 0

    # Customers

    cdef bint fill(self, Py_ssize_t customer) noexcept nogil:
        """Take what the shelf has; True if there is anything to pay or to backorder. Sets units, lines and redone time of the ticket."""
        cdef Py_ssize_t line
        cdef int32_t sku, wanted, found, lines = 0
        cdef int64_t units = 0
        cdef bint short = False
        self.units, self.lines, self.redo_s = 0, 0, 0.0
        for line in range(self.line_start[customer], self.line_start[customer + 1]):
            sku, wanted = self.line_sku[line], self.line_units[line]
            found = <int32_t>min(<int64_t>wanted, self.shelf[sku])
            self.shelf[sku] -= found
            self.got[line] = found
            units += found
            lines += found > 0
            if found < wanted:
                short = True
                if self.substitutes and self.swaps[line]:
                    self._swap(line)
            if self.errs and (found > 0 or (self.substitutes and self.substituted[line] > 0)):
                self.redo_s += self.line_redo_s[line]
        self.units += units
        self.lines += lines
        return self.units > 0 or (short and self.backorders)

    cdef void _swap(self, Py_ssize_t line) noexcept nogil:
        """Take in place of what is missing the next SKU of the group that is there."""
        cdef int32_t sku = self.line_sku[line]
        cdef int32_t other = self.next_in_group[sku]
        cdef int32_t found
        while other != sku and self.shelf[other] == 0:
            other = self.next_in_group[other]
        if other != sku:
            found = <int32_t>min(<int64_t>(self.line_units[line] - self.got[line]), self.shelf[other])
            self.shelf[other] -= found
            self.substitute_sku[line], self.substituted[line] = other, found
            self.units += found
            self.lines += 1

    cdef void put_back(self, Py_ssize_t customer) noexcept nogil:
        """Basket → shelf."""
        cdef Py_ssize_t line
        cdef int32_t sku, units
        for line in range(self.line_start[customer], self.line_start[customer + 1]):
            sku, units = self.line_sku[line], self.got[line]
            self.shelf[sku] += units
            if self.substitutes and self.substituted[line]:
                sku, units = self.substitute_sku[line], self.substituted[line]
                self.shelf[sku] += units

    cdef void sell(self, Py_ssize_t customer) noexcept nogil:
        """Basket → customer, with a promise of what is missing where the store takes orders."""
        cdef Py_ssize_t line
        cdef int32_t sku, units
        for line in range(self.line_start[customer], self.line_start[customer + 1]):
            sku, units = self.line_sku[line], self.got[line]
            self.bought[sku] += units
            if self.backorders:
                self.owed[sku] += self.line_units[line] - units
            if self.substitutes and self.substituted[line]:
                sku, units = self.substitute_sku[line], self.substituted[line]
                self.bought[sku] += units
