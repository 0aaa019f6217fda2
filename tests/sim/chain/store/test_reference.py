"""The engines against plain references on random days full of ties: c tills and one line, by the recursion of Kiefer and Wolfowitz; with
two classes of customers, event by event."""

import math

from hypothesis import given, settings
from hypothesis import strategies as st

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
