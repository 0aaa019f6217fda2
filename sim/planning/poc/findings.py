"""What the record of each stage shows in a proof of concept: its state, and its finding in sentences."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from sim.evidence.capacity.headroom import answer
from sim.evidence.run_comparison import Difference
from sim.evidence.statistics.replications import interval
from sim.evidence.stock_truth.reconciliation import stock_truth
from sim.evidence.verdict.targets import ALL
from sim.evidence.wording import listed, seconds
from sim.records.capacity import Capacity
from sim.records.conformance import Checkup
from sim.records.decisions.poc import STAGES, KpiChange, ProofOfConcept, StageName, StageState
from sim.records.oversell import Race
from sim.records.verdict import SHARES, Decision, Verdict

COMPARED = (
    "ticket_handling_time_s",
    "system_time_s",
    "mean_wait_s",
    "waits_over_target_all",
    "abandonment",
    "lost_sales_queue_per_day",
    "lost_sales_per_day",
    "sales_per_day",
)
"""Key figures in which a system's service shows."""
BEYOND = 1.05
"""Times the peak from which a failure may be that of a load beyond it."""


@dataclass(frozen=True)
class Found:
    """What a stage shows."""

    state: StageState
    finding: str


def of_check(found: Checkup) -> Found:
    """Of an adapter check: the journeys that work, and its finding."""
    works = [each.journey for each in found.journeys if each.state == "works"]
    lacking = [each.journey for each in found.journeys if each.state == "not covered"]
    missing = f" Not covered: {listed(lacking, most=12)}." if lacking else ""
    return Found(found.decision, f"{len(works)} of {len(found.journeys)} journeys work.{missing} {found.sentence}.")


def of_before(kpis: pd.DataFrame, currency: str, orders_per_hour: float, journeys_per_s: float) -> Found:
    """Of the chain under its own system: waits, lost sales, and its peak."""
    mean = {name: interval(kpis[kpis["kpi"] == name]["value"]).mean for name in ("mean_wait_s", "lost_sales_per_day")}
    return Found(
        "informs",
        f"Mean wait {seconds(mean['mean_wait_s'])}, lost sales {mean['lost_sales_per_day']:,.0f} {currency} a day. "
        f"The peak has {orders_per_hour:,.0f} orders an hour, {journeys_per_s:.3g} journeys/s.",
    )


def of_replay(verdict: Verdict, times_peak: float) -> Found:
    """Of the verdict on a replay of the peak: one that fails in time alone, beyond the peak, decides nothing about the peak."""
    sentence = f"{_pace(times_peak)} {verdict.sentence}"
    if verdict.decision == "fail" and times_peak > BEYOND and not _errs_in_time(verdict):
        return Found("inconclusive", f"{sentence} A load beyond the peak may explain it: more minutes allow the peak.")
    return Found(verdict.decision, sentence)


def _pace(times_peak: float) -> str:
    if times_peak <= BEYOND:
        return "Replayed at the peak."
    return f"Replayed at {times_peak:.3g} × the peak, so that there are enough requests to decide."


def _errs_in_time(verdict: Verdict) -> bool:
    """Whether a share failed while the mean response kept its target: load, which makes answers late, does not explain that."""
    binding = [each for each in verdict.findings if each.binding and each.scope == ALL]
    failed = any(each.quantity in SHARES and each.decision == "fail" for each in binding)
    return failed and all(each.decision == "pass" for each in binding if each.quantity == "mean")


def of_capacity(found: Capacity) -> Found:
    """Of a search for capacity: whether the stores asked for are carried, those of the scenario where none were."""
    asked = (found.at_least or found.stores) / found.stores
    return Found(answer(found.stages, asked), found.sentence)


def of_stock(verdict: Verdict) -> Found:
    """Of the stock that was read before and after a replay."""
    truth = stock_truth(verdict.stock)
    if truth is None:
        return Found("not shown", "The platform did not show its stock, or its adapter does not read it.")
    if not truth.shown:
        return Found("not shown", truth.sentence)
    return Found("pass" if truth.holds else "fail", truth.sentence)


def of_race(found: Race) -> Found:
    """Of a race for the last units."""
    return Found(found.decision, found.sentence)


def of_after(differences: Sequence[Difference], extrapolated: bool) -> tuple[Found, list[KpiChange]]:
    """Of the chain under the measured service, against the chain under its own system."""
    of = {each.kpi: each for each in differences}
    changes = [_change(of[name]) for name in COMPARED if name in of]
    said = [_said(each) for each in changes if each.kpi in _SAID]
    beyond = " Some load lay outside the range that the service profile measured." if extrapolated else ""
    return Found("informs", f"Under the measured service {', '.join(said)}.{beyond}"), changes


_SAID = {"mean_wait_s": "the mean wait", "lost_sales_per_day": "the value of lost sales"}


def _change(each: Difference) -> KpiChange:
    return KpiChange(
        kpi=each.kpi,
        unit=each.unit,
        before=_known(each.a.mean),
        after=_known(each.b.mean),
        difference=_known(each.difference.mean),
        low=_known(each.difference.low),
        high=_known(each.difference.high),
        finding=each.finding,
    )


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value


def _said(each: KpiChange) -> str:
    what = _SAID[each.kpi]
    if each.before is None or each.after is None:
        return f"{what} cannot be compared"
    percents = 100 * (each.after / each.before - 1) if each.before else 0.0
    sign = "−" if percents < 0 else "+"
    change = f"{sign}{abs(percents):.3g} %"
    if each.finding == "no difference seen":
        return f"no difference was seen in {what}"
    told = {"better": "is better", "worse": "is worse", "differs": "is different"}.get(
        each.finding, "is not told apart"
    )
    return f"{what} {told} ({change})"


def conclude(poc: ProofOfConcept, left: Sequence[StageName] = ()) -> ProofOfConcept:
    """The record with the decision and the sentence of the whole; `left` are stages that were not done."""
    of = {state: [str(each.stage) for each in poc.stages if each.state == state] for state in _WORDS}
    open_ended = bool(of["inconclusive"] or of["not shown"] or left)
    decision: Decision = (
        "fail" if of["fail"] else "invalid" if of["invalid"] else "inconclusive" if open_ended else "pass"
    )
    clauses = [f"{listed(names, most=len(STAGES))} {_WORDS[state]}" for state, names in of.items() if names]
    clauses += [f"{listed(list(left), most=len(STAGES))} not done yet"] if left else []
    took = seconds(sum(each.took_s for each in poc.stages))
    sentence = f"{decision.capitalize()}: {'; '.join(clauses)}; it took {took}."
    if of["invalid"]:
        sentence = f"{sentence} The same command repeats what was invalid."
    return poc.model_copy(update={"decision": decision, "sentence": sentence})


_WORDS: dict[StageState, str] = {
    "fail": "failed",
    "invalid": "invalid",
    "inconclusive": "not decided",
    "not shown": "not shown",
    "pass": "passed",
}
"""By state, the worst first; what informs is not judged."""
