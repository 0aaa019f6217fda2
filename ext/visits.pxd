# The visit of a customer: one row of `sim.chain.store.engine.VISIT`, of one cache line's length at most.

from libc.stdint cimport int8_t, int16_t, uint8_t


cpdef enum Fate:
    INSIDE = -1  # not ended yet
    PAID
    ABANDONED  # reneged, or was still inside at midnight
    TURNED_AWAY  # balked at closed doors or full queues
    PAYMENT_LOST  # could not pay
    EMPTY_HANDED  # all SKUs demanded were out of stock, so nothing to pay


cdef struct Visit:
    double joined_s
    double started_s
    double ended_s
    double system_s
    double attribute_s
    int16_t till
    int8_t fate
    int8_t channel
    uint8_t offline
