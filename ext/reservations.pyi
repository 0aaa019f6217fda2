"""The life of a promise: units are reserved, then committed, released or expired; and what may still be promised."""

from numpy import float64, int32, int64
from numpy.typing import NDArray

class Reservations:
    """Promises over stock and reserved, both int64[location, sku] and changed in place."""

    def __init__(self, stock: NDArray[int64], reserved: NDArray[int64]) -> None: ...
    def __len__(self) -> int: ...
    def reserve_line(self, location: int, sku: int, quantity: int, expires_s: float = ...) -> int:
        """The number of the new reservation, or -1 if fewer than `quantity` units are unreserved."""

    def reserve(
        self,
        location: NDArray[int32],
        sku: NDArray[int32],
        quantity: NDArray[int32],
        expires_s: NDArray[float64] | None = None,
    ) -> NDArray[int64]:
        """The numbers of the new reservations, line by line, -1 where fewer units are unreserved."""

    def commit(self, numbers: NDArray[int64]) -> None:
        """Ship the units of these reservations: off stock and off reserved."""

    def release(self, numbers: NDArray[int64]) -> None:
        """Give the units of these reservations back."""

    def expire(self, now_s: float) -> NDArray[int64]:
        """The reservations that end at or before now_s, their units given back; in order of number."""

def available_to_promise(
    stock: NDArray[int64],
    reserved: NDArray[int64],
    receipts: NDArray[int64],
    committed: NDArray[int64] | None = None,
) -> NDArray[int64]:
    """int64[period, location, sku]: units that may still be promised for a period without breaking a later promise."""

def earliest_period(promisable: NDArray[int64], location: int, sku: int, quantity: int) -> int:
    """The first period in which `quantity` units may be promised, -1 if in none."""
