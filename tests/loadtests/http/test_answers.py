"""Malformed and endless answers: each becomes a failed request with an error that names the fault, in bounded time and memory."""

from __future__ import annotations

import contextlib
import gzip
import select
import socket
import ssl
import threading
import time
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.adapters.base import Adapter, CatalogueCodes
from loadtests.http import client as clients
from loadtests.http.client import Answer, Client
from loadtests.safety import resolve

HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
SETTINGS = bytes.fromhex("000012 04 00 00000000") + bytes(18)
GOAWAY = bytes.fromhex("000008 07 00 00000000") + bytes(7) + b"\x01"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


@pytest.fixture
def raw():
    """Serves connections by a function of the socket, which is closed when it returns; requests are kept in `asked`."""
    listeners = []

    def serve(answer, wrap=lambda s: s):
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)
        serve.asked = []

        def run():
            while True:
                try:
                    plain, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=one, args=(plain,), daemon=True).start()

        def one(plain):
            with contextlib.suppress(OSError), wrap(plain) as sock:
                answer(sock)

        threading.Thread(target=run, daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    def asks(sock) -> bool:
        serve.asked.append(sock.recv(65536))
        return bool(serve.asked[-1])

    serve.asks = asks
    yield serve
    for listener in listeners:
        listener.close()


def once(raw, *parts: bytes):
    def answer(sock):
        raw.asks(sock)
        for part in parts:
            sock.sendall(part)

    return raw(answer)


def endless(raw, head: bytes, part: bytes, pause_s: float = 0.0):
    def answer(sock):
        raw.asks(sock)
        sock.sendall(head)
        while True:
            sock.sendall(part)
            time.sleep(pause_s)

    return raw(answer)


def wait_for_the_kept_connection(client: Client) -> None:
    """Until bytes, or the end, have come on the connection that the client keeps."""
    ((_, sock),) = client._idle
    assert select.select([sock.fileno()], [], [], 2.0)[0]


def error_of(url: str, timeout_s: float = 5.0) -> str:
    answer = Client(resolve(url), timeout_s, {}).send("GET", "/")
    assert answer.status == 0
    return answer.error


@pytest.mark.parametrize("came", [SETTINGS, GOAWAY, SETTINGS + GOAWAY])
def test_a_server_that_speaks_http_2_only_is_named(raw, came):
    assert error_of(once(raw, came)) == "HTTP/2 only"


def test_a_server_that_refuses_http_1_in_the_handshake_is_named(raw, authority):
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(authority)
    tls.set_alpn_protocols(["h2"])
    url = raw(lambda sock: raw.asks(sock), wrap=lambda s: tls.wrap_socket(s, server_side=True))
    answer = Client(resolve(url.replace("http:", "https:")), 2.0, {}, authority).send("GET", "/")
    # OpenSSL's server goes on without a protocol where none is shared, and this one then hangs up
    assert answer.error in ("HTTP/2 only", "connection closed")


def test_a_handshake_offers_http_1(raw, authority):
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(authority)
    tls.set_alpn_protocols(["h2", "http/1.1"])
    agreed = []

    def answer(sock):
        agreed.append(sock.selected_alpn_protocol())
        raw.asks(sock)
        sock.sendall(HELLO)

    url = raw(answer, wrap=lambda s: tls.wrap_socket(s, server_side=True)).replace("http:", "https:")
    assert Client(resolve(url), 2.0, {}, authority).send("GET", "/").status == 200
    assert agreed == ["http/1.1"]


@pytest.mark.parametrize(
    ("head", "part", "error"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65536, "answer over 1 MiB"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n", b"x" * 65536, "answer over 1 MiB"),
        (CHUNKED, b"10000\r\n" + b"x" * 65536 + b"\r\n", "answer over 1 MiB"),
        (CHUNKED, b"1\r\nx\r\n" * 9999, "answer over 1 MiB"),
        (CHUNKED + b"0\r\n", b"X-Trailer: " + b"a" * 1000 + b"\r\n", "headers too large"),
        (b"HTTP/1.1 200 OK\r\n", b"X-More: " + b"a" * 1000 + b"\r\n", "headers too large"),
        (b"HTTP/1.1 200 OK\r\nX-One: ", b"a" * 65536, "headers too large"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100, "too many 1xx answers"),
        (b"", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", "too many 1xx answers"),
    ],
    ids=["body", "announced", "chunks", "small-chunks", "trailers", "headers", "one-header", "100", "103"],
)
def test_an_answer_without_end_is_bounded_in_bytes(raw, monkeypatch, head, part, error):
    monkeypatch.setattr(clients, "ANSWER_BYTES", 2**20)
    start = time.monotonic()
    assert error_of(endless(raw, head, part), 20.0) == error
    assert time.monotonic() - start < 10.0


@pytest.mark.parametrize(
    ("head", "part", "error"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n", b"x", "timeout in body"),
        (CHUNKED, b"1\r\nx\r\n", "timeout in body"),
        (b"HTTP/1.1 200 OK\r\n", b"X-More: 1\r\n", "timeout"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n", "timeout"),
    ],
)
def test_an_answer_without_end_is_bounded_in_time(raw, head, part, error):
    start = time.monotonic()
    assert error_of(endless(raw, head, part, pause_s=0.02), 0.3) == error
    assert time.monotonic() - start < 3.0


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", "answer cut short"),
        (CHUNKED + b"5\r\nab", "answer cut short"),
        (b"HTTP/1.1 200 OK\r\nContent-", "answer cut short"),
        (b"HTTP/1.1 99999 Huge\r\nContent-Length: 0\r\n\r\n", "malformed answer"),
        (b"HTTP/1.1 000 None\r\nContent-Length: 0\r\n\r\n", "malformed answer"),
        (b"HTTP/1.1 099 Low\r\nContent-Length: 0\r\n\r\n", "malformed answer"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}", "malformed answer"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}", "malformed answer"),
        (CHUNKED + b"zz\r\n", "malformed answer"),
        (b"<html>", "malformed answer"),
        (b"{}", "malformed answer"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n{}", "malformed answer"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n{}", "malformed answer"),
        (CHUNKED + b"ffffffffffffffffff\r\n", "malformed answer"),
        (b"\xff\xfe\x00", "malformed answer"),
        (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n", "unexpected 101"),
        (b"", "connection closed"),
    ],
)
def test_a_broken_answer_is_named(raw, answer, error):
    assert error_of(once(raw, answer)) == error


@given(st.binary(max_size=200))
def test_no_bytes_whatever_raise(came):
    """Every beginning of a connection is an answer or an error."""
    ours, theirs = socket.socketpair()
    theirs.sendall(came)
    theirs.close()
    client = Client(resolve("http://127.0.0.1:9"), 1.0, {})
    client._connect = lambda deadline: clients.socket.socket(fileno=ours.detach())
    answer = client.send("GET", "/")
    assert bool(answer.status) != bool(answer.error)
    client.close()


def test_headers_that_are_no_utf_8_are_taken_as_they_are(raw):
    answer = Client(
        resolve(once(raw, b"HTTP/1.1 200 \xff\r\nX-A: \xff\xfe\r\nContent-Length: 2\r\n\r\n{}")), 1.0, {}
    ).send("GET", "/")
    assert (answer.status, answer.headers["x-a"]) == (200, "\xff\xfe")


@pytest.mark.parametrize(
    "excess", [HELLO.replace(b"{}", b"[]"), b"garbage", b"HTTP/1.1 20", b"\r\n\r\nHTTP/1.1 500 No\r\n\r\n"]
)
def test_what_follows_an_answer_at_once_joins_neither_it_nor_the_next(raw, excess):
    def answer(sock):
        while raw.asks(sock):
            sock.sendall(HELLO + excess)

    client = Client(resolve(raw(answer)), 1.0, {})
    for _ in range(3):
        got = client.send("GET", "/")
        assert (got.status, got.body, got.error) == (200, b"{}", "")
    assert client._idle == []


def test_what_comes_after_an_answer_later_joins_not_the_next(raw):
    read = threading.Event()

    def answer(sock):
        raw.asks(sock)
        sock.sendall(HELLO)
        assert read.wait(2.0)
        sock.sendall(HELLO.replace(b"{}", b"[]"))
        while raw.asks(sock):
            pass

    client = Client(resolve(raw(answer)), 1.0, {})
    assert client.send("GET", "/").body == b"{}"
    read.set()
    wait_for_the_kept_connection(client)
    assert client.send("GET", "/").body == b"{}"


def test_a_clean_connection_is_kept(raw):
    connections = []

    def answer(sock):
        connections.append(sock)
        while raw.asks(sock):
            sock.sendall(HELLO)

    client = Client(resolve(raw(answer)), 1.0, {})
    assert [client.send("POST", "/").status for _ in range(5)] == [200] * 5
    assert len(connections) == 1
    client.close()


@pytest.mark.parametrize(
    ("method", "length"),
    [("PUT", True), ("POST", True), ("PATCH", True), ("DELETE", True), ("GET", False), ("HEAD", False)],
)
def test_a_request_that_may_have_a_body_and_has_none_sends_content_length_0(raw, method, length):
    Client(resolve(once(raw, HELLO)), 1.0, {}).send(method, "/")
    assert (b"\r\nContent-Length: 0\r\n" in raw.asked[0]) is length


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "POST", "PATCH"])
def test_only_a_method_that_may_be_sent_twice_is_sent_again_on_a_kept_connection_that_was_closed(raw, method):
    def answer(sock):
        raw.asks(sock)
        sock.sendall(HELLO)

    client = Client(resolve(raw(answer)), 1.0, {})
    assert client.send("GET", "/").status == 200
    wait_for_the_kept_connection(client)
    again = client.send(method, "/", b"x" if method in ("PUT", "POST", "PATCH") else None)
    assert again.error == ("" if method in clients.IDEMPOTENT else "connection closed")


