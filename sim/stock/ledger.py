"""The stock ledger: every unit of the chain moves through its verbs, so none appears or vanishes unseen."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from ext.stock import ROWS, Stock

ALL = slice(None)
"""Every SKU of a location."""
_NONE = np.empty(0, dtype=np.int64)
_TRADED = ("physical", "shelf", "in_baskets", "unsynced", "sold", "returned", "book", "reserved", "owed")
"""What customers and pickers of parcels change between two events of the chain."""

Bring = Callable[[Iterable[int]], None]
"""Plays customers and pickers at some locations up to now."""


def _traded(name: str) -> property:
    def read(ledger: StockLedger) -> np.ndarray:
        ledger._update(*range(ledger.n_locations))
        return getattr(ledger, f"_{name}")

    return property(read, doc=f"int64[n_locations, n_skus], as it is now; see the class for `{name}`.")


class StockLedger:
    """Units per location × SKU, int64[n_locations, n_skus], C-contiguous, changed only by the methods below.

    physical: on hand, at a store on the shelf and in the back room. shelf: the part of `physical` that customers can reach.
    in_baskets: taken from the shelf and neither paid for nor put back. in_transit: on the way to the location.
    on_order: ordered by the location, and neither arrived nor given up.
    book: recorded stock, the system's figure of units on hand. unsynced: paid for at a till and not yet booked.
    reserved: promised to online orders. owed: backordered by customers; recorded in the book.
    received (from suppliers), returned, sold, shrunk, written_off: units so far, for the balance that `check` asserts; opening: those of all
    locations at the start, on hand and in transit, int64[n_skus].

    Stock is read and changed as of now: the function set by `follow` first simulates customers and pickers up to now, in every method but their
    own, `take` to `sync`, `trade` and `pick_lines`.

    A method takes the location's number and either one SKU and its units, or units int64[n_skus] for a whole row; what goes between places takes
    k locations, int64[k], each once, and int64[k, n_skus]. Asking for units that are not there raises ValueError, except in methods
    documented to move what there is.
    """

    in_transit: np.ndarray
    on_order: np.ndarray
    received: np.ndarray
    shrunk: np.ndarray
    written_off: np.ndarray
    _physical: np.ndarray
    _shelf: np.ndarray
    _in_baskets: np.ndarray
    _unsynced: np.ndarray
    _sold: np.ndarray
    _returned: np.ndarray
    _book: np.ndarray
    _reserved: np.ndarray
    _owed: np.ndarray
    _flat_book: memoryview[int]
    _flat_in_baskets: memoryview[int]
    _flat_physical: memoryview[int]
    _flat_returned: memoryview[int]
    _flat_shelf: memoryview[int]
    _flat_sold: memoryview[int]
    _flat_unsynced: memoryview[int]

    def __init__(self, n_locations: int, n_skus: int, opening: np.ndarray, book: np.ndarray | None = None):
        """`opening`: int64[n_locations, n_skus], on hand; all of it starts in the back room. `book`: the same on record, where it differs."""
        shape = (n_locations, n_skus)
        opening = np.asarray(opening, dtype=np.int64)
        if opening.shape != shape or (opening < 0).any():
            raise ValueError(f"opening: units ≥ 0 of shape {shape}")
        self.n_locations, self.n_skus = shape
        self.opening = opening.sum(axis=0)
        self._physical, self._book = opening.copy(), (opening if book is None else book).astype(np.int64)
        for name in ("shelf", "in_baskets", "unsynced", "reserved", "owed", "returned", "sold"):
            setattr(self, f"_{name}", np.zeros(shape, dtype=np.int64))
        for name in ("in_transit", "on_order", "received", "shrunk", "written_off"):
            setattr(self, name, np.zeros(shape, dtype=np.int64))
        # Tills move units one basket line at a time: indexing a flat memoryview costs a third of indexing an array.
        for name in ("physical", "shelf", "in_baskets", "unsynced", "sold", "returned", "book"):
            setattr(self, f"_flat_{name}", memoryview(getattr(self, f"_{name}").reshape(-1)))
        self._stock = Stock(**{name: getattr(self, f"_{name}" if name in _TRADED else name) for name in ROWS})
        self._bring: Bring | None = None

    def follow(self, bring: Bring) -> None:
        """From now on `bring` is called before stock is read or changed, except by customers and pickers of parcels."""
        self._bring = bring

    def _update(self, *locations: int) -> None:
        if self._bring is not None:
            self._bring(locations)

    physical = _traded("physical")
    shelf = _traded("shelf")
    in_baskets = _traded("in_baskets")
    unsynced = _traded("unsynced")
    sold = _traded("sold")
    returned = _traded("returned")
    book = _traded("book")
    reserved = _traded("reserved")
    owed = _traded("owed")

    @property
    def available(self) -> np.ndarray:
        """int64[n_locations, n_skus]: available to promise by the book."""
        self._update(*range(self.n_locations))
        return self._book - self._reserved - self._owed

    def promisable(self, locations: int | np.ndarray, skus: np.ndarray | slice = ALL) -> np.ndarray:
        """`available` of one location, int64[k SKUs], or of several, int64[n, k]."""
        at: Any
        if isinstance(locations, int):
            self._update(locations)
            at = locations, skus
        else:
            self._update(*locations.tolist())
            at = locations if isinstance(skus, slice) else np.ix_(locations, skus)
        return self._book[at] - self._reserved[at] - self._owed[at]

    def on_hand(self, location: int) -> np.ndarray:
        """int64[n_skus]"""
        self._update(location)
        return self._physical[location].copy()

    def registered(self, locations: np.ndarray) -> np.ndarray:
        """Booked units sold or backordered so far, int64[k, n_skus]."""
        self._update(*locations.tolist())
        return self._sold[locations] + self._owed[locations] - self._unsynced[locations]

    def promisable_of(self, location: np.ndarray, sku: np.ndarray) -> np.ndarray:
        """`available` of some SKUs at some locations, pair by pair: int64[n]."""
        self._update(*np.unique(location).tolist())
        cell = location * self.n_skus + sku
        book, reserved, owed = (array.reshape(-1)[cell] for array in (self._book, self._reserved, self._owed))
        return book - reserved - owed

    # Customers in a store

    def trade(self, location: int) -> tuple[np.ndarray, ...]:
        """A store's rows for a compiled engine, which moves units in them by the rules of a store's verbs, `take` to `settle`.

        int64[n_skus] each: shelf, physical, in_baskets, sold, unsynced, owed, returned, book.
        """
        rows = (
            self._shelf,
            self._physical,
            self._in_baskets,
            self._sold,
            self._unsynced,
            self._owed,
            self._returned,
            self._book,
        )
        return tuple(row[location] for row in rows)

    def take(self, location: int, sku: int, units: int) -> int:
        """Shelf → basket; moves what the shelf has and returns it."""
        at = location * self.n_skus + sku
        left = self._flat_shelf[at]
        if units > left:
            units = left
        self._flat_shelf[at] = left - units
        self._flat_physical[at] -= units
        self._flat_in_baskets[at] += units
        return units

    def put_back(self, location: int, sku: int, units: int) -> None:
        """Basket → shelf."""
        at = location * self.n_skus + sku
        left = self._flat_in_baskets[at] - units
        if left < 0:
            raise ValueError(f"{units} units put back from baskets that hold {left + units}")
        self._flat_in_baskets[at] = left
        self._flat_shelf[at] += units
        self._flat_physical[at] += units

    def sell(self, location: int, sku: int, units: int) -> None:
        """Basket → customer. Booked at the next `sync`."""
        at = location * self.n_skus + sku
        left = self._flat_in_baskets[at] - units
        if left < 0:
            raise ValueError(f"{units} units sold from baskets that hold {left + units}")
        self._flat_in_baskets[at] = left
        self._flat_sold[at] += units
        self._flat_unsynced[at] += units

    def return_units(self, location: int, skus: Iterable[int], units: Iterable[int]) -> None:
        """Customer → back room, through the system: the basket lines of a ticket."""
        row = location * self.n_skus
        for sku, brought in zip(skus, units, strict=True):
            self._flat_returned[row + sku] += brought
            self._flat_physical[row + sku] += brought
            self._flat_book[row + sku] += brought

    def refill(self, location: int, capacity: np.ndarray) -> None:
        """Back room → shelf, up to `capacity` int64[n_skus]; a shelf above it keeps what it has."""
        shelf = self._shelf[location]
        np.maximum(shelf, np.minimum(self._physical[location], capacity), out=shelf)

    def owe(self, location: int, sku: int, units: int) -> None:
        """Backorder units for a customer."""
        self._owed[location, sku] += units

    def hand_over(self, location: int) -> np.ndarray:
        """`settle` outside a store's own day: when goods have come in."""
        self._update(location)
        return self.settle(location)

    def settle(self, location: int) -> np.ndarray:
        """Fill backorders from stock on hand, as far as it goes; returns the units handed over, int64[n_skus]."""
        units = np.minimum(self._owed[location], self._physical[location])
        if units.any():
            self._owed[location] -= units
            self._remove(location, units)
            self._book[location] -= units
            self._sold[location] += units
        return units

    # Between locations, and from suppliers

    def position(self, locations: np.ndarray) -> np.ndarray:
        """int64[k, n_skus]: available to promise, plus on order."""
        self._update(*locations.tolist())
        return self._stock.position(locations)

    def order(
        self, locations: np.ndarray, wanted: np.ndarray, pack: np.ndarray, carried: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Put units on order, rounded up to whole packs int64[n_skus], of SKUs carried, bool[n_locations, n_skus].

        Returns (units ordered int64[k, n_skus], order lines int64[k], units int64[k]).
        """
        return self._stock.order(locations, np.ascontiguousarray(wanted), pack, carried)

    def expect(self, location: int, units: np.ndarray) -> None:
        """Put on order units that are sent without an order."""
        self.on_order[location] += units

    def begin_in_transit(self, location: int, units: np.ndarray) -> None:
        """Units that another location sent before the start: on order and in transit, and part of the opening stock of the balance."""
        self.opening += units
        self.in_transit[location] += units
        self.on_order[location] += units

    def give_up(self, locations: int | slice | np.ndarray, units: np.ndarray) -> None:
        """Remove from on order units that will not be sent. A location and its row, or k of them."""
        self.on_order[locations] -= units

    def dispatch(self, origin: int, destinations: np.ndarray, units: np.ndarray) -> np.ndarray:
        """On hand at `origin` → in transit, one destination after the other; moves what there is, and `units` become what was moved.

        Missing units are removed from on order. A shortage at picking counts the SKU and corrects its book. Returns the units moved
        to each, int64[k].
        """
        self._update(origin)
        return self._stock.dispatch(origin, destinations, units)

    def missend(self, origin: int, destinations: np.ndarray, surplus: np.ndarray) -> np.ndarray:
        """On hand at `origin` → in transit without being booked, int64[k, n_skus] beyond what `dispatch` has sent: below 0, units of it that stay.

        Moves what there is, one destination after the other, and returns it.
        """
        self._update(origin)
        if (self.in_transit[destinations] + surplus < 0).any():
            raise ValueError("more units stay behind than are in transit")
        sent = surplus.copy()
        for row, to in enumerate(destinations.tolist()):
            np.minimum(sent[row], self._physical[origin], out=sent[row])
            self._physical[origin] -= sent[row]
            self.in_transit[to] += sent[row]
        np.minimum(self._shelf[origin], self._physical[origin], out=self._shelf[origin])
        return sent

    def arrive(self, destinations: np.ndarray, units: np.ndarray, surplus: np.ndarray | None = None) -> np.ndarray:
        """In transit and on order → on hand; returns the units of each, int64[k].

        `surplus`: int64[k, n_skus], what `missend` moved: it is on hand and not in the book. Below 0, the book has more than came.
        """
        self._update(*destinations.tolist())
        if surplus is None:
            return self._stock.arrive(destinations, units)
        if (self.in_transit[destinations] < units + surplus).any():
            raise ValueError("more units arrive than are in transit")
        self.in_transit[destinations] -= surplus
        self._physical[destinations] += surplus
        return self._stock.arrive(destinations, units) + surplus.sum(axis=1)

    def receive(
        self, locations: np.ndarray, units: np.ndarray, ordered: np.ndarray, surplus: np.ndarray | None = None
    ) -> np.ndarray:
        """A supplier's deliveries → on hand; the rest of `ordered` is given up. Returns the units of each, int64[k].

        `surplus`: int64[k, n_skus], received beyond `units` and not booked; below 0, booked and not received.
        """
        self._update(*locations.tolist())
        came = self._stock.receive(locations, units, ordered)
        if surplus is None:
            return came
        self.received[locations] += surplus
        self._physical[locations] += surplus
        return came + surplus.sum(axis=1)

    def census(self, carried: np.ndarray, unit_cost: np.ndarray) -> np.ndarray:
        """On hand in units and at cost, SKUs carried but out of stock, Σ|book − on hand|, SKUs carried whose book is wrong:
        float64[5, n_locations]."""
        self._update(*range(self.n_locations))
        return self._stock.census(carried, unit_cost)

    def audit(self, looked_at: np.ndarray, source: np.ndarray) -> np.ndarray:
        """SKUs looked at in stores, and those with an empty shelf by cause: int64[5, n_stores]; `ext.stock.Stock.audit` gives the causes.

        looked_at bool[n_stores, n_skus]; source int64[n_stores, n_skus], the location that gives a store a SKU, −1 for a supplier.
        """
        self._update(*range(self.n_locations))
        return self._stock.audit(looked_at, source)

    # Promises to online orders, and to stores while their goods are picked

    def reserve(self, location: int, sku: np.ndarray | slice, units: np.ndarray) -> None:
        """Promise units of the book, of distinct SKUs (numbers) or of `ALL`."""
        self._reserved[location, sku] += units

    def release(self, location: int, sku: np.ndarray | slice, units: np.ndarray) -> None:
        """Take a promise back."""
        left = self._reserved[location, sku] - units
        if (left < 0).any():
            raise ValueError(f"release of more units at location {location} than are reserved")
        self._reserved[location, sku] = left

    def reserve_lines(self, location: np.ndarray, sku: np.ndarray, units: np.ndarray) -> None:
        """Reserve book units for order lines, int64[n] each; cells may repeat."""
        np.add.at(self._reserved.reshape(-1), location * self.n_skus + sku, units)

    def pick_lines(self, location: np.ndarray | int, sku: np.ndarray, units: np.ndarray) -> np.ndarray:
        """On hand → customers, for order lines with reserved units, int64[n]; moves what there is, first come, first served, and returns it.

        A shortage at picking counts the SKU and corrects its book.
        """
        cell = location * self.n_skus + sku
        reserved, physical, shelf, book, sold = (
            array.reshape(-1) for array in (self._reserved, self._physical, self._shelf, self._book, self._sold)
        )
        np.subtract.at(reserved, cell, units)
        if reserved[cell].min(initial=0) < 0:
            raise ValueError("more units picked than are reserved")
        np.subtract.at(physical, cell, units)
        got, left = units, physical[cell]
        lacking = np.flatnonzero(left < 0) if left.min(initial=0) < 0 else _NONE
        if len(lacking):
            got = units.copy()
            for line in lacking[::-1].tolist():
                missing = min(got[line], -physical[cell[line]])
                physical[cell[line]] += missing
                got[line] -= missing
            left = physical[cell]
        shelf[cell] = np.minimum(shelf[cell], left)
        np.subtract.at(book, cell, got)
        np.add.at(sold, cell, got)
        if len(lacking):
            self._count(*np.divmod(np.unique(cell[lacking]), self.n_skus))
        return got

    # Accuracy

    def sync(self, location: int) -> None:
        """Book the sales made at the tills."""
        unsynced = self._unsynced[location]
        self._book[location] -= unsynced
        unsynced[:] = 0

    def shrink(self, location: np.ndarray, sku: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """On hand → gone, not booked: one unit for each pair of the two arrays, as far as it goes.

        Returns what went, each cell once: (location, SKU, units), int64[n] each.
        """
        self._update(*range(self.n_locations))
        at, units = np.unique(location * self.n_skus + sku, return_counts=True)
        physical, shelf = self._physical.reshape(-1), self._shelf.reshape(-1)
        gone = np.minimum(units, physical[at])
        physical[at] -= gone
        shelf[at] = np.minimum(shelf[at], physical[at])
        self.shrunk.reshape(-1)[at] += gone
        return *np.divmod(at, self.n_skus), gone

    def write_off(self, location: int, units: np.ndarray) -> np.ndarray:
        """On hand → gone, booked; moves what there is and returns it, int64[n_skus]."""
        self._update(location)
        gone = np.minimum(units, self._physical[location])
        self._remove(location, gone)
        self._book[location] -= gone
        self.written_off[location] += gone
        return gone

    def misscan(self, location: np.ndarray, sku: np.ndarray, booked_as: np.ndarray) -> None:
        """A unit sold of `sku` was booked as one of another: the book is wrong twice. Three arrays of one length."""
        np.add.at(self._book, (location, sku), 1)
        np.subtract.at(self._book, (location, booked_as), 1)

    def count(self, location: int | np.ndarray, sku: np.ndarray | slice = ALL) -> int:
        """Correct the book, for some SKUs (numbers, or bool[n_skus]) or all; returns Σ|gap|.

        Units in baskets, and sold but unsynced, are still to be booked, so a correct book includes them.
        """
        self._update(*np.unique(location).tolist())
        return self._count(location, sku)

    def _count(self, location: int | np.ndarray, sku: np.ndarray | slice) -> int:
        at = (location, sku)
        gap = self._physical[at] + self._in_baskets[at] + self._unsynced[at] - self._book[at]
        self._book[at] += gap
        return int(np.abs(gap).sum())

    def _remove(self, location: int, units: np.ndarray) -> None:
        """Take units off a location's stock, from the back room first."""
        physical, shelf = self._physical[location], self._shelf[location]
        if (units > physical).any():
            raise ValueError(f"more units leave location {location} than are there")
        physical -= units
        np.minimum(shelf, physical, out=shelf)

    def check(self) -> None:
        """Raise AssertionError where the balance is broken.

        For each SKU: opening + received + returned = sold + shrunk + written off + on hand + in baskets + in transit. No shelf holds more
        than its location has, and nothing but the book is negative.
        """
        came = self.opening + _by_sku(self.received, self._returned)
        went = _by_sku(self._sold, self.shrunk, self.written_off, self._physical, self._in_baskets, self.in_transit)
        if (came != went).any():
            sku = int(np.argmax(came != went))
            raise AssertionError(f"SKU {sku}: {came[sku]} units came, {went[sku]} are accounted for")
        for name in ("physical", "shelf", "in_baskets", "in_transit", "unsynced", "reserved", "owed", "shrunk"):
            array = getattr(self, f"_{name}" if name in _TRADED else name)
            if array.min(initial=0) < 0:
                raise AssertionError(
                    f"{name} is negative at location, SKU {np.unravel_index(array.argmin(), array.shape)}"
                )
        if (self._shelf > self._physical).any():
            raise AssertionError("a shelf holds more than its location")


def _by_sku(*rows: np.ndarray) -> np.ndarray:
    """The sum of arrays int64[n_locations, n_skus] over locations, int64[n_skus]."""
    return np.sum([each.sum(axis=0) for each in rows], axis=0)
