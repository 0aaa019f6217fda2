"""Runs that are stopped: by errors after a worker was lost, by hand, by SIGTERM; nothing more is sent, and what was cut off counts neither way."""

from __future__ import annotations

import csv
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import psutil
import pytest

from loadtests.planning.plan import Plan
from loadtests.replay.launcher import LOCUSTFILE, replay
from sim.records.load_run import LoadRun
from sim.records.refusal import Refusal
from sim.records.samples import read_samples
from sim.records.verdict import EXIT_STATUS, Verdict

CANCELS = """
    def cancel(self, errand):
        errand.post("cancel", "/cancel")
        return "cancelled"

    def stock(self, errand, codes):
        errand.get("stock", "/stock")
        return dict.fromkeys(codes, 9)
"""


@pytest.fixture
def plan(plain, plain_adapter, make_trace, tmp_path):
    def make(rate: float = 40.0, seconds: float = 30.0, checkouts: float = 0.3, **settings) -> Plan:
        trace = make_trace(rate, seconds, checkouts=checkouts)
        given = {"host": plain.url, "adapter": str(plain_adapter), "out": str(tmp_path / "run"), "timeout_s": 5.0}
        return Plan(trace=str(trace), **{**given, **settings})

    return make


def command(asked: Plan, *more: str) -> list[str]:
    flags = [each for each in asked.flags() if not each.startswith(("--trace=", "--host="))]
    take = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    program = f"{take}; from sim.cli.app import main; main()"
    return [sys.executable, "-c", program, "replay", asked.trace, "--host", asked.host, *flags, *more]


def started(asked: Plan, *more: str) -> subprocess.Popen:
    """A replay that takes Ctrl-C even where these tests run in the background of a shell, which has its children ignore it."""
    return subprocess.Popen(command(asked, *more), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def until(process: subprocess.Popen, beginning: str) -> None:
    for line in process.stdout:
        if line.startswith(beginning):
            return
    raise AssertionError(f"it ended before {beginning}")


def made(folder: Path) -> list[dict[str, str]]:
    with open(folder / "created.csv", newline="") as file:
        return list(csv.DictReader(file))


def test_the_error_stop_works_after_a_worker_was_lost(plan, plain):
    asked = plan(seconds=60.0)
    seen: dict[str, float] = {}

    def worsen(line: str) -> None:
        if line.startswith("3/") and not seen:
            workers = [each for each in psutil.Process().children() if "--worker" in each.cmdline()]
            workers[-1].kill()
            plain.statuses["/"] = 500
            seen["killed"], seen["sent"] = time.monotonic(), len(plain.seen)
        if "under way" in line and seen:
            seen["last"] = time.monotonic()

    run = replay(asked, 2, worsen)
    took_s = seen["last"] - seen["killed"]
    print(f"load ended {took_s:.1f} s and {len(plain.seen) - seen['sent']} requests after the kill: {run.stopped}")
    assert "was lost" in run.stopped
    assert "failed" in run.stopped
    assert took_s < 15, "the window of 10 s, and a report"
    assert run.accounts.close
    assert run.accounts.not_reached > 1000


@pytest.mark.parametrize(("number", "workers"), [(signal.SIGTERM, 2), (signal.SIGINT, 1)])
def test_a_signal_ends_a_run_in_order_and_what_was_under_way_is_nobodys_failure(plan, plain, tmp_path, number, workers):
    asked = plan(timeout_s=2.0, error_ratio=1.0)
    process = started(asked, f"--workers={workers}")
    until(process, "3/")
    plain.stall(30.0)
    until(process, "4/")
    process.send_signal(number)
    process.communicate(timeout=30)
    run, verdict = LoadRun.read(tmp_path / "run" / "loadrun.json"), Verdict.read(tmp_path / "run" / "verdict.json")
    outcomes = Counter(read_samples(tmp_path / "run" / "samples.parquet")["outcome"].to_pylist())
    assert process.returncode == EXIT_STATUS[verdict.decision]
    assert run.stopped == "stopped by hand"
    assert run.accounts.close
    assert run.accounts.lost == 0
    assert run.duration_s < 8
    assert outcomes["cut"] > 0
    assert outcomes["failed"] == 0
    assert verdict.decision != "fail"
    assert any("cut off" in reason for reason in verdict.reasons)


def test_a_second_signal_waits_for_no_answer(plan, plain, tmp_path):
    process = started(plan(timeout_s=60.0))
    until(process, "2/")
    plain.stall(60.0)
    until(process, "3/")
    process.send_signal(signal.SIGTERM)
    until(process, "stopping")
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=40)
    assert time.monotonic() - began < 20
    run = LoadRun.read(tmp_path / "run" / "loadrun.json")
    assert run.accounts.close
    assert (run.accounts.lost, run.stopped) == (0, "stopped by hand")


