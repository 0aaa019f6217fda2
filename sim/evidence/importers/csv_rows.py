"""Rows of another tool's CSV with the lines on which they begin; a last row that is cut off is left out and reported."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from sim.records.refusal import Refusal

_LONGEST_ROW = 100
"""Most lines of one row: beyond it a quote is not closed."""


class Cells:
    """Rows of a CSV file as (line, cells); after the last, `left_out` names what was cut off, and `whole` is whether the last line ended."""

    def __init__(self, path: Path, delimiter: str = ","):
        self.path, self.delimiter = path, delimiter
        self.header: list[str] = []
        self.left_out: list[str] = []
        self.whole = True

    def __iter__(self) -> Iterator[tuple[int, list[str]]]:
        with text(self.path) as file:
            rows = csv.reader(self._lines(file), delimiter=self.delimiter)
            try:
                yield from self._rows(rows)
            except csv.Error as error:
                raise Refusal(self.path, f"line {rows.line_num}", "a row of a CSV", str(error)) from None

    def _rows(self, rows: Any) -> Iterator[tuple[int, list[str]]]:
        self.header = [name.strip() for name in next(rows, [])]
        if twice := next((name for name in self.header if name and self.header.count(name) > 1), None):
            raise Refusal(self.path, "line 1", "each column once", twice)
        width, short = len(self.header), None
        line = rows.line_num + 1
        for cells in rows:
            begins, line = line, rows.line_num + 1
            if not cells:
                continue
            if short:
                raise Refusal(self.path, f"line {short[0]}", f"{width} cells, as the header has", short[1])
            if line - begins > _LONGEST_ROW:
                raise Refusal(self.path, f"line {begins}", "a quote that is closed")
            if len(cells) > width:
                raise Refusal(self.path, f"line {begins}", f"{width} cells, as the header has", len(cells))
            if len(cells) < width:
                short = (begins, len(cells))
            else:
                yield begins, cells
        if short:
            self.leave_out(short[0], f"{short[1]} of {width} cells")

    def leave_out(self, line: int, why: str) -> None:
        """Note a line that is not counted, and why."""
        self.left_out.append(cut(line, why))

    def _lines(self, file: TextIO) -> Iterator[str]:
        for number, line in enumerate(file, 1):
            self.whole = line.endswith(("\n", "\r"))
            if self.whole and not line.isascii() and any("\udc80" <= c <= "\udcff" for c in line):
                raise Refusal(self.path, f"line {number}", "UTF-8")
            yield line if self.whole else printable(line)


FEWEST_DOUBLED = 10
"""Least number of different rows, each repeated, that is no coincidence."""


def refuse_doubled(path: Path, different: int, fewest: int) -> None:
    """Refuse a file that was written or joined twice. different: rows that differ; fewest: how often each of them stands there at least."""
    if fewest > 1 and different >= FEWEST_DOUBLED:
        raise Refusal(path, "", "each request once", f"every row stands {fewest} times")


def printable(said: str) -> str:
    """The text without lone surrogates, which UTF-8 cannot encode."""
    return said.encode("utf-8", "replace").decode("utf-8")


def cut(line: int, why: str) -> str:
    """The sentence on a last line that is cut off."""
    return f"Line {line}, the last of the file, is cut off ({why}): it is left out and not judged."


def text(path: Path) -> TextIO:
    """A file opened as UTF-8, gzipped or not; bytes that are not UTF-8 become surrogates."""
    opened = gzip.open if path.suffix == ".gz" else open
    return opened(path, "rt", encoding="utf-8-sig", errors="surrogateescape", newline="")
