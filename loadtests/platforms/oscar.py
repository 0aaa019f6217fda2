"""django-oscar with its REST API, on gunicorn: ids are URLs, sessions are cookies, stock belongs to partners."""

from __future__ import annotations

import contextlib
import csv
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from loadtests.platforms import cache, postgresql
from loadtests.platforms.served import Platform, answers
from loadtests.processes import await_ready, free_port, run_child

ACCOUNTS = 60
PASSWORD = "only-on-loopback"


def install() -> Path:
    """Install and stock it where it is not yet; its folder. Raises `Refusal` where PostgreSQL is missing."""
    postgresql.programs()
    return cache.install("oscar", _fill)


@contextlib.contextmanager
def serve(workers: int = 2) -> Iterator[Platform]:
    """Serve a freshly stocked django-oscar until the block ends."""
    app = (folder := install()) / "app"
    with postgresql.serve(seed=folder / "data") as database, contextlib.ExitStack() as stack:
        port = free_port()
        log = Path(stack.enter_context(cache.scratch())) / "oscar.log"
        bind = ["-b", f"127.0.0.1:{port}", "-w", str(workers), "--threads", "8", "--keep-alive", "30"]
        command = [app / "venv" / "bin" / "gunicorn", *bind, "wsgi"]
        process = stack.enter_context(run_child(command, log, cwd=app, env=_environment(database)))
        url = f"http://127.0.0.1:{port}"
        await_ready(process, lambda: answers(f"{url}/health"), log)
        accounts = {"RETAIL_LAB_POOL_ACCOUNTS": str(app / "accounts.csv")}
        yield Platform(url, accounts, postgresql.url(database, "oscar"))


def _fill(app: Path, data: Path) -> None:
    with open(app / "accounts.csv", "w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["user", "password"])
        rows.writerows([f"shopper{number}", PASSWORD] for number in range(1, ACCOUNTS + 1))
    python = app / "venv" / "bin" / "python"
    with open(app / "pip.log", "wb") as output:
        quiet: dict[str, Any] = {
            "cwd": app,
            "stdout": output,
            "stderr": output,
            "stdin": subprocess.DEVNULL,
            "check": True,
        }
        subprocess.run([sys.executable, "-m", "venv", "venv"], **quiet)
        pip: list[str | Path] = [
            python,
            "-m",
            "pip",
            "install",
            "--disable-pip-version-check",
            "-q",
            "-r",
            "requirements.txt",
        ]
        subprocess.run(pip, **quiet)
        with postgresql.serve(keep=data) as database:
            postgresql.create_database(database, "oscar")
            environment = _environment(database)
            subprocess.run([python, "-m", "django", "migrate", "-v0"], env=environment, **quiet)
            subprocess.run([python, "stock.py"], env=environment, **quiet)


def _environment(database: int) -> Mapping[str, str]:
    own = {"DATABASE_PORT": str(database), "DJANGO_SETTINGS_MODULE": "settings", "PYTHONPATH": "."}
    return {**os.environ, **own}
