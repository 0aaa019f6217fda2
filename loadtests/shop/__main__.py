"""The shop's process: uvicorn over the application, until its standard input, the parent-death pipe, closes."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import threading

import uvicorn


def main() -> None:
    """Serve a shop until it is stopped: `python -m loadtests.shop CATALOGUE`."""
    parser = argparse.ArgumentParser(prog="python -m loadtests.shop")
    parser.add_argument("--host", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--workers", type=int, required=True)
    parser.add_argument("--access-log", action="store_true")
    arguments = parser.parse_args()
    threading.Thread(target=_end_with_input, daemon=True).start()
    uvicorn.run(
        "loadtests.shop.app:create",
        factory=True,
        http="loadtests.shop.http_protocol:Prompt",
        host=arguments.host,
        port=arguments.port,
        workers=arguments.workers,
        access_log=arguments.access_log,
        log_level="info" if arguments.access_log else "warning",
        timeout_graceful_shutdown=5,
    )


def _end_with_input() -> None:
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
