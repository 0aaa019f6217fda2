"""What each stage of a proof of concept shows: nothing that was not shown is passed, and load beyond the peak proves nothing about the peak."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.evidence.statistics.replications import Interval
from sim.planning.poc import findings
from sim.records.capacity import Capacity
from sim.records.decisions.poc import STAGES, ProofOfConcept, StageLine
from sim.records.oversell import Race
from sim.records.verdict import Verdict
from sim.study.compare import Difference

from ..gates.records import FAILS_IN_TIME, FAILS_LATE, capacity, race, stage, stock, verdict

STATES = ("pass", "fail", "inconclusive", "invalid", "not shown", "informs")


def poc(states):
    lines = [
        StageLine(stage=name, state=state, finding="", began_at="", took_s=30.0)
        for name, state in zip(STAGES, states, strict=False)
    ]
    return ProofOfConcept(
        host="http://127.0.0.1:9", adapter="shop", adapter_sha256="", scenario="pilot", scenario_hash="", replications=2, stores=2,
        currency="CNY", targets=[], at_least=None, minutes=15.0, stages=lines,
    )  # fmt: skip


@given(st.lists(st.sampled_from(STATES), max_size=len(STAGES)))
def test_a_proof_passes_only_where_every_stage_was_done_and_none_is_open(states):
    left = STAGES[len(states) :]
    found = findings.conclude(poc(states), left)
    if "fail" in states:
        assert found.decision == "fail"
    elif "invalid" in states:
        assert found.decision == "invalid"
    elif left or {"inconclusive", "not shown"} & set(states):
        assert found.decision == "inconclusive"
    else:
        assert found.decision == "pass"
    assert found.sentence.startswith(found.decision.capitalize())
    assert all(name in found.sentence for name, state in zip(STAGES, states, strict=False) if state != "informs")
    assert all(name in found.sentence for name in left)


def test_the_sentence_names_each_stage_once_the_worst_first():
    found = findings.conclude(poc(["inconclusive", "informs", "fail", "pass", "pass", "not shown", "informs"]))
    assert found.sentence == (
        "Fail: replay failed; adapter check not decided; race not shown; capacity and stock truth passed; it took 3.5 min."
    )


@pytest.mark.parametrize(
    ("judged", "times_peak", "state"),
    [
        ({"decision": "fail", "findings": FAILS_LATE}, 1.0, "fail"),
        ({"decision": "fail", "findings": FAILS_LATE}, 9.0, "inconclusive"),
        ({"decision": "fail", "findings": FAILS_IN_TIME}, 9.0, "fail"),
        ({}, 9.0, "pass"),
        ({"decision": "invalid"}, 1.0, "invalid"),
    ],
)
def test_lateness_beyond_the_peak_decides_nothing_and_errors_in_time_do(judged, times_peak, state):
    found = findings.of_replay(Verdict.model_validate(verdict(**judged)), times_peak)
    assert found.state == state
    assert ("9 × the peak" in found.finding) is (times_peak > 1)
    assert ("A load beyond the peak may explain it" in found.finding) is (state == "inconclusive")


def test_stock_that_was_not_read_or_not_ordered_from_is_not_shown():
    of = lambda *readings: findings.of_stock(Verdict.model_validate(verdict(stock=readings)))  # noqa: E731
    assert [of().state, of(stock(10, 10, 0)).state] == ["not shown", "not shown"]
    assert [of(stock(10, 0, 10)).state, of(stock(5, 0, 9)).state] == ["pass", "fail"]


@pytest.mark.parametrize(("at_least", "state"), [(None, "pass"), (4, "pass"), (5, "inconclusive"), (6, "fail")])
def test_capacity_is_of_the_stores_asked_for_or_of_the_scenario(at_least, state):
    assert findings.of_capacity(Capacity.model_validate(capacity(at_least=at_least))).state == state


def test_a_platform_that_does_not_carry_the_scenarios_own_stores_fails():
    small = capacity(stages=[stage(0.4, "pass", "a"), stage(0.5, "fail", "b")])
    assert findings.of_capacity(Capacity.model_validate(small)).state == "fail"


def test_a_race_has_its_own_decision():
    assert findings.of_race(Race.model_validate(race(decision="fail"))).state == "fail"


def test_the_chain_after_is_compared_in_waits_and_lost_sales_with_intervals():
    differences = [
        Difference("mean_wait_s", "s", "lower", Interval(30, 29, 31, 5), Interval(33, 32, 34, 5), Interval(3, 2, 4, 5)),
        Difference("lost_sales_per_day", "currency/day", "lower", Interval(200, 191, 209, 5), Interval(199, 190, 208, 5), Interval(-1, -5, 3, 5)),
        Difference("mean_wait_priority_s", "s", "lower", *[Interval(*[float("nan")] * 3, 0)] * 3),
    ]  # fmt: skip
    found, changes = findings.of_after(differences, extrapolated=True)
    assert found.finding == (
        "Under the measured service the mean wait is worse (+10 %), the value of lost sales is not told apart (−0.5 %). "
        "Some load lay outside the range that the service profile measured."
    )
    assert [(each.kpi, each.low, each.high) for each in changes] == [
        ("mean_wait_s", 2, 4),
        ("lost_sales_per_day", -5, 3),
    ]
