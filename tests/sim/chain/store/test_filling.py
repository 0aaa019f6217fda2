"""docs/trading.md 12.3 and 12.4: what staff fill in a round, and what they do not find."""

from collections import deque

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.chain.chain import Chain
from sim.chain.setting import Setting
from sim.chain.store.engine import Filling, Refills
from sim.chain.store.filling import StaffedFilling, rounds_s
from sim.chain.store.software import Answers

HOUR = 3600.0
NINE = 9 * HOUR

rows = st.tuples(*[st.integers(0, 6)] * 4)
fillings = st.fixed_dictionaries(
    {
        "lines": st.integers(1, 5),
        "fill_at": rows,
        "found": st.tuples(*[st.sampled_from([True, True, False])] * 4),
    }
)
days = st.fixed_dictionaries(
    {
        "stock": st.tuples(*[st.integers(0, 25)] * 4),
        "shelved": rows,
        "capacity": rows,
        "unmet": st.sampled_from(["lost", "backordered", "substituted"]),
        "visits": st.lists(st.tuples(st.integers(0, 28), st.integers(0, 3), st.integers(1, 4)), max_size=15),
        "rounds": st.sets(st.integers(0, 14).map(lambda half: HOUR * half), min_size=1, max_size=6).map(sorted),
    }
)


def filling(given):
    return Filling(given["lines"], np.array(given["fill_at"]), np.array(given["found"]))


def played(day, visit, sheet, given, by):
    """A day round by round: what the shelf and the store held before each and after it; and the result of the day."""
    a_day = day(
        stock=given["stock"], shelved=given["shelved"], unmet=given["unmet"], next_in_group=CYCLE, checked=False
    )
    visits = sheet([visit(half * HOUR / 2, wants=((sku, units),)) for half, sku, units in given["visits"]])
    engine, ledger = a_day.engine_class(a_day.rules, a_day.ledger), a_day.ledger
    refills = Refills(np.array(given["rounds"]), np.array(given["capacity"]), by)
    engine.open_day(visits, Answers.silent(len(visits)), a_day.open, refills)
    seen = []
    for instant in given["rounds"]:
        engine.advance(instant)
        before = ledger.shelf[0].copy(), ledger.owed[0].copy()
        engine.restock()
        seen.append((*before, ledger.shelf[0].copy(), ledger.on_hand(0)))
        ledger.check()
    engine.advance(86_400.0)
    return seen, engine.close_day(), ledger


CYCLE = np.array([1, 2, 3, 0], dtype=np.int32)


@settings(max_examples=200)
@given(given=days, by=fillings)
def test_a_round_fills_what_staff_find_in_turn_and_never_above_capacity_or_beyond_its_lines(
    day, visit, sheet, given, by
):
    """Against a list of SKUs that is turned one by one."""
    turn, capacity = deque(range(4)), given["capacity"]
    for before, owed, after, on_hand in played(day, visit, sheet, given, filling(by))[0]:
        if given["unmet"] != "backordered":
            assert not owed.any()
        # What is handed over to customers may leave a shelf lower than it was.
        shelf = np.minimum(before, on_hand)
        left, expected = by["lines"], shelf.copy()
        for _ in range(4):
            sku = turn[0]
            up_to = min(capacity[sku], on_hand[sku])
            wanting = shelf[sku] <= by["fill_at"][sku] and by["found"][sku] and up_to > shelf[sku]
            if left == 0:
                break
            if wanting:
                expected[sku], left = up_to, left - 1
                last = sku
            turn.rotate(-1)
        if left < by["lines"]:
            turn.rotate(turn.index((last + 1) % 4) * -1)
        assert after.tolist() == expected.tolist()
        assert (after <= np.maximum(shelf, capacity)).all()
        assert (after > shelf).sum() <= by["lines"]


@settings(max_examples=60)
@given(given=days)
def test_staff_without_a_limit_fill_as_every_round_does_without_them(day, visit, sheet, given):
    everything = Filling(4, np.array(given["capacity"]), np.ones(4, dtype=np.bool_))
    one, other = (played(day, visit, sheet, given, by) for by in (None, everything))
    for round_, same in zip(one[0], other[0], strict=True):
        assert [row.tolist() for row in round_] == [row.tolist() for row in same]
    for name, column in one[1].columns().items():
        np.testing.assert_array_equal(column, other[1].columns()[name])


