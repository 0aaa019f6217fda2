"""The messages that the code and the templates ask the catalogue for."""

import ast
import re
from pathlib import Path

from jinja2 import Environment, nodes

ROOT = Path(__file__).parents[4]
SOURCES = sorted([*(ROOT / "sim").rglob("*.py"), *(ROOT / "loadtests").rglob("*.py")])
TEMPLATES = sorted((ROOT / "sim" / "report").rglob("*.html"))


def constants(node):
    """The texts that an expression may be: one, or the two of `a if b else c`; none for what is made at run time."""
    if isinstance(node, ast.IfExp):
        return [*constants(node.body), *constants(node.orelse)]
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def asked_in(source, name="text", place=0):
    """(line, texts) of each call of `name`, by its argument at `place`."""
    for node in ast.walk(ast.parse(source)):
        called = getattr(node, "func", None)
        if isinstance(node, ast.Call) and name in (getattr(called, "id", ""), getattr(called, "attr", "")):
            yield node.lineno, constants(node.args[place]) if len(node.args) > place else []


def taken_from_languages(source):
    """Whether a module takes its words from the catalogue."""
    return "sim.report.languages" in source or "sim.report import languages" in source


def from_code():
    found = set()
    for file in SOURCES:
        source = file.read_text(encoding="utf-8")
        if taken_from_languages(source):
            found |= {text for _, texts in asked_in(source) for text in texts}
    return found


def nouns():
    """What `counted` counts, in code and templates."""
    found = {text for file in SOURCES if taken_from_languages(source := file.read_text(encoding="utf-8"))
             for _, texts in asked_in(source, "counted", 1) for text in texts}
    for file in TEMPLATES:
        found |= set(_in_template(file, "counted", 1))
    return found


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


def strings(source):
    """All string constants of a module, docstrings and parts of f-strings among them."""
    return {node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant) and isinstance(node.value, str)}


WORDS = re.compile(r"[A-Za-z][A-Za-z'’-]+(?: [A-Za-z'’-]{2,})+")
