"""The best point of a study, by each procedure: what is played for it, what is left of the points, and the sentence on it."""

import numpy as np
import pandas as pd
import pytest

from sim.evidence.statistics.subset import subset
from sim.evidence.statistics.two_stage import rinott_sizes
from sim.planning.studies.plans import folder_of, plan
from sim.planning.studies.playing import TABLE, play
from sim.planning.studies.recording import PointResult
from sim.planning.studies.selecting import selected
from sim.planning.studies.study_file import of_flags
from sim.report.pages.studies.findings import findings
from sim.scenario.loader import load
from sim.study.day_sums import DaySums
from sim.study.kept_kpis import Kept

TILLS = "stores.SH01.tills"
MEANS = (5.0, 3.0, 2.0, 2.0)


def study(**more):
    fields = {"name": "s", "scenarios": ["corner-shop"], "factors": {TILLS: [1, 2, 3, 4]}, "replications": 6}
    return of_flags(fields | {"select": {"mean_wait_s": 0.5}, "at_most": 60} | more)


def table(values):
    rows = {"replication": range(len(values)), "kpi": "mean_wait_s", "value": values, "unit": "s", "better": "lower"}
    return pd.DataFrame(rows)


def playing(spread=1.0, means=MEANS):
    """Plays points of known means; the sizes that were asked for are kept."""
    waits = np.array(means)[:, None] + spread * np.random.default_rng(2).normal(size=(len(means), 1_000))
    asked = []

    def play(sizes):
        asked.append(list(sizes))
        return [PointResult(table(one[:size]), pd.DataFrame(), 60.0) for one, size in zip(waits, sizes, strict=True)]

    return waits, asked, play


@pytest.mark.parametrize("procedure", ["kn", "knpp"])
def test_elimination_plays_only_points_that_are_left(procedure):
    _, asked, play = playing()
    results, line = selected(study(procedure=procedure), 4, play)
    assert asked[0] == [6] * 4
    assert [result.replications for result in results] == asked[-1]
    assert asked[-1][0] < max(asked[-1])
    assert line.left
    assert set(line.left) <= {2, 3}
    assert (line.replications_needed is None) == (len(line.left) == 1)


def test_an_elimination_that_may_go_no_further_says_what_decides():
    _, asked, play = playing(spread=9.0)
    _, line = selected(study(at_most=12), 4, play)
    assert (asked[-1], line.replications) == ([12] * 4, 12)
    assert line.replications_needed > 12


def test_two_stages_play_as_often_as_each_point_needs_and_take_the_best_mean():
    waits, asked, play = playing()
    results, line = selected(study(procedure="rinott", independent=True, at_most=1_000), 4, play)
    sizes = rinott_sizes(-waits[:, :6], 0.5)
    assert asked == [[6] * 4, sizes]
    best = int(np.argmin([one[:size].mean() for one, size in zip(waits, sizes, strict=True)]))
    assert (line.left, line.replications, line.replications_needed) == ([best], max(sizes), None)
    assert [result.replications for result in results] == sizes


def test_a_second_stage_longer_than_the_study_leaves_a_subset_and_says_what_decides():
    waits, asked, play = playing(spread=2.0)
    _, line = selected(study(procedure="rinott", independent=True, at_most=12), 4, play)
    assert asked == [[6] * 4, [12] * 4]
    assert line.left == list(subset(-waits[:, :12], 0.5))
    assert line.replications_needed == max(rinott_sizes(-waits[:, :6], 0.5))


def test_a_subset_has_a_fixed_number_of_replications():
    waits, asked, play = playing()
    _, line = selected(study(procedure="subset", at_most=None), 4, play)
    assert asked == [[6] * 4]
    assert line.left == list(subset(-waits[:, :6], 0.5))
    assert line.replications_needed is None


@pytest.mark.parametrize("procedure", ["kn", "knpp", "rinott", "subset"])
def test_points_that_were_not_observed_cannot_be_left_out(procedure):
    _, _, play = playing(means=(5.0, np.nan))
    fields = {"independent": procedure == "rinott", "at_most": None if procedure == "subset" else 12}
    assert selected(study(procedure=procedure, factors={TILLS: [1, 2]}, **fields), 2, play)[1].left == [0, 1]


CROWDED = {"skus.count": 20, "stores.SH01.customers_per_day": 500, "stores.SH01.self_checkouts": 0}


def test_independent_points_have_random_numbers_of_their_own(tmp_path):
    file = study(
        set=CROWDED, factors={TILLS: [1, 2]}, replications=2, select={"mean_wait_s": 1e4}, procedure="rinott",
        independent=True, at_most=None,
    )  # fmt: skip
    record = play(plan(file), tmp_path)
    values = pd.read_parquet(folder_of(file, tmp_path) / TABLE).query("kpi == 'customers_per_day'")
    customers = [values.loc[values["point"] == at, "value"].to_numpy() for at in (0, 1)]
    assert len({*customers[0], *customers[1]}) == 4
    flags = [*(f"{path}={value}" for path, value in CROWDED.items()), "trace=null"]
    common = Kept().play(load("corner-shop", [*flags, f"{TILLS}=1"]), range(2), measured=DaySums())
    assert [each["customers_per_day"] for each in common] == list(customers[0])
    assert record.points[1].changes["sales_per_day"].finding != "better"
    assert (record.selection.procedure, record.selection.independent, len(record.selection.left)) == ("rinott", True, 1)


@pytest.mark.parametrize(
    ("procedure", "left", "words"),
    [
        (
            "knpp",
            [1],
            "Best of 2 points by mean wait: tills 2, after 2 replications (asymptotically 95 % confidence if",
        ),
        ("rinott", [1], "Best of 2 points by mean wait: tills 2, after up to 2 replications (95 % confidence if ahead"),
        (
            "subset",
            [0, 1],
            "With 95 % probability the best of 2 points by mean wait is one of tills 1 and tills 2, after",
        ),
        (
            "kn",
            [0, 1],
            "replications the best of 2 points by mean wait is one of tills 1 and tills 2 (95 % confidence if",
        ),
    ],
)
def test_the_sentence_names_what_is_left_and_how_sure_it_is(played, procedure, left, words):
    of = played.selection.model_copy(update={"procedure": procedure, "left": left, "replications_needed": 250})
    for lang in ("en", "zh"):
        sentence = findings(played.model_copy(update={"selection": of}), lang)[0]
        assert ("250" in sentence) == (len(left) > 1)
        assert (words in sentence) == (lang == "en")


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    file = study(
        set=CROWDED, factors={TILLS: [1, 2]}, replications=2, procedure="subset", at_most=None, kpis=["mean_wait_s"]
    )
    return play(plan(file), tmp_path_factory.mktemp("out"))
