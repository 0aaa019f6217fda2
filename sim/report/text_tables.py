"""The tables of a verdict and of a comparison as lines of text, for terminals and logs."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from sim.evidence.wording import points, rate
from sim.records.verdict import SHARES, Comparison, Difference, Verdict
from sim.report.languages import Language, duration, items, named, percent, recorded, text


def journeys(verdict: Verdict, lang: Language = "en") -> list[str]:
    """A line a journey, below a head; none where the samples hold no journeys."""
    rows = [
        [
            _name(line.journey, lang),
            rate(line.offered_per_hour),
            *(f"{number:,}" for number in (line.offered, line.started, line.completed, line.failed, line.other)),
            rate(line.completed_per_hour),
            items([f"{number:,} {step}" for step, number in line.failed_at.items()], lang) if line.failed_at else "",
        ]
        for line in verdict.journeys
    ]
    head = (
        *(text("journey", lang), text("offered/h", lang), text("offered", lang), text("started", lang)),
        *(text("completed", lang), text("failed", lang), text("other", lang), text("completed/h", lang)),
        text("failed at", lang),
    )
    return _table(head, rows)


def steps(verdict: Verdict, lang: Language = "en") -> list[str]:
    """A line a step, below a head; response times are of answered requests alone."""
    rows = [
        [
            _name(line.journey, lang) if line.step == line.journey else f"{_name(line.journey, lang)}: {line.step}",
            f"{line.requests:,}",
            f"{line.failed:,}",
            *(
                "–" if time_s is None else duration(time_s, lang)
                for time_s in (line.mean_s, line.p50_s, line.p95_s, line.p99_s)
            ),
            items([f"{number:,} × {recorded(error, lang)}" for error, number in line.errors.items()], lang)
            if line.errors
            else "",
        ]
        for line in verdict.steps
    ]
    head = (text("step", lang), text("requests", lang), text("failed", lang), text("mean", lang), "p50", "p95", "p99")
    return _table((*head, text("instead of an answer", lang)), rows)


def differences(found: Comparison, lang: Language = "en") -> list[str]:
    """A line a quantity of each journey, below a head: A, B, the difference A − B and its bounds."""
    rows = [
        [
            text("all requests", lang) if each.scope == "all requests" else _name(each.scope, lang),
            recorded({"journeys": "journey success"}.get(each.quantity, each.quantity), lang),
            *(f"{number:,}" for number in (each.requests_a, each.requests_b)),
            *(value(each.quantity, of, lang) for of in (each.a, each.b)),
            *(gap(each, of, lang) for of in (each.difference, each.low, each.high)),
            recorded(each.finding, lang) + (f" [{named(each.decision, lang)}]" if each.binding else ""),
        ]
        for each in found.differences
    ]
    head = (
        *(text("journey", lang), text("quantity", lang), text("requests A", lang), text("requests B", lang), "A", "B"),
        *(text("A − B", lang), text("at least", lang), text("at most", lang), text("finding", lang)),
    )
    return _table(head, rows)


def value(quantity: str, of: float | None, lang: Language = "en") -> str:
    """A share or a time; a dash where there is none."""
    if of is None:
        return "–"
    return percent(of, lang) if quantity in SHARES else duration(of, lang)


def gap(each: Difference, of: float | None, lang: Language = "en") -> str:
    """A difference or one of its bounds, with its sign; of a share in percentage points."""
    if of is None:
        return "–"
    size = recorded(points(abs(of)), lang) if each.quantity in SHARES else duration(abs(of), lang)
    return f"{'−' if of < 0 else '+' if of > 0 else ''}{size}"


def _name(journey: str, lang: Language) -> str:
    """In English the name that samples have: these tables are read by people who look them up there."""
    return journey if lang == "en" else named(journey, lang)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """Aligned columns: the first and the last to the left, numbers to the right. A hanzi is two columns of a terminal wide."""
    if not rows:
        return []
    wide = [max(map(cell_len, column)) for column in zip(head, *rows, strict=True)]
    return ["  ".join([*_padded(row[:-1], wide), row[-1]]).rstrip() for row in (head, *rows)]


def _padded(cells: Sequence[str], wide: Sequence[int]) -> list[str]:
    gaps = [" " * (n - cell_len(cell)) for cell, n in zip(cells, wide, strict=False)]
    return [cells[0] + gaps[0], *(gap + cell for gap, cell in zip(gaps[1:], cells[1:], strict=True))]
