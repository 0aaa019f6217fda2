"""Whole rows of the stock ledger, of many locations at a time: what an order, a shipment and an arrival do to every cell they touch."""

cimport cython
from libc.stdint cimport int64_t, uint8_t

import numpy as np

from ext.checks import changeable, checked

cdef int64_t MOST_UNITS = 2**40  # of a SKU at a location: sums of them stay exact

ROWS = ("physical", "shelf", "book", "reserved", "owed", "on_order", "in_transit", "in_baskets", "unsynced", "received")

CAUSES = ("filling", "record", "ordering", "upstream")
"""Why a shelf is empty, in the order in which an audit looks for it."""

cdef enum:
    FILLING, RECORD, ORDERING, UPSTREAM


def valued(units, worth):
    """Σ units × worth of each row: float64[k], of units int64[k, n] and worth float64[n], added in the order of the SKUs."""
    checked("units", units, np.int64, (None, None))
    checked("worth", worth, np.float64, (np.shape(units)[1],))
    sums = np.zeros(len(units))
    cdef const int64_t[:, ::1] rows = units
    cdef const double[::1] each = worth
    cdef double[::1] out = sums
    cdef Py_ssize_t i, k
    with nogil:
        for i in range(rows.shape[0]):
            for k in range(rows.shape[1]):
                if rows[i, k]:
                    out[i] += rows[i, k] * each[k]
    return sums


