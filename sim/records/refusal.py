"""The error for wrong input: one line that names file, field, what was expected and what stood there."""

from __future__ import annotations

import re

_ABSENT = re.compile(r"no such [\w ]+|no rows|none( in \w+)?|nothing", re.IGNORECASE)
"""Stands in the line where the field was empty; a value is quoted."""


class Refusal(ValueError):
    """Input that cannot be used. Its text is one line; the command prints it and ends with exit status 64.

    `where` is a file, a flag or another place a person can go to; `field` the path inside it (row, column, `a.b.c`; may be empty),
    `more` the number of further things to correct there, `body` the beginning of an answer that an API gave instead.
    """

    def __init__(
        self, where: object, field: object, expected: str, found: object = None, more: int = 0, body: str = ""
    ):
        self.where, self.field, self.expected, self.found = str(where), str(field), expected, found
        self.more, self.body = more, body
        # What it was made with: SimPy makes an exception that ends a process again from its `args`, and so does pickle.
        super().__init__(self.where, self.field, expected, found, more, body)

    def __str__(self) -> str:
        place = f"{self.where}: {_clipped(_on_one_line(self.field), 200)}" if self.field else self.where
        stood = "" if self.found is None else f", found {short(self.found)}"
        others = f"; {self.more} more to correct" if self.more else ""
        body = f"; body: {self.body}" if self.body else ""
        return one_line(f"{place}: expected {self.expected}{stood}{others}{body}")


def one_line(text: str) -> str:
    """Text from outside as one line of a terminal: line ends and control characters are replaced."""
    return "".join(each if each.isprintable() else "\ufffd" for each in text)


def short(found: object, most: int = 120) -> str:
    """What was found as it is written in Python; of a long one the beginning and the end."""
    if isinstance(found, str) and _ABSENT.fullmatch(found):
        return found.lower()
    return _clipped(_on_one_line(repr(found)), most)


def _on_one_line(text: str) -> str:
    return " ".join(text.split())


def _clipped(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 41]}…{text[-40:]}"
