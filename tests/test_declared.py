"""What is declared is used: fields of scenarios, parameters, extras, package data, fixtures, markers, and the versions that the docs name."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import chain
from pathlib import Path

import pytest

from loadtests.planning.plan import Plan
from sim.cli.installation.requirements import extra_of
from sim.evidence.stock_truth.reconciliation import DISCREPANCY_LIMIT
from sim.scenario.model import Scenario
from sim.scenario.sections.section import Section

from .test_house import MODULES, ROOT, TRACKED, dotted, imported, tree_of, within

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
TESTS = [file for file in TRACKED if file.suffix == ".py" and file.relative_to(ROOT).parts[0] == "tests"]
Function = ast.FunctionDef | ast.AsyncFunctionDef


def trees() -> dict[str, ast.Module]:
    """Every module's syntax tree, by its dotted name."""
    return {dotted(file): tree_of(file) for file in MODULES}


def sections(kind: type[Section] = Section) -> Iterator[type[Section]]:
    for below in kind.__subclasses__():
        yield below
        yield from sections(below)


def read_names(tree: ast.AST) -> Iterator[str]:
    """Names that code reads: attributes, and texts by which `getattr`, `get` and brackets reach them; not what only validates."""
    if isinstance(tree, Function) and any("validator" in ast.unparse(each) for each in tree.decorator_list):
        return
    if isinstance(tree, ast.Attribute) and isinstance(tree.ctx, ast.Load):
        yield tree.attr
    keys = tree.args if isinstance(tree, ast.Call) else [tree.slice] if isinstance(tree, ast.Subscript) else []
    yield from (key.value for key in keys if isinstance(key, ast.Constant) and isinstance(key.value, str))
    for below in ast.iter_child_nodes(tree):
        yield from read_names(below)


@cache
def read() -> set[str]:
    """Names that the lab's code and the templates of its pages read, checks of references apart."""
    pages = (
        file.read_text(encoding="utf-8")
        for file in TRACKED
        if file.suffix == ".html" and within(file.relative_to(ROOT).as_posix().replace("/", "."), "sim.report")
    )
    by_code = (
        read_names(tree_of(file))
        for file in MODULES
        if within(dotted(file), "sim") and dotted(file) != "sim.scenario.references"
    )
    return {*chain.from_iterable(by_code), *(name for page in pages for name in re.findall(r"\.(\w+)", page))}


def test_every_field_of_a_scenario_is_read():
    assert len(Scenario.model_fields) > 10
    fields = {
        (kind.__name__, name) for kind in sections() if kind.__module__.startswith("sim.") for name in kind.model_fields
    }
    assert len(fields) > 100
    assert sorted((kind, name) for kind, name in fields if name not in read()) == []


def test_every_setting_of_a_replay_is_read():
    named = {name for file in MODULES if within(dotted(file), "loadtests") for name in read_names(tree_of(file))}
    assert set(Plan.__dataclass_fields__) - named == set()


def test_every_parameter_of_a_command_is_read():
    unread = []
    for module, tree in trees().items():
        if not within(module, "sim.cli"):
            continue
        for function in (node for node in ast.walk(tree) if isinstance(node, Function)):
            said = [
                each for each in (*function.args.args, *function.args.kwonlyargs) if not re.match("self|_", each.arg)
            ]
            used = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
            acts = {each.arg for each in said if each.annotation and "callback=" in ast.unparse(each.annotation)}
            empty = isinstance(function.body[-1], ast.Expr) and len(function.body) == 1
            unread += [
                f"{module}.{function.name}: {each.arg}" for each in said if each.arg not in used | acts and not empty
            ]
    assert unread == []


def test_every_parameter_of_a_private_function_is_read():
    """A public one may take what its protocol hands it; nobody but its own module calls a private one."""
    unread = []
    for module, tree in trees().items():
        for function in (node for node in ast.walk(tree) if isinstance(node, Function)):
            if not re.fullmatch(r"_[a-z]\w*", function.name) or function.decorator_list:
                continue
            used = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
            said = {each.arg for each in (*function.args.args, *function.args.kwonlyargs)} - {"self", "cls"}
            unread += [f"{module}.{function.name}: {name}" for name in sorted(said - used) if not name.startswith("_")]
    handed = {
        "sim.cli.commands.replay._silent: line",
        *(f"loadtests.shop.app.{name}: error" for name in ("_unstorable", "_busy")),
    }
    assert set(unread) - handed == set()


