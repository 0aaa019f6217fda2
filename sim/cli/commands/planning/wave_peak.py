"""A wave's peak as a trace: the busiest stretch of the scenario, with the stores that are live after the wave."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from sim.records.decisions.peak import WavePeak
from sim.records.refusal import Refusal

if TYPE_CHECKING:
    from sim.records.trace import TraceHeader


@dataclass(frozen=True)
class Peak:
    """The busiest stretch of a scenario's run, written as a trace of its own."""

    trace: Path
    catalogue: Path
    header: TraceHeader
    """With its orders an hour."""
    from_s: float
    to_s: float
    """Trace seconds between which it lies; journeys that others of the stretch follow stand before it."""
    journeys_per_s: float
    orders_per_hour: float


def cut(run: Path, scenario: Path, folder: Path, scenario_hash: str = "", journeys: int = 0) -> Peak:
    """Write the busiest stretch of a run as `trace.parquet` into a folder, with `catalogue.parquet` beside it.

    The stretch has at least so many `journeys`, where the trace has them. The trace names the scenario of the run, or the one with
    `scenario_hash`. Raises `Refusal` for a trace with fewer than 2 journeys.
    """
    from shutil import copyfile

    from loadtests.planning.schedule import rooted
    from sim.cli.commands.capacity import busiest_stretch
    from sim.records.trace import write_trace

    header, trace, first, last = busiest_stretch(run, scenario, journeys)
    # The load itself: `rooted` adds the orders that journeys of the stretch follow.
    t = trace["t"].to_numpy()
    within = trace.filter((t >= first) & (t < last))
    orders_per_hour = 3600 * within["journey"].to_pylist().count("checkout") / (last - first)
    header = replace(header, orders_per_hour=orders_per_hour, scenario_hash=scenario_hash or header.scenario_hash)
    path = folder / "trace.parquet"
    write_trace(path, header, rooted(trace, first, last).to_batches())
    copyfile(run / "catalogue.parquet", catalogue := folder / "catalogue.parquet")
    return Peak(path, catalogue, header, first, last, len(within) / (last - first), orders_per_hour)


def build(plan_file: Path, wave_name: str, folder: Path) -> WavePeak:
    """Play the plan's scenario and write `trace.parquet`, `catalogue.parquet` and `peak.json` into a folder.

    Where the plan names every store, those stores alone are played. Where it gives the number of some, the whole scenario is, and the traffic
    is to be replayed in proportion to the number of stores. Raises `Refusal` for a plan without a scenario, or a scenario without a trace.
    """
    from sim.cli.commands.chain import play
    from sim.planning.gates.plan import live_after, read_plan, scenario_file, scenario_of, wave_of

    plan = read_plan(plan_file)
    wave = wave_of(plan, wave_name)
    scenario, file = scenario_of(plan_file, plan), scenario_file(plan_file, plan)
    if scenario is None or file is None:
        raise Refusal(plan_file, "scenario", "a scenario, whose peak the wave's is", "nothing")
    live = live_after(plan_file, plan, wave, scenario)
    if scenario.trace is None:
        raise Refusal(file, "trace", "a trace window that holds the peak: {first: …, last: …}", "nothing")
    run = play(file, [], 1, 1, folder / "chain", stores=live.codes or None)
    found = cut(run, file, folder)
    scale = 1.0 if live.codes else live.number / len(scenario.stores)
    peak = WavePeak(
        plan=plan.name,
        wave=wave.name,
        stores=live.number,
        codes=list(live.codes),
        scenario=found.header.scenario,
        scenario_hash=found.header.scenario_hash,
        time_scale=scale,
        from_s=found.from_s,
        length_s=found.to_s - found.from_s,
        journeys_per_s=scale * found.journeys_per_s,
        orders_per_hour=scale * found.orders_per_hour,
    )
    peak.write(folder / "peak.json")
    return peak


def outline(peak: WavePeak) -> str:
    """The peak in a line."""
    from sim.evidence.wording import count

    scaled = f", at {peak.time_scale:.3g} × the scenario's pace" if peak.time_scale != 1 else ""
    return (
        f"peak of {peak.wave}: {count(peak.stores, 'store')}, {peak.orders_per_hour:,.0f} orders an hour, "
        f"{peak.journeys_per_s:.3g} journeys/s, the busiest {peak.length_s:.0f} s of {peak.scenario}{scaled}"
    )
