"""The evidence under a folder: records of load tests, capacity searches, races, chain runs, goals and peaks, with their dates."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit

import pandas as pd

from sim.records.atomic_files import read_json
from sim.records.capacity import Capacity
from sim.records.gates.gate import Grade
from sim.records.gates.goals import Goals
from sim.records.gates.peak import WavePeak
from sim.records.load_run import LoadRun
from sim.records.outcome import Manifest, read_kpis, read_manifest
from sim.records.oversell import Race
from sim.records.predictions.timing import read_timing
from sim.records.refusal import Refusal
from sim.records.verdict import Verdict

MOST_FILES = 50_000
"""Looked at below a folder."""
MOST_BYTES = 64 * 2**20
"""Of a record."""

Kind = TypeVar("Kind", covariant=True)


@dataclass(frozen=True)
class Dated(Generic[Kind]):
    """A record with the date of what it measured; `made` is None where that is not recorded."""

    file: str
    """Below the folder of evidence."""
    record: Kind
    made: datetime | None


@dataclass(frozen=True)
class Tested:
    """A verdict, and the record of its load test; None where no such record lies beside it."""

    verdict: Verdict
    run: LoadRun | None


@dataclass(frozen=True)
class Played:
    """A chain's run."""

    manifest: Manifest
    kpis: pd.DataFrame


@dataclass
class Evidence:
    """All records below a folder, by kind."""

    folder: Path
    tests: list[Dated[Tested]] = field(default_factory=list)
    capacities: list[Dated[Capacity]] = field(default_factory=list)
    races: list[Dated[Race]] = field(default_factory=list)
    runs: list[Dated[Played]] = field(default_factory=list)
    goals: list[Dated[Goals]] = field(default_factory=list)
    peaks: list[Dated[WavePeak]] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    """What could not be read, and why, a line each."""


def gather(folder: Path) -> Evidence:
    """Read every record below a folder; links to other folders are not followed. Raises `Refusal` where there is no such folder."""
    if not folder.is_dir():
        raise Refusal("--evidence", folder, "a folder with records", "a file" if folder.exists() else "no such folder")
    found, seen = Evidence(folder), 0
    stages: set[Path] = set()
    for place, inner, names in os.walk(folder):
        inner.sort()
        here = Path(place)
        seen += len(names)
        if seen > MOST_FILES:
            found.unread.append(
                f"more than {MOST_FILES:,} files: those of {_below(folder, here)} and after are not looked at"
            )
            break
        for name in sorted(names):
            if name.endswith(".json"):
                _read(found, here / name, stages)
    # Stages of a search are judged by laxer targets, and count as its own.
    found.tests = [test for test in found.tests if (folder / test.file).parent not in stages]
    return found


def same_host(a: str, b: str) -> bool:
    """Whether two base URLs are of one host: scheme, name and port."""
    return _address(a) == _address(b)


def _address(url: str) -> tuple[str, str, int | None]:
    try:
        parts = urlsplit(url.strip())
        return (
            parts.scheme.lower(),
            (parts.hostname or "").lower(),
            parts.port or {"http": 80, "https": 443}.get(parts.scheme.lower()),
        )
    except ValueError:
        return "", url, None


def _read(found: Evidence, path: Path, stages: set[Path]) -> None:
    """Add what a JSON file holds; one that is no record of these kinds is passed over."""
    kind = None
    try:
        if path.stat().st_size > MOST_BYTES:
            return
        held = read_json(path, "a record")
        kind = _kind(path, held if isinstance(held, dict) else {})
        if kind:
            kind(found, path, stages)
    except Refusal as refusal:
        if kind or _expected_here(path):
            found.unread.append(str(refusal))
    except OSError as error:
        found.unread.append(f"{path}: {error.strerror}")


def _expected_here(path: Path) -> bool:
    """Whether a file has a name under which the lab writes records."""
    return path.name in (
        "verdict.json",
        "capacity.json",
        "goals.json",
        "peak.json",
        "manifest.json",
        "loadrun.json",
        "timing.json",
    )


def _kind(path: Path, held: dict[str, Any]) -> Callable[[Evidence, Path, set[Path]], None] | None:
    """The reader of a file's kind, recognised by its fields and not by its name."""
    signs: list[tuple[set[str], Callable[[Evidence, Path, set[Path]], None]]] = [
        ({"findings", "accounts", "window_s"}, _test),
        ({"stages", "peak_from_s"}, _capacity),
        ({"skus", "endings", "clients"}, _race),
        ({"goals", "file_sha256"}, _goals),
        ({"wave", "journeys_per_s", "orders_per_hour"}, _peak),
    ]
    if path.name == "manifest.json" and path.parent.name == "outcome":
        return _run
    return next((reader for sign, reader in signs if sign <= held.keys()), None)


def _test(found: Evidence, path: Path, _stages: set[Path]) -> None:
    verdict = Verdict.read(path)
    beside = path.with_name("loadrun.json")
    run = LoadRun.read(beside) if beside.is_file() else None
    if run is not None and run.run_id != verdict.run_id:
        raise Refusal(path, "run_id", f"that of loadrun.json beside it, {run.run_id}", verdict.run_id)
    found.tests.append(
        Dated(_below(found.folder, path), Tested(verdict, run), _instant(run.started_at) if run else None)
    )


def _capacity(found: Evidence, path: Path, stages: set[Path]) -> None:
    """A search is as old as its oldest stage."""
    record = Capacity.read(path)
    starts = []
    for stage in record.stages:
        stages.add(path.parent / stage.run)
        beside = path.parent / stage.run / "loadrun.json"
        starts.append(_instant(LoadRun.read(beside).started_at) if beside.is_file() else None)
    known = [start for start in starts if start]
    made = min(known) if known and len(known) == len(starts) else None
    found.capacities.append(Dated(_below(found.folder, path), record, made))


def _race(found: Evidence, path: Path, _stages: set[Path]) -> None:
    record = Race.read(path)
    found.races.append(Dated(_below(found.folder, path), record, _instant(record.started_at)))


def _run(found: Evidence, path: Path, _stages: set[Path]) -> None:
    run = path.parent.parent
    played = Played(read_manifest(run), read_kpis(run))
    made = read_timing(run).made_at if (run / "timing.json").is_file() else None
    found.runs.append(Dated(_below(found.folder, run), played, made.astimezone(UTC) if made else None))


def _goals(found: Evidence, path: Path, _stages: set[Path]) -> None:
    """Each goal has the date of its own figures."""
    record = Goals.read(path)
    found.goals.append(Dated(_below(found.folder, path), record, _instant(record.judged_on)))


def _peak(found: Evidence, path: Path, _stages: set[Path]) -> None:
    found.peaks.append(Dated(_below(found.folder, path), WavePeak.read(path), None))


def _below(folder: Path, path: Path) -> str:
    return path.relative_to(folder).as_posix()


def _instant(text: str) -> datetime | None:
    """The instant of a record in UTC, in which records without a time zone are taken to be."""
    try:
        instant = datetime.fromisoformat(text)
        return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def newest(records: Iterable[tuple[Dated[Any], Grade]]) -> list[tuple[Dated[Any], Grade]]:
    """Records with their grades by date, the newest first; those without a date last."""
    never = datetime.min.replace(tzinfo=UTC)
    return sorted(records, key=lambda each: (each[0].made or never, each[0].file), reverse=True)