class Reads(Adapter):
    name = "reads"


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b'{"id":' + b"[" * 100_000, "JSON nested too deeply"),
        (b"[" * 100_000 + b"]" * 100_000, "JSON nested too deeply"),
        (b'{"id": "\xff\xfe"}', "invalid UTF-8"),
        (b"<html>", "answer without id"),
        (b"", "answer without id"),
        (b"[1]", "answer without id"),
        (b"9" * 5000, "answer without id"),
    ],
)
def test_a_body_that_cannot_be_read_is_named_by_the_judge(body, error):
    answer = Answer(200, {}, body)
    assert Reads(CatalogueCodes(), "r").judge("order", answer, ("id",)) == ("failed", error)
    assert answer.json is None or body == b"[1]"


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (gzip.compress(b'{"id": 1}', mtime=0)[:-9], "broken gzip"),
        (b"no gzip", "broken gzip"),
        (gzip.compress(bytes(2**21), mtime=0), "unpacks to more than 1 MiB"),
    ],
)
def test_a_packed_body_that_cannot_be_read_is_named_by_the_judge(monkeypatch, body, error):
    monkeypatch.setattr(clients, "ANSWER_BYTES", 2**20)
    answer = Answer(200, {"content-encoding": "gzip"}, body)
    assert Reads(CatalogueCodes(), "r").judge("order", answer, ("id",)) == ("failed", error)


