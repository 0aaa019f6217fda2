"""A search for capacity as a page and as a JUnit suite: the largest load carried, the smallest not carried, and the knee."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from sim.evidence.capacity.scaling import throughput
from sim.records.capacity import Capacity
from sim.report import canvas
from sim.report.canvas import BLUE, GREEN, MUTED, ORANGE, RED, SKY
from sim.report.junit import Case, write_suite
from sim.report.languages import Language, recorded, text
from sim.report.pages.sheet import Picture, picture, write_sheet

_COLOUR = {"pass": GREEN, "fail": RED, "inconclusive": ORANGE, "invalid": MUTED}


def write_capacity(capacity: Capacity, path: Path | str, lang: Language = "en") -> None:
    """Write the page of a search in a language."""
    write_sheet(path, "capacity.html", lang, found=capacity, knee=knee_picture(capacity, lang))


def knee_picture(capacity: Capacity, lang: Language = "en") -> Picture | None:
    """The figure of a search; None without a stage."""
    if not capacity.stages:
        return None
    return picture(
        "capacity",
        recorded(f"{capacity.sentence.partition('. ')[0].rstrip('.')}.", lang)[:-1],
        text(
            "Throughput and response as load rises. A point is a stage: green passed, red failed, orange is inconclusive, grey invalid; "
            "hollow points were not stable and are left out of the fit. The line is the Universal Scalability Law, the band the bounds of its "
            "peak, the dotted line its knee.",
            lang,
        ),
        lambda: knee(capacity, lang),
        lang,
    )


def write_capacity_junit(capacity: Capacity, path: Path | str, inconclusive_ok: bool = False) -> None:
    """Write a suite: a case for the search and for each stage. A stage above the load asked for is skipped where it failed."""
    searched_s = sum(stage.took_s for stage in capacity.stages)
    cases = [Case("capacity", capacity.decision, capacity.sentence, searched_s)]
    asked = None if capacity.at_least is None else capacity.at_least / capacity.stores
    for stage in capacity.stages:
        decision = "pass" if stage.carried else "not covered"
        if asked is not None and stage.factor <= asked and not stage.held and capacity.decision != "pass":
            decision = stage.decision if stage.decision != "pass" else "fail"  # it passed while concurrency grew
        name = f"{stage.run}: {stage.factor:.3g} × the peak, {stage.factor * capacity.stores:.3g} stores"
        cases.append(Case(name, decision, stage.sentence, stage.took_s, "retail-lab.stages"))
    write_suite(
        path,
        "capacity",
        capacity.host,
        cases,
        [capacity.sentence, f"targets {', '.join(capacity.targets)}"],
        inconclusive_ok,
    )


def knee(capacity: Capacity, lang: Language = "en") -> Any:
    """Throughput over concurrency with the Universal Scalability Law fitted to it; below, the mean response over the load."""
    figure, (upper, lower) = canvas.drawing(2, 5.2, sharex=False)
    stages = sorted(capacity.stages, key=lambda stage: stage.concurrency)
    for stage in stages:
        fill = _COLOUR[stage.decision] if stage.stable else "none"
        colour = _COLOUR[stage.decision]
        upper.plot(stage.concurrency, stage.answered_per_s, "o", color=colour, markerfacecolor=fill, markersize=6)
        if stage.mean_s is not None:
            lower.plot(stage.requests_per_s, stage.mean_s, "o", color=colour, markerfacecolor=fill, markersize=6)
    scaling = capacity.scaling
    if scaling:
        most = max([scaling.knee or 0.0, *(stage.concurrency for stage in stages if stage.stable)])
        n = np.linspace(0, 1.2 * most, 200)[1:]
        upper.plot(n, throughput(scaling, n), color=BLUE, zorder=1)
        if scaling.peak_per_s and scaling.peak_high_per_s:
            upper.axhspan(scaling.peak_low_per_s, scaling.peak_high_per_s, color=SKY, alpha=0.5, linewidth=0, zorder=0)
        if scaling.knee:
            upper.axvline(scaling.knee, color=MUTED, linestyle=":", linewidth=1.2)
    upper.set_xlabel(text("requests in the API at once", lang))
    upper.set_ylabel(text("answered per s", lang))
    lower.axvline(capacity.peak_requests_per_s, color=MUTED, linestyle=":", linewidth=1.2)
    lower.set_xlabel(text("requests per s (dotted: the peak of {n} stores)", lang, n=capacity.stores))
    lower.set_ylabel(text("mean response, s", lang))
    for axis in (upper, lower):
        axis.set_xlim(left=0)
        canvas.thousands(axis)
        axis.set_ylim(top=1.1 * axis.get_ylim()[1])
    return figure
