"""Commands that play a chain print figures with units, and leave what they say they leave."""

import re
from pathlib import Path

import pytest

from sim.cli.app import status
from sim.records.outcome import read_manifest

from ...report.conftest import chain_folder

SHOP = str(Path(__file__).parents[4] / "scenarios" / "corner-shop.yaml")
SMALL = ["--set", "stores.0.customers_per_day=60"]


def run(capsys, *arguments):
    code = status([str(word) for word in arguments])
    return code, capsys.readouterr()


def test_run_prints_kpis_with_units_and_what_is_assumed(capsys, tmp_path):
    code, said = run(capsys, "run", SHOP, *SMALL, "--out", tmp_path)
    assert code == 0
    assert re.search(r"mean_wait_s\W+[\d.]+\W+s\b", said.out)
    assert re.search(r"fill_rate\W+[\d.]+\W+% of units", said.out)
    assert "trading.patience_s = gamma(mean 660, cv 0.577)" in said.out
    folder = Path(re.search(r"written to (\S+)", said.out)[1])
    assert (folder / "outcome" / "kpis.parquet").exists()
    assert (folder / "trace.parquet").exists()


def test_replications_bring_intervals(capsys, tmp_path):
    _, said = run(capsys, "run", SHOP, *SMALL, "--replications", 3, "--out", tmp_path)
    assert re.search(r"customers_per_day\W+[\d.]+ \W+ [\d.]+ to [\d.]+", said.out)


def test_compare_pairs_two_scenarios(capsys, tmp_path):
    slow = tmp_path / "slow.yaml"
    slow.write_text(f"extends: {SHOP}\ntrading: {{fixed_s: 60}}\n")
    code, said = run(capsys, "compare", SHOP, slow, *SMALL, "--replications", 3, "--out", tmp_path / "runs")
    assert code == 0
    assert re.search(r"customers_per_day.*equal", said.out)
    assert re.search(r"ticket_handling_time_s.*worse", said.out)
    assert re.search(r"half of the \d+ key figures that differ would need [\d,]+ replications or more", said.out)
    folders = re.findall(r"written to (\S+)", said.out)
    code, again = run(capsys, "compare", *folders)
    assert code == 0
    assert again.out.strip() == said.out.partition("written to")[0].strip()
    for arguments, found in (
        ([folders[0], SHOP], "expected another run folder"),
        ([*folders, "--set", "seed=2"], "--set: expected scenarios to play, not finished runs"),
    ):
        code, said = run(capsys, "compare", *arguments)
        assert (code, found in said.err) == (64, True)


def test_compare_holds_further_scenarios_against_the_first(capsys, tmp_path):
    slow, slower = (tmp_path / f"{name}.yaml" for name in ("slow", "slower"))
    slow.write_text(f"extends: {SHOP}\ntrading: {{fixed_s: 60}}\n")
    slower.write_text(f"extends: {SHOP}\ntrading: {{fixed_s: 90}}\n")
    words = ["compare", SHOP, slow, slower, *SMALL, "--replications", 3, "--out", tmp_path / "runs"]
    code, said = run(capsys, *words)
    assert code == 0
    assert "slow, slower − corner-shop, 3 paired replications, the same traffic" in said.out
    assert re.search(r"ticket_handling_time_s.* worse .* worse", said.out)
    assert re.search(r"customers_per_day.* equal .* equal", said.out)
    assert "The 2 differences of a key figure" in said.out
    assert re.search(r"half of the \d+ differences of key figures would need [\d,]+ replications or more", said.out)
    assert len(re.findall(r"written to (\S+)", said.out)) == 3
    code, said = run(capsys, *words, slow)
    twice = f"{slow}: expected each scenario once, where more than two are compared, found 'that of {slow}'"
    assert (code, said.err) == (64, f"retail-lab: {twice}\n")


