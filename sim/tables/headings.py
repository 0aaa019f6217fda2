"""The row of headings of a sheet, under titles that may stand above it, and which column holds which field.

Headings are compared without case, spaces, width of characters, marks of required fields, % and units in brackets: `单价（元）*` is 单价.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from sim.records.refusal import Refusal
from sim.tables.sheets import Cell, Sheet

MOST_ABOVE = 20
"""Rows in which headings are looked for."""
_LISTED = 20
_LONGEST = 80
"""Of a heading that a message quotes."""


@dataclass(frozen=True)
class Column:
    """A field that a column may hold: its name, other headings under which people write it, and whether a table is of no use without it."""

    field: str
    names: tuple[str, ...] = ()
    needed: bool = False
    weaker: tuple[str, ...] = ()
    """Headings that count only where none of the others is there; of several the first."""


@dataclass(frozen=True)
class Table:
    """A sheet whose headings are known."""

    sheet: Sheet
    heading_row: int
    """As a spreadsheet counts."""
    place: Mapping[str, int]
    """Index of the column of each field that is there."""
    heading: Mapping[str, str]
    """What stands above it."""
    unread: tuple[str, ...]
    """Headings that name no field."""

    def records(self) -> Iterator[tuple[int, dict[str, Cell]]]:
        """(row number, cells by field) of each row below the headings in which any field is filled; empty cells are left out."""
        below = self.heading_row - self.sheet.first_row + 1
        for row, cells in enumerate(self.sheet.rows[below:], self.heading_row + 1):
            record = {field: cells[at] for field, at in self.place.items() if cells[at] is not None}
            if record:
                yield row, record


def find(
    sheet: Sheet, columns: Sequence[Column], given: Mapping[str, str] | None = None, mappable: bool = True
) -> Table:
    """The headings of a sheet: of its first rows the one in which most fields stand, the earliest of several.

    Args:
        sheet: the cells.
        columns: fields that may stand in it.
        given: heading by field, as `--map` gives them; such a field has no other heading.
        mappable: whether the user can give headings with `--map`, which refusals then advise.

    Raises `Refusal` where a heading that is given or needed is not there, or one field has two columns.
    """
    mapped = dict(given or {})
    hint = " (--map {}=HEADING)" if mappable else ""
    if unknown := sorted(mapped.keys() - {column.field for column in columns}):
        raise Refusal("--map", unknown[0], f"one of {', '.join(column.field for column in columns)}", unknown[0])
    free = [column for column in columns if column.field not in mapped]
    weak = {plain(name): column.field for column in reversed(free) for name in reversed(column.weaker)}
    names = {plain(name): column.field for column in free for name in _names_of(column)}
    names |= {plain(name): field for field, name in mapped.items()}
    filled = [n for n, row in enumerate(sheet.rows[:MOST_ABOVE]) if any(cell is not None for cell in row)]
    at = max(filled, key=lambda n: _matches(sheet.rows[n], weak | names), default=None)
    if at is None:
        raise Refusal(sheet.where, "", "a table with headings", "nothing")
    sheet, at = _over_two_rows(sheet, at, weak | names)
    texts = [_text(cell) for cell in sheet.rows[at]]
    place: dict[str, int] = {}
    for n, text in enumerate(texts):
        field = names.get(plain(text)) if text else None
        if field is None:
            continue
        if field in place:
            expected = f"one column for {field}{hint.format(field)}"
            raise Refusal(sheet.where, f"row {sheet.first_row + at}", expected, f"{texts[place[field]]} and {text}")
        place[field] = n
    called = {plain(text): n for n, text in reversed(list(enumerate(texts))) if text and n not in place.values()}
    for column in free:
        heading = next((plain(name) for name in column.weaker if plain(name) in called), None)
        if heading is not None and column.field not in place:
            place[column.field] = called.pop(heading)
    for column in columns:
        if column.field not in place and (column.needed or column.field in mapped):
            name = mapped.get(column.field, "")[:_LONGEST] or " or ".join(dict.fromkeys(_names_of(column)[:3]))
            there = ", ".join(text for text in texts[:_LISTED] if text) or "nothing"
            expected = f"a column {name}{hint.replace('(', '(another heading: ').format(column.field)}"
            raise Refusal(sheet.where, f"row {sheet.first_row + at}", expected, there)
    return Table(
        sheet=sheet,
        heading_row=sheet.first_row + at,
        place=place,
        heading={field: texts[n] for field, n in place.items()},
        unread=tuple(text for n, text in enumerate(texts) if text and n not in place.values()),
    )


def _over_two_rows(sheet: Sheet, at: int, names: Mapping[str, str]) -> tuple[Sheet, int]:
    """A sheet whose headings stand in one row: parts such as opens and closes, below one heading for both, take its place."""
    above, below = sheet.rows[at], sheet.rows[at + 1] if at + 1 < len(sheet.rows) else []
    parts = [cell for cell in below if cell is not None]
    if not parts or not all(plain(_text(cell)) in names for cell in parts):
        return sheet, at
    joined = [high if low is None else low for high, low in zip(above, below, strict=True)]
    if _matches(joined, names) <= _matches(above, names):
        return sheet, at
    return replace(sheet, rows=[*sheet.rows[: at + 1], joined, *sheet.rows[at + 2 :]]), at + 1


@lru_cache(4_096)
def plain(heading: str) -> str:
    """A heading as it is compared; # is a number sign."""
    text = unicodedata.normalize("NFKC", heading).casefold().replace("#", "no")
    text = re.sub(r"[(\[【][^)\]】]*[)\]】]", "", text)
    return re.sub(r"[\s_*:\-/·.%]+", "", text)


def parse_map(texts: Sequence[str]) -> dict[str, str]:
    """`FIELD=HEADING` of each `--map`. Raises `Refusal`."""
    given = {}
    for text in texts:
        field, equals, heading = text.partition("=")
        if not equals or not field.strip() or not heading.strip():
            raise Refusal("--map", "", "FIELD=HEADING, such as price=零售价", text)
        given[field.strip()] = heading.strip()
    return given


def _names_of(column: Column) -> tuple[str, ...]:
    return (column.field, *column.names)


def _matches(cells: list[Cell], names: Mapping[str, str]) -> int:
    return len({names.get(plain(_text(cell))) for cell in cells if cell is not None} - {None})


def _text(cell: Cell) -> str:
    return "" if cell is None else str(cell)
