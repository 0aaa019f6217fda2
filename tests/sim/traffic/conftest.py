"""A scenario of one shop, of which a test changes what it is about."""

import numpy as np
import pandas as pd
import pytest

from sim.scenario.model import Scenario
from sim.traffic.day_sheet import Traffic

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


@pytest.fixture(scope="session")
def log_text():
    """What drawn customers would leave in a till's log, as a plain CSV; days in `closed` are missing."""

    def write(scenario: Scenario, closed=()) -> str:
        traffic, parts = Traffic(scenario), []
        for store, place in enumerate(scenario.stores):
            for day in range(scenario.days):
                sheet = traffic.day(0, store, day)
                if day in closed or not len(sheet):
                    continue
                lines = np.diff(sheet.line_start)
                stamp = np.datetime64(scenario.start, "s") + sheet.arrival_s.astype("timedelta64[s]")
                parts.append(
                    pd.DataFrame(
                        {
                            "timestamp": np.repeat(stamp, lines).astype(str),
                            "ticket": np.repeat(np.arange(len(sheet)) + 1, lines),
                            "sku": np.array(traffic.assortment.code)[sheet.line_sku],
                            "quantity": sheet.line_units,
                            "price": traffic.assortment.price[sheet.line_sku],
                            "store": place.code,
                        }
                    )
                )
        return pd.concat(parts).to_csv(index=False)

    return write
