"""What C knows about bits and caches and Cython does not say."""

from libc.stdint cimport uint64_t

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
