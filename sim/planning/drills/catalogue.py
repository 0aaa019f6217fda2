"""The drills, each as fields laid over a scenario, and what may soften each.

A drill changes ordinary fields of a scenario, as a file that extends it could, so that its customers and their baskets stay the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from sim.planning.drills.stage import Stage
from sim.scenario.sections.policies import ForecastRule
from sim.traffic.calendar import Calendar

PEAK_FACTOR = 1.5
"""Customers of a holiday peak, over those of its day."""
STREAM_FACTOR = 2.0
STREAM_MINUTES = 240.0
STREAM_SHARE = 0.15
STREAM_SKUS = 10
CUT_MINUTES = 120.0
GENERATOR_MINUTES = 5.0
"""Until a generator carries the store."""
BATTERY_MINUTES = 30.0
PAYMENT_MINUTES = 90.0
WAREHOUSE_DAYS = 2
SUPPLIER_DAYS = 7
SWITCH_DAYS = 2
"""Until a second supplier delivers in place of the first."""
COVER_FACTOR = 1.5
"""Days of demand for which stores order, with more safety stock."""
TILL_SHARE = 0.25
"""Tills more, of those that a store has."""

Overlay = dict[str, Any]
"""Values by dotted path of a scenario."""


@dataclass(frozen=True)
class Mitigation:
    """What may soften a drill. `overlay` is laid over the drill; where the scenario has it already (`have`), it takes it away."""

    name: str
    overlay: Overlay
    have: bool = False


@dataclass(frozen=True)
class Drill:
    """One drill."""

    name: str
    at: datetime
    minutes: float
    overlay: Overlay
    place: str
    """Code of the store, warehouse or supplier that it hits, or name of the payment channel; empty where it hits all stores."""
    store: str | None
    """Whose line is watched; None where it is goods that fail to come."""
    mitigations: tuple[Mitigation, ...] = field(default=())


class LeftOut(Exception):
    """A drill that a scenario cannot be put through; its text says why."""


def _holiday_peak(stage: Stage) -> Drill:
    if stage.scenario.traffic.log:
        raise LeftOut("its customers are those of a replayed log")
    calendar = Calendar(stage.scenario, "store")
    today, holiday = calendar.date(stage.day), calendar.holiday(stage.day)
    own = holiday.factor if holiday else stage.scenario.traffic.weekday_factors[today.weekday()]
    peak = {"name": "drill", "first": today.isoformat(), "last": today.isoformat(), "factor": PEAK_FACTOR * own}
    peak["hour_shares"] = calendar.hours_of(stage.day).tolist()
    held = _dumped(stage, "traffic")["holidays"]
    at = stage.peak.replace(hour=stage.store.opens.hour, minute=stage.store.opens.minute)
    minutes = (stage.peak.replace(hour=stage.store.closes.hour, minute=stage.store.closes.minute) - at) / timedelta(minutes=1)  # fmt: skip
    overlay = {"traffic.holidays": [*held, peak]}
    return Drill("holiday_peak", at, minutes, overlay, "", stage.store.code, (*_tills(stage), *safety_stock(stage)))


def _power_cut(stage: Stage) -> Drill:
    def cut(minutes: float, battery: float) -> Overlay:
        fault = {"kind": "power_cut", "stores": [stage.store.code], "battery_minutes": battery}
        return _with_fault(stage, fault, at, minutes)

    at = stage.before_peak(30)
    softened = (
        Mitigation("generator", cut(GENERATOR_MINUTES, GENERATOR_MINUTES)),
        Mitigation("longer_battery", cut(CUT_MINUTES, BATTERY_MINUTES)),
    )
    return Drill("power_cut", at, CUT_MINUTES, cut(CUT_MINUTES, 0.0), stage.store.code, stage.store.code, softened)


def _payment_outage(stage: Stage) -> Drill:
    at, payments, system = stage.peak, stage.scenario.trading.payments, stage.scenario.system
    channel = max((each for each in payments if each.name != "cash"), key=lambda each: each.share, default=None)
    if channel is None:
        raise LeftOut("its customers pay cash alone")
    overlay = _with_fault(stage, {"kind": "payment_outage", "channel": channel.name}, at, PAYMENT_MINUTES)
    softened: tuple[Mitigation, ...] = ()
    others = [each for each in payments if each.name not in (channel.name, "cash")]
    if system.backup_payment_channel and any(each.backup for each in others):
        softened = (Mitigation("backup_channel", {"system.backup_payment_channel": False}, have=True),)
    elif helps := backup_channel(stage, channel.name):
        softened = (helps,)
    more = (*softened, *_tills(stage))
    return Drill("payment_outage", at, PAYMENT_MINUTES, overlay, channel.name, stage.store.code, more)


def _network_cut(stage: Stage) -> Drill:
    at, have = stage.before_peak(30), stage.scenario.system.offline_tills
    overlay = _with_fault(stage, {"kind": "network_cut", "stores": [stage.store.code]}, at, CUT_MINUTES)
    softened = (Mitigation("offline_tills", {"system.offline_tills": not have}, have),)
    return Drill("network_cut", at, CUT_MINUTES, overlay, stage.store.code, stage.store.code, softened)


def _live_stream(stage: Stage) -> Drill:
    if stage.scenario.traffic.log:
        raise LeftOut("its customers are those of a replayed log")
    at = stage.before_peak(60)
    stream = {"name": "drill", "at": f"{at:%Y-%m-%d %H:%M}", "duration_minutes": STREAM_MINUTES, "channel": "both"}
    stream |= {"factor": STREAM_FACTOR, "skus": stage.few_skus(STREAM_SKUS), "sku_share": STREAM_SHARE}
    overlay = {"traffic.spikes": [*_dumped(stage, "traffic")["spikes"], stream]}
    softened: tuple[Mitigation, ...] = ()
    rule = stage.scenario.replenishment.forecast
    if isinstance(rule, ForecastRule) and any(each["policy"] == "forecast" for each in stage.policies()):
        known = rule.known_events
        softened = (Mitigation("planner_knows", {"replenishment.forecast.known_events": not known}, known),)
    more = (*softened, *_tills(stage), *safety_stock(stage))
    return Drill("live_stream", at, STREAM_MINUTES, overlay, "", stage.store.code, more)


def _warehouse_closed(stage: Stage) -> Drill:
    warehouse = stage.warehouse
    if warehouse is None:
        raise LeftOut("no warehouse feeds its stores")
    _lasts(stage, WAREHOUSE_DAYS + 1)
    at, minutes = stage.first, WAREHOUSE_DAYS * 1_440.0
    overlay = _with_fault(stage, {"kind": "warehouse_stop", "warehouses": [warehouse]}, at, minutes)
    softened: tuple[Mitigation, ...] = ()
    if len(stage.scenario.warehouses) > 1:
        have = stage.scenario.system.multi_warehouse_transfers
        softened = (Mitigation("transfers", {"system.multi_warehouse_transfers": not have}, have),)
    more = (*softened, *safety_stock(stage))
    return Drill("warehouse_closed", at, minutes, overlay, warehouse, None, more)


def _supplier_fails(stage: Stage) -> Drill:
    _lasts(stage, WAREHOUSE_DAYS + 1)
    days, supplier = min(SUPPLIER_DAYS, stage.counted_days - 1), stage.supplier
    at, minutes = stage.first, 1_440.0 * days

    def stop(minutes: float) -> Overlay:
        return _with_fault(stage, {"kind": "supplier_stop", "suppliers": [supplier]}, at, minutes)

    softened = (Mitigation("second_supplier", stop(1_440.0 * min(SWITCH_DAYS, days))), *safety_stock(stage))
    return Drill("supplier_fails", at, minutes, stop(minutes), supplier, None, softened)


DRILLS: dict[str, Callable[[Stage], Drill]] = {
    "holiday_peak": _holiday_peak,
    "power_cut": _power_cut,
    "payment_outage": _payment_outage,
    "network_cut": _network_cut,
    "live_stream": _live_stream,
    "warehouse_closed": _warehouse_closed,
    "supplier_fails": _supplier_fails,
}
"""Each makes its drill for a stage, or raises `LeftOut`."""


def backup_channel(stage: Stage, down: str) -> Mitigation | None:
    """A backup for a payment channel that is down: those that can be one, else the largest other; None where all others are cash."""
    others = [each for each in stage.scenario.trading.payments if each.name not in (down, "cash")]
    if not others:
        return None
    backup: Overlay = {"system.backup_payment_channel": True}
    if not any(each.backup for each in others):
        backup["trading.payments"] = {max(others, key=lambda each: each.share).name: {"backup": True}}
    return Mitigation("backup_channel", backup)


def _tills(stage: Stage) -> tuple[Mitigation, ...]:
    """All tills staffed, where rosters staff some; else tills more."""
    stores = stage.scenario.stores
    if any(each.roster for each in stores):
        return (Mitigation("all_tills_staffed", {"stores": {each.code: {"roster": None} for each in stores}}),)
    more = {each.code: {"tills": each.tills + max(1, ceil(TILL_SHARE * each.tills))} for each in stores}
    return (Mitigation("more_tills", {"stores": more}),)


def safety_stock(stage: Stage) -> tuple[Mitigation, ...]:
    """Stores that order for more days; none where no policy of theirs counts in days."""
    raised = stage.more_cover("stores", COVER_FACTOR)
    return (Mitigation("safety_stock", {"replenishment.stores": raised}),) if raised else ()


def _with_fault(stage: Stage, fault: Overlay, at: datetime, minutes: float) -> Overlay:
    """The scenario's faults and one more."""
    held = stage.scenario.model_dump(mode="json")["faults"]
    return {"faults": [*held, {"at": f"{at:%Y-%m-%d %H:%M}", "minutes": minutes, **fault}]}


def _lasts(stage: Stage, days: int) -> None:
    if stage.counted_days < days:
        raise LeftOut(f"it takes {days} days that count, and there are {stage.counted_days}")


def _dumped(stage: Stage, section: str) -> dict[str, Any]:
    return stage.scenario.model_dump(mode="json")[section]
