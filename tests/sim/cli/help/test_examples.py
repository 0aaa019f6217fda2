"""Every command shows examples in its help, in one form; each parses, and those of shipped material run."""

from __future__ import annotations

import contextlib
import glob
import io
import shlex

import pytest
import typer.main

from sim.cli import app
from sim.cli.help.examples import epilog, examples, examples_of, section
from sim.cli.installation.requirements import required


def leaves(command, path=()):
    """Each command that does something, with its name in words."""
    if not hasattr(command, "commands"):
        yield path, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from leaves(inner, (*path, name))


TREE = app.command_tree(app.app)
COMMANDS = {" ".join(path): command for path, command in leaves(TREE)}
EXAMPLES = [(name, line) for name, command in COMMANDS.items() for line in examples_of(command)]
RUN = ["run corner-shop", "report runs/corner-shop-* --out page.html", "new my-shop --stores 3 --customers 900 --days 14",
       "new --workbook chain.xlsx", "health --template figures.xlsx", "trace --peak-orders-per-hour 3200 --minutes 5 --out peak",
       "schema > scenario.schema.json", "doctor"]  # fmt: skip
"""Examples whose inputs ship or were left by those before, and that take few seconds."""


def test_every_command_has_an_example_of_itself():
    assert len(COMMANDS) > 30
    for name, command in COMMANDS.items():
        assert 1 <= len(examples_of(command)) <= 2, name
        for line in examples_of(command):
            assert line.startswith(name), f"{name}: {line}"


@pytest.mark.parametrize(("name", "line"), EXAMPLES, ids=[line for _, line in EXAMPLES])
def test_an_example_parses(name, line, tmp_path, monkeypatch):
    """Its options exist, their values are of their types, and nothing that it needs is left out."""
    monkeypatch.chdir(tmp_path)
    words = shlex.split(line.partition(" > ")[0])[len(name.split()) :]
    with COMMANDS[name].make_context(name, words) as context:
        assert context.args == []


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("pasted")


def test_examples_of_what_ships_run_one_after_another(folder, monkeypatch):
    monkeypatch.chdir(folder)
    assert {*RUN} <= {line for _, line in EXAMPLES}
    for line in RUN:
        words = [path for word in shlex.split(line.partition(" > ")[0]) for path in sorted(glob.glob(word)) or [word]]
        with contextlib.redirect_stdout(io.StringIO()) as said:
            assert app.status(words) == 0, line
        assert said.getvalue()
    left = {path.name for path in folder.iterdir()}
    assert {"page.html", "my-shop.yaml", "chain.xlsx", "figures.xlsx", "peak"} <= left


def test_help_ends_with_examples_in_one_form(capsys):
    assert app.status(["study", "--help"]) == 0
    said = capsys.readouterr().out
    assert said.endswith(
        "\n\n  Examples:\n    retail-lab study corner-shop --factor stores.SH01.tills=1,2,3 --jobs 2\n"
        "    retail-lab study study.yaml --html study.html\n"
    )


def test_the_help_of_the_lab_shows_how_to_begin_and_how_to_switch_completion_on(capsys):
    assert app.status([]) == 0
    said = capsys.readouterr().out
    assert "  Examples:\n    retail-lab doctor\n" in said
    assert "    retail-lab --install-completion\n" in said


def test_a_command_that_needs_an_extra_shows_how_to_get_it(capsys):
    assert app.status(["replay", "--help"]) == 0
    assert capsys.readouterr().out.endswith("\n\n  Needs:\n    pip install 'retail-lab[loadtests]'\n")
    named = {vars(command.callback).get("needs", "") for command in COMMANDS.values()}
    assert named <= required().keys()


def test_a_command_without_examples_has_no_end_of_its_help():
    @examples()
    def bare():
        """Do nothing."""

    probe = typer.Typer()
    probe.command()(bare)
    assert epilog(typer.main.get_command(probe)) == section("Examples") == ""
