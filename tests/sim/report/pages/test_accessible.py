"""Every kind of page in Chromium: axe-core finds nothing, in light and in dark; a phone scrolls no page sideways; no page needs its script."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
from jinja2 import Template

from sim.planning.pilots import analysing, designing
from sim.report.publish import site

from .kinds import make_pages

REPORT = Path(__file__).parents[4] / "sim/report"
TEMPLATES = {file.name: file.read_text(encoding="utf-8") for file in REPORT.glob("*/*.html")}
ELSEWHERE = {"document.html", "dashboard.html", "result.html"}
"""Set as PDF, or served and read by axe in test_dashboard.py."""
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1200, "height": 900}
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
UNREACHABLE = """[...document.querySelectorAll('*')].filter(one =>
    one.scrollWidth > one.clientWidth + 1 && ['auto', 'scroll'].includes(getComputedStyle(one).overflowX) && one.tabIndex < 0
).map(one => one.outerHTML.slice(0, 90))"""
"""What scrolls sideways and cannot be reached by the keyboard."""
HEADLESS = "[...document.querySelectorAll('table')].filter(one => one.querySelector('th') && !one.tHead).length"
LEVELS = "[...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].map(one => +one.tagName[1])"


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Pages by their names, and the templates that were rendered for them."""
    used, render = set(), Template.render

    def watched(self, *values, **more):
        used.add(self.name)
        return render(self, *values, **more)

    with pytest.MonkeyPatch.context() as patch:
        for module, name, many in (
            (analysing, "ASSIGNMENTS", 300),
            (analysing, "_POWER_ASSIGNMENTS", 60),
            (designing, "ASSIGNMENTS", 60),
            (designing, "WINDOWS", 3),
        ):
            patch.setattr(module, name, many)
        patch.setattr(
            site, "write_page", lambda folders, path, lang: site._write(path, "a run's page, as made above", lang)
        )
        patch.setattr(Template, "render", watched)
        pages = make_pages(tmp_path_factory.mktemp("kinds"))
    return pages, used


@pytest.fixture(scope="module")
def looked_at(made, browser):
    """By the name of a page what a browser found: each page is opened once."""
    from axe_playwright_python.sync_playwright import Axe

    page, axe, found = browser.new_page(viewport=DESK), Axe(), {}
    for name, file in made[0].items():
        page.emulate_media(color_scheme="light")
        page.goto(file.as_uri())
        faults = axe.run(page, options={"resultTypes": ["violations"]}).response["violations"]
        page.emulate_media(color_scheme="dark")
        faults += axe.run(page, options={"runOnly": ["color-contrast"], "resultTypes": ["violations"]}).response[
            "violations"
        ]
        wider = [page.evaluate(WIDER)]
        page.set_viewport_size(PHONE)
        wider.append(page.evaluate(WIDER))
        found[name] = {
            "faults": [(fault["id"], node["html"]) for fault in faults for node in fault["nodes"]],
            "wider": wider,
            "unreachable": page.evaluate(UNREACHABLE),
            "levels": page.evaluate(LEVELS),
            "headless": page.evaluate(HEADLESS),
            "scripts": page.evaluate("document.scripts.length"),
        }
        page.set_viewport_size(DESK)
    page.close()
    return found


def test_every_template_of_a_page_has_a_page_here(made):
    frames = {name for text in TEMPLATES.values() for name in re.findall(r'{% extends "([^"]+)" %}', text)}
    assert made[1] == TEMPLATES.keys() - frames - ELSEWHERE


def test_axe_finds_nothing_in_light_and_in_dark(looked_at):
    assert {name: each["faults"] for name, each in looked_at.items() if each["faults"]} == {}


def test_no_page_is_wider_than_a_phone_or_a_desk_and_what_scrolls_has_focus(looked_at):
    assert {name: each["wider"] for name, each in looked_at.items() if max(each["wider"]) > 0} == {}
    assert {name: each["unreachable"] for name, each in looked_at.items() if each["unreachable"]} == {}


def test_headings_leave_no_level_out_and_tables_have_a_head(looked_at):
    for name, each in looked_at.items():
        assert each["levels"][0] == 1, name
        assert all(after <= before + 1 for before, after in pairwise(each["levels"])), name
        assert not each["headless"], name


def test_only_a_film_has_a_script_and_it_says_the_same_without(made, looked_at, browser):
    assert {name for name, each in looked_at.items() if each["scripts"]} == {"film"}
    said = []
    for script in (True, False):
        context = browser.new_context(java_script_enabled=script)
        page = context.new_page()
        page.goto(made[0]["film"].as_uri())
        said.append([page.locator(part).inner_text() for part in ("h1", ".now", "table")])
        context.close()
    assert said[0] == said[1]
