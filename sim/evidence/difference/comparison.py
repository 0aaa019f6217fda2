"""Two load tests compared, as a pure function of their samples, their records and margins."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pyarrow as pa

from sim.evidence.difference.findings import find, unseen
from sim.evidence.difference.margins import DEFAULT, Margin
from sim.evidence.difference.pairing import Sides, pair
from sim.evidence.difference.sentence import about_load, not_alike, sentence, shown_by_chance
from sim.evidence.requests import Requests, outcomes
from sim.evidence.verdict.targets import ALL
from sim.evidence.verdict.validity import NO_PROOF_SHARE, faults
from sim.records.load_run import LoadRun
from sim.records.samples import NO_PROOF, OUTCOMES
from sim.records.verdict import SHARES, Compared, Comparison, Decision, Difference

SHOWN = ("availability", "journeys", "mean", "p50", "p95", "p99")
"""Quantities shown of every scope, whether a margin names them or not."""
MOST_MIX = 0.05
"""Of requests that do not pair: the largest change of a journey's share under which figures over all requests decide by themselves."""


def compare(
    a: pa.Table, run_a: LoadRun, b: pa.Table, run_b: LoadRun, margins: Iterable[Margin] = DEFAULT
) -> Comparison:
    """Compare a load test A with another, B; differences are A − B.

    Args:
        a, b: samples of `sim.records.samples.SCHEMA`, in any order.
        margins: by how much A may be worse; every other quantity and journey informs.
    """
    margins = tuple(margins)
    evidence = pair(a, run_a, b, run_b)
    held = evidence.requests
    common = _common(held)
    requests = _within(held, common)
    attempts = _within(evidence.attempts, common) if evidence.attempts else None
    timeout_s = max(run_a.timeout_s, run_b.timeout_s)
    mixed = "" if evidence.pairs else _mixed(requests, common)
    intended = run_a.intended_starts and run_b.intended_starts
    assessed = _assess(requests, attempts, common, margins, timeout_s)
    differences = [_held_back(each, assessed, mixed, intended) for each in assessed]
    invalid = [
        f"{name}: {fault}"
        for name, samples, run, judged in (("A", a, run_a, len(held.a)), ("B", b, run_b, len(held.b)))
        for fault in faults(samples, run, judged, NO_PROOF_SHARE)
    ]
    if not invalid and not common:
        invalid = ["A and B have no journey in common"]
    unlike = not_alike(held, common, mixed, (run_a, run_b), (_no_proof(a), _no_proof(b)))
    unsure = _unsure(differences, mixed, run_a, run_b, timeout_s)
    decision = "invalid" if invalid else _decide(differences, unsure)
    sides = (_described(run_a, requests.a), _described(run_b, requests.b))
    return Comparison(
        a=sides[0],
        b=sides[1],
        pairs=evidence.pairs,
        decision=decision,
        sentence=sentence(decision, sides, evidence, differences, invalid, unsure),
        reasons=[
            evidence.how,
            *(f"{fault}." for fault in invalid),
            *unlike,
            *about_load(sides),
            *([unsure] if unsure and decision == "inconclusive" else []),
            *shown_by_chance(differences),
        ],
        differences=differences,
    )


def _assess(
    requests: Sides, attempts: Sides | None, common: tuple[str, ...], margins: tuple[Margin, ...], timeout_s: float
) -> list[Difference]:
    """The differences over all requests and by journey; then those that a margin names and one of the runs cannot show."""
    limits = {(margin.scope, margin.quantity): margin for margin in margins}
    found = []
    for scope in (ALL, *common):
        named = [quantity for named_scope, quantity in limits if named_scope == scope and quantity not in SHOWN]
        for quantity in (*SHOWN, *named):
            counted = attempts if quantity == "journeys" else requests
            mine = counted if scope == ALL or counted is None else counted.of(scope)
            if mine is not None and len(mine.a) and len(mine.b):
                found.append(find(mine, quantity, scope, limits.get((scope, quantity)), timeout_s))
    assessed = {(each.scope, each.quantity) for each in found}
    return found + [unseen(margin) for where, margin in limits.items() if where not in assessed]


