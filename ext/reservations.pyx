"""The life of a promise: units are reserved, then committed, released or expired; and what may still be promised."""

from libc.stdint cimport int32_t, int64_t, uint8_t

import numpy as np

from ext.checks import changeable, checked, refuse

__all__ = ["Reservations", "available_to_promise", "earliest_period"]

cdef enum:
    FREE, HELD


cdef class Reservations:
    """Promises over stock and reserved, both int64[location, sku] and changed in place.

    A reservation is a number >= 0. Reserving raises `reserved`; committing takes the units off stock and reserved;
    releasing and expiring give them back. Numbers of closed reservations are used again.
    Raises ValueError naming the argument and the first bad index.
    """

    cdef int64_t[:, ::1] stock
    cdef int64_t[:, ::1] reserved
    cdef int32_t[::1] location
    cdef int32_t[::1] sku
    cdef int64_t[::1] quantity
    cdef double[::1] expires_s
    cdef uint8_t[::1] state
    cdef int64_t[::1] free
    cdef Py_ssize_t free_count, used

    def __cinit__(self, stock, reserved):
        self.stock = changeable("stock", checked("stock", stock, np.int64, (None, None), lowest=0))
        self.reserved = changeable("reserved", checked("reserved", reserved, np.int64, stock.shape, lowest=0))
        self.free_count = self.used = 0
        self.location, self.sku = np.zeros(16, np.int32), np.zeros(16, np.int32)
        self.quantity, self.free = np.zeros(16, np.int64), np.zeros(16, np.int64)
        self.expires_s, self.state = np.zeros(16), np.zeros(16, np.uint8)

    def __len__(self):
        return self.used - self.free_count

    cdef _grow(self, Py_ssize_t more):
        """Room for `more` reservations beside those that are active."""
        size = max(16, 2 * (self.used + more))
        self.location = _longer(np.asarray(self.location), size)
        self.sku = _longer(np.asarray(self.sku), size)
        self.quantity = _longer(np.asarray(self.quantity), size)
        self.expires_s = _longer(np.asarray(self.expires_s), size)
        self.state = _longer(np.asarray(self.state), size)
        self.free = _longer(np.asarray(self.free), size)

    def reserve_line(self, int location, int sku, int64_t quantity, double expires_s=float("inf")):
        """The number of the new reservation, or -1 if fewer than `quantity` units are unreserved."""
        if not 0 <= location < self.stock.shape[0]:
            raise ValueError(f"location is {location}: must be in 0 .. {self.stock.shape[0] - 1}")
        if not 0 <= sku < self.stock.shape[1]:
            raise ValueError(f"sku is {sku}: must be in 0 .. {self.stock.shape[1] - 1}")
        if quantity < 1:
            raise ValueError(f"quantity is {quantity}: must be at least 1")
        if expires_s != expires_s:
            raise ValueError("expires_s must be a number, found nan")
        if self.used == self.location.shape[0] and self.free_count == 0:
            self._grow(1)
        return self._reserve(location, sku, quantity, expires_s)

    def reserve(self, location, sku, quantity, expires_s=None):
        """int64[n]: the numbers of the new reservations, line by line, -1 where fewer units are unreserved.

        location, sku: int32[n]. quantity: int32[n], units >= 1. expires_s: float64[n], never without it.
        """
        cdef Py_ssize_t i
        cdef Py_ssize_t n = len(location)
        cdef const int32_t[::1] at = checked("location", location, np.int32, (n,), 0, self.stock.shape[0] - 1)
        cdef const int32_t[::1] of = checked("sku", sku, np.int32, (n,), 0, self.stock.shape[1] - 1)
        cdef const int32_t[::1] units = checked("quantity", quantity, np.int32, (n,), lowest=1)
        if expires_s is None:
            expires_s = np.full(n, np.inf)
        cdef const double[::1] until = checked("expires_s", expires_s, np.float64, (n,), lowest=-np.inf)
        cdef int64_t[::1] numbers = np.empty(n, np.int64)
        if self.location.shape[0] - self.used + self.free_count < n:
            self._grow(n)
        with nogil:
            for i in range(n):
                numbers[i] = self._reserve(at[i], of[i], units[i], until[i])
        return np.asarray(numbers)

    cdef int64_t _reserve(self, int location, int sku, int64_t quantity, double expires_s) noexcept nogil:
        cdef int64_t number
        if self.stock[location, sku] - self.reserved[location, sku] < quantity:
            return -1
        if self.free_count > 0:
            self.free_count -= 1
            number = self.free[self.free_count]
        else:
            number = self.used
            self.used += 1
        self.location[number], self.sku[number], self.quantity[number] = location, sku, quantity
        self.expires_s[number] = expires_s
        self.state[number] = HELD
        self.reserved[location, sku] += quantity
        return number

    def commit(self, numbers):
        """Ship the units of these reservations (int64[n]): off stock and off reserved."""
        self._close(numbers, True)

    def release(self, numbers):
        """Give the units of these reservations (int64[n]) back."""
        self._close(numbers, False)

    cdef _close(self, numbers, bint ship):
        cdef const int64_t[::1] number = checked("numbers", numbers, np.int64, (None,), 0, self.used - 1)
        cdef Py_ssize_t i
        held = np.asarray(self.state)[numbers] == HELD
        if not held.all():
            refuse("numbers", numbers, ~held, "is not an open reservation")
        if len(np.unique(numbers)) < len(numbers):
            raise ValueError("numbers names a reservation twice")
        with nogil:
            for i in range(number.shape[0]):
                self._end(number[i], ship)

    cdef void _end(self, int64_t number, bint ship) noexcept nogil:
        cdef int32_t location = self.location[number]
        cdef int32_t sku = self.sku[number]
        self.reserved[location, sku] -= self.quantity[number]
        if ship:
            self.stock[location, sku] -= self.quantity[number]
        self.state[number] = FREE
        self.free[self.free_count] = number
        self.free_count += 1

    def expire(self, double now_s):
        """int64[n]: the reservations that end at or before now_s, their units given back; in order of number."""
        cdef Py_ssize_t i
        state, until = np.asarray(self.state)[: self.used], np.asarray(self.expires_s)[: self.used]
        ended = np.flatnonzero((state == HELD) & (until <= now_s)).astype(np.int64)
        cdef const int64_t[::1] number = ended
        with nogil:
            for i in range(number.shape[0]):
                self._end(number[i], False)
        return ended


