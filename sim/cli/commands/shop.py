"""The command `retail-lab shop`: a small real retail API on this machine, to try load tests on."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.files import file_to_read
from sim.cli.help.examples import examples
from sim.records.refusal import Refusal

if TYPE_CHECKING:
    from loadtests.shop.faults import Faults


def _fault(text: str, most: float = 86_400) -> typer.models.OptionInfo:
    return typer.Option(min=0, max=most, help=text, rich_help_panel="Faults on request")


@examples("shop runs/golden-week-*/catalogue.parquet --port 8080", needs="loadtests")
def shop(
    catalogue: Annotated[
        Path, typer.Argument(callback=file_to_read, help="catalogue.parquet, as a run writes it beside its trace")
    ],
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="a free one unless given")] = None,
    workers: Annotated[int, typer.Option(min=1, max=1_024, help="server processes")] = 1,
    database: Annotated[
        str | None,
        typer.Option(help="sqlite:///shop.db or postgresql://…; a file that goes with the shop unless given"),
    ] = None,
    members: Annotated[
        int, typer.Option(min=0, max=10_000_000, help="of the loyalty programme, where the database is empty")
    ] = 10_000,
    access_log: Annotated[bool, typer.Option("--access-log", help="a line for each request on standard error")] = False,
    fault_latency_s: Annotated[float, _fault("added to every request")] = 0.0,
    fault_error_rate: Annotated[float, _fault("share of requests answered 503", 1)] = 0.0,
    fault_stall_s: Annotated[
        float, _fault("requests wait in the last so many seconds of every --fault-stall-every-s")
    ] = 0.0,
    fault_stall_every_s: Annotated[float, _fault("cycle of stalls")] = 0.0,
    fault_outage_s: Annotated[
        float, _fault("requests fail in the last so many seconds of every --fault-outage-every-s")
    ] = 0.0,
    fault_outage_every_s: Annotated[float, _fault("cycle of outages")] = 0.0,
    fault_sync_lag_s: Annotated[float, _fault("stock reads are this old")] = 0.0,
    fault_oversell_units: Annotated[
        float, _fault("orders that lack at most so many units of a SKU are confirmed all the same", 1e6)
    ] = 0.0,
) -> int:
    """Serve a shop stocked from a catalogue until interrupted. Its bearer token is read from RETAIL_LAB_SHOP_TOKEN."""
    from loadtests.shop.serve import serve
    from loadtests.shop.state import TOKEN

    if not os.environ.get(TOKEN):
        raise Refusal("environment", TOKEN, "a token of your choice, which clients will send")
    faults = _faults(
        {
            "latency_s": fault_latency_s,
            "error_rate": fault_error_rate,
            "stall_s": fault_stall_s,
            "stall_every_s": fault_stall_every_s,
            "outage_s": fault_outage_s,
            "outage_every_s": fault_outage_every_s,
            "sync_lag_s": fault_sync_lag_s,
            "oversell_units": fault_oversell_units,
        }
    )
    with serve(
        catalogue,
        port=port,
        workers=workers,
        database=database,
        token=os.environ[TOKEN],
        faults=faults,
        members=members,
        access_log=access_log,
    ) as served:
        typer.echo(f"shop at {served.url}, its calls at {served.url}/docs; end it with Ctrl-C")
        try:
            return served.process.wait()
        except KeyboardInterrupt:
            return 0


def _faults(asked: dict[str, float]) -> Faults:
    """Raises `Refusal` for one that cannot be."""
    from pydantic import ValidationError

    from loadtests.shop.faults import Faults
    from sim.records.expected import expected

    try:
        return Faults(**asked)
    except ValidationError as error:
        first = error.errors()[0]
        flag = f"--fault-{first['loc'][0]}".replace("_", "-") if first["loc"] else "--fault-…"
        raise Refusal(flag, "", expected(first), first["input"]) from None


@contextlib.contextmanager
def opened(catalogue: Path, workers: int = 1, **faults: float) -> Iterator[str]:
    """Serve a shop until the block ends and yield its base URL. Its token stands in the environment meanwhile, where adapters read it.

    `faults`: those of `loadtests.shop.faults.Faults`, by name. Raises `Refusal` for a catalogue or a fault that cannot be used.
    """
    from loadtests.shop.serve import serve
    from loadtests.shop.state import TOKEN

    before = os.environ.get(TOKEN)
    with serve(catalogue, workers=workers, faults=_faults(faults)) as served:
        os.environ[TOKEN] = served.token
        try:
            yield served.url
        finally:
            if before is None:
                del os.environ[TOKEN]
            else:
                os.environ[TOKEN] = before
