"""Rationing of a location's stock among stores whose requests exceed it."""

from libc.math cimport INFINITY, fabs, floor, sqrt
from libc.stdint cimport int64_t, uint8_t

import numpy as np

from ext.checks import checked, finite

__all__ = ["RULES", "ration"]

MOST_UNITS = 2**40  # a count, so that sums of counts stay exact

cpdef enum Rule:
    COVER, PRO_RATA, UNIT_BY_UNIT

RULES = tuple(name.lower() for name in globals()["Rule"].__members__)


def ration(
    available, requested, *, rule="cover", on_hand=None, daily_demand=None, tier=None, pack=None, minimum_display=None
):
    """Share available[sku] units among the stores that request them; returns int64[sku, store], units.

    available: int64[sku]. requested: int64[sku, store]. tier: uint8[store], lower tiers are served in full before higher
    ones get a unit (one tier without it). pack: int64[sku], units a pack; only whole packs are given (1 without it).
    minimum_display: int64[sku, store]; a store is brought to it (or given its whole request if that is less), or gets
    nothing of the SKU: within a tier the stores with the least cover come first. on_hand: int64[sku, store], stock and
    goods on the way. daily_demand: float64[sku, store], units a day.

    rule, within a tier: "unit_by_unit" gives one pack after another to the store with the fewest days of cover; "cover"
    gives the same result by water filling, without iterating over packs; "pro_rata" shares in proportion to requests, with
    largest remainders. Ties go to the lower store. "pro_rata" needs neither on_hand nor daily_demand.

    Raises ValueError naming the argument and the first bad index.
    """
    if rule not in RULES:
        raise ValueError(f"rule must be one of {', '.join(RULES)}, found {rule!r}")
    checked("requested", requested, np.int64, (None, None), 0, MOST_UNITS)
    skus, stores = requested.shape
    checked("available", available, np.int64, (skus,), 0, MOST_UNITS)
    if rule != "pro_rata" and (on_hand is None or daily_demand is None):
        raise ValueError(f"on_hand and daily_demand must be given for rule {rule!r}")
    if on_hand is None:
        on_hand = np.zeros((skus, stores), np.int64)
    if daily_demand is None:
        daily_demand = np.zeros((skus, stores))
    if tier is None:
        tier = np.zeros(stores, np.uint8)
    if pack is None:
        pack = np.ones(skus, np.int64)
    if minimum_display is None:
        minimum_display = np.zeros((1, 1), np.int64)
    else:
        checked("minimum_display", minimum_display, np.int64, (skus, stores), 0, MOST_UNITS)
    checked("on_hand", on_hand, np.int64, (skus, stores), 0, MOST_UNITS)
    finite("daily_demand", checked("daily_demand", daily_demand, np.float64, (skus, stores), lowest=0.0))
    checked("tier", tier, np.uint8, (stores,))
    checked("pack", pack, np.int64, (skus,), 1, MOST_UNITS)
    given = np.zeros((skus, stores), np.int64)
    order = np.argsort(tier, kind="stable").astype(np.int64)
    _ration(
        RULES.index(rule), available, requested, on_hand, daily_demand, tier, order, pack, minimum_display, given,
        np.zeros(stores, np.int64), np.zeros(stores), np.zeros(stores, np.int64),
    )
    return given


cdef int _ration(
    int rule, const int64_t[::1] available, const int64_t[:, ::1] requested, const int64_t[:, ::1] on_hand,
    const double[:, ::1] daily_demand, const uint8_t[::1] tier, const int64_t[::1] order, const int64_t[::1] pack,
    const int64_t[:, ::1] minimum_display, int64_t[:, ::1] given, int64_t[::1] most, double[::1] cover, int64_t[::1] turn,
) except -1:
    cdef Py_ssize_t sku, first, last
    cdef Py_ssize_t stores = requested.shape[1]
    cdef int64_t packs
    cdef bint display = minimum_display.shape[0] == requested.shape[0] and minimum_display.shape[1] == stores
    with nogil:
        for sku in range(requested.shape[0]):
            packs = available[sku] // pack[sku]
            last = 0
            while last < stores and packs > 0:
                first = last
                while last < stores and tier[order[last]] == tier[order[first]]:
                    most[order[last]] = requested[sku, order[last]] // pack[sku]
                    last += 1
                if display:
                    packs = _show(
                        packs, pack[sku], on_hand[sku], daily_demand[sku], minimum_display[sku], order[first:last],
                        given[sku], most, turn,
                    )
                if rule == PRO_RATA:
                    packs = _pro_rata(packs, order[first:last], given[sku], most, cover)
                else:
                    if rule == COVER:
                        packs = _water_level(
                            packs, pack[sku], on_hand[sku], daily_demand[sku], order[first:last], given[sku], most
                        )
                    packs = _unit_by_unit(
                        packs, pack[sku], on_hand[sku], daily_demand[sku], order[first:last], given[sku], most, cover
                    )
            for first in range(stores):
                given[sku, first] *= pack[sku]
    return 0


cdef inline double _cover(int64_t units, double daily_demand) noexcept nogil:
    return units / daily_demand if daily_demand > 0 else INFINITY


