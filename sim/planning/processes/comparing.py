"""As-Is and To-Be in the chain: what a scenario takes from a process, and the differences of key figures between the two runs.

A part that neither process has stays the scenario's own; one that only one of them has is 0 in the other.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from sim.evidence.kpi_days import KpiDays, read_days
from sim.evidence.run_comparison import Difference
from sim.planning.goals.goal_file import Limit
from sim.planning.goals.judge import decided
from sim.planning.goals.kpi_bounds import matched, of_kpi_change
from sim.planning.processes.passes import LEVELS, PASSES, drawn, in_levels, moments, scaled, time_of
from sim.planning.processes.process_file import Processes
from sim.planning.processes.steps import KINDS, PARTS, Kind
from sim.records.decisions.goals import DECISION, State
from sim.records.decisions.process import PartTime, PassTimes, ProcessComparison, ProcessLine
from sim.records.outcome import read_manifest
from sim.records.refusal import Refusal
from sim.report.languages import kpi_name
from sim.scenario.loader import load
from sim.scenario.model import Scenario
from sim.scenario.sections.distributions import Constant, Varying
from sim.study.compare import compare_runs

JUDGED: dict[Kind, str] = {"till": "ticket_handling_time_s", "back_office": "order_handling_time_s"}
BESIDE: dict[Kind, tuple[str, ...]] = {
    "till": ("attribute_entry_time_s", "mean_wait_s", "abandonment", "utilisation", "lost_sales_queue_per_day"),
    "back_office": ("orders_lost",),
}
"""Key figures that are shown with them, and not judged."""
CONFIDENCE = 0.95
_SEED = 20_260_101
_DAY_S = 86_400.0
Taken = Mapping[tuple[Kind, str], Varying]
"""By process and part, s."""
_SHOWN = (np.arange(100) + 0.5) / 100


def kinds_of(as_is: Processes, to_be: Processes) -> list[Kind]:
    """Which processes both files have. Raises `Refusal` where one has a process that the other lacks."""
    for one, other in ((as_is, to_be), (to_be, as_is)):
        for kind in KINDS:
            if kind in one.of and kind not in other.of:
                raise Refusal(other.file, kind, f"a process, as in {one.file}", "none")
    return [kind for kind in KINDS if kind in as_is.of]


def parts_of(as_is: Processes, to_be: Processes, kind: Kind) -> list[str]:
    """Parts of a process that the scenario takes from it: those for which either has a step, or all where either is whole."""
    if kind in as_is.whole | to_be.whole:
        return list(PARTS[kind])
    return [part for part in PARTS[kind] if any(each.of[kind].of(part).any() for each in (as_is, to_be))]


def taken(as_is: Processes, to_be: Processes) -> tuple[Taken, Taken]:
    """What the chain draws for each part, under both. Raises `Refusal` where one has a process that the other lacks."""
    parts = [(kind, part) for kind in kinds_of(as_is, to_be) for part in parts_of(as_is, to_be, kind)]
    before, after = ({(k, part): time_of(each.of[k], part, _SEED) for k, part in parts} for each in (as_is, to_be))
    return before, after


def overrides(scenario: Scenario, processes: Processes, times: Taken) -> list[str]:
    """What the scenario takes from the processes, as `--set` has it. Raises `Refusal` where an order's process has no online orders to be of."""
    found: list[str] = []
    for (kind, part), takes in times.items():
        if kind == "back_office" and not scenario.online.orders_per_day:
            raise Refusal(
                processes.file, "back_office", f"online orders in {scenario.name}", "online.orders_per_day: 0"
            )
        match part:
            case "ticket":
                found.append(_set("trading.fixed_s", takes))
            case "unit":
                found.append(_set("trading.item_s", takes))
            case "sku":
                found += [_set("trading.attribute_entry_s", takes), "system.attribute_entry=true"]
            case "payment":
                found += [
                    _set(f"trading.payments.{channel.name}.pays_s", takes) for channel in scenario.trading.payments
                ]
            case "parcel":
                found.append(_set("online.pick_minutes", scaled(takes, 1 / 60)))
            case "line":
                found.append(f"replenishment.pick_s_per_line={takes.mean!r}")
            case "order":
                found.append(_set("online.delivery_days", _after(scenario.online.delivery_days, processes)))
    return found


def _set(path: str, takes: Varying) -> str:
    return f"{path}={json.dumps(takes.model_dump(mode='json'))}"


def _after(delivery: Varying, processes: Processes) -> Varying:
    """Days of delivery with the order's own time before it: sums of independent draws."""
    mean_s, squared = moments(processes.of["back_office"], "order")
    if isinstance(delivery, Constant) and squared <= 1e-12 * mean_s**2:
        return Constant(value=delivery.mean + mean_s / _DAY_S)
    own = drawn(processes.of["back_office"], "order", PASSES, _SEED)
    generator = np.random.default_rng(_SEED + 1)
    days = delivery.quantile((generator.permutation(PASSES) + 0.5) / PASSES)
    return in_levels(days + own / _DAY_S, delivery.mean + mean_s / _DAY_S)


