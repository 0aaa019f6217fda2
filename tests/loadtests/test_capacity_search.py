"""The search for capacity: it brackets what is there, in few stages and in bounded time, and one stage is a load test like any other."""

from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.capacity_search import (
    AROUND_S,
    CLOSE,
    CONCLUDES_S,
    STRIDE,
    Next,
    Pace,
    busiest_from,
    following,
    hold_stage,
    most_under,
    requests_for,
    search,
    toward,
)
from loadtests.planning.plan import Plan
from sim.evidence.capacity.headroom import answer, bracket, carried, state
from sim.evidence.statistics.intervals import share_high
from sim.evidence.verdict.targets import parse
from sim.records.capacity import Capacity, Scaling, Stage
from sim.records.load_run import BY_HAND
from sim.records.refusal import Refusal
from sim.report.pages.capacity import write_capacity, write_capacity_junit


def stage(factor, decision="pass", stable=True, unmet=(), thorough=True, length_s=30.0):
    return Stage(
        factor=factor, run="", length_s=length_s, took_s=length_s + 30.0, journeys_per_s=8 * factor,
        requests=round(40 * factor * length_s), requests_per_s=40 * factor, answered_per_s=40 * factor,
        concurrency=4 * factor, mean_s=0.1, p95_s=0.2, decision=decision, sentence="", stable=stable, unmet=list(unmet), thorough=thorough,
    )  # fmt: skip


def capacity(*stages, scaling=None, unfinished=""):
    result = Capacity(
        host="http://127.0.0.1:1", scenario="peak", scenario_hash="", targets=["mean=2s"], stores=50, peak_from_s=0,
        peak_requests_per_s=40, stages=list(stages), scaling=scaling, unfinished=unfinished,
    )  # fmt: skip
    return result.model_copy(update={"sentence": state(result)})


def played(truth):
    """A platform that carries `truth` times the peak; short stages there decide nothing, as they have too few requests."""

    def play(step, length_s, number):
        if step.factor > truth:
            return stage(
                step.factor,
                "fail",
                stable=False,
                unmet=["mean of all requests"],
                thorough=step.thorough,
                length_s=length_s,
            )
        decision = "pass" if step.thorough else "inconclusive"
        return stage(step.factor, decision, thorough=step.thorough, length_s=length_s)

    return play


def searched(truth, minutes=1e6, most=64.0, journeys_per_s=8.0, asked=None):
    """A search, and its pace, whose clock stands where the last stage ended."""
    ended = [0.0]
    pace = Pace(
        journeys_per_s, requests_for(parse(["availability=99%"])), 15.0, minutes, 0.0, most, asked, lambda: ended[0]
    )
    play = played(truth)

    def timed(*step):
        done = play(*step)
        ended[0] += done.took_s
        return done

    *_, result = search(capacity(), pace, timed)
    return result, pace


@given(st.floats(1e-3, 60), st.floats(0.1, 50))
def test_the_search_brackets_what_is_carried(truth, journeys_per_s):
    result, _ = searched(truth, journeys_per_s=journeys_per_s)
    proven, (_, broke) = carried(result.stages), bracket(result.stages)
    assert proven.factor <= truth < broke.factor
    assert broke.factor <= CLOSE * proven.factor
    assert len(result.stages) <= 18


@given(st.floats(1e-3, 60), st.floats(2, 30))
def test_no_search_takes_longer_than_it_may_and_one_cut_short_is_marked_unfinished(truth, minutes):
    result, pace = searched(truth, minutes)
    assert sum(each.took_s for each in result.stages) <= 60 * minutes - CONCLUDES_S
    proven, (_, broke) = carried(result.stages), bracket(result.stages)
    narrow = proven and broke and broke.factor <= CLOSE * proven.factor
    assert bool(result.unfinished) != bool(narrow)
    assert pace.left_s >= 0


@given(st.floats(1e-3, 60), st.floats(1e-2, 60))
def test_whether_so_much_is_carried_is_decided_in_fewer_stages_than_the_most_is_found(truth, asked):
    result, _ = searched(truth, asked=asked)
    assert answer(result.stages, asked) == ("pass" if asked <= truth else "fail")
    assert all(each.factor <= asked for each in result.stages), "nothing above it is asked of the API"
    assert len(result.stages) <= len(searched(truth)[0].stages)


@pytest.mark.parametrize(
    ("stages", "asked", "decided"),
    [
        ([stage(1), stage(2, "fail")], 1.0, "pass"),
        ([stage(1), stage(2, "fail")], 2.0, "fail"),
        ([stage(1), stage(2, "fail")], 3.0, "fail"),
        ([stage(1), stage(2, "fail")], 1.5, "inconclusive"),
        ([stage(1), stage(2, stable=False)], 2.0, "fail"),
        ([stage(1), stage(2, "inconclusive")], 2.0, "inconclusive"),
        ([stage(1), stage(2, "inconclusive", thorough=False)], 2.0, "inconclusive"),
        ([stage(1), stage(2, stable=False, thorough=False)], 2.0, "inconclusive"),
        ([stage(1), stage(2, "invalid"), stage(2, "invalid")], 2.0, "invalid"),
        ([stage(1), stage(2, "invalid"), stage(2)], 2.0, "pass"),
        ([stage(1), stage(2, "fail")], None, "pass"),
        ([stage(1, "fail")], None, "fail"),
        ([], 1.0, "inconclusive"),
    ],
)
def test_so_many_stores_are_carried_broken_by_or_neither(stages, asked, decided):
    assert answer(stages, asked) == decided


