"""`retail-lab process`: two processes in the chain, from files to a decision."""

import json
import re

import pytest
import yaml

from sim.cli.app import USAGE, status

AS_IS = {
    "name": "typed",
    "till": {
        "steps": [
            {"name": "Greet", "takes_s": 10, "next": {"Scan": 0.5, "Find member": "50 %"}},
            {"name": "Find member", "takes_s": 8},
            {"name": "Scan", "per": "unit", "takes_s": 2},
            {"name": "Type", "per": "sku", "takes_s": 5, "next": {"Type": 0.2, "end": 0.8}},
        ]
    },
}
TO_BE = {
    "name": "proposed",
    "till": {"steps": [{"name": "Greet", "takes_s": 6}, {"name": "Scan", "per": "unit", "takes_s": 2}]},
}
OFFICE = {
    "steps": [
        {"name": "Check", "takes_minutes": 60},
        {"name": "Pick", "per": "parcel", "takes_minutes": 5},
        {"name": "Line", "per": "line", "takes_s": 20},
    ]
}
SCENARIO = {
    "start": "2026-10-01",
    "days": 2,
    "warmup_days": 0,
    "seed": 3,
    "regions": [{"code": "R", "name": "R"}],
    "stores": [{"code": "S", "region": "R", "warehouse": "W", "customers_per_day": 150, "tills": 3}],
    "warehouses": [{"code": "W", "region": "R"}],
    "suppliers": [{"code": "P", "lead_time_days": 1}],
    "lanes": [{"origin": "W", "destination": "S", "lead_time_days": 1}],
    "skus": {"count": 12},
    "online": {"orders_per_day": 40, "delivery_days": 0.1},
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, tree in {"as-is": AS_IS, "to-be": TO_BE, "chain": SCENARIO}.items():
        (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump(tree))
    return tmp_path


def asked(*more):
    return ["process", "as-is.yaml", "to-be.yaml", "--scenario", "chain.yaml", "--replications", "3", "--json", "found.json", *more]  # fmt: skip


def found(folder):
    record = json.loads((folder / "found.json").read_text())
    return record, {line["kpi"]: line for line in record["lines"]}


def test_a_ticket_takes_what_its_process_takes(folder, capfd):
    assert status(asked()) == 0
    record, lines = found(folder)
    tickets = lines["ticket_handling_time_s"]
    parts = {part["part"]: part for part in record["parts"]}
    assert (parts["ticket"]["as_is_s"], parts["ticket"]["to_be_s"]) == (14, 6)
    assert (parts["sku"]["as_is_s"], parts["sku"]["to_be_s"]) == pytest.approx((6.25, 0))
    # Attributes of 6.25 s a line go, and 8 s of half the tickets: the two draws of a chance apart, the difference is exact.
    entry = lines["attribute_entry_time_s"]
    assert entry["to_be"] == 0
    assert tickets["changed_by"] == pytest.approx(-8 - entry["as_is"], abs=0.6)
    assert (tickets["state"], record["decision"]) == ("met", "pass")
    assert tickets["changed_by_low"] < tickets["changed_by"] < tickets["changed_by_high"]
    printed = capfd.readouterr().out
    assert "Ticket handling time: −" in printed
    assert re.search(r"sales lost to queues: [\d.,]+ [A-Z]{3}/day, then", printed)


def test_the_same_process_makes_no_difference_and_misses_the_change(folder):
    (folder / "to-be.yaml").write_text(yaml.safe_dump(AS_IS))
    assert status(asked()) == 1
    record, lines = found(folder)
    assert {line["changed_by"] for line in lines.values()} <= {0.0, None}
    assert record["decision"] == "fail"


def test_an_order_takes_longer_by_what_the_office_takes(folder):
    for name, tree, minutes in (("as-is", AS_IS, 60), ("to-be", TO_BE, 0)):
        office = json.loads(json.dumps(OFFICE))
        office["steps"][0]["takes_minutes"] = minutes
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(tree | {"back_office": office}))
    assert (
        status(asked("--change=-5%", "--html", "page.html", "--lang", "zh", "--csv", "tables", "--junit", "suite.xml"))
        == 0
    )
    _, lines = found(folder)
    assert lines["order_handling_time_s"]["changed_by"] == pytest.approx(-3600, abs=1)
    page = (folder / "page.html").read_text(encoding="utf-8")
    assert "线上订单履约时间" in page
    assert "Order handling" not in page
    assert {file.name for file in (folder / "tables").iterdir()} == {"parts.csv", "processes.csv"}


def test_a_log_of_the_till_holds_the_whole_ticket(folder):
    rows = [f"{case},Serve,2026-10-01 09:00:00,2026-10-01 09:00:{20 + 10 * (case % 2)}" for case in range(10)]
    (folder / "log.csv").write_text("\n".join(["case,activity,start,end", *rows]))
    arguments = asked()
    arguments[1] = "log.csv"
    assert status([*arguments, "--change=-15%", "--set", "system.service.latency_s=0"]) == 0
    record, lines = found(folder)
    assert lines["ticket_handling_time_s"]["as_is"] == pytest.approx(25, rel=0.05)
    assert "whole" in " ".join(record["notes"])


def test_the_example_that_ships_is_played(folder):
    command = [
        "process",
        "example",
        "--scenario",
        "chain.yaml",
        "--replications",
        "2",
        "--quiet",
        "--json",
        "found.json",
    ]
    assert status(command) == 2  # two replications bound no change of orders
    record, _ = found(folder)
    assert [each["process"] for each in record["passes"]] == ["till", "back_office"]


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["as-is.yaml"], "as-is.yaml: expected a second file after it, the process as it is to be, found nothing"),
        (["as-is.yaml", "to-be.yaml", "--change=0"], "--change: expected a change from -100%, and not 0, such as -30%, found '0'"),
        (["as-is.yaml", "office.yaml"], "office.yaml: till: expected a process, as in as-is.yaml, found none"),
        (["office.yaml", "office.yaml", "--set", "online.orders_per_day=0"], "back_office: expected online orders in chain"),
        (["wrong.yaml", "to-be.yaml"], "till, step Greet, next: expected the name of a step, or end, perhaps Greet, found 'Gret'"),
        (["odd.yaml", "to-be.yaml"], "odd.yaml:4: till.steps.0.seconds: expected a field of a file of processes, found 'seconds'"),
    ],
)  # fmt: skip
def test_what_cannot_be_played_is_refused_in_one_line(folder, capfd, arguments, line):
    (folder / "office.yaml").write_text(yaml.safe_dump({"name": "office", "back_office": OFFICE}))
    wrong = {"name": "x", "till": {"steps": [{"name": "Greet", "takes_s": 1, "next": "Gret"}]}}
    (folder / "wrong.yaml").write_text(yaml.safe_dump(wrong))
    (folder / "odd.yaml").write_text("name: x\ntill:\n  steps:\n    - {name: Greet, takes_s: 1, seconds: 2}\n")
    assert status(["process", *arguments, "--scenario", "chain.yaml"]) == USAGE
    said = capfd.readouterr().err
    assert len(said.splitlines()) == 1
    assert line in said
    assert not (folder / "runs").exists()
