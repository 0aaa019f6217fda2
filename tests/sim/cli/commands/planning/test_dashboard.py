"""The dashboard in a browser: a planner compares two runs, a QA engineer reads a verdict, an architect the winner; no other host is asked."""

import re
import signal
import socket
import subprocess
import sys

import pytest
from axe_playwright_python.sync_playwright import Axe

from sim.cli.app import USAGE, status

from ....report.conftest import chain_folder, load_folder

MAIN = "import sys; from sim.cli.app import main; main(sys.argv[1:])"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Of a dashboard over two runs, a load test, a comparison of vendors and a file that is no record; Ctrl-C ends it with 0."""
    runs = tmp_path_factory.mktemp("dashboard")
    chain_folder(runs / "now")
    chain_folder(runs / "slower", slower_s=30.0)
    load_folder(runs / "release")
    (runs / "gate.json").write_text("<b>{", encoding="utf-8")
    assert status(["vendors", "example", "--quiet", "--json", str(runs / "vendors.json")]) == 0
    command = [sys.executable, "-c", MAIN, "dashboard", str(runs), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            yield re.search(r"http://[\d.:]+", server.stdout.readline()).group()
        finally:
            server.send_signal(signal.SIGINT)
        assert server.wait(60) == 0


@pytest.fixture
def visit(browser, address):
    """Opens a page on a phone; at the end nothing was asked of another host."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, color_scheme="dark")
    page, asked = context.new_page(), []
    page.on("request", lambda request: asked.append(request.url))

    def opened(path):
        page.goto(address + path)
        page.locator(".findings").first.wait_for()
        return page

    yield opened
    assert asked
    assert [url for url in asked if not url.startswith((address, "data:", "blob:"))] == []
    context.close()


def test_a_planner_compares_two_runs_by_keyboard_and_downloads_the_table(visit, tmp_path):
    page = visit("/")
    page.get_by_role("checkbox").nth(1).focus()
    page.keyboard.press("Space")
    page.get_by_text("Compared:").wait_for()
    with page.expect_download() as got:
        page.get_by_text("Download the table (CSV)").click()
    got.value.save_as(tmp_path / "kpis.csv")
    rows = (tmp_path / "kpis.csv").read_text(encoding="utf-8-sig").splitlines()
    head = rows[0].split(",")
    wait = dict(zip(head, next(row for row in rows if row.startswith("mean_wait_s")).split(","), strict=False))
    assert float(wait["change"]) == pytest.approx(30, abs=2)
    assert wait["finding"] == "worse"
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    found = Axe().run(page).response["violations"]
    assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []


def test_a_qa_engineer_reads_a_verdict_and_which_record_cannot_be_read(visit):
    page = visit("/qa")
    assert "3,600 requests" in page.get_by_text("Pass for this window only").inner_text().replace("\u00a0", " ")
    assert page.get_by_text("gate.json: line 1: expected").is_visible()


def test_an_architect_reads_the_winner_and_its_evidence_in_either_language(visit):
    page = visit("/architect")
    assert "Aster leads" in page.locator(".findings").inner_text()
    page.get_by_text("Evidence", exact=True).click()
    assert page.locator("details[open] td", has_text=re.compile("^measured$")).first.is_visible()
    page.get_by_role("link", name="中文").click()
    page.get_by_text("排名").first.wait_for()
    assert page.locator("html").get_attribute("lang") == "zh-CN"


def test_a_port_in_use_is_one_line(tmp_path, capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert status(["dashboard", str(tmp_path), "--port", str(taken.getsockname()[1])]) == USAGE
    assert capsys.readouterr().err.startswith("retail-lab: --port: expected a port that is free")


def test_without_its_extra_one_line_says_how_to_get_it(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "panel", None)
    monkeypatch.delitem(sys.modules, "panel.io.server", raising=False)
    assert status(["dashboard", str(tmp_path), "--port", "0"]) == USAGE
    assert capsys.readouterr().err == "retail-lab: this command needs panel: pip install 'retail-lab[dashboard]'\n"
