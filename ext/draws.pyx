"""Day sheets filled from NumPy's bit generators through their C interface: no Python object a customer, no lock, no GIL.

A bit generator belongs to one call, so its own lock is not taken. One uniform makes one number wherever a law allows it.
"""

cimport numpy as np
from cpython.pycapsule cimport PyCapsule_GetPointer
from libc.math cimport INFINITY, log, rint, sqrt
from libc.stdint cimport int32_t, int64_t, uint64_t
from numpy.random cimport bitgen_t

import numpy as np

np.import_array()

cdef double TICKS_A_SECOND = 2.0 ** 20
cdef uint64_t GOLDEN = 0x9E3779B97F4A7C15ULL
cdef enum:
    REDRAWS = 24


cdef bitgen_t *_bits(bit_generator) except NULL:
    return <bitgen_t *> PyCapsule_GetPointer(bit_generator.capsule, "BitGenerator")


def uniforms(bit_generator, Py_ssize_t n):
    cdef bitgen_t *bits = _bits(bit_generator)
    cdef double[::1] out = np.empty(n)
    cdef Py_ssize_t i
    with nogil:
        for i in range(n):
            out[i] = bits.next_double(bits.state)
    return out.base


def arrivals(bit_generator, const double[::1] edges, const double[::1] mean):
    cdef bitgen_t *bits = _bits(bit_generator)
    cdef Py_ssize_t k = mean.shape[0], piece = 0, n = 0, room
    cdef double total = 0.0, passed = 0.0, t = 0.0, last, instant
    cdef double[::1] out
    if edges.shape[0] != k + 1:
        raise ValueError("edges: one more than there are means")
    for piece in range(k):
        total += mean[piece]
    if not 0 < total < INFINITY:
        return np.empty(0)
    last = edges[k] - 1.0 / TICKS_A_SECOND
    room = <Py_ssize_t> (total + sqrt(total)) + 8
    out = np.empty(room)
    piece = 0
    while True:
        with nogil:
            while n < room:
                # Of 1 − u, in (0, 1], the logarithm exists. One gap a uniform keeps streams in step whatever the rate.
                t -= log(1.0 - bits.next_double(bits.state))
                while piece < k and t >= passed + mean[piece]:
                    passed += mean[piece]
                    piece += 1
                if piece == k:
                    break
                instant = edges[piece] + (t - passed) / mean[piece] * (edges[piece + 1] - edges[piece])
                instant = rint(instant * TICKS_A_SECOND) / TICKS_A_SECOND
                out[n] = instant if instant < last else last
                n += 1
        if piece == k:
            return out.base[:n].copy()
        room *= 2
        out = np.resize(out.base, room)


cdef inline int32_t _step(double u, const int32_t *guide, Py_ssize_t cells, const double *ends) noexcept nogil:
    cdef Py_ssize_t cell = <Py_ssize_t> (u * cells)
    cdef int32_t low = guide[cell], high = guide[cell + 1], middle
    while low < high:
        middle = (low + high) >> 1
        if ends[middle] <= u:
            low = middle + 1
        else:
            high = middle
    return low


def steps(const double[::1] u, const int32_t[::1] guide, const double[::1] ends):
    cdef Py_ssize_t i, cells = guide.shape[0] - 1
    cdef int32_t[::1] out = np.empty(u.shape[0], dtype=np.int32)
    with nogil:
        for i in range(u.shape[0]):
            out[i] = _step(u[i], &guide[0], cells, &ends[0])
    return out.base


cdef inline uint64_t _mix(uint64_t z) noexcept nogil:
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL
    return z ^ (z >> 31)


cdef inline uint64_t _count(uint64_t state, uint64_t counter) noexcept nogil:
    return _mix((state ^ counter) + GOLDEN)


cdef inline double _uniform(uint64_t state) noexcept nogil:
    return ((<double> (state >> 11)) + 0.5) / 9007199254740992.0


cdef inline double _counted(uint64_t key, uint64_t line, uint64_t attempt) noexcept nogil:
    """`streams.counter_uniform(key, line, attempt)`."""
    return _uniform(_count(_count(_mix(key + GOLDEN), line), attempt))


def counted(uint64_t key, Py_ssize_t n, uint64_t second, uint64_t third):
    cdef double[::1] out = np.empty(n)
    cdef Py_ssize_t i
    with nogil:
        for i in range(n):
            out[i] = _uniform(_count(_count(_count(_mix(key + GOLDEN), i), second), third))
    return out.base


cdef int32_t _among_others(double u, const double *weight, const int64_t *held, int64_t basket, Py_ssize_t n) noexcept nogil:
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
    const double[::1] u,
    const int64_t[::1] line_start,
    const int64_t[::1] chosen,
    const int32_t[::1] guide,
    const double[::1] ends,
    const double[::1] weight,
    uint64_t key,
    int32_t[::1] sku,
):
    cdef Py_ssize_t cells = guide.shape[0] - 1, n = weight.shape[0], b, line
    cdef int64_t basket
    cdef int32_t drawn
    cdef int attempt
    cdef int64_t[::1] held = np.full(n, -1, dtype=np.int64)
    with nogil:
        for b in range(chosen.shape[0]):
            basket = chosen[b]
            for line in range(line_start[basket], line_start[basket + 1]):
                drawn = _step(u[line], &guide[0], cells, &ends[0])
                attempt = 0
                while held[drawn] == basket:
                    if attempt == REDRAWS:
                        drawn = _among_others(_counted(key, line, attempt), &weight[0], &held[0], basket, n)
                    else:
                        drawn = _step(_counted(key, line, attempt), &guide[0], cells, &ends[0])
                        attempt += 1
                held[drawn] = basket
                sku[line] = drawn
