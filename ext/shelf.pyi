"""A store's shelf: what customers take, put back and buy, and what is put on it, on one store's rows of the stock ledger."""

from numpy import float64, int32, int64, uint8
from numpy.typing import NDArray

class Shelf:
    """One store's rows of the ledger, int64[n_skus] each, which are changed in place."""

    def __init__(
        self,
        shelf: NDArray[int64],
        physical: NDArray[int64],
        in_baskets: NDArray[int64],
        sold: NDArray[int64],
        unsynced: NDArray[int64],
        owed: NDArray[int64],
        returned: NDArray[int64],
        book: NDArray[int64],
        next_in_group: NDArray[int32],
    ) -> None: ...
    def lay_out(
        self,
        line_start: NDArray[int64],
        line_sku: NDArray[int32],
        line_units: NDArray[int32],
        swaps: NDArray[uint8] | None,
        backorders: bool,
        got: NDArray[int32],
        substitute_sku: NDArray[int32],
        substituted: NDArray[int32],
        line_redo_s: NDArray[float64] | None = None,
    ) -> None:
        """Begin a day of n customers and m basket lines."""
    def stock_up(
        self,
        refill_s: NDArray[float64],
        capacity: NDArray[int64],
        handed_over: NDArray[int64],
        lines_per_round: int | None = None,
        fill_at: NDArray[int64] | None = None,
        found: NDArray[uint8] | None = None,
    ) -> None:
        """When the day's refills are, and up to what."""

    def expect(self, due_s: NDArray[float64], sku: NDArray[int32], units: NDArray[int64]) -> None:
        """Returned order lines, put into the back room each at its instant."""
