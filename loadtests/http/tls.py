"""A host's transport: its TLS version, how long its certificate is valid, and whether it also answers plain HTTP."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from gevent import socket, ssl

from loadtests.http.client import Client, context
from loadtests.http.options import Wire
from loadtests.safety import Target

CLEAR = 80


@dataclass(frozen=True)
class Transport:
    """`version` is empty for HTTP without TLS; `days` until the certificate expires; `error` where TLS failed."""

    version: str
    days: float
    in_clear: str
    """The reply to plain HTTP: refused, redirected or answered."""
    error: str = ""


def look(target: Target, wire: Wire) -> Transport:
    """Make one TLS handshake. The certificate is verified, as for every request."""
    if target.scheme == "http":
        return Transport("", 0.0, "answered")
    tls = context(wire.ca_bundle, wire.certificate, "")
    try:
        with (
            socket.create_connection((target.addresses[0], target.port), wire.timeout_s) as plain,
            tls.wrap_socket(plain, server_hostname=target.host) as secured,
        ):
            certificate: Any = secured.getpeercert()
            ends_s = ssl.cert_time_to_seconds(certificate["notAfter"])
            return Transport(secured.version() or "", (ends_s - time.time()) / 86_400, _in_clear(target, wire))
    except OSError as error:
        return Transport(
            "", 0.0, _in_clear(target, wire), f"{type(error).__name__}: {getattr(error, 'reason', None) or error}"
        )


def _in_clear(target: Target, wire: Wire) -> str:
    """The reply to a plain request, to the same port and to port 80: the less safe of both."""
    replies = [_ask(target, port, wire) for port in dict.fromkeys((target.port, CLEAR))]
    return max(replies, key=("refused", "redirected", "answered").index)


def _ask(target: Target, port: int, wire: Wire) -> str:
    clear = Target("http", target.host, port, "", target.addresses)
    answer = Client(clear, wire.timeout_s, {}).send("GET", "/")
    if answer.status == 0 or answer.status in (400, 403, 404, 426, 497):
        return "refused"
    secure = answer.headers.get("location", "").startswith("https://")
    return "redirected" if 300 <= answer.status < 400 and secure else "answered"
