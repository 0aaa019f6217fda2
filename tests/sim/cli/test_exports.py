"""The options by which commands export: every result has them, and none costs what was computed."""

import builtins
import inspect
import json
import sys

import pytest
import typer
from python_calamine import CalamineWorkbook

from sim.cli import app
from sim.cli.commands import adapter, calibrate, capacity, chain, plan, replay, verdict
from sim.cli.exports import NONE_ASKED, Exports, exporting
from sim.records.commands.made import AdapterDrafted, ChainImported, FilmWritten, SiteWritten, TraceMade

from ..report.conftest import chain_folder

EXPORTING = (
    chain.run,
    chain.compare,
    chain.report,
    plan.replenish,
    verdict.verdict,
    replay.replay,
    capacity.capacity,
    adapter.oversell,
    adapter.check,
    calibrate.calibrate,
)
SMALL = ["corner-shop", "--days", "1", "--set", "warmup_days=0", "--set", "skus.count=50"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return chain_folder(tmp_path_factory.mktemp("run") / "first")


@pytest.fixture
def never(monkeypatch):
    """Nothing is played in this test."""

    def play(*_, **__):
        raise AssertionError("began all the same")

    monkeypatch.setattr(chain, "play", play)


@pytest.mark.parametrize("command", EXPORTING, ids=lambda command: command.__name__)
def test_every_command_with_a_result_exports_it_in_every_form(command):
    options = {name for name, each in inspect.signature(command).parameters.items() if each.default is not each.empty}
    assert {"xlsx", "csv", "json", "pdf", "png", "lang"} <= options
    assert "exports" not in options


def test_a_run_is_exported_in_every_form_at_once(tmp_path, capsys):
    flags = ["--xlsx", "r.xlsx", "--csv", "tables", "--json", "r.json", "--png", "slides"]
    paths = [str(tmp_path / each) if not each.startswith("--") else each for each in flags]
    assert app.status(["run", *SMALL, "--out", str(tmp_path / "runs"), *paths]) == 0
    assert capsys.readouterr().out.count("written to") == 5
    book = CalamineWorkbook.from_path(tmp_path / "r.xlsx")
    about = {row[0]: row[1] for row in book.get_sheet_by_name("about").to_python()}
    assert about["scenario"] == "corner-shop"
    kpis = {row["kpi"]: row for row in json.loads((tmp_path / "r.json").read_text())["tables"]["kpis"]["rows"]}
    workbook = {row[0]: row[1] for row in book.get_sheet_by_name("kpis").to_python()[1:]}
    assert workbook["customers_per_day"] == kpis["customers_per_day"]["mean"] > 0
    assert (tmp_path / "tables" / "by_location.csv").is_file()
    assert {file.name for file in (tmp_path / "slides").iterdir()} == {"hours.png", "stockouts.png"}


def test_runs_that_are_there_are_exported_by_report_and_in_chinese(folder, tmp_path):
    flags = ["--out", str(tmp_path / "page.html"), "--lang", "zh"]
    assert (
        app.status(
            ["report", str(folder), *flags, "--xlsx", str(tmp_path / "r.xlsx"), "--csv", str(tmp_path / "r.csv")]
        )
        == 0
    )
    book = CalamineWorkbook.from_path(tmp_path / "r.xlsx")
    assert book.sheet_names[:2] == ["说明", "关键指标"]
    assert "日均客流" in (tmp_path / "r.csv").read_text(encoding="utf-8-sig")
    assert (tmp_path / "r-by_day.csv").is_file()


def test_a_verdict_in_json_is_its_record_and_in_a_workbook_its_findings(tmp_path):
    rows = (f"{1_700_000_000_000 + 20 * i},120,checkout,200,true" for i in range(400))
    (tmp_path / "vendor.jtl").write_text("\n".join(["timeStamp,elapsed,label,responseCode,success", *rows]))
    flags = ["--json", str(tmp_path / "v.json"), "--xlsx", str(tmp_path / "v.xlsx"), "--quiet"]
    assert app.status(["verdict", str(tmp_path / "vendor.jtl"), *flags]) == 2
    assert json.loads((tmp_path / "v.json").read_text())["decision"] == "inconclusive"
    findings = CalamineWorkbook.from_path(tmp_path / "v.xlsx").get_sheet_by_name("findings").to_python()
    estimate = findings[0].index("estimate")
    assert next(row[estimate] for row in findings if row[0] == "availability") == 1.0


@pytest.mark.parametrize(
    ("flags", "complaint"),
    [
        (["--xlsx", "{dir}"], "--xlsx: {dir}: expected a file, found 'a folder'"),
        (["--png", "{file}"], "--png: {file}: expected a folder, found 'a file'"),
        (["--csv", "{file}"], "--csv: {file}: expected a folder, found 'a file'"),
        (["--csv", "{dir}/x.csv/y.csv"], None),
        (["--xlsx", "{dir}/same", "--json", "{dir}/same"], "--json: {dir}/same: expected another file than --xlsx's"),
        (["--lang", "fr"], None),
    ],
)
def test_what_cannot_be_written_is_refused_before_anything_is_played(tmp_path, capsys, never, flags, complaint):
    (tmp_path / "dir").mkdir()
    (tmp_path / "dir" / "x.csv").write_text("")
    (tmp_path / "file").write_text("")
    places = {"dir": str(tmp_path / "dir"), "file": str(tmp_path / "file")}
    assert app.status(["run", *SMALL, *(flag.format(**places) for flag in flags)]) == 64
    said = capsys.readouterr().err
    assert len(said.splitlines()) == 1
    assert complaint is None or said.strip() == f"retail-lab: {complaint.format(**places)}"


def test_a_pdf_without_its_extra_is_one_line_that_says_how_to_get_it(tmp_path, capsys, never, monkeypatch):
    monkeypatch.setitem(sys.modules, "weasyprint", None)
    monkeypatch.delitem(sys.modules, "weasyprint")

    def without(name, *more, real=builtins.__import__):
        if name == "weasyprint":
            raise ModuleNotFoundError(f"No module named '{name}'", name=name)
        return real(name, *more)

    monkeypatch.setattr(builtins, "__import__", without)
    assert app.status(["run", *SMALL, "--pdf", str(tmp_path / "r.pdf")]) == 64
    assert capsys.readouterr().err.strip() == "retail-lab: this command needs weasyprint: pip install 'retail-lab[pdf]'"


def test_a_pdf_without_the_libraries_of_the_system_is_one_line_too(tmp_path, capsys, never, monkeypatch):
    def without(name, *more, real=builtins.__import__):
        if name == "weasyprint":
            raise OSError("cannot load library 'libpango-1.0-0': no such file. Additionally, …")
        return real(name, *more)

    monkeypatch.setattr(builtins, "__import__", without)
    assert app.status(["run", *SMALL, "--pdf", str(tmp_path / "r.pdf")]) == 64
    said = capsys.readouterr().err
    assert len(said.splitlines()) == 1
    assert "--pdf: expected Pango" in said
    assert "apt-get install libpango-1.0-0" in said
    assert "found \"cannot load library 'libpango-1.0-0'\"" in said


def test_an_export_that_fails_costs_neither_the_others_nor_the_run(folder, tmp_path, capsys, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("sim.report.exports.workbook.write_workbook", full)
    flags = ["--out", str(tmp_path / "p.html"), "--xlsx", str(tmp_path / "r.xlsx"), "--json", str(tmp_path / "r.json")]
    assert app.status(["report", str(folder), *flags]) == 64
    assert "--xlsx: " in (said := capsys.readouterr().err)
    assert "No space left" in said
    assert (tmp_path / "r.json").is_file()


def test_equal_runs_give_equal_files(folder, tmp_path):
    for name in ("a", "b"):
        flags = ["--out", str(tmp_path / "p.html"), "--xlsx", f"{tmp_path}/{name}.xlsx", "--csv", f"{tmp_path}/{name}"]
        assert app.status(["report", str(folder), *flags, "--json", f"{tmp_path}/{name}.json"]) == 0
    for kind in ("xlsx", "json"):
        assert (tmp_path / f"a.{kind}").read_bytes() == (tmp_path / f"b.{kind}").read_bytes()
    assert {f.name: f.read_bytes() for f in (tmp_path / "a").iterdir()} == {
        f.name: f.read_bytes() for f in (tmp_path / "b").iterdir()
    }


def test_a_command_called_from_python_exports_nothing_unless_asked():
    @exporting
    def command(x: int, exports: Exports = NONE_ASKED) -> Exports:
        return exports

    assert command(1) == NONE_ASKED
    assert not any(NONE_ASKED.paths.values())
    NONE_ASKED.write(lambda lang: pytest.fail("made"))


def test_no_json_is_forgotten():
    """Every command that prints a result writes it as JSON too."""
    prints_none = {
        "new": "writes one file",
        "dashboard": "serves until it is ended",
        "shop": "serves until it is ended",
        "schema": "prints JSON",
    }

    def leaves(command, path=""):
        for name, inner in command.commands.items():
            yield from leaves(inner, f"{path}{name} ") if hasattr(inner, "commands") else [(f"{path}{name}", inner)]

    listed = dict(leaves(typer.main.get_command(app.app)))
    without = {name for name, command in listed.items() if "--json" not in {each.opts[0] for each in command.params}}
    assert without == prints_none.keys()


def test_commands_that_make_files_write_what_they_made_as_json(folder, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "stores.csv").write_text("store,tills,customers per day\nSH01,3,400\n")
    words = {
        TraceMade: ["trace", "--peak-orders-per-hour", "600", "--minutes", "1", "--out", "made"],
        AdapterDrafted: ["adapter", "new", "mine"],
        ChainImported: ["import", "stores.csv", "--out", "chain"],
        SiteWritten: ["publish", "site", str(folder), "--store", "SH01"],
        FilmWritten: ["film", str(folder), "--out", "film.html"],
    }
    made = {}
    for record, command in words.items():
        assert app.status([*command, "--json", "made.json"]) in (0, 2), command
        made[record] = record.read("made.json")
    assert sum(made[TraceMade].journeys.values()) > 0
    assert made[TraceMade].log is None
    assert (made[AdapterDrafted].file, made[AdapterDrafted].journeys) == ("mine.py", [])
    assert made[ChainImported].assumed
    assert all((tmp_path / page).is_file() for page in made[SiteWritten].pages)
    assert f"<h1>{made[FilmWritten].title}</h1>" in (tmp_path / made[FilmWritten].file).read_text(encoding="utf-8")
