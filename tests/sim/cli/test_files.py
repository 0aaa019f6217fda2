"""Every option that names a file or a folder says what stands there instead, in one line, before a command begins."""

import os
from pathlib import Path

import pytest
import typer

from sim.cli.app import USAGE, app, status

SHOP = str(Path(__file__).parents[3] / "scenarios" / "corner-shop.yaml")
HERE = ["--host", "http://127.0.0.1:9"]
READ, WRITTEN, INTO, FROM = "file_to_read", "file_to_write", "folder_to_write", "folder_to_read"
BOTH = {
    ("compare", "a"),
    ("compare", "b"),
    ("compare", "others"),
    ("verdict", "run"),
    ("verdict", "against"),
    ("import", "tables"),
    ("gate", "evidence"),
    ("goals", "baseline"),
    ("goals", "run"),
    ("health", "sources"),
    ("pilot design", "source"),
    ("pilot analyse", "data"),
}
"""Take a folder or files."""
COMMANDS = {
    "demo": [],
    "run": [SHOP],
    "compare": [SHOP, SHOP],
    "report": ["."],
    "film": ["."],
    "dashboard": ["."],
    "calibrate": ["log.csv"],
    "validate": [SHOP, "--actual", "log.csv"],
    "score": [".", "--actual", "log.csv"],
    "doctor": [],
    "new": ["mine"],
    "import": ["chain.xlsx"],
    "publish": ["site", "."],
    "replenish": [SHOP],
    "shop": ["catalogue.parquet"],
    "replay": ["trace.parquet", *HERE],
    "verdict": ["."],
    "profile": ["."],
    "capacity": ["--scenario", SHOP, *HERE],
    "trace": ["--peak-orders-per-hour", "60", "--out", "made"],
    "oversell": HERE,
    "vendors": ["vendors.yaml"],
    "goals": ["goals.yaml"],
    "health": ["health.csv"],
    "drill": [SHOP],
    "study": [SHOP],
    "rollout": ["plan.yaml"],
    "process": ["as-is.yaml", "to-be.yaml", "--scenario", SHOP],
    "gate": ["plan.yaml", "--wave", "first", "--evidence", "."],
    "poc": ["--adapter", "shop", "--scenario", SHOP, *HERE],
    "adapter check": ["shop", *HERE],
    "pilot design": ["sales.csv"],
    "pilot analyse": ["sales.csv"],
    "adapter new": ["mine"],
}
"""Words with which each command would begin its work."""


def parameters(command, name=""):
    """Each option and argument of the tree, with the name of its command."""
    for parameter in command.params:
        yield name, parameter
    for inner, below in getattr(command, "commands", {}).items():
        yield from parameters(below, f"{name} {inner}".strip())


def said(parameter):
    """Which of the callbacks a parameter has."""
    wrapped = getattr(parameter.callback, "__wrapped__", parameter.callback)
    return getattr(wrapped, "__name__", "")


PARAMETERS = list(parameters(typer.main.get_command(app)))
OPTIONS = [(name, each) for name, each in PARAMETERS if said(each) in (READ, WRITTEN, INTO, FROM)]


@pytest.fixture
def places(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RETAIL_LAB_SHOP_TOKEN", "token")
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("x")
    return tmp_path


def words(name, parameter, path):
    given = COMMANDS[name]
    if parameter.opts[0].startswith("-"):
        return [*name.split(), *given, parameter.opts[0], path]
    at = [each for here, each in PARAMETERS if here == name and not each.opts[0].startswith("-")].index(parameter)
    return [*name.split(), *given[:at], path, *given[at + 1 :]]


@pytest.mark.parametrize(
    ("name", "parameter"), OPTIONS, ids=lambda each: each if isinstance(each, str) else each.opts[0]
)
def test_an_option_says_what_stands_where_it_names_a_file_or_a_folder(places, capfd, name, parameter):
    for path, found in {
        READ: [("folder", "a file, found 'a folder'")],
        WRITTEN: [("folder", "a file, found 'a folder'"), ("file/x", f"a folder at {places / 'file'}, found 'a file'")],
        INTO: [("file", "a folder, found 'a file'"), ("file/x", f"a folder at {places / 'file'}, found 'a file'")],
        FROM: [("file", "a folder, found 'a file'")],
    }[said(parameter)]:
        assert status(words(name, parameter, path)) == USAGE
        place = f"{parameter.opts[0]}: " if parameter.opts[0].startswith("-") else ""
        assert capfd.readouterr().err == f"retail-lab: {place}{path}: expected {found}\n"
    assert sorted(os.listdir(places)) == ["file", "folder"]


def test_every_parameter_that_is_a_path_looks_at_what_stands_there():
    bare = {(name, each.name) for name, each in PARAMETERS if is_path(each) and not said(each)}
    assert bare == BOTH


def is_path(parameter):
    return "pathlib.Path" in str(parameter.type_descriptor.annotation)


def test_a_file_that_is_written_by_default_is_named_when_a_folder_stands_there(places, capfd):
    run = places / "runs"
    assert status(["run", SHOP, "--set", "stores.SH01.customers_per_day=5", "--out", str(run)]) == 0
    (folder,) = run.iterdir()
    (folder / "report.html").mkdir()
    assert status(["report", str(folder)]) == USAGE
    line = capfd.readouterr().err.splitlines()[-1]
    assert line == f"retail-lab: {folder}/report.html: expected a file to write, found 'a folder'"


@pytest.mark.parametrize(
    "url", ["sqlite:///folder", "sqlite:///file", "sqlite://", "postgresql://127.0.0.1:1/x", "mysql://x"]
)
def test_a_database_that_cannot_be_opened_is_one_line(places, capfd, url):
    (places / "file").write_text("no database" * 100)
    run = places / "runs"
    assert status(["run", SHOP, "--set", "stores.SH01.customers_per_day=5", "--out", str(run)]) == 0
    (catalogue,) = run.glob("*/catalogue.parquet")
    capfd.readouterr()
    assert status(["shop", str(catalogue), "--database", url]) == USAGE
    assert capfd.readouterr().err.startswith("retail-lab: --database: expected a ")
