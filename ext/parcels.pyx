"""One basket over a few places: which of them ship what. A small matrix of units and costs in, pieces out."""

cimport cython
from libc.math cimport INFINITY, fabs
from libc.stdint cimport int32_t, int64_t, uint64_t

import numpy as np

from ext.bits cimport count_bits, lowest_bit

cdef enum:
    MOST_NODES = 2000  # of the exact search for the fewest parcels; a basket that needs more gets the greedy solution
    MOST_BITS = 64  # lines that the exact search holds in one word
    FEW_LINES = 16  # up to here comparing all pairs of lines is the quickest test for a SKU that is ordered twice


@cython.final
cdef class Basket:
    """Room for baskets of up to `most_lines` lines over up to 32 places, nearest first, and two ways to fill them.

    The caller merges the lines by SKU, fills units[place, line], cost[place, line] (a unit), parcel[place], room[place]
    (units the place may still handle) and max_parcels, and sets kept to False. Of the plans made since, the best is in
    line, place, quantity (`count` pieces, in the order of the lines), unfilled, total and parcels: fewest units
    unfilled, then least total cost, then fewest parcels, then the nearer places.
    """

    def __cinit__(self, int most_lines, int skus):
        most_pieces = most_lines * MOST_PLACES
        self.most_lines = most_lines
        self.units = np.zeros((MOST_PLACES, most_lines), np.int64)
        self.cost = np.zeros((MOST_PLACES, most_lines))
        self.location = np.zeros(MOST_PLACES, np.int32)
        self.parcel = np.zeros(MOST_PLACES)
        self.room = np.zeros(MOST_PLACES, np.int64)
        self.need = np.zeros(most_lines, np.int64)
        self.sku = np.zeros(most_lines, np.int32)
        self.slot = np.zeros(most_lines, np.intc)
        self.line, self.trial_line = np.zeros((2, most_pieces), np.intc)
        self.place, self.trial_place = np.zeros((2, most_pieces), np.intc)
        self.quantity, self.trial_quantity = np.zeros((2, most_pieces), np.int64)
        self.space = np.zeros(MOST_PLACES, np.int64)
        self.goal = np.zeros(most_lines, np.int64)
        self.scarce = np.zeros(most_lines, np.intc)
        self.holds, self.fills = np.zeros((2, most_lines), np.uint64)
        self.chosen = np.zeros(MOST_PLACES, np.intc)
        self.seen = np.zeros(skus if most_lines > FEW_LINES else 1, np.intc)

    cdef bint distinct(self, const int32_t *sku, int lines) noexcept nogil:
        """Whether no SKU is asked for twice."""
        cdef int i, j
        cdef bint answer = True
        if lines <= FEW_LINES:
            for i in range(1, lines):
                for j in range(i):
                    if sku[i] == sku[j]:
                        return False
            return True
        for i in range(lines):
            answer = answer and self.seen[sku[i]] == 0
            self.seen[sku[i]] = 1
        for i in range(lines):
            self.seen[sku[i]] = 0
        return answer

    cdef int merge(self, const int32_t *sku, const int32_t *quantity, int lines) noexcept nogil:
        """Lay the lines out by distinct SKU: sku, need, and the slot of each line; returns how many SKUs there are."""
        cdef int i, j
        cdef int count = 0
        for i in range(lines):
            j = count
            if lines <= FEW_LINES:
                for j in range(count + 1):
                    if j == count or self.sku[j] == sku[i]:
                        break
            elif self.seen[sku[i]] > 0:
                j = self.seen[sku[i]] - 1
            else:
                self.seen[sku[i]] = count + 1
            if j == count:
                self.sku[count] = sku[i]
                self.need[count] = 0
                count += 1
            self.need[j] += quantity[i]
            self.slot[i] = j
        if lines > FEW_LINES:
            for i in range(lines):
                self.seen[sku[i]] = 0
        self.lines = count
        return count

    cdef void line_by_line(self) noexcept nogil:
        """Each line in turn from the place where a unit costs least, whole if some place has all of it, else in parts."""
        cdef int i, p, best, first
        cdef int opened = 0
        cdef int64_t rest, units, most
        cdef double price, least
        cdef uint64_t used = 0
        for p in range(self.places):
            self.space[p] = self.room[p]
        self.tried = 0
        for i in range(self.lines):
            rest = self.need[i]
            first = self.tried
            while rest > 0:
                best = -1
                most = 0
                least = 0.0
                for p in range(self.places):
                    units = min(self.units[p, i], self.space[p], rest)
                    if units <= 0 or (most == rest and units < rest):
                        continue
                    if self.tried > first and self._given(first, p):
                        continue
                    price = self.cost[p, i]
                    if not used >> p & 1:
                        if opened >= self.max_parcels:
                            continue
                        price += self.parcel[p] / units
                    if best < 0 or price < least or (units == rest and most < rest):
                        best, most, least = p, units, price
                if best < 0:
                    break
                self._add(i, best, most)
                self.space[best] -= most
                rest -= most
                if not used >> best & 1:
                    used |= (<uint64_t>1) << best
                    opened += 1
        self._offer()

    cdef inline bint _given(self, int first, int place) noexcept nogil:
        """Whether the line whose pieces start at `first` has one from this place already."""
        cdef int k
        for k in range(first, self.tried):
            if self.trial_place[k] == place:
                return True
        return False

    cdef inline void _add(self, int line, int place, int64_t units) noexcept nogil:
        self.trial_line[self.tried] = line
        self.trial_place[self.tried] = place
        self.trial_quantity[self.tried] = units
        self.tried += 1

    cdef void fewest(self) noexcept nogil:
        """As few parcels as carry all that can be had, and among those the cheapest.

        Exact by iterative deepening, branching on the line that the fewest places hold. Beyond 64 SKUs or 2,000 nodes, or where
        max_parcels is exceeded, places are added that carry most of what is left.
        """
        cdef int i, j, p, size
        cdef int64_t asked = 0
        cdef uint64_t wanted = 0
        cdef uint64_t place
        for i in range(self.lines):
            self.holds[i] = self.fills[i] = 0
            self.goal[i] = 0
            asked += self.need[i]
        self.open_places = 0
        self.partial = self.tight = False
        for p in range(self.places):
            if self.room[p] <= 0:
                continue
            place = (<uint64_t>1) << p
            self.open_places |= place
            self.tight = self.tight or self.room[p] < asked
            for i in range(self.lines):
                if self.units[p, i] > 0:
                    self.holds[i] |= place
                    self.goal[i] += self.units[p, i]
        for i in range(self.lines):
            self.goal[i] = min(self.goal[i], self.need[i])
            if self.goal[i] == 1:
                self.fills[i] = self.holds[i]
            else:
                for p in range(self.places):
                    if self.units[p, i] >= self.goal[i] > 0 and self.room[p] > 0:
                        self.fills[i] |= (<uint64_t>1) << p
            self.partial = self.partial or self.fills[i] != self.holds[i]
            j = i
            while j > 0 and count_bits(self.holds[self.scarce[j - 1]]) > count_bits(self.holds[i]):
                self.scarce[j] = self.scarce[j - 1]
                j -= 1
            self.scarce[j] = i
        self.found = False
        self.nodes = 0
        if self.lines <= MOST_BITS:
            for i in range(self.lines):
                wanted |= <uint64_t>(self.goal[i] > 0) << i
            for size in range(1, min(self.max_parcels, self.places) + 1):
                self._search(size, 0, wanted)
                if self.found or self.nodes > MOST_NODES:
                    break
        if not self.found:
            self._greedy()
            if self.unfilled > 0:
                self.line_by_line()

    cdef void _search(self, int size, int depth, uint64_t wanted) noexcept nogil:
        """Every set of `size` places that carries the lines still `wanted` after its first `depth`, offered as a plan."""
        cdef int d, i, j, p
        cdef int64_t had
        cdef uint64_t still, lines
        cdef uint64_t places = self.open_places
        cdef bint last = depth + 1 == size
        for j in range(self.lines):
            if wanted >> self.scarce[j] & 1:
                places = self.holds[self.scarce[j]]
                break
        for d in range(depth):
            places &= ~((<uint64_t>1) << self.chosen[d])
        if last and not self.partial:
            lines = wanted
            while lines:
                places &= self.fills[lowest_bit(lines)]
                lines &= lines - 1
        while places:
            p = lowest_bit(places)
            places &= places - 1
            self.nodes += 1
            if self.nodes > MOST_NODES:
                return
            self.chosen[depth] = p
            still = 0
            if not last or self.partial:
                lines = wanted
                while lines:
                    i = lowest_bit(lines)
                    lines &= lines - 1
                    if self.fills[i] >> p & 1:
                        continue
                    had = 0
                    for d in range(depth + 1):
                        had += self.units[self.chosen[d], i]
                    still |= <uint64_t>(had < self.goal[i]) << i
            if not last:
                self._search(size, depth + 1, still)
            elif still == 0 and not self._dearer(size) and self._deal(size):
                self.found = True
                self._offer()

    cdef bint _dearer(self, int size) noexcept nogil:
        """Whether the chosen places cost more than the best plan of this size: tested before the lines are shared out.

        Only where every place has all of a line or none of it and room for everything, so that no line is split.
        """
        cdef int d, i, p
        cdef double least
        cdef double total = 0.0
        if not self.found or self.partial or self.tight:
            return False
        for i in range(self.lines):
            if self.goal[i] == 0:
                continue
            least = INFINITY
            for d in range(size):
                p = self.chosen[d]
                if self.holds[i] >> p & 1 and self.cost[p, i] < least:
                    least = self.cost[p, i]
            total += self.goal[i] * least
        for d in range(size):
            total += self.parcel[self.chosen[d]]
        # Summed in another order than a plan's total, hence the margin.
        return total > self.total + 1e-9 * (1.0 + fabs(total))

    cdef void _greedy(self) noexcept nogil:
        """Add the place that carries most of what is left, at the least cost, while any place helps."""
        cdef int i, p, best
        cdef int size = 0
        cdef int64_t gain, most, units
        cdef double price, least
        cdef uint64_t used = 0
        for i in range(self.lines):
            self.goal[i] = self.need[i]
        while size < self.max_parcels:
            best = -1
            most = 0
            least = 0.0
            for p in range(self.places):
                if used >> p & 1:
                    continue
                gain = 0
                price = self.parcel[p]
                for i in range(self.lines):
                    units = min(self.units[p, i], self.goal[i], self.room[p] - gain)
                    if units > 0:
                        gain += units
                        price += units * self.cost[p, i]
                if gain > most or (gain == most and gain > 0 and price < least):
                    best, most, least = p, gain, price
            if best < 0:
                break
            used |= (<uint64_t>1) << best
            self.chosen[size] = best
            size += 1
            gain = 0
            for i in range(self.lines):
                units = min(self.units[best, i], self.goal[i], self.room[best] - gain)
                if units > 0:
                    self.goal[i] -= units
                    gain += units
        for i in range(self.lines):
            self.goal[i] = self.need[i]
        self._deal(size)
        self._offer()

    cdef bint _deal(self, int size) noexcept nogil:
        """Share the lines among the chosen places, each from the cheapest that is left; whether all goals are reached."""
        cdef int d, i, p, best, first
        cdef int64_t rest, units
        cdef bint whole = True
        for d in range(size):
            self.space[self.chosen[d]] = self.room[self.chosen[d]]
        self.tried = 0
        for i in range(self.lines):
            rest = self.goal[i]
            first = self.tried
            while rest > 0:
                best = -1
                for d in range(size):
                    p = self.chosen[d]
                    if self.units[p, i] <= 0 or self.space[p] <= 0:
                        continue
                    if self.tried > first and self._given(first, p):
                        continue
                    if best < 0 or self.cost[p, i] < self.cost[best, i] or (
                        self.cost[p, i] == self.cost[best, i] and p < best
                    ):
                        best = p
                if best < 0:
                    whole = False
                    break
                units = min(self.units[best, i], self.space[best], rest)
                self._add(i, best, units)
                self.space[best] -= units
                rest -= units
        return whole

    cdef void _offer(self) noexcept nogil:
        """Keep the trial if it is better than what was kept before."""
        cdef int i, k, p
        cdef int parcels = 0
        cdef int64_t unfilled = 0
        cdef double shipping = 0.0
        cdef double opening = 0.0
        cdef uint64_t used = 0
        cdef uint64_t either
        for i in range(self.lines):
            unfilled += self.need[i]
        for k in range(self.tried):
            p = self.trial_place[k]
            shipping += self.trial_quantity[k] * self.cost[p, self.trial_line[k]]
            unfilled -= self.trial_quantity[k]
            used |= (<uint64_t>1) << p
        for p in range(self.places):
            if used >> p & 1:
                opening += self.parcel[p]
                parcels += 1
        shipping += opening
        if self.kept:
            if unfilled != self.unfilled:
                if unfilled > self.unfilled:
                    return
            elif shipping != self.total:
                if shipping > self.total:
                    return
            elif parcels != self.parcels:
                if parcels > self.parcels:
                    return
            else:
                either = used ^ self.used
                if not either & (~either + 1) & used:
                    return
        self.kept = True
        self.unfilled, self.total, self.parcels, self.used = unfilled, shipping, parcels, used
        self.count = self.tried
        for k in range(self.tried):
            self.line[k] = self.trial_line[k]
            self.place[k] = self.trial_place[k]
            self.quantity[k] = self.trial_quantity[k]
