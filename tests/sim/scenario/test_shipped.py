"""Shipped scenarios go by name; a file of the same name comes first."""

import pytest

from sim.records.refusal import Refusal
from sim.scenario.loader import load
from sim.scenario.shipped import find, folder, names


@pytest.mark.parametrize("name", names())
def test_a_shipped_scenario_is_the_same_by_name_and_by_path(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    assert load(name).hash == load(f"{name}.yaml").hash == load(folder() / f"{name}.yaml").hash


def test_a_file_that_is_there_comes_before_a_shipped_scenario(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pilot.yaml").write_text("extends: corner-shop\n")
    assert load("pilot.yaml").stores == load("corner-shop").stores
    assert load("pilot").stores != load("corner-shop").stores


def test_a_file_beside_comes_before_the_shipped_scenario_that_is_extended(tmp_path):
    (tmp_path / "mine.yaml").write_text("extends: pilot\nseed: 5\n")
    assert load(tmp_path / "mine.yaml").stores == load("pilot").stores
    (tmp_path / "pilot").write_text("extends: corner-shop\n")
    assert load(tmp_path / "mine.yaml").stores == load("corner-shop").stores


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("pilt", "pilt: expected a scenario file or a shipped scenario"),
        ("pilt", "perhaps pilot, found no such file"),
        ("none.yaml", "none.yaml: expected a scenario, found no such file"),
        ("elsewhere/pilot", "elsewhere/pilot: expected a scenario, found no such file"),
    ],
)
def test_what_is_neither_a_file_nor_a_name_is_refused(tmp_path, monkeypatch, path, said):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Refusal) as refused:
        load(path)
    assert said in str(refused.value)


@pytest.mark.parametrize("odd", ["a\0b", "x" * 5000, "..", "", "/"])
def test_odd_names_are_refused_in_one_line(odd):
    with pytest.raises(Refusal):
        load(find(odd))
