"""The unit in which people read a KPI: records keep shares and seconds, tables and pages say per cent, minutes and hours."""

from __future__ import annotations

import math


def reading(unit: str, level: float, currency: str = "currency") -> tuple[float, str]:
    """(factor, unit): what the values of a KPI in `unit` are multiplied by to be read, and the unit they then have.

    `level`: the largest of the values that share a line. Shares become per cent, times from ten minutes on minutes, from two hours on hours.
    """
    if unit.startswith("share of"):
        return 100.0, unit.replace("share of", "% of", 1)
    if unit == "s" and not math.isnan(level):
        for least_s, name, scale_s in ((7200, "h", 3600), (600, "min", 60)):
            if abs(level) >= least_s:
                return 1 / scale_s, name
    return 1.0, unit.replace("currency", currency)
