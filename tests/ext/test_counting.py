"""A store-day counted in one pass is what a plain reading of docs/trading.md, section 13, counts."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from ext.counting import COUNTERS, store_day
from sim.chain.store.engine import VISIT

DAY_S, HOUR_S = 86_400.0, 3_600.0
PRICE = np.array([1.0, 10.0, 100.0, 1000.0])
TILLS, TARGET_S = 2, 600.0
REGIMES = [
    (0.0, 0, False, True, True),
    (30_600.0, 2, True, True, True),
    (40_500.0, 1, True, False, False),
    (45_000.0, 1, False, True, True),
    (54_000.0, 2, True, True, False),
    (72_000.0, 2, False, True, False),
]
"""From when, tills staffed, whether doors are open, tills work, the system is in reach; the doors' third spell is dark."""
OPENS_S, CLOSES_S = 30_600.0, 72_000.0
CAUSES = ("shelf", "queue", "payment", "closed", "outage")

instants = st.integers(0, 24 * 4 - 1).map(lambda quarter: quarter * 900.0)


@st.composite
def visits(draw):
    """One customer: fate, arrival, joining, beginning, leaving, position, and lines (SKU, wanted, got, other SKU, instead)."""
    fate = draw(st.integers(0, 4))
    arrived, joined, began, left = sorted(draw(st.lists(instants, min_size=4, max_size=4)))
    if fate == 2:
        joined = began = np.nan
    elif fate in (3, 4) or (fate == 1 and draw(st.booleans())):
        began = np.nan
    lines = []
    for sku in draw(st.sets(st.integers(0, 3), max_size=4)):
        wanted = draw(st.integers(1, 3))
        got = draw(st.integers(0, wanted)) if fate < 2 else 0
        instead = draw(st.integers(0, wanted - got)) if fate < 2 else 0
        lines.append((sku, wanted, got, (sku + 1) % 4 if instead else -1, instead))
    return fate, arrived, joined, began, left, draw(st.integers(0, 3)), draw(st.booleans()), lines


def counted(customers, midnight_s, backordered):
    customers = sorted(customers, key=lambda visit: visit[1])
    fate, arrived, joined, began, left, position, offline, lines = (
        zip(*customers, strict=True) if customers else [()] * 8
    )
    flat = np.array([line for basket in lines for line in basket], dtype=np.int32).reshape(-1, 5)
    table = np.empty(len(customers), dtype=VISIT)
    table["system_s"], table["attribute_s"] = np.arange(len(customers)), 2 * np.arange(len(customers))
    table["fate"], table["till"], table["offline"] = fate, position, offline
    for name, instant in (("joined_s", joined), ("started_s", began), ("ended_s", left)):
        table[name] = midnight_s + np.array(instant, dtype=np.float64)
    return store_day(
        midnight_s,
        midnight_s + DAY_S - 1,
        arrival_s=midnight_s + np.array(arrived, dtype=np.float64),
        line_start=np.concatenate([[0], np.cumsum([len(basket) for basket in lines])]).astype(np.int64),
        line_sku=flat[:, 0].copy(),
        line_units=flat[:, 1].copy(),
        visits=table,
        got=flat[:, 2].copy(),
        substitute_sku=flat[:, 3].copy(),
        substituted=flat[:, 4].copy(),
        price=PRICE,
        since_s=midnight_s + np.array([regime[0] for regime in REGIMES]),
        staffed=np.array([regime[1] for regime in REGIMES], dtype=np.int32),
        doors=np.array([regime[2] for regime in REGIMES], dtype=np.uint8),
        working=np.array([regime[3] for regime in REGIMES], dtype=np.uint8),
        online=np.array([regime[4] for regime in REGIMES], dtype=np.uint8),
        opens_s=OPENS_S,
        closes_s=CLOSES_S,
        tills=TILLS,
        wait_target_s=TARGET_S,
        swaps=True,
        backordered=backordered,
    )


