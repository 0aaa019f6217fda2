from libc.stdint cimport int32_t, uint8_t


cdef class Lines:
    # A queue is a doubly linked list of customers; −1 ends it. Its first part are those who came by `insert` or `prepend`, `last` being its last.
    cdef int32_t[::1] head
    cdef int32_t[::1] last
    cdef int32_t[::1] tail
    cdef int32_t[::1] length
    cdef int32_t[::1] before
    cdef int32_t[::1] behind
    cdef int32_t[::1] queue_of
    # A heap of deadlines, by instant and customer; those of customers who have left their queue are removed when they reach its top.
    cdef double[::1] due_s
    cdef int32_t[::1] due
    cdef int32_t dues
    cdef uint8_t[::1] impatient

    cdef int empty(self, Py_ssize_t customers) except -1
    cdef void append(self, int32_t queue, int32_t customer) noexcept nogil
    cdef void insert(self, int32_t queue, int32_t customer) noexcept nogil
    cdef void prepend(self, int32_t queue, int32_t customer) noexcept nogil
    cdef int32_t call(self, int32_t queue) noexcept nogil
    cdef void leave(self, int32_t customer) noexcept nogil
    cdef void move(self, int32_t origin, int32_t queue) noexcept nogil
    cdef void limit(self, int32_t customer, double deadline_s) noexcept nogil
    cdef double first_deadline(self) noexcept nogil
