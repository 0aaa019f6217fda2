"""The messages that the code and the templates ask the catalogue for."""

import ast
import re
from functools import cache
from pathlib import Path

from jinja2 import Environment, nodes

from sim.calibration.self_check import WEEKDAYS

ROOT = Path(__file__).parents[4]
SOURCES = sorted([*(ROOT / "sim").rglob("*.py"), *(ROOT / "loadtests").rglob("*.py")])
TEMPLATES = sorted((ROOT / "sim" / "report").rglob("*.html"))


def constants(node):
    """The texts that an expression may be: one, or the two of `a if b else c`; none for what is made at run time."""
    if isinstance(node, ast.IfExp):
        return [*constants(node.body), *constants(node.orelse)]
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


@cache
def read(file):
    """The text of a source and its tree."""
    source = file.read_text(encoding="utf-8")
    return source, ast.parse(source)


def asked_in(file, name="text", place=0):
    """(line, texts) of each call of `name` in a module, by its argument at `place`; no texts where that is a variable."""
    for node in calls_of(file, name):
        yield node.lineno, constants(node.args[place]) if len(node.args) > place else []


def calls_of(file, name):
    """The calls of a function or method in a module."""
    for node in ast.walk(read(file)[1]):
        called = getattr(node, "func", None)
        if isinstance(node, ast.Call) and name in (getattr(called, "id", ""), getattr(called, "attr", "")):
            yield node


def askers():
    """Modules that take their words from the catalogue."""
    return [
        file
        for file in SOURCES
        if re.search(r"from sim\.report(\.languages)? import .*", read(file)[0]) and "languages" in read(file)[0]
    ]


def from_code():
    return {text for file in askers() for _, texts in asked_in(file) for text in texts} | facts()


def from_variables():
    """Texts of the modules that ask for a message in a variable: `text(name, lang) for name, value in facts`."""
    asking = [file for file in askers() if any(not texts for _, texts in asked_in(file))]
    return {text for file in asking for text in strings(file)} | set(WEEKDAYS)


def facts():
    """The names of facts about a result, which are asked for one after the other: keys of what is called `facts`, or first items of its pairs."""
    return {text for file in askers() for node in ast.walk(read(file)[1]) for text in _facts_of(node)}


def _facts_of(node):
    names = getattr(node, "targets", [getattr(node, "target", None)])
    if not isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign) or getattr(names[0], "id", "") != "facts":
        return []
    keys = [key for each in ast.walk(node.value) if isinstance(each, ast.Dict) for key in each.keys]
    pairs = [each.elts[0] for each in ast.walk(node.value) if isinstance(each, ast.Tuple) and len(each.elts) == 2]
    return [key.value for key in (*keys, *pairs) if isinstance(key, ast.Constant) and isinstance(key.value, str)]


def nouns():
    """What `counted` counts, in code and templates."""
    found = {text for file in askers() for _, texts in asked_in(file, "counted", 1) for text in texts}
    return found | {text for file in TEMPLATES for text in _in_template(file, "counted", 1)}


def from_templates():
    return {text for file in TEMPLATES for text in _in_template(file, "_", 0)}


def _in_template(file, name, place):
    tree = Environment().parse(file.read_text(encoding="utf-8"))
    for call in tree.find_all(nodes.Call):
        if isinstance(call.node, nodes.Name) and call.node.name == name and len(call.args) > place:
            argument = call.args[place]
            parts = [argument.expr1, argument.expr2] if isinstance(argument, nodes.CondExpr) else [argument]
            assert all(isinstance(part, nodes.Const) for part in parts), f"{file.name}: {name}() of no fixed text"
            yield from (part.value for part in parts)


@cache
def strings(file):
    """All string constants of a module, docstrings and parts of f-strings among them."""
    tree = read(file)[1]
    return {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)}


@cache
def made_strings(file):
    """Patterns of the f-strings of a module that have words of their own."""
    joined = [node for node in ast.walk(read(file)[1]) if isinstance(node, ast.JoinedStr)]
    parts = [[part.value if isinstance(part, ast.Constant) else None for part in node.values] for node in joined]
    named = [each for each in parts if sum(len(part or "") for part in each) >= 6]
    return {"".join(".+" if part is None else re.escape(part) for part in each) for each in named}


WORDS = re.compile(r"[A-Za-z][A-Za-z'’-]+(?: [A-Za-z'’-]{2,})+")
"""Two and more words one after the other."""
