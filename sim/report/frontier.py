"""The planner's picture: what each policy's stock costs, and how much of the demand it serves."""

from __future__ import annotations

from pathlib import Path

from matplotlib.ticker import PercentFormatter

from sim.records.whole import whole
from sim.report.canvas import BLUE, INK, ORANGE, drawing, style


def frontier(points: dict[str, tuple[float, float, float, float]], currency: str, file: Path) -> None:
    """Write a picture (.svg, .png or .pdf). `points`: by policy (stock value, its half-width, fill rate, its half-width).

    Policies that another beats on both are drawn in orange.
    """
    with style():
        figure, (axis,) = drawing(height=3.4)
        for name, (value, value_width, fill, fill_width) in points.items():
            beaten = any(v < value and f > fill for v, _, f, _ in points.values())
            colour = ORANGE if beaten else BLUE
            axis.errorbar(value / 1e6, fill, fill_width, value_width / 1e6, fmt="o", color=colour, capsize=2)
            axis.annotate(name, (value / 1e6, fill), xytext=(5, 5), textcoords="offset points", color=INK)
        axis.set_title("Stock held against demand served, with 95 % intervals", loc="left", fontsize=10.5)
        axis.set_xlabel(f"stock on hand, million {currency} at cost")
        axis.set_ylabel("units asked for that were there")
        axis.yaxis.set_major_formatter(PercentFormatter(1, decimals=1))
        axis.margins(0.15)
        with whole(file) as aside:
            figure.savefig(aside, format=file.suffix[1:])
