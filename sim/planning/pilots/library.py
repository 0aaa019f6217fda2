"""The one place where `diff-diff` is called: lifts of waves by its Callaway-Sant'Anna estimator.

Each store that went live stands beside a copy of each of its controls, and the mean of the periods before the go-live stands as one period,
just before it, as the base. It is imported when it is used: it takes seconds.
"""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd

from sim.planning.pilots.estimator import Cell, Rollout

_COLUMNS = ("unit", "period", "outcome", "first_period")


def lifts(rollout: Rollout) -> dict[tuple[int, int], float]:
    """Effect by go-live and period, on the scale of the outcomes: the periods of each cell, and those of its base before the first of a wave."""
    return {(cell.live, period): lift for cell in rollout.cells for period, lift in _of_cell(rollout, cell).items()}


def _of_cell(rollout: Rollout, cell: Cell) -> dict[int, float]:
    from diff_diff import CallawaySantAnna

    before = range(cell.base, cell.live) if cell.first == cell.live else range(0)
    shown = [*before, *range(cell.first, cell.until)]
    place = {period: n + 1 for n, period in enumerate(before)}
    base = len(before) + 1
    place |= {period: base + 1 + n for n, period in enumerate(range(cell.first, cell.until))}
    rows: list[tuple[int, int, float, int]] = []
    for unit, (store, of_wave) in enumerate(_stacked(rollout, cell)):
        first = base + 1 if of_wave else 0
        values = rollout.values[store]
        rows.append((unit, base, float(values[cell.base : cell.live].mean()), first))
        rows.extend((unit, place[period], float(values[period]), first) for period in shown)
    estimator = CallawaySantAnna(control_group="not_yet_treated", estimation_method="reg", base_period="universal")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of its standard errors, in place of which there is randomisation inference
        fitted = estimator.fit(pd.DataFrame(rows, columns=list(_COLUMNS)), "outcome", "unit", "period", "first_period")
    effects = {int(at): float(found["effect"]) for (_, at), found in fitted.group_time_effects.items()}
    return {period: effects[place[period]] for period in shown}


def _stacked(rollout: Rollout, cell: Cell) -> list[tuple[int, bool]]:
    """(store, whether it is of the wave): each store of the wave, and a copy of each of its controls."""
    waiting = rollout.live >= cell.until
    found: list[tuple[int, bool]] = []
    for store in np.nonzero(rollout.live == cell.live)[0]:
        near = rollout.near[store]
        found += [(int(store), True), *((int(each), False) for each in near[waiting[near]][: cell.controls])]
    return found
