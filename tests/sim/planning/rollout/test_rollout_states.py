"""Rollout states: each is the plan's scenario with changeovers laid over it, played once, under common random numbers."""

import json

import numpy as np
import pytest
import yaml

from sim.planning.gates.plan import read_plan
from sim.planning.rollout.comparing import shipped
from sim.planning.rollout.kpi_gates import played
from sim.planning.rollout.kpi_gates.played import play
from sim.planning.rollout.kpi_gates.states import states_of
from sim.records.refusal import Refusal

from .plans import plan

SHOPS = {
    "extends": "pilot",
    "days": 2,
    "warmup_days": 1,
    "trace": None,
    "skus": {"count": 60},
    "stores": {"*": {"customers_per_day": 900}},
    "online": {"orders_per_day": 0},
}
"""Two small stores, SH01 and SU02, for two days of which one counts."""
STORE = {
    "name": "店",
    "region": "EAST",
    "warehouse": "WH-JX",
    "customers_per_day": 100,
    "tills": 2,
    "opens": "08:00",
    "closes": "22:00",
}
LANES = [
    {"origin": "WH-JX", "destination": code, "lead_time_days": 1, "distance_km": 9} for code in ("SH01", "SU02", "SH02")
]
ADOPTION = {
    "staff": {"clerks": {"share": 1, "untrained": 0.5, "time_constant_days": 10}},
    "errors": {"settled": 0.01, "untrained": 0.05, "incentive": 0.2},
}
STUDY = {"system": {}, "replications": 3, "days": 1, "proficiencies": [0.5, 1]}
LIMITS = [{"kpi": "ticket_handling_time_s", "worse_by_at_most": "10 %"}]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    found = tmp_path_factory.mktemp("states")
    (found / "shops.yaml").write_text(yaml.safe_dump(SHOPS))
    return found


def gated(folder, limits=LIMITS, study=STUDY, change=lambda held: None, **gates):
    """A plan of two waves of a store each."""

    def both(held):
        held["scenario"] = "shops.yaml"
        held["waves"] = [
            {"name": "first", "stores": ["SU02"], "go_live": "2027-03-01", "phase": "work"},
            {"name": "second", "stores": ["SH01"], "go_live": "2027-03-10", "phase": "work"},
        ]
        change(held)

    return plan(folder, both, adoption=ADOPTION, gates={"limits": limits, "study": study} | gates)


def states(path):
    return states_of(path, read_plan(path))


def same(a, b):
    return a.keys() == b.keys() and all(np.array_equal(a[name], b[name], equal_nan=True) for name in a)


def changed(scenario):
    """Stores, proficiency and errors of each changeover."""
    return [(each.stores, each.learning.proficiency, each.learning.errors) for each in scenario.changeovers]


def test_a_state_has_the_waves_before_its_gate_live_and_the_newest_staff_at_its_proficiency(folder):
    found = states(gated(folder))
    assert changed(found.without) == []
    assert [changed(state.scenario) for state in found.states] == [[(["SU02"], 0.5, None)], [(["SU02"], 1, None)]]
    assert [state.scenario.changeovers[0].on for state in found.states] == [found.without.start] * 2
    assert found.stores == ((1,),)
    assert found.plays == 3 * 3


def test_live_stores_but_the_newest_are_settled_and_errors_take_their_time(folder):
    """SH01 is live before the plan; the gate of SH02 is observed while the staff of SU02 learn."""
    study = STUDY | {"system": {"attribute_entry": True}, "redo_s": 15}

    def live(held):
        held |= {"live": ["SH01"], "scenario": "three.yaml"}
        held["waves"][1]["stores"] = ["SH02"]

    third = SHOPS | {
        "extends": "shops.yaml",
        "skus": {},
        "stores": [{"code": code, **STORE} for code in ("SH01", "SU02", "SH02")],
        "lanes": LANES,
    }
    (folder / "three.yaml").write_text(yaml.safe_dump(third))
    found = states(gated(folder, study=study, change=live))
    settled, newest = found.states[0].scenario.changeovers
    assert (settled.stores, settled.learning.proficiency) == (["SH01"], 1)
    assert (newest.stores, newest.learning.proficiency) == (["SU02"], 0.5)
    errors = newest.learning.errors
    assert (errors.settled, errors.untrained, errors.redo_s) == pytest.approx((0.008, 0.04, 15))
    assert newest.system.attribute_entry
    assert changed(found.without)[0][:2] == (["SH01"], 1)
    assert found.stores == ((0, 1),)


def test_the_gate_that_ships_reads_four_states_of_the_first_two_stores():
    found = states(shipped("gated-example")[0])
    assert [(state.proficiency, state.scenario.changeovers[0].stores) for state in found.states] == [
        (at, ["SH01", "SU02"]) for at in (0.5, 0.7, 0.85, 1)
    ]
    assert {state.scenario.days - state.scenario.warmup_days for state in found.states} == {14}
    assert (found.stores, found.plays) == (((0, 3),), 25)


@pytest.fixture(scope="module")
def table(folder):
    """Played once for all tests; kept beside the plan."""
    path = gated(folder)
    return play(path, states(path), kept=folder / "kept.jsonl")


def test_states_share_their_customers_so_that_settled_staff_on_the_same_system_change_nothing(table):
    (limit,) = table.states.gates[0].limits
    untrained, settled = table.values(0, limit)
    assert (settled == table.before(0, limit)).all()
    assert (untrained > 1.2 * settled).all()
    assert (table.kpis["ticket_handling_time_s"][0, 0] > table.without["ticket_handling_time_s"]).all()  # of the chain


