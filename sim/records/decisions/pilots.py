"""Records of pilots: what a go-live changed in the stores that went live, and which pilot would see a lift of a size."""

from __future__ import annotations

from typing import Final, Literal

from sim.records.load_run import Count, Record, Share

FORMAT: Final = 1

State = Literal["lift", "smaller lift", "no lift", "opposite", "not told apart"]
DECISION: dict[State, Literal["pass", "fail", "inconclusive"]] = {
    "lift": "pass",
    "smaller lift": "fail",
    "no lift": "fail",
    "opposite": "fail",
    "not told apart": "inconclusive",
}
"""The decision of a record, by the state of its first outcome."""


TITLES = {
    "sales": "sales",
    "tickets": "tickets",
    "wait_s": "mean wait",
    "units": "units sold",
    "customers": "customers",
}
"""What sentences and pages call the outcomes that are found by their headings; any other is called by its own."""


class LiftLine(Record):
    """The lift of a wave, or of all. Ends are None where nothing bounds them."""

    wave: str
    """Its name in the plan, or the first day of its go-live; empty for all waves together."""
    go_live: str
    """First day of the week of its go-live; empty for all."""
    stores: list[str]
    controls: list[str]
    """Stores not yet live that it was held against, in any week."""
    weeks: Count
    """Weeks since its go-live in which it has controls."""
    lift: float | None
    low: float | None
    high: float | None
    """Change on what the stores would have had, a share; `lift` is None where that is not above 0."""
    amount: float
    amount_low: float | None
    amount_high: float | None
    """The same in the outcome's own unit, a store."""
    p: Share
    """Share of assignments of the go-lives to stores with a lift as large in either direction."""
    least_lift: float | None
    """The smallest lift that is seen in 80 of 100 such pilots, of the sign asked for (of the lift's own where the outcome is not judged); None
    where none is, however large."""


class EventLine(Record):
    """The difference to the controls so many weeks after the go-live, over the waves that have it; ends are None where nothing bounds them."""

    week: int
    """0 is the week of the go-live."""
    lift: float
    low: float
    high: float
    """Around it, what 95 of 100 assignments show without a lift: of one week at a time."""
    stores: Count


class Placebo(Record):
    """A statistic that should be 0 where the stores and their controls moved alike before the go-live."""

    value: float
    low: float
    high: float
    p: Share


class OutcomeLift(Record):
    """One outcome."""

    outcome: str
    scale: Literal["log", "level"]
    """Of the comparison: logarithms where every figure is above 0, which compares per cent with per cent."""
    mean: float
    """Of a store that went live in a week after, in the outcome's own unit."""
    state: State | None
    """Of the first outcome, which is judged; None for another."""
    lines: list[LiftLine]
    """All waves together first, then each wave where there are several."""
    events: list[EventLine]
    trend: Placebo
    """Slope a week of the differences before the go-live."""
    before: Placebo
    """The lift of a go-live that was not, halfway through the weeks before."""
    assigned: list[float]
    """Lifts of all waves under the assignments of the test, the observed one among them: quantiles at equally spaced levels, rising."""


class PilotAnalysis(Record):
    """What a go-live changed, from figures of stores before and after it."""

    format: Literal[1] = FORMAT
    data: str
    basis: Literal["supplied", "simulated"]
    """What its figures rest on: a table of the user's, or a run of a chain."""
    go_live: str
    """The file that dates the go-lives."""
    first_week: str
    last_week: str
    """First days of the first and the last week that count."""
    figures: Literal["day", "week"]
    """Whether an outcome is the mean of a store's days in a week, or its week."""
    stores: Count
    """That count, live or not."""
    asked: float
    """The lift that matters, a share; negative for a fall that is wanted."""
    confidence: Share
    assignments: Count
    seed: Count
    decision: Literal["pass", "fail", "inconclusive"]
    sentence: str
    outcomes: list[OutcomeLift]
    """The first one is judged."""
    notes: list[str]


class DesignLine(Record):
    """A pilot of a size, tried on windows of the history."""

    kind: Literal["pilot", "stepped wedge"]
    stores: Count
    """That go live within its weeks."""
    weeks: Count
    """From the first go-live to the end."""
    base_weeks: Count
    """Before the first go-live."""
    windows: Count
    """Of the history, in which it was tried."""
    power: Share
    """Probability of seeing the lift that was asked for, over windows and assignments."""
    power_low: Share
    power_high: Share
    """In the least and the most favourable window."""
    least_lift: float | None
    """The smallest lift that is seen with 80 % probability; None where none is, however large."""


class ChosenStore(Record):
    """A store to go live, with its nearest others."""

    store: str
    region: str
    level: float
    trend: float
    """In standard deviations over all stores."""
    controls: list[str]


class PilotDesign(Record):
    """Which pilots would see a lift of a size, from a history without any go-live."""

    format: Literal[1] = FORMAT
    data: str
    basis: Literal["supplied", "simulated"]
    """What its figures rest on: a table of the user's, or a run of a chain."""
    outcome: str
    scale: Literal["log", "level"]
    figures: Literal["day", "week"]
    stores: Count
    weeks: Count
    """Of the history."""
    first_week: str
    asked: float
    confidence: Share
    power_asked: Share
    assignments: Count
    """Tried in each window."""
    seed: Count
    decision: Literal["pass", "fail"]
    sentence: str
    designs: list[DesignLine]
    recommended: DesignLine
    """The one that was asked for; else the pilot of fewest stores, then weeks, that sees the lift; else the one of highest power."""
    chosen: list[ChosenStore]
    level_gap: float
    trend_gap: float
    """Mean of the chosen stores less that of all, in standard deviations over stores."""
    notes: list[str]
