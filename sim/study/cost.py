"""Memory, time and disk space of a study, estimated from the numbers of its scenario before anything is played.

The model is linear in what grows: basket lines, stock cells (a SKU at a location), reviews, online orders, failures. Its coefficients stand in
`sim.study.coefficients`.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, inf
from pathlib import Path

from sim.records.refusal import Refusal
from sim.scenario.fault_places import YEAR_DAYS, most_per_year
from sim.scenario.model import Scenario
from sim.scenario.sections.places import SkuRange, Supplier
from sim.scenario.sections.policies import ByClass, DaysOfCover, ForecastDriven, Newsvendor
from sim.scenario.sections.system import AnyService, AssumedService
from sim.study import coefficients as per
from sim.study.workers import Workers, as_workers
from sim.traffic.calendar import Calendar

LONGEST_S = 6 * 3_600.0
"""A study that takes longer is refused unless the user insists."""
_GIB = 2**30


@dataclass(frozen=True)
class Cost:
    """Estimate for a study: memory of all its processes at once, wall time, and space in the run folder."""

    memory_bytes: float
    time_s: float
    disk_bytes: float
    elsewhere: bool = False
    """Whether the memory is that of other machines."""

    def __str__(self) -> str:
        return f"{_size(self.memory_bytes)} of memory, {duration(self.time_s)}, {_size(self.disk_bytes)} on disk"


def estimate(scenario: Scenario, *, replications: int | None = None, jobs: int | Workers = 1) -> Cost:
    """The cost of playing a scenario `replications` times (its own number without it) in `jobs` processes, or by other workers."""
    count = scenario.replications if replications is None else replications
    workers = as_workers(jobs)
    processes = max(min(workers.count, count), 1)
    at_once = processes if workers.elsewhere else min(processes, os.cpu_count() or 1)
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
    simpy = scenario.engine != "compiled"
    """An engine of the user's own is taken for one that is made of SimPy processes."""

    browsed = scenario.online.browse_per_order
    time_s: float = per.START_S + per.CELL_S * cells + per.SKU_S * skus + per.LOGGED_LINE_S * logged
    time_s += days * (per.LOCATION_DAY_S * locations + per.CELL_DAY_S * cells)
    time_s += days * played * (per.BASKET_LINE_S * basket + (per.CUSTOMER_SIMPY_S if simpy else per.CUSTOMER_S))
    order_s = per.ORDER_S + per.ORDER_LINE_S * ordered + per.ORDER_PAIR_LOCATION_S * orders * locations
    time_s += days * orders * (order_s + per.BROWSED_S * browsed)
    time_s += _events_s(scenario, cells, locations)
    memory: float = per.BASE_BYTES + per.CELL_BYTES * cells + per.CELL_DAY_BYTES * cells * min(days, per.CELL_DAYS_KEPT)
    memory += per.LOGGED_LINE_BYTES * logged
    memory += peak_customers * (
        per.BASKET_LINE_BYTES * basket + (per.CUSTOMER_SIMPY_BYTES if simpy else per.CUSTOMER_BYTES)
    )
    memory += peak_orders * (per.ORDER_BYTES + per.ORDER_LINE_BYTES * ordered + per.BROWSED_BYTES * browsed)
    memory += per.LOCATION_DAY_BYTES * locations * days
    ahead = _cells_ahead(scenario, skus)
    history = getattr(scenario.replenishment.forecast, "history_days", 56)
    time_s += days * ahead * history * per.FORECAST_CELL_DAY_S
    memory += per.FORECAST_CELL_DAY_BYTES * ahead * history
    disk: float = count * (per.LOCATION_DAY_DISK_BYTES * locations * days) + per.CELL_DISK_BYTES * cells
    if scenario.trace:
        shown_days = (scenario.trace.last - scenario.trace.first).total_seconds() / 86_400
        rows = max(shown_days, 1 / 24) * 3 * (peak_customers + peak_orders * (4 + browsed))
        memory, time_s = memory + per.TRACE_ROW_BYTES * rows, time_s + per.TRACE_ROW_S * rows
        disk += per.TRACE_ROW_DISK_BYTES * rows
    return Cost(memory * processes, time_s * ceil(count / at_once), disk, workers.elsewhere)


