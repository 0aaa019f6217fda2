"""Cells of a table as the fields of a scenario take them: what a text, a number or a date in a spreadsheet means is for its field to say.

A cell that does not mean what its field expects stays as it stands, and the scenario's model refuses it.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from sim.scenario.fields import at_path
from sim.scenario.sections.headings import CHOICES, HOURS, WEEKDAYS
from sim.scenario.sections.section import Within
from sim.tables import spans, values
from sim.tables.headings import plain
from sim.tables.sheets import Cell

_PLAIN = re.compile(r"-?\d+(?:\.\d+)?", re.ASCII)
_QUOTED = re.compile(r'="(.*)"')
_UNITS = {
    "currency": ("元", "块", "rmb"), "kg": ("kg", "公斤", "千克", "kgs"), "km": ("km", "公里", "千米"), "d": ("天", "日", "d", "days", "day"),
    "units": ("个", "件", "瓶", "袋", "盒", "包", "pcs", "units"), "tills": ("台", "个", "人"), "1/d": ("人", "人次", "人/天", "/天", "笔"),
    "docks": ("个",), "pickers": ("人", "个"), "s": ("s", "秒"), "1/a": ("次",),
}  # fmt: skip
"""Words that may stand behind a number, by the unit of its field."""


@dataclass(frozen=True)
class Wrong:
    """A cell that no field takes as it stands."""

    expected: str
    found: Cell


class Parts(dict):
    """Several fields from one cell."""


@dataclass(frozen=True)
class _Kind:
    name: str
    unit: str = "1"
    choices: tuple[str, ...] = ()


def read(section: str, field: str, cells: list[Cell], heading: str = "") -> list[Any]:
    """The values of one column, for a field of a section; None for empty cells, `Parts` and `Wrong` where a cell holds several fields."""
    if field in (HOURS, WEEKDAYS) and not at_path([*section.split("."), field]):
        return [None if cell is None else _parts(section, field, cell) for cell in cells]
    kind = _kind_of(section, field)
    if kind is None:
        return list(cells)
    take = _reader(kind, field, cells, heading)
    return [None if cell is None else _or_itself(take, cell) for cell in cells]


def _or_itself(take: Callable[[Cell], Any], cell: Cell) -> Any:
    with contextlib.suppress(ValueError, OverflowError):
        return take(cell)
    return cell


def _kind_of(section: str, field: str) -> _Kind | None:
    if not section:
        return None
    for info in at_path([*section.split("."), *field.split(".")]):
        kind = _kind(Annotated[info.annotation, *info.metadata] if info.metadata else info.annotation)
        if kind:
            if kind.name == "number" and field.endswith("_weekday"):
                return _Kind("weekday")
            return kind
    return None


def _kind(annotation: Any) -> _Kind | None:
    if get_origin(annotation) is Annotated:
        inner, *metadata = get_args(annotation)
        kind = _kind(inner)
        unit = next((each.unit for each in metadata if isinstance(each, Within)), None)
        return kind and (_Kind(kind.name, unit, kind.choices) if unit else kind)
    if get_origin(annotation) in (Union, UnionType):
        kinds = [kind for each in get_args(annotation) if (kind := _kind(each))]
        return next((kind for kind in kinds if kind.name == "varying"), kinds[0] if kinds else None)
    if get_origin(annotation) is Literal:
        return _Kind("choice", choices=tuple(str(each) for each in get_args(annotation)))
    if get_origin(annotation) is list:
        return _Kind("weekdays") if _kind(get_args(annotation)[0]) == _Kind("number") else None
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _Kind("varying") if "distribution" in annotation.model_fields else None
    names = {
        bool: "yes_no",
        int: "number",
        float: "number",
        str: "text",
        time: "clock",
        date: "day",
        datetime: "instant",
    }
    return _Kind(names[annotation]) if annotation in names else None


def _reader(kind: _Kind, field: str, cells: list[Cell], heading: str) -> Callable[[Cell], Any]:
    match kind.name:
        case "number":
            return _number_reader(kind.unit, cells, "%" in heading or "％" in heading)
        case "varying":
            number = _number_reader(kind.unit, cells)
            return lambda cell: _varying(number, kind.unit, cell)
        case "yes_no":
            return values.yes_no
        case "clock":
            return lambda cell: _clock(field, cell)
        case "day":
            order = _or_none(lambda: values.day_order(cells))
            return lambda cell: values.day(cell, order) if order and not isinstance(cell, int | float) else cell
        case "instant":
            order = _or_none(lambda: values.day_order(cells))
            return lambda cell: _instant(cell, order) if order else cell
        case "weekday":
            return spans.weekday
        case "weekdays":
            return lambda cell: cell if isinstance(cell, list) else spans.weekdays(cell)
        case "choice":
            return lambda cell: _choice(kind, field, heading, cell)
        case "text":
            return _text
    return lambda cell: cell


def _number_reader(unit: str, cells: list[Cell], per_cent: bool = False) -> Callable[[Cell], Any]:
    """`per_cent`: the heading says so; where a number above 1 shows that the sign was left out, all are divided by 100."""
    plain_texts = [
        float(cell)
        for cell in cells
        if isinstance(cell, int | float) or (isinstance(cell, str) and _PLAIN.fullmatch(cell))
    ]
    if per_cent and unit == "1" and max(plain_texts, default=0) > 1:
        inner = _number_reader(unit, cells)
        return lambda cell: (
            inner(cell) if isinstance(cell, str) and not _PLAIN.fullmatch(cell) else float(str(cell)) / 100
        )
    odd = any(isinstance(cell, str) and not _PLAIN.fullmatch(cell) for cell in cells)
    words = _UNITS.get(unit, ())
    bare = [_bare(cell, words) for cell in cells] if odd else []
    comma = _or_none(lambda: values.has_decimal_comma(bare)) if odd else False

    def read(cell: Cell) -> Any:
        if not isinstance(cell, str) or _PLAIN.fullmatch(cell) or comma is None:
            return cell
        text = str(_bare(cell, words))
        if text.endswith(("%", "％")) and unit != "1":
            return cell
        value = values.number(text, comma)
        return int(value) if value.is_integer() and abs(value) < 2**53 else value

    return read


def _bare(cell: Cell, words: tuple[str, ...]) -> Cell:
    """A number without the unit behind it."""
    if not isinstance(cell, str):
        return cell
    word = next((word for word in sorted(words, key=len, reverse=True) if cell.casefold().endswith(word)), "")
    return cell[: len(cell) - len(word)].strip() or cell


def _varying(number: Callable[[Cell], Any], unit: str, cell: Cell) -> Any:
    """A number, or a duration of days with two ends: every value between them is as likely."""
    if not isinstance(cell, str) or _PLAIN.fullmatch(cell):
        return cell
    if unit == "d":
        try:
            low, high = spans.days(cell)
        except ValueError as error:
            read = _or_itself(number, cell)
            return Wrong(str(error), cell) if isinstance(read, str) else read
        return low if low == high else {"distribution": "uniform", "low": low, "high": high}
    return number(cell)


def _clock(field: str, cell: Cell) -> Any:
    if isinstance(cell, str) and _PLAIN.fullmatch(cell) and float(cell) < 1:
        return cell  # a spreadsheet's fraction of a day, as a text
    if isinstance(cell, int) and not isinstance(cell, bool) and 1 <= cell <= 24:
        cell = f"{cell}:00"
    return spans.closing(cell) if field in ("closes", "ends") else values.clock(cell)


def _instant(cell: Cell, order: values.Order) -> Any:
    """A text that is a day alone; with a time of day it is left to the scenario's model."""
    return datetime.combine(values.day(cell, order), time()) if isinstance(cell, str) else cell


