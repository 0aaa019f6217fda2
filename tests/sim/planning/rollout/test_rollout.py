"""What a rollout's outcome shows: goals, risks, what is critical, overlaps, and the best of several plans."""

import numpy as np
import pytest

from sim.planning.gates.plan import read_plan
from sim.planning.rollout.comparing import rollouts
from sim.planning.rollout.critical import on_the_chain
from sim.planning.rollout.outcome import outcome
from sim.records.refusal import Refusal

from .plans import plan, sampled, task

DAYS3 = [1, 5, 15]


def found(path, samples=400):
    return outcome(path, read_plan(path), samples, lambda *_: None)[0]


def test_a_goal_is_met_by_the_end_of_its_day(tmp_path):
    goals = [{"name": "live", "within_months": 1, "stores_live": 1}]
    store = [{"name": "install", "days": 31, "needs": {"crew": 1}}]
    assert found(plan(tmp_path, each_store=store, goals=goals)).goals[0].chance == 1  # live on 2027-04-01
    store[0]["days"] = 31.5
    assert found(plan(tmp_path, each_store=store, goals=goals)).goals[0].chance == 0


def test_stores_live_before_the_plan_count_towards_a_goal(tmp_path):
    goals = [{"name": "live", "within_months": 1, "stores_live": 4}]
    assert found(plan(tmp_path, lambda held: held.update(live=3), goals=goals)).goals[0].chance == 1
    assert found(plan(tmp_path, lambda held: held.update(live=2), goals=goals)).goals[0].chance == 0


def test_a_risk_costs_its_chance_times_its_impact_and_less_with_its_mitigation(tmp_path):
    risk = {"name": "storm", "chance": 1, "delays": {"build": 10}, "cost": 1000}
    risk["mitigation"] = {"name": "roof", "taken": False, "cost": 50, "remaining": 0.2}
    record = found(plan(tmp_path, tasks=[task("build", 5)], risks=[risk]))
    (row,) = record.risks
    assert (row.days_before, row.days_after) == pytest.approx((10, 2))
    assert (row.money_before, row.money_after) == pytest.approx((2000, 450))  # of people 100 a day
    assert record.ends.p50 == "2027-03-16"
    assert record.ends_curve[0].with_risks - record.ends_curve[0].without == 10


def test_a_risk_may_depend_on_another(tmp_path):
    first = {"name": "first", "chance": 0.5}
    then = {"name": "then", "chance": 0, "where": {"first": 1}}
    happens = sampled(plan(tmp_path, risks=[first, then]), 2_000).sampler.happens()
    assert (happens["first"] == happens["then"]).all()
    assert 0.4 < happens["first"].mean() < 0.6


def test_the_chain_that_sets_the_end_goes_through_who_freed_the_people(tmp_path):
    """One crew: `second` waits for `first` though it does not come after it; `beside` needs no people and ends earlier."""
    tasks = [task("first", 5), task("second", 5), task("beside", 2, needs={})]
    record = found(plan(tmp_path, tasks=tasks))
    assert {each.name: each.criticality for each in record.tasks} == {"first": 1, "second": 1, "beside": 0}


def test_criticality_is_the_share_of_samples_in_which_a_branch_is_longer(tmp_path):
    tasks = [task("a", DAYS3, needs={}), task("b", DAYS3, needs={})]
    samples = sampled(plan(tmp_path, tasks=tasks), 2_000).samples()
    names = [each.name for each in samples.network.activities]
    a, b = (names.index(name) for name in ("a", "b"))
    longer = samples.schedule.done[:, a] > samples.schedule.done[:, b]
    assert (on_the_chain(samples)[:, a] == longer)[samples.schedule.done[:, a] != samples.schedule.done[:, b]].all()


def test_overlap_makes_a_goal_likely_that_phases_in_turn_miss(tmp_path):
    phases = [{"name": "work"}, {"name": "next"}]
    tasks = [task("long", 30), task("then", 10, phase="next", needs={})]
    goals = [{"name": "soon", "within_months": 1, "phases_done": ["next"]}]
    record = found(plan(tmp_path, tasks=tasks, phases=phases, goals=goals))
    assert record.goals[0].chance == 0
    assert {each.share: each.chance for each in record.overlaps} == {0.25: 0, 0.5: 1, 0.75: 1}
    assert "It is likely (100 %) where next begins with 50 % of the phase before still to come." in record.sentence


def test_plans_share_their_draws_and_the_better_one_is_named(tmp_path):
    goals = [{"name": "soon", "within_months": 1, "phases_done": ["work"]}]
    slow = [task("a", [10, 20, 40]), task("b", [5, 8, 12])]
    one = plan(tmp_path, lambda held: held.update(name="one"), "one.yaml", tasks=slow, goals=goals)
    two = plan(tmp_path, lambda held: held.update(name="two"), "two.yaml", tasks=slow[:1], goals=goals)
    compared = rollouts([one, two], 500)
    assert compared.best.plan == "two"
    assert compared.best.confidence > 0.999
    assert (compared.best.rivals[0].plan, compared.best.rivals[0].sooner) == ("one", 0)
    a, b = (sampled(path, 50).samples().draws.days[:, 1] for path in (one, two))
    assert (a == b).all()
    same = plan(tmp_path, lambda held: held.update(name="same"), "same.yaml", tasks=slow, goals=goals)
    level = rollouts([one, same], 500)
    assert level.best.confidence == 0
    assert "No plan is best" in level.sentence


