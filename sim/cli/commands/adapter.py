"""The commands about one platform's API: try its adapter journey by journey, race for its last units, begin an adapter for another."""

from __future__ import annotations

import os
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.commands.replay import typed
from sim.cli.exports import NONE_ASKED, Exports, exporting
from sim.cli.files import file_to_read, file_to_write, write_record
from sim.cli.finding_output import Ways
from sim.cli.help.examples import examples
from sim.cli.options import (
    Adapter,
    AllowHost,
    CaBundle,
    CancelOrders,
    Certificate,
    Host,
    Html,
    InconclusiveOk,
    Json,
    Junit,
    Lang,
    Proxy,
    Quiet,
    Timeout,
)
from sim.records.refusal import Refusal, one_line

if TYPE_CHECKING:
    from loadtests.checks.session import Trial
    from sim.records.conformance import Checkup, JourneyCheck
    from sim.records.oversell import Race

NO_JOURNEY = 2
"""Exit status where a file was given and no journey was found in it."""

Name = Annotated[str, typer.Argument(help="Adapter by name, by path or by entry point.")]

adapter = typer.Typer(help="Check or begin the adapter of a platform.", no_args_is_help=True)


@adapter.command()
@examples("adapter check shop --host http://127.0.0.1:8080", needs="loadtests")
@exporting
def check(
    name: Name,
    host: Host,
    openapi: Annotated[
        Path | None, typer.Option(callback=file_to_read, help="The platform's OpenAPI file, to hold its calls against.")
    ] = None,
    timeout: Timeout = 10.0,
    allow_host: AllowHost = "",
    ca_bundle: CaBundle = "",
    client_certificate: Certificate = "",
    proxy: Proxy = "",
    exports: Exports = NONE_ASKED,
    junit: Junit = None,
    html: Html = None,
    quiet: Quiet = False,
    inconclusive_ok: InconclusiveOk = False,
    lang: Lang = "en",
) -> int:
    """Play every journey once and say what works; ends with status 0 without a finding, 1 with one, 2 where something was not tried."""
    from loadtests.adapters.draft.openapi.coverage import Documented
    from loadtests.checks.conformance import check as look
    from loadtests.checks.report import report
    from sim.report.exports.of_findings import of_check
    from sim.report.pages.conformance import write_check, write_check_junit

    ways = Ways(exports, junit, html, quiet, inconclusive_ok, lang)
    ways.admit(name)
    documented = Documented.read(openapi) if openapi else None
    with open_trial(name, host, timeout, allow_host, ca_bundle, client_certificate, proxy) as trial:
        found = report(trial, look(trial), documented)
    return ways.leave(found, _checked(found), found.sentence, write_check_junit, write_check, of_check)


@adapter.command()
@examples("adapter new mine --openapi openapi.yaml")
def new(
    name: Annotated[str, typer.Argument(help="Name of the platform: of the class, the file and its variables.")],
    har: Annotated[Path | None, typer.Option(callback=file_to_read, help="A browser's recording.")] = None,
    openapi: Annotated[Path | None, typer.Option(callback=file_to_read, help="A description of the API.")] = None,
    postman: Annotated[
        Path | None, typer.Option(callback=file_to_read, help="A collection, format 2.0 or 2.1.")
    ] = None,
    host: Annotated[str, typer.Option(help="Base URL of the API, where a recording holds several hosts.")] = "",
    out: Annotated[
        Path | None, typer.Option(callback=file_to_write, help="File to write; NAME.py unless named.")
    ] = None,
    json: Json = None,
) -> int:
    """Write a starting file for an adapter, filled from a recording, a description or a collection where one is given.

    Ends with status 2 where that holds no journey: the file is then a start to be filled in by hand.
    """
    from loadtests.adapters.draft import draft

    path = out or Path(f"{name}.py")
    if path.exists():
        raise Refusal("--out", path, "a file that is not there yet")
    made = draft(name, har=har, openapi=openapi, postman=postman, host=host)
    from sim.records.atomic_files import whole
    from sim.records.commands.made import AdapterDrafted

    with whole(path) as aside:
        aside.write_text(made.text, encoding="utf-8")
    drafted = AdapterDrafted(
        file=str(path), journeys=list(made.journeys), dropped=[one_line(each) for each in made.dropped],
        variables=list(made.variables), why_none=one_line(made.why_none),
    )  # fmt: skip
    typer.echo(f"{path}: {', '.join(made.journeys) or 'no journey yet'}")
    for dropped in drafted.dropped:
        typer.echo(f"  left out: {dropped}")
    if made.variables:
        typer.echo(f"  it reads from the environment: {', '.join(made.variables)}")
    write_record(drafted, json)
    if made.why_none:
        typer.echo(f"no journey was found: {drafted.why_none}")
        return NO_JOURNEY
    typer.echo(f"next: retail-lab adapter check {quote(str(path))} --host {quote(one_line(made.host) or 'URL')}")
    return 0


