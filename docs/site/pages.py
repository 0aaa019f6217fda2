"""The pages of the site that are made from code: commands, the scenario's fields, the Python API, benchmarks."""

from __future__ import annotations

import ast
import inspect
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import sim
from sim.cli.app import app, command_tree
from sim.cli.help.examples import examples_of
from sim.scenario.schema import json_schema

RESULTS = Path(__file__).parents[2] / "benchmarks/results.json"
DEFINED = "#/$defs/"


def generated() -> dict[str, str]:
    """Text of every page, by its path in the site's source."""
    commands = {name: command for name, command in _leaves(command_tree(app))}
    return {
        "reference/commands/index.md": _list_of_commands(commands),
        **{f"reference/commands/{_file(name)}.md": _command(name, each) for name, each in commands.items()},
        "reference/scenario.md": _scenario(json_schema()),
        "reference/api.md": _api(),
        "reference/benchmarks.md": _benchmarks(json.loads(RESULTS.read_text(encoding="utf-8"))),
    }


def _leaves(command: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """Commands that are no groups, by what is typed after `retail-lab`."""
    inner = getattr(command, "commands", None)
    if inner is None:
        yield name, command
        return
    for below, each in inner.items():
        yield from _leaves(each, f"{name} {below}".strip())


def _file(command: str) -> str:
    return command.replace(" ", "-")


def _table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    cells = (head, ("---",) * len(head), *rows)
    return "".join(f"| {' | '.join(_cell(cell) for cell in row)} |\n" for row in cells) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _list_of_commands(commands: dict[str, Any]) -> str:
    rows = [(f"[`{name}`]({_file(name)}.md)", _help(each).partition("\n\n")[0]) for name, each in commands.items()]
    listed = "\n".join(_file(name) for name in commands)
    return (
        "# Commands\n\nWhat `retail-lab COMMAND --help` prints, a page a command. Exit status: 0, a verdict's 1 fail, 2 inconclusive and "
        "3 invalid, 64 for wrong input, 70 for a defect of the lab, 130 when interrupted.\n\n"
        + _table(("command", "what it does"), rows)
        + f"```{{toctree}}\n:hidden:\n\n{listed}\n```\n"
    )


def _help(command: Any) -> str:
    return inspect.cleandoc(command.help or "")


def _command(name: str, command: Any) -> str:
    context = command.make_context(f"retail-lab {name}", [], resilient_parsing=True)
    parts = [f"# {name}\n\n{_html_safe(_help(command))}\n\n```text\n{command.get_usage(context)}\n```\n\n"]
    if lines := examples_of(command):
        parts.append("```sh\n" + "".join(f"retail-lab {line}\n" for line in lines) + "```\n\n")
    for title, kind in (("Arguments", "argument"), ("Options", "option")):
        shown = (each.get_help_record(context) for each in command.params if each.param_type_name == kind)
        if rows := [(f"`{_cell(each[0])}`", _html_safe(each[1])) for each in shown if each]:
            parts.append(f"## {title}\n\n" + _table((title.lower().removesuffix("s"), "meaning"), rows))
    if needs := vars(command.callback).get("needs"):
        parts.append(f"Needs the extra `{needs}`: `pip install 'retail-lab[{needs}]'`.\n")
    return "".join(parts)


def _html_safe(text: str) -> str:
    """Text that Markdown shows as it is, with what stands in backticks as code."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(
        part if part.startswith("`") else re.sub(r"([\\<*_\[\]$~])", r"\\\1", part).replace("--", "\\-\\-")
        for part in parts
    )


def _scenario(schema: dict[str, Any]) -> str:
    """Every field of a scenario file by section, from the JSON Schema that `retail-lab schema` prints."""
    head = (
        "# Scenario files\n\nEvery field of a scenario, from the JSON Schema that `retail-lab schema` prints, with which an editor completes "
        "and checks YAML. What each rule does stands in [how a store trades](../trading.md) and "
        "[how goods and orders move](../network.md).\n\n"
    )
    whole = {"description": "The file itself.", **schema}
    sections = (("Scenario", whole), *sorted(schema["$defs"].items()))
    return head + "".join(_section(name, each) for name, each in sections)


def _section(name: str, section: dict[str, Any]) -> str:
    rows = [
        (
            f"`{field}`",
            _kind(each),
            _html_safe(each.get("description", "")),
        )
        for field, each in section.get("properties", {}).items()
    ]
    about = _html_safe(inspect.cleandoc(section.get("description", "")))
    described = "" if "properties" in section else f"{_kind(section)}\n\n"
    return (
        f"({name.lower()})=\n## {name}\n\n{about}\n\n"
        + described
        + ((rows and _table(("field", "value", "meaning"), rows)) or "")
    )


def _kind(node: dict[str, Any]) -> str:
    """What a value may be, in words, with its range and unit."""
    if "$ref" in node:
        name = node["$ref"].removeprefix(DEFINED)
        return f"[{name}](#{name.lower()})"
    if "anyOf" in node:
        return ", or ".join(dict.fromkeys(_kind(each) for each in node["anyOf"]))
    if "const" in node or "enum" in node:
        return ", ".join(f"`{each}`" for each in node.get("enum", [node.get("const")]))
    kind = node.get("type", "any value")
    if kind == "array":
        return f"list of {_kind(node['items'])}" if node.get("items") else "list"
    if kind == "object":
        if "properties" in node:
            return "{" + ", ".join(f"`{name}`: {_kind(each)}" for name, each in node["properties"].items()) + "}"
        below = node.get("additionalProperties")
        return f"mapping to {_kind(below)}" if isinstance(below, dict) and below else "mapping"
    low, high = node.get("minimum"), node.get("maximum")
    between = "" if low is None and high is None else f" {_bound(low)} to {_bound(high)}"
    unit = node.get("unit")
    return f"{kind}{between}{f' {_html_safe(unit)}' if unit and unit != '1' else ''}"


def _bound(limit: float | None) -> str:
    return "…" if limit is None else f"{limit:,.10g}"


def _api() -> str:
    public = {name: getattr(sim, name) for name in sim.__all__}
    classes = [name for name, each in public.items() if inspect.isclass(each)]
    functions = [name for name in public if name not in classes]
    return (
        "# Python API\n\n`import sim as lab`: every public name, from its docstring. [The lab from Python](../python.md) shows them at work.\n\n"
        "## Functions\n\n"
        + "".join(f"### {name}\n\n```{{eval-rst}}\n.. autofunction:: sim.{name}\n```\n\n" for name in functions)
        + "## Results and inputs\n\n"
        + "".join(
            f"### {name}\n\n```{{eval-rst}}\n.. autoclass:: sim.{name}\n   :members:\n```\n\n" for name in classes
        )
    )


def _benchmarks(results: dict[str, Any]) -> str:
    parts = [
        "# Benchmarks\n\nWhat `make bench` measured and wrote to `benchmarks/results.json`. The ratio is the value's to "
        "the baseline's; a goal is one for the ratio where there is a baseline, else for the value.\n\n"
    ]
    for benchmark, measured in results.items():
        machine = ", ".join(f"{name} {value}" for name, value in measured["machine"].items())
        rows = [
            (
                _html_safe(name),
                _html_safe(f"{_figure(each, 'value')} {each['unit']}"),
                _baseline(each),
                _figure(each, "ratio"),
                (each.get("goal") or "").replace(">= ", "≥\u00a0").replace("<= ", "≤\u00a0"),
            )
            for name, each in measured["figures"].items()
        ]
        program = RESULTS.with_name(f"{benchmark}.py").read_text(encoding="utf-8")
        about, *_ = (ast.get_docstring(ast.parse(program)) or "").splitlines()
        parts.append(
            f"## {benchmark.replace('_', ' ')}\n\n{_html_safe(about)}\n\nMeasured with {_html_safe(machine)}.\n\n"
        )
        parts.append(_table(("measured", "value", "baseline", "ratio", "goal"), rows))
    return "".join(parts)


def _figure(row: dict[str, Any], key: str) -> str:
    value = row.get(key)
    return "" if value is None else f"{value:,.4g}" if abs(value) < 10_000 else f"{value:,.0f}"


def _baseline(row: dict[str, Any]) -> str:
    return "" if row.get("baseline") is None else _html_safe(f"{row['baseline']}: {_figure(row, 'baseline_value')}")
