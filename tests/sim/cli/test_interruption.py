"""Ctrl-C in every long command: a signal that arrives while it works ends it with one way to go on, and what it kept is not played again."""

from __future__ import annotations

import inspect
import signal
from datetime import date, timedelta

import pytest

from sim.cli import app
from sim.cli.commands import backtest, calibrate, chain, plan
from sim.cli.commands.planning import drill, pilot, process, rollout, study
from sim.cli.interruption import ANEW, going_on
from sim.cli.remaining import Remaining

SMALL = ["--set", "days=2", "--set", "warmup_days=0", "--set", "skus.count=20", "--set", "stores.SH01.customers_per_day=20"]  # fmt: skip
PARTS = "replications that were done are kept: the same command goes on from there"
KEPT = "what was played is kept in runs/"
COMMANDS = {
    "run": (["run", "corner-shop", *SMALL, "--replications", "3"], PARTS),
    "compare": (["compare", "corner-shop", "corner-shop", *SMALL, "--replications", "3"], PARTS),
    "process": (["process", "example", "--scenario", "corner-shop", *SMALL, "--replications", "3"], PARTS),
    "replenish": (["replenish", "corner-shop", *SMALL, "--policies", "as_is,base_stock", "--replications", "2"], "runs of policies are kept in runs"),
    "replenish --optimise": (["replenish", "corner-shop", *SMALL, "--optimise", "base_stock", "--budget", "6"], f"{KEPT}corner-shop-search.jsonl"),
    "study": (["study", "corner-shop", *SMALL, "--replications", "3"], f"{KEPT}corner-shop-study"),
    "drill": (["drill", "corner-shop", *SMALL, "--drills", "power_cut", "--replications", "2"], f"{KEPT}corner-shop-drills.jsonl"),
    "rollout": (["rollout", "example", "--samples", "100"], ANEW),
    "pilot design": (["pilot", "design", "sales.csv"], ANEW),
}  # fmt: skip


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    first = date(2026, 1, 5)
    rows = [f"SH{s:02d},{first + timedelta(weeks=w)},{1000 + 37 * s + 11 * w % 7}" for s in range(8) for w in range(30)]
    (tmp_path / "sales.csv").write_text("\n".join(["store,week,sales", *rows]))
    return tmp_path


@pytest.fixture
def signalled(monkeypatch):
    """SIGINT reaches the process when its progress counts for the n-th time; counts what it is given."""
    once, before = Remaining.update, signal.signal(signal.SIGINT, signal.default_int_handler)
    calls = []

    def arrange(n):
        calls.clear()

        def update(self, done, total):
            once(self, done, total)
            calls.append((done, total))
            if len(calls) == n:
                signal.raise_signal(signal.SIGINT)

        monkeypatch.setattr(Remaining, "update", update)
        return calls

    yield arrange
    signal.signal(signal.SIGINT, before)


@pytest.mark.parametrize(("words", "line"), COMMANDS.values(), ids=COMMANDS)
def test_ctrl_c_ends_a_command_with_130_and_says_how_to_go_on(here, signalled, capfd, words, line):
    signalled(3)
    assert app.status(words) == 130
    *_, how, end = capfd.readouterr().err.strip().splitlines()
    assert how.startswith(line)
    assert end == "retail-lab: interrupted"


def test_the_same_command_goes_on_after_a_signal(here, signalled):
    words = COMMANDS["study"][0]
    signalled(3)
    assert app.status(words) == 130
    calls = signalled(0)
    assert app.status(words) == 0
    assert calls == [(2, 3), (3, 3)]


def test_every_command_with_a_bar_is_tried():
    """`validate`, `calibrate` and `pilot analyse` take a log or a history of months: their blocks are those of the others."""
    with_bar = {
        name
        for module in (backtest, calibrate, chain, plan, drill, pilot, process, rollout, study)
        for name, command in inspect.getmembers(module, inspect.isfunction)
        if command.__module__ == module.__name__ and "progress_bar(" in inspect.getsource(command)
    }
    tried = {"play", "replenish", "_searched", "study", "drill", "rollout", "_played", "design"}
    assert with_bar - tried == {"validate", "calibrate", "analyse"}


def test_lines_of_an_inner_block_stand_before_those_of_the_outer():
    with pytest.raises(KeyboardInterrupt) as stop, going_on("outer"), going_on("inner"):
        raise KeyboardInterrupt
    assert stop.value.args == ("inner", "outer")
