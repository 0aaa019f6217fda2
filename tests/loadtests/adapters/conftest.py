"""A loopback server that plays whatever a test writes, and adapters connected to it through the lab's real client."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from loadtests.adapters.base import CatalogueCodes
from loadtests.checks.session import Trial
from loadtests.http.options import Wire

SHELF = CatalogueCodes(["SKU-1", "SKU-2", "SKU-3"], ["SH01"], ["store"], ["EAST"])


@dataclass
class Asked:
    method: str
    path: str
    params: list[tuple[str, str]]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode()))


@dataclass
class Stage:
    """A server with answers from a test: `answer(asked) -> (status, headers, body)`, headers as pairs."""

    url: str
    answer: Callable[[Asked], tuple[int, list[tuple[str, str]], Any]] = lambda asked: (200, [], {"id": 1})
    asked: list[Asked] = field(default_factory=list)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def server_bind(self):
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]


@pytest.fixture
def stage():
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def serve(self):
            url = urlsplit(self.path)
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, url.path, parse_qsl(url.query), headers, body)
            here.asked.append(asked)
            status, headers, payload = here.answer(asked)
            payload = json.dumps(payload).encode()
            self.send_response(status)
            for name, value in [*headers, ("Content-Length", str(len(payload)))]:
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(payload)

        do_GET = do_POST = do_DELETE = serve

        def log_message(self, *_):
            pass

    listener = _Server(("127.0.0.1", 0), Handler)
    here = Stage(f"http://127.0.0.1:{listener.server_address[1]}")
    thread = threading.Thread(target=listener.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield here
    listener.shutdown()
    listener.server_close()
    thread.join()


@pytest.fixture
def playing(stage):
    """Connects an adapter to the stage: `playing(MyAdapter, environment) -> Trial`."""
    trials = []

    def connect(kind, environment=(), discovered=None, shelf=SHELF, **wire) -> Trial:
        trial = Trial(kind, stage.url, Wire(timeout_s=5.0, **wire), dict(environment), "r1", shelf)
        trials.append(trial)
        trial.__enter__()
        trial.discovered = discovered
        trial.adapter.adopt(discovered)
        return trial

    yield connect
    for trial in trials:
        trial.__exit__(None, None, None)
