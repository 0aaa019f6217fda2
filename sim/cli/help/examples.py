"""Examples in the help of commands, and the extra that a command needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_NAME = "retail-lab"


def examples(*lines: str, needs: str = "") -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A command whose help ends with these command lines, each without `retail-lab`, and with the extra that it `needs`.

    Names of shipped scenarios and `runs/corner-shop-*`, the run that `retail-lab run corner-shop` leaves, can be pasted as they stand; other
    files are the user's own.
    """

    def described(command: Callable[..., Any]) -> Callable[..., Any]:
        vars(command)["examples"], vars(command)["needs"] = lines, needs
        return command

    return described


def examples_of(command: Any) -> tuple[str, ...]:
    """The examples of a command of the command tree; none of a group."""
    return tuple(vars(command.callback).get("examples", ())) if command.callback else ()


def install_line(extra: str = "") -> str:
    """How an extra is got, or without one the lab."""
    return f"pip install '{_NAME}[{extra}]'" if extra else f"pip install --force-reinstall {_NAME}"


def epilog(command: Any) -> str:
    """The end of a command's help: its examples, a line each, and how its extra is got; empty without any."""
    needs = vars(command.callback).get("needs", "") if command.callback else ""
    listed = section("Examples", *(f"{_NAME} {line}" for line in examples_of(command)))
    return "\n\n".join(part for part in (listed, needs and section("Needs", install_line(needs))) if part)


def section(title: str, *lines: str) -> str:
    """Lines below a title, as the command-line library prints them: it fills no paragraph that begins with \\b."""
    return "\n".join(("\b", f"{title}:", *(f"  {line}" for line in lines))) if lines else ""
