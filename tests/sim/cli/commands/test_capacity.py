"""`retail-lab capacity` goes on where it stopped, and never mixes two searches."""

import time
from pathlib import Path
from xml.etree import ElementTree

import pytest

from loadtests.traces.synthetic import header, make, write
from sim.cli import app
from sim.records.capacity import Capacity, Stage
from sim.records.refusal import Refusal

SCENARIO = Path(__file__).parents[4] / "scenarios" / "corner-shop.yaml"


@pytest.fixture
def search(tmp_path, monkeypatch):
    """Runs the command against an API that carries three times the peak; stages are not played. `asked` lists their factors."""
    trace = write(tmp_path, make(1800, {"checkout": 1.0}, 10, 5, 1), ["A", "B", "C", "D", "E"], header("made", 1))
    asked, took = [], [0.0]

    def hold(plan, step, length_s, number, workers, tell, recovers_s):
        if search.interrupt_at == number:
            raise search.interrupted_by
        asked.append((step.factor, step.thorough))
        took[0] += length_s + 20
        return Stage(
            factor=step.factor, run=f"stage-{number}", length_s=length_s, took_s=length_s + 20, journeys_per_s=step.factor,
            requests=50, requests_per_s=step.factor,
            answered_per_s=step.factor, concurrency=step.factor, mean_s=0.1, p95_s=0.2, decision="pass" if step.factor <= 3 else "fail",
            sentence="Fail: too slow.", stable=step.factor <= 3, unmet=[], thorough=step.thorough,
        )  # fmt: skip

    monkeypatch.setattr("sim.cli.commands.chain.play", lambda *_: trace.parent)
    monkeypatch.setattr("loadtests.capacity_search.hold_stage", hold)
    monkeypatch.setattr("sim.cli.commands.capacity._scaling", lambda *_: None)
    monkeypatch.setattr("time.monotonic", lambda real=time.monotonic: real() + took[0])

    def search(*flags, interrupt_at=0, interrupted_by=KeyboardInterrupt):
        search.interrupt_at, search.interrupted_by = interrupt_at, interrupted_by
        said = [
            "--scenario",
            str(SCENARIO),
            "--host",
            "http://127.0.0.1:9",
            "--minutes",
            "60",
            "--out",
            str(tmp_path / "out"),
        ]
        return app.status(["capacity", *said, *flags])

    search.asked, search.out = asked, tmp_path / "out"
    return search


def test_an_interrupted_search_keeps_what_it_found_and_goes_on_where_it_stopped(search, capsys):
    assert search(interrupt_at=3) == 130
    assert len(search.asked) == 2
    stopped = Capacity.read(search.out / "capacity.json")
    assert "it was interrupted; the same command goes on" in stopped.sentence
    assert stopped.sentence in capsys.readouterr().out
    assert search() == 0
    assert len(set(search.asked)) == len(search.asked), "no stage was played twice"
    found = Capacity.read(search.out / "capacity.json")
    assert [stage.factor for stage in found.stages] == [factor for factor, _ in search.asked]
    assert found.unfinished == ""
    assert "at the peak with 2." in found.sentence
    assert (search.out / "capacity.html").exists()


def test_an_api_that_a_stage_has_killed_is_a_finding(search, capsys):
    dead = Refusal("http://127.0.0.1:9", "discovery", "an answer", "timeout")
    assert search(interrupt_at=3, interrupted_by=dead) == 0
    assert (
        "× the peak the API answered no more (timeout); the same command goes on when it does."
        in capsys.readouterr().out
    )
    assert search(interrupt_at=1, interrupted_by=dead) == 0, "the stages from before stand"


def test_an_api_that_never_answered_is_refused(search, capsys):
    assert (
        search(interrupt_at=1, interrupted_by=Refusal("http://127.0.0.1:9", "discovery", "an answer", "timeout")) == 64
    )
    assert "http://127.0.0.1:9: discovery: expected an answer" in capsys.readouterr().err


