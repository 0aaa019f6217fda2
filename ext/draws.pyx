"""Day sheets filled from counters: no Python object a customer, no state, no GIL.

A number is a function of a key, a use and the number of the customer or line (`sim.streams.counter_uniform`); one makes one value wherever a distribution allows it. Distributions are
inverted by polynomials on cells that narrow toward both ends (after Hörmann and Leydold 2003, ACM TOMACS 13): few operations, the same for all.
"""

from libc.math cimport INFINITY, sqrt
from libc.stdint cimport int32_t, int64_t, uint64_t

from ext.ticks cimport on_tick

import numpy as np

cdef extern from *:
    """
    #include <string.h>
    static inline unsigned long long bits_of(double x) { unsigned long long bits; memcpy(&bits, &x, 8); return bits; }
    static inline double of_bits(unsigned long long bits) { double x; memcpy(&x, &bits, 8); return x; }
    """
    uint64_t bits_of(double x) nogil
    double of_bits(uint64_t bits) nogil

cdef enum:
    REDRAWS = 24
    COEFFICIENTS = 8
    CELLS = 312  # on either side of ½: 8 in each of 39 octaves
    PLACE_BITS = 49  # of the 52 mantissa bits of a double, its position in its octave: the first 3 are the cell's
cdef uint64_t GOLDEN = 0x9E3779B97F4A7C15ULL
cdef double LEAST = 4096.0  # 2⁻⁴⁰ in units of 2⁻⁵²
cdef uint64_t FIRST_CELL = (<uint64_t> 1023 + 12) << 3
cdef uint64_t PLACE = (<uint64_t> 1 << PLACE_BITS) - 1
cdef uint64_t ONE = <uint64_t> 1023 << 52
cdef double MIDDLE = 1.0 + 1.0 / 16


cdef inline uint64_t _mix(uint64_t z) noexcept nogil:
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL
    return z ^ (z >> 31)


cdef inline uint64_t _count(uint64_t state, uint64_t counter) noexcept nogil:
    return _mix((state ^ counter) + GOLDEN)


cdef inline uint64_t _stream(uint64_t key, uint64_t use) noexcept nogil:
    return _count(_mix(key + GOLDEN), use)


cdef inline double _uniform(uint64_t state) noexcept nogil:
    # Processors convert numbers with a sign more quickly.
    return (<double> <int64_t> (state >> 12) + 0.5) / 4503599627370496.0


cdef inline double _value(uint64_t state, const double *table) noexcept nogil:
    """A distribution's value at the uniform of a state: above ½, its bits turned over are the distance from 1."""
    cdef uint64_t above = 0 - (state >> 63)
    cdef double tail = <double> <int64_t> ((state ^ above) >> 12) + 0.5, x, x2
    cdef uint64_t bits = bits_of(tail if tail > LEAST else LEAST)
    cdef const double *c = table + COEFFICIENTS * ((bits >> PLACE_BITS) - FIRST_CELL + (above & CELLS))
    x = of_bits(bits & PLACE | ONE) - MIDDLE
    x2 = x * x
    return (c[0] + c[1] * x) + (c[2] + c[3] * x) * x2 + ((c[4] + c[5] * x) + (c[6] + c[7] * x) * x2) * (x2 * x2)


cdef const double *_table(const double[:, :, ::1] table) except NULL:
    if not (table.shape[0] == 2 and table.shape[1] == CELLS and table.shape[2] == COEFFICIENTS):
        raise ValueError(f"table: two sides of {CELLS} cells with {COEFFICIENTS} coefficients")
    return &table[0, 0, 0]


def uniforms(uint64_t key, uint64_t use, Py_ssize_t n):
    cdef double[::1] out = np.empty(n)
    cdef uint64_t stream = _stream(key, use)
    cdef Py_ssize_t i
    with nogil:
        for i in range(n):
            out[i] = _uniform(_count(stream, i))
    return out.base


def values(uint64_t key, uint64_t use, Py_ssize_t n, const double[:, :, ::1] table):
    cdef double[::1] out = np.empty(n)
    cdef uint64_t stream = _stream(key, use)
    cdef const double *distribution = _table(table)
    cdef Py_ssize_t i
    with nogil:
        for i in range(n):
            out[i] = _value(_count(stream, i), distribution)
    return out.base