def _longer(array, size):
    longer = np.zeros(size, array.dtype)
    longer[: len(array)] = array
    return longer


def available_to_promise(stock, reserved, receipts, committed=None):
    """int64[period, location, sku]: units that may still be promised for a period without breaking a later promise.

    stock, reserved: int64[location, sku], now. receipts, committed: int64[period, location, sku], units coming in and
    already promised (beyond `reserved`) in each period. Cumulative with look-ahead: the least, over this and all later
    periods, of stock - reserved + receipts - commitments up to then; never below 0.
    """
    checked("stock", stock, np.int64, (None, None), lowest=0)
    checked("reserved", reserved, np.int64, stock.shape, lowest=0)
    checked("receipts", receipts, np.int64, (None, *stock.shape), lowest=0)
    flow = receipts
    if committed is not None:
        flow = receipts - checked("committed", committed, np.int64, receipts.shape, lowest=0)
    projected = (stock - reserved) + np.cumsum(flow, axis=0)
    return np.maximum(np.minimum.accumulate(projected[::-1], axis=0)[::-1], 0)


def earliest_period(promisable, location, sku, quantity):
    """The first period in which `quantity` units may be promised, -1 if in none; promisable as from available_to_promise."""
    checked("promisable", promisable, np.int64, (None, None, None))
    if not 0 <= location < promisable.shape[1]:
        raise ValueError(f"location is {location}: must be in 0 .. {promisable.shape[1] - 1}")
    if not 0 <= sku < promisable.shape[2]:
        raise ValueError(f"sku is {sku}: must be in 0 .. {promisable.shape[2] - 1}")
    enough = promisable[:, location, sku] >= quantity
    return int(np.argmax(enough)) if enough.any() else -1
