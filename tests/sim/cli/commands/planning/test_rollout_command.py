"""The command `rollout`: plans mutated at will are sampled or refused, and its page, record and tables hold the finding."""

import copy
import csv
import io
import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import sim as lab
from sim.cli.app import status
from sim.planning.rollout.plan_files.template import TASKS
from sim.planning.rollout.wording import gate_sentences
from sim.records.rollout.comparison import Rollouts
from sim.records.rollout.gates import GatesOutcome
from sim.report.languages import recorded
from sim.report.rollouts.page import write_rollouts
from sim.report.rollouts.tables import of_rollouts

from .....doors import door, mutated_bytes, mutated_tree, mutations
from ....report.pages.test_run_page import Reader
from ....report.test_odd_pages import HELPLESS

PLAN = {
    "name": "small",
    "live": 1,
    "waves": [
        {"name": "first", "stores": 2, "go_live": "2027-03-10", "phase": "pilot", "modules": ["tills"]},
        {"name": "rest", "stores": 2, "go_live": "2027-04-10", "phase": "all", "modules": ["tills"], "not_before": "2027-04-01"},
        {"name": "members", "stores_of": "first", "go_live": "2027-05-10", "phase": "all", "modules": ["members"]},
    ],
    "rollout": {
        "start": "2027-03-01",
        "currency": "CNY",
        "seed": 3,
        "phases": [{"name": "pilot"}, {"name": "all", "begins_after_days": 20}],
        "roles": {"crew": {"number": 2, "cost_per_day": 900, "works": ["mon", "tue", "wed"],
                  "away": [{"first": "2027-03-15", "last": "2027-03-19"}]}},
        "holidays": [{"name": "Labour Day", "first": "2027-05-01", "last": "2027-05-05"}],
        "freezes": [{"first": "2027-04-05", "last": "2027-04-06"}],
        "drivers": ["vendor"],
        "reviews": {"every_days": 14},
        "tasks": [
            {"name": "set up", "phase": "pilot", "days": [2, 5, 12], "needs": {"crew": 1}, "drivers": {"vendor": 0.5},
             "defects": 0.3, "cost": [10, 20, 40]},
            {"name": "observed", "phase": "pilot", "days": 5, "after": ["first", {"start_of": "set up", "days": 3}]},
        ],
        "each_wave": [{"name": "stabilised", "days": [1, 2, 5], "after": ["go-live"]}],
        "each_store": [{"name": "installed", "days": 1, "needs": {"crew": 2}, "modules": ["tills"], "after": ["set up"]}],
        "consent": {"days": [1, 2, 3], "chance": 0.7},
        "overhead_per_month": 500,
        "budget": {"by_month": [3000, 2000], "threshold": 1.1, "approval_days": [1, 2, 5]},
        "risks": [
            {"name": "late", "chance": 0.3, "delays": {"set up": [2, 5, 9]}, "cost": 100,
             "mitigation": {"name": "a second supplier", "cost": 60, "chance": 0.1, "remaining": 0.5}},
            {"name": "outage", "chance": 0.1, "where": {"late": 0.4}, "stores": {"share_of_sales": "5 %", "days": [1, 2, 4]}},
        ],
        "adoption": {"staff": {"cashiers": {"share": 1, "untrained": 0.6, "trained_days": 1, "time_constant_days": [3, 6, 9]}},
                     "ambassadors": 1, "ambassador_effect": 0.2},
        "effects": {"sales_per_store_day": 9000, "margin": 0.2, "lost_at_zero": "6 %",
                    "gains": {"tills": ["0.2 %", "0.5 %", "1 %"]}, "horizon_months": 12},
        "goals": [{"name": "soon", "within_months": 2, "phases_done": ["pilot"], "stores_live": 5, "cost_at_most": 90000}],
    },
}  # fmt: skip


