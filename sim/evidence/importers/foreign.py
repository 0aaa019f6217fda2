"""Results of JMeter (JTL) and k6, read as samples: a vendor's results are judged by the same rules as a replay.

They carry no intended starts, so their stalls are under-counted, and a verdict from them alone is never a pass.
"""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from sim.evidence.importers import k6
from sim.evidence.importers.csv_rows import text
from sim.evidence.importers.jtl import read_jtl, read_xml
from sim.evidence.importers.k6 import DROPPED
from sim.records.load_run import Accounts, LoadRun
from sim.records.refusal import Refusal
from sim.records.samples import SCHEMA

TIMEOUT_S = 10.0
"""Time that a failed request counts for in a mean, where the tool's time-out is unknown."""
LONGEST_RUN_S = 366 * 86_400.0
"""Longest time from the first to the last start; beyond it a time stamp is wrong."""
MOST_NAMES = 40
"""Requests beyond the most frequent names are judged together as `other`."""

_PART = re.compile(r"(?<=/)(\d+|[0-9a-fA-F-]{16,})(?=/|$)")


def read(path: Path | str, timeout_s: float = TIMEOUT_S, warmup_s: float = 0.0) -> tuple[pa.Table, LoadRun]:
    """Samples of a JTL (CSV or XML), or of k6's JSON lines or CSV, and the record of their run.

    Times count from the first start. Raises `Refusal` for other files and for rows that do not hold what their header promises.
    """
    path = Path(path)
    try:
        tool, rows, left_out = _requests(path)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise Refusal(path, "", "a packed file that is whole: gzip ends early or is damaged", str(error)) from None
    if not len(rows):
        raise Refusal(path, "", "requests", "none")
    first, last = (datetime.fromtimestamp(edge, UTC) for edge in (rows["start_s"].min(), rows["start_s"].max()))
    if (last - first).total_seconds() > LONGEST_RUN_S:
        raise Refusal(path, "", "requests of one run, at most a year", f"{first:%Y-%m-%d} to {last:%Y-%m-%d}")
    samples = _samples(rows)
    return samples, _run(path, tool, rows, samples, left_out, timeout_s, warmup_s)


_SUFFIXES = (".jtl", ".json", ".jsonl", ".ndjson", ".csv", ".xml")


def is_results(path: Path) -> bool:
    """Whether a file's name and first line are of results that `read` takes; its other lines may still be refused."""
    if Path(path.name.removesuffix(".gz")).suffix.lower() not in _SUFFIXES:
        return False
    try:
        with text(path) as file:
            first, second = file.readline(100_000), file.readline(1_000)
    except (OSError, EOFError, zlib.error, Refusal):
        return False
    jtl = ("elapsed" in first and "timeStamp" in first) or "<testResults" in first + second
    point = first.startswith("{") and '"type"' in first and '"metric"' in first
    return jtl or point or ("metric_name" in first and "metric_value" in first)


def _requests(path: Path) -> tuple[str, pd.DataFrame, list[str]]:
    """The tool that wrote the file, its requests, and what was left out."""
    first = _first_line(path)
    if "\0" in first:
        wide = first.startswith(("\udcff\udcfe", "\udcfe\udcff"))
        raise Refusal(path, "line 1", "text in UTF-8", "UTF-16" if wide else "bytes that are no text")
    for what, known in _SUMS.items():
        if known(path, first):
            raise Refusal(path, "", _READ, what)
    if first.lstrip().startswith("{"):
        return "k6", *k6.read_json(path)
    if "metric_name" in first and "metric_value" in first:
        return "k6", *k6.read_csv(path)
    if "elapsed" in first and "timeStamp" in first:
        return "jtl", *read_jtl(path, first)
    if first.lstrip().startswith("<"):
        return "jtl", read_xml(path), []
    raise Refusal(path, "", _READ, first[:60])


