"""A scenario of one shop, of which a test changes what it is about."""

import pytest

from sim.scenario.model import Scenario

STORE = {"region": "EAST", "warehouse": "W", "customers_per_day": 200, "tills": 2, "opens": "09:00", "closes": "21:00"}


@pytest.fixture(scope="session")
def scenario_of():
    def build(stores=({"code": "SH01"},), **changes) -> Scenario:
        said = {
            "name": "shop",
            "start": "2026-05-04",  # a Monday
            "days": 28,
            "regions": [{"code": "EAST", "name": "East"}, {"code": "NORTH", "name": "North"}],
            "warehouses": [{"code": "W", "region": "EAST"}],
            "suppliers": [{"code": "P1", "lead_time_days": 3}, {"code": "P2", "lead_time_days": 5}],
            "stores": [{**STORE, **store} for store in stores],
            "skus": {"count": 300},
        }
        return Scenario.model_validate({**said, **changes})

    return build
