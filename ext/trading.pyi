"""A store's customers on one day: a small event calendar over plain arrays, by the rules of docs/trading.md (sections in brackets)."""

from numpy import float64, int8, int32, uint8, void
from numpy.typing import NDArray

from ext.answers import Answers
from ext.reserve import Reserve
from ext.shelf import Shelf

class Trading:
    """One store's tills, queues and customers. Positions are numbered: first the tills, then the self-checkouts."""

    def __init__(
        self,
        shelf: Shelf,
        answers: Answers,
        *,
        tills: int,
        self_checkouts: int,
        line_per_till: bool,
        line_limit: int,
        self_checkout_lines: int,
        attribute_entry: bool,
        backups: NDArray[int32],
        cash: int,
        reserve: Reserve | None = None,
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
        priority: NDArray[uint8] | None = None,
        visits: NDArray[void],
    ) -> None:
        """Begin the day of n customers, whose baskets are in `shelf` and whose response times are in `answers`."""

    def advance(self, now_s: float) -> None:
        """Play everything before an instant, refills of the shelf included; it becomes the present. Holds no GIL."""

    def restock(self) -> None:
        """What comes back at the present, and the refill that is due at it."""

    def change(
        self,
        doors: bool,
        working: bool,
        online: bool,
        channels: NDArray[uint8],
        factors: NDArray[float64],
        broken: NDArray[uint8],
        *,
        clerk_factor: float = 1.0,
        falls_back: bool = True,
    ) -> None:
        """A new regime, at the present."""

    def close(self) -> None:
        """Customers still inside abandon, without goods."""
