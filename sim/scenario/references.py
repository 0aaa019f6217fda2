"""What no single field can check: that codes name something, that nothing is there twice, that stores can be supplied."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sim.records.profile import ServiceProfile
from sim.scenario.fault_places import YEAR_DAYS, most_per_year
from sim.scenario.fields import fields
from sim.scenario.layers import dotted, keys_of, nearest
from sim.scenario.model import Scenario
from sim.scenario.opening import listed_path, listed_stock, sku_codes
from sim.scenario.sections.faults import FaultKind
from sim.scenario.sections.places import OpeningCover, Store, Warehouse
from sim.scenario.sections.section import Section
from sim.scenario.sections.shelves import listed_shelves, shelves_path

_MOST_FAULTS = 20_000
_KEYS = {"code", "name", "origin", "destination"}


@dataclass(frozen=True)
class Miss:
    """One thing that does not fit: where in the scenario, what was expected and what stood there."""

    path: tuple
    expected: str
    found: object = None
    others: tuple[Miss, ...] = ()
    """The same, as the other fields would state it: the field of the highest layer is named."""
    unknown: bool = False
    """The field itself is none that may stand there: in a table, its heading is wrong."""


def misses(scenario: Scenario) -> Iterator[Miss]:
    """Everything in a scenario that does not fit together, in the order of its sections."""
    yield from _twice(scenario)
    yield from _unknown(scenario)
    yield from _in_a_circle(scenario)
    yield from _unserved(scenario)
    yield from _outside(scenario)
    yield from _of_another_day(scenario)
    yield from _unopened(scenario)
    yield from _unsold(scenario)
    yield from _unmeasured(scenario)
    yield from _changed_over(scenario)
    yield from _unreserved(scenario)
    yield from _unsourced(scenario)
    yield from _too_often(scenario)


def _too_often(scenario: Scenario) -> Iterator[Miss]:
    """More random faults than a run can hold."""
    years = scenario.days / YEAR_DAYS
    for at, (row, often) in enumerate(zip(scenario.random_faults, most_per_year(scenario).values(), strict=False)):
        if often * years > _MOST_FAULTS:
            most = f"at most {_MOST_FAULTS:,} faults in the {scenario.days} days on average"
            yield Miss(("random_faults", at, "per_year" if row.per_year else "after"), most, f"{often * years:,.0f}")


def _unreserved(scenario: Scenario) -> Iterator[Miss]:
    """The rule by which a reserve opens tills, and the reserve, mean nothing without each other."""
    kept = [at for at, shift in enumerate(scenario.rosters) if shift.reserve_tills]
    if scenario.trading.reserve is None:
        if kept:
            rule = "trading.reserve beside it, which says when they open"
            yield Miss(("rosters", kept[0], "reserve_tills"), rule, scenario.rosters[kept[0]].reserve_tills)
    elif not {scenario.rosters[at].roster for at in kept} & {store.roster for store in scenario.stores}:
        yield Miss(("trading", "reserve"), "reserve_tills in the roster of a store", "no shift with a reserve")


def _twice(scenario: Scenario) -> Iterator[Miss]:
    """Stores, warehouses and suppliers share one space of codes: a lane may start at any of them."""
    yield from _repeated("code", regions=scenario.regions)
    yield from _repeated("code", stores=scenario.stores, warehouses=scenario.warehouses, suppliers=scenario.suppliers)
    if isinstance(scenario.skus, list):
        yield from _repeated("code", skus=scenario.skus)
    else:
        names = [category.name for category in scenario.skus.categories]
        for at, name in enumerate(names):
            if name in names[:at]:
                yield Miss(("skus", "categories", at, "name"), "each category once", name)
    seen: set = set()
    for at, lane in enumerate(scenario.lanes):
        ends = (lane.origin, lane.destination)
        if ends in seen:
            yield Miss(("lanes", at), "one lane from an origin to a destination", f"{ends[0]} to {ends[1]} again")
        seen.add(ends)
    seen = set()
    for at, row in enumerate(listed_stock(scenario)):
        lot = row.location, row.sku, row.expires
        if lot in seen and row.units is not None:
            once = f"each SKU once at {row.location}" + (f" and {row.expires:%Y-%m-%d}" if row.expires else "")
            yield Miss((*listed_path(scenario), at, "sku"), once, row.sku)
        if row.units is not None:
            seen.add(lot)
    called = [changeover.name for changeover in scenario.changeovers]
    for at, changeover in enumerate(scenario.changeovers):
        if changeover.name is not None and changeover.name in called[:at]:
            yield Miss(("changeovers", at, "name"), "a name that no other changeover has", changeover.name)
    seen, planogram = set(), scenario.replenishment.planogram
    for at, shelf in enumerate(listed_shelves(planogram)):
        if (shelf.location, shelf.sku) in seen:
            yield Miss((*shelves_path(planogram), at, "sku"), f"each SKU once at {shelf.location}", shelf.sku)
        seen.add((shelf.location, shelf.sku))
    seen = set()
    for at, price in enumerate(scenario.prices):
        if (price.sku, price.from_) in seen:
            yield Miss(("prices", at, "sku"), "one price of a SKU from a day on", price.sku)
        seen.add((price.sku, price.from_))
    for at, channel in enumerate(scenario.trading.payments):
        if channel.name in {other.name for other in scenario.trading.payments[:at]}:
            yield Miss(("trading", "payments", at, "name"), "each payment channel once", channel.name)
    for at, random in enumerate(scenario.random_faults):
        if random.name in {other.name for other in scenario.random_faults[:at]}:
            yield Miss(("random_faults", at, "name"), "each random fault once", random.name)


def _unsourced(scenario: Scenario) -> Iterator[Miss]:
    """A path may hold the code of a record: `suppliers.FOODS.lead_time_days`."""
    records: dict[str, set[str]] = {}
    for path in scenario.sources:
        steps: list[str] = []
        for step in path.split("."):
            known = fields(steps)
            if known and step not in known:
                section = dotted(steps)
                if section not in records:
                    records[section] = _records(scenario, steps)
                if step not in records[section]:
                    yield Miss(("sources", path), f"the path of a parameter{nearest(step, known)}", path)
                    break
            else:
                steps.append(step)


def _records(scenario: Scenario, steps: Sequence[str]) -> set[str]:
    """What the records of a list are called; empty where no list stands."""
    found: object = scenario
    for step in steps:
        found = getattr(found, step, None)
    held = found if isinstance(found, list) else []
    return {key for record in held if isinstance(record, Section) for key in keys_of(record.model_dump(include=_KEYS))}


def _repeated(field: str, **lists: Iterable[Section]) -> Iterator[Miss]:
    seen: dict[str, str] = {}
    for section, records in lists.items():
        for at, record in enumerate(records):
            code = getattr(record, field)
            if code in seen:
                yield Miss((section, at, field), f"a {field} that no other of {seen[code]} has", code)
            seen.setdefault(code, section)


def _unknown(scenario: Scenario) -> Iterator[Miss]:
    regions = [region.code for region in scenario.regions]
    stores = [store.code for store in scenario.stores]
    warehouses = [warehouse.code for warehouse in scenario.warehouses]
    suppliers = [supplier.code for supplier in scenario.suppliers]
    rosters = list(dict.fromkeys(shift.roster for shift in scenario.rosters))
    channels = [channel.name for channel in scenario.trading.payments]
    locations = [*stores, *warehouses]
    skus = sku_codes(scenario)

    known_region, known_warehouse = _Known("region", regions), _Known("warehouse", warehouses)
    for at, store in enumerate(scenario.stores):
        yield from known_region(("stores", at, "region"), store.region)
        yield from known_warehouse(("stores", at, "warehouse"), store.warehouse)
        if store.roster is not None:
            yield from _Known("roster", rosters)(("stores", at, "roster"), store.roster)
    for at, warehouse in enumerate(scenario.warehouses):
        yield from known_region(("warehouses", at, "region"), warehouse.region)
        if warehouse.warehouse is not None:
            yield from known_warehouse(("warehouses", at, "warehouse"), warehouse.warehouse)
    known_location = _Known("location", locations)
    for at, supplier in enumerate(scenario.suppliers):
        for position, code in enumerate(supplier.direct if isinstance(supplier.direct, list) else ()):
            yield from known_location(("suppliers", at, "direct", position), code)
    known_origin = _Known("location or supplier", [*locations, *suppliers])
    for at, lane in enumerate(scenario.lanes):
        yield from known_origin(("lanes", at, "origin"), lane.origin)
        yield from known_location(("lanes", at, "destination"), lane.destination)
    known_sku, known_supplier = _Known("SKU", skus), _Known("supplier", suppliers)
    if isinstance(scenario.skus, list):
        for at, sku in enumerate(scenario.skus):
            if sku.supplier is not None:
                yield from known_supplier(("skus", at, "supplier"), sku.supplier)
    else:
        for at, category in enumerate(scenario.skus.categories):
            if category.supplier is not None:
                yield from known_supplier(("skus", "categories", at, "supplier"), category.supplier)
    for at, row in enumerate(listed_stock(scenario)):
        yield from known_location((*listed_path(scenario), at, "location"), row.location)
        yield from known_sku((*listed_path(scenario), at, "sku"), row.sku)
        if row.origin is not None:
            yield from known_origin((*listed_path(scenario), at, "origin"), row.origin)
    for at, price in enumerate(scenario.prices):
        yield from known_sku(("prices", at, "sku"), price.sku)
    for at, spike in enumerate(scenario.traffic.spikes):
        for position, code in enumerate(spike.skus):
            yield from known_sku(("traffic", "spikes", at, "skus", position), code)
    for at, promotion in enumerate(scenario.traffic.promotions):
        for position, code in enumerate(promotion.skus):
            yield from known_sku(("traffic", "promotions", at, "skus", position), code)
    yield from _groups(scenario)
    yield from _pairs(scenario, known_sku)
    known_store = _Known("store", stores)
    planogram = scenario.replenishment.planogram
    for at, shelf in enumerate(listed_shelves(planogram)):
        yield from known_store((*shelves_path(planogram), at, "location"), shelf.location)
        yield from known_sku((*shelves_path(planogram), at, "sku"), shelf.sku)
    if scenario.traffic.log:
        for name, code in scenario.traffic.log.stores.items():
            yield from known_store(("traffic", "log", "stores", name), code)
    known_class = _Known("SKU class", sku_class_names(scenario))
    for name in ("stores", "franchise", "warehouses"):
        for sku_class in getattr(getattr(scenario.replenishment, name), "classes", ()):
            yield from known_class(("replenishment", name, "classes", sku_class), sku_class)
    for code, policy in scenario.replenishment.by_warehouse.items():
        yield from known_warehouse(("replenishment", "by_warehouse", code), code)
        for sku_class in getattr(policy, "classes", ()):
            yield from known_class(("replenishment", "by_warehouse", code, "classes", sku_class), sku_class)
    for field in ("count_classes", "shrinkage_classes"):
        for sku_class in getattr(scenario.accuracy, field):
            yield from known_class(("accuracy", field, sku_class), sku_class)
    if isinstance(scenario.opening_stock, OpeningCover):
        for sku_class in scenario.opening_stock.classes:
            yield from known_class(("opening_stock", "classes", sku_class), sku_class)
    for region in scenario.online.region_shares:
        yield from known_region(("online", "region_shares", region), region)
    for at, changeover in enumerate(scenario.changeovers):
        for position, code in enumerate(changeover.stores if isinstance(changeover.stores, list) else ()):
            yield from known_store(("changeovers", at, "stores", position), code)
    known_channel = _Known("payment channel", channels)
    of_fault = _FaultCodes(known_supplier, known_warehouse, known_store, known_origin, known_location, known_channel)
    for at, fault in enumerate(scenario.faults):
        yield from of_fault(("faults", at), fault)
    for at, random in enumerate(scenario.random_faults):
        yield from of_fault(("random_faults", at, "fault"), random.fault)
        known_above = _Known("random fault above", [other.name for other in scenario.random_faults[:at]], "name")
        for name in random.after:
            yield from known_above(("random_faults", at, "after", name), name)


def _groups(scenario: Scenario) -> Iterator[Miss]:
    listed = scenario.skus if scenario.traffic.groups and isinstance(scenario.skus, list) else []
    groups = dict.fromkeys(sku.group for sku in listed)
    for group in scenario.traffic.groups:
        if group not in groups:
            yield Miss(("traffic", "groups", group), f"the group of a listed SKU{nearest(group, [*groups])}", group)


def _pairs(scenario: Scenario, known_sku: _Known) -> Iterator[Miss]:
    seen: set = set()
    for at, pair in enumerate(scenario.traffic.pairs):
        for position, code in enumerate(pair.skus):
            yield from known_sku(("traffic", "pairs", at, "skus", position), code)
        if frozenset(pair.skus) in seen or pair.skus[0] == pair.skus[1]:
            yield Miss(("traffic", "pairs", at, "skus"), "two SKUs, and each two once", pair.skus)
        seen.add(frozenset(pair.skus))


@dataclass(frozen=True)
class _FaultCodes:
    """Holds the codes of a fault against those that exist."""

    supplier: _Known
    warehouse: _Known
    store: _Known
    origin: _Known
    location: _Known
    channel: _Known

    def __call__(self, path: tuple, fault: FaultKind) -> Iterator[Miss]:
        for field, known in (("suppliers", self.supplier), ("warehouses", self.warehouse), ("stores", self.store)):
            if isinstance(codes := getattr(fault, field, None), list):
                for position, code in enumerate(codes):
                    yield from known((*path, field, position), code)
        if isinstance(ends := getattr(fault, "lanes", None), list):
            for position, lane in enumerate(ends):
                yield from self.origin((*path, "lanes", position, "origin"), lane.origin)
                yield from self.location((*path, "lanes", position, "destination"), lane.destination)
        if (channel := getattr(fault, "channel", None)) is not None:
            yield from self.channel((*path, "channel"), channel)


class _Known:
    """Holds a code against those that exist."""

    def __init__(self, what: str, codes: Iterable[str], word: str = "code"):
        self.what, self.word, self.codes = what, word, list(codes)
        self.set = frozenset(self.codes)

    def __call__(self, path: tuple, code: str) -> Iterator[Miss]:
        if code not in self.set:
            yield Miss(path, f"the {self.word} of a {self.what}{nearest(code, self.codes)}", code)


def sku_class_names(scenario: Scenario) -> list[str]:
    """A, B, C and the classes that SKUs name."""
    named = scenario.skus if isinstance(scenario.skus, list) else scenario.skus.categories
    return list(dict.fromkeys(["A", "B", "C", *(each.sku_class for each in named if each.sku_class)]))


def _unserved(scenario: Scenario) -> Iterator[Miss]:
    lanes = {(lane.origin, lane.destination): at for at, lane in enumerate(scenario.lanes)}
    for at, store in enumerate(scenario.stores):
        if store.tills + store.self_checkouts == 0:
            yield Miss(("stores", at, "tills"), "a till or a self-checkout", store.tills)
        yield from _without_lane(scenario, lanes, ("stores", at), store)
    for at, warehouse in enumerate(scenario.warehouses):
        if warehouse.warehouse is not None:
            yield from _without_lane(scenario, lanes, ("warehouses", at), warehouse)


def _without_lane(scenario: Scenario, lanes: dict, path: tuple, place: Store | Warehouse) -> Iterator[Miss]:
    lane = lanes.get((place.warehouse, place.code))
    if lane is None:
        yield Miss((*path, "warehouse"), f"a lane from {place.warehouse} to {place.code}", "none in lanes")
    elif scenario.lanes[lane].lead_time_days is None:
        yield Miss(("lanes", lane), f"lead_time_days from {place.warehouse} to {place.code}", "nothing")


def _in_a_circle(scenario: Scenario) -> Iterator[Miss]:
    """Warehouses that feed themselves, be it through others: nothing would ever come from a supplier."""
    feeder = {warehouse.code: warehouse.warehouse for warehouse in scenario.warehouses}
    for at, warehouse in enumerate(scenario.warehouses):
        path, code = [warehouse.code], warehouse.warehouse
        while code is not None and code not in path:
            path.append(code)
            code = feeder.get(code)
        if code == warehouse.code:
            circle = " from ".join([*path, code])
            yield Miss(("warehouses", at, "warehouse"), "a warehouse that this one does not feed", circle)


def _of_another_day(scenario: Scenario) -> Iterator[Miss]:
    """Opening stock is that of the first day's morning, which the evening before has left."""
    fits = scenario.start, scenario.start - timedelta(days=1)
    days = [((*listed_path(scenario), at, "as_of"), row.as_of) for at, row in enumerate(listed_stock(scenario))]
    if not isinstance(scenario.opening_stock, list):
        days.append((("opening_stock", "as_of"), scenario.opening_stock.as_of))
        if scenario.opening_stock.as_of and not scenario.opening_stock.listed:
            yield Miss(("opening_stock", "listed"), "the stock of that day, a table or rows", "nothing")
    for path, day in days:
        if day is not None and day not in fits:
            start = Miss(("start",), f"{day}, the day of the opening stock, or the day after", scenario.start)
            yield Miss(path, f"{fits[0]}, the scenario's first day, or the day before", day, (start,))


