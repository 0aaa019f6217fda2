"""Report files: refused before any work, and none lost for another's sake."""

import pytest

from sim.cli import app
from sim.cli.report_files import write
from sim.records.refusal import Refusal


@pytest.fixture
def jtl(tmp_path):
    rows = (f"{1_700_000_000_000 + 20 * i},120,checkout,200,true" for i in range(400))
    (tmp_path / "vendor.jtl").write_text("\n".join(["timeStamp,elapsed,label,responseCode,success", *rows]))
    return tmp_path / "vendor.jtl"


@pytest.mark.parametrize("flag", ["--json", "--junit", "--html"])
@pytest.mark.parametrize("command", ["verdict", "replay"])
def test_a_report_that_cannot_be_written_is_refused_before_anything_is_done(
    jtl, tmp_path, capsys, monkeypatch, command, flag
):
    def never(*_):
        raise AssertionError("began all the same")

    monkeypatch.setattr("loadtests.replay.launcher.replay", never)
    monkeypatch.setattr("sim.cli.commands.verdict.judge", never)
    for path in (tmp_path, jtl, jtl / "below.xml"):
        more = ["--host", "http://127.0.0.1:9"] if command == "replay" else []
        assert app.status([command, str(jtl), *more, flag, str(path)]) == 64
        assert capsys.readouterr().err.startswith(f"retail-lab: {flag}: ")


def test_two_reports_are_two_files(jtl, tmp_path, capsys):
    assert app.status(["verdict", str(jtl), "--json", str(tmp_path / "x"), "--html", str(tmp_path / "x")]) == 64
    assert "another file than --json's" in capsys.readouterr().err


def test_a_report_that_fails_at_the_end_costs_neither_the_others_nor_the_verdict(jtl, tmp_path, capsys, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("sim.report.junit.write_junit", full)
    flags = ["--junit", str(tmp_path / "j"), "--json", str(tmp_path / "v.json")]
    assert app.status(["verdict", str(jtl), *flags]) == 64
    said = capsys.readouterr()
    assert said.out.splitlines()[-1].startswith("INCONCLUSIVE")
    assert "No space left" in said.err
    assert (tmp_path / "v.json").exists()


def test_the_first_refusal_is_raised_when_all_is_written(tmp_path):
    done = []

    def refuse(path):
        raise Refusal(path, "", "room")

    with pytest.raises(Refusal, match="room"):
        write({"--a": (tmp_path / "a", refuse), "--b": (tmp_path / "b", done.append)}, quiet=True)
    assert done == [tmp_path / "b"]


def test_quiet_prints_the_finding_alone_and_inconclusive_may_be_zero(jtl, tmp_path, capsys):
    junit = tmp_path / "v.xml"
    assert app.status(["verdict", str(jtl), "--quiet", "--inconclusive-ok", "--junit", str(junit)]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("INCONCLUSIVE")
    assert 'failures="0"' in junit.read_text()
    assert "<skipped" in junit.read_text()
