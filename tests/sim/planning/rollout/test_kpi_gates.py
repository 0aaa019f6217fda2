"""Gates that read KPIs open when a calculation by hand has it, hold a wave for good where a limit is never kept, and no later by a looser one."""

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.evidence.statistics.students_t import half_width
from sim.planning.gates.plan import read_plan
from sim.planning.rollout.adoption import learners
from sim.planning.rollout.kpi_gates.opening import StudyError, margins
from sim.planning.rollout.outcome import outcome
from sim.planning.rollout.samples import Sampled
from sim.scenario.loader import load

from .plans import plan, sampled, table_of

STAFF = {"share": 1, "untrained": 0.5, "trained_days": 0, "time_constant_days": 10}
ADOPTION = {"staff": {"clerks": STAFF}}
SURE = [[100.0] * 3, [50.0] * 3]
"""Waits at proficiency 0.5 and 1, the same in all replications: 50 + 50 e^(−t/10) on day t after the go-live."""


def gates(limit, observed_days=1, proficiencies=(0.5, 1)):
    limits = limit if isinstance(limit, list) else [{"kpi": "mean_wait_s", **limit}]
    study = {"system": {}, "proficiencies": list(proficiencies)}
    return {"limits": limits, "observed_days": observed_days, "study": study}


def two_waves(held):
    held["waves"] = [
        {"name": "first", "stores": 1, "go_live": "2027-03-01", "phase": "work"},
        {"name": "second", "stores": 2, "go_live": "2027-03-10", "phase": "work"},
    ]


def gated(tmp_path, asked, adoption=ADOPTION, change=two_waves, **rollout):
    return plan(tmp_path, change, adoption=adoption, gates=asked, **rollout)


def go_lives(samples):
    """Of the two waves, in every sample."""
    network = samples.network
    return [samples.schedule.start[:, network.where("wave", wave=name)[0]].tolist() for name in ("first", "second")]


def test_the_next_wave_waits_until_the_kpi_keeps_its_limit(tmp_path):
    """50 + 50 e^(−t/10) is at most 70 from t = 10 ln 2.5 = 9.16 on: day 10 is the first that keeps it, and the gate opens the next morning."""
    path = gated(tmp_path, gates({"at_most": 70}))
    assert go_lives(sampled(path, 3, table_of(path, mean_wait_s=SURE)).samples()) == [[0] * 3, [11] * 3]


def test_the_mean_over_the_observed_days_keeps_the_limit(tmp_path):
    """The mean over days d − 5 to d − 1 is 50 + 50 e^(−(d−5)/10) (1 − e^(−1/2)) / (5 (1 − e^(−1/10)))."""
    path = gated(tmp_path, gates({"at_most": 70}, observed_days=5))
    scale = (1 - math.exp(-0.5)) / (5 * (1 - math.exp(-0.1)))
    by_hand = math.ceil(5 + 10 * math.log(2.5 * scale))
    assert by_hand == 13
    assert go_lives(sampled(path, 2, table_of(path, mean_wait_s=SURE)).samples())[1] == [by_hand] * 2


def test_a_limit_that_is_kept_at_once_holds_for_the_observed_days(tmp_path):
    path = gated(tmp_path, gates({"at_most": 100}, observed_days=14))
    assert go_lives(sampled(path, 2, table_of(path, mean_wait_s=SURE)).samples())[1] == [14, 14]


def test_tasks_that_prepare_the_wave_do_not_wait_for_its_gate(tmp_path):
    ready = [{"name": "prepared", "days": 5, "needs": {"crew": 1}}]
    path = gated(tmp_path, gates({"at_most": 70}), each_wave=ready)
    samples = sampled(path, 1, table_of(path, mean_wait_s=SURE)).samples()
    names = [each.name for each in samples.network.activities]
    assert samples.schedule.done[0, names.index("second: prepared")] == 10  # one crew: after those of the first wave
    assert go_lives(samples) == [[5], [16]]


