"""Published pages: what a store's manager reads on a phone, from records alone, without the network."""

import re
import shutil

import pytest

from sim.cli import app
from sim.records.refusal import Refusal
from sim.report.publish.site import _write, write_site
from sim.report.publish.store_facts import facts, played
from sim.report.publish.store_page import store_page
from sim.report.runs import read

from ..conftest import load_folder
from ..pages.test_run_page import Reader
from ..test_odd_pages import HELPLESS, all_empty, changed, none_served, nothing_came
from .conftest import played as play
from .conftest import scenario

HAN = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(scope="session")
def site(week, dark, tmp_path_factory):
    out = tmp_path_factory.mktemp("site")
    written = write_site([week, dark], out, ["SH01", "BJ01"])
    return out, written


def text_of(path):
    page = Reader(path.read_text(encoding="utf-8"))
    assert page.open == []
    text = " ".join(page.text.split())
    assert not HELPLESS.search(text), text
    return text


def page_of(folder, code="SH01", lang="en", others=()):
    """The text of a store's page alone."""
    runs = [played(each, read([each]).chain) for each in (folder, *others)]
    html = store_page(facts(runs[0], code), runs, lang, [])
    page = Reader(html)
    assert page.open == []
    text = " ".join(page.text.split())
    assert not HELPLESS.search(text), text
    return text


@pytest.fixture
def without_pages_of_runs(monkeypatch):
    """Their figures take time, and other tests hold them."""
    monkeypatch.setattr("sim.report.publish.site.write_page", lambda folders, path, lang: _write(path, "a page", "en"))


def test_there_is_an_index_a_page_a_run_and_a_page_a_store_in_both_languages(site):
    out, written = site
    found = {path.relative_to(out).as_posix() for path in out.rglob("*.html")}
    pages = {"golden-week-1.html", "power-cut-1.html", "store-SH01.html", "store-BJ01.html", "index.html"}
    assert found == {"index.html", *(f"{lang}/{page}" for lang in ("zh", "en") for page in pages)}
    assert {path.relative_to(out).as_posix() for path in written} == found


def test_no_page_needs_a_script_or_anything_from_elsewhere(site):
    out, _ = site
    for path in out.rglob("*.html"):
        html = path.read_text(encoding="utf-8")
        assert "<script" not in html
        assert not re.search(r"\son\w+=", re.sub(r'="[^"]*"', '=""', html))
        assert not re.search(r'(?:src|href|action|data)="(?:https?:|//)', html)
        assert "@import" not in html
        assert not re.search(r"url\((?!#|data:)", html)
        for address in re.findall(r'href="(?!data:|#)([^"]+)"', html):
            assert (path.parent / address).resolve().is_file(), f"{path}: {address}"


def test_pages_are_made_for_a_phone_and_for_paper(site):
    """No element has a width of its own beyond the narrowest screen, and a table's cells wrap or are short."""
    out, _ = site
    for path in out.rglob("store-*.html"):
        html = path.read_text(encoding="utf-8")
        assert 'content="width=device-width, initial-scale=1"' in html
        assert "@media print" in html
        style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)[1].partition("@media print")[0]
        assert not [width for width in re.findall(r"(?<!max-)width:\s*(\d+)px", style) if int(width) > 360]
        rows = [
            re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", row, re.DOTALL)
            for row in re.findall(r"<tr>(.*?)</tr>", html, re.DOTALL)
        ]
        assert max(map(len, rows)) <= 5
        unbroken = [re.sub("<[^>]*>", " ", cell).split() for row in rows for cell in row]
        assert (
            max(
                sum(max(map(len, words), default=0) for words in unbroken[n : n + 5])
                for n in range(0, len(unbroken), 5)
            )
            < 60
        )


def test_a_store_page_is_in_chinese_with_its_name_and_says_what_happens(site):
    out, _ = site
    text = text_of(out / "zh" / "store-SH01.html")
    assert text.startswith("上海 徐汇店")
    assert "最忙的一天是 2026年10月4日（国庆黄金周）：到店 1,440 位顾客，是平日（720 位）的 2 倍。" in text
    assert "18 时至 19 时排队最久：平均等 4 分" in text
    assert "收银台" in text
    assert set(re.findall(r"[A-Za-z]{4,}", text)) == {"English", "retail", "validate", "abababab"}


def test_the_english_page_says_the_same(site):
    out, _ = site
    text = text_of(out / "en" / "store-SH01.html")
    assert (
        "The busiest day is 4 October 2026 (Golden Week): 1,440 customers come, 2 times as many as on an ordinary day (720)."
        in text
    )
    assert "Ordinary day: mean of Thu 1 Oct, Fri 2 Oct." in text
    assert "The store has 4 tills." in text


def test_figures_of_a_store_are_those_of_its_records(week):
    run = read([week]).chain
    found = facts(played(week, run), "SH01")
    hour = next(hour for hour in found.hours if hour.hour == 18)
    assert (hour.customers, hour.ordinary_customers, hour.wait_s, hour.ordinary_wait_s) == (120, 60, 240, 60)
    assert hour.queue == pytest.approx(120 * 240 / 3600)  # Little's law
    assert (hour.staffed, hour.needed) == (3, 3)  # two hours of work, in tickets of a minute
    assert found.ticket_s == 60
    assert found.sales_per_ticket == 80
    assert [day.units_in for day in found.days] == [0, 100, 0]
    assert found.worst.hour == 18


