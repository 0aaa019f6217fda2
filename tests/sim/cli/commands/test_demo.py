"""The demo ends at a load test that is invalid: nothing was measured, so nothing flows back into the chain."""

import json
from contextlib import nullcontext
from types import SimpleNamespace

import pytest

import loadtests.shop.serve
from sim.cli.commands import chain, demo
from sim.report.pages import run_page

from ...report.conftest import chain_folder, load_folder


@pytest.fixture
def played(tmp_path, monkeypatch):
    """The scenarios that the demo plays, by their overrides, and how many results its page has; its load test is one that was sent."""
    names, folder = [], chain_folder(tmp_path / "before")

    def play(scenario, overrides, *rest):
        names.append("measured" if any("service_profile" in each for each in overrides) else "assumed")
        return folder

    monkeypatch.setattr(chain, "play", play)
    monkeypatch.setattr(
        loadtests.shop.serve, "serve", lambda *rest, **more: nullcontext(SimpleNamespace(url="", token=""))
    )
    monkeypatch.setattr(run_page, "write_page", lambda results, page: names.append(len(results)))
    monkeypatch.setattr(demo, "_replay", lambda *rest: load_folder(tmp_path / "load"))
    return names


@pytest.mark.parametrize(
    ("decision", "status", "plays"),
    [
        ("invalid", 3, ["assumed", 2]),
        ("inconclusive", 0, ["assumed", "measured", 3]),
        ("fail", 0, ["assumed", "measured", 3]),
    ],
)
def test_only_a_valid_load_test_flows_back(tmp_path, monkeypatch, capsys, played, decision, status, plays):
    monkeypatch.setattr(demo, "_judge", lambda *rest: SimpleNamespace(decision=decision, sentence="Judged."))
    assert demo.demo(tmp_path, tmp_path / "demo.json") == status
    assert json.loads((tmp_path / "demo.json").read_text())["after"] == ("" if status else str(tmp_path / "before"))
    assert played == plays
    assert ("nothing flows back" in " ".join(capsys.readouterr().out.split())) == (decision == "invalid")
