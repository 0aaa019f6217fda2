"""YAML that a user wrote, parsed within bounds: its events are read before anything is built of them.

The parser emits events one at a time and in constant memory; what is built of them is recursive, and grows with every alias.
"""

from __future__ import annotations

import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from yaml.reader import Reader

from sim.records.refusal import Refusal, short

BASE: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The loader that loaders of the lab derive from."""
DEEPEST = 64
"""Levels of nesting, with aliases written out."""
MOST_BYTES = 16 * 2**20
LONGEST_NUMBER = 400
"""Characters; the largest float has 309 digits."""
_CORE = "tag:yaml.org,2002:"
_SCALARS = {"!", *(f"{_CORE}{name}" for name in ("str", "int", "float", "bool", "null", "timestamp"))}
_NAMES = {
    f"{_CORE}{tag}": name
    for tag, name in {
        "int": "a whole number",
        "float": "a number",
        "bool": "true or false",
        "timestamp": "a date that exists, such as 2026-10-01",
    }.items()
}


@dataclass(frozen=True)
class Bounds:
    """What a document may hold, with aliases written out; the defaults are those of files that a user writes by hand."""

    levels: int = DEEPEST
    nodes: int = 500_000
    """Keys, values and collections."""
    characters: int = MOST_BYTES


class Unsound(yaml.MarkedYAMLError):
    """Something in a document that cannot be built: what was `expected` and what was `found`, at a mark."""

    def __init__(self, expected: str, found: Any, mark: Any):
        self.expected, self.found = expected, found
        problem = expected if found is None else f"{expected}, found {found}"
        super().__init__(problem=problem, problem_mark=mark)


class Loader(BASE):
    """Builds values; the error for a scalar that does not fit its tag names its place."""

    def construct_object(self, node: Any, deep: bool = False) -> Any:
        """The value of a node; one that cannot be read as its type is refused with its place."""
        if not isinstance(node, yaml.ScalarNode):
            return super().construct_object(node, deep)
        try:
            if node.tag in (f"{_CORE}int", f"{_CORE}float") and len(node.value) > LONGEST_NUMBER:
                raise Unsound(f"a number of at most {LONGEST_NUMBER} digits", node.value, node.start_mark)
            return super().construct_object(node, deep)
        except (AttributeError, IndexError, KeyError, ValueError):
            raise Unsound(_NAMES.get(node.tag, "a text"), node.value, node.start_mark) from None


class Core(Loader):
    """The core schema of YAML 1.2, in place of YAML 1.1's base-60 numbers, octals, and `yes`, `no`, `on`, `off`. Dates are texts."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}


for _tag, _pattern, _first in [
    ("merge", r"<<", ["<"]),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?(0|[1-9][0-9]*)", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+.0123456789"),
]:
    Core.add_implicit_resolver(f"{_CORE}{_tag}", re.compile(rf"(?:{_pattern})\Z"), list(_first))
Core.add_constructor(f"{_CORE}float", lambda loader, node: float(loader.construct_scalar(node)))
Core.add_constructor(f"{_CORE}int", lambda loader, node: int(loader.construct_scalar(node)))