def test_skus_that_run_out_are_named_where_the_run_keeps_them(site):
    out, _ = site
    text = text_of(out / "en" / "store-SH01.html")
    assert "On 4 October 2026, 15:00 to 17:00 h: 1 SKUs have no unit on the book at the start; 1 more sell out" in text
    assert "S0 牛奶 0 0 S1 <b>面包</b> 4 4" in text
    assert "S2" not in text
    assert "which: it has no trace" not in text


def test_a_run_without_a_trace_says_that_it_does_not_know_which_skus_run_out(dark):
    assert "This run keeps how many SKUs are out of stock, and not which" in page_of(dark)


def test_the_card_for_a_power_cut_has_the_battery_and_what_the_run_showed(site):
    out, _ = site
    card = text_of(out / "en" / "store-SH01.html").partition("When the power fails Close")[2]
    assert "The battery lasts 15 min: at 3 staffed tills about 45 customers can still pay." in card
    assert "gives up after 11 min on average" in card
    assert "An hour without power at the busiest time costs sales of up to CNY 9,600." in card
    assert "4 October 2026, 17:30 to 18:30: in the hours it touched 240 customers came, 82 were turned away" in card
    assert "simulated in power-cut" in card


def test_a_store_without_a_cut_in_any_run_says_so_and_leaves_room_for_the_battery(site):
    out, _ = site
    card = (
        text_of(out / "en" / "store-BJ01.html")
        .partition("When the power fails Close")[2]
        .partition("When wechat fails")[0]
    )
    assert "in none of the runs. Measure it and write it here" in card
    assert "No run that was published plays this at the store" in card


def test_the_card_for_a_payment_outage_says_who_pays_cash_and_who_leaves(site):
    out, _ = site
    card = text_of(out / "en" / "store-SH01.html").rpartition("When wechat fails at the tills")[2]
    assert "50 % of the customers pay with it." in card
    assert "35 % of them hold cash: in the busiest hour, 9–10 h, 21 cash tickets more, of CNY 1,680 together." in card
    assert "All others leave: 32.5 % of all customers, about 39 in the busiest hour." in card
    assert "unionpay could take them, but the software of this run has no backup channel" in card
    assert "14 could not pay" in card


def test_where_the_software_has_a_backup_channel_nobody_has_to_leave(week, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(week, folder)
    scenario(folder, system={"service": {}, "backup_payment_channel": True})
    assert "The tills take unionpay in its place" in page_of(folder)


@pytest.mark.parametrize("change", [nothing_came, none_served, all_empty])
def test_a_store_without_customers_or_goods_has_a_page(tmp_path, change):
    folder = play(tmp_path / "run")
    change(folder)
    for lang in ("en", "zh"):
        assert "上海 徐汇店" in page_of(folder, lang=lang)


def test_a_scenario_of_another_version_has_a_page_without_what_it_lacks(tmp_path):
    folder = play(tmp_path / "run", replications=1)
    stores = [{"code": code, "name": "", "region": "EAST"} for code in ("SH01", "GZ01", "BJ01")]
    scenario(folder, trading={"wait_target_s": 300}, system={"service": {}}, traffic="none", stores=stores)
    text = page_of(folder)
    assert text.startswith("SH01")
    assert "The store has" not in text
    assert "When the power fails" in text
    assert "fails at the tills" not in text  # no channel is known


def test_names_and_codes_from_elsewhere_stay_text_and_stay_in_the_folder(tmp_path, without_pages_of_runs):
    folder, hostile = play(tmp_path / "run"), "../../x<script>"
    codes = {hostile: "<script>alert(1)</script>", "GZ01": "=1+1", "BJ01": "b" * 300}
    scenario(folder, stores=[{"code": code, "name": name, "region": "EAST"} for code, name in codes.items()])
    for name in ("daily", "hourly"):
        changed(folder, name, lambda t: t.assign(location_code=t["location_code"].replace("SH01", hostile)))
    written = write_site([folder], tmp_path / "out")
    assert all((tmp_path / "out") in path.resolve().parents for path in written)
    pages = [path.read_text(encoding="utf-8") for path in written]
    assert any("&lt;script&gt;alert(1)" in page for page in pages)
    assert not any("<script" in page for page in pages)


def test_load_tests_have_a_page_and_make_no_store(tmp_path, without_pages_of_runs):
    load = load_folder(tmp_path / "load")
    write_site([load], tmp_path / "out")
    assert (tmp_path / "out" / "zh" / "load.html").is_file()
    with pytest.raises(Refusal, match="--store: expected a store of the runs: none"):
        write_site([load], tmp_path / "out", ["SH01"])


def test_the_command_writes_runs_of_the_folder_runs_and_refuses_what_it_cannot(
    week, tmp_path, monkeypatch, capsys, without_pages_of_runs
):
    monkeypatch.chdir(tmp_path)
    assert app.status(["publish", "out"]) == 64
    assert capsys.readouterr().err.strip() == "retail-lab: runs: expected run folders, named or in ./runs, found none"
    shutil.copytree(week, tmp_path / "runs" / "golden-week-1")
    assert app.status(["publish", "out", "--store", "SH01", "--lang", "en"]) == 0
    assert "7 pages" in capsys.readouterr().out
    assert "Runs and stores" in (tmp_path / "out" / "index.html").read_text(encoding="utf-8")
    assert app.status(["publish", "out", "--store", "XX"]) == 64
    assert (
        capsys.readouterr().err.strip()
        == "retail-lab: --store: expected a store of the runs: SH01, GZ01, BJ01, found 'XX'"
    )
    assert app.status(["publish", "out", str(tmp_path)]) == 64
    assert "expected a run folder" in capsys.readouterr().err