_READ = "a request a line: a JTL as XML or as CSV with its header line, or k6's output as JSON lines or CSV"
_SUMS: dict[str, Callable[[Path, str], bool]] = {
    "Gatling's simulation.log, which is not read": lambda path, first: (
        path.name.startswith("simulation.log") or first.startswith("RUN\t")
    ),
    "Locust's CSV history, which holds sums and no requests": lambda _, first: first.replace('"', "").startswith(
        "Timestamp,User Count"
    ),
    "Locust's CSV statistics, which hold sums and no requests": lambda _, first: first.replace('"', "").startswith(
        ("Type,Name,Request Count", "Method,Name,Error", "Count,Message,Traceback")
    ),
    "k6's summary, which holds sums and no requests": lambda _, first: (
        first.strip() == "{" or first.startswith('{"root_group"')
    ),
}
"""Other files of load tools, by their name or their beginning."""


def _first_line(path: Path) -> str:
    try:
        with text(path) as file:
            return file.readline(100_000)
    except OSError as error:
        raise Refusal(path, "", "a file of results", error.strerror or str(error)) from None


def _samples(rows: pd.DataFrame) -> pa.Table:
    rows = rows.sort_values("start_s", kind="stable", ignore_index=True)
    n, start_s = len(rows), (rows["start_s"] - rows["start_s"].iloc[0]).to_numpy()
    outcome = _outcomes(rows)
    went = outcome != DROPPED
    names = _names(rows["name"])
    columns = {
        "row": np.arange(n),
        "journey": pa.array(names).dictionary_encode(),
        "step": pa.array(np.where(went, names, "")).dictionary_encode(),
        "attempt": np.ones(n),
        "worker": np.zeros(n),
        "t_intended": start_s,
        "t_start": np.where(went, start_s, np.nan),
        "t_end": np.where(went, start_s + rows["took_s"].to_numpy(), np.nan),
        "t_completed": np.full(n, np.nan),
        "waited_s": np.zeros(n),
        "outcome": pa.array(outcome.astype(str)).dictionary_encode(),
        "status": rows["status"].clip(0, 999),
        "bytes": np.zeros(n),
        "error": pa.array(np.where(outcome == "ok", np.array(None, dtype=object), rows["error"]), pa.string()),
    }
    return pa.table([pa.array(columns[f.name]).cast(f.type) for f in SCHEMA], schema=SCHEMA)


def _outcomes(rows: pd.DataFrame) -> np.ndarray:
    """Outcome by the tool's success flag and the status: success with 5xx failed, success with 4xx a rejection that the test expected."""
    status, good = rows["status"], rows["good"]
    return np.select(
        [
            rows["error"] == DROPPED,
            status == 429,
            good & (status >= 400) & (status < 500),
            ~good & status.isin([401, 403]),
            good & (status < 500),
        ],
        [DROPPED, "throttled", "rejected", "auth_lost", "ok"],
        "failed",
    )


def _names(raw: pd.Series) -> np.ndarray:
    """Labels without the parts that vary by request: query strings, numbers and long identifiers in paths."""
    plain = raw.str.partition("?")[0].map(lambda name: _PART.sub("{id}", name)).replace("", "unnamed")
    often = plain.value_counts().index[:MOST_NAMES]
    return plain.where(plain.isin(often), "other").to_numpy().astype(str)


def _run(
    path: Path,
    tool: str,
    rows: pd.DataFrame,
    samples: pa.Table,
    left_out: list[str],
    timeout_s: float,
    warmup_s: float,
) -> LoadRun:
    dropped = int((rows["error"] == DROPPED).sum())
    end_s = float(np.nanmax(np.append(samples["t_end"].to_numpy(), samples["t_intended"].to_numpy())))
    return LoadRun(
        run_id=path.name,
        started_at=datetime.fromtimestamp(rows["start_s"].min(), UTC).isoformat(timespec="seconds"),
        host=path.name,
        adapter=tool,
        trace="",
        scenario_hash="",
        time_scale=1.0,
        trace_from_s=0.0,
        trace_to_s=end_s,
        warmup_s=warmup_s,
        duration_s=end_s,
        timeout_s=timeout_s,
        pool=0,
        workers=0,
        accounts=Accounts(scheduled=len(rows), sent=len(rows) - dropped, dropped=dropped, lost=0, not_reached=0),
        left_out=left_out,
        intended_starts=False,
    )
