"""The calls that recordings, collections and descriptions are read into, in order, with their answers."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path as File
from typing import Any

from loadtests.adapters.draft import graphql_documents
from sim.records.refusal import Refusal

Path = tuple[str | int, ...]
"""Where in a JSON value: keys and indices."""
DEEPEST = 40
"""Levels of a JSON value that are read: Python's own parser ends at a hundred brackets."""
SHOWN = 12
"""Of what was left out for one reason, so many items are named."""
CHANGES = re.compile(
    r"create|add|remove|delete|update|set(?=[A-Z])|place|complete|submit|apply|register|log-?in|transition|pay|cancel|return",
    re.I,
)
"""Words by which an operation whose text is not known is taken for a mutation."""


@dataclass(frozen=True)
class Call:
    """A request of a recording or a collection, with its answer."""

    method: str
    path: str
    params: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in lower case, here and in the answer."""
    body: Any = None
    """The value of a JSON body."""
    form: Mapping[str, str] | None = None
    answer: Any = None
    answer_headers: Mapping[str, str] = field(default_factory=dict)

    journey: str = ""
    """Where the file states it; else it is guessed from the words."""
    parts: bool = False
    """Whether the form is sent as multipart/form-data."""
    batched: bool = False
    """Whether a GraphQL operation is sent as a list of one."""
    staff: bool = False
    """Whether it is a call of the administration API."""
    at: str = ""
    """The other host it goes to, by name; empty for the recording's main host."""

    @property
    def graphql(self) -> bool:
        """Whether the body is a GraphQL operation: its text, or the hash of a text that the server keeps."""
        if not isinstance(self.body, dict):
            return False
        text = self.body.get("query")
        return "{" in text if isinstance(text, str) else self.persisted

    @property
    def persisted(self) -> bool:
        """Whether it names a persisted query by its hash instead of sending the query."""
        extensions = self.body.get("extensions") if isinstance(self.body, dict) else None
        return (
            isinstance(extensions, dict)
            and "persistedQuery" in extensions
            and not isinstance(self.body.get("query"), str)
        )

    @property
    def operation(self) -> graphql_documents.Operation:
        """The GraphQL operation; for a persisted one, as derived from its name and its answer."""
        name = self.body.get("operationName")
        name = name if isinstance(name, str) else ""
        if not self.persisted:
            return graphql_documents.operation(self.body["query"], name)
        data = self.answer.get("data") if isinstance(self.answer, dict) else None
        field = next((key for key in data if key != "__typename"), name) if isinstance(data, dict) else name
        writes = self.method != "GET" and CHANGES.search(field or name)
        return graphql_documents.Operation("mutation" if writes else "query", name, field)

    @property
    def variables(self) -> Mapping[str, Any]:
        """A GraphQL operation's variables."""
        given = self.body.get("variables")
        return given if isinstance(given, dict) else {}

    @property
    def writes(self) -> bool:
        """Whether it changes something: a mutation, or neither GET nor HEAD."""
        if self.graphql:
            return self.operation.kind == "mutation"
        return self.method not in ("GET", "HEAD")

    @property
    def words(self) -> str:
        """The words that show the call's purpose: its path, or a GraphQL query's fields."""
        if not self.graphql:
            return self.path + ("?" + "&".join(name for name, _ in self.params) if self.params else "")
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", self.field)

    @property
    def field(self) -> str:
        """The first field that a GraphQL query asks for, or else its name."""
        return self.operation.field or self.operation.name


@dataclass(frozen=True)
class Recording:
    """Calls to one host and to other hosts. `dropped` lists what was left out."""

    calls: Sequence[Call]
    host: str = ""
    dropped: Sequence[str] = ()
    auth: str | None = None
    """Python for an adapter's `auth`; empty for none, None where it is to be derived from the calls."""
    variables: Sequence[str] = ()
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    """The variable that holds the base URL of each other host, by the name in a call's `at`."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """Environment variables that paths name (`{setting NAME}`), each with the value that holds where it is not set."""
    ordered: bool = True
    """Whether the calls stand in the order in which they were made."""


def left_out(items: Iterable[tuple[str, str]]) -> list[str]:
    """A text line for each reason, with what was left out for it. items: reason and what; of the same things only the number is given."""
    by_reason: dict[str, Counter[str]] = {}
    for reason, what in items:
        by_reason.setdefault(reason, Counter())[what] += 1
    lines = []
    for reason, things in by_reason.items():
        count = sum(things.values())
        shown = [f"{what} ({times})" if times > 1 else what for what, times in things.most_common(SHOWN)]
        more = [f"{len(things) - SHOWN} more"] if len(things) > SHOWN else []
        lines.append(f"{reason}: {count} call{'s' * (count != 1)}: {', '.join(shown + more)}")
    return lines


def leaves(value: Any, at: Path = ()) -> Iterator[tuple[Path, Any]]:
    """The plain values in a JSON value, each with its place; not below `DEEPEST` levels."""
    if len(at) > DEEPEST:
        return
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*at, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from leaves(inner, (*at, index))
    elif value is not None:
        yield at, value


def read_json(path: File, what: str) -> Any:
    """The JSON in a file. Raises `Refusal` with `what` was expected where there is none."""
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise Refusal(path, "", what, str(error)) from None


def parse_json(text: str | None) -> Any:
    """A JSON text's value; None where it is none, holds numbers that JSON does not allow, or is nested too deep to be written."""
    try:
        value = json.loads(text or "", parse_constant=_unknown)
    except (ValueError, RecursionError):
        return None
    return value if _depth_within(value, DEEPEST) else None


def _unknown(word: str) -> None:
    raise ValueError(word)


def _depth_within(value: Any, levels: int) -> bool:
    if not isinstance(value, dict | list):
        return True
    return levels > 0 and all(
        _depth_within(inner, levels - 1) for inner in (value.values() if isinstance(value, dict) else value)
    )
