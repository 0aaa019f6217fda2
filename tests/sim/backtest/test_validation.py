"""The true model is accepted; a wrong one is rejected, and what it is wrong in is named. `acceptance.py` prints how often."""

import json

import pandas as pd
import pytest

from sim.backtest.validation import Asked, validate
from sim.records.predictions.backtest import sections, standing
from sim.records.refusal import Refusal
from sim.traffic.log.reading import Reading

from .simulated_log import START, record, shop

WEEKS = 10
HELD = {"weeks": 1}


def scenario(**changes):
    return shop(days=7 * WEEKS, **changes)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return record(scenario(), tmp_path_factory.mktemp("true"), 3)


def found(model, files, **asked):
    return validate(model, files.log, Reading(), Asked(**HELD, **asked))


def where(record):
    return {row.quantity: row.where for row in record.rows}


@pytest.fixture(scope="module")
def true(files):
    return found(scenario(), files, waits=files.waits, stockouts=files.stock)


def test_the_true_model_is_accepted_and_its_intervals_hold(true):
    record = true.record
    assert record.decision == "pass"
    assert set(where(record).values()) == {"within chance"}
    assert record.intervals == sum(row.cells for row in record.rows) == len(true.cells)
    assert 0.65 < record.held_80 / record.intervals < 1
    assert record.held_95 / record.intervals > 0.85
    assert record.short.startswith(
        f"backtested on {record.first} to {record.last}: of {record.intervals} intervals at 80 % {record.held_80} held"
    )
    customers = record.rows[0]
    assert customers.seasonal.skill > 0  # better than last week's same weekday
    assert customers.last_year is None
    assert customers.mase < 1


def test_the_cells_are_what_the_rows_count(true):
    cells = true.cells
    inside = (cells["low_80"] <= cells["actual"]) & (cells["actual"] <= cells["high_80"])
    assert inside.groupby(cells["quantity"]).sum().to_dict() == {row.quantity: row.held_80 for row in true.record.rows}
    assert len(true.record.days) == 7


def test_a_service_time_a_fifth_too_short_is_found_in_the_rules(files):
    right = scenario().trading
    quicker = right.fixed_s.model_copy(update={"mean": 0.8 * right.fixed_s.mean})
    model = scenario(trading=right.model_copy(update={"fixed_s": quicker}))
    record = found(model, files, waits=files.waits).record
    assert record.decision == "fail"
    assert {name for name, each in where(record).items() if each != "within chance"} == {"mean wait, a store's day"}
    assert where(record)["mean wait, a store's day"] == "in rules"
    assert "too little predicted on average (in rules)" in record.sentence


def test_a_missing_holiday_and_a_wrong_price_are_told_apart(tmp_path):
    week = {"name": "week", "first": "2025-09-29", "last": "2025-10-05", "factor": 1.7}
    busy = scenario(traffic=scenario().traffic.model_dump(mode="json") | {"holidays": [week]})
    dearer = [sku.model_copy(update={"price": 2 * sku.price}) if sku.code == "SALT" else sku for sku in scenario().skus]
    made = found(scenario(skus=dearer), record(busy, tmp_path, 5)).record
    assert made.decision == "fail"
    of = where(made)
    assert of["customers, a store's day"] == "in traffic"
    assert of["sales of class C, a day"] in ("in prices", "in rules")


def log_of(tmp_path, files, change):
    table = change(pd.read_parquet(files.log))
    path = tmp_path / "log.parquet"
    table.to_parquet(path)
    return path


def quick(model, path, **asked):
    """A log that is too short to be played."""
    return validate(model, path, Reading(), Asked(**asked)).record


def test_a_short_history_is_said_to_be_one(files, tmp_path):
    early = log_of(tmp_path, files, lambda table: table[table["timestamp"] < "2025-09-01"])
    record = quick(scenario(), early, weeks=2)
    assert record.decision == "inconclusive"
    assert record.sentence.startswith("NOT ENOUGH HISTORY: 21 days before 2025-08-18")
    assert standing(record, {}).startswith("not backtested: NOT ENOUGH HISTORY")


@pytest.mark.parametrize(
    ("change", "asked", "message"),
    [
        (lambda table: table.assign(store="S9"), {}, "store: expected stores of the scenario, by code or name"),
        (lambda table: table.assign(sku="X" + table["sku"]), {}, "sku: expected SKUs that the scenario lists"),
        (lambda table: table, {"first": START}, "--from: expected a day after 2025-07-28"),
        (lambda table: table, {"stores": {"S1": "S9"}}, "--store: S9: expected codes of the scenario's stores"),
        (lambda table: table, {"stores": {"S7": "S1"}}, "--store: S7: expected a store of the log"),
        (
            lambda table: table.assign(timestamp=table["timestamp"] - pd.Timedelta(hours=5)),
            {},
            "expected tickets within the hours of S1",
        ),
    ],
)
def test_a_log_that_is_not_the_scenarios_is_refused(files, tmp_path, change, asked, message):
    with pytest.raises(Refusal, match=message):
        quick(scenario(), log_of(tmp_path, files, change), **asked)


def test_a_log_may_call_stores_by_their_names_and_have_a_few_other_skus(files, tmp_path):
    def change(table):
        early = table[table["timestamp"] < "2025-09-01"].assign(store="徐汇店")
        early.loc[early.index[:5], "sku"] = "NEW"
        return early

    record = quick(scenario(), log_of(tmp_path, files, change), weeks=2)
    assert "1 SKUs that the scenario does not list are left out" in record.notes[0]


def test_sections_change_with_rules_and_not_with_days_or_seed():
    dumped = [
        json.loads(one.model_dump_json())
        for one in (scenario(), shop(seed=9, days=3), scenario(trading={"cash_holders": 0.1}))
    ]
    one, later, other = (sections(each) for each in dumped)
    assert one == later
    assert {name for name in one if one[name] != other[name]} == {"trading"}
