from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.journey import Sample
from loadtests.replay.recorder import WINDOW_S, Recorder
from sim.records.samples import OUTCOMES, SCHEMA

names = st.sampled_from(["browse", "checkout", "search"])
samples = st.tuples(
    st.integers(0, 2**40), names, names, st.floats(0, 1e4), st.floats(0, 1e4), st.floats(0, 1e4),
    st.sampled_from(OUTCOMES), st.integers(0, 599), st.integers(0, 2**40), st.none() | st.text(max_size=5),
    st.integers(1, 9), st.floats(0, 60),
)  # fmt: skip
ORDER = (
    "row",
    "journey",
    "step",
    "t_intended",
    "t_start",
    "t_end",
    "outcome",
    "status",
    "bytes",
    "error",
    "attempt",
    "waited_s",
)


@given(st.lists(st.lists(samples, max_size=4), min_size=1, max_size=3))
def test_samples_come_out_as_they_went_in(chunks):
    recorder = Recorder(7, lambda: 0.0)
    for chunk in chunks:
        for sample in chunk:
            recorder.sample(Sample(*sample))
        table = recorder.take()
        if chunk:
            assert table.schema == SCHEMA
            assert [tuple(row[name] for name in ORDER) for row in table.to_pylist()] == chunk
            assert set(table["worker"].to_pylist()) == {7}
        else:
            assert table is None
    counts = [sample[6] for chunk in chunks for sample in chunk]
    assert recorder.progress.outcomes == {name: counts.count(name) for name in set(counts)}


def test_live_histograms_agree_with_the_samples_to_two_digits():
    rng = np.random.default_rng(3)
    lag, service = rng.exponential(0.002, 5000), rng.lognormal(-3, 1, 5000)
    recorder = Recorder(0, lambda: 0.0)
    for i in range(5000):
        recorder.sample(Sample(i, "browse", "page", 1.0, 1.0 + lag[i], 1.0 + lag[i] + service[i], "ok", 200))
    recorder.drop(5000, "browse", 1.0)
    recorder.take()
    for p in (50, 95, 99):
        assert recorder.lag.get_value_at_percentile(p) / 1e6 == pytest.approx(np.percentile(lag, p), rel=0.02)
        assert recorder.response.get_value_at_percentile(p) / 1e6 == pytest.approx(
            np.percentile(lag + service, p), rel=0.02
        )


def test_a_window_has_the_lag_and_the_journeys_of_its_interval():
    now = [0.0]
    recorder = Recorder(1, lambda: now[0])
    for i in range(100):
        recorder.start()
        recorder.sample(Sample(i, "browse", "page", 1.0, 1.0 + i / 1000, 2.0, "ok", 200))
    now[0] = WINDOW_S - 0.1
    assert recorder.window() is None
    now[0] = WINDOW_S
    window = recorder.window()
    assert (window.worker, window.from_s, window.to_s, window.journeys) == (1, 0.0, WINDOW_S, 100)
    assert window.lag_p99_s == pytest.approx(np.quantile(np.arange(100) / 1000, 0.99))
    now[0] = WINDOW_S + 2.0
    assert recorder.window(last=True).lag_p99_s == 0.0


def test_a_last_window_too_short_to_measure_is_left_out():
    """Twenty milliseconds of tidying up once read as 88 % of a CPU, and made a sound run invalid."""
    now = [0.0]
    recorder = Recorder(0, lambda: now[0])
    now[0] = WINDOW_S
    assert recorder.window().to_s == WINDOW_S
    now[0] += 0.02
    assert recorder.window(last=True) is None
    now[0] += 1.0
    assert recorder.window(last=True).from_s == WINDOW_S
