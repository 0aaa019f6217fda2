from libc.stdint cimport int64_t, uint64_t

cdef enum:
    MOST_PLACES = 32

cdef class Basket:
    cdef readonly int most_lines
    cdef int places, lines, max_parcels
    cdef int64_t[:, ::1] units
    cdef double[:, ::1] cost
    cdef double[::1] parcel
    cdef int64_t[::1] room
    cdef int64_t[::1] need
    cdef int64_t[:, ::1] take
    cdef int parcels
    cdef int64_t unfilled
    cdef double total

    cdef int64_t[:, ::1] trial
    cdef int64_t[::1] left
    cdef int64_t[::1] space
    cdef int64_t[::1] goal
    cdef int[::1] scarce
    cdef uint64_t[::1] covers
    cdef int chosen[MOST_PLACES]
    cdef int budget
    cdef bint kept, found

    cdef void line_by_line(self) noexcept nogil
    cdef void fewest(self) noexcept nogil
    cdef void _keep(self) noexcept nogil
    cdef void _deal(self, int size) noexcept nogil
    cdef bint _covered(self, int size, int line) noexcept nogil
    cdef void _search(self, int size, int depth) noexcept nogil
    cdef void _greedy(self) noexcept nogil
