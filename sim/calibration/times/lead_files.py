"""The file of fitted lead times: a layer for `calibrated: [...]` in a scenario, of suppliers or of lanes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sim.calibration.fitted_files import printable
from sim.calibration.times.fitted_files import interval, plain, source
from sim.calibration.times.lead_sheet import Purchases
from sim.calibration.times.lead_times import LeadFit, LeadTime
from sim.records.refusal import Refusal
from sim.scenario.model import Scenario

_CODE = re.compile(r"[A-Za-z0-9_\-]{1,40}")


@dataclass(frozen=True)
class Coded:
    """Lead times by what a scenario calls them, and those that it cannot name."""

    by_key: Mapping[str, LeadTime]
    """Code of a supplier, or `ORIGIN to DESTINATION`."""
    uncoded: tuple[str, ...]
    """Names that are no codes."""
    unknown: tuple[str, ...]
    """That the scenario does not have."""


def coded(found: LeadFit, codes: Mapping[str, str], scenario: Scenario | None) -> Coded:
    """Give each lead time its key: `codes` by name, else the name where it is a code. Raises `Refusal` where none is left or two share a code."""
    names = {name for each in found.lead_times for name in (each.origin, each.destination) if name}
    if unused := sorted(codes.keys() - names):
        raise Refusal("--code", unused[0], "a name in the table", unused[0])
    by_key: dict[str, LeadTime] = {}
    uncoded, unknown = [], []
    known = _known(scenario) if scenario else None
    for each in found.lead_times:
        ends = [codes.get(name, name) for name in (each.origin, each.destination) if name]
        key = " to ".join(ends)
        if not all(_CODE.fullmatch(end) for end in ends):
            uncoded.append(key)
        elif known is not None and key not in known:
            unknown.append(key)
        elif key in by_key:
            raise Refusal("--code", "", "a code for each name", key)
        else:
            by_key[key] = each
    if not by_key and unknown:
        raise Refusal(
            "--scenario", "", "a scenario that has one of the suppliers or lanes", printable(", ".join(unknown[:3]))
        )
    if not by_key:
        found_ = printable(uncoded[0])
        raise Refusal("--code", "", f"a code for each supplier (--code {found_}=CODE)", found_)
    return Coded(by_key, tuple(uncoded), tuple(unknown))


def _known(scenario: Scenario) -> set[str]:
    return {supplier.code for supplier in scenario.suppliers} | {
        f"{lane.origin} to {lane.destination}" for lane in scenario.lanes
    }


def lead_title(purchases: Purchases) -> str:
    """Table, orders and days."""
    first = min(order.ordered for order in purchases.orders)
    return f"{printable(purchases.rows.file.name)}: {len(purchases.orders):,} orders, {first} to {purchases.as_of}"


def lead_layer(title: str, lead_times: Mapping[str, LeadTime]) -> dict[str, object]:
    """`suppliers` with lead time, fill rate and order weekdays, or `lanes` with lead times; with their sources."""
    by_lane = any(each.destination for each in lead_times.values())
    section = "lanes" if by_lane else "suppliers"
    records: dict[str, object] = {}
    sources: dict[str, dict[str, str]] = {}
    for key, each in lead_times.items():
        record: dict[str, object] = {"lead_time_days": plain(each.lead)}
        form = f"{each.form}{', drawn towards all suppliers' if each.drawn else ''}"
        detail = f"{each.orders:,} orders, {each.open:,} open, {form}, {interval(each.days, 'd')}"
        sources[f"{section}.{key}.lead_time_days"] = source(title, detail)
        if not by_lane and each.fill_rate:
            record["fill_rate"] = round(each.fill_rate.value, 4)
            sources[f"{section}.{key}.fill_rate"] = source(title, interval(each.fill_rate, ""))
        if not by_lane and each.weekdays_regular:
            record["order_weekdays"] = list(each.weekdays)
            sources[f"{section}.{key}.order_weekdays"] = source(title, "no order on the others")
        records[key] = record
    return {section: records, "sources": sources}


def parse_codes(texts: Iterable[str]) -> dict[str, str]:
    """`NAME=CODE` of each `--code`. Raises `Refusal`."""
    codes = {}
    for text in texts:
        name, equals, code = text.rpartition("=")
        if not equals or not name.strip() or not _CODE.fullmatch(code.strip()):
            raise Refusal("--code", "", "NAME=CODE, such as 上海食品=FOODS", text)
        codes[name.strip()] = code.strip()
    return codes