def _unopened(scenario: Scenario) -> Iterator[Miss]:
    """Rows of opening stock that lack what their other fields need."""
    lanes = {(lane.origin, lane.destination) for lane in scenario.lanes if lane.lead_time_days is not None}
    suppliers = {supplier.code for supplier in scenario.suppliers}
    first = datetime.combine(scenario.start, time())
    for at, row in enumerate(listed_stock(scenario)):
        path = *listed_path(scenario), at
        if row.units is None and (not row.on_order or row.promised or row.book is not None or row.expires):
            yield Miss((*path, "units"), "units on hand (only a row of goods on order alone has none)", "nothing")
        if row.expires is not None and row.expires < scenario.start:
            yield Miss((*path, "expires"), f"a day from {scenario.start} on", row.expires)
        if not row.on_order:
            continue
        if row.origin == row.location:
            yield Miss((*path, "origin"), f"another place than {row.location}", row.origin)
        elif row.arrives is None and row.origin not in (None, *suppliers) and (row.origin, row.location) not in lanes:
            said = f"a day, as no lane from {row.origin} to {row.location} has a lead time"
            yield Miss((*path, "arrives"), said, "nothing")
        if row.arrives is not None and row.arrives < first:
            said = f"a day from {scenario.start} on, or none: the goods then come after a lead time"
            yield Miss((*path, "arrives"), said, row.arrives)