def plain(customers, backordered):
    hours = {name: np.zeros(24) for name in COUNTERS}

    def add(name, t, value):
        hours[name][int(t // HOUR_S)] += value

    for n, (fate, arrived, joined, began, left, position, offline, lines) in enumerate(
        sorted(customers, key=lambda v: v[1])
    ):
        add("customers", arrived, 1)
        name = ("tickets", "abandoned", "turned_away", "payment_lost", None)[fate]
        if name:
            add(name, left, 1)
        if position < TILLS and began == began:
            for quarter in np.arange(began, left, 900.0):
                add("till_busy_s", quarter, 900.0)
        if fate == 0:
            add("wait_s", began, began - joined)
            add("waits_over_target", left, began - joined > TARGET_S)
            add("ticket_handling_s", left, left - began)
            add("system_s", left, n)
            add("attribute_entry_s", left, 2 * n)
            add("offline_tickets", left, offline)
            add("self_checkout_tickets", left, position >= TILLS)
        if fate == 1 and joined == joined:
            waited_s = (left if began != began else began) - joined
            add("abandoned_waits", left, 1)
            add("abandoned_wait_s", left, waited_s)
            add("abandoned_waits_over_target", left, waited_s > TARGET_S)
        looked = joined == joined or fate == 4
        for sku, wanted, got, other, instead in lines:
            add("demanded_units", arrived, wanted)
            sold = got + instead if fate == 0 else 0
            lost = wanted - sold if fate or not backordered else 0
            add("lost_units", left, lost)
            add("lost_value", left, lost * PRICE[sku])
            short = wanted - got - instead if looked and (fate == 4 or not backordered) else 0
            for cause, units in (("shelf", min(short, lost)), (cause_of(fate, arrived, left), lost - min(short, lost))):
                add(f"lost_{cause}_units", left, units)
                add(f"lost_{cause}_value", left, units * PRICE[sku])
            if looked:
                add("short_units", left, wanted - got)
            if fate == 0:
                add("sold_units", left, sold)
                for value in ("sales_value", "ticket_value"):
                    add(value, left, got * PRICE[sku] + instead * PRICE[other])
                add("ticket_units", left, sold)
                add("ticket_lines", left, (got + instead) > 0)
                add("substituted_units", left, instead)
                add("backordered_units", left, wanted - sold if backordered else 0)
            if fate == 1:
                add("abandoned_units", left, got + instead)
    left = [visit[4] for visit in customers if visit[2] == visit[2]]
    last = max([72_000.0, *left])
    for (since, staffed, doors, _, online), (until, *_) in zip(REGIMES, [*REGIMES[1:], (DAY_S,)], strict=True):
        for quarter in np.arange(since, until, 900.0):
            add("till_open_s", quarter, 900.0 * staffed * (quarter < last))
            add("opening_s", quarter, 900.0 * doors)
            add("outage_s", quarter, 900.0 * (doors and not online))
    return hours


def cause_of(fate, arrived, left):
    """Why a customer who looked for nothing, or paid nothing, left."""

    def regime(t):
        return next(regime for regime in reversed(REGIMES) if regime[0] <= t)

    if fate == 3:
        return "payment"
    if fate == 2 and not regime(arrived)[2]:
        return "outage" if OPENS_S <= arrived < CLOSES_S else "closed"
    return "queue" if regime(left)[3] else "outage"


@given(st.lists(visits(), max_size=12), st.sampled_from([0.0, 300 * DAY_S]), st.booleans())
def test_one_pass_counts_what_a_plain_reading_counts(customers, midnight_s, backordered):
    expected = plain(customers, backordered)
    for name, found in zip(COUNTERS, counted(customers, midnight_s, backordered), strict=True):
        assert found.tolist() == expected[name].tolist(), name


def test_who_leaves_at_midnight_counts_in_the_last_hour():
    visit = (1, 80_000.0, 80_000.0, 82_800.0, DAY_S, 0, False, [(2, 1, 1, -1, 0)])
    hours = dict(zip(COUNTERS, counted([visit], 0.0, False), strict=True))
    assert hours["abandoned"][23] == hours["abandoned_units"][23] == 1
    assert hours["till_busy_s"].tolist() == [0] * 23 + [HOUR_S - 1]
