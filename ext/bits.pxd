"""Masks of locations, read eight candidates at a time, and C's bit and prefetch intrinsics, which Cython lacks."""

from libc.stdint cimport int32_t, int64_t, uint64_t

cdef enum:
    BLOCK = 8  # candidates looked at together
    ALL_OF_BLOCK = 255

cdef extern from *:
    """
    #if defined(__GNUC__)
    #define lowest_bit(bits) __builtin_ctzll(bits)
    #define count_bits(bits) __builtin_popcountll(bits)
    #define call_for(cell) __builtin_prefetch(cell, 1)
    #else
    #define call_for(cell) ((void)(cell))
    static int lowest_bit(unsigned long long bits) { int k = 0; while (!(bits >> k & 1)) k++; return k; }
    static int count_bits(unsigned long long bits) { int k = 0; for (; bits; bits &= bits - 1) k++; return k; }
    #endif
    """
    int lowest_bit(uint64_t bits) nogil
    int count_bits(uint64_t bits) nogil
    void call_for(const void *cell) nogil


cdef inline int in_list(int rest) noexcept nogil:
    """The bits of a block that still belong to a list of candidates of which `rest` are left."""
    return ALL_OF_BLOCK if rest >= BLOCK else (1 << rest) - 1


cdef inline int block_of(const uint64_t *words, int64_t count, const int32_t *candidate) noexcept nogil:
    """The bits that the next BLOCK candidates have in a mask of locations: computed without a branch, so never mispredicted."""
    cdef int k
    cdef int bits = 0
    cdef int32_t location
    cdef uint64_t word = words[0]
    # From the last to the first, so that shifting them in leaves the first in the lowest bit.
    if count == 1:
        for k in range(BLOCK):
            bits = 2 * bits + <int>(word >> candidate[BLOCK - 1 - k] & 1)
    else:
        for k in range(BLOCK):
            location = candidate[BLOCK - 1 - k]
            bits = 2 * bits + <int>(words[location >> 6] >> (location & 63) & 1)
    return bits
