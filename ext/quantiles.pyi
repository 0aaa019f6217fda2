"""The normal distribution's quantile."""

from numpy import float64
from numpy.typing import ArrayLike, NDArray

def normal(u: ArrayLike) -> NDArray[float64]:
    """Standard normal quantiles of uniforms of any shape, by AS 241 (Wichura 1988); −inf at 0, inf at 1."""
