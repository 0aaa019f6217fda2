"""Which value of a call came from which answer before it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from loadtests.draft.calls import Call, Path, leaves

IDENTITY = re.compile(
    r"(^|[_-])(id|uuid|guid|key|code|number|no|num|ref|reference|token|sku|upc|ean|url|href|version|slug|handle|cursor)s?$"
    r"|(Id|ID|Uuid|Key|Code|Number|No|Ref|Token|Sku|Url|Version)s?$"
)
VERBATIM = 8
"""A text at least so long that comes back word for word came from there, whatever its name."""


@dataclass(frozen=True)
class Source:
    """A place in the answer of a call."""

    call: int
    at: Path


def sources(calls: Sequence[Call]) -> list[dict[Any, Source]]:
    """For each call, where values that identify something stand in the answers before it: the latest."""
    known: dict[Any, Source] = {}
    before: list[dict[Any, Source]] = []
    for place, call in enumerate(calls):
        before.append(dict(known))
        for at, value in leaves(call.answer):
            key = next((str(part) for part in reversed(at) if isinstance(part, str)), "")
            if isinstance(value, bool | float) or value == "" or not (_long(value) or IDENTITY.search(key)):
                continue
            known[value] = Source(place, at)
            if isinstance(value, int):
                known[str(value)] = Source(place, at)
    return before


def identifies(key: str, value: Any) -> bool:
    """Whether a value in a body may be one that an answer brought."""
    return bool(IDENTITY.search(key)) or _long(value)


def _long(value: Any) -> bool:
    return isinstance(value, str) and len(value) >= VERBATIM and not re.search(r"\s", value)
