"""Key figures are made from sums of counters, warm-up left out."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sim.records.kpis import KPIS, kpis
from sim.records.outcome import COUNTERS, KPI_SCHEMA


def figures(counted, warmup_days=1, days=3, locations=2):
    daily = {name: np.zeros((locations, days)) for name in COUNTERS}
    for name, rows in counted.items():
        daily[name][:] = rows
    table = kpis(daily, 1, warmup_days, replication=4)
    assert table.schema == KPI_SCHEMA
    assert set(table["replication"].to_pylist()) == {4}
    return dict(zip(table["kpi"].to_pylist(), table["value"].to_pylist(), strict=True))


def test_a_ratio_is_taken_over_the_sums_of_days_that_count():
    found = figures({"wait_s": [[900, 10, 30], [900, 20, 0]], "tickets": [[1, 4, 1], [1, 3, 2]]})
    assert found["mean_wait_s"] == 60 / 10


def test_fill_rate_is_the_share_of_units_that_were_there_when_looked_for():
    assert figures({"demanded_units": 50, "short_units": 2})["fill_rate"] == pytest.approx(0.96)


def test_days_of_cover_is_stock_at_the_days_end_over_a_days_sales():
    assert figures({"on_hand_units": 120, "sold_units": 10})["days_of_cover"] == 12


def test_figures_a_day_are_of_the_whole_chain():
    assert figures({"sales_value": [[9, 5, 7], [9, 6, 8]]})["sales_per_day"] == 13


def test_what_nothing_happened_for_is_nan():
    found = figures({"customers": 1})
    assert math.isnan(found["mean_wait_s"])
    assert math.isnan(found["order_handling_time_s"])


def test_every_figure_has_a_name_of_its_own():
    assert len({kpi.name for kpi in KPIS}) == len(KPIS)