def _held_back(each: Difference, every: list[Difference], mixed: str, intended: bool) -> Difference:
    """The difference, inconclusive where it passed on samples without intended starts, or decided over all requests of runs whose mixes differ: such
    a fail stands only if one journey by itself is worse by more than the margin."""
    unlike = mixed and each.scope == ALL and each.binding
    if unlike and each.decision == "fail" and each.margin is not None:
        alone = [(other.harm[1], other.quantity) for other in every if other.scope != ALL]
        unlike = not any(least is not None and least > each.margin for least, of in alone if of == each.quantity)
    if unlike or (each.decision == "pass" and not intended):
        return each.model_copy(update={"decision": "inconclusive", "requests_more": None})
    return each


def _decide(differences: list[Difference], unsure: str) -> Decision:
    """Fail if any binding difference fails; pass if all pass and nothing is unsure; else inconclusive."""
    decisions = {each.decision for each in differences if each.binding}
    if "fail" in decisions:
        return "fail"
    return "inconclusive" if "inconclusive" in decisions or unsure else "pass"


def _unsure(differences: list[Difference], mixed: str, run_a: LoadRun, run_b: LoadRun, timeout_s: float) -> str:
    """Why a pass would be none: a sentence, or nothing."""
    for run, name in ((run_a, "A"), (run_b, "B")):
        if not run.intended_starts:
            return f"A pass it is not: {name} carries no intended starts, so its stalls are under-counted."
    if mixed:
        return f"Nothing is decided over all requests: {mixed}."
    lost = run_a.accounts.lost
    if lost and any(_missed(each, lost, timeout_s) for each in differences if each.binding):
        return f"A pass it is not: {lost:,} journeys of A were lost with their worker, and it would not hold had all of them failed."
    return ""


def _missed(each: Difference, lost: int, timeout_s: float) -> bool:
    """Whether the estimate would be beyond its margin if each lost journey of A counted as one failed request."""
    if each.a is None or each.b is None or each.margin is None:
        return True
    if each.quantity in SHARES:
        return each.b - each.a * each.requests_a / (each.requests_a + lost) > each.margin
    if each.quantity == "mean":
        return (each.a * each.requests_a + timeout_s * lost) / (each.requests_a + lost) - each.b > each.margin
    return False


def _common(sides: Sides) -> tuple[str, ...]:
    """Names of the journeys that count in both runs."""
    held = [{each.journeys[i] for i in np.unique(each.journey)} for each in (sides.a, sides.b)]
    return tuple(sorted(held[0] & held[1]))


def _within(sides: Sides, names: tuple[str, ...]) -> Sides:
    def chosen(each: Requests) -> Requests:
        return each.chosen(
            np.isin(each.journey, [each.journeys.index(name) for name in names if name in each.journeys])
        )

    return Sides(chosen(sides.a), chosen(sides.b), sides.paired)


def _mixed(sides: Sides, common: tuple[str, ...]) -> str:
    """Which journey's share of the requests differs most, where that is more than `MOST_MIX`; else nothing."""
    if not common:
        return ""
    shares = [[len(each.of(name)) / max(len(each), 1) for name in common] for each in (sides.a, sides.b)]
    apart = np.abs(np.subtract(shares[0], shares[1]))
    most = int(np.argmax(apart))
    if apart[most] <= MOST_MIX:
        return ""
    a, b = (100 * each[most] for each in shares)
    return f"{common[most]} is {a:.0f} % of the requests of A and {b:.0f} % of those of B, so figures over all requests do not compare like with like"


def _no_proof(samples: pa.Table) -> float:
    """The share of the answers that are neither failure nor proof."""
    found = outcomes(samples)
    return float(np.isin(found, [OUTCOMES.index(name) for name in NO_PROOF]).mean()) if len(found) else 0.0


def _described(run: LoadRun, requests: Requests) -> Compared:
    span_s = float(np.ptp(requests.t_s)) if len(requests) > 1 else 0.0
    return Compared(
        run_id=run.run_id,
        host=run.host,
        adapter=run.adapter,
        started_at=run.started_at,
        requests=len(requests),
        failed=int(requests.failed.sum()),
        requests_per_s=(len(requests) - 1) / span_s if span_s else 0.0,
    )
