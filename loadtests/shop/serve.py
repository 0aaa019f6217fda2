"""Starts a shop as a process of its own and stops it again: for tests, for the demo and for the command line."""

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
    """Stock a database from a catalogue, serve it until the block ends, and yield where.

    port: None takes a free one. database: a URL; None makes an SQLite file that goes with the block. token: None makes a random
    one; it reaches the process through its environment alone. log: a file for what the process says, its standard error otherwise.
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
            said = stack.enter_context(open(log, "ab")) if log else None
            process = subprocess.Popen(
                command + ["--access-log"] * access_log,
                stdin=subprocess.PIPE,
                stdout=said or STDERR,
                stderr=said,
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
    """The port asked for, or one that is free now."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((host, port or 0))
        except OSError as error:
            raise Refusal("--port", "", f"a port that is free on {host}", f"{port}: {error.strerror}") from None
        return door.getsockname()[1]


def _wait_until_healthy(process: subprocess.Popen, url: str, ready: Path, workers: int) -> None:
    """Until every worker has reported and one answers at /health."""
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the shop ended with status {process.returncode} before it was healthy")
        if len(list(ready.iterdir())) >= workers:
            with contextlib.suppress(OSError), direct.open(f"{url}/health", timeout=5) as answer:
                if answer.status == 200:
                    return
        time.sleep(0.02)  # between two looks; nothing rests on how long
    raise RuntimeError(f"the shop was not healthy within {STARTS_WITHIN_S:.0f} s")
