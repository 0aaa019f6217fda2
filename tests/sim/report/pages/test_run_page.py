"""The page: whole in one file, safe with any name, and saying what the records say."""

import base64
import re
from html.parser import HTMLParser

import pytest

from sim.records.kpis import KPIS
from sim.records.refusal import Refusal
from sim.report import figures
from sim.report.pages.run_page import write_page
from sim.report.runs import read


class Reader(HTMLParser):
    """What a browser would make of it: texts, links, and tags that were never closed."""

    VOID = {"meta", "br", "link", "img", "input", "hr"}

    def __init__(self, html):
        super().__init__()
        self.texts, self.links, self.ids, self.open, self.tags = [], [], [], [], set()
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.tags.add(tag)
        self.links += [value for name, value in attributes if name in ("href", "src", "xlink:href")]
        if tag in ("figure", "section"):
            self.ids.append(found.get("id"))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_startendtag(self, tag, attributes):
        self.links += [value for name, value in attributes if name in ("href", "src", "xlink:href")]

    def handle_data(self, data):
        if self.open and self.open[-1] not in ("style", "script"):
            self.texts.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.texts).replace("\u00a0", " ").split())


@pytest.fixture(scope="module")
def folders(tmp_path_factory, make_chain, make_load):
    root = tmp_path_factory.mktemp("runs")
    return [
        make_chain(root / "before"),
        make_load(root / "load"),
        make_chain(root / "after", name="three-shops-measured", slower_s=5.0, measured=True),
    ]


@pytest.fixture(scope="module")
def page(folders):
    path = folders[0].parent / "page.html"
    write_page(folders, path)
    return Reader(path.read_text(encoding="utf-8"))


def test_the_page_is_whole_html_and_needs_nothing_from_outside(page):
    assert page.open == []
    assert all(link.startswith(("data:", "#")) for link in page.links)
    assert "script" not in page.tags


def test_the_findings_say_what_the_records_say(page):
    assert "2,160 customers a day come to 3 stores (mean of 2 replications)" in page.text
    assert (
        "1.1 % of them longer than 5 min; 4.2 % of all customers give up in the line, after 3.12 min on average"
        in page.text
    )
    assert "1.3 % leave because they cannot pay. " in page.text
    assert "full line" not in page.text
    assert "three-shops plays: payment outage, wechat, for 90 min from 2026-10-01 16:30." in page.text
    assert "Pass for this window only: 3,600 requests in 90 s, 0 failed" in page.text
    assert "ticket handling goes from 46 s to 51 s" in page.text
    assert "the sales lost from 23.5 thousand to 23.5 thousand CNY a day" in page.text


def test_every_figure_states_its_finding_and_what_it_rests_on(page):
    assert page.ids == ["hours", "stockouts", "verdict", "responses", "timeline", "felt"]
    assert "Customers wait longest from 18 to 19 h: 60 s on average" in page.text
    assert "100 % of the requests were answered within 2 s" in page.text
    assert "simulated; software assumed" in page.text
    assert "measured, run load-1" in page.text


def test_changes_of_paired_runs_carry_their_interval_and_colour(folders):
    html = (folders[0].parent / "page.html").read_text(encoding="utf-8")
    row = next(row for row in re.findall(r"<tr>.*?</tr>", html, re.DOTALL) if "ticket handling time" in row)
    assert re.search(r'<td class="worse"[^>]*>\+5', row)


def test_assumptions_sources_and_versions_stand_on_the_page(page):
    for said in ("trading.patience_s = exponential(mean 900)", "tickets of 2025", "ab" * 32, "numpy 2.4.6"):
        assert said in page.text


def test_tables_can_be_downloaded_and_open_in_a_spreadsheet(page):
    tables = [
        base64.b64decode(link.split(",", 1)[1]).decode("utf-8-sig")
        for link in page.links
        if link.startswith("data:text/csv")
    ]
    assert len(tables) == 8
    assert any(table.startswith("kpi,unit,better,value,low,high,again,change") for table in tables)
    assert sum(link.startswith("data:image/png") for link in page.links) == 6


@pytest.mark.parametrize("chosen", [[0], [1], [1, 0]])
def test_any_of_the_runs_alone_makes_a_page(folders, tmp_path, chosen):
    write_page([folders[i] for i in chosen], tmp_path / "page.html")
    assert Reader((tmp_path / "page.html").read_text(encoding="utf-8")).open == []


def test_one_folder_need_not_be_a_list(folders, tmp_path):
    write_page(folders[0], tmp_path / "page.html")
    assert "three-shops" in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_equal_records_give_equal_bytes(folders, tmp_path):
    for name in ("a.html", "b.html"):
        write_page(folders[1], tmp_path / name)
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


def test_names_are_escaped_and_never_taken_for_markup(make_chain, tmp_path):
    run = make_chain(tmp_path / "run", name="<script>alert(1)</script>", store_name="$\\frac{a}{0 --> <b>", days=1)
    write_page(run, tmp_path / "page.html")
    html = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def test_a_run_of_one_day_shows_stores_instead_of_days(make_chain, tmp_path):
    run = read([make_chain(tmp_path / "run", days=1)])
    (drawn,) = [figure for figure in figures.draw(run)["chain"] if figure.key == "stockouts"]
    assert "the stores with most" in drawn.shows
    assert drawn.title == "3 % of SKUs in stores end a day out of stock"  # as many in South as in EAST


def test_one_replication_claims_no_interval(make_chain, tmp_path):
    folders = [make_chain(tmp_path / "a", replications=1), make_chain(tmp_path / "b", replications=1, slower_s=3.0)]
    write_page(folders, tmp_path / "page.html")
    page = Reader((tmp_path / "page.html").read_text(encoding="utf-8"))
    assert "one replication gives no interval" in page.text
    assert "± 0" not in page.text


def test_a_failed_run_says_so_first(make_load, tmp_path):
    write_page(make_load(tmp_path / "load", failures=90), tmp_path / "page.html")
    page = Reader((tmp_path / "page.html").read_text(encoding="utf-8"))
    assert "Fail: 3,600 requests in 90 s, 90 failed. Availability was 97.5 % (90 of 3,600 failed), at most" in page.text
    assert "A binding target is missed" in page.text


@pytest.mark.parametrize("number", [0, 3])
def test_folders_that_are_no_runs_are_refused_by_name(folders, tmp_path, number):
    with pytest.raises(Refusal):
        write_page([folders[0]] * number or tmp_path, tmp_path / "page.html")
    assert not (tmp_path / "page.html").exists()


def test_a_load_test_without_its_verdict_is_refused(make_load, tmp_path):
    (make_load(tmp_path / "load") / "verdict.json").unlink()
    with pytest.raises(Refusal, match=r"verdict\.json"):
        write_page(tmp_path / "load", tmp_path / "page.html")


def test_a_key_figure_on_the_page_carries_the_words_of_its_entry(page, folders):
    meaning = next(kpi.meaning for kpi in KPIS if kpi.name == "mean_wait_s")
    assert f'<td title="{meaning}">' in (folders[0].parent / "page.html").read_text(encoding="utf-8")
