"""Pages in Chinese: no English sentence is left, every character has its glyph, and the English page stays as it is."""

import re
import warnings
from html import unescape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.cli.app import status
from sim.evidence.capacity.headroom import state
from sim.report import canvas
from sim.report.languages import recorded, typeface
from sim.report.pages.capacity import write_capacity
from sim.report.pages.conformance import write_check
from sim.report.pages.oversell import write_race
from sim.report.pages.run_page import write_page

from ..test_odd_pages import foreign
from ..test_odd_sheets import capacity, stage
from ..test_sheets import check, race
from . import messages

ALLOWED = re.compile(r"kg CO2e|UCI Online Retail|retail-lab|SHA-256|CC BY")
"""Names, licences and distributions, which stay as they are."""


def english_of(page):
    """Every two and more English words that stand one after the other in a text of a page."""
    html = re.sub(r"<(style|svg).*?</\1>", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    texts = [unescape(text) for text in re.findall(r">([^<]+)", html)]
    return sorted({phrase for text in texts for phrase in messages.WORDS.findall(ALLOWED.sub("", text))})


def written(write, path, *arguments):
    """A page in Chinese, drawn with warnings as errors: a glyph that is missing is one."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        write(*arguments, path, lang="zh")
    return path


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """Run folders of shipped scenarios, played for a moment."""
    out = tmp_path_factory.mktemp("played")
    for name in ("pilot", "payment-outage", "power-cut"):
        flags = ["--days", "3", "--stores", "1", "--set", "skus.count=60", "--out", str(out)]
        assert status(["run", name, "--lang", "zh", *flags]) == 0
    return {folder.name.rpartition("-")[0]: folder for folder in out.iterdir()}


@pytest.mark.parametrize("names", [["pilot"], ["power-cut"], ["pilot", "payment-outage"]], ids=" ".join)
def test_no_english_sentence_is_left_on_the_page_of_a_shipped_scenario(played, tmp_path, names):
    page = written(write_page, tmp_path / "page.html", [played[name] for name in names])
    assert english_of(page) == []
    assert '<html lang="zh-CN">' in page.read_text(encoding="utf-8")


def test_the_page_of_a_loop_is_chinese(make_chain, make_load, tmp_path):
    runs = [
        make_chain(tmp_path / "a", name="pilot"),
        make_load(tmp_path / "load", failures=40),
        make_chain(tmp_path / "b", name="pilot-measured", measured=True, slower_s=4.0),
    ]
    own = ["How long do customers wait", "tickets of"]  # what a user wrote stays as it is
    assert english_of(written(write_page, tmp_path / "loop.html", runs)) == own


def test_the_page_of_several_runs_is_chinese(make_chain, tmp_path):
    runs = [
        make_chain(tmp_path / name, name=name, slower_s=slower_s) for name, slower_s in (("a", 0), ("b", 9), ("c", 5))
    ]
    assert english_of(written(write_page, tmp_path / "page.html", runs)) == []


@pytest.mark.parametrize(("tool", "failed_every"), [("jtl", 4), ("k6", 0)])
def test_the_page_of_another_tools_file_is_chinese(tmp_path, tool, failed_every):
    folder, _ = foreign(tmp_path, tool, failed_every)
    assert english_of(written(write_page, tmp_path / "page.html", folder)) == []


def test_the_pages_of_single_findings_are_chinese(tmp_path):
    assert english_of(written(write_race, tmp_path / "race.html", race(stopped="stopped by hand"))) == []
    assert english_of(written(write_check, tmp_path / "check.html", check("not covered"))) == []
    found = capacity([stage(1.1**n) for n in range(5)], "pilot")
    found = found.model_copy(update={"sentence": state(found)})
    assert english_of(written(write_capacity, tmp_path / "capacity.html", found)) == []


def test_a_chinese_page_brings_its_glyphs_and_an_english_one_does_not(make_chain, tmp_path):
    run = make_chain(tmp_path / "a", days=1)
    write_page(run, tmp_path / "en.html")
    page = written(write_page, tmp_path / "zh.html", run).read_text(encoding="utf-8")
    assert typeface.FAMILY in page
    assert len(page) < 1_000_000
    assert typeface.FAMILY not in (tmp_path / "en.html").read_text(encoding="utf-8")


def test_a_name_without_a_glyph_falls_back_to_its_code_in_chinese_too(make_chain, tmp_path, monkeypatch):
    monkeypatch.setattr(canvas, "installed", lambda: ["DejaVu Sans", typeface.FAMILY])
    run = make_chain(tmp_path / "a", days=1, store_name="ꯃꯤꯇꯩ 店")
    written(write_page, tmp_path / "page.html", run)
    assert canvas.drawable("ꯃꯤꯇꯩ 店", "SH01") == "SH01"
    assert canvas.drawable("上海 徐汇店", "SH01") == "上海 徐汇店"


def test_figures_are_drawn_with_the_font_that_ships():
    with canvas.style("zh"):
        assert canvas.matplotlib.rcParams["font.family"][0] == typeface.FAMILY
    with canvas.style():
        assert canvas.matplotlib.rcParams["font.family"][0] == "DejaVu Sans"


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("Journey success of checkout was 99.2 % (16 of 2,000 failed), at most 99.498 % (target 99.9 %): fail.",
         "结账的旅程成功率为 99.2%（2,000 个中失败 16 个），至多 99.498%（目标 99.9%）：不通过。"),
        ("The p95 response of GET /products was 86 ms, at least 86 ms (target 10 ms): fail.",
         "GET /products的响应时间（p95）为 86 毫秒，至少 86 毫秒（目标 10 毫秒）：不通过。"),
        ("3 × HTTP 500 at `order` of checkout (1 s to 5 s of the run)", "3 × HTTP 500，结账的步骤 `order`（测试第 1 秒至 5 秒）"),
        ("a sentence that no pattern fits. 99.9 % allows 43.2 min of outage in 30 days.",
         "a sentence that no pattern fits.99.9% 允许 30 天内中断 43.2 分钟。"),
        ("stores.tills = 4 … 6 (50)", "stores.tills = 4 … 6 (50)"),
        ("", ""),
    ],
)  # fmt: skip
def test_a_sentence_of_a_record_is_read_in_chinese(english, chinese):
    assert recorded(english, "zh") == chinese
    assert recorded(english, "en") == english


PIECES = st.sampled_from(
    [
        "at",
        " and ",
        ", ",
        "; ",
        ": ",
        ". ",
        "(",
        ")",
        "5",
        " of ",
        "was",
        "failed",
        " %",
        "checkout",
        "`x`",
        "中",
        " to ",
    ]
)


@settings(max_examples=60, deadline=5_000)
@given(st.lists(PIECES, max_size=60).map("".join))
def test_any_text_is_read_in_a_moment(text):
    recorded(text, "zh")


@pytest.mark.parametrize("text", ["a, " * 600, "1 and " * 300, "x was 1 (2 of 3 failed), " * 60, ". A" * 500])
def test_a_text_that_could_be_split_in_many_ways_is_read_in_a_moment(text):
    recorded(text, "zh")


def test_what_commands_print_is_chinese(make_load, tmp_path, capsys):
    load = make_load(tmp_path / "load", failures=40)
    flags = ["--days", "3", "--stores", "1", "--set", "skus.count=60", "--out", str(tmp_path / "runs"), "--lang", "zh"]
    assert status(["run", "pilot", *flags]) == 0
    assert status(["verdict", str(load), "--lang", "zh", "--html", str(tmp_path / "verdict.html")]) == 1
    printed = "".join(capsys.readouterr())
    assert {phrase for phrase in messages.WORDS.findall(ALLOWED.sub("", printed)) if "cv" not in phrase} == set()
    assert "不通过：" in printed
    assert english_of(tmp_path / "verdict.html") == []


def test_another_language_is_refused(make_load, tmp_path, capsys):
    assert status(["report", str(make_load(tmp_path / "load")), "--lang", "fr"]) == 64
    assert "'zh'" in capsys.readouterr().err
