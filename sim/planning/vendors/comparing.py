"""A comparison of vendors from its file to its record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np

from sim.planning.vendors import cells, methods, robustness, wording
from sim.planning.vendors.gathering import Gathered, gather
from sim.planning.vendors.vendor_file import FIVE, Loaded
from sim.planning.vendors.weights import LARGEST_RATIO
from sim.records.decisions.evidence import GRADES, Grade
from sim.records.decisions.vendors import (
    HIGHEST,
    Cell,
    Method,
    Ranking,
    Standing,
    Weight,
    WeightChange,
    WithoutWeakest,
)
from sim.streams import stream

DRAWS = 10_000
CONCENTRATION = 50.0
"""Of the Dirichlet distribution near the stated weights: a weight of 0.2 has a standard deviation of 0.056."""
WEAKEST: tuple[Grade, ...] = GRADES[-2:]


def compare(loaded: Loaded, today: date) -> Ranking:
    """The record of a comparison; ages of evidence count to the file's `as_of`, or to `today`.

    Raises `Refusal` for evidence that cannot be read, and for a criterion that no vendor is scored for.
    """
    file, as_of = loaded.file, loaded.file.as_of or today
    read, years = gather(loaded, as_of)
    hierarchy = robustness.Hierarchy(
        np.array(loaded.weights[""]), tuple(np.array(loaded.weights[name]) for name in file.dimensions)
    )
    weights = dict(zip(file.criteria, hierarchy.weights.tolist(), strict=True))
    standings = _standings(loaded, read, hierarchy, weights)
    ranked = [each for each in standings if each.rank is not None]
    out = standings[len(ranked) :]
    firsts = [each.vendor for each in ranked if each.rank == 1]
    winner = firsts[0] if len(firsts) == 1 else None
    scores = np.array([[cell.score for cell in each.cells] for each in ranked])
    tried = _methods(ranked, scores, hierarchy.weights) if len(ranked) > 1 else []
    conditions = [_condition(loaded, ranked, scores, hierarchy, n) for n in range(1, len(ranked))]
    return Ranking(
        name=file.name,
        question=file.question,
        example=file.example,
        as_of=as_of.isoformat(),
        currency=file.currency,
        years=years,
        discount_rate=file.discount_rate,
        seed=file.seed,
        draws=DRAWS,
        weighings=list(loaded.weighings),
        dimensions=[
            Weight(name=name, dimension="", weight=weight, total=weight)
            for name, weight in zip(file.dimensions, loaded.weights[""], strict=True)
        ],
        criteria=[
            Weight(name=name, dimension=group, weight=weight, total=min(weights[name], 1.0))
            for group, each in file.dimensions.items()
            for name, weight in zip(each.criteria, loaded.weights[group], strict=True)
        ],
        standings=standings,
        winner=winner,
        sentence=wording.headline(ranked, winner, out, weights),
        conditions=[*conditions, *(wording.if_covered(each, ranked[0].total) for each in out)] if winner else [],
        change=_change(loaded, ranked, scores, hierarchy, None) if winner and len(ranked) > 1 else None,
        methods=tried,
        without_weakest=_without(read, ranked, weights, hierarchy, file.seed) if winner else None,
        notes=_notes(loaded, read, tried, winner),
    )


def _standings(
    loaded: Loaded, read: dict[str, Gathered], hierarchy: robustness.Hierarchy, weights: dict[str, float]
) -> list[Standing]:
    """The vendors by rank, the disqualified last."""
    held = {name: _settled(each, weights) for name, each in read.items()}
    total = {name: _sums(row, weights) for name, row in held.items()}
    musts = {name: [row for row in each.requirements if row.priority == "must"] for name, each in read.items()}
    missing = {name: [row.name for row in rows if row.covered in ("no", "partly")] for name, rows in musts.items()}
    left = [name for name in read if not missing[name]]
    near, anyhow = _wins(held, left, hierarchy, loaded.file.seed)
    ranks = {name: 1 + sum(total[other][0] > total[name][0] + robustness.TIE for other in left) for name in left}
    return [
        Standing(
            vendor=name,
            rank=ranks.get(name),
            total=total[name][0],
            low=total[name][1],
            high=total[name][2],
            by_dimension=_by_dimension(loaded, held[name]),
            missing=missing[name],
            not_shown=[row.name for row in musts[name] if row.covered == "not shown"],
            wins_near=near.get(name, 0.0),
            wins_any=anyhow.get(name, 0.0),
            by_grade=cells.by_grade(held[name], weights),
            cells=held[name],
            requirements=read[name].requirements,
            pieces=read[name].pieces,
            cost=read[name].cost,
            support=read[name].support,
        )
        for name in sorted(read, key=lambda name: (name not in ranks, ranks.get(name, 0), -total[name][0]))
    ]


def _notes(loaded: Loaded, read: dict[str, Gathered], tried: Sequence[Method], winner: str | None) -> list[str]:
    """What of the comparison is assumed, contradicts itself, is left out, or decides nothing."""
    notes = [wording.not_counted(name, each) for name, held in read.items() for each in held.pieces if not each.figures]
    notes += [each for held in read.values() for each in held.remarks]
    for weighing in loaded.weighings:
        notes.append(wording.of_weights(weighing.group, weighing.how, weighing.consistency_ratio, LARGEST_RATIO))
    notes += [wording.not_compared(name) for name in FIVE if name not in loaded.file.dimensions]
    notes += [wording.of_method(each.name, each.order[0]) for each in tried if winner and each.order[0] != winner]
    if not methods.others():
        notes.append(wording.NO_OTHER_METHOD)
    return [note for note in notes if note]


def _settled(read: Gathered, weights: dict[str, float], without: Sequence[Grade] = ()) -> list[Cell]:
    return [cells.settle(name, read.candidates[name], without) for name in weights]


def _sums(row: Sequence[Cell], weights: dict[str, float]) -> tuple[float, float, float]:
    w = np.array([weights[cell.criterion] for cell in row])
    score, low, high = (
        float(np.array(ends) @ w) for ends in zip(*((c.score, c.low, c.high) for c in row), strict=True)
    )
    return score, low, high


def _by_dimension(loaded: Loaded, row: Sequence[Cell]) -> dict[str, float]:
    score = {cell.criterion: cell.score for cell in row}
    return {
        name: float(sum(w * score[c] for w, c in zip(loaded.weights[name], each.criteria, strict=True)))
        for name, each in loaded.file.dimensions.items()
    }


def _wins(
    held: dict[str, list[Cell]], vendors: Sequence[str], hierarchy: robustness.Hierarchy, seed: int
) -> tuple[dict[str, float], dict[str, float]]:
    """Shares of draws won near the stated weights and with any weights, by vendor."""
    if not vendors:
        return {}, {}
    low, high = (np.array([[getattr(cell, end) for cell in held[name]] for name in vendors]) for end in ("low", "high"))
    near, anyhow = (
        robustness.wins(low, high, hierarchy, stream(seed, 0, f"vendors/{name}"), DRAWS, concentration)
        for name, concentration in (("near", CONCENTRATION), ("any", None))
    )
    return dict(zip(vendors, near.tolist(), strict=True)), dict(zip(vendors, anyhow.tolist(), strict=True))


def _change(
    loaded: Loaded, ranked: Sequence[Standing], scores: np.ndarray, hierarchy: robustness.Hierarchy, other: int | None
) -> WeightChange | None:
    """The smallest change of one weight, of a dimension or of a criterion, by which the winner, the first of `ranked`, changes."""
    by_dimension = np.array([list(each.by_dimension.values()) for each in ranked])
    found = []
    for table, weights, names, dimension in (
        (by_dimension, hierarchy.dimension, list(loaded.file.dimensions), True),
        (scores, hierarchy.weights, list(loaded.file.criteria), False),
    ):
        change = robustness.smallest_change(table, weights, 0, other)
        if change:
            weight = min(float(weights[change.element]), 1.0)
            to = min(max(change.to, 0.0), 1.0)
            winner = ranked[change.vendor].vendor
            found.append(
                WeightChange(name=names[change.element], dimension=dimension, weight=weight, to=to, winner=winner)
            )
    return min(found, key=lambda each: abs(each.to - each.weight), default=None)


def _condition(
    loaded: Loaded, ranked: Sequence[Standing], scores: np.ndarray, hierarchy: robustness.Hierarchy, n: int
) -> str:
    weights, total = hierarchy.weights, [each.total for each in ranked]
    standing = ranked[n]
    dark = [k for k, cell in enumerate(standing.cells) if cell.grade is None]
    weight = float(weights[dark].sum())
    mean = robustness.needed(total, n, weight)
    silent = (weight, mean) if dark and mean <= HIGHEST else None
    rises = [(robustness.needed(total, n, float(w)), k) for k, w in enumerate(weights) if k not in dark]
    least, k = min(((rise, k) for rise, k in rises if scores[n, k] + rise <= HIGHEST), default=(0.0, -1))
    rise = (standing.cells[k].criterion, float(scores[n, k]), float(scores[n, k]) + least) if k >= 0 else None
    return wording.condition(standing.vendor, _change(loaded, ranked, scores, hierarchy, n), silent, rise)


def _methods(ranked: Sequence[Standing], scores: np.ndarray, weights: np.ndarray) -> list[Method]:
    names = [each.vendor for each in ranked]
    found = []
    for name, rank in {"weighted sum": methods.weighted_sum, **methods.others()}.items():
        places = rank(scores, weights)
        if np.isnan(places).any():
            continue
        turned = robustness.reversals(scores, partial(_places, rank, weights))
        order = [names[at] for at in np.argsort(places, kind="stable")]
        found.append(Method(name=name, order=order, reversals={names[a]: names[b] for a, b in turned.items()}))
    return found


def _places(rank: methods.Rank, weights: np.ndarray, scores: np.ndarray) -> np.ndarray:
    return rank(scores, weights)


def _without(
    read: dict[str, Gathered],
    ranked: Sequence[Standing],
    weights: dict[str, float],
    hierarchy: robustness.Hierarchy,
    seed: int,
) -> WithoutWeakest:
    """The ranking without the two weakest grades."""
    held = {each.vendor: _settled(read[each.vendor], weights, WEAKEST) for each in ranked}
    total = {name: _sums(row, weights)[0] for name, row in held.items()}
    best = max(total.values())
    firsts = [name for name, value in total.items() if value >= best - robustness.TIE]
    winner = firsts[0] if len(firsts) == 1 and best > 0 else None
    near, _ = _wins(held, list(held), hierarchy, seed)
    return WithoutWeakest(grades=list(WEAKEST), winner=winner, total=best, wins_near=near.get(winner or "", 0.0))


def example() -> Path:
    """The comparison that ships with the lab: four made-up vendors."""
    return Path(__file__).parent / "example" / "vendors.yaml"


def found(file: Path) -> Path:
    """The file of a comparison; `example` names the one that ships, where no file has that name."""
    return example() if str(file) == "example" and not file.exists() else file
