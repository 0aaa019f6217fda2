"""A store's customers on one day: a small event calendar over plain arrays, by the rules of docs/trading.md (sections in brackets)."""

from numpy import float64, int8, int16, int32, uint8
from numpy.typing import NDArray

from ext.shelf import Shelf

class Trading:
    """One store's tills, lines and customers. Positions are numbered: first the tills, then the self-checkouts."""

    def __init__(
        self,
        shelf: Shelf,
        *,
        tills: int,
        self_checkouts: int,
        line_per_till: bool,
        line_limit: int,
        self_checkout_lines: int,
        attribute_entry: bool,
        backups: NDArray[int32],
        cash: int,
    ) -> None: ...
    def open(
        self,
        midnight_s: float,
        *,
        arrival_s: NDArray[float64],
        shopping_s: NDArray[float64],
        patience_s: NDArray[float64],
        fixed_s: NDArray[float64],
        item_s: NDArray[float64],
        attribute_s: NDArray[float64],
        channel: NDArray[int8],
        pay_s: NDArray[float64],
        has_cash: NDArray[uint8],
        self_checkout_u: NDArray[float64],
        cell_s: float,
        retry_s: float,
        latency_s: NDArray[float64],
        retry_u: NDArray[float64],
        level: NDArray[int32],
        weight: NDArray[float64],
        failing: NDArray[float64],
        fate: NDArray[int8],
        joined_s: NDArray[float64],
        started_s: NDArray[float64],
        ended_s: NDArray[float64],
        till: NDArray[int16],
        paid_by: NDArray[int8],
        system_s: NDArray[float64],
        entry_s: NDArray[float64],
        offline: NDArray[uint8],
    ) -> None:
        """Begin the day of n customers, whose baskets are laid out on the shelf."""

    def advance(self, now_s: float) -> None:
        """Play everything before an instant; it becomes the present. Holds no GIL."""

    def change(
        self,
        doors: bool,
        working: bool,
        online: bool,
        channels: NDArray[uint8],
        factors: NDArray[float64],
        broken: NDArray[uint8],
    ) -> None:
        """A new regime, at the present."""

    def close(self) -> None:
        """Send out whoever is still inside, with nothing."""
