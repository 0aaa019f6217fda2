"""Moving stock sideways: from locations that have too much of a SKU to those that have too little."""

from typing import NamedTuple

from numpy import float64, int32, int64
from numpy.typing import NDArray

class Moves(NamedTuple):
    """Transfers by SKU, source and target; quantity in units; saving net of cost."""

    source: NDArray[int32]
    target: NDArray[int32]
    sku: NDArray[int32]
    quantity: NDArray[int64]
    saving: NDArray[float64]

def imbalance(
    position: NDArray[int64],
    daily_demand: NDArray[float64],
    *,
    low_days: float,
    target_days: float,
    high_days: float,
) -> tuple[NDArray[int64], NDArray[int64]]:
    """(surplus, deficit), int64[location, sku] units: the rule for rebalancing live."""

def transfers(
    surplus: NDArray[int64],
    deficit: NDArray[int64],
    unit_cost: NDArray[float64],
    unit_saving: NDArray[float64],
    *,
    minimum_units: int = 1,
    minimum_saving: float = 0.0,
) -> Moves:
    """Moves that bring the largest total saving net of cost, SKU by SKU, exactly."""
