"""A page of every kind that the lab makes, each in a moment: from records made to order where a test has them, else by its command."""

from datetime import date
from pathlib import Path

import yaml

from sim.cli.app import status
from sim.evidence.statistics.replications import Interval
from sim.planning.goals.judge import judge
from sim.planning.poc import findings
from sim.planning.rollout.comparing import rollouts
from sim.records.decisions.poc import STAGES, ProofOfConcept, StageLine
from sim.report.film.page import film_of
from sim.report.pages.backtest import write_backtest
from sim.report.pages.capacity import write_capacity
from sim.report.pages.conformance import write_check
from sim.report.pages.gate import write_gate
from sim.report.pages.goals import write_goals
from sim.report.pages.oversell import write_race
from sim.report.pages.poc import write_poc
from sim.report.pages.run_page import write_page
from sim.report.pages.score import write_score
from sim.report.publish.site import write_site
from sim.report.rollouts.page import write_rollouts
from sim.study.compare import Difference

from ...cli.commands.planning import test_drill, test_health, test_pilot, test_process, test_rollout_command, test_study
from ...cli.commands.planning.files import put, rows
from ...planning.gates.records import Case
from ..conftest import chain_folder, load_folder
from ..languages.test_backtests_in_chinese import QUANTITIES, backtest, score
from ..publish.conftest import played
from ..test_odd_sheets import capacity, stage
from ..test_sheets import check, race

GOALS = """goals:
- {name: short waits, kpi: mean_wait_s, at_most: 60, owner: operations, by: 2027-01-01}
- {name: full shelves, kpi: fill_rate, at_least: "99.5 %", owner: supply, by: 2027-01-01}
"""


def make_pages(out: Path) -> dict[str, Path]:
    """A page of each kind by its name, under a folder."""
    out.mkdir(exist_ok=True)
    _of_runs(out)
    _of_findings(out)
    _of_decisions(out)
    _of_commands(out)
    site = out / "site"
    write_site([played(out / "runs/golden-week")], site, ["SH01"], "en")
    pages = {file.stem: file for file in sorted(out.glob("*.html"))}
    return pages | {f"site-{name}": site / "en" / f"{name}.html" for name in ("index", "store-SH01")}


def _of_runs(out: Path) -> None:
    runs = out / "runs"
    chains = [
        chain_folder(runs / name, name=name, slower_s=slower, replications=3)
        for name, slower in (("a", 0.0), ("b", 9.0), ("c", 4.0))
    ]
    load = load_folder(runs / "load", failures=40)
    load_folder(runs / "release")
    for name, folders in {"run": chains[:1], "loop": [chains[0], load, chains[1]]}.items():
        write_page(folders, out / f"{name}.html")
    write_page(chains, out / "several.html", all_pairs=True)
    film_of(chains[0]).save(out / "film.html")
    _done(["verdict", load, "--against", runs / "release", "--html", out / "against.html"])


def _of_findings(out: Path) -> None:
    write_capacity(capacity([stage(1.0), stage(2.0), stage(3.0, decision="fail")]), out / "capacity.html")
    write_check(check("works", "failed", findings=["j1 failed"], decision="fail"), out / "check.html")
    write_race(race("fail", promised=9), out / "race.html")
    write_backtest(backtest(QUANTITIES), out / "backtest.html")
    write_score(score(26), out / "score.html")


def _of_decisions(out: Path) -> None:
    (out / "goals.yaml").write_text(GOALS)
    judged = judge(out / "goals.yaml", out / "runs/b", out / "runs/a", date(2026, 11, 20))
    write_goals(judged, out / "goals.html")
    (out / "gate").mkdir()
    write_gate(Case(out / "gate", "peak", "pilot").judge(), out / "gate.html")
    stages = [
        StageLine(stage=name, state=state, finding=f"{name} was done.", evidence=f"{name}/record.json", began_at="", took_s=30.0)
        for name, state in zip(STAGES, ("pass", "informs", "fail", "inconclusive", "not shown", "invalid", "informs"), strict=True)
    ]  # fmt: skip
    _, kpis = findings.of_after(
        [Difference("mean_wait_s", "s", "lower", Interval(30, 29, 31, 5), Interval(33, 32, 34, 5), Interval(3, 2, 4, 5))],
        extrapolated=True,
    )  # fmt: skip
    poc = ProofOfConcept(
        host="http://127.0.0.1:9", adapter="shop", adapter_sha256="ab" * 32, scenario="pilot", scenario_hash="cd" * 32, replications=5,
        stores=2, currency="CNY", targets=["p95=2s"], at_least=None, minutes=15.0, stages=stages, kpis=kpis, times_peak=2.0,
    )  # fmt: skip
    write_poc(findings.conclude(poc), out / "poc.html")
    put(out / "plan.yaml", test_rollout_command.PLAN)
    put(out / "other.yaml", test_rollout_command.PLAN | {"name": "other"})
    write_rollouts(rollouts([out / "plan.yaml", out / "other.yaml"], 60), out / "rollout.html")


def _of_commands(out: Path) -> None:
    _done(["vendors", "example", "--html", out / "vendors.html"])
    _done([*test_drill.words(out / "drills"), "--html", out / "drills.html"])
    _done([*test_study.words(out / "study", "--kpi", "mean_wait_s"), "--html", out / "study.html"])
    put(out / "targets.yaml", test_health.TARGETS)
    rows(out / "figures.csv", test_health.TABLE)
    _done([*test_health.words(out), "--html", out / "health.html"])
    for name, tree in (("as-is", test_process.AS_IS), ("to-be", test_process.TO_BE), ("chain", test_process.SCENARIO)):
        (out / f"{name}.yaml").write_text(yaml.safe_dump(tree))
    compared = ["process", out / "as-is.yaml", out / "to-be.yaml", "--scenario", out / "chain.yaml", "--replications", "3"]  # fmt: skip
    _done([*compared, "--html", out / "process.html"])
    rows(out / "data.csv", test_pilot.figures(0.15))
    rows(out / "live.csv", test_pilot.DATES)

    _done([*test_pilot.design(out, "--lift", "10%"), "--html", out / "pilot-design.html"])
    _done([*test_pilot.analyse(out, "--lift", "10%"), "--html", out / "pilot-analysis.html"])


def _done(words: list[object]) -> None:
    assert status([*map(str, words), "--quiet"]) in (0, 1, 2), words
