"""Returns: whole tickets, some days later, through the system into the back room."""

from __future__ import annotations

import numpy as np

from sim.chain.output.tally import Tally
from sim.chain.output.trace_log import TraceLog, rows
from sim.chain.store.engine import Engine
from sim.chain.store.receipts import Receipts
from sim.clock import DAY_S


def due(paid: Receipts, opens_s: float, closes_s: float, last_s: float) -> tuple[np.ndarray, np.ndarray]:
    """Which tickets of a day come back before `last_s`, int64[k] among those paid, and when, float64[k]: while doors are open from then on."""
    due_s = paid.sheet.return_s[paid.customer]
    back = np.flatnonzero(due_s < last_s)
    due_s = due_s[back]
    clock = due_s % DAY_S
    due_s += np.where(clock < opens_s, opens_s - clock, np.where(clock >= closes_s, DAY_S + opens_s - clock, 0.0))
    inside = due_s < last_s
    return (back, due_s) if inside.all() else (back[inside], due_s[inside])


def schedule_returns(
    engine: Engine,
    tally: Tally,
    trace: TraceLog,
    paid: Receipts,
    hours: tuple[float, float],
    last_s: float,
) -> None:
    """Count and note the returns of a day's tickets before `last_s`, in opening hours, and schedule them in the store's engine."""
    store = paid.sheet.store
    back, due_s = due(paid, *hours, last_s)
    start, sku, units = paid.line_start, paid.sku, paid.units
    if len(back) < len(paid.customer):
        start, at = rows(start, back)
        sku, units = sku[at], units[at]
    line_due_s = np.repeat(due_s, start[1:] - start[:-1])
    tally.add_many("returned_units", store, line_due_s, units)
    if trace.active:
        member = paid.sheet.customer[paid.customer[back]]
        trace.note("return_goods", due_s, store, member, (start, sku, units), follows=paid.note[back])
    engine.expect(line_due_s, sku, units)
