"""The scenarios that ship with the lab, found by name: beside the package in a checkout, inside it where a wheel is installed."""

from __future__ import annotations

import os
from pathlib import Path

from sim.records.refusal import Refusal
from sim.scenario.layers import nearest

_PACKAGE = Path(__file__).parents[1]


def folder() -> Path:
    """Where the shipped scenarios lie. `setup.py` puts them into a wheel as `sim/scenarios`; a checkout has them at its top."""
    inside = _PACKAGE / "scenarios"
    return inside if inside.is_dir() else _PACKAGE.parent / "scenarios"


def names() -> list[str]:
    """The names of the shipped scenarios, in alphabetical order: `pilot` is `pilot.yaml` in `folder()`."""
    return sorted(file.stem for file in folder().glob("*.yaml"))


def find(scenario: Path | str) -> Path:
    """The file of a scenario: the path as it stands where a file is there, else the shipped scenario of that name, with or without `.yaml`.

    Raises `Refusal` for a name, without a folder and a suffix, that is neither; another path that does not exist is refused by what reads it.
    """
    path = Path(scenario)
    if os.path.isfile(path):
        return path
    name = path.name.removesuffix(".yaml")
    if str(path) in (name, f"{name}.yaml") and name in names():
        return folder() / f"{name}.yaml"
    if str(path) == name and not path.suffix and not os.path.exists(path):
        known = f"a scenario file or a shipped scenario ({', '.join(names())}){nearest(name, names())}"
        raise Refusal(path, "", known, "no such file")
    return path
