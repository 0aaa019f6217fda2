"""Which value of a call came from which answer before it."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from loadtests.adapters.draft.calls import Call, Path, leaves

IDENTITY = re.compile(
    r"(^|[_-])(id|uuid|guid|key|code|number|no|num|ref|reference|token|sku|upc|ean|url|href|version|slug|handle|cursor)s?$"
    r"|(Id|ID|Uuid|Key|Code|Number|No|Ref|Token|Sku|Url|Version)s?$"
)
MADE_UP = re.compile(r"\(.*\)|-?\d+")
"""Placeholder values of a schema's type: they give no evidence of where they came from."""
VERBATIM = 8
"""A text of this length or more that is sent as it was answered came from that answer, whatever its key."""

CHANGING = frozenset(["version", "revision", "cursor", "etag"])
"""Words of values that change with each answer: the latest answer counts. For all else the first counts, where the value was made."""
SAY_NOTHING = frozenset(
    re.split(
        r"\s+",
        "id uuid guid key no num ref href url uri value data node edge item result list entity attribute relationship get post api store "
        "shop rest v by of the my me all new query input option page set add create update make to for on from with is",
    )
)
"""Words found with every id, which are uninformative."""


@dataclass(frozen=True)
class Source:
    """A place in the answer of a call."""

    call: int
    at: Path
    words: frozenset[str] = frozenset()
    """Words for the place: the keys that lead to it, and the collection in the call's path."""
    near: frozenset[str] = frozenset()
    """The nearest of these words: the key itself where it is more than `id`, else the noun that it is the id of."""


@dataclass(frozen=True)
class Earlier(Mapping):
    """The values in answers before one call, each with its places.

    A value may have many places. `choose` takes the one whose words match those of the place that uses it: the value of `variant_id` comes
    from a variant, that of `/carts/{}` from a cart. An id that a platform counts (17) is no evidence by itself and needs such words.
    """

    places: Mapping[Any, Sequence[Source]]
    before: int | None
    """Only answers of calls before this one; None where the calls have no order."""

    def all(self, value: Any) -> list[Source]:
        """Every place of the value in earlier answers."""
        return [each for each in self.places.get(value, ()) if self.before is None or each.call < self.before]

    def choose(
        self, value: Any, taking: frozenset[str], preferred: Callable[[Source], int], certain: float = math.inf
    ) -> Source | None:
        """The place that a value came from. taking: words of the place that takes it.

        preferred: the greater, the rather, among equals; from `certain` on also where neither words nor the value are evidence.
        """
        candidates = self.all(value)
        if not candidates:
            return None
        best = max(
            candidates,
            key=lambda each: (
                2 * len(taking & each.near) + len(taking & each.words) > 0,
                preferred(each),
                2 * len(taking & each.near) + len(taking & each.words),
                -_elements(each.at),
                each.call if each.near & CHANGING else -each.call,
            ),
        )
        return best if telling(value) or taking & best.words or preferred(best) >= certain else None

    def __getitem__(self, value: Any) -> Source:
        places = self.all(value)
        if not places:
            raise KeyError(value)
        return places[-1] if self.before is not None else places[0]

    def __iter__(self) -> Iterator[Any]:
        return (value for value in self.places if self.all(value))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, value: object) -> bool:
        places = self.places.get(value, ())
        return bool(places) and (self.before is None or places[0].call < self.before)


def sources(calls: Sequence[Call], ordered: bool = True) -> list[Earlier]:
    """For each call, the places of identifying values in the answers of other calls: of earlier ones, where there is an order."""
    known: dict[Any, list[Source]] = {}
    seen: set[tuple] = set()  # of places with the same words the first is enough
    for place, call in enumerate(calls):
        of_call = words_of(call.words)
        for at, value in leaves(call.answer):
            key = next((str(part) for part in reversed(at) if isinstance(part, str)), "")
            if isinstance(value, bool | float) or value == "" or not (_long(value) or IDENTITY.search(key)):
                continue
            if not ordered and (MADE_UP.fullmatch(str(value)) or value in call.path.split("/")):
                continue
            keys = [part for part in at if isinstance(part, str)]
            near = _nearest(keys) or of_call
            source = Source(place, at, frozenset().union(of_call, *map(words_of, keys)), near)
            for each in {value, str(value)} if isinstance(value, int) else (value,):
                kept = known.setdefault(each, [])
                alike = (each, call.method, source.words, tuple(0 if isinstance(part, int) else part for part in at))
                if (ordered and (alike not in seen or near & CHANGING)) or not kept:
                    kept.append(source)
                    seen.add(alike)
                elif not ordered and call.writes:
                    kept[0] = source
    return [Earlier(known, place if ordered else None) for place in range(len(calls))]


def words_of(text: str) -> frozenset[str]:
    """Words in a name or a path, in lower case and the singular, without the uninformative ones."""
    words = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", text)
    return (
        frozenset(
            re.sub(r"(?<=[a-z]{2})(ies|s)$", lambda end: "y" if end[0] == "ies" else "", each.lower()) for each in words
        )
        - SAY_NOTHING
    )


def telling(value: Any) -> bool:
    """Whether a value by itself is evidence of where it came from: long, or of letters with digits, or a marker."""
    if not isinstance(value, str):
        return False
    if value[:1] == "<" or "{{" in value:
        return True
    return (_long(value) and not value.isalpha()) or bool(
        re.search(r"\d", value) and re.search(r"[A-Za-z]", value) and len(value) >= 5
    )


def _nearest(keys: Sequence[str]) -> frozenset[str]:
    for key in reversed(keys):
        if words := words_of(key):
            return words
    return frozenset()


def _elements(at: Path) -> int:
    """The sum of the 1-based indices on the way to an element: how far it is from the front of its lists."""
    return sum(part + 1 for part in at if isinstance(part, int))


def takes(calls: Sequence[Call], known: Sequence[Earlier]) -> dict[int, set[int]]:
    """By call, the calls whose answers it uses."""
    used: dict[int, set[int]] = {}
    for place, call in enumerate(calls):
        used[place] = {known[place][value].call for value in _used(call) if value in known[place]} - {place}
    return used


def identifies(key: str, value: Any) -> bool:
    """Whether a value in a body may come from an answer."""
    return bool(IDENTITY.search(key)) or _long(value)


def _used(call: Call) -> list[Any]:
    in_body = [
        value
        for at, value in leaves(call.body)
        if identifies(str(at[-1]) if at else "", value) and not isinstance(value, bool | float)
    ]
    return [*call.path.split("/"), *(value for _, value in call.params), *in_body]


def _long(value: Any) -> bool:
    return isinstance(value, str) and len(value) >= VERBATIM and not re.search(r"\s", value)
