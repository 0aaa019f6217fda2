"""Starts and stops a shop as a separate process: for tests, the demo and the command line."""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from loadtests.processes import stop_child
from loadtests.shop import state
from loadtests.shop.faults import FaultPage, Faults
from loadtests.shop.storage import seeding
from loadtests.shop.storage.database import FLAG, Database
from sim.records.refusal import Refusal

STARTS_WITHIN_S = 60.0
STOPS_WITHIN_S = 10.0
STDERR = 2
"""The descriptor: in a notebook `sys.stderr` has none."""


@dataclass(frozen=True)
class Served:
    """A shop that runs: its address, its token and its process."""

    url: str
    token: str = field(repr=False)
    process: subprocess.Popen = field(repr=False)


@contextlib.contextmanager
def serve(
    catalogue: Path | str,
    *,
    port: int | None = None,
    host: str = "127.0.0.1",
    workers: int = 1,
    database: str | None = None,
    token: str | None = None,
    faults: Faults | None = None,
    members: int = seeding.MEMBERS,
    access_log: bool = False,
    log: Path | None = None,
) -> Iterator[Served]:
    """Fill a database from a catalogue, serve it until the block ends, and yield its address.

    port: None takes a free one. database: a URL; None makes an SQLite file that is deleted after the block. token: None makes a random
    one; it reaches the process through its environment alone. log: a file for the process's output, which goes to standard error without one.
    Raises `Refusal` for a bad catalogue, database or port, and `RuntimeError` where the shop does not become healthy.
    """
    token = token or secrets.token_urlsafe(24)
    with tempfile.TemporaryDirectory(prefix="retail-lab-shop-") as folder:
        database = database or f"sqlite:///{Path(folder) / 'state.db'}"
        _fill(database, catalogue, members)
        FaultPage(Path(folder) / "faults").write(faults or Faults(), began=time.time())
        ready = Path(folder) / "ready"
        ready.mkdir()
        port = _free(host, port)
        environment = os.environ | {
            state.TOKEN: token,
            state.DATABASE: database,
            state.FAULTS: str(Path(folder) / "faults"),
            state.READY: str(ready),
        }
        command = [sys.executable, "-m", "loadtests.shop", f"--host={host}", f"--port={port}", f"--workers={workers}"]
        with contextlib.ExitStack() as stack:
            output = stack.enter_context(open(log, "ab")) if log else None
            process = subprocess.Popen(
                command + ["--access-log"] * access_log,
                stdin=subprocess.PIPE,
                stdout=output or STDERR,
                stderr=output,
                env=environment,
            )
            stack.callback(stop_child, process, STOPS_WITHIN_S)
            url = f"http://{host}:{port}"
            _wait_until_healthy(process, url, ready, workers)
            yield Served(url, token, process)


def _fill(url: str, catalogue: Path | str, members: int) -> None:
    database = Database(url)
    try:
        seeding.fill(database, catalogue, members)
    except DBAPIError as error:
        raise Refusal(FLAG, "", f"a {database.name} database that can be opened", str(error.orig)) from None
    finally:
        database.close()


def _free(host: str, port: int | None) -> int:
    """The given port, or else one that is free now. Raises `Refusal` for one in use."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port or 0))
        except OSError as error:
            raise Refusal("--port", "", f"a port that is free on {host}", f"{port}: {error.strerror}") from None
        return probe.getsockname()[1]


def _wait_until_healthy(process: subprocess.Popen, url: str, ready: Path, workers: int) -> None:
    """Return when every worker has reported and one answers at /health."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the shop ended with status {process.returncode} before it was healthy")
        if len(list(ready.iterdir())) >= workers:
            with contextlib.suppress(OSError), direct.open(f"{url}/health", timeout=5) as answer:
                if answer.status == 200:
                    return
        time.sleep(0.02)  # between two checks; correctness does not depend on its length
    raise RuntimeError(f"the shop was not healthy within {STARTS_WITHIN_S:.0f} s")