@pytest.mark.parametrize("engine", ["compiled", "simpy"])
@pytest.mark.parametrize("unmet", ["lost", "backordered"])
def test_a_chain_with_an_empty_section_of_filling_plays_as_one_without(small, engine, unmet):
    changes = {"engine": engine, "trading": {"unmet": unmet}, "opening_stock": {"store_days": 1}, "days": 2}
    one, other = (Chain(small(**changes, replenishment=rules)).play() for rules in ({}, {"filling": {}}))
    assert one.daily.equals(other.daily)
    assert one.hourly.equals(other.hourly)


def test_both_engines_play_a_chain_with_a_planogram_and_staff_alike(small):
    rules = {
        "refill_minutes": 180,
        "planogram": {
            "facing_units": 3,
            "least_facings": {"distribution": "uniform", "low": 1, "high": 3},
            "packs": 1.25,
        },
        "filling": {"lines_per_round": 5, "fill_below_share": 0.5, "misplaced_share": 0.2, "misplaced_days": 2},
    }
    one, other = (Chain(small(engine=engine, replenishment=rules)).play() for engine in ("compiled", "simpy"))
    assert one.daily.equals(other.daily)
    assert one.hourly.equals(other.hourly)
    assert sum(one.daily.column("lost_shelf_units").to_pylist()) > 0


def test_fewer_lines_and_goods_that_are_not_found_lose_more_sales(small):
    def lost(**rule):
        outcome = Chain(small(days=3, replenishment={"refill_minutes": 240, "filling": rule})).play()
        return sum(outcome.daily.column("lost_shelf_units").to_pylist())

    everything = lost()
    assert everything < lost(lines_per_round=6)
    assert everything < lost(misplaced_share=0.5, misplaced_days=30)


def staff(small, **rule):
    return StaffedFilling(Setting.of(small(skus={"count": 5_000}, replenishment={"filling": rule}), 0), 0)


def test_goods_are_misplaced_at_their_share_of_skus_for_spells_that_begin_on_any_day(small):
    by = staff(small, misplaced_share=0.2, misplaced_days=5)
    lost = ~np.array([by.found(day) for day in range(60)])
    assert lost.mean(axis=1) == pytest.approx(np.full(60, 0.2), abs=0.03)
    changes = (lost[1:] != lost[:-1]).sum(axis=1)
    assert changes / 5_000 == pytest.approx(np.full(59, 2 * 0.2 * 0.8 / 5), abs=0.02)
    begun = np.flatnonzero(np.diff(lost[:, 0].astype(int)))
    assert set(np.diff(begun) % 5) <= {0}


def test_what_is_misplaced_is_the_stores_own_and_no_other_days_or_replications(small):
    scenario = small(skus={"count": 5_000}, replenishment={"filling": {"misplaced_share": 0.5, "misplaced_days": 1}})
    of = {
        (replication, store): StaffedFilling(Setting.of(scenario, replication), store)
        for replication in (0, 1)
        for store in (0, 1)
    }
    same = {other: (of[0, 0].found(3) == of[other].found(3)).mean() for other in ((0, 0), (0, 1), (1, 0), (1, 1))}
    assert same.pop((0, 0)) == 1
    assert list(same.values()) == pytest.approx([0.5] * 3, abs=0.03)
    assert (of[0, 0].found(3) == of[0, 0].found(4)).mean() == pytest.approx(0.5, abs=0.03)


def test_a_share_of_a_capacity_is_rounded_down_to_units(small):
    for share, capacity in ((0.29, 100), (0.7, 10), (0.1, 30), (1.0, 7), (0.0, 9), (0.5, 7)):
        rules = {"planogram": [{"location": "E1", "sku": "SKU-00001", "shelf_units": capacity}]}
        by = StaffedFilling(Setting.of(small(replenishment={**rules, "filling": {"fill_below_share": share}}), 0), 0)
        assert by.fill_at[0] == round(share * 100) * capacity // 100


def test_rounds_are_at_the_times_given_or_every_so_many_minutes_from_opening(small):
    given = small(replenishment={"refill_minutes": 300, "filling": {"rounds": ["22:30", "05:00", "13:00", "05:00"]}})
    assert (rounds_s(given, NINE, 22 * HOUR) / HOUR).tolist() == [5, 13, 22.5]
    every = small(replenishment={"refill_minutes": 300, "filling": {}})
    assert (rounds_s(every, NINE, 22 * HOUR) / HOUR).tolist() == [9, 14, 19]
