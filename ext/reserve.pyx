"""The reserve of a store's tills: staff open one when lines are long and close it when they are short (docs/trading.md, 2)."""

cimport cython
from libc.math cimport INFINITY
from libc.stdint cimport int32_t, uint8_t

import numpy as np

from ext.hours cimport HOURS, spread
from ext.lines cimport Lines

cdef enum:
    NOBODY = -1


@cython.final
cdef class Reserve:
    """One store's reserve. It sees the lines and banks of `Trading`, and opens and closes tills there."""

    def __cinit__(self, *, int32_t tills, double open_above, double close_at, double opens_s):
        """open_above and close_at in customers of the lines by open till; opens_s on tick."""
        self.tills, self.open_above, self.close_at, self.opens_s = tills, open_above, close_at, opens_s
        self.free, self.since_s = np.zeros((2, tills))
        self.called = np.zeros(tills, np.uint8)
        self.due_s = np.empty(tills + 1)
        self.begin(0.0)

    cdef void of_store(
        self,
        Lines queues,
        int32_t banks,
        int32_t lobby,
        int32_t[::1] bank_of,
        int32_t[::1] customer,
        uint8_t[::1] open_,
        double[::1] factor,
        int32_t[::1] opened,
        int32_t[::1] ready,
    ):
        """The arrays of the store, which `Trading` shares."""
        self.queues, self.banks, self.lobby, self.bank_of = queues, banks, lobby, bank_of
        self.customer, self.open_, self.factor, self.opened, self.ready = customer, open_, factor, opened, ready

    def begin(self, double midnight_s):
        """A new day, whose `open_s` is made anew."""
        self.midnight_s, self.next_s = midnight_s, INFINITY
        self.first = self.coming = 0
        self.called[:] = 0
        self.open_s = np.zeros(HOURS)
        self.hours = self.open_s

    def hold(self, factors):
        """The reserve of the regime that comes next: float64[tills], the factor of each till in it, 0 elsewhere."""
        cdef const double[::1] held = factors
        if held.shape[0] != self.tills:
            raise ValueError(f"a reserve must be of {self.tills} tills")
        self.free[:] = held

    cdef void offer(self, const double[::1] factor, const uint8_t[::1] broken, double now_s) noexcept nogil:
        """A new regime: its factors hold, and beside them those of the reserve's tills that stay open."""
        cdef int32_t at
        self.factor[:] = factor
        for at in range(self.tills):
            if factor[at] > 0 or broken[at]:
                self.free[at] = 0.0
            if self.called[at]:
                if self.free[at] > 0:
                    self.factor[at] = self.free[at]
                else:
                    self.close(at, now_s)

    cdef double staff(self, bint working, double now_s) noexcept nogil:
        """After an event: idle tills of the reserve close, the highest first; more are to open where lines are long. Returns when the next opens."""
        cdef int32_t at, spare = 0
        if working:
            for at in range(self.tills - 1, -1, -1):
                if self.customer[at] == NOBODY and self.spared(at, now_s):
                    self.ready[self.bank_of[at]] -= 1
                spare += self.free[at] > 0 and not self.open_[at]
            while self.coming < spare and self.waiting() > self.open_above * (self.staffed() + self.coming):
                self.due_s[(self.first + self.coming) % (self.tills + 1)] = now_s + self.opens_s
                self.coming += 1
            self.next_s = self.due_s[self.first] if self.coming > 0 else INFINITY
        return self.next_s

    cdef bint spared(self, int32_t at, double now_s) noexcept nogil:
        """Close a till without a customer if the reserve has it open and the lines do not need it; whether that was so."""
        cdef int32_t bank = self.bank_of[at]
        if at >= self.tills or not self.called[at] or (self.banks > 1 and self.queues.length[bank] > 0):
            return False
        if self.waiting() > self.close_at * (self.staffed() - 1):
            return False
        self.close(at, now_s)
        self.factor[at], self.open_[at] = 0.0, False
        self.opened[bank] -= 1
        return True

    cdef int32_t open_one(self, double now_s) noexcept nogil:
        """The first opening to come is here: opens the lowest till that it may, and returns it; NOBODY where there is none."""
        cdef int32_t at
        self.first = (self.first + 1) % (self.tills + 1)
        self.coming -= 1
        self.next_s = self.due_s[self.first] if self.coming > 0 else INFINITY
        for at in range(self.tills):
            if self.free[at] > 0 and not self.open_[at]:
                self.called[at], self.since_s[at] = True, now_s
                self.factor[at], self.open_[at] = self.free[at], True
                self.opened[self.bank_of[at]] += 1
                return at
        return NOBODY

    cdef void close(self, int32_t at, double now_s) noexcept nogil:
        """The till is the reserve's no longer; its time counts."""
        self.called[at] = False
        spread(self.since_s[at] - self.midnight_s, now_s - self.midnight_s, 1.0, &self.hours[0])

    cdef void close_all(self, double now_s) noexcept nogil:
        """Midnight."""
        cdef int32_t at
        for at in range(self.tills):
            if self.called[at]:
                self.close(at, now_s)

    cdef int32_t waiting(self) noexcept nogil:
        """Customers in the lines of tills and in the lobby."""
        cdef int32_t bank, found = self.queues.length[self.lobby]
        for bank in range(self.banks):
            found += self.queues.length[bank]
        return found

    cdef int32_t staffed(self) noexcept nogil:
        """Tills that are open."""
        cdef int32_t bank, found = 0
        for bank in range(self.banks):
            found += self.opened[bank]
        return found
