"""A comparison of vendors as an architecture decision record, in the layout of MADR 4 (adr.github.io/madr)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sim.evidence.wording import percent
from sim.records.atomic_files import whole
from sim.records.decisions.vendors import Cell, Ranking, Standing

_STRONG, _WEAK = 7.0, 4.0
"""A score from the one up is an argument for a vendor, below the other one against it."""


def write_adr(ranking: Ranking, path: Path | str) -> None:
    """Write the record; its status is `proposed`, because people decide."""
    with whole(path) as aside:
        aside.write_text("\n".join(_lines(ranking)) + "\n", encoding="utf-8")


def _lines(ranking: Ranking) -> Iterator[str]:
    title = f"{ranking.winner} for: {ranking.name}" if ranking.winner else f"No vendor yet for: {ranking.name}"
    yield from ("---", "status: proposed", f"date: {ranking.as_of}", "---", "", f"# {_plain(title)}", "")
    yield from ("## Context and Problem Statement", "")
    yield _plain(ranking.question or ranking.name)
    if ranking.example:
        yield from ("", "This is an example: its vendors and figures are made up.")
    yield from ("", "## Decision Drivers", "")
    for dimension in ranking.dimensions:
        criteria = ", ".join(_plain(each.name) for each in ranking.criteria if each.dimension == dimension.name)
        yield f"* {_plain(dimension.name)}, {percent(dimension.weight)} of the weight: {criteria}"
    for row in ranking.standings[0].requirements:
        if row.priority == "must":
            yield f"* Must-have: {_plain(row.name)}"
    yield from ("", "## Considered Options", "", *(f"* {_plain(each.vendor)}" for each in ranking.standings))
    yield from ("", "## Decision Outcome", "")
    chosen = f'Chosen option: "{ranking.winner}", because ' if ranking.winner else "No option is chosen: "
    yield _plain(chosen + ranking.sentence)
    yield from ("", "### Consequences", "", *_consequences(ranking))
    yield from ("", "### Confirmation", "", *(f"* {_plain(each)}" for each in _confirmation(ranking)))
    yield from ("", "## Pros and Cons of the Options", "")
    for each in ranking.standings:
        yield from (f"### {_plain(each.vendor)}", "", *_arguments(ranking, each), "")
    yield from ("## More Information", "")
    yield from (f"* {_plain(each)}" for each in (*ranking.conditions, *ranking.notes))
    yield "* Evidence:"
    for each in ranking.standings:
        for piece in each.pieces:
            age = "no date" if piece.age_days is None else f"{piece.age_days} days old"
            yield f"    * {_plain(each.vendor)}: {_plain(piece.source)} ({piece.kind}, {piece.grade}, {age})"


def _consequences(ranking: Ranking) -> Iterator[str]:
    winner = next((each for each in ranking.standings if each.vendor == ranking.winner), None)
    if winner is None:
        yield "* Bad, because no vendor is ahead of all others."
        return
    yield from (line for line in _arguments(ranking, winner) if not line.startswith("* Neutral"))


def _confirmation(ranking: Ranking) -> Iterator[str]:
    """What the choice still depends on."""
    without = ranking.without_weakest
    if without and without.winner == ranking.winner:
        yield "The same vendor leads when RFP answers and judgement count for nothing."
    elif without:
        yield f"{without.winner or 'No vendor'} leads when RFP answers and judgement count for nothing: measure before you sign."
    if ranking.change:
        yield (
            f"The smallest change of a weight that changes the winner: {ranking.change.name} from {percent(ranking.change.weight)} "
            f"to {percent(ranking.change.to)}."
        )
    for method in ranking.methods[1:]:
        if ranking.winner and method.order[0] != ranking.winner:
            yield f"{method.name} puts {method.order[0]} first."
    yield "Judge the records again when the pilot ends."


def _arguments(ranking: Ranking, standing: Standing) -> Iterator[str]:
    weights = {each.name: each.total for each in ranking.criteria}
    yield f"* Neutral, because its score is {standing.total:.2f} of 10, between {standing.low:.1f} and {standing.high:.1f}"
    for name in standing.missing:
        yield f"* Bad, because it lacks {_plain(name)}, which it must cover"
    for name in standing.not_shown:
        yield f"* Bad, because nothing shows that it covers {_plain(name)}, which it must"
    for cell in sorted(standing.cells, key=lambda each: -weights[each.criterion]):
        if cell.grade is None:
            yield f"* Bad, because nothing shows its {_plain(cell.criterion)}"
        elif cell.score >= _STRONG or cell.score < _WEAK:
            word = "Good" if cell.score >= _STRONG else "Bad"
            yield f"* {word}, because {_plain(cell.criterion)} scores {cell.score:.1f} ({_basis(cell)})"


def _basis(cell: Cell) -> str:
    age = "" if cell.age_days is None else f", {cell.age_days} days old"
    return f"{cell.grade}{age}"


def _plain(text: str) -> str:
    """Text from outside as Markdown that shows it as it is, on one line."""
    line = " ".join(text.split())
    return "".join(f"\\{sign}" if sign in "\\`*_<>[]|#" else sign for sign in line)
