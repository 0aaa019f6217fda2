"""The flags of commands that read a transaction log: name, default and help come from `Reading`."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Annotated, Any, cast

import typer

from sim.records.refusal import Refusal
from sim.traffic.log.reading import Reading

_FLAG = {"columns": "--column", "void": "--void"}
"""Of fields that take several values, each by a flag of its own."""


def log_flags(command: Callable[..., Any]) -> Callable[..., Any]:
    """A command that takes a `reading: Reading`, as one that takes each of its fields as a flag."""
    own = inspect.signature(command, eval_str=True)
    flags = [
        inspect.Parameter(
            each.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=[] if each.name in _FLAG else each.default,
            annotation=Annotated[list[str] if each.name in _FLAG else str, _option(each.name, **each.metadata)],
        )
        for each in fields(Reading)
    ]

    @functools.wraps(command)
    def called(*args: Any, **given: Any) -> Any:
        reading = {each.name: given.pop(each.name) for each in fields(Reading)}
        reading |= {"columns": named_columns(reading["columns"]), "void": tuple(reading["void"])}
        return command(*args, reading=Reading(**reading), **given)

    others = [each for each in own.parameters.values() if each.name != "reading"]
    cast(Any, called).__signature__ = own.replace(parameters=[*others, *flags])
    return called


def _option(name: str, help: str, metavar: str) -> Any:
    return typer.Option(_FLAG.get(name, f"--{name.replace('_', '-')}"), help=help, metavar=metavar or None)


def named_columns(texts: Sequence[str]) -> dict[str, str]:
    """`FIELD=NAME` of each `--column`. Raises `Refusal`."""
    named = {}
    for text in texts:
        field, equals, name = text.partition("=")
        if not equals or not field or not name:
            raise Refusal("--column", "", "FIELD=NAME, such as timestamp=InvoiceDate", text)
        named[field.strip()] = name.strip()
    return named
