"""Ctrl-C: what was done stays, and one line says how to go on."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import Any

import typer

ANEW = "what was not finished is not kept: the same command begins anew"


@contextlib.contextmanager
def going_on(*lines: str) -> Iterator[None]:
    """A block of which Ctrl-C leaves something: the lines say what, and how to go on. Those of a block inside it stand before them."""
    try:
        yield
    except KeyboardInterrupt as stop:
        raise KeyboardInterrupt(*stop.args, *lines) from None


def saying_how(command: Callable[..., Any]) -> Callable[..., Any]:
    """A command that prints how to go on where Ctrl-C ends it: the lines of `going_on`, else that it begins anew."""

    @functools.wraps(command)
    def said(*positional: Any, **given: Any) -> Any:
        try:
            return command(*positional, **given)
        except KeyboardInterrupt as stop:
            for line in stop.args or (ANEW,):
                typer.echo(line, err=True)
            raise

    return said
