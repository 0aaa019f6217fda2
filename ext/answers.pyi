"""How long tickets wait for the software, at the load of the hour (docs/trading.md, 8)."""

from numpy import float64, int32
from numpy.typing import NDArray

class Answers:
    """The system's answers to J journeys of every ticket of a day, in cells of it."""

    def load_day(
        self,
        midnight_s: float,
        cell_s: float,
        retry_s: float,
        latency_s: NDArray[float64],
        retry_u: NDArray[float64],
        level: NDArray[int32],
        weight: NDArray[float64],
        failing: NDArray[float64],
    ) -> None:
        """Begin the day of n customers. Raises ValueError where a level leads nowhere."""
