"""Small scenarios in which every number of the schema stands somewhere, and the places and ranges of those numbers."""

from __future__ import annotations

import inspect
import types
from collections.abc import Iterator
from typing import Annotated, Any, Union, get_args, get_origin

from annotated_types import Ge, Le
from pydantic import BaseModel

from sim.scenario.model import Scenario
from sim.scenario.sections.section import Within

_NEW = {"stock_sync_minutes": 2, "till_failures_per_day": 0.5, "till_repair_minutes": 20}
_ERRORS = {"settled": 0.01, "untrained": 0.1, "redo_s": 15, "unnoticed": 0.1}
_LEARNING = {"proficiency": 0.7, "time_constant_days": 20, "errors": _ERRORS}
_CUT = {"kind": "power_cut", "battery_minutes": 10}
_FAULTS: tuple[dict[str, Any], ...] = (
    _CUT,
    {"kind": "system_outage"},
    {"kind": "payment_outage", "channel": "mobile"},
    {"kind": "network_cut", "stores": ["SH01"]},
    {"kind": "supplier_stop", "suppliers": ["FOODS"]},
    {"kind": "warehouse_stop", "warehouses": ["WSH"]},
    {"kind": "lane_closed", "lanes": [{"origin": "WSH", "destination": "SH01"}]},
)
SMALL: dict[str, Any] = {
    "start": "2026-10-01",
    "days": 2,
    "warmup_days": 1,
    "seed": 1,
    "replications": 1,
    "regions": [{"code": "EAST", "name": "East"}],
    "stores": [
        {
            "code": "SH01",
            "region": "EAST",
            "warehouse": "WSH",
            "customers_per_day": 60,
            "tills": 2,
            "self_checkouts": 1,
        },
        {
            "code": "SH02",
            "region": "EAST",
            "warehouse": "WSH",
            "customers_per_day": 40,
            "tills": 2,
            "self_checkouts": 0,
            "ownership": "franchise",
            "roster": "day",
        },
    ],
    "warehouses": [{"code": "WSH", "region": "EAST", "docks": 1, "pickers": 2}],
    "suppliers": [
        {
            "code": "FOODS",
            "lead_time_days": 1,
            "fill_rate": 0.9,
            "minimum_order": 10,
            "order_weekdays": [1, 2, 3, 4, 5, 6, 7],
            "disruptions_per_year": 1,
            "disruption_days": 1,
            "shelf_life_days": 30,
            "unavailable_share": 0.1,
            "unavailable_days": 5,
            "late_share": 0.1,
            "late_days": 2,
        }
    ],
    "lanes": [
        {"origin": "WSH", "destination": "SH01", "lead_time_days": 0.5, "distance_km": 25, "truck_kg": 1000},
        {"origin": "WSH", "destination": "SH02", "lead_time_days": 0.5, "distance_km": 25},
    ],
    "rosters": [
        {
            "roster": "day",
            "first_weekday": 1,
            "last_weekday": 7,
            "starts": "08:00",
            "ends": "20:00",
            "tills": 2,
            "proficiency": 1.1,
            "reserve_tills": 1,
        },
        {"roster": "day", "first_weekday": 6, "starts": "11:00", "ends": "19:00", "tills": 0, "reserve_tills": 1},
    ],
    "skus": {"count": 12, "price": 10, "margin": 0.3, "weight_kg": 0.5, "pack": 2, "group_size": 4},
    "opening_stock": {
        "store_days": 3,
        "warehouse_days": 6,
        "store_least_units": 2,
        "classes": {"A": {"store_days": 2, "warehouse_days": 4}},
        "in_stride": True,
    },
    "system": {
        "service": {
            "latency_s": 0.3,
            "journeys": {"checkout": 0.4},
            "availability": 0.99,
            "outages_per_30_days": 5,
            "outage_minutes": 10,
        },
        "stock_sync_minutes": 5,
        "attribute_entry": True,
        "till_failures_per_day": 0.5,
        "till_repair_minutes": 30,
        "technicians": 2,
        "requests_per_journey": {"checkout": 3},
    },
    "traffic": {
        "month_factors": [1] * 12,
        "weekday_factors": [1] * 7,
        "hour_shares": [1] * 24,
        "weekday_hour_shares": [[1] * 24] * 7,
        "holidays": [
            {"name": "holiday", "first": "2026-10-02", "last": "2026-10-02", "factor": 1.2, "hour_shares": [1] * 24}
        ],
        "spikes": [
            {
                "name": "spike",
                "at": "2026-10-01 12:00",
                "duration_minutes": 60,
                "channel": "both",
                "factor": 2,
                "skus": ["SKU-00001"],
                "sku_share": 0.5,
            }
        ],
        "day_gamma_size": 24,
        "cell_gamma_size": 100,
        "cell_minutes": 60,
        "basket_lines": 4,
        "line_units": 2,
        "zipf_exponent": 0.7,
        "member_share": 0.5,
        "members": 100,
    },
    "trading": {
        "shopping_s": 600,
        "patience_s": 900,
        "line_limit": 30,
        "priority_share": 0.2,
        "reserve": {"open_above": 10_000, "close_at": 0, "opens_s": 30},
        "fixed_s": 12,
        "item_s": 3,
        "attribute_entry_s": 4,
        "self_checkout_lines": 8,
        "self_checkout_item_factor": 1.6,
        "payments": [
            {"name": "mobile", "share": 0.8, "pays_s": 6},
            {"name": "cash", "share": 0.2, "pays_s": 20},
        ],
        "cash_holders": 0.3,
        "unmet": "substituted",
        "substitution_share": 0.4,
        "retry_s": 5,
        "wait_target_s": 300,
        "return_share": 0.1,
        "return_after_days": 0.5,
        "return_unsaleable_share": 0.3,
    },
    "replenishment": {
        "stores": {"policy": "min_max", "least_days": 2, "most_days": 4, "review_days": 1, "weekdays": [1, 4, 5, 6]},
        "warehouses": {"policy": "days_of_cover", "days": 6},
        "forecast": {"method": "moving_average", "history_days": 28, "window_days": 7},
        "abc": [0.8, 0.95],
        "pick_s_per_line": 25,
        "unload_minutes": 30,
        "shelf_days": 3,
        "planogram": {
            "facing_units": 4,
            "least_facings": {"distribution": "empirical", "values": [1, 2, 3]},
            "packs": 1.5,
            "listed": [{"location": "SH01", "sku": "SKU-00002", "shelf_units": 12}],
        },
        "send_back": {"above_days": 60, "every_days": 1},
        "refill_minutes": 60,
        "filling": {"lines_per_round": 8, "fill_below_share": 0.8, "misplaced_share": 0.1, "misplaced_days": 3},
    },
    "transfers": {
        "review_days": 1,
        "stores": True,
        "franchise_agrees": 0.5,
        "surplus_days": 14,
        "deficit_days": 4,
        "least_units": 2,
        "saving_per_unit": 3,
        "cost_per_unit_km": 0.001,
        "lead_time_days": 0.5,
    },
    "online": {
        "orders_per_day": 20,
        "region_shares": {"EAST": 1.0},
        "hour_shares": [1] * 24,
        "basket_lines": 3,
        "batch_minutes": 10,
        "sourcing": {"policy": "priced", "resolve_hours": 4, "horizon_days": 7},
        "ship_cost_same_region": 1,
        "ship_cost_other_region": 2.5,
        "parcel_cost": 8,
        "safety_units": 1,
        "browse_per_order": 2,
        "pick_minutes": 8,
        "delivery_days": 0.5,
        "kg_co2e_per_tonne_km": 0.1,
    },
    "accuracy": {
        "shrinkage_share": 0.01,
        "misscan_share": 0.01,
        "count_every_days": 1,
        "count_classes": {"A": 1},
        "count_weekdays": [1, 2, 3, 4, 5, 6, 7],
        "audit_at": "15:00",
        "shrinkage_classes": {"A": 0.02},
        "damage_share": 0.01,
        "damage_booked_share": 0.5,
        "receiving_error_share": 0.02,
        "gap_check_days": 1,
        "gap_missed_share": 0.2,
    },
    "changeovers": [{"on": "2026-10-02", "modules": ["members"], "system": _NEW, "learning": _LEARNING}],
    "faults": [{"at": f"2026-10-01 {9 + n}:00", "minutes": 30, **fault} for n, fault in enumerate(_FAULTS)],
    "random_faults": [
        {"name": "storm", "fault": _CUT, "each": "region", "share": 0.9, "minutes": 60, "per_year": 60, "months": [9]},
        {"name": "b", "fault": {"kind": "system_outage"}, "minutes": 30, "after": {"storm": 0.5}, "within_hours": 2},
    ],
    "trace": {"first": "2026-10-01 09:00", "last": "2026-10-01 12:00"},
    "sources": {"stores.customers_per_day": {"kind": "supplied", "source": "stores.xlsx", "assumed_for": 1}},
}

