"""What is written twice is the same twice: the README in English and Chinese, key figures in Chinese, and the list of pages for language models."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

from sim.records.kpis import KPIS
from sim.report.languages import kpi_name

ROOT = Path(__file__).parents[1]
ENGLISH = (ROOT / "README.md").read_text(encoding="utf-8")
CHINESE = (ROOT / "README.zh-CN.md").read_text(encoding="utf-8")
LLMS = (ROOT / "llms.txt").read_text(encoding="utf-8")
BLOCK = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
GLOSSARY_OF_KPIS = ROOT / "docs" / "kpis.zh-CN.md"


def prose(page: str) -> str:
    """A page without its code blocks."""
    return BLOCK.sub("", page)


def heading_levels(page: str) -> list[int]:
    return [len(marks) for marks in re.findall(r"^(#+) ", prose(page), re.MULTILINE)]


def targets(page: str) -> list[str]:
    """Where the links and pictures of a page lead, in their order."""
    return re.findall(r"\]\(([^)\s]+)\)", prose(page))


def rooms(page: str) -> list[str]:
    """The folders in the table of rooms, in its order."""
    return re.findall(r"^\| `([\w/]+/[\w/]+)` \|", page, re.MULTILINE)


def test_both_readmes_have_the_same_headings_in_number_and_level():
    assert len(heading_levels(ENGLISH)) > 5
    assert heading_levels(CHINESE) == heading_levels(ENGLISH)


def test_both_readmes_have_the_same_code_blocks():
    assert len(BLOCK.findall(ENGLISH)) > 5
    assert BLOCK.findall(CHINESE) == BLOCK.findall(ENGLISH)


def test_each_readme_leads_to_the_other_first_and_then_to_the_same_pages_in_the_same_order():
    (chinese, *english_pages), (english, *chinese_pages) = targets(ENGLISH), targets(CHINESE)
    assert (chinese, english) == ("README.zh-CN.md", "README.md")
    assert chinese_pages == english_pages
    assert [page for page in english_pages if not (ROOT / page.partition("#")[0]).is_file()] == []


def test_both_readmes_list_the_same_rooms_in_the_same_order():
    assert len(rooms(ENGLISH)) > 50
    assert rooms(CHINESE) == rooms(ENGLISH)


def test_the_chinese_readme_explains_every_command_of_its_code_blocks():
    commands = set(re.findall(r"^retail-lab ([a-z]+)", "\n".join(BLOCK.findall(CHINESE)), re.MULTILINE))
    assert len(commands) > 20
    assert [name for name in sorted(commands) if not re.search(rf"^\| `{name}\b", CHINESE, re.MULTILINE)] == []


def test_the_page_of_key_figures_in_chinese_is_what_its_program_writes():
    assert GLOSSARY_OF_KPIS.read_text(encoding="utf-8") == runpy.run_path(str(ROOT / "docs" / "kpis.py"))["page"]()


@pytest.mark.parametrize("kpi", KPIS, ids=lambda kpi: kpi.name)
def test_a_key_figure_stands_on_its_page_with_its_chinese_name_unit_and_meaning(kpi):
    row = re.search(rf"^\| (.+) \| `{kpi.name}` \| (.+) \|$", GLOSSARY_OF_KPIS.read_text("utf-8"), re.MULTILINE)
    assert row[1] == kpi_name(kpi.name, "zh")
    assert len([cell for cell in re.split(r"(?<!\\)\|", row[2]) if re.search(r"[\u4e00-\u9fff]", cell)]) == 3


def test_llms_txt_begins_as_its_convention_asks():
    title, blank, summary = LLMS.splitlines()[:3]
    assert (title, blank, summary[:2]) == ("# retail-lab", "", "> ")
    assert heading_levels(LLMS)[0] == 1
    assert set(heading_levels(LLMS)[1:]) == {2}


def test_llms_txt_lists_every_page_once_with_a_line_of_its_own():
    pages = {page.relative_to(ROOT).as_posix() for page in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"))}
    listed = re.findall(r"^- \[[^]]+\]\(([^)\s]+)\): \S.+$", LLMS, re.MULTILINE)
    assert sorted(listed) == sorted(pages)
    assert targets(LLMS) == listed
