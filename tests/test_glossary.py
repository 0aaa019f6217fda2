"""The glossary and the code use the same terms: each stands where the glossary says, and no docstring has a word that it avoids."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
GLOSSARY = (ROOT / "docs/glossary.md").read_text(encoding="utf-8")
GROUPS = ("Queueing", "Inventory", "Load testing and SRE", "Statistics", "Retail", "Deciding")
ROOMS = ("sim/cli", "sim/evidence", "sim/lab", "sim/planning", "sim/records", "sim/report", "sim/study", "sim/traffic")
"""Rooms whose docstrings have no word to avoid."""
ALLOWED = re.compile(r"(?m)`[^`]*`|\w+_\w+|^ +\w+:|Little's law|Universal Scalability Law|Law, Simulation Modeling")
"""Names in code, names of arguments, laws that textbooks call so, and an author."""


def rows(heading: str) -> list[list[str]]:
    """The cells of the first table below a heading, without its head."""
    section = re.search(rf"^## {heading}\n(.*?)(?=^## |\Z)", GLOSSARY, re.MULTILINE | re.DOTALL)[1]
    table = re.search(r"^\|.*?(?=\n\n|\Z)", section, re.MULTILINE | re.DOTALL)[0].splitlines()[2:]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", row.strip().strip("|"))] for row in table]


TERMS = {group: rows(group) for group in GROUPS}
AVOIDED = {word for row in rows("Words to avoid") for word in row[0].split(", ")}


def docstrings(module: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and text of each string that stands alone: of modules, classes and functions, and below attributes."""
    for node in ast.walk(module):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.lineno, node.value.value


def avoided(source: str) -> list[tuple[int, str]]:
    """Line of the docstring, and the word, of each word to avoid."""
    return [
        (line, word)
        for line, text in docstrings(ast.parse(source))
        for word in re.findall(r"[a-z]+", ALLOWED.sub("", text).lower())
        if word in AVOIDED
    ]


@pytest.mark.parametrize("group", GROUPS)
def test_terms_are_in_alphabetical_order_and_have_all_cells(group):
    terms = [row[0] for row in TERMS[group]]
    assert terms == sorted(terms, key=str.lower)
    assert [row for row in TERMS[group] if len(row) != 5 or not all(row)] == []


def test_a_term_stands_once():
    terms = [row[0].lower() for table in TERMS.values() for row in table]
    assert len(terms) == len(set(terms))


@pytest.mark.parametrize("group", GROUPS)
def test_each_term_stands_in_the_page_or_module_that_the_glossary_names(group):
    def text(where: str) -> str:
        return " ".join((ROOT / where.strip("`")).read_text(encoding="utf-8").lower().split())

    assert [(term, where) for term, _, where, *_ in TERMS[group] if term.lower() not in text(where)] == []


def test_each_source_of_a_term_is_listed():
    listed = GLOSSARY[GLOSSARY.index("## Sources") :]
    cited = {name for table in TERMS.values() for row in table for name in re.findall(r"[A-ZÇ][\w-]+", _names(row[3]))}
    assert {name for name in cited if name not in listed} == set()


def _names(source: str) -> str:
    """The authors of a source cell, without what stands in brackets and after `RFC`."""
    return re.sub(r"\([^)]*\)", "", source)


@pytest.mark.parametrize("room", ROOMS)
def test_no_docstring_of_the_room_has_a_word_to_avoid(room):
    files = sorted((ROOT / room).rglob("*.py"))
    assert files
    assert [
        f"{file.relative_to(ROOT)}:{line} {word}"
        for file in files
        for line, word in avoided(file.read_text(encoding="utf-8"))
    ] == []


def test_a_word_to_avoid_is_found_in_docstrings_alone():
    assert avoided('"""It hears."""\ntold = "said"  # nobody\nx = 1\n"""By Little\'s law, `told`; a law."""\n') == [
        (1, "hears"),
        (4, "law"),
    ]
