"""Requests held against targets: a finding for every quantity of every scope, and the one decision that follows from those that bind."""

from __future__ import annotations

from sim.evidence.requests import Requests
from sim.evidence.statistics.rules import Rules
from sim.evidence.verdict.findings import find, unseen
from sim.evidence.verdict.targets import ALL, Target, bad_share
from sim.records.verdict import Decision, Finding

SHOWN = ("availability", "journeys", "mean", "p95", "p99")
"""Quantities shown of every scope, whether a target names them or not."""


def assess(
    requests: Requests, attempts: Requests, targets: tuple[Target, ...], timeout_s: float, rules: Rules
) -> list[Finding]:
    """Findings of all requests and of each journey; those that a target names bind.

    Args:
        requests: what counts.
        attempts: journeys that count, one each; none where the samples tell of no journeys.
        targets: what binds.
        timeout_s: what a failed request counts for in a mean.
        rules: how strictly.
    """
    limits = {(target.scope, target.quantity): target.limit for target in targets}
    findings = []
    for scope in (ALL, *requests.journeys):
        named = [quantity for named_scope, quantity in limits if named_scope == scope and quantity not in SHOWN]
        for quantity in (*SHOWN, *named):
            counted = attempts if quantity == "journeys" else requests
            mine = counted if scope == ALL else counted.of(scope)
            if len(mine):
                findings.append(find(mine, quantity, scope, limits.get((scope, quantity)), timeout_s, rules))
    found = {(finding.scope, finding.quantity) for finding in findings}
    return findings + [unseen(t.quantity, t.scope, t.limit) for t in targets if (t.scope, t.quantity) not in found]


def decide(findings: list[Finding], lost: int, timeout_s: float) -> Decision:
    """Pass, fail or inconclusive. A pass must hold even if every one of the `lost` journeys had failed, each with one request."""
    decisions = {finding.decision for finding in findings if finding.binding}
    if "fail" in decisions:
        return "fail"
    return "inconclusive" if "inconclusive" in decisions or hangs_on(lost, findings, timeout_s) else "pass"


def hangs_on(lost: int, findings: list[Finding], timeout_s: float) -> bool:
    """Whether a binding target would be missed, as measured, had every journey lost with its worker failed."""
    return lost > 0 and any(_missed(lost, finding, timeout_s) for finding in findings if finding.binding)


def _missed(lost: int, f: Finding, timeout_s: float) -> bool:
    assert f.target is not None, "a binding finding has a target"
    if f.quantity == "mean":
        return f.estimate is None or (f.estimate * f.requests + timeout_s * lost) / (f.requests + lost) > f.target
    return (f.bad + lost) / (f.requests + lost) > bad_share(f.quantity, f.target)
