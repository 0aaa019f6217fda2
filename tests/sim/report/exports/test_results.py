"""What is exported of every kind of record: tables with units, figures with findings, all in both languages."""

import re

import pytest
from python_calamine import CalamineWorkbook

from sim.report.exports.headings import heading
from sim.report.exports.result import cells, is_share
from sim.report.exports.workbook import sheet_name, write_workbook
from sim.report.languages.catalogue import tables as catalogue

HAN = re.compile(r"[\u4e00-\u9fff]")
KINDS = ("run", "compare", "several", "verdict", "report", "capacity", "oversell", "check")
NO_WORDS = {"SKU"}
"""Of Chinese too."""


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_record_is_a_workbook(results, kind, lang, tmp_path):
    result = results[kind, lang]
    write_workbook(result, tmp_path / "r.xlsx")
    book = CalamineWorkbook.from_path(tmp_path / "r.xlsx")
    assert len(book.sheet_names) == len(result.tables) + 1 > 1
    for name, table in zip(book.sheet_names[1:], result.tables, strict=True):
        rows = book.get_sheet_by_name(name).to_python()
        assert len(rows) == len(table.frame) + 1
        assert len(rows[0]) == len(table.frame.columns)


@pytest.mark.parametrize("kind", KINDS)
def test_every_sheet_heading_fact_and_title_is_chinese_on_request(results, kind):
    result = results[kind, "zh"]
    said = [
        *(sheet_name(table, result) for table in result.tables),
        *(heading(table, str(column), result) for table in result.tables for column in table.frame.columns),
        *(name for name, _ in result.about),
        *(table.title for table in result.tables),
        result.source,
    ]
    assert [each for each in said if not HAN.search(each) and each not in NO_WORDS] == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_unit_of_a_table_has_its_chinese_name_and_belongs_to_a_column_that_some_result_has(results, kind):
    known = catalogue()["unit"]
    for table in results[kind, "en"].tables:
        assert not [
            unit
            for column, unit in table.units.items()
            if unit not in known and unit != "date" and column in table.frame
        ]


@pytest.mark.parametrize("kind", KINDS)
def test_shares_lie_between_0_and_1(results, kind):
    for table in results[kind, "en"].tables:
        columns = list(table.frame.columns)
        for row in cells(table):
            named = dict(zip(columns, row, strict=True))
            shares = [
                value for column, value in named.items() if is_share(table.unit(column, named)) and value is not None
            ]
            assert all(-1 <= share <= 1 for share in shares)


def test_figures_have_a_finding_as_their_title(figures):
    for drawn in figures.values():
        assert drawn
        assert len({figure.key for figure in drawn}) == len(drawn)
        assert all(len(figure.title.split()) >= 3 for figure in drawn)


def test_a_run_says_how_to_get_it_again(results):
    about = dict(results["run", "en"].about)
    assert about["scenario hash"] == "ab" * 32
    assert about["seed"] == 7
    assert about["first day"].isoformat() == "2026-10-01"
    assert about["last day"].isoformat() == "2026-10-02"
    assert results["run", "en"].assumed == ("trading.patience_s = exponential(mean 900)", "stores.tills = 4 … 6 (50)")


def test_tables_by_store_and_day_add_up_to_the_chain(results):
    tables = {table.name: table.frame for table in results["run", "en"].tables}
    by_day, by_both = tables["by_day"], tables["by_location_and_day"]
    assert by_both["customers_per_day"].sum() == pytest.approx(by_day["customers_per_day"].sum())
    assert tables["by_location"].set_index("location_code")["location_name"]["SH01"] == "上海 徐汇店"
    assert list(by_day["date"].astype(str)) == ["2026-10-01", "2026-10-02"]


def test_a_second_run_is_held_against_the_first(results):
    kpis = results["compare", "en"].tables[0]
    wait = kpis.frame.set_index("kpi").loc["mean_wait_s"]
    assert wait["change"] == pytest.approx(wait["second"] - wait["first"])
    assert wait["finding"] == "worse"
    assert set(kpis.by_row) == {
        *("first", "first_low_95", "first_high_95", "second"),
        *("change", "change_low_95", "change_high_95"),
    }


def test_several_runs_have_a_row_a_pair_and_key_figure_and_a_row_a_run_and_key_figure(results):
    result = results["several", "en"]
    differences, kpis = (table.frame for table in result.tables)
    waits = differences[differences["kpi"] == "mean_wait_s"]
    assert list(zip(waits["run"], waits["against"], strict=True)) == [
        ("slower", "three-shops"),
        ("slowest", "three-shops"),
        ("slowest", "slower"),
    ]
    assert waits["change"].to_numpy() == pytest.approx([20, 30, 10])
    assert (differences["mean"] - differences["mean_against"]).dropna().to_numpy() == pytest.approx(
        differences["change"].dropna().to_numpy()
    )
    assert kpis.groupby("run", sort=False).size().index.tolist() == ["three-shops", "slower", "slowest"]
    assert dict(result.about)["slower: seed"] == 7
    assert result.source.endswith("seed 7, 2 paired replications, hash abababab, abababab, abababab: simulated")
