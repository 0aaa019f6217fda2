"""Day sheets filled from counters: no Python object a customer, no state, no GIL."""

from numpy import float64, int32, int64
from numpy.typing import NDArray

def uniforms(key: int, use: int, n: int) -> NDArray[float64]:
    """`streams.counter_uniform(key, use, i)` for i = 0 … n − 1."""

def values(key: int, use: int, n: int, table: NDArray[float64]) -> NDArray[float64]:
    """A distribution's quantiles at `uniforms`, by polynomials in the tail t = min(u, 1 − u), or 2⁻⁴⁰ where that is less.

    table: float64[2, 312, 8], for u below and above ½: of each eighth of an octave of t, from 2⁻⁴⁰ on, coefficients of the powers of (t − its
    middle) ∕ 2^octave. Raises ValueError for a table of another shape.
    """

def durations(key: int, use: int, n: int, table: NDArray[float64]) -> NDArray[float64]:
    """`values` as seconds: none below 0, rounded to 2⁻²⁰ s."""

def chosen(key: int, use: int, n: int, share: float) -> tuple[NDArray[int64], NDArray[float64]]:
    """Which of `uniforms` are below a share, and these over the share: uniforms again."""

def arrivals(
    key: int, use: int, gaps: NDArray[float64], edges: NDArray[float64], mean: NDArray[float64], t: float
) -> NDArray[float64]:
    """Instants of a renewal process, sorted, rounded to 2⁻²⁰ s, in [edges[0], edges[-1]).

    edges: float64[k + 1] s, rising; mean: float64[k], expected arrivals in each piece, spread evenly over it. Gaps of a unit-rate process,
    `values` of the table `gaps`, the first of them from `t` on, are taken through the inverse of the cumulative rate. Raises ValueError where
    edges and mean do not fit.
    """

def steps(key: int, use: int, n: int, guide: NDArray[int32], ends: NDArray[int64]) -> NDArray[int32]:
    """Inverse of a step function at `uniforms`: for each the first i with u < ends[i] ∕ 2⁵².

    ends: int64[n], rising to 2⁵². guide: int32[cells], that i at 0, 1/cells, …, where the search begins: the guide table of Chen and Asau (1974).
    Raises ValueError where the cells are no power of two.
    """

def baskets(
    key: int,
    use: int,
    line_start: NDArray[int64],
    chosen: NDArray[int64] | None,
    guide: NDArray[int32],
    ends: NDArray[int64],
    weight: NDArray[float64],
    sku: NDArray[int32],
    sku_of: NDArray[int32] | None,
) -> None:
    """Fill the `chosen` baskets of `sku`, int32[lines], or all, with SKUs distinct within each basket.

    Basket b has lines line_start[b] to line_start[b + 1], no more than there are SKUs with weight. A line takes the SKU of its uniform,
    `streams.counter_uniform(key, use, line)` (`steps`), or `sku_of[step]`; while the basket holds that already, the one of
    `counter_uniform(key, use, line, attempt)`: successive sampling, by weight and without replacement. After 24 attempts it draws among the
    others alone. Raises ValueError where the guide's cells are no power of two.
    """

def companions(
    key: int,
    use: int,
    line_start: NDArray[int64],
    chosen: NDArray[int64],
    rank: NDArray[int32],
    first_pair: NDArray[int64],
    companion: NDArray[int32],
    chance: NDArray[float64],
    sku: NDArray[int32],
) -> None:
    """Put companions into the `chosen` baskets of `sku`, int32[lines], each in place of a line whose SKU stands in no pair.

    rank: int32[skus], place of a SKU among those of pairs, −1 for others; pairs first_pair[r] to first_pair[r + 1] belong to rank r. Of a basket
    the ranks come in rising order, those that are put in too. Where `companion[pair]` is not in the basket it comes in with `chance[pair]`, if
    `counter_uniform(key, use, basket, pair)` is below it, in place of the line of number ⌊free × counter_uniform(key, use, basket, pair, 0)⌋ of
    the `free` lines whose SKUs have no rank; without any such line it does not.
    """
