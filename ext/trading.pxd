from libc.stdint cimport int8_t, int32_t, int64_t, uint8_t

from ext.answers cimport Answers
from ext.lines cimport Lines
from ext.reserve cimport Reserve
from ext.shelf cimport Shelf
from ext.visits cimport Fate, Visit


cdef class Trading:
    # The store.
    cdef Shelf shelf
    cdef Answers answers
    cdef Reserve reserve
    cdef bint reserves
    cdef int32_t tills, positions, banks, self_checkouts, lobby, moving
    cdef bint attribute_entry
    cdef int32_t line_limit, self_checkout_lines, cash
    cdef const int32_t[::1] backups
    # The day's customers.
    cdef int32_t n
    cdef const double[::1] arrival_s
    cdef const double[::1] shopping_s
    cdef const double[::1] patience_s
    cdef const double[::1] fixed_s
    cdef const double[::1] item_s
    cdef const double[::1] attribute_s
    cdef const double[:, ::1] pay_s
    cdef const double[::1] self_checkout_u
    cdef const int8_t[::1] channel
    cdef const uint8_t[::1] has_cash
    cdef bint classes
    cdef const uint8_t[::1] priority
    # In order of joining: the instants, the last of them infinite, and the customers.
    cdef double[::1] join_s
    cdef int32_t[::1] joining
    # The regime.
    cdef bint doors, working, online
    cdef Py_ssize_t backups_in_use
    cdef double clerk_factor
    cdef uint8_t[::1] up
    cdef double[::1] factor
    cdef uint8_t[::1] open_
    # Now.
    cdef double now_s, end_s, opening_s
    cdef int32_t end_at, arrived, joined
    cdef Lines queues
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
    cdef double[::1] redo_s
    # The visit of each customer.
    cdef Visit[::1] visits

    cdef double _next(self) noexcept nogil
    cdef void _play(self, double until_s) noexcept nogil
    cdef void _order_joining(self, double[::1] unordered_s, int32_t[::1] bucket) noexcept nogil
    cdef void _arrive(self, double until_s) noexcept nogil
    cdef void _join(self, int32_t i) noexcept nogil
    cdef void _stand(self, int32_t bank, int32_t i) noexcept nogil
    cdef void _complete(self) noexcept nogil
    cdef void _leave(self, Py_ssize_t i, Fate fate) noexcept nogil
    cdef void _soonest(self) noexcept nogil
    cdef bint _anyone(self) noexcept nogil
    cdef void _close(self) noexcept nogil
    cdef int32_t _choose(self, int32_t i, int32_t limit) noexcept nogil
    cdef bint _room(self, int32_t bank, int32_t limit) noexcept nogil
    cdef int32_t _first_ready(self, int32_t bank) noexcept nogil
    cdef void _call(self, int32_t at) noexcept nogil
    cdef void _serve(self, int32_t i, int32_t at) noexcept nogil
    cdef void _clear(self, int32_t at) noexcept nogil
    cdef void _change(
        self,
        bint doors,
        bint working,
        bint online,
        bint falls_back,
        double clerk_factor,
        const uint8_t[::1] up,
        const double[::1] factor,
        const uint8_t[::1] broken,
    ) noexcept nogil
    cdef void _evict(self, int32_t at) noexcept nogil
    cdef void _choose_again(self) noexcept nogil
    cdef void _open_till(self) noexcept nogil
