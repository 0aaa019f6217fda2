"""Counters and trace rows of a store-day, from its sheet and its result, for any engine."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ext.counting import COUNTERS, store_day
from ext.receipts import bought
from ext.visits import Fate
from sim.chain.output.tally import Tally
from sim.chain.output.trace_log import CompressedLines, TraceLog
from sim.chain.store.engine import DayResult
from sim.chain.store.regimes import Change
from sim.chain.store.service import Service
from sim.clock import DAY_S, TICK_S
from sim.scenario.model import Scenario
from sim.traffic.calendar import seconds_of_day
from sim.traffic.day_sheet import DaySheet


@dataclass(frozen=True)
class Receipts:
    """The n paid tickets that are returned or are in the trace, with their SKUs in compressed rows."""

    sheet: DaySheet
    customer: np.ndarray
    """int64[n], index in the sheet."""
    note: np.ndarray
    """int64[n], trace note of the checkout, −1 outside the trace's window."""
    line_start: np.ndarray
    """int64[n + 1]"""
    sku: np.ndarray
    """int32[k], distinct within a ticket."""
    units: np.ndarray
    """int64[k]"""


def receipts(sheet: DaySheet, result: DayResult, service: Service, trace: TraceLog) -> Receipts:
    """The paid tickets: units of the SKUs demanded and of their substitutes. Notes their journeys."""
    customer = np.flatnonzero(result.fate == Fate.PAID if _traced(sheet, service, trace) else sheet.return_s < np.inf)
    customer = customer[result.fate[customer] == Fate.PAID]
    taken = (result.got, result.substitute_sku, result.substituted)
    lines = bought(customer, sheet.line_start, sheet.line_sku, *taken)
    note = np.full(len(customer), -1)
    if trace.active:
        # A ticket of backorders alone has no goods to check out; the others keep their lines.
        some = np.diff(lines[0]) > 0
        start = np.append(lines[0][:-1][some], lines[0][-1])
        note[some] = _note(trace, service, sheet, result, customer[some], (start, lines[1], lines[2]))
    return Receipts(sheet, customer, note, *lines)


def _traced(sheet: DaySheet, service: Service, trace: TraceLog) -> bool:
    """Whether any journey of the day's tickets could be in the trace: the last are sent when the store reaches the system again."""
    midnight_s = (sheet.day + 1) * DAY_S
    return trace.active and trace.wants(
        sheet.day * DAY_S, float(service.reachable_from(sheet.store, np.array([midnight_s]))[0])
    )


def count(
    tally: Tally, scenario: Scenario, price: np.ndarray, sheet: DaySheet, result: DayResult, changes: list[Change]
) -> None:
    """Count one store-day. A sale counts when the ticket ends, a loss when the customer leaves; the system as out of reach while doors are open.

    `price`: float64[n_skus]. Of the units demanded, those sold (of the SKU or another), lost and backordered add up to all;
    abandoned units are among those lost. Units lost fall into the causes of docs/trading.md, 13.
    """
    place, midnight_s = scenario.stores[sheet.store], sheet.day * DAY_S
    hours = store_day(
        midnight_s,
        midnight_s + DAY_S - TICK_S,
        arrival_s=sheet.arrival_s,
        line_start=sheet.line_start,
        line_sku=sheet.line_sku,
        line_units=sheet.line_units,
        visits=result.visits,
        got=result.got,
        substitute_sku=result.substitute_sku,
        substituted=result.substituted,
        price=price,
        since_s=np.array([t for t, _ in changes]),
        staffed=np.array([regime.staffed(place.tills) for _, regime in changes], np.int32),
        doors=np.array([regime.doors for _, regime in changes], np.uint8),
        working=np.array([regime.working for _, regime in changes], np.uint8),
        online=np.array([regime.online for _, regime in changes], np.uint8),
        opens_s=seconds_of_day(place.opens),
        closes_s=seconds_of_day(place.closes),
        tills=place.tills,
        wait_target_s=scenario.trading.wait_target_s,
        swaps=scenario.trading.unmet == "substituted",
        backordered=scenario.trading.unmet == "backordered",
    )
    if result.reserve_s is not None:
        hours[COUNTERS.index("till_open_s")] += result.reserve_s
    tally.add_hours(COUNTERS, sheet.store, sheet.day, hours)
    if sheet.priority is not None:
        first = sheet.priority & (result.fate == Fate.PAID)
        tally.add("priority_tickets", sheet.store, midnight_s, first.sum())
        tally.add("priority_wait_s", sheet.store, midnight_s, (result.started_s - result.joined_s)[first].sum())


def _note(
    trace: TraceLog, service: Service, sheet: DaySheet, result: DayResult, c: np.ndarray, lines: CompressedLines
) -> np.ndarray:
    """Note the journeys of the tickets of customers `c`: a member's look-up when it begins, its checkout when the payment is due.

    A ticket taken offline is sent when the store reaches the system again. Returns the checkouts' notes, int64[n].
    """
    started, ended, offline = result.started_s[c], result.ended_s[c], result.offline[c]
    due = np.maximum(ended - sheet.pay_s[c, result.channel[c]] - result.system_s[c], started)
    checkout_s = np.where(offline, service.reachable_from(sheet.store, ended), due)
    session, member = trace.sessions(len(c)), sheet.customer[c]
    known = (member >= 0) & ~offline
    trace.note("member_lookup", started[known], sheet.store, member[known], session=session[known])
    return trace.note("checkout", checkout_s, sheet.store, member, lines, session)
