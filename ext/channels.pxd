"""Payment channels: whether all that customers name are there, and the one that a customer pays through (docs/trading.md, 10)."""

from libc.stdint cimport int8_t, int32_t, uint8_t


cdef inline bint payable(const int8_t[::1] channel, const int32_t[::1] backups, int32_t cash, Py_ssize_t channels) noexcept nogil:
    """Whether each first choice, each backup and cash is one of so many channels."""
    cdef Py_ssize_t i
    for i in range(channel.shape[0]):
        if not 0 <= channel[i] < channels:
            return False
    for i in range(backups.shape[0]):
        if not 0 <= backups[i] < channels:
            return False
    return cash < channels


cdef inline int32_t payment(
    int32_t first, const uint8_t[::1] up, const int32_t[::1] backups, Py_ssize_t in_use, int32_t cash, bint has_cash
) noexcept nogil:
    """The channel of a customer whose first choice is `first`, −1 where there is none; of the backups the first `in_use` serve."""
    cdef Py_ssize_t k
    if up[first]:
        return first
    for k in range(in_use):
        if up[backups[k]]:
            return backups[k]
    return cash if cash >= 0 and up[cash] and has_cash else -1
