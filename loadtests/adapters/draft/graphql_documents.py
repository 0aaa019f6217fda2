"""GraphQL documents as text: which operations they hold, and the values that stand in them (https://spec.graphql.org, section 2)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

TOKEN = re.compile(
    r'(?P<block>"""(?:\\"""|[\s\S])*?""")|(?P<text>"(?:\\.|[^"\\\n])*")|(?P<comment>#[^\n\r]*)|(?P<name>[_A-Za-z]\w*)'
    r"|(?P<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|(?P<mark>\.\.\.|[{}()\[\]:$!=@|&])"
)
KINDS = ("query", "mutation", "subscription")


@dataclass(frozen=True)
class Operation:
    """What a GraphQL document does: query or mutation, by name."""

    kind: str
    name: str
    field: str
    """The first field that it asks for; empty where it asks for a fragment only."""


@dataclass(frozen=True)
class Literal:
    """A text or a whole number written in a document as the value of `key`, from `start` to `end`."""

    key: str
    value: str | int
    start: int
    end: int


@lru_cache(maxsize=1024)
def operations(document: str) -> Sequence[Operation]:
    """A document's operations in their order, without its fragments."""
    listed: list[Operation] = []
    tokens = [each for each in TOKEN.finditer(document) if each.lastgroup != "comment"]
    at = 0
    while at < len(tokens):
        word = tokens[at][0]
        start = _opening(tokens, at)
        end = _closing(tokens, start)
        if word in KINDS or word == "{":
            named = word != "{" and at + 1 < start and tokens[at + 1].lastgroup == "name"
            kind = word if word in KINDS else "query"
            listed.append(Operation(kind, tokens[at + 1][0] if named else "", _first_field(tokens[start + 1 : end])))
        at = end + 1
    return listed


def operation(document: str, name: str = "") -> Operation:
    """The operation of that name, else the first one; an empty query where the document has none."""
    listed = operations(document)
    return next(
        (each for each in listed if name and each.name == name), listed[0] if listed else Operation("query", "", "")
    )


def arguments(document: str) -> dict[str, str]:
    """By variable the argument that it is passed to."""
    return {match[2]: match[1] for match in re.finditer(r"(\w+)\s*:\s*\[?\s*\$(\w+)", document)}


def literals(document: str) -> Iterator[Literal]:
    """Values that were written into a document instead of being sent as variables; defaults of variables are none."""
    depth, key, before, defined = 0, "", "", False
    for token in TOKEN.finditer(document):
        word = token[0]
        if word in ("(", ")"):
            depth, key = depth + (1 if word == "(" else -1), ""
        elif word == ":":
            key = "" if defined else before
        elif depth and key and token.lastgroup in ("text", "number"):
            value = _value(word)
            if value is not None:
                yield Literal(key, value, *token.span())
        defined = before == "$" or (defined and word == ":")
        if token.lastgroup == "name" or word == "$":
            before = word


def _opening(tokens: Sequence[re.Match], at: int) -> int:
    """Where the selection of a definition begins: variables may hold braces too."""
    depth = 0
    for place in range(at, len(tokens)):
        depth += {"(": 1, ")": -1}.get(tokens[place][0], 0)
        if tokens[place][0] == "{" and not depth:
            return place
    return len(tokens)


def _closing(tokens: Sequence[re.Match], start: int) -> int:
    depth = 0
    for place in range(start, len(tokens)):
        depth += {"{": 1, "}": -1}.get(tokens[place][0], 0)
        if not depth:
            return place
    return len(tokens)


def _first_field(tokens: Sequence[re.Match]) -> str:
    spread = False
    for place, token in enumerate(tokens):
        if token[0] == "...":
            spread = True
        elif token.lastgroup == "name":
            inside = spread and place and tokens[place - 1][0] in ("...", "on")
            if inside or (token[0] == "on" and spread):
                continue
            aliased = place + 2 < len(tokens) and tokens[place + 1][0] == ":"
            return tokens[place + 2][0] if aliased else token[0]
    return ""


def _value(word: str) -> str | int | None:
    try:
        value = json.loads(word)
    except ValueError:
        return None
    return None if isinstance(value, float) else value
