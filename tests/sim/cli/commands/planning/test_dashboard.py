"""The dashboard in a browser: a planner compares two runs, QA reads a verdict, an architect the winner; and nothing is asked of another host."""

import re
import signal
import socket
import subprocess
import sys

import pytest

from sim.cli.app import USAGE, status

from ....report.conftest import chain_folder, load_folder

MAIN = "from sim.cli.app import main; main()"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    runs = tmp_path_factory.mktemp("dashboard") / "runs"
    chain_folder(runs / "now")
    chain_folder(runs / "slower", slower_s=30.0)
    load_folder(runs / "load")
    (runs / "capacity.json").write_text("{")
    assert status(["vendors", "example", "--json", str(runs / "vendors.json")]) == 0
    command = [sys.executable, "-c", MAIN, "dashboard", str(runs), "--port", "0"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    yield re.search(r"http://[\d.:]+", server.stdout.readline()).group()
    server.send_signal(signal.SIGINT)
    assert server.wait(30) in (0, 130)
    server.stdout.close()


@pytest.fixture
def visit(browser, address):
    """Opens a page; at the end no request went to another host."""
    page, asked = browser.new_page(), []
    page.on("request", lambda request: asked.append(request.url))

    def opened(path):
        page.goto(address + path)
        page.get_by_role("checkbox").first.wait_for()
        return page

    yield opened
    assert [url for url in asked if not url.startswith((address, "data:", "blob:"))] == []
    page.close()


def test_a_planner_compares_two_runs_and_downloads_the_table(visit, tmp_path):
    page = visit("/")
    page.get_by_role("checkbox", name="now").check()
    page.get_by_role("checkbox", name="slower").check()
    page.get_by_role("heading", name="Differences").first.wait_for()
    with page.expect_download() as got:
        page.get_by_text("Download the table (CSV)").first.click()
    got.value.save_as(tmp_path / "table.csv")
    assert "mean_wait_s" in (tmp_path / "table.csv").read_text(encoding="utf-8-sig")


def test_qa_reads_a_verdict_and_which_record_cannot_be_read(visit):
    page = visit("/qa")
    page.get_by_role("checkbox", name="load").first.check()
    page.get_by_text(re.compile("99.9 %")).first.wait_for()
    assert "capacity.json" in page.get_by_text("capacity.json").first.inner_text()


def test_an_architect_reads_the_winner_in_chinese_too(visit):
    for path in ("/architect", "/architect?lang=zh"):
        page = visit(path)
        page.get_by_text(re.compile("Aster")).first.wait_for()
    assert page.locator("html").get_attribute("lang") == "zh-CN"


def test_a_port_in_use_is_one_line(tmp_path, capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert status(["dashboard", str(tmp_path), "--port", str(taken.getsockname()[1])]) == USAGE
    assert capsys.readouterr().err.startswith("retail-lab: --port: expected a port that is free")
