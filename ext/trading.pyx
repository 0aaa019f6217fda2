"""A store's customers on one day: a small event calendar over plain arrays, by the rules of docs/trading.md (sections in brackets)."""

cimport cython
from libc.math cimport INFINITY, NAN, rint
from libc.stdint cimport int8_t, int16_t, int32_t, int64_t, uint8_t

import numpy as np

from ext.lines cimport Lines
from ext.shelf cimport Shelf

from ext.instants import in_order

cdef enum Event:
    COMPLETION, DEADLINE, JOINING

cdef enum:
    NOBODY = -1
    REPEATS = 50  # a failed journey is repeated at most this often

cdef double TICKS_PER_S = 1048576.0


@cython.final
cdef class Trading:
    """One store's tills, lines and customers. Positions are numbered: first the tills, then the self-checkouts.

    A day is `open`, then `advance` and `change` as the clock goes, then `close`; state is carried from one call to the next, and how a
    day is cut by calls to `advance` changes nothing. Instants and durations are seconds on a grid on which their sums are exact.
    """

    def __cinit__(
        self,
        Shelf shelf not None,
        *,
        int32_t tills,
        int32_t self_checkouts,
        bint line_per_till,
        int32_t line_limit,
        int32_t self_checkout_lines,
        bint attribute_entry,
        backups,
        int32_t cash,
    ):
        """line_limit: −1 for none. backups: int32, channels that stand in for one that is down, first choice first. cash: its channel, −1 none."""
        self.shelf = shelf
        self.tills, self.positions = tills, tills + self_checkouts
        self.line_limit, self.self_checkout_lines = line_limit, self_checkout_lines
        self.attribute_entry, self.cash = attribute_entry, cash
        self.backups = backups
        self.banks = tills if line_per_till else 1
        self.self_checkouts, self.lobby, self.moving = self.banks, self.banks + 1, self.banks + 2
        self.first = np.append(np.arange(tills) if line_per_till else [0], [tills, self.positions]).astype(np.int32)
        self.bank_of = np.repeat(np.arange(self.banks + 1, dtype=np.int32), np.diff(self.first))
        self.factor, self.until_s, self.left_s = np.zeros((3, self.positions))
        self.customer = np.empty(self.positions, np.int32)
        self.open_ = np.empty(self.positions, np.uint8)
        self.opened, self.busy, self.ready = np.empty((3, self.lobby), np.int32)
        self.lines = Lines(self.moving + 1)
        self.units, self.ticket_lines = np.empty(0, np.int64), np.empty(0, np.int32)

    def open(
        self,
        double midnight_s,
        *,
        arrival_s,
        shopping_s,
        patience_s,
        fixed_s,
        item_s,
        attribute_s,
        channel,
        pay_s,
        has_cash,
        self_checkout_u,
        double cell_s,
        double retry_s,
        latency_s,
        retry_u,
        level,
        weight,
        failing,
        fate,
        joined_s,
        started_s,
        ended_s,
        till,
        paid_by,
        system_s,
        entry_s,
        offline,
    ):
        """Begin the day of n customers, whose baskets are laid out on the shelf.

        Of each: arrival_s (sorted), shopping_s, patience_s (infinite: never leaves), fixed_s, item_s, attribute_s, self_checkout_u float64[n];
        channel int8[n] of first choice, pay_s float64[n, channels], has_cash uint8[n].
        The system's answers to J journeys of a ticket in cells of cell_s: latency_s float64[levels, n] of all journeys one after the other;
        level int32[J, cells], row of latency_s at or below the load; weight float64[J, cells], how far the load is on the way to the next
        row; failing float64[J, cells], share of journeys that fail; retry_u float64[J, n]; retry_s between failure and repetition.
        Written to, [n] each: fate int8 (−1 until it is known), joined_s, started_s, ended_s, system_s, entry_s float64, till int16,
        paid_by int8, offline uint8.
        """
        n = self.n = <int32_t>len(arrival_s)
        each = {
            "shopping_s": shopping_s, "patience_s": patience_s, "fixed_s": fixed_s, "item_s": item_s, "attribute_s": attribute_s,
            "channel": channel, "pay_s": pay_s, "has_cash": has_cash, "self_checkout_u": self_checkout_u,
            "fate": fate, "joined_s": joined_s, "started_s": started_s, "ended_s": ended_s, "till": till, "paid_by": paid_by,
            "system_s": system_s, "entry_s": entry_s, "offline": offline,
        }
        for name, array in each.items():
            if len(array) != n:
                raise ValueError(f"{name} must be of {n} customers, found {len(array)}")
        if self.shelf.line_start.shape[0] != n + 1:
            raise ValueError(f"the baskets laid out on the shelf must be those of {n} customers")
        self.arrival_s, self.patience_s, self.fixed_s, self.item_s = arrival_s, patience_s, fixed_s, item_s
        self.attribute_s, self.pay_s, self.has_cash, self.self_checkout_u = attribute_s, pay_s, has_cash, self_checkout_u
        self.channel = channel
        self.fate, self.joined_s, self.started_s, self.ended_s = fate, joined_s, started_s, ended_s
        self.till, self.paid_by, self.system_s, self.entry_s, self.offline = till, paid_by, system_s, entry_s, offline
        join_s = arrival_s + shopping_s
        self.join_s, self.joining = join_s, in_order(join_s)

        self.journeys, self.cells = level.shape
        if (latency_s.shape[1], retry_u.shape, weight.shape, failing.shape) != (n, (self.journeys, n), level.shape, level.shape):
            raise ValueError(f"the system's answers must be to {self.journeys} journeys of {n} customers in {self.cells} cells")
        self.cell_s, self.retry_s = cell_s, retry_s
        self.latency_s, self.retry_u, self.level, self.weight, self.failing = latency_s, retry_u, level, weight, failing
        if not self._inside():
            raise ValueError("channels must be columns of pay_s, level (and level + 1 where weight is above 0) a row of latency_s")

        self.midnight_s = self.now_s = midnight_s
        self.arrived, self.joined, self.working = 0, 0, False
        self.lines.empty(n)
        if n > self.units.shape[0]:
            self.units, self.ticket_lines = np.empty(n, np.int64), np.empty(n, np.int32)
        self.up = np.zeros(self.pay_s.shape[1], np.uint8)
        self.busy[:] = 0
        self.customer[:] = NOBODY
        self.until_s[:] = INFINITY
        self._soonest()

    def advance(self, double now_s):
        """Play everything before an instant; it becomes the present. Holds no GIL."""
        with nogil:
            self._advance(now_s)

    def change(self, bint doors, bint working, bint online, channels, factors, broken):
        """A new regime, at the present. channels uint8[channels]: up. factors float64[positions], 0: closed. broken uint8[positions]."""
        cdef const uint8_t[::1] up = channels, failed = broken
        cdef const double[::1] factor = factors
        if up.shape[0] != self.up.shape[0] or factor.shape[0] != self.positions or failed.shape[0] != self.positions:
            raise ValueError(f"a regime must be of {self.up.shape[0]} channels and {self.positions} positions")
        with nogil:
            self._change(doors, working, online, up, factor, failed)

    def close(self):
        """Send out whoever is still inside, with nothing."""
        with nogil:
            self._close()

    # Events (1)

    cdef void _advance(self, double until_s) noexcept nogil:
        cdef double t, join_s
        cdef Event event
        cdef int32_t i, joining = NOBODY
        if until_s <= self.now_s:
            return
        self._arrive(until_s)
        join_s = self._next_join(&joining)
        while True:
            t, event = self.end_s, COMPLETION
            if self.lines.dues > 0 and self.lines.first_deadline() < t:
                t, event = self.lines.due_s[0], DEADLINE
            if join_s < t:
                t, event = join_s, JOINING
            if t >= until_s:
                break
            self.now_s = t
            if event == COMPLETION:
                self._complete()
            elif event == JOINING:
                self.joined += 1
                if self.fate[joining] == INSIDE:
                    self._join(joining)
                join_s = self._next_join(&joining)
            else:
                i = self.lines.due[0]
                self.lines.impatient[i] = False
                self.lines.leave(i)
                self.shelf.put_back(i)
                self._leave(i, ABANDONED)
        self.now_s = until_s

    cdef double _next_join(self, int32_t *i) noexcept nogil:
        """Who joins next, and when."""
        if self.joined == self.n:
            return INFINITY
        i[0] = self.joining[self.joined]
        return self.join_s[i[0]]

    cdef void _arrive(self, double until_s) noexcept nogil:
        """Arrivals before an instant, all at once: they meet nothing but the doors, and nobody meets them before they join (3)."""
        cdef int32_t i = self.arrived
        while i < self.n and self.arrival_s[i] < until_s:
            if not self.doors:
                self.fate[i], self.ended_s[i] = TURNED_AWAY, self.arrival_s[i]
            i += 1
        self.arrived = i

    cdef void _join(self, int32_t i) noexcept nogil:
        """A customer comes to the tills (4)."""
        cdef int32_t at, bank = self._choose(i, self.line_limit)
        if bank == NOBODY:
            self._leave(i, TURNED_AWAY)
        elif not self.shelf.fill(i):
            self._leave(i, EMPTY_HANDED)
        else:
            self.joined_s[i] = self.now_s
            self.units[i], self.ticket_lines[i] = self.shelf.units, self.shelf.lines
            if bank < self.lobby and self.ready[bank] > 0:
                at = self._first_ready(bank)
                self._serve(i, at)
                if self.until_s[at] < self.end_s or (self.until_s[at] == self.end_s and at < self.end_at):
                    self.end_s, self.end_at = self.until_s[at], at
            else:
                self.lines.append(bank, i)
                if self.patience_s[i] < INFINITY:
                    self.lines.limit(i, self.now_s + self.patience_s[i])

    cdef void _complete(self) noexcept nogil:
        """The end of a ticket (7.3)."""
        cdef int32_t at = self.end_at
        cdef int32_t i = self.customer[at]
        self.shelf.sell(i)
        self._leave(i, PAID)
        self._clear(at)
        self._call(at)
        self._soonest()

    cdef void _leave(self, Py_ssize_t i, Fate fate) noexcept nogil:
        self.fate[i] = fate
        self.ended_s[i] = self.now_s

    cdef void _soonest(self) noexcept nogil:
        """Find the ticket that ends first, the lowest position on a tie."""
        cdef int32_t at, first = NOBODY
        cdef double end_s = INFINITY
        cdef bint sooner
        # Which one it is cannot be predicted: a choice of values is quicker than a branch.
        for at in range(self.positions):
            sooner = self.until_s[at] < end_s
            first = at if sooner else first
            end_s = self.until_s[at] if sooner else end_s
        self.end_s, self.end_at = end_s, first

    cdef bint _inside(self) noexcept nogil:
        """Whether every number that the calendar looks something up by leads somewhere."""
        cdef Py_ssize_t i, j, cell, channels = self.pay_s.shape[1]
        for i in range(self.n):
            if not 0 <= self.channel[i] < channels:
                return False
        for i in range(self.backups.shape[0]):
            if not 0 <= self.backups[i] < channels:
                return False
        if self.cash >= channels:
            return False
        for j in range(self.journeys):
            for cell in range(self.cells):
                if not 0 <= self.level[j, cell] < self.latency_s.shape[0] - (self.weight[j, cell] > 0):
                    return False
        return True

    cdef void _close(self) noexcept nogil:
        """Midnight (11.3)."""
        cdef int32_t i
        for i in range(self.arrived):
            if self.fate[i] == INSIDE:
                if self.joined_s[i] == self.joined_s[i]:
                    self.shelf.put_back(i)
                self._leave(i, ABANDONED)

    # Banks (4)

    cdef int32_t _choose(self, int32_t i, int32_t limit) noexcept nogil:
        """The bank that a customer joins: the lobby where none is open, NOBODY where all that are open are full."""
        cdef int32_t bank, best = NOBODY, aside = self.self_checkouts
        cdef int64_t people, fewest = 0, here, there
        cdef bint someone = False
        for bank in range(self.banks):
            if self.opened[bank] > 0:
                someone = True
                people = self.lines.length[bank] + self.busy[bank]
                if (best == NOBODY or people < fewest) and self._room(bank, limit):
                    best, fewest = bank, people
        if self.opened[aside] > 0 and self.shelf.line_start[i + 1] - self.shelf.line_start[i] <= self.self_checkout_lines:
            someone = True
            if self._room(aside, limit):
                here = (self.lines.length[aside] + self.busy[aside]) * <int64_t>(0 if best == NOBODY else self.opened[best])
                there = fewest * self.opened[aside]
                if best == NOBODY or here < there or (here == there and self.self_checkout_u[i] < 0.5):
                    return aside
        if someone:
            return best
        return self.lobby if limit < 0 or self.lines.length[self.lobby] < limit else NOBODY

    cdef bint _room(self, int32_t bank, int32_t limit) noexcept nogil:
        return limit < 0 or self.ready[bank] > 0 or self.lines.length[bank] < limit

    cdef int32_t _first_ready(self, int32_t bank) noexcept nogil:
        cdef int32_t at = self.first[bank]
        while self.customer[at] != NOBODY or not self.open_[at]:
            at += 1
        return at

    # Tickets (7, 8, 10)

    cdef void _call(self, int32_t at) noexcept nogil:
        """An idle position calls until somebody comes who can pay, or nobody waits."""
        cdef int32_t bank = self.bank_of[at]
        if self.open_[at] and self.working:
            self.ready[bank] += 1
            while self.lines.length[bank] > 0 and self.customer[at] == NOBODY:
                self._serve(self.lines.call(bank), at)

    cdef void _serve(self, int32_t i, int32_t at) noexcept nogil:
        """Begin a customer's ticket at a ready position, or see that the customer cannot pay."""
        cdef int32_t channel = self._payment(i)
        cdef int32_t bank = self.bank_of[at]
        cdef double scan_s = self.units[i] * self.item_s[i]
        self.lines.impatient[i] = False
        if channel == NOBODY:
            self.shelf.put_back(i)
            self._leave(i, PAYMENT_LOST)
            return
        if self.factor[at] != 1.0:  # else it is on the grid already
            scan_s = rint(scan_s * self.factor[at] * TICKS_PER_S) / TICKS_PER_S
        if self.attribute_entry:
            self.entry_s[i] = self.attribute_s[i] * self.ticket_lines[i]
        if not self.online:
            self.offline[i] = True
        elif self.journeys > 0:
            self.system_s[i] = self._answer(i)
        self.started_s[i], self.till[i], self.paid_by[i] = self.now_s, <int16_t>at, <int8_t>channel
        self.customer[at] = i
        self.busy[bank] += 1
        self.ready[bank] -= 1
        self.until_s[at] = self.now_s + (
            self.fixed_s[i] + scan_s + self.entry_s[i] + self.system_s[i] + self.pay_s[i, channel]
        )

    cdef void _clear(self, int32_t at) noexcept nogil:
        self.customer[at] = NOBODY
        self.until_s[at] = INFINITY
        self.busy[self.bank_of[at]] -= 1

    cdef int32_t _payment(self, int32_t i) noexcept nogil:
        """The channel that a customer can pay through."""
        cdef int32_t k
        if self.up[self.channel[i]]:
            return self.channel[i]
        for k in range(<int32_t>self.backups.shape[0]):
            if self.up[self.backups[k]]:
                return self.backups[k]
        return self.cash if self.cash >= 0 and self.up[self.cash] and self.has_cash[i] else NOBODY

    cdef double _answer(self, int32_t i) noexcept nogil:
        """Seconds that a ticket that begins now waits for the software."""
        cdef int32_t j, repeats
        cdef int32_t cell = min(<int32_t>((self.now_s - self.midnight_s) / self.cell_s), self.cells - 1)
        cdef double answer_s, share, chance, weight, total_s = 0.0
        for j in range(self.journeys):
            answer_s = self.latency_s[self.level[j, cell], i]
            weight = self.weight[j, cell]
            if weight > 0:
                answer_s += weight * (self.latency_s[self.level[j, cell] + 1, i] - answer_s)
                answer_s = rint(answer_s * TICKS_PER_S) / TICKS_PER_S
            total_s += answer_s
            share = chance = self.failing[j, cell]
            if share > 0:
                repeats = 0
                while self.retry_u[j, i] < chance and repeats < REPEATS:
                    total_s += self.retry_s + answer_s
                    chance *= share
                    repeats += 1
        return total_s

    # Changes (6.4, 9)

    cdef void _change(
        self,
        bint doors,
        bint working,
        bint online,
        const uint8_t[::1] up,
        const double[::1] factor,
        const uint8_t[::1] broken,
    ) noexcept nogil:
        """Positions open, close, break, stand or go on; then everyone without a line finds one, and idle positions call."""
        cdef int32_t at, bank, i
        cdef bint stood = not self.working
        self.doors, self.working, self.online = doors, working, online
        self.up[:] = up
        self.factor[:] = factor
        self.opened[:] = 0
        self.ready[:] = 0
        for at in range(self.positions):
            self.open_[at] = factor[at] > 0 and not broken[at]
            self.opened[self.bank_of[at]] += self.open_[at]
            if self.customer[at] != NOBODY and not broken[at]:
                if stood and working:
                    self.until_s[at] = self.now_s + self.left_s[at]
                elif not stood and not working:
                    self.left_s[at] = self.until_s[at] - self.now_s
                    self.until_s[at] = INFINITY
        for at in range(self.positions - 1, -1, -1):
            if self.customer[at] != NOBODY and broken[at]:
                self._evict(at)
        self.lines.move(self.lobby, self.moving)
        for bank in range(self.lobby):
            if self.opened[bank] == 0:
                self.lines.move(bank, self.moving)
        while self.lines.length[self.moving] > 0:
            i = self.lines.call(self.moving)
            self.lines.append(self._choose(i, -1), i)
        for at in range(self.positions):
            if self.customer[at] == NOBODY:
                self._call(at)
        self._soonest()

    cdef void _evict(self, int32_t at) noexcept nogil:
        """A position broke down: its customer goes to the head of the line, and stays however long it takes (9.3)."""
        cdef int32_t i = self.customer[at]
        self._clear(at)
        self.started_s[i], self.till[i], self.paid_by[i] = NAN, -1, -1
        self.system_s[i], self.entry_s[i], self.offline[i] = 0.0, 0.0, False
        self.lines.prepend(self.bank_of[at], i)
