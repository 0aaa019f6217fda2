"""What a short window supports about a month, and what it does not."""

from __future__ import annotations

from sim.evidence.requests import Requests
from sim.evidence.verdict.stalls import slow_limit_s, stalls
from sim.evidence.verdict.targets import ALL, DEFAULT, bad_share
from sim.evidence.wording import count, listed, percent, seconds
from sim.records.load_run import LoadRun
from sim.records.verdict import Finding

ENOUGH_INCIDENTS = 20
"""Fewest incidents from which a bound on clustered failures is taken to hold beyond the window."""

RULE_OF_THREE = 3.0
"""Rule of three, −ln 0.05 rounded up: an event that did not occur in a window has a rate below 3 / window with 95 % confidence."""

MONTH_S = 30 * 86_400.0
INCIDENT_LENGTHS_S = (2.0, 30.0)


def clean_time_s(incident_s: float, unavailability: float) -> float:
    """Time without failure that bounds unavailability by u = `unavailability`, for incidents of length D = `incident_s`: 3 D / u.

    Incidents are taken as a Poisson process.
    """
    return RULE_OF_THREE * incident_s / unavailability


def this_window_only(findings: list[Finding]) -> bool:
    """Whether there were fewer than `ENOUGH_INCIDENTS`, so that findings hold for this window only."""
    return all(f.incidents < ENOUGH_INCIDENTS for f in findings if f.quantity == "availability" and f.scope == ALL)


def supports(findings: list[Finding], requests: Requests, run: LoadRun, window_s: float) -> list[str]:
    """What the window supports, in sentences; `requests` are those of the findings."""
    sentences = list(run.left_out)
    overall = next((f for f in findings if f.quantity == "availability" and f.scope == ALL), None)
    if overall:
        slow = _slowness(findings, requests)
        sentences += [*_incidents(overall, window_s, clean=run.intended_starts and not slow), *slow]
    if not run.intended_starts:
        sentences.append(
            f"The samples ({run.adapter}) carry no intended starts: what a stall held back was sent late or never, so stalls are under-counted "
            "and no pass rests on them alone."
        )
    if run.time_scale != 1:
        sentences.append(
            f"The trace was played {run.time_scale:g} times as fast as it happens: {seconds(window_s)} of the run stand for "
            f"{seconds(window_s * run.time_scale)} of the chain's day, at {run.time_scale:g} times its load."
        )
    if run.not_covered:
        missing = ", ".join(f"{name} ({number:,})" for name, number in sorted(run.not_covered.items()))
        sentences.append(f"Not covered by this platform, so neither sent nor judged: {missing}.")
    return sentences


def _slowness(findings: list[Finding], requests: Requests) -> list[str]:
    """The sentence on stalls, or none."""
    slowness = stalls(requests, slow_limit_s(requests, findings))
    if not len(slowness):
        return []
    longest = (slowness.to_s - slowness.from_s).argsort(kind="stable")[::-1]
    when = [f"{seconds(slowness.from_s[i])} to {seconds(slowness.to_s[i])}" for i in longest]
    slow = count(int(slowness.sizes.sum()), "request")
    return [
        f"{count(len(slowness), 'incident')} of slowness: {slow} waited longer than {seconds(slowness.limit_s)} for an answer "
        f"({listed(when)} of the run, the longest first): with {'it' if len(slowness) == 1 else 'them'} the window was not clean."
    ]


def _incidents(overall: Finding, window_s: float, clean: bool) -> list[str]:
    target = DEFAULT[0].limit if overall.target is None else overall.target
    allowed = bad_share("availability", target)
    sentences = []
    seen = f"{count(overall.incidents, 'incident')} of failure"
    if overall.incidents < ENOUGH_INCIDENTS:
        sentences.append(
            f"{seen} ({count(overall.bad, 'failed request')}; those within {seconds(overall.gap_s)} are one): "
            f"fewer than {ENOUGH_INCIDENTS}, so the finding holds for this window only."
        )
    else:
        sentences.append(f"{seen}: enough to speak of more than this window, if the load stays as it was.")
    if clean and not overall.bad:
        excluded = window_s * allowed / RULE_OF_THREE
        longer = " and ".join(
            f"{seconds(clean_time_s(d, allowed))} for incidents of {seconds(d)}" for d in INCIDENT_LENGTHS_S
        )
        sentences.append(
            f"A window of {seconds(window_s)} without a failure or a stall excludes, at {percent(target)}, "
            f"only incidents shorter than {seconds(excluded)}; longer ones take longer to exclude, {longer}, all without either."
        )
    sentences.append(f"{percent(target)} allows {seconds(allowed * MONTH_S)} of outage in 30 days.")
    return sentences
