"""All that the file of a comparison names about its vendors, read: evidence, costs, tickets, scores, and what covers each requirement."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import partial
from pathlib import Path

import numpy as np

from sim.planning.evidence import pieces as evidence
from sim.planning.evidence.figures import FIGURES, is_figure, is_share
from sim.planning.vendors import cells, costs, incidents, score_sheets, tickets, wording
from sim.planning.vendors.cells import Candidate
from sim.planning.vendors.vendor_file import Dated, Found, IncidentList, Loaded, dated, nearest
from sim.records.decisions.evidence import Figure, Grade, Piece
from sim.records.decisions.vendors import Cost, Requirement, ResponseHour
from sim.records.trace import JOURNEYS


@dataclass
class Gathered:
    """What was read about one vendor."""

    pieces: list[Piece] = field(default_factory=list)
    candidates: dict[str, list[Candidate]] = field(default_factory=dict)
    """By criterion: the scores that some evidence gives."""
    requirements: list[Requirement] = field(default_factory=list)
    cost: Cost | None = None
    support: list[ResponseHour] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    """What of its evidence is assumed or missing, a sentence each."""


def gather(loaded: Loaded, as_of: date) -> tuple[dict[str, Gathered], int]:
    """What there is about each vendor, and the number of years of its costs. Ages count to `as_of`.

    Raises `Refusal` for what cannot be read, for evidence dated after `as_of`, and for a criterion that no vendor is scored for.
    """
    read = {name: Gathered() for name in loaded.file.vendors}
    for name, held in read.items():
        _read_evidence(loaded, name, held, as_of)
    years = _read_costs(loaded, read, as_of)
    _read_scores(loaded, read, as_of)
    _refuse_misspelt(loaded, read)
    _refuse_per_cent(loaded)
    _refuse_unscored(loaded, read)
    for name, held in read.items():
        held.requirements = _requirements(loaded, name, held.pieces, as_of)
    return read, years


def _read_evidence(loaded: Loaded, name: str, into: Gathered, as_of: date) -> None:
    vendor = loaded.file.vendors[name]
    for n, given in enumerate(vendor.evidence):
        found = Found(source=given) if isinstance(given, str) else given
        asked = evidence.Asked(
            path=_there(loaded, ("vendors", name, "evidence", n), found.source, "a file or folder of evidence"),
            shown=found.source,
            grade=found.grade,
            dated=found.dated,
            as_of=as_of,
            refuse=partial(loaded.refuse, ("vendors", name, "evidence", n)),
        )
        into.pieces += evidence.read(asked)
    if vendor.tickets:
        table = dated(vendor.tickets)
        answers = tickets.responses(_there(loaded, ("vendors", name, "tickets"), table.source), as_of)
        into.support = tickets.by_hour(answers.hour, answers.wait_h)
        sentence = wording.of_tickets(len(answers.hour), int(np.isinf(answers.wait_h).sum()))
        aged = _aged(loaded, ("vendors", name, "tickets"), table.dated or answers.latest, as_of)
        shows = tickets.figures(answers.wait_h)
        into.pieces.append(_piece(table, "support tickets", "supplied", sentence, shows, aged))
    if vendor.incidents:
        _read_incidents(loaded, name, vendor.incidents, into, as_of)


def _read_incidents(loaded: Loaded, name: str, given: str | IncidentList, into: Gathered, as_of: date) -> None:
    asked = IncidentList(source=given) if isinstance(given, str) else given
    keys = ("vendors", name, "incidents")
    if asked.end and asked.end > as_of:
        loaded.refuse((*keys, "to"), f"a day up to {as_of}, to which ages count (as_of)", asked.end.isoformat())
    down = incidents.read(_there(loaded, keys, asked.source), asked, as_of)
    last = min((down.period.end - timedelta(microseconds=1)).date(), as_of)
    aged = _aged(loaded, keys, asked.dated or last, as_of)
    sentence = wording.of_incidents(down)
    into.pieces.append(_piece(asked, "incidents", "supplied", sentence, incidents.figures(down), aged))
    if down.period.assumed:
        into.remarks.append(wording.of_period(name, asked.source, down.period))


def _read_costs(loaded: Loaded, read: dict[str, Gathered], as_of: date) -> int:
    """Read the table of costs into each vendor; the number of its years."""
    file = loaded.file
    if not file.costs:
        return 0
    table = dated(file.costs)
    aged = _aged(loaded, ("costs",), table.dated, as_of)
    found, years = costs.ownership(_there(loaded, ("costs",), table.source), file.vendors, file.discount_rate)
    for name in [name for name in file.vendors if name not in found]:
        read[name].remarks.append(wording.no_costs(name, table.source))
    for name, each in found.items():
        shows = {"cost_of_ownership": Figure(low=each.low, estimate=(each.low + each.high) / 2, high=each.high)}
        piece = _piece(table, "costs", "rfp", wording.of_costs(each.low, each.high), shows, aged)
        read[name].pieces.append(piece)
        read[name].cost = Cost(
            low=each.low,
            high=each.high,
            by_item=each.by_item,
            source=piece.source,
            grade=piece.grade,
            dated=piece.dated,
            age_days=piece.age_days,
        )
    return years


def _there(loaded: Loaded, keys: Sequence[str | int], source: str, what: str = "a table that is there") -> Path:
    """The path of a file that the comparison names. Raises `Refusal` with the field that names it where there is none."""
    path = loaded.at(source)
    if not os.path.exists(path):  # Path.exists raises on a name that is too long
        loaded.refuse(keys, what, source)
    return path


Aged = tuple[str, int | None]
"""Day as text and age in days; empty and None where it is not given."""


def _piece(table: Dated, kind: str, grade: Grade, sentence: str, shows: dict[str, Figure], aged: Aged) -> Piece:
    day, age = aged
    return Piece(source=table.source, kind=kind, grade=grade, dated=day, age_days=age, sentence=sentence, figures=shows)


def _aged(loaded: Loaded, keys: Sequence[str | int], day: date | None, as_of: date) -> Aged:
    """Day and age of what stands at a path of the file. Raises `Refusal` for a day after `as_of`."""
    if day is None:
        return "", None
    if day > as_of:
        loaded.refuse((*keys, "date"), f"a day up to {as_of}, to which ages count (as_of)", day.isoformat())
    return day.isoformat(), (as_of - day).days


def _read_scores(loaded: Loaded, read: dict[str, Gathered], as_of: date) -> None:
    """Candidates of each criterion: figures first, then answers of the file, then scorers."""
    file = loaded.file
    for name, vendor in file.vendors.items():
        for criterion, each in file.criteria.items():
            found = cells.of_figures(each, read[name].pieces)
            read[name].candidates[criterion] = [found] if found else []
        for criterion, given in vendor.scores.items():
            day, age = _aged(loaded, ("vendors", name, "scores", criterion), given.dated, as_of)
            read[name].candidates[criterion].append(cells.of_answer(given, given.source, day, age))
    scorers: dict[tuple[str, str], list[score_sheets.Given]] = {}
    ages = []
    for n, sheet in enumerate(map(dated, file.score_sheets)):
        ages.append(_aged(loaded, ("score_sheets", n), sheet.dated, as_of))
        for key, scores in score_sheets.read(
            _there(loaded, ("score_sheets", n), sheet.source), sheet.source, file
        ).items():
            scorers.setdefault(key, []).extend(scores)
    for (name, criterion), scores in scorers.items():
        read[name].candidates[criterion].append(cells.of_scorers(scores, *min(ages)))


def _refuse_misspelt(loaded: Loaded, read: dict[str, Gathered]) -> None:
    """Refuse a figure that no evidence shows and none could: a limit on it would hold no vendor to anything."""
    file, known = loaded.file, {name for each in read.values() for piece in each.pieces for name in piece.figures}
    asked = [
        *(
            (("dimensions", dimension, "criteria", name, "from", figure), figure)
            for dimension, held in file.dimensions.items()
            for name, each in held.criteria.items()
            for figure in each.scale
        ),
        *(
            (("requirements", name, "shown_by", figure), figure)
            for name, each in file.requirements.items()
            for figure in each.shown_by
        ),
        *(
            (("requirements", name, "journey"), f"works:{each.journey}")
            for name, each in file.requirements.items()
            if each.journey
        ),
    ]
    for keys, figure in asked:
        if figure not in known and not is_figure(figure):
            of_check = figure.startswith("works:")
            word, words = (figure.removeprefix("works:"), JOURNEYS) if of_check else (figure, {*known, *FIGURES})
            loaded.refuse(
                keys, f"{'a journey' if of_check else 'a figure of evidence'}{nearest(word, sorted(words))}", word
            )


def _refuse_per_cent(loaded: Loaded) -> None:
    """Refuse 99.9 beside a figure that is a share: no vendor would ever reach it."""
    for dimension, held in loaded.file.dimensions.items():
        for name, each in held.criteria.items():
            for figure, scale in each.scale.items():
                of_scale = ("dimensions", dimension, "criteria", name, "from", figure)
                _refuse_beyond(loaded, of_scale, figure, {"best": scale.best, "worst": scale.worst})
    for name, requirement in loaded.file.requirements.items():
        for figure, limit in requirement.shown_by.items():
            keys = ("requirements", name, "shown_by", figure)
            _refuse_beyond(loaded, keys, figure, {"at_least": limit.at_least, "at_most": limit.at_most})


def _refuse_beyond(loaded: Loaded, keys: tuple[str, ...], figure: str, ends: dict[str, float | None]) -> None:
    for end, value in ends.items():
        if value is not None and is_share(figure) and not 0 <= value <= 1:
            loaded.refuse((*keys, end), "a share from 0 to 1, such as 0.999 or 99.9%", value)


def _refuse_unscored(loaded: Loaded, read: dict[str, Gathered]) -> None:
    """Refuse a criterion that no vendor has a score for."""
    pieces = [piece for each in read.values() for piece in each.pieces]
    known = {name for piece in pieces for name in piece.figures}
    mute = next((piece for piece in pieces if not piece.figures), None)
    for dimension, held in loaded.file.dimensions.items():
        for name, criterion in held.criteria.items():
            if any(each.candidates[name] for each in read.values()):
                continue
            strange = next((figure for figure in criterion.scale if figure not in known), "")
            why = f": no evidence shows {strange}" if strange else ""
            if strange and mute:
                why += f" ({mute.source} shows nothing: {mute.sentence})"
            keys = ("dimensions", dimension, "criteria", name)
            loaded.refuse(keys, f"a criterion that some vendor is scored for{why}", name)


def _requirements(loaded: Loaded, vendor: str, pieces: Sequence[Piece], as_of: date) -> list[Requirement]:
    """Whether each requirement is covered: as figures of evidence show where they decide, else by an answer; by silence never."""
    found = []
    for name, each in loaded.file.requirements.items():
        stated = loaded.file.vendors[vendor].covers.get(name)
        row = Requirement(
            name=name, priority=each.priority, covered="not shown", grade=None, source="", dated="", age_days=None
        )
        if stated:
            said = {key: getattr(stated, key) for key in ("covered", "grade", "source")}
            day, age = _aged(loaded, ("vendors", vendor, "covers", name), stated.dated, as_of)
            row = row.model_copy(update=said | {"dated": day, "age_days": age})
        shown = cells.shown(each.limits, pieces)
        if shown:
            covered, piece = shown
            kept = {key: getattr(piece, key) for key in ("grade", "source", "dated", "age_days")}
            row = row.model_copy(update={"covered": covered, **kept})
        found.append(row)
    return found
