"""What each number of a scenario rests on: what has no source is assumed, and says so.

A source stands for a parameter, for that of one record (`suppliers.FOODS.lead_time_days`, `lanes.WSH to SH01.lead_time_days`) or for a whole
section; the most specific one wins, a record's before that of all records. It stands for the value it came with: where a file above, or
`--set`, puts another number in its place, that number is an assumption again, unless it brings a source.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from numbers import Real
from typing import Any

from sim.scenario.layers import Layer, at, dotted, keys_of, placed
from sim.scenario.model import Scenario
from sim.scenario.opening import as_of, listed_path

_SETTINGS = {
    *("format", "start", "days", "warmup_days", "seed", "replications"),
    *("faults", "random_faults", "prices", "trace", "sources"),
}
"""What a person asks rather than believes."""


def assumed(scenario: Scenario) -> list[str]:
    """`path = value` of each number, distribution or row of numbers that no source stands behind.

    Records of a list stand together, as the range of their values: `stores.customers_per_day = 1200 … 3350 (50)`.
    """
    kinds = {path: source.kind for path, source in scenario.sources.items()}
    if not isinstance(scenario.system.service, Mapping) and getattr(scenario.system.service, "measured", False):
        kinds.setdefault("system.service", "measured")
    if as_of(scenario):
        kinds.setdefault(dotted(listed_path(scenario)), "supplied")
    partly = {path: source.assumed_for for path, source in scenario.sources.items() if source.assumed_for}
    of_records = {tuple(path.split(".")[:2]) for path in kinds}
    of_all: dict[tuple, str | None] = {}
    values: dict[str, list] = {}
    tree = scenario.model_dump(mode="json", exclude=_SETTINGS)
    for changeover in tree.get("changeovers", ()):
        if (changeover["system"]["service"] or {}).get("measured"):
            del changeover["system"]["service"]
    for path, within, value in _parameters(tree, (), ()):
        if within != path and within[:2] in of_records:
            closest = _closest((within, path), kinds)
        else:
            closest = of_all[path] if path in of_all else of_all.setdefault(path, _closest((path,), kinds))
        if not closest or kinds[closest] == "assumed" or closest in partly:
            values.setdefault(dotted(path), []).append(value)
    return [
        f"{path} = {_range(found)}" + (f" (assumed for {partly[path]:,} of {len(found):,})" if path in partly else "")
        for path, found in values.items()
    ]


def shade(before: dict, after: dict, layer: Layer) -> dict:
    """`after`, which is `layer` laid over `before`, with the sources that still hold."""
    lower, own = before.get("sources", {}), layer.says.get("sources", {})
    if not isinstance(lower, Mapping) or not isinstance(own, Mapping) or not lower:
        return after
    held = {path: source for path, source in lower.items() if not _closest((tuple(path.split("."))[:-1],), own)}
    assumed_now = {"kind": "assumed", "source": f"set by {layer.file.name if layer.file else layer.where}"}
    for path, within in _changed(before, after, layer.says, (), ()):
        if _closest((within, path), own):
            continue
        if over := _closest((within, path), held):
            held[dotted(path if over in _prefixes(path) else within)] = assumed_now
        if within == path:  # of what was replaced whole, sources of single parameters hold no more
            held = {inner: source for inner, source in held.items() if not inner.startswith(f"{dotted(path)}.")}
    return {**after, "sources": {**held, **own}}


def _changed(before: object, after: object, says: Any, path: tuple, within: tuple) -> Iterator[tuple[tuple, tuple]]:
    """The paths of parameters that a layer says otherwise than the layers below it: of all records of a list, and of the one that it names."""
    is_section = isinstance(says, Mapping) and isinstance(before, Mapping) and "distribution" not in before
    if not (is_section or (isinstance(says, Mapping) and isinstance(before, list) and isinstance(after, list))):
        if before != after:
            yield path, within
        return
    if isinstance(before, list) and isinstance(after, list):
        for key, place, said in placed(says, before):
            record = None if place is None else before[place]
            inner = (keys_of(record) or [str(key)])[0]
            yield from _changed(record, None if place is None else after[place], said, path, (*within, inner))
        return
    for key, said in says.items():
        if (*path, key)[:1] != ("sources",):
            yield from _changed(at(before, [key]), at(after, [key]), said, (*path, key), (*within, key))


def parameters(tree: object) -> Iterator[tuple[tuple, object]]:
    """(path, value) of each number, distribution or row of numbers in a tree; records of a list take no step of the path."""
    for path, _, value in _parameters(tree, (), ()):
        yield path, value


def _parameters(tree: object, path: tuple, within: tuple) -> Iterator[tuple[tuple, tuple, object]]:
    """Path, path with the records' codes, and value of each number, distribution or row of numbers."""
    if isinstance(tree, bool):
        return
    if isinstance(tree, Real) or (isinstance(tree, Mapping) and "distribution" in tree):
        yield path, within, tree
    elif isinstance(tree, Mapping):
        for key, value in tree.items():
            yield from _parameters(value, (*path, key), (*within, key))
    elif isinstance(tree, list) and tree and all(isinstance(value, Real) for value in tree):
        yield path, within, tree
    elif isinstance(tree, list):
        for value in tree:
            yield from _parameters(value, path, (*within, *keys_of(value)[:1]))


def _closest(paths: Iterable[tuple], sources: Mapping) -> str | None:
    """The most specific of the sources' paths that holds one of `paths`; of two that are as specific, that of the earlier path."""
    found = [key for path in paths for key in _prefixes(path) if key in sources]
    return max(found, key=lambda key: key.count("."), default=None)


def _prefixes(path: tuple) -> list[str]:
    return [dotted(path[:length]) for length in range(len(path), 0, -1)]


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
