"""A folder looked through for records, within bounds."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from sim.records.refusal import Refusal

MOST_FILES = 50_000
"""Looked at below a folder."""
MOST_BYTES = 64 * 2**20
"""Of a record."""


def places(folder: Path, unread: Callable[[Refusal], None]) -> Iterator[tuple[Path, list[str], list[str]]]:
    """Each folder below one, itself first, with the names of the folders in it and those of its files, in order; `os.walk` leaves out what is
    removed from the first list. Links to other folders are not followed.

    unread: called where a folder has more than `MOST_FILES` files, at which the walk ends.
    """
    seen = 0
    for place, inner, names in os.walk(folder):
        inner.sort()
        seen += len(names)
        if seen > MOST_FILES:
            wanted = f"a folder with at most {MOST_FILES:,} files: this one and those after it are not looked at"
            unread(Refusal(place, "", wanted))
            return
        yield Path(place), inner, sorted(names)
