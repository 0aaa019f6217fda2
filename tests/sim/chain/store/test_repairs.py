"""docs/trading.md 2.8 and 2.9: devices fail, and technicians of a region mend them."""

from itertools import pairwise

import numpy as np
import pytest

from sim.chain.store.repairs import Repairs
from sim.clock import DAY_S

OFTEN = {"till_failures_per_day": 30, "till_repair_minutes": {"distribution": "exponential", "mean": 20}}


@pytest.fixture
def two_stores(scenario):
    """Makes a scenario of two stores, of one region or of two, whose tills fail often."""

    def make(regions=("R", "R"), **system):
        places = [
            {
                "code": f"S{n}",
                "region": region,
                "warehouse": "W",
                "customers_per_day": 0,
                "tills": 3,
                "self_checkouts": n,
            }
            for n, region in enumerate(regions)
        ]
        listed = [{"code": code, "name": code} for code in sorted({"R", *regions})]
        return scenario(stores=places, regions=listed, system={**OFTEN, **system})

    return make


def down(scenario, day=0, stores=(0, 1)):
    """(from, until, store, position) of every failure, in time."""
    repairs = Repairs(scenario, 0)
    effects = {store: repairs.of(store, day) for store in stores}
    return sorted((e.from_s, e.until_s, store, e.broken_device) for store in sorted(effects) for e in effects[store])


@pytest.mark.parametrize("technicians", [1, 2, 5])
def test_failures_wait_for_the_first_technician_who_is_free_first_come_first_served(two_stores, technicians):
    failures = down(two_stores(technicians=technicians))
    alone = {(t, store, position): end - t for t, end, store, position in down(two_stores())}
    free_s = [0.0] * technicians
    for from_s, until_s, store, position in failures:
        first = free_s.index(min(free_s))
        free_s[first] = max(from_s, free_s[first]) + alone[from_s, store, position]
        assert until_s == free_s[first]
    assert len(failures) > 20


def test_a_device_that_is_down_does_not_fail(two_stores):
    for device in range(3):
        spans = [
            (t, end) for t, end, store, position in down(two_stores(technicians=2)) if (store, position) == (0, device)
        ]
        assert all(before[1] <= after[0] for before, after in pairwise(spans))


def test_technicians_enough_leave_every_repair_as_it_was_drawn(two_stores):
    rarely = {"till_failures_per_day": 0.5}
    for day in range(9):
        assert down(two_stores(technicians=99, **rarely), day) == down(two_stores(**rarely), day)


def test_a_region_keeps_its_technicians_to_itself_and_stores_may_be_asked_in_any_order(two_stores):
    apart = two_stores(("R", "Q"), technicians=1)
    assert down(apart) == down(apart, stores=(1, 0))
    shared = two_stores(technicians=1)
    assert down(shared) == down(shared, stores=(1, 0))
    assert sum(end - t for t, end, *_ in down(apart)) < sum(end - t for t, end, *_ in down(shared))


def test_each_day_begins_with_all_mended_and_every_technician_free(two_stores):
    slow = two_stores(technicians=1, till_repair_minutes=300)
    for day in range(2):
        from_s, until_s, *_ = down(slow, day)[0]
        assert from_s >= day * DAY_S
        assert until_s == from_s + 300 * 60


def test_failures_without_technicians_are_those_of_each_store_alone(two_stores):
    repairs = Repairs(two_stores(), 0)
    (begin, end) = np.array([(e.from_s, e.until_s) for e in repairs.of(0, 0)]).T
    assert ((end - begin) >= 0).all()
    assert Repairs(two_stores(till_failures_per_day=0), 0).of(0, 0) == []
