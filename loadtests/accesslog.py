"""Access logs as traces: what real visitors asked of a platform, in the journeys that its routes stand for.

nginx and Apache write the combined format, others a JSON object a line. Lines that cannot be read are reported by number and skipped.
"""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from loadtests.made import FOLLOWING
from sim.records.refusal import Refusal
from sim.records.trace import JOURNEYS
from sim.streams import stream

_COMBINED = re.compile(
    r'(?P<client>\S+) \S+ .*?\[(?P<time>[^\]]+)\] "(?P<method>[A-Z]+) (?P<path>\S+)[^"]*" (?P<status>\d{3}) \S+'
    r'(?: "[^"]*" "(?P<agent>[^"]*)")?'
)
_BASKET = 5
"""An order whose log line names no SKU takes the last so many that its session looked at."""
_FIELDS = {"time": "time", "method": "method", "path": "path", "status": "status", "client": "client"}


@dataclass(frozen=True)
class Routes:
    """Which request begins which journey, and what tells visitors apart."""

    routes: tuple[tuple[re.Pattern[str], str], ...]
    """Patterns over `METHOD /path?query`, the first that matches counts; a group named `sku` holds a SKU. Journey `""`: a step, not a journey."""
    cookie: str = ""
    """Name of the cookie that is a session; without it a session is a client's address and browser."""
    idle_s: float = 1800.0
    """A visitor who was silent for longer comes again as another session."""
    fields: Mapping[str, str] = field(default_factory=lambda: dict(_FIELDS))
    """Names, in JSON lines, of what the combined format calls time, method, path, status, client."""


@dataclass
class Read:
    """What a log came to: the trace's columns, and what was left out."""

    columns: dict[str, list]
    codes: list[str]
    start: datetime
    lines: int
    bad: list[str]
    """Each line that could not be read, with its number and what was wrong."""
    unmatched: Counter[str]
    orphans: int
    """Journeys that need an order, in sessions without one."""


def read_routes(path: Path) -> Routes:
    """Routes from YAML. Raises `Refusal` that names the entry."""
    try:
        said = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except (OSError, yaml.YAMLError) as error:
        raise Refusal(path, "", "routes as YAML", str(error)) from None
    if not isinstance(said, dict) or not isinstance(said.get("routes"), list) or not said["routes"]:
        raise Refusal(path, "routes", "a list of {match: METHOD /path, journey: name}", said)
    if unknown := set(said) - {"routes", "cookie", "idle_minutes", "fields"}:
        raise Refusal(path, sorted(unknown)[0], "routes, cookie, idle_minutes or fields")
    routes = []
    for number, entry in enumerate(said["routes"]):
        try:
            match, journey = re.compile(entry["match"]), entry.get("journey") or ""
        except (re.error, KeyError, TypeError, AttributeError) as error:
            raise Refusal(
                path, f"routes.{number}.match", "a regular expression over METHOD /path", str(error)
            ) from None
        if journey and journey not in JOURNEYS:
            raise Refusal(path, f"routes.{number}.journey", f"one of {', '.join(JOURNEYS)}", journey)
        routes.append((match, journey))
    idle_s = 60 * float(said.get("idle_minutes", 30))
    return Routes(tuple(routes), said.get("cookie", ""), idle_s, {**_FIELDS, **said.get("fields", {})})


def read_log(path: Path, routes: Routes, seed: int = 1) -> Read:
    """The journeys of a log, in order of time. Stamps in whole seconds are spread over their second. Raises `Refusal`."""
    bad: list[str] = []
    found = sorted(_requests(path, routes, bad), key=lambda request: request["time"])
    lines = len(found) + len(bad)
    if not found:
        raise Refusal(
            path, bad[0] if bad else "", "lines of an access log (combined format, or a JSON object each)", "none"
        )
    start = found[0]["time"].replace(hour=0, minute=0, second=0, microsecond=0)
    within_s = stream(seed, 0, "accesslog/within-a-second").random(len(found))
    for request, u in zip(found, within_s, strict=True):
        whole_second = request["time"].microsecond == 0
        request["t"] = (request["time"] - start).total_seconds() + (u if whole_second else 0.0)
    found.sort(key=lambda request: request["t"])
    unmatched: Counter[str] = Counter()
    columns, codes, orphans = _journeys(found, routes, unmatched)
    if not columns["t"]:
        most = ", ".join(name for name, _ in unmatched.most_common(3))
        raise Refusal(path, "", "requests that a route matches", f"none; most frequent: {most}")
    return Read(columns, codes, start, lines, bad, unmatched, orphans)


