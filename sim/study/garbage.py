"""Memory of chains that are played one after the other."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collected() -> Iterator[None]:
    """At the end of the block the reference cycles of what was played in it are collected: else a chain stays in memory while the next is played.

    What is older than the block is not scanned for them, which in a large process takes longer than to play a small chain.
    """
    gc.freeze()
    try:
        yield
    finally:
        gc.collect()
        gc.unfreeze()
