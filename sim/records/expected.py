"""Pydantic's errors in words: what should have stood in a file, for every door that is checked by a model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_EXPECTED = {
    "missing": "a value",
    "extra_forbidden": "a field of this record",
    "union_tag_not_found": "a value",
    "union_tag_invalid": "one of {expected_tags}",
    "literal_error": "{expected}",
    "greater_than": "a number > {gt}",
    "greater_than_equal": "a number ≥ {ge}",
    "less_than": "a number < {lt}",
    "less_than_equal": "a number ≤ {le}",
    "finite": "a finite number",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "string": "a text",
    "string_too_long": "at most {max_length} characters",
    "string_pattern_mismatch": "a text that matches {pattern}",
    "list": "a list",
    "tuple": "a list",
    "too_short": "at least {min_length} of them",
    "too_long": "at most {max_length} of them",
    "dict": "a mapping of fields",
    "model": "a mapping of fields",
    "date": "a date, such as 2026-10-01",
    "datetime": "a date and time, such as 2026-10-01 09:30",
    "time": "a time of day, such as 09:30",
    "json_invalid": "text that UTF-8 can hold",
}
"""By pydantic's type of error, or by the first word of it."""


def expected(detail: Mapping[str, Any]) -> str:
    """What should have stood there, by one of `ValidationError.errors()`; a model's own message unchanged."""
    kind = detail["type"]
    for key in (kind, kind.partition("_")[0]):
        if key in _EXPECTED:
            context = {name: f"{v:g}" if isinstance(v, float) else v for name, v in detail.get("ctx", {}).items()}
            return _EXPECTED[key].format(**context)
    return detail["msg"].removeprefix("Value error, ").removeprefix("Input should be ")


def of_flag(message: str) -> str:
    """A message of the command line about a flag's value, which is worded for a form, in the lab's words."""
    return message.replace("Input should be", "expected").replace("Value error, ", "")
