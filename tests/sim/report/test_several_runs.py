"""More than two runs read together: named so that each is known, refused where they do not pair, and shown with intervals that hold together."""

import re
from itertools import combinations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from sim.records.atomic_files import write_table
from sim.records.outcome import KPI_SCHEMA, outcome_folder
from sim.records.refusal import Refusal
from sim.report.cautions import of_pairing_several
from sim.report.pages.run_page import write_page
from sim.report.pages.studies.several_runs import findings, pictures
from sim.report.several_runs import are_several, read_several
from sim.study.compare import compare_runs


@pytest.fixture(scope="module")
def folders(tmp_path_factory, make_chain):
    """Three runs of four replications, the second 5 s and the third 20 s slower, with waits that scatter on their own."""
    root, rng = tmp_path_factory.mktemp("runs"), np.random.default_rng(3)
    made = []
    for name, slower_s in {"first": 0.0, "second": 5.0, "third": 20.0}.items():
        made.append(make_chain(root / name, name=name, slower_s=slower_s, replications=4))
        file = outcome_folder(made[-1]) / "kpis.parquet"
        kpis = pd.read_parquet(file)
        kpis.loc[kpis["kpi"] == "mean_wait_s", "value"] += rng.normal(0, 0.5, 4)
        write_table(file, pa.Table.from_pandas(kpis, schema=KPI_SCHEMA, preserve_index=False))
    return made


@pytest.fixture(scope="module")
def every(folders):
    return read_several(folders, all_pairs=True)


def test_each_pair_is_that_of_two_runs_at_its_part_of_the_confidence(folders, every):
    assert every.level_of_each == 1 - (1 - 0.95) / 3
    for pair, two in zip(every.pairs, combinations(folders, 2), strict=True):
        expected = compare_runs(two, every.level_of_each)
        assert list(map(repr, pair.differences.values())) == list(map(repr, expected))  # NaN is not equal to itself
    assert [(pair.a, pair.b) for pair in read_several(folders).pairs] == [(0, 1), (0, 2)]


def test_runs_go_by_scenario_else_by_folder_else_by_path(tmp_path, make_chain):
    made = [
        make_chain(tmp_path / where, name=name)
        for where, name in (("a/x", "one"), ("a/y", "two"), ("b/z", "two"), ("b/y", "three"))
    ]
    assert read_several(made[:2] + made[3:]).names == ("one", "two", "three")
    assert read_several(made[:3]).names == ("x", "y", "z")
    assert read_several(made).names == tuple(map(str, made))


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"seed": 8}, "odd: seed: expected 7, as in .*first: differences are paired, found 8"),
        ({"replications": 3}, "odd: replications: expected 4, as in .*first: differences are paired, found 3"),
        ({"days": 3}, "odd: days: expected 2, as in .*first: differences are paired, found 3"),
    ],
)
def test_a_run_that_does_not_pair_with_the_first_is_refused(folders, tmp_path, make_chain, changes, complaint):
    odd = make_chain(tmp_path / "odd", **{"seed": 7, "replications": 4} | changes)
    with pytest.raises(Refusal, match=complaint):
        read_several([*folders, odd])


def test_a_run_that_stands_twice_is_refused(folders):
    with pytest.raises(
        Refusal, match="first: expected each run once, where more than two are compared, found 'it twice'"
    ):
        read_several([*folders, folders[0].parent / "second" / ".." / "first"])


def test_a_load_test_among_them_leaves_the_page_of_two_runs(folders, tmp_path, make_load):
    load = make_load(tmp_path / "load")
    assert are_several(folders)
    assert not are_several([*folders, load])
    with pytest.raises(Refusal, match="at most two runs of a chain and one load test, found '3 and 1'"):
        write_page([*folders, load], tmp_path / "page.html")
    with pytest.raises(Refusal, match="--all-pairs: expected more than two runs of a chain and no load test"):
        write_page([*folders[:2], load], tmp_path / "page.html", all_pairs=True)


def test_findings_count_what_is_sure_and_name_the_largest(every):
    wait = next(each for each in findings(every) if each.startswith("Mean wait"))
    assert re.fullmatch(
        r"Mean wait: 3 of 3 differences sure, the largest of them third − first: \+20\.\d+ .* s, worse\.", wait
    )
    assert findings(every)[-1] == of_pairing_several(every)
    assert [each.key for each in pictures(every)] == ["differences-mean-wait-s"]


def test_the_page_has_every_pair_once_and_names_what_does_not_differ(folders, tmp_path):
    write_page(folders, tmp_path / "first.html")
    write_page(folders, tmp_path / "every.html", all_pairs=True)
    first, every = ((tmp_path / f"{name}.html").read_text() for name in ("first", "every"))
    assert "The 2 differences of a key figure are paired by replication" in first
    assert "The 3 differences of a key figure are paired by replication" in every
    assert ("<th>third − second</th>" in first, "<th>third − second</th>" in every) == (False, True)
    unchanged = re.search("In no replication of any pair differ: (.*?)\\.", every)[1]
    assert "abandonment" in unchanged
    assert "mean wait," not in unchanged