def _requests(path: Path, routes: Routes, bad: list[str]) -> Iterator[dict[str, Any]]:
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rt", encoding="utf-8-sig", errors="replace") as file:
            for number, line in enumerate(file, 1):
                if not line.strip():
                    continue
                try:
                    yield _request(line, routes)
                except (ValueError, KeyError, TypeError) as error:
                    bad.append(f"line {number}: {str(error).strip() or type(error).__name__}")
    except OSError as error:
        raise Refusal(path, "", "an access log", error.strerror) from None


def _request(line: str, routes: Routes) -> dict[str, Any]:
    if line.lstrip().startswith("{"):
        said = json.loads(line)
        request = {name: said[key] for name, key in routes.fields.items()}
        agent = str(said.get("http_user_agent", ""))
    else:
        match = _COMBINED.match(line)
        if not match:
            raise ValueError(f"not in the combined format: {line.strip()[:60]}")
        request, agent = match.groupdict(), match["agent"] or ""
    cookie = re.search(rf"\b{re.escape(routes.cookie)}=([^;\"\s]+)", line) if routes.cookie else None
    return {
        "time": _time(request["time"]),
        "asked": f"{request['method']} {request['path']}",
        "visitor": cookie[1] if cookie else f"{request['client']} {agent}",
    }


def _time(stamp: Any) -> datetime:
    """Local time as the log tells it, without its zone. Combined format, ISO 8601, or Unix seconds (then UTC)."""
    if isinstance(stamp, int | float):
        return datetime.fromtimestamp(stamp, UTC).replace(tzinfo=None)
    for read in (lambda s: datetime.strptime(s, "%d/%b/%Y:%H:%M:%S %z"), datetime.fromisoformat):
        try:
            return read(stamp).replace(tzinfo=None)
        except ValueError:
            continue
    raise ValueError(f"no time: {stamp!r}")


def _journeys(
    found: list[dict[str, Any]], routes: Routes, unmatched: Counter[str]
) -> tuple[dict[str, list], list[str], int]:
    columns: dict[str, list] = {name: [] for name in ("t", "journey", "follows", "session", "customer", "skus")}
    number_of: dict[str, int] = {}
    visits: dict[str, dict[str, Any]] = {}
    visitors: dict[str, int] = {}
    sessions = orphans = 0
    for request in found:
        match, journey = next(((m, j) for p, j in routes.routes if (m := p.match(request["asked"]))), (None, ""))
        if match is None:
            unmatched[request["asked"].partition("?")[0]] += 1
            continue
        visit = visits.get(request["visitor"])
        if visit is None or request["t"] - visit["last_s"] > routes.idle_s:
            visit = visits[request["visitor"]] = {"session": sessions, "order": -1, "seen": []}
            sessions += 1
        visit["last_s"] = request["t"]
        skus = []
        if code := match.groupdict().get("sku"):
            skus = [number_of.setdefault(code, len(number_of))]
            visit["seen"] = [*(sku for sku in visit["seen"] if sku not in skus), *skus][-_BASKET:]
        if not journey:
            continue
        if journey in FOLLOWING and visit["order"] < 0:
            orphans += 1
            continue
        if journey == "checkout":
            skus, visit["seen"] = skus or visit["seen"] or [0], []
        row = len(columns["t"])
        follows = visit["order"] if journey in FOLLOWING else -1
        customer = visitors.setdefault(request["visitor"], len(visitors))
        for name, value in zip(
            columns, (request["t"], journey, follows, visit["session"], customer, skus), strict=True
        ):
            columns[name].append(value)
        if journey == "checkout":
            visit["order"] = row
    return columns, list(number_of) or ["SKU-00001"], orphans
