from libc.stdint cimport int32_t

cdef void put_in_order(const double[::1] instants, int32_t[::1] order, int32_t[::1] bucket) noexcept nogil
