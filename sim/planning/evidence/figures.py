"""The figures that a record shows, by name; none where the record decides nothing.

Names: `availability`, `journeys`, `mean_s`, `p95_s`, `p99_s`, of one journey `checkout:p95_s`; `passed`; `oversold_units`, `stock_discrepancy`;
`stores_carried`, `requests_per_s_carried`; `journeys_working`, `works:checkout`; of a service profile `checkout:journey_p95_s`,
`checkout:journey_availability`, `stock_sync_lag_s`; of a chain's run the names of its KPIs.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from sim.evidence.kpi_days import KpiDays
from sim.evidence.stock_truth.reconciliation import stock_truth
from sim.records.capacity import Capacity
from sim.records.conformance import Checkup
from sim.records.decisions.evidence import Figure
from sim.records.kpis import KPIS
from sim.records.oversell import Race
from sim.records.profile import LEVELS, ServiceProfile
from sim.records.trace import JOURNEYS
from sim.records.verdict import SHARES, Decision, Verdict
from sim.records.verdict import Finding as JudgedFinding

Figures = dict[str, Figure]
DEFECTS = ("oversold_units", "stock_discrepancy")
"""Figures of which 0 in one kind of test does not refute another kind: of the latest of each kind the highest counts."""

FIGURES: frozenset[str] = frozenset(
    (
        *(kpi.name for kpi in KPIS),
        *("availability", "journeys", "mean_s", "p50_s", "p95_s", "p99_s"),
        *(
            "passed",
            "oversold_units",
            "stock_discrepancy",
            "stores_carried",
            "requests_per_s_carried",
            "journeys_working",
        ),
        *("stock_sync_lag_s", "response_p50_h", "response_p90_h", "answered", "cost_of_ownership"),
        *("incident_availability", "incidents_per_month", "longest_incident_min"),
    )
)
"""Names of figures that are of no journey; other quantiles are named alike."""
_QUANTITY = re.compile(r"availability|journeys|mean_s|p\d{1,2}(\.\d+)?_s|journey_(availability|p50_s|p95_s|p99_s)")

_SHARES = frozenset(
    (
        *(kpi.name for kpi in KPIS if kpi.unit.startswith("share")),
        *SHARES,
        *(
            "passed",
            "stock_discrepancy",
            "journeys_working",
            "answered",
            "incident_availability",
            "journey_availability",
        ),
    )
)


def is_figure(name: str) -> bool:
    """Whether some evidence could show a figure of this name: one that none shows yet is missing, any other is misspelt."""
    scope, colon, quantity = name.rpartition(":")
    if scope == "works":
        return quantity in JOURNEYS
    return bool(_QUANTITY.fullmatch(quantity)) or (not colon and name in FIGURES)


def is_share(name: str) -> bool:
    """Whether a figure is a share, from 0 to 1."""
    scope, _, quantity = name.rpartition(":")
    return scope == "works" or quantity in _SHARES


def of_verdict(verdict: Verdict) -> Figures:
    """Of a verdict, none where it is invalid: a figure of each quantity, of each journey, and stock truth."""
    if verdict.decision == "invalid":
        return {}
    figures = {"passed": _passed(verdict.decision)}
    for finding in verdict.findings:
        if finding.requests:
            figures[_name(finding)] = _judged(finding)
    if (truth := stock_truth(verdict.stock)) and truth.shown:
        if truth.sold_out:
            figures["oversold_units"] = _point(truth.oversold_units)
        figures["stock_discrepancy"] = _point(max(truth.discrepancy_rate, truth.of_ordered))
    return figures


def of_capacity(capacity: Capacity) -> Figures:
    """Of a search: what the highest load held and the lowest that was not held above it bound."""
    if not capacity.stages or capacity.decision == "invalid":
        return {}
    held = max((stage.factor for stage in capacity.stages if stage.held), default=0.0)
    beyond = min((stage.factor for stage in capacity.stages if not stage.held and stage.factor > held), default=None)
    return {
        name: Figure(low=held * one, estimate=held * one, high=None if beyond is None else beyond * one)
        for name, one in (("stores_carried", capacity.stores), ("requests_per_s_carried", capacity.peak_requests_per_s))
    }


def of_race(race: Race) -> Figures:
    """Of a race for the last units, none where it shows nothing."""
    return {"oversold_units": _point(race.oversold)} if race.decision in ("pass", "fail") else {}


def of_checkup(check: Checkup) -> Figures:
    """Of an adapter check: each journey, and the share that works; what was refused or not reached may work."""
    works = {"works": (1.0, 1.0), "refused": (0.0, 1.0), "unmet": (0.0, 1.0)}
    ends = {each.journey: works.get(each.state, (0.0, 0.0)) for each in check.journeys}
    figures = {f"works:{name}": Figure(low=low, estimate=low, high=high) for name, (low, high) in ends.items()}
    if ends:
        low, high = (sum(end[side] for end in ends.values()) / len(ends) for side in (0, 1))
        figures["journeys_working"] = Figure(low=low, estimate=low, high=high)
    return figures


def of_profile(profile: ServiceProfile) -> Figures:
    """Of a measured service profile, each journey at the highest load that was measured; none of an assumed one."""
    figures: Figures = {}
    for journey, levels in profile.journeys.items() if profile.measured else ():
        top = levels[-1]
        for name, level in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99)):
            figures[f"{journey}:journey_{name}_s"] = _point(top.latency_s[LEVELS.index(level)])
        figures[f"{journey}:journey_availability"] = Figure(
            low=top.availability_low, estimate=top.availability, high=top.availability_high
        )
    if profile.measured and profile.stock_sync_lag_s is not None:
        figures["stock_sync_lag_s"] = _point(profile.stock_sync_lag_s)
    return figures


def of_kpis(kpis: Mapping[str, KpiDays]) -> Figures:
    """Of a chain's run: each KPI with the 95 % interval of its mean over replications, none where nothing was observed; one replication has none."""
    observed = {name: of.interval() for name, of in kpis.items() if len(of.cells)}
    return {
        name: _point(found.mean)
        if math.isnan(found.low)
        else Figure(low=found.low, estimate=found.mean, high=found.high)
        for name, found in observed.items()
    }


def _name(finding: JudgedFinding) -> str:
    quantity = finding.quantity if finding.quantity in SHARES else f"{finding.quantity}_s"
    return quantity if finding.scope == "all requests" else f"{finding.scope}:{quantity}"


def _judged(finding: JudgedFinding) -> Figure:
    highest = 1.0 if finding.quantity in SHARES else None
    high = highest if finding.high is None else finding.high
    low = 0.0 if finding.low is None else finding.low
    return Figure(low=low, estimate=finding.estimate, high=high)


def _passed(decision: Decision) -> Figure:
    low, high = {"pass": (1.0, 1.0), "fail": (0.0, 0.0)}.get(decision, (0.0, 1.0))
    return Figure(low=low, estimate=low, high=high)


def _point(value: float) -> Figure:
    return Figure(low=float(value), estimate=float(value), high=float(value))
