"""The command `trace`: a trace without a chain, from a peak and a mix, or from an access log."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.commands.chain import Yes, afford
from sim.cli.files import file_to_read, folder_to_write, write_record
from sim.cli.help.examples import examples
from sim.cli.options import Json
from sim.records.refusal import Refusal

if TYPE_CHECKING:
    from sim.records.commands.made import LogRead, TraceMade

REPORTED = 5
"""Bad lines and unknown requests are counted in full and shown up to so many."""


@examples(
    "trace --peak-orders-per-hour 3200 --minutes 5 --out peak",
    "trace --access-log access.log.gz --routes routes.yaml --out recorded",
)
def trace(
    out: Annotated[
        Path, typer.Option(callback=folder_to_write, help="Folder for trace.parquet and catalogue.parquet.")
    ],
    peak_orders_per_hour: Annotated[float, typer.Option(min=0, max=1e8, help="Orders an hour at the peak.")] = 0.0,
    mix: Annotated[
        str, typer.Option(help="Journeys, in any proportion.")
    ] = "checkout=1,browse=9,search=3,stock_check=2",
    minutes: Annotated[float, typer.Option(min=0.1, max=44_640, help="Length at the peak.")] = 15.0,
    skus: Annotated[
        int, typer.Option(min=1, max=1_000_000, help="SKUs; an adapter maps them to the platform's products.")
    ] = 500,
    seed: Annotated[int, typer.Option(min=0, max=2**63 - 1, help="Of all that is drawn.")] = 1,
    access_log: Annotated[
        Path | None, typer.Option(callback=file_to_read, help="nginx or Apache (combined), or JSON lines; .gz too.")
    ] = None,
    routes: Annotated[
        Path | None, typer.Option(callback=file_to_read, help="YAML: which request begins which journey.")
    ] = None,
    yes: Yes = False,
    json: Json = None,
) -> None:
    """Write a trace without a chain: --peak-orders-per-hour with --mix, or --access-log with --routes."""
    if (access_log is None) == (peak_orders_per_hour == 0) or (access_log is None) != (routes is None):
        raise Refusal("trace", "", "either --peak-orders-per-hour with --mix, or --access-log with --routes")
    if access_log and routes:
        write_record(_from_log(access_log, routes, seed, out), json)
        return
    from loadtests.traces.synthetic import header, make, parse_mix, write
    from sim.study.cost import estimate_trace

    per_order = parse_mix(mix)
    rows = peak_orders_per_hour / 60 * minutes * sum(per_order.values())
    afford([estimate_trace(rows, skus)], out, yes, "--peak-orders-per-hour")
    columns = make(peak_orders_per_hour, per_order, minutes, skus, seed)
    said = f"made {peak_orders_per_hour:g} {sorted(per_order.items())} {minutes:g} {skus}"
    codes = [f"SKU-{n + 1:05d}" for n in range(skus)]
    write_record(
        _say(write(out, columns, codes, header(said, seed, orders_per_hour=peak_orders_per_hour)), columns), json
    )


def _from_log(log: Path, routes: Path, seed: int, out: Path) -> TraceMade:
    from loadtests.traces.access_log import read_log
    from loadtests.traces.routes import read_routes
    from loadtests.traces.synthetic import header, write
    from sim.records.commands.made import LogRead

    requests = read_log(log, read_routes(routes), seed)
    typer.echo(f"{requests.lines:,} lines read, {requests.skipped:,} skipped" + (":" if requests.bad else ""))
    for line in requests.bad[:REPORTED]:
        typer.echo(f"  {line}")
    for what, first in requests.left_out.first.items():
        typer.echo(f"{requests.left_out[what]:,} {what}: left out (first: line {first})")
    if requests.unmatched:
        typer.echo(f"{requests.unmatched.total():,} requests that no route matches, most often:")
        for asked, number in requests.unmatched.most_common(REPORTED):
            typer.echo(f"  {number:,} {asked} (first: line {requests.unmatched.first[asked]})")
    for what, first in requests.assumed.first.items():
        typer.echo(f"assumed: {requests.assumed[what]:,} {what} (first: line {first})")
    said = header(f"{log.name} {requests.start}", seed, requests.start.date().isoformat(), "local")
    read = LogRead(
        lines=requests.lines, skipped=requests.skipped, bad=requests.bad, left_out=dict(requests.left_out),
        unmatched=dict(requests.unmatched), assumed=dict(requests.assumed),
    )  # fmt: skip
    return _say(write(out, requests.columns, requests.codes, said), requests.columns, read)


def _say(path: Path, columns: dict[str, list], log: LogRead | None = None) -> TraceMade:
    """Print what is in a trace; its record."""
    from sim.evidence.wording import count
    from sim.records.commands.made import TraceMade

    counts = Counter(columns["journey"])
    span_s = columns["t"][-1] - columns["t"][0] if columns["t"] else 0.0
    listed = ", ".join(f"{number:,} {name}" for name, number in counts.most_common())
    sessions = len(set(columns["session"]))
    typer.echo(f"{len(columns['t']):,} journeys in {count(sessions, 'session')} over {span_s / 60:.1f} min: {listed}")
    typer.echo(f"written to {path}")
    return TraceMade(file=str(path), journeys=dict(counts), sessions=sessions, span_s=span_s, log=log)
