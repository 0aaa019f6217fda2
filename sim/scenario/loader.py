"""From a file to a `Scenario`: what it extends, the tables it names, what `--set` changes, and one clear line when something is wrong.

Precedence, lowest first: the model's defaults, the file that is extended (and what that one extends), calibrated files
(`calibrated: [...]` in their order, then `traffic: {file: ...}`), the file itself, `--set`. A list of records that the file itself gives,
such as a table of suppliers, is changed by calibrated files, record by record: their figures go before the table's. Stores that a calibrated
file has and the scenario has not are left out, with a warning. `name` and `question` belong to their own file: they are not inherited, and a
file without a name is called as its file is.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, NoReturn

from pydantic import ValidationError

from sim.records.bounded_yaml import DEEPEST
from sim.records.refusal import Refusal, short
from sim.scenario import documents, profiles, shipped, table_files, user_code
from sim.scenario.layers import Layer, Whole, dotted, keys_of, lay
from sim.scenario.model import Origin, Scenario
from sim.scenario.references import Miss, misses
from sim.scenario.refusals import refuse, refuse_misses
from sim.scenario.sources import shade

_OWN = ("name", "question", "extends")
CALIBRATED = ("traffic", "trading", "stores", "skus", "suppliers", "lanes", "sources")
"""Sections that a calibrated file may hold; records of lists by code, lanes as `ORIGIN to DESTINATION`."""
_NOTHING = object()
LONGEST_CHAIN = 32
"""Files that extend one another."""


def load(path: Path | str, overrides: Sequence[str] = (), *, allow_code: bool = False) -> Scenario:
    """The scenario that a YAML file describes, with `overrides` such as `stores.SH01.tills=8` on top. `path` may name a shipped one: `pilot`.

    A scenario that names a Python file (a policy or an engine of the user's own) is refused unless `allow_code`; the file is executed when it
    is played.

    Raises `Refusal` with the file that said it, its line or the table's row and column, what was expected and what stood there.
    """
    tree, layers = resolve(path, overrides)
    try:
        scenario = Scenario.model_validate(tree)
    except ValidationError as error:
        refuse(error, tree, layers)
    refuse_misses(list(misses(scenario)), tree, layers)
    refuse_misses(list(user_code.unknown(scenario) if allow_code else user_code.not_allowed(scenario)), tree, layers)
    scenario._origin = Origin(
        str(path), tuple(overrides), tuple(warning for layer in layers for warning in layer.warnings)
    )
    return user_code.allow(scenario) if allow_code else scenario


def refuse_played(scenario: Scenario, path: tuple, expected: str, found: object) -> NoReturn:
    """Raise a `Refusal` of a field that turned out not to fit when a scenario was played: it names the file, table or flag that holds the field.

    A scenario that was made in Python is named by its name, and one whose file can no longer be read by that file.
    """
    origin = scenario._origin
    try:
        tree, layers = resolve(origin.path, origin.overrides) if origin.path else ({}, [])
    except Refusal:
        layers = []
    if layers:
        refuse_misses([Miss(path, expected, found)], tree, layers)
    raise Refusal(origin.path or scenario.name, dotted(path), expected, found)


def resolve(path: Path | str, overrides: Sequence[str] = ()) -> tuple[dict, list[Layer]]:
    """A scenario's whole tree before validation, and the layers it was made of, lowest first."""
    layers = [*_files(shipped.find(path), ()), *(_override(text) for text in overrides)]
    tree: dict = _defaults()
    for at, layer in enumerate(layers):
        if layer.calibrated and "stores" in layer.says:
            layers[at] = layer = _on_stores(layer, tree.get("stores"))
        if layer.calibrated and "skus" in layer.says:
            layers[at] = layer = _on_skus(layer, tree.get("skus"))
        tree = shade(tree, lay(tree, layer.says, layer), layer)
    return tree, layers


def _on_stores(layer: Layer, stores: object) -> Layer:
    """A calibrated file's figures of stores under the codes of the scenario's, each with its source. One without a name is a log's only store."""
    called = [keys_of(record) for record in stores] if isinstance(stores, list) else []
    codes = {name: keys[0] for keys in reversed(called) for name in keys}
    if len(called) == 1 and called[0]:
        codes.setdefault("", called[0][0])
    figures = {codes[str(name)]: said for name, said in layer.says["stores"].items() if str(name) in codes}
    sources = dict(layer.says.get("sources", {}))
    for path in [path for path in sources if path.startswith("stores.")]:
        source, field = sources.pop(path), path.removeprefix("stores.")
        sources |= {f"stores.{code}.{field}": source for code in figures}
    unmatched = [str(name) for name in layer.says["stores"] if str(name) not in codes]
    warnings = [_stores_left_out(layer, unmatched)] if unmatched else []
    says = {**layer.says, "stores": figures, "sources": sources}
    return replace(layer, says=says, warnings=(*layer.warnings, *warnings))


def _stores_left_out(layer: Layer, unmatched: list[str]) -> str:
    named = [name for name in unmatched if name]
    if not named:
        return f"{layer.where}: its log names no store, so its customers_per_day are left out (calibrate --store CODE)"
    listed = _listed(named)
    return f"{layer.where}: customers_per_day of {listed} left out: no stores of the scenario (calibrate --store NAME=CODE)"


def _on_skus(layer: Layer, skus: object) -> Layer:
    """A calibrated file's popularity of SKUs under the codes of the scenario's; one that its log does not hold was not asked for: 0."""
    held = {str(code): said for code, said in layer.says["skus"].items()}
    codes = (
        [str(sku["code"]) for sku in skus if isinstance(sku, Mapping) and "code" in sku]
        if isinstance(skus, list)
        else []
    )
    unmatched = [code for code in held if code not in set(codes)]
    figures = {code: held.get(code, {"popularity": 0.0}) for code in codes} if len(unmatched) < len(held) else {}
    warnings = (
        [f"{layer.where}: popularity of {_listed(unmatched)} left out: no SKUs of the scenario"] if unmatched else []
    )
    return replace(layer, says={**layer.says, "skus": figures}, warnings=(*layer.warnings, *warnings))


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(short(name) for name in names[:3]) + more


@cache
def _defaults() -> dict:
    """What the model says where no file does; as a layer, so that `--set` can reach inside it."""
    fields = Scenario.model_fields.items()
    said = Scenario.model_construct(**{name: field.get_default() for name, field in fields if not field.is_required()})
    return said.model_dump(mode="json", exclude_none=True)


def _files(path: Path, above: tuple[Path, ...]) -> list[Layer]:
    """The layers of a file and of all it extends, lowest first."""
    if path.resolve() in above:
        chain = " extends ".join(file.name for file in (*above, path))
        raise Refusal(path, "extends", "a scenario that does not extend itself", chain)
    if len(above) == LONGEST_CHAIN:
        raise Refusal(path, "", f"at most {LONGEST_CHAIN} scenarios that extend one another", "another")
    says = documents.read(path, "a scenario")
    base, lower = says.pop("extends", None), []
    if base is not None:
        lower = _files(_extended(path, base), (*above, path.resolve()))
        lower = [replace(layer, says={k: v for k, v in layer.says.items() if k not in _OWN}) for layer in lower]
    named = says.pop("calibrated", [])
    if not isinstance(named, list):
        raise Refusal(path, "calibrated", "a list of files", "nothing" if named is None else named)
    calibrated = [_calibrated(path, f"calibrated.{at}", name) for at, name in enumerate(named)]
    traffic = says.get("traffic")
    if isinstance(traffic, Mapping) and "file" in traffic:
        calibrated.append(_calibrated(path, "traffic.file", traffic["file"]))
        says["traffic"] = {k: v for k, v in traffic.items() if k != "file"}
    own = Layer(str(path), {"name": path.stem, **_fetch(says, path)}, path)
    below = [_part(layer, own.says, over_lists=False) for layer in calibrated]
    on_top = [_part(layer, own.says, over_lists=True) for layer in calibrated]
    return [*lower, *below, own, *(layer for layer in on_top if layer.says)]


def _part(layer: Layer, own: dict, over_lists: bool) -> Layer:
    """What a calibrated file says of records of lists that the file itself (`own`) gives, or what it says of anything else; each with its sources."""
    sections = {name: section for name, section in layer.says.items() if name != "sources"}
    says = _split(sections, own, over_lists)
    says = {} if says is _NOTHING else says
    sources = {
        path: source
        for path, source in layer.says.get("sources", {}).items()
        if _over_list(sections, own, path.split(".")) == over_lists
    }
    return replace(layer, says=says | ({"sources": sources} if sources else {}))


def _split(says: Any, own: Any, over_lists: bool) -> Any:
    """The part of `says` that lies over lists of `own`, or the rest; `_NOTHING` where there is none."""
    if isinstance(says, Mapping) and isinstance(own, list):
        return says if over_lists else _NOTHING
    if isinstance(says, Mapping) and isinstance(own, Mapping):
        parts = {key: _split(said, own.get(key), over_lists) for key, said in says.items()}
        return {key: part for key, part in parts.items() if part is not _NOTHING} or _NOTHING
    return _NOTHING if over_lists else says


def _over_list(says: Any, own: Any, steps: Sequence[str]) -> bool:
    for step in steps:
        if isinstance(own, list):
            break
        says, own = (tree.get(step) if isinstance(tree, Mapping) else None for tree in (says, own))
    return isinstance(says, Mapping) and isinstance(own, list)


def _extended(path: Path, name: object) -> Path:
    """The file that `path` extends: one beside it, or the shipped scenario of that name."""
    beside = isinstance(name, str) and os.path.isfile(path.parent / name)
    return shipped.find(name) if not beside and name in shipped.names() else _beside(path, "extends", name)


def _calibrated(path: Path, field: str, name: object) -> Layer:
    """What `retail-lab calibrate` wrote, and what it rests on."""
    file = _beside(path, field, name)
    says = documents.read(file, "a calibrated file")
    if stray := [section for section in says if section not in CALIBRATED]:
        raise Refusal(file, stray[0], f"a section of a calibrated file: {', '.join(CALIBRATED)}", stray[0])
    for name, section in says.items():
        if not isinstance(section, Mapping):
            raise Refusal(file, name, "a mapping of fields", "nothing" if section is None else section)
    return Layer(str(file), _fetch(says, file), file, calibrated=True)


def _fetch(value: Any, path: Path, field: str = "") -> Any:
    """Put in place what a file names: tables, a measured service profile; paths start at the file that names them."""
    if isinstance(value, list):
        return [_fetch(element, path, f"{field}.{at}") for at, element in enumerate(value)]
    if not isinstance(value, Mapping):
        return value
    if field == "replenishment.forecast" and "table" in value and set(value) <= {"table", "sha256"}:
        # A forecast has a row for each location, SKU and day: it stays a file, known by its content.
        known = _known(_beside(path, f"{field}.table", value["table"]), "table")
        if value.get("sha256") not in (None, known["sha256"]):
            raise Refusal(path, f"{field}.sha256", f"the hash of {value['table']}, {known['sha256']}", value["sha256"])
        return known
    if "table" in value and set(value) <= {"table", "sheet"}:
        sheet = str(value["sheet"]) if value.get("sheet") is not None else None
        return table_files.read(_beside(path, f"{field}.table", value["table"]), _section(field), sheet)
    if _is_service(field) and set(value) == {"profile"}:
        return profiles.read(_beside(path, f"{field}.profile", value["profile"]))
    if _is_service(field) and {"measured", "journeys", "outages"} <= set(value):
        return Whole(value)  # a profile in the scenario itself, as a run writes it down
    if field == "traffic.log" and isinstance(value.get("file"), str):
        file = path.parent / value["file"]
        value = {**value, **_known(file, "file")} if os.path.isfile(file) else {**value, "file": file.as_posix()}
    if (field == "engine" or value.get("policy") == "own") and isinstance(value.get("file"), str):
        value = {**value, **_known(_beside(path, f"{field}.file", value["file"]), "file")}
    return {key: _fetch(element, path, f"{field}.{key}" if field else str(key)) for key, element in value.items()}


def _is_service(field: str) -> bool:
    """Whether a service profile may stand in a field: of the system, or of a changeover."""
    return field == "system.service" or (field.startswith("changeovers.") and field.endswith(".system.service"))


def _section(field: str) -> str:
    """The section whose records a field holds: rows of opening stock, and of a planogram, may stand beside a rule."""
    return field.removesuffix(".listed")


def _known(file: Path, name: str) -> dict:
    """A file that is named in a scenario and read when it is played, with the hash of what it held when it was named."""
    return Whole({name: file.as_posix(), "sha256": hashlib.sha256(file.read_bytes()).hexdigest()})


def _beside(path: Path, field: str, name: object) -> Path:
    """The file that `path` names in a field; paths start at the folder of the file that names them."""
    if not isinstance(name, str) or not os.path.isfile(path.parent / name):  # Path's own raises for some names
        raise Refusal(path, field, "a file that exists", name)
    return path.parent / name


def _override(text: str) -> Layer:
    """`a.b.c=value` as a layer; the value is YAML."""
    path, equals, value = text.partition("=")
    if not equals or not all(path.split(".")):
        raise Refusal("--set", "", "path=value, such as stores.SH01.tills=8", text)
    steps = path.strip().split(".")
    if len(steps) > DEEPEST:
        raise Refusal("--set", "", f"a path of at most {DEEPEST} steps", path)
    said = documents.parse(value, f"--set {path}")
    for step in reversed(steps):
        said = {step: said}
    return Layer("--set", _fetch(said, Path("--set")), None)
