"""Stock value against fill rate, by policy: the efficient frontier of replenishment policies."""

from __future__ import annotations

import textwrap
from pathlib import Path

from matplotlib.figure import Figure as Drawing
from matplotlib.ticker import PercentFormatter

from sim.records.atomic_files import whole
from sim.report.canvas import BLUE, GREEN, drawing, style

LEGEND_WIDTH = 56
"""Characters of the legend that fit on a line."""
Points = dict[str, tuple[float, float, float, float]]
"""By policy: stock value, its half-width, fill rate, its half-width; the first one first."""


def frontier(points: Points, currency: str, file: Path, advised: str | None = None) -> None:
    """Write the picture to a .svg, .png or .pdf; the other arguments are those of `drawn`."""
    with style():
        figure = drawn(points, currency, advised)
        with whole(file) as aside:
            figure.savefig(aside, format=file.suffix[1:], dpi=160)


def drawn(points: Points, currency: str, advised: str | None = None) -> Drawing:
    """The picture, drawn within `canvas.style`.

    `advised`: the policy with significantly better paired differences, drawn in green; None, and one colour for all, where no difference is
    significant.
    """
    first = next(iter(points))
    values = [value for value, *_ in points.values()]
    middle = (min(values) + max(values)) / 2
    figure, (axis,) = drawing(height=3.6)
    for n, (name, (value, value_width, fill, fill_width)) in enumerate(sorted(points.items(), key=lambda p: p[1])):
        colour = GREEN if name == advised else BLUE
        axis.errorbar(value / 1e6, fill, fill_width, value_width / 1e6, fmt="o", color=colour, capsize=2, clip_on=False)
        # Neighbours are named below and above in turn, beside their bars, and towards the middle.
        side, align = (6, "left") if value <= middle else (-6, "right")
        place = {"xytext": (side, 6 if n % 2 else -13), "textcoords": "offset points", "ha": align}
        axis.annotate(name, (value / 1e6, fill), color=colour, **place)
    axis.set_title("Stock held against demand served, with 95 % intervals", loc="left", fontsize=10.5)
    axis.set_xlabel(f"stock on hand, million {currency} at cost")
    axis.set_ylabel("units asked for that were there")
    axis.yaxis.set_major_formatter(PercentFormatter(1))
    axis.margins(0.15)
    low, high = axis.get_ylim()
    low = max(low, 0)
    axis.set_ylim(low, min(high, 1 + 0.1 * (1 - low)))  # room for names above 100 %
    axis.set_yticks([tick for tick in axis.get_yticks() if low <= tick <= 1])
    axis.set_xlim(left=max(axis.get_xlim()[0], 0))
    sure = f"{advised}: surely less stock than {first}, fill rate kept, no more spoilt" if advised else None
    label = sure or f"none surely needs less stock than {first}, keeps its fill rate and spoils no more"
    axis.plot([], [], "o", color=GREEN if advised else BLUE, label=textwrap.fill(label, LEGEND_WIDTH))
    axis.legend(loc="upper left", bbox_to_anchor=(-0.12, -0.2), borderaxespad=0)
    return figure
