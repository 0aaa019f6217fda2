"""How a visit ended, by the names of the enum in visits.pxd: Cython and Python read the one table."""
