"""What a planner brings, a workbook, a folder or single tables, read into the records of a scenario's sections."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from sim.records.refusal import Refusal
from sim.scenario.table_files import Rows, records
from sim.tables import values
from sim.tables.faults import Faults
from sim.tables.headings import find, parse_map, plain
from sim.tables.sheets import Cell, Sheet, read_sheets
from sim.workbook.forms import (
    BY_SECTION,
    EXAMPLE_MARKS,
    FORMS,
    README_SHEET,
    SETTINGS,
    SETTINGS_SHEET,
    section_of,
    sections_in,
)

_SUFFIXES = (".xlsx", ".xlsm", ".xls", ".csv", ".csv.gz", ".tsv", ".parquet")
_LEAST_HEADINGS = 3
"""That a sheet of an unknown name must share with a section, or all of those that the section needs."""
_TOTAL = re.compile(r"合计|总计|小计|共计|(?:grand |sub)?totals?(?:$|\s|:)|sum(?:$|:)")
_REMARK = re.compile(r"备注|注\s*[::]|说明|制表|审核|填表|数据来源|notes?(?:$|\s|:)|source:")


@dataclass
class Given:
    """What was brought: the records of each section, settings of the chain, and what of the files was not read."""

    sheets: list[Sheet]
    """All of them, as they were read."""
    rows: dict[str, Rows] = field(default_factory=dict)
    """By section."""
    settings: dict[str, object] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)
    """Sentences: sheets, columns and rows that were not read."""

    def name(self, section: str) -> str:
        """File and sheet of a section, as a source is named."""
        rows = self.rows[section]
        return f"{rows.file.name}, sheet {rows.sheet}" if rows.sheet else rows.file.name


def gather(paths: Sequence[Path], maps: Sequence[str], encoding: str, faults: Faults) -> Given:
    """Read files, or all tables of a folder. `maps`: `stores=分店表` for a sheet, `stores.tills=款台` for a heading.

    Raises `Refusal` for a file that cannot be read, sheets of which none describes a part of a chain, and two for the same part.
    """
    sheets = [sheet for file in _files(paths) for sheet in read_sheets(file, encoding) if _filled(sheet)]
    given = Given(sheets)
    of_sheet, of_heading = _maps(maps, sheets)
    chosen: dict[str, tuple[Sheet, bool]] = {}
    for sheet in sheets:
        name = _name(sheet)
        if plain(name) in _plain(SETTINGS_SHEET):
            _settings(sheet, given, faults)
            continue
        if plain(name) in _plain(README_SHEET):
            continue
        section = of_sheet.get(plain(name)) or section_of(name)
        named = section is not None
        section = section or _by_headings(sheet) or _only(sections_in(name))
        if section is None or (section in of_sheet.values() and of_sheet.get(plain(name)) != section):
            given.left_out.append(
                f"{sheet.where}: not read: no sheet of a chain by its name or headings (--map stores={name})"
            )
        elif section not in chosen or (named and not chosen[section][1]):
            chosen[section] = (sheet, named)
        elif named and chosen[section][1]:
            raise Refusal(
                sheet.where,
                "",
                f"one sheet for {section} (--map {section}=SHEET)",
                f"{_name(chosen[section][0])} and {name}",
            )
        else:
            given.left_out.append(f"{sheet.where}: not read: {section} stand in {chosen[section][0].where}")
    if not chosen:
        known = ", ".join(form.name(None) for form in FORMS)
        raise Refusal(
            paths[0],
            "",
            f"a sheet of a chain ({known}; --map stores=SHEET)",
            ", ".join(map(_name, sheets)) or "nothing",
        )
    if unmet := sorted(of_heading.keys() - chosen.keys()):
        raise Refusal("--map", unmet[0], "a section that a sheet holds", ", ".join(sorted(chosen)))
    for section in (form.section for form in FORMS if form.section in chosen):
        _read(chosen[section][0], section, of_heading.get(section, {}), given, faults)
    return given


def _files(paths: Sequence[Path]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(each for each in path.iterdir() if _is_table(each))
            if not inside:
                raise Refusal(path, "", f"a folder with tables ({', '.join(_SUFFIXES)})", "none")
            found += inside
        else:
            found.append(path)
    return found


def _is_table(path: Path) -> bool:
    return path.is_file() and path.name.lower().endswith(_SUFFIXES) and not path.name.startswith(("~$", "."))


def _only(sections: set[str]) -> str | None:
    return next(iter(sections)) if len(sections) == 1 else None


def _filled(sheet: Sheet) -> bool:
    return any(cell is not None for row in sheet.rows for cell in row)


def _name(sheet: Sheet) -> str:
    """Of the sheet, or of a file that is a single table."""
    return sheet.name or re.sub(
        r"\.(csv|tsv|parquet|gz|txt)$", "", sheet.file.name.removesuffix(".gz"), flags=re.IGNORECASE
    )


def _plain(names: Sequence[str]) -> set[str]:
    return {plain(name) for name in (*names, " ".join(names[:2]))}


def _maps(texts: Sequence[str], sheets: Sequence[Sheet]) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
    """Sections by the plain name of their sheet, and headings by field by section."""
    of_sheet: dict[str, str] = {}
    of_heading: dict[str, dict[str, str]] = {}
    for key, name in parse_map(texts).items():
        first, dot, column = key.partition(".")
        section = section_of(first)
        if section is None:
            raise Refusal("--map", key, f"a section: {', '.join(BY_SECTION)}", first)
        if dot:
            of_heading.setdefault(section, {})[column] = name
        elif plain(name) not in {plain(_name(sheet)) for sheet in sheets}:
            raise Refusal("--map", key, f"one of the sheets {', '.join(map(_name, sheets))}", name)
        else:
            of_sheet[plain(name)] = section
    return of_sheet, of_heading


def _by_headings(sheet: Sheet) -> str | None:
    """The section whose headings stand in a sheet of an unknown name."""
    best, most = None, 0
    for form in FORMS:
        try:
            table = find(sheet, [column.column for column in form.columns])
        except Refusal:
            continue
        keys = [key for key in form.keys if key in table.place]
        enough = len(table.place) >= _LEAST_HEADINGS or (len(form.keys) > 1 and len(keys) == len(form.keys))
        if keys and len(keys) >= min(2, len(form.keys)) and enough and len(table.place) > most:
            best, most = form.section, len(table.place)
    return best


def _read(sheet: Sheet, section: str, headings: Mapping[str, str], given: Given, faults: Faults) -> None:
    kept, dropped = _without_notes(sheet)
    given.left_out += dropped
    rows = records(kept, section, faults, headings)
    if rows.unread:
        given.left_out.append(f"{sheet.where}: columns not read: {', '.join(rows.unread)}")
    if rows:
        given.rows[section] = rows


def _without_notes(sheet: Sheet) -> tuple[Sheet, list[str]]:
    """The sheet with rows emptied that are examples, totals or remarks, and a sentence for each that is no example."""
    rows: list[list[Cell]] = []
    said: list[str] = []
    for n, row in enumerate(sheet.rows, sheet.first_row):
        filled = [cell for cell in row if cell is not None]
        first = filled[0].strip().casefold() if filled and isinstance(filled[0], str) else ""
        is_note = bool(_TOTAL.match(first)) or (len(filled) <= 2 and bool(_REMARK.match(first)))
        if is_note:
            said.append(f"{sheet.where}: row {n} not read: {str(filled[0])[:40]}")
        rows.append([None] * len(row) if is_note or first.startswith(EXAMPLE_MARKS) else row)
    return replace(sheet, rows=rows), said


def _settings(sheet: Sheet, given: Given, faults: Faults) -> None:
    known = {name: key for key, names in SETTINGS.items() for name in _plain((*names, key))}
    for n, row in enumerate(sheet.rows):
        label = next((at for at, cell in enumerate(row[:3]) if isinstance(cell, str) and plain(cell) in known), None)
        if label is None or label + 1 >= len(row) or row[label + 1] is None:
            continue
        key, cell = known[plain(str(row[label]))], row[label + 1]
        try:
            given.settings[key] = _setting(key, cell)
        except ValueError as error:
            faults.add(sheet, sheet.first_row + n, str(row[label]), str(error), cell)


def _setting(key: str, cell: Cell) -> object:
    match key:
        case "start":
            return values.day(cell)
        case "days":
            days = values.whole(cell)
            if not 1 <= days <= 3_660:
                raise ValueError("a number of days from 1 to 3,660")
            return days
        case "orders_per_day":
            orders = values.number(cell)
            if not 0 <= orders <= 1e6:
                raise ValueError("a number of orders from 0 to 1,000,000")
            return orders
        case "currency":
            code = {"人民币": "CNY", "元": "CNY", "RMB": "CNY"}.get(str(cell).upper(), str(cell).upper())
            if not re.fullmatch("[A-Z]{3}", code):
                raise ValueError("three letters, such as CNY")
            return code
        case "time_zone":
            from zoneinfo import available_timezones

            if str(cell) not in available_timezones():
                raise ValueError("the name of a time zone, such as Asia/Shanghai")
    return str(cell)
