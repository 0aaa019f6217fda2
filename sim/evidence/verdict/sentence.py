"""The sentence of a verdict and its reasons; the beginnings of answers' bodies that were no success stand among them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sim.evidence.requests import Requests
from sim.evidence.verdict.decision import hangs_on
from sim.evidence.verdict.targets import ALL
from sim.evidence.verdict.window import this_window_only
from sim.evidence.wording import bound, count, error, listed, percent, seconds, upper
from sim.records.load_run import AnswerExcerpt, LoadRun, LostAnswers
from sim.records.verdict import Decision, Finding

MOST = 6
"""Lines at most; `loadrun.json` holds the others."""
_FIRST = ("failed", "auth_lost", "throttled", "conflict", "rejected")


def bodies(run: LoadRun) -> list[str]:
    """A line for each kind of answer, failures first: `6 × 500 (failed) at order of checkout; body: …`."""
    ranked = sorted(run.answers, key=lambda each: _FIRST.index(each.outcome) if each.outcome in _FIRST else -1)
    lines = [_line(each) for each in ranked[:MOST]]
    if len(ranked) > MOST:
        lines.append(f"{len(ranked) - MOST} more kinds of answers stand in loadrun.json.")
    return lines


def _line(each: AnswerExcerpt) -> str:
    """Without a status the adapter could not use an earlier answer."""
    kind = f"{each.status} ({each.outcome})" if each.status else each.outcome
    return f"{each.count:,} × {kind} at {each.step} of {each.journey}; body: {each.text}"


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
    return f"{opening}: {seen}. {upper(bounds)}{_confidence(deciding)}.{_more(decision, deciding, run)}"


def reasons(samples: pa.Table, findings: list[Finding], invalid: list[str], run: LoadRun, at_s: float) -> list[str]:
    """Why the run is invalid, or else the result for each binding target; then failures, and why the run ended early."""
    sentences = [f"{upper(fault)}." for fault in invalid] or [
        f"{upper(bound(f))}: {f.decision}." for f in findings if f.binding or (f.quantity, f.scope) == ("journeys", ALL)
    ]
    sentences += [*_failures(samples), *_dropped(samples, run), *bodies(run)]
    if run.looks:
        sentences.append(
            f"Judged at look {run.looks.at_s.index(at_s) + 1} of {len(run.looks.at_s)} declared, at {seconds(at_s)} of the run, reckoning with "
            f"incidents of {seconds(run.looks.incident_s)} even if none was seen; a wrong decision has a chance of 5 % over all looks together."
        )
    cut = samples.filter(pc.equal(samples["outcome"].cast(pa.string()), "cut"))
    if len(cut):
        sentences.append(
            f"{count(len(pc.unique(cut['row'])), 'journey')} under way when the run was stopped were cut off: what they waited for counts "
            "neither way."
        )
    if run.accounts.lost:
        sentences.append(
            f"{count(run.accounts.lost, 'journey')} were lost with their worker: a pass has to hold had all of them failed"
            + (", and it would not." if hangs_on(run.accounts.lost, findings, run.timeout_s) else ".")
        )
    if run.lost_answers:
        sentences.append(_lost_answers(run.lost_answers))
    if run.unmet:
        unmet = ", ".join(f"{name} ({number:,})" for name, number in sorted(run.unmet.items()))
        sentences.append(
            f"Not reached, because nothing was carried that they follow, so neither sent nor judged: {unmet}."
        )
    if run.stopped:
        ahead = max(run.accounts.not_reached - sum(run.unmet.values()), 0)
        sentences.append(f"The run ended early, {count(ahead, 'journey')} short of its schedule: {run.stopped}.")
    return sentences


def _confidence(deciding: list[Finding]) -> str:
    """The common confidence of the one-sided bounds of a verdict."""
    measured = [f for f in deciding if f.requests and (f.low, f.high) != (None, None)]
    if not measured:
        return ""
    each = "each bound " if len(measured) > 1 or measured[0].decision == "inconclusive" else ""
    return f"; {each}with {percent((1 + measured[0].confidence) / 2)} confidence"


def _more(decision: Decision, deciding: list[Finding], run: LoadRun) -> str:
    if decision != "inconclusive":
        return ""
    if not run.intended_starts:  # without intended starts more requests could decide a fail, not a pass
        return " A pass it is not: the samples carry no intended starts, so stalls are under-counted. A replay in open loop would decide."
    open_ = [f.requests_more for f in deciding if f.decision == "inconclusive"]
    if not open_:
        return " What became of the lost journeys would decide."
    more = [each for each in open_ if each is not None]
    if len(more) < len(open_):
        return " It stands so close to its target, or the window is so short, that no number of further requests can be promised to decide."
    return f" About {count(max(more), 'more request')} like these would decide."


def _lost_answers(lost: LostAnswers) -> str:
    number = lost.placed + lost.absent + lost.unknown
    fates = [f"{lost.placed:,} {'was' if lost.placed == 1 else 'were'} placed"] if lost.placed or lost.absent else []
    fates += [f"{lost.absent:,} {'was' if lost.absent == 1 else 'were'} not"] if lost.placed or lost.absent else []
    fates += [f"{lost.unknown:,} {lost.because}, and may have been"] if lost.unknown else []
    return f"{count(number, 'order')} whose answer timed out or was cut off: {', '.join(fates)}."


def _failures(samples: pa.Table) -> list[str]:
    """Failed requests by error and step, the most frequent first, with the times of the first and the last."""
    failed = samples.filter(pc.equal(samples["outcome"].cast(pa.string()), "failed"))
    if not len(failed):
        return []
    keys = {name: failed[name].cast(pa.string()) for name in ("journey", "step")}
    kinds = pa.table({**keys, "error": pc.fill_null(failed["error"], "no reason given"), "t": failed["t_intended"]})
    grouped = kinds.group_by(["error", "step", "journey"]).aggregate([("t", "count"), ("t", "min"), ("t", "max")])
    order = [("t_count", "descending"), ("error", "ascending"), ("step", "ascending"), ("journey", "ascending")]
    sentences = [
        f"{k['t_count']:,} × {error(k['error'])} at {_place(k['step'], k['journey'])} "
        f"({seconds(k['t_min'])} to {seconds(k['t_max'])} of the run)"
        for k in grouped.sort_by(order).to_pylist()
    ]
    return [f"Failed: {listed(sentences, most=8)}."]


def _place(step: str, journey: str) -> str:
    return f"`{step}`" if step == journey else f"`{step}` of {journey}"


def _dropped(samples: pa.Table, run: LoadRun) -> list[str]:
    """Journeys that were dropped, and why."""
    gone = samples.filter(pc.equal(samples["outcome"].cast(pa.string()), "dropped"))
    if not len(gone):
        return []
    if not run.intended_starts:
        return [
            f"Dropped: {count(len(gone), 'iteration')} that {run.adapter} did not start for want of a virtual user; each counts as a failed request."
        ]
    names = pc.value_counts(gone["journey"].cast(pa.string())).to_pylist()
    sentences = [f"{each['counts']:,} {each['values']}" for each in sorted(names, key=lambda each: -each["counts"])]
    return [
        f"Dropped: {count(len(gone), 'journey')} ({listed(sentences)}) that found {run.pool:,} under way, all that the pool holds; "
        "each counts as failed."
    ]
