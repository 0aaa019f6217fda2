"""Samples judged: pass, fail, inconclusive or invalid, computed from what happened and from nothing else, again at any time."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pyarrow as pa

from sim.evidence.findings import find, unseen
from sim.evidence.requests import Requests, judged, outcomes
from sim.evidence.sentence import reasons, sentence
from sim.evidence.targets import ALL, DEFAULT, Target, bad_share
from sim.evidence.truth import StockTruth, stock_truth
from sim.evidence.validity import NO_PROOF_SHARE, faults, lag_p99_s
from sim.evidence.window import supports
from sim.records.loadrun import LoadRun
from sim.records.samples import OUTCOMES
from sim.records.verdict import Decision, Finding, Verdict

SHOWN = ("availability", "mean", "p95", "p99")
"""Quantities shown of every scope, whether a target names them or not."""


def judge(
    samples: pa.Table,
    run: LoadRun,
    targets: Iterable[Target] = DEFAULT,
    gap_s: float | None = None,
    no_proof_share: float = NO_PROOF_SHARE,
) -> Verdict:
    """Hold a load test against its targets.

    Args:
        samples: requests of `sim.records.samples.SCHEMA`, in any order.
        run: what the load test says of itself.
        targets: they bind; every other quantity and journey informs.
        gap_s: failures at most this far apart are one incident; None takes the gap from each target.
        no_proof_share: above this share of rejected, throttled, conflicting and logged-out answers the run is invalid.
    """
    requests = judged(samples, run.warmup_s)
    invalid = faults(samples, run, len(requests), no_proof_share)
    findings = _findings(requests, tuple(targets), run.timeout_s, gap_s)
    decision = _decide(findings, invalid, run.accounts.lost)
    truth = stock_truth(run.stock)
    window_s = max(run.duration_s - run.warmup_s, 0.0)
    return Verdict(
        run_id=run.run_id,
        host=run.host,
        decision=decision,
        sentence=sentence(decision, findings, invalid, requests, window_s) + _broken(truth),
        reasons=reasons(findings, invalid, run),
        findings=findings,
        outcomes=_tally(samples),
        accounts=run.accounts,
        window_s=window_s,
        window_supports=supports(findings, run, window_s),
        lag_p99_s=lag_p99_s(samples, run.warmup_s),
        stock=run.stock,
        stock_sentence=truth.sentence if truth else "",
    )


def _findings(requests: Requests, targets: tuple[Target, ...], timeout_s: float, gap_s: float | None) -> list[Finding]:
    limits = {(target.scope, target.quantity): target.limit for target in targets}
    scopes = {ALL: requests, **{name: requests.of(name) for name in requests.journeys}}
    findings = []
    for scope, mine in scopes.items():
        named = [quantity for named_scope, quantity in limits if named_scope == scope and quantity not in SHOWN]
        if len(mine):
            findings += [find(mine, q, scope, limits.get((scope, q)), timeout_s, gap_s) for q in (*SHOWN, *named)]
    return findings + [unseen(t.quantity, t.scope, t.limit) for t in targets if not len(scopes.get(t.scope, ()))]


def _decide(findings: list[Finding], invalid: list[str], lost: int) -> Decision:
    decisions = {finding.decision for finding in findings if finding.binding}
    if invalid:
        return "invalid"
    if "fail" in decisions:
        return "fail"
    return "inconclusive" if "inconclusive" in decisions or _hangs_on(lost, findings) else "pass"


def _hangs_on(lost: int, findings: list[Finding]) -> bool:
    """Whether an availability target would be missed had every journey lost with its worker failed."""
    held = [finding for finding in findings if finding.binding and finding.quantity == "availability"]
    return lost > 0 and any((f.bad + lost) / (f.requests + lost) > bad_share("availability", f.target) for f in held)


def _broken(truth: StockTruth | None) -> str:
    """Stock truth binds no verdict, for others may sell from the same stock meanwhile; but nobody may hear the one without the other."""
    return f" {truth.sentence}" if truth and not truth.holds else ""


def _tally(samples: pa.Table) -> dict[str, int]:
    numbers = np.bincount(outcomes(samples), minlength=len(OUTCOMES))
    return {name: int(number) for name, number in zip(OUTCOMES, numbers, strict=True) if number}
