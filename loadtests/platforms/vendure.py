"""Vendure, a GraphQL shop on Node.js: two surfaces (shop and administration), stock at two locations."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from loadtests.platforms import cache, postgresql
from loadtests.platforms.served import Platform, answers
from loadtests.processes import await_ready, free_port, run_child
from sim.records.refusal import Refusal

ADMIN = {"VENDURE_ADMIN_USER": "clerk", "VENDURE_ADMIN_PASSWORD": "only-on-loopback"}


def install() -> Path:
    """Install and stock it where it is not yet; its folder. Raises `Refusal` where Node.js, npm or PostgreSQL is missing."""
    if not (shutil.which("node") and shutil.which("npm")):
        raise Refusal("Vendure", "", "Node.js 20 or newer with npm", "none")
    postgresql.programs()
    return cache.install("vendure", _fill)


@contextlib.contextmanager
def serve() -> Iterator[Platform]:
    """Serve a freshly stocked Vendure until the block ends."""
    folder = install()
    with postgresql.serve(seed=folder / "data") as database, contextlib.ExitStack() as stack:
        port = free_port()
        log = Path(stack.enter_context(cache.scratch())) / "vendure.log"
        command = ["node", "serve.js"]
        process = stack.enter_context(run_child(command, log, cwd=folder / "app", env=_environment(port, database)))
        url = f"http://127.0.0.1:{port}"
        await_ready(process, lambda: answers(f"{url}/health"), log)
        yield Platform(url, dict(ADMIN), postgresql.url(database, "vendure"))


def _fill(app: Path, data: Path) -> None:
    log = app / "npm.log"
    with open(log, "wb") as output:
        quiet: dict[str, Any] = {
            "cwd": app,
            "stdout": output,
            "stderr": output,
            "stdin": subprocess.DEVNULL,
            "check": True,
        }
        subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--omit=dev", "--no-package-lock"], **quiet)
        with postgresql.serve(keep=data) as database:
            postgresql.create_database(database, "vendure")
            subprocess.run(["node", "stock.js"], env={**_environment(free_port(), database), "STOCKING": "1"}, **quiet)


def _environment(port: int, database: int) -> Mapping[str, str]:
    ports = {"PORT": str(port), "DATABASE_PORT": str(database)}
    return {**os.environ, **ADMIN, **ports, "NODE_ENV": "production"}
