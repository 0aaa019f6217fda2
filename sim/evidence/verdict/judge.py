"""The verdict: pass, fail, inconclusive or invalid, as a pure function of samples, run record and targets."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pyarrow as pa

from sim.evidence.capacity.carried_load import answer
from sim.evidence.capacity.throughput import journey_lines, step_lines, throughput
from sim.evidence.journeys import attempted, journeys
from sim.evidence.requests import judged, outcomes
from sim.evidence.statistics.rules import ONE_LOOK, Rules
from sim.evidence.stock_truth.reconciliation import StockTruth, stock_truth
from sim.evidence.verdict import interim_looks
from sim.evidence.verdict.decision import assess, decide
from sim.evidence.verdict.sentence import reasons, sentence
from sim.evidence.verdict.targets import DEFAULT, Target
from sim.evidence.verdict.validity import NO_PROOF_SHARE, doubts, faults, lag_p99_s
from sim.evidence.verdict.window import supports
from sim.records.load_run import LoadRun
from sim.records.samples import OUTCOMES
from sim.records.verdict import Finding, Verdict


def judge(
    samples: pa.Table,
    run: LoadRun,
    targets: Iterable[Target] = DEFAULT,
    rules: Rules = ONE_LOOK,
    no_proof_share: float = NO_PROOF_SHARE,
) -> Verdict:
    """Judge a load test by its targets.

    Args:
        samples: requests of `sim.records.samples.SCHEMA`, in any order.
        run: the record of the load test.
        targets: binding; every other quantity and journey informs.
        rules: confidence and assumed incidents, where the run declared no looks; else the looks determine them.
        no_proof_share: above this share of rejected, throttled, conflicting and logged-out answers the run is invalid.
    """
    counted = judged(samples, run.warmup_s)
    ran = journeys(samples.sort_by("t_intended")) if run.intended_starts else None
    rules = interim_looks.rules(run.looks) if run.looks else rules
    for at_s in interim_looks.taken(run):
        requests = counted.before(at_s)
        attempts = attempted(ran, run.warmup_s).before(at_s) if ran else counted.of("")
        findings = assess(requests, attempts, tuple(targets), run.timeout_s, rules)
        decision = decide(findings, run.accounts.lost, run.timeout_s)
        if decision != "inconclusive" and not doubts(samples, run, len(requests), no_proof_share, at_s):
            break
    invalid = faults(samples, run, len(requests), no_proof_share, at_s if at_s < run.duration_s else np.inf)
    if invalid:
        decision = "invalid"
    elif decision == "pass" and not run.intended_starts:
        decision = "inconclusive"
    truth = stock_truth(run.stock)
    done = throughput(samples, ran, run, at_s)
    lines = journey_lines(samples, ran, run, at_s) if ran else []
    shown = findings if run.intended_starts else [_without_intended(finding) for finding in findings]
    window_s = max(min(run.duration_s, at_s) - run.warmup_s, 0.0)
    return Verdict(
        run_id=run.run_id,
        host=run.host,
        decision=decision,
        sentence=" ".join(
            part
            for part in (
                sentence(decision, findings, invalid, requests, run, window_s),
                answer(done, lines, run.intended_starts),
                _broken(truth),
            )
            if part
        ),
        reasons=reasons(samples, shown, invalid, run, at_s),
        findings=shown,
        outcomes=_tally(samples),
        accounts=run.accounts,
        throughput=done,
        journeys=lines,
        steps=step_lines(samples, run, at_s),
        window_s=window_s,
        window_supports=supports(findings, requests, run, window_s),
        lag_p99_s=lag_p99_s(samples, run.warmup_s) if run.intended_starts else None,
        stock=run.stock,
        stock_sentence=truth.sentence if truth else "",
    )


def _without_intended(finding: Finding) -> Finding:
    """The finding for samples without intended starts: a pass becomes inconclusive, and no number of requests would decide."""
    decision = "inconclusive" if finding.decision == "pass" else finding.decision
    return finding.model_copy(update={"decision": decision, "requests_more": None})


def _broken(truth: StockTruth | None) -> str:
    """The sentence on broken stock truth, or nothing. It does not change the decision, because other clients may sell from the same stock."""
    return truth.sentence if truth and truth.shown and not truth.holds else ""


def _tally(samples: pa.Table) -> dict[str, int]:
    numbers = np.bincount(outcomes(samples), minlength=len(OUTCOMES))
    return {name: int(number) for name, number in zip(OUTCOMES, numbers, strict=True) if number}
