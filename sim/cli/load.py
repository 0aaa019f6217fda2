"""The command `replay`: where the lab and its load generator meet."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.verdict import Targets, judge, say
from sim.records.refusal import Refusal

if TYPE_CHECKING:
    from loadtests.plan import Plan


def replay(
    trace: Annotated[Path, typer.Argument(help="A trace.parquet.")],
    host: Annotated[str, typer.Option(help="Base URL of the API under test.")],
    adapter: Annotated[str, typer.Option(help="Adapter by name, by path or by entry point.")] = "shop",
    workers: Annotated[int, typer.Option(min=1, help="Worker processes.")] = 1,
    catalogue: Annotated[Path | None, typer.Option(help="catalogue.parquet; beside the trace unless named.")] = None,
    first: Annotated[str, typer.Option("--from", help="From here: trace seconds, 17:30 or 2026-10-01T17:30.")] = "",
    last: Annotated[str, typer.Option("--to", help="Up to here, in the same forms.")] = "",
    time_scale: Annotated[float, typer.Option(help="Trace seconds played per second of the run.")] = 1.0,
    duration: Annotated[float, typer.Option(help="Longest stretch to schedule, s of the run; 0 for all.")] = 0.0,
    loop: Annotated[bool, typer.Option(help="Repeat the stretch until --duration is reached: a soak.")] = False,
    shape: Annotated[str, typer.Option(help="ramp:SECONDS or spike:START:SECONDS:TIMES, over the stretch.")] = "",
    warmup: Annotated[float, typer.Option(help="Stretch that is played and shown but not judged, s.")] = 0.0,
    timeout: Annotated[float, typer.Option(help="Time-out of a request, s.")] = 10.0,
    targets: Targets = [],  # noqa: B006 (typer copies it)
    until_decided: Annotated[bool, typer.Option(help="End at the first declared look that decides.")] = False,
    incident: Annotated[float, typer.Option(help="Length of incidents every look reckons with, s.")] = 0.2,
    rate_cap: Annotated[float, typer.Option(help="Refuse a schedule with more journeys in any second.")] = 500.0,
    error_ratio: Annotated[float, typer.Option(help="Stop when more requests than this fail over 10 s.")] = 0.5,
    allow_host: Annotated[str, typer.Option(help="Hosts beyond loopback that may be loaded, with commas.")] = "",
    ca_bundle: Annotated[str, typer.Option(help="PEM file of authorities to trust, for a private CA.")] = "",
    client_certificate: Annotated[str, typer.Option(help="PEM file with a client certificate and its key.")] = "",
    proxy: Annotated[str, typer.Option(help="http://host:port of a proxy to go through; none unless named.")] = "",
    sync_sales: Annotated[int, typer.Option(help="First sell so many units; time each until stock shows it.")] = 0,
    cancel_orders: Annotated[bool, typer.Option(help="Cancel the orders made, after stock was read.")] = False,
    out: Annotated[Path | None, typer.Option(help="Folder of the run.")] = None,
    dry_run: Annotated[bool, typer.Option(help="Print what would be sent, and send nothing.")] = False,
    announce: Annotated[Path | None, typer.Option(help="Write a page for the API's owners, and send nothing.")] = None,
    starts: Annotated[str, typer.Option(help="When it will start, for the page.")] = "",
) -> int:
    """Replay a trace against a retail API in open loop and judge it; ends with the verdict's status: 0 pass, 1 fail, 2 inconclusive, 3 invalid."""
    from loadtests.plan import Plan
    from loadtests.start import replay as start
    from sim.evidence.targets import parse

    parse(targets)
    folder = out or Path("runs") / f"replay-{datetime.now():%Y%m%d-%H%M%S}"
    plan = Plan(
        trace=str(trace),
        host=host,
        adapter=adapter,
        out=str(folder),
        catalogue=str(catalogue or ""),
        first=first,
        last=last,
        time_scale=time_scale,
        duration_s=duration,
        loop=loop,
        shape=shape,
        timeout_s=timeout,
        warmup_s=warmup,
        rate_cap=rate_cap,
        error_ratio=error_ratio,
        allow_host=allow_host or typed(host),
        ca_bundle=ca_bundle,
        client_certificate=client_certificate,
        proxy=proxy,
        cancel_orders=cancel_orders,
        sync_sales=sync_sales,
        targets=",".join(targets),
        until_decided=until_decided,
        incident_s=incident,
    )
    if dry_run or announce:
        return _say_only(plan, workers, announce, starts)
    run = start(plan, workers, progress)
    accounts = run.accounts
    typer.echo(
        f"accounts: {accounts.scheduled:,} journeys scheduled = {accounts.sent:,} sent + {accounts.dropped:,} dropped"
        f" + {accounts.lost:,} lost + {accounts.not_reached:,} not reached"
    )
    status = say(judge(folder, targets))
    typer.echo(f"written to {folder}")
    return status


def _say_only(plan: Plan, workers: int, announce: Path | None, starts: str) -> int:
    """What a replay would do, as lines or as a page; nothing is sent."""
    from loadtests.announce import announcement, outline
    from loadtests.prepare import prepare

    ready = prepare(plan, workers)
    if announce:
        announce.write_text(announcement(plan, ready, starts), encoding="utf-8")
        typer.echo(f"written to {announce}")
    else:
        typer.echo("\n".join(outline(plan, ready)))
    return 0


def progress(line: str) -> None:
    """On a terminal each line takes the place of the one before; elsewhere they stand one below another."""
    typer.echo(f"\r\033[K{line}" if sys.stdout.isatty() else line, nl=not sys.stdout.isatty())


def typed(host: str) -> str:
    """Beyond loopback, the host's name as a person types it; empty where it is loopback or nobody is there to type. Raises `Refusal`."""
    from loadtests.rails import resolve

    target = resolve(host)
    if target.loopback or not sys.stdin.isatty():
        return ""
    said = typer.prompt(f"This will load {target.host} ({', '.join(target.addresses)}). Type its name to go on")
    if said.strip().lower() != target.host.lower():
        raise Refusal("--host", target.host, "its name, typed as it stands", said)
    return said
