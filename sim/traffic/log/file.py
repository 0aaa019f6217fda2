"""The file of a transaction log as columns of text, each record with its line number; `reader.py` interprets the columns."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import zlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from sim.records.refusal import Refusal

_MOST_BYTES = 1 << 31
"""Of a compressed log: a small file can unpack to any size."""
_MOST_COLUMNS = 1_000


@dataclass(frozen=True)
class Skipped:
    """A row that could not be used."""

    line: int
    reason: str


@dataclass(frozen=True)
class Columns:
    """A table's columns by name, the line of each record (of a Parquet file: its row from 1), and the rows that are no records."""

    table: pa.Table
    line: np.ndarray
    broken: list[Skipped]
    encoding: str = ""
    """Encoding detected, where none was named and the text is not UTF-8; else empty."""

    def place(self, row: int) -> str:
        """Where a record stands, for a line of refusal."""
        return f"line {self.line[row]}"


def brief(text: str, most: int = 40) -> str:
    """The text on one line; of a longer one its beginning and its length."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[:most]}… ({len(line):,} characters)"


def read_columns(path: Path, encoding: str = "") -> Columns:
    """Read `.csv`, `.csv.gz` (UTF-8 with or without BOM, else GB18030; `,`, `;` or tab) or `.parquet`; anything else is a `Refusal`."""
    kind = path.name.lower()
    try:
        if kind.endswith((".csv", ".csv.gz")):
            return _read_csv(path, path.read_bytes(), encoding)
        if kind.endswith(".parquet"):
            table = pq.read_table(path)
            return Columns(table, np.arange(1, table.num_rows + 1), [])
    except FileNotFoundError:
        raise Refusal(path, "", "a transaction log", "no such file") from None
    except EOFError:
        raise Refusal(path, "", "a whole gzip file", "gzip ends early") from None
    except (OSError, zlib.error, csv.Error, pa.ArrowException) as error:
        raise Refusal(path, "", "a transaction log", str(error)) from None
    raise Refusal(path, "", "a transaction log: .csv, .csv.gz or .parquet", path.name)


def _read_csv(path: Path, raw: bytes, encoding: str) -> Columns:
    if raw[:2] == b"\x1f\x8b":
        raw = _unpacked(path, raw)
    text, detected = _utf8(path, raw, encoding)
    header = text[: text.find(b"\n") + 1 or len(text)].decode()
    if "\0" in header:
        raise Refusal(path, "line 1", "text in UTF-8 or GB18030 (--encoding utf-16-le or another)", "NUL bytes")
    if not header.strip():
        raise Refusal(path, "line 1", "a header", "nothing")
    delimiter = max(",;\t", key=header.count)
    names = next(csv.reader([header], delimiter=delimiter))
    if len(names) > _MOST_COLUMNS:
        raise Refusal(path, "line 1", f"at most {_MOST_COLUMNS:,} columns", len(names))
    broken: list[pyarrow.csv.InvalidRow] = []

    def note(row: Any) -> str:
        broken.append(row)
        return "skip"

    table = pyarrow.csv.read_csv(
        io.BytesIO(text),
        read_options=pyarrow.csv.ReadOptions(use_threads=False, block_size=1 << 24),  # one thread: rows are numbered
        parse_options=pyarrow.csv.ParseOptions(
            delimiter=delimiter, newlines_in_values=True, ignore_empty_lines=False, invalid_row_handler=note
        ),
        convert_options=pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
        ),
    )
    rows = table.num_rows + len(broken)
    invalid = np.array([row.number - 2 for row in broken], dtype=np.int64)
    valid = np.delete(np.arange(rows), invalid)
    breaks = np.zeros(rows, dtype=np.int64)
    breaks[valid] = _breaks(table)
    breaks[invalid] = [row.text.count("\n") for row in broken]
    line = 2 + np.arange(rows) + np.cumsum(breaks) - breaks
    skipped = [
        Skipped(int(line[row.number - 2]), f"expected {row.expected_columns} cells, found {row.actual_columns}")
        for row in broken
    ]
    return Columns(_told_apart(table), line[valid], skipped, detected)


def _told_apart(table: pa.Table) -> pa.Table:
    """The second column of one name is called NAME (2)."""
    seen: Counter[str] = Counter()
    names = []
    for name in table.column_names:
        seen[name] += 1
        names.append(f"{name} ({seen[name]})" if seen[name] > 1 else name)
    return table.rename_columns(names)


def _breaks(table: pa.Table) -> np.ndarray:
    """Line breaks within the cells of each record: quoted cells may hold them."""
    breaks = np.zeros(table.num_rows, dtype=np.int64)
    for column in table.columns:
        if pc.any(pc.match_substring(column, "\n")).as_py():
            breaks += pc.count_substring(column, "\n").to_numpy()
    return breaks


def _unpacked(path: Path, raw: bytes) -> bytes:
    with gzip.open(io.BytesIO(raw)) as packed:
        text = packed.read(_MOST_BYTES + 1)
    if len(text) > _MOST_BYTES:
        raise Refusal(path, "", f"at most {_MOST_BYTES:,} bytes unpacked (split the log)", "more")
    return text


def _utf8(path: Path, raw: bytes, encoding: str) -> tuple[bytes, str]:
    """The text as UTF-8 without a byte-order mark, and the encoding detected where none is named: empty for UTF-8."""
    detected = ""
    if not encoding and raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        encoding = detected = "utf-32" if raw.startswith(codecs.BOM_UTF32_LE) else "utf-16"
    if encoding:
        try:
            return raw.decode(encoding).encode().removeprefix(b"\xef\xbb\xbf"), detected
        except UnicodeError as error:
            raise Refusal(path, "", f"text in {encoding}", str(error)) from None
        except (LookupError, ValueError):
            raise Refusal("--encoding", "", "an encoding such as utf-8, latin-1, cp1252 or gb18030", encoding) from None
    try:
        raw.decode("utf-8")
        return raw.removeprefix(b"\xef\xbb\xbf"), ""
    except UnicodeDecodeError as utf8:
        try:
            return raw.decode("gb18030").encode(), "gb18030"
        except UnicodeDecodeError:
            line = raw.count(b"\n", 0, utf8.start) + 1
            raise Refusal(
                path,
                f"line {line}",
                "text in UTF-8 or GB18030 (--encoding latin-1 or another)",
                raw[utf8.start : utf8.start + 4],
            ) from None
