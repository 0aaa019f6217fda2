"""Atomic writes: a file is written under another name, flushed to disk and renamed, so that it exists whole or not at all."""

from __future__ import annotations

import contextlib
import json
import math
import os
import stat
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from sim.records.column_values import Values, check_values
from sim.records.refusal import Refusal

LARGEST = 2**63 - 1
"""Of whole numbers in JSON."""


@contextlib.contextmanager
def whole(path: Path | str) -> Iterator[Path]:
    """Yield a path to write to; rename it to `path` when the block ends without an exception, remove it otherwise.

    What the system refuses, as a full disk does, is an OSError that names `path`. Raises `Refusal` where a folder stands there.
    """
    path = Path(path)
    if path.is_dir():
        raise Refusal(path, "", "a file to write", "a folder")
    aside = path.with_name(f".{path.name}.{os.getpid()}.part")
    with naming(path, instead_of=aside):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield aside
            with open(aside, "rb+") as file:
                os.fsync(file.fileno())
            os.replace(aside, path)
        finally:
            with contextlib.suppress(OSError):
                aside.unlink(missing_ok=True)


@contextlib.contextmanager
def naming(path: Path | str, instead_of: Path | None = None) -> Iterator[None]:
    """Give an OSError of the block that names no file, or names `instead_of`, the name of the file that was written or read."""
    try:
        yield
    except OSError as error:
        if error.errno is None or error.filename not in (None, instead_of, str(instead_of)):
            raise
        raise OSError(error.errno, os.strerror(error.errno), str(path)) from None


def regular(path: Path | str, what: str) -> Path:
    """A file that can be read to its end: no folder, no pipe. `what` names it in a `Refusal`."""
    try:
        mode = os.stat(path).st_mode
        if stat.S_ISREG(mode):
            with open(path, "rb"):
                return Path(path)
    except FileNotFoundError:
        raise Refusal(path, "", what, "no such file") from None
    except (OSError, ValueError) as error:
        raise Refusal(path, "", f"{what} that can be read", getattr(error, "strerror", None) or str(error)) from None
    raise Refusal(path, "", f"{what} as a file", "a folder" if stat.S_ISDIR(mode) else "a pipe or a device")


def write_json(path: Path | str, value: Any) -> None:
    """Write a JSON document with sorted keys, so that equal values give equal bytes."""
    text = json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    with whole(path) as aside:
        aside.write_bytes(text.encode("utf-8", "backslashreplace"))


def read_json(path: Path | str, what: str) -> Any:
    """Read a JSON document; `what` names it in a `Refusal`.

    Stricter than Python's reader: a key stands once in its object, numbers are finite and whole numbers have 64 bits at most.
    """
    return parse_json(path, what, regular(path, what).read_bytes())


def parse_json(path: Path | str, what: str, data: bytes) -> Any:
    """The same of a document that was read."""

    def refuse(expected: str, found: str) -> Any:
        raise Refusal(path, "", f"{what} with {expected}", found)

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        held = dict(pairs)
        if len(held) < len(pairs):
            keys = [key for key, _ in pairs]
            refuse("each key once", next(key for key in keys if keys.count(key) > 1))
        return held

    def finite(text: str) -> float:
        return number if math.isfinite(number := float(text)) else refuse("finite numbers", text)

    def whole_number(text: str) -> int:
        fits = len(text) <= 20 and -LARGEST <= int(text) <= LARGEST
        return int(text) if fits else refuse("whole numbers of 64 bits", text)

    try:
        return json.loads(
            data.decode("utf-8-sig"),
            object_pairs_hook=once,
            parse_float=finite,
            parse_int=whole_number,
            parse_constant=lambda name: refuse("finite numbers", name),
        )
    except Refusal:
        raise
    except RecursionError:
        return refuse("fewer brackets inside one another", "too many")
    except UnicodeDecodeError as error:
        raise Refusal(path, "", f"{what} as JSON in UTF-8", f"byte {error.start} is not") from None
    except json.JSONDecodeError as error:
        raise Refusal(
            path, f"line {error.lineno}", f"{what} as JSON", error.msg if data.strip() else "nothing"
        ) from None


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


def read_table(
    path: Path | str, what: str, schema: pa.Schema, format_version: int, values: Mapping[str, Values]
) -> pa.Table:
    """Read a Parquet table and hold it against a schema, a format version and what its values may be.

    Raises `Refusal` when the file is missing, is no Parquet, carries another format version, lacks, mistypes or adds a column, or holds a
    value that may not be.
    """
    stored = read_parquet(path, what)
    check_metadata(path, what, stored.schema.metadata or {}, format_version)
    check_columns(path, what, stored.schema, schema)
    table = stored.select(schema.names)
    check_values(path, table, values)
    return table


def read_parquet(path: Path | str, what: str) -> pa.Table:
    """Read one Parquet file as it stands."""
    regular(path, what)
    try:
        with open(path, "rb") as file, pq.ParquetFile(file) as parquet:
            return parquet.read()
    except (OSError, pa.ArrowException, ValueError, OverflowError, MemoryError) as error:
        raise Refusal(path, "", f"{what} as Parquet", no_parquet(error)) from None


def no_parquet(error: Exception) -> str:
    """The first sentence of Arrow's message."""
    return str(error).strip().partition("\n")[0].partition(". ")[0] or "another file"


def check_columns(path: Path | str, what: str, found: pa.Schema, schema: pa.Schema) -> None:
    """Refuse a table that lacks, mistypes, adds or doubles a column."""
    for field in schema:
        number = found.names.count(field.name)
        if number != 1:
            raise Refusal(
                path,
                f"column {field.name}",
                f"{field.type} in {what}",
                "no such column" if not number else f"{number} of them",
            )
        if found.field(field.name).type != field.type:
            raise Refusal(path, f"column {field.name}", str(field.type), str(found.field(field.name).type))
    if stray := [name for name in found.names if name not in schema.names]:
        raise Refusal(path, f"column {' '.join(stray[0].split())[:80]}", f"only the columns of {what}", stray[0])


def check_metadata(path: Path | str, what: str, metadata: dict[bytes, bytes], format_version: int) -> None:
    """Refuse a file that another version of the format wrote."""
    found = text_of(metadata.get(b"format", b"")) or "none"
    if found != str(format_version):
        raise Refusal(path, "metadata format", f"format {format_version} of {what}", found)


def text_of(value: bytes) -> str:
    """Metadata as text; what is no UTF-8 is shown as escapes."""
    return value.decode("utf-8", "backslashreplace")