def compare(
    before: Processes,
    after: Processes,
    scenario: Path,
    flags: Sequence[str],
    limit: float,
    play: Callable[[list[str]], Path],
) -> ProcessComparison:
    """Play two processes in a scenario and compare them: what the command and the call from Python do. Raises `Refusal`.

    Args:
        before, after: the process as it is and as it is to be.
        scenario, flags: the scenario's file, and what is laid over it.
        limit: the change that is asked for, a share.
        play: plays the scenario with given fields laid over it, and returns its run folder.
    """
    times, loaded = taken(before, after), load(scenario, flags)
    both = zip((before, after), times, strict=True)
    runs = [play([*flags, *overrides(loaded, each, takes)]) for each, takes in both]
    return compared(before, after, times, runs, limit, loaded)


def compared(
    as_is: Processes,
    to_be: Processes,
    times: tuple[Taken, Taken],
    folders: Sequence[Path],
    limit: float,
    scenario: Scenario,
) -> ProcessComparison:
    """The record of two runs, As-Is first, and of the processes behind them; `limit` is the change that is asked for. Raises `Refusal`."""
    kinds = kinds_of(as_is, to_be)
    differences = {each.kpi: each for each in compare_runs(folders, CONFIDENCE)}
    days = [read_days(folder) for folder in folders]
    lines = []
    for kind in kinds:
        for kpi in (JUDGED[kind], *BESIDE[kind]):
            a, b = (of[kpi] for of in days)
            lines.append(_line(differences[kpi], a, b, limit if kpi == JUDGED[kind] else None))
    states = [line.state for line in lines if line.judged]
    state: State = "not met" if "not met" in states else "met" if set(states) == {"met"} else "not decidable yet"
    manifests = [read_manifest(folder) for folder in folders]
    sizes = {kpi: float(np.nanmean(days[0][kpi].values)) for kpi in ("lines_per_ticket", "units_per_ticket")}
    return ProcessComparison(
        as_is=as_is.name, to_be=to_be.name,
        as_is_file=str(as_is.file), as_is_sha256=as_is.sha256, to_be_file=str(to_be.file), to_be_sha256=to_be.sha256,
        scenario=scenario.name, currency=scenario.currency, scenario_hashes=[each.scenario_hash for each in manifests],
        replications=manifests[0].replications, confidence=CONFIDENCE, limit=limit,
        decision=DECISION[state], sentence=" ".join(_said(line, limit) for line in lines if line.judged),
        lines=lines,
        parts=[part for kind in kinds for name in PARTS[kind] if (part := _part(as_is, to_be, kind, name)) is not None],
        passes=[_passes(times, kind, sizes, scenario) for kind in kinds],
        notes=[*as_is.notes, *to_be.notes],
    )  # fmt: skip


def _line(found: Difference, a: KpiDays, b: KpiDays, limit: float | None) -> ProcessLine:
    a, b = matched(a, b)
    change = of_kpi_change(a, b, True, CONFIDENCE)
    state, rule = None, ""
    if limit is not None:
        state, rule = decided(Limit(change=limit), change, len(b.cells), may_improve=False)
    known = found.difference
    return ProcessLine(
        kpi=found.kpi, unit=found.unit, better=found.better, judged=limit is not None,
        as_is=_or_none(found.a.mean), to_be=_or_none(found.b.mean),
        changed_by=_or_none(known.mean), changed_by_low=_or_none(known.low), changed_by_high=_or_none(known.high),
        change=change.estimate, least_change=change.low, most_change=change.high, state=state, rule=rule,
    )  # fmt: skip


def _or_none(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _said(line: ProcessLine, limit: float) -> str:
    asked, name = signed(limit), kpi_name(line.kpi, "en").capitalize()
    if line.change is None:
        return f"{name}: not measured; {asked} is asked for: {line.state}."
    if line.least_change is None or line.most_change is None:
        return f"{name}: {signed(line.change)} without an interval; {asked} is asked for: {line.state}."
    ends = f"from {signed(line.least_change)} to {signed(line.most_change)}"
    return f"{name}: {signed(line.change)} ({ends}); {asked} is asked for: {line.state}."


def signed(share: float) -> str:
    """`−31.2 %`."""
    return f"{'−' if share < 0 else ''}{abs(100 * share):.3g} %"


def _part(as_is: Processes, to_be: Processes, kind: Kind, part: str) -> PartTime | None:
    """The time of a part; None where neither has a step for it."""
    if not any(each.of[kind].of(part).any() for each in (as_is, to_be)):
        return None
    (a, a2), (b, b2) = (moments(each.of[kind], part) for each in (as_is, to_be))
    return PartTime(process=kind, part=part, as_is_s=a, as_is_sd_s=a2**0.5, to_be_s=b, to_be_sd_s=b2**0.5)


def _passes(times: tuple[Taken, Taken], kind: Kind, sizes: Mapping[str, float], scenario: Scenario) -> PassTimes:
    """Times of passes of a mean ticket or order, as the chain draws their parts."""
    basket = scenario.online.basket_lines or scenario.traffic.basket_lines
    of_part = {"sku": sizes["lines_per_ticket"], "unit": sizes["units_per_ticket"], "line": float(basket.mean)}
    multiples = {part: of_part.get(part, 1.0) for of, part in times[0] if of == kind}

    def levels(takes: Taken) -> list[float]:
        generator = np.random.default_rng(_SEED)
        total = np.zeros(20 * LEVELS)
        for part, many in multiples.items():
            total += many * takes[kind, part].quantile(generator.random(len(total)))
        return np.quantile(total, _SHOWN).tolist()

    return PassTimes(process=kind, multiples=multiples, as_is_s=levels(times[0]), to_be_s=levels(times[1]))
