"""From a file to a `Scenario`: what it extends, the tables it names, what `--set` changes, and one clear line when something is wrong.

Precedence, lowest first: the model's defaults, the file that is extended (and what that one extends), a calibrated
traffic file (`traffic: {file: ...}`), the file itself, `--set`. `name` and `question` belong to their own file: they are
not inherited, and a file without a name is called as its file is.
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
from sim.records.refusal import Refusal
from sim.scenario import documents, profiles, shipped, table_files, user_code
from sim.scenario.layers import Layer, Whole, dotted, lay
from sim.scenario.model import Origin, Scenario
from sim.scenario.references import Miss, misses
from sim.scenario.refusals import refuse, refuse_misses
from sim.scenario.sources import shade

_OWN = ("name", "question", "extends")
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
    scenario._origin = Origin(str(path), tuple(overrides))
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
    for layer in layers:
        tree = shade(tree, lay(tree, layer.says, layer), layer)
    return tree, layers


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
    traffic = says.get("traffic")
    if isinstance(traffic, Mapping) and "file" in traffic:
        lower.append(_calibrated(path, traffic["file"]))
        says["traffic"] = {k: v for k, v in traffic.items() if k != "file"}
    return [*lower, Layer(str(path), {"name": path.stem, **_fetch(says, path)}, path)]


def _extended(path: Path, name: object) -> Path:
    """The file that `path` extends: one beside it, or the shipped scenario of that name."""
    beside = isinstance(name, str) and os.path.isfile(path.parent / name)
    return shipped.find(name) if not beside and name in shipped.names() else _beside(path, "extends", name)


def _calibrated(path: Path, name: object) -> Layer:
    """The traffic, and what it rests on, that `retail-lab calibrate` wrote."""
    file = _beside(path, "traffic.file", name)
    says = documents.read(file, "calibrated traffic")
    if stray := says.keys() - {"traffic", "sources"}:
        raise Refusal(file, min(stray), "only traffic and sources in calibrated traffic", min(stray))
    for name, section in says.items():
        if not isinstance(section, Mapping):
            raise Refusal(file, name, "a mapping of fields", "nothing" if section is None else section)
    return Layer(str(file), _fetch(says, file), file)


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
    if set(value) == {"table"}:
        return table_files.read(_beside(path, f"{field}.table", value["table"]))
    if field == "system.service" and set(value) == {"profile"}:
        return profiles.read(_beside(path, f"{field}.profile", value["profile"]))
    if field == "system.service" and {"measured", "journeys", "outages"} <= set(value):
        return Whole(value)  # a profile in the scenario itself, as a run writes it down
    if field == "traffic.log" and isinstance(value.get("file"), str):
        file = path.parent / value["file"]
        value = {**value, **_known(file, "file")} if os.path.isfile(file) else {**value, "file": file.as_posix()}
    if (field == "engine" or value.get("policy") == "own") and isinstance(value.get("file"), str):
        value = {**value, **_known(_beside(path, f"{field}.file", value["file"]), "file")}
    return {key: _fetch(element, path, f"{field}.{key}" if field else str(key)) for key, element in value.items()}


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
