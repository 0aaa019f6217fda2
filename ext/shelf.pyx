"""Baskets and the shelf they are filled from: what customers take, put back and buy, on one store's rows of the stock ledger."""

cimport cython
from libc.stdint cimport int32_t, int64_t, uint8_t

import numpy as np

from ext.checks import changeable, checked


@cython.final
cdef class Shelf:
    """One store's rows of the ledger, int64[n_skus] each, which customers change in place.

    shelf and physical: units they can reach, and all units on hand. in_baskets: taken, neither paid for nor put back. sold. unsynced: sold and
    not booked. owed: promised. next_in_group int32[n_skus]: the SKU that stands in for one that is missing, its own number where none does.
    """

    def __cinit__(self, shelf, physical, in_baskets, sold, unsynced, owed, next_in_group):
        shape = (len(shelf),)
        rows = {"shelf": shelf, "physical": physical, "in_baskets": in_baskets, "sold": sold, "unsynced": unsynced, "owed": owed}
        for name, row in rows.items():
            changeable(name, checked(name, row, np.int64, shape))
        self.shelf, self.physical, self.in_baskets = shelf, physical, in_baskets
        self.sold, self.unsynced, self.owed = sold, unsynced, owed
        self.next_in_group = checked("next_in_group", next_in_group, np.int32, shape, lowest=0, highest=len(shelf) - 1)

    def lay_out(self, line_start, line_sku, line_units, swaps, bint backorders, got, substitute_sku, substituted):
        """Begin a day of n customers and m basket lines.

        line_start int64[n + 1]; line_sku, line_units int32[m]. swaps: uint8[m], of each line whether its customer would take another SKU of
        the group, or None where nobody does. backorders: what is missing is promised when the basket is sold. Written to:
        got, substitute_sku, substituted int32[m], units taken, the SKU taken in place (−1: none) and its units.
        """
        shape = (len(line_sku),)
        checked("line_start", line_start, np.int64, (None,), lowest=0, highest=len(line_sku))
        self.line_start = line_start
        self.line_sku = checked("line_sku", line_sku, np.int32, shape, lowest=0, highest=self.shelf.shape[0] - 1)
        self.line_units = checked("line_units", line_units, np.int32, shape, lowest=0)
        self.substitutes, self.backorders = swaps is not None, backorders
        self.swaps = None if swaps is None else checked("swaps", swaps, np.uint8, shape)
        self.got = checked("got", got, np.int32, shape)
        self.substitute_sku = checked("substitute_sku", substitute_sku, np.int32, shape)
        self.substituted = checked("substituted", substituted, np.int32, shape)

    cdef bint fill(self, Py_ssize_t customer) noexcept nogil:
        """Take what the shelf has; whether there is anything to pay or to order. Leaves units and lines of the ticket."""
        cdef Py_ssize_t line
        cdef int32_t sku, wanted, found, lines = 0
        cdef int64_t units = 0
        cdef bint short = False
        self.units, self.lines = 0, 0
        for line in range(self.line_start[customer], self.line_start[customer + 1]):
            sku, wanted = self.line_sku[line], self.line_units[line]
            found = <int32_t>min(<int64_t>wanted, self.shelf[sku])
            self.shelf[sku] -= found
            self.physical[sku] -= found
            self.in_baskets[sku] += found
            self.got[line] = found
            units += found
            lines += found > 0
            if found < wanted:
                short = True
                if self.substitutes and self.swaps[line]:
                    self._swap(line)
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
            self.physical[other] -= found
            self.in_baskets[other] += found
            self.substitute_sku[line], self.substituted[line] = other, found
            self.units += found
            self.lines += 1

    cdef void put_back(self, Py_ssize_t customer) noexcept nogil:
        """Basket → shelf."""
        cdef Py_ssize_t line
        cdef int32_t sku, units
        for line in range(self.line_start[customer], self.line_start[customer + 1]):
            sku, units = self.line_sku[line], self.got[line]
            self.in_baskets[sku] -= units
            self.physical[sku] += units
            self.shelf[sku] += units
            if self.substitutes and self.substituted[line]:
                sku, units = self.substitute_sku[line], self.substituted[line]
                self.in_baskets[sku] -= units
                self.physical[sku] += units
                self.shelf[sku] += units

    cdef void sell(self, Py_ssize_t customer) noexcept nogil:
        """Basket → customer, with a promise of what is missing where the store takes orders."""
        cdef Py_ssize_t line
        cdef int32_t sku, units
        for line in range(self.line_start[customer], self.line_start[customer + 1]):
            sku, units = self.line_sku[line], self.got[line]
            self.in_baskets[sku] -= units
            self.sold[sku] += units
            self.unsynced[sku] += units
            if self.backorders:
                self.owed[sku] += self.line_units[line] - units
            if self.substitutes and self.substituted[line]:
                sku, units = self.substitute_sku[line], self.substituted[line]
                self.in_baskets[sku] -= units
                self.sold[sku] += units
                self.unsynced[sku] += units
