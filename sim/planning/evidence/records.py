"""Records as they lie in folders: each recognised by its fields, read once, dated and graded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Generic, TypeVar

from sim.evidence.importers import foreign
from sim.evidence.kpi_days import KpiDays, read_days
from sim.evidence.record_folders import MOST_BYTES, places
from sim.evidence.verdict.judge import judge
from sim.records.atomic_files import read_json
from sim.records.capacity import Capacity
from sim.records.conformance import Checkup
from sim.records.decisions.evidence import Grade
from sim.records.decisions.goals import Goals
from sim.records.decisions.peak import WavePeak
from sim.records.load_run import LoadRun
from sim.records.outcome import Manifest, read_manifest
from sim.records.oversell import Race
from sim.records.predictions.timing import read_timing
from sim.records.profile import ServiceProfile
from sim.records.refusal import Refusal
from sim.records.samples import read_samples
from sim.records.verdict import Verdict

STAGE = "stage-"
"""Begins the names of a search's stages, in its folder."""
TRACED = "chain"
"""Holds the run of the chain that made a search's trace, in its folder."""

Kind = TypeVar("Kind", covariant=True)


@dataclass(frozen=True)
class Dated(Generic[Kind]):
    """A record with its grade and the date of what it measured; `made` is None where that is not recorded."""

    file: str
    """Below the folder of evidence; the run's folder for a chain's run."""
    record: Kind
    made: datetime | None
    """In UTC."""
    grade: Grade | None
    """None for goals, each of which has its own, and for a wave's peak, which shows nothing."""


@dataclass(frozen=True)
class Tested:
    """A verdict, and the record of its load test; None where no such record lies beside it."""

    verdict: Verdict
    run: LoadRun | None


@dataclass(frozen=True)
class Played:
    """A chain's run."""

    manifest: Manifest
    kpis: Mapping[str, KpiDays]
    """By name."""

    @property
    def service_measured(self) -> bool:
        """Whether the service of its system rests on a measured profile."""
        return not any(each.startswith("system.service") for each in self.manifest.assumed)


Reader = Callable[[Path, Path], list[Dated[Any]]]
"""Reads the record of a file, for the folder of evidence and the file."""


@dataclass
class Evidence:
    """All records below a folder, in the order of their paths."""

    folder: Path
    records: list[Dated[Any]] = field(default_factory=list)
    results: list[Path] = field(default_factory=list)
    """Files of other load tools, which are not read here."""
    unread: list[Refusal] = field(default_factory=list)
    """Why something that should be a record could not be read."""

    def of(self, kind: type[Kind]) -> list[Dated[Kind]]:
        """The records of a kind."""
        return [each for each in self.records if isinstance(each.record, kind)]


def gather(folder: Path) -> Evidence:
    """Every record below a folder; links to other folders are not followed.

    The stages of a search for capacity are judged by its laxer targets: they date the search, and are no load tests beside it; nor is the one
    replication that made its trace a run of the chain beside it. Of equal records one counts.
    """
    found, parts = Evidence(folder), list[Path]()
    for at, _, names in places(folder, found.unread.append):
        for name in names:
            read_into(found, at / name)
    for search in found.of(Capacity):
        place = (folder / search.file).parent
        parts += [place / stage.run for stage in search.record.stages]
        parts += [each for each in place.glob(f"{STAGE}*") if each.is_dir()]
        parts.append(place / TRACED)
    kept = [
        each
        for each in found.records
        if not (isinstance(each.record, Tested | Played) and _inside(folder / each.file, parts))
    ]
    found.records = _once(kept)
    return found


def read_into(found: Evidence, path: Path) -> None:
    """Add what a file holds; one that is neither a record nor of another load tool is passed over."""
    reader: Reader | None = _chain_run if path.name == "manifest.json" and path.parent.name == "outcome" else None
    try:
        if path.suffix == ".json" and path.stat().st_size <= MOST_BYTES:
            held = read_json(path, "a record")
            reader = reader or _reader(held if isinstance(held, dict) else {})
        if reader:
            found.records += reader(found.folder, path)
        elif foreign.is_results(path):
            found.results.append(path)
    except Refusal as refusal:
        if reader is None and foreign.is_results(path):  # k6 writes a JSON document a line
            found.results.append(path)
        elif (reader or path.name in _NAMES) and str(refusal) not in map(str, found.unread):
            found.unread.append(refusal)
    except OSError as error:
        found.unread.append(Refusal(path, "", "a file that can be read", error.strerror))


_NAMES = ("verdict.json", "capacity.json", "goals.json", "peak.json", "manifest.json", "loadrun.json", "timing.json")
"""Under which the lab writes records."""


