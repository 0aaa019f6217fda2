"""YAML as the lab reads it: safe, each key once, and no surprises: `no` is a word, `09:30` a text, `007` a code."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import yaml

from sim.records import bounded_yaml
from sim.records.refusal import Refusal


class _Loader(bounded_yaml.EachKeyOnce):
    """With dates."""


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:timestamp", re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z"), list("0123456789")
)


def parse(text: str, where: object) -> object:
    """One YAML document as plain Python values. `where` names it in a `Refusal`, which carries line and column."""
    try:
        return bounded_yaml.load(text, _Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{where}:{mark.line + 1}:{mark.column + 1}" if mark else where
        if isinstance(error, bounded_yaml.Unsound):
            raise Refusal(place, "", error.expected, error.found) from None
        raise Refusal(place, "", f"YAML ({error.problem})") from None
    except (yaml.YAMLError, ValueError) as error:
        raise Refusal(where, "", "YAML", str(error)) from None


def read(path: Path, what: str) -> dict:
    """The mapping that a YAML file holds; `what` names it in a `Refusal`."""
    document = parse(bounded_yaml.read_text(path, what), path)
    if not isinstance(document, dict):
        raise Refusal(path, "", f"{what}: a mapping of fields", "nothing" if document is None else document)
    return document


def line_of(path: Path, keys: Sequence[object]) -> int | None:
    """The line on which a file says `keys`, or as much of them as it says; None where the file does not say the first."""
    node = yaml.compose(path.read_bytes().decode("utf-8-sig"), _Loader)
    line = None
    for key in keys:
        if isinstance(node, yaml.MappingNode):
            step = next(((k, v) for k, v in node.value if k.value == str(key)), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
            step = (node.value[key], node.value[key])
        else:
            step = None
        if step is None:
            break
        line, node = step[0].start_mark.line + 1, step[1]
    return line
