"""Measures out of load tests: a part a test in each quarter of its requests."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from pathlib import Path

from sim.clock import DAY_S
from sim.evidence.importers import foreign
from sim.evidence.requests import Requests, judged
from sim.evidence.statistics.incidents import chance_gap_s, design_effect
from sim.evidence.statistics.intervals import batch_means
from sim.evidence.verdict.judge import judge
from sim.planning.health.estimates import Part
from sim.planning.health.measures import PER
from sim.planning.health.quarters import Quarter, of_day
from sim.planning.health.tables import Read
from sim.records.load_run import LoadRun
from sim.records.refusal import Refusal
from sim.records.samples import read_samples

_GAP_SHARE = 1e-3
"""Share of errors at which the gap between incidents is set, that of the verdict's default target."""


_SUFFIXES = (".jtl", ".xml", ".json", ".jsonl", ".ndjson")


def is_load_test(path: Path) -> bool:
    """Whether a file holds requests of JMeter or k6, by its name or its first line; a table else."""
    if path.suffix.lower() in _SUFFIXES:
        return True
    try:
        with path.open("rb") as file:
            first = file.readline(4_096)
    except OSError:
        return False
    return (b"elapsed" in first and b"timeStamp" in first) or (b"metric_name" in first and b"metric_value" in first)


def read(source: Path, on: date) -> Read:
    """Mean response (a failed request counts as the time-out) and errors of a load test's folder, or of another tool's file, by quarter.

    One that is invalid, and requests after `on`, are left out with a note. Errors are counted in effective numbers: requests over their design
    effect. Raises `Refusal`.
    """
    if source.is_dir():
        samples, run = read_samples(source / "samples.parquet"), LoadRun.read(source / "loadrun.json")
        where = source / "loadrun.json"
    else:
        (samples, run), where = foreign.read(source), source
    try:
        began = datetime.fromisoformat(run.started_at).replace(tzinfo=None)
    except ValueError:
        raise Refusal(where, "started_at", "an instant such as 2026-10-02T08:00:00Z", run.started_at) from None
    if began.date() > on:
        return Read({}, [f"{source} began after {on} and does not count."])
    requests = judged(samples, run.warmup_s)
    if judge(samples, run).decision == "invalid" or not len(requests):
        return Read({}, [f"{source} is an invalid load test and does not count."])
    last = min(datetime.combine(on, time.max), began + timedelta(seconds=float(requests.t_s[-1])))
    edges = [of_day(began.date())]
    while edges[-1].last < last.date():
        edges.append(of_day(edges[-1].last + timedelta(days=1)))
    parts: dict[tuple[str, Quarter], list[Part]] = {}
    for quarter in edges:
        midnight = datetime.combine(quarter.first, time())
        from_s = (midnight - began).total_seconds()
        to_s = (
            min(datetime.combine(quarter.last, time()), datetime.combine(on, time())) - began
        ).total_seconds() + DAY_S
        mine = requests.chosen((requests.t_s >= from_s) & (requests.t_s < to_s))
        if len(mine):
            parts["mean_response", quarter], parts["errors_per_10000", quarter] = _parts(mine, run.timeout_s)
    return Read(parts, [])


def _parts(requests: Requests, timeout_s: float) -> tuple[list[Part], list[Part]]:
    """Mean response by batch means, and errors over the design effect."""
    n, response_s = len(requests), requests.charged_s(timeout_s)
    means = batch_means(response_s)
    variance = float(means.var(ddof=1) / len(means)) if len(means) > 1 else None
    effect = design_effect(requests.t_s, requests.failed, chance_gap_s(requests.t_s, _GAP_SHARE))
    counted = (float(requests.failed.sum()) / effect, n / effect)
    response = Part(float(response_s.sum()), float(n), variance, max(len(means) - 1, 1))
    return [response], [Part(PER * counted[0], counted[1], counted=counted)]
