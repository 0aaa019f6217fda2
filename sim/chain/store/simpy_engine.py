"""The SimPy engine: every customer's visit is a process. It is the reference, and the one to subclass; docs/trading.md has the rules."""

from __future__ import annotations

from collections.abc import Callable, Generator
from heapq import heappop, heappush
from typing import Any

import numpy as np
from simpy import Environment
from simpy.events import Event

from ext.visits import Fate
from sim.chain.store.engine import (
    ARRIVAL,
    COMPLETION,
    DEADLINE,
    JOINING,
    OPENING,
    VISIT,
    DayResult,
    Refills,
    Regime,
    Rules,
    swaps,
)
from sim.chain.store.reserve import Reserve
from sim.chain.store.software import Answers
from sim.chain.store.tills import Bank, Till
from sim.clock import DAY_S, tick
from sim.stock.ledger import StockLedger
from sim.traffic.day_sheet import DaySheet

# The sheet's columns are played as lists, because indexing an array makes a new NumPy scalar each time.
_COLUMNS: tuple[str, ...] = ("arrival_s", "shopping_s", "patience_s", "line_start", "line_sku", "line_units")
_COLUMNS += ("fixed_s", "item_s", "attribute_s", "channel", "pay_s", "has_cash", "self_checkout_u")
_NAN = float("nan")
_NEVER = float("inf")


