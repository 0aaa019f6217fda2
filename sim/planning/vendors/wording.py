"""The sentences of a comparison: who wins and on what, and what would have to be true for another to win."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sim.evidence.wording import percent
from sim.planning.vendors.incidents import Down, Period
from sim.records.decisions.evidence import Piece
from sim.records.decisions.vendors import Standing, WeightChange

NO_OTHER_METHOD = "No other method of ranking was tried: pip install 'retail-lab[planning]'."


def headline(
    ranked: Sequence[Standing], winner: str | None, out: Sequence[Standing], weights: Mapping[str, float]
) -> str:
    """Who wins, by how much, on what, and how often; of no winner, why.

    Args:
        ranked: vendors without the disqualified, the best first.
        winner: its name; None where there is none.
        out: the disqualified.
        weights: of the criteria, of sum 1.
    """
    lost = [disqualified(each) for each in out]
    if not ranked:
        return " ".join(["Every vendor lacks a must-have.", *lost])
    first = ranked[0]
    if winner is None:
        level = ", ".join(each.vendor for each in ranked if each.rank == 1)
        return " ".join([f"No vendor is ahead: {first.total:.2f} of 10 for {level}.", *lost])
    if len(ranked) == 1:
        lead = f"{first.vendor} leads with {first.total:.2f} of 10, the only vendor left."
    else:
        second = ranked[1]
        lead = (
            f"{first.vendor} leads with {first.total:.2f} of 10, {first.total - second.total:.2f} ahead of {second.vendor}. "
            f"{_most_in(first, second, weights)} "
            f"It wins {percent(first.wins_near)} of draws near the stated weights and {percent(first.wins_any)} with any weights."
        )
    return " ".join([lead, _rests(first), *_must_be_shown(first), *lost])


def _most_in(first: Standing, second: Standing, weights: Mapping[str, float]) -> str:
    """The criterion that adds most to the lead of the first over the second."""
    pairs = zip(first.cells, second.cells, strict=True)
    a, b = max(pairs, key=lambda pair: weights[pair[0].criterion] * (pair[0].score - pair[1].score))
    if b.grade is None:
        return f"Most of that is {a.criterion}: {a.score:.1f}, where {second.vendor} shows nothing."
    return f"Most of that is {a.criterion}: {a.score:.1f} against {b.score:.1f}."


def _rests(standing: Standing) -> str:
    of = standing.by_grade
    measured, none = of.get("measured", 0.0), of.get("none", 0.0)
    outside, answers = (of.get(a, 0.0) + of.get(b, 0.0) for a, b in (("supplied", "reference"), ("rfp", "judgement")))
    return (
        f"Of the weight of its score {percent(measured)} rests on measurements, {percent(outside)} on results and references of others, "
        f"{percent(answers)} on answers and judgement, {percent(none)} on nothing."
    )


def _must_be_shown(standing: Standing) -> list[str]:
    if not standing.not_shown:
        return []
    return [f"Nothing shows that it covers {', '.join(standing.not_shown)}, which it must."]


def disqualified(standing: Standing) -> str:
    """Why a vendor is out."""
    return f"{standing.vendor} is disqualified: it lacks {', '.join(standing.missing)}, which it must cover."


def if_covered(standing: Standing, best: float) -> str:
    """Whether a disqualified vendor would win with what it lacks; `best` is the winner's score."""
    what = ", ".join(standing.missing)
    if standing.total > best:
        return f"{standing.vendor} wins if it covers {what}: its score is {standing.total:.2f}."
    return f"{standing.vendor} does not win even if it covers {what}: its score is {standing.total:.2f}."


def condition(
    vendor: str,
    change: WeightChange | None,
    silent: tuple[float, float] | None,
    rise: tuple[str, float, float] | None,
) -> str:
    """What would have to be true for a vendor to win.

    Args:
        vendor: its name.
        change: the smallest change of one weight with which it wins; None where there is none.
        silent: weight of the criteria that nothing shows, and the mean score there with which it draws level; None where 10 is not enough.
        rise: the criterion whose score it has to raise least, the score now, and the one with which it draws level; None where 10 is not enough.
    """
    ways = []
    if change:
        than = "more" if change.to > change.weight else "less"
        ways.append(f"the weight of {change.name} is {than} than {percent(change.to)} (now {percent(change.weight)}).")
    if silent:
        of = f"{percent(silent[0])} of the weight"
        ways.append(f"what nothing shows of it ({of}) is worth more than {silent[1]:.1f} of 10 on average.")
    if rise:
        ways.append(f"its score for {rise[0]} is more than {rise[2]:.1f} (now {rise[1]:.1f}).")
    if not ways:
        return f"No single weight and no single score makes {vendor} win."
    return " ".join(f"{vendor} wins if {way}" for way in ways)


def of_weights(group: str, how: str, ratio: float | None, most: float) -> str:
    """A note on weights that are assumed or contradict each other; empty for others."""
    of = f"criteria of {group}" if group else "dimensions"
    if how == "equal, assumed":
        return f"The weights of the {of} are equal, because none are given: assumed."
    if ratio is not None and ratio > most:
        return f"The comparisons of the {of} contradict each other: consistency ratio {ratio:.2f}, above {most:g}."
    return ""


def of_method(name: str, first: str) -> str:
    """A note on a method of ranking that has another winner."""
    return f"{name} puts {first} first."


def not_compared(dimension: str) -> str:
    """A note on a usual dimension that the comparison does not have."""
    return f"Nothing is compared under {dimension}."


def not_counted(vendor: str, piece: Piece) -> str:
    """A note on evidence that decides nothing."""
    return f"{piece.source} of {vendor} counts for nothing: {piece.sentence}"


def of_tickets(number: int, unanswered: int) -> str:
    """What a table of tickets holds."""
    return f"{number:,} tickets, {unanswered:,} without an answer."


def of_incidents(down: Down) -> str:
    """What a list of incidents comes to: how many spells down in which period, and what of the list does not count."""
    merged = down.listed - down.outside - len(down.spells)
    days = down.period.length.total_seconds() / 86_400
    parts = [f"Incidents: {len(down.spells):,} in {days:,.0f} days."]
    if merged:
        parts.append(f"Merged with one that they overlap: {merged:,}.")
    if down.outside:
        parts.append(f"Outside the period: {down.outside:,}.")
    return " ".join(parts)


def of_period(vendor: str, source: str, period: Period) -> str:
    """A note on a period that is assumed."""
    return (
        f"{source} of {vendor} names no period: it is taken to begin with the first incident and to end with the last, "
        f"{period.begin:%Y-%m-%d} to {period.end:%Y-%m-%d}: assumed."
    )


def no_costs(vendor: str, source: str) -> str:
    """A note on a vendor whose costs are not known."""
    return f"{source} has no cost of {vendor}: its cost of ownership is not known."


def of_costs(low: float, high: float) -> str:
    """What a table of costs comes to."""
    return f"Cost of ownership {low:,.0f} to {high:,.0f}."
