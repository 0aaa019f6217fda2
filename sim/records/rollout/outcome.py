"""The record of a plan's rollout as it was sampled: dates, costs, chances, what is critical, and what the stores lose and gain."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from sim.records.load_run import Count, Record, Share
from sim.records.rollout.gates import GatesOutcome, Number

NEVER = "never"
"""In place of a day: in so many samples a gate holds a wave for good."""
Correlation = Annotated[float, Field(ge=-1, le=1)]


class Spread(Record):
    """Quantiles of what was sampled."""

    p10: Number
    p50: Number
    p80: Number
    p90: Number
    mean: Number


class DayRange(Record):
    """Quantiles of a day, as 2027-03-01; `NEVER` where fewer samples come to it."""

    p10: str
    p50: str
    p80: str
    p90: str


class GoalChance(Record):
    """The chance that a goal is met."""

    name: str
    by: str
    """The day."""
    phases_done: list[str]
    stores_live: Count
    cost_at_most: Number | None
    chance: Share
    low: Share
    high: Share
    """Ends of its 95 % interval, of sampling alone."""


class PhaseSpan(Record):
    """When a phase begins and ends."""

    name: str
    begins: DayRange
    ends: DayRange


class WaveSpan(Record):
    """When a wave goes live."""

    name: str
    phase: str
    stores: Count
    modules: list[str]
    planned: str
    on_time: Share
    """Chance that it goes live by the planned day."""
    goes_live: DayRange
    all_live: DayRange
    """The last of its stores."""


class TaskSpan(Record):
    """When a task is worked on, from its first beginning to its last end, over its waves and stores."""

    name: str
    phase: str
    begins: DayRange
    ends: DayRange
    criticality: Share
    """Share of samples in which one of it is on the chain of activities that sets the end."""


class Swing(Record):
    """How the end depends on one input."""

    name: str
    kind: Literal["task", "driver", "risk", "consent"]
    correlation: Correlation
    """Spearman's, with the day of the end."""
    low: Number
    high: Number
    """Mean days from the plan's mean end, of the tenth of samples in which the input is smallest and greatest; of a risk: without and with it."""


class RiskEffect(Record):
    """What a risk does on average, without and with its mitigation, beside a plan without the risk."""

    name: str
    mitigation: str
    """Empty for none."""
    taken: bool
    happens: Share
    """In the plan."""
    days_before: Number
    money_before: Number
    days_after: Number | None
    money_after: Number | None
    """The mitigation's own cost in it; None without a mitigation."""


class Month(Record):
    """Money committed in a month."""

    month: str
    """2027-03."""
    p50: Number
    p80: Number
    budget: Number | None


class LivePoint(Record):
    """Stores live on a day."""

    day: str
    p10: Count
    p50: Count
    p90: Count


class CurvePoint(Record):
    """A point of a cumulative curve: the value below which this share of samples lies, with risks and without."""

    share: Share
    with_risks: Number | None
    without: Number | None
    """None where fewer samples end."""


class Learning(Record):
    """How one kind of staff learns, at the most likely time constant."""

    staff: str
    begins_at: Share
    """Proficiency on the day of the go-live."""
    criterion: Share
    days_to_criterion: DaysToCriterion


class DaysToCriterion(Record):
    """Working with the system from the go-live on, calendar days."""

    p10: Number
    p50: Number
    p90: Number


class Week(Record):
    """A store some weeks after its go-live, on average."""

    week: Count
    proficiency: Share
    till_time_factor: Number
    """On the time per item at the till; 1 once settled."""
    error_rate: Share
    """Errors per operation."""


class StoreEffects(Record):
    """Sales lost and gained, and the payback."""

    basis: str
    horizon_months: Count
    lost: Spread
    """Sales lost by missing proficiency, by errors and by risks that hit the stores, until the horizon."""
    gained: Spread
    net_margin: Spread
    """Margin on sales gained less that on sales lost, less all costs, at the horizon."""
    payback_months: Number | None
    """From the start until margin has covered costs, median; None where fewer than half of the samples pay back by the horizon."""
    paid_back: Share
    """Of the samples, by the horizon."""


class Overlap(Record):
    """The chance of the first goal where phases overlap."""

    phases: list[str]
    """Those that begin before the one before them has ended: one, or all on which the goal may depend."""
    share: Share
    """Of the median length of the phase before, which is still to come."""
    days: Number
    """Of overlap at the median of the phases before."""
    chance: Share
    low: Share
    high: Share


class PlanOutcome(Record):
    """One plan."""

    plan: str
    file: str
    file_sha256: str
    start: str
    currency: str
    seed: Count
    samples: Count
    activities: Count
    stores: Count
    ends: DayRange
    all_live: DayRange
    cost: Spread
    joint: Share
    """Chance that the plan both ends by its P80 day and costs no more than its P80 cost."""
    budget: Number | None
    """All that the budget releases."""
    within_budget: Share | None
    joint_budget: Share | None
    """Chance that all stores are live by the last planned go-live and the cost is within the budget."""
    approvals: Number
    """Tasks that waited for money, mean."""
    goals: list[GoalChance]
    phases: list[PhaseSpan]
    waves: list[WaveSpan]
    tasks: list[TaskSpan]
    """By criticality."""
    swings: list[Swing]
    """By size."""
    risks: list[RiskEffect]
    months: list[Month]
    live: list[LivePoint]
    ends_curve: list[CurvePoint]
    """Days since the start."""
    cost_curve: list[CurvePoint]
    scatter: list[tuple[Number, Number]]
    """Days since the start until the end, and cost, of some samples that end."""
    learning: list[Learning]
    weeks: list[Week]
    effects: StoreEffects | None
    overlaps: list[Overlap]
    gates: GatesOutcome | None = None
    """None for a plan without gates that read KPIs."""
    sentence: str
    notes: list[str]


Learning.model_rebuild()
