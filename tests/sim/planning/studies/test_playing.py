"""A study's table and record have the same bytes for any number of processes, and however often it was killed; changes are paired."""

import os
import signal

import numpy as np
import pandas as pd
import pytest

from sim.evidence.statistics.selection import kn
from sim.planning.studies.plans import folder_of, plan
from sim.planning.studies.playing import DAYS, KEPT, RECORD, TABLE, _column, play
from sim.planning.studies.study_file import of_flags
from sim.records.decisions.study import Study
from sim.records.refusal import Refusal
from sim.report.pages.studies.findings import findings
from sim.scenario.loader import load
from sim.study import kept_kpis
from sim.study.compare import compare_runs
from sim.study.run import run
from sim.study.warmup import mser

QUICK = {"skus.count": 20, "stores.SH01.customers_per_day": 120}
FLAGS = [*(f"{path}={value}" for path, value in QUICK.items()), "trace=null"]
TILLS = "stores.SH01.tills"


def study(**more):
    fields = {
        "name": "tills",
        "scenarios": ["corner-shop"],
        "set": QUICK,
        "replications": 3,
        "factors": {TILLS: [1, 2]},
    }
    return of_flags(fields | more)


@pytest.fixture(scope="module")
def serial(tmp_path_factory):
    out = tmp_path_factory.mktemp("serial")
    return play(plan(study()), out), folder_of(study(), out)


def written(folder):
    return {name: (folder / name).read_bytes() for name in (TABLE, DAYS, RECORD)}


def test_the_table_has_a_row_a_point_replication_and_kpi(serial):
    table = pd.read_parquet(serial[1] / TABLE)
    assert list(table.columns) == ["point", "scenario", TILLS, "replication", "kpi", "value", "unit", "better"]
    assert len(table) == 2 * 3 * table["kpi"].nunique()
    assert set(table[TILLS]) == {1, 2}


def test_changes_are_those_of_compare_with_its_intervals_over_days(serial, tmp_path):
    record, folder = serial
    runs = [run(load("corner-shop", [*FLAGS, "replications=3", f"{TILLS}={n}"]), tmp_path) for n in (1, 2)]
    expected = {line.kpi: line for line in compare_runs(runs, record.confidence_together)}
    changes = record.points[1].changes
    assert changes.keys() == {kpi.name for kpi in record.kpis}
    for kpi, change in changes.items():
        of = expected[kpi].difference
        assert (change.mean, change.low, change.high) == pytest.approx((of.mean, of.low, of.high))
        assert change.finding == expected[kpi].finding
    assert record.points[1].changes["mean_wait_s"].mean < 0
    assert record == Study.read(folder / RECORD)


def test_a_factor_that_nothing_depends_on_is_named(tmp_path):
    unread = study(factors={"suppliers.*.lead_time_days": [3, 4], TILLS: [1, 2]}, replications=2)
    assert play(plan(unread), tmp_path).without_effect == ["suppliers.*.lead_time_days"]


class Backwards:
    """Workers of which the last task ends first."""

    count, elsewhere = 3, False

    def results(self, tasks):
        return (task() for task in reversed(tasks))


def test_the_bytes_do_not_depend_on_which_replication_ends_first(serial, tmp_path):
    """Processes and a cluster are compared with one process in test_run.py and test_workers.py."""
    play(plan(study()), tmp_path, jobs=Backwards())
    assert written(folder_of(study(), tmp_path)) == written(serial[1])


def killed(out, cpu_s):
    """Play in a child of its own until a signal that nothing handles ends it, after so much CPU time; whether it did."""
    child = os.fork()
    if not child:
        signal.signal(signal.SIGVTALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_VIRTUAL, cpu_s)
        play(plan(study()), out)
        os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


def test_a_study_that_is_killed_at_twenty_moments_ends_in_the_same_bytes(serial, tmp_path):
    """Each goes on where the last was killed, after every third kill with a line cut off; one that ends is begun anew elsewhere."""
    draw, kills, ended = np.random.default_rng(17), 0, 0
    while kills < 20 or not ended:
        out = tmp_path / f"{ended}"
        while killed(out, draw.uniform(0.0, 0.2)):
            kills += 1
            if kills % 3 == 0:
                kept = folder_of(study(), out) / KEPT
                kept.parent.mkdir(parents=True, exist_ok=True)
                with kept.open("a") as file:
                    file.write('[["cut off while it wr')
        assert written(folder_of(study(), out)) == written(serial[1])
        ended += 1


def test_more_replications_play_only_those_that_are_not_kept(serial, monkeypatch):
    played = []
    once = kept_kpis._played
    monkeypatch.setattr(kept_kpis, "_played", lambda *call: played.append(call[2]) or once(*call))
    more = play(plan(study(replications=4, factors={TILLS: [2]})), serial[1].parent)
    assert played == [3]
    assert more.replications == 4


