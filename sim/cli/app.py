"""The command `retail-lab`: the command tree, and errors as one line and an exit status."""

from __future__ import annotations

import errno
import io
import json
import os
import sys
import traceback
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from math import isfinite
from typing import Annotated, Any

import typer

from sim.cli.commands import (
    adapter,
    backtest,
    calibrate,
    capacity,
    chain,
    demo,
    own_chain,
    plan,
    publish,
    replay,
    shop,
    trace,
    vendors,
    verdict,
)
from sim.cli.commands.planning import dashboard, drill, film, gate, goals, health, pilot, poc, process, rollout, study
from sim.cli.help.examples import epilog, examples, install_line, section
from sim.cli.installation import doctor
from sim.cli.interruption import saying_how
from sim.records.refusal import Refusal

USAGE = 64
"""Exit status of wrong input: EX_USAGE of sysexits.h. 1 to 3 belong to verdicts."""
DEFECT = 70
"""Exit status of a defect of the lab, EX_SOFTWARE; Python's 1 is a verdict of fail."""
INTERRUPTED = 130
_BEGIN = (
    section("Examples", "retail-lab doctor", "retail-lab run corner-shop", "retail-lab demo"),
    section(
        "Completion of commands, options and scenarios in bash and zsh, once for all", "retail-lab --install-completion"
    ),
)
"""The end of the help that lists the commands."""
app = typer.Typer(
    name="retail-lab",
    help="Simulate a retail chain, replay its traffic against a real retail API, judge what was measured.",
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _say_version(asked: bool) -> None:
    if asked:
        typer.echo(version("retail-lab"))
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _options(
    context: typer.Context,
    asked: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Say which and stop.")
    ] = False,
) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@examples("schema > scenario.schema.json")
def schema() -> None:
    """Print the JSON Schema of scenario files, for editors that complete and check YAML."""
    from sim.scenario.schema import json_schema

    typer.echo(json.dumps(json_schema(), indent=1, ensure_ascii=False))


for _each in (
    demo.demo,
    own_chain.new,
    *(chain.run, chain.compare, chain.report, film.film, publish.publish, dashboard.dashboard),
    calibrate.calibrate,
    *(backtest.validate, backtest.score),
    plan.replenish,
    *(shop.shop, replay.replay, verdict.verdict, verdict.profile, capacity.capacity, trace.trace),
    adapter.oversell,
    *(
        goals.goals,
        gate.gate,
        rollout.rollout,
        health.health,
        drill.drill,
        vendors.vendors,
        poc.poc,
        process.process,
        study.study,
    ),
    schema,
    doctor.doctor,
):
    app.command(cls=plan.PoliciesByName if _each is plan.replenish else None)(_each)
app.command(name="import")(own_chain.import_)
app.add_typer(adapter.adapter, name="adapter")
app.add_typer(pilot.pilot, name="pilot")


def main(arguments: list[str] | None = None) -> None:
    """Run a command and end the process with its status: 0, a verdict's 1 to 3, 64 for wrong input, 70 for a defect, 130 when interrupted."""
    sys.stdout, sys.stderr = map(_unbreakable, (sys.stdout, sys.stderr))
    try:
        code = status(arguments)
    except Exception:
        traceback.print_exc()
        code = DEFECT
    sys.exit(code)


def status(arguments: list[str] | None = None) -> int:
    """Run a command; the exit status it ends with."""
    try:
        result = command_tree(app)(arguments, prog_name="retail-lab", standalone_mode=False)
    except Refusal as refusal:
        return _complain(str(refusal), USAGE)
    except (KeyboardInterrupt, typer.Abort):
        return _complain("interrupted", INTERRUPTED)
    except ModuleNotFoundError as missing:
        return _complain(_install(missing), USAGE)
    except OSError as error:
        if error.filename is None and error.errno != errno.ENOSPC:
            raise
        return _complain(": ".join(str(said) for said in (error.filename, error.strerror) if said), USAGE)
    except Exception as error:
        if not hasattr(error, "format_message"):  # errors of the command-line library have it
            raise
        from sim.records.expected import of_flag

        return _complain(of_flag(error.format_message()), USAGE)
    if result == INTERRUPTED:
        return _complain("interrupted", INTERRUPTED)
    return result if isinstance(result, int) else 0


@cache
def command_tree(commands: typer.Typer) -> Any:
    """The command tree of an application, made once.

    Help ends with examples, and Ctrl-C with how to go on; options that take a number refuse nan and infinities, which no range of Typer's excludes.
    """
    tree = typer.main.get_command(commands)
    for command in _commands(tree):
        command.epilog = epilog(command)
        command.callback = command.callback and saying_how(command.callback)
        for parameter in command.params:
            parameter.callback = parameter.callback or _finite
    tree.epilog = "\n\n".join(_BEGIN)
    return tree


def _commands(tree: Any) -> Iterator[Any]:
    """A command and all below it."""
    yield tree
    for inner in getattr(tree, "commands", {}).values():
        yield from _commands(inner)


def _finite(_context: Any, parameter: Any, value: Any) -> Any:
    if isinstance(value, float) and not isfinite(value):
        raise Refusal(parameter.opts[0], "", "a finite number", value)
    return value


class _Unbreakable(io.RawIOBase):
    """A stream that goes on without its reader: `retail-lab replay … | head` ends with the verdict's status."""

    def __init__(self, raw: io.RawIOBase):
        self._raw = raw

    def writable(self) -> bool:
        return True

    def isatty(self) -> bool:
        return self._raw.isatty()

    def fileno(self) -> int:
        return self._raw.fileno()

    def write(self, data: Any) -> int | None:
        try:
            return self._raw.write(data)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), self.fileno())
            return self._raw.write(data)


def _unbreakable(stream: Any) -> Any:
    """The stream over `_Unbreakable`; one that is no file of this process as it is."""
    buffer = getattr(stream, "buffer", None)
    raw = getattr(buffer, "raw", buffer)
    if not isinstance(raw, io.FileIO):
        return stream
    stream.flush()
    lines = stream.line_buffering or buffer is raw
    # Characters that the terminal cannot encode, and lone surrogates, are written as escapes.
    return io.TextIOWrapper(
        io.BufferedWriter(_Unbreakable(raw)), stream.encoding, "backslashreplace", line_buffering=lines
    )


def _complain(line: str, code: int) -> int:
    print(f"retail-lab: {line}", file=sys.stderr)
    return code


def _install(missing: ModuleNotFoundError) -> str:
    """The extra to install for a missing module; a module of no extra is a defect and is raised again."""
    from sim.cli.installation.requirements import extra_of

    package = (missing.name or "").partition(".")[0]
    extra = extra_of(package)
    if extra is None:
        raise missing
    return f"this command needs {package}: {install_line(extra)}"
