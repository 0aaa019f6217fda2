"""The naive forecasts are last week's and last year's same weekday, with the intervals of their own past errors."""

import numpy as np
import pytest

from sim.backtest.naive import YEAR_DAYS, last_year, seasonal, seasonal_error

PAST = np.arange(70.0)[None]


def test_every_held_back_week_is_forecast_by_the_last_week_before_them():
    forecast = seasonal(PAST, 21, 7)
    assert forecast[2, 0].tolist() == [*range(63, 70)] * 3


def test_intervals_are_wide_as_the_errors_at_the_same_distance_ahead():
    forecast = seasonal(PAST + np.random.default_rng(1).normal(0, 0.1, 70), 14, 7)
    ahead = forecast[[0, 4]] - forecast[2]  # a trend of one a day: a week ahead is 7 off, two weeks 14
    assert ahead[:, 0, :7] == pytest.approx(7, abs=0.6)
    assert ahead[:, 0, 7:] == pytest.approx(14, abs=0.6)


def test_last_year_is_unknown_to_a_short_history_and_has_no_interval_where_it_just_reaches():
    assert np.isnan(last_year(PAST, 3, YEAR_DAYS)).all()
    year = np.arange(YEAR_DAYS + 2.0)[None]
    forecast = last_year(year, 3, YEAR_DAYS)
    assert forecast[2, 0].tolist() == [2, 3, 4]
    assert np.isnan(forecast[[0, 1, 3, 4]]).all()


def test_a_missing_day_is_no_forecast():
    past = PAST.copy()
    past[0, 65] = np.nan
    assert np.isnan(seasonal(past, 7, 7)[:, 0, 2]).all()


def test_the_scale_of_mase_is_the_error_one_week_ahead():
    assert seasonal_error(PAST, 7) == 7
    assert np.isnan(seasonal_error(PAST[:, :7], 7))
