"""The difference of two runs in one quantity of one scope: bounded, put into words and, where a margin names it, decided."""

from __future__ import annotations

import math

from sim.evidence.difference.intervals import Interval, mean_difference, quantile_difference, share_difference
from sim.evidence.difference.margins import Margin
from sim.evidence.difference.pairing import Sides
from sim.evidence.statistics.intervals import CONFIDENCE
from sim.evidence.verdict.targets import probability
from sim.evidence.wording import points, seconds
from sim.records.verdict import SHARES, Decision, Difference

NOT_MEASURED = "not measured: too many requests failed"
NOT_HELD = "not measured: no request of it counts in A, in B or in both"
NO_BOUND = "no difference shown; too few requests to bound it"


def find(sides: Sides, quantity: str, scope: str, margin: Margin | None, timeout_s: float) -> Difference:
    """The difference in a quantity of a scope: binding where there is a margin, else informing.

    Args:
        sides: at least one request on each; for `journeys` one row a journey.
        quantity: `availability`, `journeys`, `mean`, or a percentile such as `p95`.
        timeout_s: time that a failed request counts for in a mean; in a percentile it counts +∞.
    """
    if quantity in SHARES:
        found = _of_good(share_difference(sides))
    elif quantity == "mean":
        found = mean_difference(sides, timeout_s)
    else:
        found = quantile_difference(sides, probability(quantity))
    limit = margin.of(found.b) if margin else None
    decision = _decide(quantity, found.low, found.high, limit) if limit is not None else None
    times = None
    if decision == "inconclusive" and limit is not None:
        times = found.times_needed(lambda low, high: _decide(quantity, low, high, limit) != "inconclusive")
    more = None if times is None else math.ceil((times - 1) * max(len(sides.a), len(sides.b)))
    return Difference(
        quantity=quantity,
        scope=scope,
        unit="share" if quantity in SHARES else "s",
        margin=_known(limit),
        binding=margin is not None,
        decision=decision or "informs",
        a=_known(found.a),
        b=_known(found.b),
        difference=_known(found.difference),
        low=_known(found.low),
        high=_known(found.high),
        confidence=2 * CONFIDENCE - 1,
        requests_a=len(sides.a),
        requests_b=len(sides.b),
        failed_a=int(sides.a.failed.sum()),
        failed_b=int(sides.b.failed.sum()),
        design_effect_a=found.effect_a,
        design_effect_b=found.effect_b,
        correlation=found.correlation,
        requests_more=more,
        finding=in_words(quantity, found.low, found.high) if math.isfinite(found.difference) else NOT_MEASURED,
    )


def unseen(margin: Margin) -> Difference:
    """The inconclusive difference for a margin on what one of the runs, or both, did not do."""
    return Difference(
        quantity=margin.quantity,
        scope=margin.scope,
        unit="share" if margin.quantity in SHARES else "s",
        margin=None if margin.of_b else margin.amount,
        binding=True,
        decision="inconclusive",
        a=None,
        b=None,
        difference=None,
        low=None,
        high=None,
        confidence=2 * CONFIDENCE - 1,
        requests_a=0,
        requests_b=0,
        failed_a=0,
        failed_b=0,
        design_effect_a=1.0,
        design_effect_b=1.0,
        correlation=0.0,
        finding=NOT_HELD,
    )


def in_words(quantity: str, low: float, high: float) -> str:
    """What the bounds of a difference A − B show: `slower by at least 41 ms`, `no difference larger than 3 ms`."""
    if low > 0:
        return f"{'higher' if quantity in SHARES else 'slower'} by at least {amount(quantity, low)}"
    if high < 0:
        return f"{'lower' if quantity in SHARES else 'faster'} by at least {amount(quantity, -high)}"
    most = max(abs(low), abs(high))
    return f"no difference larger than {amount(quantity, most)}" if math.isfinite(most) else NO_BOUND


def amount(quantity: str, size: float) -> str:
    """The size of a difference: percentage points of a share, else a time."""
    return points(size) if quantity in SHARES else seconds(size)


def _decide(quantity: str, low: float, high: float, margin: float) -> Decision:
    """Pass: the bound on the harmful side is within the margin; fail: the other bound is beyond it."""
    least, most = (-high, -low) if quantity in SHARES else (low, high)
    return "pass" if most <= margin else "fail" if least > margin else "inconclusive"


def _of_good(failed: Interval) -> Interval:
    """The difference of two shares of failures as one of successes."""

    def scaled(times: float) -> tuple[float, float]:
        low, high = failed.scaled(times)
        return -high, -low

    return Interval(
        1 - failed.a,
        1 - failed.b,
        -failed.high,
        -failed.low,
        failed.effect_a,
        failed.effect_b,
        failed.correlation,
        scaled,
    )


def _known(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else value
