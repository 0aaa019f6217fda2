"""The command turns what goes wrong into one line on standard error and a status that a pipeline can act on."""

import json
import re
import subprocess
import sys

import pytest
import typer

from sim.cli import app
from sim.cli.interruption import ANEW
from sim.records.refusal import Refusal


@pytest.fixture
def command():
    """Registers a command that does what a test says, and takes it off again."""
    before = list(app.app.registered_commands)

    def register(body):
        app.app.command("probe")(body)
        app.command_tree.cache_clear()

    yield register
    app.app.registered_commands[:] = before
    app.command_tree.cache_clear()


def complaint(capsys) -> str:
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    return said.strip()


def test_a_refusal_is_one_line_and_status_64(command, capsys):
    @command
    def probe():
        raise Refusal("a.csv", "row 3, column tills", "a whole number", "two")

    assert app.status(["probe"]) == 64
    assert complaint(capsys) == "retail-lab: a.csv: row 3, column tills: expected a whole number, found 'two'"


@pytest.mark.parametrize(
    "arguments",
    [
        ["nope"],
        ["schema", "--nope"],
        ["schema", "more"],
        ["run"],
        ["run", "a", "--jobs", "x"],
        ["gate", __file__, "--on", "tomorrow"],
    ],
)
def test_wrong_usage_is_one_line_and_status_64(arguments, capsys):
    assert app.status(arguments) == 64
    said = complaint(capsys)
    assert said.startswith("retail-lab: ")
    assert "Value error" not in said


def test_an_interruption_says_how_to_go_on_and_ends_with_status_130(command, capsys):
    @command
    def probe():
        raise KeyboardInterrupt

    assert app.status(["probe"]) == 130
    assert capsys.readouterr().err == f"{ANEW}\nretail-lab: interrupted\n"


@pytest.mark.parametrize("code", [0, 1, 2, 3])
def test_a_verdict_keeps_its_status(command, code):
    @command
    def probe():
        raise typer.Exit(code)

    assert app.status(["probe"]) == code


def test_a_module_of_an_extra_that_is_not_installed_is_named_with_what_to_install(command, capsys):
    @command
    def probe():
        raise ModuleNotFoundError("No module named 'locust'", name="locust.env")

    assert app.status(["probe"]) == 64
    assert complaint(capsys) == "retail-lab: this command needs locust: pip install 'retail-lab[loadtests]'"


def test_a_defect_is_not_hidden(command):
    @command
    def probe():
        raise ModuleNotFoundError("No module named 'sim.nope'", name="sim.nope")

    with pytest.raises(ModuleNotFoundError):
        app.status(["probe"])


def test_a_defect_never_looks_like_a_verdict(command, capsys):
    @command
    def probe():
        raise ZeroDivisionError

    with pytest.raises(SystemExit) as end:
        app.main(["probe"])
    assert end.value.code == 70
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_a_place_that_cannot_be_written_to_is_one_line_and_status_64(command, capsys, tmp_path):
    @command
    def probe():
        (tmp_path / "nowhere" / "file").write_text("x")

    assert app.status(["probe"]) == 64
    assert complaint(capsys) == f"retail-lab: {tmp_path}/nowhere/file: No such file or directory"


def test_the_schema_is_printed_as_json(capsys):
    assert app.status(["schema"]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == "Scenario"


def test_without_a_command_the_help_is_shown(capsys):
    assert app.status([]) == 0
    said = capsys.readouterr().out
    assert {"run", "compare", "calibrate", "replay", "verdict", "profile", "report", "shop", "demo", "schema"} <= set(
        re.findall(r"^  (\w+) ", said, re.MULTILINE)
    )


def test_help_is_shown_without_loading_what_commands_need():
    heavy = "yaml numpy scipy pandas pyarrow matplotlib pydantic simpy fastapi sqlalchemy locust gevent"
    code = f"import sys, sim.cli.app as a; a.status(['--help']); print(sorted(set({heavy.split()}) & set(sys.modules)))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd="/").stdout
    assert said.splitlines()[-1] == "[]"
