"""Whole rows of the stock ledger, of many locations at a time."""

from numpy import bool_, float64, int64
from numpy.typing import NDArray

ROWS: tuple[str, ...]
"""The arrays of a `Stock`, by name."""

CAUSES: tuple[str, ...]
"""Why a shelf is empty, in the order in which an audit looks for it."""

def valued(units: NDArray[int64], worth: NDArray[float64]) -> NDArray[float64]:
    """Σ units × worth of each row: float64[k], of units int64[k, n] and worth float64[n]."""

class Stock:
    """The ledger's arrays, int64[n_locations, n_skus], changed in place; locations are int64[k], units int64[k, n_skus]."""

    def __init__(
        self,
        *,
        physical: NDArray[int64],
        shelf: NDArray[int64],
        book: NDArray[int64],
        reserved: NDArray[int64],
        owed: NDArray[int64],
        on_order: NDArray[int64],
        in_transit: NDArray[int64],
        in_baskets: NDArray[int64],
        unsynced: NDArray[int64],
        received: NDArray[int64],
    ) -> None: ...
    def position(self, locations: NDArray[int64]) -> NDArray[int64]:
        """int64[k, n_skus]: book − reserved − owed + on order."""

    def order(
        self, locations: NDArray[int64], wanted: NDArray[int64], pack: NDArray[int64], carried: NDArray[bool_]
    ) -> tuple[NDArray[int64], NDArray[int64], NDArray[int64]]:
        """Put `wanted`, in whole packs, on order where it is carried; (ordered, lines, units)."""

    def dispatch(self, origin: int, destinations: NDArray[int64], units: NDArray[int64]) -> NDArray[int64]:
        """On hand at the origin → in transit, as far as it goes; `units` become what was moved; the units of each."""

    def arrive(self, destinations: NDArray[int64], units: NDArray[int64]) -> NDArray[int64]:
        """In transit and on order → on hand; the units of each."""

    def receive(self, locations: NDArray[int64], units: NDArray[int64], ordered: NDArray[int64]) -> NDArray[int64]:
        """A supplier's deliveries → on hand; the units of each."""

    def census(self, carried: NDArray[bool_], unit_cost: NDArray[float64]) -> NDArray[float64]:
        """On hand in units and at cost, SKUs sold out, |book − on hand|, SKUs whose book is wrong: float64[5, n_locations]."""
    def audit(self, looked_at: NDArray[bool_], source: NDArray[int64]) -> NDArray[int64]:
        """SKUs looked at, and those with an empty shelf by cause: int64[5, n_stores], in the order of `CAUSES`."""
