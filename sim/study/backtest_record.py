"""Where the record of a scenario's backtest is: beside its file, or beside a file that it extends, or in the folder of runs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from sim.records.predictions.backtest import Backtest, record_beside
from sim.scenario import documents, shipped
from sim.scenario.loader import LONGEST_CHAIN
from sim.scenario.model import Scenario


def record_of(scenario: Scenario, root: Path | str) -> Backtest | None:
    """The record of a scenario, the nearest first; None where there is none. Raises `Refusal` for one that cannot be read.

    A scenario that extends a backtested one gets that one's record: what it changes is then named beside it.
    """
    found = next((path for path in _places(scenario, Path(root)) if os.path.isfile(path)), None)
    return None if found is None else Backtest.read(found)


def record_file(scenario: Scenario, root: Path) -> Path:
    """Where a new record is to be written: beside the scenario's file, or in `root` for a shipped scenario, one made in Python and a folder that
    cannot be written."""
    path = shipped.find(scenario._origin.path) if scenario._origin.path else None
    if path is None or path.parent.resolve() == shipped.folder().resolve() or not os.access(path.parent, os.W_OK):
        return _in(root, scenario)
    return record_beside(path)


def _places(scenario: Scenario, root: Path) -> Iterator[Path]:
    files = list(_files(scenario))
    if files:
        yield record_beside(files[0])
    yield _in(root, scenario)
    for path in files[1:]:
        yield record_beside(path)
        yield root / record_beside(path).name


def _files(scenario: Scenario) -> Iterator[Path]:
    """The scenario's file and those that it extends, the nearest first."""
    path = shipped.find(scenario._origin.path) if scenario._origin.path else None
    for _ in range(LONGEST_CHAIN):
        if path is None or not os.path.isfile(path):
            return
        yield path
        base = documents.read(path, "a scenario").get("extends")
        if not isinstance(base, str):
            return
        beside = path.parent / base
        path = shipped.find(base) if not os.path.isfile(beside) and base in shipped.names() else beside


def _in(root: Path, scenario: Scenario) -> Path:
    return root / f"{scenario.name}.backtest.json"
