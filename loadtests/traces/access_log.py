"""Converts access logs to traces: each recorded request that a route matches becomes a journey or a step of one.

nginx and Apache write the combined format, other servers a JSON object a line. Bad lines are skipped and reported by number.
"""

from __future__ import annotations

import gzip
import ipaddress
import json
import re
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import unquote

from loadtests.traces.route_patterns import Patterns
from loadtests.traces.routes import Route, Routes
from loadtests.traces.synthetic import FOLLOWING
from sim.records.refusal import Refusal, one_line
from sim.streams import stream

_QUOTED = r'"((?:[^"\\]|\\.)*)"'
_COMBINED = re.compile(
    r'(?P<client_part>[^"]*?)\[(?P<time>[^\[\]]{1,60})\] "(?P<method>[A-Z]+) (?P<path>\S+)[^"]*" (?P<status>\d{3}) \S+'
    rf"(?: {_QUOTED} (?P<agent>{_QUOTED})(?P<rest>.*))?"
)
_NAMES: Mapping[str, tuple[str, ...]] = {
    "time": ("time", "ts", "timestamp", "@timestamp", "time_iso8601", "time_local", "msec"),
    "method": ("method", "request_method", "request.method"),
    "path": ("path", "uri", "request_uri", "request.uri", "url"),
    "status": ("status", "status_code", "response.status"),
    "client": ("client", "remote_addr", "request.remote_ip", "remote_ip", "client_ip", "ip"),
    "agent": ("http_user_agent", "user_agent", "agent", "request.headers.User-Agent"),
    "forwarded": ("http_x_forwarded_for", "x_forwarded_for", "request.headers.X-Forwarded-For"),
}
"""Names of fields in the JSON lines of nginx, Caddy and other servers; the first that is present counts."""
_VIEWED = 5
"""In a log without cart calls an order has the last so many SKUs that its session viewed."""
_YEARS = (1995, 2100)
"""Years in which an access log can have been written."""
_MILLISECONDS = 1e11
"""A larger Unix time is in milliseconds: in seconds it would be after the year 5138."""
_MOST_UNITS = 10_000
_LONGEST_LINE = 32_768
"""Characters; a longer line is skipped as bad. Servers refuse requests whose headers are longer than half of it."""
_NAMED = 1_000
"""Bad lines that are listed; further ones are only counted."""
_PROXY = 50
"""Requests per visitor from which on the logged address is probably a proxy's."""


class Tally(Counter[str]):
    """Counts by name, with the number of the first line that has the name."""

    def __init__(self) -> None:
        super().__init__()
        self.first: dict[str, int] = {}

    def note(self, name: str, line: int) -> None:
        """Count a name, and keep the line number where it is the name's first."""
        self[name] += 1
        self.first.setdefault(name, line)


@dataclass
class Read:
    """A log that was read: the trace's columns, and counts of what was left out or assumed."""

    columns: dict[str, list] = field(default_factory=dict)
    codes: list[str] = field(default_factory=list)
    start: datetime = datetime.min
    """Midnight before the first request, in that request's offset from UTC; `t` counts from it."""
    lines: int = 0
    skipped: int = 0
    """Lines that could not be read."""
    bad: list[str] = field(default_factory=list)
    """The first bad lines, each with its number and the error."""
    unmatched: Tally = field(default_factory=Tally)
    left_out: Tally = field(default_factory=Tally)
    """Requests that match a route but are not replayed, by reason."""
    assumed: Tally = field(default_factory=Tally)
    """Values that the log lacks, and what is assumed in their place."""


@dataclass
class _Request:
    line: int
    time: datetime
    method: str
    path: str
    status: int | None
    agent: str
    visitor: str
    t: float = 0.0


@dataclass
class _Visit:
    session: int
    basket: dict[int, int]
    """Units by SKU."""
    order: int = -1
    """Row of the last checkout."""
    viewed: list[int] = field(default_factory=list)
    last_s: float = 0.0


