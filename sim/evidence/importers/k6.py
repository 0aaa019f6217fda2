"""k6's results: `--out json` (a point a line) and `--out csv`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.evidence.importers.csv_rows import Cells, cut, printable, refuse_doubled, text
from sim.records.refusal import Refusal

DROPPED = "dropped"
_METRICS = {"http_req_duration", "http_req_blocked", "dropped_iterations"}
"""Metrics: a request's duration, the wait for its connection (not in k6's duration, though the caller waits), and iterations never sent."""
_MOST = 1e7
"""Of milliseconds or of dropped iterations in one point."""

Point = tuple[str, str, float, dict[str, str]]
"""Metric, time, value, tags."""


def read_json(path: Path) -> tuple[pd.DataFrame, list[str]]:
    """A row a request: `start_s`, `took_s`, `name`, `status`, `good`, `error`; and what was left out. Raises `Refusal`."""
    left_out: list[str] = []
    return _requests(path, _points(path, left_out)), left_out


def read_csv(path: Path) -> tuple[pd.DataFrame, list[str]]:
    """The same from CSV. Raises `Refusal`."""
    rows = Cells(path)
    return _requests(path, _rows(rows)), rows.left_out


def _points(path: Path, left_out: list[str]) -> Iterator[Point]:
    """k6 run --out json: metric, time, value and tags of each point of a request. A last line that is cut off is left out."""
    bad: tuple[int, str] | None = None
    with text(path) as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            if bad:
                raise Refusal(path, f"line {bad[0]}", "a point of k6's JSON output", bad[1])
            try:
                point = _point(line)
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
                bad = number, line.strip()
                continue
            if point:
                yield point
    if bad:
        left_out.append(cut(bad[0], "no whole JSON"))


def _point(line: str) -> Point | None:
    """A point of a request; None for any other line that k6 writes."""
    if '"Metric"' in line and '"Point"' not in line:
        return None
    point = json.loads(line)
    if point["type"] != "Point" or point["metric"] not in _METRICS:
        return None
    data = point["data"]
    tags = {str(name): printable(str(value)) for name, value in (data.get("tags") or {}).items()}
    return point["metric"], printable(str(data["time"])), _value(data["value"]), tags


def _rows(rows: Cells) -> Iterator[Point]:
    """k6 run --out csv: the same."""
    for line, cells in rows:
        tags = dict(zip(rows.header, cells, strict=True))
        metric, time, value = (tags.pop(name, "") for name in ("metric_name", "timestamp", "metric_value"))
        if metric not in _METRICS:
            continue
        try:
            yield metric, time, _value(value), tags
        except ValueError:
            raise Refusal(rows.path, f"line {line}", "a number from 0 up as metric_value", value) from None


def _value(text: Any) -> float:
    """A duration or a count. Raises `ValueError` for what is none."""
    value = float(text)
    if not 0 <= value <= _MOST:
        raise ValueError(text)
    return value


def _requests(path: Path, points: Iterator[Point]) -> pd.DataFrame:
    """k6 writes the points of a request one after another, stamped with its end; the duration comes first.

    Iterations that it dropped, for lack of a virtual user at their time, are requests that were never sent.
    """
    requests: list[dict] = []
    times: Counter[int] = Counter()
    for metric, time, value, tags in points:
        if metric == "dropped_iterations":
            name = tags.get("scenario") or "iteration"
            requests += [
                {"end": time, "took_ms": np.nan, "name": name, "status": 0, "good": False, "error": DROPPED}
            ] * int(value)
        elif metric == "http_req_duration":
            times[hash((time, value, *sorted(tags.items())))] += 1
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
    refuse_doubled(path, len(times), min(times.values(), default=0))
    frame = pd.DataFrame(requests, columns=["end", "took_ms", "name", "status", "good", "error"])
    frame["took_s"] = frame.pop("took_ms") / 1000
    frame["start_s"] = _instants(path, frame.pop("end")) - frame["took_s"].fillna(0)
    frame["name"] = frame["name"].str.removeprefix("::")
    return frame


def _status(path: Path, text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise Refusal(path, "status", "an HTTP status", text) from None


def _instants(path: Path, stamps: pd.Series) -> pd.Series:
    """Seconds since 1970 of RFC 3339 times, or of Unix times in s, ms, µs or ns: k6's CSV takes either."""
    numbers = pd.to_numeric(stamps, errors="coerce")
    if numbers.between(0, 1e20).all():
        return numbers / 10.0 ** (3 * np.clip((np.log10(numbers.clip(lower=1)) // 3 - 3), 0, 3))
    times = pd.to_datetime(stamps, utc=True, format="ISO8601", errors="coerce")
    if times.isna().any() or not times.dt.year.between(1971, 2099).all():
        times = times.where(times.dt.year.between(1971, 2099))
        raise Refusal(path, "time", "an RFC 3339 time or a Unix time", stamps[times.isna()].iloc[0])
    return times.astype("datetime64[ns, UTC]").astype("int64") / 1e9
