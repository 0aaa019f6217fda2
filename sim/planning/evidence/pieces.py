"""Pieces of evidence read from files and folders: what each is, what it shows, how strong it is, and when it was made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sim.evidence.importers import foreign
from sim.evidence.verdict.judge import judge
from sim.planning.evidence import figures
from sim.planning.evidence.records import Dated, Evidence, Played, Tested, gather, instant, read_into
from sim.records.atomic_files import regular
from sim.records.capacity import Capacity
from sim.records.conformance import Checkup
from sim.records.decisions.evidence import GRADES, Grade, Piece, age_days
from sim.records.oversell import Race
from sim.records.profile import ServiceProfile
from sim.records.refusal import Refusal

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
    """The pieces of evidence in a file, or in a folder and all folders below it.

    Raises `Refusal` for what is no evidence or cannot be read, for a grade stronger than the file's own, and for a date after `as_of`.
    """
    path = asked.path
    if path.is_dir():
        found = gather(path)
        pieces = [
            piece
            for each in found.records
            if (piece := _of_record(each, f"{asked.shown}/{each.file}".removesuffix("/.")))
        ]
        if found.unread:
            raise found.unread[0]
        pieces += [_of_results(each, f"{asked.shown}/{each.relative_to(path).as_posix()}") for each in found.results]
        if not pieces:
            raise Refusal(path, "", WANTED, "a folder with none of these")
    else:
        regular(path, WANTED)
        found = Evidence(path.parent)
        read_into(found, path)
        if found.unread:
            raise found.unread[0]
        pieces = [piece for each in found.records if (piece := _of_record(each, asked.shown))] or [
            _of_results(path, asked.shown)
        ]
    return [_finished(piece, asked) for piece in pieces]


def _finished(piece: Piece, asked: Asked) -> Piece:
    grade = asked.grade or piece.grade
    if GRADES.index(grade) < GRADES.index(piece.grade):
        asked.refuse(f"a grade no stronger than the file's own, {piece.grade}", grade)
    dated = asked.dated.isoformat() if asked.dated else piece.dated
    age = age_days(dated, asked.as_of)
    if age == -1 and not asked.dated:
        age = 0  # as another time zone has it
    if age is not None and age < 0:
        asked.refuse(f"evidence made by {asked.as_of}, to which ages count (as_of)", f"{piece.source} of {dated}")
    return piece.model_copy(update={"grade": grade, "dated": dated, "age_days": age})


def _of_record(each: Dated[Any], shown: str) -> Piece | None:
    """A record as evidence about a system; None for goals and peaks, which are none."""
    record = each.record
    match record:
        case Tested():
            kind, sentence, shows = "verdict", record.verdict.sentence, figures.of_verdict(record.verdict)
        case Played():
            kind, sentence, shows = "chain run", _of_run(record), figures.of_kpis(record.kpis)
        case Capacity():
            kind, sentence, shows = "capacity", record.sentence, figures.of_capacity(record)
        case Race():
            kind, sentence, shows = "race", record.sentence, figures.of_race(record)
        case Checkup():
            kind, sentence, shows = "adapter check", record.sentence, figures.of_checkup(record)
        case ServiceProfile():
            sentence = f"Service of {len(record.journeys)} journeys, from {record.source}."
            kind, shows = "service profile", figures.of_profile(record)
        case _:
            return None
    assert each.grade is not None  # of these kinds each record has one
    return _piece(shown, kind, each.grade, each.made, sentence, shows)


def _of_run(played: Played) -> str:
    manifest = played.manifest
    assumed = [each for each in manifest.assumed if each.startswith("system.")]
    measured = played.service_measured
    rests = "a measured service profile" if measured else "an assumed service profile"
    more = f" and {len(assumed)} assumed parameters of the system" if assumed and measured else ""
    return f"{manifest.scenario['name']}: {manifest.replications} replications, on {rests}{more}."


def _of_results(path: Path, shown: str) -> Piece:
    """A file of another load tool, judged by the default targets."""
    samples, run = foreign.read(path)
    verdict = judge(samples, run)
    shows = figures.of_verdict(verdict)
    return _piece(shown, "load test file", "supplied", instant(run.started_at), verdict.sentence, shows)


def _piece(source: str, kind: str, grade: Grade, made: datetime | None, sentence: str, shows: figures.Figures) -> Piece:
    dated = made.date().isoformat() if made else ""
    return Piece(source=source, kind=kind, grade=grade, dated=dated, age_days=None, sentence=sentence, figures=shows)
