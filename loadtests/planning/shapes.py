"""Shapes laid over a trace: how often it is repeated, and how its rate rises and falls. Pure functions; the trace's own ups and downs stay."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loadtests.planning.schedule import cut
from sim.records.refusal import Refusal


@dataclass(frozen=True)
class Shape:
    """A factor on the rate over the run's time: linear between its knots, constant after the last."""

    at_s: tuple[float, ...]
    """Rising from 0; two equal instants make a jump."""
    factor: tuple[float, ...]

    def warp(self, x: np.ndarray) -> np.ndarray:
        """The instants of the shaped run at which the instants `x` of the unshaped one are played, float64[n] to float64[n].

        They invert the factor's integral, the part of the unshaped run that has been played, which is quadratic between knots.
        """
        at, factor = np.array(self.at_s), np.array(self.factor)
        span, rise = np.diff(at), np.diff(factor)
        played = np.concatenate([[0.0], np.cumsum(span * (factor[:-1] + factor[1:]) / 2)])
        here = np.searchsorted(played, x, side="right") - 1
        slope = np.append(np.divide(rise, span, out=np.zeros_like(rise), where=span > 0), 0.0)[here]
        ahead, start = x - played[here], factor[here]
        # The root of a·τ²/2 + f·τ = y in the form that stays exact as a goes to 0.
        root = start + np.sqrt(np.maximum(start**2 + 2 * slope * ahead, 0.0))
        return at[here] + np.divide(2 * ahead, root, out=np.zeros_like(ahead), where=root > 0)


def parse(text: str) -> Shape:
    """`ramp:60`: from nothing to the full rate within 60 s. `spike:120:30:5`: from 120 s on, for 30 s, five times the rate. Raises `Refusal`."""
    name, *numbers = text.split(":")
    try:
        values = [float(number) for number in numbers]
        if name == "ramp" and len(values) == 1 and values[0] > 0:
            return Shape((0.0, values[0]), (0.0, 1.0))
        if name == "spike" and len(values) == 3 and values[0] >= 0 and min(values[1:]) > 0:
            start, length, times = values
            return Shape((0.0, start, start, start + length, start + length), (1.0, 1.0, times, times, 1.0))
    except ValueError:
        pass
    raise Refusal("--shape", "", "ramp:SECONDS or spike:START:SECONDS:TIMES", text)


def lay(
    trace: pa.Table, from_s: float, to_s: float, time_scale: float, loop_s: float = 0.0, shape: str = ""
) -> tuple[pa.Table, float]:
    """A stretch of a trace as a schedule: rows with `at_s`, and the length of the run in seconds.

    Args:
        loop_s: the stretch is repeated until the run is so long, before it is shaped; 0 plays it once.
        shape: a shape's text; empty for none.
    """
    window, length_s = cut(trace, from_s, to_s, time_scale), (to_s - from_s) / time_scale
    if loop_s > length_s:
        window, length_s = _loop(window, length_s, loop_s, len(trace)), loop_s
    if shape:
        warp = parse(shape).warp
        window = window.set_column(window.column_names.index("at_s"), "at_s", pa.array(warp(window["at_s"].to_numpy())))
        length_s = float(warp(np.array([length_s]))[0])
    return window, length_s


def _loop(window: pa.Table, length_s: float, loop_s: float, rows: int) -> pa.Table:
    """Repetitions one after another. Each has row and session numbers of its own: `row + k × rows of the trace` in the k-th."""
    sessions = int(pc.max(window["session"]).as_py() or 0) + 1
    repeated = []
    for k in range(int(np.ceil(loop_s / length_s))):
        follows = window["follows"].to_numpy()
        shifted = {
            "row": window["row"].to_numpy() + k * rows,
            "session": window["session"].to_numpy() + k * sessions,
            "follows": np.where(follows >= 0, follows + k * rows, -1),
            "at_s": window["at_s"].to_numpy() + k * length_s,
        }
        again = window
        for name, values in shifted.items():
            again = again.set_column(again.column_names.index(name), name, pa.array(values))
        repeated.append(again)
    table = pa.concat_tables(repeated)
    return table.filter(table["at_s"].to_numpy() < loop_s)
