"""The catalogue of translations: whole, used, and drawn with the font that ships."""

import ast
import re
from itertools import pairwise
from string import Formatter

import pytest
from jinja2 import nodes

from sim.report.languages import catalogue, subset, typeface
from sim.report.languages.recorded import recorded
from sim.scenario.loader import load
from sim.scenario.shipped import folder, names

from . import messages

TABLES = catalogue.tables()
ENTRIES = [(table, english, chinese) for table, entries in TABLES.items() for english, chinese in entries.items()]
WRITERS = [
    *(
        messages.ROOT / "sim" / "evidence" / "verdict" / name
        for name in ("findings.py", "judge.py", "sentence.py", "validity.py", "window.py")
    ),
    *sorted((messages.ROOT / "sim" / "evidence" / "difference").glob("[!m]*.py")),
    *sorted((messages.ROOT / "sim" / "evidence" / "stock_truth").glob("*.py")),
    *(messages.ROOT / "sim" / "evidence" / "capacity" / name for name in ("carried_load.py", "headroom.py")),
    *(
        messages.ROOT / "sim" / name
        for name in ("scenario/opening.py", "records/oversell.py", "records/conformance.py")
    ),
    *(messages.ROOT / "loadtests" / "checks" / name for name in ("conformance.py", "report.py")),
    *(messages.ROOT / "sim" / "backtest" / name for name in ("wording.py", "validation.py")),
    messages.ROOT / "sim" / "planning" / "vendors" / "wording.py",
    messages.ROOT / "sim" / "planning" / "rollout" / "wording.py",
    messages.ROOT / "sim" / "planning" / "rollout" / "plan_files" / "notes.py",
    *(messages.ROOT / "sim" / "records" / "predictions" / name for name in ("backtest.py", "score.py")),
    messages.ROOT / "sim" / "planning" / "goals" / "judge.py",
    messages.ROOT / "sim" / "planning" / "poc" / "findings.py",
    *(messages.ROOT / "sim" / "planning" / "health" / name for name in ("judging.py", "measured.py", "simulated.py")),
    messages.ROOT / "sim" / "records" / "decisions" / "health.py",
    *(messages.ROOT / "sim" / name for name in ("planning/pilots/wording.py", "records/decisions/pilots.py")),
    *(messages.ROOT / "sim" / "planning" / "gates" / name for name in ("conditions.py", "gate.py", "setting.py")),
]
"""Modules that write sentences into records."""
DISCARDED = {"假设": "假定", "场景": "情景", "提前期": "交货期", "库存差异率": "账实差异率", "模拟": "仿真"}
"""Terms that are not used, and the one that is: of what is assumed, scenario, lead time, stock discrepancy, and simulated."""
NOT_KEPT = ("Refusal", "play", "discover")
"""Calls whose texts stand in no record: what is raised, and names of what a check plays."""


def places(text):
    return sorted({name for _, name, _, _ in Formatter().parse(text) if name})


def words_of(text):
    """The phrases of two and more words that stand between the places of a text."""
    return [found for part in re.split(r"\{[^}]*\}", text) for found in messages.WORDS.findall(part)]


def test_a_thing_has_one_term_in_chinese():
    files = [messages.ROOT / name for name in ("README.zh-CN.md", "docs/kpis.zh-CN.md", "docs/glossary.md")]
    texts = {file.name: file.read_text(encoding="utf-8") for file in files} | {
        english: chinese for _, english, chinese in ENTRIES
    }
    assert [(where, term) for where, text in texts.items() for term in DISCARDED if term in text] == []


def test_every_message_that_is_asked_for_has_a_translation():
    assert (messages.from_code() | messages.from_templates()) - TABLES["text"].keys() == set()
    assert messages.nouns() - TABLES["count"].keys() == set()


def test_every_message_of_the_catalogue_is_asked_for():
    asked = messages.from_code() | messages.from_variables() | messages.from_templates()
    assert TABLES["text"].keys() - asked == set()


def test_a_message_is_a_constant_or_a_variable_so_that_it_can_be_found():
    made = [
        f"{file.name}:{node.lineno}"
        for file in messages.askers()
        if "languages" not in file.parts
        for node in messages.calls_of(file, "text")
        if not isinstance(node.args[0], ast.Constant | ast.IfExp | ast.Name | ast.Subscript)
    ]
    assert made == []


