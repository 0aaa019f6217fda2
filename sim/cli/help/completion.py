"""Completion of values at the prompt. The shell waits for it: nothing is imported that the command's start does not import."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

_SCENARIO_FILES = (".yaml", ".yml")

Completion = Callable[[str], list[str]]
"""The values that begin with what was typed. Where there are none, the shell completes names of files."""


def scenarios(incomplete: str) -> list[str]:
    """Shipped scenarios by name, and scenario files of this folder."""
    from sim.scenario.shipped import names

    return _beginning([*names(), *_files(incomplete)], incomplete)


def one_of(*values: str) -> Completion:
    """Completion of these values alone."""
    return lambda incomplete: _beginning(values, incomplete)


def example_or_file(*examples: str) -> Completion:
    """Completion of these words, which name what ships, and of YAML files of this folder."""
    return lambda incomplete: _beginning([*examples, *_files(incomplete)], incomplete)


def _files(incomplete: str) -> list[str]:
    """None where a folder was typed: the shell completes its files."""
    if "/" in incomplete:
        return []
    return sorted(
        file.name for file in Path().iterdir() if file.suffix in _SCENARIO_FILES and not file.name.startswith(".")
    )


def _beginning(values: list[str] | tuple[str, ...], incomplete: str) -> list[str]:
    return [value for value in values if value.startswith(incomplete)]
