"""A whole proof of concept of the demo shop, small: its evidence is what `vendors` and `gate` read."""

from datetime import date

import pytest
import yaml

from sim.cli.app import status
from sim.cli.commands.shop import opened
from sim.evidence.verdict import validity
from sim.evidence.verdict.judge import judge
from sim.planning.evidence.pieces import Asked, read
from sim.planning.poc import budget
from sim.records.decisions.poc import STAGES, ProofOfConcept
from sim.study.run import run

SMALL = {"adapter check": 1.0, "replay": 4.0, "capacity": 4.0, "race": 2.0}


@pytest.fixture
def hurried(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(budget, "LEAST_S", SMALL)
    for name, seconds in (("AROUND_S", 6.0), ("JUDGED_LEAST_S", 3.0), ("PAGES_S", 1.0), ("WARMUP_S", 1.0)):
        monkeypatch.setattr(budget, name, seconds)
    for name in ("LAG_LIMIT_S", "CPU_LIMIT"):
        monkeypatch.setattr(validity, name, 60.0)  # the machine of a test run may be busy
    monkeypatch.setattr(
        judge, "__defaults__", (*judge.__defaults__[:-1], 0.5)
    )  # few requests, of which some are refused
    return tmp_path


def test_a_proof_of_the_demo_shop_files_what_vendors_and_a_gate_read(hurried, capsys):
    from sim.scenario.loader import load

    scenario = load("corner-shop", ["replications=2"])
    with opened(run(scenario, hurried / "stock") / "catalogue.parquet") as url:
        words = ["poc", "--host", url, "--adapter", "shop", "--scenario", "corner-shop", "--minutes", "0.6"]
        words += ["--replications", "2", "--target", "availability=90%", "--out", "runs/poc-aster"]
        assert status(words) == 2
        said = capsys.readouterr().out
    found = ProofOfConcept.read("runs/poc-aster/poc.json")
    assert [each.stage for each in found.stages] == list(STAGES)
    states = {each.stage: each.state for each in found.stages}
    assert states["adapter check"] == "inconclusive", "no other shopper can be tried on this shop"
    assert (states["stock truth"], states["race"], states["chain after"]) == ("pass", "not shown", "informs")
    assert "No race could be run: it needs" in found.of("race").finding, "no SKU is scarce in this shop"
    assert said.splitlines()[-1] == found.sentence
    assert {each.kpi for each in found.kpis} >= {"mean_wait_s", "lost_sales_per_day"}
    folder = hurried / "runs" / "poc-aster"
    assert all((folder / name).stat().st_size > 10_000 for name in ("poc.html", "report.html"))

    pieces = read(Asked(folder, "runs/poc-aster", None, None, date.today(), lambda *_: None))
    assert {"verdict", "chain run", "adapter check", "service profile"} <= {each.kind for each in pieces}
    assert [each.grade for each in pieces if each.kind == "chain run"] == ["measured"], "not the chain before"
    assert {"mean_wait_s", "lost_sales_per_day"} <= {name for each in pieces for name in each.figures}

    plan = {
        "name": "p", "host": url, "scenario": "corner-shop", "live": 0,
        "waves": [{"name": "first", "stores": ["SH01"], "go_live": date.today().isoformat(), "peak_orders_per_hour": 1}],
    }  # fmt: skip
    (hurried / "plan.yaml").write_text(yaml.safe_dump(plan))
    assert status(["gate", "plan.yaml", "--wave", "first", "--evidence", "runs/poc-aster"]) == 2
    judged = capsys.readouterr().out
    assert "Stock truth holds" in judged
    assert "of another scenario" not in judged
