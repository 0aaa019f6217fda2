"""The files of an API's description as plain values: JSON or YAML, split over files or not, with every reference followed inside them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import yaml

from sim.records import bounded_yaml
from sim.records.refusal import Refusal

BOUNDS = bounded_yaml.Bounds(levels=200, nodes=20_000_000, characters=256 * 2**20)
"""Of a file, JSON or YAML: descriptions of large platforms are written by programs."""
LONGEST_CHAIN = 32
EXAMPLES = frozenset({"example", "examples", "default", "enum", "const"})
"""Keys below which a `$ref` is data."""

Json = dict[str, Any]


class Description:
    """A description's first file as `spec`, and what its references name, in this file or in those beside it.

    Nothing is read over the network: a reference to a URL, or to a place that is not there, is listed in `unresolved`.
    """

    def __init__(self, path: Path):
        """Raises `Refusal` for a file that cannot be read, also for one that another file names."""
        self.documents: dict[Path, Any] = {}
        self.unresolved: dict[str, int] = {}
        self.home = path.resolve()
        self.spec = self._read(self.home, path)
        ahead = [self.home]
        while ahead:
            here = ahead.pop()
            for holder in list(_holders(self.documents[here])):
                reference = holder["$ref"]
                file, _, fragment = reference.partition("#")
                if "://" in file:
                    continue
                there = (here.parent / unquote(file)).resolve() if file else here
                if there not in self.documents:
                    self.documents[there] = self._read(there, there, f"{here.name} names it")
                    ahead.append(there)
                holder["$ref"] = f"{there}#{fragment}"

    def resolve(self, what: Any) -> Json:
        """The mapping itself, or the one its references lead to; empty where there is none."""
        for _ in range(LONGEST_CHAIN):
            if not isinstance(what, dict):
                return {}
            reference = what.get("$ref")
            if not isinstance(reference, str):
                return what
            what = self._at(reference)
        return {}

    def _at(self, reference: str) -> Any:
        file, _, fragment = reference.rpartition("#")
        value = self.documents.get(Path(file)) if "://" not in reference else None
        for key in filter(None, fragment.split("/")):
            key = unquote(key).replace("~1", "/").replace("~0", "~")
            if isinstance(value, list):
                value = value[int(key)] if key.isdigit() and int(key) < len(value) else None
            else:
                value = value.get(key) if isinstance(value, dict) else None
        if value is None:
            name = reference if "://" in reference else f"{Path(file).name}#{fragment}"
            self.unresolved[name] = self.unresolved.get(name, 0) + 1
        return value

    def _read(self, path: Path, named: Path, because: str = "") -> Any:
        try:
            text = path.read_text(encoding="utf-8-sig")
            value = (
                json.loads(text)
                if text.lstrip()[:1] == "{" and path.suffix != ".yaml"
                else bounded_yaml.load(text, bounded_yaml.Core, BOUNDS)
            )
            _bounded(value)
        except FileNotFoundError:
            raise Refusal(named, "", f"a file that is there{because and f' ({because})'}", "no such file") from None
        except bounded_yaml.Unsound as error:
            place = f"line {error.problem_mark.line + 1}" if error.problem_mark else ""
            raise Refusal(named, place, f"an OpenAPI file: {error.expected}", error.found) from None
        except (OSError, UnicodeDecodeError, ValueError, yaml.YAMLError, RecursionError, _Unbounded) as error:
            why = " ".join(str(error).split()) or type(error).__name__
            raise Refusal(named, "", "an OpenAPI file, JSON or YAML", why) from None
        self.documents[path] = value
        return value


class _Unbounded(Exception):
    pass


def _bounded(value: Any) -> None:
    """Every key becomes a text. Raises for a value that is too deep or, with its aliases expanded, too large. No value contains itself."""
    sizes: dict[int, int] = {}

    def size(inner: Any, depth: int) -> int:
        if not isinstance(inner, dict | list):
            return 1
        if (known := sizes.get(id(inner))) is not None:
            return known
        if depth > BOUNDS.levels:
            raise _Unbounded(f"more than {BOUNDS.levels} levels of nesting")
        if isinstance(inner, dict) and not all(isinstance(key, str) for key in inner):
            texts = {str(key): each for key, each in inner.items()}
            inner.clear()
            inner.update(texts)
        whole = 1 + sum(size(each, depth + 1) for each in (inner.values() if isinstance(inner, dict) else inner))
        if whole > BOUNDS.nodes:
            raise _Unbounded(f"more than {BOUNDS.nodes:,} values with its aliases written out")
        sizes[id(inner)] = whole
        return whole

    size(value, 0)


def _holders(value: Any) -> Iterator[Json]:
    """The mappings that hold a reference; examples and extensions are data."""
    seen: set[int] = set()
    ahead = [value]
    while ahead:
        inner = ahead.pop()
        if not isinstance(inner, dict | list) or id(inner) in seen:
            continue
        seen.add(id(inner))
        if isinstance(inner, list):
            ahead += inner
            continue
        if isinstance(inner.get("$ref"), str):
            yield inner
        ahead += [
            each for key, each in inner.items() if not key.startswith("x-") and (key not in EXAMPLES or _names(inner))
        ]


def _names(inner: Json) -> bool:
    """Whether a mapping's keys are names that the description gives, such as a property called `example`."""
    return all(isinstance(each, dict) for each in inner.values()) and "type" not in inner and "$ref" not in inner
