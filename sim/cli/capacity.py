"""The command `capacity`: the largest chain, in stores at their peak, that an API still carries within its targets."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.load import progress, typed
from sim.cli.verdict import Targets
from sim.records.refusal import Refusal

if TYPE_CHECKING:
    from sim.records.capacity import Capacity

PEAK_S = 300.0
"""Length of the busiest stretch of the trace, which every stage repeats."""
LONGEST_S = 600.0
"""A stage is made no longer than this for the sake of enough requests."""
WARMUP_S = 5.0


def capacity(
    scenario: Annotated[Path, typer.Option(help="A scenario file with a trace window that holds its peak.")],
    host: Annotated[str, typer.Option(help="Base URL of the API under test.")],
    adapter: Annotated[str, typer.Option(help="Adapter by name, by path or by entry point.")] = "shop",
    overrides: Annotated[list[str], typer.Option("--set", metavar="PATH=VALUE", help="Override a field.")] = [],  # noqa: B006
    targets: Targets = [],  # noqa: B006
    stage: Annotated[float, typer.Option(min=1, help="Shortest stage, s.")] = 30.0,
    stages: Annotated[int, typer.Option(min=1, max=20, help="Most stages.")] = 8,
    most: Annotated[float, typer.Option(min=0.1, help="Highest factor on the scenario's peak.")] = 64.0,
    workers: Annotated[int, typer.Option(min=1, help="Worker processes.")] = 1,
    rate_cap: Annotated[float, typer.Option(help="Refuse a stage with more journeys in any second.")] = 500.0,
    allow_host: Annotated[str, typer.Option(help="Name of a host beyond loopback that may be loaded.")] = "",
    ca_bundle: Annotated[str, typer.Option(help="PEM file of authorities to trust, for a private CA.")] = "",
    out: Annotated[Path, typer.Option(help="Folder of the search; one that was interrupted goes on.")] = Path(
        "runs/capacity"
    ),
) -> None:
    """Raise the load in judged stages until the API breaks, bracket the place, and fit how it scales."""
    import numpy as np

    from loadtests.capacity import REQUESTS, busiest_from, following, hold_stage
    from loadtests.plan import Plan
    from sim.cli.chain import play
    from sim.evidence.targets import parse
    from sim.records.capacity import Capacity
    from sim.records.trace import read_trace
    from sim.report.capacity import write_capacity
    from sim.scenario.load import load

    parse(targets)
    run = play(scenario, overrides, 1, 1, out / "chain")
    header, trace = read_trace(run / "trace.parquet")
    t = trace["t"].to_numpy()
    if len(t) < 2:
        raise Refusal(scenario, "trace", "a window with journeys in it", f"{len(t)} journeys")
    first = busiest_from(t, PEAK_S)
    last = min(first + PEAK_S, float(np.nextafter(t[-1], np.inf)))
    journeys_per_s = np.count_nonzero((t >= first) & (t < last)) / (last - first)
    found = _begun(
        out / "capacity.json",
        Capacity(
            host=host, scenario=header.scenario, scenario_hash=header.scenario_hash, targets=[_text(each) for each in parse(targets)],
            stores=len(load(scenario, overrides).stores), peak_from_s=first, peak_requests_per_s=0.0,
        ),
    )  # fmt: skip
    plan = Plan(
        trace=str(run / "trace.parquet"), host=host, adapter=adapter, out=str(out), first=str(first), last=str(last), warmup_s=WARMUP_S,
        rate_cap=rate_cap, allow_host=allow_host or typed(host), ca_bundle=ca_bundle, targets=",".join(targets),
    )  # fmt: skip
    typer.echo(
        f"peak: {journeys_per_s:.3g} journeys/s of {found.stores} stores; at most {stages} stages of at most {LONGEST_S / 60:.0f} min"
    )
    start = max(1.0, min(most, REQUESTS / (journeys_per_s * stage)))
    while len(found.stages) < stages and (factor := following(found.stages, start, most)):
        per_s = found.peak_requests_per_s or journeys_per_s
        length_s = min(max(stage, REQUESTS / (per_s * factor)), LONGEST_S)
        held = hold_stage(plan, factor, length_s, len(found.stages) + 1, workers, progress)
        peak = found.peak_requests_per_s or held.requests_per_s / factor
        found = found.model_copy(update={"stages": [*found.stages, held], "peak_requests_per_s": peak})
        found.write(out / "capacity.json")
        typer.echo(
            f"stage {len(found.stages)}: {factor:.3g} × the peak, {held.requests_per_s:.3g} requests/s asked, {held.answered_per_s:.3g} answered, "
            f"{held.concurrency:.2f} at once{'' if held.stable else ' and rising'}: {held.decision}"
        )
    found = _concluded(found, out)
    found.write(out / "capacity.json")
    write_capacity(found, out / "capacity.html")
    typer.echo(found.sentence)
    typer.echo(f"written to {out}")


def _begun(path: Path, fresh: Capacity) -> Capacity:
    """The search that stands in the folder, if it is the same one. Raises `Refusal` where it is another."""
    from sim.records.capacity import Capacity

    if not path.exists():
        return fresh
    found = Capacity.read(path)
    same = ("host", "scenario_hash", "targets", "stores")
    if any(getattr(found, name) != getattr(fresh, name) for name in same):
        raise Refusal("--out", path, "a folder without a search of another host, scenario or targets")
    return found


def _concluded(found: Capacity, out: Path) -> Capacity:
    """With the law through its stages, and the sentence."""
    from sim.evidence.headroom import state
    from sim.evidence.scaling import fit, hold
    from sim.records.loadrun import LoadRun
    from sim.records.samples import read_samples

    held = []
    for folder in (out / stage.run for stage in found.stages if stage.stable):
        run = LoadRun.read(folder / "loadrun.json")
        held.append(hold(read_samples(folder / "samples.parquet"), run.warmup_s, run.duration_s))
    found = found.model_copy(update={"scaling": fit(held)})
    return found.model_copy(update={"sentence": state(found)})


def _text(target) -> str:
    scope = "" if target.scope == "all requests" else f"{target.scope}:"
    limit = f"{100 * target.limit:g}%" if target.quantity == "availability" else f"{target.limit:g}s"
    return f"{scope}{target.quantity}={limit}"
