"""The finding of a load test in words: what a QA engineer can say aloud when asked "are you sure?"."""

from __future__ import annotations

import numpy as np

from sim.evidence.requests import Requests
from sim.evidence.window import this_window_only
from sim.evidence.words import bound, count, listed, seconds
from sim.records.loadrun import LoadRun
from sim.records.verdict import Decision, Finding


def sentence(
    decision: Decision, findings: list[Finding], invalid: list[str], requests: Requests, window_s: float
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
    return f"{opening}: {seen}. {_upper(bounds)}{_confidence(decision, deciding)}.{_more(decision, deciding)}"


def reasons(findings: list[Finding], invalid: list[str], run: LoadRun) -> list[str]:
    """What makes the run invalid, or else what each binding target came to; then what cut the run short."""
    said = [f"{_upper(fault)}." for fault in invalid] or [
        f"{_upper(bound(f))}: {f.decision}." for f in findings if f.binding
    ]
    if run.accounts.lost:
        said.append(
            f"{count(run.accounts.lost, 'journey')} were lost with their worker; a pass would have to hold had all of them failed."
        )
    if run.stopped:
        said.append(
            f"The run ended early, {count(run.accounts.not_reached, 'journey')} short of its schedule: {run.stopped}."
        )
    return said


def _confidence(decision: Decision, deciding: list[Finding]) -> str:
    if decision == "inconclusive":
        return ", with 90 % confidence"
    return ", each with 95 % confidence" if len(deciding) > 1 else ", with 95 % confidence"


def _more(decision: Decision, deciding: list[Finding]) -> str:
    if decision != "inconclusive":
        return ""
    more = [f.requests_more for f in deciding if f.decision == "inconclusive"]
    if not more:
        return " What became of the lost journeys would decide."
    if None in more:
        return " It stands so close to its target, or the window is so short, that no number of further requests can be promised to decide."
    return f" About {count(max(more), 'more request')} like these would decide."


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
