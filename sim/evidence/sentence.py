"""The finding of a load test in words: what a QA engineer can say aloud when asked "are you sure?"."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sim.evidence.requests import Requests
from sim.evidence.window import this_window_only
from sim.evidence.words import bound, count, listed, percent, seconds
from sim.records.loadrun import LoadRun
from sim.records.verdict import Decision, Finding


def sentence(
    decision: Decision, findings: list[Finding], invalid: list[str], requests: Requests, run: LoadRun, window_s: float
) -> str:
    """The decision with its number of requests, its window and the bounds behind it."""
    seen = (
        f"{count(len(requests), 'request')} in {seconds(window_s)}, {int(np.count_nonzero(requests.failed)):,} failed"
    )
    if decision == "invalid":
        return f"Invalid, so neither pass nor fail ({seen}): {listed(invalid)}."
    deciding = [f for f in findings if f.binding and f.decision == decision] or [f for f in findings if f.binding]
    bounds = listed([bound(f) for f in deciding])
    opening = decision.capitalize() + (
        " for this window only" if decision == "pass" and this_window_only(findings) else ""
    )
    return f"{opening}: {seen}. {_upper(bounds)}{_confidence(deciding)}.{_more(decision, deciding, run)}"


def reasons(samples: pa.Table, findings: list[Finding], invalid: list[str], run: LoadRun, at_s: float) -> list[str]:
    """What makes the run invalid, or else what each binding target came to; then what failed and what cut the run short."""
    said = [f"{_upper(fault)}." for fault in invalid] or [
        f"{_upper(bound(f))}: {f.decision}." for f in findings if f.binding
    ]
    said += _failures(samples)
    if run.looks:
        said.append(
            f"Judged at look {run.looks.at_s.index(at_s) + 1} of {len(run.looks.at_s)} declared, at {seconds(at_s)} of the run, reckoning with "
            f"incidents of {seconds(run.looks.incident_s)} even if none was seen; a wrong decision has a chance of 5 % over all looks together."
        )
    cut = samples.filter(pc.equal(samples["outcome"].cast(pa.string()), "cut"))
    if len(cut):
        said.append(
            f"{count(len(pc.unique(cut['row'])), 'journey')} under way when the run was stopped were cut off: what they waited for counts "
            "neither way."
        )
    if run.accounts.lost:
        said.append(
            f"{count(run.accounts.lost, 'journey')} were lost with their worker; a pass would have to hold had all of them failed."
        )
    if run.stopped:
        said.append(
            f"The run ended early, {count(run.accounts.not_reached, 'journey')} short of its schedule: {run.stopped}."
        )
    return said


def _confidence(deciding: list[Finding]) -> str:
    straddles = any(f.decision == "inconclusive" for f in deciding)
    each = "each " if len(deciding) > 1 and not straddles else ""
    two_sided = deciding[0].confidence if deciding else 0.0
    return f", {each}with {percent(two_sided if straddles else (1 + two_sided) / 2)} confidence"


def _more(decision: Decision, deciding: list[Finding], run: LoadRun) -> str:
    if decision != "inconclusive":
        return ""
    more = [f.requests_more for f in deciding if f.decision == "inconclusive"]
    if not more and not run.intended_starts:
        return " A pass it is not: the samples carry no intended starts, so stalls are under-counted. A replay in open loop would decide."
    if not more:
        return " What became of the lost journeys would decide."
    if None in more:
        return " It stands so close to its target, or the window is so short, that no number of further requests can be promised to decide."
    return f" About {count(max(more), 'more request')} like these would decide."


def _failures(samples: pa.Table) -> list[str]:
    """Failed requests by what the answer was, the most frequent first, with the stretch of the run in which they lie."""
    failed = samples.filter(pc.equal(samples["outcome"].cast(pa.string()), "failed"))
    if not len(failed):
        return []
    kinds = pa.table({"error": pc.fill_null(failed["error"], "no reason given"), "t": failed["t_intended"]})
    found = kinds.group_by("error").aggregate([("t", "count"), ("t", "min"), ("t", "max")])
    found = found.sort_by([("t_count", "descending"), ("error", "ascending")]).to_pylist()
    said = [f"{k['t_count']:,} {k['error']} ({seconds(k['t_min'])} to {seconds(k['t_max'])} of the run)" for k in found]
    return [f"Failed: {listed(said)}."]


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
