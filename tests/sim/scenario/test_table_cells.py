"""A cell of a table means what its field takes it for, whichever program wrote the table and in whichever language its headings are."""

from datetime import date, time

import pytest
import xlsxwriter

from sim.records.refusal import Refusal
from sim.scenario.loader import load
from sim.scenario.sections.cells import read as cells
from sim.scenario.table_files import read
from sim.tables.faults import TableRefusal


def workbook(path, **sheets):
    """A workbook with these rows by sheet."""
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"}) as book:
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for n, row in enumerate(rows):
                sheet.write_row(n, 0, row)
    return path


STORES = [
    ["2026 年门店一览表"],
    [],
    ["门店编码*", "门店名称", "区域", "经营方式", "仓库", "日均客流（人）", "收银台数", "营业时间"],
    [7, "徐汇店", "EAST", "加盟", "WSH", "1,300", "２", "8:00～22:00"],
    [6901234567892, "浦东店", "EAST", "直营", "WSH", 900.5, 3, "9:30-24:00"],
]


def test_a_spreadsheet_with_a_title_and_chinese_headings_is_a_table_of_stores(folder):
    workbook(folder.path / "s.xlsx", 门店=STORES, 空=[])
    stores = load(folder.write("a.yaml", LANES + "stores: {table: s.xlsx}\n")).stores
    assert [store.code for store in stores] == ["7", "6901234567892"]
    assert [(store.ownership, store.customers_per_day, store.tills) for store in stores] == [
        ("franchise", 1300, 2),
        ("direct", 900.5, 3),
    ]
    assert [(store.opens, store.closes) for store in stores] == [(time(8), time(22)), (time(9, 30), time(23, 59))]


LANES = """extends: shop.yaml
lanes:
  - {origin: WSH, destination: "7", lead_time_days: 1}
  - {origin: WSH, destination: "6901234567892", lead_time_days: 1}
"""


def test_one_of_several_sheets_is_named(folder):
    workbook(folder.path / "s.xlsx", 门店=STORES, 备注=[["x"]])
    with pytest.raises(Refusal, match=r"the sheet that is meant: {table: FILE, sheet: NAME}, found '门店, 备注'"):
        load(folder.write("a.yaml", LANES + "stores: {table: s.xlsx}\n"))
    with pytest.raises(Refusal, match="sheet: one of 门店, 备注, perhaps 门店, found '门店表'"):
        load(folder.write("a.yaml", LANES + "stores: {table: s.xlsx, sheet: 门店表}\n"))
    assert len(load(folder.write("a.yaml", LANES + "stores: {table: s.xlsx, sheet: 门店}\n")).stores) == 2


def test_errors_of_a_sheet_are_told_together_with_the_headings_that_stand_there(folder):
    rows = [
        *STORES[:3],
        [7, "", "EAST", "租赁", "WSH", "很多", -1, "8:00-22:00"],
        [8, "", "EAST", "直营", "WSH", 10, 1, "22:00-8:00"],
    ]
    workbook(folder.path / "s.xlsx", 门店=rows)
    with pytest.raises(TableRefusal) as refusal:
        load(folder.write("a.yaml", LANES + "stores: {table: s.xlsx}\n"))
    assert str(refusal.value).replace(f"{folder.path}/", "").splitlines() == [
        "s.xlsx [门店]: row 4, column 经营方式: expected 'direct' or 'franchise', found '租赁'",
        "s.xlsx [门店]: row 4, column 日均客流（人）: expected a number from 0 to 1,000,000 1/d, found '很多'".replace(
            " from 0 to 1,000,000 1/d", ""
        ),
        "s.xlsx [门店]: row 4, column 收银台数: expected a number from 0 to 1,000 tills, found -1",
        "s.xlsx [门店]: row 5, column 营业时间: expected closes later than opens, on the same day, found 'opens 22:00, closes 08:00'",
    ]


def test_an_error_of_a_formula_and_a_cell_without_a_heading_are_refused(folder):
    with pytest.raises(TableRefusal) as refusal:
        read(folder.write("s.csv", "code,tills\nA,#N/A\nB,1,stray\n"), "stores")
    assert str(refusal.value).replace(f"{folder.path}/", "").splitlines() == [
        "s.csv: row 2, column tills: expected a value, not a formula's error, found '#N/A'",
        "s.csv: row 3: expected a name above each column, found 'stray'",
    ]


@pytest.mark.parametrize(
    ("section", "field", "cell", "value"),
    [
        ("skus", "price", "￥1,234.50", 1234.5), ("skus", "price", "12,5", 12.5),
        ("skus", "price", "12.5元", 12.5), ("skus", "weight_kg", "0.5 kg", 0.5),
        ("skus", "code", 7, "7"), ("skus", "code", 6901234567892, "6901234567892"),
        ("skus", "code", '="007"', "007"), ("skus", "code", "007", "007"),
        ("suppliers", "fill_rate", "95%", 0.95), ("suppliers", "unavailable_share", "3%", 0.03),
        ("suppliers", "unavailable_days", "7天", 7), ("suppliers", "late_share", "10 %", 0.1),
        ("suppliers", "late_days", "1-3", {"distribution": "uniform", "low": 1, "high": 3}),
        ("suppliers", "order_weekdays", "周一,周三", [1, 3]), ("suppliers", "lead_time_days", "3天", 3),
        ("suppliers", "lead_time_days", "2-4", {"distribution": "uniform", "low": 2, "high": 4}),
        ("suppliers", "lead_time_days.mean", "1,5", 1.5),
        ("stores", "opens", "上午9:30", time(9, 30)), ("stores", "opens", 9, time(9)),
        ("stores", "closes", "24:00", time(23, 59)), ("stores", "tills", "4台", 4),
        ("rosters", "first_weekday", "周三", 3), ("trading.payments", "backup", "是", True),
        ("traffic.holidays", "first", "2026年10月1日", date(2026, 10, 1)),
        ("traffic.holidays", "first", "13/10/2026", date(2026, 10, 13)),
        ("stores", "ownership", "Franchise", "franchise"),
    ],
)  # fmt: skip
def test_a_cell_is_what_its_field_takes_it_for(section, field, cell, value):
    assert cells(section, field, [cell]) == [value]


@pytest.mark.parametrize(
    ("section", "field", "cell"),
    [("skus", "price", "5%"), ("traffic.holidays", "first", "3/4/2026"),
        ("stores", "tills", "many"), ("stores", "ownership", "是"), ("skus", "price", True)],
)  # fmt: skip
def test_what_could_mean_something_else_stays_for_the_model_to_refuse(section, field, cell):
    assert cells(section, field, [cell]) == [cell]


def test_yes_under_a_heading_that_asks_is_an_answer():
    assert cells("stores", "ownership", ["是", "否"], "是否加盟") == ["franchise", "direct"]
    assert cells("stores", "ownership", ["是", "否"], "是否直营") == ["direct", "franchise"]
