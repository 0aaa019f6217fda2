"""What is wrong is said in one line: the file and its line, or the table's row and column; what was expected; what stood there."""

import json

import pytest

from sim.records.refusal import Refusal
from sim.scenario.loader import load
from sim.tables.faults import TableRefusal

from .conftest import PROFILE


def said(folder, *flags, text=None, name="a.yaml"):
    """The one line that a scenario is refused with, its folder left out."""
    file = folder.path / "shop.yaml" if text is None else folder.write(name, text)
    with pytest.raises(Refusal) as refusal:
        load(file, flags)
    line = str(refusal.value).replace(f"{folder.path}/", "")
    assert "\n" not in line
    return line


@pytest.mark.parametrize(
    ("flag", "line"),
    [
        ("stores.SH01.tils=3", "stores.SH01.tils: expected a field that the lab knows, perhaps tills, found 'tils'"),
        ("stores.SH1.tills=3", "stores.SH1: expected an element of stores, perhaps SH01, found 'SH1'"),
        (
            "replenishment.stores={policy: base_stock, days: 3, fill_rate: 0.9}",
            "replenishment.stores.fill_rate: expected a field that goes with the others here, found 'fill_rate'",
        ),
        ("tradng.retry_s=3", "tradng: expected a field that the lab knows, perhaps trading, found 'tradng'"),
        ("trading.retry_s=-3", "trading.retry_s: expected a number from 0 to 86,400 s, found -3"),
        ("trading.retry_s=.inf", "trading.retry_s: expected a number, found '.inf'"),
        ("stores.SH01.tills=two", "stores.SH01.tills: expected a whole number, found 'two'"),
        ("stores.SH01.opens=25:00", "stores.SH01.opens: expected a time of day, such as 09:30, found '25:00'"),
        ("start=soon", "start: expected a date, such as 2026-10-01, found 'soon'"),
        ("currency=yuan", "currency: expected three capital letters, such as CNY, found 'yuan'"),
        ("name=a b", "name: expected letters, digits, - and _ only, found 'a b'"),
        ("skus.count=0", "skus.count: expected a number from 1 to 1,000,000 SKUs, found 0"),
        (
            "replenishment.stores={policy: s_S, s: 4, S: 3}",
            "replenishment.stores: expected s < S, found {'policy': 's_S', 's': 4, 'S': 3}",
        ),
        (
            "trading.shopping_s={distribution: gama}",
            "trading.shopping_s.distribution: expected one of 'constant', 'exponential', 'lognormal', 'gamma', 'uniform', "
            "'triangular', 'pert', 'empirical', found 'gama'",
        ),
        (
            "faults=[{kind: power_cut, at: 2026-05-16 12:00, minutes: 3, stores: al}]",
            "faults.0.stores: expected a list or 'all', found 'al'",
        ),
        ("stores={table: nope.csv}", "stores.table: expected a file that exists, found 'nope.csv'"),
        ("stores", "expected path=value, such as stores.SH01.tills=8, found 'stores'"),
    ],
)
def test_a_flag_is_refused_in_one_line(folder, flag, line):
    assert said(folder, flag) == f"--set: {line}"


def test_the_file_of_the_chain_that_said_it_is_named_with_its_line(folder):
    folder.write("base.yaml", "extends: shop.yaml\ntrading:\n  cash_holders: 0.2\n  retry_s: never\n")
    line = said(folder, text="extends: base.yaml\ntrading: {wait_target_s: 3}")
    assert line == "base.yaml:4: trading.retry_s: expected a number, found 'never'"


def test_a_flag_is_not_blamed_for_what_a_file_said(folder):
    line = said(folder, "trading.wait_target_s=4", text="extends: shop.yaml\ntrading:\n  retry_s: never\n")
    assert line == "a.yaml:3: trading.retry_s: expected a number, found 'never'"


def test_the_file_that_replaced_a_list_is_named_for_what_its_element_lacks(folder):
    line = said(folder, text="extends: shop.yaml\nstores:\n  - {code: SH01, region: EAST, warehouse: WSH, tills: 1}\n")
    assert line == "a.yaml:3: stores.SH01.customers_per_day: expected a value, found nothing"


def test_of_several_errors_the_first_is_told_and_the_rest_counted(folder):
    line = said(folder, text="extends: shop.yaml\ntrading: {retry_s: -1, cash_holders: 2, return_share: x}")
    assert line == "a.yaml:2: trading.cash_holders: expected a number from 0 to 1, found 2; 2 more to correct"


