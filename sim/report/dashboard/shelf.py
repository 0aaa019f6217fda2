"""Records below a folder, each recognised by its fields, for one who chooses among them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sim.records.atomic_files import read_json
from sim.records.capacity import Capacity
from sim.records.conformance import Checkup
from sim.records.decisions.drills import Drills
from sim.records.decisions.gate import Gate
from sim.records.decisions.goals import Goals
from sim.records.decisions.health import Health
from sim.records.decisions.pilots import PilotAnalysis, PilotDesign
from sim.records.decisions.poc import ProofOfConcept
from sim.records.decisions.process import ProcessComparison
from sim.records.decisions.study import Study
from sim.records.decisions.vendors import Ranking
from sim.records.load_run import Record
from sim.records.outcome import Manifest, read_manifest
from sim.records.oversell import Race
from sim.records.predictions.backtest import Backtest
from sim.records.predictions.score import Score
from sim.records.refusal import Refusal
from sim.records.rollout.comparison import Rollouts
from sim.records.verdict import Comparison, Verdict

Reader = Literal["planner", "qa", "architect"]
MOST_FILES = 50_000
"""Looked at below a folder."""
MOST_BYTES = 64 * 2**20
"""Of a record."""

READERS: dict[type[Record], Reader] = {
    Manifest: "planner",
    Study: "planner",
    Rollouts: "planner",
    Goals: "planner",
    Gate: "planner",
    Drills: "planner",
    Health: "planner",
    PilotDesign: "planner",
    PilotAnalysis: "planner",
    Backtest: "planner",
    Score: "planner",
    ProcessComparison: "planner",
    Verdict: "qa",
    Comparison: "qa",
    Capacity: "qa",
    Race: "qa",
    Checkup: "qa",
    Ranking: "architect",
    ProofOfConcept: "architect",
}
"""Whose view shows a kind of record."""
_NAMES = ("manifest.json", "verdict.json", "loadrun.json", "capacity.json", "goals.json", "poc.json")
"""Under which the lab writes records: such a file that holds none is named on the page."""


@dataclass(frozen=True)
class Kept:
    """A record, and its file; the run's folder for a run of a chain and for a load test."""

    path: Path
    name: str
    """The path below the folder looked at."""
    record: Record


@dataclass(frozen=True)
class Shelf:
    """What a folder holds, in the order of paths."""

    folder: Path
    kept: tuple[Kept, ...]
    unread: tuple[str, ...]
    """A line for each record that cannot be read."""

    def of(self, reader: Reader) -> list[Kept]:
        """The records of a reader's view."""
        return [each for each in self.kept if READERS[type(each.record)] == reader]

    def runs(self) -> list[Kept]:
        """The runs of a chain."""
        return [each for each in self.kept if isinstance(each.record, Manifest)]


def look(folder: Path | str) -> Shelf:
    """Every record below a folder. Links to other folders are not followed, nor are a search's stages shown beside their search."""
    folder, kept, unread = Path(folder), list[Kept](), list[str]()
    for path in _files(folder, unread):
        try:
            record = _read(path)
        except Refusal as refusal:
            unread.append(str(refusal))
        except OSError as error:
            unread.append(str(Refusal(path, "", "a file that can be read", error.strerror)))
        else:
            if record:
                place = _place(path, record)
                kept.append(Kept(place, place.relative_to(folder).as_posix(), record))
    return Shelf(folder, tuple(kept), tuple(unread))


def _files(folder: Path, unread: list[str]) -> Iterator[Path]:
    seen = 0
    for place, inner, names in os.walk(folder):
        seen += len(names)
        if seen > MOST_FILES:
            wanted = f"a folder with at most {MOST_FILES:,} files: this one and those after it are not looked at"
            unread.append(str(Refusal(place, "", wanted)))
            return
        stages = "capacity.json" in names
        inner[:] = sorted(name for name in inner if not (stages and (name.startswith("stage-") or name == "chain")))
        yield from (Path(place) / name for name in sorted(names) if name.endswith(".json"))


def _read(path: Path) -> Record | None:
    """The record that a file holds; None for one that holds another document. Raises `Refusal` for a record that cannot be read."""
    if path.name == "manifest.json" and path.parent.name == "outcome":
        return read_manifest(path.parent.parent)
    if path.stat().st_size > MOST_BYTES:
        return None
    try:
        held = read_json(path, "a record")
    except Refusal:
        if path.name in _NAMES:
            raise
        return None
    kind = _kind(set(held)) if isinstance(held, dict) else None
    if kind is None and path.name in ("verdict.json", "capacity.json"):
        kind = Verdict if path.name == "verdict.json" else Capacity
    return kind.read(path) if kind else None


def _kind(fields: set[str]) -> type[Record] | None:
    """The kind whose fields without a default all stand there: of several, the one with most of them."""
    needed = {
        kind: {name for name, field in kind.model_fields.items() if field.is_required()}
        for kind in READERS
        if kind is not Manifest
    }
    fitting = [kind for kind, names in needed.items() if names <= fields]
    return max(fitting, key=lambda kind: len(needed[kind]), default=None)


def _place(path: Path, record: Record) -> Path:
    if isinstance(record, Manifest):
        return path.parent.parent
    whole = isinstance(record, Verdict) and path.name == "verdict.json" and path.with_name("loadrun.json").is_file()
    return path.parent if whole else path
