"""A wave's peak as a trace: the busiest stretch of the scenario, with the stores that are live after the wave."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sim.records.gates.peak import WavePeak
from sim.records.refusal import Refusal


def build(plan_file: Path, wave_name: str, folder: Path) -> WavePeak:
    """Play the plan's scenario and write `trace.parquet`, `catalogue.parquet` and `peak.json` into a folder.

    Where the plan names every store, those stores alone are played. Where it gives the number of some, the whole scenario is, and the traffic
    is to be replayed in proportion to the number of stores. Raises `Refusal` for a plan without a scenario, or a scenario without a trace.
    """
    from shutil import copyfile

    from loadtests.planning.schedule import rooted
    from sim.cli.commands.capacity import busiest_stretch
    from sim.cli.commands.chain import play
    from sim.planning.gates.plan import live_after, read_plan, scenario_file, scenario_of, wave_of
    from sim.records.trace import write_trace

    plan = read_plan(plan_file)
    wave = wave_of(plan, wave_name)
    scenario, file = scenario_of(plan_file, plan), scenario_file(plan_file, plan)
    if scenario is None or file is None:
        raise Refusal(plan_file, "scenario", "a scenario, whose peak the wave's is", "nothing")
    live = live_after(plan_file, plan, wave, scenario)
    if scenario.trace is None:
        raise Refusal(file, "trace", "a trace window that holds the peak: {first: …, last: …}", "nothing")
    run = play(file, [], 1, 1, folder / "chain", stores=live.codes or None)
    header, trace, first, last = busiest_stretch(run, file)
    stretch = rooted(trace, first, last)
    scale = 1.0 if live.codes else live.number / len(scenario.stores)
    # The load itself: `rooted` adds the orders that journeys of the stretch follow.
    t = trace["t"].to_numpy()
    within = trace.filter((t >= first) & (t < last))
    orders = within["journey"].to_pylist().count("checkout")
    orders_per_hour = 3600 * orders / (last - first)
    write_trace(folder / "trace.parquet", replace(header, orders_per_hour=orders_per_hour), stretch.to_batches())
    copyfile(run / "catalogue.parquet", folder / "catalogue.parquet")
    peak = WavePeak(
        plan=plan.name,
        wave=wave.name,
        stores=live.number,
        codes=list(live.codes),
        scenario=header.scenario,
        scenario_hash=header.scenario_hash,
        time_scale=scale,
        from_s=first,
        length_s=last - first,
        journeys_per_s=scale * len(within) / (last - first),
        orders_per_hour=scale * orders_per_hour,
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
