"""Goals, plans, tables of figures and folders of evidence as people bring them: each works, or is refused in one line."""

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from .....doors import door, mutated_tree, mutations
from .files import put, rows

GOALS = {
    "confidence": 0.9,
    "goals": [
        {"name": "waits", "kpi": "mean_wait_s", "at_most": 60, "owner": "ops", "by": "2027-01-01"},
        {
            "name": "less", "kpi": "errors", "change": "-30 %", "baseline": 12, "owner": "IT", "by": "2027-01-01",
            "scope": {"stores": ["A", "B"]},
        },
    ],
}  # fmt: skip
PLAN = {
    "name": "rollout",
    "host": "http://127.0.0.1:9",
    "live": 3,
    "waves": [
        {"name": "first", "stores": ["A"], "go_live": "2026-12-01", "peak_orders_per_hour": 500},
        {"name": "second", "stores": 4, "go_live": "2027-01-01"},
    ],
    "conditions": {
        "max_age_days": 20,
        "headroom": 1.2,
        "training": {"table": "trained.csv", "as_of": "2026-11-15", "at_least": "80 %"},
        "goals": {"file": "goals.yaml", "names": ["waits"]},
        "left_out": ["oversell"],
    },
}
TABLE = [
    ["date", "store", "mean wait (s)", "errors"],
    ["2026-11-01", "A", 40, 9],
    ["2026-11-02", "B", 41, "8,5"],
    ["2026-11-03", "A", None, 7],
]
TRAINED = [["store", "name", "trained"], ["A", "x", "yes"], ["A", "y", "2026-11-01"]]


@pytest.fixture(scope="module")
def goals_door():
    with door("goals") as opened:
        yield opened


@pytest.fixture(scope="module")
def gate_door():
    with door("gate") as opened:
        yield opened


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "runs").mkdir()
    put(tmp_path / "goals.yaml", GOALS)
    put(tmp_path / "plan.yaml", PLAN)
    rows(tmp_path / "trained.csv", TRAINED)
    rows(tmp_path / "figures.csv", TABLE)
    return tmp_path


def ask_goals(opened, folder):
    words = ["goals", folder / "goals.yaml", "--table", folder / "figures.csv", "--on", "2026-11-20", "--quiet"]
    return opened.ask([str(word) for word in words], (0, 1, 2))


def ask_gate(opened, folder):
    words = ["gate", folder / "plan.yaml", "--wave", "first", "--evidence", folder / "runs", "--on", "2026-11-20"]
    return opened.ask([str(word) for word in words], (0, 1, 2))


def test_sound_files_pass_the_doors(goals_door, gate_door, folder):
    assert ask_goals(goals_door, folder) == ""
    assert ask_gate(gate_door, folder) == ""


@mutations
@given(data=st.data())
def test_a_mutation_of_goals_is_judged_or_refused(data, goals_door, folder):
    put(folder / "goals.yaml", data.draw(mutated_tree(GOALS)))
    ask_goals(goals_door, folder)


@mutations
@given(data=st.data())
def test_a_mutation_of_figures_is_judged_or_refused(data, goals_door, folder):
    rows(folder / "figures.csv", data.draw(mutated_tree(TABLE)) or [])
    ask_goals(goals_door, folder)


@mutations
@given(data=st.data())
def test_a_mutation_of_a_plan_is_judged_or_refused(data, gate_door, folder):
    put(folder / "plan.yaml", data.draw(mutated_tree(PLAN)))
    ask_gate(gate_door, folder)


@mutations
@given(data=st.data())
def test_a_mutation_of_staff_trained_is_not_known_or_judged(data, gate_door, folder):
    rows(folder / "trained.csv", data.draw(mutated_tree(TRAINED)) or [])
    assert ask_gate(gate_door, folder) == ""


@mutations
@given(data=st.data())
def test_a_mutation_of_evidence_never_stops_the_gate(data, gate_door, folder):
    record = {
        "format": 1, "run_id": "x", "started_at": "2026-11-10T09:00:00+00:00", "host": "http://127.0.0.1:9", "adapter": "shop", "clients": 20,
        "units": 1, "decides": "order", "length_s": 1.0, "endings": [], "orders": [], "orders_fate": "kept", "decision": "pass",
        "sentence": "Not oversold.", "reasons": [],
        "skus": [{"sku_code": "A", "available_before": 5, "available_after": 0, "promised": 5, "asked": 20, "in_doubt": 0}],
    }  # fmt: skip
    name = data.draw(st.sampled_from(["race.json", "verdict.json", "capacity.json", "goals.json", "peak.json"]))
    text = json.dumps(data.draw(mutated_tree(copy.deepcopy(record))))
    (folder / "runs" / name).write_text(text, encoding="utf-8", errors="backslashreplace")
    assert ask_gate(gate_door, folder) == ""
