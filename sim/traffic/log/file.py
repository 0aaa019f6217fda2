"""The file of a transaction log as columns of text, each record with its line number; `reader.py` interprets the columns."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import zlib
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet as pq

from sim.records.refusal import Refusal
from sim.tables import KINDS
from sim.tables.headings import plain
from sim.traffic.log.headings import known
from sim.traffic.log.reading import Reading
from sim.traffic.log.sheets import MOST_ABOVE, read_rows
from sim.traffic.log.summaries import SUMMARY

_MOST_BYTES = 1 << 31
"""Of a compressed log: a small file can unpack to any size."""
_MOST_COLUMNS = 1_000
_HEAD_BYTES = 1 << 16
"""Of a CSV, in which headings are looked for."""
_WORKBOOKS = (".xlsx", ".xlsm", ".xls")


@dataclass(frozen=True)
class Skipped:
    """A row that could not be used."""

    line: int
    reason: str
    sheet: str = ""
    """Of a workbook; else empty."""

    @property
    def place(self) -> str:
        """`line 5`, or `sheet 10月, row 5`."""
        return f"sheet {self.sheet}, row {self.line}" if self.sheet else f"line {self.line}"


@dataclass(frozen=True)
class Columns:
    """A table's columns by name, the line of each record (of a Parquet file: its row from 1), and the rows that are no records."""

    table: pa.Table
    line: np.ndarray
    broken: list[Skipped]
    encoding: str = ""
    """Encoding detected, where none was named and the text is not UTF-8; else empty."""
    sheets: tuple[str, ...] = ()
    """Of a workbook: those that were read."""
    sheet: np.ndarray | None = None
    """int64[rows], index into `sheets`."""
    summaries: int = 0
    """Rows of totals among those that are no records."""
    notes: tuple[str, ...] = ()
    """What was recognised: titles above the headings, sheets that were read and left."""

    def skipped(self, row: int, reason: str) -> Skipped:
        """A record that cannot be used."""
        return Skipped(int(self.line[row]), reason, self.sheets[self.sheet[row]] if self.sheet is not None else "")

    def place(self, row: int) -> str:
        """Where a record stands, for a line of refusal."""
        return self.skipped(row, "").place

    def take(self, rows: np.ndarray) -> Columns:
        """The same with other records: each a row of this one."""
        sheet = self.sheet[rows] if self.sheet is not None else None
        return replace(self, table=self.table.take(pa.array(rows)), line=self.line[rows], sheet=sheet)


def brief(text: str, most: int = 40) -> str:
    """The text on one line; of a longer one its beginning and its length."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[:most]}… ({len(line):,} characters)"


def read_columns(path: Path, reading: Reading) -> Columns:
    """Read a log's file: CSV (UTF-8 with or without BOM, else GB18030; `,`, `;` or tab), workbook or Parquet. Raises `Refusal`.

    Titles above the headings are left out; of a workbook, every sheet with the headings of a log is read, or the one that is named.
    """
    kind = path.name.lower()
    if reading.sheet and not kind.endswith(_WORKBOOKS):
        raise Refusal("--sheet", "", "a workbook", path.name)
    try:
        if kind.endswith((".csv", ".csv.gz", ".tsv", ".txt")):
            return _read_csv(path, path.read_bytes(), reading)
        if kind.endswith(".parquet"):
            table = pq.read_table(path)
            return Columns(_told_apart(table), np.arange(1, table.num_rows + 1), [])
        if kind.endswith(_WORKBOOKS):
            rows = read_rows(path, reading)
            return Columns(rows.table, rows.line, [], "", rows.sheets, rows.sheet, notes=rows.notes)
    except FileNotFoundError:
        raise Refusal(path, "", "a transaction log", "no such file") from None
    except EOFError:
        raise Refusal(path, "", "a whole gzip file", "gzip ends early") from None
    except (OSError, zlib.error, csv.Error, pa.ArrowException) as error:
        raise Refusal(path, "", "a transaction log", str(error)) from None
    raise Refusal(path, "", f"a transaction log: {KINDS}", path.name)


def _read_csv(path: Path, raw: bytes, reading: Reading) -> Columns:
    if raw[:2] == b"\x1f\x8b":
        raw = _unpacked(path, raw)
    text, detected = _utf8(path, raw, reading.encoding)
    head = text[:_HEAD_BYTES].splitlines(keepends=True)[:MOST_ABOVE]
    above, delimiter = _headings_at([line.decode("utf-8", "replace") for line in head], known(reading))
    text = text[sum(map(len, head[:above])) :]
    first = above + 1
    header = text[: text.find(b"\n") + 1 or len(text)].decode()
    if "\0" in header:
        raise Refusal(path, f"line {first}", "text in UTF-8 or GB18030 (--encoding utf-16-le or another)", "NUL bytes")
    if not header.strip():
        raise Refusal(path, f"line {first}", "a header", "nothing")
    names = next(csv.reader([header], delimiter=delimiter))
    if len(names) > _MOST_COLUMNS:
        raise Refusal(path, f"line {first}", f"at most {_MOST_COLUMNS:,} columns", len(names))
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
    line = first + 1 + np.arange(rows) + np.cumsum(breaks) - breaks
    totals = [SUMMARY.search(row.text.replace(delimiter, " ").replace('"', " ")) is not None for row in broken]
    skipped = [
        Skipped(int(line[row.number - 2]), f"expected {row.expected_columns} cells, found {row.actual_columns}")
        for row, total in zip(broken, totals, strict=True)
        if not total and row.text.strip(f"{delimiter} \t\r\n")
    ]
    notes = (f"headings in line {first}, under {above} of titles",) if above else ()
    return Columns(_told_apart(table), line[valid], skipped, detected, summaries=sum(totals), notes=notes)


def _headings_at(head: list[str], names: frozenset[str]) -> tuple[int, str]:
    """How many lines stand above the headings, and the delimiter: that by which most known headings stand in one line, the first of several."""
    best = (0, 0, 0, ",")
    for delimiter in ",;\t":
        for above, line in enumerate(head):
            cells = next(csv.reader([line], delimiter=delimiter), [])
            count = len({plain(cell) for cell in cells} & names)
            best = max(
                best,
                (count, -above, line.count(delimiter) if above == 0 or count else 0, delimiter),
                key=lambda each: each[:3],
            )
    return -best[1], best[3]


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
