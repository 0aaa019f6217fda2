"""docs/trading.md 2: what opening hours, rosters and faults make of a store's day."""

import pytest

from sim.chain.store.regimes import Regimes, staffed
from sim.chain.store.service import Service

HOUR, DAY = 3_600.0, 86_400.0


def of(scenario, store=0, day=0, replication=0):
    return Regimes(scenario, Service(scenario, replication), store).of(day)


def fault(kind, at, minutes, **more):
    return {"kind": kind, "at": f"2025-01-06T{at}", "minutes": minutes, **more}


def test_a_plain_day_opens_and_closes(scenario):
    changes = of(scenario(store={"self_checkouts": 1}), day=1)
    assert [t for t, _ in changes] == [DAY, DAY + 9 * HOUR, DAY + 22 * HOUR]
    assert [r.doors for _, r in changes] == [False, True, False]
    assert [r.factors for _, r in changes] == [(0, 0, 0), (1, 1, 1.6), (1, 1, 1.6)]


def test_a_plain_day_is_like_that_of_a_week_before(scenario):
    rosters = [{"roster": "r", "first_weekday": 6, "starts": "09:00", "ends": "22:00", "tills": 1}]
    plain = Regimes(one := scenario(store={"roster": "r"}, rosters=rosters, days=14), Service(one, 0), 0)
    before = [plain.of(day) for day in range(7)]
    for day in range(7, 14):
        assert plain.of(day) == [(t + 7 * DAY, regime) for t, regime in before[day - 7]]
        assert plain.of(day) == of(one, day=day)


def test_whoever_staffs_a_till_at_closing_stays_for_those_inside(scenario):
    roster = [{"roster": "early", "starts": "09:00", "ends": "22:00", "tills": 1}]
    assert of(scenario(store={"roster": "early"}, rosters=roster))[-1][1].factors == (1, 0)


def test_a_shift_keeps_its_tills_to_its_end(scenario):
    rosters = [
        {"roster": "r", "starts": "09:00", "ends": "12:00", "tills": 2},
        {"roster": "r", "starts": "10:00", "ends": "15:00", "tills": 1, "proficiency": 1.5},
        {"roster": "r", "starts": "12:00", "ends": "23:00", "tills": 1, "proficiency": 0.5},
        {"roster": "other", "starts": "09:00", "ends": "23:00", "tills": 4},
    ]
    plan = staffed(scenario(store={"tills": 4, "roster": "r"}, rosters=rosters), 0, 0)
    assert plan == [
        (9 * HOUR, (1, 1, 0, 0)),
        (10 * HOUR, (1, 1, 1.5, 0)),
        (12 * HOUR, (0.5, 0, 1.5, 0)),
        (15 * HOUR, (0.5, 0, 0, 0)),
    ]


def test_shifts_never_fill_more_tills_than_there_are_and_get_the_rest_when_some_are_free(scenario):
    rosters = [
        {"roster": "r", "starts": "08:00", "ends": "12:00", "tills": 2},
        {"roster": "r", "starts": "10:00", "ends": "15:00", "tills": 2, "proficiency": 2},
    ]
    plan = staffed(scenario(store={"roster": "r"}, rosters=rosters), 0, 0)
    assert plan == [(9 * HOUR, (1, 1)), (10 * HOUR, (1, 1)), (12 * HOUR, (2, 2)), (15 * HOUR, (0, 0))]


def test_a_reserve_has_the_highest_tills_that_are_free_while_its_shift_lasts(scenario):
    rosters = [
        {"roster": "r", "starts": "09:00", "ends": "12:00", "tills": 1, "reserve_tills": 2, "proficiency": 1.5},
        {"roster": "r", "starts": "10:00", "ends": "23:00", "tills": 1, "reserve_tills": 1},
    ]
    made = scenario(store={"tills": 4, "roster": "r"}, rosters=rosters, trading={"reserve": {"open_above": 3}})
    assert [(t / HOUR, regime.reserve) for t, regime in of(made)] == [
        (0, ()),
        (9, (0, 0, 1.5, 1.5)),
        (10, (0, 0, 1.5, 1.5)),
        (12, (0, 0, 0, 1)),
        (22, (0, 0, 0, 1)),
    ]