_SKUS = [
    {
        "code": f"SKU-{n:05d}",
        "supplier": "FOODS",
        "price": 10,
        "unit_cost": 7,
        "weight_kg": 0.5,
        "pack": 2,
        "shelf_life_days": 20,
        "popularity": 1,
        "shelf_units": 8,
        "sku_class": "A",
    }
    for n in (1, 2, 3)
]
_GROUPED = {
    "skus": [{"code": f"SKU-{n:05d}", "price": 10, "group": "drinks" if n < 4 else ""} for n in range(1, 13)],
    "traffic": {
        "groups": {"drinks": {"hour_shares": [1] * 24, "line_units": 2}},
        "pairs": [{"skus": ["SKU-00002", "SKU-00003"], "lift": 1.5}],
    },
}
_BY_CATEGORY = {
    "skus": {
        "popularity": {"distribution": "lognormal", "mean": 1, "cv": 3},
        "categories": [
            {
                "name": "fresh",
                "sku_share": 1,
                "line_share": 1,
                "supplier": "FOODS",
                "sku_class": "FRESH",
                "shelf_life_days": 2,
                "popularity": 1,
                "price": 6,
                "margin": 0.2,
                "weight_kg": 0.4,
                "pack": 5,
                "group_size": 3,
            }
        ],
    }
}
_PROMOTED = {
    "traffic": {
        "dispersion": 0.5,
        "sku_day_gamma_size": 8,
        "promotions": [
            {
                "name": "leaflet",
                "first": "2026-10-01",
                "last": "2026-10-01",
                "skus": ["SKU-00002"],
                "factor": 2,
                "planned_factor": 3,
            }
        ],
        "promotion_rule": {
            "every_days": 7,
            "lasts_days": 6,
            "sku_share": 0.1,
            "factor": 1.5,
            "forecast_error_cv": 0.4,
        },
    }
}
_LEVEL = {
    "requests_per_s": 0.1,
    "journeys": 100,
    "latency_s": [0.1] * 11,
    "availability": 0.99,
    "availability_low": 0.9,
    "availability_high": 1.0,
}
_PROFILE = {
    "source": "test",
    "measured": True,
    "journeys": {"checkout": [_LEVEL]},
    "requests_per_journey": {"checkout": 3},
    "outages": {
        "window_s": 86400,
        "gap_s": 2,
        "lengths_s": [60],
        "bursts_s": [2],
        "unavailability_high": 0.1,
        "declared_length_s": 60,
    },
    "measured_load_per_s": [0.0, 10.0],
    "stock_sync_lag_s": 2,
}
_POLICIES = (
    {"policy": "s_S", "s": 5, "S": 20},
    {"policy": "r_Q", "r": 5, "Q": 6},
    {"policy": "base_stock", "days": 6},
    {"policy": "base_stock", "units": 20},
    {"policy": "forecast", "fill_rate": 0.95},
    {"policy": "forecast", "cycle_service": 0.95},
    {"policy": "newsvendor", "salvage_share": 0.1},
    {"policy": "push", "share": 0.6},
    {"policy": "by_class", "classes": {"A": {"policy": "min_max", "least_days": 1, "most_days": 2}}},
)
_LAWS = (
    {"distribution": "constant", "value": 30},
    {"distribution": "exponential", "mean": 30},
    {"distribution": "lognormal", "mean": 30, "cv": 0.5},
    {"distribution": "gamma", "mean": 30, "cv": 0.5},
    {"distribution": "uniform", "low": 10, "high": 30},
    {"distribution": "triangular", "low": 10, "mode": 20, "high": 30},
    {"distribution": "pert", "low": 10, "mode": 20, "high": 30},
    {"distribution": "empirical", "values": [10, 20], "weights": [1, 2]},
)
VARIANTS: tuple[dict[str, Any], ...] = (
    {},
    {
        "skus": _SKUS,
        "opening_stock": [
            {"location": place, "sku": sku["code"], "units": 50, "book": 49, "promised": 1, "on_order": 4}
            for place in ("SH01", "SH02", "WSH")
            for sku in _SKUS
        ],
        "prices": [{"sku": "SKU-00001", "price": 11, "unit_cost": 8}],
        "system": {"service": _PROFILE},
    },
    _GROUPED,
    _BY_CATEGORY,
    _PROMOTED,
    *({"replenishment": {"stores": policy}} for policy in _POLICIES),
    *({"trading": {"fixed_s": law}} for law in _LAWS),
    *({"suppliers": [{"code": "FOODS", "lead_time_days": law}]} for law in _LAWS),
    {"engine": "simpy"},
    {"traffic": {"log": {"file": "none.csv", "first_day": "2026-10-01", "spread_minutes": 15}}},
)
"""What stands in place of a section of `SMALL`, so that each kind of a section is there once."""


