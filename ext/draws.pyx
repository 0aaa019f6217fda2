"""Day sheets filled from counters: no Python object a customer, no state, no GIL.

A number is a function of a key, a use and whom it is for (`sim.streams.counter_uniform`); one makes one value wherever a law allows it.
"""

from libc.math cimport INFINITY, log, sqrt
from libc.stdint cimport int32_t, int64_t, uint64_t

from ext.ticks cimport on_tick

import numpy as np

cdef uint64_t GOLDEN = 0x9E3779B97F4A7C15ULL
cdef enum:
    REDRAWS = 24


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


def uniforms(uint64_t key, uint64_t use, Py_ssize_t n):
    cdef double[::1] out = np.empty(n)
    cdef uint64_t stream = _stream(key, use)
    cdef Py_ssize_t i
    with nogil:
        for i in range(n):
            out[i] = _uniform(_count(stream, i))
    return out.base


def arrivals(uint64_t key, uint64_t use, const double[::1] edges, const double[::1] mean):
    cdef uint64_t stream = _stream(key, use)
    cdef Py_ssize_t k = mean.shape[0], piece, n = 0, room
    cdef double total = 0.0, passed = 0.0, beyond, gap_s, t = 0.0, last, instant
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
                t -= log(_uniform(_count(stream, n)))
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


cdef inline int32_t _step(double u, int32_t at, const double *ends) noexcept nogil:
    """The first step from `at` on that ends above u: mostly this one, else the next, which nobody can predict and no branch need know."""
    at += ends[at] <= u
    while ends[at] <= u:
        at += 1
    return at


def steps(const double[::1] u, const int32_t[::1] guide, const double[::1] ends):
    cdef Py_ssize_t i, cells = guide.shape[0]
    cdef int32_t[::1] out = np.empty(u.shape[0], dtype=np.int32)
    with nogil:
        for i in range(u.shape[0]):
            out[i] = _step(u[i], guide[<Py_ssize_t> (u[i] * cells)], &ends[0])
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
    const double[::1] ends,
    const double[::1] weight,
    int32_t[::1] sku,
):
    cdef Py_ssize_t n = weight.shape[0], line
    cdef int32_t basket, drawn, b, count = <int32_t> (line_start.shape[0] - 1 if chosen is None else chosen.shape[0])
    cdef uint64_t stream = _stream(key, use), state, again
    cdef int attempt, shift = 64
    cdef int32_t[::1] held = np.full(n, -1, dtype=np.int32)
    while guide.shape[0] >> (64 - shift) > 1:
        shift -= 1
    if guide.shape[0] != 1 << (64 - shift):
        raise ValueError("guide: as many cells as a power of two")
    with nogil:
        for b in range(count):
            basket = b if chosen is None else <int32_t> chosen[b]
            for line in range(line_start[basket], line_start[basket + 1]):
                state = _count(stream, line)
                # The cell of a uniform is its first bits.
                drawn = _step(_uniform(state), guide[state >> shift], &ends[0])
                attempt = 0
                while held[drawn] == basket:
                    again = _count(state, attempt)
                    if attempt < REDRAWS:
                        drawn = _step(_uniform(again), guide[again >> shift], &ends[0])
                        attempt += 1
                    else:
                        drawn = _among_others(_uniform(again), &weight[0], &held[0], basket, n)
                held[drawn] = basket
                sku[line] = drawn
