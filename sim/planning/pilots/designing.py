"""Which pilot would see a lift: the analysis of a pilot made on many windows of a history in which nothing went live, with a lift planted.

Every trial plants the lift into a random assignment of stores in a window, and tests it as `analysing` does: against the other assignments in the
window, with matched controls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sim.planning.pilots import wording
from sim.planning.pilots.choosing import chosen
from sim.planning.pilots.estimator import BASE_PERIODS, CONTROLS, LEAST_BASE, Assignments, Rollout, mean_lift
from sim.planning.pilots.matching import features, nearest
from sim.planning.pilots.outcomes import Outcome
from sim.planning.pilots.randomisation import CONFIDENCE, POWER, assigned, least_lift, power_of
from sim.planning.pilots.tables import read_history
from sim.planning.pilots.weeks import Panel, panel
from sim.records.decisions.pilots import ChosenStore, DesignLine, PilotDesign
from sim.records.refusal import Refusal
from sim.streams import stream

Progress = Callable[[float, float], None]
SIZES = (2, 3, 5, 8, 12, 16, 20, 25, 30)
"""Stores of a pilot that are tried, up to half of all."""
LENGTHS = (4, 8, 12)
"""Weeks that are tried."""
STEPS = 4
"""Of a stepped wedge: equal parts of all stores go live one after the other, equally far apart."""
ASSIGNMENTS = 300
"""Tried in each window."""
WINDOWS = 12
"""Of a history, at most, equally far apart."""


@dataclass(frozen=True)
class Design:
    """When so many stores go live: periods of a window, as many as they take stores; the others do not."""

    kind: str
    stores: int
    weeks: int
    base: int
    live: np.ndarray
    """int64[all stores]; `base` + `weeks` for one that does not go live."""


def design(
    source: Path,
    asked: float = 0.03,
    outcome: str = "",
    stores: int | None = None,
    weeks: int | None = None,
    seed: int = 1,
    dates: str = "",
    progress: Progress = lambda done, total: None,
) -> PilotDesign:
    """Try pilots on a history.

    Args:
        source: a table with a row a store and day or week, or the folder of a run.
        asked: the lift to see, a share; negative for a fall.
        outcome: its name or heading; the first that is found without it.
        stores, weeks: of the pilot that is judged; without both, all sizes and lengths are, and the smallest that suffices is taken.
        seed: of the assignments that are drawn.
        dates: order of day and month in texts: dmy, mdy or ymd; by the rows without it.
        progress: is given how much of all is done.

    Raises `Refusal` for what cannot be used.
    """
    held = panel(read_history(source, [outcome] if outcome else [], dates))
    name = next(iter(held.values))
    figures = Outcome(name, held.values[name])
    tried = list(_designs(held, stores, weeks))
    lines = []
    for n, each in enumerate(tried):
        progress(n, len(tried))
        lines.append(_tried(figures, each, asked, seed))
    progress(len(tried), len(tried))
    best = _recommended(lines, stores, weeks)
    latest = figures.values[:, -BASE_PERIODS:]
    picked = chosen(latest, held.regions, best.stores, stream(seed, 0, "pilot/design/chosen")) if best.kind == "pilot" else np.arange(0)  # fmt: skip
    level, trend = features(latest)[picked].mean(axis=0) if len(picked) else (0.0, 0.0)
    return PilotDesign(
        data=held.source,
        basis=held.basis,
        outcome=name,
        scale=figures.scale,
        figures="week" if held.weekly else "day",
        stores=len(held.stores),
        weeks=len(held.weeks),
        first_week=str(held.weeks[0]),
        asked=asked,
        confidence=CONFIDENCE,
        power_asked=POWER,
        assignments=ASSIGNMENTS,
        seed=seed,
        decision="pass" if best.power >= POWER else "fail",
        sentence=wording.designed(name, best, asked, POWER),
        designs=lines,
        recommended=best,
        chosen=list(_named(held, latest, picked)),
        level_gap=float(level),
        trend_gap=float(trend),
        notes=[*held.notes, *_left_out(held, weeks)],
    )


def _lengths(held: Panel, weeks: int | None) -> list[int]:
    """Weeks that the history is long enough for. Raises `Refusal` where those asked for are not."""
    room = len(held.weeks) - LEAST_BASE
    if weeks is not None and weeks > room:
        expected = f"at most {room} weeks: {LEAST_BASE} of the {len(held.weeks)} of the history are before the go-live"
        raise Refusal("--weeks", "", expected, weeks)
    lengths = sorted({each for each in LENGTHS if each <= room} | ({weeks} if weeks else set()))
    if not lengths:
        raise Refusal(held.source, "", f"{LENGTHS[0] + LEAST_BASE} weeks of history", f"{len(held.weeks)} weeks")
    return lengths


def _left_out(held: Panel, weeks: int | None) -> Iterator[str]:
    lengths = _lengths(held, weeks)
    if lost := [str(each) for each in LENGTHS if each not in lengths]:
        yield wording.not_tried(lost, len(held.weeks))


def _designs(held: Panel, stores: int | None, weeks: int | None) -> Iterator[Design]:
    """The pilots that are tried, and a stepped wedge for each length. Raises `Refusal` for a number of stores that leaves too few."""
    all_stores = len(held.stores)
    if stores is not None and stores > all_stores - 2:
        raise Refusal("--stores", "", f"at most {all_stores - 2} of the {all_stores} stores: two are left to compare with", stores)  # fmt: skip
    sizes = sorted({each for each in SIZES if each <= all_stores // 2} | ({stores} if stores else set()))
    for length in _lengths(held, weeks):
        base = min(BASE_PERIODS, len(held.weeks) - length)
        for size in sizes:
            live = np.full(all_stores, base + length)
            live[:size] = base
            yield Design("pilot", size, length, base, live)
        if length >= STEPS and all_stores >= 2 * STEPS:
            step = np.concatenate([np.full(len(part), n) for n, part in enumerate(np.array_split(np.arange(all_stores), STEPS))])  # fmt: skip
            yield Design("stepped wedge", all_stores, length, base, base + step * (length // STEPS))


def _tried(figures: Outcome, of: Design, asked: float, seed: int) -> DesignLine:
    periods = of.base + of.weeks
    last = figures.figures.shape[1] - periods
    starts = np.unique(np.linspace(0, last, min(WINDOWS, last + 1)).round().astype(int))
    cells = Rollout(np.zeros((len(of.live), periods)), of.live).cells
    statistic, everyone = mean_lift(cells, periods), np.ones(len(of.live), dtype=bool)
    windows, powers = [], []
    for start in starts:
        values = figures.values[:, start : start + periods]
        draws = stream(seed, 0, f"pilot/design/{of.kind}/{of.stores}/{of.weeks}/{start}")
        live = assigned(draws.permutation(of.live), everyone, draws, ASSIGNMENTS)
        assignments = Assignments(nearest(values[:, : of.base]), live)
        windows.append((assignments.of(statistic, values), assignments.of_effect(statistic, live)))
        powers.append(power_of(*windows[-1], figures.planted(asked)))
    least = least_lift(windows, asked)
    return DesignLine(
        kind="pilot" if of.kind == "pilot" else "stepped wedge",
        stores=of.stores,
        weeks=of.weeks,
        base_weeks=of.base,
        windows=len(starts),
        power=float(np.mean(powers)),
        power_low=min(powers),
        power_high=max(powers),
        least_lift=figures.share(least, float(figures.figures.mean())),
    )


def _recommended(lines: Sequence[DesignLine], stores: int | None, weeks: int | None) -> DesignLine:
    of_size = [each for each in lines if each.kind == "pilot" and each.stores == (stores or each.stores)]
    pilots = [each for each in of_size if each.weeks == (weeks or each.weeks)]
    enough = [each for each in pilots if each.power >= POWER]
    if enough:
        return min(enough, key=lambda each: (each.stores, each.weeks))
    return max(pilots, key=lambda each: each.power)


def _named(held: Panel, latest: np.ndarray, picked: np.ndarray) -> Iterator[ChosenStore]:
    at, near = features(latest), nearest(latest)
    for store in picked:
        controls = [int(each) for each in near[store] if each not in picked][:CONTROLS]
        yield ChosenStore(
            store=held.stores[store],
            region=held.regions[store],
            level=float(at[store, 0]),
            trend=float(at[store, 1]),
            controls=[held.stores[each] for each in controls],
        )