def test_a_cell_of_a_table_is_named_by_row_and_column(folder):
    folder.write("s.csv", "code,region,warehouse,customers_per_day,tills\nSH01,EAST,WSH,10,1\n\nSH02,EAST,WSH,many,2\n")
    line = said(folder, text="extends: shop.yaml\nstores: {table: s.csv}")
    assert line == "s.csv: row 4, column customers_per_day: expected a number, found 'many'"


def test_codes_that_are_numbers_are_not_taken_for_positions(folder):
    folder.write(
        "s.csv", "code,region,warehouse,customers_per_day,tills\n2,EAST,WSH,10,1\n0,EAST,WSH,many,2\n1,EAST,WSH,5,2\n"
    )
    line = said(folder, text="extends: shop.yaml\nstores: {table: s.csv}")
    assert line == "s.csv: row 3, column customers_per_day: expected a number, found 'many'"


def told(folder, text):
    """What a scenario's tables are refused with, line by line."""
    with pytest.raises(TableRefusal) as refusal:
        load(folder.write("a.yaml", text))
    return str(refusal.value).replace(f"{folder.path}/", "").splitlines()


def test_of_a_table_that_is_wrong_throughout_twenty_cells_are_named_and_the_rest_counted(folder):
    rows = "".join(f"SH{n},EAST,WSH,many,1\n" for n in range(3000))
    folder.write("s.csv", f"code,region,warehouse,customers_per_day,tills\n{rows}")
    lines = told(folder, "extends: shop.yaml\nstores: {table: s.csv}")
    assert lines[0] == "s.csv: row 2, column customers_per_day: expected a number, found 'many'"
    assert lines[19].startswith("s.csv: row 21, ")
    assert lines[20:] == ["and 2,980 more to correct"]


def test_an_unknown_column_is_found_in_the_header(folder):
    folder.write("s.csv", "code,region,warehouse,customers_per_day,tils\nSH01,EAST,WSH,10,1\nSH02,EAST,WSH,10,1\n")
    assert told(folder, "extends: shop.yaml\nstores: {table: s.csv}") == [
        "s.csv: row 1, column tils: expected a field that the lab knows, perhaps tills, found 'tils'",
        "s.csv: row 1: expected a column tills, found 'code, region, warehouse, customers_per_day, tils'",
    ]


def test_a_missing_cell_is_named(folder):
    folder.write("s.csv", "code,region,warehouse,customers_per_day,tills\nSH01,,WSH,10,1\n")
    line = said(folder, text="extends: shop.yaml\nstores: {table: s.csv}")
    assert line == "s.csv: row 2, column region: expected a value, found nothing"


def test_a_code_in_a_table_that_names_nothing_is_found_in_its_row(folder):
    folder.write("s.csv", "code,region,warehouse,customers_per_day,tills\nSH01,EAST,WSH,10,1\nSH02,EATS,WSH,10,1\n")
    line = said(folder, text="extends: shop.yaml\nstores: {table: s.csv}")
    assert line == "s.csv: row 3, column region: expected the code of a region, perhaps EAST, found 'EATS'"


def test_an_edit_of_a_table_row_is_found_in_the_file_that_edits(folder):
    folder.write("s.csv", "code,region,warehouse,customers_per_day,tills\nSH01,EAST,WSH,10,1\nSH02,EAST,WSH,10,1\n")
    folder.write("b.yaml", "extends: shop.yaml\nstores: {table: s.csv}")
    line = said(folder, text="extends: b.yaml\nstores:\n  SH02: {tills: x}")
    assert line == "a.yaml:3: stores.SH02.tills: expected a whole number, found 'x'"


def test_broken_yaml_is_named_by_line_and_column(folder):
    assert said(folder, text="days: 3\nstores: [a, }\n").startswith("a.yaml:2:13: expected YAML (")


def test_a_key_said_twice_is_refused(folder):
    assert said(folder, text="days: 3\nseed: 1\ndays: 4\n") == "a.yaml:3:1: expected each key once, found 'days' again"


def test_a_file_that_is_not_there_is_named(folder):
    assert said(folder, text="extends: nope.yaml") == "a.yaml: extends: expected a file that exists, found 'nope.yaml'"


def test_a_file_of_another_kind_is_refused(folder):
    assert said(folder, text="- 1\n- 2\n") == "a.yaml: expected a scenario: a mapping of fields, found [1, 2]"


def test_python_objects_in_yaml_are_refused(folder):
    assert "without a tag" in said(folder, text="name: !!python/object/apply:os.getcwd []")


LONG = "extends: shop.yaml\nstart: 2026-09-14\ndays: 10\nwarmup_days: 3\ntrace: {first: 2026-09-20 17:00, last: 2026-09-20 18:00}\n"


