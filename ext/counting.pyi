"""What a store-day amounts to, hour by hour: one pass over its customers and their baskets."""

from numpy import float64, int8, int16, int32, int64, uint8
from numpy.typing import NDArray

COUNTERS: tuple[str, ...]
"""Rows of what `store_day` returns."""

def store_day(
    midnight_s: float,
    last_s: float,
    *,
    arrival_s: NDArray[float64],
    line_start: NDArray[int64],
    line_sku: NDArray[int32],
    line_units: NDArray[int32],
    fate: NDArray[int8],
    joined_s: NDArray[float64],
    started_s: NDArray[float64],
    ended_s: NDArray[float64],
    till: NDArray[int16],
    system_s: NDArray[float64],
    attribute_s: NDArray[float64],
    offline: NDArray[uint8],
    got: NDArray[int32],
    substitute_sku: NDArray[int32],
    substituted: NDArray[int32],
    price: NDArray[float64],
    tills: int,
    wait_target_s: float,
    backordered: bool,
) -> NDArray[float64]:
    """Counters of one store-day, float64[COUNTERS, 24], of n customers and their basket lines.

    A sale counts when the ticket ends, a loss when the customer leaves, who has left at `last_s` at the latest; an arrival and what it
    wants when it comes; a wait when it ends. Instants are seconds, NaN where there was none. `fate`: 0 paid, 1 abandoned, 2 turned away,
    3 could not pay, 4 left with nothing. Positions below `tills` are tills. With `backordered`, what a ticket lacks is promised, else lost.
    """
