"""One quantity of one scope: estimated, bounded and, where a target names it, decided."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from sim.evidence.requests import Requests
from sim.evidence.statistics.intervals import batch_effect, mean_interval
from sim.evidence.statistics.rules import ONE_LOOK, Rules
from sim.evidence.statistics.shares import Share, quantile, quantile_interval, share
from sim.evidence.verdict.targets import DEFAULT, bad_share, probability
from sim.evidence.wording import count, seconds
from sim.records.verdict import SHARES, Decision, Finding


def find(
    requests: Requests, quantity: str, scope: str, limit: float | None, timeout_s: float, rules: Rules = ONE_LOOK
) -> Finding:
    """The finding on a quantity of the requests of a scope: binding where there is a limit, else informing.

    Args:
        requests: at least one; for `journeys` one row a journey.
        quantity: `availability`, `journeys`, `mean`, or a percentile such as `p95`.
        scope: name of the scope in the finding.
        limit: the least share, or the longest time in seconds.
        timeout_s: time that a failed request counts for in a mean; in a percentile it counts +∞.
        rules: confidence and assumed incidents.
    """
    if quantity in SHARES:
        return _share(requests, quantity, scope, limit, rules)
    if quantity == "mean":
        return _mean(requests, scope, limit, timeout_s, rules)
    return _percentile(requests, quantity, scope, limit, rules)


def unseen(quantity: str, scope: str, limit: float) -> Finding:
    """The inconclusive finding for a target without any request that counts."""
    counted: dict[str, Any] = {
        "confidence": ONE_LOOK.confidence,
        "requests": 0,
        "bad": 0,
        "incidents": 0,
        "gap_s": 0.0,
        "design_effect": 1.0,
        "note": "nothing of it was judged",
    }
    return _finding(quantity, scope, limit, "inconclusive", (math.nan, math.nan, math.nan), **counted)


def _share(requests: Requests, quantity: str, scope: str, limit: float | None, rules: Rules) -> Finding:
    allowed = bad_share(quantity, DEFAULT[0].limit if limit is None else limit)
    failed = share(requests.t_s, requests.failed, allowed, rules)
    decision = None if limit is None else failed.decide(allowed)
    interval = (1 - failed.estimate, 1 - failed.high, 1 - failed.low)
    return _finding(quantity, scope, limit, decision, interval, **_counted(failed, decision, allowed))


def _percentile(requests: Requests, quantity: str, scope: str, limit: float | None, rules: Rules) -> Finding:
    p, allowed = probability(quantity), bad_share(quantity, 0)
    estimate = quantile(requests.response_s, p)
    low, high = quantile_interval(requests.t_s, requests.response_s, p, rules)
    slow = share(requests.t_s, requests.response_s > (estimate if limit is None else limit), allowed, rules)
    decision = _decide(low, high, limit)
    return _finding(quantity, scope, limit, decision, (estimate, low, high), **_counted(slow, decision, allowed))


def _mean(requests: Requests, scope: str, limit: float | None, timeout_s: float, rules: Rules) -> Finding:
    charged_s = requests.charged_s(timeout_s)
    failed = int(np.count_nonzero(requests.failed))
    estimate, (low, high) = float(charged_s.mean()), mean_interval(charged_s, rules.confidence)
    low = max(low, 0.0) if math.isfinite(low) else low  # Student's t has no lower limit, times have 0
    decision = _decide(low, high, limit)
    if failed == len(charged_s):  # all values are time-outs, none a response: no mean, and no pass
        estimate, low, high = math.nan, math.nan, math.nan
        decision = None if limit is None else "fail" if timeout_s > limit else "inconclusive"
    return _finding(
        "mean",
        scope,
        limit,
        decision,
        (estimate, low, high),
        confidence=rules.confidence,
        requests=len(charged_s),
        bad=int(np.count_nonzero(charged_s > (estimate if limit is None else limit))),
        incidents=0,
        gap_s=0.0,
        design_effect=batch_effect(charged_s),
        requests_more=_more_for_mean(len(charged_s), estimate, high, limit)
        if decision == "inconclusive" and limit is not None
        else None,
        note=_charged(failed, len(charged_s), timeout_s),
    )


def _charged(failed: int, requests: int, timeout_s: float) -> str:
    """Note on failed requests in a mean."""
    if not failed:
        return ""
    charge = f"charged the time-out of {seconds(timeout_s)}{' each' if failed > 1 else ''}"
    if failed == requests:
        return f"none of {count(requests, 'request')} was answered; a failed one is {charge}"
    return f"{count(failed, 'failed request')} {charge}"


def _decide(low: float, high: float, limit: float | None) -> Decision | None:
    """Decision of a time by its bounds."""
    if limit is None:
        return None
    return "pass" if high <= limit else "fail" if low > limit else "inconclusive"


def _counted(bad: Share, decision: Decision | None, allowed: float) -> dict[str, Any]:
    return {
        "confidence": bad.confidence,
        "requests": bad.requests,
        "bad": bad.bad,
        "incidents": bad.incidents,
        "gap_s": bad.gap_s,
        "design_effect": bad.design_effect,
        "requests_more": bad.requests_more(allowed) if decision == "inconclusive" else None,
    }


def _more_for_mean(requests: int, estimate: float, high: float, limit: float) -> int | None:
    """Further requests until the half-width, which falls as 1/√n, equals the distance between estimate and limit."""
    if not math.isfinite(high) or not math.isfinite(estimate) or estimate == limit:
        return None
    return math.ceil(requests * (((high - estimate) / (estimate - limit)) ** 2 - 1))


def _finding(
    quantity: str,
    scope: str,
    limit: float | None,
    decision: Decision | None,
    interval: tuple[float, float, float],
    confidence: float,
    **counted: Any,
) -> Finding:
    estimate, low, high = (value if math.isfinite(value) else None for value in interval)
    return Finding(
        quantity=quantity,
        scope=scope,
        unit="share" if quantity in SHARES else "s",
        target=limit,
        binding=limit is not None,
        decision=decision or "informs",
        estimate=estimate,
        low=low,
        high=high,
        confidence=2 * confidence - 1,
        **counted,
    )
