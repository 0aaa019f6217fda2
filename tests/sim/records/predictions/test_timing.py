"""A run keeps when it was first made; a run of another outcome has another date."""

import json
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from sim.records.outcome import TABLES, outcome_folder
from sim.records.predictions.timing import read_timing, timed
from sim.records.refusal import Refusal


@pytest.fixture
def run(tmp_path):
    outcome_folder(tmp_path).mkdir()
    for name in TABLES:
        pq.write_table(pa.table({"value": [1.0]}), outcome_folder(tmp_path) / f"{name}.parquet")
    return tmp_path


def made_earlier(run, days):
    timing = timed(run, 1.0, 3, 1)
    earlier = timing.model_copy(update={"made_at": timing.made_at - timedelta(days=days)})
    earlier.write(run / "timing.json")
    return earlier


def test_a_run_that_is_made_again_is_as_old_as_it_was(run):
    earlier = made_earlier(run, 30)
    assert timed(run, 2.0, 0, 1).made_at == earlier.made_at


def test_another_outcome_is_a_new_prediction(run):
    earlier = made_earlier(run, 30)
    pq.write_table(pa.table({"value": [2.0]}), outcome_folder(run) / "kpis.parquet")
    again = timed(run, 2.0, 0, 1)
    assert again.outcome_sha256 != earlier.outcome_sha256
    assert abs(again.made_at - datetime.now(UTC)) < timedelta(minutes=5)
    with pytest.raises(Refusal, match="changed since"):
        read_timing(run)


def test_a_run_of_an_earlier_lab_has_no_date(run):
    (run / "timing.json").write_text(json.dumps({"wall_s": 1.0, "replications_played": 1, "jobs": 1}))
    assert read_timing(run).made_at is None
    assert timed(run, 1.0, 1, 1).made_at is not None