def durations(uint64_t key, uint64_t use, Py_ssize_t n, const double[:, :, ::1] table):
    cdef double[::1] out = np.empty(n)
    cdef uint64_t stream = _stream(key, use)
    cdef const double *distribution = _table(table)
    cdef double seconds
    cdef Py_ssize_t i
    with nogil:
        for i in range(n):
            seconds = _value(_count(stream, i), distribution)
            out[i] = on_tick(seconds if seconds > 0 else 0.0)
    return out.base


def chosen(uint64_t key, uint64_t use, Py_ssize_t n, double share):
    cdef int64_t[::1] who = np.empty(n + 1, dtype=np.int64)
    cdef double[::1] again = np.empty(n + 1)
    cdef uint64_t stream = _stream(key, use)
    cdef Py_ssize_t i, count = 0
    cdef double u
    with nogil:
        for i in range(n):
            # Every number is written, and one that is not chosen is overwritten: no branch that is mispredicted.
            u = _uniform(_count(stream, i))
            who[count], again[count] = i, u
            count += u < share
        for i in range(count):
            again[i] /= share
    return who.base[:count], again.base[:count]


def arrivals(
    uint64_t key,
    uint64_t use,
    const double[:, :, ::1] gaps,
    const double[::1] edges,
    const double[::1] mean,
    double t,
):
    cdef uint64_t stream = _stream(key, use)
    cdef const double *distribution = _table(gaps)
    cdef Py_ssize_t k = mean.shape[0], piece, n = 0, room
    cdef double total = 0.0, passed = 0.0, beyond, gap_s, last, instant
    cdef double[::1] out
    if edges.shape[0] != k + 1:
        raise ValueError("edges: one more than there are means")
    for piece in range(k):
        total += mean[piece]
    if not 0 < total < INFINITY:
        return np.empty(0)
    last = edges[k] - 2.0 ** -20
    room = <Py_ssize_t> (total + sqrt(total)) + 8
    out = np.empty(room)
    piece, beyond, gap_s = 0, mean[0], (edges[1] - edges[0]) / mean[0]
    while True:
        with nogil:
            while n < room:
                # One gap a uniform keeps streams in step whatever the rate.
                t += _value(_count(stream, n), distribution)
                while t >= beyond and piece < k:
                    piece += 1
                    if piece < k:
                        passed, gap_s = beyond, (edges[piece + 1] - edges[piece]) / mean[piece]
                        beyond += mean[piece]
                if piece == k:
                    break
                instant = on_tick(edges[piece] + (t - passed) * gap_s)
                out[n] = instant if instant < last else last
                n += 1
        if piece == k:
            return out.base[:n]
        room *= 2
        out = np.resize(out.base, room)


cdef inline int32_t _step(uint64_t state, const int32_t *guide, int shift, const int64_t *ends) noexcept nogil:
    """The step of a uniform. Of its cell it is mostly the first, else the next: a branch would be mispredicted, so there is none."""
    cdef int64_t u = <int64_t> (state >> 12)
    cdef int32_t step = guide[state >> shift]
    step += ends[step] <= u
    while ends[step] <= u:
        step += 1
    return step


cdef inline int32_t _sku(uint64_t state, const int32_t *guide, int shift, const int64_t *ends, const int32_t *of) noexcept nogil:
    """The SKU of a uniform: its step, or what `of` has for it."""
    cdef int32_t step = _step(state, guide, shift, ends)
    return step if of == NULL else of[step]


cdef int _shift(Py_ssize_t cells) except -1:
    """How far to shift a state for the number of its cell: its first bits."""
    cdef int bits = 0
    while cells >> bits > 1:
        bits += 1
    if cells != 1 << bits or bits == 0:
        raise ValueError(f"guide: cells by a power of two, found {cells}")
    return 64 - bits


def steps(uint64_t key, uint64_t use, Py_ssize_t n, const int32_t[::1] guide, const int64_t[::1] ends):
    cdef int32_t[::1] out = np.empty(n, dtype=np.int32)
    cdef uint64_t stream = _stream(key, use)
    cdef int shift = _shift(guide.shape[0])
    cdef Py_ssize_t i
    with nogil:
        for i in range(n):
            out[i] = _step(_count(stream, i), &guide[0], shift, &ends[0])
    return out.base


