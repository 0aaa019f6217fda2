"""Baskets and the shelf they are filled from: what customers take, put back and buy, on one store's rows of the stock ledger."""

from numpy import int32, int64, uint8
from numpy.typing import NDArray

class Shelf:
    """One store's rows of the ledger, int64[n_skus] each, which customers change in place."""

    def __init__(
        self,
        shelf: NDArray[int64],
        physical: NDArray[int64],
        in_baskets: NDArray[int64],
        sold: NDArray[int64],
        unsynced: NDArray[int64],
        owed: NDArray[int64],
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
    ) -> None:
        """Begin a day of n customers and m basket lines."""
