"""A chain small enough to be played in a moment, with everything in it."""

from __future__ import annotations

from datetime import date

import pytest

from sim.scenario.model import Scenario

SMALL = {
    "name": "small",
    "start": date(2026, 3, 2),
    "days": 3,
    "seed": 5,
    "regions": [{"code": "EAST", "name": "East"}, {"code": "SOUTH", "name": "South"}],
    "stores": [
        {"code": "E1", "region": "EAST", "warehouse": "WE", "customers_per_day": 150, "tills": 2},
        {"code": "E2", "region": "EAST", "warehouse": "WE", "customers_per_day": 80, "tills": 2},
        {"code": "S1", "region": "SOUTH", "warehouse": "WS", "customers_per_day": 120, "tills": 2},
        {
            "code": "S2",
            "region": "SOUTH",
            "warehouse": "WS",
            "customers_per_day": 60,
            "tills": 1,
            "ownership": "franchise",
        },
    ],
    "warehouses": [
        {"code": "WE", "region": "EAST", "docks": 1, "pickers": 2},
        {"code": "WS", "region": "SOUTH", "docks": 1, "pickers": 2},
    ],
    "suppliers": [{"code": "FAST", "lead_time_days": 1}, {"code": "SLOW", "lead_time_days": 3, "fill_rate": 0.9}],
    "lanes": [
        {"origin": "WE", "destination": "E1", "lead_time_days": 1, "distance_km": 40},
        {"origin": "WE", "destination": "E2", "lead_time_days": 1, "distance_km": 60},
        {"origin": "WS", "destination": "S1", "lead_time_days": 1, "distance_km": 30},
        {"origin": "WS", "destination": "S2", "lead_time_days": 1, "distance_km": 90},
        {"origin": "WE", "destination": "WS", "lead_time_days": 1, "distance_km": 1200},
    ],
    "skus": {"count": 40, "pack": 4},
    "traffic": {"hour_shares": [0] * 9 + [1] * 12 + [0] * 3, "basket_lines": 4},
    "online": {"orders_per_day": 60},
}


def merged(base: dict, changes: dict) -> dict:
    """Sections merge, everything else is replaced."""
    both = {key: base[key] for key in base}
    for key, value in changes.items():
        deeper = isinstance(value, dict) and isinstance(base.get(key), dict)
        both[key] = merged(base[key], value) if deeper else value
    return both


@pytest.fixture(scope="session")
def small():
    """Makes the small scenario, with sections changed: `small(days=1, online={"orders_per_day": 0})`."""
    return lambda **changes: Scenario.model_validate(merged(SMALL, changes))
