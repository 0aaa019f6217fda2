"""What the lab requires: the distributions of its base and of each extra, read from its package metadata."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import metadata

from packaging.requirements import Requirement

LAB = "retail-lab"
DEVELOPMENT = "dev"
"""The extra of those who change the lab: no command needs it."""
_DISTRIBUTION_OF = {"hdrh": "hdrhistogram", "yaml": "pyyaml"}
"""Of modules that are called otherwise than what installs them: metadata name a distribution's modules only where it is installed."""


@dataclass(frozen=True)
class Required:
    """A distribution that the lab requires, and which version of it is installed."""

    name: str
    specifier: str
    """As in the metadata, such as `>=3.9`; empty for any version."""
    installed: str
    """Its version; empty where it is not installed."""
    suits: bool
    """Whether that version is one that is required."""


@cache
def required() -> Mapping[str, tuple[Required, ...]]:
    """What is required, by extra; the base has the name "". Raises `importlib.metadata.PackageNotFoundError` where the lab is not installed."""
    found: dict[str, list[Required]] = {"": []}
    for extra in metadata.metadata(LAB).get_all("Provides-Extra") or ():
        found[extra] = []
    for line in metadata.requires(LAB) or ():
        each = Requirement(line)
        for extra in _extras(each, list(found)):
            found[extra].append(_required(each))
    return {extra: tuple(listed) for extra, listed in found.items()}


def extra_of(module: str) -> str | None:
    """The extra that brings a top-level module, "" for the base; None for a module that the lab does not require."""
    name = _normal(_DISTRIBUTION_OF.get(module, module))
    return next(
        (extra for extra, all_of in required().items() if name in (_normal(each.name) for each in all_of)), None
    )


def _extras(requirement: Requirement, known: list[str]) -> Iterator[str]:
    """The extras that bring a requirement on this machine: the base alone where it holds without any."""
    if requirement.marker is None or requirement.marker.evaluate({"extra": ""}):
        yield ""
        return
    yield from (extra for extra in known if extra and requirement.marker.evaluate({"extra": extra}))


def _required(requirement: Requirement) -> Required:
    try:
        installed = metadata.version(requirement.name)
    except metadata.PackageNotFoundError:
        installed = ""
    suits = bool(installed) and requirement.specifier.contains(installed, prereleases=True)
    return Required(requirement.name, str(requirement.specifier), installed, suits)


def _normal(name: str) -> str:
    """A distribution's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()
