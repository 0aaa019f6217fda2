"""A planner's workbook becomes a scenario: what it says is supplied, what it leaves open is assumed and listed, what is wrong is told by cell."""

import csv
from datetime import date, time

import pytest

from sim.records.refusal import Refusal
from sim.scenario.loader import load
from sim.scenario.sources import assumed
from sim.study.run import run
from sim.tables.faults import TableRefusal
from sim.tables.sheets import read_sheets
from sim.workbook.importing import bring

from .books import CHAIN, chain, workbook


@pytest.fixture
def imported(tmp_path):
    """Imports sheets; gives the scenario and what was said of it."""

    def make(sheets=CHAIN, *maps, **settings):
        found = bring([workbook(tmp_path / "chain.xlsx", sheets)], tmp_path, maps, settings=settings)
        return load(found.file), found

    return make


def told(imported, sheets, *maps):
    with pytest.raises(TableRefusal) as refusal:
        imported(sheets, *maps)
    return [line.partition("chain.xlsx ")[2] for line in str(refusal.value).splitlines()]


def test_a_messy_workbook_is_the_chain_that_it_describes(imported):
    scenario, found = imported(start=date(2026, 11, 2), days=3)
    assert [(store.code, store.name, store.ownership, store.tills) for store in scenario.stores] == [
        ("1001", "徐汇店", "direct", 3),
        ("1002", "浦东店", "franchise", 4),
        ("1003", "天河店", "direct", 2),
    ]
    assert [store.warehouse for store in scenario.stores] == ["DC-01", "DC-01", "DC-02"]
    assert [region.name for region in scenario.regions] == ["华东", "华南"]
    assert [(store.opens, store.closes) for store in scenario.stores][1:] == [
        (time(7, 30), time(22, 30)),
        (time(8), time(23, 59)),
    ]
    assert [(shift.first_weekday, shift.last_weekday, shift.tills) for shift in scenario.rosters] == [
        (1, 5, 2),
        (6, 7, 3),
    ]
    assert [(supplier.fill_rate, supplier.order_weekdays) for supplier in scenario.suppliers] == [
        (0.95, [1, 3]),
        (1, None),
    ]
    assert scenario.suppliers[0].lead_time_days.ends == (2, 4)
    assert [(sku.code, sku.price, sku.shelf_life_days) for sku in scenario.skus] == [
        ("000001", 2.5, 365),
        ("000002", 4, 180),
        ("000003", 5, None),
    ]
    assert len(scenario.opening_stock) == 15
    assert scenario.opening_stock[-1].location == "DC-02"
    assert (scenario.start, scenario.days) == (date(2026, 11, 2), 3)
    assert any("row 7 not read: 合计" in line for line in found.left_out)
    assert any("columns not read: 店长" in line for line in found.left_out)


def test_what_was_imported_is_played(imported, tmp_path):
    scenario, _ = imported(start=date(2026, 11, 2), days=1)
    assert run(scenario, tmp_path / "runs").is_dir()


def test_what_a_table_says_is_supplied_and_its_gaps_are_counted_as_assumed(imported):
    scenario, found = imported()
    lines = assumed(scenario)
    assert scenario.sources["stores"].kind == "supplied"
    assert scenario.sources["stores"].source == "chain.xlsx, sheet 门店一览"
    assert not [
        line
        for line in lines
        if line.startswith(("stores.tills", "skus.price", "opening_stock", "suppliers.fill_rate", "skus.pack"))
    ]
    assert "stores.customers_per_day = 900 … 1300 (3) (assumed for 1 of 3)" in lines
    assert "lanes.lead_time_days = 1" in lines
    assert "skus.weight_kg = 0.5" in lines
    assert "stores.customers_per_day: 1100 for 1: 1003" in found.filled
    assert "skus.unit_cost: 2.4 for 1: 000002" in found.filled
    assert "stores.self_checkouts: 0, for 1 of 3" in found.filled


