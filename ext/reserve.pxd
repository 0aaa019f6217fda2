from libc.stdint cimport int32_t, uint8_t

from ext.lines cimport Lines


cdef class Reserve:
    # The rule.
    cdef double open_above, close_at, opens_s
    cdef int32_t tills
    # The store, whose arrays `Trading` shares: lines, banks, and by position what stands there.
    cdef Lines queues
    cdef int32_t banks, lobby
    cdef int32_t[::1] bank_of
    cdef int32_t[::1] customer
    cdef uint8_t[::1] open_
    cdef double[::1] factor
    cdef int32_t[::1] opened
    cdef int32_t[::1] ready
    # Of each till: its factor where the reserve may open it or has it open, 0 elsewhere; whether it has it open, and since when.
    cdef double[::1] free
    cdef uint8_t[::1] called
    cdef double[::1] since_s
    # The openings to come, in order: a ring, and the first of them, infinite where there is none.
    cdef double[::1] due_s
    cdef int32_t first, coming
    cdef double next_s
    # Of each hour of the day, the seconds in which reserve tills were open.
    cdef double midnight_s
    cdef readonly object open_s
    cdef double[::1] hours

    cdef void of_store(
        self,
        Lines queues,
        int32_t banks,
        int32_t lobby,
        int32_t[::1] bank_of,
        int32_t[::1] customer,
        uint8_t[::1] open_,
        double[::1] factor,
        int32_t[::1] opened,
        int32_t[::1] ready,
    )
    cdef void offer(self, const double[::1] factor, const uint8_t[::1] broken, double now_s) noexcept nogil
    cdef double staff(self, bint working, double now_s) noexcept nogil
    cdef bint spared(self, int32_t at, double now_s) noexcept nogil
    cdef int32_t open_one(self, double now_s) noexcept nogil
    cdef void close(self, int32_t at, double now_s) noexcept nogil
    cdef void close_all(self, double now_s) noexcept nogil
    cdef int32_t waiting(self) noexcept nogil
    cdef int32_t staffed(self) noexcept nogil
