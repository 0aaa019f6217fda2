"""A lean HTTP client for the generator: it must cost less than the requests it times, and go nowhere but to the pinned addresses.

It follows no redirect and reads no proxy from the environment; a proxy that was named looks the target's name up by itself.
geventhttpclient parses the answers; through its own request builder and pool a request costs the processor nearly half as much again, and
its pool looks names up again for every connection.
"""

from __future__ import annotations

import base64
import itertools
import json
import time
import zlib
from collections.abc import Sequence
from functools import cached_property
from ssl import SSLError
from typing import Any

from gevent import socket, ssl
from geventhttpclient.response import HTTPParseError, HTTPResponse

from loadtests.rails import Target, resolve
from sim.records.refusal import Refusal

IDLE_S = 3.0
"""A connection unused for longer is not used again: servers close theirs after about five seconds, and a request must not race that."""

SAFE_METHODS = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS"})


class Answer:
    """What came back. `status` is 0 where nothing did, and `error` then says why in a word or two."""

    def __init__(
        self,
        status: int = 0,
        headers: dict[str, str] | None = None,
        body: bytes = b"",
        error: str = "",
        set_cookies: Sequence[str] = (),
    ):
        self.status, self.headers, self.body, self.error = status, headers or {}, body, error
        self.set_cookies = set_cookies

    @cached_property
    def json(self) -> Any:
        """The body as JSON, None where it is none."""
        try:
            return json.loads(self._plain_body())
        except (ValueError, zlib.error):
            return None

    def _plain_body(self) -> bytes:
        if self.headers.get("content-encoding") == "gzip":
            return zlib.decompress(self.body, zlib.MAX_WBITS | 16)
        return self.body


class _Parser(HTTPResponse):
    def __init__(self, method: str):
        super().__init__(method)
        self.body = bytearray()

    def _on_body(self, piece: bytearray) -> None:
        self.body += piece