def _choice(kind: _Kind, field: str, heading: str, cell: Cell) -> Any:
    word = plain(str(cell))
    if word in kind.choices:
        return word
    words = CHOICES.get(field, {})
    if word in words:
        return words[word]
    asked = next((choice for text, choice in words.items() if text in heading), None) or next(
        (choice for choice in kind.choices if words and choice in heading.casefold()), None
    )
    if asked and len(kind.choices) == 2:  # 是否加盟: 是
        return asked if values.yes_no(cell) else next(each for each in kind.choices if each != asked)
    return cell


def _text(cell: Cell) -> Any:
    if isinstance(cell, str):
        quoted = _QUOTED.fullmatch(cell)
        return quoted[1] if quoted else cell.removeprefix("'")
    return values.text(cell) if isinstance(cell, int | float | date | time | timedelta) else cell


def _parts(section: str, field: str, cell: Cell) -> Parts | Wrong:
    try:
        if field == HOURS:
            names = ("starts", "ends") if section == "rosters" else ("opens", "closes")
            return Parts(zip(names, spans.hours(cell), strict=True))
        days = spans.weekdays(cell)
        if days != list(range(days[0], days[-1] + 1)):
            raise ValueError("weekdays in a row such as 周一至周五, and a row for each")
        return Parts(first_weekday=days[0], last_weekday=days[-1])
    except ValueError as error:
        return Wrong(str(error), cell)


def _or_none(made: Callable[[], Any]) -> Any:
    with contextlib.suppress(ValueError):
        return made()
    return None
