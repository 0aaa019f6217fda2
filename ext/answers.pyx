"""How long tickets wait for the software, at the load of the hour (docs/trading.md, 8)."""

cimport cython
from libc.stdint cimport int32_t

from ext.ticks cimport on_tick

cdef enum:
    REPEATS = 50  # a failed journey is repeated at most this often


@cython.final
cdef class Answers:
    """The system's answers to J journeys of every ticket of a day, in cells of it."""

    def load_day(self, double midnight_s, double cell_s, double retry_s, latency_s, retry_u, level, weight, failing):
        """Of n customers, on the day that begins at midnight_s, whose cells are of cell_s.

        latency_s float64[levels, n] of all journeys one after the other; level int32[J, cells], row of latency_s at or below the load;
        weight float64[J, cells], how far the load is on the way to the next row; failing float64[J, cells], share of journeys that fail;
        retry_u float64[J, n]; retry_s between failure and repetition.
        """
        self.customers, (self.journeys, self.cells) = latency_s.shape[1], level.shape
        if (retry_u.shape, weight.shape, failing.shape) != ((self.journeys, self.customers), level.shape, level.shape):
            raise ValueError(f"answers must be to {self.journeys} journeys of {self.customers} customers in {self.cells} cells")
        self.midnight_s, self.cell_s, self.retry_s = midnight_s, cell_s, retry_s
        self.latency_s, self.retry_u, self.level, self.weight, self.failing = latency_s, retry_u, level, weight, failing
        if not self._lead_somewhere():
            raise ValueError("level, and level + 1 where weight is above 0, must be a row of latency_s")

    cdef double wait_s(self, int32_t customer, double now_s) noexcept nogil:
        """Seconds that a ticket that begins now waits for the software."""
        cdef int32_t j, repeats
        cdef int32_t cell = min(<int32_t>((now_s - self.midnight_s) / self.cell_s), self.cells - 1)
        cdef double answer_s, share, chance, weight, total_s = 0.0
        for j in range(self.journeys):
            answer_s = self.latency_s[self.level[j, cell], customer]
            weight = self.weight[j, cell]
            if weight > 0:
                answer_s += weight * (self.latency_s[self.level[j, cell] + 1, customer] - answer_s)
                answer_s = on_tick(answer_s)
            total_s += answer_s
            share = chance = self.failing[j, cell]
            if share > 0:
                repeats = 0
                while self.retry_u[j, customer] < chance and repeats < REPEATS:
                    total_s += self.retry_s + answer_s
                    chance *= share
                    repeats += 1
        return total_s

    cdef bint _lead_somewhere(self) noexcept nogil:
        cdef Py_ssize_t j, cell
        for j in range(self.journeys):
            for cell in range(self.cells):
                if not 0 <= self.level[j, cell] < self.latency_s.shape[0] - (self.weight[j, cell] > 0):
                    return False
        return True
