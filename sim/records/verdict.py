"""The verdict on a load test, and on one against another: pass, fail, inconclusive or invalid, with the counts and intervals behind it."""

from __future__ import annotations

from typing import Final, Literal

from sim.records.load_run import Accounts, Record, StockReading

FORMAT: Final = 1

Decision = Literal["pass", "fail", "inconclusive", "invalid"]
SHARES = ("availability", "journeys")
"""Quantities that are shares: of requests that were answered, and of journeys that succeeded. The others are times."""
EXIT_STATUS: dict[str, int] = {"pass": 0, "fail": 1, "inconclusive": 2, "invalid": 3}


class Finding(Record):
    """One quantity with its interval, its target and the decision."""

    quantity: str
    """`availability`, `journeys`, `mean`, `p95`, `p99`, `p99.9`."""
    scope: str
    """`all requests`, or a journey's name. `journeys` counts whole journeys where the others count requests."""
    unit: str
    target: float | None
    binding: bool
    decision: Decision | Literal["informs"]
    estimate: float | None
    low: float | None
    high: float | None
    """None where the window is too short to bound the quantity on that side, or where the bound is a failed request, +∞."""
    confidence: float
    """Two-sided level of the interval (`low`, `high`); a decision uses its matching one-sided bound."""
    requests: int
    bad: int
    """Requests that failed the quantity: not available, or slower than the target (the estimate, where there is no target)."""
    incidents: int
    gap_s: float
    """Bad requests at most this far apart are one incident. A mean counts none and needs none."""
    design_effect: float
    """Requests that carry the evidence of one independent request: from incidents of bad requests, for a mean from batches."""
    requests_more: int | None = None
    """How many more requests like these would decide, where inconclusive and where any number would."""
    note: str = ""

    @property
    def met(self) -> bool:
        """Whether the estimate, without its interval, meets the target; true without requests or a target."""
        if self.target is None or not self.requests:
            return True
        if self.estimate is None:
            return False
        return self.estimate >= self.target if self.quantity in SHARES else self.estimate <= self.target


class JourneyLine(Record):
    """Journeys of one name with intended start in the measured window, by outcome: offered = completed + failed + other."""

    journey: str
    offered: int
    started: int
    """Offered, less those dropped before their first request."""
    completed: int
    """No request of it failed or was refused, and its last was answered."""
    failed: int
    """One of its requests failed, or it was dropped."""
    failed_at: dict[str, int]
    """Failed journeys by the step of their first failed request; `dropped` for those without a request."""
    other: int
    """Neither: refused by a rule of the platform, throttled, in conflict or logged out."""
    offered_per_hour: float
    completed_per_hour: float


class StepLine(Record):
    """The requests of one step in the measured window."""

    journey: str
    step: str
    requests: int
    failed: int
    errors: dict[str, int]
    """Failed requests by what came instead of an answer: `timeout`, `HTTP 500`."""
    mean_s: float | None
    p50_s: float | None
    p95_s: float | None
    p99_s: float | None
    """Responses of answered requests only, in seconds; None where none was answered."""


class Throughput(Record):
    """Load offered and throughput: orders per hour, requests per second."""

    window_s: float
    """In which journeys were to start: after the warm-up, up to the end of the schedule, the stop or the deciding look."""
    asked_orders_per_hour: float | None
    """Rate that the trace was made for × time scale; None where its header has none, or under a shape."""
    delay_s: float
    """How much longer the last checkouts took in the software than the first ones: the time by which completions fell behind."""
    requests_offered_per_s: float
    requests_answered_per_s: float


class Verdict(Record):
    """The verdict on a load test's samples, with its figures."""

    format: Literal[1] = FORMAT
    run_id: str
    host: str
    decision: Decision
    sentence: str
    """The finding in words, with its numbers."""
    reasons: list[str]
    findings: list[Finding]
    outcomes: dict[str, int]
    """Requests by outcome."""
    accounts: Accounts
    throughput: Throughput | None = None
    journeys: list[JourneyLine] = []
    """None for files of other tools: they hold requests alone."""
    steps: list[StepLine] = []
    window_s: float
    window_supports: list[str]
    """What this window supports, and what it does not, in sentences."""
    lag_p99_s: float | None
    """None where the samples carry no intended starts: the lag is unknown."""
    stock: list[StockReading] = []
    stock_sentence: str = ""


class Difference(Record):
    """One quantity of two runs, A − B, with its interval and, where a margin binds it, the decision."""

    quantity: str
    """`availability`, `journeys`, `mean`, `p50`, `p95`, `p99`."""
    scope: str
    """`all requests`, or a journey's name."""
    unit: str
    """Of `a`, `b`, the difference, its bounds and the margin: `share` or `s`."""
    margin: float | None
    """By how much A may be worse; None where nothing binds the quantity, or where it is a part of what B lacks."""
    binding: bool
    decision: Decision | Literal["informs"]
    a: float | None
    b: float | None
    """None where too many requests failed for it."""
    difference: float | None
    low: float | None
    high: float | None
    """None where the runs do not bound the difference on that side."""
    confidence: float
    """Two-sided level of the interval (`low`, `high`); a decision uses its matching one-sided bound."""
    requests_a: int
    requests_b: int
    """For `journeys`: journeys."""
    failed_a: int
    failed_b: int
    design_effect_a: float
    design_effect_b: float
    correlation: float
    """Of the two estimates, as used in the interval; 0 where the runs do not pair, and for a mean, whose interval is of paired differences."""
    requests_more: int | None = None
    """How many more requests like these, in each run, would decide; where inconclusive and where any number would."""
    finding: str
    """In words: `slower by at least 41 ms`, `no difference larger than 3 ms`."""

    @property
    def harm(self) -> tuple[float | None, float | None, float | None]:
        """How much worse A is than B, with its lower and upper bounds; below 0 where A is better."""
        if self.quantity not in SHARES:
            return self.difference, self.low, self.high
        least, middle, most = (value if value is None else -value for value in (self.low, self.difference, self.high))
        return middle, most, least


class Compared(Record):
    """One of the two runs."""

    run_id: str
    host: str
    adapter: str
    started_at: str
    requests: int
    """That count."""
    failed: int
    requests_per_s: float


class Comparison(Record):
    """A load test A against another, B: differences, and whether A is worse by more than margins allow."""

    format: Literal[1] = FORMAT
    a: Compared
    b: Compared
    pairs: int
    """Journeys of both runs paired by their row of the trace; 0 where the runs do not pair."""
    decision: Decision
    sentence: str
    """The finding in words, with its numbers."""
    reasons: list[str]
    """How the runs were paired or why not, why the comparison is invalid, and what of it is not like with like."""
    differences: list[Difference]
