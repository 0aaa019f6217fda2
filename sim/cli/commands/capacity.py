"""The command `capacity`: the largest chain, in stores at their peak, that an API still carries within its targets."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sim.cli.commands.chain import AllowCode, Yes
from sim.cli.commands.replay import progress, typed
from sim.cli.exports import NONE_ASKED, Exports, exporting
from sim.cli.files import file_to_read, folder_to_write
from sim.cli.finding_output import Ways
from sim.cli.help.completion import scenarios
from sim.cli.help.examples import examples
from sim.cli.interruption import going_on
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

    from loadtests.planning.plan import Plan
    from sim.records.capacity import Capacity, Scaling
    from sim.records.trace import TraceHeader

PEAK_S = 300.0
"""Length of the busiest stretch of the trace, which every stage repeats."""
WARMUP_S = 10.0
"""Until the number of journeys under way is stationary: the length of a checkout with many steps and pauses."""
ERROR_RATIO = 0.2
"""A stage with a larger share of failures ends early."""
MOST = 64.0
"""Highest factor on the peak, unless another is named."""
AVAILABILITY = "availability=99%"
"""Default target: stages of a minute have enough requests for it; 99.9 % takes ten times as many."""


@examples("capacity --host http://127.0.0.1:8080 --scenario golden-week --at-least 50", needs="loadtests")
@exporting
def capacity(
    scenario: Annotated[
        Path,
        typer.Option(
            callback=file_to_read,
            autocompletion=scenarios,
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
    most: Annotated[float, typer.Option(min=0.01, max=1e6, help="Highest factor on the scenario's peak.")] = MOST,
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
    from loadtests.planning.plan import Plan
    from loadtests.safety import route
    from sim.cli.commands.chain import play
    from sim.evidence.verdict.targets import parse
    from sim.report.exports.of_findings import of_capacity
    from sim.report.languages import text
    from sim.report.pages.capacity import write_capacity, write_capacity_junit
    from sim.scenario.loader import load

    ways = Ways(exports, junit, html, quiet, inconclusive_ok, lang)
    ways.admit(scenario)
    parse(named := [AVAILABILITY, *targets])
    allowed = allow_host or typed(host)
    route(host, proxy, allowed)
    run = play(scenario, overrides, 1, 1, out / "chain", yes, allow_code)
    plan = Plan(
        host=host, adapter=adapter, out=str(out), rate_cap=rate_cap, allow_host=allowed, ca_bundle=ca_bundle,
        client_certificate=client_certificate, proxy=proxy, timeout_s=timeout, targets=",".join(named),
    )  # fmt: skip
    stores = len(load(scenario, overrides, allow_code=allow_code).stores)
    search = at_peak(run, scenario, plan, stores, workers, stage, most, at_least, quiet)
    status = 0

    def report(record: Capacity) -> None:
        nonlocal status
        write_capacity(record, out / "capacity.html", lang)
        written = [text("written to {path}", lang, path=out)]
        status = ways.leave(record, written, record.sentence, write_capacity_junit, write_capacity, of_capacity)

    with going_on(f"stages that were held are kept in {out}: the same command goes on from there"):
        search.run(minutes, began_s, report)
    return status


@dataclass(frozen=True)
class Search:
    """A search for capacity: the plan of its stages, and the peak that they repeat."""

    plan: Plan
    """`out` is the folder of the search, `first` and `last` are where the peak lies in the trace."""
    header: TraceHeader
    stores: int
    """Of the scenario."""
    journeys_per_s: float
    """At the scenario's peak."""
    workers: int
    stage_s: float
    """Shortest stage."""
    most: float
    """Highest factor on the peak."""
    at_least: int | None
    """Stores that are asked for; None to seek the most."""
    quiet: bool

    def run(self, minutes: float, began_s: float, report: Callable[[Capacity], None]) -> Capacity:
        """Begin or go on with the search until `minutes` after `began_s` (`time.monotonic`, s) at most; its record, written to the folder.

        `report` is called with the record that is left, also where an interruption or an error follows. Raises `Refusal` for more stores than
        the load may reach, for a folder with another search, and for an API that never answered.
        """
        from loadtests.capacity_search import RECOVERS_S, Pace, hold_stage, most_under, requests_for, search
        from sim.evidence.verdict.targets import parse

        plan, out = self.plan, Path(self.plan.out)
        record = _begun(out / "capacity.json", self._fresh())
        highest = min(self.most, most_under(plan.rate_cap, self.journeys_per_s))
        asked = self.at_least / record.stores if self.at_least else None
        if asked and asked > highest:
            most_stores = (
                f"at most the {highest * record.stores:,.3g} stores that --most {self.most:g} and "
                f"--rate-cap {plan.rate_cap:g} allow"
            )
            raise Refusal("--at-least", "", most_stores, self.at_least)
        needed = requests_for(parse(plan.named_targets))
        pace = Pace(self.journeys_per_s, needed, self.stage_s, minutes, began_s, highest, asked)
        self._say(
            f"peak: {self.journeys_per_s:.3g} journeys/s of {record.stores} stores. Stages from {pace.first:.2g} × that "
            f"({pace.first * record.stores:.2g} stores) up, of {self.stage_s:g} s, and of {pace.requests:,} requests where they decide "
            f"({', '.join(record.targets)}); at most {minutes:g} min in all"
        )

        def play_stage(step: Any, length_s: float, number: int) -> Any:
            spare_s = pace.spare_s(step, length_s, record.stages)
            self._say(
                f"stage {number}, {step.factor:.3g} × the peak, {length_s:.0f} s, {pace.left_s / 60:.1f} min left at most"
            )

            def tell(line: str) -> None:
                if not self.quiet:
                    progress(f"stage {number}: {line}")

            return hold_stage(plan, step, length_s, number, self.workers, tell, min(RECOVERS_S, spare_s))

        try:
            for so_far in search(record, pace, play_stage):
                record = so_far
                record.write(out / "capacity.json")
                if not record.unfinished:
                    self._say(_line(record))
        except KeyboardInterrupt:
            record = record.model_copy(update={"unfinished": "it was interrupted; the same command goes on"})
            raise
        except Refusal as refusal:
            if refusal.where != plan.host or not record.stages:
                raise
            gone = (
                f"after {record.stages[-1].factor:.3g} × the peak the API answered no more ({refusal.found}); "
                "the same command goes on when it does"
            )
            record = record.model_copy(update={"unfinished": gone})
        finally:
            if record.stages or record.unfinished:
                record = conclude(record, out)
                record.write(out / "capacity.json")
                report(record)
        return record

    def _fresh(self) -> Capacity:
        from loadtests.adapters.base import fingerprint, load
        from sim.evidence.verdict.targets import parse
        from sim.records.capacity import Capacity

        plan = self.plan
        return Capacity(
            host=plan.host, scenario=self.header.scenario, scenario_hash=self.header.scenario_hash,
            targets=[_text(each) for each in parse(plan.named_targets)], at_least=self.at_least, stores=self.stores,
            peak_from_s=float(plan.first), peak_requests_per_s=0.0, adapter=plan.adapter, adapter_sha256=fingerprint(load(plan.adapter)),
            stage_s=self.stage_s, timeout_s=plan.timeout_s, workers=self.workers, proxy=plan.proxy,
            client_certificate=plan.client_certificate,
        )  # fmt: skip

    def _say(self, line: str) -> None:
        if not self.quiet:
            typer.echo(line)


