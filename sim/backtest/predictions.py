"""Replications of the held-back days: with traffic drawn from the fitted parameters, and with the actual tickets in its place."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from sim.backtest.actuals import check_hours, within_hours
from sim.backtest.cells import Days
from sim.backtest.history import History, drawn, raised, replayed
from sim.backtest.pilots import days_of, play_pilots, sold_by, write_tickets
from sim.backtest.recorded import Shelves, Waits
from sim.backtest.till_record import TillRecord, play
from sim.scenario.model import Scenario
from sim.study.garbage import collected
from sim.study.workers import Processes

Progress = Callable[[int, int], None]
"""Called with replications done, and in all."""


@dataclass(frozen=True)
class Predicted:
    """Replications of the held-back days, of the stores of the log."""

    fitted: Days
    with_tickets: Days
    moved: int
    """Tickets outside the opening hours, played at the nearest second inside."""


def predict(
    log: Path,
    past: History,
    replications: int,
    jobs: int,
    shelves: Shelves | None,
    waits: Waits | None,
    progress: Progress | None = None,
) -> Predicted:
    """Play both halves. The first days of each are a warm-up and are not in the result. Raises `Refusal` for tickets far outside opening hours."""
    held, actuals = past.scenario, past.actuals
    moved = check_hours(log, actuals.between(held.start, actuals.last), held)
    counted = None
    if shelves is not None:
        warmup = np.zeros((shelves.counted.shape[0], held.warmup_days, shelves.counted.shape[2]), dtype=bool)
        counted = np.concatenate([warmup, shelves.counted], axis=1)
    with TemporaryDirectory() as folder:
        pilots = play_pilots(past, Path(folder), counted, waits, jobs)
        past = raised(past, pilots.served)
        file, sold = Path(folder) / "tickets.parquet", sold_by(actuals, past)
        write_tickets(file, replace(sold, stamp=within_hours(sold.stamp, sold.store, held)[0]), held)
        halves = {"fitted": drawn(past, replications), "with tickets": [replayed(past, str(file))] * replications}
        tasks = [
            partial(_play, name, replication, scenario, actuals.group, len(actuals.groups), counted)
            for name, scenarios in halves.items()
            for replication, scenario in enumerate(scenarios)
        ]
        work = Processes(jobs).results(tasks)
        played = _in_order(work, len(halves) * replications, progress)
    rng = np.random.default_rng([held.seed, 3])
    fitted, with_tickets = (days_of(played[name], past, waits, rng) for name in halves)
    return Predicted(fitted, pilots.corrected(with_tickets, rng), moved)


def _play(
    half: str, replication: int, scenario: Scenario, group: np.ndarray, groups: int, counted: np.ndarray | None
) -> tuple[str, int, TillRecord]:
    with collected():
        return half, replication, play(scenario, replication, group, groups, counted)


def _in_order(
    work: Iterable[tuple[str, int, TillRecord]], total: int, progress: Progress | None
) -> dict[str, list[TillRecord]]:
    found: dict[str, dict[int, TillRecord]] = {}
    if progress:
        progress(0, total)
    for done, (half, replication, record) in enumerate(work, start=1):
        found.setdefault(half, {})[replication] = record
        if progress:
            progress(done, total)
    return {half: [records[n] for n in sorted(records)] for half, records in found.items()}
