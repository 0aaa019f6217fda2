"""The command `capacity`: the largest chain, in stores at their peak, that an API still carries within its targets."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli.commands.chain import AllowCode, Yes
from sim.cli.commands.replay import progress, typed
from sim.cli.exports import NONE_ASKED, Exports, exporting
from sim.cli.files import file_to_read, folder_to_write
from sim.cli.finding_output import Ways
from sim.cli.options import (
    Adapter,
    AllowHost,
    CaBundle,
    Certificate,
    Host,
    Html,
    InconclusiveOk,
    Junit,
    Lang,
    Proxy,
    Quiet,
    RateCap,
    Targets,
    Timeout,
    Workers,
)
from sim.records.refusal import Refusal

if TYPE_CHECKING:
    import pyarrow as pa

    from sim.records.capacity import Capacity, Scaling
    from sim.records.trace import TraceHeader

PEAK_S = 300.0
"""Length of the busiest stretch of the trace, which every stage repeats."""
WARMUP_S = 10.0
"""Until the number of journeys under way is stationary: the length of a checkout with many steps and pauses."""
ERROR_RATIO = 0.2
"""A stage with a larger share of failures ends early."""
AVAILABILITY = "availability=99%"
"""Default target: stages of a minute have enough requests for it; 99.9 % takes ten times as many."""


@exporting
def capacity(
    scenario: Annotated[
        Path,
        typer.Option(
            callback=file_to_read,
            help="A scenario file, or the name of a shipped one, with a trace window that holds its peak.",
        ),
    ],
    host: Host,
    adapter: Adapter = "shop",
    overrides: Annotated[list[str], typer.Option("--set", metavar="PATH=VALUE", help="Override a field.")] = [],  # noqa: B006
    targets: Targets = [],  # noqa: B006
    minutes: Annotated[float, typer.Option(min=0.5, max=10_080, help="Until the command must have ended.")] = 10.0,
    at_least: Annotated[
        int | None,
        typer.Option(
            min=1, max=1_000_000, help="Ask only whether so many stores are carried, and end once it is decided."
        ),
    ] = None,
    stage: Annotated[float, typer.Option(min=1, max=86_400, help="Shortest stage, s.")] = 15.0,
    most: Annotated[float, typer.Option(min=0.01, max=1e6, help="Highest factor on the scenario's peak.")] = 64.0,
    workers: Workers = 1,
    rate_cap: RateCap = 500.0,
    timeout: Timeout = 10.0,
    allow_host: AllowHost = "",
    ca_bundle: CaBundle = "",
    client_certificate: Certificate = "",
    proxy: Proxy = "",
    out: Annotated[
        Path, typer.Option(callback=folder_to_write, help="Folder of the search; one that was interrupted goes on.")
    ] = Path("runs/capacity"),
    allow_code: AllowCode = False,
    exports: Exports = NONE_ASKED,
    junit: Junit = None,
    html: Html = None,
    quiet: Quiet = False,
    inconclusive_ok: InconclusiveOk = False,
    lang: Lang = "en",
    yes: Yes = False,
) -> int:
    """Find the largest chain that an API carries, in judged stages of rising load; ends with status 0 carried, 1 not carried, 2 undecided, 3 invalid.

    What must be carried is the number of stores of --at-least; any chain at all without it.
    """
    began_s = time.monotonic()
    from loadtests.adapters.base import fingerprint
    from loadtests.adapters.base import load as load_adapter
    from loadtests.capacity_search import RECOVERS_S, Pace, hold_stage, most_under, requests_for, search
    from loadtests.planning.plan import Plan
    from loadtests.planning.schedule import rooted
    from loadtests.safety import route
    from sim.cli.commands.chain import play
    from sim.evidence.verdict.targets import parse
    from sim.records.capacity import Capacity
    from sim.records.trace import write_trace
    from sim.report.exports.of_findings import of_capacity
    from sim.report.languages import text
    from sim.report.pages.capacity import write_capacity, write_capacity_junit
    from sim.scenario.loader import load

    ways = Ways(exports, junit, html, quiet, inconclusive_ok, lang)
    ways.admit(scenario)
    binding = parse(named := [AVAILABILITY, *targets])
    allowed = allow_host or typed(host)
    route(host, proxy, allowed)
    run = play(scenario, overrides, 1, 1, out / "chain", yes, allow_code)
    header, trace, first, last = busiest_stretch(run, scenario)
    stretch = rooted(trace, first, last)
    write_trace(out / "trace.parquet", header, stretch.to_batches())
    per_s = len(stretch) / (last - first)
    record = _begun(
        out / "capacity.json",
        Capacity(
            host=host, scenario=header.scenario, scenario_hash=header.scenario_hash, targets=[_text(each) for each in binding], at_least=at_least,
            stores=len(load(scenario, overrides, allow_code=allow_code).stores), peak_from_s=first, peak_requests_per_s=0.0,
            adapter=adapter, adapter_sha256=fingerprint(load_adapter(adapter)), stage_s=stage, timeout_s=timeout, workers=workers,
            proxy=proxy, client_certificate=client_certificate,
        ),
    )  # fmt: skip
    plan = Plan(
        trace=str(out / "trace.parquet"), catalogue=str(run / "catalogue.parquet"), host=host,
        adapter=adapter, out=str(out), first=str(first), last=str(last), warmup_s=WARMUP_S,
        rate_cap=rate_cap, error_ratio=ERROR_RATIO, cancel_orders=True, allow_host=allowed, ca_bundle=ca_bundle,
        client_certificate=client_certificate, proxy=proxy, timeout_s=timeout, targets=",".join(named),
    )  # fmt: skip
    highest = min(most, most_under(rate_cap, per_s))
    asked = at_least / record.stores if at_least else None
    if asked and asked > highest:
        most_stores = (
            f"at most the {highest * record.stores:,.3g} stores that --most {most:g} and --rate-cap {rate_cap:g} allow"
        )
        raise Refusal("--at-least", "", most_stores, at_least)
    pace = Pace(per_s, requests_for(binding), stage, minutes, began_s, highest, asked)

    def say(line: str) -> None:
        if not quiet:
            typer.echo(line)

    say(
        f"peak: {per_s:.3g} journeys/s of {record.stores} stores. Stages from {pace.first:.2g} × that ({pace.first * record.stores:.2g} stores) up, "
        f"of {stage:g} s, and of {pace.requests:,} requests where they decide ({', '.join(record.targets)}); at most {minutes:g} min in all"
    )

    def play_stage(step: Any, length_s: float, number: int) -> Any:
        spare_s = pace.spare_s(step, length_s, record.stages)
        say(f"stage {number}, {step.factor:.3g} × the peak, {length_s:.0f} s, {pace.left_s / 60:.1f} min left at most")

        def tell(line: str) -> None:
            if not quiet:
                progress(f"stage {number}: {line}")

        return hold_stage(plan, step, length_s, number, workers, tell, min(RECOVERS_S, spare_s))

    try:
        for so_far in search(record, pace, play_stage):
            record = so_far
            record.write(out / "capacity.json")
            if not record.unfinished:
                say(_line(record))
    except KeyboardInterrupt:
        record = record.model_copy(update={"unfinished": "it was interrupted; the same command goes on"})
        raise
    except Refusal as refusal:
        if refusal.where != host or not record.stages:
            raise
        gone = f"after {record.stages[-1].factor:.3g} × the peak the API answered no more ({refusal.found}); the same command goes on when it does"
        record = record.model_copy(update={"unfinished": gone})
    finally:
        if record.stages or record.unfinished:
            record = conclude(record, out)
            record.write(out / "capacity.json")
            write_capacity(record, out / "capacity.html", lang)
            status = ways.leave(
                record,
                [text("written to {path}", lang, path=out)],
                record.sentence,
                write_capacity_junit,
                write_capacity,
                of_capacity,
            )
    return status


def busiest_stretch(run: Path, scenario: Path) -> tuple[TraceHeader, pa.Table, float, float]:
    """The trace of a scenario's run, and the trace seconds between which its busiest `PEAK_S` lie. Raises `Refusal` for fewer than 2 journeys."""
    import numpy as np

    from loadtests.capacity_search import busiest_from
    from sim.records.trace import read_trace

    header, trace = read_trace(run / "trace.parquet")
    t = trace["t"].to_numpy()
    if len(t) < 2:
        raise Refusal(scenario, "trace", "a window with journeys in it", f"{len(t)} journeys")
    first = busiest_from(t, PEAK_S)
    return header, trace, first, min(first + PEAK_S, float(np.nextafter(t[-1], np.inf)))


