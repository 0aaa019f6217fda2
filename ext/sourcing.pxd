cimport cython
from libc.stdint cimport int32_t, int64_t, uint8_t, uint64_t

from ext.parcels cimport Basket

cpdef enum Policy:
    NEAREST, CHEAPEST, COMPLETE, PRICED

cdef enum:
    AHEAD = 16  # orders between calling for a cell and changing it
    NOBODY = -1
    UNKNOWN = -2

cdef struct View:
    # Computed once a call: which locations have stock, and which tests can be skipped.
    uint64_t *stocked  # [sku, word]
    uint64_t *every  # [word], room for the masks of one order
    uint64_t *some
    int64_t words
    bint reserved
    bint safety
    bint exact  # a bit of `stocked` proves a unit that may be taken

cdef struct Order:
    const int32_t *sku
    const int32_t *quantity
    int lines
    int zone
    int priority
    bint ship_complete
    int32_t likely  # the first candidate that had all lines in stock at the prediction, NOBODY or UNKNOWN

cdef struct Batch:
    const int64_t *order_start
    const int32_t *sku
    const int32_t *quantity
    const int32_t *zone
    const uint8_t *priority
    const uint8_t *ship_complete
    int64_t orders
    int32_t likely[AHEAD]

cdef struct Pieces:
    # Where the next piece is written.
    int32_t *line
    int32_t *location
    int32_t *quantity


@cython.final
cdef class Network:
    cdef int rule, max_parcels
    cdef bint has_reserved, has_safety, has_capacity, has_price, has_balance
    cdef bint ranked  # candidates are in the order of their cost
    cdef bint first_wins  # for an order of one line
    cdef int64_t[:, ::1] stock
    cdef int64_t[:, ::1] reserved
    cdef int64_t[:, ::1] safety_stock
    cdef int64_t[::1] capacity
    cdef double[::1] share
    cdef double[::1] parcel_cost
    cdef double[::1] balance
    cdef double[:, ::1] price
    cdef int32_t[:, ::1] candidates  # filled up to whole blocks with the nearest
    cdef int32_t[::1] candidate_count
    cdef double[:, ::1] unit_cost  # of each candidate

    cdef View view(self) noexcept nogil
    cdef uint64_t[:, ::1] stocked(self)
    cdef int64_t source_batch(
        self, View *view, Basket basket, Batch *batch, int64_t first, int32_t[:, ::1] pieces, int64_t[::1] piece_count,
        int32_t[::1] unfilled
    ) noexcept nogil
    cdef Py_ssize_t source_order(self, Basket basket, const Order *order, Pieces out, bint commit) noexcept nogil
    cdef void move(self, const View *view, int32_t sku, int32_t location, int64_t quantity) noexcept nogil
    cdef bint _stocks(self, const View *view, int32_t location, int32_t sku) noexcept nogil
    cdef int _stocking(self, const View *view, int32_t sku, const int32_t *candidate) noexcept nogil
    cdef int64_t _available(self, const View *view, int32_t location, int32_t sku, int priority) noexcept nogil
    cdef bint _has(self, const View *view, int32_t location, int32_t sku, int32_t quantity, int priority) noexcept nogil
    cdef bint _holds(self, const View *view, int32_t location, const Order *order) noexcept nogil
    cdef double _cost(self, int32_t location, int32_t sku, int zone, int place, int64_t units) noexcept nogil
    cdef int64_t _glide(self, const View *view, Batch *batch, int64_t number, Pieces *out) noexcept nogil
    cdef void _look_ahead(self, const View *view, Batch *batch, int64_t number) noexcept nogil
    cdef int32_t _first_stocked(self, const View *view, const int32_t *sku, int64_t lines, int zone) noexcept nogil
    cdef void _fold(self, const View *view, const int32_t *sku, int64_t lines) noexcept nogil
    cdef int32_t _whole(self, const View *view, Basket basket, const Order *order) noexcept nogil
    cdef int32_t _first_line(self, const View *view, const Order *order) noexcept nogil
    cdef int32_t _cheapest_line(self, const View *view, const Order *order) noexcept nogil
    cdef int32_t _first_order(self, const View *view, const Order *order) noexcept nogil
    cdef Py_ssize_t _plan(
        self, const View *view, Basket basket, const Order *order, Pieces *out, int32_t first_line
    ) noexcept nogil
    cdef void _lay_out(self, const View *view, Basket basket, int zone, int priority) noexcept nogil
    cdef Py_ssize_t _write(self, Basket basket, const Order *order, Pieces *out, int32_t first_line) noexcept nogil
