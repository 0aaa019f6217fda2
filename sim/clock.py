"""The lab's clock: seconds since the scenario's first midnight, on a grid on which sums of float64 are exact.

Calendars are civil and local to the chain: a day has 86,400 s, so a daylight-saving shift moves no shop's opening.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

TICKS_PER_S = 2.0**20
TICK_S = 1 / TICKS_PER_S
DAY_S = 86_400.0
HOUR_S = 3_600.0
CELL_S = 300.0
"""Length in seconds of the cells in which load on the software is counted."""


def on_tick(seconds: ArrayLike) -> Any:
    """Round seconds (scalar or array) to the nearest multiple of 2⁻²⁰ s, so that sums below 2³² s are exact."""
    return np.rint(np.asarray(seconds, dtype=np.float64) * TICKS_PER_S) * TICK_S


def tick(seconds: float) -> float:
    """`on_tick` for one Python float, for places where an array call would cost more than the work."""
    return round(seconds * TICKS_PER_S) * TICK_S
