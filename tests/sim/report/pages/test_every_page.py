"""What holds of every page: tables, headings and regions that can be read without sight and without a mouse, and colours that differ enough."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from sim.report.pages.capacity import write_capacity
from sim.report.pages.conformance import write_check
from sim.report.pages.oversell import write_race
from sim.report.pages.run_page import write_page

from ..test_odd_sheets import capacity, stage
from ..test_sheets import check, race

REPORT = Path(__file__).parents[4] / "sim/report"
TEMPLATES = sorted(REPORT.glob("*/*.html"))
AA = 4.5
"""Contrast that WCAG 2.2 asks of text (1.4.3)."""


@pytest.fixture(scope="module")
def pages(make_chain, make_load, tmp_path_factory):
    """The text of a page of every kind that is made in a moment."""
    out = tmp_path_factory.mktemp("pages")
    chains = [
        make_chain(out / name, name=name, slower_s=slower) for name, slower in (("a", 0.0), ("b", 9.0), ("c", 4.0))
    ]
    load = make_load(out / "load", failures=40)
    runs = {"run": chains[:1], "load": [load], "loop": [chains[0], load, chains[1]], "several": chains}
    for name, folders in runs.items():
        write_page(folders, out / f"{name}.html")
    write_capacity(capacity([stage(1.0), stage(2.0)]), out / "capacity.html")
    write_check(check("works", "failed", findings=["j1 failed"], decision="fail"), out / "check.html")
    write_race(race(), out / "race.html")
    return {file.stem: file.read_text(encoding="utf-8") for file in sorted(out.glob("*.html"))}


def test_every_scrollable_region_has_focus_and_a_name_of_its_own(pages):
    for name, html in pages.items():
        regions = re.findall(r'<div class="(?:[a-z]+ )?scroll"([^>]*)>', html)
        assert regions, name
        named = [re.fullmatch(r' role="region" tabindex="0" aria-label="([^"]+)"', each)[1] for each in regions]
        assert len(set(named)) == len(named), name


def test_headings_begin_with_one_title_and_leave_no_level_out(pages):
    for name, html in pages.items():
        levels = [int(level) for level in re.findall(r"<h([1-6])\b", html)]
        assert levels[0] == 1, name
        assert levels.count(1) == 1, name
        assert all(after <= before + 1 for before, after in pairwise(levels)), name


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda file: file.name)
def test_no_heading_of_a_table_is_empty(template):
    assert not re.findall(r"<th\b[^>]*>\s*</th>", template.read_text(encoding="utf-8"))


def test_a_page_of_a_run_asks_nothing_above_its_findings(pages):
    assert "How long do customers wait?" not in pages["run"].split('<ul class="findings">')[0]
    assert "<dd>How long do customers wait?</dd>" in pages["run"]


def palettes(css):
    """Of a style sheet the palette of each `:root`, the first being the light one; a dark one takes over what it does not name."""
    found = [dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", block)) for block in re.findall(r":root \{(.*?)\}", css, re.S)]
    return [found[0] | each for each in found]


def luminance(colour):
    """Relative luminance of an sRGB colour (WCAG 2.2)."""
    shares = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_that_of_the_standard():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


def test_every_colour_of_text_stands_out_from_both_backgrounds_in_light_and_in_dark():
    light, dark = palettes((REPORT / "pages/page.css").read_text(encoding="utf-8"))
    assert light != dark
    for palette in (light, dark):
        for text in ("ink", "muted", "blue", "orange", "red", "green"):
            for ground in ("paper", "page"):
                assert contrast(palette[text], palette[ground]) >= AA, (text, ground, palette)


def test_paper_has_neither_the_phones_tables_nor_the_dark_palette():
    css = (REPORT / "pages/page.css").read_text(encoding="utf-8")
    media = re.findall(r"@media ([^{]+) \{", css)
    assert [each for each in media if each != "print"] == [each for each in media if each.startswith("screen and ")]
    paper = css.split("@media print {", 1)[1]
    assert re.search(r"h1, h2, [^{]*\{ break-after: avoid; \}", paper)
    assert re.search(r"figure, tr, [^{]*\{ break-inside: avoid; \}", paper)
