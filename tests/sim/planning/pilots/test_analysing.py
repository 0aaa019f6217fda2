"""An analysis of go-lives: a planted lift comes back by wave, in per cent and in units, and what nothing supports is left out by name."""

import math
import re
from datetime import date, timedelta

import numpy as np
import pytest

from sim.planning.pilots import analysing, library
from sim.planning.pilots.analysing import analyse, judged
from sim.planning.pilots.estimator import Rollout
from sim.records.refusal import Refusal

from .histories import FIRST, written

WEEK = timedelta(days=7)
WAVES = {0: 5, 1: 5, 2: 5, 3: 8, 4: 8, 5: 8, 6: 11, 7: 11}
"""Week of the go-live by store; eight others do not go live."""


def dated(path, go_live, **more):
    """A table with a column go_live."""
    headings = ("store", "date", "sales", "go_live")
    return written(path, headings=headings, extra=lambda n, when: [go_live(n)], **more)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Fewer assignments than a user's analysis draws."""
    monkeypatch.setattr(analysing, "_POWER_ASSIGNMENTS", 60)
    monkeypatch.setattr(analysing, "ASSIGNMENTS", 400)


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    live = {n: FIRST + week * WEEK for n, week in WAVES.items()}
    path = tmp_path_factory.mktemp("pilots") / "data.csv"
    return written(
        path, weeks=14, live=live, lift=0.04, noise=0.01, headings=("store", "date", "sales", "go_live", "wait_s"),
        extra=lambda n, when: [live.get(n, ""), 0 if n == 3 else 30 + n],
    )  # fmt: skip


def test_a_planted_lift_comes_back_in_every_wave(table):
    found = analyse(table)
    sales, wait = found.outcomes
    assert (found.decision, sales.state, sales.scale, wait.state, wait.scale) == ("pass", "lift", "log", None, "level")
    assert [line.wave for line in sales.lines] == ["", *(str(FIRST + week * WEEK) for week in (5, 8, 11))]
    assert [len(line.stores) for line in sales.lines] == [8, 3, 3, 2]
    assert [line.weeks for line in sales.lines] == [9, 9, 6, 3]
    for line in sales.lines:
        assert line.low < 0.04 < line.high
        assert line.lift == pytest.approx(0.04, abs=0.02)
    whole = sales.lines[0]
    assert whole.amount == pytest.approx(sales.mean * whole.lift / (1 + whole.lift))
    assert whole.low < whole.lift - 0.001
    assert abs(whole.least_lift) < 0.02
    assert wait.lines[0].lift == pytest.approx(0, abs=1e-9)
    assert [each.week for each in sales.events] == list(range(-11, 9))
    before = [each.low < 0 < each.high for each in sales.events if each.week < 0]
    assert sum(before) >= 0.7 * len(before)
    assert re.fullmatch(
        r"Lift in sales: .*, 8 stores over up to 9 weeks: a lift is seen\. A lift nearer to 0 than .*", found.sentence
    )
    assert (found.basis, found.notes) == ("supplied", [])


def test_the_record_holds_what_diff_diff_estimates(table, monkeypatch):
    def quarter(rollout):
        return dict.fromkeys(((cell.live, t) for cell in rollout.cells for t in range(cell.base, cell.until)), 0.25)

    monkeypatch.setattr(library, "lifts", quarter)
    found = analyse(table, outcomes=["sales"])
    assert found.outcomes[0].lines[0].lift == pytest.approx(math.expm1(0.25))


def test_the_same_seed_gives_the_same_record_and_another_one_other_assignments(table):
    one, again, other = (analyse(table, outcomes=["sales"], seed=seed) for seed in (1, 1, 2))
    assert one == again
    assert one.outcomes[0].lines[0].lift == other.outcomes[0].lines[0].lift
    assert one.outcomes[0].assigned != other.outcomes[0].assigned


def test_when_all_stores_go_live_the_last_wave_is_left_out_by_name(tmp_path):
    live = {n: FIRST + (6 if n < 4 else 10) * WEEK for n in range(10)} | {9: FIRST + 10 * WEEK + timedelta(days=2)}
    path = dated(tmp_path / "all.csv", lambda n: live[n], stores=10, weeks=13, live=live)
    found = analyse(path)
    assert [line.weeks for line in found.outcomes[0].lines] == [4]
    assert found.notes == [
        "1 store (S09) went live within a week, all of which counts as after: the lift is diluted.",
        "6 stores (S04, S05, S06, S07, S08, S09) not estimated: fewer than 2 stores are not live after them.",
    ]


