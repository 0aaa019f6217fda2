"""`validate` and `score` on files as people have them, and the line that every report then has."""

import csv
import json
import re
from pathlib import Path

import pytest
import yaml

from sim.cli.app import status

from ...backtest.simulated_log import record, shop


@pytest.fixture(scope="module")
def chain(tmp_path_factory):
    """A scenario file, what a log, a count and a stopwatch recorded of it, and its validation."""
    folder = tmp_path_factory.mktemp("chain")
    scenario = shop(days=49, name="shop")
    written = json.loads(scenario.model_dump_json(exclude_defaults=True))
    (folder / "shop.yaml").write_text(yaml.safe_dump(written | {"days": 14, "start": "2025-09-01"}, allow_unicode=True))
    files = record(scenario, folder, 2, ".csv")
    renamed = files.log.read_text().splitlines()
    files.log.write_bytes("\n".join(["销售时间,小票号,货号,数量,单价,门店", *renamed[1:]]).encode("gb18030"))
    code = status(validation(folder, "--html", folder / "page.html", "--json", folder / "record.json"))
    return folder, code


COLUMNS = [
    *("--column", "timestamp=销售时间", "--column", "ticket=小票号", "--column", "sku=货号"),
    *("--column", "quantity=数量", "--column", "price=单价", "--column", "store=门店"),
]


def validation(folder, *flags):
    given = ["--actual", folder / "log.csv", "--waits", folder / "waits.csv", "--stockouts", folder / "stock.csv"]
    words = ["validate", folder / "shop.yaml", *given, *COLUMNS, "--weeks", 2, "--out", folder / "found", *flags]
    return [str(word) for word in words]


def run(capsys, *words):
    code = status([str(word) for word in words])
    said = capsys.readouterr()
    return code, said.out, said.err


def test_a_validation_leaves_a_record_a_page_and_its_cells(chain):
    folder, code = chain
    record = json.loads((folder / "found" / "backtest.json").read_text())
    assert code == {"pass": 0, "fail": 1}[record["decision"]]
    assert (
        record
        == json.loads((folder / "shop.backtest.json").read_text())
        == json.loads((folder / "record.json").read_text())
    )
    assert (record["first"], record["last"]) == ("2025-09-01", "2025-09-14")
    rows = {row["quantity"]: row for row in record["rows"]}
    assert {
        "customers, a store's day",
        "customers, a store's week",
        "units of class A, a day",
        "mean wait, a store's day",
    } < rows.keys()
    cells = list(csv.DictReader((folder / "found" / "cells.csv").open()))
    assert len(cells) == sum(row["cells"] for row in rows.values())
    page = (folder / "page.html").read_text()
    assert page == (folder / "found" / "backtest.html").read_text()
    assert "of 14\u00a0days are within the 80\u00a0% interval" in page


def test_a_run_of_the_scenario_and_its_page_say_that_it_was_backtested(chain, capsys):
    folder, _ = chain
    code, out, _ = run(capsys, "run", folder / "shop.yaml", "--days", 1, "--out", folder / "runs")
    assert code == 0
    line = re.search(
        r"shop: (backtested on 2025-09-01 to 2025-09-14: of [\d,]+ intervals at 80 % [\d,]+ held, (ACCEPTED|REJECTED))\n",
        out,
    )
    made = Path(re.search(r"written to (\S+)", out)[1])
    assert run(capsys, "report", made)[0] == 0
    assert line[1] in (made / "report.html").read_text().replace("\u00a0", " ")


def test_a_scenario_that_has_changed_since_says_in_what(chain, capsys):
    folder, _ = chain
    changed = ["--set", "trading.cash_holders=0.1", "--set", "seed=8", "--set", "start=2026-01-01"]
    _, out, _ = run(capsys, "run", folder / "shop.yaml", "--days", 1, *changed, "--out", folder / "runs")
    assert re.search(r"(ACCEPTED|REJECTED); out of date: trading changed since\n", out)
    (folder / "other.yaml").write_text(
        "extends: shop.yaml\nreturn: {}\n".replace("return: {}", "system: {attribute_entry: true}")
    )
    _, out, _ = run(capsys, "run", folder / "other.yaml", "--days", 1, "--out", folder / "runs")
    assert "out of date: system changed since" in out


