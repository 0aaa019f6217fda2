"""`retail-lab pilot`: from tables of stores to a decision, in every form, and what stands in a table is used or refused."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.cli.app import USAGE, status
from sim.planning.pilots import analysing, designing
from sim.records.decisions.pilots import PilotAnalysis, PilotDesign

from .....doors import door, mutated_tree, mutations
from .files import put, rows

STORES, WEEKS, LIVE = 12, 10, 6


def figures(lift=0.0, stores=STORES, weeks=WEEKS):
    """A row a store and week; the first three stores go live in week `LIVE`."""
    draws = np.random.default_rng(11)
    level, week = draws.uniform(5, 9, stores), draws.normal(0, 0.2, weeks)
    noise = draws.normal(0, 0.02, (stores, weeks))
    table = [["门店", "周", "销售额"]]
    for n in range(stores):
        for w in range(weeks):
            after = n < 3 and w >= LIVE
            table.append([f"S{n:02d}", f"2026-W{w + 10}", round(float(np.exp(level[n] + week[w] + noise[n, w] + lift * after)), 2)])  # fmt: skip
    return table


DATES = [["门店", "上线日期"], *([f"S{n:02d}", "2026-04-13"] for n in range(3))]


CHAIN = {
    "start": "2026-10-01",
    "days": 42,
    "warmup_days": 0,
    "seed": 3,
    "regions": [{"code": "R", "name": "R"}, {"code": "Q", "name": "Q"}],
    "stores": [
        {"code": f"S{n}", "region": "RQ"[n % 2], "warehouse": "W", "customers_per_day": 30, "tills": 2}
        for n in range(5)
    ],
    "warehouses": [{"code": "W", "region": "R"}],
    "suppliers": [{"code": "P", "lead_time_days": 1}],
    "lanes": [{"origin": "W", "destination": f"S{n}", "lead_time_days": 1} for n in range(5)],
    "skus": {"count": 5},
    "online": {"orders_per_day": 0},
}


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Fewer assignments than a user's analysis draws."""
    for module, name, many in (
        (analysing, "ASSIGNMENTS", 300),
        (analysing, "_POWER_ASSIGNMENTS", 60),
        (designing, "ASSIGNMENTS", 60),
    ):
        monkeypatch.setattr(module, name, many)
    monkeypatch.setattr(designing, "WINDOWS", 3)


@pytest.fixture(scope="module")
def pilot_door():
    with door("pilot", lines=21) as opened:
        yield opened


@pytest.fixture
def folder(tmp_path):
    rows(tmp_path / "data.csv", figures(0.15))
    rows(tmp_path / "live.csv", DATES)
    return tmp_path


def analyse(folder, *more):
    return [str(word) for word in ("pilot", "analyse", folder / "data.csv", "--go-live", folder / "live.csv", *more)]


def design(folder, *more):
    return [str(word) for word in ("pilot", "design", folder / "data.csv", *more)]


def test_an_analysis_ends_with_the_status_of_its_decision(folder, capsys):
    assert status(analyse(folder, "--json", folder / "a.json")) == 0
    record = PilotAnalysis.read(folder / "a.json")
    assert record.decision == "pass"
    assert capsys.readouterr().out.splitlines()[-1] == record.sentence
    assert status(analyse(folder, "--lift", "40%", "--quiet")) == 1
    assert status(analyse(folder, "--lift=-10%", "--quiet")) == 1
    rows(folder / "data.csv", figures(0.0))
    assert status(analyse(folder, "--lift", "1%", "--quiet")) == 2
    assert status(analyse(folder, "--lift", "1%", "--quiet", "--inconclusive-ok")) == 0
    assert status(analyse(folder, "--lift", "30%", "--quiet")) == 1


def test_a_design_ends_with_the_status_of_the_pilot_it_recommends(folder, capsys):
    assert status(design(folder, "--lift", "20%", "--json", folder / "d.json")) == 0
    record = PilotDesign.read(folder / "d.json")
    assert capsys.readouterr().out.splitlines()[-1] == record.sentence
    assert status(design(folder, "--lift", "0.2%", "--stores", "2", "--weeks", "4", "--quiet")) == 1


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("command", [analyse, design])
def test_every_form_is_written_and_no_english_is_left_in_a_chinese_page(folder, command, lang):
    names = [name for form in ("html", "xlsx", "csv", "junit") for name in (f"--{form}", folder / f"out.{form}")]
    assert status(command(folder, "--lift", "10%", "--lang", lang, "--quiet", *names)) in (0, 1)
    page = (folder / "out.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 2
    text = re.sub(r"<style.*?</style>|<svg.*?</svg>|<[^>]*>", " ", page, flags=re.DOTALL)
    assert not re.search(r"\b(nan|None|inf)\b", text)
    if lang == "zh":
        words = set(re.findall(r"[A-Za-z]{4,}", text.replace(str(folder), "")))
        assert words <= {"retail", "data", "live", "Callaway", "Sant", "Anna"}
    assert (folder / "out.csv").stat().st_size > 100


@pytest.mark.parametrize("lift", ["0", "nan", "-100%", "1e9", "much", "1e-9", ""])
def test_a_lift_that_means_nothing_is_refused(folder, lift, capsys):
    for command in (analyse, design):
        assert status(command(folder, f"--lift={lift}")) == USAGE
        expected = f"expected a lift from -90% to 1000%, and not 0, such as 3%, found '{lift}'"
        assert capsys.readouterr().err == f"retail-lab: --lift: {expected}\n"


def test_an_outcome_that_is_not_there_is_named_with_those_that_are(folder, capsys):
    assert status(design(folder, "--outcome", "tickets")) == USAGE
    assert "expected a column tickets" in capsys.readouterr().err
    assert status(analyse(folder, "--outcome", "sales", "--outcome", "销售额")) == USAGE
    assert capsys.readouterr().err == "retail-lab: --outcome: expected each outcome once, found 'sales'\n"


def test_a_run_of_the_chain_is_a_history(tmp_path, capsys):
    put(tmp_path / "chain.yaml", CHAIN)
    assert status(["run", str(tmp_path / "chain.yaml"), "--out", str(tmp_path / "runs")]) == 0
    (run,) = (tmp_path / "runs").iterdir()
    assert (
        status(["pilot", "design", str(run), "--outcome", "tickets", "--quiet", "--json", str(tmp_path / "d.json")])
        == 1
    )
    record = PilotDesign.read(tmp_path / "d.json")
    assert (record.stores, record.weeks, record.first_week, record.scale) == (5, 6, "2026-10-01", "log")
    assert {each.region for each in record.chosen} <= {"R", "Q"}
    assert "simulated" in record.notes[0]
    capsys.readouterr()
    assert status(["pilot", "design", str(run), "--outcome", "mood"]) == USAGE
    expected = "expected an outcome of a run: sales, tickets, wait_s, units, found 'mood'"
    assert capsys.readouterr().err == f"retail-lab: --outcome: {expected}\n"


@mutations
@given(data=st.data())
def test_a_mutation_of_figures_or_go_lives_is_analysed_or_refused(data, pilot_door, folder):
    table, name = data.draw(st.sampled_from([(figures(0.1, 6, 5), "data.csv"), (DATES, "live.csv")]))
    rows(folder / "data.csv", figures(0.1, 6, 8))
    rows(folder / name, data.draw(mutated_tree(table)) or [])
    pilot_door.ask(analyse(folder, "--quiet"), (0, 1, 2))
