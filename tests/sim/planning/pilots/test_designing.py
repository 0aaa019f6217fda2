"""Pilots tried on a history: more stores and weeks see smaller lifts, and the stores that are chosen are like all."""

import numpy as np
import pytest

from sim.planning.pilots import designing
from sim.planning.pilots.choosing import chosen, shared_out
from sim.planning.pilots.designing import design
from sim.planning.pilots.matching import features
from sim.records.refusal import Refusal

from .histories import written


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    path = written(
        tmp_path_factory.mktemp("pilots") / "data.csv", stores=24, weeks=18, noise=0.05, every=7,
        headings=("store", "date", "sales", "region"), extra=lambda n, when: ["EAST" if n % 3 else "WEST"],
    )  # fmt: skip
    few = pytest.MonkeyPatch()
    with few.context() as patched:
        patched.setattr(designing, "ASSIGNMENTS", 100)
        patched.setattr(designing, "WINDOWS", 4)
        patched.setattr(designing, "SIZES", (2, 6, 12))
        return path, design(path, 0.04), design(path, 0.04, stores=2, weeks=4)


def test_power_grows_with_stores_and_weeks_and_the_least_lift_falls(found):
    _, tried, _ = found
    lines = {(each.kind, each.stores, each.weeks): each for each in tried.designs}
    assert set(lines) == {("pilot", n, w) for n in (2, 6, 12) for w in (4, 8, 12)} | {("stepped wedge", 24, w) for w in (4, 8, 12)}  # fmt: skip
    for weeks in (4, 8, 12):
        two, six, twelve = (lines["pilot", n, weeks] for n in (2, 6, 12))
        assert two.power <= six.power + 0.05 <= twelve.power + 0.1
        assert two.least_lift > six.least_lift > twelve.least_lift
    assert lines["pilot", 6, 12].least_lift < lines["pilot", 6, 4].least_lift
    assert all(each.power_low <= each.power <= each.power_high for each in tried.designs)
    assert [lines["pilot", 2, weeks].base_weeks for weeks in (4, 8, 12)] == [12, 10, 6]


def test_the_smallest_pilot_that_suffices_is_recommended_and_the_one_asked_for_is_judged(found):
    _, tried, asked = found
    enough = [(each.stores, each.weeks) for each in tried.designs if each.kind == "pilot" and each.power >= 0.8]
    assert (tried.recommended.stores, tried.recommended.weeks) == min(enough)
    assert tried.decision == "pass"
    assert (asked.recommended.stores, asked.recommended.weeks, asked.decision) == (2, 4, "fail")
    assert "below the 80 % asked for" in asked.sentence


def test_stores_are_named_with_five_controls_that_do_not_go_live(found):
    _, tried, _ = found
    named = [each.store for each in tried.chosen]
    assert len(set(named)) == tried.recommended.stores
    assert all(len(each.controls) == 5 and not set(each.controls) & set(named) for each in tried.chosen)


def test_chosen_stores_have_each_region_s_part_and_are_like_all():
    draws = np.random.default_rng(3)
    before = draws.normal(0, 1, (30, 1)) + draws.normal(0, 0.1, (30, 8))
    regions = tuple("E" if n < 20 else "W" for n in range(30))
    picked = chosen(before, regions, 6, draws)
    assert sum(regions[n] == "E" for n in picked) == 4
    gap = np.abs(features(before)[picked].mean(axis=0))
    rest = [np.abs(features(before)[draws.permutation(30)[:6]].mean(axis=0)).sum() for _ in range(200)]
    assert gap.sum() < np.quantile(rest, 0.05)


def test_a_region_s_part_is_by_largest_remainder():
    assert shared_out(tuple("AAAAABBBC"), 4) == {"A": 2, "B": 1, "C": 1}
    assert shared_out(("",) * 9, 4) == {"": 4}


@pytest.mark.parametrize(
    ("more", "complaint"),
    [
        ({"stores": 23}, "--stores: expected at most 22 of the 24 stores: two are left to compare with, found 23"),
        (
            {"weeks": 17},
            "--weeks: expected at most 16 weeks: 2 of the 18 of the history are before the go-live, found 17",
        ),
    ],
)
def test_a_pilot_that_the_history_has_no_room_for_is_refused(found, more, complaint):
    with pytest.raises(Refusal, match=complaint):
        design(found[0], **more)


def test_a_short_history_is_refused_or_says_which_pilots_are_not_tried(tmp_path, monkeypatch):
    with pytest.raises(Refusal, match="6 weeks of history, found '5 weeks'"):
        design(written(tmp_path / "a.csv", stores=6, weeks=5))
    monkeypatch.setattr(designing, "ASSIGNMENTS", 20)
    found = design(written(tmp_path / "a.csv", stores=6, weeks=8))
    assert found.notes == ["Pilots of 8/12 weeks are not tried: the history has 8 weeks."]
