"""Every public function, method and class of the house says what it does: in its own docstring, or in that of what it overrides."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
Public = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def sources() -> dict[str, ast.Module]:
    """The house's modules and the stubs of its kernels, parsed, by path."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "sim", "loadtests", "ext"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    names = [name for name in listed.stdout.split("\0") if name.endswith((".py", ".pyi")) and (ROOT / name).is_file()]
    return {name: ast.parse((ROOT / name).read_text(encoding="utf-8")) for name in names}


def public(node: ast.Module | ast.ClassDef, within: str = "") -> Iterator[tuple[str, ast.ClassDef | None, Public]]:
    """What stands in a module or class under a name without an underscore: its dotted name, the class it is in, and itself."""
    for each in node.body:
        if isinstance(each, Public) and not each.name.startswith("_") and not _sets(each):
            yield within + each.name, node if isinstance(node, ast.ClassDef) else None, each
            if isinstance(each, ast.ClassDef):
                yield from public(each, f"{within}{each.name}.")


def _sets(node: Public) -> bool:
    """Whether it is a property's setter: the property has the docstring."""
    return any(isinstance(each, ast.Attribute) and each.attr == "setter" for each in node.decorator_list)


def undocumented(modules: dict[str, ast.Module]) -> list[str]:
    """`path:line name` of all that has no docstring and overrides nothing that has one."""
    classes = {
        each.name: each for module in modules.values() for each in ast.walk(module) if isinstance(each, ast.ClassDef)
    }

    def ancestors(node: ast.ClassDef) -> Iterator[ast.ClassDef]:
        for base in node.bases:
            name = base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "")
            if name in classes and classes[name] is not node:
                yield classes[name]
                yield from ancestors(classes[name])

    def documented_above(node: ast.ClassDef | None, name: str) -> bool:
        above = ancestors(node) if node else ()
        return any(
            isinstance(each, Public) and each.name == name and ast.get_docstring(each)
            for ancestor in above
            for each in ancestor.body
        )

    return [
        f"{path}:{each.lineno} {name}"
        for path, module in modules.items()
        for name, node, each in public(module)
        if not ast.get_docstring(each) and not documented_above(node, each.name)
    ]


def test_every_public_function_and_class_has_a_docstring():
    assert undocumented(sources()) == []


def test_an_override_needs_none_and_anything_else_does():
    module = ast.parse(
        'class A:\n    """A."""\n    def a(self):\n        """Do."""\n    def b(self): ...\n'
        'class B(A):\n    """B."""\n    def a(self): ...\n    def b(self): ...\ndef c(): ...\ndef _d(): ...\nclass E: ...\n'
    )
    assert undocumented({"x.py": module}) == ["x.py:5 A.b", "x.py:9 B.b", "x.py:10 c", "x.py:12 E"]
