"""What a go-live changed, wave by wave: lifts with matched controls, their intervals, the differences before, and what could not be seen.

The estimates are those of `library`; the tests over assignments are those of `estimator`, which has the same numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np

from sim.planning.pilots import library, wording
from sim.planning.pilots.estimator import (
    BASE_PERIODS,
    LEAST_BASE,
    Assignments,
    Cell,
    Rollout,
    Statistic,
    lift_at,
    lift_before,
    mean_lift,
    trend_before,
)
from sim.planning.pilots.golive import GoLives, go_lives
from sim.planning.pilots.outcomes import Outcome
from sim.planning.pilots.randomisation import CONFIDENCE, assigned, inference, least_lift
from sim.planning.pilots.tables import read_history
from sim.planning.pilots.weeks import History, Panel, panel, weekday_of
from sim.records.decisions.pilots import DECISION, EventLine, LiftLine, OutcomeLift, PilotAnalysis, Placebo, State
from sim.records.refusal import Refusal
from sim.streams import stream

Progress = Callable[[float, float], None]
_WEEK = timedelta(days=7)
ASSIGNMENTS = 2_000
"""Drawn for a test, the observed one among them."""
_LEVELS = 101
_POWER_ASSIGNMENTS = 400
"""In which a least lift is looked for."""


def analyse(
    data: Path,
    go_live: Path | None = None,
    outcomes: Sequence[str] = (),
    asked: float = 0.03,
    seed: int = 1,
    dates: str = "",
    progress: Progress = lambda done, total: None,
) -> PilotAnalysis:
    """Analyse the go-lives of stores.

    Args:
        data: a table with a row a store and day or week, or the folder of a run.
        go_live: a table of stores and dates, or a plan (YAML) with waves; without it the table's own column.
        outcomes: names or headings, the first of which is judged; all that are found without them.
        asked: the lift that matters, a share; negative for a fall.
        seed: of the assignments that are drawn.
        dates: order of day and month in texts: dmy, mdy or ymd; by the rows without it.
        progress: is given how much of all is done.

    Raises `Refusal` for what cannot be used.
    """
    history = read_history(data, outcomes, dates)
    lives = go_lives(history, go_live, dates)
    weeks, live = _in_weeks(history, lives)
    compared = [Outcome(name, figures) for name, figures in weeks.values.items()]
    notes = [*weeks.notes, *_notes(weeks, lives, live)]
    if not Rollout(compared[0].values, live).cells:
        expected = f"a wave with {LEAST_BASE} weeks before its go-live and 2 stores that are not live after it"
        raise Refusal(history.source, "go_live", expected, "none")
    found = []
    for n, outcome in enumerate(compared):
        progress(n, len(compared))
        found.append(_Analysis(outcome, live, weeks, lives, asked, seed, judge=n == 0).result())
    progress(len(compared), len(compared))
    first = found[0]
    if min(first.trend.p, first.before.p) <= 1 - CONFIDENCE:
        notes.append(wording.moved_before(first.outcome))
    state = first.state or "not told apart"
    return PilotAnalysis(
        data=history.source,
        basis=weeks.basis,
        go_live=lives.source,
        first_week=str(weeks.weeks[0]),
        last_week=str(weeks.weeks[-1]),
        figures="week" if weeks.weekly else "day",
        stores=len(weeks.stores),
        asked=asked,
        confidence=CONFIDENCE,
        assignments=ASSIGNMENTS,
        seed=seed,
        decision=DECISION[state],
        sentence=wording.found(first.outcome, first.lines[0], state, asked, len(first.lines) > 1),
        outcomes=found,
        notes=notes,
    )


def judged(low: float | None, high: float | None, asked: float) -> State:
    """The state of a lift with an interval, of which an end that is None is unbounded."""
    if asked < 0:
        low, high = (None if end is None else -end for end in (high, low))
    if low is not None and low > 0:
        return "smaller lift" if high is not None and high < abs(asked) else "lift"
    if high is not None and high < 0:
        return "opposite"
    return "no lift" if high is not None and high < abs(asked) else "not told apart"


def _in_weeks(history: History, lives: GoLives) -> tuple[Panel, np.ndarray]:
    """The weeks that count, and of each store the number of the week in which it went live; their number for one that did not."""
    last = history.days[-1] + (_WEEK if history.weekly else timedelta(days=1))
    soonest = history.days[0] + LEAST_BASE * _WEEK
    early = {store for store, day in lives.days.items() if day < soonest}
    within = [day for day in lives.days.values() if soonest <= day < last]
    if not within:
        expected = f"a go-live from {soonest} ({LEAST_BASE} weeks after the first figure) to {last - timedelta(days=1)}"
        raise Refusal(lives.source, "go_live", expected, ", ".join(sorted(map(str, set(lives.days.values())))[:3]))
    if early:
        history = history.without(early, wording.live_early(sorted(early), soonest, LEAST_BASE))
    weeks = panel(history, weekday_of(within), min(within) - BASE_PERIODS * _WEEK)
    ends = np.array([(start + _WEEK).toordinal() for start in weeks.weeks])
    days = np.array([lives.days.get(store, date.max).toordinal() for store in weeks.stores])
    return weeks, np.searchsorted(ends, days, side="right")


def _notes(weeks: Panel, lives: GoLives, live: np.ndarray) -> list[str]:
    """What of the waves is not as it should be: go-lives within a week, and waves that nothing can be held against."""
    notes = []
    known = [(n, store) for n, store in enumerate(weeks.stores) if live[n] < len(weeks.weeks)]
    if amid := [store for n, store in known if lives.days[store] > weeks.weeks[live[n]]]:
        notes.append(wording.live_amid(amid))
    estimated = {cell.live for cell in Rollout(next(iter(weeks.values.values())), live).cells}
    for start in sorted({int(live[n]) for n, _ in known} - estimated):
        notes.append(wording.not_estimated([store for n, store in known if live[n] == start]))
    return notes


@dataclass(frozen=True)
class _Analysis:
    """One outcome as it is analysed."""

    outcome: Outcome
    live: np.ndarray
    weeks: Panel
    lives: GoLives
    asked: float
    seed: int
    judge: bool
    """Whether the lift that was asked for is asked of it."""

    def result(self) -> OutcomeLift:
        rollout = Rollout(self.outcome.values, self.live)
        cells, periods = rollout.cells, rollout.periods
        lifts = library.lifts(rollout)
        starts = sorted({cell.live for cell in cells})
        by_wave = {start: _mean(lifts, [cell for cell in cells if cell.live == start]) for start in starts}
        still = rollout.values - self._effects(by_wave, _mean(lifts, cells))
        everyone = np.ones(len(self.live), dtype=bool)
        draws = Assignments(rollout.near, assigned(self.live, everyone, self._stream("all"), ASSIGNMENTS))
        lines = [self._line(rollout, draws, cells, rollout.values, still, lifts, "")]
        if len(starts) > 1:
            lines += [self._wave(rollout, start, still, by_wave[start], lifts) for start in starts]
        overall = draws.of(mean_lift(cells, periods), rollout.values)
        quantiles = np.quantile(overall, np.linspace(0, 1, _LEVELS))
        return OutcomeLift(
            outcome=self.outcome.name,
            scale=self.outcome.scale,
            mean=self._mean_after(cells),
            state=judged(lines[0].low, lines[0].high, self.asked) if self.judge else None,
            lines=lines,
            events=self._events(cells, draws, still, lifts),
            trend=self._placebo(draws, trend_before(cells, periods), still, cells),
            before=self._placebo(draws, lift_before(cells, periods), still, cells),
            assigned=[self._share(float(each), cells) for each in quantiles],
        )

    def _wave(
        self, rollout: Rollout, start: int, still: np.ndarray, effect: float, lifts: Mapping[tuple[int, int], float]
    ) -> LiftLine:
        """A wave alone, over assignments among its stores and those that went live later or not, whose own lifts are taken out."""
        cells = [cell for cell in rollout.cells if cell.live == start]
        after = (self.live == start)[:, None] & (np.arange(rollout.periods) >= start)
        live = assigned(self.live, self.live >= start, self._stream(f"wave/{start}"), ASSIGNMENTS)
        draws = Assignments(rollout.near, live)
        return self._line(rollout, draws, cells, still + effect * after, still, lifts, self._called(start))

    def _line(
        self,
        rollout: Rollout,
        draws: Assignments,
        cells: Sequence[Cell],
        values: np.ndarray,
        still: np.ndarray,
        lifts: Mapping[tuple[int, int], float],
        wave: str,
    ) -> LiftLine:
        statistic = mean_lift(cells, rollout.periods)
        starts = {cell.live for cell in cells}
        own = np.where(np.isin(self.live, list(starts)), self.live, rollout.periods)
        if not wave:
            own = self.live
        test = inference(draws.of(statistic, values), draws.of_effect(statistic, own[None])[:, 0])
        estimate = _mean(lifts, cells)
        few = slice(_POWER_ASSIGNMENTS)
        effect = draws.of_effect(statistic, draws.live[few])[few]
        least = least_lift([(draws.of(statistic, still)[few], effect)], self.asked if self.judge else estimate)
        mean, without = self._mean_after(cells), self._without(cells, estimate)
        controls = np.any([draws.weights(cell)[0] < 0 for cell in cells], axis=0)
        return LiftLine(
            wave=wave,
            go_live=str(self.weeks.weeks[min(starts)]) if wave else "",
            stores=self._names(np.isin(self.live, list(starts))),
            controls=self._names(controls),
            weeks=max(cell.until - cell.live for cell in cells),
            lift=self.outcome.share(estimate, without),
            low=self.outcome.share(test.low, without),
            high=self.outcome.share(test.high, without),
            amount=self.outcome.amount(estimate, mean) or 0.0,
            amount_low=self.outcome.amount(test.low, mean),
            amount_high=self.outcome.amount(test.high, mean),
            p=test.p,
            least_lift=self.outcome.share(least, without),
        )

    def _events(
        self,
        cells: Sequence[Cell],
        draws: Assignments,
        still: np.ndarray,
        lifts: Mapping[tuple[int, int], float],
    ) -> list[EventLine]:
        found, periods = [], still.shape[1]
        for week in range(-max(cell.live - cell.base for cell in cells), max(cell.until - cell.live for cell in cells)):
            statistic = lift_at(cells, week, periods)
            if not statistic:
                continue
            sizes = {term.cell.live: term.cell.stores for term in statistic}
            stores = sum(sizes.values())
            estimate = sum(size * lifts[live, live + week] for live, size in sizes.items()) / stores
            width = _width(draws.of(statistic, still))
            ends = (estimate, estimate - width, estimate + width)
            value, low, high = (self._share(each, cells) for each in ends)
            found.append(EventLine(week=week, lift=value, low=low, high=high, stores=stores))
        return found

    def _placebo(self, draws: Assignments, statistic: Statistic, still: np.ndarray, cells: Sequence[Cell]) -> Placebo:
        values = draws.of(statistic, still)
        width, observed = _width(values), float(values[0])
        ends = (self._share(each, cells) for each in (observed, observed - width, observed + width))
        value, low, high = ends
        return Placebo(value=value, low=low, high=high, p=float((np.abs(values) >= abs(observed) * (1 - 1e-9)).mean()))

    def _effects(self, by_wave: Mapping[int, float], overall: float) -> np.ndarray:
        """The estimated lift of each store and week; of a wave that has none of its own, that of all."""
        size = np.array([by_wave.get(int(start), overall) for start in self.live])
        return size[:, None] * (np.arange(len(self.weeks.weeks)) >= self.live[:, None])

    def _share(self, lift: float, cells: Sequence[Cell]) -> float:
        return self.outcome.share(lift, self._without(cells, 0.0)) or 0.0

    def _mean_after(self, cells: Sequence[Cell]) -> float:
        """Mean figure of the stores of cells in their weeks."""
        parts = [(self.outcome.figures[self.live == cell.live, cell.first : cell.until]) for cell in cells]
        return float(np.concatenate([part.ravel() for part in parts]).mean())

    def _without(self, cells: Sequence[Cell], lift: float) -> float:
        """The same without a lift, on the scale of levels."""
        return self._mean_after(cells) - lift

    def _names(self, which: np.ndarray) -> list[str]:
        return [store for store, there in zip(self.weeks.stores, which, strict=True) if there]

    def _called(self, start: int) -> str:
        names = {self.lives.waves.get(store, "") for store in self._names(self.live == start)} - {""}
        return ", ".join(sorted(names)) or str(self.weeks.weeks[start])

    def _stream(self, use: str) -> np.random.Generator:
        return stream(self.seed, 0, f"pilot/analyse/{self.outcome.name}/{use}")


def _mean(lifts: Mapping[tuple[int, int], float], cells: Sequence[Cell]) -> float:
    """The mean lift over the stores and periods of cells."""
    parts = [(cell.stores, lifts[cell.live, period]) for cell in cells for period in range(cell.first, cell.until)]
    return sum(stores * lift for stores, lift in parts) / sum(stores for stores, _ in parts)


def _width(values: np.ndarray) -> float:
    """What `CONFIDENCE` of the assignments stay within, on either side of 0."""
    return float(np.quantile(np.abs(values), CONFIDENCE))
