"""Findings for every quantity of every scope, and the decision that follows from the binding ones."""

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
        requests: requests that count.
        attempts: journeys that count, one row each; empty where the samples contain no journeys.
        targets: quantities and limits that bind.
        timeout_s: time that a failed request counts for in a mean.
        rules: confidence and assumed incidents.
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
    assessed = {(finding.scope, finding.quantity) for finding in findings}
    return findings + [unseen(t.quantity, t.scope, t.limit) for t in targets if (t.scope, t.quantity) not in assessed]


def decide(findings: list[Finding], lost: int, timeout_s: float) -> Decision:
    """Fail if any binding finding fails; pass if all pass, also with each of the `lost` journeys counted as one failed request; else inconclusive."""
    decisions = {finding.decision for finding in findings if finding.binding}
    if "fail" in decisions:
        return "fail"
    return "inconclusive" if "inconclusive" in decisions or hangs_on(lost, findings, timeout_s) else "pass"


def hangs_on(lost: int, findings: list[Finding], timeout_s: float) -> bool:
    """Whether an estimate would miss its binding target if each journey lost with its worker counted as one failed request."""
    return lost > 0 and any(_missed(lost, finding, timeout_s) for finding in findings if finding.binding)


def _missed(lost: int, f: Finding, timeout_s: float) -> bool:
    assert f.target is not None, "a binding finding has a target"
    if f.quantity == "mean":
        return f.estimate is None or (f.estimate * f.requests + timeout_s * lost) / (f.requests + lost) > f.target
    return (f.bad + lost) / (f.requests + lost) > bad_share(f.quantity, f.target)