def document(variant: dict[str, Any]) -> dict[str, Any]:
    """`SMALL` with what a variant says of its sections."""
    both = {name for name in variant if isinstance(variant[name], dict) and isinstance(SMALL.get(name), dict)}
    return SMALL | variant | {name: SMALL[name] | variant[name] for name in both}


def numbers(scenario: Scenario) -> Iterator[tuple[tuple, str, float, float, bool]]:
    """Of each number and distribution: path, model and field, lowest and highest value, whether it must be whole."""
    yield from _numbers(scenario, ())


def _numbers(section: BaseModel, path: tuple) -> Iterator[tuple[tuple, str, float, float, bool]]:
    for name, field in type(section).model_fields.items():
        value, here = getattr(section, name), (*path, name)
        limits = limits_of(Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation)
        for at, inner in _leaves(value, here):
            if limits is None:
                if isinstance(inner, BaseModel):
                    yield from _numbers(inner, at)
                continue
            if inner is not None and not isinstance(inner, str):
                yield at, f"{_owner(type(section), name)}.{name}", *limits, isinstance(inner, int)
                if isinstance(inner, BaseModel) and type(inner).__name__ != "Constant":
                    yield from _numbers(inner, at)


def _owner(model: type, field: str) -> str:
    """The class that declares a field: one that several policies inherit counts once."""
    return next(one for one in model.__mro__ if field in inspect.get_annotations(one)).__name__