@pytest.mark.parametrize("encoding", ["br", "deflate", "gzip, gzip", "zstd", "x" * 9_000])
def test_a_body_in_a_packing_that_was_not_asked_for_is_named_by_the_judge(encoding):
    answer = Answer(200, {"content-encoding": encoding}, gzip.compress(b'{"id": 1}', mtime=0))
    error = f"packed as {encoding[:40]}, which was not asked for"
    assert Reads(CatalogueCodes(), "r").judge("order", answer, ("id",)) == ("failed", error)


@pytest.mark.parametrize("encoding", ["GZIP", "x-gzip", " gzip "])
def test_a_packing_is_known_in_every_way_to_write_it(encoding):
    assert Answer(200, {"content-encoding": encoding}, gzip.compress(b'{"id": 1}', mtime=0)).json == {"id": 1}


def test_a_body_that_unpacks_to_gigabytes_takes_no_more_memory_than_is_allowed():
    packer = zlib.compressobj(9, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    packed = b"".join(packer.compress(bytes(2**20)) for _ in range(1024)) + packer.flush()
    assert len(packed) < 2 * 2**20
    tracemalloc.start()
    answer = Answer(200, {"content-encoding": "gzip"}, packed)
    assert answer.json is None
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert answer.unreadable == "unpacks to more than 32 MiB"
    assert peak < 3 * clients.ANSWER_BYTES


def test_a_secret_that_would_break_a_header_line_is_refused_without_being_shown():
    client = Client(resolve("http://127.0.0.1:9"), 1.0, {})
    with pytest.raises(ValueError, match="control character in header Authorization") as refused:
        client.send("GET", "/", None, {"Authorization": "Bearer top\nsecret"})
    assert "top" not in str(refused.value)