def read_log(path: Path, routes: Routes, seed: int = 1) -> Read:
    """The journeys of a log, in order of time. Time stamps in whole seconds are spread at random over their second. Raises `Refusal`."""
    read = Read()
    requests = sorted(_requests(path, routes, read), key=lambda request: request.time)
    read.lines = len(requests) + read.skipped
    if not requests:
        first = read.bad[0] if read.bad else ""
        raise Refusal(path, first, "lines of an access log (combined format, or a JSON object each)", "none")
    read.start = requests[0].time.replace(hour=0, minute=0, second=0, microsecond=0)
    rng = stream(seed, 0, "accesslog/within-a-second")
    for time, group in groupby(requests, key=lambda request: request.time):
        together = list(group)
        within_s = sorted(rng.random(len(together))) if time.microsecond == 0 else [0.0] * len(together)
        for request, later_s in zip(together, within_s, strict=True):
            request.t = (time - read.start).total_seconds() + later_s
    requests.sort(key=lambda request: request.t)
    _journeys(requests, routes, read)
    if not read.columns["t"]:
        most = [*read.left_out.most_common(2), *read.unmatched.most_common(3)]
        raise Refusal(
            path,
            "",
            f"requests that a route matches and that are replayed; most frequent: {', '.join(n for n, _ in most)}",
            "none",
        )
    return read


def _requests(path: Path, routes: Routes, read: Read) -> Iterator[_Request]:
    number = 0
    try:
        with path.open("rb") as file:
            packed = file.read(2) == b"\x1f\x8b"
        with (gzip.open if packed or path.suffix == ".gz" else open)(
            path, "rt", encoding="utf-8-sig", errors="replace"
        ) as file:
            for number, line in enumerate(_lines(file), 1):
                if not line.strip():
                    continue
                try:
                    yield _request(number, line, routes, read)
                except RecursionError:
                    _skip(read, number, "JSON nested too deeply")
                except (ValueError, KeyError, TypeError, OverflowError) as error:
                    _skip(read, number, str(error).strip() or type(error).__name__)
    except EOFError:
        raise Refusal(path, f"line {number + 1}", "a whole file; the gzip ends early") from None
    except (zlib.error, gzip.BadGzipFile) as error:
        raise Refusal(path, f"line {number + 1}", f"an access log; the gzip is damaged ({error})") from None
    except OSError as error:
        raise Refusal(path, "", "an access log", error.strerror or str(error)) from None


def _lines(file: TextIO) -> Iterator[str]:
    """The lines of a file; of a line that is too long only its beginning, so that memory is bounded."""
    while line := file.readline(_LONGEST_LINE + 1):
        rest = line
        while not rest.endswith("\n") and (rest := file.readline(_LONGEST_LINE)):
            pass
        yield line


def _skip(read: Read, number: int, why: str) -> None:
    read.skipped += 1
    if len(read.bad) < _NAMED:
        read.bad.append(f"line {number}: {one_line(why)}")


def _request(number: int, line: str, routes: Routes, read: Read) -> _Request:
    if len(line) > _LONGEST_LINE:
        raise ValueError(f"longer than {_LONGEST_LINE:,} characters: {line[:40]}")
    fields = _from_json(line, routes) if line.lstrip().startswith("{") else _from_combined(line)
    stamp = _time(fields["time"])
    if stamp.tzinfo is None:
        read.assumed.note("time stamps without an offset from UTC, taken for UTC", number)
        stamp = stamp.replace(tzinfo=UTC)
    status = fields.get("status")
    if status is None:
        read.assumed.note("requests without a status, taken as answered", number)
    agent, client = str(fields.get("agent") or ""), _first_address(fields.get("forwarded")) or fields["client"]
    cookie = re.search(rf"\b{re.escape(routes.cookie)}=([^;\"\s]+)", line) if routes.cookie else None
    return _Request(
        number, stamp, str(fields["method"]), str(fields["path"]), None if status is None else int(status), agent,
        cookie[1] if cookie else f"{client} {agent}",
    )  # fmt: skip


def _from_combined(line: str) -> dict[str, Any]:
    match = _COMBINED.match(line.strip())
    if not match:
        raise ValueError(f"not in the combined format: {line.strip()[:60]}")
    fields: dict[str, Any] = match.groupdict()
    words = fields["client_part"].split()
    if not words:
        raise ValueError("no client before the time")
    if len(words) > 3 and not words[0].endswith(",") and (_is_address(words[1]) or _is_host_and_port(words[0])):
        words = words[1:]  # vhost_combined begins with the virtual host
    fields["client"] = words[0].rstrip(",")
    fields["agent"] = (fields["agent"] or "").strip('"')
    for quoted, bare in re.findall(rf"{_QUOTED}|([^\s,\"]+(?:, *[^\s,\"]+)*)", fields["rest"] or ""):
        if all(_is_address(part.strip()) for part in (quoted or bare).split(",")):
            fields["forwarded"] = quoted or bare
            break
    return fields