def test_a_question_that_cannot_be_decided_ends_too():
    invalid = [stage(1, thorough=False), stage(2, "invalid"), stage(2, "invalid")]
    assert toward(invalid[:2], 1, 2) == Next(2, thorough=True)
    assert toward(invalid, 1, 2) is None
    assert toward([stage(1, "inconclusive")], 1, 2) is None
    assert toward([stage(5)], 1, 2) is None, "more was carried by the search that stood in the folder"


def test_what_a_stage_took_beyond_the_usual_grows_with_its_journeys():
    """For example orders to cancel: three times as many take three times as long."""
    now = [0.0]
    pace = Pace(8.0, 473, 15.0, 10.0, 0.0, 64.0, None, lambda: now[0])
    slow = stage(1, thorough=False, length_s=15.0).model_copy(update={"took_s": 15.0 + AROUND_S + 40.0})
    usual = slow.model_copy(update={"took_s": 15.0 + AROUND_S})
    step = Next(3.0, thorough=False)
    assert pace.spare_s(step, 15.0, [usual]) == pytest.approx(600 - CONCLUDES_S - 15 - AROUND_S)
    assert pace.spare_s(step, 15.0, [usual]) - pace.spare_s(step, 15.0, [slow]) == pytest.approx(3 * 40)


def test_a_search_on_two_cores_of_the_chain_of_50_ends_in_ten_minutes():
    """Stages took half a minute beside their length on Vendure."""
    result, _ = searched(0.5, minutes=10, journeys_per_s=8.38)
    assert not result.unfinished
    assert result.stages[0].factor < 0.1


def test_the_search_ends_at_its_bound():
    result, pace = searched(1000.0)
    factors = [each.factor for each in result.stages]
    assert factors[-1] == factors[-2] == 64, "the last is thorough"
    assert factors[1] == pytest.approx(STRIDE * pace.first)
    assert carried(result.stages).factor == 64


def test_an_invalid_stage_is_played_once_more_and_then_taken_for_what_it_is():
    once = [stage(1), stage(3, "invalid", thorough=False)]
    assert following(once, 1, 64) == Next(3, thorough=False)
    twice = [*once, stage(3, "invalid", thorough=False)]
    assert following(twice, 1, 64) == Next(pytest.approx(np.sqrt(3)), thorough=True)
    recovered = [*once, stage(3, thorough=False)]
    assert following(recovered, 1, 64) == Next(9, thorough=False)


@pytest.mark.parametrize(
    "short",
    [
        stage(3, "inconclusive", unmet=["availability of all requests"], thorough=False),
        stage(3, stable=False, thorough=False),
    ],
)
def test_a_short_stage_that_looks_bad_is_held_thoroughly_before_it_counts(short):
    looked_bad = [stage(1), short]
    assert following(looked_bad, 1, 64) == Next(3, thorough=True)
    assert following([*looked_bad, stage(3)], 1, 64) == Next(9, thorough=False)


@pytest.mark.parametrize("broken", [stage(4, "inconclusive"), stage(4, stable=False), stage(4, "fail")])
def test_what_was_not_shown_to_pass_for_good_was_not_carried(broken):
    stages = [stage(1), stage(2), broken]
    assert carried(stages).factor == 2
    assert following(stages, 1, 64) == Next(pytest.approx(np.sqrt(8)), thorough=True)


def test_a_thorough_stage_can_pass_with_a_failure_and_no_shorter_one_could():
    requests = requests_for(parse(["availability=99%", "p95=2s"]))
    assert share_high(1, requests) <= 0.01 < share_high(1, requests - 1)
    assert requests_for(parse([])) == 4742


def test_the_busiest_stretch_is_found():
    t = np.sort(np.concatenate([np.arange(0, 1000, 10.0), np.arange(400, 450, 1.0)]))
    assert 390 <= busiest_from(t, 60.0) <= 400
    assert busiest_from(np.array([3.0, 4.0]), 60.0) == 3.0


@pytest.mark.parametrize("cap_per_s", [20.0, 50.0, 500.0])
def test_no_stage_runs_into_the_rate_cap(cap_per_s):
    mean = most_under(cap_per_s, 8.38) * 8.38
    seconds = np.random.default_rng(1).poisson(mean, (100, 40))
    assert cap_per_s / 8 < mean < cap_per_s
    assert seconds.max() <= cap_per_s


