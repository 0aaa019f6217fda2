"""`retail-lab vendors`: the example that ships, and a file of one's own, as a table, a page, exports, a decision record and a workbook."""

import json
import shutil

import pytest
from python_calamine import CalamineWorkbook

from sim.cli import app
from sim.planning.vendors.comparing import example
from sim.records.decisions.vendors import Ranking

from ...planning.vendors.test_comparing import scored
from ...planning.vendors.test_vendor_file import written


@pytest.fixture(scope="module")
def outs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("vendors")
    flags = [f"--{kind}={folder / f'out.{kind}'}" for kind in ("json", "html", "xlsx", "adr", "csv")]
    assert app.status(["vendors", "example", "--quiet", *flags]) == 0
    return folder


def test_the_example_is_won_by_the_vendor_whose_evidence_was_measured(outs):
    ranking = Ranking.read(outs / "out.json")
    assert ranking.example
    assert ranking.winner == "Aster"
    order = [(each.vendor, each.rank) for each in ranking.standings]
    assert order == [("Aster", 1), ("Cedar", 2), ("Dune", 3), ("Birch", None)]
    grades = {each.vendor: max(each.by_grade, key=each.by_grade.get) for each in ranking.standings}
    assert grades["Aster"] == "measured"
    assert grades["Dune"] == "none"
    assert {piece.kind for each in ranking.standings for piece in each.pieces} == {
        *("verdict", "adapter check", "load test file", "support tickets", "incidents", "costs")
    }


def test_the_page_names_grade_and_age_of_each_piece_of_evidence_and_that_it_is_an_example(outs):
    page = (outs / "out.html").read_text(encoding="utf-8")
    for words in (
        "An example",
        "Aster leads with",
        "What would have to be true",
        "cedar.jtl",
        "load test file, supplied, 89 days",
        "RFP answer 4.2",
    ):
        assert words in page, words


def test_the_decision_record_has_the_headings_of_madr(outs):
    record = (outs / "out.adr").read_text(encoding="utf-8")
    headings = [line for line in record.splitlines() if line.startswith("## ")]
    assert headings == [
        *("## Context and Problem Statement", "## Decision Drivers", "## Considered Options"),
        *("## Decision Outcome", "## Pros and Cons of the Options", "## More Information"),
    ]
    assert record.startswith("---\nstatus: proposed\ndate: 2026-11-30\n---\n")
    assert 'Chosen option: "Aster", because' in record
    assert "lacks 99.9 % of requests answered at the peak" in record


def test_the_workbook_holds_every_score_with_its_evidence(outs):
    book = CalamineWorkbook.from_path(outs / "out.xlsx")
    assert {"ranking", "scores", "requirements", "evidence", "costs", "support"} <= {
        name.lower() for name in book.sheet_names
    }


def test_in_chinese_no_sentence_stays_english(capsys, tmp_path):
    assert app.status(["vendors", "example", "--lang", "zh", "--html", str(tmp_path / "p.html")]) == 0
    said = capsys.readouterr().out
    for words in ("leads with", "wins if", "disqualified", "Nothing shows", "Cost of ownership"):
        assert words not in said
        assert words not in (tmp_path / "p.html").read_text(encoding="utf-8").partition("<body>")[2]


def test_a_workbook_of_the_example_can_be_filled_in_and_read(tmp_path):
    folder = tmp_path / "own"
    shutil.copytree(example().parent, folder)
    template = folder / "scores.xlsx"
    assert app.status(["vendors", str(folder / "vendors.yaml"), "--template", str(template)]) == 0
    rows = CalamineWorkbook.from_path(template).get_sheet_by_name("Scorer 1").to_python()
    assert rows[0][3:7] == ["Aster", "Birch", "Cedar", "Dune"]
    assert len(rows) == 14


def test_without_a_winner_the_status_is_2(tmp_path, capsys):
    path = written(tmp_path, lambda held: scored(held, Alpha=5, Beta=5))
    assert app.status(["vendors", str(path), "--quiet"]) == 2
    assert capsys.readouterr().out.startswith("No vendor is ahead")


def test_the_json_is_the_record(outs):
    assert json.loads((outs / "out.json").read_text())["format"] == 1


def test_a_file_that_is_not_there_is_refused_in_a_line(tmp_path, capsys):
    assert app.status(["vendors", str(tmp_path / "none.yaml")]) == 64
    assert (
        capsys.readouterr().err
        == f"retail-lab: {tmp_path / 'none.yaml'}: expected a comparison of vendors, found no such file\n"
    )


def test_a_workbook_for_scorers_has_a_name_that_spreadsheets_open(tmp_path, capsys):
    assert app.status(["vendors", "example", "--template", str(tmp_path / "scores.csv")]) == 64
    assert "expected a name that ends in .xlsx, found '.csv'" in capsys.readouterr().err