def _load_test(folder: Path, path: Path) -> list[Dated[Any]]:
    verdict, run = Verdict.read(path), _load_run(path.parent)
    if run and run.run_id != verdict.run_id:
        raise Refusal(path, "run_id", f"that of loadrun.json beside it, {run.run_id}", verdict.run_id)
    return [_tested(folder, path, verdict, run)]


def _unjudged(folder: Path, path: Path) -> list[Dated[Any]]:
    """A load test without a verdict: judged by the default targets. None where its verdict lies there, or no samples do."""
    run, samples = LoadRun.read(path), path.with_name("samples.parquet")
    if path.with_name("verdict.json").exists() or not samples.is_file():
        return []
    return [_tested(folder, samples, judge(read_samples(samples), run), run)]


def _tested(folder: Path, path: Path, verdict: Verdict, run: LoadRun | None) -> Dated[Any]:
    """Another tool's file has neither intended starts nor a lag."""
    ours = run.intended_starts if run else verdict.lag_p99_s is not None
    made = instant(run.started_at) if run else None
    return Dated(_below(folder, path), Tested(verdict, run), made, "measured" if ours else "supplied")


def _capacity(folder: Path, path: Path) -> list[Dated[Any]]:
    """A search is as old as its oldest stage."""
    record = Capacity.read(path)
    runs = [_load_run(path.parent / stage.run) for stage in record.stages]
    starts = [made for run in runs if run and (made := instant(run.started_at))]
    made = min(starts) if starts and len(starts) == len(runs) else None
    return [Dated(_below(folder, path), record, made, "measured")]


def _race(folder: Path, path: Path) -> list[Dated[Any]]:
    record = Race.read(path)
    return [Dated(_below(folder, path), record, instant(record.started_at), "measured")]


def _check(folder: Path, path: Path) -> list[Dated[Any]]:
    record = Checkup.read(path)
    return [Dated(_below(folder, path), record, instant(record.started_at), "measured")]


def _profile(folder: Path, path: Path) -> list[Dated[Any]]:
    """A profile is as old as the load test beside it that it was measured from."""
    record, run = ServiceProfile.read(path), _load_run(path.parent)
    made = instant(run.started_at) if run and run.run_id == record.source else None
    return [Dated(_below(folder, path), record, made, "measured" if record.measured else "judgement")]


def _chain_run(folder: Path, path: Path) -> list[Dated[Any]]:
    """A run rests on its system's service: one that is assumed is a judgement."""
    run = path.parent.parent
    played = Played(read_manifest(run), read_days(run))
    made = read_timing(run).made_at if (run / "timing.json").is_file() else None
    grade: Grade = "measured" if played.service_measured else "judgement"
    return [Dated(_below(folder, run), played, made.astimezone(UTC) if made else None, grade)]


def _goals(folder: Path, path: Path) -> list[Dated[Any]]:
    record = Goals.read(path)
    return [Dated(_below(folder, path), record, instant(record.judged_on), None)]


def _peak(folder: Path, path: Path) -> list[Dated[Any]]:
    return [Dated(_below(folder, path), WavePeak.read(path), None, None)]


_READERS: dict[frozenset[str], Reader] = {
    frozenset({"findings", "accounts"}): _load_test,
    frozenset({"trace", "accounts", "pool"}): _unjudged,
    frozenset({"stages", "peak_requests_per_s"}): _capacity,
    frozenset({"endings", "skus"}): _race,
    frozenset({"journeys", "access"}): _check,
    frozenset({"journeys", "outages"}): _profile,
    frozenset({"goals", "file_sha256"}): _goals,
    frozenset({"wave", "journeys_per_s", "orders_per_hour"}): _peak,
}
"""By fields that no other record has together."""


def _reader(held: dict[str, Any]) -> Reader | None:
    return next((reader for fields, reader in _READERS.items() if fields <= held.keys()), None)


def _load_run(folder: Path) -> LoadRun | None:
    file = folder / "loadrun.json"
    return LoadRun.read(file) if file.is_file() else None


def _once(records: list[Dated[Any]]) -> list[Dated[Any]]:
    """Of equal records the first with a date, or the first: an export of a record, or a copy of its folder, is no further evidence."""
    kept: dict[object, Dated[Any]] = {}
    for each in records:
        match each.record:
            case Tested():
                key = each.record.verdict.model_dump_json()
            case Played():
                key = each.file
            case _:
                key = each.record.model_dump_json()
        if key not in kept or (kept[key].made is None and each.made):
            kept[key] = each
    return list(kept.values())


def _inside(path: Path, folders: list[Path]) -> bool:
    return any(folder in path.parents for folder in folders)


def _below(folder: Path, path: Path) -> str:
    return path.relative_to(folder).as_posix()


def instant(text: str) -> datetime | None:
    """The instant of a record in UTC, in which records without a time zone are taken to be; None where it holds none."""
    try:
        found = datetime.fromisoformat(text)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
