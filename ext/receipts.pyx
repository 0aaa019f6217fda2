"""The goods of tickets: units of the SKUs demanded, and of their substitutes."""

from libc.stdint cimport int32_t, int64_t

import numpy as np

from ext.checks import checked


def bought(customer, line_start, line_sku, got, substitute_sku, substituted):
    cdef const int64_t[::1] who = checked("customer", customer, np.int64, (None,), lowest=0, highest=len(line_start) - 2)
    cdef const int64_t[::1] first = checked("line_start", line_start, np.int64, (None,), lowest=0, highest=len(line_sku))
    cdef const int32_t[::1] wanted = line_sku
    cdef const int32_t[::1] had = checked("got", got, np.int32, (len(line_sku),))
    cdef const int32_t[::1] other = checked("substitute_sku", substitute_sku, np.int32, (len(line_sku),))
    cdef const int32_t[::1] instead = checked("substituted", substituted, np.int32, (len(line_sku),))
    cdef Py_ssize_t k, line, most = 0
    for k in range(who.shape[0]):
        most += max(first[who[k] + 1] - first[who[k]], 0)
    cdef int64_t[::1] start = np.zeros(who.shape[0] + 1, np.int64)
    cdef int32_t[::1] sku = np.empty(2 * most, np.int32)
    cdef int64_t[::1] units = np.empty(2 * most, np.int64)
    with nogil:
        for k in range(who.shape[0]):
            start[k + 1] = start[k]
            for line in range(first[who[k]], first[who[k] + 1]):
                _add(wanted[line], had[line], sku, units, start[k], &start[k + 1])
                _add(other[line], instead[line], sku, units, start[k], &start[k + 1])
    return start.base, sku.base[: start[-1 + start.shape[0]]], units.base[: start[-1 + start.shape[0]]]


cdef void _add(int32_t what, int64_t number, int32_t[::1] sku, int64_t[::1] units, int64_t begin, int64_t *end) noexcept nogil:
    """Add units to a ticket's lines from `begin` to `end`: one line for each SKU, also where it is bought and a substitute."""
    cdef int64_t line
    if number > 0:
        for line in range(begin, end[0]):
            if sku[line] == what:
                units[line] += number
                return
        sku[end[0]], units[end[0]] = what, number
        end[0] += 1