def test_every_translation_has_the_places_of_its_text():
    named = [entry for entry in ENTRIES if entry[0] in ("text", "record", "meaning")]
    assert [(english, chinese) for _, english, chinese in named if places(chinese) != places(english)] == []


def test_the_font_that_ships_has_a_glyph_for_every_character_of_every_text():
    lacking = {sign for *_, text in ENTRIES for sign in re.sub(r"\{[^}]*\}", "", text) if not typeface.has_glyphs(sign)}
    assert lacking == set()
    assert [english for _, english, text in ENTRIES if not text] == []


def test_the_font_holds_what_its_script_gives_it_and_its_licence_stands_beside_it():
    assert {sign for sign in subset.characters() if not typeface.has_glyphs(sign)} == set()
    assert len([sign for sign in subset.characters() if "一" <= sign <= "龥"]) > 6_763
    assert typeface.FONT.stat().st_size < 3_000_000
    assert "SIL OPEN FONT LICENSE Version 1.1" in typeface.FONT.with_name("OFL.txt").read_text(encoding="utf-8")


def test_names_in_shipped_scenarios_have_their_glyphs():
    for name in names():
        scenario = load(folder() / f"{name}.yaml")
        for place in (*scenario.stores, *scenario.warehouses, *scenario.regions):
            assert typeface.has_glyphs(place.name), place.name


def test_names_and_questions_of_shipped_scenarios_are_translated():
    for name in names():
        scenario = load(folder() / f"{name}.yaml")
        for text in (scenario.name, scenario.question, *(region.name for region in scenario.regions)):
            assert text in TABLES["record"], text
        for source in scenario.sources.values():
            assert recorded(source.source, "zh") != source.source


def _said(file):
    """Texts that a module writes, docstrings and refusals left out."""
    tree = messages.read(file)[1]
    left_out = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in NOT_KEPT:
            left_out |= {id(each) for each in ast.walk(node)}
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            left_out.add(id(node.value))
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in left_out
    ]


@pytest.mark.parametrize("file", WRITERS, ids=lambda file: f"{file.parent.name}/{file.name}")
def test_every_phrase_that_a_record_may_hold_stands_in_the_catalogue(file):
    known = "\n".join((*TABLES["record"], *TABLES["count"], *TABLES["code"])).lower()
    phrases = {phrase.lower() for text in _said(file) for phrase in messages.WORDS.findall(text)} - {
        "checkout of another"
    }
    assert sorted(phrase for phrase in phrases if phrase not in known) == []


def _pairs(english):
    """Neighbouring words of a text."""
    for phrase in words_of(english):
        yield from map(" ".join, pairwise(phrase.lower().split()))


def test_every_phrase_of_the_catalogue_is_written_somewhere():
    written = "\n".join(re.sub(r"\{\}|\s+", " ", text) for file in messages.SOURCES for text in messages.strings(file))
    written += "\n".join(file.read_text(encoding="utf-8") for file in (messages.ROOT / "scenarios").glob("*.yaml"))
    written = re.sub(r"\s+", " ", written).lower()
    unused = [
        (table, english)
        for table in ("record", "meaning")
        for english in TABLES[table]
        if (pairs := list(_pairs(english))) and not any(pair in written for pair in pairs)
    ]
    assert unused == []


def test_every_code_and_noun_is_written_somewhere():
    written = {text for file in messages.SOURCES for text in messages.strings(file)}
    written |= {word for text in written for word in re.findall(r"[\w-]+", text)}
    for file in messages.TEMPLATES:
        tree = messages.Environment().parse(file.read_text(encoding="utf-8"))
        written |= {each.value for each in tree.find_all(nodes.Const) if isinstance(each.value, str)}
    written |= set(
        re.findall(r"name: (\w+)", (messages.ROOT / "scenarios" / "chain-50.yaml").read_text(encoding="utf-8"))
    )
    unused = [code for table in ("code", "count") for code in TABLES[table] if code not in written]
    unused = [code for code in unused if not all(word in written for word in code.split())]
    made = re.compile("|".join({pattern for file in messages.SOURCES for pattern in messages.made_strings(file)}))
    assert [code for code in unused if not made.fullmatch(code)] == []
