"""What recordings, collections and descriptions are read into: calls in order, with what was answered."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path as File
from typing import Any

from sim.records.refusal import Refusal

Path = tuple[str | int, ...]
"""Where in a JSON value: keys and indices."""


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    params: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in lower case, here and in the answer."""
    body: Any = None
    """What a JSON body held."""
    form: Mapping[str, str] | None = None
    answer: Any = None
    answer_headers: Mapping[str, str] = field(default_factory=dict)
    journey: str = ""
    """Where the file tells it; else it is guessed from the words."""

    @property
    def graphql(self) -> bool:
        return isinstance(self.body, dict) and isinstance(self.body.get("query"), str) and "{" in self.body["query"]

    @property
    def writes(self) -> bool:
        if self.graphql:
            return self.body["query"].lstrip().startswith("mutation")
        return self.method not in ("GET", "HEAD")

    @property
    def words(self) -> str:
        """What tells the call's purpose: its path, or a GraphQL query's fields."""
        if not self.graphql:
            return self.path + ("?" + "&".join(name for name, _ in self.params) if self.params else "")
        return re.sub(r"(?<=[a-z])(?=[A-Z])", "-", self.field)

    @property
    def field(self) -> str:
        """The first field that a GraphQL query asks for."""
        inside = self.body["query"].partition("{")[2]
        return re.match(r"\s*(?:\w+\s*:\s*)?(\w*)", inside)[1]


@dataclass(frozen=True)
class Recording:
    """Calls to one host, in order. `dropped` tells what was left out."""

    calls: Sequence[Call]
    host: str = ""
    dropped: Sequence[str] = ()
    auth: str | None = None
    """Python for an adapter's `auth`; empty for none, None where the calls must tell it."""
    variables: Sequence[str] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    """Environment variables that paths name (`{setting NAME}`), each with the value that holds where it is not set."""


def leaves(value: Any, at: Path = ()) -> Iterator[tuple[Path, Any]]:
    """The plain values in a JSON value, each with where it stands."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*at, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from leaves(inner, (*at, index))
    elif value is not None:
        yield at, value


def read_json(path: File, what: str) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError) as error:
        raise Refusal(path, "", what, str(error)) from None
