"""Named random numbers: a draw belongs to a name, so adding a store, a fault or a policy shifts nobody else's numbers.

Most are functions of a key and of counters (`counter_uniform`): of a sheet's name, the use and the customer. So no customer's number depends on
how many were drawn before, nothing is set up for a use, and a kernel draws what it needs where it needs it. What NumPy draws for itself comes
from a generator: its name is hashed (BLAKE2b) into all 256 bits with which PCG64DXSM begins, place in its cycle and choice of cycle. The hash
does what NumPy's `SeedSequence` is for, spreading what is alike, in a tenth of its time.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from sys import byteorder
from typing import Any, cast

import numpy as np
from numpy.random.bit_generator import ISeedSequence
from numpy.typing import ArrayLike, DTypeLike, NDArray

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


class _Hashed(ISeedSequence):
    """The first words of a generator, from a name."""

    def __init__(self, digest: bytes):
        self._digest = digest

    def generate_state(self, n_words: int, dtype: DTypeLike = np.uint32) -> Any:
        words = np.frombuffer(self._digest, dtype=dtype, count=n_words)
        return words if byteorder == "little" else words.byteswap()


def stream(seed: int, replication: int, name: str) -> np.random.Generator:
    """The generator of one use, e.g. of `stream(seed, replication, "store/SH01/day/3/devices")`."""
    return np.random.Generator(np.random.PCG64DXSM(cast(Any, _Hashed(_digest(f"{seed}/{replication}/{name}")))))


def counter_key(seed: int, replication: int, name: str) -> int:
    """A 64-bit key for `counter_uniform`."""
    return int.from_bytes(_digest(f"{seed}/{replication}/{name}")[:8], "little")


@lru_cache(maxsize=1024)
def use(name: str) -> int:
    """A counter that stands for a name: one key serves many uses, as in `counter_uniform(key, use("patience"), customer)`."""
    return int.from_bytes(_digest(name)[:8], "little")


def _digest(name: str) -> bytes:
    return hashlib.blake2b(name.encode(), digest_size=32).digest()


def counter_uniform(key: int, *counters: ArrayLike) -> np.ndarray:
    """Uniforms in (0, 1) that are a function of (key, counters) alone, e.g. of (key, customer, line).

    For draws that only some customers need (a substitution, a second payment channel): whoever needs one gets the same
    number, whatever happened to the others. `counters` are integers or integer arrays that broadcast; returns float64 of their
    common shape. Method: the SplitMix64 finaliser (Steele, Lea, Flood 2014) chained over the counters.
    """
    with np.errstate(over="ignore"):
        state = _mix(np.asarray(key, dtype=np.uint64) + _GOLDEN)
        for counter in counters:
            state = _mix((state ^ np.asarray(counter).astype(np.uint64)) + _GOLDEN)
    # With one bit more, the highest number would be rounded to 1.
    return ((state >> np.uint64(12)).astype(np.float64) + 0.5) * 2.0**-52


def _mix(z: NDArray[np.uint64]) -> NDArray[np.uint64]:
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))
