"""From today's stock, the next days: a table of stock as of a day begins a run, and the end of a run is such a table."""

import json

import pytest

from sim.cli.app import USAGE, status
from sim.report.pages.run_page import write_page
from sim.scenario.loader import load
from sim.scenario.opening import warnings
from sim.scenario.shortened import shortened
from sim.scenario.sources import assumed
from sim.study.replenish import run_in

CHAIN = """
start: 2026-11-01
days: 5
regions: [{code: EAST, name: East}]
stores:
  - {code: SH01, region: EAST, warehouse: WH, customers_per_day: 30, tills: 2}
  - {code: SH02, region: EAST, warehouse: WH, customers_per_day: 20, tills: 1}
warehouses: [{code: WH, region: EAST}]
suppliers: [{code: FOODS, lead_time_days: 3}]
lanes:
  - {origin: WH, destination: SH01, lead_time_days: 1}
  - {origin: WH, destination: SH02, lead_time_days: 1}
skus:
  - {code: MILK, price: 12, unit_cost: 8, shelf_life_days: 7, popularity: 3}
  - {code: TEA, price: 40, unit_cost: 20, pack: 6, popularity: 1}
opening_stock: {table: stock.csv}
prices: {table: prices.csv}
"""
STOCK = """location,sku,units,expires,promised,on_order,arrives,origin,as_of
SH01,MILK,60,2026/11/03,2,,,,2026-10-31
SH01,MILK,30,2026-11-07,,40,2026-11-02,WH,2026-10-31
SH01,TEA,20,,5,,,,2026-10-31
SH02,MILK,50,,,,,,2026-10-31
SH02,TEA,0,,1,6,2026-11-02 10:30,,2026-10-31
WH,MILK,900,2026-11-07,,,,FOODS,2026-10-31
WH,TEA,120,,3,60,46329,FOODS,2026-10-31
WH,TEA,,,,60,,,2026-10-31
"""
PRICES = "sku,price,from\nMILK,11.5,2026-10-15\nTEA,38,\nTEA,30,2026-11-03\n"


@pytest.fixture
def chain(tmp_path):
    """The chain's file, with its tables beside it."""
    for name, content in {"chain.yaml": CHAIN, "stock.csv": STOCK, "prices.csv": PRICES}.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    return tmp_path / "chain.yaml"


def run(file, capfd, *flags):
    """Status, what was printed, and the complaint without the folder."""
    code = status(["run", str(file), "--out", str(file.parent / "runs"), *flags])
    printed = capfd.readouterr()
    complaint = next((line for line in printed.err.splitlines() if line.startswith("retail-lab: ")), "")
    return code, printed.out, complaint.removeprefix("retail-lab: ").replace(f"{file.parent}/", "")


def test_a_run_and_its_page_name_the_day_of_their_stock_and_do_not_list_it_as_assumed(chain, capfd):
    code, out, _ = run(chain, capfd)
    assert code == 0
    assert "Opening stock: supplied, as of 2026-10-31" in out
    assert not [line for line in assumed(load(chain)) if line.startswith(("opening_stock", "prices"))]
    (folder,) = (chain.parent / "runs").iterdir()
    write_page(folder, chain.parent / "page.html")
    assert "Opening stock: supplied, as of 2026-10-31." in (chain.parent / "page.html").read_text(encoding="utf-8")


def test_stock_without_a_day_is_an_assumption_as_it_was(chain, capfd):
    chain.write_text(CHAIN.replace("{table: stock.csv}", "[{location: SH01, sku: TEA, units: 3}]"))
    code, out, _ = run(chain, capfd)
    assert (code, "supplied" in out) == (0, False)
    assert "opening_stock.units = 3" in assumed(load(chain))


def test_rows_beside_a_rule_may_have_their_day_in_the_scenario(chain, capfd):
    stock = "".join(line.rpartition(",")[0] + "\n" for line in STOCK.splitlines() if not line.startswith("WH"))
    (chain.parent / "stock.csv").write_text(stock)
    listed = "{listed: {table: stock.csv}, as_of: 2026-11-01, warehouse_days: 9}"
    chain.write_text(CHAIN.replace("{table: stock.csv}", listed))
    assert "as of 2026-11-01" in run(chain, capfd)[1]
    assert [line.partition(" =")[0] for line in assumed(load(chain)) if "opening_stock" in line] == [
        "opening_stock.store_days",
        "opening_stock.warehouse_days",
        "opening_stock.store_least_units",
    ]
    chain.write_text(CHAIN.replace("{table: stock.csv}", "{as_of: 2026-11-01, warehouse_days: 9}"))
    assert run(chain, capfd)[2].endswith(
        "opening_stock.listed: expected the stock of that day, a table or rows, found nothing"
    )


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        (
            "TEA,20,,5,,,,2026-10-31",
            "TEA,20,,5,,,,2026-10-30",
            "stock.csv: row 4, column as_of: expected 2026-11-01, the scenario's first day, or the day before, found '2026-10-30'",
        ),
        (
            "46329",
            "2026-10-28",
            "stock.csv: row 8, column arrives: expected a day from 2026-11-01 on, or none: the goods then",
        ),
        ("46329", "soon", "stock.csv: row 8, column arrives: expected "),
        (
            "60,46329,FOODS",
            "60,46329,FOOD",
            "stock.csv: row 8, column origin: expected the code of a location or supplier, perhaps",
        ),
        (
            "SH02,MILK,50",
            "SH02,MILK,-50",
            "stock.csv: row 5, column units: expected a number from 0 to 1,000,000,000 units",
        ),
        ("SH02,MILK,50", "SH02,MILK,", "stock.csv: row 5, column units: expected units on hand"),
        (
            "SH02,MILK,50,",
            "SH02,TEA,50,2026-11-03",
            "stock.csv: row 5, column expires: expected no day, as the SKU has no",
        ),
        (
            "SH02,MILK,50,",
            "SH02,MILK,50,2026-10-31",
            "stock.csv: row 5, column expires: expected a day from 2026-11-01 on",
        ),
        ("2026/11/03", "2026-11-07", "stock.csv: row 3, column sku: expected each SKU once at SH01 and 2026-11-07"),
    ],
)
def test_a_row_that_does_not_fit_is_named_by_file_row_and_column(chain, capfd, old, new, line):
    assert old in STOCK
    (chain.parent / "stock.csv").write_text(STOCK.replace(old, new))
    code, _, complaint = run(chain, capfd)
    assert code == USAGE
    assert complaint.startswith(line)