def test_a_kpi_of_the_live_stores_is_that_of_a_chain_of_these_stores(folder, table):
    """SU02 alone has the mean ticket handling time of its own counters: that of the chain lies between those of both stores."""
    both = states(gated(folder, change=lambda held: held["waves"].reverse()))
    other = play(folder / "plan.yaml", both, kept=folder / "kept.jsonl").without["ticket_handling_time_s 0"]
    low, high = (
        np.minimum(other, table.without["ticket_handling_time_s 0"]),
        np.maximum(other, table.without["ticket_handling_time_s 0"]),
    )
    assert (low < table.without["ticket_handling_time_s"]).all()
    assert (table.without["ticket_handling_time_s"] < high).all()


def test_a_state_that_was_played_is_not_played_again(folder, table, monkeypatch):
    def refused(*_):
        raise AssertionError("played again")

    monkeypatch.setattr(played, "Chain", refused)
    other = gated(folder, [*LIMITS, {"kpi": "mean_wait_s", "at_most": 60}], observed_days=30)
    again = play(other, states(other), kept=folder / "kept.jsonl")
    assert same(again.kpis, table.kpis)
    more = gated(folder, study=STUDY | {"proficiencies": [0.5, 0.7, 1]})
    with pytest.raises(AssertionError, match="played again"):
        play(more, states(more), kept=folder / "kept.jsonl")


def test_an_interrupted_study_goes_on_where_it_stopped(folder, table, tmp_path):
    path, seen = gated(folder), []
    kept = tmp_path / "kept.jsonl"

    def stop(done, total):
        seen.append((done, total))
        if done == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        play(path, states(path), kept=kept, progress=stop)
    assert len(kept.read_text().splitlines()) == 4
    again = play(path, states(path), kept=kept, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (9, 9)
    assert same(again.kpis, table.kpis)
    assert len({json.dumps(json.loads(line)[0]) for line in kept.read_text().splitlines()}) == 9


OF_LIMITS = [
    (
        {"waves": ["frist"]},
        r"gates.limits.0.waves: expected waves of new stores after the first: second, found 'frist'",
    ),
    (
        {"waves": ["first"]},
        r"gates.limits.0.waves: expected waves of new stores after the first: second, found 'first'",
    ),
    ({"kpi": "mean_wait"}, r"gates.limits.0: expected a KPI of the lab, perhaps mean_wait_s, not mean_wait"),
    ({"at_most": 3}, r"gates.limits.0: expected one of at_most, at_least and worse_by_at_most"),
    ({"kpi": "fill_rate", "at_least": 95, "worse_by_at_most": None}, r"expected for fill_rate a share from 0 to 1"),
    ({"kpi": "customers_per_day"}, r"expected at_most or at_least: neither side of customers_per_day is the worse one"),
]
OF_STUDY = [
    (
        {"proficiencies": [0.6, 1]},
        r"proficiencies: expected a first proficiency of at most 0.5, which staff may have on",
    ),
    ({"proficiencies": [0.4, 0.9]}, r"gates.study: expected proficiencies that rise, the last of them 1"),
    ({"system": {"till_failures": 3}}, r"plan.yaml:\d+: rollout.gates.study.system.till_failures: expected a field"),
    (
        {"system": {"stock_sync_minutes": "soon"}},
        r"plan.yaml:\d+: rollout.gates.study.system.stock_sync_minutes: expected a",
    ),
    ({"system": {"service": {"profile": "none.json"}}}, r"study.system.service.profile: expected a file that exists"),
    ({"replications": 2}, r"gates.study.replications: expected a number ≥ 3"),
]


@pytest.mark.parametrize(
    ("limit", "study", "line"),
    [*((each, {}, line) for each, line in OF_LIMITS), *(({}, each, line) for each, line in OF_STUDY)],
)
def test_gates_that_do_not_fit_the_plan_are_refused_with_their_field(folder, limit, study, line):
    with pytest.raises(Refusal, match=line):
        states(gated(folder, [LIMITS[0] | limit], STUDY | study))


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (lambda held: held.update(live=3), "live: expected codes of stores beside gates, so that the chain can be played with them, found 3"),
        (lambda held: held["waves"][1].update(stores=2), "waves.1.stores: expected codes of stores or a region beside gates, found 2"),
        (lambda held: held["waves"].pop(), "gates: expected two waves of new stores or more, of which gates hold the later ones, found 1"),
        (lambda held: held.pop("scenario"), "scenario: expected a scenario beside gates, in which their KPIs are played, found nothing"),
        (lambda held: held["rollout"].pop("adoption"), "rollout: expected adoption beside gates: KPIs depend on proficiency"),
    ],
)  # fmt: skip
def test_a_plan_that_gates_do_not_fit_is_refused_with_its_field(folder, change, line):
    path = gated(folder)
    held = yaml.safe_load(path.read_text())
    change(held)
    path.write_text(yaml.safe_dump(held))
    with pytest.raises(Refusal, match=line):
        states(path)


def test_a_kpi_that_the_live_stores_do_not_have_is_refused(folder):
    path = gated(folder, [{"kpi": "picker_utilisation", "at_most": 0.5}])
    with pytest.raises(
        Refusal, match=r"rollout.gates.limits: expected a KPI that shops has of its stores in every replication"
    ):
        play(path, states(path))
