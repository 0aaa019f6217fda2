"""A year of `chain-50` beside what is published of supermarkets; writes docs/validation.md.

python benchmarks/validation.py              a year after the warm-up: some minutes
python benchmarks/validation.py --quick      two parts of four weeks, every seventh store: shows that it runs; docs/validation.md stays as it is

Intervals are Student's, over parts of four weeks of one replication.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
from pathlib import Path

from _figures import write
from _measured import PART_DAYS, Part, measure, play
from _published import PUBLISHED, UNPUBLISHED, Published

from sim.evidence.statistics.replications import Interval, interval
from sim.scenario.loader import load
from sim.scenario.model import Scenario
from sim.scenario.shortened import shortened

ROOT = Path(__file__).parents[1]
SCENARIO = ROOT / "scenarios" / "chain-50.yaml"
PARTS = 13
"""Of a year."""
RUN_IN_DAYS = 28


def scenario(parts: int, every: int = 1, start: str = "2026-01-05") -> Scenario:
    """`chain-50`, so many parts after its run-in; every so many of its stores."""
    days = RUN_IN_DAYS + parts * PART_DAYS
    whole = load(SCENARIO, [f"start={start}", f"days={days}", f"warmup_days={RUN_IN_DAYS}", "trace=null"])
    return whole if every == 1 else shortened(whole, stores=[store.code for store in whole.stores[::every]])


def is_in(published: Published, ours: Interval) -> bool:
    """Whether the mean lies in the published range."""
    return published.low <= ours.mean <= published.high


def shown(unit: str, *values: float) -> str:
    """Figures as the page prints them, ± between a mean and its half-width: shares in per cent."""
    factor, sign = (100, "%") if unit.startswith("share") else (1, unit)
    return f"{' ± '.join(f'{factor * value:.3g}' for value in values)} {sign}"


def page(parts: list[Part], ours: dict[str, Interval], played: str) -> str:
    """docs/validation.md."""
    rows, others = [], []
    for each in PUBLISHED:
        found = ours[each.measure]
        cells = (
            each.meaning,
            f"{shown(each.unit, each.low)} to {shown(each.unit, each.high)}",
            shown(each.unit, found.mean, found.half_width),
            "in" if is_in(each, found) else "**out**",
            "; ".join(each.sources),
            each.measured,
        )
        rows.append(f"| {' | '.join(cells)} |")
    for other in UNPUBLISHED:
        figures = []
        for kpi, unit in other.kpis:
            found = interval([part[kpi] for part in parts])
            figures.append(f"`{kpi}` {shown(unit, found.mean, found.half_width)}")
        others.append(f"| {other.meaning} | {', '.join(figures)} | {other.there_is} |")
    return TEMPLATE.format(played=played, parts=len(parts), rows="\n".join(rows), others="\n".join(others))


TEMPLATE = """# `chain-50` beside what is published

Written by `python -m benchmarks validation`, never by hand. Terms stand in the [glossary](glossary.md), key figures in [trading.md](trading.md), 14.

One replication of `chain-50`: {played}, {parts} parts of four weeks after the run-in; ± is Student's 95 % interval over the parts. A figure
is *in* when its mean lies in the published range. `tests/validation` plays fewer stores and weeks and holds the same ranges.

| figure | published | `chain-50` | | sources | what was measured |
| --- | --- | --- | --- | --- | --- |
{rows}

Looked for and not found; ours are printed all the same:

| figure | `chain-50` | what there is |
| --- | --- | --- |
{others}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--quick", action="store_true")
    said = parser.parse_args()
    played, began = scenario(2, 7) if said.quick else scenario(PARTS), time.process_time()
    parts = play(played)
    cpu_s = time.process_time() - began
    unit = 1 if sys.platform == "darwin" else 1024
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20
    ours = {each.measure: interval([measure(each.measure, part) for part in parts]) for each in PUBLISHED}
    text = page(parts, ours, f"{played.days} days from {played.start}")
    print(text)
    print(f"{cpu_s:.0f} s of CPU, {peak_mib:.0f} MiB")
    if not said.quick:
        (ROOT / "docs" / "validation.md").write_text(text, encoding="utf-8")
    figures = {
        each.measure: {
            "value": ours[each.measure].mean,
            "half_width": ours[each.measure].half_width,
            "unit": each.unit,
            "goal": f"{each.low} to {each.high}",
        }
        for each in PUBLISHED
    }
    write(figures | {"run": {"value": cpu_s, "unit": "CPU s"}}, said.json)


if __name__ == "__main__":
    main()