def test_rounds_end_when_the_half_width_is_reached_or_at_the_most(tmp_path):
    wide = play(plan(study(replications=2, half_width={"fill_rate": 0.5})), tmp_path)
    narrow = play(
        plan(study(replications=2, half_width={"mean_wait_s": "0.1%"}, at_most=6, factors={TILLS: [1]})), tmp_path
    )
    assert (wide.replications, narrow.replications) == (2, 6)
    assert [target.reached for target in (*wide.targets, *narrow.targets)] == [True, False]
    assert narrow.confidence_of_a_look == pytest.approx(1 - 0.05 / 3)
    assert narrow.targets[0].replications_advised > 6


def test_the_best_point_is_selected_and_the_others_end_early(tmp_path):
    crowded = {"skus.count": 20, "stores.SH01.customers_per_day": 700, "stores.SH01.self_checkouts": 0}
    file = study(set=crowded, factors={TILLS: [1, 2, 3]}, replications=4, select={"mean_wait_s": 60}, at_most=8)
    record = play(plan(file), tmp_path)
    values = pd.read_parquet(folder_of(file, tmp_path) / TABLE).query("kpi == 'mean_wait_s'")
    played = [values.loc[values["point"] == at, "value"].to_numpy() for at in range(3)]
    assert [len(each) for each in played] == [point.replications for point in record.points]
    assert (record.points[0].replications, max(map(len, played))) == (4, record.replications)
    x = np.full((3, record.replications), np.nan)
    for at, each in enumerate(played):
        x[at, : len(each)] = -each
    race = kn(x, 4, 60.0)
    assert (record.selection.left, record.selection.replications) == (list(race.alive), race.replications)
    assert 0 not in race.alive
    (sentence,) = [each for each in findings(record) if "points by mean wait" in each]
    assert ("Best of 3" in sentence) == race.decided
    before = written(folder_of(file, tmp_path))
    play(plan(file), tmp_path, jobs=Backwards())
    assert written(folder_of(file, tmp_path)) == before


def test_levels_of_many_kinds_are_a_column_of_texts():
    levels = ["poisson", {"distribution": "fixed", "value": 3}]
    assert _column(levels) == ["poisson", '{"distribution": "fixed", "value": 3}']
    assert _column([1, 2.5]) == [1.0, 2.5]
    assert _column([True, False]) == [True, False]


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"factors": {"seed": [1, 2]}}, "corner-shop: seed: expected 1, as at the first point: differences are paired"),
        ({"factors": {"stores.SH02.tills": [1]}}, "stores.SH02: expected an element of stores"),
        ({"factors": {TILLS: [1, -1]}}, "tills"),
        ({"scenarios": ["corner-shop", "corner-shop"]}, "expected scenarios with names of their own"),
        ({"scenarios": ["none"]}, "none"),
    ],
)
def test_points_that_cannot_be_played_or_paired_are_refused_before_anything_is(more, expected):
    with pytest.raises(Refusal) as refused:
        plan(study(**more))
    assert expected in str(refused.value)


def test_scenarios_are_compared_with_the_first(tmp_path):
    (tmp_path / "open.yaml").write_text("extends: corner-shop\nstores: {SH01: {tills: 4}}\n")
    record = play(
        plan(study(scenarios=["corner-shop", str(tmp_path / "open.yaml")], factors={}, replications=2)), tmp_path
    )
    assert [point.scenario for point in record.points] == ["corner-shop", "open"]
    assert record.effects == []
    assert np.isfinite(record.points[1].changes["utilisation"].mean)


def test_the_warmup_is_that_of_the_first_point_day_by_day(tmp_path):
    days = {"days": 21, "warmup_days": 3, "skus.count": 10, "stores.SH01.customers_per_day": 30}
    days["horizon"] = "steady_state"  # asks for it, as warmup=True does
    file = study(set=days, factors={}, replications=2, kpis=["fill_rate", "utilisation"])
    record = play(plan(file), tmp_path)
    (line,) = record.warmup
    assert (line.kpi, len(line.mean), record.warmup_days) == ("fill_rate", 21, 3)
    assert line.advised_days == mser(line.mean, 7)
    table = pd.read_parquet(folder_of(file, tmp_path) / TABLE)
    assert record.points[0].means["fill_rate"].mean == pytest.approx(table[table["kpi"] == "fill_rate"]["value"].mean())


def test_a_warmup_is_not_looked_for_where_every_day_counts():
    with pytest.raises(Refusal, match=r"horizon: expected steady_state, or none, beside the study's warmup"):
        plan(study(warmup=True, set={**QUICK, "horizon": "terminating", "warmup_days": 0}))
