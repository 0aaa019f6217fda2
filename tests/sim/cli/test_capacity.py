"""`retail-lab capacity` goes on where it stopped, and never mixes two searches."""

from pathlib import Path

import pytest

from loadtests.made import header, make, write
from sim.cli import app
from sim.records.capacity import Capacity, Stage

SCENARIO = Path(__file__).parents[3] / "scenarios" / "corner-shop.yaml"


@pytest.fixture
def search(tmp_path, monkeypatch):
    """Runs the command against an API that carries three times the peak; stages are not played. `asked` lists their factors."""
    trace = write(tmp_path, make(1800, {"checkout": 1.0}, 10, 5, 1), ["A", "B", "C", "D", "E"], header("made", 1))
    asked = []

    def hold(plan, factor, length_s, number, workers, tell):
        if search.interrupt_at == number:
            raise KeyboardInterrupt
        asked.append(factor)
        return Stage(
            factor=factor, run=f"stage-{number}", requests_per_s=factor, answered_per_s=factor, concurrency=factor, mean_s=0.1, p95_s=0.2,
            decision="pass" if factor <= 3 else "fail", sentence="", stable=False,
        )  # fmt: skip

    monkeypatch.setattr("sim.cli.chain.play", lambda *_: trace.parent)
    monkeypatch.setattr("loadtests.capacity.hold_stage", hold)

    def search(*flags, interrupt_at=0):
        search.interrupt_at = interrupt_at
        said = [
            "--scenario",
            str(SCENARIO),
            "--host",
            "http://127.0.0.1:9",
            "--stage",
            "7200",
            "--out",
            str(tmp_path / "out"),
        ]
        return app.status(["capacity", *said, *flags])

    search.asked, search.out = asked, tmp_path / "out"
    return search


def test_an_interrupted_search_goes_on_where_it_stopped(search, capsys):
    assert search(interrupt_at=3) == 130
    assert search.asked == [1, 2]
    assert search() == 0
    assert search.asked[:3] == [1, 2, 4]
    assert len(set(search.asked)) == len(search.asked), "no stage was played twice"
    found = Capacity.read(search.out / "capacity.json")
    assert [stage.factor for stage in found.stages] == search.asked
    assert "at the peak with 2.83 × headroom" in found.sentence
    assert found.sentence in capsys.readouterr().out
    assert (search.out / "capacity.html").exists()


def test_another_search_is_refused_in_the_same_folder(search, capsys):
    assert search("--stages", "1") == 0
    assert search("--target", "mean=1s") == 64
    assert "another host, scenario or targets" in capsys.readouterr().err