def test_stores_alone_are_enough_and_everything_else_is_assumed(imported):
    scenario, found = imported({"Sheet1": [["Store code", "Customers a day", "Tills"], ["A", 500, 2], ["B", 700, 3]]})
    assert len(scenario.stores) == 2
    assert "skus.count = 200" in assumed(scenario)
    assert not [line for line in found.assumed if line.startswith("stores.tills")]


def test_a_folder_and_single_tables_are_taken_too(tmp_path):
    folder = tmp_path / "资料"
    folder.mkdir()
    for name, sheet in (("门店.csv", CHAIN["门店一览"]), ("skus.csv", CHAIN["商品档案"]), ("厂商.csv", CHAIN["厂商"])):
        with (folder / name).open("w", encoding="gbk", newline="") as file:
            csv.writer(file).writerows(sheet if name != "门店.csv" else [row[:10] for row in sheet])
    of_folder = load(bring([folder], tmp_path / "a").file)
    of_files = load(bring([folder / "厂商.csv", folder / "门店.csv", folder / "skus.csv"], tmp_path / "b").file)
    assert of_folder.stores == of_files.stores
    assert [sku.code for sku in of_folder.skus] == ["000001", "000002", "000003"]
    assert of_folder.sources["skus"].source == "skus.csv"
    assert {store.warehouse for store in of_folder.stores} == {warehouse.code for warehouse in of_folder.warehouses}


def test_sheets_and_headings_of_other_names_are_mapped(imported):
    sheets = {"甲": [["代号", "人数", "机器"], ["A", 500, 2], ["B", 700, 3]]}
    with pytest.raises(Refusal, match=r"a sheet of a chain .*--map stores=SHEET.*甲"):
        imported(sheets)
    scenario, _ = imported(
        sheets, "stores=甲", "stores.code=代号", "stores.customers_per_day=人数", "stores.tills=机器"
    )
    assert [(store.code, store.customers_per_day, store.tills) for store in scenario.stores] == [
        ("A", 500, 2),
        ("B", 700, 3),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [("shops.x=y", None), ("colours=甲", "a section"), ("stores=乙", "one of the sheets 甲"), ("stores.colour=代号", "one of code"),
     ("skus.code=x", "a section that a sheet holds")],
)  # fmt: skip
def test_a_map_that_names_nothing_is_refused(imported, text, said):
    sheets = {"甲": [["代号", "人数", "机器"], ["A", 500, 2]]}
    maps = ["stores=甲", "stores.code=代号"] if not text.startswith("stores=") else []
    if said:
        with pytest.raises(Refusal, match=rf"--map.*{said}"):
            imported(sheets, *maps, text)


WRONG = {
    "门店一览": [
        CHAIN["门店一览"][2],
        [1, "一", "华东", "租赁", "嘉兴仓", "很多", -1, None, "22:00-8:00", "", "标准班"],
        [1, "二", "华东", "否", "北京仓", 900, 0, 0, "上午", "", "夜班"],
    ],
    "商品档案": [["货号", "供应商名称", "零售价", "进价"], ["A", "三号", "免费", 1], ["B", None, 2, 3]],
    "库存": [["门店", "货号", "库存"], [1, "A", "1.5"], [9, "C", 1]],
}


