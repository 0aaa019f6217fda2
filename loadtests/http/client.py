"""A lean HTTP client for the generator: its cost is small beside the requests it times, and it connects to the pinned addresses alone.

It follows no redirect and reads no proxy from the environment; a named proxy resolves the target's name itself.
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
from fcntl import ioctl
from functools import cached_property
from ssl import SSLError
from termios import FIONREAD
from typing import Any

from gevent import sleep, socket, ssl
from geventhttpclient.response import HEADER_STATE_DONE, HTTPParseError, HTTPResponse

from loadtests.safety import Target, resolve
from sim.records.refusal import Refusal

IDLE_S = 3.0
"""A connection unused for longer is not used again: servers close theirs after about five seconds, and a request must not race that."""

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
"""Safe methods (RFC 9110, 9.2.1): they change nothing, and their requests have no body."""
IDEMPOTENT = SAFE | {"PUT", "DELETE"}
"""Methods whose requests may be sent twice with the effect of one (RFC 9110, 9.2.2). Only these are sent again, on a new connection, when a
kept one turns out to be closed before a byte of the answer: the client cannot know whether the first was carried out."""
ANSWER_BYTES = 32 * 2**20
"""The longest answer that is read, and the longest body that is decompressed; a longer one is a failed request."""
HEAD_BYTES = 2**18
"""The same for all but the body: headers, interim answers (1xx), trailers."""
_YIELD_BYTES = 2**20
"""While a long answer is read, other greenlets run after each so many bytes: else data that is always ready would delay the pacer."""


class Answer:
    """An answer. `status` is 0 where no complete answer came; then `error` gives the reason in a few words."""

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
        self.unreadable = ""
        """Why `json` is None although the body was to be JSON; set when `json` is first read."""

    @cached_property
    def json(self) -> Any:
        """The parsed JSON body; None where the body is not JSON."""
        try:
            return json.loads(self._plain_body())
        except RecursionError:
            self.unreadable = "JSON nested too deeply"
        except UnicodeDecodeError:
            self.unreadable = "invalid UTF-8"
        except zlib.error:
            self.unreadable = "broken gzip"
        except OverflowError:
            self.unreadable = f"unpacks to more than {ANSWER_BYTES >> 20} MiB"
        except ValueError:
            pass
        return None

    def _plain_body(self) -> bytes:
        """The body decompressed, up to `ANSWER_BYTES`. Requests accept gzip alone."""
        encoding = self.headers.get("content-encoding", "").strip().lower()
        if encoding in ("", "identity"):
            return self.body
        if encoding not in ("gzip", "x-gzip"):
            self.unreadable = f"packed as {encoding[:40]}, which was not asked for"
            raise ValueError(encoding)
        unpacking = zlib.decompressobj(zlib.MAX_WBITS | 16)
        plain = unpacking.decompress(self.body, ANSWER_BYTES)
        if unpacking.unconsumed_tail:
            raise OverflowError
        if not unpacking.eof:
            raise zlib.error("ends early")
        return plain


class _Unfit(Exception):
    """An answer that is not read to its end; the exception's text is the reason."""


