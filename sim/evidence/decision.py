"""Requests held against targets: a finding for every quantity of every scope, and the one decision that follows from those that bind."""

from __future__ import annotations

from sim.evidence.findings import find, unseen
from sim.evidence.requests import Requests
from sim.evidence.rules import Rules
from sim.evidence.targets import ALL, Target, bad_share
from sim.records.verdict import Decision, Finding

SHOWN = ("availability", "mean", "p95", "p99")
"""Quantities shown of every scope, whether a target names them or not."""


def hold(requests: Requests, targets: tuple[Target, ...], timeout_s: float, rules: Rules) -> list[Finding]:
    """Findings of all requests and of each journey; those that a target names bind.

    `timeout_s` is what a failed request counts for in a mean.
    """
    limits = {(target.scope, target.quantity): target.limit for target in targets}
    scopes = {ALL: requests, **{name: requests.of(name) for name in requests.journeys}}
    findings = []
    for scope, mine in scopes.items():
        named = [quantity for named_scope, quantity in limits if named_scope == scope and quantity not in SHOWN]
        if len(mine):
            findings += [find(mine, q, scope, limits.get((scope, q)), timeout_s, rules) for q in (*SHOWN, *named)]
    return findings + [unseen(t.quantity, t.scope, t.limit) for t in targets if not len(scopes.get(t.scope, ()))]


def decide(findings: list[Finding], lost: int) -> Decision:
    """Pass, fail or inconclusive. A pass must hold even if every one of the `lost` journeys had failed."""
    decisions = {finding.decision for finding in findings if finding.binding}
    if "fail" in decisions:
        return "fail"
    return "inconclusive" if "inconclusive" in decisions or _hangs_on(lost, findings) else "pass"


def _hangs_on(lost: int, findings: list[Finding]) -> bool:
    """Whether an availability target would be missed had every journey lost with its worker failed."""
    held = [finding for finding in findings if finding.binding and finding.quantity == "availability"]
    return lost > 0 and any((f.bad + lost) / (f.requests + lost) > bad_share("availability", f.target) for f in held)
