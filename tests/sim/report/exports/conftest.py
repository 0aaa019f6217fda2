"""One result with every kind of cell, and results of every kind of record."""

import datetime

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from sim.evidence.difference.comparison import compare
from sim.records.capacity import Capacity, Scaling, Stage
from sim.records.load_run import LoadRun
from sim.records.samples import read_samples
from sim.report.exports.of_comparison import of_comparison
from sim.report.exports.of_findings import of_capacity, of_check, of_race
from sim.report.exports.of_runs import result_of
from sim.report.exports.result import Result, Table
from sim.report.pages.sheet import Picture

from ..conftest import chain_folder, load_folder
from ..test_sheets import check, race

DAYS = pd.to_datetime(["2026-10-01", "2026-10-02", "2026-10-03", "2026-10-04"])
INJECTED = ["=1+1", "+cmd|' /C calc'!A0", "@SUM(A1)", "-2+3"]


def drawn(title="Waits are longest at noon", key="waits"):
    figure = Figure(figsize=(5.2, 3), layout="constrained")
    figure.subplots().plot([1, 2, 3], [1, 4, 9])
    return Picture(key, title, "By hour.", "", "", figure)


def result(**changes):
    frame = pd.DataFrame(
        {
            "date": DAYS,
            "store": INJECTED,
            "customers": [1234, 5, 0, 7],
            "mean_wait_s": [12.25, np.nan, np.inf, 0.5],
            "stockout_rate": [0.0125, 0.5, 1.0, 0.0],
            "open": [True, False, True, True],
        }
    )
    kpis = pd.DataFrame(
        {
            "kpi": ["fill_rate", "sales_per_day", "mean_wait_s"],
            "mean": [0.9871, 1_234_567.891, 46.7],
            "unit": ["share of units", "currency/day", "s"],
            "meaning": ["fill_rate", "sales_per_day", "mean_wait_s"],
        }
    )
    given = {
        "title": "golden-week",
        "about": (("seed", 7), ("first day", datetime.date(2026, 10, 1)), ("scenario hash", "ab" * 32)),
        "findings": ("Customers: many come.",),
        "tables": (
            Table("days", "By day", frame, {"date": "date", "mean_wait_s": "s", "stockout_rate": "share of SKU-days"}),
            Table("kpis", "Key figures", kpis, {}, ("mean",), {"kpi": "kpi", "unit": "unit", "meaning": "meaning"}),
        ),
        "source": "retail-lab, golden-week, seed 7: simulated",
        "draw": lambda: [drawn()],
        "assumed": ("trading.patience_s = gamma(mean 660)",),
        "known": (("calibrated", "traffic", "tickets of 2025"),),
        "made": datetime.datetime(2026, 10, 1),
        "currency": "CNY",
    }
    return Result(**given | changes)


def capacity():
    stages = [
        Stage(
            factor=factor, run=f"stage-{factor}", length_s=15, took_s=30, journeys_per_s=4 * factor, requests=100, requests_per_s=8 * factor,
            answered_per_s=7.9 * factor, concurrency=factor, mean_s=0.1, p95_s=None, decision="pass", sentence="Passed.", stable=True, unmet=[],
            thorough=True,
        )
        for factor in (1.0, 2.0)
    ]  # fmt: skip
    scaling = Scaling(
        per_s_at_one=8, contention=0.1, coherency=0.01, knee=9.5, peak_per_s=40, peak_low_per_s=30, peak_high_per_s=None
    )
    return Capacity(
        host="http://shop", scenario="pilot", scenario_hash="ab" * 32, targets=["availability=99%"], stores=2, peak_from_s=0.0,
        peak_requests_per_s=8.0, stages=stages, scaling=scaling, decision="pass", sentence="It carries 4 stores. More follows.",
    )  # fmt: skip


@pytest.fixture(scope="session")
def folders(tmp_path_factory):
    """A chain's run, another of the same scenario with longer waits, a load test, and a run with the longest waits."""
    home = tmp_path_factory.mktemp("runs")
    return [
        chain_folder(home / "first"),
        chain_folder(home / "second", slower_s=20, name="slower"),
        load_folder(home / "load", failures=4),
        chain_folder(home / "third", slower_s=30, name="slowest"),
    ]


def compared(load):
    """A load test against itself."""
    held = read_samples(load / "samples.parquet"), LoadRun.read(load / "loadrun.json")
    return compare(*held, *held)


@pytest.fixture(scope="session")
def results(folders):
    """By kind of record and language: what is exported of it."""
    first, second, load, third = folders
    made = {
        "run": lambda lang: result_of([first], lang),
        "compare": lambda lang: result_of([first, second], lang),
        "several": lambda lang: result_of([first, second, third], lang, all_pairs=True),
        "verdict": lambda lang: result_of([load], lang),
        "report": lambda lang: result_of([first, load, second], lang),
        "capacity": lambda lang: of_capacity(capacity(), lang),
        "oversell": lambda lang: of_race(race(), lang),
        "check": lambda lang: of_check(check("works", "failed"), lang),
        "against": lambda lang: of_comparison(compared(load), lang),
    }
    return {(name, lang): make(lang) for name, make in made.items() for lang in ("en", "zh")}


@pytest.fixture(scope="session")
def figures(results):
    """The figures of each result that has its own: a comparison and a report have those of their runs."""
    return {name: results[name, "en"].draw() for name in ("run", "verdict", "capacity", "oversell", "check", "against")}
