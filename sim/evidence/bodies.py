"""What the API itself wrote behind answers that were no success, in lines that stand beside the counts."""

from __future__ import annotations

from sim.records.loadrun import AnswerExcerpt, LoadRun

MOST = 6
"""Lines at most; `loadrun.json` holds the others."""
_FIRST = ("failed", "auth_lost", "throttled", "conflict", "rejected")


def bodies(run: LoadRun) -> list[str]:
    """A line for each kind of answer, those that count against the API first: `6 × 500 (failed) at order of checkout; body: …`."""
    ranked = sorted(run.answers, key=lambda each: _FIRST.index(each.outcome) if each.outcome in _FIRST else -1)
    lines = [_line(each) for each in ranked[:MOST]]
    if len(ranked) > MOST:
        lines.append(f"{len(ranked) - MOST} more kinds of answers stand in loadrun.json.")
    return lines


def _line(each: AnswerExcerpt) -> str:
    """Without a status it was the adapter that could not use the answer before."""
    kind = f"{each.status} ({each.outcome})" if each.status else each.outcome
    return f"{each.count:,} × {kind} at {each.step} of {each.journey}; body: {each.text}"
