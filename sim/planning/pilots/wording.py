"""Sentences of pilots, as their records keep them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sim.records.decisions.pilots import TITLES, DesignLine, LiftLine, State


def title(outcome: str) -> str:
    """An outcome's name in a sentence."""
    return TITLES.get(outcome, outcome)


def signed(share: float | None) -> str:
    """`−3.2 %`; `unbounded` without one."""
    if share is None:
        return "unbounded"
    per_cent = round(abs(100 * share), 2)
    return f"{'−' if share < 0 else ''}{f'{per_cent:,.0f}' if per_cent >= 1000 else f'{per_cent:.3g}'} %"


def found(outcome: str, line: LiftLine, state: State, asked: float, several: bool) -> str:
    """What a pilot found of its first outcome, and what it could not see; `several`: waves, which were followed for unlike numbers of weeks."""
    where = f"{stores(len(line.stores))} over {'up to ' if several else ''}{weeks(line.weeks)}"
    size = signed(asked)
    ends = {
        "lift": "a lift is seen.",
        "smaller lift": f"a lift is seen, and one of {size} is excluded.",
        "no lift": f"no lift is seen, and one of {size} is excluded.",
        "opposite": f"the opposite of a lift of {size} is seen.",
        "not told apart": f"not told apart from no lift, nor from one of {size}.",
    }
    return f"Lift in {title(outcome)}: {interval(line)}, {where}: {ends[state]} {unseen(line.least_lift)}"


def interval(line: LiftLine) -> str:
    """`3.2 % (from 1.1 % to 5.4 %)`."""
    if line.lift is None:
        return "no change to be given"
    return f"{signed(line.lift)} (from {signed(line.low)} to {signed(line.high)})"


def unseen(least: float | None) -> str:
    """What a pilot could not see."""
    if least is None:
        return "Such a pilot sees no lift with 80 % probability, however large."
    return f"A lift nearer to 0 than {signed(least)} is seen in fewer than 80 of 100 such pilots."


def designed(outcome: str, best: DesignLine, asked: float, required: float) -> str:
    """How likely the recommended pilot sees the lift."""
    asks = f"{signed(required)} asked for"
    enough = f"at least the {asks}" if best.power >= required else f"below the {asks}"
    size, power = signed(asked), f"{100 * best.power:.0f} %"
    sees = f"A pilot of {stores(best.stores)} over {weeks(best.weeks)} sees a lift of {size} in {title(outcome)}"
    return f"{sees} with probability {power}, {enough}. {unseen(best.least_lift)}"


def lacking_weeks(starts: Sequence[str]) -> str:
    """A note on weeks that are left out."""
    return f"{weeks(len(starts))} left out: without a figure of most stores: {_listed(starts)}."


def lacking_stores(codes: Sequence[str]) -> str:
    """A note on stores that are left out for a gap."""
    return f"{_named(codes)} left out: without a figure of every week."


def live_early(codes: Sequence[str], before: date, least: int) -> str:
    """A note on stores that went live too soon to be compared with themselves."""
    return f"{_named(codes)} left out: live before {before}, without {weeks(least)} to compare with."


def live_amid(codes: Sequence[str]) -> str:
    """A note on stores whose first week after the go-live is not whole."""
    return f"{_named(codes)} went live within a week, all of which counts as after: the lift is diluted."


def not_estimated(codes: Sequence[str]) -> str:
    """A note on a wave after which no store is left to be compared with."""
    return f"{_named(codes)} not estimated: fewer than 2 stores are not live after them."


def moved_before(outcome: str) -> str:
    """A note on differences that were there before a go-live."""
    return f"In {title(outcome)} the stores and their controls moved apart before the go-live already: the lift may be more of that."


def not_tried(lengths: Sequence[str], held: int) -> str:
    """A note on pilots that are longer than the history."""
    return f"Pilots of {'/'.join(lengths)} weeks are not tried: the history has {weeks(held)}."


def weeks(n: int) -> str:
    """`1 week`, `8 weeks`."""
    return f"{n} week{'' if n == 1 else 's'}"


def stores(n: int) -> str:
    """`1 store`, `5 stores`."""
    return f"{n} store{'' if n == 1 else 's'}"


def _named(codes: Sequence[str]) -> str:
    """`2 stores (SH01, SH02)`."""
    return f"{stores(len(codes))} ({_listed(codes)})"


def _listed(names: Sequence[str], most: int = 8) -> str:
    more = f" + {len(names) - most}" if len(names) > most else ""
    return ", ".join(names[:most]) + more
