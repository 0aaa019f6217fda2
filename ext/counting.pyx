"""What a store-day amounts to, hour by hour: one pass over its customers and their baskets."""

from libc.math cimport isnan
from libc.stdint cimport int32_t, int64_t, uint8_t

from ext.counters cimport (
    CUSTOMERS, TICKETS, ABANDONED_, TURNED_AWAY_, PAYMENT_LOST_, WAIT_S, WAITS_OVER_TARGET, ABANDONED_WAITS,
    ABANDONED_WAIT_S, ABANDONED_WAITS_OVER_TARGET, TICKET_HANDLING_S, SYSTEM_S, ATTRIBUTE_ENTRY_S,
    OFFLINE_TICKETS, SELF_CHECKOUT_TICKETS, TILL_BUSY_S, TICKET_LINES, TICKET_UNITS, TICKET_VALUE,
    DEMANDED_UNITS, SOLD_UNITS, SALES_VALUE,
    SUBSTITUTED_UNITS, BACKORDERED_UNITS, SHORT_UNITS, LOST_UNITS, LOST_VALUE, LOST_SHELF_UNITS,
    LOST_QUEUE_UNITS, LOST_PAYMENT_UNITS, LOST_CLOSED_UNITS, LOST_OUTAGE_UNITS, LOST_SHELF_VALUE,
    LOST_QUEUE_VALUE, LOST_PAYMENT_VALUE, LOST_CLOSED_VALUE, LOST_OUTAGE_VALUE, ABANDONED_UNITS, TILL_OPEN_S,
    OUTAGE_S, OPENING_S,
)
from ext.hours cimport HOUR_S, HOURS, hour_of, spread
from ext.visits cimport ABANDONED, EMPTY_HANDED, PAID, PAYMENT_LOST, TURNED_AWAY, Visit

import numpy as np

from ext import counters

