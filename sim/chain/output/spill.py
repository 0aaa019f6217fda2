"""Rows buffered on disk until a run is over, so that memory use does not grow with the number of days."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator

import pyarrow as pa

_PACKED = pa.ipc.IpcWriteOptions(compression="zstd")


class Spill:
    """Record batches of one schema, read back in the order in which they were added."""

    def __init__(self, schema: pa.Schema):
        self._schema = schema
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 (it lives as long as the spill)
        self._out = pa.ipc.new_stream(self._file, schema, options=_PACKED)
        self._is_open = True

    def add(self, rows: pa.RecordBatch | pa.Table) -> None:
        """Add rows of the spill's schema."""
        self._out.write(rows)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Everything that was added, one batch at a time; nothing can be added any more."""
        if self._is_open:
            self._out.close()
            self._is_open = False
        self._file.seek(0)
        yield from pa.ipc.open_stream(self._file)

    def table(self) -> pa.Table:
        """Everything at once."""
        return pa.Table.from_batches(self.batches(), schema=self._schema)
