"""What a folder holds: its results in order, and what should be one and cannot be read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sim.evidence.record_folders import MOST_BYTES, places
from sim.records.atomic_files import read_json
from sim.records.load_run import LoadRun, Record
from sim.records.outcome import Manifest
from sim.records.refusal import Refusal
from sim.records.verdict import Verdict
from sim.report.dashboard.kinds import LOAD_TEST, RUN, Kind, View, recognised
from sim.report.languages import Language, counted, named, recorded, text

RUN_FILES = {"manifest.json": RUN, "loadrun.json": LOAD_TEST}
"""Records of which the whole folder is the result."""
WHOLE = {"outcome", *RUN_FILES, "capacity.json", "study.json", "poc.json"}
"""Names in a folder that is one result, whose parts below it are none beside it."""


@dataclass(frozen=True)
class Entry:
    """A result of a folder, not read beyond its record."""

    kind: Kind
    place: str
    """Below the folder: its file, or of a run and a load test its folder."""
    path: Path
    record: Record

    def label(self, lang: Language) -> str:
        """What it is, in a line that no other entry has."""
        return f"{self._name(lang)} · {self.place}"

    def _name(self, lang: Language) -> str:
        record = self.record
        if isinstance(record, Manifest):
            scenario = record.scenario
            days = counted(scenario["days"] - scenario["warmup_days"], "day", lang)
            return f"{recorded(scenario['name'], lang)}, {days}, {counted(record.replications, 'replication', lang)}"
        if isinstance(record, LoadRun):
            return f"{record.host}, {record.started_at[:10]}{text(': ', lang)}{_judged(self.path, lang)}"
        assert self.kind.show
        return self.kind.show(record, lang).title


def _judged(load_test: Path, lang: Language) -> str:
    try:
        return named(Verdict.read(load_test / "verdict.json").decision, lang)
    except Refusal:
        return text("not judged", lang)


@dataclass(frozen=True)
class Holdings:
    """All results below a folder, in the order of their paths."""

    folder: Path
    entries: tuple[Entry, ...]
    unread: tuple[str, ...]
    """A line each: what should be a result and cannot be read."""

    def of(self, view: View) -> list[Entry]:
        """The results of a page."""
        return [each for each in self.entries if view in each.kind.views]


def look(folder: Path) -> Holdings:
    """Recognise every result below a folder by its record; links to other folders are not followed. Results with parts count once."""
    entries: list[Entry] = []
    unread: list[str] = []
    for path in _files(folder, unread):
        try:
            entry = _entry(folder, path)
        except Refusal as refusal:
            unread.append(str(refusal))
        except OSError as error:
            unread.append(str(Refusal(path, "", "a file that can be read", error.strerror)))
        else:
            entries += [entry] if entry else []
    return Holdings(folder, tuple(entries), tuple(unread))


def _files(folder: Path, unread: list[str]) -> Iterator[Path]:
    """The JSON files that may be records."""
    for place, inner, names in places(folder, lambda refusal: unread.append(str(refusal))):
        if "outcome" in inner:
            yield place / "outcome" / "manifest.json"
        if WHOLE & {*inner, *names}:
            inner.clear()
        yield from (place / name for name in names if name.endswith(".json"))


def _entry(folder: Path, path: Path) -> Entry | None:
    """The result of a file; None for one that holds none. Raises `Refusal`."""
    kind, home = RUN_FILES.get(path.name), path
    if kind:
        home = path.parent.parent if kind is RUN else path.parent
    elif path.stat().st_size <= MOST_BYTES:
        held = read_json(path, "a record")
        kind = recognised(held) if isinstance(held, dict) else None
    if kind is None:
        return None
    return Entry(kind, home.relative_to(folder).as_posix(), home, kind.record.read(path))