SHOPS = {
    "extends": "pilot",
    "days": 2,
    "warmup_days": 1,
    "trace": None,
    "skus": {"count": 40},
    "stores": {"*": {"customers_per_day": 500}},
    "online": {"orders_per_day": 0},
}
GATED = {
    "name": "gated",
    "scenario": "shops.yaml",
    "waves": [
        {"name": "one", "stores": ["SU02"], "go_live": "2027-03-10", "phase": "all"},
        {"name": "other", "stores": ["SH01"], "go_live": "2027-04-10", "phase": "all"},
    ],
    "rollout": {
        "start": "2027-03-01",
        "phases": [{"name": "all"}],
        "adoption": {"staff": {"cashiers": {"share": 1, "untrained": 0.5, "time_constant_days": [3, 6, 9]}}},
        "gates": {
            "limits": [
                {"kpi": "ticket_handling_time_s", "worse_by_at_most": "15 %", "waves": ["other"]},
                {"kpi": "fill_rate", "at_least": 0.05, "scope": "chain"},
            ],
            "observed_days": 7,
            "study": {
                "system": {"attribute_entry": False},
                "replications": 3,
                "days": 1,
                "proficiencies": [0.5, 1],
                "redo_s": 5,
            },
        },
        "goals": [{"name": "soon", "within_months": 3, "stores_live": 2}],
    },
}
"""Two small stores, played for two days."""


def text_of(tree):
    return yaml.safe_dump(tree, sort_keys=False, allow_unicode=True).encode("utf-8", "surrogatepass")


@pytest.fixture(scope="module")
def ask():
    with door("rollouts") as found:
        yield found.ask


@mutations
@given(data=st.data())
def test_any_mutation_of_a_plan_is_sampled_or_refused(tmp_path_factory, ask, data):
    path = tmp_path_factory.getbasetemp() / "mutated.yaml"
    path.write_bytes(text_of(data.draw(mutated_tree(PLAN))))
    ask(["rollout", str(path), "--samples", "100", "--quiet"], allowed=(0,))


@mutations
@given(data=st.data())
def test_any_mutation_of_the_bytes_of_a_plan_is_sampled_or_refused(tmp_path_factory, ask, data):
    path = tmp_path_factory.getbasetemp() / "bytes.yaml"
    path.write_bytes(data.draw(mutated_bytes(text_of(PLAN))))
    ask(["rollout", str(path), "--samples", "100", "--quiet"], allowed=(0,))


@pytest.fixture(scope="module")
def gated(tmp_path_factory):
    """A folder with the record of a plan whose gate reads KPIs, by the command."""
    folder = tmp_path_factory.mktemp("gates")
    (folder / "shops.yaml").write_bytes(text_of(SHOPS))
    (folder / "plan.yaml").write_bytes(text_of(GATED))
    out = ["--out", str(folder / "runs"), "--json", str(folder / "r.json"), "--csv", str(folder / "csv"), "--quiet"]
    assert status(["rollout", str(folder / "plan.yaml"), "--samples", "300", *out]) == 0
    return folder


def test_the_page_and_the_tables_show_what_a_gate_adds_and_for_which_kpi(gated, tmp_path):
    record = Rollouts.read(gated / "r.json")
    (plan,) = record.plans
    (gate,) = plan.gates.gates
    untrained, settled = gate.limits[0].points
    assert untrained.mean > 1.15 * settled.mean
    assert gate.limits[0].limit == pytest.approx(1.15 * gate.limits[0].before)
    assert gate.held_days_p50 > 7
    assert gate.limits[0].waits > 0.9
    assert "Wave other waits" in record.sentence
    write_rollouts(record, tmp_path / "page.html", "en")
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert Reader(text).open == []
    assert "waits for it" in text
    assert text.count("<figure") == 5 + 1
    assert len((gated / "csv" / "gate_kpis.csv").read_text().splitlines()) == 1 + 4


def test_python_plays_the_states_of_a_gate_and_goes_on_from_what_the_command_kept(gated, monkeypatch):
    monkeypatch.setattr("sim.planning.rollout.kpi_gates.played.Chain", None)  # nothing is played once more
    found = lab.rollout(gated / "plan.yaml", samples=300, out=gated / "runs")
    assert found.record == Rollouts.read(gated / "r.json")


def test_a_wave_that_is_held_for_good_is_shown_as_never(gated, tmp_path):
    record = Rollouts.read(gated / "r.json")
    held = GATED["rollout"]["gates"] | {"limits": [{"kpi": "ticket_handling_time_s", "at_most": 1}]}
    plan = gated / "never.yaml"
    plan.write_bytes(text_of(GATED | {"name": "never", "rollout": GATED["rollout"] | {"gates": held}}))
    flags = ["--samples", "200", "--out", str(gated / "runs"), "--json", str(tmp_path / "r.json"), "--quiet"]
    assert status(["rollout", str(gated / "plan.yaml"), str(plan), *flags]) == 0
    both = Rollouts.read(tmp_path / "r.json")
    assert both.plans[0].gates.gates[0].limits[0].points == record.plans[0].gates.gates[0].limits[0].points
    assert both.plans[1].all_live.p10 == "never"
    assert both.best.plan == "gated"
    alone = both.model_copy(update={"plans": both.plans[1:], "best": None, "conditions": []})
    write_rollouts(alone, tmp_path / "page.html", "zh")
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "永不" in text
    assert not HELPLESS.search(Reader(text).text)


