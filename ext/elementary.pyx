"""Elementary functions of float64 arrays, each element by the C library.

NumPy's own take other code on processors with AVX-512, whose last bits differ: the same scenario and seed would leave other bytes there.
"""

cimport cython
from libc cimport math


@cython.ufunc
cdef double exp(double x) noexcept nogil:
    return math.exp(x)


@cython.ufunc
cdef double expm1(double x) noexcept nogil:
    return math.expm1(x)


@cython.ufunc
cdef double log(double x) noexcept nogil:
    return math.log(x)


@cython.ufunc
cdef double log1p(double x) noexcept nogil:
    return math.log1p(x)


@cython.ufunc
cdef double cos(double x) noexcept nogil:
    return math.cos(x)


@cython.ufunc
cdef double power(double x, double y) noexcept nogil:
    return math.pow(x, y)
