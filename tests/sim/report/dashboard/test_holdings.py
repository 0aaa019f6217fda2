"""What the dashboard finds in a folder, and what it makes of what is chosen."""

import json

import pytest

from sim.records.refusal import Refusal
from sim.report.dashboard.holdings import look
from sim.report.dashboard.panels import html_of
from sim.report.dashboard.views import shown

from ..conftest import chain_folder, load_folder


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    chain_folder(folder / "now")
    chain_folder(folder / "slower", slower_s=30.0)
    chain_folder(folder / "other-seed", seed=8)
    load_folder(folder / "old-release")
    load_folder(folder / "release", failures=400)
    chain_folder(folder / "search" / "chain")
    (folder / "search" / "capacity.json").write_text("{", encoding="utf-8")
    (folder / "unknown.json").write_text(json.dumps({"of": "another tool"}), encoding="utf-8")
    return folder


def made(runs, view, *places):
    chosen = [each for each in look(runs).of(view) if each.place in places]
    assert len(chosen) == len(places)
    return list(shown(chosen, "en"))


def test_each_page_lists_its_results_and_no_part_of_another_result(runs):
    held = look(runs)
    assert [each.place for each in held.of("planner")] == ["now", "other-seed", "slower"]
    assert [each.place for each in held.of("qa")] == ["old-release", "release"]


def test_a_load_test_is_listed_with_its_verdict(runs):
    assert [each.label("en").partition(": ")[2] for each in look(runs).of("qa")] == [
        "pass · old-release",
        "fail · release",
    ]


def test_a_record_that_cannot_be_read_is_one_line_that_names_it(runs):
    (line,) = look(runs).unread
    assert "capacity.json: line 1: expected a record as JSON" in line
    assert "\n" not in line


def test_a_folder_that_is_not_there_holds_nothing(tmp_path):
    held = look(tmp_path / "none")
    assert (held.entries, held.unread) == ((), ())


def test_two_runs_are_compared_with_intervals(runs):
    (result,) = made(runs, "planner", "now", "slower")
    table = result.tables[0].frame.set_index("kpi")
    change = table.loc["mean_wait_s", ["change_low_95", "change", "change_high_95"]]
    assert change.tolist() == pytest.approx([30, 30, 30], abs=2)
    assert table.loc["mean_wait_s", "finding"] == "worse"


def test_runs_that_do_not_pair_are_refused_in_their_place(runs):
    (refusal,) = made(runs, "planner", "now", "other-seed")
    assert isinstance(refusal, Refusal)
    assert "seed" in str(refusal)


def test_two_load_tests_are_compared_request_by_request(runs):
    (result,) = made(runs, "qa", "old-release", "release")
    assert result.tables[0].name == "differences"


def test_a_result_is_shown_with_names_for_codes_and_what_it_rests_on(runs):
    (result,) = made(runs, "planner", "now")
    html = html_of(result)
    assert "mean_wait_s" not in html
    assert "mean wait" in html
    assert "tickets of 2025" in html
    assert "trading.patience_s" in html
