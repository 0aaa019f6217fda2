"""Instants put in order: in linear time where they are spread over a day, as sorting them by comparison is not."""

cimport cython
from libc.stdint cimport int32_t

import numpy as np

__all__ = ["in_order"]


def in_order(const double[::1] instants):
    """The numbers of n instants by instant, those of one instant by number: int32[n], as by a stable argsort."""
    order, bucket = np.empty((2, instants.shape[0] + 1), dtype=np.int32)
    put_in_order(instants, order, bucket)
    return order[: instants.shape[0]]


cdef void put_in_order(const double[::1] instants, int32_t[::1] order, int32_t[::1] bucket) noexcept nogil:
    """`in_order` for kernels: writes n entries of order, and needs n + 1 of bucket.

    Instants are dealt into n buckets of equal length, and those of one bucket are sorted by insertion.
    """
    cdef Py_ssize_t i
    if _ascend(instants):
        for i in range(instants.shape[0]):
            order[i] = <int32_t>i
    else:
        _deal(instants, order, bucket)


cdef bint _ascend(const double[::1] instants) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(1, instants.shape[0]):
        if instants[i] < instants[i - 1]:
            return False
    return True


cdef void _deal(const double[::1] instants, int32_t[::1] order, int32_t[::1] bucket) noexcept nogil:
    cdef Py_ssize_t n = instants.shape[0]
    cdef Py_ssize_t i, at, place
    cdef double first = instants[0], last = instants[0], per_s
    for i in range(n):
        first = instants[i] if instants[i] < first else first
        last = instants[i] if instants[i] > last else last
    per_s = (n - 1) / (last - first)
    for i in range(n + 1):
        bucket[i] = 0
    for i in range(n):
        bucket[_bucket(instants[i], first, per_s, n) + 1] += 1
    for i in range(n):
        bucket[i + 1] += bucket[i]
    for i in range(n):
        at = _bucket(instants[i], first, per_s, n)
        order[bucket[at]] = <int32_t>i
        bucket[at] += 1
    for place in range(1, n):
        i, at = order[place], place
        while at > 0 and instants[order[at - 1]] > instants[i]:
            order[at] = order[at - 1]
            at -= 1
        order[at] = <int32_t>i


cdef inline Py_ssize_t _bucket(double instant, double first, double per_s, Py_ssize_t n) noexcept nogil:
    cdef double at = (instant - first) * per_s
    return <Py_ssize_t>at if at < n else n - 1  # where rounding, or an instant that is no number, would lead outside
