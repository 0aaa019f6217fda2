"""Instants put in order: in linear time where they are spread over a day, as sorting them by comparison is not."""

from numpy import float64, int32
from numpy.typing import NDArray

def in_order(instants: NDArray[float64]) -> NDArray[int32]:
    """The numbers of n instants by instant, those of one instant by number: int32[n], as by a stable argsort."""
