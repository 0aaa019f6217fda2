"""What a study will take of a machine, told from the numbers of its scenario before anything is played.

The model is linear in what grows: basket lines, stock cells (a SKU at a location), reviews, online orders, failures. Its coefficients are fitted to
the shipped scenarios and their extremes; `python -m benchmarks cost` holds estimates against what runs took.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, inf
from pathlib import Path

from sim.records.profile import ServiceProfile
from sim.records.refusal import Refusal
from sim.scenario.model import Scenario
from sim.scenario.places import SkuRange
from sim.scenario.policies import ByClass, DaysOfCover, ForecastDriven, Newsvendor
from sim.traffic.calendar import Calendar

LONGEST_S = 6 * 3_600.0
"""A study that takes longer is refused unless the user insists."""
_GIB = 2**30
_BASE_BYTES = 190e6  # the interpreter and its libraries
_START_S = 0.1


@dataclass(frozen=True)
class Cost:
    """What a study is estimated to take: memory of all its processes at once, wall time, and space in the run folder."""

    memory_bytes: float
    time_s: float
    disk_bytes: float

    def __str__(self) -> str:
        return f"{_size(self.memory_bytes)} of memory, {_duration(self.time_s)}, {_size(self.disk_bytes)} on disk"


def estimate(scenario: Scenario, *, replications: int | None = None, jobs: int = 1) -> Cost:
    """The cost of playing a scenario `replications` times (its own number without it) in `jobs` processes."""
    count = scenario.replications if replications is None else replications
    processes = max(min(jobs, count), 1)
    at_once = min(processes, os.cpu_count() or 1)
    days, stores = scenario.days, scenario.stores
    mean, peak = _factors(scenario, "store")
    online_mean, online_peak = _factors(scenario, "online")
    customers = sum(store.customers_per_day for store in stores)
    basket, ordered = scenario.traffic.basket_lines.mean, _order_lines(scenario)
    skus = scenario.skus.count if isinstance(scenario.skus, SkuRange) else len(scenario.skus)
    locations = len(stores) + len(scenario.warehouses)
    cells, basket = locations * skus, min(max(basket, 1.0), skus)
    orders, peak_orders = scenario.online.orders_per_day * online_mean, scenario.online.orders_per_day * online_peak
    played, peak_customers = customers * mean, customers * peak
    logged = _logged_lines(scenario)
    simpy = scenario.engine == "simpy"

    time_s: float = _START_S + 6e-7 * cells + 3e-6 * skus + 2e-6 * logged
    time_s += days * (7e-4 * locations + 2e-7 * cells)
    time_s += days * played * (1.2e-7 * basket + (2.2e-5 if simpy else 1e-7))
    time_s += (
        days * orders * (2e-6 + 1e-7 * ordered + 1.7e-11 * orders * locations + 2e-8 * scenario.online.browse_per_order)
    )
    time_s += _events_s(scenario, cells, locations)
    memory: float = _BASE_BYTES + 300 * cells + 10 * cells * min(days, 60) + 300 * logged
    memory += peak_customers * (60 * basket + (1_400 if simpy else 60))
    memory += peak_orders * (3_000 + 40 * ordered + 16 * scenario.online.browse_per_order)
    memory += 2_000 * locations * days
    ahead = _cells_ahead(scenario, skus)
    history = getattr(scenario.replenishment.forecast, "history_days", 56)
    time_s += days * ahead * history * 1e-7
    memory += 35 * ahead * history
    disk: float = count * (500 * locations * days) + 10 * cells
    if scenario.trace:
        shown_days = (scenario.trace.last - scenario.trace.first).total_seconds() / 86_400
        rows = max(shown_days, 1 / 24) * 3 * (peak_customers + peak_orders * (4 + scenario.online.browse_per_order))
        memory, time_s, disk = memory + 20 * rows, time_s + 1e-6 * rows, disk + 40 * rows
    return Cost(memory * processes, time_s * ceil(count / at_once), disk)


def estimate_trace(rows: float, skus: int) -> Cost:
    """The cost of making a trace of so many journeys over so many SKUs without a chain."""
    return Cost(_BASE_BYTES + 550 * rows + 1_500 * skus, _START_S + 4e-6 * rows + 5e-6 * skus, 60 * rows + 20 * skus)


def together(costs: Iterable[Cost]) -> Cost:
    """Of studies that run one after the other."""
    costs = list(costs)
    memory = max((cost.memory_bytes for cost in costs), default=0.0)
    return Cost(memory, sum(cost.time_s for cost in costs), sum(cost.disk_bytes for cost in costs))


def hold(cost: Cost, out: Path, *, yes: bool = False) -> None:
    """Raise `Refusal` for a cost beyond this machine's memory, the free space at `out` or `LONGEST_S`, unless `yes`."""
    if yes:
        return
    memory, disk = available_memory_bytes(), _free_bytes(out)
    limits = (
        (cost.memory_bytes, memory, f"at most the {_size(memory)} of memory that are free", _size(cost.memory_bytes)),
        (cost.disk_bytes, disk, f"at most the {_size(disk)} that are free in {out}", _size(cost.disk_bytes)),
        (cost.time_s, LONGEST_S, f"at most {_duration(LONGEST_S)}", _duration(cost.time_s)),
    )
    for needed, limit, expected, found in limits:
        if needed > limit:
            raise Refusal("this study", "", f"{expected} (--yes plays it all the same)", f"{found} (estimated)")


