"""From the records that were brought to a whole scenario: codes made, references checked, and gaps filled with values that are assumed."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from sim.scenario.layers import nearest
from sim.scenario.sections.places import SkuRange
from sim.scenario.table_files import Rows
from sim.tables.faults import Fault, Faults
from sim.workbook.codes import Codes
from sim.workbook.reading import Given

CUSTOMERS_PER_DAY, TILLS, SUPPLIER_DAYS, LANE_DAYS = 800, 3, 3, 1
"""Assumed where no record of the section says one."""
MARGIN = SkuRange.model_fields["margin"].default
DAYS = 14
OPEN_ABOVE = 3
"""Customers in line by open till above which a reserve opens one more: no sheet of rosters says so."""
SKUS = 200
WEEKDAY_FACTORS = [0.94, 0.90, 0.92, 0.95, 1.03, 1.16, 1.10]
HOUR_SHARES = [0, 0, 0, 0, 0, 0, 0, 3, 5, 8, 9, 9, 7, 5, 5, 6, 8, 11, 12, 9, 5, 2, 1, 0]
"""Of a day of food retail, 17 to 19 its peak; taken over the hours that a store is open."""

_SINGULAR = {
    "regions": "region", "warehouses": "warehouse", "stores": "store", "suppliers": "supplier", "skus": "SKU", "rosters": "roster",
}  # fmt: skip
_CODED = ("regions", "warehouses", "stores", "suppliers", "skus")


_MADE_BY_NAME = (
    ("warehouses", "region", "regions"),
    ("stores", "region", "regions"),
    ("stores", "warehouse", "warehouses"),
    ("skus", "supplier", "suppliers"),
)
"""(section, field, section that it names): where that has no table, what is named there is made."""
_REFERENCES: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("warehouses", "warehouse", ("warehouses",)),
    ("lanes", "origin", ("warehouses", "suppliers", "stores")),
    ("lanes", "destination", ("stores", "warehouses")),
    ("opening_stock", "location", ("stores", "warehouses")),
    ("opening_stock", "origin", ("suppliers", "warehouses", "stores")),
    ("opening_stock", "sku", ("skus",)),
    ("prices", "sku", ("skus",)),
)


_BY_SUPPLIERS = frozenset(("无", "没有", "-", "—", "/", "none", "no", "n/a", "供应商", "suppliers", "supplier"))
"""What stands in place of the warehouse that feeds one where suppliers do."""


@dataclass
class Completed:
    """A scenario's sections, and which values in them were assumed."""

    tree: dict[str, Any]
    filled: dict[tuple[str, str], int] = field(default_factory=Counter)
    """How many records of a section had a field when they were brought."""
    assumed: dict[tuple[str, str], list[tuple[str, Any]]] = field(default_factory=dict)
    """By section and field: the names of the records in which a value was filled in, and the value."""
    warnings: list[Fault] = field(default_factory=list)
    """Cells that can be used and are probably mistakes."""
    codes: dict[str, Codes] = field(default_factory=dict)


def completed(given: Given, today: date, faults: Faults) -> Completed:
    """Fill the gaps of what was brought. What refers to nothing, or is there twice, is added to `faults`.

    `today`: where neither settings nor stock say a first day, the scenario begins on the Monday after it.
    """
    return _Completion(given, faults).whole(today)


