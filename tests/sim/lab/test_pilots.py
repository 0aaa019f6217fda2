"""Pilots from Python: the records that the commands write, as frames, sentences and figures."""

from datetime import timedelta

import pytest

import sim as lab
from sim.planning.pilots import analysing, designing

from ..planning.pilots.histories import FIRST, written

WEEK = timedelta(days=7)


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    live = dict.fromkeys(range(3), FIRST + 5 * WEEK) | dict.fromkeys((3, 4), FIRST + 7 * WEEK)
    path = tmp_path_factory.mktemp("pilots") / "data.csv"
    headings = ("store", "date", "sales", "go_live")
    return written(path, weeks=9, live=live, lift=0.2, every=7, headings=headings, extra=lambda n, when: [live.get(n, "")])  # fmt: skip


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Fewer assignments than a user's analysis draws."""
    for module, name in ((analysing, "ASSIGNMENTS"), (analysing, "_POWER_ASSIGNMENTS"), (designing, "ASSIGNMENTS")):
        monkeypatch.setattr(module, name, 60)
    monkeypatch.setattr(designing, "WINDOWS", 2)


def test_an_analysis_is_a_table_of_waves_a_table_of_weeks_and_figures(table, tmp_path):
    found = lab.pilot_analyse(table, lift=0.05)
    waves = found.table.set_index("wave")
    assert str(found) == found.record.sentence
    assert waves.index.tolist() == ["", str(FIRST + 5 * WEEK), str(FIRST + 7 * WEEK)]
    assert (waves["low"] < waves["lift"]).all()
    assert waves["lift"].to_numpy() == pytest.approx(0.2, abs=0.05)
    assert found.weeks.query("week < 0")["lift"].abs().max() < 0.05
    weeks, by_wave, others = found.pictures
    assert weeks.title.startswith("Sales: +")
    assert by_wave.title == "The lift in sales, wave by wave"
    assert others.title.startswith("A lift as large in ")
    assert found.page(tmp_path / "page.html").stat().st_size > 20_000


def test_a_design_is_a_table_of_pilots_and_its_stores_by_code(table):
    found = lab.pilot_design(table, 0.1, stores=4, weeks=4)
    assert {(each.stores, each.weeks) for each in found.table.query("kind == 'pilot'").itertuples()} >= {(4, 4), (2, 4)}
    assert len(found.chosen) == 4
    assert "4 stores over 4 weeks" in str(found)
    assert "4 stores over 4 weeks see +10 % in sales" in found.pictures[0].title


def test_what_cannot_be_used_is_refused(table):
    with pytest.raises(lab.Refusal, match="--stores"):
        lab.pilot_design(table, stores=15)
