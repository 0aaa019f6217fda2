from __future__ import annotations

import gzip
import shutil
import socket
import ssl
import subprocess
import threading
import time

import pytest

from loadtests.http.client import Client
from loadtests.safety import resolve


@pytest.fixture
def client(plain):
    client = Client(resolve(plain.url), 2.0, {"X-Run-Id": "r1"})
    yield client
    client.close()


@pytest.fixture
def scripted():
    """A server that answers each connection with the bytes given, then closes it."""
    listeners = []

    def serve(*answers: bytes, wrap=lambda s: s, pause_s: float = 0.0) -> str:
        listener = socket.create_server(("127.0.0.1", 0))
        listeners.append(listener)

        def run():
            for answer in answers:
                try:
                    sock, _ = listener.accept()
                    with wrap(sock) as connection:
                        connection.recv(65536)
                        for part in answer.splitlines(keepends=True) if pause_s else [answer]:
                            time.sleep(pause_s)
                            connection.sendall(part)
                except OSError:
                    continue

        threading.Thread(target=run, daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    yield serve
    for listener in listeners:
        listener.close()


def test_requests_carry_headers_and_body_and_reuse_one_connection(plain, client):
    answer = client.send("POST", "/checkout/1", b"abc", {"Idempotency-Key": "k"})
    assert (answer.status, answer.json["bytes"]) == (200, 3)
    assert client.send("GET", "/browse/2").status == 200
    (method, path, headers), _ = plain.seen
    assert (method, path, headers["X-Run-Id"], headers["Idempotency-Key"]) == ("POST", "/checkout/1", "r1", "k")
    assert len(client._idle) == 1


def test_a_redirect_is_an_answer_and_is_not_followed(plain, client):
    plain.statuses["/browse"] = 302
    plain.headers["Location"] = "http://10.255.255.1/elsewhere"
    answer = client.send("GET", "/browse/1")
    assert (answer.status, len(plain.seen)) == (302, 1)


def test_proxies_of_the_environment_are_ignored(plain, monkeypatch):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.delenv("no_proxy", raising=False)
    assert Client(resolve(plain.url), 2.0, {}).send("GET", "/browse/1").status == 200
    assert plain.seen[0][1] == "/browse/1"


def test_a_server_that_does_not_answer_is_a_timeout(plain):
    plain.stall(1.0)
    answer = Client(resolve(plain.url), 0.2, {}).send("GET", "/browse/1")
    assert (answer.status, answer.error) == (0, "timeout")


def test_a_server_that_trickles_is_a_timeout_too(scripted):
    url = scripted(b"HTTP/1.1 200 OK\r\n" + b"X-More: 1\r\n" * 20, pause_s=0.1)
    assert Client(resolve(url), 0.35, {}).send("GET", "/").error == "timeout"


def test_an_answer_that_breaks_off_is_cut_short(scripted):
    url = scripted(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort")
    assert Client(resolve(url), 1.0, {}).send("GET", "/").error == "answer cut short"


def test_an_answer_may_end_with_its_connection(scripted):
    url = scripted(b"HTTP/1.1 200 OK\r\n\r\n{}")
    assert Client(resolve(url), 1.0, {}).send("GET", "/").json == {}


def test_an_answer_that_is_no_http_is_malformed(scripted):
    assert Client(resolve(scripted(b"SSH-2.0-x\r\n")), 1.0, {}).send("GET", "/").error == "malformed answer"


def test_compressed_answers_are_read(scripted):
    body = gzip.compress(b'{"a": 1}')
    url = scripted(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
    answer = Client(resolve(url), 1.0, {}).send("GET", "/")
    assert answer.json == {"a": 1}
    assert len(answer.body) == len(body)


def test_a_read_is_sent_again_when_a_kept_connection_was_closed_and_a_write_is_not(scripted):
    hello = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
    client = Client(resolve(scripted(hello, hello, hello)), 1.0, {})
    assert client.send("GET", "/").status == 200
    assert client.send("GET", "/").status == 200
    assert client.send("POST", "/", b"x").error == "connection closed"


def test_what_could_smuggle_a_request_is_refused(client):
    with pytest.raises(ValueError, match="control character"):
        client.send("GET", "/a\r\nHost: other")
    with pytest.raises(ValueError, match="control character"):
        client.send("GET", "/a", None, {"X": "a\nb"})


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl to make a certificate with")
def test_tls_is_verified_and_a_named_authority_is_trusted(scripted, tmp_path):
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    make = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=127.0.0.1"
    named = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate]
    subprocess.run([*make.split(), *named], check=True, capture_output=True)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate, key)
    hello = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
    url = scripted(hello, hello, wrap=lambda s: server.wrap_socket(s, server_side=True)).replace("http:", "https:")
    assert Client(resolve(url), 2.0, {}).send("GET", "/").error.startswith("tls: ")
    assert Client(resolve(url), 2.0, {}, str(certificate)).send("GET", "/").status == 200
