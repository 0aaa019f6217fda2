"""Forecasts against another library's figures, classes and choices against series made for them, and what a stock-out hides."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sim.stock import forecasts

PEER = json.loads((Path(__file__).parent / "statsforecast.json").read_text())
SERIES = np.array(PEER["series"], dtype=np.float64).T

histories = arrays(np.float64, st.tuples(st.integers(28, 40), st.integers(1, 4)), elements=st.integers(0, 9).map(float))


@pytest.mark.parametrize("name", forecasts.METHODS)
def test_forecasts_are_those_of_statsforecast(name):
    assert pytest.approx(np.array(PEER["forecasts"][name]), abs=1e-9) == forecasts.METHODS[name](SERIES, 9).T


@given(histories, st.integers(1, 10))
def test_series_do_not_touch_each_other(history, horizon):
    for method in [*forecasts.METHODS.values(), forecasts.by_class, forecasts.by_error, forecasts.moving_average]:
        together = method(history, horizon)
        alone = np.concatenate([method(history[:, [n]], horizon) for n in range(history.shape[1])], axis=1)
        np.testing.assert_allclose(together, alone, atol=1e-12)


@given(st.integers(1, 9), st.integers(28, 45))
def test_constant_demand_is_forecast_as_it_is(units, days):
    history = np.full((days, 1), float(units))
    for name, method in forecasts.METHODS.items():
        expected = units * 0.95 if name == "croston_sba" else units
        np.testing.assert_allclose(method(history, 8), expected)


def test_classes_of_syntetos_and_boylan():
    draw = np.random.default_rng(2)
    series = {
        "smooth": draw.poisson(20, 280),
        "erratic": np.round(draw.gamma(0.8, 20, 280)) + 1,
        "intermittent": (draw.random(280) < 0.3) * 5,
        "lumpy": (draw.random(280) < 0.3) * (np.round(draw.gamma(0.5, 30, 280)) + 1),
    }
    found = forecasts.demand_class(np.stack([np.asarray(one, dtype=float) for one in series.values()], axis=1))
    assert [forecasts.CLASSES[n] for n in found] == list(series)


def test_by_error_takes_what_did_best_on_days_held_out():
    """A strong week is for seasonal methods; a product that died is for the one that forgets soonest."""
    week = np.tile([2.0, 0, 0, 5, 9, 20, 30], 8)
    died = np.concatenate([np.full(35, 8.0), np.zeros(21)])
    found = forecasts.by_error(np.stack([week, died], axis=1), 7)
    np.testing.assert_allclose(found[:, 0], week[:7])
    assert found[:, 1].max() < 0.1


@given(
    arrays(np.float64, (28, 3), elements=st.floats(0, 50)), arrays(np.float64, 3, elements=st.floats(0, 50)), st.data()
)
def test_a_day_that_ran_out_counts_at_least_its_sales_and_at_most_its_weekday(before, sold, data):
    ran_out = np.array(data.draw(st.lists(st.booleans(), min_size=3, max_size=3)))
    demand = forecasts.uncensored(sold, ran_out, before)
    weekday = before[[0, 7, 14, 21]].mean(axis=0)
    np.testing.assert_allclose(demand, np.where(ran_out, np.maximum(sold, weekday), sold))


def test_correction_takes_off_most_of_the_bias_of_stock_outs():
    """Poisson demand of 10 a day, six in stock on every other day: sales show 7.9 a day on average, corrected days 9.7 to 10.3."""
    draw = np.random.default_rng(4)
    demand = draw.poisson(10, (140, 400)).astype(float)
    stock = np.where(np.arange(140) % 2 == 0, 6, 1000)[:, None]
    sales = np.minimum(demand, stock)
    history = demand[:28]
    for day in range(28, 140):
        row = forecasts.uncensored(sales[day], demand[day] >= stock[day], history[-28:])
        history = np.concatenate([history, row[None]])
    assert sales[28:].mean() < 8.1
    assert 9.7 < history[28:].mean() < 10.3


def test_error_is_the_spread_around_each_weekday():
    draw = np.random.default_rng(6)
    week = np.tile([5.0, 10, 15, 20, 25, 60, 80], 40)[:, None]
    assert forecasts.error_sd(week + draw.normal(0, 3, (280, 2000))).mean() == pytest.approx(3, rel=0.01)
    assert forecasts.error_sd(np.full((10, 1), 4.0)) == pytest.approx(2)