def test_everything_that_is_wrong_in_all_sheets_is_told_at_once(imported):
    assert told(imported, chain(**WRONG)) == [
        "[门店一览]: row 2, column 是否加盟: expected 'direct' or 'franchise', found '租赁'",
        "[门店一览]: row 2, column 日均客流量(人次): expected a number, found '很多'",
        "[门店一览]: row 2, column 收银台: expected a number from 0 to 1,000 tills, found -1",
        "[门店一览]: row 2, column 营业时间: expected a time later than 22:00, on the same day, found '08:00'",
        "[门店一览]: row 3, column 店号: expected each store once (also in row 2), found '1'",
        "[门店一览]: row 3, column 配送中心: expected the code of a warehouse, found '北京仓'",
        "[门店一览]: row 3, column 收银台: expected a till or a self-checkout, found 0",
        "[门店一览]: row 3, column 营业时间: expected hours such as 9:00-22:00, found '上午'",
        "[门店一览]: row 3, column 排班: expected the code of a roster, found '夜班'",
        "[商品档案]: row 2, column 供应商名称: expected the code of a supplier, found '三号'",
        "[商品档案]: row 2, column 零售价: expected a number, found '免费'",
        "[库存]: row 2, column 库存: expected a whole number, found '1.5'",
        "[库存]: row 3, column 门店: expected the code of a store or warehouse, found '9'",
        "[库存]: row 3, column 货号: expected the code of a SKU, found 'C'",
    ]


def test_what_is_wrong_stands_beside_the_rows_of_a_copy_that_keeps_every_sheet(tmp_path):
    file = workbook(tmp_path / "chain.xlsx", chain(**WRONG))
    with pytest.raises(TableRefusal):
        bring([file], tmp_path, mark=tmp_path / "marked.xlsx")
    before = {sheet.name: sheet for sheet in read_sheets(file)}
    after = {sheet.name: sheet for sheet in read_sheets(tmp_path / "marked.xlsx")}
    assert list(before) == list(after)
    for name, sheet in before.items():
        width = len(sheet.rows[0])
        assert [row[:width] for row in after[name].rows] == sheet.rows
    marked = after["门店一览"].rows
    assert marked[0][-1] == "更正 To correct"
    assert marked[1][-1].startswith(
        "是否加盟: expected 'direct' or 'franchise', found 租赁; 日均客流量(人次): expected a number"
    )
    assert not list(tmp_path.glob("*.yaml"))


def test_a_price_below_cost_is_a_warning(imported):
    _, found = imported(chain(商品档案=[["货号", "零售价", "进价"], ["A", 2, 3]], 库存=None))
    assert [line.partition("chain.xlsx ")[2] for line in found.warnings] == [
        "[商品档案]: row 2, column 零售价: expected a price not below the cost of 3, found 2"
    ]


def test_importing_again_replaces_the_import_but_no_file_of_another_hand(imported, tmp_path):
    _, found = imported()
    imported()
    found.file.write_text(found.file.read_text() + "days: 3\n")
    with pytest.raises(Refusal, match=r"chain.yaml: expected the file as it was imported .*extends"):
        imported()
    found.file.write_text("extends: pilot\n")
    with pytest.raises(Refusal, match="--out another folder"):
        imported()


def test_two_sheets_for_the_same_part_are_asked_about(imported):
    with pytest.raises(Refusal, match=r"one sheet for stores \(--map stores=SHEET\), found '门店 and Stores'"):
        imported(
            {
                "门店": [["店号", "店名", "收银台"], [1, "a", 2]],
                "Stores": [["Store code", "Tills", "Region"], ["2", 2, "E"]],
            }
        )


def test_the_sheet_of_the_chain_sets_name_currency_and_days(imported):
    sheet = [
        ["项目", "值"],
        ["名称", "east-50"],
        ["货币", "人民币"],
        ["开始日期", date(2026, 10, 1)],
        ["天数", 9],
        ["线上订单", "1,200"],
    ]
    scenario, found = imported(chain(连锁=sheet))
    assert (scenario.name, scenario.currency, scenario.start, scenario.days) == ("east-50", "CNY", date(2026, 10, 1), 9)
    assert scenario.online.orders_per_day == 1200
    assert not [line for line in found.assumed if line.startswith("online.orders_per_day")]
    assert "[连锁]: row 2, column 天数: expected a whole number, found 1.5" in told(
        imported, chain(连锁=[["项目", "值"], ["天数", 1.5]])
    )


