"""Lifts of waves as weighted sums of outcomes, fast enough to be made again for thousands of assignments of go-lives to stores.

The effect of a wave in a period is that of Callaway and Sant'Anna (2021, Journal of Econometrics 225, 200-230), ATT(g, t) with stores not yet live
as controls, in two respects of one's own: the base is the mean of the periods before the go-live in place of the last one, and of the
stores not yet live each store of the wave has its `CONTROLS` nearest ones (`matching`), with replacement:

    ATT(g, t) = mean over i in g of [Y(i, t) − Y(i, base) − mean over its controls j of (Y(j, t) − Y(j, base))]

With one period before the go-live and all stores not yet live as controls it is theirs. `library` has the same numbers from diff-diff.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sim.planning.pilots.matching import nearest

CONTROLS = 5
"""Of each store that went live; fewer where fewer are not yet live."""
BASE_PERIODS = 12
"""Before a go-live, at most: the same season, and noise that averages out."""
LEAST_BASE = 2
LEAST_CONTROLS = 2
_BLOCK = 4_000_000
"""Cells of an array that is made at once."""


@dataclass(frozen=True)
class Cell:
    """A wave over periods in which the same stores are not yet live."""

    live: int
    """Period of its go-live."""
    first: int
    until: int
    """Periods `first` to `until` − 1."""
    stores: int
    controls: int
    """Of each of its stores."""

    @property
    def base(self) -> int:
        """First period of its base, which ends before `live`."""
        return max(0, self.live - BASE_PERIODS)


@dataclass(frozen=True)
class Term:
    """Part of a statistic: weights of periods, float64[periods], which sum to 0, for the stores of a cell and their controls."""

    cell: Cell
    periods: np.ndarray


Statistic = Sequence[Term]


def cells_of(live: np.ndarray, periods: int) -> list[Cell]:
    """The cells of all waves that can be estimated: with `LEAST_BASE` periods before, and while `LEAST_CONTROLS` stores are not yet live.

    Args:
        live: period of the go-live of each store, int64[stores]; `periods` where it is not within them.
        periods: their number.
    """
    starts = sorted({int(each) for each in live if each < periods})
    found = []
    for n, start in enumerate(starts):
        if start < LEAST_BASE:
            continue
        ends = [*starts[n + 1 :], periods]
        for first, until in zip([start, *starts[n + 1 :]], ends, strict=True):
            waiting = int((live >= until).sum())
            if waiting >= LEAST_CONTROLS:
                found.append(Cell(start, first, until, int((live == start).sum()), min(CONTROLS, waiting)))
    return found


def mean_lift(cells: Sequence[Cell], periods: int) -> Statistic:
    """The mean effect over all periods of cells, each weighed by its stores."""
    size = sum(cell.stores * (cell.until - cell.first) for cell in cells)
    terms = []
    for cell in cells:
        weights = _base(cell, periods) * (cell.until - cell.first)
        weights[cell.first : cell.until] += 1
        terms.append(Term(cell, weights * cell.stores / size))
    return terms


def lift_at(cells: Sequence[Cell], after: int, periods: int) -> Statistic:
    """The effect so many periods after the go-live (before it, where negative: with the controls of the first period), over the waves that have it.

    Empty where none has it.
    """
    at = []
    for cell in cells:
        period = cell.live + after
        before = after < 0 and cell.first == cell.live and period >= cell.base
        if before or cell.first <= period < cell.until:
            at.append((cell, period))
    size = sum(cell.stores for cell, _ in at)
    terms = []
    for cell, period in at:
        weights = _base(cell, periods)
        weights[period] += 1
        terms.append(Term(cell, weights * cell.stores / size))
    return terms


def trend_before(cells: Sequence[Cell], periods: int) -> Statistic:
    """The slope a period of a least-squares line through the differences to the controls before the go-live, over waves."""
    first = [cell for cell in cells if cell.first == cell.live]
    size = sum(cell.stores for cell in first)
    terms = []
    for cell in first:
        at = np.arange(cell.base, cell.live)
        centred = at - at.mean()
        weights = np.zeros(periods)
        weights[at] = centred / (centred @ centred) * cell.stores / size
        terms.append(Term(cell, weights))
    return terms


def lift_before(cells: Sequence[Cell], periods: int) -> Statistic:
    """The effect of a go-live that was not: the later half of the periods before each wave against the earlier half."""
    first = [cell for cell in cells if cell.first == cell.live]
    size = sum(cell.stores for cell in first)
    terms = []
    for cell in first:
        middle = cell.live - (cell.live - cell.base) // 2
        weights = np.zeros(periods)
        weights[cell.base : middle] = -1 / (middle - cell.base)
        weights[middle : cell.live] = 1 / (cell.live - middle)
        terms.append(Term(cell, weights * cell.stores / size))
    return terms


def _base(cell: Cell, periods: int) -> np.ndarray:
    weights = np.zeros(periods)
    weights[cell.base : cell.live] = -1 / (cell.live - cell.base)
    return weights


class Assignments:
    """Go-lives assigned to stores in many ways, the observed one first, under the same timetable: as many stores in each wave."""

    def __init__(self, near: np.ndarray, live: np.ndarray):
        """near: `nearest` of the stores, int64[stores, stores − 1]. live: period of each store's go-live, int64[assignments, stores]."""
        self._near, self.live = near, live
        self._weights: dict[Cell, np.ndarray] = {}

    def of(self, statistic: Statistic, values: np.ndarray) -> np.ndarray:
        """A statistic of outcomes, float64[stores, periods], under each assignment: float64[assignments]."""
        return sum((self.weights(term.cell) @ (values @ term.periods) for term in statistic), np.zeros(len(self.live)))

    def of_effect(self, statistic: Statistic, live: np.ndarray) -> np.ndarray:
        """A statistic of an effect of 1 from the go-lives of another assignment on, int64[others, stores]: float64[assignments, others]."""
        found = np.zeros((len(self.live), len(live)))
        for term in statistic:
            later = np.append(np.cumsum(term.periods[::-1])[::-1], 0.0)
            found += self.weights(term.cell) @ later[live].T
        return found

    def weights(self, cell: Cell) -> np.ndarray:
        """Weight of each store in a cell: 1 / stores for one of the wave, less its part among the controls; float64[assignments, stores]."""
        if cell not in self._weights:
            self._weights[cell] = self._contrast(cell)
        return self._weights[cell]

    def _contrast(self, cell: Cell) -> np.ndarray:
        many, stores = self.live.shape
        found = np.zeros((many, stores))
        block = max(1, _BLOCK // (cell.stores * stores))
        for start in range(0, many, block):
            live = self.live[start : start + block]
            of_wave = live == cell.live
            row, treated = np.nonzero(of_wave)
            order = self._near[treated]
            waiting = (live >= cell.until)[row[:, None], order]
            chosen = waiting & (np.cumsum(waiting, axis=1) <= cell.controls)
            flat = (row[:, None] * stores + order)[chosen]
            times = np.bincount(flat, minlength=len(live) * stores).reshape(len(live), stores)
            found[start : start + block] = of_wave / cell.stores - times / (cell.stores * cell.controls)
        return found


@dataclass(frozen=True)
class Rollout:
    """Outcomes of stores that go live in waves.

    values: float64[stores, periods]; live: int64[stores], the number of periods for one that does not.
    """

    values: np.ndarray
    live: np.ndarray

    @property
    def periods(self) -> int:
        """Their number."""
        return int(self.values.shape[1])

    @cached_property
    def cells(self) -> list[Cell]:
        """Of all its waves."""
        return cells_of(self.live, self.periods)

    @cached_property
    def near(self) -> np.ndarray:
        """`nearest` by the periods before the first go-live."""
        first = int(self.live.min())
        return nearest(self.values[:, max(0, first - BASE_PERIODS) : first])
