"""Histories are read from tables in English and Chinese, by day or week, and from a run; what cannot be used is refused by row and column."""

from datetime import date, timedelta

import numpy as np
import pytest

from sim.planning.pilots.golive import go_lives
from sim.planning.pilots.tables import read_history
from sim.planning.pilots.weeks import panel
from sim.records.refusal import Refusal

from .histories import FIRST, written


@pytest.fixture
def table(tmp_path):
    def write(*rows, name="data.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_text("\n".join(rows), encoding=encoding)
        return path

    return write


def test_chinese_headings_in_gb18030_with_regions_and_go_lives(table):
    rows = ('甲店,2026/1/5,华东,2026年3月2日,"1,200",30', "乙店,2026/1/5,华北,,900,")
    path = table("门店,日期,区域,上线日期,销售额（元）,等待时间", *rows, encoding="gb18030")
    found = read_history(path)
    assert found.stores == ("乙店", "甲店")
    assert found.regions == ("华北", "华东")
    assert found.live == {"甲店": date(2026, 3, 2)}
    assert found.values["sales"].tolist() == [[900], [1200]]
    assert np.isnan(found.values["wait_s"][0, 0])


def test_an_outcome_by_its_own_heading_and_weeks_by_their_number(table):
    path = table("store,week,basket", *(f"{s},2026-W{w:02d},{w}" for s in "abcd" for w in (2, 3, 4)))
    found = panel(read_history(path, ["basket"]))
    assert (found.weekly, found.weeks) == (True, (date(2026, 1, 5), date(2026, 1, 12), date(2026, 1, 19)))
    assert found.values["basket"][0].tolist() == [2, 3, 4]


def test_a_week_is_the_mean_of_its_days_and_begins_on_the_weekday_asked_for(tmp_path):
    found = read_history(written(tmp_path / "a.csv", stores=4, weeks=3, noise=0.0))
    whole = panel(found, begins=2)
    assert whole.weeks == (date(2026, 1, 7), date(2026, 1, 14))
    days = found.values["sales"]
    assert whole.values["sales"][:, 0] == pytest.approx(days[:, 2:9].mean(axis=1))


def test_gaps_leave_out_a_week_of_all_or_a_store_with_a_note(tmp_path):
    path = written(tmp_path / "a.csv", stores=6, weeks=6)
    lost = {str(FIRST + timedelta(days=14 + n)) for n in range(7)}
    kept = [row for row in path.read_text().splitlines() if row.split(",")[1] not in lost]
    gap = {str(FIRST + timedelta(days=28 + n)) for n in range(5)}
    path.write_text("\n".join(row for row in kept if not (row.startswith("S03") and row.split(",")[1] in gap)))
    found = panel(read_history(path))
    assert len(found.weeks) == 5
    assert "S03" not in found.stores
    assert found.notes == (
        "1 week left out: without a figure of most stores: 2026-01-19.",
        "1 store (S03) left out: without a figure of every week.",
    )


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        (["store,date,sales", "a,2026-01-05,ten"], r"row 2, column sales: expected a number, found 'ten'"),
        (["store,date,sales", "a,yesterday,10"], "row 2, column date: expected a date such as 2025-10-01"),
        (["store,date,sales", ",2026-01-05,10"], "row 2, column store: expected a store's code, found nothing"),
        (["store,date,sales", "a,2026-01-05,1", "a,2026-01-05,2"], "row 3, column store: expected one row a store and day"),
        (["store,date,sales", "a,2026-W60,1"], "expected a week of the year"),
        (["store,date,sales", "a,2026-01-05,1e30"], r"expected a number up to 1e\+15"),
        (["store,date,sales,region", "a,2026-01-05,1,E", "a,2026-01-06,1,W"], "row 3, column region: expected E, as in the other"),
        (["store,date,sales,go_live", "a,2026-01-05,1,soon"], "row 2, column go_live: expected a date"),
        (["store,date,mood", "a,2026-01-05,1"], "a column with an outcome"),
        (["store,sales", "a,1"], "a column date or day or week"),
        (["store,date,sales", "a,03/04/2026,1"], "an order of day and month"),
        ([""], "a table with a row a store and day, found nothing"),
    ],
)  # fmt: skip
def test_what_a_table_cannot_have_is_refused(table, rows, complaint):
    with pytest.raises(Refusal, match=complaint):
        read_history(table(*rows))


def test_too_few_stores_or_weeks_are_refused(tmp_path):
    with pytest.raises(Refusal, match="at least 4 stores in the same 2 weeks or more, found '3 stores over 4 weeks'"):
        panel(read_history(written(tmp_path / "a.csv", stores=3, weeks=4)))
    with pytest.raises(Refusal, match="found '5 stores over 1 week'"):
        panel(read_history(written(tmp_path / "a.csv", stores=5, weeks=1)))


@pytest.fixture
def history(tmp_path):
    return read_history(written(tmp_path / "a.csv", stores=5, weeks=4))


def test_go_lives_stand_in_a_table_or_in_the_waves_of_a_plan(history, table):
    dates = go_lives(history, table("门店,日期", "S00,2026-01-19", "S01,", name="live.csv"))
    assert dates.days == {"S00": date(2026, 1, 19)}
    plan = table(
        "name: p", "live: [S04]", "waves:", "- {name: first, stores: [S00, S01], go_live: 2026-01-19}",
        "- {name: more, stores_of: first, go_live: 2026-02-01}", name="plan.yaml",
    )  # fmt: skip
    found = go_lives(history, plan)
    assert found.days == {"S00": date(2026, 1, 19), "S01": date(2026, 1, 19), "S04": date.min}
    assert found.waves == {"S00": "first", "S01": "first"}


@pytest.mark.parametrize(
    ("name", "rows", "complaint"),
    [
        ("live.csv", ["store,go_live", "S0,2026-01-19"], "store: expected a store of .*, perhaps S04, found 'S0'"),
        ("live.csv", ["store,go_live", "S00,2026-01-19", "S00,2026-01-20"], "row 3, column store: expected each store once"),
        ("live.csv", ["store,go_live", "S00,soon"], "row 2, column go_live: expected a date"),
        ("live.csv", ["store,go_live", "S00,"], "a date of go-live in some row"),
        ("plan.yaml", ["name: p", "waves: [{name: first, stores: 3, go_live: 2026-01-19}]"], "waves.0.stores: expected codes"),
        ("plan.yaml", ["name: p", "live: 2", "waves: [{name: a, stores: [S00], go_live: 2026-01-19}]"], "live: expected codes of stores"),
        ("plan.yaml", ["name: p", "waves: [{name: a, stores: [X], go_live: 2026-01-19}]"], "found 'X'"),
    ],
)  # fmt: skip
def test_a_go_live_that_cannot_be_used_is_refused(history, table, name, rows, complaint):
    with pytest.raises(Refusal, match=complaint):
        go_lives(history, table(*rows, name=name))


def test_without_any_go_live_the_way_to_give_one_is_named(history):
    with pytest.raises(Refusal, match="a column go_live with a date in some row, or --go-live FILE"):
        go_lives(history, None)
