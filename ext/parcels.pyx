"""One basket over a few locations: which of them ship what. Small matrices in, the units each location ships out."""

from libc.math cimport INFINITY
from libc.stdint cimport int64_t, uint64_t

import numpy as np

cdef enum:
    MOST_NODES = 2000     # of the exact search for the fewest parcels; beyond it the greedy answer stands
    MOST_BITS = 64        # lines of a basket that the exact search can hold in one word


cdef class Basket:
    """Room for a basket of up to `most_lines` distinct SKUs over up to 32 places, and the two ways to fill it.

    The caller fills units[place, line], cost[place, line] (per unit), parcel[place], room[place] (units the place may
    still handle), need[line] and max_parcels, and sets kept to False; the best answer since then stands in take[place, line], parcels, unfilled and total.
    """

    def __cinit__(self, int most_lines):
        self.most_lines = most_lines
        self.units = np.zeros((MOST_PLACES, most_lines), np.int64)
        self.cost = np.zeros((MOST_PLACES, most_lines))
        self.parcel = np.zeros(MOST_PLACES)
        self.room = np.zeros(MOST_PLACES, np.int64)
        self.need = np.zeros(most_lines, np.int64)
        self.take = np.zeros((MOST_PLACES, most_lines), np.int64)
        self.trial = np.zeros((MOST_PLACES, most_lines), np.int64)
        self.left = np.zeros(most_lines, np.int64)
        self.space = np.zeros(MOST_PLACES, np.int64)
        self.goal = np.zeros(most_lines, np.int64)
        self.scarce = np.zeros(most_lines, np.intc)
        self.covers = np.zeros(MOST_PLACES, np.uint64)

    cdef void line_by_line(self) noexcept nogil:
        """Each line in turn from the place where it costs least, whole if some place holds all of it, else in parts."""
        cdef int i, p, best
        cdef int opened = 0
        cdef int64_t rest, units, best_units
        cdef double price, best_price
        cdef bint best_whole
        for p in range(self.places):
            self.space[p] = self.room[p]
            self.chosen[p] = 0
            for i in range(self.lines):
                self.trial[p, i] = 0
        for i in range(self.lines):
            rest = self.need[i]
            while rest > 0:
                best = -1
                best_units = 0
                best_price = 0.0
                best_whole = False
                for p in range(self.places):
                    if self.trial[p, i] > 0 or (not self.chosen[p] and opened >= self.max_parcels):
                        continue
                    units = min(self.units[p, i], self.space[p], rest)
                    if units <= 0 or (best_whole and units < rest):
                        continue
                    price = self.cost[p, i]
                    if not self.chosen[p]:
                        price += self.parcel[p] / units
                    if best < 0 or price < best_price or (units == rest and not best_whole):
                        best, best_units, best_price, best_whole = p, units, price, units == rest
                if best < 0:
                    break
                self.trial[best, i] = best_units
                self.space[best] -= best_units
                rest -= best_units
                if not self.chosen[best]:
                    self.chosen[best] = 1
                    opened += 1
        self._keep()

    cdef void fewest(self) noexcept nogil:
        """As few parcels as fill all that can be filled, and among those the cheapest.

        Exact by iterative deepening, branching on the line that the fewest places hold; a basket of more than 64 SKUs
        or a search beyond 2,000 nodes falls back on the place that fills most of what is left.
        """
        cdef int i, j, p, held, size
        cdef int64_t total
        for i in range(self.lines):
            total = 0
            held = 0
            for p in range(self.places):
                if self.units[p, i] > 0 and self.room[p] > 0:
                    held += 1
                    total += self.units[p, i]
            self.goal[i] = min(self.need[i], total)
            self.left[i] = held
            j = i
            while j > 0 and self.left[self.scarce[j - 1]] > held:
                self.scarce[j] = self.scarce[j - 1]
                j -= 1
            self.scarce[j] = i
        self.found = False
        self.budget = MOST_NODES
        if self.lines <= MOST_BITS:
            for p in range(self.places):
                self.covers[p] = 0
                for i in range(self.lines):
                    if self.units[p, i] >= self.goal[i]:
                        self.covers[p] |= (<uint64_t>1) << i
            for size in range(1, min(self.max_parcels, self.places) + 1):
                self._search(size, 0)
                if self.found or self.budget <= 0:
                    break
        if not self.found:
            self._greedy()
            if self.unfilled > 0:
                self.line_by_line()

    cdef bint _covered(self, int size, int line) noexcept nogil:
        cdef int64_t total = 0
        cdef int d
        for d in range(size):
            total += self.units[self.chosen[d], line]
        return total >= self.goal[line]

    cdef void _search(self, int size, int depth) noexcept nogil:
        """Every set of `size` places that reaches the goal, the first `depth` of them chosen; the cheapest is kept."""
        cdef int i, j, d, p
        cdef int line = -1
        cdef bint open_line, again
        cdef uint64_t wanted = 0
        for j in range(self.lines):
            i = self.scarce[j]
            if not self._covered(depth, i):
                if line < 0:
                    line = i
                wanted |= (<uint64_t>1) << i
        if line < 0:
            self._deal(depth)
            return
        if depth == size:
            return
        for p in range(self.places):
            if self.units[p, line] <= 0 or self.room[p] <= 0:
                continue
            again = False
            for d in range(depth):
                again = again or self.chosen[d] == p
            if again:
                continue
            self.budget -= 1
            if self.budget < 0:
                return
            self.chosen[depth] = p
            if depth + 1 < size:
                self._search(size, depth + 1)
            elif self.covers[p] & wanted == wanted:
                self._deal(size)
            else:
                open_line = False
                for i in range(self.lines):
                    if (wanted & ~self.covers[p]) >> i & 1 and not self._covered(size, i):
                        open_line = True
                        break
                if not open_line:
                    self._deal(size)

    cdef void _deal(self, int size) noexcept nogil:
        """Share the lines among the chosen places, each from the cheapest; keep the answer if it is whole and cheapest."""
        cdef int i, d, p, best
        cdef int64_t rest, units
        for p in range(self.places):
            self.space[p] = self.room[p]
            for i in range(self.lines):
                self.trial[p, i] = 0
        for i in range(self.lines):
            rest = self.goal[i]
            while rest > 0:
                best = -1
                for d in range(size):
                    p = self.chosen[d]
                    if self.trial[p, i] > 0 or self.units[p, i] <= 0 or self.space[p] <= 0:
                        continue
                    if best < 0 or self.cost[p, i] < self.cost[best, i] or (
                        self.cost[p, i] == self.cost[best, i] and p < best
                    ):
                        best = p
                if best < 0:
                    return
                units = min(self.units[best, i], self.space[best], rest)
                self.trial[best, i] = units
                self.space[best] -= units
                rest -= units
        self.found = True
        self._keep()

    cdef void _greedy(self) noexcept nogil:
        cdef int i, p, best
        cdef int opened = 0
        cdef int64_t gain, best_gain, units
        cdef double price, best_price
        for p in range(self.places):
            self.space[p] = self.room[p]
            self.chosen[p] = 0
            for i in range(self.lines):
                self.trial[p, i] = 0
        for i in range(self.lines):
            self.left[i] = self.goal[i]
        while opened < self.max_parcels:
            best = -1
            best_gain = 0
            best_price = INFINITY
            for p in range(self.places):
                if self.chosen[p]:
                    continue
                gain = 0
                price = self.parcel[p]
                for i in range(self.lines):
                    units = min(self.units[p, i], self.left[i], self.space[p] - gain)
                    if units > 0:
                        gain += units
                        price += units * self.cost[p, i]
                if gain > best_gain or (gain == best_gain and gain > 0 and price < best_price):
                    best, best_gain, best_price = p, gain, price
            if best < 0:
                break
            self.chosen[best] = 1
            opened += 1
            for i in range(self.lines):
                units = min(self.units[best, i], self.left[i], self.space[best])
                if units > 0:
                    self.trial[best, i] = units
                    self.left[i] -= units
                    self.space[best] -= units
        self._keep()

    cdef void _keep(self) noexcept nogil:
        """Take the trial as the answer if nothing was kept before or if it leaves less unfilled, or costs less."""
        cdef int i, p
        cdef int parcels = 0
        cdef int64_t unfilled = 0
        cdef double total = 0.0
        cdef bint used
        for i in range(self.lines):
            unfilled += self.need[i]
        for p in range(self.places):
            used = False
            for i in range(self.lines):
                if self.trial[p, i] > 0:
                    used = True
                    unfilled -= self.trial[p, i]
                    total += self.trial[p, i] * self.cost[p, i]
            if used:
                parcels += 1
                total += self.parcel[p]
        if self.kept and (unfilled > self.unfilled or (unfilled == self.unfilled and total >= self.total)):
            return
        self.kept = True
        self.parcels, self.unfilled, self.total = parcels, unfilled, total
        for p in range(self.places):
            for i in range(self.lines):
                self.take[p, i] = self.trial[p, i]
