"""What a replay would send, without sending it: each journey played once against an answer that is anything one asks of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import pyarrow as pa

from loadtests import schedule
from loadtests.adapters.base import Adapter
from loadtests.adapters.errand import Errand

MOST_REQUESTS = 30
"""A journey that pages on as long as there is more would never end here."""


class Anything(str):
    """A part of an answer that nobody has seen: it has every field, one element, and stands in text as `{id}`."""

    def __new__(cls) -> Anything:
        return super().__new__(cls, "{id}")

    def __getitem__(self, _: Any) -> Anything:
        return self

    def __iter__(self):
        yield self

    def get(self, *_: Any) -> Anything:
        return self

    items = values = get

    def __len__(self) -> int:
        return 1

    def __add__(self, _: Any) -> Anything:
        return self

    __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = __mod__ = __rmod__ = __neg__ = __add__

    def __lt__(self, _: Any) -> bool:
        return False

    __gt__ = __le__ = __ge__ = __lt__

    def __int__(self) -> int:
        return 1


class _Fields(dict):
    def __missing__(self, _: Any) -> Anything:
        return Anything()

    def get(self, name: Any, *_: Any) -> Any:
        return self[name]


class _Answer:
    status, error, body = 200, "", b""
    headers: Mapping[str, str] = {}
    json = _Fields()


class _Notes:
    """A client that writes down what it is told to send."""

    def __init__(self):
        self.sent: list[str] = []

    def send(self, method: str, path: str, body: bytes | None = None, _headers: Any = None) -> _Answer:
        if len(self.sent) == MOST_REQUESTS:
            raise RuntimeError("this journey goes on for ever")
        self.sent.append(f"{method} {unquote(path)}{f' {body.decode()}' if body else ''}")
        return _Answer()


class _Clients(dict):
    def __init__(self, notes: _Notes):
        self._notes = notes

    def __missing__(self, _: str) -> _Notes:
        return self._notes


@dataclass
class _Sketch(Errand):
    def pause(self, seconds: float) -> None:
        pass


def sketch(adapter: Adapter, planned: pa.Table) -> dict[str, list[str]]:
    """Requests of the first journey of each kind, `METHOD /path body`, as far as they can be told without answers."""
    adapter.adopt(_Fields(products=[[code, "{id}"] for code in adapter.shelf.skus]))
    names = planned["journey"].cast(pa.string()).to_pylist()
    found = {}
    for journey in dict.fromkeys(names):
        row = next(schedule.unpack(schedule.pack(planned.slice(names.index(journey), 1))))
        notes = _Notes()
        adapter.clients = _Clients(notes)
        errand = _Sketch(
            adapter, row.row, journey, row.location, row.customer, row.skus, row.quantities, Anything(), 0.0, lambda: 0.0, lambda *_: None
        )  # fmt: skip
        adapter.play(errand)
        found[journey] = notes.sent
    return found
