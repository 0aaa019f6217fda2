"""A part of a scenario, for a first look: its first days, some of its stores."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import TypeVar

from sim.records.refusal import Refusal
from sim.scenario.fault_places import without
from sim.scenario.layers import nearest
from sim.scenario.loader import refuse_played
from sim.scenario.model import Scenario
from sim.scenario.opening import listed_stock
from sim.scenario.references import misses
from sim.scenario.sections.faults import LaneEnds, RandomFault
from sim.scenario.sections.places import OpeningStock
from sim.scenario.sections.section import Section
from sim.scenario.sections.shelves import Planogram, listed_shelves

LONGEST_DAYS = 3_660
Placed = TypeVar("Placed", bound=Section)


def shortened(scenario: Scenario, days: int | None = None, stores: int | Sequence[str] | None = None) -> Scenario:
    """The scenario over `days` days from its first, with `stores` alone: so many of its first, or those of these codes. None keeps all.

    Warm-up days are kept as far as a day to count is left. A trace window is cut at the last midnight; a window, faults, spikes and
    changeovers that begin after it are left out. With fewer stores, what is of them goes too (lanes, faults, changeovers, opening stock,
    planograms, log), and online orders shrink in proportion to the stores' customers; warehouses stay. Raises `Refusal` for a number or a code
    that the scenario does not have.
    """
    if days is not None:
        scenario = _first_days(scenario, days)
    if stores is not None:
        scenario = _some_stores(scenario, stores)
    for miss in misses(scenario):
        refuse_played(scenario, miss.path, miss.expected, miss.found)
    return scenario


def _first_days(scenario: Scenario, days: int) -> Scenario:
    if not isinstance(days, int) or not 1 <= days <= LONGEST_DAYS:
        raise Refusal("days", "", f"a whole number from 1 to {LONGEST_DAYS:,}", days)
    end = datetime.combine(scenario.start, time()) + timedelta(days=days)
    window, traffic = scenario.trace, scenario.traffic
    if window:
        window = window.model_copy(update={"last": min(window.last, end)}) if window.first < end else None
    return scenario.model_copy(
        update={
            "days": days,
            "warmup_days": min(scenario.warmup_days, days - 1),
            "trace": window,
            "faults": [fault for fault in scenario.faults if fault.at < end],
            "changeovers": [each for each in scenario.changeovers if each.modules or each.on < end.date()],
            "traffic": traffic.model_copy(update={"spikes": [spike for spike in traffic.spikes if spike.at < end]}),
        }
    )


def _some_stores(scenario: Scenario, stores: int | Sequence[str]) -> Scenario:
    there = [store.code for store in scenario.stores]
    if isinstance(stores, int):
        if not 1 <= stores <= len(there):
            raise Refusal("stores", "", f"a number from 1 to the {len(there)} of {scenario.name}", stores)
        wanted = set(there[:stores])
    else:
        wanted = {stores} if isinstance(stores, str) else set(stores)
        if strange := sorted(wanted - set(there)) or ([] if wanted else ["none"]):
            raise Refusal("stores", "", f"codes of stores of {scenario.name}{nearest(strange[0], there)}", strange[0])
    gone = set(there) - wanted
    kept = [store for store in scenario.stores if store.code in wanted]
    customers = sum(store.customers_per_day for store in scenario.stores)
    share = sum(store.customers_per_day for store in kept) / customers if customers else 1.0
    online = scenario.online.model_copy(update={"orders_per_day": share * scenario.online.orders_per_day})
    changes: dict[str, object] = {
        "stores": kept,
        "lanes": [lane for lane in scenario.lanes if not {lane.origin, lane.destination} & gone],
        "faults": [fault for fault in (_without(fault, gone) for fault in scenario.faults) if fault],
        "random_faults": _random_without(scenario.random_faults, gone),
        "changeovers": [each for each in (_without(each, gone) for each in scenario.changeovers) if each],
        "online": online,
        "sources": {path: source for path, source in scenario.sources.items() if not _record(path) & gone},
    }
    rows = [left for row in listed_stock(scenario) if (left := _left(row, gone))]
    if isinstance(scenario.opening_stock, list):
        changes["opening_stock"] = rows
    elif scenario.opening_stock.listed:
        changes["opening_stock"] = scenario.opening_stock.model_copy(update={"listed": rows})
    if (planogram := scenario.replenishment.planogram) is not None:
        shelves = [row for row in listed_shelves(planogram) if row.location in wanted]
        kept_rows = planogram.model_copy(update={"listed": shelves}) if isinstance(planogram, Planogram) else shelves
        changes["replenishment"] = scenario.replenishment.model_copy(update={"planogram": kept_rows})
    if log := scenario.traffic.log:
        named = {name: code for name, code in log.stores.items() if code in wanted}
        kept_log = log.model_copy(update={"stores": named}) if named or not log.stores else None
        changes["traffic"] = scenario.traffic.model_copy(update={"log": kept_log})
    return scenario.model_copy(update=changes)


def _left(row: OpeningStock, gone: set[str]) -> OpeningStock | None:
    """A row of opening stock without what comes from the stores that are gone; None where nothing is left of it."""
    if row.location in gone or (row.origin in gone and row.units is None):
        return None
    return row.model_copy(update={"on_order": 0, "origin": None}) if row.origin in gone else row


def _random_without(rows: Sequence[RandomFault], gone: set[str]) -> list[RandomFault]:
    """Random faults at the stores, and on the lanes, that are left."""
    faults = {row.name: _without(row.fault, gone) for row in rows}
    kept = [row.model_copy(update={"fault": faults[row.name] or row.fault}) for row in rows]
    return without(kept, {name for name, fault in faults.items() if fault is None})


def _without(placed: Placed, gone: set[str]) -> Placed | None:
    """A fault or a changeover at the stores, and on the lanes, that are left; None where it was at none of them."""
    for field in ("stores", "lanes"):
        at = getattr(placed, field, None)
        if isinstance(at, list):
            left = [place for place in at if not gone & _codes(place)]
            return placed.model_copy(update={field: left}) if left else None
    return placed


def _record(path: str) -> set[str]:
    """The codes of the store, or of the ends of the lane, whose parameter a source stands for."""
    section, _, rest = path.partition(".")
    return set(rest.partition(".")[0].split(" to ")) if section in ("stores", "lanes") else set()


def _codes(place: str | LaneEnds) -> set[str]:
    return {place} if isinstance(place, str) else {place.origin, place.destination}
