"""The verdict: pass, fail, inconclusive or invalid, with the counts and intervals behind it."""

from __future__ import annotations

from typing import Literal

from sim.records.loadrun import Accounts, Record, StockReading

FORMAT = 1

Decision = Literal["pass", "fail", "inconclusive", "invalid"]
EXIT_STATUS: dict[str, int] = {"pass": 0, "fail": 1, "inconclusive": 2, "invalid": 3}


class Finding(Record):
    """One quantity held against its target."""

    quantity: str
    """`availability`, `mean`, `p95`, `p99`, `p99.9`."""
    scope: str
    """`all requests`, or a journey's name."""
    unit: str
    target: float | None
    binding: bool
    decision: Decision | Literal["informs"]
    estimate: float | None
    low: float | None
    high: float | None
    """None where the window is too short to bound the quantity on that side, or where the bound is a request that never ended."""
    confidence: float
    """Two-sided level of the interval (`low`, `high`); a decision uses its matching one-sided bound."""
    requests: int
    bad: int
    """Requests that failed the quantity: not available, or slower than the target (the estimate, where there is no target)."""
    incidents: int
    gap_s: float
    """Bad requests at most this far apart are one incident. A mean counts none and needs none."""
    design_effect: float
    """How many requests stand for one independent one: from incidents of bad requests, for a mean from batches."""
    requests_more: int | None = None
    """How many more requests like these would decide, where inconclusive and where any number would."""
    note: str = ""

    @property
    def met(self) -> bool:
        """Whether the estimate, taken at its word, meets the target; where nothing was seen or asked, nothing is missed."""
        if self.target is None or not self.requests:
            return True
        if self.estimate is None:
            return False
        return self.estimate >= self.target if self.quantity == "availability" else self.estimate <= self.target


class Verdict(Record):
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
    window_s: float
    window_supports: list[str]
    """What this window can and cannot say, in sentences."""
    lag_p99_s: float
    stock: list[StockReading] = []
    stock_sentence: str = ""
