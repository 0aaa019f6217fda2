"""The KPIs of replications that were played, one JSON line each in a file, so that an interrupted search goes on without playing them again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from sim.chain.chain import Chain, Outcome
from sim.records.atomic_files import naming, regular
from sim.records.refusal import Refusal
from sim.scenario.model import Scenario
from sim.study.code_identity import stamp
from sim.study.garbage import collected
from sim.study.workers import Workers, as_workers

PACKED = "days"
Measures = dict[str, Any]
"""Numbers by name; under `PACKED` a text that holds many."""
Measured = Callable[[Scenario, int], Measures]
"""Plays a replication of a scenario and returns what is measured."""


class Kept:
    """What is in the file is not played again, unless other code or library versions played it. Without a file, results are kept in memory only."""

    def __init__(self, file: Path | None = None):
        self._file = file
        self._found: dict[tuple[Any, ...], Any] = {}
        self._stamp = stamp()
        if file is not None and file.exists():
            self._read(file)

    def play(
        self,
        scenario: Scenario,
        replications: Iterable[int],
        jobs: int | Workers = 1,
        progress: Callable[[int], None] | None = None,
        measured: Measured | None = None,
    ) -> list[Measures]:
        """As `play_each`, of the replications of one scenario."""
        return self.play_each([(scenario, r) for r in replications], jobs, progress, measured)

    def play_each(
        self,
        plays: Sequence[tuple[Scenario, int]],
        jobs: int | Workers = 1,
        progress: Callable[[int], None] | None = None,
        measured: Measured | None = None,
    ) -> list[Measures]:
        """KPIs by name of each replication of a scenario, in order; `progress` is called with the number that is there, first with what was kept.

        `measured`: what else than the KPIs is to be found in a replication; its `repr` says all of what it measures.
        """
        measure = measured or _kpis
        by = f"{self._stamp}\n{measured!r}" if measured else self._stamp
        hashes = {id(scenario): scenario.hash for scenario, _ in {id(play[0]): play for play in plays}.values()}
        keys = [(hashes[id(scenario)], replication, by) for scenario, replication in plays]
        ahead = {key: play for key, play in zip(keys, plays, strict=True) if key not in self._found}
        tasks = [partial(_played, measure, *play, key) for key, play in ahead.items()]
        if progress:
            progress(len(set(keys)) - len(ahead))
        for done, (key, kpis) in enumerate(as_workers(jobs).results(tasks), start=1):
            self._keep(key, kpis)
            if progress:
                progress(len(set(keys)) - len(ahead) + done)
        return [self._found[key] for key in keys]

    def _read(self, file: Path) -> None:
        whole = regular(file, "results that were kept").read_bytes().rpartition(b"\n")[0]
        for number, line in enumerate(whole.splitlines(), start=1):
            held = _kept(line)
            if held is None:
                raise Refusal(
                    file, f"line {number}", "[[scenario, replication, versions], {KPI: number}]", repr(line[:60])[1:]
                )
            self._found[tuple(held[0])] = held[1]
        with naming(file), file.open("r+b") as cut:  # a line cut off because the process was killed while it wrote
            cut.truncate(len(whole) + 1 if whole else 0)

    def _keep(self, key: tuple, kpis: Measures) -> None:
        self._found[key] = kpis
        if self._file is not None:
            with naming(self._file):
                self._file.parent.mkdir(parents=True, exist_ok=True)
            with naming(self._file), self._file.open("a", encoding="utf-8", newline="\n") as file:
                file.write(json.dumps([key, kpis]) + "\n")


def _kept(line: bytes) -> list | None:
    """A line's key and KPIs, which may be NaN; None for another line."""
    try:
        held = json.loads(line)
    except (ValueError, RecursionError):
        return None
    match held:
        case [[str(), int(), str()], dict(found)] if all(
            type(value) in (int, float) or (name == PACKED and type(value) is str) for name, value in found.items()
        ):
            return held
    return None


def _played(measure: Measured, scenario: Scenario, replication: int, key: tuple) -> tuple[tuple, Measures]:
    with collected():
        return key, measure(scenario, replication)


def numbers(outcome: Outcome) -> dict[str, float]:
    """The KPIs of a replication by name."""
    kpis = outcome.kpis
    return dict(zip(kpis["kpi"].to_pylist(), kpis["value"].to_pylist(), strict=True))


def _kpis(scenario: Scenario, replication: int) -> Measures:
    return dict(numbers(Chain(scenario, replication).play()))
