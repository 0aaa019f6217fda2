"""The score of each vendor for each criterion: of its evidence the strongest counts; what nothing shows counts as 0 and may be anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Literal

from sim.planning.evidence.figures import DEFECTS
from sim.planning.vendors.score_sheets import Given
from sim.planning.vendors.vendor_file import Criterion, Limit, Scored
from sim.records.decisions.evidence import GRADES, Figure, Grade, Piece, weakest
from sim.records.decisions.vendors import HIGHEST, Cell


@dataclass(frozen=True)
class Candidate:
    """A score that some evidence gives."""

    grade: Grade
    score: float
    low: float
    high: float
    source: str
    dated: str
    age_days: int | None
    note: str = ""


def of_answer(given: Scored, source: str, dated: str, age_days: int | None) -> Candidate:
    """Of a score in the file."""
    low, high = given.ends
    return Candidate(given.grade, (low + high) / 2, low, high, source, dated, age_days)


def of_scorers(given: Sequence[Given], dated: str, age_days: int | None) -> Candidate:
    """Of several scorers: the mean of their scores, and their spread as the range."""
    score = sum((each.low + each.high) / 2 for each in given) / len(given)
    low, high = min(each.low for each in given), max(each.high for each in given)
    who = f"{len(given)} scorers" if len(given) > 1 else given[0].scorer
    return Candidate(
        "judgement", score, low, high, ", ".join(dict.fromkeys(each.source for each in given)), dated, age_days, who
    )


def of_figures(criterion: Criterion, pieces: Sequence[Piece]) -> Candidate | None:
    """Of the figures that score a criterion, each equally; None where no piece has any.

    A figure that is in no piece counts as 0, and may be up to 10.
    """
    scores, used, lacking = list[tuple[float, float, float]](), list[Piece](), list[str]()
    notes = []
    for name, scale in criterion.scale.items():
        piece = strongest(pieces, name)
        if piece is None:
            lacking.append(name)
            scores.append((0.0, 0.0, HIGHEST))
            continue
        figure = piece.figures[name]
        ends = [scale.score(_value(each)) for each in (figure.low, figure.estimate, figure.high)]
        scores.append((ends[1], min(ends), max(ends)))
        used.append(piece)
        notes.append(f"{name} {_shown(figure)}")
    if not used:
        return None
    score, low, high = (sum(each[n] for each in scores) / len(scores) for n in range(3))
    dated = min((piece for piece in used), key=lambda piece: piece.dated)
    source = ", ".join(dict.fromkeys(piece.source for piece in used))
    note = "; ".join([", ".join(notes), *([f"not shown: {', '.join(lacking)}"] if lacking else [])])
    return Candidate(
        weakest([piece.grade for piece in used]), score, low, high, source, dated.dated, dated.age_days, note
    )


def shown(
    limits: Mapping[str, Limit], pieces: Sequence[Piece]
) -> tuple[Literal["yes", "no", "not shown"], Piece] | None:
    """Whether figures keep to their limits, with the piece that decides; None where no piece has any of them.

    `no` where one does not, `yes` where all do, else `not shown`: an interval that holds both, or a figure that is in no piece.
    """
    found = [(piece, limit, name) for name, limit in limits.items() if (piece := strongest(pieces, name))]
    kept = [
        (limit.kept(piece.figures[name].low, _value(piece.figures[name].high)), piece) for piece, limit, name in found
    ]
    if not kept:
        return None
    if broken := next((piece for holds, piece in kept if holds is False), None):
        return "no", broken
    whole = len(kept) == len(limits) and all(holds for holds, _ in kept)
    return ("yes" if whole else "not shown"), kept[0][1]


def strongest(pieces: Sequence[Piece], figure: str) -> Piece | None:
    """Of the pieces that show a figure the one of the strongest grade, of several the latest; of a defect the latest of each kind, and of these the
    one that shows most."""
    having = [piece for piece in pieces if figure in piece.figures]
    best = min(reversed(having), key=_rank, default=None)
    if best is None or figure not in DEFECTS:
        return best
    latest = {each.kind: each for each in sorted(having, key=_rank, reverse=True) if each.grade == best.grade}
    return max(latest.values(), key=lambda each: _value(each.figures[figure].estimate))


def settle(criterion: str, candidates: Sequence[Candidate], without: Sequence[Grade] = ()) -> Cell:
    """The score by the strongest candidate, of several equally strong the first; grades in `without` count for nothing."""
    counted = [each for each in candidates if each.grade not in without]
    if not counted:
        return Cell(
            criterion=criterion, score=0.0, low=0.0, high=HIGHEST, grade=None, source="", dated="", age_days=None
        )
    best = min(counted, key=lambda each: GRADES.index(each.grade))
    return Cell(criterion=criterion, **vars(best))


def by_grade(cells: Sequence[Cell], weights: Mapping[str, float]) -> dict[str, float]:
    """Share of the weight that rests on each grade, `none` on nothing; those that occur, strongest first."""
    found: dict[str, float] = {}
    for grade in (*GRADES, None):
        share = sum(weights[cell.criterion] for cell in cells if cell.grade == grade)
        if any(cell.grade == grade for cell in cells):
            found[grade or "none"] = min(round(share, 12), 1.0)
    return found


def _value(value: float | None) -> float:
    return inf if value is None else value


def _shown(figure: Figure) -> str:
    return "beyond every answer" if figure.estimate is None else f"{figure.estimate:.4g}"


def _rank(piece: Piece) -> tuple[int, tuple[int, ...]]:
    return GRADES.index(piece.grade), _backwards(piece.dated)


def _backwards(dated: str) -> tuple[int, ...]:
    """Sorts later days first, and no date last."""
    return tuple(-ord(sign) for sign in dated) or (0,)