_ROW_OF = {name: row for name, row in vars(counters).items() if name.isupper()}
COUNTERS = tuple(name.lower().rstrip("_") for name in sorted(_ROW_OF, key=_ROW_OF.get))


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
    since_s,
    staffed,
    doors,
    working,
    online,
    double opens_s,
    double closes_s,
    int tills,
    double wait_target_s,
    bint swaps,
    bint backordered,
):
    cdef Py_ssize_t n = len(arrival_s), m = len(line_sku)
    cdef Py_ssize_t changes = len(since_s)
    cdef const double[::1] arrival = arrival_s
    cdef const int64_t[::1] first = line_start
    cdef const int32_t[::1] sku = line_sku
    cdef const int32_t[::1] units = line_units
    cdef const Visit[::1] each = visits
    cdef const int32_t[::1] had = got
    cdef const int32_t[::1] other = substitute_sku
    cdef const int32_t[::1] instead = substituted
    cdef const double[::1] prices = price
    cdef const double[::1] since = since_s
    cdef const int32_t[::1] staff = staffed
    cdef const uint8_t[::1] opened = doors
    cdef const uint8_t[::1] works = working
    cdef const uint8_t[::1] reached = online
    if first.shape[0] != n + 1 or each.shape[0] != n:
        raise ValueError(f"line_start and visits must be of {n} customers")
    if not units.shape[0] == had.shape[0] == other.shape[0] == instead.shape[0] == m:
        raise ValueError(f"units, wanted or taken, must be of {m} lines")
    if not staff.shape[0] == opened.shape[0] == works.shape[0] == reached.shape[0] == changes:
        raise ValueError(f"regimes must be {changes}")
    cdef double[:, ::1] hours = np.zeros((OPENING_S + 1, HOURS))
    cdef const Visit *visit
    cdef Py_ssize_t c, k, came, went, cause
    cdef double left, wait, value, left_value, short_value, end, last = 0.0
    cdef int64_t wanted, found, swapped, lines, taken, short, missing
    cdef bint paid, looked
    with nogil:
        for c in range(n):
            visit = &each[c]
            came = hour_of(arrival[c] - midnight_s)
            left = (visit.ended_s if visit.ended_s < last_s else last_s) - midnight_s
            went = hour_of(left)
            paid = visit.fate == PAID
            hours[CUSTOMERS, came] += 1

            wanted = found = swapped = 0
            lines = first[c + 1] - first[c]
            value = left_value = short_value = 0.0
            looked = not isnan(visit.joined_s) or visit.fate == EMPTY_HANDED
            for k in range(first[c], first[c + 1]):
                wanted += units[k]
                found += had[k]
                missing = units[k] - had[k]
                value += prices[sku[k]] * had[k]
                if swaps and instead[k]:
                    missing -= instead[k]
                    swapped += instead[k]
                    value += prices[other[k]] * instead[k]
                if missing and looked:
                    short_value += prices[sku[k]] * missing
                    lines -= missing == units[k]
                else:
                    missing = 0
                if not paid and units[k] > missing:
                    left_value += prices[sku[k]] * (units[k] - missing)
            hours[DEMANDED_UNITS, came] += wanted
            taken = found + swapped if looked else wanted
            short = wanted - taken
            if paid:
                hours[SOLD_UNITS, went] += taken
                hours[SALES_VALUE, went] += value
                hours[SUBSTITUTED_UNITS, went] += swapped
                hours[TICKET_LINES, went] += lines
                hours[TICKET_UNITS, went] += taken
                hours[TICKET_VALUE, went] += value
                if backordered:
                    hours[BACKORDERED_UNITS, went] += short
                    short, short_value = 0, 0.0
            else:
                if backordered and visit.fate != EMPTY_HANDED:
                    # The shelf lost nothing that it would not have promised.
                    taken, short = wanted, 0
                    left_value, short_value = left_value + short_value, 0.0
                if taken:
                    cause = _cause(visit, arrival[c], midnight_s, last_s, opens_s, closes_s, since, opened, works)
                    hours[LOST_SHELF_UNITS + cause, went] += taken
                    hours[LOST_SHELF_VALUE + cause, went] += left_value
            hours[LOST_SHELF_UNITS, went] += short
            hours[LOST_SHELF_VALUE, went] += short_value
            hours[LOST_UNITS, went] += short + (0 if paid else taken)
            hours[LOST_VALUE, went] += short_value + left_value
            if not isnan(visit.joined_s):
                last = max(last, left)
            if looked:
                hours[SHORT_UNITS, went] += wanted - found

            if not isnan(visit.started_s) and visit.till < tills:
                spread(visit.started_s - midnight_s, left, 1.0, &hours[TILL_BUSY_S, 0])
            if paid:
                wait = visit.started_s - visit.joined_s
                hours[WAIT_S, hour_of(visit.started_s - midnight_s)] += wait
                hours[TICKETS, went] += 1
                hours[WAITS_OVER_TARGET, went] += wait > wait_target_s
                hours[TICKET_HANDLING_S, went] += visit.ended_s - visit.started_s
                hours[SYSTEM_S, went] += visit.system_s
                hours[ATTRIBUTE_ENTRY_S, went] += visit.attribute_s
                hours[OFFLINE_TICKETS, went] += visit.offline
                hours[SELF_CHECKOUT_TICKETS, went] += visit.till >= tills
            elif visit.fate == ABANDONED:
                hours[ABANDONED_, went] += 1
                if not isnan(visit.joined_s):
                    wait = (visit.ended_s if isnan(visit.started_s) else visit.started_s) - visit.joined_s
                    hours[ABANDONED_WAITS, went] += 1
                    hours[ABANDONED_WAIT_S, went] += wait
                    hours[ABANDONED_WAITS_OVER_TARGET, went] += wait > wait_target_s
                hours[ABANDONED_UNITS, went] += found + swapped
            elif visit.fate == TURNED_AWAY:
                hours[TURNED_AWAY_, went] += 1
            elif visit.fate == PAYMENT_LOST:
                hours[PAYMENT_LOST_, went] += 1

        for k in range(changes):
            if opened[k]:
                last = max(last, _end(since, k, midnight_s))
        for k in range(changes):
            end = _end(since, k, midnight_s)
            spread(since[k] - midnight_s, min(end, last), staff[k], &hours[TILL_OPEN_S, 0])
            if opened[k]:
                spread(since[k] - midnight_s, end, 1.0, &hours[OPENING_S, 0])
                if not reached[k]:
                    spread(since[k] - midnight_s, end, 1.0, &hours[OUTAGE_S, 0])
    return hours.base


cdef enum:
    # Why goods were not sold, in the order of the counters; the first, the empty shelf, is 0.
    QUEUE = 1
    PAYMENT
    CLOSED
    OUTAGE


cdef Py_ssize_t _cause(
    const Visit *visit,
    double arrived_s,
    double midnight_s,
    double last_s,
    double opens_s,
    double closes_s,
    const double[::1] since,
    const uint8_t[::1] opened,
    const uint8_t[::1] works,
) noexcept nogil:
    """Why a customer left without what they took, or without having looked."""
    if visit.fate == PAYMENT_LOST:
        return PAYMENT
    if visit.fate == TURNED_AWAY and not opened[_holds(since, arrived_s)]:
        return OUTAGE if opens_s <= arrived_s - midnight_s < closes_s else CLOSED
    if not works[_holds(since, min(visit.ended_s, last_s))]:
        return OUTAGE
    return CLOSED if visit.ended_s > last_s else QUEUE


cdef inline Py_ssize_t _holds(const double[::1] since, double instant_s) noexcept nogil:
    """The regime that holds at an instant."""
    cdef Py_ssize_t k = since.shape[0] - 1
    while k > 0 and since[k] > instant_s:
        k -= 1
    return k


cdef inline double _end(const double[::1] since, Py_ssize_t change, double midnight_s) noexcept nogil:
    """Until when a regime holds, seconds since midnight."""
    return (since[change + 1] - midnight_s) if change + 1 < since.shape[0] else HOURS * <double>HOUR_S
