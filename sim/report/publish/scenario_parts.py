"""Parts of a played scenario that a page of a store takes, where the record has them: a run of another version may lack any of them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from typing import Any


def part(tree: Any, *path: str) -> Any:
    """What stands at a path of mappings; None where nothing does."""
    for name in path:
        tree = tree.get(name) if isinstance(tree, Mapping) else None
    return tree


def number(tree: Any, *path: str) -> float | None:
    """A finite number at a path, or the mean of the distribution there; None where there is neither."""
    value = part(tree, *path)
    if isinstance(value, Mapping):
        value = value.get("mean", value.get("value"))
    known = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if known else None


def parts(tree: Any, *path: str) -> list[Mapping[str, Any]]:
    """The mappings of a list at a path."""
    found = part(tree, *path)
    return [each for each in found if isinstance(each, Mapping)] if isinstance(found, list) else []


def holidays(scenario: Mapping[str, Any]) -> list[tuple[date, date, str]]:
    """First day, last day and name of each holiday of the traffic."""
    found = []
    for each in parts(scenario, "traffic", "holidays"):
        try:
            first, last = (date.fromisoformat(str(each.get(name))) for name in ("first", "last"))
        except ValueError:
            continue
        found.append((first, last, str(each.get("name", ""))))
    return found