def test_a_signal_before_the_load_sends_none_and_lists_what_the_preflight_made(plan, plain, tmp_path):
    asked = plan(checkouts=1.0)
    Path(asked.adapter).write_text(Path(asked.adapter).read_text() + CANCELS)
    process = started(asked)
    deadline = time.monotonic() + 30
    while not any(path.startswith("/checkout") for _, path, _ in plain.seen):
        assert time.monotonic() < deadline
        if not any(path.startswith("/stock") for _, path, _ in plain.seen):
            plain.stall(0.5)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    ended_early = not (tmp_path / "run" / "loadrun.json").exists()
    assert (process.returncode == 130) == ended_early
    assert made(tmp_path / "run"), "the preflight's order"


def test_a_signal_while_it_starts_is_status_130(plan, plain):
    process = started(plan())
    while not psutil.Process(process.pid).children():
        assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    assert process.returncode == 130
    assert not plain.seen


def test_a_failed_stock_reading_does_not_keep_orders_from_being_cancelled(plan, plain, tmp_path):
    asked = plan(seconds=3.0, cancel_orders=True)
    Path(asked.adapter).write_text(Path(asked.adapter).read_text() + CANCELS)
    replay(asked, 1, lambda line: plain.statuses.update({"/stock": 500}) if line.startswith("1/") else None)
    assert any(path == "/cancel" for _, path, _ in plain.seen)
    assert {each["fate"] for each in made(tmp_path / "run")} == {"cancelled"}


def test_orders_are_listed_when_cancelling_fails(plan, plain, tmp_path):
    asked = plan(seconds=3.0, cancel_orders=True)
    Path(asked.adapter).write_text(Path(asked.adapter).read_text() + CANCELS)
    plain.statuses["/cancel"] = 500
    run = replay(asked, 1, lambda _: None)
    assert run.accounts.close
    assert {each["fate"] for each in made(tmp_path / "run")} == {"listed: cancelling failed"}


def test_orders_of_a_run_that_is_refused_after_its_preflight_are_listed(plan, plain, tmp_path):
    asked = plan(checkouts=1.0)
    Path(asked.adapter).write_text(Path(asked.adapter).read_text() + CANCELS)
    plain.statuses["/stock"] = 500
    with pytest.raises(Refusal, match="reading stock"):
        replay(asked, 1, lambda _: None)
    assert [each["kind"] for each in made(tmp_path / "run")] == ["order"]
    with pytest.raises(Refusal, match="earlier run"):
        replay(asked, 1, lambda _: None)


def test_a_reader_that_leaves_does_not_take_the_verdicts_status(plan, tmp_path):
    process = started(plan(seconds=3.0))
    process.stdout.readline()
    process.stdout.close()
    status = process.wait(timeout=60)
    verdict = Verdict.read(tmp_path / "run" / "verdict.json")
    assert status == EXIT_STATUS[verdict.decision]


@pytest.mark.parametrize("how", [[], ["--master", "--expect-workers=1"], ["--autostart"]])
def test_a_refused_plain_locust_ends_at_once_with_status_64(plan, how, unused_port):
    asked = plan(host="http://10.1.2.3")
    at = [f"--master-bind-port={unused_port}"] if "--master" in how else []
    page = [] if "--autostart" in how else ["--headless"]
    words = [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), *page, *how, *at, *asked.flags()]
    ran = subprocess.run(words, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=15)
    assert ran.returncode == 64
    assert "refused  --allow-host: 10.1.2.3" in ran.stdout


@pytest.fixture
def unused_port() -> int:
    from loadtests.processes import free_port

    return free_port()
