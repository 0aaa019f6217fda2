"""Quantiles: of the normal law, and of any law that is laid down as polynomials, in which the durations of a sheet spend their time.

Methods: algorithm AS 241 (Wichura 1988, Applied Statistics 37), PPND16: rational functions, about 1 part in 10^16. Inversion by polynomials on
cells that narrow toward both ends (after Hörmann and Leydold 2003, ACM TOMACS 13): a few nanoseconds for any law, without a logarithm.
"""

from libc.math cimport INFINITY, fabs, log, sqrt
from libc.stdint cimport uint64_t

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
    CELLS = 8  # of each octave of the tail
    COEFFICIENTS = 8
    OCTAVES = 39  # from 2^-40 to 2^-1
    CELL_BITS = 49  # of a double's 52 that tell where it is within its cell
cdef double LEAST = 2.0 ** -40, MOST = 0.5 - 2.0 ** -54
cdef uint64_t FIRST = (<uint64_t> 1023 - 40) << 3
cdef uint64_t WITHIN = ((<uint64_t> 1) << CELL_BITS) - 1
cdef uint64_t ONE = <uint64_t> 1023 << 52
cdef double MIDDLE = 1.0 + 1.0 / 16

cdef double[8] CENTRE_OVER = [
    3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
    4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3,
]
cdef double[8] CENTRE_UNDER = [
    1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
    2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3,
]
cdef double[8] NEAR_OVER = [
    1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0, 3.64784832476320460504e0,
    1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4,
]
cdef double[8] NEAR_UNDER = [
    1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
    1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9,
]
cdef double[8] FAR_OVER = [
    6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0, 2.96560571828504891230e-1,
    2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7,
]
cdef double[8] FAR_UNDER = [
    1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
    7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15,
]


cdef inline double _polynomial(const double *c, double x) noexcept nogil:
    return ((((((c[7] * x + c[6]) * x + c[5]) * x + c[4]) * x + c[3]) * x + c[2]) * x + c[1]) * x + c[0]


cdef double _tail(double u) noexcept nogil:
    cdef double nearer = u if u < 0.5 else 1.0 - u, r, z
    if nearer <= 0:
        return -INFINITY if u < 0.5 else INFINITY
    r = sqrt(-log(nearer))
    if r <= 5:
        z = _polynomial(NEAR_OVER, r - 1.6) / _polynomial(NEAR_UNDER, r - 1.6)
    else:
        z = _polynomial(FAR_OVER, r - 5) / _polynomial(FAR_UNDER, r - 5)
    return -z if u < 0.5 else z


def normal(u):
    cdef const double[::1] from_ = np.ascontiguousarray(u, dtype=np.float64).reshape(-1)
    cdef double[::1] out = np.empty(from_.shape[0])
    cdef Py_ssize_t i
    cdef double q, r
    with nogil:
        # The centre for everybody, without a branch, so that the compiler can take several at once; the tails then over it.
        for i in range(from_.shape[0]):
            q = from_[i] - 0.5
            r = 0.180625 - q * q
            out[i] = q * _polynomial(CENTRE_OVER, r) / _polynomial(CENTRE_UNDER, r)
        for i in range(from_.shape[0]):
            if fabs(from_[i] - 0.5) > 0.425:
                out[i] = _tail(from_[i])
    return out.base.reshape(np.shape(u))


cdef inline double _at(const double *table, double u) noexcept nogil:
    cdef double other = 1.0 - u, x, x2
    cdef double tail = u if u < other else other
    cdef uint64_t bits
    tail = tail if tail > LEAST else LEAST
    tail = tail if tail < MOST else MOST
    # A double's exponent and first digits are the octave and the cell; its other digits, after a one, are the place in the cell.
    bits = bits_of(tail)
    cdef const double *c = table + COEFFICIENTS * ((bits >> CELL_BITS) - FIRST + OCTAVES * CELLS * <uint64_t> (u >= 0.5))
    x = of_bits(bits & WITHIN | ONE) - MIDDLE
    x2 = x * x
    return (c[0] + c[1] * x) + (c[2] + c[3] * x) * x2 + ((c[4] + c[5] * x) + (c[6] + c[7] * x) * x2) * (x2 * x2)


def interpolated(const double[::1] u, const double[:, :, ::1] table):
    cdef double[::1] out = np.empty(u.shape[0])
    cdef Py_ssize_t i
    _check(table)
    with nogil:
        for i in range(u.shape[0]):
            out[i] = _at(&table[0, 0, 0], u[i])
    return out.base


def durations(const double[::1] u, const double[:, :, ::1] table):
    cdef double[::1] out = np.empty(u.shape[0])
    cdef Py_ssize_t i
    cdef double seconds
    _check(table)
    with nogil:
        for i in range(u.shape[0]):
            seconds = _at(&table[0, 0, 0], u[i])
            out[i] = on_tick(seconds if seconds > 0 else 0.0)
    return out.base


cdef _check(const double[:, :, ::1] table):
    if not (table.shape[0] == 2 and table.shape[1] == OCTAVES * CELLS and table.shape[2] == COEFFICIENTS):
        raise ValueError(f"table: two sides of {OCTAVES * CELLS} cells with {COEFFICIENTS} coefficients")
