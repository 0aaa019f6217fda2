"""What each number of a scenario rests on: what has no source is assumed, and says so.

A source stands for a parameter or for a whole section, the most specific one wins. It stands for the value it came with: where
a file above, or `--set`, puts another number in its place, that number is an assumption again, unless it brings a source.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from numbers import Real
from typing import Any

from sim.scenario.layers import Layer, at, dotted
from sim.scenario.model import Scenario
from sim.scenario.opening import as_of, listed_path

_SETTINGS = {"format", "start", "days", "warmup_days", "seed", "replications", "faults", "prices", "trace", "sources"}
"""What a person asks rather than believes."""


def assumed(scenario: Scenario) -> list[str]:
    """`path = value` of each number, distribution or row of numbers that no source stands behind.

    Records of a list stand together, as the range of their values: `stores.customers_per_day = 1200 … 3350 (50)`.
    """
    values: dict[str, list] = {}
    for path, value in _parameters(scenario.model_dump(mode="json", exclude=_SETTINGS), ()):
        values.setdefault(dotted(path), []).append(value)
    kinds = {path: source.kind for path, source in scenario.sources.items()}
    if not isinstance(scenario.system.service, Mapping) and getattr(scenario.system.service, "measured", False):
        kinds.setdefault("system.service", "measured")
    if as_of(scenario):
        kinds.setdefault(dotted(listed_path(scenario)), "supplied")
    return [f"{path} = {_range(found)}" for path, found in values.items() if _kind(path, kinds) == "assumed"]


def shade(before: dict, after: dict, layer: Layer) -> dict:
    """`after`, which is `layer` laid over `before`, with the sources that still hold."""
    lower, own = before.get("sources", {}), layer.says.get("sources", {})
    if not isinstance(lower, Mapping) or not isinstance(own, Mapping) or not lower:
        return after
    held = {path: source for path, source in lower.items() if not any(path.startswith(f"{new}.") for new in own)}
    for path in _changed(before, after, layer.says, ()):
        over = _closest(path, held)
        if over and not _closest(path, own):
            held[path] = {"kind": "assumed", "source": f"set by {layer.file.name if layer.file else layer.where}"}
    return {**after, "sources": {**held, **own}}


def _changed(before: object, after: object, says: Any, path: tuple) -> Iterator[str]:
    """The paths of parameters that a layer says otherwise than the layers below it."""
    is_section = isinstance(says, Mapping) and isinstance(before, Mapping) and "distribution" not in before
    if not (is_section or (isinstance(says, Mapping) and isinstance(before, list) and isinstance(after, list))):
        if before != after:
            yield dotted(path)
        return
    for key, said in says.items():
        step, named = ((), str(key)) if isinstance(before, list) else ((key,), key)
        if (*path, *step)[:1] != ("sources",):
            yield from _changed(at(before, [named]), at(after, [named]), said, (*path, *step))


def _parameters(tree: object, path: tuple) -> Iterator[tuple[tuple, object]]:
    if isinstance(tree, bool):
        return
    if isinstance(tree, Real) or (isinstance(tree, Mapping) and "distribution" in tree):
        yield path, tree
    elif isinstance(tree, Mapping):
        for key, value in tree.items():
            yield from _parameters(value, (*path, key))
    elif isinstance(tree, list) and tree and all(isinstance(value, Real) for value in tree):
        yield path, tree
    elif isinstance(tree, list):
        for value in tree:
            yield from _parameters(value, path)


def _closest(path: str, sources: Mapping) -> str | None:
    """The most specific of the sources' paths that holds `path`."""
    return max((key for key in sources if path == key or path.startswith(f"{key}.")), key=len, default=None)


def _kind(path: str, kinds: Mapping[str, str]) -> str:
    closest = _closest(path, kinds)
    return kinds[closest] if closest else "assumed"


def _range(values: list) -> str:
    distinct = list(dict.fromkeys(_text(value) for value in values))
    if len(distinct) == 1:
        return distinct[0]
    if all(isinstance(value, Real) for value in values):
        return f"{_text(min(values))} … {_text(max(values))} ({len(values)})"
    return f"{len(distinct)} different, the first {distinct[0]}"


def _text(value: object) -> str:
    if isinstance(value, Mapping):
        parts = ", ".join(
            f"{key} {_text(part)}" for key, part in value.items() if key != "distribution" and part is not None
        )
        return f"{value['distribution']}({parts})"
    if isinstance(value, list):
        return f"[{', '.join(_text(part) for part in value)}]"
    return f"{value:.12g}"
