"""Collects every worker's chunks of samples on the master's disk: local workers write there themselves, the others upload on request."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from sim.records.atomic_files import whole
from sim.records.samples import chunk_name


class Filing:
    """The chunks of one run, in its `samples` folder. `send(kind, data, worker)` sends a message to a worker."""

    def __init__(self, folder: Path, send: Callable[[str, Any, int], None]):
        self._folder, self._send = folder, send
        self._filed: set[tuple[int, int]] = set()

    def register(self, worker: int, chunk: int) -> None:
        """Note that a worker wrote a chunk on its own disk; where that is another disk, request its upload."""
        if self._path(worker, chunk).exists():
            self._filed.add((worker, chunk))
        else:
            self._send("replay_upload", chunk, worker)

    def keep(self, worker: int, chunk: int, packed: bytes) -> None:
        """Write an uploaded chunk; only then may its worker delete its copy."""
        with whole(self._path(worker, chunk)) as unfinished:
            unfinished.write_bytes(packed)
        self._filed.add((worker, chunk))
        self._send("replay_forget", chunk, worker)

    def ask_for(self, written: Iterable[tuple[int, int]]) -> bool:
        """Request the chunks of `written`, (worker, chunk) each, that are still missing; returns whether any is."""
        missing = set(written) - self._filed
        for worker, chunk in sorted(missing):
            self.register(worker, chunk)
        return bool(missing - self._filed)

    def _path(self, worker: int, chunk: int) -> Path:
        return self._folder / chunk_name(worker, chunk)
