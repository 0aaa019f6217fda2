"""Masters and workers that do not share a disk, or lose each other: nothing is left running, and the accounts close."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import psutil
import pytest

from loadtests.planning.plan import Plan
from loadtests.processes import free_port
from loadtests.replay.launcher import LOCUSTFILE
from sim.cli.commands.verdict import judge
from sim.records.load_run import LoadRun
from sim.records.samples import read_samples

ELSEWHERE = """
import os
from pathlib import Path

import loadtests.replay.worker

loadtests.replay.worker._spool = lambda folder: Path(os.environ["SPOOL"])
from loadtests.locustfile import *
"""
"""A worker on another machine: it does not see the run's folder."""
STARTER = """
import json, sys
from loadtests.planning.plan import Plan
from loadtests.replay.launcher import replay
replay(Plan(**json.loads(sys.argv[1])), 2)
"""


@pytest.fixture
def plan(plain, plain_adapter, make_trace, tmp_path):
    def make(rate=40.0, seconds=8.0):
        trace = make_trace(rate, seconds)
        return Plan(
            trace=str(trace), host=plain.url, adapter=str(plain_adapter), out=str(tmp_path / "run"), timeout_s=2.0
        )

    return make


@pytest.fixture
def locust(tmp_path, monkeypatch):
    """Starts Locust's processes, each in a folder of its own; none outlives its test."""
    started = []

    def start(name: str, *flags: str, file: Path = LOCUSTFILE) -> subprocess.Popen:
        home = tmp_path / name
        (home / "spool").mkdir(parents=True)
        monkeypatch.setenv("SPOOL", str(home / "spool"))
        command = [sys.executable, "-m", "locust", "-f", str(file), *flags]
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
        started.append(subprocess.Popen(command, cwd=home, **pipes))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


def progress_of(process: subprocess.Popen) -> Iterator[str]:
    """The progress lines that a master prints."""
    return (line.removeprefix("replay").strip() for line in process.stdout if line.startswith("replay"))


def test_workers_without_the_masters_disk_send_their_samples_and_one_that_is_killed_closes_the_accounts(
    plan, plain, locust, tmp_path
):
    (tmp_path / "elsewhere.py").write_text(ELSEWHERE)
    asked, port = plan(), str(free_port())
    bound = ["--master-bind-host", "127.0.0.1", "--master-bind-port", port, "--expect-workers", "2"]
    master = locust("master", "--headless", "--users", "2", "--master", *bound, *asked.flags())
    there = ["--worker", "--master-host", "127.0.0.1", "--master-port", port]
    workers = [locust(name, *there, file=tmp_path / "elsewhere.py") for name in ("left", "right")]
    for line in progress_of(master):
        if line.startswith("5/"):
            workers[1].kill()
            break
    master.communicate(timeout=60)
    run, samples = LoadRun.read(Path(asked.out) / "loadrun.json"), read_samples(Path(asked.out) / "samples.parquet")
    assert "was lost at" in run.stopped
    assert run.accounts.close
    assert run.accounts.not_reached > 0
    assert set(samples["worker"].to_pylist()) == {0, 1}, "what the killed worker had sent before is there"
    assert (run.accounts.sent, run.accounts.dropped) == (len(set(samples["row"].to_pylist())), 0)
    seen, kept = set(plain.rows), {row for row in samples["row"].to_pylist() if row in plain.rows}
    assert len(seen - kept) <= run.accounts.lost + run.accounts.not_reached + 1, (
        "what is not there was not counted as sent"
    )
    assert workers[0].wait(timeout=30) == 0
    assert list((tmp_path / "left" / "spool").iterdir()) == [], "what the master has, its worker forgot"
    assert judge(Path(asked.out), []).decision != "pass"


def test_all_processes_end_when_the_program_that_started_them_is_killed(plan, tmp_path):
    asked = plan(seconds=60.0)
    settings = json.dumps(asdict(asked))
    starter = subprocess.Popen([sys.executable, "-c", STARTER, settings], stdout=subprocess.PIPE, text=True)
    for line in starter.stdout:
        if line.startswith("3/"):
            break
    generators = psutil.Process(starter.pid).children()
    starter.send_signal(signal.SIGKILL)
    starter.communicate()
    assert len(generators) == 3, "a master and two workers"
    _, left = psutil.wait_procs(generators, timeout=45)
    assert left == []
    run = LoadRun.read(Path(asked.out) / "loadrun.json")
    assert run.stopped == "stopped by hand", "it ended in order, without a signal from the dead parent"
    assert run.accounts.close
    assert run.accounts.sent > 0