def test_every_sentence_on_gates_has_its_chinese():
    base = {"observed_days": 7, "before": ["one"], "live_stores": 1}
    limit = {"kpi": "mean_wait_s", "unit": "s", "scope": "live", "side": "at most", "limit": 1, "before": 1,
             "worse_by_at_most": None, "points": [], "waits": 0.4, "never": 0.1}  # fmt: skip
    for p80, only, days_p80 in ((12, 0.1, 14), (None, 0.9, None)):
        gate = base | {
            "wave": "other two",
            "held_days_p50": 9,
            "held_days_p80": p80,
            "observed_only": only,
            "held_for_good": 0.25,
        }
        found = GatesOutcome(scenario="shops", replications=2, days=1, gates=[gate | {"limits": [limit]}], days_p50=7,
                             days_p80=days_p80, held_for_good=0.25)  # fmt: skip
        sentences = gate_sentences(found)
        assert len(sentences) == 3
        for sentence in sentences:
            assert "关口" in recorded(sentence, "zh") or "永不上线" in recorded(sentence, "zh")
    for dates in (
        "Not all 18 stores are live at 50 %; the cost is 1,000 to 2,000 CNY.",
        "All 18 stores are live by 2027-03-01 at 50 %, not all at 80 %; the cost is 1,000 to 2,000.",
    ):
        assert "门店" in recorded(dates, "zh")


@mutations
@given(data=st.data())
def test_any_mutation_of_a_plan_with_gates_is_sampled_or_refused(gated, ask, data):
    path = gated / "mutated.yaml"
    path.write_bytes(text_of(data.draw(mutated_tree(GATED["rollout"]["gates"]).map(with_gates))))
    ask(["rollout", str(path), "--samples", "100", "--quiet", "--out", str(gated / "runs")], allowed=(0,))


def with_gates(gates):
    return GATED | {"rollout": GATED["rollout"] | {"gates": gates}}


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """The record of two plans, by the command."""
    folder = tmp_path_factory.mktemp("rollouts")
    goals = [PLAN["rollout"]["goals"][0] | {"cost_at_most": None}]
    one = PLAN | {"rollout": PLAN["rollout"] | {"goals": goals}}
    (folder / "one.yaml").write_bytes(text_of(one))
    (folder / "two.yaml").write_text(
        "extends: one.yaml\nname: two\nrollout: {phases: {all: {begins_after_days: null}}}\n"
    )
    plans = [str(folder / name) for name in ("one.yaml", "two.yaml")]
    out = ["--json", str(folder / "r.json"), "--csv", str(folder / "csv")]
    assert status(["rollout", *plans, "--samples", "300", *out]) == 0
    return folder


def test_the_record_is_read_back_and_the_sentence_names_the_best_plan(two):
    record = Rollouts.read(two / "r.json")
    assert [plan.plan for plan in record.plans] == ["small", "two"]
    assert record.best.plan in record.sentence
    assert record.plans[0].stores == 5
    assert json.loads((two / "r.json").read_text())["format"] == 1


def test_the_page_is_whole_in_both_languages(two, tmp_path):
    record = Rollouts.read(two / "r.json")
    alone = record.model_copy(update={"plans": record.plans[:1], "best": None, "conditions": []})
    for found, lang, figures in ((record, "en", 1 + 2 * 7), (alone, "zh", 7)):
        write_rollouts(found, tmp_path / "page.html", lang)
        text = (tmp_path / "page.html").read_text(encoding="utf-8")
        page = Reader(text)
        assert page.open == []
        assert not HELPLESS.search(page.text)
        assert text.count("<figure") == figures


def test_every_sentence_of_a_rollout_has_its_chinese(two):
    record = Rollouts.read(two / "r.json")
    said = [record.sentence, *record.conditions, *(each.sentence for each in record.plans), *record.plans[0].notes]
    for sentence in said:
        chinese = recorded(sentence, "zh")
        assert not [word for word in ("likely", "stores are", "confidence", "assumed", "begins") if word in chinese], (
            chinese
        )


