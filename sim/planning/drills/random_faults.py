"""What the random faults of a scenario cost, and what softens them: each is left out in turn, with the same customers and all other faults."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from sim.chain.chain import Chain
from sim.clock import DAY_S
from sim.evidence.statistics.replications import over_days
from sim.evidence.statistics.students_t import half_width
from sim.planning.drills.catalogue import (
    BATTERY_MINUTES,
    GENERATOR_MINUTES,
    Mitigation,
    Overlay,
    backup_channel,
    safety_stock,
)
from sim.planning.drills.stage import Stage
from sim.planning.drills.watching import BETTER, changes, total_costs
from sim.records.decisions.drills import SUMS, FaultLine, MitigationLine, RandomFaults, Spread
from sim.scenario.fault_places import YEAR_DAYS, without
from sim.scenario.model import Scenario
from sim.scenario.sections.faults import PowerCut


@dataclass(frozen=True)
class Counted:
    """What is measured in a replication; called with a scenario and the number of a replication."""

    def __call__(self, scenario: Scenario, replication: int) -> dict[str, float]:
        """`SUMS` over the days that count, and under `faults NAME` the random faults that lasted at an instant of them."""
        chain = Chain(scenario, replication)
        daily = chain.play().daily.to_pandas()
        lasted = [one.name for one in chain.random_faults if one.until_s > scenario.warmup_days * DAY_S]
        counts = {f"faults {row.name}": float(lasted.count(row.name)) for row in scenario.random_faults}
        return total_costs(daily[daily["day"] >= scenario.warmup_days]) | counts


@dataclass(frozen=True)
class Scenarios:
    """What is played for the random faults of a scenario."""

    by_change: Mapping[str, Scenario]
    """As it stands under "", without a random fault and all that only follow it under `without NAME`, with a mitigation under `with NAME`."""
    mitigations: tuple[Mitigation, ...]


NONE = Scenarios({}, ())


def scenarios(base: Scenario, stage: Stage, laid: Callable[[Overlay], Scenario]) -> Scenarios:
    """What is played for the random faults of a scenario; `laid` lays fields over it."""
    rows = base.random_faults
    left_out = {
        f"without {row.name}": base.model_copy(update={"random_faults": without(rows, {row.name})}) for row in rows
    }
    helps = mitigations(base, stage)
    softened = {f"with {each.name}": laid(each.overlay) for each in helps}
    return Scenarios({"": base, **left_out, **softened}, helps)


def mitigations(base: Scenario, stage: Stage) -> tuple[Mitigation, ...]:
    """What may soften the random faults of a scenario, of what it does not have."""
    kinds = {row.fault.kind for row in base.random_faults}
    system, found = base.system, list[Mitigation]()
    cuts = {row.name: row.fault for row in base.random_faults if isinstance(row.fault, PowerCut)}
    if long := [row.name for row in base.random_faults if row.name in cuts and row.minutes.mean > GENERATOR_MINUTES]:
        carried = {"minutes": GENERATOR_MINUTES, "fault": {"battery_minutes": GENERATOR_MINUTES}}
        found.append(Mitigation("generator", {"random_faults": dict.fromkeys(long, carried)}))
    if short := [name for name, cut in cuts.items() if cut.battery_minutes < BATTERY_MINUTES]:
        lasts = {"fault": {"battery_minutes": BATTERY_MINUTES}}
        found.append(Mitigation("longer_battery", {"random_faults": dict.fromkeys(short, lasts)}))
    if kinds & {"network_cut", "system_outage"} and not system.offline_tills:
        found.append(Mitigation("offline_tills", {"system.offline_tills": True}))
    for channel in dict.fromkeys(getattr(row.fault, "channel", None) for row in base.random_faults):
        if channel and not system.backup_payment_channel and (helps := backup_channel(stage, channel)):
            found.append(helps)
            break
    if "warehouse_stop" in kinds and len(base.warehouses) > 1 and not system.multi_warehouse_transfers:
        found.append(Mitigation("transfers", {"system.multi_warehouse_transfers": True}))
    if kinds & {"warehouse_stop", "supplier_stop", "lane_closed"}:
        found += safety_stock(stage)
    return tuple(found)


def lines(
    base: Scenario,
    of: Scenarios,
    played: Mapping[str, Sequence[dict[str, float]]],
    confidence: float,
) -> RandomFaults:
    """The record of random faults.

    Args:
        base: the scenario as it stands.
        of: what was played beside it.
        played: what `Counted` returned, replication by replication, by what was changed, as in `Scenarios.by_change`.
        confidence: of each cost; of the worths of all mitigations together (Bonferroni).
    """
    days = base.days - base.warmup_days
    a_year = days >= YEAR_DAYS or not any(row.months for row in base.random_faults)
    scale = YEAR_DAYS / days if a_year else 1.0
    together = 1 - (1 - confidence) / max(len(of.mitigations), 1)
    stands = played[""]
    faults = []
    for row in base.random_faults:
        numbers = np.array([found[f"faults {row.name}"] for found in stands])
        gone = played[f"without {row.name}"]
        costs = {name: changes(gone, stands, name) for name in SUMS}
        cost = {name: _of_bursts(more, confidence) for name, more in costs.items()}
        each = {name: _ratio(more, numbers, confidence) for name, more in costs.items()}
        often = _of_bursts(numbers, confidence, least=1.0)
        faults.append(
            FaultLine(
                name=row.name,
                kind=row.fault.kind,
                number=_scaled(often, scale),
                cost={name: _scaled(spread, scale) for name, spread in cost.items()},
                each=each if numbers.any() else None,
            )
        )
    faults.sort(key=lambda line: -line.cost["lost_sales"].mean)
    helps = []
    for help_ in of.mitigations:
        softened = played[f"with {help_.name}"]
        worth = {
            name: _scaled(_of_bursts(BETTER[name] * changes(stands, softened, name), together), scale) for name in SUMS
        }
        helps.append(MitigationLine(name=help_.name, have=False, overlay=help_.overlay, worth=worth))
    helps.sort(key=lambda line: -line.worth["sales"].mean)
    return RandomFaults(days=days, a_year=a_year, faults=faults, mitigations=helps)


def _of_bursts(x: np.ndarray, confidence: float, least: float = 0.0) -> Spread:
    """The mean of what rare faults make in a replication, float64[n], with the longer side of its interval: each replication is a day of `over_days`.

    `least`: of a burst that was not seen.
    """
    found = over_days(x[:, None], confidence, least)
    return Spread(mean=found.mean, half_width=max(found.high - found.mean, found.mean - found.low))


def _scaled(of: Spread, by: float) -> Spread:
    return Spread(mean=by * of.mean, half_width=by * of.half_width)


def _ratio(sums: np.ndarray, numbers: np.ndarray, confidence: float) -> Spread:
    """Σ sums / Σ numbers over replications, with the interval of a ratio estimate (Cochran 1977, Sampling Techniques, ch. 6)."""
    if not numbers.any():
        return Spread(mean=0.0, half_width=0.0)
    ratio = float(sums.sum() / numbers.sum())
    return Spread(
        mean=ratio, half_width=half_width(sums - ratio * numbers, (1 + confidence) / 2) / float(numbers.mean())
    )
