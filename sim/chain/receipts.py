"""What a store-day amounts to: counters and trace rows, from the sheet that was played and what became of it, for any engine."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.chain.engine import DayResult, Fate
from sim.chain.regimes import Change
from sim.chain.system import Service
from sim.chain.tally import Tally
from sim.chain.tracelog import TraceLog
from sim.clock import DAY_S, TICK_S
from sim.scenario.model import Scenario
from sim.traffic.day import DaySheet


@dataclass(frozen=True)
class Receipts:
    """Tickets paid, n of them, with their SKUs in compressed rows."""

    sheet: DaySheet
    customer: np.ndarray
    """i8[n], index in the sheet."""
    note: np.ndarray
    """i8[n], trace note of the checkout, −1 outside the trace's window."""
    line_start: np.ndarray
    """i8[n + 1]"""
    sku: np.ndarray
    """i4[k], rising and distinct within a ticket."""
    units: np.ndarray
    """i8[k]"""


def receipts(sheet: DaySheet, result: DayResult, n_skus: int, service: Service, trace: TraceLog) -> Receipts:
    """What was paid for: the SKUs wanted and found, and those taken in their place. Notes the journeys of it."""
    of_line = np.repeat(np.arange(len(sheet)), np.diff(sheet.line_start))
    paid = result.fate == Fate.PAID
    own, other = paid[of_line] & (result.got > 0), paid[of_line] & (result.substituted > 0)
    # Someone may take in place of one SKU another that is on the list too: one line on the receipt.
    key = np.concatenate(
        [of_line[own] * n_skus + sheet.line_sku[own], of_line[other] * n_skus + result.substitute_sku[other]]
    )
    key, line = np.unique(key, return_inverse=True)
    units = np.bincount(line, np.concatenate([result.got[own], result.substituted[other]]), minlength=len(key))
    customer = np.flatnonzero(paid)
    line_start = np.append(np.searchsorted(key, customer * n_skus), len(key))
    lines = (line_start, (key % n_skus).astype(np.int32), units.astype(np.int64))
    note = np.full(len(customer), -1)
    if trace.active:
        # A ticket of nothing but promises has no goods to check out; those left keep the same lines.
        some = np.diff(line_start) > 0
        lines_of_some = (np.append(line_start[:-1][some], line_start[-1]), *lines[1:])
        note[some] = _note(trace, service, sheet, result, customer[some], lines_of_some)
    return Receipts(sheet, customer, note, *lines)


def count(
    tally: Tally, scenario: Scenario, price: np.ndarray, sheet: DaySheet, result: DayResult, changes: list[Change]
) -> None:
    """Count one store-day. A sale counts when the ticket ends, a loss when the customer leaves.

    `price`: f8[n_skus]. Of what customers wanted, units sold (of the SKU or another), lost and backordered add up to units demanded;
    abandoned units are among those lost.
    """
    store = sheet.store
    left = np.minimum(result.ended_s, (sheet.day + 1) * DAY_S - TICK_S)
    started = ~np.isnan(result.started_s)
    paid = result.fate == Fate.PAID
    tally.add_many("customers", store, sheet.arrival_s, 1.0)
    for name, fate in (
        ("tickets", Fate.PAID),
        ("abandoned", Fate.ABANDONED),
        ("turned_away", Fate.TURNED_AWAY),
        ("payment_lost", Fate.PAYMENT_LOST),
    ):
        tally.add_many(name, store, left[result.fate == fate], 1.0)
    wait_s = result.started_s[paid] - result.joined_s[paid]
    tally.add_many("wait_s", store, result.started_s[paid], wait_s)
    tally.add_many("waits_over_target", store, left[paid], wait_s > scenario.trading.wait_target_s)
    tally.add_many("ticket_handling_s", store, left[paid], result.ended_s[paid] - result.started_s[paid])
    tally.add_many("system_s", store, left[paid], result.system_s[paid])
    tally.add_many("attribute_entry_s", store, left[paid], result.attribute_s[paid])
    tally.add_many("offline_tickets", store, left[paid], result.offline[paid])
    at_till = started & (result.till < scenario.stores[store].tills)
    tally.add_spans("till_busy_s", store, result.started_s[at_till], left[at_till])
    last = left[~np.isnan(result.joined_s)].max(initial=0.0)
    _count_regimes(tally, scenario, sheet, last, changes)
    _count_lines(tally, scenario, price, sheet, result, left)


def _count_lines(tally: Tally, scenario: Scenario, price, sheet: DaySheet, result: DayResult, left) -> None:
    store = sheet.store
    customer = np.repeat(np.arange(len(sheet)), np.diff(sheet.line_start))
    at, paid = left[customer], result.fate[customer] == Fate.PAID
    taken = result.got.astype(np.int64) + result.substituted
    sold = np.where(paid, taken, 0)
    missing = sheet.line_units - sold
    owed = np.where(paid, missing, 0) if scenario.trading.unmet == "backordered" else np.zeros_like(missing)
    lost = missing - owed
    value = price[sheet.line_sku] * result.got + price[result.substitute_sku] * result.substituted
    tally.add_many("demanded_units", store, sheet.arrival_s[customer], sheet.line_units)
    tally.add_many("sold_units", store, at, sold)
    tally.add_many("sales_value", store, at, np.where(paid, value, 0.0))
    tally.add_many("substituted_units", store, at, np.where(paid, result.substituted, 0))
    tally.add_many("backordered_units", store, at, owed)
    looked = result.fate[customer] == Fate.EMPTY_HANDED
    looked |= ~np.isnan(result.joined_s[customer])
    tally.add_many("short_units", store, at, np.where(looked, sheet.line_units - result.got, 0))
    tally.add_many("lost_units", store, at, lost)
    tally.add_many("lost_value", store, at, lost * price[sheet.line_sku])
    tally.add_many("abandoned_units", store, at, np.where(result.fate[customer] == Fate.ABANDONED, taken, 0))


def _count_regimes(tally: Tally, scenario: Scenario, sheet: DaySheet, last: float, changes: list[Change]) -> None:
    """Tills count as open until closing, or until the last customer leaves them; the system as out of reach while doors are open."""
    store, tills = sheet.store, scenario.stores[sheet.store].tills
    instants = np.array([t for t, _ in changes])
    ends = np.append(instants[1:], (sheet.day + 1) * DAY_S)
    doors = np.array([regime.doors for _, regime in changes])
    last = max(ends[doors].max(initial=0.0), last)
    staffed = [sum(f > 0 and not b for f, b in zip(r.factors[:tills], r.broken, strict=False)) for _, r in changes]
    until = np.minimum(ends, last)
    on = until > instants
    tally.add_spans("till_open_s", store, instants[on], until[on], np.array(staffed, dtype=np.float64)[on])
    tally.add("opening_s", store, sheet.day * DAY_S, float((ends - instants)[doors].sum()))
    out = doors & np.array([not regime.online for _, regime in changes])
    tally.add_spans("outage_s", store, instants[out], ends[out])


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