def at_peak(
    run: Path,
    scenario: Path,
    plan: Plan,
    stores: int,
    workers: int,
    stage_s: float,
    most: float,
    at_least: int | None,
    quiet: bool,
) -> Search:
    """A search whose stages repeat the busiest stretch of a run's trace, which is written to the plan's folder.

    `plan` has host, adapter, folder, network, limits and targets. Raises `Refusal` for a trace with fewer than 2 journeys.
    """
    from loadtests.planning.schedule import rooted
    from sim.records.trace import write_trace

    header, trace, first, last = busiest_stretch(run, scenario)
    stretch = rooted(trace, first, last)
    file = Path(plan.out) / "trace.parquet"
    write_trace(file, header, stretch.to_batches())
    plan = replace(
        plan, trace=str(file), catalogue=str(run / "catalogue.parquet"), first=str(first), last=str(last),
        warmup_s=WARMUP_S, error_ratio=ERROR_RATIO, cancel_orders=True,
    )  # fmt: skip
    return Search(plan, header, stores, len(stretch) / (last - first), workers, stage_s, most, at_least, quiet)


def seek(
    run: Path,
    host: str,
    folder: Path,
    stores: int,
    at_least: int | None,
    targets: Sequence[str],
    minutes: float,
    stage_s: float,
    adapter: str,
    workers: int,
    allow_host: str,
    quiet: bool,
) -> Capacity:
    """Search as the command does, at the peak of a run that was played. `at_peak` and `Search.run` say what is raised."""
    from loadtests.planning.plan import Plan
    from loadtests.safety import route
    from sim.evidence.verdict.targets import parse

    began_s = time.monotonic()
    parse(named := [AVAILABILITY, *targets])
    route(host, "", allow_host)
    plan = Plan(host=host, adapter=adapter, out=str(folder), allow_host=allow_host, targets=",".join(named))
    search = at_peak(run, run, plan, stores, workers, stage_s, MOST, at_least, quiet)
    return search.run(minutes, began_s, lambda record: None)


def busiest_stretch(run: Path, scenario: Path, journeys: int = 0) -> tuple[TraceHeader, pa.Table, float, float]:
    """The trace of a scenario's run, and the trace seconds between which its busiest `PEAK_S` lie.

    Where so many `journeys` take longer, the shortest stretch that has them; the whole trace where it has fewer. Raises `Refusal` for a
    trace with fewer than 2 journeys.
    """
    import numpy as np

    from loadtests.capacity_search import busiest_from
    from sim.records.trace import read_trace

    header, trace = read_trace(run / "trace.parquet")
    t = trace["t"].to_numpy()
    if len(t) < 2:
        raise Refusal(scenario, "trace", "a window with journeys in it", f"{len(t)} journeys")
    end = float(np.nextafter(t[-1], np.inf))
    n = min(journeys, len(t))
    length_s = max(PEAK_S, float((np.append(t[n:], end) - t[: len(t) - n + 1]).min()) if n else 0.0)
    first = busiest_from(t, length_s)
    return header, trace, first, min(first + length_s, end)


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
