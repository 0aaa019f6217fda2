"""`new` and `import`: a scenario that runs at once, a workbook to fill in, and a planner's tables with what is wrong in them."""

import io
from datetime import time

import pytest
import xlsxwriter

from sim.cli.app import USAGE, status
from sim.cli.commands import own_chain
from sim.scenario.loader import load
from sim.tables.sheets import read_sheets


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def complaint(capsys, *arguments):
    capsys.readouterr()
    assert status(list(arguments)) == USAGE
    return capsys.readouterr().err


def test_a_small_chain_is_written_from_flags_and_runs_at_once(here):
    places = "--stores 3 --customers 120.5 --tills 4 --self-checkouts 1 --region 华东 --opens 9:00 --closes 21:30"
    flags = f"{places} --skus 50 --currency eur --start 2026-10-01 --days 2"
    assert status(["new", "my-shop", *flags.split()]) == 0
    scenario = load("my-shop.yaml")
    assert len(scenario.stores) == 3
    assert {(s.customers_per_day, s.tills, s.self_checkouts, s.opens, s.closes) for s in scenario.stores} == {
        (120.5, 4, 1, time(9), time(21, 30))
    }
    assert (scenario.regions[0].name, scenario.currency, scenario.skus.count, scenario.days) == ("华东", "EUR", 50, 2)
    assert status(["run", "my-shop.yaml", "--days", "1"]) == 0
    assert len((here / "my-shop.yaml").read_text().splitlines()) < 40


def test_on_a_terminal_what_no_flag_says_is_asked_with_defaults(monkeypatch, capsys):
    monkeypatch.setattr(own_chain, "_on_terminal", lambda: True)
    monkeypatch.setattr("sys.stdin", io.StringIO("2\n" + "\n" * 9))
    assert status(["new", "my-shop", "--tills", "5"]) == 0
    asked = capsys.readouterr().out
    assert "Stores [1]" in asked
    assert "Tills in each" not in asked
    assert [store.tills for store in load("my-shop.yaml").stores] == [5, 5]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["new"], "NAME: expected a name for the scenario"),
        (["new", "a b"], "a b.yaml: expected a name of letters, digits, - and _"),
        (["new", "x", "--opens", "22:00", "--closes", "9:00"], "--closes: expected a time later than --opens 22:00"),
        (["new", "x", "--opens", "early"], "--opens: expected a time of day such as 09:30, found 'early'"),
        (["new", "x", "--start", "soon"], "--start: expected a date such as 2025-10-01, found 'soon'"),
        (["new", "x", "--tills", "0"], "--tills: expected a till or a self-checkout"),
        (["new", "x", "--currency", "yuan"], "--currency: expected three letters"),
        (["new", "x", "--lang", "zh"], "--lang: expected a workbook"),
        (["new", "--workbook", "t.csv"], "t.csv: expected a workbook, .xlsx"),
        (["new", "x", "--workbook", "t.xlsx"], "--workbook: expected a workbook alone"),
        (["new", "none/x"], "expected a folder that exists"),
        (["import", "none.xlsx"], "none.xlsx: expected a table, found no such file"),
        (["import", "."], "expected a folder with tables"),
        (["import", "t.pdf"], "t.pdf: expected a table: .xlsx"),
        (["import", "t.xlsx", "--mark", "t.xlsx"], "--mark: expected another file than the table itself"),
        (["import", "t.xlsx", "--start", "soon"], "--start: expected a date"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(capsys, arguments, said):
    line = complaint(capsys, *arguments)
    assert said in line
    assert line.count("\n") == 1


def test_nothing_that_stands_there_is_overwritten(capsys, here):
    (here / "x.yaml").write_text("mine")
    (here / "t.xlsx").write_text("mine")
    assert "a file that does not exist yet" in complaint(capsys, "new", "x")
    assert "a file that does not exist yet" in complaint(capsys, "new", "--workbook", "t.xlsx")
    assert (here / "x.yaml").read_text() == (here / "t.xlsx").read_text() == "mine"


def test_a_workbook_is_handed_out_and_says_what_comes_next(capsys):
    assert status(["new", "--workbook", "chain.xlsx", "--lang", "zh"]) == 0
    assert "retail-lab import chain.xlsx" in capsys.readouterr().out
    assert "门店" in [sheet.name for sheet in read_sheets(own_chain.Path("chain.xlsx"))]


def stores(path, *rows):
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("门店")
        for n, row in enumerate((("门店编码", "日均客流", "收银台数"), *rows)):
            sheet.write_row(n, 0, row)


def test_import_says_what_it_made_and_what_is_assumed_and_its_scenario_runs(capsys):
    stores("chain.xlsx", ("A", 120, 2), ("B", None, 1))
    assert status(["import", "chain.xlsx", "--days", "1"]) == 0
    said = capsys.readouterr().out
    assert "1 day from" in said
    assert "stores.customers_per_day: 120 for 1: B" in said
    assert "stores.customers_per_day = 120 (assumed for 1 of 2)" in said
    assert status(["run", "chain.yaml"]) == 0
    ran = capsys.readouterr().out
    assert "stores.customers_per_day = 120 (assumed for 1 of 2)" in ran
    assert "stores.tills =" not in ran


def test_import_tells_every_cell_to_correct_and_marks_them(capsys, here):
    stores("chain.xlsx", ("A", "many", 2), ("A", 5, -1))
    lines = complaint(capsys, "import", "chain.xlsx", "--mark", "marked.xlsx").splitlines()
    assert lines == [
        "marked in marked.xlsx: what to correct stands beside each row",
        "retail-lab: chain.xlsx [门店]: row 2, column 日均客流: expected a number, found 'many'",
        "chain.xlsx [门店]: row 3, column 门店编码: expected each store once (also in row 2), found 'A'",
        "chain.xlsx [门店]: row 3, column 收银台数: expected a number from 0 to 1,000 tills, found -1",
    ]
    assert not (here / "chain.yaml").exists()
    assert read_sheets(here / "marked.xlsx")[0].rows[2][3].startswith("门店编码: expected each store once")
