from libc.stdint cimport int8_t, int16_t, int32_t, int64_t, uint8_t

from ext.lines cimport Lines
from ext.shelf cimport Shelf


cdef enum Fate:
    INSIDE = -1, PAID, ABANDONED, TURNED_AWAY, PAYMENT_LOST, EMPTY_HANDED


cdef class Trading:
    # The store.
    cdef Shelf shelf
    cdef int32_t tills, positions, banks, self_checkouts, lobby, moving
    cdef bint attribute_entry
    cdef int32_t line_limit, self_checkout_lines, cash
    cdef const int32_t[::1] backups
    # The day's customers.
    cdef int32_t n
    cdef const double[::1] arrival_s
    cdef const double[::1] patience_s
    cdef const double[::1] fixed_s
    cdef const double[::1] item_s
    cdef const double[::1] attribute_s
    cdef const double[:, ::1] pay_s
    cdef const double[::1] self_checkout_u
    cdef const int8_t[::1] channel
    cdef const uint8_t[::1] has_cash
    cdef const double[::1] join_s
    cdef const int32_t[::1] joining
    # The system's answers: journeys j, cells of the day k.
    cdef double midnight_s, cell_s, retry_s
    cdef int32_t journeys, cells
    cdef const double[:, ::1] latency_s
    cdef const double[:, ::1] retry_u
    cdef const int32_t[:, ::1] level
    cdef const double[:, ::1] weight
    cdef const double[:, ::1] failing
    # The regime.
    cdef bint doors, working, online
    cdef uint8_t[::1] up
    cdef double[::1] factor
    cdef uint8_t[::1] open_
    # Now.
    cdef double now_s, end_s
    cdef int32_t end_at, arrived, joined
    cdef Lines lines
    cdef int32_t[::1] bank_of
    cdef int32_t[::1] first
    cdef int32_t[::1] opened
    cdef int32_t[::1] busy
    cdef int32_t[::1] ready
    cdef int32_t[::1] customer
    cdef double[::1] until_s
    cdef double[::1] left_s
    cdef int64_t[::1] units
    cdef int32_t[::1] ticket_lines
    # What became of each customer.
    cdef int8_t[::1] fate
    cdef double[::1] joined_s
    cdef double[::1] started_s
    cdef double[::1] ended_s
    cdef int16_t[::1] till
    cdef int8_t[::1] paid_by
    cdef double[::1] system_s
    cdef double[::1] entry_s
    cdef uint8_t[::1] offline

    cdef void _advance(self, double until_s) noexcept nogil
    cdef void _arrive(self, double until_s) noexcept nogil
    cdef double _next_join(self, int32_t *i) noexcept nogil
    cdef void _join(self, int32_t i) noexcept nogil
    cdef void _complete(self) noexcept nogil
    cdef void _leave(self, Py_ssize_t i, Fate fate) noexcept nogil
    cdef void _soonest(self) noexcept nogil
    cdef bint _inside(self) noexcept nogil
    cdef void _close(self) noexcept nogil
    cdef int32_t _choose(self, int32_t i, int32_t limit) noexcept nogil
    cdef bint _room(self, int32_t bank, int32_t limit) noexcept nogil
    cdef int32_t _first_ready(self, int32_t bank) noexcept nogil
    cdef void _call(self, int32_t at) noexcept nogil
    cdef void _serve(self, int32_t i, int32_t at) noexcept nogil
    cdef void _clear(self, int32_t at) noexcept nogil
    cdef int32_t _payment(self, int32_t i) noexcept nogil
    cdef double _answer(self, int32_t i) noexcept nogil
    cdef void _change(
        self,
        bint doors,
        bint working,
        bint online,
        const uint8_t[::1] up,
        const double[::1] factor,
        const uint8_t[::1] broken,
    ) noexcept nogil
    cdef void _evict(self, int32_t at) noexcept nogil
