"""The page and the decision record of a comparison with odd data: long names, another script, markup, two vendors and twelve."""

import pytest

from sim.planning.vendors.comparing import compare
from sim.planning.vendors.vendor_file import load
from sim.report.adr import write_adr
from sim.report.pages.vendors import noted, write_vendors

from ...planning.vendors.test_comparing import TODAY, scored
from ...planning.vendors.test_vendor_file import written
from ..test_odd_pages import HELPLESS
from .test_run_page import Reader

NAMES = ("A", "V-" + "X" * 110, '<script>alert(1)</script>&"', "苹果 مرحبا")


@pytest.mark.parametrize(
    ("name", "vendors", "lang"), [(NAMES[0], 2, "en"), (NAMES[1], 2, "zh"), (NAMES[2], 12, "en"), (NAMES[3], 12, "zh")]
)
def test_a_page_holds_whatever_vendors_are_called(tmp_path, name, vendors, lang):
    others = {f"Vendor {n}": n % 10 for n in range(1, vendors)}
    ranking = compare(load(written(tmp_path, lambda held: scored(held, **{name: [4, 10]}, **others))), TODAY)
    write_vendors(ranking, tmp_path / "page.html", lang)
    page = Reader((tmp_path / "page.html").read_text(encoding="utf-8"))
    assert page.open == []
    assert not HELPLESS.search(page.text)
    assert "<script" not in (tmp_path / "page.html").read_text(encoding="utf-8")
    assert name[:30] in page.text


def test_markup_in_a_name_stays_text_in_a_decision_record(tmp_path):
    path = written(tmp_path, lambda held: scored(held, **{"<b>[x](http://evil)": 9, "Beta\n# Decision": 5}))
    write_adr(compare(load(path), TODAY), tmp_path / "adr.md")
    record = (tmp_path / "adr.md").read_text(encoding="utf-8")
    assert "\\<b\\>\\[x\\](http://evil)" in record
    assert "\n# Decision" not in record


@pytest.mark.parametrize(
    ("note", "english", "chinese"),
    [
        ("checkout:p95_s 1.2, oversold_units 0", "p95 of checkout 1.2 s, oversold units 0", "结账：p95 1.2 秒, 超卖件数 0"),
        ("mean_wait_s 12; not shown: works:checkout", "mean wait 12 s; not shown: checkout works", "平均等待时间 12 秒; 未证明：结账 正常"),
        ("response_p90_h beyond every answer", "response p90 beyond every answer", "响应时间（p90）：超出所有答复"),
        ("3 scorers", "3 scorers", "3 scorers"),
    ],
)  # fmt: skip
def test_a_note_names_its_figures_and_their_units(note, english, chinese):
    assert (noted(note), noted(note, "zh")) == (english, chinese)