@examples("oversell --host http://127.0.0.1:8080 --adapter shop --sku SKU-00001", needs="loadtests")
@exporting
def oversell(
    host: Host,
    adapter: Adapter,
    clients: Annotated[int, typer.Option(min=2, max=1000, help="Shoppers at once.")] = 50,
    sku: Annotated[
        str, typer.Option(help="Code of the SKU, with --lines of the first; those with the fewest units unless named.")
    ] = "",
    units: Annotated[int, typer.Option(min=1, max=1000, help="Units of each SKU that a shopper orders.")] = 1,
    lines: Annotated[int, typer.Option(min=1, max=50, help="SKUs in an order.")] = 1,
    cancel_orders: CancelOrders = False,
    timeout: Timeout = 60.0,
    allow_host: AllowHost = "",
    ca_bundle: CaBundle = "",
    client_certificate: Certificate = "",
    proxy: Proxy = "",
    exports: Exports = NONE_ASKED,
    junit: Junit = None,
    html: Html = None,
    quiet: Quiet = False,
    inconclusive_ok: InconclusiveOk = False,
    lang: Lang = "en",
) -> int:
    """Let clients race for the last units of SKUs; ends with status 0 not oversold, 1 oversold, 2 not shown, 3 invalid."""
    from loadtests.checks.oversell import race
    from sim.records.load_run import BY_HAND
    from sim.report.exports.of_findings import of_race
    from sim.report.pages.oversell import write_race, write_race_junit

    ways = Ways(exports, junit, html, quiet, inconclusive_ok, lang)
    ways.admit(adapter)
    with open_trial(adapter, host, timeout, allow_host, ca_bundle, client_certificate, proxy) as trial:
        ran = race(trial, clients, sku, cancel_orders, units, lines)
    headline, _, numbers = ran.sentence.partition(":")
    status = ways.leave(ran, _raced(ran), f"{headline.upper()}:{numbers}", write_race_junit, write_race, of_race)
    if ran.stopped == BY_HAND:
        raise KeyboardInterrupt("the race ended there, with the result above: the same command begins another")
    return status


def open_trial(
    name: str, host: str, timeout: float, allow_host: str, ca_bundle: str, client_certificate: str, proxy: str
) -> Trial:
    """An adapter connected to a host, for single journeys; its connections close with it. Raises `Refusal`."""
    import uuid
    from datetime import datetime

    from loadtests.adapters import load
    from loadtests.adapters.base import CatalogueCodes
    from loadtests.checks.session import Trial
    from loadtests.http.options import Wire

    wire = Wire(timeout, ca_bundle, client_certificate, proxy, allow_host or typed(host))
    run_id = f"trial-{datetime.now():%Y%m%dT%H%M%S}-{uuid.uuid4().hex[:6]}"  # part of idempotency keys
    return Trial(load(name), host, wire, os.environ, run_id, CatalogueCodes())


def _checked(found: Checkup) -> list[str]:
    """A check in lines, all but its finding."""
    lines = [f"{found.adapter} at {found.host}", found.reached.text]
    for each in found.journeys:
        lines.append(_journey(each))
    for attempt in found.access:
        lines.append(f"order read by {attempt.reader}: {attempt.state} ({attempt.because})")
    if found.described:
        said = found.described
        lines.append(f"calls: {said.calls}, of {said.called} of {said.operations} documented operations")
    if found.made:
        lines.append(f"made: {', '.join(found.made)} (run {found.run_id}); {found.made_fate}")
    return [*lines, *(f"  finding: {finding}" for finding in found.findings)]


def _journey(each: JourneyCheck) -> str:
    from sim.evidence.wording import count

    if not each.calls:
        return f"  {each.journey:<15} {each.state}"
    steps = ", ".join(f"{call.step} {call.service_s * 1000:.0f}" for call in each.calls)
    calls = count(len(each.calls), "call")
    last = each.calls[-1]
    bad = "" if each.state == "works" else f"  [{last.outcome}: {last.error}]"
    if bad and last.body:
        bad += f"\n{'':18}body: {last.body}"
    return f"  {each.journey:<15} {each.state:<12} {calls:<9} {each.service_s * 1000:>6.0f} ms  ({steps}){bad}"


def _raced(ran: Race) -> list[str]:
    """A race in lines, all but its finding."""
    from sim.evidence.wording import count, listed

    what = f"{count(ran.units, 'unit')} of {listed([sku.sku_code for sku in ran.skus])}{' each' * (len(ran.skus) > 1)}"
    lines = [f"{ran.clients:,} clients ordered {what}, released together at {ran.decides}"]
    for ending in ran.endings:
        lines.append(f"  {ending.clients:>4} {ending.text}")
        if ending.body:
            lines.append(f"       body: {ending.body}")
    for sku in ran.skus:
        after = "was not read again" if sku.available_after is None else f"says {sku.available_after:,} now"
        lines.append(
            f"{sku.sku_code}: {sku.available_before:,} there, {sku.promised:,} promised, {sku.oversold:,} oversold; its stock {after}"
        )
    named = f" ({listed(ran.orders, most=20)})" if ran.orders and ran.orders_fate.startswith("listed") else ""
    lines.append(f"orders: {ran.orders_fate}{named}")
    if ran.stopped:
        lines.append(f"the clients were stopped: {ran.stopped}")
    return [*lines, *ran.reasons]
