"""The rules of the house: who may import whom, what every module says of itself, and that what is installed is what is declared."""

from __future__ import annotations

import ast
import hashlib
import re
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from itertools import accumulate, chain
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
ORDER = [name.strip("/").replace("/", ".") for name in re.search(r"^notebooks/ .*", README, re.MULTILINE)[0].split()]
"""Rooms from the top down: each imports only from those after it."""


def rooms_of(sentence: str) -> set[str]:
    """The rooms that a sentence of the README names after `imports only from`, for the room before it."""
    said = re.search(rf"{sentence}imports only from ([^.:]*?)(, and only|\.)", " ".join(README.split()))[1]
    return {name.strip("/").replace("/", ".") for name in re.findall(r"`([\w/]+)`", said)}


LOADTESTS_TAKE = rooms_of(r"`loadtests/` produces samples and knows nothing of the simulation: it ")
REPORTS_TAKE = rooms_of(r"`sim/report` ")
PATCHING = {"locust", "gevent"}
LONGEST = 450
MOST = 16
"""Modules of a room."""


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


TRACKED = tracked()
MODULES = [
    file for file in TRACKED if file.suffix == ".py" and file.relative_to(ROOT).parts[0] in ("sim", "loadtests", "ext")
]


def dotted(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def tree_of(file: Path) -> ast.Module:
    """The syntax tree of a file; who walks it changes nothing in it."""
    return ast.parse(file.read_text(encoding="utf-8"))


@cache
def imported(file: Path) -> frozenset[str]:
    """The modules that a file imports anywhere in it, also inside functions; `from a import b` counts as a.b and a."""
    names: set[str] = set()
    for node in ast.walk(tree_of(file)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{dotted(file)} imports relatively"
            names |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
    return frozenset(names)


def within(module: str, room: str) -> bool:
    return module == room or module.startswith(f"{room}.")


def room(module: str) -> str | None:
    """The room that a module is in; None outside the house and for the bare package `sim`."""
    return next((room for room in ORDER if within(module, room)), None)


def rooms_imported(file: Path) -> set[str]:
    """The other rooms from which a file imports."""
    return {room(module) for module in imported(file)} - {None, room(dotted(file))}


@pytest.mark.parametrize("file", MODULES, ids=dotted)
def test_a_module_imports_only_from_the_rooms_after_its_own(file):
    here = room(dotted(file))
    if here is None:
        assert dotted(file) == "sim"
        return
    assert rooms_imported(file) <= set(ORDER[ORDER.index(here) + 1 :])


def test_the_readme_names_every_room_and_no_other():
    assert {room(dotted(file)) for file in MODULES} - {None} == set(ORDER) - {"notebooks"}
    assert {dotted(file) for file in MODULES if room(dotted(file)) is None} <= {"sim"}


def test_only_the_command_knows_loadtests():
    assert {room(dotted(file)) for file in MODULES if "loadtests" in rooms_imported(file)} == {"sim.cli"}


@pytest.mark.parametrize(("here", "taken"), [("loadtests", LOADTESTS_TAKE), ("sim.report", REPORTS_TAKE)])
def test_loadtests_and_reports_take_what_the_readme_says(here, taken):
    """Reports never read a scenario or a chain; they count and word what samples say with the verdict's own functions."""
    assert set().union(*(rooms_imported(file) for file in MODULES if room(dotted(file)) == here)) == taken


def test_only_loadtests_import_what_patches_the_process():
    """`import locust` patches the process with gevent and hangs a notebook's kernel."""
    notebooks = [file for file in TRACKED if file.suffix == ".ipynb"]
    wrong = [
        file.name
        for file in notebooks
        if re.search(r"(import|from) +(locust|gevent)\b", file.read_text(encoding="utf-8"))
    ]
    wrong += [
        dotted(file)
        for file in MODULES
        if not within(dotted(file), "loadtests")
        and any(module.partition(".")[0] in PATCHING for module in imported(file))
    ]
    assert wrong == []


def test_every_module_says_why_it_exists():
    trees = {dotted(file): tree_of(file) for file in MODULES}
    assert [name for name, tree in trees.items() if tree.body and not ast.get_docstring(tree)] == []


def test_files_are_named_for_what_is_in_them_and_short_enough_to_read():
    code = [file for file in TRACKED if file.suffix in (".py", ".pyx")]
    assert [file.name for file in code if re.search(r"(^|_)(utils?|helpers?|managers?|misc|common)$", file.stem)] == []
    lengths = {file.relative_to(ROOT).as_posix(): len(file.read_text(encoding="utf-8").splitlines()) for file in code}
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}


PLAYED = (
    "sim.chain",
    "sim.traffic",
    "sim.stock",
    "sim.scenario",
    "sim.planning.rollout.adoption",
    "sim.planning.rollout.draws",
)
"""What makes numbers of a seed."""
BLAS = {"dot", "vdot", "inner", "matmul", "matvec", "vecdot", "vecmat", "tensordot", "convolve", "correlate", "linalg"}


def test_nothing_that_a_run_computes_goes_through_blas():
    """BLAS and LAPACK round as the processor's own kernels do: the same scenario and seed would leave other bytes on another machine."""
    found = [
        where
        for where, node in nodes_of_what_is_played()
        if (isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult))
        or (isinstance(node, ast.Attribute) and node.attr in BLAS)
    ]
    assert found == []


