"""Sourcing gives what is wanted from what is there, near before far, however many locations there are."""

from __future__ import annotations

from collections import Counter

import hypothesis.strategies as st
from hypothesis import given, settings

from loadtests.shop.sourcing import Location, Sourcing


def network(n, regions=("EAST", "SOUTH")):
    return [Location(i, f"L{i}", "warehouse" if i % 9 == 8 else "store", regions[i % len(regions)]) for i in range(n)]


NETWORKS = {n: Sourcing(network(n)) for n in (1, 5, 33, 70)}


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_pieces_are_in_stock_and_add_up_and_nothing_is_short_that_a_location_has(data):
    n = data.draw(st.sampled_from(list(NETWORKS)))
    wanted = data.draw(st.dictionaries(st.integers(0, 9), st.integers(1, 8), min_size=1, max_size=4))
    stock = {
        (sku, location): data.draw(st.integers(0, 3)) if n < 33 else (sku * 7 + location * 3) % 11 // 9
        for sku in wanted
        for location in range(n)
    }
    pieces, short = NETWORKS[n].source([(*key, units) for key, units in stock.items()], wanted, "EAST")
    given_units = Counter()
    for sku, location, units in pieces:
        assert 0 < units <= stock[sku, location]
        given_units[sku] += units
    assert len({piece[:2] for piece in pieces}) == len(pieces)
    for sku, units in wanted.items():
        there = sum(stock[sku, location] for location in range(n))
        assert given_units[sku] == min(units, there)
        assert short.get(sku, 0) == units - given_units[sku]


def test_the_last_unit_is_found_at_the_farthest_of_seventy_locations():
    last = max(i for i, at in enumerate(network(70)) if at.region == "SOUTH" and at.kind == "store")
    assert NETWORKS[70].source([(0, last, 1)], {0: 1}, "EAST") == ([(0, last, 1)], {})


def test_one_parcel_from_afar_beats_two_from_nearby():
    sourcing = Sourcing([Location(i, str(i), "store", region) for i, region in enumerate(["EAST", "EAST", "SOUTH"])])
    stock = [(0, 0, 1), (1, 1, 1), (0, 2, 1), (1, 2, 1)]
    assert sourcing.source(stock, {0: 1, 1: 1}, "EAST")[0] == [(0, 2, 1), (1, 2, 1)]
    assert sourcing.source(stock[:2], {0: 1, 1: 1}, "EAST")[0] == [(0, 0, 1), (1, 1, 1)]
