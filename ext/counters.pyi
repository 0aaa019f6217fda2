"""The rows of a store-day's counters, by the names of the enum in counters.pxd: Cython and Python read the one table."""
