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
MADE_UP = re.compile(r"\(.*\)|-?\d+")
"""How values look that stand for whatever a schema allows: they tell nothing of where they came from."""
VERBATIM = 8
"""A text at least so long that comes back word for word came from there, whatever its name."""


@dataclass(frozen=True)
class Source:
    """A place in the answer of a call."""

    call: int
    at: Path


def sources(calls: Sequence[Call], ordered: bool = True) -> list[dict[Any, Source]]:
    """For each call, where values that identify something stand in the answers of others: the latest before it, where there is an order."""
    known: dict[Any, Source] = {}
    before: list[dict[Any, Source]] = []
    for place, call in enumerate(calls):
        before.append(known if not ordered else dict(known))
        for at, value in leaves(call.answer):
            key = next((str(part) for part in reversed(at) if isinstance(part, str)), "")
            if isinstance(value, bool | float) or value == "" or not (_long(value) or IDENTITY.search(key)):
                continue
            if not ordered and (MADE_UP.fullmatch(str(value)) or value in call.path.split("/")):
                continue
            if ordered or value not in known or call.writes:
                known[value] = Source(place, at)
                if isinstance(value, int):
                    known[str(value)] = Source(place, at)
    return before


def takes(calls: Sequence[Call], known: Sequence[dict[Any, Source]]) -> dict[int, set[int]]:
    """By call, the calls whose answers it uses."""
    found: dict[int, set[int]] = {}
    for place, call in enumerate(calls):
        found[place] = {known[place][value].call for value in _used(call) if value in known[place]} - {place}
    return found


def identifies(key: str, value: Any) -> bool:
    """Whether a value in a body may be one that an answer brought."""
    return bool(IDENTITY.search(key)) or _long(value)


def _used(call: Call) -> list[Any]:
    held = [
        value
        for at, value in leaves(call.body)
        if identifies(str(at[-1]) if at else "", value) and not isinstance(value, bool | float)
    ]
    return [*call.path.split("/"), *(value for _, value in call.params), *held]


def _long(value: Any) -> bool:
    return isinstance(value, str) and len(value) >= VERBATIM and not re.search(r"\s", value)