ELEMENTARY = {"exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "power", "float_power", "geomspace", "logspace"}
ELEMENTARY |= {"sin", "cos", "tan", "sinh", "cosh", "tanh", "arcsin", "arccos", "arctan", "arctan2", "cbrt"}
EXACT = ("2", "0.5")
"""Exponents for which NumPy multiplies or takes the square root."""
OF_ONE_NUMBER = ("-0.5", "-2")
"""Exponents that stand at Python's own numbers only."""


def test_nothing_that_a_run_computes_goes_through_numpys_elementary_functions():
    """On processors with AVX-512 their last bits are others: `ext.elementary` has those of the C library."""
    found = [
        where
        for where, node in nodes_of_what_is_played()
        if (isinstance(node, ast.Attribute) and ast.unparse(node.value) == "np" and node.attr in ELEMENTARY)
        or (
            isinstance(node, ast.BinOp)
            and isinstance(node.op, ast.Pow)
            and not isinstance(node.left, ast.Constant)
            and ast.unparse(node.right) not in (*EXACT, *OF_ONE_NUMBER)
        )
    ]
    assert found == []


def nodes_of_what_is_played() -> Iterator[tuple[str, ast.AST]]:
    """Each node of the modules that make numbers of a seed, and where it stands."""
    for file in MODULES:
        name = dotted(file)
        if any(within(name, played) for played in PLAYED) and not within(name, "sim.stock.exact"):
            for node in ast.walk(tree_of(file)):
                yield f"{name}, line {getattr(node, 'lineno', 0)}", node


NO_FILE = {"name", "run_id"}
"""Names of a scenario, an adapter or a run: nothing that a person can open."""
ARGUMENTS = {"days", "stores", "replications", "overrides", "settings"}
"""Of a call from Python; on the command line the flags of the same names."""
PLACES = {"environment", "NAME", "runs", "trace", "the platform", "PostgreSQL", "Vendure"} | ARGUMENTS
"""What a refusal names that is neither a file nor a flag: an argument, the environment, a program or a server."""


def refusals_of(file: Path) -> list[ast.expr]:
    """What each `Refusal` that a module makes names first."""
    nodes = ast.walk(tree_of(file))
    calls = (node for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name))
    return [call.args[0] for call in calls if call.func.id == "Refusal" and not isinstance(call.args[0], ast.Starred)]


def test_every_refusal_names_a_file_or_a_flag_that_a_person_can_go_to():
    wrong = [
        f"{dotted(file)}: {ast.unparse(where)}"
        for file in MODULES
        for where in refusals_of(file)
        if (isinstance(where, ast.Attribute) and where.attr in NO_FILE)
        or (isinstance(where, ast.Constant) and not str(where.value).startswith("--") and where.value not in PLACES)
    ]
    assert wrong == []