def available_memory_bytes() -> float:
    """What this process may still take: the system's free memory, or less where a cgroup limits it; all of the memory where no more is known."""
    free = _meminfo()
    if free == inf and hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        free = float(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    for limit, used in (
        ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory.current"),
        ("/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.usage_in_bytes"),
    ):
        free = min(free, _number(limit) - min(_number(used), _number(limit) / 2))
    return free


def _meminfo() -> float:
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
    except OSError:
        return inf
    return next((1024.0 * int(line.split()[1]) for line in lines if line.startswith("MemAvailable:")), inf)


def _number(file: str) -> float:
    try:
        said = Path(file).read_text().strip()
    except OSError:
        return inf
    return float(said) if said.isdigit() else inf


def _free_bytes(out: Path) -> float:
    there = next((place for place in (out.absolute(), *out.absolute().parents) if place.exists()), None)
    return float(shutil.disk_usage(there).free) if there else inf


def _factors(scenario: Scenario, channel: str) -> tuple[float, float]:
    """Mean and largest factor on a day's arrivals over the run, spikes included."""
    calendar = Calendar(scenario, channel)
    daily = [calendar.factor(day) for day in range(scenario.days)]
    lifts = [
        max(spike.factor - 1, 0.0) / 2 * min(spike.duration_minutes / 1_440, scenario.days)
        for spike in calendar.spikes.values()
    ]
    peak = max(daily) * (1 + sum(2 * lift for lift in lifts))
    return (sum(daily) + max(daily) * sum(lifts)) / scenario.days, peak


def _order_lines(scenario: Scenario) -> float:
    return (scenario.online.basket_lines or scenario.traffic.basket_lines).mean


def _logged_lines(scenario: Scenario) -> float:
    """Lines of a replayed log, at some 60 bytes each; packed ones hold more."""
    log = scenario.traffic.log
    if log is None or not Path(log.file).exists():
        return 0.0
    packed = Path(log.file).suffix in (".gz", ".parquet")
    return Path(log.file).stat().st_size / (10 if packed else 60)


def _events_s(scenario: Scenario, cells: int, locations: int) -> float:
    """Time of what comes at intervals or by chance: reviews, counts, transfers, solves, failures, outages."""
    days, said, accuracy = scenario.days, scenario.replenishment, scenario.accuracy
    stores = len(scenario.stores)
    review_s, count_s = 1e-4 + 1e-7 * cells, 1e-5 * locations + 1e-7 * cells
    policies = (said.stores, said.franchise, said.warehouses)
    intervals = [single.review_days for policy in policies for single in _singles(policy)]
    time_s: float = sum(days / interval * review_s for interval in intervals)
    counts = [accuracy.count_every_days, *accuracy.count_classes.values()]
    time_s += sum(days / every * count_s for every in counts if every)
    time_s += days / scenario.transfers.review_days * (2e-5 + 2e-7 * cells)
    time_s += days * stores * 1_440 / said.refill_minutes * 4e-6
    if scenario.online.orders_per_day:
        time_s += days * 1_440 / scenario.online.batch_minutes * 1e-6
        if scenario.online.sourcing.policy == "priced":
            time_s += (
                days
                * 24
                / scenario.online.sourcing.resolve_hours
                * (1e-3 + 5e-6 * locations * min(cells / locations, 500))
            )
    tills = [store.tills + store.self_checkouts for store in scenario.stores]
    time_s += days * scenario.system.till_failures_per_day * sum(n * (8e-6 + 2e-7 * n) for n in tills)
    service = scenario.system.service
    if isinstance(service, ServiceProfile):
        seen, window_s = len(service.outages.lengths_s), service.outages.window_s
        outages = days * 86_400 * seen / window_s if window_s else 0.0
    else:
        outages = days / 30 * service.outages_per_30_days
    time_s += outages * stores * 2e-5
    return time_s + sum(days / 365 * supplier.disruptions_per_year for supplier in scenario.suppliers) * 2e-5


def _singles(policy: object) -> list:
    if isinstance(policy, ByClass):
        return [*policy.classes.values(), policy.otherwise]
    return [] if policy is None else [policy]


def _cells_ahead(scenario: Scenario, skus: int) -> int:
    """Stock cells whose policy goes by a forecast."""
    said = scenario.replenishment
    floors = ((said.stores, len(scenario.stores)), (said.warehouses, len(scenario.warehouses)))
    ahead = (DaysOfCover, ForecastDriven, Newsvendor)
    return sum(n * skus for policy, n in floors if any(isinstance(single, ahead) for single in _singles(policy)))


def _size(size_bytes: float) -> str:
    return f"{size_bytes / _GIB:,.1f} GiB" if size_bytes >= _GIB / 10 else f"{max(size_bytes / 2**20, 1):,.0f} MiB"


def _duration(time_s: float) -> str:
    if time_s < 120:
        return f"{ceil(time_s)} s"
    return f"{time_s / 60:,.0f} min" if time_s < 7_200 else f"{time_s / 3_600:,.0f} h"
