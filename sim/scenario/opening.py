"""Opening stock that rows list, and what a chain can therefore never sell or never refill."""

from __future__ import annotations

from datetime import date

from sim.scenario.model import Scenario
from sim.scenario.sections.categories import supplier_numbers
from sim.scenario.sections.places import OpeningStock, SkuRange, Store, Warehouse
from sim.scenario.sections.policies import NoReplenishment


def listed_stock(scenario: Scenario) -> list[OpeningStock]:
    """The rows of opening stock, whether they stand alone or beside a rule."""
    given = scenario.opening_stock
    return given if isinstance(given, list) else given.listed


def listed_path(scenario: Scenario) -> tuple[str, ...]:
    """Where in the scenario the rows stand."""
    return ("opening_stock",) if isinstance(scenario.opening_stock, list) else ("opening_stock", "listed")


def as_of(scenario: Scenario) -> date | None:
    """The day of the figures of opening stock, where they carry one."""
    given, rows = scenario.opening_stock, listed_stock(scenario)
    days = {row.as_of for row in rows} | {None if isinstance(given, list) or not rows else given.as_of}
    return min((day for day in days if day), default=None)


def is_of_a_day(scenario: Scenario) -> bool:
    """Whether opening stock is the state of one day, so that a run cannot begin on another."""
    dated = any(row.arrives or row.expires or row.on_order or row.promised for row in listed_stock(scenario))
    return dated or as_of(scenario) is not None


def sku_codes(scenario: Scenario) -> list[str]:
    """The codes of all SKUs, in order; those made by rule are numbered from SKU-00001."""
    if isinstance(scenario.skus, SkuRange):
        return [f"SKU-{number:05d}" for number in range(1, scenario.skus.count + 1)]
    return [sku.code for sku in scenario.skus]


def warnings(scenario: Scenario) -> list[str]:
    """What of the state at the start can hardly be meant, a sentence each.

    A location carries a SKU only if it has a row for it when the scenario starts, or stands under the rule: it never gets one later.
    """
    found = []
    if scenario.horizon == "steady_state" and not scenario.warmup_days:
        found.append(
            "the run is about a steady state (horizon) and counts its days from the first (warmup_days 0), which depend on the opening stock: "
            "retail-lab study with --warmup advises how many to leave out"
        )
    if _by_rule_alone(scenario):
        return found
    carried = _carried(scenario)
    if as_of(scenario) and scenario.warmup_days:
        found.append(
            f"the run starts from stock as of a day, and leaves the first {scenario.warmup_days:,} days out of its key figures "
            "(warmup_days): set it to 0 to count them"
        )
    for warehouse in scenario.warehouses:
        fed = _fed(scenario, warehouse.code)
        sold = set().union(
            *(carried[place.code] - _direct(scenario, place) for place in fed if _orders(scenario, place))
        )
        lacking = sorted(sold - carried[warehouse.code])
        if lacking:
            found.append(
                f"warehouse {warehouse.code} does not carry {len(lacking):,} of the {len(sold):,} SKUs that its stores carry "
                f"({_some(lacking)}), so no store is ever refilled with them: give them rows at {warehouse.code}, or set "
                "opening_stock to {listed: {table: ...}, warehouse_days: ...}, a table beside a rule"
                if all(isinstance(place, Store) for place in fed)
                else f"warehouse {warehouse.code} does not carry {len(lacking):,} of the {len(sold):,} SKUs that the places it feeds carry "
                f"({_some(lacking)}), so none of them is ever refilled with these: give them rows at {warehouse.code}, or set "
                "opening_stock to {listed: {table: ...}, warehouse_days: ...}, a table beside a rule"
            )
        if carried[warehouse.code] and not _of_use(scenario, warehouse.code):
            found.append(f"warehouse {warehouse.code} has stock, but it serves no store and there are no online orders")
    empty = [store.code for store in scenario.stores if not carried[store.code]]
    if empty:
        found.append(
            f"{len(empty):,} of {len(scenario.stores):,} stores carry no SKU and never sell one ({_some(empty)})"
        )
    return found


def _by_rule_alone(scenario: Scenario) -> bool:
    """Whether every location carries every SKU."""
    return not isinstance(scenario.opening_stock, list) and not scenario.opening_stock.listed


def _carried(scenario: Scenario) -> dict[str, set[str]]:
    """By location: the SKUs that it carries."""
    rows, everything = listed_stock(scenario), set(sku_codes(scenario))
    by_rule = set() if isinstance(scenario.opening_stock, list) else everything
    found: dict[str, set[str]] = {}
    for row in rows:
        found.setdefault(row.location, set()).add(row.sku)
    codes = [*(store.code for store in scenario.stores), *(warehouse.code for warehouse in scenario.warehouses)]
    return {code: found.get(code, by_rule) for code in codes}


def _orders(scenario: Scenario, place: Store | Warehouse) -> bool:
    rules = scenario.replenishment
    if isinstance(place, Warehouse):
        policy = rules.by_warehouse.get(place.code, rules.warehouses)
    else:
        policy = (rules.franchise or rules.stores) if place.ownership == "franchise" else rules.stores
    return not isinstance(policy, NoReplenishment)


def _direct(scenario: Scenario, place: Store | Warehouse) -> set[str]:
    """The SKUs that suppliers deliver to a place past the warehouse that feeds it."""
    direct = {supplier.code for supplier in scenario.suppliers if supplier.delivers_to(place)}
    return (
        {code for code, supplier in zip(sku_codes(scenario), suppliers_of(scenario), strict=True) if supplier in direct}
        if direct
        else set()
    )


def suppliers_of(scenario: Scenario) -> list[str]:
    """The code of each SKU's supplier; where a SKU names none, suppliers take turns."""
    turns = [supplier.code for supplier in scenario.suppliers]
    if isinstance(scenario.skus, SkuRange):
        numbers = supplier_numbers(scenario.skus, turns, scenario.traffic.zipf_exponent)
        return [turns[number] for number in numbers.tolist()]
    return [sku.supplier or turns[n % len(turns)] for n, sku in enumerate(scenario.skus)]


def _of_use(scenario: Scenario, warehouse: str) -> bool:
    return scenario.online.orders_per_day > 0 or bool(_fed(scenario, warehouse))


def _fed(scenario: Scenario, warehouse: str) -> list[Store | Warehouse]:
    places: list[Store | Warehouse] = [*scenario.stores, *scenario.warehouses]
    return [place for place in places if place.warehouse == warehouse]


def _some(codes: list[str], most: int = 3) -> str:
    return ", ".join(codes[:most]) + (" …" if len(codes) > most else "")