class Client:
    """Keep-alive connections to one target, spread over its addresses; as many as there are requests under way."""

    def __init__(
        self,
        target: Target,
        timeout_s: float,
        headers: dict[str, str],
        ca_bundle: str = "",
        certificate: str = "",
        proxy: str = "",
        certificate_password: str = "",
        proxy_credentials: str = "",
        allow_host: str = "",
    ):
        """certificate: a PEM file with the client's certificate and key. proxy: its URL. Raises `Refusal` where one of them cannot be used."""
        self._target, self._timeout_s = target, timeout_s
        self._hop = resolve(proxy, "--proxy", allow_host) if proxy else target
        self._tunnel = ("", "")
        self._addresses = itertools.cycle(self._hop.addresses)
        self._idle: list[tuple[float, socket.socket]] = []
        self._tls = context(ca_bundle, certificate, certificate_password) if target.scheme == "https" else None
        self._base = target.base_path
        every = {"Host": target.authority, "Accept": "application/json", "Accept-Encoding": "gzip", **headers}
        if proxy:
            pass_on = {"Proxy-Authorization": _basic(proxy_credentials)} if proxy_credentials else {}
            if self._tls is None:
                self._base, every = target.base_url, every | pass_on
            else:
                self._tunnel = (f"{_bracketed(target.host)}:{target.port}", _lines(pass_on))
        self._head = _lines(every)

    def send(self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Answer:
        """Send one request and read its answer, within the time-out. Every failure is an `Answer` with an error, none raises."""
        message = self._message(method, path, body, headers)
        deadline = time.perf_counter() + self._timeout_s
        sock = self._reuse()
        try:
            if sock is not None:
                answer = self._exchange(sock, method, message, deadline)
                if answer is not None or method not in SAFE_METHODS:
                    return answer or Answer(error="connection closed")
            sock = None
            sock = self._connect(deadline)
            return self._exchange(sock, method, message, deadline) or Answer(error="connection closed")
        except TimeoutError:
            error = "timeout"
        except SSLError as refused:
            error = f"tls: {refused.reason or 'failed'}"
        except ConnectionRefusedError:
            error = "connection refused"
        except ConnectionError:
            error = "connection reset"
        except HTTPParseError:
            error = "malformed answer"
        except OSError as broken:
            error = f"connection: {broken.strerror or type(broken).__name__}"
        if sock is not None:
            sock.close()
        return Answer(error=error)

    def close(self) -> None:
        while self._idle:
            self._idle.pop()[1].close()

    def _message(self, method: str, path: str, body: bytes | None, headers: dict[str, str] | None) -> bytes:
        own = _lines(headers) if headers else ""
        if body is not None:
            own += f"Content-Length: {len(body)}\r\n"
        elif method not in SAFE_METHODS:
            own += "Content-Length: 0\r\n"
        head = f"{method} {self._base}{_clean(path)} HTTP/1.1\r\n{self._head}{own}\r\n".encode("latin-1")
        return head + body if body else head

    def _reuse(self) -> socket.socket | None:
        fresh = time.perf_counter() - IDLE_S
        while self._idle:
            last_used, sock = self._idle.pop()
            if last_used >= fresh:
                return sock
            sock.close()
        return None

    def _connect(self, deadline: float) -> socket.socket:
        sock = socket.create_connection((next(self._addresses), self._hop.port), deadline - time.perf_counter())
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._tls is None:
            return sock
        try:
            if self._tunnel[0]:
                self._dig(sock, deadline)
            return self._tls.wrap_socket(sock, server_hostname=self._target.host)
        except BaseException:
            sock.close()
            raise

    def _dig(self, sock: socket.socket, deadline: float) -> None:
        """Ask the proxy for a tunnel to the target."""
        authority, own = self._tunnel
        sock.settimeout(self._remaining(deadline))
        sock.sendall(f"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n{own}\r\n".encode("latin-1"))
        said = b""
        while not said.endswith(b"\r\n\r\n"):
            sock.settimeout(self._remaining(deadline))
            piece = sock.recv(1)  # byte by byte: what follows belongs to TLS
            if not piece or len(said) > 8192:
                raise OSError(0, "proxy hung up")
            said += piece
        status = said.decode("latin-1").split(" ", 2)[1:2]
        if status != ["200"]:
            raise OSError(0, f"proxy answered {' '.join(status)}")

    def _exchange(self, sock: socket.socket, method: str, message: bytes, deadline: float) -> Answer | None:
        """The answer, or None where the other side had closed the connection before a byte of it."""
        response = _Parser(method)
        try:
            sock.settimeout(self._remaining(deadline))
            sock.sendall(message)
            data = sock.recv(65536)
        except (ConnectionResetError, BrokenPipeError):
            data = b""
        if not data:
            sock.close()
            return None
        response.feed(data)
        while not response.message_complete or response.get_code() < 200:
            sock.settimeout(self._remaining(deadline))
            data = sock.recv(65536)
            try:
                response.feed(data)
            except HTTPParseError:
                if data:
                    raise
                raise ConnectionResetError from None
        if response.should_close():
            sock.close()
        else:
            self._idle.append((time.perf_counter(), sock))
        headers = {name.lower(): value for name, value in response.items()}
        cookies = ()
        if "set-cookie" in headers:
            cookies = [value for name, value in response.items() if name.lower() == "set-cookie"]
        return Answer(response.get_code(), headers, bytes(response.body), "", cookies)

    @staticmethod
    def _remaining(deadline: float) -> float:
        remaining = deadline - time.perf_counter()
        if remaining <= 0:
            raise TimeoutError
        return remaining


def context(ca_bundle: str, certificate: str, password: str) -> ssl.SSLContext:
    """TLS that verifies the other side, and shows a certificate of ours where one is named. Raises `Refusal`."""
    try:
        tls = ssl.create_default_context(cafile=ca_bundle or None)
    except OSError as error:
        raise Refusal("--ca-bundle", ca_bundle, "a PEM file of authorities", str(error)) from None
    if certificate:
        try:
            tls.load_cert_chain(certificate, password=password)
        except OSError as error:
            found = error.strerror or str(error)
            raise Refusal(
                "--client-certificate", certificate, "a PEM file with a certificate and its key", found
            ) from None
    return tls


def _lines(headers: dict[str, str]) -> str:
    return "".join(f"{name}: {_clean(value)}\r\n" for name, value in headers.items())


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _basic(credentials: str) -> str:
    return "Basic " + base64.b64encode(credentials.encode()).decode()


def _clean(text: str) -> str:
    """Refuse what could end a header line early and begin another request."""
    if not text.isprintable():
        raise ValueError(f"a control character in {text!r}")
    return text
