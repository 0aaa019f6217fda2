"""Child processes that end with the block that started them, and also when this process is killed."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

STOPS_WITHIN_S = 20.0
_PARENT_DEATH_PIPE = (
    'exec 3<&0; "$@" </dev/null & child=$!; (cat <&3 >/dev/null; kill -s "$0" $child) 2>/dev/null & wait $child'
)
"""The parent holds the other end of its standard input, the parent-death pipe: when that closes, for any reason, the child gets the signal."""


@contextlib.contextmanager
def run_child(
    command: Sequence[object], log: Path, *, stop: str = "TERM", env: Mapping[str, str] | None = None, **how: Any
) -> Iterator[subprocess.Popen]:
    """Run a command until the block ends; its output goes to `log`. `stop` names the signal that ends it."""
    words = ["sh", "-c", _PARENT_DEATH_PIPE, stop, *map(str, command)]
    with open(log, "ab") as output:
        process = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=output, stderr=output, env=env, **how)
    try:
        yield process
    finally:
        stop_child(process)


def stop_child(process: subprocess.Popen, within_s: float = STOPS_WITHIN_S) -> None:
    """Close a child's standard input, which ends it; one that takes longer than `within_s` is killed."""
    if process.stdin:
        process.stdin.close()
    try:
        process.wait(within_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def await_ready(process: subprocess.Popen, ready: Callable[[], bool], log: Path, within_s: float = 120.0) -> None:
    """Return once `ready()` is true. Raises `RuntimeError` with the end of the log where the process ends or takes too long."""
    deadline = time.monotonic() + within_s
    while process.poll() is None and time.monotonic() < deadline:
        if ready():
            return
        time.sleep(0.1)  # between two checks; correctness does not depend on its length
    output = log.read_text(encoding="utf-8", errors="replace")[-2000:]
    raise RuntimeError(f"{cast(list[str], process.args)[4]} did not get ready:\n{output}")


def free_port() -> int:
    """A loopback port on which nothing listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