def _unsold(scenario: Scenario) -> Iterator[Miss]:
    if not isinstance(scenario.skus, list):
        return
    weights = [sku.popularity for sku in scenario.skus]
    given = [weight for weight in weights if weight is not None]
    if given and None in weights:
        yield Miss(("skus", weights.index(None), "popularity"), "a weight for every SKU or for none", "nothing")
    elif given and sum(given) <= 0:
        yield Miss(("skus", 0, "popularity"), "at least one weight above 0", given[0])


def _unmeasured(scenario: Scenario) -> Iterator[Miss]:
    services: list[tuple[tuple, object]] = [(("system", "service"), scenario.system.service)]
    for at, changeover in enumerate(scenario.changeovers):
        services.append((("changeovers", at, "system", "service"), changeover.system.service))
    for path, service in services:
        if isinstance(service, ServiceProfile) and "checkout" not in service.journeys:
            yield Miss((*path, "journeys"), "a profile that measured checkout", list(service.journeys))


def _changed_over(scenario: Scenario) -> Iterator[Miss]:
    """What the changeovers of a store say of the same day or of the same module, and what comes to pass after the run alone."""
    end = scenario.start + timedelta(days=scenario.days)
    on: dict[tuple, int] = {}
    modules: dict[tuple, int] = {}
    for at, changeover in enumerate(scenario.changeovers):
        path = "changeovers", at
        for code in (place.code for place in scenario.stores if changeover.at_store(place.code)):
            if (code, changeover.on) in on:
                found = f"{changeover.on}, as changeovers.{on[code, changeover.on]}"
                yield Miss((*path, "on"), f"another day for {code} than an earlier changeover", found)
            on.setdefault((code, changeover.on), at)
            for place, module in enumerate(changeover.modules):
                if (code, module) in modules:
                    yield Miss((*path, "modules", place), f"a module that {code} has from no other changeover", module)
                modules.setdefault((code, module), at)
        if changeover.on >= end and not changeover.modules:
            last = end - timedelta(days=1)
            held = Miss(("days",), f"a run that holds changeovers.{at}.on, {changeover.on}", scenario.days)
            yield Miss((*path, "on"), f"a day up to {last}, the last of the run", changeover.on, (held,))