@cython.final
cdef class Stock:
    """The ledger's arrays, int64[n_locations, n_skus], changed in place by the verbs below; `sim.stock.ledger` documents what each holds.

    Locations are int64[k], units int64[k, n_skus], both C-contiguous. Every verb raises ValueError before it has changed anything.
    """

    cdef int64_t[:, ::1] physical, shelf, book, reserved, owed, on_order, in_transit, in_baskets, unsynced, received
    cdef readonly tuple shape

    def __cinit__(self, *, physical, shelf, book, reserved, owed, on_order, in_transit, in_baskets, unsynced, received):
        self.shape = np.shape(physical)
        rows = (physical, shelf, book, reserved, owed, on_order, in_transit, in_baskets, unsynced, received)
        for name, row in zip(ROWS, rows, strict=True):
            changeable(name, checked(name, row, np.int64, self.shape))
        self.physical, self.shelf, self.book, self.reserved, self.owed = physical, shelf, book, reserved, owed
        self.on_order, self.in_transit, self.in_baskets = on_order, in_transit, in_baskets
        self.unsynced, self.received = unsynced, received

    def position(self, const int64_t[::1] locations):
        """int64[k, n_skus]: book − reserved − owed + on order."""
        self._look(locations)
        found = np.empty((locations.shape[0], self.book.shape[1]), np.int64)
        cdef int64_t[:, ::1] out = found
        cdef Py_ssize_t i, at, n = out.shape[1]
        if n:
            with nogil:
                for i in range(locations.shape[0]):
                    at = locations[i]
                    _position(
                        &out[i, 0], &self.book[at, 0], &self.reserved[at, 0], &self.owed[at, 0], &self.on_order[at, 0], n
                    )
        return found

    def order(self, const int64_t[::1] locations, const int64_t[:, ::1] wanted, pack, carried):
        """Put `wanted`, rounded up to whole packs, on order where it is carried.

        pack int64[n_skus], ≥ 1; carried bool[n_locations, n_skus]. Returns what was ordered, int64[k, n_skus], its lines and its units, int64[k].
        """
        self._look(locations, wanted)
        checked("pack", pack, np.int64, (self.shape[1],), 1)
        checked("carried", carried, np.bool_, self.shape)
        ordered = np.empty((wanted.shape[0], wanted.shape[1]), np.int64)
        lines, units = np.zeros((2, locations.shape[0]), np.int64)
        cdef const int64_t[::1] packs = pack
        cdef const double[::1] per_unit = 1.0 / pack
        cdef const uint8_t[:, ::1] sells = carried.view(np.uint8)
        cdef int64_t[:, ::1] out = ordered
        cdef int64_t[::1] n_lines = lines
        cdef int64_t[::1] n_units = units
        cdef Py_ssize_t i, at, n = out.shape[1]
        if n:
            with nogil:
                for i in range(locations.shape[0]):
                    at = locations[i]
                    n_lines[i] = _in_packs(&out[i, 0], &wanted[i, 0], &packs[0], &per_unit[0], &sells[at, 0], n)
                    n_units[i] = _sum(&out[i, 0], n)
                    if n_lines[i]:
                        _add(&self.on_order[at, 0], &out[i, 0], n)
        return ordered, lines, units

    def dispatch(self, Py_ssize_t origin, const int64_t[::1] destinations, int64_t[:, ::1] units):
        """On hand at the origin → in transit, one destination after the other; moves what there is, and `units` become what was moved.

        What was missing is no longer on order, and the origin's book is put right for the SKU. Returns the units moved to each, int64[k].
        """
        if not 0 <= origin < self.shape[0]:
            raise ValueError(f"origin {origin} is not among {self.shape[0]} locations")
        self._look(destinations, units)
        moved = np.zeros(destinations.shape[0], np.int64)
        cdef int64_t[::1] sums = moved
        cdef Py_ssize_t i, n = units.shape[1]
        if n:
            with nogil:
                for i in range(destinations.shape[0]):
                    if _lacks(&self.physical[origin, 0], &units[i, 0], n):
                        self._short(origin, destinations[i], &units[i, 0], n)
                    else:
                        _subtract(&self.physical[origin, 0], &units[i, 0], n)
                        _subtract(&self.book[origin, 0], &units[i, 0], n)
                        _add(&self.in_transit[destinations[i], 0], &units[i, 0], n)
                    sums[i] = _sum(&units[i, 0], n)
                _cap(&self.shelf[origin, 0], &self.physical[origin, 0], n)
        return moved

    cdef void _short(self, Py_ssize_t origin, Py_ssize_t destination, int64_t* units, Py_ssize_t n) noexcept nogil:
        cdef Py_ssize_t k
        cdef int64_t found
        for k in range(n):
            found = min(units[k], self.physical[origin, k])
            self.physical[origin, k] -= found
            self.book[origin, k] -= found
            self.in_transit[destination, k] += found
            if found < units[k]:
                self.on_order[destination, k] -= units[k] - found
                self.book[origin, k] = self.physical[origin, k] + self.in_baskets[origin, k] + self.unsynced[origin, k]
                units[k] = found

    def arrive(self, const int64_t[::1] destinations, const int64_t[:, ::1] units):
        """In transit and on order → on hand. Returns the units of each, int64[k]."""
        self._look(destinations, units)
        came = np.zeros(destinations.shape[0], np.int64)
        cdef int64_t[::1] sums = came
        cdef Py_ssize_t i, n = units.shape[1]
        cdef bint lacking = False
        if n:
            with nogil:
                for i in range(destinations.shape[0]):
                    lacking = lacking or _lacks(&self.in_transit[destinations[i], 0], &units[i, 0], n)
                if not lacking:
                    for i in range(destinations.shape[0]):
                        _subtract(&self.in_transit[destinations[i], 0], &units[i, 0], n)
                        self._take_in(destinations[i], &units[i, 0], &units[i, 0], n)
                        sums[i] = _sum(&units[i, 0], n)
        if lacking:
            raise ValueError("more units arrive than are in transit")
        return came

    def receive(self, const int64_t[::1] locations, const int64_t[:, ::1] units, const int64_t[:, ::1] ordered):
        """A supplier's deliveries → on hand; `ordered`: units of the orders that they deliver, int64[k, n_skus]. Returns the units of each, int64[k]."""
        self._look(locations, units)
        self._look(locations, ordered)
        came = np.zeros(locations.shape[0], np.int64)
        cdef int64_t[::1] sums = came
        cdef Py_ssize_t i, n = units.shape[1]
        if n:
            with nogil:
                for i in range(locations.shape[0]):
                    _add(&self.received[locations[i], 0], &units[i, 0], n)
                    self._take_in(locations[i], &units[i, 0], &ordered[i, 0], n)
                    sums[i] = _sum(&units[i, 0], n)
        return came

    cdef void _take_in(self, Py_ssize_t to, const int64_t* units, const int64_t* ordered, Py_ssize_t n) noexcept nogil:
        _add(&self.physical[to, 0], units, n)
        _add(&self.book[to, 0], units, n)
        _subtract(&self.on_order[to, 0], ordered, n)

    def census(self, carried, unit_cost):
        """On hand in units and at cost, SKUs carried but out of stock, |book − on hand|, SKUs carried whose book is wrong: float64[5, n_locations].

        carried bool[n_locations, n_skus]; unit_cost float64[n_skus].
        """
        checked("carried", carried, np.bool_, self.shape)
        checked("unit_cost", unit_cost, np.float64, (self.shape[1],))
        counted = np.zeros((5, self.shape[0]))
        cdef const uint8_t[:, ::1] sells = carried.view(np.uint8)
        cdef const double[::1] cost = unit_cost
        cdef double[:, ::1] out = counted
        cdef Py_ssize_t i, k
        cdef int64_t units, empty, wrong, gap, sum_gap
        cdef double value
        with nogil:
            for i in range(self.physical.shape[0]):
                units = empty = wrong = sum_gap = 0
                value = 0.0
                for k in range(self.physical.shape[1]):
                    units += self.physical[i, k]
                    value += self.physical[i, k] * cost[k]
                    empty += (self.physical[i, k] == 0) & sells[i, k]
                    gap = self.book[i, k] - self.physical[i, k]
                    sum_gap += gap if gap >= 0 else -gap
                    wrong += (gap != 0) & sells[i, k]
                out[0, i], out[1, i], out[2, i], out[3, i], out[4, i] = units, value, empty, sum_gap, wrong
        return counted

    def audit(self, looked_at, source):
        """SKUs looked at, and those with an empty shelf by cause: int64[5, n_stores] in the order of `CAUSES`.

        The first that holds counts: units are on hand (`filling`); the book has some beyond those in baskets and those sold and unsynced
        (`record`); some are in transit or being picked for the store, or the source has units that are not promised (`ordering`); else
        `upstream`. A supplier counts as one that has the SKU, until the store has ordered it.

        looked_at bool[n_stores, n_skus]; source int64[n_stores, n_skus]: the location that gives a store a SKU, −1 for a supplier.
        """
        cdef Py_ssize_t n = len(looked_at), k, s
        checked("looked_at", looked_at, np.bool_, (None, self.shape[1]))
        if n > self.shape[0] or np.shape(source) != (n, self.shape[1]):
            raise ValueError(f"source must have shape ({n}, {self.shape[1]}), found {np.shape(source)}")
        if n and self.shape[1] and not -1 <= source.min() <= source.max() < self.shape[0]:
            raise ValueError(f"source must be of {self.shape[0]} locations")
        counted = np.zeros((1 + len(CAUSES), n), np.int64)
        cdef const uint8_t[:, :] looked = looked_at.view(np.uint8)
        cdef const int64_t[:, :] gives = source
        cdef int64_t[:, ::1] out = counted
        with nogil:
            for s in range(n):
                for k in range(self.physical.shape[1]):
                    if looked[s, k]:
                        out[0, s] += 1
                        if not self.shelf[s, k]:
                            out[1 + self._cause(s, k, gives[s, k]), s] += 1
        return counted

    cdef inline Py_ssize_t _cause(self, Py_ssize_t store, Py_ssize_t k, Py_ssize_t source) noexcept nogil:
        if self.physical[store, k] > 0:
            return FILLING
        if self.book[store, k] - self.in_baskets[store, k] - self.unsynced[store, k] > 0:
            return RECORD
        if source < 0:
            return UPSTREAM if self.on_order[store, k] > 0 else ORDERING
        if self.in_transit[store, k] > 0 or self.physical[source, k] - self.reserved[source, k] - self.owed[source, k] > 0:
            return ORDERING
        return ORDERING if self.on_order[store, k] > 0 and self.reserved[source, k] > 0 else UPSTREAM

    cdef int _look(self, const int64_t[::1] locations, const int64_t[:, ::1] units=None) except -1:
        """Reject locations out of range, and units of another shape, below 0 or above MOST_UNITS."""
        cdef Py_ssize_t i, n = self.book.shape[1]
        if locations.shape[0] and _beyond(&locations[0], locations.shape[0], self.book.shape[0]):
            checked("locations", np.asarray(locations), np.int64, (None,), 0, self.shape[0] - 1)
        if units is not None:
            if units.shape[0] != locations.shape[0] or units.shape[1] != n:
                raise ValueError(f"units must have shape ({locations.shape[0]}, {n}), found ({units.shape[0]}, {units.shape[1]})")
            for i in range(units.shape[0] if n else 0):
                if _beyond(&units[i, 0], n, MOST_UNITS):
                    checked("units", np.asarray(units), np.int64, (None, None), 0, MOST_UNITS - 1)
        return 0


