"""The map: every location once, apart from each other, and further from the warehouse the longer the way."""

import math
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.report.film.schematic import BETWEEN, panels

HUBS = ("W0", "W1", "none")


@st.composite
def chains(draw):
    """Stores of two warehouses and of none, some of them with a lane."""
    of = draw(st.lists(st.sampled_from(HUBS), min_size=1, max_size=120))
    km = draw(st.lists(st.integers(0, 900), min_size=len(of), max_size=len(of)))
    stores = [{"code": f"S{n}", "region": f"R{n % 2}", "warehouse": hub} for n, hub in enumerate(of)]
    lanes = [{"origin": of[n], "destination": f"S{n}", "distance_km": km[n]} for n in range(len(of)) if km[n]]
    return {"stores": stores, "warehouses": [{"code": "W0", "region": "R0"}, {"code": "W1", "region": "R1"}], "lanes": lanes}  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(chains())
def test_every_location_is_on_the_map_once_and_apart_from_the_others(scenario):
    found = panels(scenario)
    spots = [spot for panel in found for spot in (*panel.stores, *([panel.warehouse] if panel.warehouse else []))]
    assert sorted(spot.location for spot in spots) == list(range(len(scenario["stores"]) + 2))
    for panel in found:
        middle = panel.size / 2
        for spot in panel.stores:
            assert math.hypot(spot.x - middle, spot.y - middle) <= middle - 30
        for one, other in combinations(panel.stores, 2):
            assert math.hypot(one.x - other.x, one.y - other.y) >= BETWEEN - 1


@settings(max_examples=40, deadline=None)
@given(chains())
def test_a_store_with_a_longer_way_is_not_nearer_to_its_warehouse(scenario):
    km = {lane["destination"]: lane["distance_km"] for lane in scenario["lanes"] if lane["origin"] != "none"}
    for panel in panels(scenario):
        middle = panel.size / 2
        far = [
            (km.get(scenario["stores"][spot.location]["code"], 0), math.hypot(spot.x - middle, spot.y - middle))
            for spot in panel.stores
            if panel.warehouse
        ]
        assert all(a[1] <= b[1] + 0.1 for a in far for b in far if a[0] < b[0])


def test_stores_without_a_warehouse_have_a_panel_a_region_and_warehouses_without_stores_come_last():
    stores = [{"code": code, "region": region} for code, region in (("A", "EAST"), ("B", "WEST"), ("C", "EAST"))]
    found = panels({"stores": stores, "warehouses": [{"code": "W", "region": "WEST"}]})
    assert [(panel.region, [spot.location for spot in panel.stores]) for panel in found] == [
        ("EAST", [0, 2]),
        ("WEST", [1]),
        ("WEST", []),
    ]
    assert [panel.warehouse and panel.warehouse.location for panel in found] == [None, None, 3]


@pytest.mark.parametrize(("stores", "rings"), [(1, 1), (8, 1), (9, 2), (24, 2), (49, 4), (300, 9)])
def test_there_are_as_few_rings_as_hold_the_stores(stores, rings):
    scenario = {"stores": [{"code": str(n), "region": "R"} for n in range(stores)], "warehouses": []}
    (panel,) = panels(scenario)
    middle = panel.size / 2
    assert len({round(math.hypot(spot.x - middle, spot.y - middle)) for spot in panel.stores}) == rings
