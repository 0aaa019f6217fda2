"""`doctor` finds what metadata require, and says of what is missing or broken how to get it."""

from __future__ import annotations

import os
import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

from sim.cli import app
from sim.cli.installation import checks, requirements
from sim.cli.installation.doctor import UNAVAILABLE, lines, serves
from sim.cli.installation.requirements import extra_of, required
from sim.records.commands.installation import Installation

ROOT = Path(__file__).parents[4]


@pytest.fixture
def without(monkeypatch):
    """Distributions as if they were not installed, or in another version."""

    def lay(**versions):
        real = metadata.version

        def version(name):
            given = versions.get(name.replace("-", "_"), real)
            if given is None:
                raise metadata.PackageNotFoundError(name)
            return real(name) if given is real else given

        monkeypatch.setattr(requirements.metadata, "version", version)
        required.cache_clear()

    yield lay
    monkeypatch.undo()
    required.cache_clear()


@pytest.fixture
def looked(tmp_path, monkeypatch, capsys):
    """The status, the record and what was printed."""
    monkeypatch.chdir(tmp_path)

    def look():
        code = app.status(["doctor", "--json", str(tmp_path / "found.json")])
        return code, Installation.read(tmp_path / "found.json"), capsys.readouterr().out

    return look


def test_the_core_works_here(looked):
    code, found, said = looked()
    assert (code, found.broken) == (0, [])
    assert found.cores >= 1
    sources = {file.stem for file in (ROOT / "ext").glob("*.pyx")}
    assert {kernel.name for kernel in found.kernels} == sources | {"_shared"}
    assert said.splitlines()[-1].startswith("The core ")


def test_extras_are_those_of_the_metadata_with_every_package():
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert required().keys() - {""} == declared.keys()
    for extra, listed in declared.items():
        names = [re.match(r"[\w-]+", line)[0].lower() for line in listed]
        assert sorted(each.name.lower() for each in required()[extra]) == sorted(names)


def test_an_extra_that_is_missing_is_listed_with_what_it_is_for_and_is_not_broken(looked, without):
    without(weasyprint=None, locust=None)
    code, found, said = looked()
    assert (code, found.broken) == (0, [])
    assert (
        "[pdf]        0 of 1 packages installed; for --pdf\n  missing: weasyprint\n  get it: pip install 'retail-lab[pdf]'"
        in said
    )
    assert re.search(r"\[loadtests\]  8 of 9 packages installed; for demo, shop, replay", said)
    assert said.splitlines()[-1] == "The core works; extras not installed: loadtests, pdf."


def test_a_version_that_does_not_suit_and_a_base_that_lacks_a_package_are_broken(looked, without):
    without(locust="1.0", simpy=None)
    code, found, said = looked()
    assert code == UNAVAILABLE == 69
    assert found.broken == [
        "simpy, which is not installed: pip install --force-reinstall retail-lab",
        "locust 1.0, not >=2.32: pip install 'retail-lab[loadtests]'",
    ]
    assert said.splitlines()[-1] == "2 faults found."


def test_a_kernel_that_cannot_be_imported_is_broken_and_the_command_ends_all_the_same(looked, monkeypatch):
    monkeypatch.setitem(sys.modules, "ext.quantiles", None)
    code, found, said = looked()
    assert code == UNAVAILABLE
    assert [kernel.name for kernel in found.kernels if kernel.fault] == ["quantiles"]
    assert found.memory_available_bytes is None
    assert f"{sys.executable} setup.py build_ext --inplace" in said


def test_without_any_kernel_in_a_process_of_its_own_it_still_looks(tmp_path):
    import subprocess

    code = (
        "import sys\nclass No:\n def find_spec(self, name, path=None, target=None):\n"
        "  if name.startswith('ext.') and name != 'ext.checks': raise ImportError('not built')\n"
        "sys.meta_path.insert(0, No())\nfrom sim.cli import app\nsys.exit(app.status(['doctor']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == UNAVAILABLE, done.stderr
    assert "kernels      0 of " in done.stdout


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_is_broken(tmp_path):
    (tmp_path / "locked").mkdir(mode=0o500)
    assert "cannot be written" in checks._folder(tmp_path / "locked" / "runs")[0]


def test_a_runs_folder_that_is_a_file_is_broken(looked, tmp_path):
    (tmp_path / "runs").write_text("")
    code, found, _ = looked()
    assert (code, found.runs_fault) == (UNAVAILABLE, f"{tmp_path / 'runs'} is no folder")


def test_few_open_files_and_no_compiler_are_facts_and_no_faults(looked, monkeypatch):
    monkeypatch.setattr(checks, "_open_files", lambda: 1_024)
    monkeypatch.setattr(checks, "_compiler", lambda: "")
    code, found, said = looked()
    assert (code, found.open_files) == (0, 1_024)
    assert "1,024 (a load test of many connections asks for 10,000: ulimit -Hn)" in said
    assert "C compiler   none" in said
    assert checks.build_line(found).startswith("apt-get install gcc python3-dev && ")


def test_commands_and_options_are_found_by_the_extra_that_their_help_names():
    found = serves(app.command_tree(app.app))
    assert found["pdf"] == ["--pdf"]
    assert found["cluster"] == ["--cluster"]
    assert {"replay", "capacity", "poc", "shop", "adapter check"} <= set(found["loadtests"])
    assert found["planning"] == ["pilot analyse"]


def test_a_module_is_of_the_base_of_an_extra_or_of_none():
    assert (extra_of("yaml"), extra_of("numpy"), extra_of("hdrh"), extra_of("sqlalchemy")) == (
        "",
        "",
        "loadtests",
        "loadtests",
    )
    assert extra_of("nope") is None


def test_every_fact_stands_in_a_line_of_its_own(looked):
    _, found, _ = looked()
    assert all("\n" not in line for line in lines(found))
