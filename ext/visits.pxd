# What became of a customer: one row of `sim.chain.store.engine.VISIT`, of one cache line's length at most.

from libc.stdint cimport int8_t, int16_t, uint8_t


cpdef enum Fate:
    INSIDE = -1  # not ended yet
    PAID
    ABANDONED  # gave up in line, or was still inside at midnight
    TURNED_AWAY  # met closed doors or full lines
    PAYMENT_LOST  # could not pay
    EMPTY_HANDED  # found nothing of what they came for, so had nothing to pay


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
