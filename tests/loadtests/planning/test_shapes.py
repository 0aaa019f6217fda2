"""Shapes over a trace: rates that rise and fall as configured, and nothing lost or repeated under one number."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.planning.shapes import lay, parse
from sim.records.refusal import Refusal

from ..conftest import journeys


def trace(t):
    rows = [{"t": at, "session": i // 2, "follows": i - 1 if i % 2 else -1} for i, at in enumerate(t)]
    return pa.Table.from_batches([journeys(*rows)])


EVEN = np.arange(0, 100, 0.1)


def test_without_a_shape_a_stretch_is_played_as_it_is():
    window, length_s = lay(trace(EVEN), 20.0, 60.0, 2.0)
    assert length_s == 20.0
    np.testing.assert_allclose(window["at_s"].to_numpy(), (EVEN[200:600] - 20) / 2)


def test_a_ramp_rises_to_the_full_rate():
    window, length_s = lay(trace(EVEN), 0.0, 100.0, 1.0, shape="ramp:40")
    at_s = window["at_s"].to_numpy()
    counts = np.histogram(at_s, np.arange(0, 121, 10))[0]
    np.testing.assert_allclose(counts[:4], [12.5, 37.5, 62.5, 87.5], atol=1)
    np.testing.assert_allclose(counts[4:], 100, atol=1)
    assert length_s == pytest.approx(120.0), "a ramp takes half its length longer"


def test_a_spike_multiplies_the_rate_while_it_lasts():
    window, length_s = lay(trace(EVEN), 0.0, 100.0, 1.0, shape="spike:30:5:4")
    at_s = window["at_s"].to_numpy()
    assert np.count_nonzero((at_s >= 30 - 1e-9) & (at_s < 35 - 1e-9)) == 200
    np.testing.assert_allclose(np.histogram(at_s, [0, 10, 20, 29.99])[0], 100, atol=1)
    assert length_s == pytest.approx(85.0)


@given(
    st.lists(st.floats(0, 200), min_size=1, max_size=50),
    st.sampled_from(["ramp:0.5", "ramp:60", "spike:0:10:3", "spike:20:5:0.2", "spike:50:1:9"]),
)
def test_a_shape_keeps_the_order_and_integrates_back(instants, text):
    shape, x = parse(text), np.sort(np.array(instants))
    warped = shape.warp(x)
    assert (np.diff(warped) >= -1e-9).all()
    fine = np.linspace(0, warped[-1], 200_001)
    knots, factor = np.array(shape.at_s), np.array(shape.factor)
    rate = np.interp(fine, knots + 1e-9 * np.arange(len(knots)), factor)
    played = np.concatenate([[0.0], np.cumsum((rate[1:] + rate[:-1]) / 2 * np.diff(fine))])[-1]
    assert played == pytest.approx(x[-1], rel=1e-3, abs=2e-2)


def test_a_loop_repeats_the_stretch_under_new_numbers():
    once = trace(EVEN)
    window, length_s = lay(once, 10.0, 20.0, 1.0, loop_s=25.0)
    assert length_s == 25.0
    at_s, row, follows = (window[name].to_numpy() for name in ("at_s", "row", "follows"))
    np.testing.assert_allclose(at_s, np.arange(250) * 0.1, atol=1e-9)
    assert len(set(row)) == 250
    assert (row[100:200] - row[:100] == len(once)).all()
    asked = follows >= 0
    assert (row[np.searchsorted(row, follows[asked])] == follows[asked]).all()
    assert set(window["session"].to_numpy()[:100]).isdisjoint(window["session"].to_numpy()[100:])


@pytest.mark.parametrize("text", ["", "ramp", "ramp:0", "ramp:x", "spike:1:2", "spike:1:0:3", "wave:3", "spike:-1:2:3"])
def test_nonsense_is_refused(text):
    with pytest.raises(Refusal, match="--shape"):
        parse(text)