def _line(record: Capacity) -> str:
    """The last stage in one line; in a second one, why it was not carried."""
    stage, number = record.stages[-1], len(record.stages)
    queue = "" if stage.stable else " and rising"
    fate = "carried" if stage.carried else "held, too short to decide" if stage.held else stage.decision
    line = (
        f"stage {number}: {stage.factor:.3g} × the peak ({stage.factor * record.stores:.3g} stores): {stage.journeys_per_s:.3g} journeys/s, "
        f"{stage.requests_per_s:.3g} requests/s ({stage.requests:,} in all), {stage.answered_per_s:.3g} answered/s, "
        f"{stage.concurrency:.2f} at once{queue}: {fate}, in {stage.took_s:.0f} s"
    )
    return line if stage.held else f"{line}\n  {stage.sentence}"


_SAME = (
    "host", "scenario_hash", "targets", "stores", "adapter", "adapter_sha256", "stage_s", "timeout_s", "workers", "proxy",
    "client_certificate", "peak_from_s",
)  # fmt: skip
"""Settings that two searches must share for their stages to compare; its limits of time and load are not among them."""


def _begun(path: Path, fresh: Capacity) -> Capacity:
    """The search in the folder, to go on with. Raises `Refusal` where its settings differ."""
    from sim.records.capacity import Capacity

    if not path.exists():
        return fresh
    record = Capacity.read(path)
    for name in _SAME:
        was, now = getattr(record, name), getattr(fresh, name)
        if was != now:
            raise Refusal(
                "--out", path, "a folder without a search of another host, scenario or targets, or set up otherwise",
                f"{name} {was!r}, now {now!r}",
            )  # fmt: skip
    return record.model_copy(update={"unfinished": "", "at_least": fresh.at_least})


def conclude(record: Capacity, out: Path) -> Capacity:
    """The record with the Universal Scalability Law fitted to its stages, the decision, and the sentence."""
    from sim.evidence.capacity.headroom import answer, state

    asked = record.at_least / record.stores if record.at_least else None
    record = record.model_copy(update={"scaling": _scaling(record, out), "decision": answer(record.stages, asked)})
    return record.model_copy(update={"sentence": state(record)})


def _scaling(record: Capacity, out: Path) -> Scaling | None:
    from sim.evidence.capacity.scaling import fit, summarise_stage
    from sim.records.load_run import LoadRun
    from sim.records.samples import read_samples

    held = []
    for folder in (out / stage.run for stage in record.stages if stage.stable):
        run = LoadRun.read(folder / "loadrun.json")
        held.append(summarise_stage(read_samples(folder / "samples.parquet"), run.warmup_s, run.duration_s))
    return fit(held)


def _text(target: Any) -> str:
    scope = "" if target.scope == "all requests" else f"{target.scope}:"
    limit = f"{100 * target.limit:g}%" if target.quantity == "availability" else f"{target.limit:g}s"
    return f"{scope}{target.quantity}={limit}"
