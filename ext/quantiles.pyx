"""The normal distribution's quantile, in which the lognormal distributions of a sheet spend their time.

Method: algorithm AS 241 (Wichura 1988, Applied Statistics 37), PPND16: rational functions, about 1 part in 10^16.
"""

from libc.math cimport INFINITY, fabs, log, sqrt

import numpy as np

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
        # The centre formula for all values, without a branch, so that the compiler can take several at once; the tails then over it.
        for i in range(from_.shape[0]):
            q = from_[i] - 0.5
            r = 0.180625 - q * q
            out[i] = q * _polynomial(CENTRE_OVER, r) / _polynomial(CENTRE_UNDER, r)
        for i in range(from_.shape[0]):
            if fabs(from_[i] - 0.5) > 0.425:
                out[i] = _tail(from_[i])
    return out.base.reshape(np.shape(u))
