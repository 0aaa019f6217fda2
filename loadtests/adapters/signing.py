"""Requests signed with a shared secret: a text made of the request and an HMAC over it, or sorted parameters hashed between two secrets.

What stands where differs by platform, so both forms take templates over the same words: {method} {path} {query} {body} {body_sha256}
{key} {timestamp} {nonce} {time}, and {signature} in what is sent.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from urllib.parse import parse_qsl, quote, urlencode

from loadtests.adapters.auth import Auth, secret
from loadtests.adapters.errand import Call, Errand


@dataclass
class _Signed(Auth):
    secret: str
    key: str = ""
    digest: str = "sha256"
    encoding: str = "hex"
    """hex, HEX, base64, or base64(hex), which encodes the hexadecimal digits."""
    secret_is_base64: bool = False
    time_format: str = "%Y-%m-%d %H:%M:%S"
    hours_from_utc: int = 8
    milliseconds: bool = False
    now: Callable[[], float] = field(default=time.time, kw_only=True, repr=False)
    nonce: Callable[[], str] = field(default=lambda: secrets.token_hex(16), kw_only=True, repr=False)

    def read(self, environment: Mapping[str, str]) -> dict[str, str]:
        given = secret(environment, self.secret)
        self._secret = base64.b64decode(given) if self.secret_is_base64 else given.encode()
        self._key = secret(environment, self.key) if self.key else ""
        return {}

    def forge(self) -> None:
        self._secret = b"forged"

    def _words(self, call: Call) -> dict[str, str]:
        now, body = self.now(), call.body or b""
        at = datetime.fromtimestamp(now, timezone(timedelta(hours=self.hours_from_utc)))
        return {
            "method": call.method,
            "path": call.path,
            "quoted_path": quote(call.path, safe=""),
            "query": urlencode(sorted(call.params), quote_via=quote),
            "body": body.decode("utf-8", "replace"),
            "body_sha256": hashlib.sha256(body).hexdigest(),
            "key": self._key,
            "timestamp": str(int(now * 1000) if self.milliseconds else int(now)),
            "time": at.strftime(self.time_format),
            "nonce": self.nonce(),
        }

    def _hmac(self, text: str) -> str:
        return self._encode(hmac.digest(self._secret, text.encode(), self.digest))

    def _encode(self, digest: bytes) -> str:
        match self.encoding:
            case "hex":
                return digest.hex()
            case "HEX":
                return digest.hex().upper()
            case "base64":
                return base64.b64encode(digest).decode()
            case "base64(hex)":
                return base64.b64encode(digest.hex().encode()).decode()
        raise ValueError(f"no such encoding: {self.encoding}")


@dataclass
class Hmac(_Signed):
    """A signature over a text, sent in headers."""

    text: str = "{method}\n{path}\n{query}\n{timestamp}\n{nonce}\n{body_sha256}"
    send: Mapping[str, str] = field(
        default_factory=lambda: {"X-Timestamp": "{timestamp}", "X-Nonce": "{nonce}", "X-Signature": "{signature}"}
    )

    def dress(self, call: Call, errand: Errand) -> None:
        words = self._words(call)
        words["signature"] = self._hmac(self.text.format(**words))
        call.headers |= {name: value.format(**words) for name, value in self.send.items()}


@dataclass
class SortedParameters(_Signed):
    """A signature over all parameters sorted by name, sent as one more: with a plain digest the secret stands before and after them.

    A form's fields are signed with those of the query.
    """

    add: Mapping[str, str] = field(default_factory=dict)
    """Parameters that go with every request."""
    pair: str = "{name}{value}"
    between: str = ""
    keyed: bool = False
    """An HMAC with the secret as its key, instead of a digest of secret, parameters, secret."""
    parameter: str = "sign"

    def dress(self, call: Call, errand: Errand) -> None:
        words = self._words(call)
        call.params += [(name, value.format(**words)) for name, value in self.add.items()]
        signed = sorted([*call.params, *_form(call)])
        text = self.between.join(self.pair.format(name=name, value=value) for name, value in signed)
        if self.keyed:
            signature = self._hmac(text)
        else:
            whole = self._secret + text.encode() + self._secret
            signature = self._encode(hashlib.new(self.digest, whole).digest())
        call.params.append((self.parameter, signature))


def _form(call: Call) -> list[tuple[str, str]]:
    if call.body and call.headers.get("Content-Type") == "application/x-www-form-urlencoded":
        return parse_qsl(call.body.decode(), keep_blank_values=True)
    return []
