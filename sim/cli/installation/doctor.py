"""The command `doctor`: what is installed, what is missing for which command, and how to get it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from sim.cli.files import write_record
from sim.cli.help.examples import epilog, examples
from sim.cli.options import Json

if TYPE_CHECKING:
    from sim.records.commands.installation import Extra, Installation

RUNS = Path("runs")
"""Folder in which commands make run folders, unless --out names another."""
UNAVAILABLE = 69
"""Exit status where something that a command needs is broken: EX_UNAVAILABLE of sysexits.h. 1 to 3 belong to verdicts."""


@examples("doctor", "doctor --json installation.json")
def doctor(
    context: typer.Context,
    json: Json = None,
) -> int:
    """Say what is installed, what is missing for which command and how to get it; ends with 0, or 69 where something is broken.

    Broken is what a command needs and cannot use: a kernel that is not built, a package of the base that is missing, a version that does not
    suit, a runs folder that cannot be written, --pdf without the libraries of the system. An extra that is not installed is not broken.
    """
    from sim.cli.installation.checks import installation

    found = installation(serves(context.find_root().command), RUNS)
    for line in lines(found):
        typer.echo(line)
    write_record(found, json)
    typer.echo(_sentence(found))
    return UNAVAILABLE if found.broken else 0


def serves(tree: Any) -> dict[str, list[str]]:
    """Commands and options by the extra that their help names."""
    found: dict[str, list[str]] = {}
    for path, command in _leaves(tree):
        for extra in _named(epilog(command)):
            found.setdefault(extra, []).append(path)
        for option in command.params:
            for extra in _named(getattr(option, "help", "") or ""):
                listed = found.setdefault(extra, [])
                listed += [option.opts[0]] if option.opts[0] not in listed else []
    return found


def _leaves(tree: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    for name, command in tree.commands.items():
        if hasattr(command, "commands"):
            yield from _leaves(command, f"{path}{name} ")
        else:
            yield f"{path}{name}", command


def _named(text: str) -> list[str]:
    return re.findall(r"retail-lab\[(\w+)\]", text)


def lines(found: Installation) -> list[str]:
    """What was found, a line a fact."""
    from sim.cli.installation.checks import OPEN_FILES, build_line

    built = [kernel for kernel in found.kernels if not kernel.fault]
    memory = (
        "not known"
        if found.memory_available_bytes is None
        else f"{found.memory_available_bytes / 2**30:.1f} GiB available"
    )
    disk = "" if found.disk_free_bytes is None else f", {found.disk_free_bytes / 2**30:,.0f} GiB free"
    few = f" (a load test of many connections asks for {OPEN_FILES:,}: ulimit -Hn)"
    files = (
        "no limit"
        if found.open_files is None
        else f"{found.open_files:,}{few if found.open_files < OPEN_FILES else ''}"
    )
    headers = "" if found.headers else ", without the headers of Python: apt-get install python3-dev"
    facts = {
        "retail-lab": found.lab,
        "Python": f"{found.python} ({found.executable}); {found.python_required} is required",
        "kernels": f"{len(built)} of {len(found.kernels)} built",
        "cores": str(found.cores),
        "memory": memory,
        "runs folder": f"{found.runs}: {found.runs_fault or 'can be written'}{disk}",
        "open files": files,
        "C compiler": f"{found.compiler or 'none'}{headers}; needed to build kernels alone",
    }
    said = [f"{name:<12} {fact}" for name, fact in facts.items()]
    said += [f"  {kernel.name}: {kernel.fault}" for kernel in found.kernels if kernel.fault]
    if len(built) < len(found.kernels):
        said.append(f"  get them: {build_line(found)}")
    for extra in (found.base, *found.extras):
        said += _extra(extra)
    return [*said, *(f"BROKEN: {fault}" for fault in found.broken)]


def _extra(extra: Extra) -> list[str]:
    """State, what it is needed for, and where it is not whole how to get it."""
    name = f"[{extra.name}]" if extra.name else "base"
    there = len(extra.packages) - len(extra.missing)
    state = "installed" if not extra.missing else f"{there} of {len(extra.packages)} packages installed"
    needed = f"; for {', '.join(extra.serves)}" if extra.serves else ""
    said = [f"{name:<12} {state}{needed}"]
    if extra.missing:
        said.append(f"  missing: {', '.join(extra.missing)}")
    said += [f"  {unsuited}" for unsuited in extra.unsuited]
    return [*said, f"  get it: {extra.get}"] if extra.missing or extra.unsuited else said


def _sentence(found: Installation) -> str:
    from sim.evidence.wording import count

    if found.broken:
        return f"{count(len(found.broken), 'fault')} found."
    without = [extra.name for extra in found.extras if extra.missing]
    return (
        f"The core works; extras not installed: {', '.join(without)}." if without else "The core and every extra work."
    )
