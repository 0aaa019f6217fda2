"""What a store-day amounts to, hour by hour: one pass over its customers and their baskets."""

from numpy import float64, int32, int64, uint8, void
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
    visits: NDArray[void],
    got: NDArray[int32],
    substitute_sku: NDArray[int32],
    substituted: NDArray[int32],
    price: NDArray[float64],
    since_s: NDArray[float64],
    staffed: NDArray[int32],
    doors: NDArray[uint8],
    working: NDArray[uint8],
    online: NDArray[uint8],
    opens_s: float,
    closes_s: float,
    tills: int,
    wait_target_s: float,
    swaps: bool,
    backordered: bool,
) -> NDArray[float64]:
    """Counters of one store-day, float64[COUNTERS, 24], of n customers and their basket lines.

    A sale counts when the ticket ends, a loss when the customer leaves, at `last_s` at the latest; an arrival and its
    demand on arrival; a wait when it ends. `visits` are rows of `sim.chain.store.engine.VISIT`. Positions below `tills` are tills. Regimes
    hold from since_s on, which begins at midnight: tills count as open until doors close or, if later, until the last customer leaves.
    Without `swaps` no customer accepts a substitute. With `backordered`, what a ticket lacks is promised, else lost.
    Units lost have one cause each (docs/trading.md, 13): the timetable, opens_s and closes_s after midnight, separates closing from a power cut.
    """
