"""The API's own reason for a failure is shown to the user, and a secret that it echoes reaches no file, log or terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.cli import app
from sim.records.load_run import LoadRun
from sim.records.samples import read_samples

from ..conftest import TOKEN


@pytest.fixture
def echoing(plain):
    plain.echo = True
    return plain


def lines_with_token(folder: Path) -> list[str]:
    leaks = [file.name for file in folder.rglob("*") if file.is_file() and TOKEN.encode() in file.read_bytes()]
    errors = read_samples(folder / "samples.parquet")["error"].to_pylist()
    return leaks + [error for error in errors if error and TOKEN in error]


def test_a_verdict_gives_the_body_behind_its_failures_and_no_secret(
    echoing, plain_adapter, make_trace, tmp_path, capfd, monkeypatch
):
    echoing.statuses["/checkout"] = 500
    monkeypatch.setenv("COLUMNS", "400")
    words = ["replay", str(make_trace(30.0, 3.0)), "--host", echoing.url, "--adapter", str(plain_adapter)]
    out = tmp_path / "run"
    app.status([*words, "--out", str(out), "--error-ratio", "1"])
    shown = capfd.readouterr()
    run = LoadRun.read(out / "loadrun.json")
    (answer,) = run.answers
    assert (answer.journey, answer.step, answer.outcome, answer.status) == ("checkout", "order", "failed", 500)
    outcomes = read_samples(out / "samples.parquet")["outcome"].to_pylist()
    assert answer.count == outcomes.count("failed") > 3
    assert f"{answer.count} × 500 (failed) at order of checkout; body: {{" in shown.out
    app.status(["report", str(out), "--out", str(tmp_path / "page.html")])
    app.status(["verdict", str(out), "--junit", str(out / "junit.xml")])
    assert "(failed) at order of checkout; body: {" in (out / "junit.xml").read_text()
    (out / "page.html").write_text((tmp_path / "page.html").read_text())
    assert "What the API answered instead" in (out / "page.html").read_text()
    shown = shown.out + shown.err + "".join(capfd.readouterr())
    assert TOKEN not in shown
    assert lines_with_token(out) == []


def test_a_preflight_that_fails_is_refused_with_the_body(echoing, plain_adapter, make_trace, tmp_path, capfd):
    echoing.statuses["/browse"] = 403
    words = ["replay", str(make_trace(30.0, 2.0)), "--host", echoing.url, "--adapter", str(plain_adapter)]
    assert app.status([*words, "--out", str(tmp_path / "run")]) == 64
    shown = "".join(capfd.readouterr())
    assert 'auth_lost at page: 403\'; body: {"id":"o1","bytes":0,"sent":{' in shown
    assert TOKEN not in shown
    assert TOKEN not in (tmp_path / "run" / "locust.log").read_text()


DISCOVERS = """
    def discover(self, errand):
        return {{"products": {code}}}
"""


@pytest.mark.parametrize(
    ("status", "code", "excerpt"),
    [
        (500, 'errand.get("list", "/list").json["items"]', "failed at list: 500"),
        (200, 'errand.get("list", "/list", needs="items").json["items"]', "failed at list: answer without items"),
        (200, 'errand.get("list", "/list").json["items"]', "KeyError: 'items'"),
        (200, 'int(errand.get("list", "/list").json["sent"]["Authorization"])', "ValueError: "),
    ],
)
def test_a_check_whose_discovery_fails_gives_the_body(echoing, plain_adapter, capfd, status, code, excerpt):
    echoing.statuses["/list"] = status
    plain_adapter.write_text(plain_adapter.read_text() + DISCOVERS.format(code=code))
    assert app.status(["adapter", "check", str(plain_adapter), "--host", echoing.url]) == 64
    shown = "".join(capfd.readouterr())
    assert excerpt in shown
    assert '; body: {"id":"o1","bytes":0,"sent":{' in shown
    assert TOKEN not in shown


def test_a_check_gives_the_body_below_a_journey_that_failed(echoing, plain_adapter, capfd):
    echoing.statuses["/browse"] = 500
    plain_adapter.write_text(
        plain_adapter.read_text()
        + "    def search(self, errand):\n        int(errand.get('find', '/find').json['sent']['Authorization'])\n"
    )
    assert app.status(["adapter", "check", str(plain_adapter), "--host", echoing.url]) == 1
    shown = "".join(capfd.readouterr())
    lines = shown.splitlines()
    for journey in ("browse", "search"):
        place = next(number for number, line in enumerate(lines) if line.startswith(f"  {journey}"))
        assert lines[place + 1].strip().startswith('body: {"id":'), "also of the answer that the adapter could not use"
    assert TOKEN not in shown


def test_a_refusals_own_text_is_masked_where_it_becomes_the_class_of_error(echoing, plain_adapter, capfd):
    """GraphQL's messages and a platform's codes stand in samples and in the table: they may quote a token as bodies do."""
    echoing.statuses["/browse"] = 400
    plain_adapter.write_text(
        plain_adapter.read_text()
        + "    def judge(self, step, answer, needs):\n"
        + "        return ('failed', answer.json['sent']['Authorization']) if answer.status == 400 else ('ok', None)\n"
    )
    app.status(["adapter", "check", str(plain_adapter), "--host", echoing.url])
    shown = "".join(capfd.readouterr())
    assert "[failed: Bearer ***]" in shown
    assert TOKEN not in shown