def test_headings_and_facts_of_exports_have_their_chinese(two):
    from sim.report.exports.headings import column_name

    result = of_rollouts(Rollouts.read(two / "r.json"), "zh")
    names = {column for table in result.tables for column in table.frame.columns}
    plain = {name for name in names if column_name(name, "", "zh").isascii()} - {"p10", "p50", "p80", "p90"}
    assert plain == set()
    assert len(result.tables) == 12


EAST = Path(__file__).parents[3] / "planning" / "rollout" / "plan_files" / "east-china.xml"


@st.composite
def mutated_project(draw):
    """The project with elements emptied, absurd, removed, doubled or put elsewhere."""
    root = ElementTree.fromstring(EAST.read_bytes())
    for _ in range(draw(st.integers(1, 3))):
        parent = draw(st.sampled_from([each for each in root.iter() if len(each)]))
        child = draw(st.sampled_from(list(parent)))
        match draw(st.sampled_from(("text", "text", "text", "remove", "double", "move"))):
            case "text":
                child.text = draw(st.sampled_from(WORDS))
            case "remove":
                parent.remove(child)
            case "double":
                parent.append(copy.deepcopy(child))
            case _:
                root.append(child)
    return ElementTree.tostring(root)


WORDS = (
    "",
    "0",
    "1",
    "-1",
    "2",
    "8",
    "nan",
    "1e308",
    "9" * 40,
    "x",
    "苹果",
    "PT1e9H",
    "PT0.5H0M0S",
    "9999-12-31",
    "2027-03-02",
    "a" * 300,
    "-65535",
)


@mutations
@given(data=st.data())
def test_any_mutation_of_a_project_is_sampled_or_refused(tmp_path_factory, ask, data):
    path = tmp_path_factory.getbasetemp() / "mutated.xml"
    path.write_bytes(data.draw(st.one_of(mutated_project(), mutated_bytes(EAST.read_bytes()))))
    ask(["rollout", str(path), "--samples", "100", "--quiet"], allowed=(0,))


@pytest.fixture(scope="module")
def ask_table():
    with door("tables of tasks", lines=21) as found:
        yield found.ask


@mutations
@given(data=st.data())
def test_any_mutation_of_a_table_of_tasks_is_sampled_or_refused(tmp_path_factory, ask_table, data):
    path = tmp_path_factory.getbasetemp() / "mutated.csv"
    rows = data.draw(mutated_tree([list(row) for row in TASKS]))
    text = io.StringIO()
    for row in rows if isinstance(rows, list) else [rows]:
        csv.writer(text).writerow(row if isinstance(row, list) else [row])
    path.write_bytes(text.getvalue().encode("utf-8", errors="surrogatepass"))
    ask_table(["rollout", str(path), "--samples", "100", "--quiet", "--spread", "80%,1,1.5"], allowed=(0,))


def test_a_project_is_sampled_with_a_spread_and_the_note_says_which(tmp_path, capsys):
    out = ["--samples", "400", "--json", str(tmp_path / "r.json")]
    assert status(["rollout", str(EAST), *out]) == 0
    fixed = Rollouts.read(tmp_path / "r.json").plans[0]
    assert status(["rollout", str(EAST), "--spread", "80%,100%,160%", *out]) == 0
    varied = Rollouts.read(tmp_path / "r.json").plans[0]
    assert fixed.all_live.p80 == "2027-05-13" < varied.all_live.p80
    assert "varies from 80 % to 160 % of it, most likely 100 %: 7 of 8." in capsys.readouterr().out.replace("\n", " ")


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["plan.xml", "--spread", "1,2"], "--spread: expected three multiples from 0 to 100"),
        (["plan.xml", "--spread", "2,1,3"], "--spread: expected three multiples"),
        (["example", "--spread", "1,1,2"], "--spread: expected a file of tasks"),
        ([], "--template: expected a plan, or a table of tasks to write, found nothing"),
        (["--template", "plan.docx"], "--template: plan.docx: expected a name that ends in .csv or .xlsx"),
    ],
)
def test_what_cannot_be_asked_for_is_refused_by_its_flag(monkeypatch, tmp_path, capsys, arguments, line):
    monkeypatch.chdir(tmp_path)
    assert status(["rollout", *arguments]) == 64
    assert line in capsys.readouterr().err


def test_the_template_is_written_and_sampled(tmp_path, capsys):
    path = tmp_path / "tasks.csv"
    assert status(["rollout", "--template", str(path)]) == 0
    assert status(["rollout", str(path), "--samples", "100", "--quiet"]) == 0
    assert "All 20 stores are live by" in capsys.readouterr().out
