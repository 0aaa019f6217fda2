"""`verdict A --against B`: two load tests compared, printed and written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sim.cli.finding_output import Ways
from sim.cli.load_test_files import evidence

if TYPE_CHECKING:
    from sim.records.verdict import Comparison


def compare(a: Path, b: Path, margins: list[str], timeout_s: float, warmup_s: float) -> Comparison:
    """Compare the load test A with B, each a run's folder or another tool's file. Raises `Refusal`."""
    from sim.evidence.difference.comparison import compare as weigh
    from sim.evidence.difference.margins import parse
    from sim.records.refusal import Refusal
    from sim.records.trace import JOURNEYS

    if a.resolve() == b.resolve():
        raise Refusal("--against", "", "another load test than A", str(b))
    with evidence(a, timeout_s, warmup_s) as one, evidence(b, timeout_s, warmup_s) as other:
        own = all(run.intended_starts for _, run in (one, other))
        names = {name for samples, _ in (one, other) for name in samples["journey"].unique().to_pylist()}
        limits = parse(margins, {*names, *JOURNEYS} if own else names, requests_only=not own)
        return weigh(*one, *other, limits)


def leave(found: Comparison, ways: Ways) -> int:
    """Print and write a comparison, its sentence last; returns its exit status."""
    from sim.evidence.difference.sentence import lines
    from sim.report.exports.of_comparison import of_comparison
    from sim.report.junit import write_comparison_junit
    from sim.report.languages import recorded
    from sim.report.pages.comparison import write_comparison
    from sim.report.text_tables import differences

    opening = len(found.decision)
    said = [recorded(line, ways.lang) for line in lines(found)]
    said += ["", *(f"  {line}".rstrip() for line in differences(found, ways.lang)), ""]
    said += [recorded(line, ways.lang) for line in found.reasons]
    finding = found.sentence[:opening].upper() + found.sentence[opening:]
    return ways.leave(found, said, finding, write_comparison_junit, write_comparison, of_comparison)
