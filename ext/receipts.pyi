"""The goods of tickets: units of the SKUs demanded, and of their substitutes."""

from numpy import int32, int64
from numpy.typing import NDArray

def bought(
    customer: NDArray[int64],
    line_start: NDArray[int64],
    line_sku: NDArray[int32],
    got: NDArray[int32],
    substitute_sku: NDArray[int32],
    substituted: NDArray[int32],
) -> tuple[NDArray[int64], NDArray[int32], NDArray[int64]]:
    """The lines of the tickets of k customers in compressed rows: int64[k + 1], SKUs int32 that are distinct within a ticket, units int64.

    Customers are numbers into the rows line_start int64[n + 1] of m lines, int32[m] each: line_sku wanted, units got of it, substitute_sku taken in
    its place and units of that (substituted).
    """
