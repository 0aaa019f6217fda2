"""The 24 hours of a day, over which spans of time are counted."""

cdef enum:
    HOURS = 24
    HOUR_S = 3600


cdef inline Py_ssize_t hour_of(double since_midnight_s) noexcept nogil:
    """The hour of an instant; midnight's end belongs to the last."""
    cdef Py_ssize_t hour = <Py_ssize_t> (since_midnight_s / <double>HOUR_S)
    return hour if hour < HOURS else HOURS - 1


cdef inline void spread(double start_s, double end_s, double weight, double *hours) noexcept nogil:
    """Add the seconds between two instants of a day, times `weight`, to the hours in which they pass."""
    cdef Py_ssize_t hour = hour_of(start_s)
    cdef double stop_s
    while start_s < end_s:
        stop_s = (hour + 1) * <double>HOUR_S
        if stop_s > end_s or hour == HOURS - 1:
            stop_s = end_s
        hours[hour] += (stop_s - start_s) * weight
        start_s = stop_s
        hour += 1