@pytest.mark.parametrize(
    ("flag", "line"),
    [
        ("days=3", "--set: days: expected more than the 3 days of warm-up, found 3; 2 more to correct"),
        ("days=5", "--set: days: expected a run that holds trace.first at 2026-09-20 17:00, found 5; 1 more to correct"),
        ("start=2026-09-21", "--set: start: expected a run that holds trace.first at 2026-09-20 17:00, found '2026-09-21'; 1 more to correct"),
        ("warmup_days=10", "--set: warmup_days: expected fewer than the 10 days of the run, found 10"),
        ("trace.last=2026-10-20 18:00",
         "--set: trace.last: expected an instant from 2026-09-14 00:00 to 2026-09-24 00:00, the run, found '2026-10-20 18:00'"),
    ],
)  # fmt: skip
def test_of_two_fields_that_do_not_agree_the_one_that_was_said_last_is_told(folder, flag, line):
    assert said(folder, flag, text=LONG) == line


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("p.json", "[", "p.json: line 1: expected a ServiceProfile record as JSON"),
        ("p.json", "[]", "p.json: expected a mapping of fields, found []"),
        ("p.json", json.dumps({**PROFILE, "jorneys": {}}), "p.json: jorneys: expected"),
        ("p.json", json.dumps({**PROFILE, "measured": "?"}), "p.json: measured: expected true or false, found '?'"),
        (
            "p.json",
            json.dumps({**PROFILE, "journeys": {}}),
            "p.json: journeys: expected a profile that measured checkout",
        ),
        (
            "p.json",
            json.dumps(PROFILE).replace("3600.0", "1e-300"),
            "p.json: outages.window_s: expected a window of at least",
        ),
        (
            "p.json",
            json.dumps(PROFILE).replace("1.1]", "1e300]"),
            "p.json: journeys.checkout.0.latency_s.10: expected a number",
        ),
    ],
)
def test_a_profile_is_refused_by_its_own_name(folder, name, text, line):
    folder.write(name, text)
    assert said(folder, text="extends: shop.yaml\nsystem: {service: {profile: p.json}}").startswith(line)


def test_a_null_is_told_of_the_file_that_says_it(folder):
    folder.write("t.yaml", "traffic:\n  weekday_factors: null\n")
    line = said(folder, text="extends: shop.yaml\ntraffic: {file: t.yaml}")
    assert line == "t.yaml:2: traffic.weekday_factors: expected a list, found nothing"


def test_a_traffic_file_without_a_mapping_is_refused_by_its_own_name(folder):
    folder.write("t.yaml", "traffic: [1]\n")
    line = said(folder, text="extends: shop.yaml\ntraffic: {file: t.yaml}")
    assert line == "t.yaml: traffic: expected a mapping of fields, found [1]"


def test_scenarios_that_extend_one_another_without_end_are_refused(folder):
    for n in range(200):
        folder.write(f"c{n}.yaml", f"extends: c{n + 1}.yaml")
    assert "expected at most 32 scenarios that extend one another" in said(folder, text="extends: c0.yaml")


@pytest.mark.parametrize("path", ["a." * 5_000 + "b=1", "x" * 5_000, "stores=" + "[" * 5_000, "extends=x", "name=\x00"])
def test_a_hostile_flag_is_refused_in_one_line(folder, path):
    line = said(folder, path)
    assert line.startswith("--set")
    assert len(line) < 500


@pytest.mark.parametrize("name", ["x" * 5_000, "\\0", ".", "/dev/zero", "[a]"])
def test_a_file_named_in_a_scenario_that_cannot_be_is_refused_where_it_is_named(folder, name):
    assert "stores.table: expected a file that exists, found " in said(
        folder, text=f'extends: shop.yaml\nstores: {{table: "{name}"}}'
    )


def test_a_key_of_several_lines_leaves_one(folder):
    assert said(folder, text='extends: shop.yaml\n"a\\nb": 1').startswith(
        "a.yaml:2: a b: expected a field that the lab knows"
    )


def test_a_long_heading_leaves_the_line_short(folder):
    folder.write("s.csv", f"code,{'x' * 5_000}\nSH01,1\n")
    lines = told(folder, "extends: shop.yaml\nstores: {table: s.csv}")
    assert lines[0].startswith("s.csv: row 1, column xxx")
    assert all(len(line) < 500 for line in lines)


def test_a_long_value_keeps_its_beginning_and_its_end(folder):
    line = said(folder, f"currency=first{'x' * 300}last")
    assert "'firstxx" in line
    assert line.endswith("last'")
