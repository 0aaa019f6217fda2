"""What is wrong in a file of goals, a plan or a comparison: refused by its line and the path of the field, as the file has them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from pydantic import ValidationError

from sim.records.expected import expected
from sim.records.refusal import Refusal
from sim.scenario import documents
from sim.tables.values import number

_SINGLE = ("string_type", "float_type", "int_type", "literal_error")
"""Errors of a group where a single value would do."""

_BEYOND = ("greater_than", "less_than")
"""Errors of a value that has one of the types that may stand there."""


def place(path: Path, keys: Sequence[str | int]) -> str:
    """A file with the line on which a field stands."""
    line = documents.line_of(path, keys) if keys else None
    return f"{path}:{line}" if line else str(path)


def refuse(path: Path, held: Any, error: ValidationError, record: str) -> NoReturn:
    """Raise the first error of a document as a `Refusal`, with the number of further ones.

    `record`: what the file is, as `a plan`. Of a group that may stand for a single value the first error is one of the group.
    """
    details = error.errors(include_url=False)
    of_groups = [each for each in details if not (each["type"] in _SINGLE and isinstance(each["input"], dict | list))]
    first = next((each for each in details if each["type"] == "extra_forbidden"), (of_groups or details)[0])
    keys, inside = _walked(held, first["loc"])
    beyond = (each for each in details if each["type"].startswith(_BEYOND))
    first = next((each for each in beyond if _walked(held, each["loc"])[0] == keys), first)
    if first["type"] == "missing":
        keys.append(first["loc"][-1])
    wanted = expected(first).replace("a field of this record", f"a field of {record}")
    found: object = keys[-1] if first["type"] == "extra_forbidden" and keys else inside
    if first["type"] == "missing" or found is None:
        found = "nothing"
    elif isinstance(found, dict | list):
        found = len(found) if first["type"] == "too_short" else None
    others = len({str(_walked(held, each["loc"])[0]) for each in details}) - 1
    raise Refusal(place(path, keys), ".".join(map(str, keys)), wanted, found, others) from None


def _walked(held: Any, steps: Sequence[str | int]) -> tuple[list[str | int], Any]:
    """The steps that the document has, without the names of types that pydantic puts between them, and what stands there."""
    keys: list[str | int] = []
    inside: Any = held
    for step in steps:
        in_list = isinstance(inside, list) and isinstance(step, int) and step < len(inside)
        there = step in inside if isinstance(inside, dict) else in_list
        if there:
            keys.append(step)
            inside = inside[step]
    return keys, inside


def amount(value: Any) -> Any:
    """A number written as a text, such as `3,200` or `-30 %`, which is −0.3."""
    return number(value) if isinstance(value, str) else value
