"""The command `replay`, which starts the load generator."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from loadtests.planning.plan import Plan
from sim.cli import options
from sim.cli.commands.verdict import conclude, judge
from sim.cli.exports import NONE_ASKED, Exports, exporting
from sim.cli.files import file_to_read, file_to_write, folder_to_write
from sim.cli.help.examples import examples
from sim.cli.options import Host, Html, InconclusiveOk, Junit, Lang, Quiet, Targets, Workers
from sim.records.refusal import Refusal

if TYPE_CHECKING:
    from sim.records.load_run import Accounts
    from sim.records.verdict import Verdict


@examples(
    "replay runs/golden-week-*/trace.parquet --host http://127.0.0.1:8080 --time-scale 4",
    "replay --plan plan.yaml --wave east-china --host http://127.0.0.1:8080 --dry-run",
    needs="loadtests",
)
@options.settings
@exporting
def replay(
    host: Host,
    trace: Annotated[
        str, typer.Argument(callback=file_to_read, help="A trace.parquet; none with --plan.", show_default=False)
    ] = "",
    rollout: Annotated[
        Path | None,
        typer.Option(
            "--plan", callback=file_to_read, help="Replay the peak of a wave of this plan instead of a trace."
        ),
    ] = None,
    wave: Annotated[str, typer.Option(help="Name of the wave, with --plan.")] = "",
    workers: Workers = 1,
    targets: Targets = [],  # noqa: B006 (typer copies it)
    out: Annotated[
        str, typer.Option(callback=folder_to_write, help="Folder of the run; one by the date unless named.")
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would be sent, and send nothing.")] = False,
    announce: Annotated[
        Path | None, typer.Option(callback=file_to_write, help="Write a page for the API's owners, and send nothing.")
    ] = None,
    starts: Annotated[str, typer.Option(help="When it will start, for the page.")] = "",
    exports: Exports = NONE_ASKED,
    junit: Junit = None,
    html: Html = None,
    quiet: Quiet = False,
    inconclusive_ok: InconclusiveOk = False,
    lang: Lang = "en",
    **settings: Any,
) -> int:
    """Replay a trace against a retail API in open loop and judge it; ends with the verdict's status: 0 pass, 1 fail, 2 inconclusive, 3 invalid."""
    from loadtests.replay.launcher import replay as start
    from sim.evidence.verdict.targets import parse

    parse(targets)
    pages = {"--junit": junit, "--html": html}
    exports.admit(rollout or trace, pages)
    folder = Path(out or f"runs/replay-{datetime.now():%Y%m%d-%H%M%S}")
    if rollout or wave or not trace:
        trace = _of_wave(trace, rollout, wave, folder.parent, settings, quiet)
    settings["allow_host"] = settings["allow_host"] or typed(host)
    plan = Plan(trace=trace, host=host, out=str(folder), targets=",".join(targets), **settings)
    if dry_run or announce:
        if flag := next((name for name, path in (exports.paths | pages).items() if path), ""):
            raise Refusal(flag, "", "a replay that is sent: --dry-run and --announce find nothing to report")
        return _say_only(plan, workers, announce, starts)
    run = start(plan, workers, _silent if quiet else progress)
    if not quiet:
        typer.echo(closed(run.accounts))
        typer.echo(f"written to {folder}")
    return conclude(judge(folder, targets), folder, exports, junit, html, quiet, inconclusive_ok, lang)


def _of_wave(trace: str, plan: Path | None, wave: str, root: Path, settings: dict[str, Any], quiet: bool) -> str:
    """The trace of a wave's peak, built into a folder of its own below `root`; `settings` gets its pace. Raises `Refusal`."""
    from sim.cli.commands.planning.wave_peak import build, outline

    if trace or not plan or not wave:
        raise Refusal(
            "--plan", "", "either a trace, or --plan with --wave", "both" if trace and plan else wave or "nothing"
        )
    folder = root / f"peak-{plan.stem}-{wave}"
    peak = build(plan, wave, folder)
    settings["time_scale"] *= peak.time_scale
    if not quiet:
        typer.echo(outline(peak))
        typer.echo(f"written to {folder}")
    return str(folder / "trace.parquet")


def send(
    trace: Path,
    host: str,
    folder: Path,
    targets: Sequence[str] = (),
    workers: int = 1,
    tell: Callable[[str], None] | None = None,
    **settings: Any,
) -> Verdict:
    """Replay a trace into a folder and judge it, as the command does, without a prompt. `settings`: those of `Plan`, by name.

    Raises `Refusal` for a setting that there is not, before anything is sent.
    """
    from loadtests.replay.launcher import replay as start
    from sim.evidence.verdict.targets import parse

    parse(list(targets))
    known = sorted({each.name for each in fields(Plan)} - {"trace", "host", "out", "targets"})
    for name in settings:
        if name not in known:
            raise Refusal("settings", name, f"one of {', '.join(known)}", name)
    plan = Plan(trace=str(trace), host=host, out=str(folder), targets=",".join(targets), **settings)
    start(plan, workers, tell or _silent)
    return judge(folder, list(targets))


def closed(accounts: Accounts) -> str:
    """The accounts of a run in a line."""
    return (
        f"accounts: {accounts.scheduled:,} journeys scheduled = {accounts.sent:,} sent + {accounts.dropped:,} dropped"
        f" + {accounts.lost:,} lost + {accounts.not_reached:,} not reached"
    )


def _say_only(plan: Plan, workers: int, announce: Path | None, starts: str) -> int:
    """What a replay would do, as lines or as a page; nothing is sent."""
    from loadtests.planning.announce import announcement, outline
    from loadtests.planning.prepare import prepare

    ready = prepare(plan)
    if announce:
        from sim.records.atomic_files import whole

        with whole(announce) as aside:
            aside.write_text(announcement(plan, ready, workers, starts), encoding="utf-8")
        typer.echo(f"written to {announce}")
    else:
        typer.echo("\n".join(outline(plan, ready, workers)))
    return 0


def _silent(line: str) -> None:
    """Progress with --quiet: prints nothing."""


def progress(line: str) -> None:
    """On a terminal each line takes the place of the one before; elsewhere they stand one below another."""
    typer.echo(f"\r\033[K{line}" if sys.stdout.isatty() else line, nl=not sys.stdout.isatty())


def typed(host: str) -> str:
    """The host's name as typed at the prompt, for a host beyond loopback; empty for loopback and without a terminal. Raises `Refusal`."""
    from loadtests.safety import near, read_url

    _, name, *_ = read_url(host)
    if near(name) or not sys.stdin.isatty():
        return ""
    said = typer.prompt(f"This will load {name}. Type its name to go on")
    if said.strip().lower() != name.lower():
        raise Refusal("--host", name, "its name, typed as it stands", said)
    return said
