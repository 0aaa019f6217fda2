"""Response times of the software in tickets, at the load of the 5-minute cell (docs/trading.md, 8)."""

from numpy import float64, int32
from numpy.typing import NDArray

class Answers:
    """Response times and failures of the J journeys of every ticket of a day, by 5-minute cell of the day."""

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
        """Set the response times of a day of n customers. Raises ValueError where a level is no row of latency_s."""
