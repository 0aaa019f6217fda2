"""The shell asks for completions through environment variables, as the scripts do that --install-completion puts in place."""

from __future__ import annotations

import subprocess
import sys

import pytest
import typer.main

from sim.cli import app
from sim.scenario.shipped import names

HEAVY = {"yaml", "numpy", "scipy", "pandas", "pyarrow", "matplotlib", "simpy", "locust", "gevent"}
"""Typer imports pydantic itself, to parse what was typed."""


@pytest.fixture
def asked(tmp_path, monkeypatch, capsys):
    """What a shell is given for what was typed, in a folder with one scenario file."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "power-own.yaml").write_text("")

    def ask(shell, typed):
        monkeypatch.setenv("_RETAIL_LAB_COMPLETE", f"complete_{shell}")
        monkeypatch.setenv("_TYPER_COMPLETE_ARGS", typed)
        monkeypatch.setenv("COMP_WORDS", typed)
        monkeypatch.setenv("COMP_CWORD", str(len(typed.split(" ")) - 1))
        with pytest.raises(SystemExit):
            app.status([])
        return capsys.readouterr().out

    return ask


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("retail-lab run p", ["payment-outage", "pilot", "power-cut", "power-own.yaml"]),
        ("retail-lab compare pilot corner", ["corner-shop"]),
        ("retail-lab capacity --scenario golden", ["golden-week"]),
        ("retail-lab study pilot --design ", ["full", "one_at_a_time", "latin_hypercube", "sobol"]),
        ("retail-lab run pilot --lang ", ["en", "zh"]),
        ("retail-lab calibrate log.csv --kind l", ["lead-time"]),
        ("retail-lab rollout g", ["gated-example"]),
        ("retail-lab vendors e", ["example"]),
        ("retail-lab adapter ", ["check", "new"]),
        ("retail-lab run ./p", []),
    ],
)
def test_what_was_typed_is_completed_in_bash_and_in_zsh(asked, typed, found):
    assert asked("bash", typed).split() == found
    in_zsh = asked("zsh", typed)
    assert [word for word in found if f'"{word}"' not in in_zsh] == []
    assert (in_zsh.strip() == "_files") == (not found)


def test_every_shipped_scenario_is_completed(asked):
    assert {*names()} <= set(asked("bash", "retail-lab run ").split())


def test_every_option_of_a_scenario_is_completed_by_name():
    tree = app.command_tree(app.app)
    without = [
        (name, option.opts[0])
        for name, command in tree.commands.items()
        for option in command.params
        if option.name == "scenario" and not option._custom_shell_complete
    ]
    assert without == []


def test_completion_imports_nothing_heavy():
    typed = {"_RETAIL_LAB_COMPLETE": "complete_bash", "COMP_WORDS": "retail-lab run p", "COMP_CWORD": "2"}
    code = (
        f"import os, sys; os.environ.update({typed!r})\nimport sim.cli.app as a\ntry: a.status([])\nexcept SystemExit: pass\n"
        f"print(sorted({HEAVY!r} & set(sys.modules)))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.splitlines()
    assert "pilot" in said
    assert said[-1] == "[]"


def test_the_lab_can_install_completion():
    flags = {option.opts[0] for option in typer.main.get_command(app.app).params}
    assert {"--install-completion", "--show-completion"} <= flags
