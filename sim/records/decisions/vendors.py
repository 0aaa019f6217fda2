"""The record of a comparison of vendors: the ranking, what each score rests on, and how robust the winner is."""

from __future__ import annotations

from typing import Final, Literal

from sim.records.decisions.evidence import Grade, Piece
from sim.records.load_run import Count, Record, Share

FORMAT: Final = 1
HIGHEST: Final = 10.0
"""Of the scale of scores, which begins at 0."""
How = Literal["by hand", "AHP", "equal, assumed"]


class Weight(Record):
    """Weight of a dimension among all, or of a criterion within its dimension."""

    name: str
    dimension: str
    """Of a criterion; empty for a dimension."""
    weight: Share
    total: Share
    """Among all criteria: for a criterion times the weight of its dimension."""


class Weighing(Record):
    """How the weights of one group were set."""

    group: str
    """A dimension, whose criteria are weighed; empty for the dimensions themselves."""
    how: How
    consistency_ratio: float | None = None
    """Saaty's, of a matrix of pairwise comparisons; above 0.1 its judgements contradict each other."""


class Cell(Record):
    """A vendor's score for one criterion."""

    criterion: str
    score: float
    low: float
    high: float
    grade: Grade | None
    """None without any evidence: the score is 0, and anything up to 10 is possible."""
    source: str
    dated: str
    age_days: int | None
    note: str = ""


class Requirement(Record):
    """Whether a vendor covers a requirement."""

    name: str
    priority: Literal["must", "should", "could", "wont"]
    covered: Literal["yes", "partly", "no", "not shown"]
    grade: Grade | None
    source: str
    dated: str
    age_days: int | None


class Cost(Record):
    """Cost of ownership over the years, discounted to the first."""

    low: float
    high: float
    by_item: dict[str, tuple[float, float]]
    source: str
    grade: Grade
    dated: str
    age_days: int | None


class ResponseHour(Record):
    """Time to the first answer to tickets that were opened in one hour of the week."""

    hour: Count
    """From Monday 00:00, 0 to 167."""
    support_tickets: Count
    p50_h: float | None
    p90_h: float | None
    """None where the quantile is a ticket without an answer."""


class Standing(Record):
    """One vendor."""

    vendor: str
    rank: int | None
    """None for a disqualified vendor."""
    total: float
    low: float
    high: float
    """Ends of the total when every score is at the lower, or the higher, end of its range."""
    by_dimension: dict[str, float]
    missing: list[str]
    """Must-haves that it does not cover: it is disqualified."""
    not_shown: list[str]
    """Must-haves of which nothing shows that it covers them."""
    wins_near: Share
    """Share of draws that it wins with weights near the stated ones and scores within their ranges."""
    wins_any: Share
    """The same with any weights."""
    by_grade: dict[str, float]
    """Share of the weight that rests on each grade; `none` for what rests on nothing."""
    cells: list[Cell]
    requirements: list[Requirement]
    pieces: list[Piece]
    cost: Cost | None = None
    support: list[ResponseHour] = []


class WeightChange(Record):
    """A change of one weight, the others in proportion, beyond which another vendor wins."""

    name: str
    dimension: bool
    """Whether it is the weight of a dimension, else of a criterion among all."""
    weight: Share
    to: Share
    winner: str


class Method(Record):
    """One method of ranking: its order and the vendors whose removal changes its winner."""

    name: str
    order: list[str]
    reversals: dict[str, str]
    """The winner that follows, by the vendor that is dropped; the dropped vendor is not the winner itself."""


class WithoutWeakest(Record):
    """The ranking when what rests on the two weakest grades, RFP answers and judgement, counts as nothing."""

    grades: list[Grade]
    winner: str | None
    """None where nothing is left."""
    total: float
    wins_near: Share


class Ranking(Record):
    """The record of one comparison of vendors."""

    format: Literal[1] = FORMAT
    name: str
    question: str
    example: bool
    """The figures are made up, to show what a comparison looks like."""
    as_of: str
    currency: str
    years: Count
    discount_rate: float
    seed: int
    draws: Count
    weighings: list[Weighing]
    dimensions: list[Weight]
    criteria: list[Weight]
    standings: list[Standing]
    """By rank; disqualified vendors last."""
    winner: str | None
    """None where every vendor is disqualified, or two share the first place."""
    sentence: str
    conditions: list[str]
    """What would have to be true for each other vendor to win."""
    change: WeightChange | None
    """The smallest; None where no single weight changes the winner."""
    methods: list[Method]
    without_weakest: WithoutWeakest | None
    """None where there is no winner."""
    notes: list[str]