def test_without_a_first_day_the_chain_begins_when_its_first_goods_arrive(imported):
    stock = [
        ["地点", "货号", "库存数量", "在途", "预计到货日"],
        [1001, "000001", 3, 12, "2026/11/5"],
        [1002, "000001", 3, 12, date(2026, 11, 3)],
    ]
    assert imported(chain(库存=stock))[0].start == date(2026, 11, 3)


TIERS = {
    "仓库": [
        ["仓库编码", "仓库名称", "区域", "上级仓库", "拣货员", "作业时间"],
        ["DC-00", "中心仓", "华东", None, 20, "0:00-23:59"],
        ["DC-01", "嘉兴仓", "华东", "中心仓", 8, "6:00-22:00"],
        ["DC-02", "佛山仓", "华南", "DC-00", "6人", None],
    ],
    "厂商": [
        ["供应商名称", "交货周期", "是否直送门店"],
        ["一号食品有限公司", "2-4天", "否"],
        ["二号食品有限公司", "1天", "是"],
    ],
    "库存": None,
}


@pytest.mark.parametrize("nothing", [None, "无", "-", "供应商"])
def test_a_workbook_may_hold_warehouses_that_feed_warehouses_and_suppliers_that_deliver_to_stores(imported, nothing):
    rows = [row[:] for row in TIERS["仓库"]]
    rows[1][3] = nothing
    scenario, found = imported(chain(**TIERS | {"仓库": rows}), days=3)
    assert [warehouse.warehouse for warehouse in scenario.warehouses] == [None, "DC-00", "DC-00"]
    assert {("DC-00", "DC-01"), ("DC-00", "DC-02")} <= {(lane.origin, lane.destination) for lane in scenario.lanes}
    assert [supplier.direct for supplier in scenario.suppliers] == [False, True]
    assert "lanes.lead_time_days: 1 for 5" in "\n".join(found.filled)


def test_what_was_imported_with_echelons_is_played(imported, tmp_path):
    scenario, _ = imported(chain(**TIERS), start=date(2026, 11, 2), days=2)
    assert run(scenario, tmp_path / "runs").is_dir()


def test_a_store_without_a_warehouse_is_served_by_one_that_feeds_no_other(imported):
    stores = [row[:4] + row[5:] for row in CHAIN["门店一览"][2:6]]
    scenario, _ = imported(chain(**TIERS, 门店一览=stores))
    assert [store.warehouse for store in scenario.stores] == ["DC-01", "DC-01", "DC-02"]


def test_warehouses_in_a_circle_are_told_by_their_cells(imported):
    rows = [row[:] for row in TIERS["仓库"]]
    rows[1][3], rows[2][3] = "嘉兴仓", "DC-00"
    assert told(imported, chain(**TIERS | {"仓库": rows})) == [
        "[仓库]: row 2, column 上级仓库: expected a warehouse that this one does not feed, found 'DC-00 from DC-01 from DC-00'",
        "[仓库]: row 3, column 上级仓库: expected a warehouse that this one does not feed, found 'DC-01 from DC-00 from DC-01'",
    ]
    rows[1][3] = "北京仓"
    assert told(imported, chain(**TIERS | {"仓库": rows})) == [
        "[仓库]: row 2, column 上级仓库: expected the code of a warehouse, found '北京仓'"
    ]


def test_a_roster_with_staff_in_reserve_brings_the_rule_by_which_they_open_a_till(imported):
    shifts = [["排班编码", "开始时间", "结束时间", "开台数", "备用开台数"], ["标准班", "8:00", "22:00", 1, 2]]
    scenario, _ = imported(chain(班表=shifts))
    assert [shift.reserve_tills for shift in scenario.rosters] == [2]
    assert scenario.trading.reserve.open_above == 3
    assert "trading.reserve.open_above = 3" in [line.replace("3.0", "3") for line in assumed(scenario)]
