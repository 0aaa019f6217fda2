"""Whole replays through Locust, in processes of their own, against servers on loopback."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from collections import Counter
from pathlib import Path

import numpy as np
import psutil
import pytest

from loadtests.planning.plan import Plan
from loadtests.replay.collect import RUNNING
from loadtests.replay.launcher import LOCUSTFILE, replay
from sim.cli.commands.verdict import judge
from sim.evidence.verdict.judge import judge as hold_against
from sim.records.load_run import LoadRun
from sim.records.refusal import Refusal
from sim.records.samples import read_samples
from sim.records.trace import read_trace
from sim.records.verdict import EXIT_STATUS

from ..conftest import TOKEN


@pytest.fixture
def plan(plain, plain_adapter, make_trace, tmp_path):
    """A plan for two seconds of traffic against the plain server."""

    def make(rate: float = 60.0, seconds: float = 2.0, **settings) -> Plan:
        trace = make_trace(rate, seconds)
        given = {"host": plain.url, "adapter": str(plain_adapter), "out": str(tmp_path / "run"), "timeout_s": 5.0}
        return Plan(trace=str(trace), **{**given, **settings})

    return make


def silent(_: str) -> None:
    pass


@pytest.mark.parametrize("workers", [1, 2])
def test_every_scheduled_row_is_sent_once_and_accounts_close(plan, plain, workers):
    asked = plan(seconds=3.0)
    lines: list[str] = []
    run = replay(asked, workers, lines.append)
    _, trace = read_trace(asked.trace)
    preflight = [row for row, times in Counter(plain.rows).items() if times == 2]
    assert len(preflight) == 1
    assert sorted(set(plain.rows)) == trace.filter(trace["follows"].to_numpy() < 0)["row"].to_pylist()
    assert (run.accounts.scheduled, run.accounts.sent, run.stopped) == (len(trace), len(trace), "")
    assert run.accounts.close
    samples = read_samples(Path(asked.out) / "samples.parquet")
    assert sorted(samples["row"].to_pylist()) == trace["row"].to_pylist(), "the preflight is no sample"
    assert set(samples["worker"].to_pylist()) == set(range(workers))
    assert set(samples["outcome"].to_pylist()) == {"ok"}
    by_row = dict(zip(samples["row"].to_pylist(), samples["t_intended"].to_pylist(), strict=True))
    first = trace.filter(trace["follows"].to_numpy() < 0)
    at_s = first["t"].to_numpy() - run.trace_from_s
    np.testing.assert_allclose([by_row[row] for row in first["row"].to_pylist()], at_s, atol=1e-9)
    assert {window.worker for window in run.generator} == set(range(workers))
    assert any("lag p99" in line and "ok" in line for line in lines)
    for method, path, headers in plain.seen:
        assert headers["Authorization"] == f"Bearer {TOKEN}"
        assert headers["X-Run-Id"] == run.run_id, (method, path)
    assert token_in(Path(asked.out)) == []


def test_a_stall_is_seen_by_response_time_and_not_by_service_time(plan, plain):
    """A server that answers one request at a time, slowly: a queue that a closed loop would never see."""
    asked = plan(rate=40.0, seconds=2.0, timeout_s=20.0)
    turn = threading.Lock()
    real, began = plain.stall, []

    def stall_once(line: str) -> None:
        if "0/2 s" in line or "1/2 s" in line:
            with turn:
                if not began:
                    began.append(line)
                    real(2.0)

    run = replay(asked, 1, stall_once)
    samples = read_samples(Path(asked.out) / "samples.parquet")
    intended, start, end = (samples[name].to_numpy() for name in ("t_intended", "t_start", "t_end"))
    assert began
    assert run.accounts.dropped == 0
    assert np.count_nonzero(end - intended > 1.0) >= 10, "all that were intended during the stall waited for its end"
    assert np.quantile(start - intended, 0.99) < 0.5, "and it was not the generator that was late"


def test_a_full_pool_drops_journeys_and_the_verdict_counts_them(plan, plain):
    asked = plan(rate=40.0, seconds=3.0, timeout_s=0.3)
    plain.stall(0.0)
    run = replay(asked, 1, lambda line: plain.stall(1.0) if line.startswith("1/") else None)
    outcomes = Counter(read_samples(Path(asked.out) / "samples.parquet")["outcome"].to_pylist())
    assert run.accounts.close
    assert outcomes["failed"] > 0
    assert outcomes["dropped"] == run.accounts.dropped


def test_too_many_errors_stop_the_run_and_accounts_still_close(plan, plain):
    asked = plan(rate=60.0, seconds=20.0)
    run = replay(asked, 2, lambda line: plain.statuses.update({"/": 500}) if line.startswith("1/") else None)
    assert "failed" in run.stopped
    assert run.accounts.not_reached > 0
    assert run.accounts.close
    assert run.accounts.sent == len(set(read_samples(Path(asked.out) / "samples.parquet")["row"].to_pylist()))
    assert run.accounts.not_reached >= sum(run.unmet.values()), "what had nothing to follow was not sent"


def test_an_adapter_that_raises_all_the_time_ends_the_run_and_the_api_is_not_charged(plan, plain, plain_adapter):
    asked = plan(rate=40.0, seconds=20.0)
    wrong = "    def checkout(self, errand):\n        {}['gone']\n"
    plain_adapter.write_text(plain_adapter.read_text() + "\n" + wrong)
    run = replay(asked, 1, lambda _: None)
    assert "exceptions in the adapter" in run.stopped
    assert run.accounts.close
    assert run.accounts.not_reached > 300
    verdict = hold_against(read_samples(Path(asked.out) / "samples.parquet"), run)
    assert verdict.decision == "invalid"
    assert "plain_adapter.py:" in verdict.sentence
    assert "KeyError: 'gone'" in verdict.sentence
    assert "failed" not in verdict.outcomes


def test_a_killed_worker_leaves_accounts_that_close_and_the_others_go_on(plan):
    asked = plan(rate=40.0, seconds=7.0)
    killed = []

    def kill(line: str) -> None:
        if line.startswith("3/") and not killed:
            workers = [each for each in psutil.Process().children() if "--worker" in each.cmdline()]
            killed.append(workers[-1].pid)
            workers[-1].kill()

    run = replay(asked, 2, kill)
    assert "was lost" in run.stopped
    assert run.accounts.close
    assert run.accounts.not_reached > 0
    samples = read_samples(Path(asked.out) / "samples.parquet")
    last_s = {w: samples.filter(samples["worker"].to_numpy() == w)["t_end"].to_numpy().max() for w in (0, 1)}
    assert max(last_s.values()) > 6.0, "the other worker played its shard to the end"
    assert min(last_s.values()) < 5.0
    verdict = judge(Path(asked.out), [])
    assert verdict.decision != "pass"
    assert any("short of its schedule: worker" in reason and "was lost at" in reason for reason in verdict.reasons)


def test_a_run_whose_master_was_killed_is_rescued_from_its_samples(plan):
    asked = plan(rate=40.0, seconds=20.0)

    def kill(line: str) -> None:
        if line.startswith("4/"):
            (master,) = (child for child in psutil.Process().children() if "locust" in child.cmdline())
            master.kill()

    run = replay(asked, 1, kill)
    assert run.stopped == RUNNING
    assert run.accounts.close
    assert run.accounts.sent > 50
    assert run.accounts.not_reached > 0


@pytest.fixture
def ctrl_c():
    """Ctrl-C as at a terminal: where the tests run in the background it is ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield lambda: signal.raise_signal(signal.SIGINT)
    signal.signal(signal.SIGINT, before)


