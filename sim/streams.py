"""Named random streams: a draw belongs to a name, so adding a store, a fault or a policy shifts nobody else's numbers."""

from __future__ import annotations

import hashlib

import numpy as np

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def words(name: str) -> tuple[int, ...]:
    """Four 32-bit words that stand for a name (BLAKE2b): a key that does not depend on the order of creation."""
    digest = hashlib.blake2b(name.encode(), digest_size=16).digest()
    return tuple(int.from_bytes(digest[i : i + 4], "little") for i in range(0, 16, 4))


def seed_sequence(seed: int, replication: int, name: str) -> np.random.SeedSequence:
    """NumPy's `SeedSequence` for (seed, replication, name)."""
    return np.random.SeedSequence(entropy=seed, spawn_key=(replication, *words(name)))


def stream(seed: int, replication: int, name: str) -> np.random.Generator:
    """An independent generator (PCG64DXSM) for one use, e.g. `stream(seed, replication, "store/SH01/day/3/baskets")`."""
    return np.random.Generator(np.random.PCG64DXSM(seed_sequence(seed, replication, name)))


def counter_key(seed: int, replication: int, name: str) -> int:
    """A 64-bit key for `counter_uniform`, one per use."""
    return int(seed_sequence(seed, replication, name).generate_state(1, np.uint64)[0])


def counter_uniform(key: int, *counters) -> np.ndarray:
    """Uniforms in (0, 1) that are a function of (key, counters) alone, e.g. of (key, customer, line).

    For draws that only some customers need (a substitution, a second payment channel): whoever needs one gets the same
    number, whatever happened to the others. `counters` are integers or integer arrays that broadcast; returns float64 of their
    common shape. Method: the SplitMix64 finaliser (Steele, Lea, Flood 2014) chained over the counters.
    """
    with np.errstate(over="ignore"):
        state = _mix(np.asarray(key, dtype=np.uint64) + _GOLDEN)
        for counter in counters:
            state = _mix((state ^ np.asarray(counter).astype(np.uint64)) + _GOLDEN)
    return ((state >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53


def _mix(z):
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))
