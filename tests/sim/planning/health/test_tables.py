"""Tables of health as people keep them: headings, units, shares and totals are read for what they are, or refused by row and column."""

from datetime import date

import pandas as pd
import pytest

from sim.planning.health.judging import judge
from sim.planning.health.quarters import Quarter
from sim.planning.health.tables import read
from sim.planning.health.template import HEADINGS, write_template
from sim.records.refusal import Refusal

ON = date(2026, 11, 1)
THIRD = Quarter(2026, 3)


@pytest.fixture
def table(tmp_path):
    def write(text, encoding="utf-8"):
        path = tmp_path / "health.csv"
        path.write_text(text, encoding=encoding)
        return path

    return write


def means(path, measure):
    return [part.total / part.weight for part in read(path, ON).parts[measure, THIRD]]


def test_chinese_headings_in_gb18030_with_milliseconds_per_cent_and_a_total(table):
    text = (
        "2026年运营健康度,,,,,\n"
        "季度,平均响应时间（毫秒）,请求数,错误数,满意度,盘点差异率（%）\n"
        '2026年三季度,"1,450","1,200,000",960,4.3,0.4\n合计,,1200000,960,,\n'
    )
    path = table(text, "gb18030")
    found = read(path, ON)
    assert means(path, "mean_response") == [1.45]
    assert means(path, "errors_per_10000") == [8.0]
    assert means(path, "satisfaction") == [4.3]
    assert means(path, "stock_discrepancy") == pytest.approx([0.004])
    assert found.notes == ["row 4 is not read: 合计."]


def test_a_decimal_comma_in_one_column_is_that_of_the_whole_sheet(table):
    path = table("Month;Avg response time (ms);Total requests;Failed requests\n2026-07;1.450,5;400.000;310\n")
    assert means(path, "mean_response") == [1.4505]
    assert means(path, "errors_per_10000") == [7.75]


def test_a_row_a_measure_is_read_as_well_as_a_column_a_measure(table):
    path = table("period,metric,value,n,sd\n2026Q3,CSAT,4.7,300,0.6\n2026Q3,mean response,350 ms,,\n2026Q3,errors,40,100000,\n")  # fmt: skip
    (part,) = read(path, ON).parts["satisfaction", THIRD]
    assert (part.respondents, part.variance) == (300, pytest.approx(0.36 / 300))
    assert means(path, "mean_response") == [0.35]
    assert means(path, "errors_per_10000") == [4.0]


def test_lines_of_a_stock_count_are_one_sample_a_store_and_day(table):
    rows = ["date,store,sku,book,counted"]
    rows += [f"2026-08-{day:02d},{store},{n},{10 + n % 2},10" for day in (3, 4) for store in "AB" for n in range(6)]
    parts = read(table("\n".join(rows)), ON).parts["stock_discrepancy", THIRD]
    assert [(part.total, part.weight) for part in parts] == [(3.0, 60.0)] * 4


def test_rows_after_the_day_of_judgement_do_not_count(table):
    found = read(table("month,satisfaction\n2026-08,4.5\n2026-12,1\n"), ON)
    assert set(found.parts) == {("satisfaction", THIRD)}
    assert found.notes == ["1 rows begin after 2026-11-01 and do not count."]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("quarter,satisfaction\n2026Q3,92\n", "row 2, column satisfaction: expected a number from 1 to 5, found '92'"),
        ("quarter,response time\n2026Q3,1450\n", "row 2, column response time: expected a time with its unit"),
        ("quarter,discrepancy rate\n2026Q3,0.4\n", "column discrepancy rate: expected a share with its percent sign"),
        ("quarter,errors,requests\n2026Q3,5,4\n", "column errors: expected at most the 4 requests of the row"),
        ("quarter,errors\n2026Q3,5\n", "column errors: expected a number of requests beside the errors"),
        ("quarter,book\n2026Q3,5\n", "column book: expected counted units beside it"),
        ("quarter,satisfaction\nautumn,4\n", "row 2, column quarter: expected a quarter (2026Q3), a month"),
        ("month,satisfaction\n,4\n", "row 2, column month: expected a quarter (2026Q3), a month"),
        ("metric,value,quarter\nprofit,4,2026Q3\n", "row 2, column metric: expected mean response, errors"),
        ("date,satisfaction\n03/04/2026,4\n", "column date: expected dates whose order is plain in every row"),
        ("store,sales\nA,4\n", "expected a column quarter, month or date, and beside it mean response"),
        ("quarter,satisfaction\n2026Q4,\n", "expected a row with figures, dated by 2026-11-01, found none"),
    ],
)
def test_a_table_that_cannot_be_used_is_refused_by_row_and_column(table, text, complaint):
    with pytest.raises(Refusal) as refused:
        read(table(text), ON)
    assert complaint in str(refused.value)


def test_a_template_is_refused_empty_and_judged_once_it_is_filled(tmp_path):
    path = tmp_path / "template.xlsx"
    write_template(path)
    with pytest.raises(Refusal, match="a row with figures"):
        read(path, ON)
    rows = [[f"2026-0{month}", 0.4 + month / 100, 90_000, 9, 4.7, 90, 0.5, None, 1000, 999] for month in (7, 8, 9)]
    pd.DataFrame(rows, columns=HEADINGS).to_excel(path, index=False)
    states = {line.name: line.state for line in judge([path], None, ON).measures}
    assert states == {
        "mean_response": "met",
        "errors_per_10000": "not decidable yet",
        "satisfaction": "met",
        "stock_discrepancy": "met",
    }
