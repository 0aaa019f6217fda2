"""How often intervals over 5 and 10 replications hold the mean of all replications, beside Student's t on the same samples.

Two shops are played many times: as they are, with a till fewer or more, with attribute entry, with a payment outage on a Saturday, and with
software that fails now and then. Of five KPIs the mean, and its paired difference under each shift, is taken from 1,000 samples of the
replications.
"""

from __future__ import annotations

import argparse
import math
from pathlib import Path

import numpy as np
from _figures import write
from _shop_weeks import SHOPS, differences, holds, trials

from sim.evidence.kpi_days import KpiDays
from sim.evidence.statistics.replications import interval

PROMISED = 0.93


def coverage(of: KpiDays, size: int, number: int) -> tuple[float, float, float]:
    """Share of intervals that hold the mean: the lab's, and Student's t; and the median length of the lab's in that
    of Student's t, where that is above 0."""
    held, held_by_t, length = 0, 0, []
    for sample, mean in trials(of, size, number):
        found, student = sample.interval(), interval(sample.cells.mean(axis=1))
        held += holds(found, mean)
        held_by_t += holds(student, mean)
        if student.half_width > 0:
            length.append(found.half_width / student.half_width)
    return held / number, held_by_t / number, float(np.median(length)) if length else math.nan


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--quick", action="store_true")
    asked = parser.parse_args()
    replications, number = (12, 20) if asked.quick else (250, 1000)
    figures = {}
    print(f"{replications} replications, {number:,} samples each; length in that of Student's t")
    print(f"{'':<60}{'n':>4}{'lab':>8}{'t':>8}{'length':>8}")
    for shop, what in SHOPS.items():
        found = differences(what, replications)
        for (kpi, shift), of in found.items():
            for size in (5, 10):
                lab, student, length = coverage(of, size, number)
                name = f"{shop}: {kpi}, {shift or 'as it is'}"
                print(f"{name:<60}{size:>4}{lab:>8.3f}{student:>8.3f}{length:>8.2f}", flush=True)
                figures[f"{name}, n = {size}"] = {
                    "value": lab,
                    "unit": "share of intervals",
                    "baseline": "Student's t",
                    "baseline_value": student,
                    "goal": f">= {PROMISED}",
                }
    write(figures, asked.json)


if __name__ == "__main__":
    main()