class _Parser(HTTPResponse):
    """Parses the first final answer on a connection; `excess` where more bytes followed it, which are not read."""

    def __init__(self, method: str):
        super().__init__(method)
        self.body = bytearray()
        self.status, self.keeps, self.excess = 0, False, False

    def feed(self, data: str | bytes) -> None:
        try:
            super().feed(data)
        except HTTPParseError:
            if not self.status:
                raise
            self.excess = True

    def _on_message_begin(self) -> None:
        if self.status:
            raise HTTPParseError("more than one answer")
        super()._on_message_begin()

    def _on_body(self, piece: bytearray) -> None:
        self.body += piece

    def _on_message_complete(self) -> None:
        self.message_complete = True
        status = self.get_code()
        if status >= 200:
            self.status, self.keeps = status, self.should_keep_alive()
        elif status < 100:
            raise HTTPParseError(f"status {status}")

    @property
    def in_head(self) -> bool:
        """Whether the next bytes belong to headers, an interim answer or trailers."""
        return not self.headers_complete or self._header_state != HEADER_STATE_DONE or self.get_code() < 200


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
                if answer is not None or method not in IDEMPOTENT:
                    return answer or Answer(error="connection closed")
            sock = None
            sock = self._connect(deadline)
            return self._exchange(sock, method, message, deadline) or Answer(error="connection closed")
        except _Unfit as unfit:
            error = str(unfit)
        except TimeoutError:
            error = "timeout"
        except SSLError as refused:
            error = (
                "HTTP/2 only"
                if "NO_APPLICATION_PROTOCOL" in (refused.reason or "")
                else f"tls: {refused.reason or 'failed'}"
            )
        except ConnectionRefusedError:
            error = "connection refused"
        except ConnectionError:
            error = "connection reset"
        except OSError as broken:
            error = f"connection: {broken.strerror or type(broken).__name__}"
        if sock is not None:
            sock.close()
        return Answer(error=error)

    def close(self) -> None:
        """Close the idle connections."""
        while self._idle:
            self._idle.pop()[1].close()

    def _message(self, method: str, path: str, body: bytes | None, headers: dict[str, str] | None) -> bytes:
        own = _lines(headers) if headers else ""
        if body is not None:
            own += f"Content-Length: {len(body)}\r\n"
        elif method not in SAFE:
            own += "Content-Length: 0\r\n"
        head = f"{method} {self._base}{_clean(path)} HTTP/1.1\r\n{self._head}{own}\r\n".encode("latin-1")
        return head + body if body else head

    def _reuse(self) -> socket.socket | None:
        fresh = time.perf_counter() - IDLE_S
        while self._idle:
            last_used, sock = self._idle.pop()
            if last_used >= fresh and ioctl(sock.fileno(), FIONREAD, _NONE) == _NONE:
                return sock  # unread bytes answer no request, and must not be taken for the answer to the next
            sock.close()
        return None

    def _connect(self, deadline: float) -> socket.socket:
        sock = socket.create_connection((next(self._addresses), self._hop.port), deadline - time.perf_counter())
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._tls is None:
            return sock
        try:
            if self._tunnel[0]:
                self._open_tunnel(sock, deadline)
            return self._tls.wrap_socket(sock, server_hostname=self._target.host)
        except BaseException:
            sock.close()
            raise

    def _open_tunnel(self, sock: socket.socket, deadline: float) -> None:
        """Ask the proxy for a tunnel to the target."""
        authority, own = self._tunnel
        sock.settimeout(self._remaining(deadline))
        sock.sendall(f"CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\n{own}\r\n".encode("latin-1"))
        answer_head = b""
        while not answer_head.endswith(b"\r\n\r\n"):
            sock.settimeout(self._remaining(deadline))
            piece = sock.recv(1)  # byte by byte: the bytes after the head belong to TLS
            if not piece or len(answer_head) > 8192:
                raise OSError(0, "proxy hung up")
            answer_head += piece
        status = answer_head.decode("latin-1").split(" ", 2)[1:2]
        if status != ["200"]:
            raise OSError(0, f"proxy answered {' '.join(status)}")

    def _exchange(self, sock: socket.socket, method: str, message: bytes, deadline: float) -> Answer | None:
        """The answer, or None where the server closed the connection before its first byte."""
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
        try:
            response.feed(data)
            if not response.status:
                self._read_on(sock, response, len(data), deadline)
        except HTTPParseError:
            raise _Unfit(_misfit(data, response)) from None
        if response.keeps and not response.excess:
            self._idle.append((time.perf_counter(), sock))
        else:
            sock.close()
        headers = {name.lower(): value for name, value in response.items()}
        cookies: Sequence[str] = ()
        if "set-cookie" in headers:
            cookies = [value for name, value in response.items() if name.lower() == "set-cookie"]
        return Answer(response.status, headers, bytes(response.body), "", cookies)

    def _read_on(self, sock: socket.socket, response: _Parser, received: int, deadline: float) -> None:
        """Read the rest of an answer, bounded in time and bytes."""
        head = received if response.in_head else 0
        while not response.status:
            try:
                sock.settimeout(self._remaining(deadline))
                data = sock.recv(65536)
            except TimeoutError:
                if response.in_head:
                    raise
                raise _Unfit("timeout in body") from None
            try:
                response.feed(data)
            except HTTPParseError:
                if data:
                    raise
                raise _Unfit("answer cut short") from None
            head += len(data) if response.in_head else 0
            if head > HEAD_BYTES:
                raise _Unfit("too many 1xx answers" if response.get_code() < 200 else "headers too large")
            if received // _YIELD_BYTES != (received := received + len(data)) // _YIELD_BYTES:
                sleep(0)
            if received > ANSWER_BYTES:
                raise _Unfit(f"answer over {ANSWER_BYTES >> 20} MiB")

    @staticmethod
    def _remaining(deadline: float) -> float:
        remaining = deadline - time.perf_counter()
        if remaining <= 0:
            raise TimeoutError
        return remaining


def context(ca_bundle: str, certificate: str, password: str) -> ssl.SSLContext:
    """A TLS context that verifies the server, and presents a client certificate where one is named. Raises `Refusal`."""
    try:
        tls = ssl.create_default_context(cafile=ca_bundle or None)
    except OSError as error:
        raise Refusal("--ca-bundle", ca_bundle, "a PEM file of authorities", str(error)) from None
    tls.set_alpn_protocols(["http/1.1"])
    if certificate:
        try:
            tls.load_cert_chain(certificate, password=password)
        except OSError as error:
            reason = error.strerror or str(error)
            raise Refusal(
                "--client-certificate", certificate, "a PEM file with a certificate and its key", reason
            ) from None
    return tls


_NONE = bytes(4)
"""What `FIONREAD` gives for no unread bytes."""


def _misfit(began: bytes, response: _Parser) -> str:
    """A text for what the server sent instead of an HTTP/1.1 answer."""
    if began[3:4] in (b"\x04", b"\x07") and began[5:9] == bytes(4):  # SETTINGS or GOAWAY on stream 0 (RFC 9113, 6)
        return "HTTP/2 only"
    return "unexpected 101" if response.get_code() == 101 else "malformed answer"


def _lines(headers: dict[str, str]) -> str:
    return "".join([f"{name}: {value}\r\n" for name, value in headers.items() if _fits(name, value)])


def _fits(name: str, value: str) -> bool:
    """True. Raises `ValueError` for a value with a control character, without showing it: it may be a secret."""
    if not value.isprintable():
        raise ValueError(f"a control character in header {name}")
    return True


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _basic(credentials: str) -> str:
    return "Basic " + base64.b64encode(credentials.encode()).decode()


def _clean(text: str) -> str:
    """The path. Raises `ValueError` for one that could change the host, or end its line early and begin another request."""
    if not text.startswith("/"):
        raise ValueError(f"a path that does not begin with /: {text!r}")
    if not text.isprintable():
        raise ValueError(f"a control character in {text!r}")
    return text
