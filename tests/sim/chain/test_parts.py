"""Every part of the chain names what it needs, by type; modules import each other in one direction."""

from __future__ import annotations

import ast
import graphlib
import inspect
import pkgutil
from importlib import import_module
from pathlib import Path

import pytest

import sim.chain
from sim.chain.chain import Chain
from sim.clock import HOUR_S

FOLDER = Path(sim.chain.__path__[0])
MODULES = {f"sim.chain.{module.name}" for module in pkgutil.iter_modules(sim.chain.__path__)}


def classes():
    for name in sorted(MODULES):
        for _, kind in inspect.getmembers(import_module(name), inspect.isclass):
            if kind.__module__ == name:
                yield kind


@pytest.mark.parametrize("kind", list(classes()), ids=lambda kind: kind.__name__)
def test_a_part_names_what_it_needs_by_type(kind):
    """`chain.Chain` is nobody's argument: who had it could reach everything."""
    tree = ast.parse(inspect.getsource(import_module(kind.__module__)))
    (node,) = (n for n in tree.body if isinstance(n, ast.ClassDef) and n.name == kind.__name__)
    for made in (n for n in node.body if isinstance(n, ast.FunctionDef) and n.name == "__init__"):
        arguments = [*made.args.args[1:], *made.args.kwonlyargs]
        assert all(argument.annotation for argument in arguments)
        assert {"Any", "object", "Chain"}.isdisjoint({ast.unparse(argument.annotation) for argument in arguments})


def test_modules_of_the_chain_import_each_other_in_one_direction():
    """Also where only a type checker would import."""
    graph = {}
    for file in FOLDER.glob("*.py"):
        found = (node.module for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.ImportFrom))
        graph[f"sim.chain.{file.stem}"] = set(found) & MODULES
        assert "TYPE_CHECKING" not in file.read_text()
    assert list(graphlib.TopologicalSorter(graph).static_order())[-1] == "sim.chain.chain"


def test_the_chain_is_made_of_its_parts_and_imported_by_none_of_them():
    assert [file.stem for file in FOLDER.glob("*.py") if "sim.chain.chain" in file.read_text()] == []


def test_stock_read_in_the_middle_of_a_day_is_that_of_the_moment(small):
    """Nobody asks the stores to go on: reading the ledger does."""
    chain = Chain(small(days=1))
    chain.begin(0)
    sold = []
    for hour in (12, 16, 20):
        chain.env.run(until=hour * HOUR_S)
        sold.append(int(chain.ledger.sold.sum()))
    assert 0 < sold[0] < sold[1] < sold[2]
    assert int(chain.ledger.sold.sum()) == sold[2]
