"""Gets every worker's chunks of samples onto the master's disk: those of local workers lie there already, the others are sent on asking."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from sim.records.atomic_files import whole
from sim.records.samples import chunk_name


class Filing:
    """The chunks of one run, in its `samples` folder. `send(kind, data, worker)` reaches a worker."""

    def __init__(self, folder: Path, send: Callable[[str, Any, int], None]):
        self._folder, self._send = folder, send
        self._filed: set[tuple[int, int]] = set()

    def told(self, worker: int, chunk: int) -> None:
        """A worker wrote a chunk on its disk: if that is not this one too, ask for it."""
        if self._path(worker, chunk).exists():
            self._filed.add((worker, chunk))
        else:
            self._send("replay_upload", chunk, worker)

    def keep(self, worker: int, chunk: int, packed: bytes) -> None:
        """Write a chunk that came from another disk; only then may its worker forget it."""
        with whole(self._path(worker, chunk)) as aside:
            aside.write_bytes(packed)
        self._filed.add((worker, chunk))
        self._send("replay_forget", chunk, worker)

    def ask_for(self, written: Iterable[tuple[int, int]]) -> bool:
        """Ask again for what is still missing of the chunks written, (worker, chunk) each; whether anything is."""
        missing = set(written) - self._filed
        for worker, chunk in sorted(missing):
            self.told(worker, chunk)
        return bool(missing - self._filed)

    def _path(self, worker: int, chunk: int) -> Path:
        return self._folder / chunk_name(worker, chunk)
