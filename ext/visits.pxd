# What became of a customer: one row of `sim.chain.engine.VISIT`, of one cache line's length at most.

from libc.stdint cimport int8_t, int16_t, uint8_t


cdef enum Fate:
    INSIDE = -1, PAID, ABANDONED, TURNED_AWAY, PAYMENT_LOST, EMPTY_HANDED


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
