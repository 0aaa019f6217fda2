"""Values of elements of Microsoft Project's XML: each is read as its type, or refused with the place where it stands."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from math import isfinite
from pathlib import Path
from xml.etree import ElementTree

from sim.records.refusal import Refusal

_DURATION = re.compile(
    r"P(?:(\d{1,6}(?:\.\d+)?)D)?(?:T(?:(\d{1,8}(?:\.\d+)?)H)?(?:(\d{1,8}(?:\.\d+)?)M)?(?:(\d{1,9}(?:\.\d+)?)S)?)?"
)
ELAPSED = {4, 6, 8, 10, 12, 36, 38, 40, 42, 44}
"""Formats of lengths and lags in calendar time."""
PER_CENT = {19, 20, 51, 52}
"""Formats of lags in per cent of a task."""


class Node:
    """An element, with the words for its place in a refusal."""

    def __init__(self, path: Path, element: ElementTree.Element, where: str):
        self.path, self.where = path, where
        self._element = element
        self._first: dict[str, ElementTree.Element] = {}
        for each in element:
            self._first.setdefault(tag(each), each)

    def refusal(self, name: str, expected: str, found: object) -> Refusal:
        """Of the value of an element inside."""
        return Refusal(self.path, f"{self.where}, {name}", expected, found)

    def text(self, name: str) -> str:
        """Of an element inside; empty where there is none."""
        found = self._first.get(name)
        return "" if found is None or found.text is None else found.text.strip()

    def number(self, name: str, default: float = 0.0, low: float = 0.0, high: float = 1e12) -> float:
        """A number within bounds."""
        text = self.text(name)
        if not text:
            return default
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not isfinite(value) or not low <= value <= high:
            raise self.refusal(name, f"a number from {low:g} to {high:g}", text)
        return value

    def whole(self, name: str, default: int = 0, low: int = -1) -> int:
        """A whole number."""
        value = float(self.number(name, default, low, 2**31))
        if not value.is_integer():
            raise self.refusal(name, "a whole number", self.text(name))
        return int(value)

    def day(self, name: str) -> date | None:
        """The day of an instant; None without one."""
        text = self.text(name)
        try:
            found = date.fromisoformat(text[:10]) if text else None
        except ValueError:
            found = date.min
        if found is not None and not 1900 <= found.year <= 2199:
            raise self.refusal(name, "a day from 1900 to 2199, such as 2027-03-01T08:00:00", text)
        return found

    def minutes(self, name: str) -> float | None:
        """A length such as PT16H0M0S; None without one."""
        text = self.text(name)
        if not text:
            return None
        parts = _DURATION.fullmatch(text)
        if parts is None or len(text) < 3:
            raise self.refusal(name, "a length such as PT16H0M0S", text)
        days, hours, minutes, seconds = (float(part or 0) for part in parts.groups())
        return 1440 * days + 60 * hours + minutes + seconds / 60

    def inside(self, *names: str) -> Iterator[ElementTree.Element]:
        """The elements of the last name, inside those of the names before it."""
        held = [self._element]
        for name in names:
            held = [each for element in held for each in element if tag(each) == name]
        yield from held


def tag(element: ElementTree.Element) -> str:
    """The name of an element, without its namespace."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""