cdef int32_t _among_others(double u, const double *weight, const int32_t *held, int32_t basket, Py_ssize_t n) noexcept nogil:
    """The SKU at share `u` of the weight of those that the basket does not hold."""
    cdef double left = 0.0, passed = 0.0
    cdef int32_t sku, found = -1
    for sku in range(n):
        if held[sku] != basket:
            left += weight[sku]
    for sku in range(n):
        if held[sku] != basket and weight[sku] > 0:
            found = sku
            passed += weight[sku]
            if passed > u * left:
                break
    return found


def baskets(
    uint64_t key,
    uint64_t use,
    const int64_t[::1] line_start,
    const int64_t[::1] chosen,
    const int32_t[::1] guide,
    const int64_t[::1] ends,
    const double[::1] weight,
    int32_t[::1] sku,
    const int32_t[::1] sku_of,
):
    cdef Py_ssize_t n = weight.shape[0], line
    cdef const int32_t *of = NULL
    cdef int32_t basket, drawn, b, count = <int32_t> (line_start.shape[0] - 1 if chosen is None else chosen.shape[0])
    cdef uint64_t stream = _stream(key, use), state, again
    cdef int attempt, shift = _shift(guide.shape[0])
    cdef int32_t[::1] held = np.full(n, -1, dtype=np.int32)
    if sku_of is not None:
        of = &sku_of[0]
    with nogil:
        for b in range(count):
            basket = b if chosen is None else <int32_t> chosen[b]
            for line in range(line_start[basket], line_start[basket + 1]):
                state = _count(stream, line)
                drawn = _sku(state, &guide[0], shift, &ends[0], of)
                attempt = 0
                while held[drawn] == basket:
                    again = _count(state, attempt)
                    if attempt < REDRAWS:
                        drawn = _sku(again, &guide[0], shift, &ends[0], of)
                        attempt += 1
                    else:
                        drawn = _among_others(_uniform(again), &weight[0], &held[0], basket, n)
                held[drawn] = basket
                sku[line] = drawn


cdef inline int32_t _next_rank(const int32_t[::1] sku, const int32_t[::1] rank, int64_t first, int64_t beyond, int32_t last) noexcept nogil:
    """The least rank in a basket above `last`; −1: none."""
    cdef int32_t least = -1, r
    cdef int64_t line
    for line in range(first, beyond):
        r = rank[sku[line]]
        if r > last and (least < 0 or r < least):
            least = r
    return least


def companions(
    uint64_t key,
    uint64_t use,
    const int64_t[::1] line_start,
    const int64_t[::1] chosen,
    const int32_t[::1] rank,
    const int64_t[::1] first_pair,
    const int32_t[::1] companion,
    const double[::1] chance,
    int32_t[::1] sku,
):
    cdef uint64_t stream = _stream(key, use), state
    cdef int32_t[::1] held = np.full(rank.shape[0], -1, dtype=np.int32)
    cdef int32_t basket, b, r, wanted
    cdef int64_t line, first, beyond, free, pick, pair
    with nogil:
        for b in range(chosen.shape[0]):
            basket = <int32_t> chosen[b]
            first, beyond = line_start[basket], line_start[basket + 1]
            r = _next_rank(sku, rank, first, beyond, -1)
            if r < 0:
                continue
            free = 0
            for line in range(first, beyond):
                held[sku[line]] = basket
                free += rank[sku[line]] < 0
            while r >= 0 and free > 0:
                for pair in range(first_pair[r], first_pair[r + 1]):
                    wanted = companion[pair]
                    state = _count(_count(stream, basket), pair)
                    if free == 0 or held[wanted] == basket or _uniform(state) >= chance[pair]:
                        continue
                    pick = <int64_t> (_uniform(_count(state, 0)) * free)
                    for line in range(first, beyond):
                        if rank[sku[line]] < 0:
                            if pick == 0:
                                break
                            pick -= 1
                    held[sku[line]] = -1
                    sku[line] = wanted
                    held[wanted] = basket
                    free -= 1
                r = _next_rank(sku, rank, first, beyond, r)
