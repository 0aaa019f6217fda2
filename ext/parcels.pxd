cimport cython
from libc.stdint cimport int32_t, int64_t, uint64_t

cdef enum:
    MOST_PLACES = 32


@cython.final
cdef class Basket:
    # The question.
    cdef int most_lines, places, lines, max_parcels
    cdef int64_t[:, ::1] units
    cdef double[:, ::1] cost
    cdef double[::1] parcel
    cdef int64_t[::1] room
    cdef int64_t[::1] need
    cdef int32_t[::1] sku
    cdef int32_t[::1] location
    cdef int[::1] slot
    # The result.
    cdef bint kept
    cdef int count, parcels
    cdef int64_t unfilled
    cdef double total
    cdef int[::1] line
    cdef int[::1] place
    cdef int64_t[::1] quantity
    # Working room.
    cdef int tried, nodes
    cdef bint found, partial, tight
    cdef uint64_t used, open_places
    cdef int[::1] trial_line
    cdef int[::1] trial_place
    cdef int64_t[::1] trial_quantity
    cdef int64_t[::1] space
    cdef int64_t[::1] goal
    cdef int[::1] scarce
    cdef uint64_t[::1] holds
    cdef uint64_t[::1] fills
    cdef int[::1] chosen
    cdef int[::1] seen

    cdef bint distinct(self, const int32_t *sku, int lines) noexcept nogil
    cdef int merge(self, const int32_t *sku, const int32_t *quantity, int lines) noexcept nogil
    cdef bint _given(self, int first, int place) noexcept nogil
    cdef void _add(self, int line, int place, int64_t units) noexcept nogil
    cdef void line_by_line(self) noexcept nogil
    cdef void fewest(self) noexcept nogil
    cdef void _search(self, int size, int depth, uint64_t wanted) noexcept nogil
    cdef bint _dearer(self, int size) noexcept nogil
    cdef void _greedy(self) noexcept nogil
    cdef bint _deal(self, int size) noexcept nogil
    cdef void _offer(self) noexcept nogil