def test_an_interrupted_run_ends_whole(plan, ctrl_c):
    asked = plan(rate=40.0, seconds=30.0)
    interrupted = []

    def interrupt(line: str) -> None:
        if line.startswith("2/") and not interrupted:
            interrupted.append(line)
            ctrl_c()

    run = replay(asked, 2, interrupt)
    assert run.stopped == "stopped by hand"
    assert any(reason.endswith("stopped by hand.") for reason in judge(Path(asked.out), []).reasons)
    assert run.accounts.close
    assert run.accounts.sent > 0
    assert run.accounts.not_reached > 0
    assert run.accounts.lost == 0


@pytest.mark.parametrize(("status", "reason"), [(302, "redirect 302"), (401, "auth_lost at page: 401")])
def test_a_preflight_that_goes_wrong_sends_no_load(plan, plain, status, reason):
    plain.statuses["/browse"] = status
    plain.headers["Location"] = "http://10.255.255.1/"
    with pytest.raises(Refusal, match=reason):
        replay(plan(), 1, silent)
    assert len(plain.seen) == 1


def test_what_cannot_be_run_is_refused_before_locust_starts(plan, monkeypatch):
    with pytest.raises(Refusal, match=r"10\.1\.2\.3"):
        replay(plan(host="http://10.1.2.3/"))
    with pytest.raises(Refusal, match="rate-cap"):
        replay(plan(rate_cap=5.0))
    monkeypatch.delenv("PLAIN_TOKEN")
    with pytest.raises(Refusal, match="PLAIN_TOKEN"):
        replay(plan())


def test_plain_locust_runs_headless_and_ends_with_the_verdicts_status(plan, tmp_path):
    asked = plan()
    command = [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--headless", "--processes", "2", *asked.flags()]
    ran = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60)
    verdict = json.loads((tmp_path / "run" / "verdict.json").read_text())
    assert verdict["decision"] in ("inconclusive", "invalid"), "too few requests to pass; a busy machine is late"
    assert ran.returncode == EXIT_STATUS[verdict["decision"]]
    assert verdict["sentence"] in ran.stdout
    assert re.search(r"browse +page +\d+ +0\(0.00%\)", ran.stderr), "Locust's own statistics show the replay"
    assert token_in(tmp_path / "run") == []


def test_locusts_web_page_shows_a_replay(plan, tmp_path):
    asked = plan()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    page = ["--web-host", "127.0.0.1", "--web-port", port, "--autostart"]
    command = [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), *page, *asked.flags()]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL, text=True
    )
    try:
        for line in process.stdout:
            if line.startswith("replay") and "run in" in line:
                break
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        html = opener.open(f"http://127.0.0.1:{port}/").read().decode()
        stats = json.load(opener.open(f"http://127.0.0.1:{port}/stats/requests"))
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
    run = LoadRun.read(tmp_path / "run" / "loadrun.json")
    assert "locust" in html.lower()
    assert run.accounts.close
    assert {each["name"] for each in stats["stats"]} >= {"page", "order", "Aggregated"}


def test_a_starting_program_or_a_notebook_imports_no_locust():
    check = "import sys, loadtests.replay.launcher, sim.cli.commands.replay; print(sorted({'locust', 'gevent'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True).stdout == "[]\n"


def token_in(folder: Path) -> list[str]:
    files = [Path(root) / name for root, _, names in os.walk(folder) for name in names]
    assert {"loadrun.json", "samples.parquet", "created.csv"} <= {file.name for file in files}
    return [file.name for file in files if TOKEN.encode() in file.read_bytes()]
