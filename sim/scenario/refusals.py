"""From what is wrong with a tree to what a person needs: which file, which line, what was expected; of tables, every cell at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, NoReturn, cast

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from sim.records.expected import expected
from sim.records.refusal import Refusal
from sim.scenario import documents
from sim.scenario.fields import fields
from sim.scenario.layers import Layer, at, dotted, keys_of, names_of, nearest, position
from sim.scenario.references import Miss
from sim.scenario.table_files import Rows
from sim.tables.faults import Fault, TableRefusal

_MOST_PLACED = 1_000
"""Faults of tables whose cells are looked for; further ones are counted."""
NOTHING = type("Nothing", (), {"__repr__": lambda self: "nothing"})()

_PATTERNS = {r"^[A-Za-z0-9_\-]+$": "letters, digits, - and _ only", "^[A-Z]{3}$": "three capital letters, such as CNY"}


def refuse(error: ValidationError, tree: dict, layers: Sequence[Layer]) -> NoReturn:
    """Raise the first of pydantic's errors as a `Refusal` that counts the others; where it lies in a table, those in tables as a `TableRefusal`."""
    places: dict[tuple, list] = {}
    for detail in error.errors(include_url=False):
        places.setdefault(_path(detail, tree), []).append(detail)
    # Where several kinds may stand, the kind whose error lies deepest is the one that was meant.
    inner = {path[:length] for path in places for length in range(len(path))}
    meant = [path for path in places if path not in inner]
    # A field that is misspelt also seems to be missing: the misspelling is the cause.
    meant.sort(key=lambda path: places[path][0]["type"] != "extra_forbidden")
    _raise([_miss(path, places[path], tree) for path in meant], tree, layers)


def _miss(path: tuple, details: Sequence[ErrorDetails], tree: dict) -> Miss:
    unknown, missing = details[0]["type"] == "extra_forbidden", details[0]["type"] == "missing"
    wanted = " or ".join(dict.fromkeys(_expected(detail, path) for detail in details))
    a_key = unknown or details[0]["loc"][-1] == "[key]"
    found = path[-1] if a_key else NOTHING if missing else at(tree, path)
    found = NOTHING if found is None else found
    if details[0]["type"].startswith("union_tag"):
        path = (*path, details[0]["ctx"]["discriminator"].strip("'"))
        found = details[0]["ctx"].get("tag", NOTHING)
    return Miss(path, wanted, found, unknown=unknown)


def refuse_file(error: ValidationError, held: dict, file: Path) -> NoReturn:
    """Raise the first of pydantic's errors about what one JSON file holds."""
    refuse(error, held, [Layer(str(file), held)])


def refuse_misses(found: Sequence[Miss], tree: dict, layers: Sequence[Layer]) -> None:
    """Raise the first of `found`, if any, as a `Refusal`; in a table, all of those in tables as a `TableRefusal`."""
    if found:
        _raise(found, tree, layers)


def _raise(found: Sequence[Miss], tree: dict, layers: Sequence[Layer]) -> NoReturn:
    miss = max((found[0], *found[0].others), key=lambda each: _height(each.path, tree, layers))
    if _fault(miss, tree, layers) is None:
        where, field = _place(miss.path, tree, layers)
        raise Refusal(where, field, miss.expected, _shown(miss.found), len(found) - 1) from None
    faults, more = list[Fault](), 0
    for each in found:
        if len(faults) == _MOST_PLACED:
            more += 1
        elif (fault := _fault(each, tree, layers)) is not None and fault not in faults:
            faults.append(fault)
    faults.sort(key=lambda fault: (str(fault.file), fault.sheet, fault.row or 0))
    raise TableRefusal(tuple(faults), more) from None


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


def _expected(detail: ErrorDetails, path: tuple) -> str:
    if detail["type"] == "extra_forbidden":
        known = fields(path[:-1])
        if path[-1] in known:  # of another policy, distribution or kind
            return "a field that goes with the others here"
        return f"a field that the lab knows{nearest(path[-1], known)}"
    if detail["type"] == "string_pattern_mismatch":
        return _PATTERNS.get(detail["ctx"]["pattern"]) or expected(detail)
    return expected(detail)


def _fault(miss: Miss, tree: dict, layers: Sequence[Layer]) -> Fault | None:
    """A miss as the cell, or the row, of a table that says it; None where no table does."""
    layer, said = _said(miss.path, tree, layers)
    for length in range(len(said)):
        rows = at(layer.says, said[:length])
        if isinstance(rows, Rows):
            column = dotted(miss.path[length + 1 :])
            if miss.unknown:
                return rows.fault(None, column, miss.expected, miss.found)
            if miss.found is NOTHING and column not in rows.heading:
                return rows.fault(None, "", f"a column {column}", ", ".join(rows.heading.values()))
            if isinstance(miss.found, Mapping) and not column:
                record = rows[said[length]]
                named = [field for field in record if field in miss.expected]
                found = ", ".join(f"{field} {_shown(record[field])}" for field in named or record)
                fault = rows.fault(said[length], "", miss.expected, found)
                return replace(fault, column=", ".join(dict.fromkeys(rows.heading.get(each, each) for each in named)))
            return rows.fault(said[length], column, miss.expected, _shown(miss.found))
    return None


def _shown(found: object) -> object:
    if isinstance(found, time) and not found.second:
        return f"{found:%H:%M}"
    if isinstance(found, datetime) and found.time() == time():
        return str(found.date())
    return str(found) if isinstance(found, date | time) else found


def _place(path: tuple, tree: dict, layers: Sequence[Layer]) -> tuple[str, str]:
    """Who said what stands at a path: a file with its line, or a flag, and the field's path."""
    layer, said = _said(path, tree, layers)
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
            names = (step, *keys_of(at(tree, path[: length + 1])), str(step), *(["*"] if isinstance(step, int) else []))
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