LAW = Scaling(
    per_s_at_one=10, contention=0.03, coherency=0.002, knee=22, peak_per_s=93, peak_low_per_s=88, peak_high_per_s=99
)


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (capacity(stage(1), stage(2.1), stage(2.6, "fail")), "carries 50 stores at the peak with 2.1 × headroom"),
        (capacity(stage(0.5), stage(1, "fail")), "does not carry 50 stores at the peak, but 25 of them"),
        (capacity(stage(0.5), unfinished="time was up"), "was not shown to carry 50 stores at the peak, but 25 of them"),
        (capacity(stage(1, "fail")), "was not shown to carry 50 stores"),
        (capacity(stage(1), stage(2)), "2 × the peak (100 stores, 80 requests/s) passed, where the search ended at its bound"),
        (capacity(stage(1), stage(2, "invalid")), "the generator or its data came to an end first"),
        (capacity(stage(1), stage(2, stable=False)), "passed while its requests piled up"),
        (capacity(stage(1), stage(2, "inconclusive", thorough=False), stage(3, "fail")), "held in a stage too short to pass; 3 × the peak"),
        (capacity(stage(1), unfinished="time was up"), "The search is not at its end: time was up."),
        (capacity(stage(1), scaling=LAW), "knee at 93 requests/s at 22 requests at once (95 % bounds: 88 to 99)"),
        (capacity(stage(1), scaling=LAW.model_copy(update={"knee": None})), "ceiling at 93 requests/s (95 % bounds: 88 to 99)"),
    ],
)  # fmt: skip
def test_the_finding_names_the_load_that_held_and_the_one_that_failed(result, expected):
    assert expected in result.sentence


def test_the_page_shows_every_stage_and_the_finding(tmp_path):
    result = capacity(stage(1), stage(2), stage(4, "fail", stable=False), scaling=LAW)
    write_capacity(result, tmp_path / "capacity.html")
    page = (tmp_path / "capacity.html").read_text()
    assert "with 2 × headroom" in page
    assert page.count('class="pill') == 3
    assert "rising" in page


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (50, "This API carries at least 50 stores at the peak."),
        (150, "Whether this API carries 150 stores at the peak is not decided."),
        (200, "This API does not carry 200 stores at the peak."),
    ],
)
def test_what_was_asked_is_answered_first_and_a_pipeline_sees_the_same(tmp_path, asked, expected):
    result = capacity(stage(1), stage(2), stage(4, "fail", stable=False))
    decision = answer(result.stages, asked / 50 if asked != 150 else 3.0)
    result = result.model_copy(update={"at_least": asked, "decision": decision})
    result = result.model_copy(update={"sentence": state(result)})
    assert result.sentence.startswith(expected)
    write_capacity_junit(result, tmp_path / "capacity.xml")
    suite = ElementTree.parse(tmp_path / "capacity.xml").getroot()
    red = int(suite.get("failures")) + int(suite.get("errors"))
    assert bool(red) == (decision != "pass")


@pytest.fixture
def plan(plain, plain_adapter, make_trace, tmp_path):
    trace = make_trace(10.0, 20.0, checkouts=0.0)
    return Plan(
        trace=str(trace), host=plain.url, adapter=str(plain_adapter), out=str(tmp_path), timeout_s=2.0, warmup_s=0.5
    )


def test_a_stage_is_a_load_test_at_so_many_times_the_rate(plan, tmp_path):
    stage_held = hold_stage(plan, Next(4.0, thorough=False), 3.0, 1, 1, lambda _: None)
    assert stage_held.requests_per_s == pytest.approx(40, rel=0.25)
    assert stage_held.journeys_per_s == pytest.approx(stage_held.requests_per_s, rel=0.05), "a page is one request"
    assert f"{stage_held.requests} requests in " in stage_held.sentence, "one count behind the rate and the finding"
    assert stage_held.run == "stage-01-4x"
    assert (tmp_path / stage_held.run / "verdict.json").exists()
    assert stage_held.decision != "fail"
    assert stage_held.unmet == []
    assert stage_held.took_s > stage_held.length_s == 3.0


def test_a_stage_that_is_stopped_by_hand_ends_the_search(plan, monkeypatch):
    from types import SimpleNamespace

    monkeypatch.setattr("loadtests.capacity_search.replay", lambda *_: SimpleNamespace(stopped=BY_HAND))
    with pytest.raises(KeyboardInterrupt):
        hold_stage(plan, Next(4.0, thorough=False), 3.0, 1, 1, lambda _: None)


def test_an_api_that_works_off_the_last_stage_is_asked_again(plan, monkeypatch):
    """Vendure, loaded with three times its capacity, answered no request for a while."""
    asked = []

    def silent(*_):
        asked.append(True)
        if len(asked) < 3:
            raise Refusal(plan.host, "discovery", "an answer", "failed at list: timeout")
        raise KeyboardInterrupt

    monkeypatch.setattr("loadtests.capacity_search.replay", silent)
    with pytest.raises(Refusal):
        hold_stage(plan, Next(4.0, thorough=False), 3.0, 1, 1, lambda _: None)
    asked.clear()
    with pytest.raises(KeyboardInterrupt):
        hold_stage(plan, Next(4.0, thorough=False), 3.0, 2, 1, lambda _: None)
    assert len(asked) == 3
