"""Rationing of a location's stock among stores whose requests exceed it."""

from typing import Literal

from numpy import float64, int64, uint8
from numpy.typing import NDArray

Rule = Literal["cover", "pro_rata", "unit_by_unit"]
RULES: tuple[Rule, ...]

def ration(
    available: NDArray[int64],
    requested: NDArray[int64],
    *,
    rule: Rule = "cover",
    on_hand: NDArray[int64] | None = None,
    daily_demand: NDArray[float64] | None = None,
    tier: NDArray[uint8] | None = None,
    pack: NDArray[int64] | None = None,
    minimum_display: NDArray[int64] | None = None,
) -> NDArray[int64]:
    """Share available[sku] units among the stores that request them; returns int64[sku, store], units."""
