"""What keeps load off other systems: an allow-list of hosts, pinned addresses, a rate cap, a stop on errors."""

from __future__ import annotations

import re
import socket
from collections import deque
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from sim.records.refusal import Refusal

_UNFIT = re.compile(r"[^!-~]|\\")
"""Characters not allowed in a request line, and the backslash, which URL parsers treat differently."""
_HOST = re.compile(r"[\w.-]+|[0-9A-Fa-f:.]+(%[\w.-]+)?")


@dataclass(frozen=True)
class Target:
    """Where requests go. Addresses are looked up once, so that a later change of the name's resolution has no effect."""

    scheme: str
    host: str
    port: int
    base_path: str
    addresses: tuple[str, ...]

    @property
    def loopback(self) -> bool:
        """Whether every address is of this machine."""
        return all(ip_address(address.partition("%")[0]).is_loopback for address in self.addresses)

    @property
    def base_url(self) -> str:
        """Scheme, authority and base path."""
        return f"{self.scheme}://{self.authority}{self.base_path}"

    @property
    def authority(self) -> str:
        """The value of the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == {"http": 80, "https": 443}[self.scheme] else f"{host}:{self.port}"


def resolve(url: str, flag: str = "--host", allowed: str = "") -> Target:
    """Read a base URL, given by `flag`, and pin the addresses of its host; no name that was not allowed is looked up.

    allowed: names of hosts, with commas between them. Raises `Refusal` for a URL that cannot be loaded, holds a secret or leads to another host.
    """
    scheme, host, port, path = read_url(url, flag)
    if not (near(host) or _named(host, allowed)):
        raise _not_allowed(host)
    try:
        resolved = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, ValueError) as error:
        raise Refusal(flag, host, "a host that resolves", str(error)) from None
    target = Target(scheme, host, port, path, tuple(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in resolved)))
    admit(target, allowed)
    return target


def route(host: str, proxy: str, allowed: str) -> Target:
    """The target of a load, once it and the proxy (empty: none) are checked against the same list. Raises `Refusal`."""
    target = resolve(host, allowed=allowed)
    if proxy:
        resolve(proxy, "--proxy", allowed)
    return target


def read_url(url: str, flag: str = "--host") -> tuple[str, str, int, str]:
    """Scheme, host, port and path of a base URL, given by `flag`; nothing is looked up. Raises `Refusal`."""
    if _UNFIT.search(url or ""):
        raise Refusal(flag, "", "a base URL in printable ASCII: other names of hosts as xn--…, the rest in percents")
    try:
        parts = urlsplit(url or "")
        if "@" in parts.netloc:
            raise Refusal(flag, "", "a URL without credentials: secrets come from the environment")
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
            raise Refusal(flag, "", "a base URL such as http://127.0.0.1:8080", url)
        if not _HOST.fullmatch(parts.hostname):
            raise Refusal(flag, "", "a base URL with the name or address of a host", url)
        port = {"http": 80, "https": 443}[parts.scheme] if parts.port is None else parts.port
    except Refusal:
        raise
    except ValueError:  # the error's text may contain a password
        raise Refusal(flag, "", "a base URL such as http://127.0.0.1:8080") from None
    if "?" in url or "#" in url:
        raise Refusal(flag, "", "a base URL without query or fragment")
    return parts.scheme, parts.hostname, port, parts.path.rstrip("/")


def near(host: str) -> bool:
    """Whether a host is this machine by its name alone: `localhost`, or a loopback address as it stands."""
    try:
        return host.lower() == "localhost" or ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


def admit(target: Target, allowed: str) -> None:
    """Let a target through when every address is loopback or its host is among those named on purpose. Raises `Refusal`.

    allowed: names of hosts, with commas between them.
    """
    if not (target.loopback or _named(target.host, allowed)):
        raise _not_allowed(target.host)


def _named(host: str, allowed: str) -> bool:
    return host.lower() in {name.strip().lower() for name in allowed.split(",")}


def _not_allowed(host: str) -> Refusal:
    return Refusal("--allow-host", host, "the host's name, typed or as this flag, to load it beyond loopback")


def cap_rate(busiest_per_s: int, cap: float) -> None:
    """Raises `Refusal` for a schedule with more journeys in any second than the cap: it is never stretched to fit."""
    if busiest_per_s > cap:
        raise Refusal("--rate-cap", "", f"at most {cap:g} journeys in any second", busiest_per_s)


FAULTS = 20
"""Number of exceptions in the adapter's own code that ends a run: the first makes it invalid, so more load adds no evidence."""


class ErrorStop:
    """The rule that stops a run with too many failures: more than `ratio` of the requests of the last `window_s` seconds.

    Where that window has fewer than `least` requests, `row` consecutive failures stop it. A ratio of 1 never stops.
    """

    def __init__(self, ratio: float, window_s: float = 10.0, least: int = 50, row: int = 20):
        self.ratio, self.window_s, self.least, self.row = ratio, window_s, least, row
        self._seen: deque[tuple[float, int, int]] = deque([(0.0, 0, 0)])
        self._failed_before_row = 0

    @property
    def rule(self) -> str:
        """The rule in words."""
        if self.ratio >= 1:
            return "no share of failures ends it early"
        return (
            f"ends early when more than {self.ratio:.0%} of the requests of {self.window_s:g} s fail, or, where {self.window_s:g} s hold fewer than "
            f"{self.least}, when {self.row} requests in a row fail"
        )

    def see(self, t: float, requests: int, failed: int) -> str:
        """Take the totals at instant `t`, s; returns why the run must stop, empty where it may continue."""
        while len(self._seen) > 1 and self._seen[1][0] <= t - self.window_s:
            self._seen.popleft()
        _, requests_before, failed_before = self._seen[0]
        _, requests_last, failed_last = self._seen[-1]
        self._seen.append((t, requests, failed))
        if requests - requests_last > failed - failed_last:
            self._failed_before_row = failed
        recent = requests - requests_before
        if self.ratio >= 1:
            return ""
        if recent >= self.least and failed - failed_before > self.ratio * recent:
            return f"more than {self.ratio:.0%} of the requests of {self.window_s:g} s failed"
        if recent < self.least and failed - self._failed_before_row >= self.row:
            return f"{failed - self._failed_before_row} requests in a row failed"
        return ""