def test_plans_of_one_name_or_with_other_seeds_are_refused(tmp_path):
    one = plan(tmp_path, name="one.yaml")
    with pytest.raises(Refusal, match=r"one.yaml: name: expected plans with names of their own, found 'small'"):
        rollouts([one, one], 100)
    two = plan(tmp_path, lambda held: held.update(name="two"), "two.yaml", seed=2)
    with pytest.raises(Refusal, match=r"rollout.seed: expected that of one.yaml, 1, so that the plans can be compared"):
        rollouts([one, two], 100)


def test_more_samples_go_on_from_the_same_draws(tmp_path):
    path = plan(tmp_path, tasks=[task("a", DAYS3)])
    assert np.array_equal(sampled(path, 50).samples().ends, sampled(path, 100).samples().ends[:50])


def test_a_plan_extends_another_and_states_what_differs(tmp_path):
    plan(tmp_path, tasks=[task("a", 3)], name="base.yaml")
    path = tmp_path / "more.yaml"
    path.write_text("extends: base.yaml\nname: more\nrollout: {tasks: {a: {days: 5}}}\n")
    assert sampled(path, 1).samples().ends.tolist() == [5]
    path.write_text("extends: more.yaml\n")
    with pytest.raises(Refusal, match=r"extends: expected a plan that does not extend itself"):
        read_plan(path)


@pytest.mark.parametrize(
    ("rollout", "line"),
    [
        ({"tasks": [task("a", [3, 2, 9])]}, r"rollout.tasks.0.days: expected \[least, most likely, most\]"),
        ({"tasks": [task("a", 1, needs={"crow": 1})]}, "rollout.tasks.0.needs: expected a role of the plan, perhaps crew, found 'crow'"),
        ({"tasks": [task("a", 1, needs={"crew": 2})]}, "rollout.tasks.0.needs.crew: expected at most the 1 there are, found 2"),
        ({"tasks": [task("a", 1, after=["b"]), task("b", 1, after=["a"])]}, "expected tasks that do not wait for each other in a circle"),
        ({"tasks": [task("a", 1, after=["c"])]}, "rollout.tasks.0.after: expected a task, a wave or a phase of the plan"),
        ({"tasks": [task("a", 1, after=["go-live"])]}, "rollout.tasks.0.after: expected a wave's name: this task is of no wave"),
        ({"tasks": [task("a", 1, phase="end")]}, "rollout.tasks.0.phase: expected one of work, found 'end'"),
        ({"tasks": [task("first wave", 1)]}, "waves.0.name: expected another name than that of a task or a phase"),
        ({"tasks": [task("a", 1, drivers={"x": 1})]}, "rollout.tasks.0.drivers: expected a driver of the plan, found 'x'"),
        ({"risks": [{"name": "r", "chance": 0.1, "delays": {"a": 1}}]}, "rollout.risks.0.delays: expected a task that the plan's waves"),
        ({"risks": [{"name": "r", "chance": 2}]}, "rollout.risks.0.chance: expected a number from 0 to 1, found 2"),
        ({"goals": [{"name": "g", "within_months": 1}]}, "rollout.goals.0: expected phases_done, stores_live or cost_at_most"),
        ({"goals": [{"name": "g", "within_months": 1, "phases_done": ["x"]}]}, "rollout.goals.0.phases_done: expected one of work, found 'x'"),
        ({"adoption": {"staff": {"a": {"share": 0.5, "untrained": 0.5, "time_constant_days": 3}}}},
         "adoption: expected shares of staff that add up to 1"),
        ({"roles": {"crew": {"works": []}}}, "rollout.roles.crew.works: expected at least 1 of them"),
        ({"tasks": [task("a", 1000, after=[])] + [task(f"b{n}", 1000) for n in range(40)]}, "expected a plan that ends within a hundred years"),
    ],
)  # fmt: skip
def test_what_a_plan_may_not_hold_is_refused_with_its_field(tmp_path, rollout, line):
    with pytest.raises(Refusal, match=line):
        sampled(plan(tmp_path, **rollout), 10).samples()


def test_too_many_stores_or_samples_are_refused(tmp_path):
    with pytest.raises(Refusal, match=r"waves: expected at most 2,000 stores in all waves, found 1000000"):
        sampled(plan(tmp_path, lambda held: held["waves"][0].update(stores=1_000_000)))
    with pytest.raises(Refusal, match=r"--samples: expected at most"):
        sampled(plan(tmp_path), 10_000_000)


def test_a_plan_without_a_rollout_is_refused(tmp_path):
    path = plan(tmp_path, lambda held: held.pop("rollout"))
    with pytest.raises(Refusal, match="rollout: expected tasks, people and risks to sample, found nothing"):
        rollouts([path], 100)
