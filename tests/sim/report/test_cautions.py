"""What the intervals of a table cannot show stands below it, in both languages."""

import pytest

from sim.evidence.run_comparison import Difference
from sim.evidence.statistics.replications import Interval
from sim.report.cautions import of_comparison


def difference(kpi, change, asked=0.0):
    return Difference(kpi, "share of customers", "lower", change, change, change, asked=asked)


UNSEEN = Interval(0.0, -0.0027, 0.0027, 5, 0.0)


def test_events_that_were_not_seen_are_named_with_the_most_that_they_can_be():
    found = [difference("turned_away", UNSEEN, 43_658.0), difference("payment_lost", UNSEEN, 43_658.0)]
    assert of_comparison(found) == [
        "Nothing seen in 43,658 customers of: turned_away and payment_lost; at most 0.27 % (95 %)."
    ]
    (chinese,) = of_comparison(found, "zh")
    assert "0.27%" in chinese
    assert not any(word in chinese for word in ("turned", "customer"))


@pytest.mark.parametrize(("bursts", "would_do"), [(1.0, 25), (1.5, 17)])
def test_few_bursts_ask_for_the_replications_that_would_show_five(bursts, would_do):
    (sentence,) = of_comparison([difference("abandonment", Interval(0.01, 0.0, 0.05, 5, bursts))])
    assert sentence.startswith("Few replications")
    assert f"{would_do} replications would do" in sentence


@pytest.mark.parametrize("bursts", [0.0, 2.0, float("inf")])
def test_many_bursts_none_and_students_t_need_no_caution(bursts):
    assert of_comparison([difference("abandonment", Interval(0.01, 0.0, 0.05, 5, bursts))]) == []
