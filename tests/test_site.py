"""The docs build into a site without a warning; what there is in the lab stands on it, and it needs nothing from elsewhere."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlparse

import pytest

import sim
from sim.cli.app import app, command_tree
from sim.scenario.schema import json_schema

ROOT = Path(__file__).parents[1]
pytest.importorskip("sphinx", reason="needs the extra `site`")
pytest.importorskip("myst_nb", reason="needs the extra `site`")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The folder of the site, built strictly as `make site` builds it."""
    out = tmp_path_factory.mktemp("built") / "site"
    built = subprocess.run([sys.executable, str(ROOT / "docs/site/build.py"), str(out)], capture_output=True, text=True)
    assert (built.returncode, built.stderr) == (0, "")
    return out


class _References(HTMLParser):
    """What a page links to and loads, and the anchors it has."""

    def __init__(self):
        super().__init__()
        self.links, self.loaded, self.anchors = [], [], set()

    def handle_starttag(self, tag, attributes):
        named = dict(attributes)
        self.anchors |= {named[key] for key in ("id", "name") if named.get(key)}
        if tag == "a" and named.get("href"):
            self.links.append(named["href"])
        if tag in ("script", "img", "iframe", "source") and named.get("src"):
            self.loaded.append(named["src"])
        if tag == "link" and named.get("href"):
            self.loaded.append(named["href"])


@cache
def references(page: Path) -> _References:
    read = _References()
    read.feed(page.read_text(encoding="utf-8"))
    return read


def pages_of(site: Path) -> list[Path]:
    """Its pages, without the theme's templates among its files."""
    return [page for page in site.rglob("*.html") if "_static" not in page.parts]


def text(page: Path) -> str:
    """A page without its tags."""
    return " ".join(unescape(re.sub(r"<[^>]+>", "", page.read_text(encoding="utf-8"))).split())


def commands(command, name: str = "") -> Iterator[str]:
    """Every command that is no group, by what is typed."""
    for below, each in getattr(command, "commands", {}).items():
        yield from commands(each, f"{name} {below}".strip())
    if not hasattr(command, "commands"):
        yield name


def test_every_command_has_its_page_with_its_options(site):
    names = list(commands(command_tree(app)))
    assert len(names) > 30
    pages = {name: site / f"reference/commands/{name.replace(' ', '-')}.html" for name in names}
    assert [name for name, page in pages.items() if not page.is_file()] == []
    assert "--replications" in text(pages["run"])


def test_every_field_of_a_scenario_stands_in_its_section(site):
    schema = json_schema()
    page = (site / "reference/scenario.html").read_text(encoding="utf-8")
    sections = {"Scenario": schema, **schema["$defs"]}
    shown = dict(
        re.findall(r'<section id="[^"]*">\s*(?:<span[^>]*></span>)*<h2>(\w+)<.*?</h2>(.*?)</section>', page, re.DOTALL)
    )
    assert set(shown) == set(sections)
    fields = [(name, field) for name, each in sections.items() for field in each.get("properties", {})]
    assert len(fields) > 300
    assert [(name, field) for name, field in fields if f">{field}</span>" not in shown[name]] == []


def test_every_public_name_of_the_lab_is_described(site):
    anchors = references(site / "reference/api.html").anchors
    assert [name for name in sim.__all__ if f"sim.{name}" not in anchors] == []
    assert "sim.Run.daily" in anchors


def test_every_row_of_the_benchmarks_stands_on_their_page(site):
    results = json.loads((ROOT / "benchmarks/results.json").read_text(encoding="utf-8"))
    page = text(site / "reference/benchmarks.html")
    names = [" ".join(name.split()) for measured in results.values() for name in measured["figures"]]
    assert len(names) > 100
    assert [name for name in names if name not in page] == []


def test_every_page_of_the_docs_and_every_notebook_is_reached_from_the_first_page(site):
    reached, found = set(), {site / "index.html"}
    while found:
        page = found.pop()
        reached.add(page)
        found |= {to for to, _ in targets(page, site) if to.suffix == ".html" and to.is_file()} - reached
    sources = (*ROOT.glob("docs/*.md"), *ROOT.glob("notebooks/*.ipynb"))
    names = {page.relative_to(site).with_suffix("").as_posix() for page in reached}
    expected = {source.relative_to(ROOT).with_suffix("").as_posix().removeprefix("docs/") for source in sources}
    assert len(expected) > 30
    assert expected - names == set()


def targets(page: Path, site: Path) -> Iterator[tuple[Path, str]]:
    """Files of the site, each with an anchor, to which a page links or which it loads."""
    read = references(page)
    for reference in (*read.links, *read.loaded):
        address = urlparse(reference)
        if not address.scheme and not address.netloc:
            to = (page.parent / unquote(address.path)).resolve() if address.path else page
            yield (to / "index.html" if to.is_dir() else to), unquote(address.fragment)


def test_no_link_leads_to_a_page_or_a_part_that_is_not_there(site):
    missing = [
        (page.name, to.name, anchor)
        for page in pages_of(site)
        for to, anchor in targets(page, site)
        if not to.is_file() or (anchor and to.suffix == ".html" and anchor not in references(to).anchors)
    ]
    assert missing == []


def test_nothing_is_loaded_from_another_host(site):
    pages = pages_of(site)
    assert len(pages) > 70
    loaded = [
        (page.name, each) for page in pages for each in references(page).loaded if re.match(r"(https?:)?//", each)
    ]
    assert loaded == []
    styles = [
        (css.name, each)
        for css in site.rglob("*.css")
        for each in re.findall(r"url\(['\"]?((?:https?:)?//[^)]*)", css.read_text("utf-8"))
    ]
    assert styles == []


def test_notebooks_show_the_pictures_that_they_were_kept_with(site):
    for notebook in ROOT.glob("notebooks/*.ipynb"):
        cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
        outputs = (output for cell in cells for output in cell.get("outputs", []))
        kept = sum("image/png" in output.get("data", {}) for output in outputs)
        page = (site / f"notebooks/{notebook.stem}.html").read_text(encoding="utf-8")
        assert len(re.findall(r"<img[^>]*_images/[0-9a-f]+\.png", page)) >= kept


def test_the_list_of_pages_for_language_models_leads_to_their_markdown(site):
    links = re.findall(r"\]\(([^)]+)\)", (site / "llms.txt").read_text(encoding="utf-8"))
    assert len(links) > 30
    assert [link for link in links if not (site / link).is_file()] == []


@pytest.mark.parametrize(
    "page", ["index.html", "reference/commands/run.html", "reference/benchmarks.html", "notebooks/drills.html"]
)
def test_a_page_is_accessible_in_both_themes_and_fits_a_phone(site, browser, page):
    from axe_playwright_python.sync_playwright import Axe

    for width, theme in ((1200, "light"), (390, "light"), (390, "dark")):
        opened = browser.new_page(viewport={"width": width, "height": 844})
        opened.goto((site / page).as_uri())
        opened.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
        assert opened.evaluate("document.documentElement.scrollWidth") <= width
        found = Axe().run(opened).response["violations"]
        assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []
        opened.close()


def test_the_search_finds_a_page_without_a_network(site, browser):
    opened = browser.new_page()
    opened.goto((site / "search.html").as_uri() + "?q=replenishment")
    opened.wait_for_selector("#search-results li a")
    opened.close()
