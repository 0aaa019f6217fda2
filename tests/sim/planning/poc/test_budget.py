"""Minutes are divided so that they are kept, and a replay is as fast as its requests need and no faster."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.planning.poc import budget
from sim.records.decisions.poc import STAGES
from sim.records.refusal import Refusal

TIME_S = st.floats(0.1, 1e5)


@given(TIME_S, st.floats(0.0, 1e4), st.sets(st.sampled_from(STAGES)))
def test_what_is_left_is_divided_whole_and_no_stage_gets_less_than_its_least(total_s, chain_s, left):
    share_s = budget.shares(total_s, chain_s, left)
    least_s = budget.shares(0.0, chain_s, left)
    assert set(share_s) == left
    assert all(share_s[name] >= least_s[name] for name in left)
    whole_s = sum(share_s.values()) + budget.PAGES_S
    if {"replay", "capacity"} & left and total_s >= sum(least_s.values()) + budget.PAGES_S:
        assert whole_s == pytest.approx(total_s)
    assert whole_s <= max(total_s, sum(least_s.values()) + budget.PAGES_S) * (1 + 1e-9)


@given(st.floats(0.0, 1e4))
def test_a_budget_too_small_is_refused_with_the_least_which_is_then_enough(chain_s):
    with pytest.raises(Refusal, match="--minutes: expected at least") as refused:
        budget.require(0.5, chain_s)
    least = float(refused.value.expected.split()[2].rstrip(","))
    budget.require(least, chain_s)
    with pytest.raises(Refusal):
        budget.require(least - 0.11, chain_s)


@given(st.floats(1, 1e6), st.floats(0.01, 100), st.floats(1.0, 3.0), st.floats(5, 1e5), st.floats(3, 1e3))
def test_a_replay_sends_its_journeys_in_its_time_and_is_never_below_the_peak(
    journeys, per_s, least, longest_s, highest
):
    pace = budget.pace(journeys, per_s, least, longest_s, highest)
    assert least <= pace.time_scale <= max(least, highest)
    assert pace.judged_s <= longest_s
    sent = pace.judged_s * per_s * pace.time_scale
    assert sent >= journeys * (1 - 1e-9) or pace.time_scale == max(least, highest)
    if pace.time_scale > least:
        assert pace.judged_s == longest_s, "faster than the peak only where its time is used up"
