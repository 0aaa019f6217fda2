"""Requests in networks that require client certificates or a named proxy."""

from __future__ import annotations

import socket
import threading

import pytest

from loadtests.http.client import Client
from loadtests.safety import Target, resolve
from sim.records.refusal import Refusal


class Proxy:
    """Takes one request: opens the tunnel asked for, or answers a plain request itself."""

    def __init__(self, refuse: bool = False):
        self._door = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._door.getsockname()[1]}"
        self.head = ""
        self._refuse = refuse
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._door.close()
        self._thread.join(5)

    def _serve(self):
        try:
            here, _ = self._door.accept()
        except OSError:
            return
        with here:
            while "\r\n\r\n" not in self.head:
                self.head += here.recv(1024).decode()
            if self._refuse:
                here.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n")
            elif not self.head.startswith("CONNECT"):
                here.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
            else:
                host, _, port = self.head.split()[1].rpartition(":")
                with socket.create_connection((host, int(port))) as there:
                    here.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                    pump = threading.Thread(target=_pump, args=(there, here), daemon=True)
                    pump.start()
                    _pump(here, there)
                    pump.join(5)


def _pump(source, sink):
    try:
        while piece := source.recv(65536):
            sink.sendall(piece)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


@pytest.mark.parametrize("shown", [False, True])
def test_a_client_certificate_is_shown_where_one_is_named(authority, secured, shown):
    client = Client(secured, 5.0, {}, authority, authority if shown else "")
    assert client.send("GET", "/").json == {"client": shown}
    client.close()


@pytest.mark.parametrize("flag", ["--ca-bundle", "--client-certificate"])
def test_a_file_that_is_no_certificate_is_refused(secured, tmp_path, flag):
    bad = tmp_path / "bad.pem"
    bad.write_text("nothing")
    files = {"--ca-bundle": (str(bad), ""), "--client-certificate": ("", str(bad))}[flag]
    with pytest.raises(Refusal, match=flag):
        Client(secured, 5.0, {}, *files)


def test_plain_requests_name_the_target_to_a_proxy_and_carry_its_credentials():
    target = Target("http", "shop.invalid", 80, "/api", ("192.0.2.1",))
    with Proxy() as proxy:
        client = Client(target, 5.0, {"X-Run-Id": "r1"}, "", "", proxy.url, "", "user:word")
        assert client.send("GET", "/products").status == 200
        client.close()
        lines = proxy.head.splitlines()
    assert lines[0] == "GET http://shop.invalid/api/products HTTP/1.1"
    assert "Host: shop.invalid" in lines
    assert "Proxy-Authorization: Basic dXNlcjp3b3Jk" in lines


def test_tls_goes_through_a_tunnel_and_is_verified_end_to_end(authority, secured):
    with Proxy() as proxy:
        client = Client(secured, 5.0, {"Authorization": "Bearer t"}, authority, "", proxy.url)
        assert client.send("GET", "/").status == 200
        client.close()
    assert proxy.head.splitlines()[0] == f"CONNECT 127.0.0.1:{secured.port} HTTP/1.1"
    assert "Authorization: Bearer" not in proxy.head, "the proxy sees no token"


def test_a_proxy_that_refuses_is_reported_as_such(authority, secured):
    with Proxy(refuse=True) as proxy:
        answer = Client(secured, 5.0, {}, authority, "", proxy.url).send("GET", "/")
    assert (answer.status, answer.error) == (0, "connection: proxy answered 407")


def test_no_proxy_is_taken_from_the_environment(plain, monkeypatch):
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert Client(resolve(plain.url), 5.0, {}).send("GET", "/browse/1").status == 200