cdef int64_t _show(
    int64_t packs, int64_t pack, const int64_t[::1] on_hand, const double[::1] daily_demand,
    const int64_t[::1] minimum_display, const int64_t[::1] order, int64_t[::1] given, int64_t[::1] most, int64_t[::1] turn,
) noexcept nogil:
    """Bring the stores to their minimum display, those with the least cover first; the rest may get nothing."""
    cdef Py_ssize_t i, j, store
    cdef int64_t need
    for i in range(order.shape[0]):
        j = i
        while j > 0 and _cover(on_hand[order[i]], daily_demand[order[i]]) < _cover(
            on_hand[turn[j - 1]], daily_demand[turn[j - 1]]
        ):
            turn[j] = turn[j - 1]
            j -= 1
        turn[j] = order[i]
    for i in range(order.shape[0]):
        store = turn[i]
        need = max(0, minimum_display[store] - on_hand[store])
        need = min(most[store], (need + pack - 1) // pack)
        if need <= packs:
            given[store] = need
            packs -= need
        else:
            most[store] = 0
    return packs


cdef int64_t _pro_rata(
    int64_t packs, const int64_t[::1] order, int64_t[::1] given, int64_t[::1] most, double[::1] remainder
) noexcept nogil:
    """In proportion to what is still asked, rounded down, then one pack each by the largest remainder."""
    cdef Py_ssize_t i, store, best
    cdef int64_t asked = 0
    cdef int64_t left = packs
    cdef double share
    for i in range(order.shape[0]):
        asked += most[order[i]] - given[order[i]]
    if asked <= packs:
        for i in range(order.shape[0]):
            given[order[i]] = most[order[i]]
        return packs - asked
    for i in range(order.shape[0]):
        store = order[i]
        share = <double>packs * (most[store] - given[store]) / asked
        remainder[store] = share - floor(share)
        left -= <int64_t>share
        given[store] += <int64_t>share
    while left > 0:
        best = -1
        for i in range(order.shape[0]):
            store = order[i]
            if given[store] < most[store] and (best < 0 or remainder[store] > remainder[best]):
                best = store
        given[best] += 1
        remainder[best] = -1.0
        left -= 1
    return 0


cdef int64_t _water_level(
    int64_t packs, int64_t pack, const int64_t[::1] on_hand, const double[::1] daily_demand, const int64_t[::1] order,
    int64_t[::1] given, int64_t[::1] most,
) noexcept nogil:
    """Give every store the packs it would surely get unit by unit; returns the few that are left to walk.

    Unit by unit gives a store its next pack while its cover is the lowest, so it gives all packs that start below some
    level of cover and some that start at it. If no more packs start below a level than there are, each of them is given.
    The level aimed at leaves half a pack a store for rounding up, and a little for chance.
    """
    cdef Py_ssize_t i, store
    cdef Py_ssize_t stores = order.shape[0]
    cdef Py_ssize_t hungry = 0
    cdef int64_t asked = 0
    cdef int64_t started
    cdef double level, share, slope, used
    cdef double low = 0.0
    cdef double high = 0.0
    cdef double aim = packs
    cdef int step
    for i in range(stores):
        store = order[i]
        asked += most[store] - given[store]
        if daily_demand[store] > 0 and most[store] > given[store]:
            hungry += 1
            aim += given[store]
            high = max(high, (on_hand[store] + pack * <double>most[store]) / daily_demand[store])
    if asked <= packs:
        for i in range(stores):
            given[order[i]] = most[order[i]]
        return packs - asked
    aim -= 0.5 * hungry + sqrt(hungry)
    if aim <= 0:
        return packs
    level = high / 2
    for step in range(30):
        used = slope = 0.0
        for i in range(stores):
            store = order[i]
            if daily_demand[store] > 0 and most[store] > given[store]:
                share = (level * daily_demand[store] - on_hand[store]) / pack
                if share <= given[store]:
                    used += given[store]
                elif share >= most[store]:
                    used += most[store]
                else:
                    used += share
                    slope += daily_demand[store] / pack
        if fabs(used - aim) < 0.5:
            break
        if used > aim:
            high = level
        else:
            low = level
        level = level + (aim - used) / slope if slope > 0 else -1.0
        if not low < level < high:
            level = (low + high) / 2
    # Counting those on the edge of the level, giving none of them: rounding must not hand a pack to the wrong store. Stores without a unit
    # whose pack lasts for months are on the edge of a level slightly below 0 as well.
    while True:
        started = 0
        for i in range(stores):
            started += _started(level, 1e-9, order[i], pack, on_hand, daily_demand, given, most)
        if started <= packs:
            break
        level = level * 0.98 - 1e-9 if level > 0 else 2 * level - 1e-9
    for i in range(stores):
        started = _started(level, -1e-9, order[i], pack, on_hand, daily_demand, given, most)
        given[order[i]] += started
        packs -= started
    return packs


cdef inline int64_t _started(
    double level, double edge, Py_ssize_t store, int64_t pack, const int64_t[::1] on_hand, const double[::1] daily_demand,
    int64_t[::1] given, int64_t[::1] most,
) noexcept nogil:
    """The further packs of a store that start below a level of cover, give or take an edge."""
    cdef double packs = (level * daily_demand[store] - on_hand[store]) / pack
    cdef int64_t whole
    packs += edge * (1.0 + fabs(packs))
    if packs <= given[store] or daily_demand[store] <= 0:
        return 0
    if packs >= most[store]:
        return most[store] - given[store]
    whole = <int64_t>packs
    return whole + (whole < packs) - given[store]


cdef int64_t _unit_by_unit(
    int64_t packs, int64_t pack, const int64_t[::1] on_hand, const double[::1] daily_demand, const int64_t[::1] order,
    int64_t[::1] given, int64_t[::1] most, double[::1] cover,
) noexcept nogil:
    cdef Py_ssize_t i, store, best
    for i in range(order.shape[0]):
        store = order[i]
        cover[store] = _cover(on_hand[store] + pack * given[store], daily_demand[store])
    while packs > 0:
        best = -1
        for i in range(order.shape[0]):
            store = order[i]
            if given[store] < most[store] and (best < 0 or cover[store] < cover[best]):
                best = store
        if best < 0:
            break
        given[best] += 1
        packs -= 1
        cover[best] = _cover(on_hand[best] + pack * given[best], daily_demand[best])
    return packs