def estimate_trace(rows: float, skus: int) -> Cost:
    """The cost of making a trace of so many journeys over so many SKUs without a chain."""
    return Cost(
        per.BASE_BYTES + per.MADE_ROW_BYTES * rows + per.MADE_SKU_BYTES * skus,
        per.START_S + per.MADE_ROW_S * rows + per.MADE_SKU_S * skus,
        per.MADE_ROW_DISK_BYTES * rows + per.MADE_SKU_DISK_BYTES * skus,
    )


def redraws_s(store_days: int, lines: int, draws: int) -> float:
    """How long `calibrate` takes to draw a log's store-days and lines and fit them again, so many times, seconds."""
    return draws * (per.REDRAWN_STORE_DAY_S * store_days + per.REDRAWN_LINE_S * lines)


def together(costs: Iterable[Cost]) -> Cost:
    """Of studies that run one after the other."""
    costs = list(costs)
    memory = max((cost.memory_bytes for cost in costs), default=0.0)
    elsewhere = bool(costs) and all(cost.elsewhere for cost in costs)
    return Cost(memory, sum(cost.time_s for cost in costs), sum(cost.disk_bytes for cost in costs), elsewhere)


def refuse_excess(cost: Cost, out: Path, of: object = "this study", *, yes: bool = False) -> None:
    """Raise `Refusal` for a cost beyond this machine's memory (where it is the one that plays), the free space at `out` or `LONGEST_S`, unless `yes`.

    `of`: what the refusal names, a scenario file or a flag.
    """
    if yes:
        return
    memory, disk = inf if cost.elsewhere else available_memory_bytes(), _free_bytes(out)
    limits = (
        (cost.memory_bytes, memory, f"at most the {_size(memory)} of memory that are free", _size(cost.memory_bytes)),
        (cost.disk_bytes, disk, f"at most the {_size(disk)} that are free in {out}", _size(cost.disk_bytes)),
        (cost.time_s, LONGEST_S, f"at most {duration(LONGEST_S)}", duration(cost.time_s)),
    )
    for needed, limit, expected, found in limits:
        if needed > limit:
            raise Refusal(of, "", f"{expected} (--yes plays it all the same)", f"{found} (estimated)")


def available_memory_bytes() -> float:
    """Memory available to this process: free memory of the system, or less where a cgroup limits it; total memory where the free is unknown."""
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
        text = Path(file).read_text().strip()
    except OSError:
        return inf
    return float(text) if text.isdigit() else inf


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
    """Lines of a replayed log, by its size."""
    log = scenario.traffic.log
    if log is None or not os.path.isfile(log.file):
        return 0.0
    packed = Path(log.file).suffix in (".gz", ".parquet", ".xlsx")
    return Path(log.file).stat().st_size / (per.LOG_LINE_PACKED_BYTES if packed else per.LOG_LINE_BYTES)