def _from_json(line: str, routes: Routes) -> dict[str, Any]:
    record = json.loads(line)
    fields: dict[str, Any] = {}
    for name, usual in _NAMES.items():
        own = getattr(routes.fields, name)
        fields[name] = next(
            (value for key in ((own,) if own else usual) if (value := _at(record, key)) is not None), None
        )
    asked = record.get("request")
    if isinstance(asked, str) and len(asked.split()) > 1:  # nginx's $request: METHOD /path PROTOCOL
        fields["method"], fields["path"] = fields["method"] or asked.split()[0], fields["path"] or asked.split()[1]
    for name in ("time", "method", "path", "client"):
        if fields[name] is None and not (name == "client" and fields["forwarded"]):
            own = getattr(routes.fields, name)
            raise ValueError(
                f"no field {own or ' or '.join(_NAMES[name])} for the {name}; name it in routes under fields.{name}"
            )
    return fields


def _at(record: Any, name: str) -> Any:
    """The plain value at `a.b[0]`; of a list without index its first element; None where there is none."""
    if isinstance(record, dict) and name in record:
        value = record[name]
    else:
        value = record
        for key, index in re.findall(r"([^.\[\]]+)|\[(\d+)\]", name):
            inside = value.get(key) if key and isinstance(value, dict) else None
            value = value[int(index)] if index and isinstance(value, list) and int(index) < len(value) else inside
    value = next(iter(value), None) if isinstance(value, list) else value
    return None if isinstance(value, dict | list) else value


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        return False
    return True


def _is_host_and_port(text: str) -> bool:
    return bool(re.fullmatch(r"\S+:\d+", text)) and not _is_address(text)


def _first_address(forwarded: Any) -> str:
    """The visitor's address in an `X-Forwarded-For`: the first, before those of the proxies."""
    first = str(forwarded or "").partition(",")[0].strip()
    return "" if first in ("-", "unknown") else first


def _time(stamp: Any) -> datetime:
    """A time stamp in the combined format, in ISO 8601, or in Unix seconds or milliseconds. Raises `ValueError`."""
    if isinstance(stamp, str) and re.fullmatch(r"\d{9,13}(\.\d+)?", stamp):
        stamp = float(stamp)
    try:
        if isinstance(stamp, int | float) and not isinstance(stamp, bool):
            time = datetime.fromtimestamp(stamp / 1000 if stamp > _MILLISECONDS else stamp, UTC)
        else:
            time = _written(stamp)
        if _YEARS[0] <= time.year <= _YEARS[1]:
            return time
    except (ValueError, OverflowError, OSError, TypeError):
        raise ValueError(f"no time: {str(stamp)[:40]!r}") from None
    raise ValueError(f"time out of range: {str(stamp)[:40]!r}")


def _written(stamp: str) -> datetime:
    try:
        return datetime.strptime(stamp, "%d/%b/%Y:%H:%M:%S %z")
    except ValueError:
        return datetime.fromisoformat(stamp)


def _journeys(requests: list[_Request], routes: Routes, read: Read) -> None:
    patterns = Patterns(routes)
    kept = []
    with patterns.limited():
        for request in requests:
            if patterns.drops(request.agent, request.line):
                read.left_out.note("requests of crawlers and monitors", request.line)
                continue
            fitting = patterns.fitting(f"{request.method} {request.path}", request.agent, request.line)
            chosen = next(((match, route) for match, route in fitting if route.counts(request.status)), None)
            if chosen:
                kept.append((request, *chosen))
            elif fitting:
                read.left_out.note(f"requests answered {request.status}", request.line)
            else:
                read.unmatched.note(one_line(f"{request.method} {request.path.partition('?')[0]}"), request.line)
    visitors = len({request.visitor for request, _, _ in kept})
    if not routes.cookie and len(kept) >= _PROXY * max(visitors, 2):
        few = f"requests of {visitors} addresses and browsers, taken for so many visitors; behind a proxy name a cookie or fields.forwarded"
        read.assumed[few], read.assumed.first[few] = len(kept), kept[0][0].line
    with_carts = any(_action(request, match, route) in ("add", "set") for request, match, route in kept)
    _Reader(routes, read, with_carts).read_all(kept)


