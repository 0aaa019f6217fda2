"""The commands about one platform's API: try its adapter journey by journey, race for its last units, begin an adapter for another."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.flags import Adapter, AllowHost, CaBundle, CancelOrders, Certificate, Host, Proxy, Timeout
from sim.cli.load import typed
from sim.records.refusal import Refusal

if TYPE_CHECKING:
    from loadtests.trial import Trial

FOUND = 1
"""Exit status where a check or a race found something wrong."""

Name = Annotated[str, typer.Argument(help="Adapter by name, by path or by entry point.")]

adapter = typer.Typer(help="Check or begin the adapter of a platform.", no_args_is_help=True)


@adapter.command()
def check(
    name: Name,
    host: Host,
    openapi: Annotated[
        Path | None, typer.Option(help="The platform's OpenAPI file, to hold its calls against.")
    ] = None,
    timeout: Timeout = 10.0,
    allow_host: AllowHost = "",
    ca_bundle: CaBundle = "",
    client_certificate: Certificate = "",
    proxy: Proxy = "",
) -> int:
    """Play every journey once and say what works; ends with status 1 where something speaks against the platform."""
    from loadtests.checkup import check as look
    from loadtests.draft.openapi import Documented

    documented = Documented.read(openapi) if openapi else None
    with _trial(name, host, timeout, allow_host, ca_bundle, client_certificate, proxy) as trial:
        found = look(trial)
        typer.echo(f"{trial.adapter.name} at {host}")
        typer.echo(_transport(found.transport))
        for line in found.lines:
            typer.echo(_journey(line))
        for each in found.access:
            typer.echo(f"order read by {each.reader}: {each.state} ({each.because})")
        wrong = found.findings
        if documented:
            undocumented = documented.missing(found.sent, trial.target.base_path)
            called = documented.called(found.sent, trial.target.base_path)
            typer.echo(
                f"calls: {len(found.sent)}, of {len(called)} of {len(documented.operations)} documented operations"
            )
            wrong += undocumented
        if found.made:
            typer.echo(f"made: {', '.join(found.made)} (run {trial.adapter.run_id}); {found.fate}")
    for finding in wrong:
        typer.echo(f"  finding: {finding}")
    typer.echo(f"{len(wrong)} finding{'s' * (len(wrong) != 1)}")
    return FOUND if wrong else 0


@adapter.command()
def new(
    name: Annotated[str, typer.Argument(help="Name of the platform: of the class, the file and its variables.")],
    har: Annotated[Path | None, typer.Option(help="A browser's recording.")] = None,
    openapi: Annotated[Path | None, typer.Option(help="A description of the API.")] = None,
    postman: Annotated[Path | None, typer.Option(help="A collection, format 2.0 or 2.1.")] = None,
    host: Annotated[str, typer.Option(help="Base URL of the API, where a recording holds several hosts.")] = "",
    out: Annotated[Path | None, typer.Option(help="File to write; NAME.py unless named.")] = None,
) -> int:
    """Write a starting file for an adapter, filled from a recording, a description or a collection where one is given."""
    from loadtests.draft import draft

    path = out or Path(f"{name}.py")
    if path.exists():
        raise Refusal("--out", path, "a file that is not there yet")
    made = draft(name, har=har, openapi=openapi, postman=postman, host=host)
    path.write_text(made.text, encoding="utf-8")
    typer.echo(f"{path}: {', '.join(made.journeys) or 'no journey yet'}")
    for dropped in made.dropped:
        typer.echo(f"  left out: {dropped}")
    if made.variables:
        typer.echo(f"  it reads from the environment: {', '.join(made.variables)}")
    if not made.journeys and (har or openapi or postman):
        typer.echo(f"no journey was found: none of the calls above fits one; write the journeys in {path} by hand")
        return NO_JOURNEY
    typer.echo(f"next: retail-lab adapter check {path} --host {made.host or 'URL'}")
    return 0


def oversell(
    host: Host,
    adapter: Adapter,
    clients: Annotated[int, typer.Option(min=2, max=1000, help="Shoppers at once, one unit each.")] = 50,
    sku: Annotated[str, typer.Option(help="Code of the SKU; the one with the fewest units unless named.")] = "",
    cancel_orders: CancelOrders = False,
    timeout: Timeout = 60.0,
    allow_host: AllowHost = "",
    ca_bundle: CaBundle = "",
    client_certificate: Certificate = "",
    proxy: Proxy = "",
) -> int:
    """Let clients race for the last units of a SKU; ends with status 1 where more were sold than there were."""
    from loadtests.race import race

    with _trial(adapter, host, timeout, allow_host, ca_bundle, client_certificate, proxy) as trial:
        ran = race(trial, clients, sku, cancel_orders)
    stock = ran.reading
    typer.echo(
        f"{stock.sku_code} had {stock.available_before} units; {clients} clients ordered one each, released together"
    )
    for fate, count in sorted(ran.fates.items()):
        if count:
            typer.echo(f"  {count:>4} {fate}")
    typer.echo(f"its stock now says {stock.available_after}; orders: {ran.fate_of_orders}")
    typer.echo(ran.truth.sentence)
    typer.echo("OVERSOLD" if ran.oversold else "NOT OVERSOLD")
    return FOUND if ran.oversold else 0


def _trial(
    name: str, host: str, timeout: float, allow_host: str, ca_bundle: str, client_certificate: str, proxy: str
) -> Trial:
    from datetime import datetime

    from loadtests.adapters import load
    from loadtests.adapters.base import Shelf
    from loadtests.trial import Trial
    from loadtests.wire import Wire

    wire = Wire(timeout, ca_bundle, client_certificate, proxy, allow_host or typed(host))
    return Trial(load(name), host, wire, os.environ, f"trial-{datetime.now():%Y%m%dT%H%M%S}", Shelf())


def _transport(found) -> str:
    if found.error:
        return f"TLS: failed ({found.error}); HTTP in the clear: {found.in_clear}"
    if not found.version:
        return "TLS: none, HTTP in the clear"
    return f"TLS: {found.version}, certificate good for {found.days:.0f} days; HTTP in the clear: {found.in_clear}"


def _journey(line) -> str:
    if not line.requests:
        return f"  {line.journey:<15} {line.state}"
    steps = ", ".join(f"{each.step} {each.service_s * 1000:.0f}" for each in line.requests)
    count = len(line.requests)
    calls = f"{count} call{'s' * (count != 1)}"
    bad = "" if line.state == "works" else f"  [{line.requests[-1].outcome}: {line.requests[-1].error}]"
    return f"  {line.journey:<15} {line.state:<12} {calls:<9} {line.service_s * 1000:>6.0f} ms  ({steps}){bad}"


NO_JOURNEY = 2
"""Exit status of a start whose file held no call that fits a journey."""
