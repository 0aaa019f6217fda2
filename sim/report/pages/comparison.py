"""Two load tests side by side as a page: the finding, differences with their bounds as a figure, and a table a journey."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from sim.evidence.verdict.targets import ALL
from sim.records.verdict import SHARES, Comparison, Difference
from sim.report import canvas, text_tables
from sim.report.canvas import BLUE, GREEN, INK, MUTED, ORANGE, RED
from sim.report.languages import Language, named, recorded, text
from sim.report.pages.sheet import Picture, picture, write_sheet

_OVERALL, _BY_JOURNEY = ("mean", "p50", "p95", "p99"), ("mean", "p95")
_MOST_JOURNEYS = 6
_COLOUR = {"pass": GREEN, "fail": RED, "inconclusive": ORANGE}


def write_comparison(found: Comparison, path: Path | str, lang: Language = "en") -> None:
    """Write the page of a comparison in a language."""
    scopes = list(dict.fromkeys(each.scope for each in found.differences))
    groups = [(scope, [each for each in found.differences if each.scope == scope]) for scope in scopes]
    filters: dict[str, Callable[..., str]] = {
        "gap": lambda each, of: text_tables.gap(each, getattr(each, of), lang),
        "value": lambda each, of: text_tables.value(each.quantity, getattr(each, of), lang),
        "scoped": lambda scope: _scope(scope, lang),
        "quantified": lambda quantity: _quantity(quantity, lang),
    }
    write_sheet(
        path, "comparison.html", lang, filters, found=found, groups=groups, drawn=difference_picture(found, lang)
    )


def difference_picture(found: Comparison, lang: Language = "en") -> Picture | None:
    """The figure of a comparison; None where nothing was bounded."""
    panels = [each for each in (_times(found), _shares(found)) if each]
    if not panels:
        return None
    shows = text(
        "Differences A − B; right of 0 A is worse. A line reaches from bound to bound, each with 95 % confidence; a bar across it is the margin. "
        "Green passed, red failed, orange is inconclusive, blue informs.",
        lang,
    )
    return picture("differences", _title(found, lang), shows, lambda: draw(panels, lang), lang)


def draw(panels: Sequence[Sequence[Difference]], lang: Language = "en") -> Figure:
    """Differences with their bounds, times above and shares below: what is worse lies to the right."""
    heights = tuple(0.34 * len(panel) + 0.5 for panel in panels)
    figure, axes = canvas.drawing(len(panels), sum(heights) + 0.5, heights, sharex=False)
    for axis, panel in zip(axes, panels, strict=True):
        _panel(axis, panel, lang)
    return figure


def _panel(axis: Any, panel: Sequence[Difference], lang: Language) -> None:
    shares = panel[0].quantity in SHARES
    largest = max(abs(end) for each in panel for end in each.harm if end is not None)
    scale, unit = (100.0, text("percentage points", lang)) if shares else (1.0, "s") if largest >= 1 else (1000.0, "ms")
    for place, each in enumerate(reversed(panel)):
        colour = _COLOUR.get(each.decision, BLUE)
        middle, least, most = (None if end is None else scale * end for end in each.harm)
        if least is not None and most is not None:
            axis.plot([least, most], [place, place], color=colour)
        if middle is not None:
            axis.plot(middle, place, "o", color=colour, markersize=5)
        if each.margin is not None:
            axis.plot([scale * each.margin] * 2, [place - 0.32, place + 0.32], color=INK, linewidth=1.6)
    axis.axvline(0, color=MUTED, linewidth=1.2)
    axis.set_yticks(range(len(panel)), [_label(each, lang) for each in reversed(panel)])
    axis.set_ylim(-0.6, len(panel) - 0.4)
    axis.grid(True, axis="x")
    axis.grid(False, axis="y")
    axis.set_xlabel(
        text("A less available than B, {unit}", lang, unit=unit)
        if shares
        else text("A slower than B, {unit}", lang, unit=unit)
    )


def _times(found: Comparison) -> list[Difference]:
    names = _busiest(found)
    shown = [(ALL, _OVERALL), *((name, _BY_JOURNEY) for name in names)]
    return [
        each
        for scope, quantities in shown
        for each in found.differences
        if each.scope == scope and each.quantity not in SHARES
        if (each.quantity in quantities or each.binding) and each.difference is not None
    ]


def _shares(found: Comparison) -> list[Difference]:
    names = (ALL, *_busiest(found))
    shown = [each for name in names for each in found.differences if each.scope == name and each.quantity in SHARES]
    return [each for each in shown if each.quantity == "availability" or each.binding or each.scope == ALL]


def _busiest(found: Comparison) -> list[str]:
    """Names of the journeys with most requests; those that a margin names first."""
    every = [each for each in found.differences if each.scope != ALL and each.quantity == "availability"]
    bound = {each.scope for each in found.differences if each.binding}
    every.sort(key=lambda each: (each.scope not in bound, -each.requests_a))
    return [each.scope for each in every[:_MOST_JOURNEYS]]


def _title(found: Comparison, lang: Language) -> str:
    mean = next((each for each in found.differences if (each.scope, each.quantity) == (ALL, "mean")), None)
    if mean is None or mean.difference is None:
        return text("A against B", lang)
    return text("Mean response of A against B: {finding}", lang, finding=recorded(mean.finding, lang))


def _label(each: Difference, lang: Language) -> str:
    quantity = _quantity(each.quantity, lang)
    if each.scope == ALL:
        return quantity
    return canvas.label(f"{_scope(each.scope, lang)}: {quantity}", text("a journey in another script", lang))


def _scope(scope: str, lang: Language) -> str:
    return text("all requests", lang) if scope == ALL else named(scope, lang)


def _quantity(quantity: str, lang: Language) -> str:
    return recorded({"journeys": "journey success"}.get(quantity, quantity), lang)
