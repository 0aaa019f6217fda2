"""What holds on any day, however its regimes change: every unit and every customer is accounted for, whatever the blocks."""

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.chain.store.engine import ReserveRule

POSITIONS = 4
quarters = st.integers(0, 60).map(lambda q: q / 4)
customers = st.lists(
    st.fixed_dictionaries(
        {
            "arrives": quarters,
            "service": quarters,
            "shops": st.sampled_from([0.0, 0.25, 3.0]),
            "patience": st.one_of(st.just(math.inf), quarters),
            "wants": st.dictionaries(st.integers(0, 3), st.integers(1, 3), min_size=1).map(
                lambda lines: tuple(sorted(lines.items()))
            ),
            "per_unit": st.sampled_from([0.0, 0.5]),
            "channel": st.integers(0, 2),
            "has_cash": st.booleans(),
            "self_checkout_u": st.sampled_from([0.25, 0.75]),
            "priority": st.booleans(),
            "redo": st.sampled_from([0.0, 0.5]),
        }
    ),
    max_size=20,
)
regimes = st.lists(
    st.tuples(
        quarters,
        st.fixed_dictionaries(
            {},
            optional={
                "doors": st.booleans(),
                "working": st.booleans(),
                "online": st.booleans(),
                "channels": st.tuples(*[st.booleans()] * 3),
                "factors": st.tuples(*[st.sampled_from([0.0, 1.0, 1.5])] * POSITIONS),
                "broken": st.tuples(*[st.sampled_from([False, False, True])] * POSITIONS),
                "reserve": st.tuples(*[st.sampled_from([0.0, 1.0])] * 3),
                "clerk_factor": st.sampled_from([1.0, 1 / 0.7]),
                "falls_back": st.booleans(),
            },
        ),
    ),
    max_size=8,
    unique_by=lambda change: change[0],
).map(lambda changes: sorted(changes, key=lambda change: change[0]))
stores = st.fixed_dictionaries(
    {
        "stock": st.tuples(*[st.integers(0, 12)] * 4),
        "line_per_till": st.booleans(),
        "line_limit": st.sampled_from([-1, 0, 2]),
        "self_checkout_lines": st.integers(0, 2),
        "unmet": st.sampled_from(["lost", "backordered", "substituted"]),
        "substitution_share": st.sampled_from([0.5, 1.0]),
        "backups": st.sampled_from([(), (1,)]),
        "reserve": st.sampled_from([None, ReserveRule(0.0, 0.0, 0.25), ReserveRule(1.0, 0.5, 0.0)]),
    }
)


def store(day, given, **more):
    group = np.array([1, 2, 0, 3], dtype=np.int32)
    return day(tills=3, self_checkouts=1, next_in_group=group, **given, **more)


@settings(max_examples=150, deadline=None)
@given(given=stores, customers=customers, changes=regimes)
def test_units_and_customers_are_accounted_for_at_every_event(day, visit, sheet, given, customers, changes):
    visits = sheet([visit(**customer) for customer in customers])
    a_day = store(day, given)
    result = a_day.play(visits, changes)

    ledger = a_day.ledger
    customer = np.repeat(np.arange(len(visits)), np.diff(visits.line_start))
    paid = result.fate[customer] == 0
    sold = np.bincount(visits.line_sku[paid], result.got[paid], minlength=4)
    sold += np.bincount(np.maximum(result.substitute_sku[paid], 0), result.substituted[paid], minlength=4)
    assert ledger.sold[0].tolist() == sold.tolist()
    assert (ledger.sold[0] + ledger.shelf[0]).tolist() == list(given["stock"])
    assert ((result.fate >= 0) & (result.fate <= 4)).all()
    assert (result.ended_s >= visits.arrival_s).all()
    assert (np.isnan(result.joined_s) == np.isin(result.fate, [2, 4])).all()
    assert ((result.got + result.substituted) <= visits.line_units).all()


@settings(max_examples=80, deadline=None)
@given(given=stores, customers=customers, changes=regimes, cuts=st.sets(quarters, max_size=10))
def test_no_cut_changes_a_day(day, visit, sheet, given, customers, changes, cuts):
    visits = sheet([visit(**customer) for customer in customers])
    whole = store(day, given, checked=False).play(visits, changes)
    cut = store(day, given, checked=False).play(visits, changes, cuts=sorted(cuts))
    for name, column in whole.columns().items():
        np.testing.assert_array_equal(column, cut.columns()[name], err_msg=name)


@settings(max_examples=80, deadline=None)
@given(given=stores, customers=customers)
def test_a_position_serves_one_customer_at_a_time_and_none_waits_before_an_idle_one(
    day, visit, sheet, given, customers
):
    visits = sheet([visit(**customer) for customer in customers])
    result = store(day, given, checked=False).play(visits)
    for position in range(POSITIONS):
        on = np.flatnonzero(result.till == position)
        on = on[np.lexsort((result.ended_s[on], result.started_s[on]))]
        assert (result.ended_s[on][:-1] <= result.started_s[on][1:]).all()
    if not given["line_per_till"]:
        waited = np.flatnonzero((result.started_s > result.joined_s) & (result.till < 3))
        for i in waited.tolist():
            others = (result.till >= 0) & (result.till < 3)
            busy = others & (result.started_s <= result.joined_s[i]) & (result.ended_s > result.joined_s[i])
            assert busy.sum() == 3
