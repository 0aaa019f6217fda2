"""Response times of the software in tickets, at the load of the 5-minute cell (docs/trading.md, 8)."""

cimport cython
from libc.stdint cimport int32_t

from ext.ticks cimport on_tick

cdef enum:
    REPEATS = 50  # a failed journey is repeated at most this often


@cython.final
cdef class Answers:
    """Response times and failures of the J journeys of every ticket of a day, by 5-minute cell of the day."""

    def load_day(self, double midnight_s, double cell_s, double retry_s, latency_s, retry_u, level, weight, failing):
        """Set the day of n customers that begins at midnight_s, with cells of length cell_s.

        latency_s float64[levels, n] of all journeys one after the other; level int32[J, cells], row of latency_s at or below the load;
        weight float64[J, cells], how far the load is on the way to the next row; failing float64[J, cells], share of journeys that fail;
        retry_u float64[J, n]; retry_s between failure and repetition.
        """
        self.customers, (self.journeys, self.cells) = latency_s.shape[1], level.shape
        if (retry_u.shape, weight.shape, failing.shape) != ((self.journeys, self.customers), level.shape, level.shape):
            raise ValueError(f"answers must be to {self.journeys} journeys of {self.customers} customers in {self.cells} cells")
        self.midnight_s, self.cell_s, self.retry_s = midnight_s, cell_s, retry_s
        self.latency_s, self.retry_u, self.level, self.weight, self.failing = latency_s, retry_u, level, weight, failing
        if not self._levels_are_rows():
            raise ValueError("level, and level + 1 where weight is above 0, must be a row of latency_s")

    cdef double wait_s(self, int32_t customer, double now_s) noexcept nogil:
        """Seconds of a ticket, begun at `now`, that are spent waiting for the software."""
        cdef int32_t j, repeats
        cdef int32_t cell = min(<int32_t>((now_s - self.midnight_s) / self.cell_s), self.cells - 1)
        cdef double response_s, share, chance, weight, total_s = 0.0
        for j in range(self.journeys):
            response_s = self.latency_s[self.level[j, cell], customer]
            weight = self.weight[j, cell]
            if weight > 0:
                response_s += weight * (self.latency_s[self.level[j, cell] + 1, customer] - response_s)
                response_s = on_tick(response_s)
            total_s += response_s
            share = chance = self.failing[j, cell]
            if share > 0:
                repeats = 0
                while self.retry_u[j, customer] < chance and repeats < REPEATS:
                    total_s += self.retry_s + response_s
                    chance *= share
                    repeats += 1
        return total_s

    cdef bint _levels_are_rows(self) noexcept nogil:
        cdef Py_ssize_t j, cell
        for j in range(self.journeys):
            for cell in range(self.cells):
                if not 0 <= self.level[j, cell] < self.latency_s.shape[0] - (self.weight[j, cell] > 0):
                    return False
        return True
