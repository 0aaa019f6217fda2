"""From what pydantic says about a tree to the one line a person needs: which file, which line or cell, what was expected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NoReturn, get_args

from pydantic import BaseModel, ValidationError

from sim.records.refusal import Refusal
from sim.scenario import documents
from sim.scenario.layers import Layer, at, dotted, names_of, nearest, position
from sim.scenario.model import Scenario
from sim.scenario.references import Miss
from sim.scenario.tables import HEADER_ROW, Rows

_EXPECTED = {
    "missing": "a value",
    "greater_than": "a number > {gt}",
    "greater_than_equal": "a number ≥ {ge}",
    "less_than": "a number < {lt}",
    "less_than_equal": "a number ≤ {le}",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "int_type": "a whole number",
    "float_parsing": "a number",
    "float_type": "a number",
    "finite_number": "a finite number",
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "a mapping of fields",
    "model_type": "a mapping of fields",
    "model_attributes_type": "a mapping of fields",
    "string_type": "a text",
    "string_pattern_mismatch": "a text that matches {pattern}",
    "literal_error": "{expected}",
    "union_tag_invalid": "{discriminator} one of {expected_tags}",
    "union_tag_not_found": "{discriminator}",
    "too_short": "at least {min_length} of them",
    "too_long": "at most {max_length} of them",
}


def refuse(error: ValidationError, tree: dict, layers: Sequence[Layer]) -> NoReturn:
    """Raise the first error, as the scenario reads, as a `Refusal`; it tells how many more there are."""
    places: dict[tuple, list] = {}
    for detail in error.errors(include_url=False):
        places.setdefault(_path(detail["loc"], tree), []).append(detail)
    unions = [path for path in places if any(other[: len(path)] == path != other for other in places)]
    for path in unions:  # of the errors of a union's alternatives, the deepest came furthest
        del places[path]
    path, details = next(iter(places.items()))
    unknown = details[0]["type"] == "extra_forbidden"
    expected = " or ".join(dict.fromkeys(_expected(detail, path) for detail in details))
    found = path[-1] if unknown else None if details[0]["type"] == "missing" else details[0]["input"]
    if details[0]["type"] == "missing":
        found = _Nothing()
    _raise(path, expected, found, len(places) - 1, tree, layers, unknown)


def refuse_misses(found: Sequence[Miss], tree: dict, layers: Sequence[Layer]) -> None:
    """Raise the first of `found`, if any, as a `Refusal`."""
    if found:
        first = found[0]
        _raise(first.path, first.expected, first.found, len(found) - 1, tree, layers)


class _Nothing:
    def __repr__(self):
        return "nothing"


def _raise(path, expected, found, more, tree, layers, unknown=False) -> NoReturn:
    where, field = _place(path, tree, layers, unknown)
    if more:
        expected += f" (and {more} more to correct)"
    raise Refusal(where, field, expected, found)


def _path(loc: tuple, tree: object) -> tuple:
    """`loc` without the names of union members that pydantic puts into it."""
    path: list = []
    for step in loc:
        inside = at(tree, path)
        if isinstance(inside, Mapping) and step in inside or isinstance(inside, list) and isinstance(step, int):
            path.append(step)
        elif step is loc[-1] and isinstance(step, str) and isinstance(inside, Mapping) and _is_field(step):
            path.append(step)
    return tuple(path)


def _is_field(step: str) -> bool:
    return step.isidentifier()


def _expected(detail: dict, path: tuple) -> str:
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "extra_forbidden":
        return f"a field that the lab knows{nearest(path[-1], fields(path[:-1]))}"
    if kind in _EXPECTED:
        return _EXPECTED[kind].format(**context)
    message = detail["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    return message[:1].lower() + message[1:]


def fields(path: Sequence) -> list[str]:
    """The fields that may stand at a path of a scenario, over all kinds that may stand there."""
    models = [Scenario]
    for step in path:
        inside = [model.model_fields[step].annotation for model in models if step in model.model_fields]
        if inside:
            models = [model for annotation in inside for model in _models(annotation)]
    return sorted({name for model in models for name in model.model_fields})


def _models(annotation: object) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models(part)]


def _place(path: tuple, tree: dict, layers: Sequence[Layer], unknown: bool) -> tuple[str, str]:
    """The file (with its line) or table that said a path, topmost first, and the field's name there."""
    says = [(layer, _depth(layer.says, path)) for layer in layers]
    deepest = max(depth for _, depth in says)
    layer = [layer for layer, depth in says if depth == deepest][-1]
    for length in range(len(path)):
        rows = at(layer.says, path[:length])
        if isinstance(rows, Rows) and isinstance(path[length], int):
            column = dotted(path[length + 1 :])
            row = HEADER_ROW if unknown and rows.file.suffix.lower() == ".csv" else rows.rows[path[length]]
            return str(rows.file), f"row {row}, column {column}" if column else f"row {row}"
    line = documents.line_of(layer.file, path) if layer.file and layer.file.suffix != ".json" else None
    return f"{layer.where}:{line}" if line else layer.where, _named(path, tree)


def _depth(says: object, path: tuple) -> int:
    """How many steps of a path a layer says."""
    for depth in range(len(path), 0, -1):
        if at(says, path[:depth]) is not None:
            return depth
    return 0


def _named(path: tuple, tree: dict) -> str:
    """A path with codes or names in place of positions, so that a person finds the element."""
    steps = []
    for length, step in enumerate(path):
        names = names_of(at(tree, path[: length + 1])) if isinstance(step, int) else []
        steps.append(names[0] if names else step)
    return dotted(steps)


__all__ = ["fields", "position", "refuse", "refuse_misses"]