def _events_s(scenario: Scenario, cells: int, locations: int) -> float:
    """Time of periodic and random events: reviews, counts, transfers, solves, failures, outages."""
    days, rules, accuracy = scenario.days, scenario.replenishment, scenario.accuracy
    stores = len(scenario.stores)
    review_s = per.REVIEW_S + per.REVIEW_CELL_S * cells
    count_s = per.COUNT_LOCATION_S * locations + per.COUNT_CELL_S * cells
    policies = (rules.stores, rules.franchise, rules.warehouses)
    intervals = [single.review_days for policy in policies for single in _singles(policy)]
    time_s: float = sum(days / interval * review_s for interval in intervals)
    single_s = per.REVIEW_S + per.REVIEW_CELL_S * cells / max(locations, 1)
    own = [single for policy in rules.by_warehouse.values() for single in _singles(policy)]
    time_s += sum(days / single.review_days * single_s for single in own)
    counts = [accuracy.count_every_days, *accuracy.count_classes.values()]
    time_s += sum(days / every * count_s for every in counts if every)
    time_s += days / scenario.transfers.review_days * (per.TRANSFER_REVIEW_S + per.TRANSFER_CELL_S * cells)
    rounds = rules.filling.rounds if rules.filling else []
    time_s += days * stores * (len(rounds) or 1_440 / rules.refill_minutes) * per.REFILL_S
    if rules.filling and rules.filling.misplaced_share:
        time_s += days * stores / locations * cells * per.MISPLACED_CELL_S
    if scenario.online.orders_per_day:
        time_s += days * 1_440 / scenario.online.batch_minutes * per.BATCH_S
        if scenario.online.sourcing.policy == "priced":
            solve_s = per.SOLVE_S + per.SOLVE_LOCATION_SKU_S * locations * min(cells / locations, per.SOLVED_SKUS)
            time_s += days * 24 / scenario.online.sourcing.resolve_hours * solve_s
    tills = [store.tills + store.self_checkouts for store in scenario.stores]
    failures_s = sum(n * (per.TILL_FAILURE_S + per.TILL_FAILURE_TILL_S * n) for n in tills)
    systems = [scenario.system, *(each.system.on(scenario.system) for each in scenario.changeovers)]
    time_s += days * max(system.till_failures_per_day for system in systems) * failures_s
    outages = max(_outages(system.service, days) for system in systems)
    outages += days / YEAR_DAYS * sum(most_per_year(scenario).values())
    time_s += outages * stores * per.OUTAGE_STORE_S
    return time_s + days * sum(_failures_s(supplier, cells / locations) for supplier in scenario.suppliers)


def _outages(service: AnyService, days: int) -> float:
    """In so many days, on average."""
    if isinstance(service, AssumedService):
        return days / 30 * service.outages_per_30_days
    seen, window_s = len(service.outages.lengths_s), service.outages.window_s
    return days * 86_400 * seen / window_s if window_s else 0.0


def _failures_s(supplier: Supplier, skus: float) -> float:
    """A day's disruptions, and its spells in which a supplier is out of a SKU."""
    time_s = 0.0
    if supplier.disruptions_per_year:
        time_s += per.DISRUPTION_S / (365 / supplier.disruptions_per_year + supplier.disruption_days.mean)
    if supplier.unavailable_days:
        spells = 2 * supplier.unavailable_share / supplier.unavailable_days
        time_s += spells * (per.SPELL_S + per.SPELL_SKU_S * skus)
    return time_s


def _singles(policy: object) -> list:
    if isinstance(policy, ByClass):
        return [*policy.classes.values(), policy.otherwise]
    return [] if policy is None else [policy]


def _cells_ahead(scenario: Scenario, skus: int) -> int:
    """Stock cells whose policy orders by a forecast."""
    rules = scenario.replenishment
    floors = [
        (rules.stores, len(scenario.stores)),
        (rules.warehouses, len(scenario.warehouses) - len(rules.by_warehouse)),
    ]
    floors += [(policy, 1) for policy in rules.by_warehouse.values()]
    ahead = (DaysOfCover, ForecastDriven, Newsvendor)
    return sum(n * skus for policy, n in floors if any(isinstance(single, ahead) for single in _singles(policy)))


def _size(size_bytes: float) -> str:
    return f"{size_bytes / _GIB:,.1f} GiB" if size_bytes >= _GIB / 10 else f"{max(size_bytes / 2**20, 1):,.0f} MiB"


def duration(time_s: float) -> str:
    """A time in words: seconds, minutes or hours, rounded up or to the nearest."""
    if time_s < 120:
        return f"{ceil(time_s)} s"
    return f"{time_s / 60:,.0f} min" if time_s < 7_200 else f"{time_s / 3_600:,.0f} h"
