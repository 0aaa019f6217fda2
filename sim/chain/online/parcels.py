"""Parcels of online orders, from released to picked. The instant of picking is computed at release, so parcels need no SimPy
events: they leave, in their order, when stock is read or changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from sim.chain.agenda import Agenda
from sim.chain.setting import Setting
from sim.chain.store.store import Store
from sim.chain.supply.servers import Pickers
from sim.stock.ledger import StockLedger


class Lines(NamedTuple):
    """n order lines, grouped by parcel: int64[n] each, `picked_s` float64[n]."""

    order: np.ndarray
    """Its number."""
    location: np.ndarray
    sku: np.ndarray
    units: np.ndarray
    """Ordered."""
    got: np.ndarray
    """Picked; `units` until then."""
    picked_s: np.ndarray

    def at(self, where: np.ndarray | slice) -> Lines:
        """The lines at these places."""
        return Lines(*(column[where] for column in self))

    def starts(self) -> np.ndarray:
        """Where parcels begin, int64[parcels]."""
        order, location = self.order, self.location
        other = (order[1:] != order[:-1]) | (location[1:] != location[:-1])
        return np.append(np.zeros(min(len(order), 1), dtype=np.int64), np.flatnonzero(other) + 1)


def joined(parts: Iterable[Lines]) -> Lines:
    """The concatenation of several parts."""
    return Lines(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


_NONE = np.empty(0, dtype=np.int64)
NOTHING = Lines(_NONE, _NONE, _NONE, _NONE, _NONE, np.empty(0))


class Parcels:
    """A parcel picked at an instant leaves stock before stock is read at that instant."""

    def __init__(
        self,
        setting: Setting,
        agenda: Agenda,
        ledger: StockLedger,
        pickers: Mapping[int, Pickers],
        stores: Sequence[Store],
    ):
        """`pickers`: of each warehouse, by location."""
        self.network, self.agenda, self.ledger, self.stores = setting.network, agenda, ledger, stores
        self._done_s = {location: some.done_s for location, some in pickers.items()}
        self._waiting: list[Lines] = []
        self._next_s = np.inf
        """The earliest picking of those waiting; inf without any."""
        self._picked: list[Lines] = []

    def release(
        self, order: np.ndarray, location: np.ndarray, sku: np.ndarray, units: np.ndarray, pick_s: np.ndarray
    ) -> np.ndarray:
        """Release order lines for picking, int64[n] each, grouped by parcel; returns the order number of each parcel.

        `pick_s`: float64[n], how long a parcel takes in a store.
        """
        now = self.agenda.now
        self.ledger.reserve_lines(location, sku, units)
        lines = Lines(order, location, sku, units, units, pick_s)
        first = lines.starts()
        count = np.diff(np.append(first, len(order)))
        parcels = zip(location[first].tolist(), count.tolist(), pick_s[first].tolist(), strict=True)
        picked_s = [
            self._done_s[place](now, n)
            if place in self._done_s
            else now + self.network.opens_in(place, now) + in_store_s
            for place, n, in_store_s in parcels
        ]
        self._waiting.append(lines._replace(picked_s=np.repeat(picked_s, count)))
        self._next_s = min(self._next_s, *picked_s)
        return order[first]

    def until(self, now: float) -> None:
        """Pick what is due, first come, first served."""
        if now < self._next_s:
            return
        lines = joined(self._waiting) if len(self._waiting) > 1 else self._waiting[0]
        later = np.flatnonzero(lines.picked_s > now)
        self._waiting = [lines.at(later)] if len(later) else []
        self._next_s = lines.picked_s[later].min(initial=np.inf)
        due = np.flatnonzero(lines.picked_s <= now)
        # A store's parcels one after the other: its customers are simulated in between. The sort keeps the lines of a parcel together.
        lines = lines.at(due[np.lexsort((lines.picked_s[due], lines.location[due]))])
        in_stores = int(np.searchsorted(lines.location, self.network.n_stores))
        shop, rest = lines.at(slice(in_stores)), lines.at(slice(in_stores, None))
        for first, beyond in pairwise([*shop.starts().tolist(), in_stores]):
            self.stores[shop.location[first]].advance(float(shop.picked_s[first]))
            self._pick(shop.at(slice(first, beyond)))
        if len(rest.order):
            self._pick(rest)

    def take(self) -> Lines:
        """The order lines picked since the last call."""
        picked, self._picked = self._picked, []
        return joined([NOTHING, *picked])

    def _pick(self, lines: Lines) -> None:
        got = self.ledger.pick_lines(lines.location, lines.sku, lines.units)
        self._picked.append(lines._replace(got=got))