def test_a_limit_relative_to_the_time_before_the_first_wave_is_that_share_of_it(tmp_path):
    """Before the first wave a wait is 1 s: 69 times worse by at most is a limit of 70 s; a fill rate may fall from 1 to 0.9."""
    path = gated(tmp_path, gates({"worse_by_at_most": 69}))
    assert go_lives(sampled(path, 1, table_of(path, mean_wait_s=SURE)).samples())[1] == [11]
    path = gated(tmp_path, gates([{"kpi": "fill_rate", "worse_by_at_most": "10 %"}]))
    of = sampled(path, 1, table_of(path, fill_rate=[[0.6] * 2, [1.0] * 2]))
    assert go_lives(of.samples())[1] == [15]  # 1 − 0.4 e^(−t/10) ≥ 0.9 from t = 10 ln 4 = 13.9 on


def test_a_wave_that_never_keeps_its_limit_is_held_for_good_and_goals_are_missed(tmp_path):
    goals = [
        {"name": "all", "within_months": 240, "stores_live": 3},
        {"name": "one", "within_months": 240, "stores_live": 1},
        {"name": "cheap", "within_months": 240, "stores_live": 0, "cost_at_most": 1e9},
    ]
    path = gated(
        tmp_path,
        gates({"at_most": 49}),
        goals=goals,
        overhead_per_month=300,
        each_wave=[{"name": "after", "days": 3, "after": ["go-live"]}],
    )
    found, samples = outcome(
        path, read_plan(path), 200, lambda *_: None, table_of(path, load("pilot"), mean_wait_s=SURE)
    )
    assert [goal.chance for goal in found.goals] == [0, 1, 0]
    assert (found.all_live.p50, found.all_live.p80) == ("never", "never")
    assert found.waves[1].goes_live.p10 == "never"
    assert found.gates.held_for_good == found.gates.gates[0].held_for_good == 1
    assert found.gates.gates[0].held_days_p50 is None
    assert found.gates.gates[0].limits[0].waits == 1
    assert (samples.cost == 300 * 3 / (365.25 / 12)).all()  # overhead to the end of what was begun
    assert samples.by_month().sum(axis=1) == pytest.approx(samples.cost)
    assert "Not all 3 stores are live at 50 %" in found.sentence
    assert "Wave second is held for good in 100 % of samples, by mean_wait_s." in found.sentence


def test_what_the_gate_adds_is_stated_with_the_kpi_that_the_wave_waits_for(tmp_path):
    limits = [{"kpi": "mean_wait_s", "at_most": 70}, {"kpi": "abandonment", "at_most": "50 %"}]
    path = gated(tmp_path, gates(limits))
    kpis = {"mean_wait_s": SURE, "abandonment": [[0.6] * 3, [0.1] * 3]}
    found, _ = outcome(path, read_plan(path), 100, lambda *_: None, table_of(path, load("pilot"), **kpis))
    (gate,) = found.gates.gates
    assert (found.gates.days_p50, found.gates.days_p80) == (gate.held_days_p50, gate.held_days_p80) == (11, 11)
    assert [each.waits for each in gate.limits] == [1, 0]
    assert (
        "Gates move the day on which all stores are live by 11 days at 50 % and by 11 days at 80 %." in found.sentence
    )
    assert (
        "Wave second waits 11 days for its gate at 50 % and 11 at 80 %, most often for mean_wait_s." in found.sentence
    )


def test_an_earlier_wave_that_is_held_holds_those_after_it(tmp_path):
    def three(held):
        two_waves(held)
        held["waves"].append({"name": "third", "stores": 1, "go_live": "2027-04-01", "phase": "work"})

    asked = gates(
        [
            {"kpi": "mean_wait_s", "at_most": 49, "waves": ["second"]},
            {"kpi": "mean_wait_s", "at_most": 90, "waves": ["third"]},
        ]
    )
    path = gated(tmp_path, asked, change=three)
    found, samples = outcome(
        path, read_plan(path), 100, lambda *_: None, table_of(path, load("pilot"), mean_wait_s=SURE)
    )
    assert np.isinf(samples.schedule.start[:, samples.network.where("wave", wave="third")]).all()
    assert [gate.held_for_good for gate in found.gates.gates] == [1, 0]


def test_margins_of_samples_have_students_t_distribution_about_the_mean_of_the_replications(tmp_path):
    """Their 97.5 % quantile is the half-width of the t interval, and two states move together as their replications do."""
    path = gated(tmp_path, gates({"at_most": 0}))
    waits = np.array([[9.0, 10, 14, 11], [5.0, 6, 10, 7]])
    table = table_of(path, mean_wait_s=waits)
    (gate,) = table.states.gates
    found = margins(table, 0, gate.limits[0], StudyError.drawn(1, 50_000, 4))
    assert np.median(found, axis=0) == pytest.approx([11, 7], abs=0.04)
    assert np.quantile(found[:, 0] - 11, 0.975) == pytest.approx(half_width(waits[0], 0.975), rel=0.06)
    assert found[:, 0] - found[:, 1] == pytest.approx(np.full(50_000, 4.0))


