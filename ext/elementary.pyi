"""Elementary functions of float64 arrays of any shape, each element by the C library: the same last bits on every processor of a kind."""

from numpy import ufunc

exp: ufunc
expm1: ufunc
log: ufunc
log1p: ufunc
cos: ufunc
power: ufunc
