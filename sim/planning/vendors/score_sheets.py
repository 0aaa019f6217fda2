"""Workbooks of scores, one sheet a scorer: a row for each criterion, a column for each vendor."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from sim.planning.vendors.vendor_file import VendorFile, nearest
from sim.records.decisions.vendors import HIGHEST
from sim.records.refusal import Refusal
from sim.tables import values
from sim.tables.faults import Faults
from sim.tables.headings import Column, find, plain
from sim.tables.sheets import Cell, Sheet, read_sheets

CRITERION = Column("criterion", ("criteria", "评分项", "指标", "准则"), needed=True)
BESIDE = (
    CRITERION,
    Column("dimension", ("维度", "类别")),
    Column("what to look at", ("description", "说明", "评分说明")),
    Column("notes", ("note", "comment", "comments", "remark", "remarks", "备注")),
)
"""Columns beside those of the vendors."""
GUIDE = "Read me"
"""Name of the sheet of a template that holds no scores."""
_NONE = frozenset(("-", "–", "—", "?", "n/a", "na", "none", "无", "不适用"))
"""As people write that they give no score."""
_RANGE = re.compile(r"\s*(\d+(?:[.,]\d+)?)\s*(?:-|–|—|~|～|to|至|到|\.\.)\s*(\d+(?:[.,]\d+)?)\s*", re.IGNORECASE)

_UNIT = re.compile(r"(?<=\d)\s*(?:/\s*10(?:\.0)?)?\s*(?:分|points?|pts?\.?)?\s*$", re.IGNORECASE)
"""Behind a score: what it is out of, and points."""


@dataclass(frozen=True)
class Given:
    """A score that one scorer gives: the ends of a range, which are equal for a single score."""

    scorer: str
    source: str
    low: float
    high: float


def read(path: Path, shown: str, file: VendorFile) -> dict[tuple[str, str], list[Given]]:
    """Scores by (vendor, criterion), of every sheet that holds any. An empty cell is no score.

    Raises `TableRefusal` with every cell that is no score from 0 to 10 or a range of two, every row that names no criterion of the file, and every
    heading that names no vendor; `Refusal` for a workbook without a score.
    """
    found: dict[tuple[str, str], list[Given]] = {}
    faults = Faults()
    for sheet in read_sheets(path, flag=False):
        if plain(sheet.name) in {plain(GUIDE), plain("填写说明")} or not any(any(row) for row in sheet.rows):
            continue
        for key, given in _sheet(sheet, shown, file, faults).items():
            found.setdefault(key, []).append(given)
    faults.refuse()
    if not found:
        raise Refusal(path, "", "a sheet with scores from 0 to 10", "none")
    return found


def _sheet(sheet: Sheet, shown: str, file: VendorFile, faults: Faults) -> dict[tuple[str, str], Given]:
    vendors = [Column(vendor) for vendor in file.vendors]
    table = find(sheet, (*BESIDE, *vendors), mappable=False)
    for heading in table.unread:
        wanted = f"a vendor of the comparison{nearest(heading, file.vendors)}"
        faults.add(sheet, table.heading_row, "", wanted, heading)
    criteria = {plain(name): name for name in file.criteria}
    scorer = sheet.name or sheet.file.stem
    found: dict[tuple[str, str], Given] = {}
    rows = dict[str, int]()
    for row, record in table.records():
        given = {vendor: record[vendor] for vendor in file.vendors if vendor in record}
        scores = {vendor: cell for vendor, cell in given.items() if values.text(cell).strip().casefold() not in _NONE}
        name = values.text(record.get("criterion"))
        criterion = criteria.get(plain(name))
        if criterion is None:
            if scores or name:
                faults.add(
                    sheet,
                    row,
                    "criterion",
                    f"a criterion of the comparison{nearest(name, file.criteria)}",
                    name or "nothing",
                )
            continue
        if rows.setdefault(criterion, row) != row:
            faults.add(sheet, row, "criterion", f"each criterion once (row {rows[criterion]} has it)", name)
            continue
        for vendor, cell in scores.items():
            try:
                low, high = ends(cell)
            except ValueError as error:
                faults.add(sheet, row, vendor, str(error), cell)
            else:
                found[vendor, criterion] = Given(scorer, shown, low, high)
    return found


def ends(cell: Cell) -> tuple[float, float]:
    """The ends of a score: 7, 7,5, 7.5分, 7/10 or 6-8. Raises `ValueError` that says what was expected."""
    if isinstance(cell, date | datetime):
        raise ValueError(
            f"a score from 0 to {HIGHEST:g}: a spreadsheet made a date of a range such as 6-8, which takes a cell of text"
        )
    if isinstance(cell, str):
        cell = _UNIT.sub("", unicodedata.normalize("NFKC", cell)).strip()
    parts = _RANGE.fullmatch(cell) if isinstance(cell, str) else None
    try:
        if isinstance(cell, str) and "%" in cell:
            raise ValueError
        pair = [_number(part) for part in parts.groups()] if parts else [_number(cell)] * 2
    except ValueError:
        pair = [-1.0]
    if not all(0 <= each <= HIGHEST for each in pair):
        raise ValueError(f"a score from 0 to {HIGHEST:g}, or a range such as 6-8")
    return min(pair), max(pair)


def _number(cell: Cell) -> float:
    """Of a number up to 10 a comma is the decimal one."""
    comma = isinstance(cell, str) and re.fullmatch(r"\s*\d{1,2},\d{1,2}\s*", cell)
    return values.number(cell, decimal_comma=bool(comma))


def write_template(path: Path, file: VendorFile, scorers: int = 3) -> None:
    """Write a workbook to fill in, a sheet a scorer, with a list of what is asked for. An existing file is replaced."""
    import xlsxwriter

    from sim.records.atomic_files import whole

    with whole(path) as aside, xlsxwriter.Workbook(aside, {"strings_to_numbers": False}) as book:
        head = book.add_format({"bold": True, "bg_color": "#DCE6F1", "bottom": 1, "text_wrap": True, "valign": "top"})
        wrap = book.add_format({"text_wrap": True, "valign": "top"})
        text = book.add_format({"num_format": "@", "align": "right"})
        guide = book.add_worksheet(GUIDE)
        for row, line in enumerate(_GUIDE):
            guide.write_string(row, 0, line)
        guide.set_column(0, 0, 110)
        for number in range(1, scorers + 1):
            sheet = book.add_worksheet(f"Scorer {number}")
            headings = ("dimension", "criterion", "what to look at", *file.vendors, "notes")
            for column, heading in enumerate(headings):
                sheet.write_string(0, column, heading, head)
            rows = list(_rows(file.dimensions))
            for row, cells in enumerate(rows, 1):
                for column, cell in enumerate(cells):
                    sheet.write_string(row, column, cell, wrap)
            last = 2 + len(file.vendors)
            for column, width in ((0, 24), (1, 30), (2, 48), (last + 1, 40)):
                sheet.set_column(column, column, width)
            sheet.set_column(3, last, 14, text)  # or a spreadsheet takes 6-8 for a date
            sheet.freeze_panes(1, 3)


_GUIDE = (
    "How to score / 评分说明",
    "One sheet a scorer: give your sheet your name.",
    "Each cell is a score from 0 (does not do it) to 10 (does it fully, and it was shown), or a range such as 6-8.",
    "Leave a cell empty where you cannot judge: an empty cell is no score, and is never taken for one.",
    "The spread between scorers is kept as the range of the score. Score before you talk to each other.",
    "每位评委一张工作表，工作表以评委姓名命名。每格填 0（做不到）到 10（完全做到且已演示）的分数，或 6-8 这样的区间。",
    "无法判断时留空：空格不算分，也不会被当作任何分数。评委之间的差异就是该项得分的区间。请先各自打分，再讨论。",
)


def _rows(dimensions: Mapping) -> Iterable[tuple[str, str, str]]:
    for dimension, held in dimensions.items():
        for criterion, each in held.criteria.items():
            yield dimension, criterion, each.describes
