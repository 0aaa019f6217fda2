"""Layers of a scenario, and how one is laid over another: a file says only what differs from the file it extends.

Laid over each other, mappings merge field by field; anything else replaces what was there. Two refinements:
a mapping over a list changes single elements, named by their code, name or position; and a mapping that
chooses another kind (`distribution`, `policy`, `kind`) replaces the old choice whole.
"""

from __future__ import annotations

import copy
import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sim.records.refusal import Refusal

_CHOICES = ("distribution", "policy", "kind")


@dataclass(frozen=True)
class Layer:
    """What one file, or one `--set`, says; `file` is None for a flag."""

    where: str
    says: dict
    file: Path | None = None
    calibrated: bool = False
    """Whether `retail-lab calibrate` wrote it: its stores and SKUs are those of a log, of which a scenario may have others."""
    warnings: tuple[str, ...] = ()
    """What of a calibrated file was left out, a sentence each."""


class Whole(dict):
    """A mapping that came from a file of its own and is not mixed with what stood there before."""


def lay(lower: Any, upper: Any, layer: Layer, path: tuple = ()) -> Any:
    """`upper`, as `layer` says it at `path`, laid over `lower`; neither is changed."""
    if not isinstance(upper, Mapping) or isinstance(upper, Whole):
        return upper
    if isinstance(lower, list):
        return upper if _is_rule(path, upper) else _edit(lower, upper, layer, path)
    if not isinstance(lower, Mapping) or any(c in upper and upper[c] != lower.get(c) for c in _CHOICES):
        return upper
    return {**lower, **{key: lay(lower.get(key), value, layer, (*path, key)) for key, value in upper.items()}}


def _is_rule(path: tuple, upper: Mapping) -> bool:
    """SKUs, opening stock and a planogram stand as a list or as a rule; a rule replaces a list."""
    rules = {
        ("skus",): {"count"},
        ("opening_stock",): {"store_days", "listed"},
        ("replenishment", "planogram"): {"facing_units", "least_facings", "packs", "listed"},
    }
    return not rules.get(path, set()).isdisjoint(upper)


def _edit(elements: list, changes: Mapping, layer: Layer, path: tuple) -> list:
    edited = copy.copy(elements)
    for key, at, change in placed(changes, elements):
        if at is None:
            names = [name for element in elements for name in keys_of(element)]
            raise Refusal(layer.where, dotted((*path, key)), f"an element of {dotted(path)}{nearest(key, names)}", key)
        edited[at] = lay(edited[at], change, layer, (*path, at))
    return edited


def placed(changes: Mapping, elements: Sequence) -> Iterator[tuple[Any, int | None, Any]]:
    """(key, position, change) of the elements of a list that a mapping changes; `*` changes every element. None: no element is called so."""
    named: dict[str, int] = {}
    for at, element in enumerate(elements):
        for name in keys_of(element):
            named.setdefault(name, at)
    for key, change in changes.items():
        if key == "*":
            yield from ((at, at, change) for at in range(len(elements)))
        else:
            yield key, named.get(str(key), _counted(elements, key)), change


def position(elements: Sequence, key: object) -> int | None:
    """Where in a list the element stands that `key` names: by its code or name (a lane by its ends), else by its position from 0."""
    for at, element in enumerate(elements):
        if str(key) in keys_of(element):
            return at
    return _counted(elements, key)


def _counted(elements: Sequence, key: object) -> int | None:
    return int(str(key)) if str(key).isdecimal() and int(str(key)) < len(elements) else None


def names_of(element: object) -> list[str]:
    """The code and the name of a record, as far as it has them."""
    if not isinstance(element, Mapping):
        return []
    return [str(element[key]) for key in ("code", "name") if element.get(key) is not None]


def keys_of(element: object) -> list[str]:
    """What a mapping over a list may call a record: its code or name, a lane `ORIGIN to DESTINATION`."""
    if isinstance(element, Mapping) and "origin" in element and "destination" in element:
        return [f"{element['origin']} to {element['destination']}"]
    return names_of(element)


def dotted(path: Sequence) -> str:
    """A path's steps with dots between them."""
    return ".".join(str(step) for step in path)


def nearest(word: object, words: Sequence[str]) -> str:
    """`, perhaps x`, where something close to `word` exists."""
    close = difflib.get_close_matches(str(word), words, n=1)
    return f", perhaps {close[0]}" if close else ""


def leaves(tree: object, path: tuple = ()) -> Iterator[tuple]:
    """The paths of everything in a tree that is not a mapping."""
    if isinstance(tree, Mapping) and tree:
        for key, value in tree.items():
            yield from leaves(value, (*path, key))
    else:
        yield path


def at(tree: object, path: Sequence) -> object:
    """What stands at a path; None where nothing does. Elements of lists go by position as a number, or by code, name or position as a text."""
    for step in path:
        if isinstance(tree, Mapping):
            tree = tree.get(step)
        elif isinstance(tree, list):
            index = step if isinstance(step, int) else position(tree, step)
            tree = tree[index] if index is not None and index < len(tree) else None
        else:
            return None
    return tree
