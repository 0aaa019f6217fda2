"""What a store-day amounts to: counters and trace rows, from the sheet that was played and what became of it, for any engine."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ext.counting import COUNTERS, store_day
from sim.chain.engine import DayResult, Fate
from sim.chain.regimes import Change
from sim.chain.system import Service
from sim.chain.tally import Tally
from sim.chain.tracelog import TraceLog, rows
from sim.clock import DAY_S, TICK_S
from sim.scenario.model import Scenario
from sim.traffic.day import DaySheet


@dataclass(frozen=True)
class Receipts:
    """Those n tickets paid that somebody still asks for, with their SKUs in compressed rows: they come back, or stand in the trace."""

    sheet: DaySheet
    customer: np.ndarray
    """i8[n], index in the sheet."""
    note: np.ndarray
    """i8[n], trace note of the checkout, −1 outside the trace's window."""
    line_start: np.ndarray
    """i8[n + 1]"""
    sku: np.ndarray
    """i4[k], distinct within a ticket."""
    units: np.ndarray
    """i8[k]"""


def receipts(sheet: DaySheet, result: DayResult, n_skus: int, service: Service, trace: TraceLog) -> Receipts:
    """What was paid for: the SKUs wanted and found, and those taken in their place. Notes the journeys of it."""
    paid = result.fate == Fate.PAID
    midnight_s = (sheet.day + 1) * DAY_S
    heard_s = float(service.reachable_from(sheet.store, np.array([midnight_s]))[0])
    if not trace.wants(sheet.day * DAY_S, heard_s):
        paid &= np.isfinite(sheet.return_s)
    customer = np.flatnonzero(paid)
    lines = _bought(sheet, result, customer, n_skus)
    note = np.full(len(customer), -1)
    if trace.active:
        # A ticket of nothing but promises has no goods to check out; those left keep the same lines.
        some = np.diff(lines[0]) > 0
        lines_of_some = (np.append(lines[0][:-1][some], lines[0][-1]), *lines[1:])
        note[some] = _note(trace, service, sheet, result, customer[some], lines_of_some)
    return Receipts(sheet, customer, note, *lines)


def _bought(sheet: DaySheet, result: DayResult, customer: np.ndarray, n_skus: int):
    """The lines of the tickets of some customers, in compressed rows. One SKU is one line, though it be taken in place of another too."""
    _, at = rows(sheet.line_start, customer)
    ticket = np.repeat(np.arange(len(customer)), np.diff(sheet.line_start)[customer])
    sku, taken, instead = sheet.line_sku[at], result.got[at], result.substituted[at]
    if not instead.any():
        some = taken > 0
        line_start = np.searchsorted(ticket[some], np.arange(len(customer) + 1))
        return line_start, sku[some], taken[some].astype(np.int64)
    own, swapped = taken > 0, instead > 0
    other = result.substitute_sku[at][swapped]
    key = np.concatenate([ticket[own] * n_skus + sku[own], ticket[swapped] * n_skus + other])
    key, line = np.unique(key, return_inverse=True)
    units = np.bincount(line, np.concatenate([taken[own], instead[swapped]]), minlength=len(key))
    line_start = np.searchsorted(key, np.arange(len(customer) + 1) * n_skus)
    return line_start, (key % n_skus).astype(np.int32), units.astype(np.int64)


def count(
    tally: Tally, scenario: Scenario, price: np.ndarray, sheet: DaySheet, result: DayResult, changes: list[Change]
) -> None:
    """Count one store-day. A sale counts when the ticket ends, a loss when the customer leaves.

    `price`: f8[n_skus]. Of what customers wanted, units sold (of the SKU or another), lost and backordered add up to units demanded;
    abandoned units are among those lost.
    """
    store, midnight_s = sheet.store, sheet.day * DAY_S
    last_s = midnight_s + DAY_S - TICK_S
    hours = store_day(
        midnight_s,
        last_s,
        arrival_s=sheet.arrival_s,
        line_start=sheet.line_start,
        line_sku=sheet.line_sku,
        line_units=sheet.line_units,
        visits=result.visits,
        got=result.got,
        substitute_sku=result.substitute_sku,
        substituted=result.substituted,
        price=price,
        tills=scenario.stores[store].tills,
        wait_target_s=scenario.trading.wait_target_s,
        swaps=scenario.trading.unmet == "substituted",
        backordered=scenario.trading.unmet == "backordered",
    )
    tally.add_hours(COUNTERS, store, sheet.day, hours)
    left = result.ended_s[~np.isnan(result.joined_s)].max(initial=0.0)
    _count_regimes(tally, scenario, sheet, min(left, last_s), changes)


def _count_regimes(tally: Tally, scenario: Scenario, sheet: DaySheet, last: float, changes: list[Change]) -> None:
    """Tills count as open until closing, or until the last customer leaves them; the system as out of reach while doors are open."""
    store, tills, midnight_s = sheet.store, scenario.stores[sheet.store].tills, sheet.day * DAY_S
    ends = [t for t, _ in changes[1:]] + [midnight_s + DAY_S]
    last = max([last, *(end for end, (_, regime) in zip(ends, changes, strict=True) if regime.doors)])
    open_s = 0.0
    for end, (start, regime) in zip(ends, changes, strict=True):
        staffed = sum(f > 0 and not b for f, b in zip(regime.factors[:tills], regime.broken, strict=False))
        tally.add_span("till_open_s", store, start, min(end, last), staffed)
        if regime.doors:
            open_s += end - start
            if not regime.online:
                tally.add_span("outage_s", store, start, end)
    tally.add("opening_s", store, midnight_s, open_s)


def _note(trace: TraceLog, service: Service, sheet: DaySheet, result: DayResult, c: np.ndarray, lines) -> np.ndarray:
    """Note the journeys of the tickets of customers `c`: a member's look-up when it begins, its checkout when the payment is due.

    A ticket taken offline is sent when the store reaches the system again. Returns the checkouts' notes, i8[n].
    """
    started, ended, offline = result.started_s[c], result.ended_s[c], result.offline[c]
    due = np.maximum(ended - sheet.pay_s[c, result.channel[c]] - result.system_s[c], started)
    checkout_s = np.where(offline, service.reachable_from(sheet.store, ended), due)
    session, member = trace.sessions(len(c)), sheet.customer[c]
    known = (member >= 0) & ~offline
    trace.note("member_lookup", started[known], sheet.store, member[known], session=session[known])
    return trace.note("checkout", checkout_s, sheet.store, member, lines, session)
