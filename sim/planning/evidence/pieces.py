"""Pieces of evidence read from files and folders: what each is, what it shows, how strong it is, and when it was made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from sim.evidence.importers import foreign
from sim.evidence.verdict.judge import judge
from sim.planning.evidence import figures
from sim.records.atomic_files import read_json, regular
from sim.records.capacity import Capacity
from sim.records.conformance import Checkup
from sim.records.decisions.evidence import GRADES, Grade, Piece, age_days
from sim.records.load_run import LoadRun
from sim.records.outcome import read_kpis, read_manifest
from sim.records.oversell import Race
from sim.records.predictions.timing import read_timing
from sim.records.profile import ServiceProfile
from sim.records.refusal import Refusal
from sim.records.samples import read_samples
from sim.records.verdict import Verdict

WANTED = "evidence that the lab reads: a load test's folder, its verdict, a JTL or k6 file, a capacity, race, check or profile record, a run's folder"


@dataclass(frozen=True)
class Asked:
    """How a user names a piece of evidence."""

    path: Path
    shown: str
    """The path as it stands in the user's file."""
    grade: Grade | None
    """A weaker grade than the file's own; None keeps that."""
    dated: date | None
    as_of: date
    refuse: Callable[[str, object], Any]
    """Raises the `Refusal` of what the user's file says of this piece."""


def read(asked: Asked) -> list[Piece]:
    """The pieces of evidence in a file or a folder; a folder with none of its own is read through the folders in it.

    Raises `Refusal` for what is no evidence, for a grade stronger than the file's own, and for a date after `as_of`.
    """
    path = asked.path
    if path.is_dir():
        found = list(_in_folder(path, asked.shown))
        if not found:
            inner = sorted(each for each in path.iterdir() if each.is_dir())
            found = [piece for each in inner for piece in _in_folder(each, f"{asked.shown}/{each.name}")]
        if not found:
            raise Refusal(path, "", WANTED, "a folder with none of these")
    else:
        found = [_of_file(path, asked.shown)]
    return [_finished(piece, asked) for piece in found]


def _finished(piece: Piece, asked: Asked) -> Piece:
    grade = asked.grade or piece.grade
    if GRADES.index(grade) < GRADES.index(piece.grade):
        asked.refuse(f"a grade no stronger than the file's own, {piece.grade}", grade)
    dated = asked.dated.isoformat() if asked.dated else piece.dated
    age = age_days(dated, asked.as_of)
    if age is not None and age < 0:
        asked.refuse(f"evidence made by {asked.as_of}, to which ages count (as_of)", f"{asked.shown} of {dated}")
    return piece.model_copy(update={"grade": grade, "dated": dated, "age_days": age})


def _in_folder(folder: Path, shown: str) -> Iterator[Piece]:
    """A load test, a chain's run and records that lie in a folder."""
    load_test = (folder / "samples.parquet").is_file() and (folder / "loadrun.json").is_file()
    if load_test:
        yield _load_test(folder, shown)
    if (folder / "outcome" / "kpis.parquet").is_file():
        yield _chain_run(folder, shown)
    for file in sorted(folder.glob("*.json")):
        if load_test and file.name == "verdict.json":
            continue
        held = read_json(file, "a record")
        if isinstance(held, dict) and (read_record := _reader(held)):
            yield read_record(file, f"{shown}/{file.name}")


def _of_file(path: Path, shown: str) -> Piece:
    regular(path, WANTED)
    if path.suffix.lower() == ".json" and path.stat().st_size < 2**26:
        try:
            held = read_json(path, "a record")
        except Refusal:
            held = None  # k6's output is JSON lines
        if isinstance(held, dict) and (read_record := _reader(held)):
            return read_record(path, shown)
    samples, run = foreign.read(path)
    verdict = judge(samples, run)
    return _piece(
        shown, "load test file", "supplied", _day(run.started_at), verdict.sentence, figures.of_verdict(verdict)
    )


def _load_test(folder: Path, shown: str) -> Piece:
    """The verdict that lies in the folder, by the targets it was asked for; without one the samples are judged."""
    run = LoadRun.read(folder / "loadrun.json")
    file = folder / "verdict.json"
    verdict = Verdict.read(file) if file.is_file() else judge(read_samples(folder / "samples.parquet"), run)
    grade: Grade = "measured" if run.intended_starts else "supplied"
    return _piece(shown, "verdict", grade, _day(run.started_at), verdict.sentence, figures.of_verdict(verdict))


def _chain_run(folder: Path, shown: str) -> Piece:
    """A run rests on its system's service: one that is assumed is a judgement."""
    manifest = read_manifest(folder)
    assumed = [each for each in manifest.assumed if each.startswith("system.")]
    service = any(each.startswith("system.service") for each in assumed)
    rests = "an assumed service profile" if service else "a measured service profile"
    more = f" and {len(assumed)} assumed parameters of the system" if assumed and not service else ""
    sentence = f"{manifest.scenario['name']}: {manifest.replications} replications, on {rests}{more}."
    made = read_timing(folder).made_at if (folder / "timing.json").is_file() else None
    day = made.date().isoformat() if made else ""
    grade: Grade = "judgement" if service else "measured"
    return _piece(shown, "chain run", grade, day, sentence, figures.of_kpis(read_kpis(folder)))


def _verdict(file: Path, shown: str) -> Piece:
    verdict = Verdict.read(file)
    grade: Grade = "measured" if verdict.lag_p99_s is not None else "supplied"
    return _piece(shown, "verdict", grade, "", verdict.sentence, figures.of_verdict(verdict))


def _capacity(file: Path, shown: str) -> Piece:
    capacity = Capacity.read(file)
    return _piece(shown, "capacity", "measured", "", capacity.sentence, figures.of_capacity(capacity))


def _race(file: Path, shown: str) -> Piece:
    race = Race.read(file)
    return _piece(shown, "race", "measured", _day(race.started_at), race.sentence, figures.of_race(race))


def _check(file: Path, shown: str) -> Piece:
    check = Checkup.read(file)
    return _piece(shown, "adapter check", "measured", _day(check.started_at), check.sentence, figures.of_checkup(check))


def _profile(file: Path, shown: str) -> Piece:
    profile = ServiceProfile.read(file)
    sentence = f"Service of {len(profile.journeys)} journeys, from {profile.source}."
    grade: Grade = "measured" if profile.measured else "judgement"
    return _piece(shown, "service profile", grade, "", sentence, figures.of_profile(profile))


_READERS: dict[frozenset[str], Callable[[Path, str], Piece]] = {
    frozenset({"findings", "accounts"}): _verdict,
    frozenset({"stages", "peak_requests_per_s"}): _capacity,
    frozenset({"endings", "skus"}): _race,
    frozenset({"journeys", "access"}): _check,
    frozenset({"journeys", "outages"}): _profile,
}
"""By fields that no other record has together."""


def _reader(held: dict) -> Callable[[Path, str], Piece] | None:
    return next((each for fields, each in _READERS.items() if fields <= held.keys()), None)


def _piece(source: str, kind: str, grade: Grade, dated: str, sentence: str, shows: figures.Figures) -> Piece:
    return Piece(source=source, kind=kind, grade=grade, dated=dated, age_days=None, sentence=sentence, figures=shows)


def _day(instant: str) -> str:
    """The day of a record's instant; empty where it holds none."""
    try:
        return date.fromisoformat(instant[:10]).isoformat()
    except ValueError:
        return ""
