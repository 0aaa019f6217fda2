"""Queues of customers, first come, first served within each of two classes, and the instants at which customers with finite patience renege."""

cimport cython
from libc.math cimport INFINITY
from libc.stdint cimport int32_t, uint8_t

import numpy as np


@cython.final
cdef class Lines:
    """Queues of n numbered customers, each in one queue at most. A customer leaves from the middle in constant time."""

    def __cinit__(self, int32_t queues):
        self.head, self.last, self.tail, self.length = np.empty((4, queues), np.int32)
        self.before, self.behind, self.queue_of, self.due = np.empty((4, 0), np.int32)
        self.due_s, self.impatient = np.empty(0), np.empty(0, np.uint8)

    cdef int empty(self, Py_ssize_t customers) except -1:
        """Empty all queues; allocate arrays for `customers`."""
        if customers > self.due_s.shape[0]:
            self.before, self.behind, self.queue_of, self.due = np.empty((4, customers), np.int32)
            self.due_s, self.impatient = np.empty(customers), np.empty(customers, np.uint8)
        self.head[:] = -1
        self.last[:] = -1
        self.tail[:] = -1
        self.length[:] = 0
        self.impatient[:customers] = 0
        self.dues = 0
        return 0

    cdef void append(self, int32_t queue, int32_t customer) noexcept nogil:
        """Join at the tail."""
        cdef int32_t last = self.tail[queue]
        self.before[customer], self.behind[customer] = last, -1
        if last < 0:
            self.head[queue] = customer
        else:
            self.behind[last] = customer
        self.tail[queue] = customer
        self.queue_of[customer] = queue
        self.length[queue] += 1

    cdef void insert(self, int32_t queue, int32_t customer) noexcept nogil:
        """Join as the last of the first part, before all who came by `append`."""
        cdef int32_t first = self.last[queue]
        cdef int32_t rest
        if first < 0:
            self.prepend(queue, customer)
            return
        rest = self.behind[first]
        self.before[customer], self.behind[customer] = first, rest
        self.behind[first] = customer
        if rest < 0:
            self.tail[queue] = customer
        else:
            self.before[rest] = customer
        self.last[queue] = customer
        self.queue_of[customer] = queue
        self.length[queue] += 1

    cdef void prepend(self, int32_t queue, int32_t customer) noexcept nogil:
        """Join at the head, which is of the first part."""
        cdef int32_t first = self.head[queue]
        self.before[customer], self.behind[customer] = -1, first
        if first < 0:
            self.tail[queue] = customer
        else:
            self.before[first] = customer
        if self.last[queue] < 0:
            self.last[queue] = customer
        self.head[queue] = customer
        self.queue_of[customer] = queue
        self.length[queue] += 1

    cdef int32_t call(self, int32_t queue) noexcept nogil:
        """Remove and return the head of a queue that is not empty."""
        cdef int32_t customer = self.head[queue]
        self.leave(customer)
        return customer

    cdef void leave(self, int32_t customer) noexcept nogil:
        """Leave the queue."""
        cdef int32_t queue = self.queue_of[customer]
        cdef int32_t before = self.before[customer]
        cdef int32_t behind = self.behind[customer]
        if self.last[queue] == customer:
            self.last[queue] = before
        if before < 0:
            self.head[queue] = behind
        else:
            self.behind[before] = behind
        if behind < 0:
            self.tail[queue] = before
        else:
            self.before[behind] = before
        self.length[queue] -= 1

    cdef void move(self, int32_t origin, int32_t queue) noexcept nogil:
        """Append all customers of a queue, in order, to another."""
        while self.length[origin] > 0:
            self.append(queue, self.call(origin))

    cdef void limit(self, int32_t customer, double deadline_s) noexcept nogil:
        """Set the instant at which a customer reneges; once for each customer."""
        cdef int32_t at = self.dues
        cdef int32_t above
        self.dues += 1
        self.impatient[customer] = True
        while at > 0:
            above = (at - 1) // 2
            if self.due_s[above] < deadline_s or (self.due_s[above] == deadline_s and self.due[above] < customer):
                break
            self.due_s[at], self.due[at] = self.due_s[above], self.due[above]
            at = above
        self.due_s[at], self.due[at] = deadline_s, customer

    cdef double first_deadline(self) noexcept nogil:
        """The earliest deadline that still holds, of customer due[0]; infinite where there is none."""
        cdef int32_t at, below, customer
        cdef double deadline_s
        while self.dues > 0 and not self.impatient[self.due[0]]:
            self.dues -= 1
            deadline_s, customer = self.due_s[self.dues], self.due[self.dues]
            at, below = 0, 1
            while below < self.dues:
                if below + 1 < self.dues and (
                    self.due_s[below + 1] < self.due_s[below]
                    or (self.due_s[below + 1] == self.due_s[below] and self.due[below + 1] < self.due[below])
                ):
                    below += 1
                if deadline_s < self.due_s[below] or (deadline_s == self.due_s[below] and customer < self.due[below]):
                    break
                self.due_s[at], self.due[at] = self.due_s[below], self.due[below]
                at, below = below, 2 * below + 1
            self.due_s[at], self.due[at] = deadline_s, customer
        return self.due_s[0] if self.dues > 0 else INFINITY
