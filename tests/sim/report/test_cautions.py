"""What the intervals of a table cannot show stands below it, in both languages."""

import pytest

from sim.evidence.run_comparison import Difference
from sim.evidence.several_runs import PairOfRuns
from sim.evidence.statistics.replications import Interval
from sim.report.cautions import of_comparison, of_several
from sim.report.several_runs import SeveralRuns


def difference(kpi, change, asked=0.0):
    return Difference(kpi, "share of customers", "lower", change, change, change, asked=asked)


UNSEEN = Interval(0.0, -0.0027, 0.0027, 5, 0.0)


def test_events_that_were_not_seen_are_named_with_the_most_that_they_can_be():
    found = [difference("turned_away", UNSEEN, 43_658.0), difference("payment_lost", UNSEEN, 43_658.0)]
    assert of_comparison(found) == [
        "Nothing seen in 43,658 customers of: customers turned away and customers who could not pay; at most 0.27 % (95 %)."
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


def several(*pairs):
    """Of each pair its differences."""
    found = tuple(PairOfRuns(0, n, {each.kpi: each for each in pair}) for n, pair in enumerate(pairs, 1))
    return SeveralRuns((), (), found, 0.95, ())


def test_what_holds_of_several_pairs_stands_once():
    wider = Interval(0.0, -0.004, 0.004, 5, 0.0)
    few, fewer, many = (Interval(0.01, 0.0, 0.05, 5, bursts) for bursts in (1.5, 1.0, 9.0))
    found = several(
        [difference("turned_away", UNSEEN, 900.0), difference("abandonment", few), difference("fill_rate", many)],
        [difference("turned_away", wider, 900.0), difference("abandonment", fewer), difference("fill_rate", many)],
    )
    unseen, doubtful = of_several(found)
    assert unseen == "Nothing seen in 900 customers of: customers turned away; at most 0.4 % (95 %)."
    assert "what is known of abandonment; 25 replications would do" in doubtful
    assert of_several(several([difference("abandonment", few)]))[0].endswith("17 replications would do.")


def test_an_event_that_some_pairs_showed_is_not_called_unseen():
    seen = Interval(0.01, 0.005, 0.02, 5, 9.0)
    assert of_several(several([difference("turned_away", UNSEEN, 900.0)], [difference("turned_away", seen)])) == []