# Loops over one or two rows: the rows stay in the processor's cache from one loop to the next, and the compiler vectorises them.

cdef void _add(int64_t* to, const int64_t* units, Py_ssize_t n) noexcept nogil:
    cdef Py_ssize_t k
    for k in range(n):
        to[k] += units[k]


cdef void _subtract(int64_t* of, const int64_t* units, Py_ssize_t n) noexcept nogil:
    cdef Py_ssize_t k
    for k in range(n):
        of[k] -= units[k]


cdef int64_t _sum(const int64_t* units, Py_ssize_t n) noexcept nogil:
    cdef Py_ssize_t k
    cdef int64_t total = 0
    for k in range(n):
        total += units[k]
    return total


cdef bint _lacks(const int64_t* have, const int64_t* units, Py_ssize_t n) noexcept nogil:
    """Whether any element is less than the units ordered: the sign of any difference."""
    cdef Py_ssize_t k
    cdef int64_t signs = 0
    for k in range(n):
        signs |= have[k] - units[k]
    return signs < 0


cdef bint _beyond(const int64_t* values, Py_ssize_t n, int64_t end) noexcept nogil:
    """Whether any value lies outside [0, end): the sign of any difference, which costs less than two comparisons."""
    cdef Py_ssize_t k
    cdef int64_t signs = 0
    for k in range(n):
        signs |= values[k] | (end - 1 - values[k])
    return signs < 0


cdef void _cap(int64_t* units, const int64_t* most, Py_ssize_t n) noexcept nogil:
    cdef Py_ssize_t k
    for k in range(n):
        units[k] = min(units[k], most[k])


cdef void _position(
    int64_t* out, const int64_t* book, const int64_t* reserved, const int64_t* owed, const int64_t* on_order, Py_ssize_t n
) noexcept nogil:
    cdef Py_ssize_t k
    for k in range(n):
        out[k] = book[k] - reserved[k] - owed[k] + on_order[k]


cdef int64_t _in_packs(
    int64_t* out, const int64_t* wanted, const int64_t* pack, const double* per_unit, const uint8_t* carried, Py_ssize_t n
) noexcept nogil:
    """Returns the number of order lines. Multiplying is a third of dividing, and half a unit keeps it exact below 2⁵⁰ units."""
    cdef Py_ssize_t k
    cdef int64_t lines = 0
    for k in range(n):
        out[k] = <int64_t>((wanted[k] + pack[k] - 0.5) * per_unit[k]) * pack[k] * carried[k]
        lines += out[k] > 0
    return lines
