"""What a store-day amounts to, hour by hour: one pass over its customers and their baskets."""

from libc.math cimport isnan
from libc.stdint cimport int8_t, int16_t, int32_t, int64_t, uint8_t

import numpy as np

from ext.checks import checked

cdef enum:
    PAID, ABANDONED, TURNED_AWAY, PAYMENT_LOST, EMPTY_HANDED

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
    fate,
    joined_s,
    started_s,
    ended_s,
    till,
    system_s,
    attribute_s,
    offline,
    got,
    substitute_sku,
    substituted,
    price,
    int tills,
    double wait_target_s,
    bint backordered,
):
    each, lines = (len(arrival_s),), (len(line_sku),)
    cdef const double[::1] arrival = checked("arrival_s", arrival_s, np.float64, each)
    cdef const int64_t[::1] first = checked("line_start", line_start, np.int64, (len(arrival_s) + 1,))
    cdef const int32_t[::1] sku = checked("line_sku", line_sku, np.int32, lines)
    cdef const int32_t[::1] units = checked("line_units", line_units, np.int32, lines)
    cdef const int8_t[::1] fates = checked("fate", fate, np.int8, each)
    cdef const double[::1] joined = checked("joined_s", joined_s, np.float64, each)
    cdef const double[::1] started = checked("started_s", started_s, np.float64, each)
    cdef const double[::1] ended = checked("ended_s", ended_s, np.float64, each)
    cdef const int16_t[::1] position = checked("till", till, np.int16, each)
    cdef const double[::1] of_system = checked("system_s", system_s, np.float64, each)
    cdef const double[::1] of_entry = checked("attribute_s", attribute_s, np.float64, each)
    cdef const uint8_t[::1] alone = checked("offline", offline, np.uint8, each)
    cdef const int32_t[::1] had = checked("got", got, np.int32, lines)
    cdef const int32_t[::1] other = checked("substitute_sku", substitute_sku, np.int32, lines)
    cdef const int32_t[::1] instead = checked("substituted", substituted, np.int32, lines)
    cdef const double[::1] prices = checked("price", price, np.float64, (None,))
    cdef double[:, ::1] hours = np.zeros((COUNTED, HOURS))
    cdef Py_ssize_t c, k, came, went
    cdef double left, wait, value, lost_value
    cdef int64_t wanted, found, swapped, lost, missing
    cdef bint paid
    with nogil:
        for c in range(arrival.shape[0]):
            came = _hour(arrival[c] - midnight_s)
            left = (ended[c] if ended[c] < last_s else last_s) - midnight_s
            went = _hour(left)
            paid = fates[c] == PAID
            hours[CUSTOMERS, came] += 1

            wanted = found = swapped = 0
            value = lost_value = 0.0
            for k in range(first[c], first[c + 1]):
                wanted += units[k]
                missing = units[k]
                found += had[k]
                if paid:
                    missing -= had[k]
                    value += prices[sku[k]] * had[k]
                    if instead[k]:
                        missing -= instead[k]
                        swapped += instead[k]
                        value += prices[other[k]] * instead[k]
                elif instead[k]:
                    swapped += instead[k]
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
            if not isnan(joined[c]) or fates[c] == EMPTY_HANDED:
                hours[SHORT_UNITS, went] += wanted - found

            if not isnan(started[c]) and position[c] < tills:
                _spread(started[c] - midnight_s, left, 1.0, &hours[TILL_BUSY_S, 0])
            if paid:
                wait = started[c] - joined[c]
                hours[WAIT_S, _hour(started[c] - midnight_s)] += wait
                hours[TICKETS, went] += 1
                hours[WAITS_OVER_TARGET, went] += wait > wait_target_s
                hours[TICKET_HANDLING_S, went] += ended[c] - started[c]
                hours[SYSTEM_S, went] += of_system[c]
                hours[ATTRIBUTE_ENTRY_S, went] += of_entry[c]
                hours[OFFLINE_TICKETS, went] += alone[c]
            elif fates[c] == ABANDONED:
                hours[ABANDONED_, went] += 1
                hours[ABANDONED_UNITS, went] += found + swapped
            elif fates[c] == TURNED_AWAY:
                hours[TURNED_AWAY_, went] += 1
            elif fates[c] == PAYMENT_LOST:
                hours[PAYMENT_LOST_, went] += 1
    return hours.base