SIGNS = {
    "axe-playwright-python": "from axe_playwright_python",
    "hdrhistogram": "from hdrh",
    "myst-nb": "myst_nb",
    "pydata-sphinx-theme": "pydata_sphinx_theme",
    "jupyterlab": "jupyter lab",
    "psycopg": "postgresql+psycopg",
    "python-calamine": "from python_calamine",
    "pytest-xdist": "pytest -n",
    "pandas-stubs": "import pandas",
    "pyyaml": "import yaml",
    "scipy-stubs": "from scipy",
    "types-gevent": "import gevent",
    "types-jmespath": "import jmespath",
    "types-pyyaml": "import yaml",
}
"""How a package shows where it is used, if not by its own name: types of another package where that is imported."""
REQUIRED = [*chain(PYPROJECT["project"]["dependencies"], *PYPROJECT["project"]["optional-dependencies"].values())]
USING = "\n".join(
    file.read_text(encoding="utf-8").lower()
    for file in TRACKED
    if file.suffix in (".py", ".pyx", ".ipynb") or file.name == "Makefile"
    if file.name not in ("test_declared.py", "test_house.py")
)


@pytest.mark.parametrize("requirement", REQUIRED)
def test_every_package_that_is_required_is_used(requirement):
    name = re.match(r"[\w-]+", requirement)[0]
    assert SIGNS.get(name, name) in USING


def test_every_module_of_an_extra_is_found_under_its_extra():
    """By the names of modules, of which some are not those of what installs them."""
    named = {
        "hdrh": "loadtests",
        "yaml": "",
        "weasyprint": "pdf",
        "distributed": "cluster",
        "diff_diff": "planning",
        "locust": "loadtests",
    }
    taken = {module.partition(".")[0] for file in MODULES for module in imported(file)}
    assert named.keys() <= taken
    assert {module: extra_of(module) for module in named} == named
    assert extra_of("sim") is None


def test_package_data_are_there():
    for package, patterns in PYPROJECT["tool"]["setuptools"]["package-data"].items():
        folders = ["sim", "loadtests", "ext"] if package == "*" else [package.replace(".", "/")]
        for pattern in patterns:
            found = [file for folder in folders for file in (ROOT / folder).rglob(pattern) if file in TRACKED]
            assert found, f"{package}: {pattern}"


def test_every_marker_and_every_fixture_is_used():
    texts = {file: file.read_text(encoding="utf-8") for file in TESTS}
    whole = "\n".join(texts.values())
    times = Counter(re.findall(r"\w+", whole))
    for marker in PYPROJECT["tool"]["pytest"]["ini_options"]["markers"]:
        assert f"pytest.mark.{marker.partition(':')[0]}" in whole
    unused = []
    for file, text in texts.items():
        for function in (node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)):
            marks = [ast.unparse(each) for each in function.decorator_list]
            mark = next((each for each in marks if re.match(r"pytest\.fixture\b|fixture\b", each)), "")
            if not mark or "autouse=True" in mark:
                continue
            named = re.search(r"name='(\w+)'", mark)
            name = named[1] if named else function.name
            if times[name] < 2:
                unused.append(f"{file.name}: {name}")
    assert unused == []


def platforms() -> dict[str, str]:
    """The versions that `make platforms` installs, by the name that docs use."""
    folder = ROOT / "loadtests" / "platforms"
    vendure = json.loads((folder / "vendure_app" / "package.json").read_text())["dependencies"]["@vendure/core"]
    pins = dict(line.split("==") for line in (folder / "oscar_app" / "requirements.txt").read_text().split())
    return {"Vendure": vendure, "django-oscar": pins["django-oscar"]}


@pytest.mark.parametrize("page", [ROOT / "README.md", *(ROOT / "docs").glob("*.md")], ids=lambda page: page.name)
def test_a_page_names_the_versions_of_platforms_that_are_installed(page):
    text = page.read_text(encoding="utf-8")
    for name, version in platforms().items():
        assert set(re.findall(rf"{name} (\d+(?:\.\d+)+)", text)) <= {version}


def test_the_page_about_adapters_names_every_platform_with_its_version():
    text = (ROOT / "docs" / "adapters.md").read_text(encoding="utf-8")
    assert [name for name, version in platforms().items() if f"{name} {version}" not in text] == []


def test_the_limit_of_discrepancy_that_docs_name_is_the_verdicts():
    text = Path(ROOT / "docs" / "verdict.md").read_text(encoding="utf-8")
    assert f"against {100 * DISCREPANCY_LIMIT:g} %" in text


def test_a_container_makes_what_the_makefile_has():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    asked = [
        *re.findall(r"^RUN make ([a-z]+)", text, re.MULTILINE),
        *re.findall(r'CMD \["(\w+)"\]', text),
        *re.findall(r"docker run .* retail-lab ([a-z]+)", text),
    ]
    assert len(asked) == 3
    assert set(asked) <= targets
