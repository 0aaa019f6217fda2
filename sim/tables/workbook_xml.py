"""How far the sheets of an `.xlsx` file reach, and which of their cells hold an error: read from its XML before the sheets are.

A reader of spreadsheets makes a rectangle up to the last cell: one stray cell in the corner of a sheet asks for more memory than there is.
It also reads a formula's error (#N/A, #DIV/0!) as an empty cell, which would be a number left out on purpose.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from sim.records.refusal import Refusal

_CELL = rb"<(?:\w+:)?c\s(?:[^>]*?\s)?"
_REFERENCE = re.compile(_CELL + rb"""r\s*=\s*["']\$?([A-Za-z]{1,3})\$?(\d{1,7})["']""")
_ERROR = re.compile(rb"""\st\s*=\s*["']e["'][^>]*>""")
_VALUE = re.compile(rb"<(?:\w+:)?v>([^<]{1,40})<")
_PIECE_BYTES = 1 << 22
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, KeyError, UnicodeDecodeError, ElementTree.ParseError)
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


@dataclass(frozen=True)
class Extent:
    """The last row and column of a sheet, counted from 1, and its cells with an error by (row from 1, column from 0)."""

    rows: int
    columns: int
    corner: str
    """Reference of the last cell of that rectangle."""
    errors: dict[tuple[int, int], str] = field(default_factory=dict)


def extents(path: Path, raw: bytes, most_bytes: int) -> dict[str, Extent]:
    """By sheet name. Raises `Refusal` for a package that is damaged or unpacks to more than `most_bytes`."""
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as package:
            if sum(part.file_size for part in package.infolist()) > most_bytes:
                raise Refusal(path, "", f"a workbook of at most {most_bytes:,} bytes unpacked", "more")
            return {name: _extent(package.read(part)) for name, part in _parts(package).items()}
    except (*_DAMAGED, NotImplementedError, RuntimeError) as e:
        raise Refusal(path, "", "a workbook that can be read (.xlsx or .xls)", str(e)) from None


def _parts(package: zipfile.ZipFile) -> dict[str, str]:
    """Path within the package of each sheet, by its name."""
    relations = ElementTree.fromstring(package.read("xl/_rels/workbook.xml.rels"))
    target = {each.get("Id"): each.get("Target", "") for each in relations}
    sheets = ElementTree.fromstring(package.read("xl/workbook.xml")).findall(".//{*}sheet")
    paths = {sheet.get("name", ""): target.get(sheet.get(_RELATION), "") for sheet in sheets}
    named = {name: posixpath.normpath(posixpath.join("/xl", path)).lstrip("/") for name, path in paths.items()}
    return {name: path for name, path in named.items() if path in package.namelist()}


def _extent(xml: bytes) -> Extent:
    if xml[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise KeyError("a sheet in UTF-16")
    letters, numbers = {b""}, {b"0"}
    start = 0
    while start < len(
        xml
    ):  # a piece at a time: a list of every cell of a large sheet would need more memory than the sheet
        end = xml.find(b"<", start + _PIECE_BYTES)
        end = len(xml) if end < 0 else end
        cells = _REFERENCE.findall(xml, start, end)
        letters |= {column for column, _ in cells}
        numbers.add(max((row for _, row in cells), key=int, default=b"0"))
        start = end
    last, rows = max(letters, key=lambda each: _number(each.upper())), max(map(int, numbers))
    errors = {}
    for cell in _ERROR.finditer(xml):
        if found := _REFERENCE.match(xml[xml.rfind(b"<", 0, cell.start()) : cell.end()]):
            value = _VALUE.search(xml, cell.end(), cell.end() + 10_000)
            at = int(found[2]), _number(found[1].upper()) - 1
            errors[at] = value[1].decode("utf-8", "replace") if value else "#ERROR"
    return Extent(rows, _number(last.upper()), f"{last.decode()}{rows}", errors)


def _number(letters: bytes) -> int:
    """Column A is 1."""
    number = 0
    for letter in letters:
        number = 26 * number + letter - 64
    return number
