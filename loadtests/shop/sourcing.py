"""Which locations ship an online order: `ext.allocation` on the rows that the order's transaction has read."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ext.allocation import Allocator

LINES_AT_MOST = 200
CANDIDATES = 32
"""Locations that the allocator weighs at once; those farther away are considered only for what the nearer ones lack."""
FARTHER = {"warehouse": (1.0, 3.0), "store": (1.5, 4.0)}
"""Cost of a unit shipped inside the region and beyond it: a warehouse packs more cheaply than a store."""
PARCEL_COST = 2.0


@dataclass(frozen=True)
class Location:
    """A location of the shop; `id` runs from 0."""

    id: int
    code: str
    kind: str
    region: str


class Sourcing:
    """Sources baskets over all locations: the cheapest location that has everything, else the fewest parcels.

    locations: in the order of their ids, which run from 0.
    """

    def __init__(self, locations: list[Location]):
        self.regions = list(dict.fromkeys(location.region for location in locations))
        self._stock = np.zeros((len(locations), LINES_AT_MOST), np.int64)
        cost = np.array(
            [[FARTHER[at.kind][at.region != region] for region in self.regions] for at in locations], dtype=np.float64
        )
        self._tiers = -(-len(locations) // CANDIDATES)
        self._allocator = Allocator(
            self._stock,
            np.repeat(cost, self._tiers, axis=1),
            policy="complete",
            parcel_cost=np.full(len(locations), PARCEL_COST),
            candidates=_tiers(cost, self._tiers),
        )
        self._turn = threading.Lock()  # the scratch array above is used by one request at a time

    def source(
        self, available: Iterable[tuple[int, int, int]], wanted: dict[int, int], region: str
    ) -> tuple[list[tuple[int, int, int]], dict[int, int]]:
        """Split `wanted` units by SKU over locations.

        available: (sku, location, units). Returns (sku, location, units) pieces and, by SKU, the units that no location has.
        """
        column = {sku: i for i, sku in enumerate(wanted)}
        short = dict(wanted)
        pieces = []
        with self._turn:
            self._stock[:, : len(column)] = 0
            for sku, location, units in available:
                self._stock[location, column[sku]] = units
            first = self.regions.index(region) * self._tiers
            for zone in range(first, first + self._tiers):
                skus = list(short)
                taken = self._allocator.source_basket([column[sku] for sku in skus], list(short.values()), zone)
                for line, location, units in taken:
                    pieces.append((skus[line], location, units))
                    short[skus[line]] -= units
                short = {sku: units for sku, units in short.items() if units}
                if not short:
                    break
        return pieces, short


def _tiers(cost: np.ndarray, tiers: int) -> np.ndarray:
    """int32[n_regions * n_tiers, CANDIDATES]: the locations of each region by rising cost, cut into tiers, filled up with −1."""
    order = np.argsort(cost, axis=0, kind="stable").T
    padded = np.full((order.shape[0], tiers * CANDIDATES), -1, np.int32)
    padded[:, : order.shape[1]] = order
    return padded.reshape(-1, CANDIDATES)