class SimpyEngine:
    """Plays a store's customers; see `engine.Engine` for the interface.

    Each day has an environment of its own, which runs as far as the store is advanced. In one environment for the whole chain the
    events of fifty stores would alternate and evict each other's data from the processor's cache: half the speed.
    """

    arrival_s: list[float]
    shopping_s: list[float]
    patience_s: list[float]
    line_start: list[int]
    line_sku: list[int]
    line_units: list[int]
    fixed_s: list[float]
    item_s: list[float]
    attribute_s: list[float]
    channel: list[int]
    pay_s: list[list[float]]
    has_cash: list[bool]
    self_checkout_u: list[float]
    priority: list[bool] | None
    line_redo_s: list[float] | None

    def __init__(self, rules: Rules, ledger: StockLedger):
        self.rules, self.ledger, self.env = rules, ledger, Environment()
        self.next_in_group = rules.next_in_group.tolist()
        self.coming: list[tuple[float, int, int]] = []
        self.next_filled = 0
        """The SKU at which the next round of shelf filling begins."""

    # The day

    def open_day(self, sheet: DaySheet, answers: Answers, regime: Regime, refills: Refills | None = None) -> None:
        """Begin a day: its customers, the system's answers and the regime it begins with."""
        rules, n, m = self.rules, len(sheet), len(sheet.line_sku)
        self.env = Environment(sheet.day * DAY_S)
        self.refills = Refills(np.empty(0), np.zeros(self.ledger.n_skus, np.int64)) if refills is None else refills
        self.refill_s = self.refills.at_s.tolist()
        promised = len(self.refill_s) if rules.unmet == "backordered" else 0
        self.handed_over = np.zeros((promised, self.ledger.n_skus), dtype=np.int64)
        self.answers = answers
        for name in _COLUMNS:
            setattr(self, name, getattr(sheet, name).tolist())
        self.priority = None if sheet.priority is None else sheet.priority.tolist()
        self.line_redo_s = None if sheet.line_redo_s is None else sheet.line_redo_s.tolist()
        willing = swaps(sheet, rules)
        self.swaps = None if willing is None else willing.tolist()
        self.fate = [-1] * n
        self.joined_s, self.started_s, self.ended_s = [_NAN] * n, [_NAN] * n, [_NAN] * n
        self.till, self.paid_by = [-1] * n, [-1] * n
        self.system_s, self.entry_s, self.offline = [0.0] * n, [0.0] * n, [False] * n
        self.got, self.substitute_sku, self.substituted = [0] * m, [-1] * m, [0] * m
        self.units, self.ticket_lines, self.redo_s = [0] * n, [0] * n, [0.0] * n

        self.lobby = Bank()
        self.banks = [Bank() for _ in range(rules.tills if rules.line_per_till else 1)]
        self.self_checkouts = Bank()
        banks = [self.banks[k if rules.line_per_till else 0] for k in range(rules.tills)]
        banks += [self.self_checkouts] * rules.self_checkouts
        self.tills = [Till(number, bank) for number, bank in enumerate(banks)]
        for till in self.tills:
            till.bank.tills.append(till)
        lines = self.tills[: rules.tills], (*self.banks, self.lobby)
        self.reserve = None if rules.reserve is None else Reserve(rules.reserve, *lines, self.env.now)
        self.shopping: set[int] = set()
        self.bank_of = [self.lobby] * n
        self.regime = regime
        self.change(regime)
        self.env.process(self.arrivals())

    def advance(self, now: float) -> None:
        """Play every customer up to an instant, s."""
        while self.refill_s and self.refill_s[0] < now:
            self.run(self.refill_s[0])
            self.refill()
        self.run(now)

    def run(self, now: float) -> None:
        """SimPy stops before all events of `now`, whose ranks are lower than that of its own stop."""
        if now > self.env.now:
            self.env.run(until=now)

    def restock(self) -> None:
        """Play a refill that is due now."""
        if self.refill_s and self.refill_s[0] <= self.env.now:
            self.refill()
        self.bring_back()

    def refill(self) -> None:
        """SimPy process: the day's refills, each at its instant."""
        self.bring_back()
        self.refill_s.pop(0)
        if len(self.handed_over):
            self.handed_over[-1 - len(self.refill_s)] = self.ledger.settle(self.rules.store)
        filling, up_to = self.refills.filling, self.refills.capacity
        if filling is not None:
            shelf, on_hand, *_ = self.ledger.trade(self.rules.store)
            up_to, self.next_filled = filling.in_turn(shelf, on_hand, up_to, self.next_filled)
        self.ledger.refill(self.rules.store, up_to)

    def expect(self, due_s: np.ndarray, sku: np.ndarray, units: np.ndarray) -> None:
        """Units to come onto the shelf later: float64[k] instants, int32[k] SKUs, int32[k] units."""
        for line in zip(due_s.tolist(), sku.tolist(), units.tolist(), strict=True):
            heappush(self.coming, line)

    def bring_back(self) -> None:
        """Put returns that are due by now into the back room."""
        while self.coming and self.coming[0][0] <= self.env.now:
            _, sku, units = heappop(self.coming)
            self.ledger.return_units(self.rules.store, [sku], [units])

    def close_day(self) -> DayResult:
        """Midnight: customers still inside abandon, and their goods go back."""
        for i in self.shopping:
            self.leave(i, Fate.ABANDONED)
        waiting = [i for bank in (self.lobby, *self.banks, self.self_checkouts) for i, _ in bank.line]
        served = [till.customer for till in self.tills if till.customer is not None]
        for i in waiting + served:
            self.empty_basket(i, self.ledger.put_back)
            self.leave(i, Fate.ABANDONED)
        if self.reserve is not None:
            self.reserve.close_all(self.env.now)
        visits = np.empty(len(self.fate), dtype=VISIT)
        visits["fate"], visits["channel"] = self.fate, self.paid_by
        visits["till"], visits["offline"] = self.till, self.offline
        visits["joined_s"], visits["started_s"], visits["ended_s"] = self.joined_s, self.started_s, self.ended_s
        visits["system_s"], visits["attribute_s"] = self.system_s, self.entry_s
        return DayResult(
            visits=visits,
            got=np.array(self.got, dtype=np.int32),
            substitute_sku=np.array(self.substitute_sku, dtype=np.int32),
            substituted=np.array(self.substituted, dtype=np.int32),
            handed_over=self.handed_over,
            reserve_s=None if self.reserve is None else self.reserve.open_s,
        )

    # A visit

    def arrivals(self) -> Generator[Event, Any, None]:
        """SimPy process: customers join, each at the instant at which shopping ends."""
        for i, instant in enumerate(self.arrival_s):
            yield self.at(instant, ARRIVAL + i)
            if self.regime.doors:
                self.env.process(self.visit(i))
            else:
                self.leave(i, Fate.TURNED_AWAY)

    def visit(self, i: int) -> Generator[Event, Any, None]:
        """One customer, from door to door."""
        self.shopping.add(i)
        yield self.at(self.arrival_s[i] + self.shopping_s[i], JOINING + i)
        self.shopping.remove(i)
        bank = self.choose(i)
        if bank is None:
            return self.leave(i, Fate.TURNED_AWAY)
        if not self.fill_basket(i):
            return self.leave(i, Fate.EMPTY_HANDED)
        self.joined_s[i] = self.env._now
        till = bank.first_ready(self.tills) or (yield self.wait(i, bank))
        while till is not None and (channel := self.payment(i)) >= 0:
            called = yield self.serve(i, till, channel)
            if called is None:
                return self.pay(i, till)
            till = called  # the first one broke down
        if till is None:
            self.bank_of[i].abandon(i)
        self.empty_basket(i, self.ledger.put_back)
        self.leave(i, Fate.ABANDONED if till is None else Fate.PAYMENT_LOST)
        if till is None:
            self.staff()

    def choose(self, i: int, limited: bool = True) -> Bank | None:
        """The bank that customer i joins: the lobby where none is open, None where all that are open are full."""
        limit = self.rules.line_limit if limited else -1
        best = None
        any_open = False
        for bank in self.banks:
            if bank.open:
                any_open = True
                if (limit < 0 or bank.ready or bank.waiting < limit) and (best is None or bank.people < best.people):
                    best = bank
        bank = self.self_checkouts
        if bank.open and self.line_start[i + 1] - self.line_start[i] <= self.rules.self_checkout_lines:
            any_open = True
            if limit < 0 or bank.ready or bank.waiting < limit:
                if best is None:
                    return bank
                here, there = bank.people * best.open, best.people * bank.open
                if here < there or (here == there and self.self_checkout_u[i] < 0.5):
                    return bank
        if any_open:
            return best
        return self.lobby if limit < 0 or self.lobby.waiting < limit else None

    def fill_basket(self, i: int) -> bool:
        """Take the units in stock; True if there is anything to pay or to backorder."""
        take, store, skus, wanted, got = self.ledger.take, self.rules.store, self.line_sku, self.line_units, self.got
        units = lines = 0
        short = False
        for line in range(self.line_start[i], self.line_start[i + 1]):
            got[line] = taken = take(store, skus[line], wanted[line])
            if taken:
                units += taken
                lines += 1
            if taken < wanted[line]:
                short = True
                if self.swaps is not None and self.swaps[line] and (other := self.substitute(line)):
                    units += other
                    lines += 1
            if self.line_redo_s is not None and (taken or self.substituted[line]):
                self.redo_s[i] += self.line_redo_s[line]
        self.units[i], self.ticket_lines[i] = units, lines
        return units > 0 or (short and self.rules.unmet == "backordered")

    def substitute(self, line: int) -> int:
        """Take the next SKU of the group that is in stock; returns its units."""
        sku, missing = self.line_sku[line], self.line_units[line] - self.got[line]
        other = self.next_in_group[sku]
        while other != sku:
            taken = self.ledger.take(self.rules.store, other, missing)
            if taken:
                self.substitute_sku[line], self.substituted[line] = other, taken
                return taken
            other = self.next_in_group[other]
        return 0

    def wait(self, i: int, bank: Bank) -> Event:
        """Queue. The event's value is the till that calls, or None when the customer reneges."""
        patience = self.patience_s[i]
        call = Event(self.env) if patience == _NEVER else self.at(self.env._now + patience, DEADLINE + i)
        self.stand(i, bank, call)
        self.staff()
        return call

    def stand(self, i: int, bank: Bank, call: Event) -> None:
        """Take a place in a bank's queue."""
        bank.stand(i, call, self.priority is not None and self.priority[i])
        self.bank_of[i] = bank

    def payment(self, i: int) -> int:
        """The channel that customer i can pay through, −1 where there is none."""
        up, first = self.regime.channels, self.channel[i]
        if up[first]:
            return first
        for backup in self.rules.backups if self.regime.falls_back else ():
            if up[backup]:
                return backup
        cash = self.rules.cash
        return cash if cash >= 0 and up[cash] and self.has_cash[i] else -1

    def serve(self, i: int, till: Till, channel: int) -> Event:
        """Begin a ticket. The event's value is None at its end, or another till when this one has broken down."""
        now = self.env._now
        entry_s = self.attribute_s[i] * self.ticket_lines[i] if self.rules.attribute_entry else 0.0
        fixed_s = self.fixed_s[i]
        if till.number < self.rules.tills:
            if (slow := self.regime.clerk_factor) != 1.0:
                fixed_s, entry_s = tick(fixed_s * slow), tick(entry_s * slow)
            fixed_s += self.redo_s[i]
        system_s = self.answers.system_s(i, now) if self.regime.online else 0.0
        scan_s = tick(self.units[i] * self.item_s[i] * till.factor)
        self.started_s[i], self.till[i], self.paid_by[i] = now, till.number, channel
        self.system_s[i], self.entry_s[i], self.offline[i] = system_s, entry_s, not self.regime.online
        till.customer = i
        till.bank.busy += 1
        till.bank.ready &= ~till.bit
        till.until_s = now + (fixed_s + scan_s + entry_s + system_s + self.pay_s[i][channel])
        till.receipt = self.at(till.until_s, COMPLETION + till.number)
        return till.receipt

    def pay(self, i: int, till: Till) -> None:
        """The end of a ticket: goods and customer leave, the till calls the next."""
        self.empty_basket(i, self.ledger.sell)
        if self.rules.unmet == "backordered":
            for line in range(self.line_start[i], self.line_start[i + 1]):
                if self.got[line] < self.line_units[line]:
                    self.ledger.owe(self.rules.store, self.line_sku[line], self.line_units[line] - self.got[line])
        self.leave(i, Fate.PAID)
        till.customer = till.receipt = None
        till.bank.busy -= 1
        if self.reserve is not None and self.reserve.spares(till):
            self.reserve.leave(till, self.env.now)
        self.take_next(till)
        self.staff()

    def empty_basket(self, i: int, verb: Callable[[int, int, int], None]) -> None:
        """Put back or sell, by the ledger's method, all that a customer took."""
        store, skus, got = self.rules.store, self.line_sku, self.got
        lines = range(self.line_start[i], self.line_start[i + 1])
        for line in lines:
            if got[line]:
                verb(store, skus[line], got[line])
        if self.swaps is not None:
            for line in lines:
                if self.substituted[line]:
                    verb(store, self.substitute_sku[line], self.substituted[line])

    def leave(self, i: int, fate: Fate) -> None:
        """Note how and when a customer's visit ended."""
        self.fate[i] = fate
        self.ended_s[i] = self.env._now

    # The tills

    def take_next(self, till: Till) -> None:
        """An idle till calls customers until one can pay or the queue is empty."""
        bank = till.bank
        if not (till.open and self.regime.working):
            return
        bank.ready |= till.bit
        while till.customer is None and (call := bank.call()) is not None:
            _call(call, till)

    def change(self, regime: Regime) -> None:
        """A new regime: tills open, close, break, stand or go on; then customers whose queue has closed join another, and idle tills call."""
        stood, self.regime = not self.regime.working, regime
        evicted: list[tuple[int, Event]] = []
        factors = regime.factors if self.reserve is None else self.reserve.offer(regime, self.env.now)
        for till, factor, broken in zip(self.tills, factors, regime.broken, strict=True):
            till.factor, till.open = factor, factor > 0 and not broken
            if till.customer is not None and till.receipt is not None:
                if broken:
                    evicted.append(self.evict(till))
                elif stood and regime.working:
                    till.until_s = self.env._now + till.left_s
                    till.receipt = _moved(till.receipt, self.at(till.until_s, COMPLETION + till.number))
                elif not stood and not regime.working:
                    till.left_s = till.until_s - self.env._now
                    till.receipt = _moved(till.receipt, Event(self.env))
        for bank in (*self.banks, self.self_checkouts):
            bank.open = sum(till.open for till in bank.tills)
            bank.ready = 0
        self.rejoin(evicted)
        for till in self.tills:
            if till.customer is None:
                self.take_next(till)
        self.staff()

    def staff(self) -> None:
        """After an event: idle tills of the reserve close, the highest first; more are to open where lines are long."""
        reserve = self.reserve
        if reserve is None or not self.regime.working:
            return
        for till in reversed(reserve.tills):
            if till.customer is None and reserve.spares(till):
                reserve.leave(till, self.env.now)
        while reserve.wants_more():
            reserve.coming += 1
            opening = self.at(self.env.now + reserve.rule.opens_s, OPENING)
            opening.callbacks.append(lambda _: self.open_till(reserve))

    def open_till(self, reserve: Reserve) -> None:
        """An opening that was to come: the lowest till that the reserve may open; the lobby chooses again."""
        reserve.coming -= 1
        if reserve.spare:
            till = reserve.spare[0]
            reserve.open(till, self.env.now)
            self.rejoin([])
            if till.customer is None:
                self.take_next(till)
        self.staff()

    def evict(self, till: Till) -> tuple[int, Event]:
        """A till broke down: its customer queues again and does not renege."""
        i, receipt = till.customer, till.receipt
        assert i is not None
        assert receipt is not None
        till.customer = None
        self.started_s[i], self.till[i], self.paid_by[i] = _NAN, -1, -1
        self.system_s[i], self.entry_s[i], self.offline[i] = 0.0, 0.0, False
        till.bank.busy -= 1
        self.bank_of[i] = till.bank
        return i, _moved(receipt, Event(self.env))

    def rejoin(self, evicted: list[tuple[int, Event]]) -> None:
        """Evicted customers return to the head of their queue; customers of a bank without an open till choose again, in order."""
        for i, call in reversed(evicted):
            self.bank_of[i].return_to_head(i, call)
        displaced = []
        for bank in (self.lobby, *self.banks, self.self_checkouts):
            if not bank.open:
                displaced += bank.line
                bank.clear()
        for i, call in displaced:
            self.stand(i, self.choose(i, limited=False) or self.lobby, call)

    def at(self, instant: float, rank: int) -> Event:
        """An event at an instant of the grid, so that the delay and its sum with the present are exact."""
        event = Event(self.env)
        event._ok, event._value = True, None
        self.env.schedule(event, rank, instant - self.env._now)  # type: ignore[arg-type] # SimPy takes any integer
        return event


def _call(call: Event, till: Till) -> None:
    """Resume the processes that wait for an event now: SimPy would queue the resumption behind other changes of this instant."""
    resumptions, call.callbacks = call.callbacks, []
    call._ok, call._value = True, till
    for resume in resumptions:
        resume(call)


def _moved(old: Event, new: Event) -> Event:
    """Move the processes that wait for an event to another; SimPy cannot cancel an event, so the old one fires without effect."""
    new.callbacks, old.callbacks = old.callbacks, []
    return new
