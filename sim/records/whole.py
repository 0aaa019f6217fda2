"""Files appear whole or not at all: they are written aside, flushed to disk and renamed."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from sim.records.refusal import Refusal


@contextlib.contextmanager
def whole(path: Path | str) -> Iterator[Path]:
    """Yield a path to write to; rename it to `path` when the block ends without an exception, remove it otherwise."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield aside
        with open(aside, "rb+") as file:
            os.fsync(file.fileno())
        os.replace(aside, path)
    finally:
        aside.unlink(missing_ok=True)


def write_json(path: Path | str, value: Any) -> None:
    """Write a JSON document with sorted keys, so that equal values give equal bytes."""
    with whole(path) as aside:
        aside.write_text(json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")


def read_json(path: Path | str, what: str) -> Any:
    """Read a JSON document; `what` names it in a `Refusal`."""
    try:
        return json.loads(Path(path).read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise Refusal(path, "", f"{what}", "no such file") from None
    except (OSError, ValueError) as error:
        raise Refusal(path, "", f"{what} as JSON", str(error)) from None


def write_table(path: Path | str, table: pa.Table) -> None:
    """Write a Parquet table whole, with the lab's one set of options (equal tables give equal bytes)."""
    with whole(path) as aside:
        pq.write_table(table, aside, compression="zstd", write_statistics=True)


def write_batches(path: Path | str, schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> int:
    """Write a Parquet table whole, a row group a batch, so that memory stays flat; returns the number of rows."""
    rows = 0
    with whole(path) as aside, pq.ParquetWriter(aside, schema, compression="zstd", write_statistics=True) as out:
        for batch in batches:
            out.write_batch(batch)
            rows += batch.num_rows
    return rows


def read_table(path: Path | str, what: str, schema: pa.Schema, format_version: int) -> pa.Table:
    """Read a Parquet table and hold it against a schema and a format version.

    Raises `Refusal` when the file is missing, is no Parquet, carries another format version, or lacks or mistypes a column.
    """
    try:
        table = pq.read_table(path)
    except FileNotFoundError:
        raise Refusal(path, "", what, "no such file") from None
    except (OSError, pa.ArrowException) as error:
        raise Refusal(path, "", f"{what} as Parquet", str(error)) from None
    check_metadata(path, what, table.schema.metadata or {}, format_version)
    for field in schema:
        if field.name not in table.column_names:
            raise Refusal(path, f"column {field.name}", f"{field.type} in {what}", "no such column")
        found = table.schema.field(field.name).type
        if found != field.type:
            raise Refusal(path, f"column {field.name}", str(field.type), str(found))
    return table.select(schema.names)


def check_metadata(path: Path | str, what: str, metadata: dict[bytes, bytes], format_version: int) -> None:
    """Refuse a file that another version of the format wrote."""
    found = metadata.get(b"format", b"").decode() or "none"
    if found != str(format_version):
        raise Refusal(path, "metadata format", f"format {format_version} of {what}", found)
