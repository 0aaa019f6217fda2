"""The tables of a verdict as lines of text, for terminals and logs: journeys per hour, and the requests of each step."""

from __future__ import annotations

from collections.abc import Sequence

from sim.evidence.wording import listed, rate, seconds
from sim.records.verdict import Verdict


def journeys(verdict: Verdict) -> list[str]:
    """A line a journey, below a head; none where the samples hold no journeys."""
    rows = [
        [
            line.journey,
            rate(line.offered_per_hour),
            *(f"{number:,}" for number in (line.offered, line.started, line.completed, line.failed, line.other)),
            rate(line.completed_per_hour),
            listed([f"{number:,} {step}" for step, number in line.failed_at.items()]) if line.failed_at else "",
        ]
        for line in verdict.journeys
    ]
    head = ["journey", "offered/h", "offered", "started", "completed", "failed", "other", "completed/h", "failed at"]
    return _table(head, rows)


def steps(verdict: Verdict) -> list[str]:
    """A line a step, below a head; response times are of answered requests alone."""
    rows = [
        [
            line.journey if line.step == line.journey else f"{line.journey}: {line.step}",
            f"{line.requests:,}",
            f"{line.failed:,}",
            *(
                "–" if time_s is None else seconds(time_s)
                for time_s in (line.mean_s, line.p50_s, line.p95_s, line.p99_s)
            ),
            listed([f"{number:,} × {error}" for error, number in line.errors.items()]) if line.errors else "",
        ]
        for line in verdict.steps
    ]
    return _table(["step", "requests", "failed", "mean", "p50", "p95", "p99", "instead of an answer"], rows)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Aligned columns: the first and the last to the left, numbers to the right."""
    if not rows:
        return []
    wide = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    return [
        "  ".join(
            [row[0].ljust(wide[0]), *(text.rjust(n) for text, n in zip(row[1:-1], wide[1:-1], strict=True)), row[-1]]
        ).rstrip()
        for row in (head, *rows)
    ]
