"""The SimPy engine against a plain reference on random days full of ties: the recursion of Kiefer and Wolfowitz for c tills and one line."""

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


@settings(max_examples=200, deadline=None)
@given(customers=customers, tills=st.integers(1, 4), limit=st.sampled_from([-1, 0, 1, 3]))
def test_random_days_follow_the_recursion(day, visit, customers, tills, limit):
    result = day(tills=tills, line_limit=limit, checked=False).play([visit(**customer) for customer in customers])
    played = [
        (fate, None if math.isnan(start) else start, till)
        for fate, start, till in zip(result.fate.tolist(), result.started_s.tolist(), result.till.tolist(), strict=True)
    ]
    assert played == recursion(customers, tills, limit)


@settings(max_examples=50, deadline=None)
@given(customers=customers, tills=st.integers(1, 3), line_per_till=st.booleans(), cuts=st.sets(quarters, max_size=20))
def test_cutting_a_day_into_blocks_changes_nothing(day, visit, customers, tills, line_per_till, cuts):
    store = {"tills": tills, "line_per_till": line_per_till, "checked": False}
    visits = [visit(**customer) for customer in customers]
    whole, cut = day(**store).play(visits), day(**store).play(visits, cuts=sorted(cuts))
    assert whole.ended_s.tolist() == cut.ended_s.tolist()
    assert whole.till.tolist() == cut.till.tolist()
