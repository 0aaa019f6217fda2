"""Moving stock sideways: from locations that have too much of a SKU to those that have too little."""

from collections import namedtuple

from libc.math cimport INFINITY
from libc.stdint cimport int32_t, int64_t

import numpy as np

from ext.checks import checked, finite, refuse

__all__ = ["Moves", "imbalance", "transfers"]

Moves = namedtuple("Moves", ["source", "target", "sku", "quantity", "saving"])
Moves.__doc__ = """Transfers by SKU, source and target (int32[n]); quantity int64[n], units; saving float64[n], net of cost."""


def imbalance(position, daily_demand, *, low_days, target_days, high_days):
    """(surplus, deficit), int64[location, sku] units: the rule for rebalancing live.

    A location below low_days of cover has a deficit up to target_days; one above high_days a surplus of what it has
    beyond target_days. In between nothing moves, so goods do not travel back and forth. Without demand all stock is surplus.
    position: int64[location, sku], stock unreserved and on the way. daily_demand: float64[location, sku], units a day.
    """
    checked("position", position, np.int64, (None, None), lowest=0)
    finite("daily_demand", checked("daily_demand", daily_demand, np.float64, position.shape, lowest=0.0))
    if not 0 <= low_days <= target_days <= high_days:
        raise ValueError("low_days, target_days and high_days must rise from 0 or more")
    target = np.ceil(target_days * daily_demand).astype(np.int64)
    surplus = np.where(position > high_days * daily_demand, np.maximum(position - target, 0), 0)
    deficit = np.where(position < low_days * daily_demand, np.maximum(target - position, 0), 0)
    return surplus, deficit


def transfers(surplus, deficit, unit_cost, unit_saving, *, minimum_units=1, minimum_saving=0.0):
    """Moves that bring the largest total saving net of cost, SKU by SKU, exactly (successive shortest paths).

    surplus, deficit: int64[location, sku], units. unit_cost: float64[location, location], from row to column, infinite where
    goods do not travel. unit_saving: float64[location, sku], what a unit is worth where it is missing. A move of fewer than
    minimum_units, or that saves less than minimum_saving, is left out.
    """
    checked("surplus", surplus, np.int64, (None, None), lowest=0)
    locations, skus = surplus.shape
    checked("deficit", deficit, np.int64, (locations, skus), lowest=0)
    checked("unit_cost", unit_cost, np.float64, (locations, locations), lowest=0.0)
    finite("unit_saving", checked("unit_saving", unit_saving, np.float64, (locations, skus)))
    both = (surplus > 0) & (deficit > 0)
    if both.any():
        refuse("deficit", deficit, both, "this location has a surplus of the SKU as well")
    source, target, of, quantity, saving = [], [], [], [], []
    for sku in np.flatnonzero((surplus > 0).any(axis=0) & (deficit > 0).any(axis=0)).tolist():
        giving = np.flatnonzero(surplus[:, sku])
        asking = np.flatnonzero(deficit[:, sku])
        worth = unit_saving[asking, sku] - unit_cost[np.ix_(giving, asking)]
        flow = _carry(
            np.ascontiguousarray(surplus[giving, sku]), np.ascontiguousarray(deficit[asking, sku]),
            np.ascontiguousarray(-worth),
        )
        with np.errstate(invalid="ignore"):
            saved = np.where(flow > 0, flow * worth, 0.0)
        s, t = np.nonzero((flow >= max(1, minimum_units)) & (saved >= minimum_saving))
        source.append(giving[s])
        target.append(asking[t])
        of.append(np.full(len(s), sku))
        quantity.append(flow[s, t])
        saving.append(saved[s, t])
    if not source:
        nothing = np.zeros(0, np.int32)
        return Moves(nothing, nothing, nothing, np.zeros(0, np.int64), np.zeros(0))
    return Moves(
        np.concatenate(source).astype(np.int32), np.concatenate(target).astype(np.int32),
        np.concatenate(of).astype(np.int32), np.concatenate(quantity), np.concatenate(saving),
    )


def _carry(supply, demand, cost):
    """int64[source, target]: the flow of least total cost, units moved only while a path's cost is negative."""
    cdef int64_t[::1] left = supply.copy()
    cdef int64_t[::1] wanted = demand.copy()
    cdef const double[:, ::1] price = cost
    flow = np.zeros(cost.shape, np.int64)
    cdef int64_t[:, ::1] carried = flow
    cdef Py_ssize_t sources = cost.shape[0]
    cdef Py_ssize_t targets = cost.shape[1]
    cdef double[::1] source_distance = np.empty(sources)
    cdef double[::1] target_distance = np.empty(targets)
    cdef int64_t[::1] source_from = np.empty(sources, np.int64)
    cdef int64_t[::1] target_from = np.empty(targets, np.int64)
    with nogil:
        while _augment(
            left, wanted, price, carried, source_distance, target_distance, source_from, target_from
        ):
            pass
    return flow


cdef bint _augment(
    int64_t[::1] left, int64_t[::1] wanted, const double[:, ::1] price, int64_t[:, ::1] carried,
    double[::1] source_distance, double[::1] target_distance, int64_t[::1] source_from, int64_t[::1] target_from,
) noexcept nogil:
    """Send units along the cheapest path from any source with units left to any target with a deficit left.

    Paths run forward at the lane's cost and back along carried units at its negative (Bellman-Ford, since costs may be
    negative; a minimum-cost flow has no negative cycle).
    """
    cdef Py_ssize_t s, t
    cdef Py_ssize_t best = -1
    cdef int64_t units
    cdef double distance
    cdef bint changed = True
    for s in range(left.shape[0]):
        source_distance[s] = 0.0 if left[s] > 0 else INFINITY
        source_from[s] = -1
    for t in range(wanted.shape[0]):
        target_distance[t] = INFINITY
        target_from[t] = -1
    while changed:
        changed = False
        for s in range(left.shape[0]):
            if source_distance[s] == INFINITY:
                continue
            for t in range(wanted.shape[0]):
                distance = source_distance[s] + price[s, t]
                if distance < target_distance[t] - 1e-9:
                    target_distance[t] = distance
                    target_from[t] = s
        for s in range(left.shape[0]):
            for t in range(wanted.shape[0]):
                if carried[s, t] > 0 and target_distance[t] - price[s, t] < source_distance[s] - 1e-9:
                    source_distance[s] = target_distance[t] - price[s, t]
                    source_from[s] = t
                    changed = True
    for t in range(wanted.shape[0]):
        if wanted[t] > 0 and target_distance[t] < -1e-9 and (best < 0 or target_distance[t] < target_distance[best]):
            best = t
    if best < 0:
        return False
    units = wanted[best]
    t = best
    while True:
        s = target_from[t]
        if source_from[s] < 0:
            units = min(units, left[s])
            break
        t = source_from[s]
        units = min(units, carried[s, t])
    wanted[best] -= units
    t = best
    while True:
        s = target_from[t]
        carried[s, t] += units
        if source_from[s] < 0:
            left[s] -= units
            break
        t = source_from[s]
        carried[s, t] -= units
    return True
