"""A store's customers on one day: a small event calendar over plain arrays, by the rules of docs/trading.md (sections in brackets)."""

cimport cython
from libc.math cimport INFINITY, NAN
from libc.stdint cimport int8_t, int16_t, int32_t, int64_t, uint8_t

import numpy as np

from ext.answers cimport Answers
from ext.channels cimport payable, payment
from ext.instants cimport put_in_order
from ext.lines cimport Lines
from ext.reserve cimport Reserve
from ext.shelf cimport Shelf
from ext.ticks cimport on_tick
from ext.visits cimport ABANDONED, EMPTY_HANDED, INSIDE, PAID, PAYMENT_LOST, TURNED_AWAY, Fate, Visit

cdef enum:
    NOBODY = -1

cdef Visit BLANK
BLANK.joined_s = BLANK.started_s = BLANK.ended_s = NAN
BLANK.system_s = BLANK.attribute_s = 0.0
BLANK.till = BLANK.fate = BLANK.channel = -1
BLANK.offline = 0


@cython.final
cdef class Trading:
    """One store's tills, queues and customers. Positions are numbered: first the tills, then the self-checkouts.

    A day is `open`, then `advance` and `change` as the clock goes, then `close`; state is carried from one call to the next, and how a
    day is cut by calls to `advance` changes nothing. Instants and durations are seconds on a grid on which their sums are exact.
    """

    def __cinit__(
        self,
        Shelf shelf not None,
        Answers answers not None,
        *,
        int32_t tills, int32_t self_checkouts, bint line_per_till, int32_t line_limit, int32_t self_checkout_lines,
        bint attribute_entry, backups, int32_t cash, Reserve reserve=None,
    ):
        """line_limit: −1 for none. backups: int32, backups of a channel that is down, first choice first. cash: its channel, −1 none."""
        self.shelf, self.answers, self.reserve, self.reserves = shelf, answers, reserve, reserve is not None
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
        self.queues = Lines(self.moving + 1)
        self.join_s, self.redo_s = np.empty((2, 0))
        if self.reserves:
            reserve.of_store(
                self.queues, self.banks, self.lobby, self.bank_of, self.customer, self.open_, self.factor, self.opened, self.ready
            )

    def open(
        self,
        double midnight_s,
        *,
        arrival_s, shopping_s, patience_s, fixed_s, item_s, attribute_s, channel, pay_s, has_cash, self_checkout_u,
        priority=None,
        visits,
    ):
        """Begin the day of n customers, whose baskets are in `shelf` and whose response times are in `answers`.

        Of each: arrival_s (sorted), shopping_s, patience_s (infinite: never leaves), fixed_s, item_s, attribute_s, self_checkout_u float64[n];
        channel int8[n] of first choice, pay_s float64[n, channels], has_cash uint8[n], priority uint8[n] or None where there is one class.
        Written to: visits, `Visit`[n], from the first; where nothing happens, NaN, −1 and 0.
        """
        n = self.n = <int32_t>len(arrival_s)
        each = {
            "shopping_s": shopping_s, "patience_s": patience_s, "fixed_s": fixed_s, "item_s": item_s, "attribute_s": attribute_s,
            "channel": channel, "pay_s": pay_s, "has_cash": has_cash, "self_checkout_u": self_checkout_u,
            "visits": visits,
        }
        if priority is not None:
            each["priority"] = priority
        for name, array in each.items():
            if len(array) != n:
                raise ValueError(f"{name} must be of {n} customers, found {len(array)}")
        if self.shelf.line_start.shape[0] != n + 1:
            raise ValueError(f"the baskets laid out on the shelf must be those of {n} customers")
        if self.answers.customers != n:
            raise ValueError(f"the system's answers must be to {n} customers")
        self.arrival_s, self.shopping_s, self.patience_s = arrival_s, shopping_s, patience_s
        self.fixed_s, self.item_s, self.channel = fixed_s, item_s, channel
        self.attribute_s, self.pay_s, self.has_cash, self.self_checkout_u = attribute_s, pay_s, has_cash, self_checkout_u
        self.classes, self.priority, self.visits = priority is not None, priority, visits
        if not payable(self.channel, self.backups, self.cash, self.pay_s.shape[1]):
            raise ValueError("channels must be columns of pay_s")

        self.now_s, self.opening_s = midnight_s, INFINITY
        if self.reserves:
            self.reserve.begin(midnight_s)
        self.arrived, self.joined, self.working = 0, 0, False
        self.queues.empty(n)
        if n >= self.join_s.shape[0]:
            self.join_s, self.units = np.empty(n + 1), np.empty(n, np.int64)
            self.joining, self.ticket_lines = np.empty((2, n + 1), np.int32)
        if self.shelf.errs and n > self.redo_s.shape[0]:
            self.redo_s = np.empty(n)
        self.up = np.zeros(self.pay_s.shape[1], np.uint8)
        self.busy[:] = 0
        self.customer[:] = NOBODY
        self.until_s[:] = INFINITY
        self._soonest()
        self._order_joining(np.empty(n), np.empty(n + 1, np.int32))

    def advance(self, double now_s):
        """Play everything before an instant, refills of the shelf included; it becomes the present. Holds no GIL."""
        if now_s <= self.now_s:
            return
        with nogil:
            if self._next() >= now_s:
                self._play(now_s)
            else:
                self.shelf.begin()
                while self.shelf.next_refill() < now_s:
                    self._play(self.shelf.next_refill())
                    self.shelf.refill()
                self._play(now_s)
                self.shelf.end()

    def restock(self):
        """What comes back at the present, and the refill that is due at it."""
        if self.shelf.next_stock() <= self.now_s:
            with nogil:
                self.shelf.begin()
                if self.shelf.next_refill() <= self.now_s:
                    self.shelf.refill()
                self.shelf.bring_back(self.now_s)
                self.shelf.end()

    def change(
        self, bint doors, bint working, bint online, channels, factors, broken, *, double clerk_factor=1.0, bint falls_back=True
    ):
        """A new regime, at the present. channels uint8[channels]: up. factors float64[positions], 0: closed. broken uint8[positions].

        clerk_factor: of tills, on the fixed time and that of attributes. falls_back: whether payments may go through the backups.
        """
        cdef const uint8_t[::1] up = channels, failed = broken
        cdef const double[::1] factor = factors
        if up.shape[0] != self.up.shape[0] or factor.shape[0] != self.positions or failed.shape[0] != self.positions:
            raise ValueError(f"a regime must be of {self.up.shape[0]} channels and {self.positions} positions")
        with nogil:
            if not self._anyone():
                self._change(doors, working, online, falls_back, clerk_factor, up, factor, failed)
            else:
                self.shelf.begin()
                self._change(doors, working, online, falls_back, clerk_factor, up, factor, failed)
                self.shelf.end()

    def close(self):
        """Customers still inside abandon, without goods."""
        with nogil:
            self.shelf.begin()
            self._close()
            self.shelf.end()

    # Events (1)

    cdef double _next(self) noexcept nogil:
        """When something happens to a customer or to the shelf."""
        return min(min(min(self.end_s, self.opening_s), self.queues.first_deadline()), min(self.join_s[self.joined], self.shelf.next_refill()))

    cdef void _play(self, double until_s) noexcept nogil:
        """The customers' events before an instant."""
        cdef double t, due_s, join_s = self.join_s[self.joined]
        cdef int32_t i
        self._arrive(until_s)
        while True:
            due_s = self.queues.first_deadline() if self.queues.dues > 0 else INFINITY
            t = min(min(join_s, due_s), min(self.end_s, self.opening_s))
            if t >= until_s:
                break
            self.now_s = t
            if self.opening_s == t:
                self._open_till()
            elif self.end_s == t:
                self._complete()
            elif due_s == t:
                i = self.queues.due[0]
                self.queues.impatient[i] = False
                self.queues.leave(i)
                self.shelf.put_back(i)
                self._leave(i, ABANDONED)
            else:
                i = self.joining[self.joined]
                self.joined += 1
                join_s = self.join_s[self.joined]
                if self.visits[i].fate == INSIDE:
                    self._join(i)
            if self.reserves:
                self.opening_s = self.reserve.staff(self.working, self.now_s)
        self.now_s = until_s

    cdef void _order_joining(self, double[::1] unordered_s, int32_t[::1] bucket) noexcept nogil:
        """In which order customers come to the tills; all visits are reset. The arrays, of n and n + 1, are written to."""
        cdef int32_t i
        for i in range(self.n):
            self.visits[i] = BLANK
            unordered_s[i] = self.arrival_s[i] + self.shopping_s[i]
        put_in_order(unordered_s, self.joining, bucket)
        for i in range(self.n):
            self.join_s[i] = unordered_s[self.joining[i]]
        self.join_s[self.n] = INFINITY

    cdef void _arrive(self, double until_s) noexcept nogil:
        """Arrivals before an instant, all at once: only the doors affect them, and they affect no other customer before they join (3)."""
        cdef int32_t i = self.arrived
        while i < self.n and self.arrival_s[i] < until_s:
            if not self.doors:
                self.visits[i].fate, self.visits[i].ended_s = TURNED_AWAY, self.arrival_s[i]
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
            self.visits[i].joined_s = self.now_s
            self.units[i], self.ticket_lines[i] = self.shelf.units, self.shelf.lines
            if self.shelf.errs:
                self.redo_s[i] = self.shelf.redo_s
            if bank < self.lobby and self.ready[bank] > 0:
                at = self._first_ready(bank)
                self._serve(i, at)
                if self.until_s[at] < self.end_s or (self.until_s[at] == self.end_s and at < self.end_at):
                    self.end_s, self.end_at = self.until_s[at], at
            else:
                self._stand(bank, i)
                if self.patience_s[i] < INFINITY:
                    self.queues.limit(i, self.now_s + self.patience_s[i])

    cdef void _stand(self, int32_t bank, int32_t i) noexcept nogil:
        """Take a place in a queue (6.1)."""
        if self.classes and self.priority[i]:
            self.queues.insert(bank, i)
        else:
            self.queues.append(bank, i)

    cdef void _complete(self) noexcept nogil:
        """The end of a ticket (7.3)."""
        cdef int32_t at = self.end_at
        cdef int32_t i = self.customer[at]
        self.shelf.sell(i)
        self._leave(i, PAID)
        self._clear(at)
        if not (self.reserves and self.reserve.spared(at, self.now_s)):
            self._call(at)
        self._soonest()

    cdef void _leave(self, Py_ssize_t i, Fate fate) noexcept nogil:
        self.visits[i].fate, self.visits[i].ended_s = <int8_t>fate, self.now_s

    cdef void _soonest(self) noexcept nogil:
        """The ticket that ends first; on a tie, the lowest position."""
        cdef int32_t at, first = NOBODY
        cdef double end_s = INFINITY
        cdef bint sooner
        # Which one it is cannot be predicted: a choice of values is quicker than a branch.
        for at in range(self.positions):
            sooner = self.until_s[at] < end_s
            first = at if sooner else first
            end_s = self.until_s[at] if sooner else end_s
        self.end_s, self.end_at = end_s, first

    cdef bint _anyone(self) noexcept nogil:
        """Whether a customer is in a queue or at a position."""
        cdef int32_t queue
        for queue in range(self.moving):
            if self.queues.length[queue] > 0 or (queue < self.lobby and self.busy[queue] > 0):
                return True
        return False

    cdef void _close(self) noexcept nogil:
        """Midnight (11.3)."""
        cdef int32_t i
        if self.reserves:
            self.reserve.close_all(self.now_s)
        for i in range(self.arrived):
            if self.visits[i].fate == INSIDE:
                if self.visits[i].joined_s == self.visits[i].joined_s:
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
                people = self.queues.length[bank] + self.busy[bank]
                if (best == NOBODY or people < fewest) and self._room(bank, limit):
                    best, fewest = bank, people
        if self.opened[aside] > 0 and self.shelf.line_start[i + 1] - self.shelf.line_start[i] <= self.self_checkout_lines:
            someone = True
            if self._room(aside, limit):
                here = (self.queues.length[aside] + self.busy[aside]) * <int64_t>(0 if best == NOBODY else self.opened[best])
                there = fewest * self.opened[aside]
                if best == NOBODY or here < there or (here == there and self.self_checkout_u[i] < 0.5):
                    return aside
        if someone:
            return best
        return self.lobby if limit < 0 or self.queues.length[self.lobby] < limit else NOBODY

    cdef bint _room(self, int32_t bank, int32_t limit) noexcept nogil:
        return limit < 0 or self.ready[bank] > 0 or self.queues.length[bank] < limit

    cdef int32_t _first_ready(self, int32_t bank) noexcept nogil:
        cdef int32_t at = self.first[bank]
        while self.customer[at] != NOBODY or not self.open_[at]:
            at += 1
        return at

    # Tickets (7, 8, 10)

    cdef void _call(self, int32_t at) noexcept nogil:
        """An idle position calls customers until one can pay or the queue is empty."""
        cdef int32_t bank = self.bank_of[at]
        if self.open_[at] and self.working:
            self.ready[bank] += 1
            while self.queues.length[bank] > 0 and self.customer[at] == NOBODY:
                self._serve(self.queues.call(bank), at)

    cdef void _serve(self, int32_t i, int32_t at) noexcept nogil:
        """Begin a customer's ticket at a ready position, or end the visit of one that cannot pay."""
        cdef int32_t channel = payment(
            self.channel[i], self.up, self.backups, self.backups_in_use, self.cash, self.has_cash[i]
        )
        cdef int32_t bank = self.bank_of[at]
        cdef double scan_s = self.units[i] * self.item_s[i], fixed_s = self.fixed_s[i]
        cdef Visit *visit = &self.visits[i]
        self.queues.impatient[i] = False
        if channel == NOBODY:
            self.shelf.put_back(i)
            self._leave(i, PAYMENT_LOST)
            return
        if self.factor[at] != 1.0:  # else it is on the grid already
            scan_s = on_tick(scan_s * self.factor[at])
        if self.attribute_entry:
            visit.attribute_s = self.attribute_s[i] * self.ticket_lines[i]
        if at < self.tills:
            if self.clerk_factor != 1.0:
                fixed_s, visit.attribute_s = on_tick(fixed_s * self.clerk_factor), on_tick(visit.attribute_s * self.clerk_factor)
            if self.shelf.errs:
                fixed_s += self.redo_s[i]
        if not self.online:
            visit.offline = True
        elif self.answers.journeys > 0:
            visit.system_s = self.answers.wait_s(i, self.now_s)
        visit.started_s, visit.till, visit.channel = self.now_s, <int16_t>at, <int8_t>channel
        self.customer[at] = i
        self.busy[bank] += 1
        self.ready[bank] -= 1
        self.until_s[at] = self.now_s + (
            fixed_s + scan_s + visit.attribute_s + visit.system_s + self.pay_s[i, channel]
        )

    cdef void _clear(self, int32_t at) noexcept nogil:
        self.customer[at] = NOBODY
        self.until_s[at] = INFINITY
        self.busy[self.bank_of[at]] -= 1

    # Changes (6.4, 9)

    cdef void _change(
        self,
        bint doors, bint working, bint online, bint falls_back, double clerk_factor,
        const uint8_t[::1] up, const double[::1] factor, const uint8_t[::1] broken,
    ) noexcept nogil:
        """Positions open, close, break, stand or go on; then customers whose queue has closed join another, and idle positions call."""
        cdef int32_t at
        cdef bint stood = not self.working
        self.doors, self.working, self.online = doors, working, online
        self.backups_in_use, self.clerk_factor = self.backups.shape[0] if falls_back else 0, clerk_factor
        self.up[:] = up
        if self.reserves:
            self.reserve.offer(factor, broken, self.now_s)
        else:
            self.factor[:] = factor
        self.opened[:] = 0
        self.ready[:] = 0
        for at in range(self.positions):
            self.open_[at] = self.factor[at] > 0 and not broken[at]
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
        self._choose_again()
        for at in range(self.positions):
            if self.customer[at] == NOBODY:
                self._call(at)
        if self.reserves:
            self.opening_s = self.reserve.staff(self.working, self.now_s)
        self._soonest()

    cdef void _choose_again(self) noexcept nogil:
        """Customers of the lobby, then of closed banks, choose a line (6.4)."""
        cdef int32_t bank, i
        self.queues.move(self.lobby, self.moving)
        for bank in range(self.lobby):
            if self.opened[bank] == 0:
                self.queues.move(bank, self.moving)
        while self.queues.length[self.moving] > 0:
            i = self.queues.call(self.moving)
            self._stand(self._choose(i, -1), i)

    cdef void _evict(self, int32_t at) noexcept nogil:
        """A position broke down: its customer returns to the head of the queue and does not renege (9.3)."""
        cdef int32_t i = self.customer[at]
        cdef double joined_s = self.visits[i].joined_s
        self._clear(at)
        self.visits[i] = BLANK
        self.visits[i].joined_s = joined_s
        self.queues.prepend(self.bank_of[at], i)

    # The reserve of tills (2)

    cdef void _open_till(self) noexcept nogil:
        """An opening that was to come: the lowest till that the reserve may open."""
        cdef int32_t at = self.reserve.open_one(self.now_s)
        if at != NOBODY:
            self._choose_again()
            if self.customer[at] == NOBODY:
                self._call(at)
            self._soonest()
