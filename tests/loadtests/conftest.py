"""A small HTTP server on a free loopback port, an adapter for it, and traces to replay against it."""

from __future__ import annotations

import json
import shutil
import socketserver
import ssl
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from loadtests.safety import Target, resolve
from sim.records import catalogue as catalogues
from sim.records.trace import SCHEMA, TraceHeader, write_trace

TOKEN = "sesame-0f3c9a"
ADAPTER = """
from loadtests.adapters import Adapter
from loadtests.adapters.auth import Bearer


class Plain(Adapter):
    name = "plain"
    auth = Bearer("PLAIN_TOKEN")
    think_s = 0.0
    longest_think_s = 0.0

    def browse(self, errand):
        errand.get("page", f"/browse/{errand.row}")

    def checkout(self, errand):
        order = errand.post("order", f"/checkout/{errand.row}", json={"skus": list(errand.skus)}, needs="id").json["id"]
        errand.created("order", order, {self.shelf.skus[sku]: n for sku, n in zip(errand.skus, errand.quantities)})
        return order

    def order_status(self, errand):
        errand.get("order", f"/orders/{errand.carried}")
"""


class Plain:
    """What the server saw, and how it is to behave."""

    def __init__(self, url: str):
        self.url = url
        self.seen: list[tuple[str, str, dict[str, str]]] = []
        self.stalled_until = 0.0
        self.statuses: dict[str, int] = {}
        """Status by beginning of the path, 200 for the rest."""
        self.wants: dict[str, str] = {}
        """Header by beginning of the path: 401 without it."""
        self.headers: dict[str, str] = {}
        self.echo = False
        """Answers contain the headers of the request."""

    @property
    def rows(self) -> list[int]:
        return sorted(
            int(path.rsplit("/", 1)[1]) for _, path, _ in self.seen if path.startswith(("/browse/", "/checkout/"))
        )

    def stall(self, seconds: float) -> None:
        self.stalled_until = time.monotonic() + seconds


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request, client_address):
        pass  # a client that hangs up is what some tests are about

    def server_bind(self):
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]


@pytest.fixture
def plain():
    """A server that answers everything with a small JSON object."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def answer(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            server.seen.append((self.command, self.path, dict(self.headers)))
            time.sleep(max(0.0, server.stalled_until - time.monotonic()))
            status = next((s for path, s in server.statuses.items() if self.path.startswith(path)), 200)
            if any(self.path.startswith(path) and name not in self.headers for path, name in server.wants.items()):
                status = 401
            echo = {"sent": dict(self.headers)} if server.echo else {}
            payload = json.dumps({"id": f"o{len(server.seen)}", "bytes": len(body), **echo}).encode()
            self.send_response(status)
            for name, value in server.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        do_GET = do_POST = do_DELETE = answer

        def log_message(self, *_):
            pass

    listener = _Server(("127.0.0.1", 0), Handler)
    server = Plain(f"http://127.0.0.1:{listener.server_address[1]}")
    thread = threading.Thread(target=listener.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield server
    listener.shutdown()
    listener.server_close()
    thread.join()


@pytest.fixture(scope="session")
def authority(tmp_path_factory) -> str:
    """A PEM file with a certificate for 127.0.0.1, its key, and so the authority that signed it: good for two days."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl to make a certificate with")
    path = tmp_path_factory.mktemp("tls") / "certificate.pem"
    make = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=127.0.0.1"
    named = ["-addext", "subjectAltName=IP:127.0.0.1", "-addext", "keyUsage=digitalSignature,keyCertSign"]
    key = path.with_name("key.pem")
    subprocess.run([*make.split(), *named, "-keyout", key, "-out", path], check=True, capture_output=True)
    path.write_text(path.read_text() + key.read_text())
    return str(path)


@pytest.fixture
def secured(authority) -> Target:
    """A TLS server with that certificate, which verifies a client's certificate where the client has one."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(authority)
    tls.load_verify_locations(authority)
    tls.verify_mode = ssl.CERT_OPTIONAL

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            payload = json.dumps({"client": bool(self.connection.getpeercert())}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(payload)))
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, *_):
            pass

    listener = _Server(("127.0.0.1", 0), Handler)
    listener.socket = tls.wrap_socket(listener.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=listener.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield resolve(f"https://127.0.0.1:{listener.server_address[1]}")
    listener.shutdown()
    listener.server_close()
    thread.join()


@pytest.fixture
def plain_adapter(tmp_path, monkeypatch) -> Path:
    """A path to an adapter for the plain server; its token is in the environment."""
    path = tmp_path / "plain_adapter.py"
    path.write_text(ADAPTER)
    monkeypatch.setenv("PLAIN_TOKEN", TOKEN)
    return path


def journeys(*rows: dict) -> pa.RecordBatch:
    """A batch of trace rows; what a row leaves out is filled in."""
    empty = {"location": 0, "customer": -1, "skus": [0], "quantities": [1], "follows": -1, "journey": "browse"}
    return pa.RecordBatch.from_pylist(
        [{"row": i, "session": i, **empty, **row} for i, row in enumerate(rows)], schema=SCHEMA
    )


@pytest.fixture
def make_trace(tmp_path):
    """Writes a trace of browse and checkout journeys, Poisson at a rate, with a catalogue beside it; an order is looked up 0.2 s later."""

    def make(rate: float, seconds: float, t0: float = 36_000.0, checkouts: float = 0.3) -> Path:
        rng = np.random.default_rng(5)
        t = np.sort(rng.uniform(0.0, seconds, rng.poisson(rate * seconds)))
        rows = [{"t": t0 + x, "session": i} for i, x in enumerate(t)]
        for row in [row for row in rows if rng.random() < checkouts]:
            row["journey"] = "checkout"
            rows.append({"t": row["t"] + 0.2, "session": row["session"], "journey": "order_status", "after": row})
        rows.sort(key=lambda row: row["t"])
        place = {id(row): i for i, row in enumerate(rows)}
        rows = [{**row, "follows": place[id(row["after"])]} if "after" in row else row for row in rows]
        header = TraceHeader("made", "0" * 64, 5, "2026-10-01", "Asia/Shanghai")
        write_trace(tmp_path / "trace.parquet", header, [journeys(*rows)])
        write_catalogue(tmp_path / "catalogue.parquet")
        return tmp_path / "trace.parquet"

    return make


def write_catalogue(path: Path, skus: int = 8, units: int = 100_000) -> None:
    places = [("SH01", "store"), ("WH01", "warehouse")]
    rows = [
        {
            "location": location, "location_code": code, "location_kind": kind, "region": "EAST",
            "sku": sku, "sku_code": f"SKU-{sku + 1:05d}", "sku_name": f"Thing {sku + 1}", "price": 9.5, "opening_units": units,
        }
        for location, (code, kind) in enumerate(places)
        for sku in range(skus)
    ]  # fmt: skip
    catalogues.write_catalogue(path, pa.Table.from_pylist(rows, schema=catalogues.SCHEMA), "CNY")