def test_a_price_of_a_day_twice_and_a_column_that_is_none_are_refused(chain, capfd):
    for text, line in (
        (f"{PRICES}TEA,31,2026-11-03\n", "prices.csv: row 5, column sku: expected one price of a SKU from a day on"),
        (PRICES.replace("from", "since"), "prices.csv: row 1, column since: expected a field that the lab knows"),
        (PRICES.replace("38", "0"), "prices.csv: row 3, column price: expected a number from 1e-06"),
    ):
        (chain.parent / "prices.csv").write_text(text)
        assert run(chain, capfd)[2].startswith(line)


def test_stock_of_a_day_begins_no_other_day(chain, capfd):
    code, _, complaint = run(chain, capfd, "--set", "start=2026-11-08")
    assert code == USAGE
    assert complaint.startswith(
        "--set: start: expected 2026-10-31, the day of the opening stock, or the day after, found"
    )
    assert run_in(load(chain, ["warmup_days=0"])).start == load(chain).start, (
        "nor an earlier one, to run the stock down"
    )
    listed = "{listed: {table: stock.csv}, store_days: 60, warehouse_days: 90}"
    chain.write_text(CHAIN.replace("{table: stock.csv}", listed))
    assert run_in(load(chain)) == load(chain)


def test_warm_up_days_after_stock_of_a_day_are_warned_of(chain):
    assert warnings(load(chain)) == []
    (said,) = warnings(load(chain, ["warmup_days=3"]))
    assert "leaves the first 3 days out" in said


def test_fewer_stores_leave_out_what_comes_from_those_that_are_gone(chain):
    (chain.parent / "stock.csv").write_text(
        f"{STOCK}WH,TEA,,,,6,2026-11-02,SH02,\nSH01,MILK,1,2026-11-05,,6,2026-11-02,SH02,\n"
    )
    left = shortened(load(chain), stores=1).opening_stock
    assert {row.location for row in left} == {"SH01", "WH"}
    assert not [row for row in left if row.origin == "SH02"]
    assert (len(left), left[-1].units, left[-1].on_order) == (7, 1, 0)


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_a_run_goes_on_from_where_another_ended(chain, capfd, suffix):
    table = chain.parent / f"end{suffix}"
    code, out, _ = run(chain, capfd, "--days", "3", "--closing-stock", str(table), "--replications", "2")
    assert (code, str(table) in out.replace("\n", "")) == (0, True)
    following = chain.parent / "next.yaml"
    following.write_text(f"extends: chain.yaml\nstart: 2026-11-04\ndays: 2\nopening_stock: {{table: end{suffix}}}\n")
    code, out, _ = run(following, capfd)
    assert (code, "Opening stock: supplied, as of 2026-11-03" in out) == (0, True)
    rows = load(following).opening_stock
    assert {row.location for row in rows} == {"SH01", "SH02", "WH"}
    assert any(row.on_order and row.arrives for row in rows)
    assert any(row.expires for row in rows)


def test_closing_stock_is_a_table_of_a_kind_that_a_scenario_reads(chain, capfd):
    code, _, complaint = run(chain, capfd, "--closing-stock", str(chain.parent / "end.txt"))
    assert (code, complaint) == (USAGE, "end.txt: expected a table to write: .csv or .parquet, found '.txt'")


def test_a_scenario_without_the_new_fields_is_written_and_hashed_as_before(chain):
    chain.write_text(
        CHAIN.replace("{table: stock.csv}", "[{location: SH01, sku: TEA, units: 0}]").replace("prices:", "# ")
    )
    scenario = load(chain)
    written = scenario.model_dump(mode="json")
    assert written["opening_stock"] == [{"location": "SH01", "sku": "TEA", "units": 0}]
    assert "prices" not in written
    assert json.loads(scenario.model_dump_json()) == written


def test_a_scenario_with_them_is_read_from_what_was_written(chain):
    scenario = load(chain)
    assert type(scenario).model_validate(scenario.model_dump(mode="json")) == scenario
    assert scenario.model_dump(mode="json")["prices"][0] == {"sku": "MILK", "price": 11.5, "from": "2026-10-15"}
