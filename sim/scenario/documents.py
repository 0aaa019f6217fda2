"""YAML as the lab reads it: safe, each key once, and no surprises: `no` is a word, `09:30` a text, `007` a code."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import yaml

from sim.records.refusal import Refusal

_BASE = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_BASE):
    """The core schema of YAML 1.2 with dates, in place of YAML 1.1's base-60 numbers, octals, and `yes`, `no`, `on`, `off`."""

    yaml_implicit_resolvers = {}

    def construct_mapping(self, node, deep=False):
        seen = set()
        for key_node, _ in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":
                continue
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, (str, int)):
                raise yaml.MarkedYAMLError(
                    problem=f"a key that is a text, found {key!r}", problem_mark=key_node.start_mark
                )
            if key in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"each key once, found {key!r} again", problem_mark=key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


for _tag, _pattern, _first in [
    ("merge", r"<<", ["<"]),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?(0|[1-9][0-9]*)", "-+0123456789"),
    ("float", r"[-+]?(\.[0-9]+|(0|[1-9][0-9]*)(\.[0-9]*)?)([eE][-+]?[0-9]+)?", "-+.0123456789"),
    ("timestamp", r"[0-9]{4}-[0-9]{2}-[0-9]{2}", "0123456789"),
]:
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"(?:{_pattern})\Z"), list(_first))
_Loader.add_constructor("tag:yaml.org,2002:float", lambda loader, node: float(loader.construct_scalar(node)))
_Loader.add_constructor("tag:yaml.org,2002:int", lambda loader, node: int(loader.construct_scalar(node)))


def parse(text: str, where: object) -> object:
    """One YAML document as plain Python values. `where` names it in a `Refusal`, which carries line and column."""
    try:
        return yaml.load(text, _Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{where}:{mark.line + 1}:{mark.column + 1}" if mark else where
        ours = type(error) is yaml.MarkedYAMLError
        raise Refusal(place, "", error.problem if ours else f"YAML ({error.problem})") from None
    except (yaml.YAMLError, ValueError) as error:
        raise Refusal(where, "", "YAML", str(error)) from None


def read(path: Path, what: str) -> dict:
    """The mapping that a YAML file holds; `what` names it in a `Refusal`."""
    try:
        document = parse(path.read_bytes().decode("utf-8-sig"), path)
    except FileNotFoundError:
        raise Refusal(path, "", what, "no such file") from None
    except UnicodeDecodeError as error:
        raise Refusal(path, "", f"{what} in UTF-8", f"byte {error.start}") from None
    except OSError as error:
        raise Refusal(path, "", what, error.strerror) from None
    if not isinstance(document, dict):
        raise Refusal(path, "", f"{what}: a mapping of fields", document)
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
