"""Traces from a peak and a mix."""

import numpy as np
import pytest

from loadtests.planning.plan import Plan
from loadtests.planning.prepare import prepare
from loadtests.traces.synthetic import FOLLOWING, SETTLED_S, header, make, parse_mix, write
from sim.records.catalogue import read_catalogue
from sim.records.refusal import Refusal
from sim.records.trace import read_trace

MIX = {"checkout": 1.0, "browse": 6.0, "order_status": 0.5}


@pytest.fixture(scope="module")
def columns():
    return make(3200, MIX, 60, 300, seed=4)


def test_orders_come_at_the_peak_and_the_rest_in_proportion(columns):
    journey = np.array(columns["journey"])
    for name, per_order in MIX.items():
        expected = 3200 * per_order
        assert np.count_nonzero(journey == name) == pytest.approx(expected, abs=4 * np.sqrt(expected))


def test_arrivals_are_poisson(columns):
    t = np.array(columns["t"])[np.array(columns["journey"]) == "browse"]
    counts = np.histogram(t, np.arange(0, 3601, 10))[0]
    assert counts.var() / counts.mean() == pytest.approx(1, abs=0.3)
    assert (np.diff(columns["t"]) >= 0).all()


def test_what_follows_an_order_follows_one_that_is_settled(columns):
    for t, journey, follows, session in zip(
        *(columns[name] for name in ("t", "journey", "follows", "session")), strict=True
    ):
        if journey in FOLLOWING:
            assert columns["journey"][follows] == "checkout"
            assert columns["t"][follows] <= t - SETTLED_S
            assert session == columns["session"][follows]
        else:
            assert follows == -1


def test_popularity_of_skus_follows_a_zipf_distribution(columns):
    asked = np.bincount([sku for skus in columns["skus"] for sku in skus], minlength=300)
    assert asked[0] / asked[63] == pytest.approx(64**0.7, rel=0.4)


def test_the_same_seed_makes_the_same_trace(columns):
    assert make(3200, MIX, 60, 300, seed=4) == columns
    assert make(3200, MIX, 60, 300, seed=5) != columns


def test_a_made_trace_can_be_replayed(columns, tmp_path, monkeypatch):
    monkeypatch.setenv("RETAIL_LAB_SHOP_TOKEN", "x")
    trace = write(tmp_path, columns, [f"S{n}" for n in range(300)], header("made 3200", 4))
    head, table = read_trace(trace)
    assert head.scenario == "made"
    assert table["row"].to_pylist() == list(range(len(table)))
    assert read_catalogue(tmp_path / "catalogue.parquet")[0].num_rows == 300
    assert len(prepare(Plan(trace=str(trace), host="http://127.0.0.1:9")).planned) == len(table)


@pytest.mark.parametrize(
    "text", ["", "browse=9", "checkout=0", "checkout", "checkout=x", "checkout=1,dance=2", "checkout=1,browse=-1"]
)
def test_a_mix_needs_orders_and_known_journeys(text):
    with pytest.raises(Refusal, match="--mix"):
        parse_mix(text)