class _Completion:
    def __init__(self, given: Given, faults: Faults):
        self.given, self.faults = given, faults
        self.rows: dict[str, Any] = {section: given.rows.get(section, []) for section in (*_CODED, "rosters", "lanes")}
        self.done = Completed({})
        self.codes = self.done.codes
        for section, rows in given.rows.items():
            for record in rows:
                for name in record:
                    self.done.filled[section, name] += 1

    def whole(self, today: date) -> Completed:
        self._make_codes()
        self._refer()
        self._fill_places()
        self._fill_lanes()
        self._fill_goods()
        self._check_hours()
        self._warn()
        settings, stock = self.given.settings, self.given.rows.get("opening_stock")
        tree = self.done.tree
        tree["start"] = settings.get("start") or _first_day(stock or []) or today + timedelta(days=7 - today.weekday())
        tree["days"] = settings.get("days", DAYS)
        tree |= {key: settings[key] for key in ("currency", "time_zone") if key in settings}
        for section in ("regions", "warehouses", "stores", "rosters", "suppliers", "lanes"):
            if self.rows[section]:
                tree[section] = self.rows[section]
        tree["skus"] = self.rows["skus"] or {"count": SKUS}
        if stock:
            places = {str(row.get("location")) for row in stock}
            everywhere = {str(row.get("code")) for section in ("stores", "warehouses") for row in self.rows[section]}
            tree["opening_stock"] = stock if places >= everywhere else {"listed": stock}
        if "prices" in self.given.rows:
            tree["prices"] = self.given.rows["prices"]
        tree["traffic"] = {"weekday_factors": WEEKDAY_FACTORS, "hour_shares": HOUR_SHARES}
        if any(_number(row.get("reserve_tills")) for row in self.rows["rosters"]):
            tree["trading"] = {"reserve": {"open_above": OPEN_ABOVE}}
        if "orders_per_day" in settings:
            tree["online"] = {"orders_per_day": settings["orders_per_day"]}
        return self.done

    def _make_codes(self) -> None:
        """Codes of every record; stores, warehouses and suppliers share one space of codes."""
        taken: list[str] = []
        for section in _CODED:
            codes = self.codes[section] = Codes(section)
            rows = self.rows[section]
            seen: dict[str, int] = {}
            for at, record in enumerate(rows):
                said = record.get("code")
                if said is None and record.get("name") is not None and "code" not in rows.heading:
                    said = record["name"]
                if said is None:
                    self._fault(section, at, "code", f"the code of a {_SINGULAR[section]}")
                    continue
                if said in codes:
                    row = rows.rows[seen[codes[said]]]
                    self._fault(
                        section,
                        at,
                        "code" if "code" in record else "name",
                        f"each {_SINGULAR[section]} once (also in row {row})",
                        said,
                    )
                    continue
                shared = section in ("warehouses", "stores", "suppliers")
                record["code"] = codes.add(said, taken if shared else ())
                seen[record["code"]] = at
                if shared:
                    taken.append(record["code"])
            for record in rows:
                if record.get("name") is not None and record.get("code") in codes.all():
                    codes.also(record["name"], record["code"])
        self.codes["rosters"] = Codes("rosters")
        for at, record in enumerate(self.rows["rosters"]):
            if record.get("roster") is not None:
                record["roster"] = self.codes["rosters"].add(record["roster"])
            else:
                self._fault("rosters", at, "roster", "the code of a roster")
        if not self.rows["stores"]:
            there = ", ".join(self.given.rows) or "nothing"
            wanted = "a sheet of stores (--map stores=SHEET)"
            self.faults.found.append(Fault(self.given.sheets[0].file, "", None, "", wanted, there))

    def _refer(self) -> None:
        """Put codes in place of what refers to other records; what is named but has no sheet of its own is made."""
        for section, name, target in _MADE_BY_NAME:
            for at, record in enumerate(self.rows[section]):
                self._one(section, at, record, name, (target,), made=True)
        for at, record in enumerate(self.rows["stores"]):
            if self.rows["rosters"]:
                self._one("stores", at, record, "roster", ("rosters",))
            elif record.pop("roster", None) is not None and not at:
                self.given.left_out.append(
                    f"{self.given.name('stores')}: column roster not read: there is no sheet of rosters"
                )
        for record in self.rows["warehouses"]:
            if str(record.get("warehouse", "")).strip().casefold() in _BY_SUPPLIERS:
                del record["warehouse"]
        for section, name, to in _REFERENCES:
            for at, record in enumerate(self.given.rows.get(section, ())):
                self._one(section, at, record, name, to)
        once: dict[tuple, int] = {}
        for at, record in enumerate(self.rows["lanes"]):
            ends = (record.get("origin"), record.get("destination"))
            if ends in once and None not in ends:
                row = self.rows["lanes"].rows[once[ends]]
                self._fault(
                    "lanes", at, "destination", f"one lane from {ends[0]} to {ends[1]} (also in row {row})", ends[1]
                )
            once.setdefault(ends, at)

    def _one(self, section: str, at: int, record: dict, name: str, to: tuple[str, ...], made: bool = False) -> None:
        said = record.get(name)
        if said is None:
            return
        found = next((code for each in to if (code := self.codes[each].find(said)) is not None), None)
        if found is not None:
            record[name] = found
        elif made and to[0] not in self.given.rows:
            code = record[name] = self.codes[to[0]].add(
                said, [c for each in _CODED for c in self.codes[each].all()] if to[0] != "regions" else ()
            )
            self.rows[to[0]] = [
                *self.rows[to[0]],
                {"code": code} | ({"name": str(said)} if to[0] != "suppliers" else {}),
            ]
        else:
            what = " or ".join(_SINGULAR[each] for each in to)
            close = nearest(said, [each for codes in to for each in self.codes[codes].names()])
            self._fault(section, at, name, f"the code of a {what}{close}", said)

    def _fill_places(self) -> None:
        stores, warehouses = self.rows["stores"], self.rows["warehouses"]
        if not self.rows["regions"]:
            self.rows["regions"] = [{"code": self.codes["regions"].add("ALL"), "name": "all"}]
        for record in self.rows["regions"]:
            record.setdefault("name", record.get("code"))
        common = _commonest(stores, "region") or self.rows["regions"][0].get("code")
        if not warehouses:
            code = self.codes["warehouses"].add("WH1", self.codes["stores"].all())
            warehouses = self.rows["warehouses"] = [{"code": code}]
        served: dict[object, object] = {}
        for record in stores:
            if record.get("warehouse") and record.get("region"):
                served.setdefault(record["warehouse"], record["region"])
        for record in warehouses:
            self._fill("warehouses", record, "region", served.get(record.get("code"), common))
        region_of = {record.get("code"): record.get("region") for record in warehouses}
        first_in: dict[object, object] = {}
        feeders = {record.get("warehouse") for record in warehouses}
        for record in sorted(warehouses, key=lambda record: record.get("code") in feeders):
            first_in.setdefault(record.get("region"), record.get("code"))
        origin = {
            row.get("destination"): row.get("origin") for row in self.rows["lanes"] if row.get("origin") in region_of
        }
        usual = _commonest(stores, "warehouse") or warehouses[0].get("code")
        customers = _median(stores, "customers_per_day", CUSTOMERS_PER_DAY)
        tills = round(_median(stores, "tills", TILLS))
        for record in stores:
            self._fill(
                "stores",
                record,
                "warehouse",
                origin.get(record.get("code")) or first_in.get(record.get("region"), usual),
            )
            self._fill("stores", record, "region", region_of.get(record["warehouse"]) or common)
            self._fill("stores", record, "customers_per_day", customers)
            self._fill("stores", record, "tills", tills)
        for at, record in enumerate(stores):
            if str(record["tills"]) == "0" and str(record.get("self_checkouts", 0)) == "0":
                self._fault("stores", at, "tills", "a till or a self-checkout", record["tills"])

    def _fill_lanes(self) -> None:
        lanes = self.rows["lanes"]
        for record in lanes:
            if record.get("origin") not in self.codes["suppliers"]:
                self._fill("lanes", record, "lead_time_days", LANE_DAYS)
        there = {(record.get("origin"), record.get("destination")) for record in lanes}
        fed = [record for record in self.rows["warehouses"] if record.get("warehouse") is not None]
        for place in [*self.rows["stores"], *fed]:
            ends = (place["warehouse"], place.get("code"))
            if None not in ends and ends not in there:
                lane = {"origin": ends[0], "destination": ends[1]}
                self._fill("lanes", lane, "lead_time_days", LANE_DAYS)
                if isinstance(lanes, Rows):
                    lanes.append(lane)
                    lanes.rows.append(lanes.rows[-1])
                else:
                    self.rows["lanes"] = lanes = [*lanes, lane]

    def _fill_goods(self) -> None:
        suppliers, skus = self.rows["suppliers"], self.rows["skus"]
        if not suppliers:
            taken = [code for section in ("stores", "warehouses") for code in self.codes[section].all()]
            suppliers = self.rows["suppliers"] = [{"code": self.codes["suppliers"].add("SUP01", taken)}]
        usual = _median(suppliers, "lead_time_days", SUPPLIER_DAYS)
        for record in suppliers:
            record.pop("name", None)
            self._fill("suppliers", record, "lead_time_days", usual)
        ratios = [
            cost / price
            for row in skus
            if (price := _number(row.get("price"))) and (cost := _number(row.get("unit_cost")))
        ]
        ratio = statistics.median(ratios) if ratios else 1 - MARGIN
        price = _median(skus, "price", 10)
        weights = [weight for row in skus if (weight := _number(row.get("popularity"))) is not None]
        for record in skus:
            cost = _number(record.get("unit_cost"))
            self._fill("skus", record, "price", round(cost / ratio, 2) if cost else round(price, 2))
            paid = _number(record["price"])
            self._fill("skus", record, "unit_cost", max(round(ratio * paid, 4), 1e-4) if paid else None)
            if weights:
                self._fill("skus", record, "popularity", min(weights))
        if self.given.rows.get("opening_stock") and not skus:
            rows = self.given.rows["opening_stock"]
            self.faults.found.append(
                rows.fault(None, "", "a sheet of SKUs beside the stock (--map skus=SHEET)", "nothing")
            )

    def _fill(self, section: str, record: dict, name: str, value: Any) -> None:
        if record.get(name) is None and value is not None:
            record[name] = value
            who = str(record.get("code") or " to ".join(str(record.get(end)) for end in ("origin", "destination")))
            self.done.assumed.setdefault((section, name), []).append((who, value))

    def _check_hours(self) -> None:
        for section, begin, end in (
            ("stores", "opens", "closes"),
            ("warehouses", "opens", "closes"),
            ("rosters", "starts", "ends"),
        ):
            for at, record in enumerate(self.given.rows.get(section, ())):
                first, last = record.get(begin), record.get(end)
                if isinstance(first, time) and isinstance(last, time) and last <= first:
                    self._fault(section, at, end, f"a time later than {first:%H:%M}, on the same day", f"{last:%H:%M}")

    def _warn(self) -> None:
        for at, record in enumerate(self.rows["skus"]):
            price, cost = _number(record.get("price")), _number(record.get("unit_cost"))
            if price is not None and cost is not None and price < cost:
                rows = self.rows["skus"]
                self.done.warnings.append(
                    rows.fault(at, "price", f"a price not below the cost of {cost:g}", record["price"])
                )

    def _fault(self, section: str, at: int, name: str, expected: str, found: object = "nothing") -> None:
        rows = self.given.rows.get(section)
        if rows is not None:
            self.faults.found.append(rows.fault(at, name, expected, found))


def _first_day(stock: list[dict]) -> date | None:
    """The day that rows of stock are of; else that on which the first goods arrive."""
    as_of = [row["as_of"] for row in stock if isinstance(row.get("as_of"), date)]
    arrives = [row["arrives"] for row in stock if isinstance(row.get("arrives"), date)]
    days = [day.date() if isinstance(day, datetime) else day for day in as_of or arrives]
    return min(days, default=None)


def _commonest(records: Any, name: str) -> Any:
    said = Counter(record[name] for record in records if record.get(name) is not None)
    return said.most_common(1)[0][0] if said else None


def _median(records: Any, name: str, otherwise: float) -> float:
    return statistics.median(found) if (found := list(_numbers(records, name))) else otherwise


def _numbers(records: Any, name: str) -> Iterator[float]:
    for record in records:
        value = record.get(name)
        if isinstance(value, dict) and {"low", "high"} <= value.keys():
            value = (value["low"] + value["high"]) / 2
        if (number := _number(value)) is not None:
            yield number


def _number(value: object) -> float | None:
    """A cell that holds a finite number; what holds none is left to the scenario's model to refuse."""
    try:
        number = float(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else None
    except (ValueError, OverflowError):
        return None
    return number if number is not None and abs(number) < 1e15 else None
