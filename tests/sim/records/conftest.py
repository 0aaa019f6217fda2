"""Sound folders of runs, small enough to be judged a hundred times in seconds."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sim.records.samples import write_samples
from sim.records.trace import TraceHeader, write_trace

from ...loadtests.conftest import journeys, write_catalogue
from ..evidence.conftest import run_of, samples_of
from ..report.conftest import chain_folder


@pytest.fixture(scope="session")
def sound_load(tmp_path_factory) -> Path:
    """The folder of a load test of forty requests, with its verdict and its profile."""
    from sim.cli.commands.verdict import judge, measure

    folder = tmp_path_factory.mktemp("load")
    samples = samples_of([0.5 * n for n in range(40)], 0.2, outcome=["ok"] * 38 + ["failed", "dropped"])
    write_samples(folder / "samples.parquet", samples)
    run_of(samples).write(folder / "loadrun.json")
    judge(folder, [])
    measure(folder, folder / "service_profile.json")
    return folder


@pytest.fixture(scope="session")
def sound_chain(tmp_path_factory) -> Path:
    """The run folder of a chain that was played."""
    folder = tmp_path_factory.mktemp("chain")
    chain_folder(folder)
    return folder


@pytest.fixture(scope="session")
def sound_trace(tmp_path_factory) -> Path:
    """A trace of twelve journeys with its catalogue beside it."""
    path = tmp_path_factory.mktemp("trace") / "trace.parquet"
    rows = [{"t": 36_000.0 + n, "journey": ("browse", "checkout", "order_status")[n % 3]} for n in range(12)]
    for n in range(2, 12, 3):
        rows[n] |= {"follows": n - 1, "session": n - 1}
    write_trace(path, TraceHeader("made", "0" * 64, 5, "2026-10-01", "Asia/Shanghai"), [journeys(*rows)])
    write_catalogue(path.with_name("catalogue.parquet"))
    return path


@pytest.fixture
def copied(tmp_path):
    """Copies a folder to be spoilt."""

    def copy(folder: Path) -> Path:
        shutil.copytree(folder, tmp_path / "spoilt", dirs_exist_ok=True)
        return tmp_path / "spoilt"

    return copy