class EachKeyOnce(Core):
    """Files that a person writes by hand: a key that stands twice is a mistake, as is one that is neither text nor whole number."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict:
        """The mapping of a node. Raises `Unsound` for a key that stands twice or is neither text nor whole number."""
        seen = set()
        for key_node, _ in node.value:
            if key_node.tag == f"{_CORE}merge":
                continue
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, (str, int)) or isinstance(key, bool):
                raise Unsound("a key that is a text", key, key_node.start_mark)
            if str(key) in seen:
                raise Unsound(f"each key once, found {short(key)} again", None, key_node.start_mark)
            seen.add(str(key))
        return super().construct_mapping(node, deep)


def load(text: str, loader: Any = Loader, bounds: Bounds = Bounds()) -> Any:
    """The one document in `text` as plain values. Raises `Unsound` for what is out of bounds, `yaml.YAMLError` for what is no YAML."""
    check(text, bounds)
    return yaml.load(text, loader)


def check(text: str, bounds: Bounds = Bounds()) -> None:
    """Raise `Unsound` for a text that is too large, too deep, tagged, holds itself, or grows too large with its aliases written out."""
    if odd := Reader.NON_PRINTABLE.search(text):
        raise Unsound("text without control characters", odd.group(), _mark(text, odd.start()))
    if len(text) > bounds.characters:
        raise Unsound(
            f"at most {bounds.characters >> 20} MB (long lists may stand in tables)", f"{len(text):,} characters", None
        )
    size = _Size(bounds)
    documents = 0
    for event in yaml.parse(text, BASE):
        if isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise Unsound("one document", "another that begins with ---", event.start_mark)
        elif isinstance(event, yaml.AliasEvent):
            size.repeat(event)
        elif isinstance(event, yaml.ScalarEvent):
            _plain_tag(event, _SCALARS)
            size.add(event, event.anchor, 1, 0)
        elif isinstance(event, yaml.CollectionStartEvent):
            _plain_tag(event, {"!", f"{_CORE}{'map' if isinstance(event, yaml.MappingStartEvent) else 'seq'}"})
            size.open(event)
        elif isinstance(event, yaml.CollectionEndEvent):
            size.close(event)


class _Size:
    """Nodes and levels of what was read so far, aliases written out."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._nodes = 0
        self._open: list[list] = []  # of each collection around: its anchor, nodes when it began, levels below it
        self._known: dict[str, tuple[int, int]] = {}

    def open(self, event: Any) -> None:
        self._open.append([event.anchor, self._nodes, 0])
        self._hold(event, 1, 0)

    def close(self, event: Any) -> None:
        anchor, before, levels = self._open.pop()
        nodes, self._nodes = self._nodes - before, before
        self.add(event, anchor, nodes, levels + 1)

    def repeat(self, event: Any) -> None:
        if event.anchor not in self._known:
            itself = any(anchor == event.anchor for anchor, *_ in self._open)
            sound = "a value that does not hold itself" if itself else "an alias of an anchor that stands above it"
            raise Unsound(sound, f"*{event.anchor}", event.start_mark)
        self.add(event, None, *self._known[event.anchor])

    def add(self, event: Any, anchor: str | None, nodes: int, levels: int) -> None:
        """Count a value that has ended."""
        self._hold(event, nodes, levels)
        if self._open:
            self._open[-1][2] = max(self._open[-1][2], levels)
        if anchor is not None:
            self._known[anchor] = nodes, levels

    def _hold(self, event: Any, nodes: int, levels: int) -> None:
        self._nodes += nodes
        if len(self._open) + levels > self._bounds.levels:
            raise Unsound(
                f"at most {self._bounds.levels} levels of nesting, aliases (*name) written out", None, event.start_mark
            )
        if self._nodes > self._bounds.nodes:
            raise Unsound(f"at most {self._bounds.nodes:,} values, aliases (*name) written out", None, event.start_mark)


def _plain_tag(event: Any, allowed: set[str]) -> None:
    if event.tag is not None and event.tag not in allowed:
        raise Unsound("a plain value, without a tag", event.tag.replace(_CORE, "!!"), event.start_mark)


def _mark(text: str, at: int) -> Any:
    line = text.count("\n", 0, at)
    return yaml.Mark("", at, line, at - (text.rfind("\n", 0, at) + 1), None, 0)


def read_text(path: Path, what: str, most: int = MOST_BYTES) -> str:
    """The UTF-8 text of a file; `what` names it in a `Refusal`."""
    return decoded(path, read_bytes(path, what, most), what)


def read_bytes(path: Path, what: str, most: int = MOST_BYTES) -> bytes:
    """The bytes of a regular file of at most `most` bytes: a pipe or a device may never end."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            kind = "a folder" if stat.S_ISDIR(status.st_mode) else "a pipe or a device"
            raise Refusal(path, "", f"{what}, a file", kind)
        if status.st_size > most:
            raise Refusal(path, "", f"{what} of at most {most >> 20} MB", f"{status.st_size:,} bytes")
        return path.read_bytes()
    except FileNotFoundError:
        raise Refusal(path, "", what, "no such file") from None
    except Refusal:
        raise
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        raise Refusal(path, "", what, getattr(error, "strerror", None) or "no such file") from None


def decoded(path: Path, data: bytes, what: str) -> str:
    """The text of a file's bytes as UTF-8. Raises `Refusal`."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Refusal(f"{path}:{line}", "", f"{what} in UTF-8", data[error.start : error.start + 4]) from None