def test_what_a_search_will_do_and_what_it_did_is_said_as_it_goes(search, capsys):
    assert search() == 0
    first, *lines = capsys.readouterr().out.splitlines()
    assert "of 473 requests where they decide (availability=99%, mean=2s); at most 60 min in all" in first
    assert lines[0].endswith("59.9 min left at most")
    assert "carried, in" in lines[1]
    assert "  Fail: too slow." in lines, "what was not carried says why"


def test_a_search_out_of_time_says_so_and_goes_on_with_more(search, capsys):
    assert search("--minutes", "2") == 0
    assert "would end after its 2 min" in Capacity.read(search.out / "capacity.json").sentence
    played = len(search.asked)
    assert search() == 0
    assert len(search.asked) > played
    assert Capacity.read(search.out / "capacity.json").unfinished == ""


def test_a_search_without_time_for_a_stage_is_undecided_and_never_green(search, capsys):
    assert search("--minutes", "0.5") == 2
    assert "a stage of 15 s at 1.32 × the peak would end after its 30 s" in capsys.readouterr().out
    assert search("--minutes", "0.5", "--inconclusive-ok") == 0
    assert search.asked == []


@pytest.mark.parametrize(("stores", "status"), [(1, 0), (2, 0), (3, 0), (4, 1), (8, 1)])
def test_the_status_says_whether_so_many_stores_are_carried(search, stores, status, capsys):
    """Of a chain of one store, three times its peak is carried."""
    assert search("--at-least", str(stores)) == status
    assert (
        f"{'at least' if status == 0 else 'does not carry'} {stores} store" in capsys.readouterr().out.splitlines()[-1]
    )
    assert max(factor for factor, _ in search.asked) <= stores


def test_a_search_with_too_little_time_for_the_question_leaves_it_open(search):
    assert search("--at-least", "3", "--minutes", "1.5") == 2
    assert search("--at-least", "3") == 0, "and goes on to its answer"


def test_more_stores_than_the_search_may_load_are_refused_before_any_load(search, capsys):
    assert search("--at-least", "65") == 64
    assert "--at-least: expected at most the" in capsys.readouterr().err
    assert search.asked == []


def test_a_search_leaves_in_every_form_and_quietly(search, tmp_path, capsys):
    files = {form: tmp_path / f"search.{form}" for form in ("json", "junit", "html")}
    words = [word for form, path in files.items() for word in (f"--{form}", str(path))]
    assert search("--at-least", "4", "--quiet", *words) == 1
    assert capsys.readouterr().out.splitlines() == [Capacity.read(files["json"]).sentence]
    suite = ElementTree.parse(files["junit"]).getroot()
    assert suite.find("testcase[@name='capacity']/failure").get("type") == "fail"
    assert "does not carry 4 stores" in files["html"].read_text()
    assert search("--junit", str(SCENARIO)) == 64, "the scenario is not written over"


def test_another_search_is_refused_in_the_same_folder(search, capsys):
    assert search("--minutes", "2") == 0
    assert search("--target", "mean=1s") == 64
    assert "another host, scenario or targets" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("flags", "named"),
    [
        (["--adapter", "vendure"], "adapter 'shop', now 'vendure'"),
        (["--timeout", "5"], "timeout_s"),
        (["--stage", "30"], "stage_s"),
        (["--workers", "2"], "workers"),
        (["--proxy", "http://127.0.0.1:1"], "proxy"),
    ],
)
def test_a_search_is_not_resumed_when_it_is_set_up_otherwise(search, capsys, flags, named):
    assert search(interrupt_at=2) == 130
    assert search(*flags) == 64
    assert named in capsys.readouterr().err


def test_a_search_is_not_resumed_when_the_adapters_file_has_changed(search, capsys, tmp_path):
    mine = tmp_path / "mine.py"
    mine.write_text("from loadtests.adapters import Adapter\nclass Mine(Adapter):\n    name = 'mine'\n")
    assert search("--adapter", str(mine), interrupt_at=2) == 130
    mine.write_text(mine.read_text() + "    think_s = 0.1\n")
    assert search("--adapter", str(mine)) == 64
    assert "adapter_sha256" in capsys.readouterr().err


def test_a_search_goes_on_with_more_time_and_a_higher_limit(search):
    assert search(interrupt_at=2) == 130
    assert search("--minutes", "90", "--most", "128") in (0, 130)
