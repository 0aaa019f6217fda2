"""JSON values and places in them, as Python writes them."""

from __future__ import annotations

import json
from typing import Any, cast

from loadtests.adapters.draft.calls import Path


def reached(value: Any, at: Path) -> Any:
    """The value at a place in a JSON value; None where there is none."""
    for key in at:
        if (isinstance(value, list) and isinstance(key, int) and key < len(value)) or (
            isinstance(value, dict) and key in value
        ):
            value = value[cast(Any, key)]
        else:
            return None
    return value


def front(at: Path) -> Path:
    """The same place in the first elements of the lists."""
    return tuple(0 if isinstance(part, int) else part for part in at)


def index(at: Path, quote: str = '"') -> str:
    """Python that goes to a place in a value."""
    return "".join(
        f"[{part}]" if isinstance(part, int) else f"[{text(part) if quote == chr(34) else repr(part)}]" for part in at
    )


def text(value: str) -> str:
    """A Python literal in double quotes."""
    try:
        value.encode()
        return json.dumps(value, ensure_ascii=False)
    except UnicodeEncodeError:  # half of a surrogate pair, which UTF-8 cannot encode
        return json.dumps(value)


def literal(value: Any) -> str:
    """A JSON value as Python, as it stands."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{text(str(key))}: {literal(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(literal, value)) + "]"
    return text(value) if isinstance(value, str) else repr(value)


def block(document: str) -> str:
    """A part of a GraphQL document as a Python literal, over several lines where it has them."""
    if document.replace("\n", "").isprintable() and not document.endswith('"'):
        return '"""' + document.replace("\\", "\\\\").replace('"""', '\\"\\"\\"') + '"""'
    return text(document)
