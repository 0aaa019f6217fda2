"""From what is wrong with a tree to the one line a person needs: which file, which line or cell, what was expected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NoReturn, cast

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from sim.records.expected import expected
from sim.records.refusal import Refusal
from sim.scenario import documents
from sim.scenario.fields import fields
from sim.scenario.layers import Layer, at, dotted, names_of, nearest, position
from sim.scenario.references import Miss
from sim.scenario.table_files import HEADER_ROW, Rows

NOTHING = type("Nothing", (), {"__repr__": lambda self: "nothing"})()

_PATTERNS = {r"^[A-Za-z0-9_\-]+$": "letters, digits, - and _ only", "^[A-Z]{3}$": "three capital letters, such as CNY"}


def refuse(error: ValidationError, tree: dict, layers: Sequence[Layer]) -> NoReturn:
    """Raise the first of pydantic's errors as a `Refusal`; it tells how many more there are."""
    places: dict[tuple, list] = {}
    for detail in error.errors(include_url=False):
        places.setdefault(_path(detail, tree), []).append(detail)
    # Where several kinds may stand, the kind whose error lies deepest is the one that was meant.
    inner = {path[:length] for path in places for length in range(len(path))}
    meant = [path for path in places if path not in inner]
    # A field that is misspelt also seems to be missing: the misspelling is the cause.
    path = min(meant, key=lambda path: places[path][0]["type"] != "extra_forbidden")
    details = places[path]
    unknown, missing = details[0]["type"] == "extra_forbidden", details[0]["type"] == "missing"
    wanted = " or ".join(dict.fromkeys(_expected(detail, path) for detail in details))
    a_key = unknown or details[0]["loc"][-1] == "[key]"
    found = path[-1] if a_key else NOTHING if missing else at(tree, path)
    found = NOTHING if found is None else found
    if details[0]["type"].startswith("union_tag"):
        path = (*path, details[0]["ctx"]["discriminator"].strip("'"))
        found = details[0]["ctx"].get("tag", NOTHING)
    _raise(Miss(path, wanted, found), len(meant) - 1, tree, layers, unknown)


def refuse_file(error: ValidationError, held: dict, file: Path) -> NoReturn:
    """Raise the first of pydantic's errors about what one JSON file holds."""
    refuse(error, held, [Layer(str(file), held)])


def refuse_misses(found: Sequence[Miss], tree: dict, layers: Sequence[Layer]) -> None:
    """Raise the first of `found`, if any, as a `Refusal`."""
    if found:
        _raise(found[0], len(found) - 1, tree, layers)


def _raise(miss: Miss, more: int, tree: dict, layers: Sequence[Layer], unknown: bool = False) -> NoReturn:
    miss = max((miss, *miss.others), key=lambda each: _height(each.path, tree, layers))
    where, field = _place(miss.path, tree, layers, unknown)
    found = str(miss.found) if isinstance(miss.found, date) else miss.found
    raise Refusal(where, field, miss.expected, found, more) from None


def _path(detail: ErrorDetails, tree: object) -> tuple:
    """Where an error lies in the tree: pydantic's location without the names of union members that it mixes in."""
    path: list[int | str] = []
    inside = tree
    for step in detail["loc"]:
        if (isinstance(inside, Mapping) and step in inside) or (isinstance(inside, list) and isinstance(step, int)):
            path.append(step)
            inside = cast(Any, inside)[step]
    if detail["type"] == "missing":
        path.append(detail["loc"][-1])
    return tuple(path)


def _expected(detail: dict, path: tuple) -> str:
    if detail["type"] == "extra_forbidden":
        known = fields(path[:-1])
        if path[-1] in known:  # of another policy, distribution or kind
            return "a field that goes with the others here"
        return f"a field that the lab knows{nearest(path[-1], known)}"
    if detail["type"] == "string_pattern_mismatch":
        return _PATTERNS.get(detail["ctx"]["pattern"]) or expected(detail)
    return expected(detail)


def _place(path: tuple, tree: dict, layers: Sequence[Layer], unknown: bool) -> tuple[str, str]:
    """Who said what stands at a path: a table with row and column, or a file with its line and the field's path."""
    layer, said = _said(path, tree, layers)
    for length in range(len(said)):
        rows = at(layer.says, said[:length])
        if isinstance(rows, Rows):
            in_header = unknown and rows.file.suffix.lower() == ".csv"
            row = HEADER_ROW if in_header else rows.rows[said[length]]
            column = dotted(path[length + 1 :])
            return str(rows.file), f"row {row}, column {column}" if column else f"row {row}"
    line = documents.line_of(layer.file, said) if layer.file else None
    return f"{layer.where}:{line}" if line else layer.where, _named(path, tree)


def _said(path: tuple, tree: dict, layers: Sequence[Layer]) -> tuple[Layer, list]:
    """The topmost layer that says a path, or the most of it, and how it says it: elements may go by code there."""
    best = next((layer for layer in reversed(layers) if layer.file), layers[0])
    most: list = []
    for layer in reversed(layers):
        inside, said, settled = layer.says, [], False
        for length, step in enumerate(path):
            settled = settled or isinstance(inside, list)  # a list hides what the layers below it say
            names = (step, *names_of(at(tree, path[: length + 1])), str(step))
            key = next((name for name in names if _has(inside, name)), None)
            if key is None:
                break
            said.append(position(inside, key) if isinstance(inside, list) and isinstance(key, str) else key)
            inside = inside[said[-1]]
        if len(said) > len(most):
            best, most = layer, said
        if settled or len(said) == len(path):
            break
    return best, most


def _has(tree: object, step: object) -> bool:
    """Whether something stands there, be it null."""
    return step in tree if isinstance(tree, Mapping) else at(tree, [step]) is not None


def _height(path: tuple, tree: dict, layers: Sequence[Layer]) -> int:
    """Of the layer that says a path whole; below all of them where none does."""
    layer, said = _said(path, tree, layers)
    return next(n for n, each in enumerate(layers) if each is layer) if len(said) == len(path) else -1


def _named(path: tuple, tree: dict) -> str:
    """A path with codes or names in place of positions, so that a person finds the element."""
    steps = []
    for length, step in enumerate(path):
        names = names_of(at(tree, path[: length + 1])) if isinstance(step, int) else []
        steps.append(names[0] if names else step)
    return dotted(steps)
