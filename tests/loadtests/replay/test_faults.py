"""A verdict names what broke during the load, and the accounts still close. (Killed workers and masters: test_replay.py.)"""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from loadtests.planning.plan import Plan
from loadtests.replay.launcher import replay
from sim.cli.commands.verdict import judge
from sim.evidence.service.profile import measure
from sim.records.load_run import LoadRun
from sim.records.samples import read_samples

SERVER = """
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.send_response(200)
        self.send_header("Content-Length", "12")
        self.end_headers()
        self.wfile.write(b'{"id": "o1"}')

    do_GET = do_POST = answer

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
print("ready", flush=True)
server.serve_forever()
"""
FULL = """

    def full(self, errand):
        import resource
        if errand.row >= {row}:
            resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
"""
"""A disk that is full from some row on, for the process that plays it: no file may grow."""


class Target:
    """A server that can be killed and started again on its port."""

    def __init__(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]

    def start(self):
        command = [sys.executable, "-c", SERVER, str(self.port)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "ready\n"

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


@pytest.fixture
def target():
    server = Target()
    server.start()
    yield server
    server.kill()


@pytest.fixture
def plan(plain, plain_adapter, make_trace, tmp_path):
    def make(rate=40.0, seconds=6.0, **settings):
        given = {"host": plain.url, "adapter": str(plain_adapter), "out": str(tmp_path / "run"), "timeout_s": 2.0}
        return Plan(trace=str(make_trace(rate, seconds)), **{**given, **settings})

    return make


def when(beginning, do):
    """Does something once, at the first line that begins so."""
    done = []

    def on_progress(line):
        if line.startswith(beginning) and not done:
            done.append(line)
            do()

    return on_progress


def reasons_of(verdict):
    return " ".join([verdict.sentence, *verdict.reasons])


def test_a_target_killed_and_started_again_is_an_outage_of_its_length(plan, target):
    asked = plan(rate=60.0, seconds=8.0, host=f"http://127.0.0.1:{target.port}", error_ratio=1.0)

    def on_progress(line):
        kill(line)
        start(line)

    kill, start = when("2/", target.kill), when("4/", target.start)
    run = replay(asked, 1, on_progress)
    folder = Path(asked.out)
    verdict = judge(folder, [])
    assert (run.accounts.close, run.stopped) == (True, "")
    late = verdict.decision == "invalid" and "the load generator" in verdict.sentence
    assert verdict.decision == "fail" or late, "a busy machine may make a run invalid"
    assert "connection refused at `" in reasons_of(verdict)
    profile = measure(read_samples(folder / "samples.parquet"), LoadRun.read(folder / "loadrun.json"))
    assert sum(profile.outages.lengths_s) == pytest.approx(2.0, abs=0.7)


@pytest.fixture
def full_from(plain_adapter):
    """The adapter of a process whose disk is full from a row on."""

    def write(row):
        text = plain_adapter.read_text().replace(
            "def browse(self, errand):", "def browse(self, errand):\n        self.full(errand)"
        )
        plain_adapter.write_text(text + FULL.format(row=row))

    return write


def test_a_full_disk_stops_the_run_and_what_no_disk_took_is_lost(plan, full_from):
    full_from(120)
    asked = plan(seconds=12.0)
    run = replay(asked, 2, lambda _: None)
    verdict = judge(Path(asked.out), [])
    assert "samples cannot be written: File too large" in run.stopped
    assert run.accounts.close
    assert run.accounts.lost > 0
    assert run.accounts.sent > 50
    assert run.accounts.not_reached > 50
    assert verdict.decision in ("inconclusive", "invalid")
    assert "cannot be written" in reasons_of(verdict)
    assert "were lost with their worker" in reasons_of(verdict)


def test_a_master_without_disk_leaves_a_run_that_is_ended_from_its_chunks(plan, full_from):
    full_from(120)
    asked, lines = plan(seconds=12.0), []
    run = replay(asked, 1, lines.append)
    verdict = judge(Path(asked.out), [])
    assert any("samples cannot be written: File too large" in line for line in lines)
    assert run.accounts.close
    assert run.accounts.sent > 50
    assert verdict.decision in ("inconclusive", "invalid")
    assert "ended before it could say why" in reasons_of(verdict)
