from libc.stdint cimport int32_t


cdef class Answers:
    # Journeys j, cells of the day k.
    cdef double midnight_s, cell_s, retry_s
    cdef readonly Py_ssize_t customers
    cdef int32_t journeys, cells
    cdef const double[:, ::1] latency_s
    cdef const double[:, ::1] retry_u
    cdef const int32_t[:, ::1] level
    cdef const double[:, ::1] weight
    cdef const double[:, ::1] failing

    cdef double wait_s(self, int32_t customer, double now_s) noexcept nogil
    cdef bint _levels_are_rows(self) noexcept nogil
