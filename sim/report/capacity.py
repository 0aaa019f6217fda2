"""A search for capacity as a page: what was carried, where it broke, and the knee."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from jinja2 import Environment, PackageLoader, StrictUndefined

from sim.evidence.scaling import throughput
from sim.evidence.words import seconds
from sim.records.capacity import Capacity
from sim.records.whole import whole
from sim.report import canvas
from sim.report.canvas import BLUE, GREEN, MUTED, ORANGE, RED, SKY

_COLOUR = {"pass": GREEN, "fail": RED, "inconclusive": ORANGE, "invalid": MUTED}


def write_capacity(found: Capacity, path: Path | str) -> None:
    """Write the page of a search."""
    environment = Environment(loader=PackageLoader("sim.report", ""), autoescape=True, undefined=StrictUndefined)
    environment.filters["seconds"] = lambda value: "–" if value is None else seconds(value)
    with canvas.style():
        drawing = knee(found)
        svg, png = canvas.svg(drawing), canvas.png(drawing)
    finding = found.sentence.partition(". ")[0].rstrip(".")
    html = environment.get_template("capacity.html").render(found=found, finding=finding, svg=svg, png=png)
    with whole(path) as aside:
        aside.write_text(html, encoding="utf-8")


def knee(found: Capacity):
    """Throughput over concurrency with the law through it; below, the mean response over the load."""
    figure, (upper, lower) = canvas.drawing(2, 5.2, sharex=False)
    stages = sorted(found.stages, key=lambda stage: stage.concurrency)
    for stage in stages:
        fill = _COLOUR[stage.decision] if stage.stable else "none"
        colour = _COLOUR[stage.decision]
        upper.plot(stage.concurrency, stage.answered_per_s, "o", color=colour, markerfacecolor=fill, markersize=6)
        if stage.mean_s is not None:
            lower.plot(stage.requests_per_s, stage.mean_s, "o", color=colour, markerfacecolor=fill, markersize=6)
    law = found.scaling
    if law:
        most = max(law.knee or 0, *(stage.concurrency for stage in stages if stage.stable))
        n = np.linspace(0, 1.2 * most, 200)[1:]
        upper.plot(n, throughput(law, n), color=BLUE, zorder=1)
        if law.peak_per_s and law.peak_high_per_s:
            upper.axhspan(law.peak_low_per_s, law.peak_high_per_s, color=SKY, alpha=0.5, linewidth=0, zorder=0)
        if law.knee:
            upper.axvline(law.knee, color=MUTED, linestyle=":", linewidth=1.2)
    upper.set_xlabel("requests in the API at once")
    upper.set_ylabel("answered per s")
    lower.axvline(found.peak_requests_per_s, color=MUTED, linestyle=":", linewidth=1.2)
    lower.set_xlabel(f"asked per s (dotted: the peak of {found.stores} stores)")
    lower.set_ylabel("mean response, s")
    for axis in (upper, lower):
        axis.set_xlim(left=0)
        canvas.thousands(axis)
    return figure
