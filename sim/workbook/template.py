"""The workbook that a planner fills in: a sheet for each kind of record, an example row that is not read, and a sheet that explains each column."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sim.records.atomic_files import whole
from sim.workbook.forms import (
    BY_SECTION,
    FORMS,
    README_SHEET,
    SETTING_MEANINGS,
    SETTINGS,
    SETTINGS_SHEET,
    Form,
    FormColumn,
    Language,
)

_LAST_ROW = 20_000
"""Rows to which the lists of a column reach."""
_WEEKDAYS = {"zh": ["周一", "周二", "周三", "周四", "周五", "周六", "周日"], "en": ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]}  # fmt: skip
_OWNERSHIP = {"zh": ["直营", "加盟"], "en": ["direct", "franchise"]}
_NAMED = {"region": "regions", "warehouse": "warehouses", "roster": "rosters", "supplier": "suppliers", "sku": "skus"}
"""The sheets whose codes a column takes."""
_TEXTS = {
    "zh": {
        "example": "例 ",
        "columns": ("工作表", "列", "单位", "必填;为空时取", "含义", "示例"),
        "item": ("项目", "值", "说明", "示例"),
        "intro": (
            "填写说明",
            "带 * 的列必填。其余单元格可以留空:留空处由仿真取假定值,并在结果中列为“假定”(assumed)。",
            "以“例”开头的灰色行只是示例,不会被读取,可以删除。不需要的工作表可以留空或删除;列的次序可以改变。",
            "填好后运行:retail-lab import 文件.xlsx。表中有错时加 --mark 标出.xlsx,会在每一行旁边写明应改什么。",
        ),
    },
    "en": {
        "example": "e.g. ",
        "columns": ("Sheet", "Column", "Unit", "Needed, or taken where empty", "Meaning", "Example"),
        "item": ("Item", "Value", "Meaning", "Example"),
        "intro": (
            "How to fill this in",
            "Columns with * are needed. Other cells may stay empty: a value is then assumed, and every result lists it as assumed.",
            "The grey row that begins with e.g. is an example; it is not read and may be deleted. Sheets that you do not need may stay "
            "empty or be deleted; columns may stand in any order.",
            "Then run: retail-lab import FILE.xlsx. With --mark MARKED.xlsx, what is wrong is written beside each row.",
        ),
    },
}  # fmt: skip


def write_template(path: Path, language: Language | None = None) -> None:
    """Write the workbook, with Chinese or English headings, or both in each cell. An existing file is replaced."""
    import xlsxwriter

    with whole(path) as aside, xlsxwriter.Workbook(aside, {"strings_to_numbers": False}) as book:
        styles = {
            "heading": book.add_format(
                {"bold": True, "bg_color": "#DCE6F1", "bottom": 1, "text_wrap": True, "valign": "top"}
            ),
            "example": book.add_format({"italic": True, "font_color": "#808080"}),
            "wrap": book.add_format({"text_wrap": True, "valign": "top"}),
            "title": book.add_format({"bold": True, "font_size": 14}),
            "code": book.add_format({"num_format": "@"}),
            "time": book.add_format({"num_format": "h:mm"}),
            "date": book.add_format({"num_format": "yyyy-mm-dd"}),
        }
        _readme(book, styles, language)
        _settings(book, styles, language)
        for form in FORMS:
            _sheet(book, styles, form, language)


def _languages(language: Language | None) -> tuple[Language, ...]:
    return (language,) if language else ("zh", "en")


def _both(texts: dict[str, str], language: Language | None) -> str:
    return "\n".join(dict.fromkeys(texts[each] for each in _languages(language) if texts[each]))


def _named(names: tuple[str, ...], language: Language | None) -> str:
    return " ".join(names[:2]) if language is None else names[language == "en"]


def _readme(book: Any, styles: dict, language: Language | None) -> None:
    sheet = book.add_worksheet(_named(README_SHEET, language))
    row = 0
    for each in _languages(language):
        title, *lines = _TEXTS[each]["intro"]
        sheet.write(row, 0, title, styles["title"])
        for n, line in enumerate(lines, row + 1):
            sheet.write_string(n, 0, line)
        row += len(lines) + 2
    heads = [_TEXTS[each]["columns"] for each in _languages(language)]
    for at, texts in enumerate(zip(*heads, strict=True)):
        sheet.write(row, at, "\n".join(texts), styles["heading"])
    sheet.freeze_panes(row + 1, 0)
    for form in FORMS:
        for column in form.columns:
            row += 1
            needed = {"zh": "必填", "en": "needed"} if column.needed else column.assumed
            cells = (
                form.name(language),
                column.heading(language),
                _both(column.unit, language),
                _both(needed, language),
                _both(column.meaning, language),
                _both(column.example, language),
            )
            for at, text in enumerate(cells):
                sheet.write_string(row, at, text, styles["wrap"])
    for at, width in enumerate((18, 24, 14, 30, 60, 20)):
        sheet.set_column(at, at, width)


def _settings(book: Any, styles: dict, language: Language | None) -> None:
    sheet = book.add_worksheet(_named(SETTINGS_SHEET, language))
    for at, texts in enumerate(zip(*(_TEXTS[each]["item"] for each in _languages(language)), strict=True)):
        sheet.write(0, at, "\n".join(texts), styles["heading"])
    for row, (field, names) in enumerate(SETTINGS.items(), 1):
        zh, en, example = SETTING_MEANINGS[field]
        sheet.write_string(row, 0, _named(names, language))
        sheet.write_blank(row, 1, None, styles["date"] if field == "start" else styles["code"])
        sheet.write_string(row, 2, _both({"zh": zh, "en": en}, language), styles["wrap"])
        sheet.write_string(row, 3, example, styles["example"])
    for at, width in enumerate((24, 22, 44, 16)):
        sheet.set_column(at, at, width)
    sheet.freeze_panes(1, 0)


def _sheet(book: Any, styles: dict, form: Form, language: Language | None) -> None:
    sheet = book.add_worksheet(form.name(language))
    sheet.set_row(0, 15 * max(column.heading(language).count("\n") + 1 for column in form.columns) + 3)
    for at, column in enumerate(form.columns):
        sheet.set_column(at, at, 18, _style(styles, column))
        sheet.write_string(0, at, column.heading(language), styles["heading"])
        sheet.write_comment(0, at, _both(column.meaning, language), {"x_scale": 2})
        texts = _TEXTS[language or "zh"]
        example = column.example[language or "zh"]
        sheet.write_string(1, at, f"{texts['example'] if at == 0 else ''}{example}", styles["example"])
        rule = _rule(form, column, language)
        if rule:
            sheet.data_validation(2, at, _LAST_ROW, at, rule | {"error_type": "warning"})
    sheet.freeze_panes(1, 1)


def _style(styles: dict, column: FormColumn) -> Any:
    if column.field in ("opens", "closes", "starts", "ends"):
        return styles["time"]
    if column.field in ("arrives", "from"):
        return styles["date"]
    is_code = column.field in ("code", "sku", "location", "origin", "destination", *_NAMED)
    return styles["code"] if is_code else None


def _rule(form: Form, column: FormColumn, language: Language | None) -> dict | None:
    """The list or the range that Excel checks a cell against."""
    field = column.field
    if field == "ownership":
        return {"validate": "list", "source": _OWNERSHIP[language or "zh"]}
    if field in ("first_weekday", "last_weekday"):
        return {"validate": "list", "source": _WEEKDAYS[language or "zh"]}
    there = _NAMED.get(field)
    if there and there != form.section:
        return {"validate": "list", "source": f"='{BY_SECTION[there].name(language)}'!$A$3:$A${_LAST_ROW}"}
    if field in ("fill_rate", "unavailable_share", "late_share"):
        return {"validate": "decimal", "criteria": "between", "minimum": 0, "maximum": 1}
    if field in ("tills", "self_checkouts", "docks", "pickers", "pack", "units", "on_order", "promised"):
        return {"validate": "integer", "criteria": ">=", "value": 0}
    if field in ("price", "unit_cost", "customers_per_day", "weight_kg", "distance_km"):
        return {"validate": "decimal", "criteria": ">=", "value": 0}
    return None