@pytest.mark.parametrize(("day", "tills"), [(0, 2), (1, 2), (5, 1)])
def test_a_roster_knows_weekdays(scenario, day, tills):
    rosters = [
        {"roster": "r", "last_weekday": 5, "starts": "09:00", "ends": "22:00", "tills": 2},
        {"roster": "r", "first_weekday": 6, "starts": "09:00", "ends": "22:00", "tills": 1},
    ]
    plan = staffed(scenario(store={"roster": "r"}, rosters=rosters, days=7), 0, day)
    assert sum(factor > 0 for factor in plan[0][1]) == tills


def test_a_power_cut_shuts_the_doors_at_once_and_the_tills_when_the_battery_is_empty(scenario):
    cut = fault("power_cut", "12:00", 60, stores=["S1"], battery_minutes=20)
    changes = of(scenario(faults=[cut]))
    told = [(t / HOUR, r.doors, r.working) for t, r in changes[1:]]
    assert told == [(9, True, True), (12, False, True), (12 + 1 / 3, False, False), (13, True, True), (22, False, True)]
    assert len(of(scenario(faults=[cut]), store=1)) == 3


def test_a_battery_that_outlasts_the_cut_keeps_the_tills_working(scenario):
    changes = of(scenario(faults=[fault("power_cut", "12:00", 60, battery_minutes=90)]))
    assert all(r.working for _, r in changes)


@pytest.mark.parametrize("offline_tills", [True, False])
def test_without_the_system_tills_go_on_offline_or_stand(scenario, offline_tills):
    faults = [fault("system_outage", "12:00", 30), fault("network_cut", "12:15", 30, stores=["S1"])]
    changed = scenario(faults=faults, system={"offline_tills": offline_tills})
    told = [(t / HOUR, r.online, r.working) for t, r in of(changed)[2:-1]]
    assert told == [(12, False, offline_tills), (12.75, True, True)]
    assert of(changed, store=1)[3][0] == 12.5 * HOUR


def test_a_payment_channel_refuses_everybody_for_its_time(scenario):
    changes = of(scenario(faults=[fault("payment_outage", "12:00", 30, channel="card")]))
    assert [(t / HOUR, r.channels) for t, r in changes[2:4]] == [(12, (True, False, True)), (12.5, (True,) * 3)]


def test_a_fault_that_lasts_past_midnight_holds_on_both_days(scenario):
    outage = scenario(faults=[fault("system_outage", "21:00", 11 * 60 + 30)])
    assert of(outage)[-1][1].online is False
    (midnight, first), (back, then) = of(outage, day=1)[:2]
    assert (midnight, first.online, back, then.online) == (DAY, False, DAY + 8.5 * HOUR, True)


def test_devices_fail_as_often_as_said_within_opening_hours(scenario):
    changed = scenario(store={"tills": 20}, system={"till_failures_per_day": 0.5, "till_repair_minutes": 30})
    broken = [
        (t, sum(r.broken))
        for day in range(2)
        for replication in range(10)
        for t, r in of(changed, day=day, replication=replication)
        if any(r.broken)
    ]
    first_seconds = [t % DAY for t, _ in broken]
    assert min(first_seconds) >= 9 * HOUR
    assert max(first_seconds) <= 22.5 * HOUR
    # 20 days × 20 tills × 0.5, Poisson: within four standard errors. Each failure is a change, and so is each end that leaves others.
    assert 200 - 57 < len(broken) < 2 * (200 + 57)


def test_replications_fail_differently_and_repeat_themselves(scenario):
    changed = scenario(system={"till_failures_per_day": 3})
    assert of(changed) == of(changed)
    assert of(changed) != of(changed, replication=1)