def _outside(scenario: Scenario) -> Iterator[Miss]:
    first = datetime.combine(scenario.start, time())
    last = first + timedelta(days=scenario.days)
    run = f"an instant from {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M}, the run"
    if scenario.warmup_days >= scenario.days:
        longer = Miss(("days",), f"more than the {scenario.warmup_days} days of warm-up", scenario.days)
        yield Miss(("warmup_days",), f"fewer than the {scenario.days} days of the run", scenario.warmup_days, (longer,))
    if scenario.horizon == "terminating" and scenario.warmup_days:
        other = Miss(("horizon",), "steady_state, for a run with days of warm-up", scenario.horizon)
        yield Miss(
            ("warmup_days",), "0 days of a terminating run, which counts them all", scenario.warmup_days, (other,)
        )
    instants: list[tuple[tuple, datetime]] = [
        (("faults", at, "at"), fault.at) for at, fault in enumerate(scenario.faults)
    ]
    instants += [(("traffic", "spikes", at, "at"), spike.at) for at, spike in enumerate(scenario.traffic.spikes)]
    if scenario.trace:
        instants += [(("trace", "first"), scenario.trace.first), (("trace", "last"), scenario.trace.last)]
    for path, instant in instants:
        if not first <= instant <= last:
            at = f"{instant:%Y-%m-%d %H:%M}"
            holding = f"a run that holds {dotted(path)} at {at}"
            ends = Miss(("days",), holding, scenario.days), Miss(("start",), holding, scenario.start)
            yield Miss(path, run, at, ends)
