"""The server of the dashboard: on this machine alone, until it is interrupted."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sim.records.refusal import Refusal
from sim.report.dashboard.kinds import View
from sim.report.languages import Language

HOST = "127.0.0.1"


def serve(folder: Path, port: int, lang: Language, ready: Callable[[str], None]) -> None:
    """Serve the pages of a folder until Ctrl-C; `ready` is called with their address. Port 0 is a free one.

    Raises `Refusal` for a port in use, and `ModuleNotFoundError` without Panel.
    """
    port = _free(port)
    from panel.io.server import get_server

    from sim.report.dashboard.page import ADDRESSES, page

    def opened(view: View) -> Callable[[], Any]:
        return lambda: page(folder, view, lang)  # Panel takes no `functools.partial`

    pages: dict[str, Any] = {address: opened(view) for view, address in ADDRESSES.items()}
    origins = [f"{host}:{port}" for host in (HOST, "localhost")]
    server = get_server(pages, port=port, address=HOST, websocket_origin=origins, use_index=False)
    server.start()
    ready(f"http://{HOST}:{port}/")
    try:
        server.io_loop.start()
    finally:
        server.stop()


def _free(port: int) -> int:
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((HOST, port))
        except OSError as error:
            raise Refusal("--port", "", "a port that is free", f"{port}, {error.strerror}") from None
        return int(trial.getsockname()[1])
