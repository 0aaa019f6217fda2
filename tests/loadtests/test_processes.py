"""What platforms are started with: processes that never outlive us, and installations that are made once."""

from __future__ import annotations

import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import psutil
import psycopg
import pytest

from loadtests.platforms import cache, postgresql
from loadtests.processes import await_ready, run_child
from sim.records.refusal import Refusal


def alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def await_end(pid: int) -> None:
    """Return when a process that is not ours to wait for is gone."""
    for _ in range(200):
        if not alive(pid):
            return
        subprocess.run(["sleep", "0.05"], check=True)
    raise AssertionError(f"{pid} is still there")


SLEEPER = [sys.executable, "-c", "import os, time; print(os.getpid(), flush=True); time.sleep(600)"]


def test_a_process_ends_with_its_block(tmp_path):
    log = tmp_path / "log"
    with run_child(SLEEPER, log) as process:
        await_ready(process, lambda: log.read_text().endswith("\n"), log)
        pid = int(log.read_text())
        assert alive(pid)
    await_end(pid)


def test_a_process_ends_when_its_starter_is_killed(tmp_path):
    log = tmp_path / "log"
    starter = f"from loadtests.processes import *; from pathlib import Path\nwith run_child({SLEEPER!r}, Path({str(log)!r})) as p: p.wait()"
    process = subprocess.Popen([sys.executable, "-c", starter])
    while not (log.exists() and log.read_text().endswith("\n")):
        assert process.poll() is None
    pid = int(log.read_text())
    process.send_signal(signal.SIGKILL)
    process.wait()
    await_end(pid)


def test_a_process_that_ends_before_it_is_ready_is_reported_with_its_output(tmp_path):
    with (
        run_child(["sh", "-c", "echo no such door; exit 3"], tmp_path / "log") as process,
        pytest.raises(RuntimeError, match="no such door"),
    ):
        await_ready(process, lambda: False, tmp_path / "log")


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A platform of two files, and a cache folder of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(cache, "HERE", tmp_path)
    (tmp_path / "small_app").mkdir()
    (tmp_path / "small_app" / "app.js").write_text("1")
    return tmp_path


def test_an_installation_is_made_once_by_two_concurrent_processes(small):
    filled = []

    def fill(app, data):
        filled.append(app)
        data.mkdir()

    with ThreadPoolExecutor(2) as pool:
        places = list(pool.map(lambda _: cache.install("small", fill), range(2)))
    assert places[0] == places[1]
    assert len(filled) == 1
    assert (places[0] / "app" / "app.js").read_text() == "1"


def test_an_installation_that_broke_off_or_is_of_other_files_is_made_anew(small):
    def broken(app, data):
        raise OSError("no network")

    with pytest.raises(OSError, match="no network"):
        cache.install("small", broken)
    assert not cache.installed("small")
    first = cache.install("small", lambda app, data: data.mkdir())
    (small / "small_app" / "app.js").write_text("2")
    assert not cache.installed("small")
    second = cache.install("small", lambda app, data: data.mkdir())
    assert not first.exists()
    assert second.exists()


def test_a_database_starts_as_a_copy_and_leaves_the_seed_as_it_was(tmp_path):
    try:
        postgresql.programs()
    except Refusal as missing:
        pytest.skip(str(missing))
    with postgresql.serve(keep=tmp_path / "seed") as port, psycopg.connect(postgresql.url(port)) as connection:
        connection.execute("CREATE TABLE stock AS SELECT 5 AS units")
        connection.commit()
    for _ in range(2):
        with (
            postgresql.serve(seed=tmp_path / "seed") as port,
            psycopg.connect(postgresql.url(port), autocommit=True) as connection,
        ):
            assert connection.execute("UPDATE stock SET units = units - 1 RETURNING units").fetchone() == (4,)