def test_compare_and_report_hold_each_finished_run_against_each(capsys, tmp_path):
    folders = [
        chain_folder(tmp_path / name, name=name, slower_s=slower) for name, slower in (("a", 0), ("b", 9), ("c", 5))
    ]
    csv, page = tmp_path / "differences.csv", tmp_path / "page.html"
    code, said = run(capsys, "compare", *folders, "--all-pairs", "--csv", csv)
    assert code == 0
    assert "b, c − a, 2 paired replications" in said.out
    assert "c − b, 2 paired replications" in said.out
    assert "(Bonferroni: 98.33 % each)" in said.out
    assert csv.read_text(encoding="utf-8-sig").startswith("run,against,kpi,mean,")
    assert run(capsys, "report", *folders, "--all-pairs", "--out", page)[0] == 0
    assert "<th>c − b</th>" in page.read_text()
    assert run(capsys, "compare", *folders[:2], "--all-pairs") == run(capsys, "compare", *folders[:2])
    for words, complaint in (
        (["compare", *folders, SHOP], f"{SHOP}: expected another run folder, as {folders[0]} is one"),
        (["compare", *folders, folders[1]], f"{folders[1]}: expected each run once"),
        (["report", *folders[:2], "--all-pairs"], "--all-pairs: expected more than two runs of a chain"),
    ):
        code, said = run(capsys, *words)
        assert (code, said.err.count("\n")) == (64, 1)
        assert complaint in said.err


@pytest.mark.parametrize(
    ("said", "field"), [("seed: 99", "seed"), ("days: 2", "days"), ("start: 2026-05-15\ndays: 2", "start")]
)
def test_compare_refuses_runs_that_do_not_pair(capsys, tmp_path, said, field):
    other = tmp_path / "other.yaml"
    other.write_text(f"extends: {SHOP}\n{said}\n")
    code, told = run(capsys, "compare", SHOP, other, *SMALL, "--replications", 2, "--out", tmp_path / "runs")
    assert code == 64
    assert re.search(rf"other.yaml: {field}: expected .*: differences are paired", told.err)
    assert not (tmp_path / "runs").exists()


def test_compare_names_other_traffic_and_calls_no_total_better(capsys, tmp_path):
    busy = tmp_path / "busy.yaml"
    busy.write_text(f"extends: {SHOP}\n")
    busier = tmp_path / "busier.yaml"
    busier.write_text(f"extends: {SHOP}\nstores: {{'0': {{customers_per_day: 90}}}}\n")
    _, told = run(capsys, "compare", busy, busier, "--replications", 3, "--out", tmp_path / "runs")
    assert "3 paired replications, not the same traffic" in told.out
    assert re.search(r"sales_per_day.*(differs|not told apart)", told.out)
    assert not re.search(r"sales_per_day.*better", told.out)


def test_report_writes_a_page_beside_the_run(capsys, tmp_path):
    _, said = run(capsys, "run", SHOP, *SMALL, "--out", tmp_path)
    folder = re.search(r"written to (\S+)", said.out)[1]
    code, said = run(capsys, "report", folder)
    assert code == 0
    assert "<html" in (Path(folder) / "report.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["run", "nowhere.yaml"], "nowhere.yaml: expected a scenario, found no such file"),
        (
            ["run", SHOP, "--set", "stores.0.tills=many"],
            "--set: stores.SH01.tills: expected a whole number, found 'many'",
        ),
        (["report", "."], ".: expected a run folder"),
        (["compare", SHOP], "Missing argument 'b'"),
    ],
)
def test_wrong_input_is_one_line_and_status_64(capsys, tmp_path, arguments, line):
    code, said = run(capsys, *arguments)
    assert code == 64
    assert line in said.err
    assert said.err.count("\n") == 1


def test_run_plays_the_first_days_and_stores_of_a_shipped_scenario(capsys, tmp_path):
    assert status(["run", "pilot", "--days", "1", "--stores", "1", "--out", str(tmp_path)]) == 0
    assert "pilot: 1 day from 2026-08-31" in capsys.readouterr().out
    manifest = read_manifest(next(tmp_path.iterdir()))
    assert [store["code"] for store in manifest.scenario["stores"]] == ["SH01"]


def test_run_refuses_more_stores_than_there_are(capsys, tmp_path):
    assert status(["run", "pilot", "--stores", "3", "--out", str(tmp_path)]) == 64
    assert "stores: expected a number from 1 to the 2 of pilot, found 3" in capsys.readouterr().err
