from libc.stdint cimport int32_t, int64_t, uint8_t


cdef class Shelf:
    # The store's rows, by SKU.
    cdef int64_t[::1] shelf
    cdef int64_t[::1] physical
    cdef int64_t[::1] in_baskets
    cdef int64_t[::1] sold
    cdef int64_t[::1] unsynced
    cdef int64_t[::1] owed
    cdef int64_t[::1] returned
    cdef int64_t[::1] book
    cdef const int32_t[::1] next_in_group
    # While customers are played: units off the shelf, and bought since.
    cdef int64_t[::1] back_room
    cdef int64_t[::1] bought
    # The day's baskets.
    cdef const int64_t[::1] line_start
    cdef const int32_t[::1] line_sku
    cdef const int32_t[::1] line_units
    cdef const uint8_t[::1] swaps
    cdef const double[::1] line_redo_s
    cdef bint substitutes, backorders, errs
    # What became of them.
    cdef int32_t[::1] got
    cdef int32_t[::1] substitute_sku
    cdef int32_t[::1] substituted
    # Of the basket filled or emptied last.
    cdef int64_t units
    cdef int32_t lines
    cdef double redo_s
    # The day's refills.
    cdef const double[::1] refill_s
    cdef const int64_t[::1] capacity
    cdef int64_t[:, ::1] handed_over
    cdef Py_ssize_t refills
    # How staff fill, where they do not fill everything, and the SKU at which their next round begins.
    cdef bint by_staff
    cdef int64_t lines_per_round
    cdef const int64_t[::1] fill_at
    cdef const uint8_t[::1] found
    cdef Py_ssize_t next_filled
    # What comes back.
    cdef double[::1] due_s
    cdef int32_t[::1] due_sku
    cdef int64_t[::1] due_units
    cdef Py_ssize_t coming

    cdef bint _leads_somewhere(self) noexcept nogil
    cdef void begin(self) noexcept nogil
    cdef void end(self) noexcept nogil
    cdef double next_refill(self) noexcept nogil
    cdef double next_stock(self) noexcept nogil
    cdef void refill(self) noexcept nogil
    cdef int64_t _fill_shelf(self, Py_ssize_t sku) noexcept nogil
    cdef void _fill_in_turn(self) noexcept nogil
    cdef void bring_back(self, double now_s) noexcept nogil
    cdef void _hand_over(self) noexcept nogil
    cdef void _push(self, double due_s, int32_t sku, int64_t units) noexcept nogil
    cdef void _pop(self) noexcept nogil
    cdef void _move(self, Py_ssize_t origin, Py_ssize_t to) noexcept nogil
    cdef bint fill(self, Py_ssize_t customer) noexcept nogil
    cdef void _swap(self, Py_ssize_t line) noexcept nogil
    cdef void put_back(self, Py_ssize_t customer) noexcept nogil
    cdef void sell(self, Py_ssize_t customer) noexcept nogil
