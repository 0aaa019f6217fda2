"""What keeps a load test from hurting anybody: an allow-list of hosts, pinned addresses, a rate cap, a stop on errors."""

from __future__ import annotations

import socket
from collections import deque
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from sim.records.refusal import Refusal


@dataclass(frozen=True)
class Target:
    """Where requests go. Addresses are looked up once, so a name that resolves elsewhere later leads nowhere else."""

    scheme: str
    host: str
    port: int
    base_path: str
    addresses: tuple[str, ...]

    @property
    def loopback(self) -> bool:
        return all(ip_address(address.partition("%")[0]).is_loopback for address in self.addresses)

    @property
    def base_url(self) -> str:
        return f"{self.scheme}://{self.authority}{self.base_path}"

    @property
    def authority(self) -> str:
        """What stands in the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == {"http": 80, "https": 443}[self.scheme] else f"{host}:{self.port}"


def resolve(url: str, flag: str = "--host") -> Target:
    """Read a base URL, given by `flag`, and pin the addresses of its host.

    Raises `Refusal` for a URL that cannot be loaded or holds a secret.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Refusal(flag, "", "a base URL such as http://127.0.0.1:8080", url)
    if parts.username or parts.password:
        raise Refusal(flag, "", "a URL without credentials: secrets come from the environment")
    if parts.query or parts.fragment:
        raise Refusal(flag, "", "a base URL without query or fragment", url)
    try:
        port = parts.port or {"http": 80, "https": 443}[parts.scheme]
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, ValueError) as error:
        raise Refusal(flag, parts.hostname, "a host that resolves", str(error)) from None
    addresses = tuple(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in found))
    return Target(parts.scheme, parts.hostname, port, parts.path.rstrip("/"), addresses)


def admit(target: Target, allowed: str) -> None:
    """Let a target through when every address is loopback or its host is among those named on purpose. Raises `Refusal`.

    allowed: names of hosts, with commas between them.
    """
    if not target.loopback and target.host.lower() not in {name.strip().lower() for name in allowed.split(",")}:
        raise Refusal("--allow-host", target.host, "the host's name, typed or as this flag, to load it beyond loopback")


def cap_rate(busiest_per_s: int, cap: float) -> None:
    """Refuse a schedule that asks for more journeys in any second than the cap: it is never stretched to fit. Raises `Refusal`."""
    if busiest_per_s > cap:
        raise Refusal("--rate-cap", "", f"at most {cap:g} journeys in any second", busiest_per_s)


FAULTS = 20
"""So many exceptions in the adapter's own code end a run: with the first it is invalid, and more load would prove nothing."""


class ErrorStop:
    """Says when too many requests of the last `window_s` seconds failed to go on."""

    def __init__(self, ratio: float, window_s: float = 10.0, least: int = 50):
        self.ratio, self.window_s, self.least = ratio, window_s, least
        self._seen: deque[tuple[float, int, int]] = deque([(0.0, 0, 0)])

    def see(self, t: float, requests: int, failed: int) -> bool:
        """Take the totals at instant `t`; True when the share of failures since `t − window_s` is above the ratio."""
        while len(self._seen) > 1 and self._seen[1][0] <= t - self.window_s:
            self._seen.popleft()
        _, requests_before, failed_before = self._seen[0]
        self._seen.append((t, requests, failed))
        recent = requests - requests_before
        return recent >= self.least and failed - failed_before > self.ratio * recent
