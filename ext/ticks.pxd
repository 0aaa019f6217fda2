"""The lab's grid of time, 2⁻²⁰ s, in C: what `sim.clock.on_tick` does, in two operations."""

cdef inline double on_tick(double seconds) noexcept nogil:
    """Seconds from 0 to 2^32, 136 years, rounded to the grid, halves to even: a sum above 2^32 has no room for what is finer."""
    return seconds + 4294967296.0 - 4294967296.0
