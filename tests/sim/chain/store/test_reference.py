"""The engines against plain references on random days full of ties: c tills and one line, by the recursion of Kiefer and Wolfowitz; with
two classes of customers, event by event."""

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from sim.chain.store.engine import ReserveRule

quarters = st.integers(0, 40).map(lambda q: q / 4)
customers = st.lists(
    st.fixed_dictionaries(
        {
            "arrives": quarters,
            "service": quarters,
            "shops": st.sampled_from([0.0, 0.0, 0.25, 3.0]),
            "patience": st.one_of(st.just(math.inf), quarters),
        }
    ),
    max_size=25,
).map(lambda drawn: sorted(drawn, key=lambda customer: customer["arrives"]))


def recursion(customers, tills, limit):
    """(fate, start, till) of each customer: the next in line takes the till that is free first, the lowest number on a tie."""
    free, left_line, fates = [0.0] * tills, [], {}
    joining = sorted(range(len(customers)), key=lambda i: (customers[i]["arrives"] + customers[i]["shops"], i))
    for i in joining:
        joins = customers[i]["arrives"] + customers[i]["shops"]
        if limit >= 0 and min(free) > joins and sum(t > joins for t in left_line) >= limit:
            fates[i] = (2, None, -1)
            continue
        start = max(joins, min(free))
        if start > joins + customers[i]["patience"]:
            fates[i] = (1, None, -1)
            left_line.append(joins + customers[i]["patience"])
        else:
            till = next(k for k in range(tills) if free[k] <= start)
            fates[i] = (0, start, till)
            free[till] = start + customers[i]["service"]
            left_line.append(start)
    return [fates[i] for i in range(len(customers))]


def event_by_event(customers, tills, limit):
    """The same where customers have a class: a till that becomes free takes who joined first of the priority class, else of the others."""
    joins = [customer["arrives"] + customer["shops"] for customer in customers]
    joining = sorted(range(len(customers)), key=lambda i: (joins[i], i))
    ends, line, fates = {}, [], {}

    def serve(i, till, now):
        fates[i] = (0, now, till)
        ends[till] = now + customers[i]["service"]

    while joining or line:
        events = [(t, 0, till) for till, t in ends.items()]
        events += [(joins[i] + customers[i]["patience"], 1, i) for i in line]
        events += [(joins[i], 2, i) for i in joining[:1]]
        now, kind, which = min(events)
        if kind == 0:
            del ends[which]
            if line:
                first = min(line, key=lambda i: (not customers[i].get("priority"), line.index(i)))
                line.remove(first)
                serve(first, which, now)
        elif kind == 1:
            line.remove(which)
            fates[which] = (1, None, -1)
        else:
            joining.pop(0)
            idle = [till for till in range(tills) if till not in ends]
            if idle:
                serve(which, idle[0], now)
            elif 0 <= limit <= len(line):
                fates[which] = (2, None, -1)
            else:
                line.append(which)
    return [fates[i] for i in range(len(customers))]


def played(result):
    rows = zip(result.fate.tolist(), result.started_s.tolist(), result.till.tolist(), strict=True)
    return [(fate, None if math.isnan(start) else start, till) for fate, start, till in rows]


@settings(max_examples=200, deadline=None)
@given(customers=customers, tills=st.integers(1, 4), limit=st.sampled_from([-1, 0, 1, 3]))
def test_random_days_follow_the_recursion(day, visit, customers, tills, limit):
    result = day(tills=tills, line_limit=limit, checked=False).play([visit(**customer) for customer in customers])
    assert played(result) == recursion(customers, tills, limit) == event_by_event(customers, tills, limit)


@settings(max_examples=200, deadline=None)
@given(
    customers=customers,
    classes=st.lists(st.booleans(), min_size=25, max_size=25),
    tills=st.integers(1, 3),
    limit=st.sampled_from([-1, 0, 3]),
)
def test_random_days_of_two_classes_follow_the_rule_event_by_event(day, visit, customers, classes, tills, limit):
    customers = [customer | {"priority": first} for customer, first in zip(customers, classes, strict=False)]
    result = day(tills=tills, line_limit=limit, checked=False).play([visit(**customer) for customer in customers])
    assert played(result) == event_by_event(customers, tills, limit)


@settings(max_examples=50, deadline=None)
@given(customers=customers, tills=st.integers(1, 3), line_per_till=st.booleans(), cuts=st.sets(quarters, max_size=20))
def test_cutting_a_day_into_blocks_changes_nothing(day, visit, customers, tills, line_per_till, cuts):
    store = {"tills": tills, "line_per_till": line_per_till, "checked": False}
    visits = [visit(**customer) for customer in customers]
    whole, cut = day(**store).play(visits), day(**store).play(visits, cuts=sorted(cuts))
    assert whole.ended_s.tolist() == cut.ended_s.tolist()
    assert whole.till.tolist() == cut.till.tolist()


def with_reserve(customers, tills, spare, rule):
    """(fate, start, till) of each customer of one line before `tills` tills and `spare` that the reserve opens, and the time those are open."""
    joins = [customer["arrives"] + customer["shops"] for customer in customers]
    joining = sorted(range(len(customers)), key=lambda i: (joins[i], i))
    ends, line, coming, since, fates, open_s = {}, [], [], {}, {}, 0.0

    def idle():
        return [till for till in (*range(tills), *sorted(since)) if till not in ends]

    def serve(i, till, now):
        fates[i] = (0, now, till)
        ends[till] = now + customers[i]["service"]

    def close(till, now):
        nonlocal open_s
        if till in since and till not in ends and len(line) <= rule.close_at * (tills + len(since) - 1):
            open_s += now - since.pop(till)

    while joining or line or ends:
        events = [(t, 0, k) for k, t in enumerate(coming)] + [(t, 1, till) for till, t in ends.items()]
        events += [(joins[i] + customers[i]["patience"], 2, i) for i in line]
        events += [(joins[i], 3, i) for i in joining[:1]]
        now, kind, which = min(events)
        if kind == 0:
            del coming[which]
            since[min(set(range(tills, tills + spare)) - set(since))] = now
        elif kind == 1:
            del ends[which]
            close(which, now)
        elif kind == 2:
            line.remove(which)
            fates[which] = (1, None, -1)
        else:
            line.append(joining.pop(0))
        while line and idle():
            serve(line.pop(0), idle()[0], now)
        for till in sorted(since, reverse=True):
            close(till, now)
        while len(since) + len(coming) < spare and len(line) > rule.open_above * (tills + len(since) + len(coming)):
            coming.append(now + rule.opens_s)
    return [fates[i] for i in range(len(customers))], open_s


@settings(max_examples=200, deadline=None)
@given(
    customers=customers,
    tills=st.integers(0, 2),
    spare=st.integers(1, 3),
    rule=st.builds(
        lambda above, share, opens_s: ReserveRule(above, above * share, opens_s),
        st.sampled_from([0.0, 0.5, 1.0, 2.0]),
        st.sampled_from([0.0, 0.5, 1.0]),
        st.sampled_from([0.0, 0.25, 2.0]),
    ),
)
def test_random_days_of_a_reserve_follow_the_rule_event_by_event(day, visit, customers, tills, spare, rule):
    regime = {"factors": (1.0,) * tills + (0.0,) * spare, "reserve": (0.0,) * tills + (1.0,) * spare}
    a_day = day(tills=tills + spare, reserve=rule, checked=False)
    result = a_day.play([visit(**customer) for customer in customers], [(0, regime)])
    fates, open_s = with_reserve(customers, tills, spare, rule)
    assert played(result) == fates
    assert result.reserve_s.sum() == open_s
