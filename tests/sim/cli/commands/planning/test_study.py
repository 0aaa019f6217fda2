"""`study`: of a file and of scenarios, its page and exports in both languages, a cluster, and where it was interrupted."""

import json

import pytest

from sim.cli.app import status
from sim.planning.studies import study_file
from sim.records.decisions.study import Study
from sim.study import kept_kpis

QUICK = ["--set", "stores.SH01.customers_per_day=120", "--set", "skus.count=20", "--replications", "2"]


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    return tmp_path_factory.mktemp("out")


def words(out, *more):
    return [
        str(word) for word in ("study", "corner-shop", "--factor", "stores.SH01.tills=1,2", "--out", out, *QUICK, *more)
    ]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_form_is_written(out, tmp_path, lang, capsys):
    names = [name for form in ("html", "xlsx", "csv", "json") for name in (f"--{form}", tmp_path / f"s.{form}")]
    assert (
        status(words(out, "--lang", lang, "--half-width", "fill_rate=0.5", "--warmup", "--kpi", "mean_wait_s", *names))
        == 0
    )
    shown = capsys.readouterr().out
    assert ("平均等待时间" if lang == "zh" else "mean wait") in shown
    page = (tmp_path / "s.html").read_text(encoding="utf-8")
    assert 'id="points-mean-wait-s"' in page
    assert 'id="warmup-mean-wait-s"' in page
    if lang == "zh":
        assert "replications" not in page.partition("</style>")[2]
    record = Study.read(tmp_path / "s.json")
    assert [point.levels["stores.SH01.tills"] for point in record.points] == [1, 2]
    assert (out / "corner-shop-study" / "kpis.parquet").is_file()
    assert json.loads((out / "corner-shop-study" / "study.json").read_text()) == json.loads(
        (tmp_path / "s.json").read_text()
    )


def test_indices_have_a_page_and_tables_too(out, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(study_file, "LEAST_ROWS", 2)
    ranges = [
        "--factor",
        "stores.SH01.customers_per_day=60..240",
        "--design",
        "sobol",
        "--points",
        "2",
    ]
    page = tmp_path / "s.html"
    assert (
        status(
            words(out, *ranges, "--kpi", "mean_wait_s", "--name", "indices", "--html", page, "--csv", tmp_path / "c")
        )
        == 0
    )
    assert "has most of the variance of" in capsys.readouterr().out
    assert (tmp_path / "c" / "indices.csv").is_file()


def test_scenarios_and_a_file_of_a_study_do_not_mix(tmp_path, capsys):
    file = tmp_path / "s.yaml"
    file.write_text("scenarios: [corner-shop]\n")
    assert status(["study", str(file), "corner-shop"]) == 64
    assert (
        capsys.readouterr().err
        == f"retail-lab: {file}: expected the file of a study alone, or scenarios alone, found '2 files'\n"
    )


def test_an_interrupted_study_says_how_to_go_on_and_goes_on(tmp_path, monkeypatch, capsys):
    once, played = kept_kpis._played, []

    def interrupted(*call):
        if len(played) == 3:
            raise KeyboardInterrupt
        played.append(call[2])
        return once(*call)

    monkeypatch.setattr(kept_kpis, "_played", interrupted)
    assert status(words(tmp_path)) == 130
    folder = tmp_path / "corner-shop-study"
    assert f"what was played is kept in {folder}: the same command goes on from there" in capsys.readouterr().err
    assert not (folder / "study.json").exists()
    played.insert(0, None)
    monkeypatch.setattr(kept_kpis, "_played", lambda *call: played.append(call[2]) or once(*call))
    assert status(words(tmp_path)) == 0
    assert played == [None, 0, 1, 0, 1]