def plain_days(of, observed_days):
    """Days until the gate of each sample opens, day by day in plain Python."""
    table, rollout, samples = of.table, of.rollout, of.sampler.samples
    held, error = learners(rollout.adoption, 1, samples), StudyError.drawn(1, samples, table.states.replications)
    limits = [margins(table, 0, limit, error) for limit in table.states.gates[0].limits]
    proficiency = np.array([held.proficiency(np.array(float(day))) for day in range(300)])
    for row in range(samples):
        missed = [np.interp(proficiency[:, row], table.proficiencies, each[row]).tolist() for each in limits]
        kept = (
            day
            for day in range(observed_days, 300)
            if all(sum(each[day - observed_days : day]) <= 1e-9 for each in missed)
        )
        yield next(kept, math.inf)


VALUES = st.lists(
    st.lists(st.sampled_from((20.0, 35.0, 50.0, 65.0, 90.0)), min_size=3, max_size=3), min_size=3, max_size=3
)
TWO = [{"kpi": "mean_wait_s", "at_most": 52.5}, {"kpi": "abandonment", "at_most": 0.41}]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(waits=VALUES, shares=VALUES, observed_days=st.sampled_from((1, 4)))
def test_gates_of_many_samples_open_as_a_plain_loop_has_it(tmp_path, waits, shares, observed_days):
    staff = {"clerks": STAFF | {"time_constant_days": [3, 6, 15]}}
    path = gated(tmp_path, gates(TWO, observed_days, (0.5, 0.75, 1)), adoption={"staff": staff})
    table = table_of(path, mean_wait_s=waits, abandonment=np.array(shares) / 100)
    of = sampled(path, 8, table)
    assert of.openings.days[:, 0].tolist() == list(plain_days(of, observed_days))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(waits=VALUES, limit=st.floats(10, 60), looser=st.floats(0, 40), relative=st.booleans())
def test_a_looser_limit_never_delays(tmp_path, waits, limit, looser, relative):
    name = "worse_by_at_most" if relative else "at_most"
    days, ends = [], []
    for value in (limit, limit + looser):
        path = gated(tmp_path, gates({name: value}, 3, (0.5, 0.75, 1)))
        of = sampled(path, 20, table_of(path, mean_wait_s=waits))
        days.append(of.openings.days)
        ends.append(of.samples().all_live)
    assert (days[1] <= days[0]).all()
    assert (ends[1] <= ends[0]).all()


def test_more_samples_go_on_from_the_same_gates(tmp_path):
    staff = {"clerks": STAFF | {"time_constant_days": [3, 6, 15]}}
    path = gated(tmp_path, gates({"at_most": 60}), adoption={"staff": staff})
    table = table_of(path, mean_wait_s=[[100, 80, 95], [40, 60, 50]])
    few, many = (sampled(path, n, table).openings.days for n in (50, 90))
    assert (few == many[:50]).all()
    assert len(np.unique(many)) > 5


def test_gates_are_drawn_once_for_risks_and_overlaps(tmp_path):
    risk = {"name": "storm", "chance": 0.5, "delays": {"built": 3}}
    built = [{"name": "built", "phase": "work", "days": 1, "needs": {"crew": 1}}]
    path = gated(tmp_path, gates({"at_most": 60}), tasks=built, risks=[risk])
    of = sampled(path, 30, table_of(path, mean_wait_s=[[100, 80, 95], [40, 60, 50]]))
    with_risk, without = of.each_of([{}, {"storm": "off"}], 30)
    assert (with_risk.draws.gates == without.draws.gates).all()
    assert of.ungated(30).samples().draws.gates.shape == (30, 0)


def test_a_plan_with_gates_needs_the_kpis_of_its_states(tmp_path):
    path = gated(tmp_path, gates({"at_most": 60}))
    with pytest.raises(ValueError, match="with the KPIs of its rollout states"):
        Sampled(path, read_plan(path), 10)