def ranged(model: type[BaseModel] = Scenario, seen: set | None = None) -> set[str]:
    """Class and field of every number of a model and of all that stand inside it."""
    seen = set() if seen is None else seen
    if model in seen:
        return set()
    seen.add(model)
    found = set()
    for name, field in model.model_fields.items():
        if limits_of(Annotated[field.annotation, *field.metadata] if field.metadata else field.annotation):
            found.add(f"{_owner(model, name)}.{name}")
        for inner in _models(field.annotation):
            found |= ranged(inner, seen)
    return found


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)


def _leaves(value: Any, path: tuple) -> Iterator[tuple[tuple, Any]]:
    if isinstance(value, (list, tuple)):
        for at, element in enumerate(value):
            yield from _leaves(element, (*path, at))
    elif isinstance(value, dict):
        for key, element in value.items():
            yield from _leaves(element, (*path, key))
    else:
        yield path, value


def limits_of(annotation: Any) -> tuple[float, float] | None:
    """The range that an annotation says, also of the elements of a list or a mapping; None where it says none."""
    if get_origin(annotation) is Annotated:
        inner, *metadata = get_args(annotation)
        return next(filter(None, map(_limits, [metadata])), None) or limits_of(inner)
    if get_origin(annotation) in (Union, types.UnionType, list, tuple, dict):
        return next(filter(None, map(limits_of, get_args(annotation))), None)
    return None


def _limits(metadata: list[Any]) -> tuple[float, float] | None:
    flat = [one for said in metadata for one in (said.metadata if hasattr(said, "metadata") else [said])]
    for said in flat:
        if isinstance(said, Within):
            return said.low, said.high
    low = next((said.ge for said in flat if isinstance(said, Ge)), None)
    high = next((said.le for said in flat if isinstance(said, Le)), None)
    return None if low is None or high is None else (low, high)