def _action(request: _Request, match: re.Match[str], route: Route) -> str:
    return route.action(request.method, bool(match.groupdict().get("sku")))


class _Reader:
    """Follows each visitor's cart through the requests, in order of time."""

    def __init__(self, routes: Routes, read: Read, with_carts: bool):
        self.read, self.with_carts = read, with_carts
        self.idle = timedelta(minutes=routes.idle_minutes).total_seconds()
        self.number_of: dict[str, int] = {}
        self.visits: dict[str, _Visit] = {}
        self.visitors: dict[str, int] = {}
        self.sessions = 0
        names = ("t", "journey", "follows", "session", "customer", "skus", "quantities")
        read.columns = {name: [] for name in names}

    def read_all(self, kept: list[tuple[_Request, re.Match[str], Route]]) -> None:
        for request, match, route in kept:
            visit = self._visit(request)
            code = match.groupdict().get("sku")
            sku = None if not code else self.number_of.setdefault(unquote(code), len(self.number_of))
            if action := _action(request, match, route):
                self._change(visit, action, sku, match.groupdict().get("quantity"), request.line)
            elif sku is not None and route.journey != "checkout":
                visit.viewed = [*(each for each in visit.viewed if each != sku), sku][-_VIEWED:]
            if route.journey:
                self._begin(route.journey, visit, sku, match.groupdict().get("quantity"), request)
        self.read.codes = list(self.number_of) or ["SKU-00001"]

    def _visit(self, request: _Request) -> _Visit:
        visit = self.visits.get(request.visitor)
        if visit is None or request.t - visit.last_s > self.idle:
            basket = visit.basket if visit else {}  # the cart is kept when a new session begins
            visit = self.visits[request.visitor] = _Visit(self.sessions, basket)
            self.sessions += 1
        visit.last_s = request.t
        return visit

    def _change(self, visit: _Visit, action: str, sku: int | None, quantity: str | None, line: int) -> None:
        if action == "clear":
            visit.basket.clear()
            return
        if sku is None and visit.viewed and action == "add":
            self.read.assumed.note("cart calls that name no SKU, taken to add what was looked at last", line)
            sku = visit.viewed[-1]
        if sku is None:
            self.read.left_out.note("cart calls that name no SKU", line)
            return
        units = self._units(quantity, line)
        before = visit.basket.pop(sku, 0)
        after = {"add": before + units, "set": units, "remove": before - units if quantity else 0}[action]
        if after > 0:
            visit.basket[sku] = min(after, _MOST_UNITS)

    def _units(self, quantity: str | None, line: int) -> int:
        if not quantity:
            return 1
        if re.fullmatch(r"\d{1,5}", quantity, re.ASCII) and int(quantity) <= _MOST_UNITS:
            return int(quantity)
        self.read.assumed.note(f"quantities that are no number up to {_MOST_UNITS:,}, taken for 1", line)
        return 1

    def _begin(self, journey: str, visit: _Visit, sku: int | None, quantity: str | None, request: _Request) -> None:
        if journey in FOLLOWING and visit.order < 0:
            self.read.left_out.note("journeys that need an order, in sessions without one", request.line)
            return
        wanted = (
            {} if sku is None else {sku: max(1, self._units(quantity, request.line)) if journey == "checkout" else 1}
        )
        if journey == "checkout" and not wanted:
            wanted, visit.basket = visit.basket, {}
            if not wanted and not self.with_carts:
                self.read.assumed.note(
                    f"checkouts in a log without cart calls, taken to hold the last {_VIEWED} SKUs looked at",
                    request.line,
                )
                wanted, visit.viewed = dict.fromkeys(visit.viewed or [0], 1), []
            if not wanted:
                self.read.left_out.note("checkouts of a cart into which no request put anything", request.line)
                return
        columns = self.read.columns
        row = len(columns["t"])
        customer = self.visitors.setdefault(request.visitor, len(self.visitors))
        values = (
            request.t, journey, visit.order if journey in FOLLOWING else -1, visit.session, customer,
            list(wanted), list(wanted.values()),
        )  # fmt: skip
        for name, value in zip(columns, values, strict=True):
            columns[name].append(value)
        if journey == "checkout":
            visit.order = row
