"""Locations, lanes and doors."""

from __future__ import annotations

import pytest

from sim.chain.network import Network
from sim.clock import DAY_S, HOUR_S
from sim.scenario.sections.distributions import Constant


def test_stores_come_before_warehouses(small):
    network = Network(small())
    assert network.codes == ["E1", "E2", "S1", "S2", "WE", "WS"]
    assert (list(network.stores), list(network.warehouses)) == ([0, 1, 2, 3], [4, 5])
    assert network.warehouse_of.tolist() == [4, 4, 5, 5]
    assert network.region.tolist() == [0, 0, 1, 1, 0, 1]


def test_a_lane_is_as_long_in_both_directions(small):
    network = Network(small())
    assert network.distance_km[4, 5] == network.distance_km[5, 4] == 1200
    assert network.distance_km[0, 4] == 40
    assert network.distance_km[0, 1] == 0


def test_a_lane_without_lead_time_takes_the_suppliers_own(small):
    network = Network(
        small(
            lanes=[{"origin": "FAST", "destination": "WE"}, {"origin": "WE", "destination": "E1", "lead_time_days": 2}]
        )
    )
    own = Constant(value=9)
    assert network.lead_time_days("FAST", "WE", own) is own
    assert network.lead_time_days("SLOW", "WE", own) is own
    assert network.lead_time_days("WE", "E1", own).value == 2


@pytest.mark.parametrize(
    ("clock_h", "wait_h"), [(0, 9), (8.5, 0.5), (9, 0), (21.99, 0), (22, 11), (23, 10)], ids=lambda hour: f"{hour}h"
)
def test_doors_open_at_nine_and_close_at_ten(small, clock_h, wait_h):
    network = Network(small())
    for day in (0, 3):
        assert network.opens_in(0, day * DAY_S + clock_h * HOUR_S) == pytest.approx(wait_h * HOUR_S)