def test_stores_live_from_the_start_are_compared_with_nothing(tmp_path):
    live = {0: FIRST, 1: FIRST + 6 * WEEK, 2: FIRST + 6 * WEEK}
    path = dated(tmp_path / "early.csv", lambda n: live.get(n, ""), stores=12, weeks=9, live=live)
    found = analyse(path)
    assert found.stores == 11
    assert found.notes == ["1 store (S00) left out: live before 2026-01-19, without 2 weeks to compare with."]


def test_stores_that_moved_apart_before_the_go_live_are_noted(tmp_path):
    grows = {n: FIRST + 2 * WEEK for n in range(3)}
    path = written(tmp_path / "raw.csv", stores=12, weeks=9, live=grows, lift=0.2, every=7)
    dates = tmp_path / "live.csv"
    dates.write_text("\n".join(["store,go_live", *(f"S0{n},{FIRST + 5 * WEEK}" for n in range(3))]))
    found = analyse(path, dates)
    assert found.notes == [
        "In sales the stores and their controls moved apart before the go-live already: the lift may be more of that."
    ]
    assert found.outcomes[0].before.value == pytest.approx(0.13, abs=0.05)


@pytest.mark.parametrize("when", [FIRST, FIRST + timedelta(days=90)])
def test_a_go_live_outside_the_figures_is_refused(tmp_path, when):
    path = dated(tmp_path / "a.csv", lambda n: when if n == 0 else "", stores=6, weeks=6)
    with pytest.raises(Refusal, match="expected a go-live from 2026-01-19 "):
        analyse(path)


def test_a_go_live_of_all_stores_at_once_is_refused(tmp_path):
    path = dated(tmp_path / "a.csv", lambda n: FIRST + 4 * WEEK, stores=6, weeks=6)
    with pytest.raises(Refusal, match="2 stores that are not live after it"):
        analyse(path)


def test_two_stores_of_five_decide_nothing_however_large_the_lift(tmp_path):
    live = dict.fromkeys(range(2), FIRST + 4 * WEEK)
    found = analyse(dated(tmp_path / "few.csv", lambda n: live.get(n, ""), stores=5, weeks=8, live=live, lift=0.5))
    line = found.outcomes[0].lines[0]
    assert (line.low, line.high, line.least_lift, found.decision) == (None, None, None, "inconclusive")
    assert line.lift == pytest.approx(0.5, abs=0.05)
    assert found.sentence.endswith("Such a pilot sees no lift with 80 % probability, however large.")


def test_weeks_begin_on_the_weekday_of_the_go_lives(tmp_path):
    live = dict.fromkeys(range(3), FIRST + 5 * WEEK + timedelta(days=3))
    path = dated(tmp_path / "a.csv", lambda n: live.get(n, ""), stores=9, weeks=9, live=live)
    found = analyse(path)
    assert date.fromisoformat(found.first_week).weekday() == 3
    assert (found.outcomes[0].events[0].week, found.outcomes[0].lines[0].weeks, found.notes) == (-5, 3, [])


@pytest.mark.parametrize(
    ("low", "high", "asked", "state"),
    [
        (0.01, 0.06, 0.03, "lift"),
        (0.01, None, 0.03, "lift"),
        (0.01, 0.02, 0.03, "smaller lift"),
        (-0.01, 0.02, 0.03, "no lift"),
        (-0.01, 0.04, 0.03, "not told apart"),
        (None, None, 0.03, "not told apart"),
        (None, 0.02, 0.03, "no lift"),
        (-0.04, -0.01, 0.03, "opposite"),
        (-0.2, -0.05, -0.1, "lift"),
        (-0.08, -0.05, -0.1, "smaller lift"),
        (-0.05, 0.02, -0.1, "no lift"),
        (0.02, 0.05, -0.1, "opposite"),
    ],
)
def test_a_lift_is_judged_by_its_interval_0_and_the_lift_asked_for(low, high, asked, state):
    assert judged(low, high, asked) == state


def test_a_rollout_without_a_cell_has_no_wave():
    assert Rollout(np.zeros((3, 4)), np.array([0, 1, 4])).cells == []