def test_a_scenario_without_a_record_is_not_backtested(capsys, tmp_path):
    _, out, _ = run(capsys, "run", "corner-shop", "--set", "stores.0.customers_per_day=20", "--out", tmp_path)
    assert "not backtested: no recorded days were held against this scenario" in out


@pytest.fixture(scope="module")
def prediction(chain):
    """A run of the two weeks, as one made before them would be."""
    folder, _ = chain
    out = folder / "predictions"
    assert status(["run", str(folder / "shop.yaml"), "--replications", "39", "--out", str(out)]) == 0
    (made,) = out.iterdir()
    return made


def dated(made, text):
    timing = json.loads((made / "timing.json").read_text())
    (made / "timing.json").write_text(json.dumps(timing | {"made_at": text}))


def scoring(chain, made, *flags):
    return ["score", made, "--actual", chain[0] / "log.csv", *COLUMNS, *flags]


def test_a_prediction_that_was_made_before_is_scored(chain, prediction, capsys, tmp_path):
    dated(prediction, "2025-08-20T09:00:00Z")
    waits = ["--waits", chain[0] / "waits.csv", "--stockouts", chain[0] / "stock.csv"]
    code, out, _ = run(
        capsys, *scoring(chain, prediction, *waits, "--json", tmp_path / "s.json", "--html", tmp_path / "s.html")
    )
    found = json.loads((tmp_path / "s.json").read_text())
    assert code == {"pass": 0, "fail": 1}[found["decision"]]
    assert found["runs"][0]["made"] == "made on 2025-08-20, before the days it predicts"
    assert {row["quantity"] for row in found["rows"]} >= {
        "customers, a store's day",
        "units, a day",
        "sales, a day",
        "mean wait, a store's day",
    }
    assert all(row["held_80"] <= row["held_95"] <= row["cells"] for row in found["rows"])
    assert "made before the days that are scored" in out
    assert "80\u00a0% intervals held" in (tmp_path / "s.html").read_text()


def test_a_prediction_made_within_its_days_is_scored_on_those_after_it(chain, prediction, capsys):
    dated(prediction, "2025-09-05T09:00:00Z")
    code, out, _ = run(capsys, *scoring(chain, prediction))
    assert code in (0, 1)
    assert "2025-09-06 to 2025-09-14 are scored" in out


def test_a_prediction_made_after_the_fact_is_refused_unless_that_is_said(chain, prediction, capsys):
    dated(prediction, "2025-10-01T09:00:00Z")
    code, _, err = run(capsys, *scoring(chain, prediction))
    assert (code, err.count("\n")) == (64, 1)
    assert "made_at: expected a run made before 2025-09-14" in err
    code, out, _ = run(capsys, *scoring(chain, prediction, "--after-the-fact"))
    assert code in (0, 1)
    assert "made on 2025-10-01, after the fact" in out
    assert "1 run, made after the fact" in out


def test_a_prediction_that_was_changed_since_is_refused(chain, prediction, capsys):
    timing = (prediction / "timing.json").read_text()
    kept = json.loads(timing)
    (prediction / "timing.json").write_text(json.dumps(kept | {"outcome_sha256": "0" * 64}))
    code, _, err = run(capsys, *scoring(chain, prediction, "--after-the-fact"))
    (prediction / "timing.json").write_text(timing)
    assert code == 64
    assert "changed since" in err


def test_one_prediction_counts_once(chain, prediction, capsys):
    code, _, err = run(capsys, *scoring(chain, prediction, prediction, "--after-the-fact"))
    assert code == 64
    assert "expected another prediction" in err


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--from", "soon"], "--from: expected a date such as 2025-10-01"),
        (["--from", "2025-09-01"], "--weeks: expected either --from or --weeks"),
        (["--store", "S1"], "--store: expected NAME=CODE"),
        (["--replications", "20"], "--replications"),
        (["--waits", "log.csv"], "expected a column timestamp"),
        (["--map", "wait_s=等了多久"], "expected a column 等了多久"),
        (["--map", "wait_s"], "--map: expected FIELD=HEADING"),
    ],
)
def test_wrong_flags_are_refused_before_anything_is_played(chain, capsys, monkeypatch, flags, said):
    monkeypatch.chdir(chain[0])
    code, _, err = run(capsys, *validation(chain[0], *flags))
    assert (code, err.count("\n")) == (64, 1)
    assert said in err
