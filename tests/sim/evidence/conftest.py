"""Samples and load runs made to order."""

import numpy as np
import pyarrow as pa
import pytest

from sim.records.load_run import Accounts, GeneratorWindow, LoadRun
from sim.records.samples import SCHEMA


def _dictionary(values, name):
    kind = SCHEMA.field(name).type
    return pa.array([str(value) for value in values]).dictionary_encode().cast(kind)


def samples_of(t, response_s, outcome="ok", journey="checkout", row=None, lag_s=0.001):
    """A table of `SCHEMA`; scalars are spread over all requests."""
    n = len(t)
    t = np.asarray(t, dtype=np.float64)
    outcome = np.broadcast_to(np.asarray(outcome, dtype=object), n)
    dropped = outcome == "dropped"
    columns = {
        "row": np.arange(n) if row is None else np.asarray(row),
        "journey": _dictionary(np.broadcast_to(np.asarray(journey, dtype=object), n), "journey"),
        "step": _dictionary(np.where(dropped, "", "step"), "step"),
        "attempt": np.ones(n),
        "worker": np.zeros(n),
        "t_intended": t,
        "t_start": np.where(dropped, np.nan, t + lag_s),
        "t_end": np.where(dropped, np.nan, t + response_s),
        "t_completed": np.full(n, np.nan),
        "waited_s": np.zeros(n),
        "outcome": _dictionary(outcome, "outcome"),
        "status": np.where(outcome == "ok", 200, 500),
        "bytes": np.full(n, 100),
        "error": pa.nulls(n, pa.string()),
    }
    return pa.table([pa.array(columns[f.name]).cast(f.type) for f in SCHEMA], schema=SCHEMA)


def run_of(samples, **changes):
    """A sound run of the samples: accounts that close, a generator in time."""
    rows = len(np.unique(samples["row"].to_numpy()))
    dropped = samples["outcome"].cast(pa.string()).to_pylist().count("dropped")
    duration_s = float(np.ceil(samples["t_intended"].to_numpy().max())) if len(samples) else 10.0
    facts = {
        "run_id": "r1",
        "started_at": "2024-10-01T12:00:00+08:00",
        "host": "http://127.0.0.1:8000",
        "adapter": "shop",
        "trace": "trace.parquet",
        "scenario_hash": "0" * 64,
        "time_scale": 1.0,
        "trace_from_s": 0.0,
        "trace_to_s": duration_s,
        "duration_s": duration_s,
        "timeout_s": 10.0,
        "pool": 1000,
        "workers": 1,
        "accounts": Accounts(scheduled=rows, sent=rows - dropped, dropped=dropped, lost=0, not_reached=0),
        "generator": [
            GeneratorWindow(worker=0, from_s=0, to_s=duration_s, journeys=rows, lag_p99_s=0.002, cpu_share=0.4)
        ],
    }
    return LoadRun(**{**facts, **changes})


@pytest.fixture
def make_samples():
    return samples_of


@pytest.fixture
def make_run():
    return run_of