def packages() -> dict[str, list[str]]:
    """Modules by the package that they stand in."""
    inside: dict[str, list[str]] = {}
    for file in MODULES:
        if file.stem not in ("__init__", "__main__") and not {"oscar_app", "vendure_app"} & set(file.parts):
            inside.setdefault(dotted(file.parent), []).append(file.stem)
    return inside


def test_no_room_is_crowded_and_none_has_one_module():
    inside = packages()
    assert {name: len(modules) for name, modules in inside.items() if len(modules) > MOST} == {}
    alone = [name for name, modules in inside.items() if len(modules) == 1]
    assert [name for name in alone if not any(other.startswith(f"{name}.") for other in inside)] == []


def test_rooms_beside_each_other_import_in_one_direction_only():
    """A room and one inside it may use each other."""
    inside = set(packages())
    innermost_first = sorted(inside, key=len, reverse=True)
    below: dict[str, set[str]] = {name: set() for name in inside}
    for file in MODULES:
        here = dotted(file) if file.stem == "__init__" else dotted(file.parent)
        for module in imported(file):
            there = next((name for name in innermost_first if within(module, name)), here)
            if here in inside and not within(here, there) and not within(there, here):
                below[here].add(there)
    TopologicalSorter(below).prepare()


def test_the_readme_lists_every_room_with_what_is_in_it():
    for name in packages():
        says = ast.get_docstring(tree_of(ROOT / name.replace(".", "/") / "__init__.py"))
        if says and (name.count(".") > 1 or name.startswith("loadtests.")):
            assert f"| `{name.replace('.', '/')}` | {says.splitlines()[0]} |" in README


def requirements(names: list[str]) -> set[str]:
    """Requirements without the extras in brackets, which conda does not know."""
    return {re.sub(r"\[.*?\]", "", name).replace(" ", "") for name in names}


def declared() -> set[str]:
    """What pyproject.toml requires, all extras together."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return requirements([*project["dependencies"], *chain(*project["optional-dependencies"].values())])


def test_conda_users_get_the_same_dependencies():
    listed = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    by_pip = [name for entry in listed if isinstance(entry, dict) for name in entry["pip"]]
    tools = {"pip", "c-compiler", "make", "git", "python>=3.11"}
    assert requirements([*(entry for entry in listed if isinstance(entry, str)), *by_pip]) - tools == declared()


def test_constraints_hold_a_version_of_everything_and_no_address():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not re.fullmatch(r"[a-z0-9-]+==[0-9][0-9A-Za-z.+!]*", line)] == []
    names = {line.partition("==")[0] for line in lines}
    assert {re.split(r"[<>=]", name)[0].lower() for name in declared()} - names == set()


# Names of places that exist only where the project is made, and hosts that packages come from: as hashes, so that
# this file does not name them either. They are the first 12 digits of the SHA-256 of a path or of a host.
FOREIGN = (
    "0c9a453fad61 3db2bc88dd03 9d5e33ea1975 4ea91362a144 76a191686f61 c91f2faa7d11 2fb30fe906ca bf51f45f1df3 "
    "07c3c5970884 98eadb5966d8 938a564174b0 48d860ab49ff a9b19ccf7380 b784e3a8184f 3dc5dd454e08 ba6b624fd8f9 "
    "a8ebbd66b8e4 a4aa2ac280bb c899567ee906 9495278a7471 0dc11026ac75 00a7dc5a0cc3 e680c440a2e9 1ba4e37997a2 "
    "4db460c55b85 bf529d5bdf18"
)


def test_no_file_names_the_place_where_it_was_written():
    found = []
    for file in TRACKED:
        text = file.read_bytes().decode("utf-8", errors="ignore")
        for word in set(re.findall(r"[\w./-]+", text)):
            parts = word.rstrip("./").split("/")
            if any(_hash(name) in FOREIGN for name in {*parts, *accumulate(parts, "{}/{}".format)}):
                found.append(f"{file.relative_to(ROOT)}: {word}")
    assert found == []


@cache
def _hash(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:12]
