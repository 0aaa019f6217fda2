"""How well the open loop keeps time, what it costs, and what it sees of a server that stalls, beside wrk and plain Locust.

The server is trivial and local. Lag is start − intended over all requests, one worker, Poisson arrivals.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
from _figures import write

from loadtests.planning.plan import Plan
from loadtests.replay.launcher import replay
from sim.records import catalogue
from sim.records.load_run import LoadRun
from sim.records.samples import read_samples
from sim.records.trace import SCHEMA, TraceHeader, write_trace

HERE = Path(__file__).parent
ADAPTER = """
from loadtests.adapters import Adapter


class Trivial(Adapter):
    longest_think_s = 0.0

    def browse(self, errand):
        errand.get("page", f"/browse/{errand.row}")
"""
LATENCY_S = 0.05
"""Of the server that stalls: far above the millisecond's grain of timers on both sides, so that the median has a truth too."""
QUANTILES = (0.5, 0.95, 0.99, 0.999)


@contextlib.contextmanager
def server(latency_s: float = 0.0, stall_s: float = 0.0, every_s: float = 1.0) -> Iterator[str]:
    command = [sys.executable, str(HERE / "_server.py"), str(latency_s), str(stall_s), str(every_s)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
    finally:
        process.communicate(timeout=10)


class Bench:
    """Replays of made traces, in a folder of their own."""

    def __init__(self, folder: Path):
        self.folder, self.runs = folder, 0
        (folder / "trivial.py").write_text(ADAPTER)
        shelf = {"location": 0, "location_code": "SH01", "location_kind": "store", "region": "R", "sku": 0,
                 "sku_code": "A", "sku_name": "A", "price": 1.0, "opening_units": 1}  # fmt: skip
        catalogue.write_catalogue(
            folder / "catalogue.parquet", pa.Table.from_pylist([shelf], schema=catalogue.SCHEMA), "CNY"
        )

    def run(self, url: str, at_s: np.ndarray, workers: int = 1) -> tuple[LoadRun, pa.Table]:
        self.runs += 1
        trace, out = self.folder / f"trace-{self.runs}.parquet", self.folder / f"run-{self.runs}"
        n, none = len(at_s), pa.array([[]] * len(at_s), pa.list_(pa.int32()))
        columns = {
            "row": np.arange(n), "t": at_s, "session": np.arange(n),
            "journey": pa.array(["browse"] * n).cast(SCHEMA.field("journey").type),
            "location": np.zeros(n, np.int32), "customer": np.full(n, -1), "skus": none, "quantities": none,
            "follows": np.full(n, -1),
        }  # fmt: skip
        batch = pa.RecordBatch.from_arrays([pa.array(columns[name]) for name in SCHEMA.names], schema=SCHEMA)
        write_trace(trace, TraceHeader("made", "0" * 64, 1, "2026-01-01", "UTC"), [batch])
        plan = Plan(
            trace=str(trace), catalogue=str(self.folder / "catalogue.parquet"), host=url, out=str(out),
            adapter=str(self.folder / "trivial.py"), rate_cap=10_000.0, first="0",
        )  # fmt: skip
        run = replay(plan, workers, tell=lambda _: None)
        return run, read_samples(out / "samples.parquet")


def pace(bench: Bench, rate: int, seconds: float) -> tuple[float, float]:
    """p99 of the lag, s, and requests per CPU-second of the worker."""
    at_s = np.sort(np.random.default_rng(rate).uniform(0.0, seconds, int(rate * seconds)))
    with server() as url:
        run, samples = bench.run(url, at_s)
    lag = samples["t_start"].to_numpy() - samples["t_intended"].to_numpy()
    cpu_s = sum(window.cpu_share * (window.to_s - window.from_s) for window in run.generator)
    return float(np.quantile(lag, 0.99)), len(samples) / cpu_s


def bare(bench: Bench, rate: int, seconds: float) -> float:
    """Requests per CPU-second of a pacer that keeps nothing."""
    with server() as url:
        script, adapter = str(HERE / "_bare_pacer.py"), str(bench.folder / "trivial.py")
        command = [sys.executable, script, url, adapter, str(rate), str(seconds)]
        return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def missed_or_doubled(bench: Bench, rate: int, seconds: float) -> int:
    """Rows that two workers did not send exactly once."""
    at_s = np.sort(np.random.default_rng(7).uniform(0.0, seconds, int(rate * seconds)))
    with server() as url:
        _, samples = bench.run(url, at_s, workers=2)
    times = Counter(samples["row"].to_pylist())
    return sum(times[row] != 1 for row in range(len(at_s)))


def stalled(bench: Bench, rate: int, seconds: float, stall_s: float, every_s: float) -> dict[str, list[float]]:
    """Quantiles of the response, s, at `QUANTILES`: in truth, and as the replay, plain Locust and wrk (where installed) report them."""
    at_s = np.arange(0.0, seconds, 1 / rate)
    share = stall_s / every_s
    truth = [LATENCY_S + stall_s * max(0.0, 1 - (1 - q) / share) for q in QUANTILES]
    with server(LATENCY_S, stall_s, every_s) as url:
        closed = _plain_locust(url, seconds)
        wrk = _wrk(url, seconds)
        _, samples = bench.run(url, at_s)
        told = {"plain Locust, 10 closed users": _locust_said(closed)}
        if wrk:
            told["wrk, 10 connections"] = _wrk_said(wrk.communicate()[0])
    response = samples["t_end"].to_numpy() - samples["t_intended"].to_numpy()
    return {"truth": truth, "replay": np.quantile(response, QUANTILES).tolist(), **told}


def _plain_locust(url: str, seconds: float) -> subprocess.Popen:
    command = [
        sys.executable,
        "-m",
        "locust",
        "-f",
        str(HERE / "_closed_users.py"),
        "--headless",
        "--json",
        "--users",
        "10",
    ]
    rest = ["--spawn-rate", "10", "--run-time", f"{seconds:.0f}s", "--host", url, "--only-summary"]
    return subprocess.Popen([*command, *rest], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


def _locust_said(process: subprocess.Popen) -> list[float]:
    (page,) = json.loads(process.communicate()[0])
    counts = {int(float(ms)): n for ms, n in page["response_times"].items()}
    every = np.repeat(list(counts), list(counts.values())) / 1000
    return np.quantile(every, QUANTILES).tolist()


def _wrk(url: str, seconds: float) -> subprocess.Popen | None:
    if shutil.which("wrk") is None:
        return None
    command = ["wrk", "-t1", "-c10", f"-d{seconds:.0f}s", "--timeout", "10s", "--latency", url]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def _wrk_said(text: str) -> list[float]:
    """wrk prints 50, 75, 90 and 99 %: the others are not known."""
    units = {"us": 1e-6, "ms": 1e-3, "s": 1.0}
    said = {int(p): float(x) * units[unit] for p, x, unit in re.findall(r"(\d+)%\s+([\d.]+)(us|ms|s)", text)}
    return [said.get(round(100 * q), float("nan")) if q != 0.999 else float("nan") for q in QUANTILES]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--json", metavar="FILE")
    parser.add_argument("--quick", action="store_true")
    asked = parser.parse_args()
    seconds = 3.0 if asked.quick else 20.0
    stall = (10.0, 1.0, 5.0) if asked.quick else (60.0, 2.0, 20.0)
    figures: dict[str, dict] = {}
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder))
        for rate, goal_ms in ((1_000, 5), (2_000, 10)):
            lag_s, per_cpu_s = pace(bench, rate, seconds)
            figures[f"lag p99 at {rate:,}/s"] = {"value": lag_s * 1000, "unit": "ms", "goal": f"<= {goal_ms}"}
            peer = bare(bench, rate, seconds)
            figures[f"requests per CPU-second at {rate:,}/s"] = {
                "value": per_cpu_s, "unit": "1/CPU-s", "baseline": "a pacer that keeps nothing, same client and adapter",
                "baseline_value": peer, "ratio": per_cpu_s / peer, "goal": ">= 0.8",
            }  # fmt: skip
        missed = missed_or_doubled(bench, 500, seconds)
        figures["rows not sent exactly once by two workers"] = {"value": missed, "unit": "rows", "goal": "<= 0"}
        seen = stalled(bench, 100, *stall)
    truth = seen.pop("truth")
    worst = max(abs(value / true - 1) for value, true in zip(seen["replay"], truth, strict=True))
    name = f"stall of {stall[1]:g} s in {stall[2]:g}"
    figures[f"{name}: worst error of p50, p95, p99, p99.9"] = {"value": worst, "unit": "share", "goal": "<= 0.05"}
    for who, quantiles in seen.items():
        for q, value, true in zip(QUANTILES, quantiles, truth, strict=True):
            if not np.isnan(value):
                figures[f"{name}: p{100 * q:g}, {who}"] = {
                    "value": value, "unit": "s", "baseline": "the truth", "baseline_value": true,
                    "ratio": value / true, "goal": ">= 0.95" if who == "replay" else "",
                }  # fmt: skip
    for case, figure in figures.items():
        beside = (
            f"  {figure['baseline']} {figure['baseline_value']:,.4g}, ratio {figure['ratio']:.3f}"
            if "ratio" in figure
            else ""
        )
        print(f"{case:60s} {figure['value']:12,.4g} {figure['unit']:8s} goal {figure['goal']:8s}{beside}")
    write(figures, asked.json)


if __name__ == "__main__":
    main()
