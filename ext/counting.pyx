"""What a store-day amounts to, hour by hour: one pass over its customers and their baskets."""

from libc.math cimport isnan
from libc.stdint cimport int32_t, int64_t

from ext.visits cimport ABANDONED, EMPTY_HANDED, PAID, PAYMENT_LOST, TURNED_AWAY, Visit

import numpy as np

from ext.checks import checked

cdef enum:
    CUSTOMERS, TICKETS, ABANDONED_, TURNED_AWAY_, PAYMENT_LOST_
    WAIT_S, WAITS_OVER_TARGET, TICKET_HANDLING_S, SYSTEM_S, ATTRIBUTE_ENTRY_S, OFFLINE_TICKETS, TILL_BUSY_S
    DEMANDED_UNITS, SOLD_UNITS, SALES_VALUE, SUBSTITUTED_UNITS, BACKORDERED_UNITS
    SHORT_UNITS, LOST_UNITS, LOST_VALUE, ABANDONED_UNITS
    COUNTED

COUNTERS = (
    "customers",
    "tickets",
    "abandoned",
    "turned_away",
    "payment_lost",
    "wait_s",
    "waits_over_target",
    "ticket_handling_s",
    "system_s",
    "attribute_entry_s",
    "offline_tickets",
    "till_busy_s",
    "demanded_units",
    "sold_units",
    "sales_value",
    "substituted_units",
    "backordered_units",
    "short_units",
    "lost_units",
    "lost_value",
    "abandoned_units",
)

cdef enum:
    HOURS = 24

cdef double HOUR_S = 3600.0


cdef inline Py_ssize_t _hour(double since_midnight_s) noexcept nogil:
    cdef Py_ssize_t hour = <Py_ssize_t> (since_midnight_s / HOUR_S)
    return hour if hour < HOURS else HOURS - 1


cdef void _spread(double start_s, double end_s, double weight, double *hours) noexcept nogil:
    """Add the seconds between two instants of a day, times `weight`, to the hours in which they pass."""
    cdef Py_ssize_t hour = _hour(start_s)
    cdef double stop_s
    while start_s < end_s:
        stop_s = (hour + 1) * HOUR_S
        if stop_s > end_s or hour == HOURS - 1:
            stop_s = end_s
        hours[hour] += (stop_s - start_s) * weight
        start_s = stop_s
        hour += 1


def store_day(
    double midnight_s,
    double last_s,
    *,
    arrival_s,
    line_start,
    line_sku,
    line_units,
    visits,
    got,
    substitute_sku,
    substituted,
    price,
    int tills,
    double wait_target_s,
    bint swaps,
    bint backordered,
):
    cdef Py_ssize_t n = len(arrival_s), m = len(line_sku)
    cdef const double[::1] arrival = arrival_s
    cdef const int64_t[::1] first = checked("line_start", line_start, np.int64, (n + 1,))
    cdef const int32_t[::1] sku = line_sku
    cdef const int32_t[::1] units = checked("line_units", line_units, np.int32, (m,))
    cdef const Visit[::1] each = checked("visits", visits, visits.dtype, (n,))
    cdef const int32_t[::1] had = checked("got", got, np.int32, (m,))
    cdef const int32_t[::1] other = checked("substitute_sku", substitute_sku, np.int32, (m,))
    cdef const int32_t[::1] instead = checked("substituted", substituted, np.int32, (m,))
    cdef const double[::1] prices = price
    cdef double[:, ::1] hours = np.zeros((COUNTED, HOURS))
    cdef const Visit *visit
    cdef Py_ssize_t c, k, came, went
    cdef double left, wait, value, lost_value
    cdef int64_t wanted, found, swapped, lost, missing
    cdef bint paid
    with nogil:
        for c in range(n):
            visit = &each[c]
            came = _hour(arrival[c] - midnight_s)
            left = (visit.ended_s if visit.ended_s < last_s else last_s) - midnight_s
            went = _hour(left)
            paid = visit.fate == PAID
            hours[CUSTOMERS, came] += 1

            wanted = found = swapped = 0
            value = lost_value = 0.0
            for k in range(first[c], first[c + 1]):
                wanted += units[k]
                found += had[k]
                missing = units[k] - (had[k] if paid else 0)
                value += prices[sku[k]] * had[k]
                if swaps and instead[k]:
                    missing -= instead[k] if paid else 0
                    swapped += instead[k]
                    value += prices[other[k]] * instead[k]
                if missing:
                    lost_value += prices[sku[k]] * missing
            hours[DEMANDED_UNITS, came] += wanted
            lost = wanted
            if paid:
                lost -= found + swapped
                hours[SOLD_UNITS, went] += found + swapped
                hours[SALES_VALUE, went] += value
                hours[SUBSTITUTED_UNITS, went] += swapped
                if backordered:
                    hours[BACKORDERED_UNITS, went] += lost
                    lost, lost_value = 0, 0.0
            hours[LOST_UNITS, went] += lost
            hours[LOST_VALUE, went] += lost_value
            if not isnan(visit.joined_s) or visit.fate == EMPTY_HANDED:
                hours[SHORT_UNITS, went] += wanted - found

            if not isnan(visit.started_s) and visit.till < tills:
                _spread(visit.started_s - midnight_s, left, 1.0, &hours[TILL_BUSY_S, 0])
            if paid:
                wait = visit.started_s - visit.joined_s
                hours[WAIT_S, _hour(visit.started_s - midnight_s)] += wait
                hours[TICKETS, went] += 1
                hours[WAITS_OVER_TARGET, went] += wait > wait_target_s
                hours[TICKET_HANDLING_S, went] += visit.ended_s - visit.started_s
                hours[SYSTEM_S, went] += visit.system_s
                hours[ATTRIBUTE_ENTRY_S, went] += visit.attribute_s
                hours[OFFLINE_TICKETS, went] += visit.offline
            elif visit.fate == ABANDONED:
                hours[ABANDONED_, went] += 1
                hours[ABANDONED_UNITS, went] += found + swapped
            elif visit.fate == TURNED_AWAY:
                hours[TURNED_AWAY_, went] += 1
            elif visit.fate == PAYMENT_LOST:
                hours[PAYMENT_LOST_, went] += 1
    return hours.base
