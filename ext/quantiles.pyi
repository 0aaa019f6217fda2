"""Quantiles: of the normal law, and of any law that is laid down as polynomials."""

from numpy import float64
from numpy.typing import NDArray

def normal(u: NDArray[float64]) -> NDArray[float64]:
    """Standard normal quantiles of uniforms of any shape, by AS 241 (Wichura 1988); −inf at 0, inf at 1."""

def interpolated(u: NDArray[float64], table: NDArray[float64]) -> NDArray[float64]:
    """Quantiles at uniforms, float64[n], by polynomials in the tail t = min(u, 1 − u), held between 2⁻⁴⁰ and ½.

    table: float64[2, 312, 8], below and above ½: of each eighth of an octave of t, from 2⁻⁴⁰ on, coefficients of the powers of (t − its middle) ∕
    2^octave. Raises ValueError for a table of another shape. After Hörmann and Leydold (2003), ACM TOMACS 13.
    """

def durations(u: NDArray[float64], table: NDArray[float64]) -> NDArray[float64]:
    """The same as seconds: none below 0, rounded to 2⁻²⁰ s."""
