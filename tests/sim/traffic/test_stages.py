"""What holds in a store on a day, from one changeover to the next."""

from functools import partial
from math import exp, inf

import numpy as np
import pytest

from sim.traffic.day_sheet import Traffic
from sim.traffic.stages import Stages

DAY_S = 86_400.0
CURVE = {"proficiency": 0.7, "time_constant_days": 10}
LEAFLET = {"first": "2026-10-02", "last": "2026-10-04", "skus": ["SKU-00005"], "factor": 40}


@pytest.fixture(scope="module")
def two(scenario_of):
    """Makes ten days of the stores S1 and S2 from what they differ in."""
    return partial(scenario_of, stores=({"code": "S1"}, {"code": "S2"}), start="2026-10-01", days=10)


def test_a_store_keeps_each_field_until_a_later_changeover_says_otherwise(two):
    changeovers = [
        {"on": "2026-10-08", "stores": ["S1"], "system": {"stock_sync_minutes": 0}},
        {"on": "2026-10-04", "system": {"offline_tills": False, "stock_sync_minutes": 1}},
    ]
    stages = Stages(two(system={"till_failures_per_day": 0.5}, changeovers=changeovers))
    systems = [stages.of(0, day).system for day in (2, 3, 6, 7)]
    assert [system.offline_tills for system in systems] == [True, False, False, False]
    assert [system.stock_sync_minutes for system in systems] == [5, 1, 1, 0]
    assert {system.till_failures_per_day for system in systems} == {0.5}
    assert stages.of(1, 7).system.stock_sync_minutes == 1


def test_proficiency_rises_as_the_exponential_curve_from_the_day_of_the_go_live_be_it_before_the_run(two):
    changeovers = [
        {"on": "2026-09-21", "stores": ["S1"], "learning": CURVE},
        {"on": "2026-10-03", "stores": ["S2"], "learning": CURVE},
    ]
    stages = Stages(two(changeovers=changeovers))
    reached = [stages.of(0, day).proficiency(day) for day in (0, 5)]
    assert reached == pytest.approx([1 - 0.3 * exp(-1), 1 - 0.3 * exp(-1.5)])
    reached = [stages.of(1, day).proficiency(day) for day in (1, 2, 12)]
    assert reached == pytest.approx([1, 0.7, 1 - 0.3 * exp(-1)])


def test_learning_goes_on_through_a_changeover_that_says_nothing_of_it_and_begins_anew_with_one_that_does(two):
    changeovers = [
        {"on": "2026-10-01", "learning": CURVE},
        {"on": "2026-10-03", "modules": ["members"]},
        {"on": "2026-10-05", "learning": {"proficiency": 0.9}},
    ]
    stages = Stages(two(changeovers=changeovers))
    expected = [0.7, 1 - 0.3 * exp(-0.2), 0.9, 0.9]
    assert [stages.of(0, day).proficiency(day) for day in (0, 2, 4, 9)] == pytest.approx(expected)


def test_errors_are_linear_in_proficiency(two):
    errors = {"settled": 0.002, "untrained": 0.02, "redo_s": 15, "unnoticed": 0.25}
    learning = Stages(two(changeovers=[{"on": "2026-10-01", "learning": CURVE | {"errors": errors}}])).of(0, 0)
    for proficiency, share in [(1, 0.002), (0.5, 0.011), (0, 0.02)]:
        assert learning.errors.noticed_share(proficiency) == pytest.approx(0.75 * share)
        assert learning.errors.unnoticed_share(proficiency) == pytest.approx(0.25 * share)


def test_a_store_does_without_a_module_until_its_changeover_and_the_others_have_it(two):
    changeovers = [
        {"on": "2026-10-03", "stores": ["S1"], "modules": ["stock and tills"]},
        {"on": "2026-10-05", "stores": ["S1"], "modules": ["members"]},
    ]
    stages = Stages(two(changeovers=changeovers))
    assert [stages.does_without("members", 0, day) for day in (0, 3, 4)] == [True, True, False]
    assert not any(stages.does_without("members", 1, day) for day in (0, 9))
    asked = stages.asked_from_s(3)
    assert set(asked) == {"receive_goods", "transfer_stock", "stock_count", "member_lookup"}
    assert asked["stock_count"].tolist() == [2 * DAY_S, -inf, -inf]
    assert asked["member_lookup"].tolist() == [4 * DAY_S, -inf, -inf]


def test_members_are_known_and_promotions_at_work_only_in_stores_that_have_the_module(two):
    plain = {"promotions": [LEAFLET], "member_share": 0.5}
    changeovers = [{"on": "2026-10-03", "stores": ["S1"], "modules": ["members", "marketing"]}]
    before, after = (Traffic(two(traffic=plain, changeovers=c)) for c in ([], changeovers))
    bare = Traffic(two(traffic={"member_share": 0.5}))
    for store, day in [(0, 1), (0, 2), (1, 1)]:
        usual, sheet = before.day(0, store, day), after.day(0, store, day)
        np.testing.assert_array_equal(usual.arrival_s, sheet.arrival_s)
        if (store, day) == (0, 1):
            assert (sheet.customer == -1).all()
            assert (usual.customer >= 0).any()
            np.testing.assert_array_equal(sheet.line_sku, bare.day(0, store, day).line_sku)
            assert (sheet.line_sku != usual.line_sku).any()
        else:
            np.testing.assert_array_equal(usual.customer, sheet.customer)
            np.testing.assert_array_equal(usual.line_sku, sheet.line_sku)


def test_attributes_take_time_and_clerks_err_only_from_the_changeover_on(two):
    errors = {"settled": 0, "untrained": 0.5, "redo_s": 15}
    change = {"on": "2026-10-03", "stores": ["S1"], "system": {"attribute_entry": True}}
    change["learning"] = {"proficiency": 0.6, "errors": errors}
    traffic = Traffic(two(changeovers=[change]))
    old, new, other = (traffic.day(0, store, day) for store, day in [(0, 1), (0, 2), (1, 2)])
    assert not old.attribute_s.any()
    assert new.attribute_s.all()
    assert old.line_redo_s is other.line_redo_s is None
    assert set(new.line_redo_s.tolist()) == {0.0, 15.0}
    n, share = len(new.line_redo_s), 0.5 * 0.4
    assert abs((new.line_redo_s > 0).sum() - n * share) < 4 * np.sqrt(n * share * (1 - share))
    change["learning"] = {"proficiency": 0.8, "errors": errors}
    fewer = Traffic(two(changeovers=[change])).day(0, 0, 2)
    assert np.all(fewer.line_redo_s <= new.line_redo_s), "better clerks make some of the same errors"
