"""Workbooks of scores: written to be filled in, read back, and refused by file, sheet and row."""

from datetime import date

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from sim.planning.vendors.score_sheets import ends, read, write_template
from sim.planning.vendors.vendor_file import load
from sim.records.refusal import Refusal

from .test_vendor_file import written

HEAD = ("dimension", "criterion", "Alpha", "Beta")


@pytest.fixture
def file(tmp_path):
    return load(written(tmp_path)).file


def book(path, **sheets):
    with xlsxwriter.Workbook(path) as out:
        for name, rows in sheets.items():
            sheet = out.add_worksheet(name)
            for n, row in enumerate(rows):
                sheet.write_row(n, 0, row)
    return path


def test_a_template_that_is_filled_in_reads_back_as_scores_by_scorer(tmp_path, file):
    path = tmp_path / "scores.xlsx"
    write_template(path, file)
    names = CalamineWorkbook.from_path(path).sheet_names
    assert names == ["Read me", "Scorer 1", "Scorer 2", "Scorer 3"]
    rows = CalamineWorkbook.from_path(path).get_sheet_by_name("Scorer 1").to_python()
    assert rows[0] == ["dimension", "criterion", "what to look at", "Alpha", "Beta", "notes"]
    assert [row[1] for row in rows[1:]] == ["transfers", "returns", "hotline"]
    assert rows[3][2] == "answers at night"
    with pytest.raises(Refusal, match=r"a sheet with scores from 0 to 10, found none"):
        read(path, "scores.xlsx", file)


def test_several_scorers_and_an_empty_cell_that_is_no_score(tmp_path, file):
    path = book(
        tmp_path / "s.xlsx",
        Li=[HEAD, ("", "Transfers *", 7, "4-6"), ("", "hotline", "", 3)],
        Wang=[HEAD, ("", "transfers", 5, 9)],
    )
    found = read(path, "s.xlsx", file)
    assert {key: [(each.scorer, each.low, each.high) for each in given] for key, given in found.items()} == {
        ("Alpha", "transfers"): [("Li", 7, 7), ("Wang", 5, 5)],
        ("Beta", "transfers"): [("Li", 4, 6), ("Wang", 9, 9)],
        ("Beta", "hotline"): [("Li", 3, 3)],
    }


def test_a_dash_is_no_score_and_a_comma_may_be_the_decimal_one(tmp_path, file):
    path = tmp_path / "li.csv"
    path.write_text("criterion;Alpha;Beta\ntransfers;7,5;n/a\nhotline;-;6,5-8\n")
    found = read(path, "li.csv", file)
    assert {key: (each.low, each.high) for key, (each,) in found.items()} == {
        ("Alpha", "transfers"): (7.5, 7.5),
        ("Beta", "hotline"): (6.5, 8),
    }


@pytest.mark.parametrize(
    ("rows", "line"),
    [
        ([("criterion", "Alfa", "Beta"), ("transfers", 5, 5)], "[Li]: row 1: expected a vendor of the comparison, perhaps Alpha, found 'Alfa'"),
        (
            [HEAD, ("", "transfer", 5, 5)],
            "[Li]: row 2, column criterion: expected a criterion of the comparison, perhaps transfers, found 'transfer'",
        ),
        ([HEAD, ("", "transfers", 11, 5)], "[Li]: row 2, column Alpha: expected a score from 0 to 10, or a range such as 6-8, found 11"),
        ([HEAD, ("", "transfers", "good", 5)], "[Li]: row 2, column Alpha: expected a score from 0 to 10, or a range such as 6-8, found 'good'"),
        (
            [HEAD, ("", "transfers", 5, 5), ("", "transfers", 6, 5)],
            "[Li]: row 3, column criterion: expected each criterion once (row 2 has it), found 'transfers'",
        ),
        ([HEAD, ("", "", 5, 5)], "[Li]: row 2, column criterion: expected a criterion of the comparison, found nothing"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_by_file_sheet_and_row(tmp_path, file, rows, line):
    path = book(tmp_path / "s.xlsx", Li=rows)
    with pytest.raises(Refusal) as refused:
        read(path, "s.xlsx", file)
    assert str(refused.value) == f"{path} {line}"


def test_all_that_is_wrong_in_a_workbook_is_named_at_once(tmp_path, file):
    rows = [HEAD, ("", "transfers", 11, -1), ("", "hotlin", 5, 5)]
    path = book(tmp_path / "s.xlsx", Li=rows, Wang=rows)
    with pytest.raises(Refusal) as refused:
        read(path, "s.xlsx", file)
    assert len(str(refused.value).splitlines()) == 6


@pytest.mark.parametrize("cell", ["75%", "70 %", date(2026, 6, 8), True, "7 (demo)"])
def test_a_share_and_a_date_are_no_scores(cell):
    with pytest.raises(ValueError, match=r"a score from 0 to 10"):
        ends(cell)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (7, (7, 7)),
        ("7.5", (7.5, 7.5)),
        ("6-8", (6, 8)),
        ("8 – 6", (6, 8)),
        ("6 to 8", (6, 8)),
        ("６～８", (6, 8)),
        ("7.5分", (7.5, 7.5)),
        ("7/10", (7, 7)),
        ("７～８ 分", (7, 8)),
    ],
)
def test_a_score_is_a_number_or_a_range_however_it_is_typed(cell, expected):
    assert ends(cell) == expected
