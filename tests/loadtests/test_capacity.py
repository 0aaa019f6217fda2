"""The search for capacity: it brackets what is there, in few stages, and one stage is a load test like any other."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.capacity import CLOSE, LEAST, busiest_from, following, hold_stage
from loadtests.plan import Plan
from sim.evidence.headroom import bracket, state
from sim.records.capacity import Capacity, Scaling, Stage
from sim.report.capacity import write_capacity


def stage(factor, decision="pass", stable=True):
    return Stage(
        factor=factor, run="", requests_per_s=40 * factor, answered_per_s=40 * factor, concurrency=4 * factor,
        mean_s=0.1, p95_s=0.2, decision=decision, sentence="", stable=stable,
    )  # fmt: skip


def search(truth, first=1.0, most=64.0, stages=20):
    found = []
    while len(found) < stages and (factor := following(found, first, most)):
        found.append(stage(factor, "pass" if factor <= truth else "fail"))
    return found


@given(st.floats(2 * LEAST, 60), st.floats(1, 16))
def test_the_search_brackets_what_is_carried(truth, first):
    found = search(truth, first)
    carried, broke = bracket(found)
    assert carried <= truth < broke
    assert broke <= CLOSE * carried
    assert len(found) <= 12


def test_the_search_ends_at_its_bounds():
    assert [s.factor for s in search(1000.0)] == [1, 2, 4, 8, 16, 32, 64]
    assert search(0.0)[-1].factor == LEAST


@pytest.mark.parametrize("decision", ["inconclusive", "invalid"])
def test_what_was_not_shown_to_pass_was_not_carried(decision):
    assert bracket([stage(1), stage(2), stage(4, decision)]) == (2, 4)
    assert following([stage(1), stage(2), stage(4, decision)], 1, 64) == pytest.approx(np.sqrt(8))


def test_the_busiest_stretch_is_found():
    t = np.sort(np.concatenate([np.arange(0, 1000, 10.0), np.arange(400, 450, 1.0)]))
    assert 390 <= busiest_from(t, 60.0) <= 400
    assert busiest_from(np.array([3.0, 4.0]), 60.0) == 3.0


def capacity(*stages, scaling=None):
    found = Capacity(
        host="http://127.0.0.1:1", scenario="peak", scenario_hash="", targets=["mean=2s"], stores=50, peak_from_s=0,
        peak_requests_per_s=40, stages=list(stages), scaling=scaling,
    )  # fmt: skip
    return found.model_copy(update={"sentence": state(found)})


LAW = Scaling(
    per_s_at_one=10, contention=0.03, coherency=0.002, knee=22, peak_per_s=93, peak_low_per_s=88, peak_high_per_s=99
)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (capacity(stage(1), stage(2.1), stage(2.6, "fail")), "carries 50 stores at the peak with 2.1 × headroom"),
        (capacity(stage(0.5), stage(1, "fail")), "does not carry 50 stores at the peak, but 25 of them"),
        (capacity(stage(1, "fail")), "was not shown to carry 50 stores"),
        (capacity(stage(1), stage(2)), "2 × the peak (100 stores, 80 requests/s) passed, where the search ended at its bound"),
        (capacity(stage(1), stage(2, "invalid")), "the generator or its data came to an end first"),
        (capacity(stage(1), scaling=LAW), "knee at 93 requests/s at 22 requests at once (90 %: 88 to 99)"),
    ],
)  # fmt: skip
def test_the_finding_says_what_was_carried_and_where_it_broke(found, said):
    assert said in found.sentence


def test_the_page_shows_every_stage_and_the_finding(tmp_path):
    found = capacity(stage(1), stage(2), stage(4, "fail", stable=False), scaling=LAW)
    write_capacity(found, tmp_path / "capacity.html")
    page = (tmp_path / "capacity.html").read_text()
    assert "with 2 × headroom" in page
    assert page.count('class="pill') == 3
    assert "rising" in page


def test_a_stage_is_a_load_test_at_so_many_times_the_rate(plain, plain_adapter, make_trace, tmp_path):
    trace = make_trace(10.0, 20.0, checkouts=0.0)
    plan = Plan(
        trace=str(trace), host=plain.url, adapter=str(plain_adapter), out=str(tmp_path), timeout_s=2.0, warmup_s=0.5
    )
    held = hold_stage(plan, 4.0, 3.0, 1, 1, lambda _: None)
    assert held.requests_per_s == pytest.approx(40, rel=0.25)
    assert held.run == "stage-01-4x"
    assert (tmp_path / held.run / "verdict.json").exists()
    assert held.decision != "fail"
