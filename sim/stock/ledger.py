"""The stock ledger: every unit of the chain moves through its verbs, so none appears or vanishes unseen."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ext.stock import ROWS, Stock

ALL = slice(None)
"""Every SKU of a location."""
_NONE = np.empty(0, dtype=np.int64)


class StockLedger:
    """Units per location × SKU, int64[n_locations, n_skus], C-contiguous, changed only by the verbs below.

    physical: on hand, at a store on the shelf and in the back room. shelf: the part of `physical` that customers can reach.
    in_baskets: taken from the shelf and neither paid for nor put back. in_transit: on the way to the location.
    on_order: asked for by the location, and neither arrived nor given up.
    book: what the system believes is on hand. unsynced: paid for at a till, and the book has not heard of it.
    reserved: promised to online orders. owed: promised to customers who found none (backorders); the book knows of it.
    opening, received (from suppliers), returned, sold, shrunk, written_off: units so far, for the balance that `check` holds.

    A verb takes the location's number and either one SKU and its units, or units int64[n_skus] for a whole row; what goes between places takes
    k locations, int64[k], each once, and int64[k, n_skus]. Asking for units that are not there raises ValueError, except where a verb says
    that it moves what there is.
    """

    shelf: np.ndarray
    in_baskets: np.ndarray
    in_transit: np.ndarray
    on_order: np.ndarray
    unsynced: np.ndarray
    reserved: np.ndarray
    owed: np.ndarray
    received: np.ndarray
    returned: np.ndarray
    sold: np.ndarray
    shrunk: np.ndarray
    written_off: np.ndarray
    _physical: memoryview[int]
    _shelf: memoryview[int]
    _in_baskets: memoryview[int]
    _unsynced: memoryview[int]
    _sold: memoryview[int]
    _returned: memoryview[int]
    _book: memoryview[int]

    def __init__(self, n_locations: int, n_skus: int, opening: np.ndarray):
        """`opening`: int64[n_locations, n_skus], on hand and known to the book; all of it starts off the shelf."""
        shape = (n_locations, n_skus)
        opening = np.asarray(opening, dtype=np.int64)
        if opening.shape != shape or (opening < 0).any():
            raise ValueError(f"opening: units ≥ 0 of shape {shape}")
        self.n_locations, self.n_skus = shape
        self.opening = opening.copy()
        self.physical, self.book = opening.copy(), opening.copy()
        for name in ("shelf", "in_baskets", "in_transit", "on_order", "unsynced", "reserved", "owed"):
            setattr(self, name, np.zeros(shape, dtype=np.int64))
        for name in ("received", "returned", "sold", "shrunk", "written_off"):
            setattr(self, name, np.zeros(shape, dtype=np.int64))
        # Tills move units one line at a time: indexing a flat memoryview costs a third of indexing an array.
        for name in ("physical", "shelf", "in_baskets", "unsynced", "sold", "returned", "book"):
            setattr(self, f"_{name}", memoryview(getattr(self, name).reshape(-1)))
        self._stock = Stock(**{name: getattr(self, name) for name in ROWS})

    @property
    def available(self) -> np.ndarray:
        """int64[n_locations, n_skus]: what the system believes it may still promise."""
        return self.promisable(ALL)

    def promisable(self, locations: int | slice | np.ndarray) -> np.ndarray:
        """`available` of some locations alone: a number, numbers or a slice."""
        return self.book[locations] - self.reserved[locations] - self.owed[locations]

    def promisable_of(self, location: np.ndarray, sku: np.ndarray) -> np.ndarray:
        """`available` of some SKUs at some locations, pair by pair: int64[n]."""
        cell = location * self.n_skus + sku
        book, reserved, owed = (array.reshape(-1)[cell] for array in (self.book, self.reserved, self.owed))
        return book - reserved - owed

    # Customers in a store

    def trade(self, location: int) -> tuple[np.ndarray, ...]:
        """A store's rows for a compiled engine, which moves units in them by the rules of a store's verbs, `take` to `settle`.

        int64[n_skus] each: shelf, physical, in_baskets, sold, unsynced, owed, returned, book.
        """
        rows = (
            self.shelf,
            self.physical,
            self.in_baskets,
            self.sold,
            self.unsynced,
            self.owed,
            self.returned,
            self.book,
        )
        return tuple(row[location] for row in rows)

    def take(self, location: int, sku: int, units: int) -> int:
        """Shelf → basket; moves what the shelf has and returns it."""
        at = location * self.n_skus + sku
        left = self._shelf[at]
        if units > left:
            units = left
        self._shelf[at] = left - units
        self._physical[at] -= units
        self._in_baskets[at] += units
        return units

    def put_back(self, location: int, sku: int, units: int) -> None:
        """Basket → shelf."""
        at = location * self.n_skus + sku
        left = self._in_baskets[at] - units
        if left < 0:
            raise ValueError(f"{units} units put back from baskets that hold {left + units}")
        self._in_baskets[at] = left
        self._shelf[at] += units
        self._physical[at] += units

    def sell(self, location: int, sku: int, units: int) -> None:
        """Basket → customer. The book hears of it at the next `sync`."""
        at = location * self.n_skus + sku
        left = self._in_baskets[at] - units
        if left < 0:
            raise ValueError(f"{units} units sold from baskets that hold {left + units}")
        self._in_baskets[at] = left
        self._sold[at] += units
        self._unsynced[at] += units

    def return_units(self, location: int, skus: Iterable[int], units: Iterable[int]) -> None:
        """Customer → back room, through the system: the lines of a ticket."""
        row = location * self.n_skus
        for sku, brought in zip(skus, units, strict=True):
            self._returned[row + sku] += brought
            self._physical[row + sku] += brought
            self._book[row + sku] += brought

    def refill(self, location: int, capacity: np.ndarray) -> None:
        """Back room → shelf, up to `capacity` int64[n_skus]; a shelf above it keeps what it has."""
        shelf = self.shelf[location]
        np.maximum(shelf, np.minimum(self.physical[location], capacity), out=shelf)

    def owe(self, location: int, sku: int, units: int) -> None:
        """Promise units to a customer who found none."""
        self.owed[location, sku] += units

    def settle(self, location: int) -> np.ndarray:
        """On hand → customers who were promised units, as far as it goes; returns the units handed over, int64[n_skus]."""
        units = np.minimum(self.owed[location], self.physical[location])
        if units.any():
            self.owed[location] -= units
            self._remove(location, units)
            self.book[location] -= units
            self.sold[location] += units
        return units

    # Between locations, and from suppliers

    def position(self, locations: np.ndarray) -> np.ndarray:
        """int64[k, n_skus]: what may still be promised, and what is on order."""
        return self._stock.position(locations)

    def order(
        self, locations: np.ndarray, wanted: np.ndarray, pack: np.ndarray, carried: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Put on order what is wanted, rounded up to whole packs int64[n_skus], of what is carried, bool[n_locations, n_skus].

        Returns (what was ordered int64[k, n_skus], its lines, its units int64[k]).
        """
        return self._stock.order(locations, np.ascontiguousarray(wanted), pack, carried)

    def expect(self, location: int, units: np.ndarray) -> None:
        """Goods will be sent that nobody ordered: they are on order too."""
        self.on_order[location] += units

    def give_up(self, locations: int | slice | np.ndarray, units: np.ndarray) -> None:
        """Nobody will send these: they are on order no more. A location and its row, or k of them."""
        self.on_order[locations] -= units

    def dispatch(self, origin: int, destinations: np.ndarray, units: np.ndarray) -> np.ndarray:
        """On hand at `origin` → in transit, one destination after the other; moves what there is, and `units` become what was moved.

        What is missing is on order no more. A picker who finds too little has counted the SKU: the book is put right. Returns the units moved
        to each, int64[k].
        """
        return self._stock.dispatch(origin, destinations, units)

    def arrive(self, destinations: np.ndarray, units: np.ndarray) -> np.ndarray:
        """In transit and on order → on hand; returns the units of each, int64[k]."""
        return self._stock.arrive(destinations, units)

    def receive(self, locations: np.ndarray, units: np.ndarray, ordered: np.ndarray) -> np.ndarray:
        """A supplier's deliveries → on hand; they are all that will come of what was `ordered`. Returns the units of each, int64[k]."""
        return self._stock.receive(locations, units, ordered)

    def census(self, carried: np.ndarray, unit_cost: np.ndarray) -> np.ndarray:
        """On hand in units and at cost, SKUs carried of which there is none, Σ|book − on hand|, SKUs carried whose book is wrong:
        float64[5, n_locations]."""
        return self._stock.census(carried, unit_cost)

    # Promises to online orders, and to stores while their goods are picked

    def reserve(self, location: int, sku: np.ndarray | slice, units: np.ndarray) -> None:
        """Promise units of the book, of distinct SKUs (numbers) or of `ALL`."""
        self.reserved[location, sku] += units

    def release(self, location: int, sku: np.ndarray | slice, units: np.ndarray) -> None:
        """Take a promise back."""
        left = self.reserved[location, sku] - units
        if (left < 0).any():
            raise ValueError(f"release of more units at location {location} than are reserved")
        self.reserved[location, sku] = left

    def reserve_lines(self, location: np.ndarray, sku: np.ndarray, units: np.ndarray) -> None:
        """Promise units of the book to lines of orders, int64[n] each; several may ask for the same."""
        np.add.at(self.reserved.reshape(-1), location * self.n_skus + sku, units)

    def pick_lines(self, location: np.ndarray | int, sku: np.ndarray, units: np.ndarray) -> np.ndarray:
        """On hand → customers, for lines that units are reserved for, int64[n]; moves what there is, first come, first served, and returns it.

        A picker who finds too little has counted the SKU: the book is put right.
        """
        cell = location * self.n_skus + sku
        reserved, physical, shelf, book, sold = (
            array.reshape(-1) for array in (self.reserved, self.physical, self.shelf, self.book, self.sold)
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
            self.count(*np.divmod(np.unique(cell[lacking]), self.n_skus))
        return got

    # Accuracy

    def sync(self, location: int) -> None:
        """The book hears of the sales made at the tills."""
        unsynced = self.unsynced[location]
        self.book[location] -= unsynced
        unsynced[:] = 0

    def shrink(self, location: np.ndarray, sku: np.ndarray) -> np.ndarray:
        """On hand → gone, unseen by the book: one unit for each pair of the two arrays, as far as it goes. Returns int64[n_locations]."""
        at, units = np.unique(location * self.n_skus + sku, return_counts=True)
        physical, shelf = self.physical.reshape(-1), self.shelf.reshape(-1)
        gone = np.minimum(units, physical[at])
        physical[at] -= gone
        shelf[at] = np.minimum(shelf[at], physical[at])
        self.shrunk.reshape(-1)[at] += gone
        return np.bincount(at // self.n_skus, gone, self.n_locations).astype(np.int64)

    def write_off(self, location: int, units: np.ndarray) -> np.ndarray:
        """On hand → gone, as the book knows; moves what there is and returns it, int64[n_skus]."""
        gone = np.minimum(units, self.physical[location])
        self._remove(location, gone)
        self.book[location] -= gone
        self.written_off[location] += gone
        return gone

    def misscan(self, location: np.ndarray, sku: np.ndarray, booked_as: np.ndarray) -> None:
        """A unit sold of `sku` was booked as one of another: the book is wrong twice. Three arrays of one length."""
        np.add.at(self.book, (location, sku), 1)
        np.subtract.at(self.book, (location, booked_as), 1)

    def count(self, location: int | np.ndarray, sku: np.ndarray | slice = ALL) -> int:
        """Put the book right, for some SKUs (numbers, or bool[n_skus]) or all; returns Σ|gap| found.

        Units in baskets, and sold but unsynced, are still to be booked, so a right book holds them too.
        """
        at = (location, sku)
        gap = self.physical[at] + self.in_baskets[at] + self.unsynced[at] - self.book[at]
        self.book[at] += gap
        return int(np.abs(gap).sum())

    def _remove(self, location: int, units: np.ndarray) -> None:
        """Take units off a location's stock, from the back room first."""
        physical, shelf = self.physical[location], self.shelf[location]
        if (units > physical).any():
            raise ValueError(f"more units leave location {location} than are there")
        physical -= units
        np.minimum(shelf, physical, out=shelf)

    def check(self) -> None:
        """Raise AssertionError where the balance is broken.

        For each SKU: opening + received + returned = sold + shrunk + written off + on hand + in baskets + in transit. No shelf holds more
        than its location has, and nothing but the book is negative.
        """
        came = (self.opening + self.received + self.returned).sum(axis=0)
        went = (self.sold + self.shrunk + self.written_off + self.physical + self.in_baskets + self.in_transit).sum(
            axis=0
        )
        if (came != went).any():
            sku = int(np.argmax(came != went))
            raise AssertionError(f"SKU {sku}: {came[sku]} units came, {went[sku]} are accounted for")
        for name in ("physical", "shelf", "in_baskets", "in_transit", "unsynced", "reserved", "owed", "shrunk"):
            array = getattr(self, name)
            if array.min(initial=0) < 0:
                raise AssertionError(
                    f"{name} is negative at location, SKU {np.unravel_index(array.argmin(), array.shape)}"
                )
        if (self.shelf > self.physical).any():
            raise AssertionError("a shelf holds more than its location")
