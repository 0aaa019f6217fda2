"""A private PostgreSQL server on a free loopback port, in a temporary folder that is deleted with it."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg

from loadtests.processes import await_ready, free_port, run_child
from sim.records.refusal import Refusal


def programs() -> Path:
    """The folder of the newest server's programs. Raises `Refusal` where there is none."""
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    beside = shutil.which("postgres")
    if not installed and not beside:
        raise Refusal("PostgreSQL", "", "its server (on Debian: apt-get install postgresql)", "none")
    return (installed[-1] if installed else Path(beside or "")).parent


@contextlib.contextmanager
def serve(seed: Path | None = None, keep: Path | None = None) -> Iterator[int]:
    """Serve a cluster until the block ends and yield its port; the role `lab` may do everything, the database is `postgres`.

    seed: folder of a stopped cluster to begin with a copy of. keep: folder into which the stopped cluster is copied when the block ended
    well. The server never runs as root: root starts it as the user postgres. Raises `Refusal` where there is no server or no such user.
    """
    binaries = programs()
    run = _as_its_owner()
    folder = Path(tempfile.mkdtemp(prefix="retail-lab-postgresql-"))
    data, log = folder / "data", folder / "log"
    try:
        log.touch()
        if seed:
            shutil.copytree(seed, data)
        _give(folder, run)
        if not seed:
            make: list[str | Path] = [
                binaries / "initdb",
                "-D",
                data,
                "-A",
                "trust",
                "-U",
                "lab",
                "-E",
                "UTF8",
                "--no-sync",
            ]
            subprocess.run(make, check=True, capture_output=True, cwd=folder, **run)
        port = free_port()
        settings = ["-h", "127.0.0.1", "-p", str(port), "-k", folder, "-c", "fsync=off", "-c", "max_connections=100"]
        with run_child([binaries / "postgres", "-D", data, *settings], log, stop="INT", cwd=folder, **run) as process:
            await_ready(process, lambda: _answers(port), log)
            yield port
        if keep:
            shutil.copytree(data, keep)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def url(port: int, database: str = "postgres") -> str:
    """Address of a database of the server at that port."""
    return f"postgresql://lab@127.0.0.1:{port}/{database}"


def create_database(port: int, name: str) -> None:
    """Make an empty database."""
    with psycopg.connect(url(port), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')


def _answers(port: int) -> bool:
    with contextlib.suppress(psycopg.OperationalError), psycopg.connect(url(port), connect_timeout=5):
        return True
    return False


def _as_its_owner() -> dict[str, Any]:
    """How to start a process as a user that PostgreSQL agrees to run as."""
    if os.geteuid():
        return {}
    try:
        owner = pwd.getpwnam("postgres")
    except KeyError:
        raise Refusal("PostgreSQL", "", "a user postgres, because it does not run as root", "none") from None
    return {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}


def _give(folder: Path, run: dict[str, Any]) -> None:
    if run:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, run["user"], run["group"])
