"""The reserve of a store's tills: which of them staff could open, which they have open, and the openings to come (docs/trading.md, 2)."""

from numpy import float64
from numpy.typing import NDArray

class Reserve:
    """One store's reserve. `Trading` decides by the length of the lines when it opens and closes a till."""

    open_s: NDArray[float64]
    """float64[24], of each hour of the day: seconds in which its tills were open, summed over them."""

    def __init__(self, *, tills: int, open_above: float, close_at: float, opens_s: float) -> None: ...
    def begin(self, midnight_s: float) -> None:
        """A new day, whose `open_s` is made anew."""

    def hold(self, factors: NDArray[float64]) -> None:
        """The reserve of the regime that comes next: float64[tills], the factor of each till in it, 0 elsewhere."""
