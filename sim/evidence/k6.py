"""k6's results: `--out json` (a point a line) and `--out csv`."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from sim.records.refusal import Refusal

DROPPED = "dropped"
_METRICS = {"http_req_duration", "http_req_blocked", "dropped_iterations"}
"""A request's duration, the wait for its connection that k6 leaves out of it though the caller waited, and what was never sent."""

Point = tuple[str, str, float, dict[str, str]]
"""Metric, time, value, tags."""


def read_json(path: Path) -> pd.DataFrame:
    """A row a request: `start_s`, `took_s`, `name`, `status`, `good`, `error`. Raises `Refusal`."""
    return _requests(path, _points(path))


def read_csv(path: Path) -> pd.DataFrame:
    """The same from CSV. Raises `Refusal`."""
    return _requests(path, _rows(path))


def _points(path: Path) -> Iterator[Point]:
    """k6 run --out json: metric, time, value and tags of each point that tells of a request."""
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8-sig") as file:
        for number, line in enumerate(file, 1):
            if '"Point"' not in line:
                continue
            try:
                point = json.loads(line)
                if point["type"] == "Point" and point["metric"] in _METRICS:
                    data = point["data"]
                    yield point["metric"], data["time"], float(data["value"]), data.get("tags") or {}
            except (ValueError, KeyError, TypeError):
                raise Refusal(path, f"line {number}", "a point of k6's JSON output", line.strip()) from None


def _rows(path: Path) -> Iterator[Point]:
    """k6 run --out csv: the same."""
    table = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    table = table[table["metric_name"].isin(_METRICS)]
    tags = table.drop(columns=["metric_name", "timestamp", "metric_value"]).to_dict("records")
    values = pd.to_numeric(table["metric_value"], errors="coerce")
    if values.isna().any():
        row = int(values.isna().idxmax())
        raise Refusal(path, f"line {row + 2}", "a number as metric_value", table.loc[row, "metric_value"])
    yield from zip(table["metric_name"], table["timestamp"], values, tags, strict=True)


def _requests(path: Path, points: Iterator[Point]) -> pd.DataFrame:
    """k6 writes the points of a request one after another, stamped with its end; its duration opens them.

    Iterations that it dropped, for want of a virtual user at their time, are requests that were never sent.
    """
    requests: list[dict] = []
    for metric, time, value, tags in points:
        if metric == "dropped_iterations":
            name = tags.get("scenario") or "iteration"
            requests += [
                {"end": time, "took_ms": np.nan, "name": name, "status": 0, "good": False, "error": DROPPED}
            ] * int(value)
        elif metric == "http_req_duration":
            status = _status(path, tags.get("status") or "0")
            requests.append(
                {
                    "end": time,
                    "took_ms": value,
                    "name": tags.get("group") or f"{tags.get('method', '')} {tags.get('name') or tags.get('url', '')}",
                    "status": status,
                    "good": tags.get("expected_response", str(200 <= status < 400)).lower() == "true",
                    "error": str(status) if status else tags.get("error") or "no answer",
                }
            )
        elif requests and requests[-1]["end"] == time and requests[-1]["error"] != DROPPED:
            requests[-1]["took_ms"] += value
    found = pd.DataFrame(requests, columns=["end", "took_ms", "name", "status", "good", "error"])
    found["took_s"] = found.pop("took_ms") / 1000
    found["start_s"] = _instants(path, found.pop("end")) - found["took_s"].fillna(0)
    found["name"] = found["name"].str.removeprefix("::")
    return found


def _status(path: Path, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise Refusal(path, "status", "an HTTP status", text) from None


def _instants(path: Path, stamps: pd.Series) -> pd.Series:
    """Seconds since 1970 of RFC 3339 times, or of Unix times in s, ms, µs or ns: k6's CSV takes either."""
    numbers = pd.to_numeric(stamps, errors="coerce")
    if numbers.notna().all():
        return numbers / 10.0 ** (3 * np.clip((np.log10(numbers.clip(lower=1)) // 3 - 3), 0, 3))
    times = pd.to_datetime(stamps, utc=True, format="ISO8601", errors="coerce")
    if times.isna().any():
        raise Refusal(path, "time", "an RFC 3339 time or a Unix time", stamps[times.isna()].iloc[0])
    return times.astype("datetime64[ns, UTC]").astype("int64") / 1e9
