"""Each drill is ordinary fields laid over a scenario, set on its busiest day, largest store and most used goods."""

from datetime import date, datetime

import pytest

from sim.planning.drills.catalogue import DRILLS, LeftOut
from sim.planning.drills.stage import Stage


@pytest.fixture
def stage(small):
    """The stage of the small chain, Monday to Sunday, Saturday the busiest; `stage(trading=…)` changes sections."""

    def make(**changes):
        traffic = {"weekday_factors": [1, 1, 1, 1, 1, 1.5, 1], "hour_shares": [0] * 9 + [1, 3, 1] + [0] * 12}
        return Stage.of(small(**{"days": 7, "warmup_days": 1, "traffic": traffic} | changes))

    return make


def mitigations(stage, name):
    return {each.name: each for each in DRILLS[name](stage).mitigations}


def test_drills_are_set_on_the_busiest_counted_day_and_hour_of_the_largest_store(stage):
    found = stage()
    assert (found.store.code, found.peak, found.warehouse) == ("E1", datetime(2026, 3, 7, 10), "WE")
    assert DRILLS["payment_outage"](found).at == datetime(2026, 3, 7, 10)
    assert DRILLS["power_cut"](found).at == datetime(2026, 3, 7, 9, 30)
    assert DRILLS["warehouse_closed"](found).at == datetime(2026, 3, 3)


def test_a_days_worth_of_warm_up_is_never_the_busiest(stage):
    assert stage(warmup_days=6).peak.date() == date(2026, 3, 8)


def test_a_peak_multiplies_the_days_own_factor_and_keeps_its_hours(stage):
    (holiday,) = DRILLS["holiday_peak"](stage()).overlay["traffic.holidays"]
    assert (holiday["first"], holiday["factor"], holiday["hour_shares"][10]) == ("2026-03-07", 2.25, 3)


def test_faults_of_the_scenario_stay_beside_the_drills(stage):
    own = {"kind": "system_outage", "at": "2026-03-05 10:00", "minutes": 5}
    assert [each["kind"] for each in DRILLS["network_cut"](stage(faults=[own])).overlay["faults"]] == [
        "system_outage",
        "network_cut",
    ]


def test_what_the_scenario_has_is_in_place_and_taken_away(stage):
    tills = mitigations(stage(), "network_cut")["offline_tills"]
    assert (tills.have, tills.overlay) == (True, {"system.offline_tills": False})
    without = mitigations(stage(system={"offline_tills": False}), "network_cut")["offline_tills"]
    assert (without.have, without.overlay) == (False, {"system.offline_tills": True})
    assert mitigations(stage(system={"backup_payment_channel": True}), "payment_outage")["backup_channel"].have


def test_a_channel_is_made_the_backup_where_none_is(stage):
    channels = [{"name": "mobile", "share": 0.8, "pays_s": 6}, {"name": "card", "share": 0.2, "pays_s": 9}]
    overlay = mitigations(stage(trading={"payments": channels}), "payment_outage")["backup_channel"].overlay
    assert overlay["trading.payments"] == {"card": {"backup": True}}
    alone = stage(trading={"payments": [{"name": "mobile", "share": 1.0, "pays_s": 6}]})
    assert "backup_channel" not in mitigations(alone, "payment_outage")


def test_a_mitigation_is_offered_only_where_it_can_change_something(stage):
    assert "planner_knows" not in mitigations(stage(), "live_stream")
    forecast = {"stores": {"policy": "forecast", "fill_rate": 0.95}}
    assert mitigations(stage(replenishment=forecast), "live_stream")["planner_knows"].have
    pushed = {"stores": {"policy": "none"}}
    assert "safety_stock" not in mitigations(stage(replenishment=pushed), "live_stream")
    raised = mitigations(stage(), "live_stream")["safety_stock"].overlay["replenishment.stores"]
    assert (raised["least_days"], raised["most_days"]) == (6, 12)


def test_rosters_give_way_to_all_tills_and_else_tills_are_added(stage):
    more = mitigations(stage(), "holiday_peak")["more_tills"].overlay["stores"]
    assert more == {"E1": {"tills": 3}, "E2": {"tills": 3}, "S1": {"tills": 3}, "S2": {"tills": 2}}


def test_cash_alone_has_no_outage_and_a_drill_begins_no_earlier_than_its_day(stage):
    with pytest.raises(LeftOut, match="cash alone"):
        DRILLS["payment_outage"](stage(trading={"payments": [{"name": "cash", "share": 1.0, "pays_s": 6}]}))
    assert stage().before_peak(10_000) == datetime(2026, 3, 7)


def test_drills_of_goods_take_days_that_count_and_a_log_has_no_peak(stage, small):
    for name in ("warehouse_closed", "supplier_fails"):
        with pytest.raises(LeftOut, match="it takes 3 days that count, and there are 1"):
            DRILLS[name](stage(warmup_days=6))
    assert DRILLS["supplier_fails"](stage()).minutes == 5 * 1_440
