"""What may be said of two runs held against each other."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.evidence.run_comparison import judged, same_traffic, unpaired
from sim.records.kpis import KPIS
from sim.records.outcome import is_total

TOTALS = {
    "customers_per_day",
    "sales_per_day",
    "lost_sales_per_day",
    "orders_per_day",
    "stock_units",
    "stock_value",
    "replenishment_orders_per_day",
    "order_lines_per_week",
    "written_off_per_day",
    "transferred_units_per_day",
    "carbon_per_day",
}
KINDS = (
    *("share of", "s", "s/ticket", "lines/ticket", "currency", "units", "days of", "turns/year"),
    *("variance", "parcels/order"),
)
PLAYS = {"seed": 1, "replications": 3, "start": "2026-10-01", "days": 7, "warmup_days": 0}


def daily(customers, orders=0.0):
    rows = [("A", 0), ("A", 1), ("B", 0)]
    table = {"replication": 0, "location_code": [r[0] for r in rows], "day": [r[1] for r in rows]}
    return pd.DataFrame(table | {"customers": customers, "orders": orders})


def test_every_kpi_declares_its_better_side_and_whether_it_is_a_total():
    assert {kpi.better for kpi in KPIS} <= {"higher", "lower", "neither"}
    assert {kpi.name for kpi in KPIS if is_total(kpi.unit)} >= TOTALS
    known = lambda unit: is_total(unit) or unit.startswith(KINDS) or "/order" in unit  # noqa: E731
    assert [kpi.name for kpi in KPIS if not known(kpi.unit)] == []


@pytest.mark.parametrize("name", ["customers_per_day", "orders_per_day", "stock_units", "transferred_units_per_day"])
def test_a_total_of_what_came_has_no_better_side(name):
    assert next(kpi for kpi in KPIS if kpi.name == name).better == "neither"


@given(st.sampled_from(KPIS), st.floats(-1e6, 1e6), st.floats(0, 1e6) | st.just(np.nan), st.booleans())
def test_a_change_is_judged_only_where_its_interval_leaves_out_zero_and_a_side_is_better(kpi, low, length, same):
    high = low + length
    said = judged(kpi.unit, kpi.better, low, high, same)
    sure = low > 0 or high < 0
    assert bool(said) <= (sure and kpi.better != "neither" and (same or not is_total(kpi.unit)))
    if said:
        assert (said == "better") == ((low > 0) == (kpi.better == "higher"))


def test_sales_under_other_traffic_are_larger_and_not_better():
    assert judged("currency/day", "higher", 990.0, 1010.0, same=True) == "better"
    assert judged("currency/day", "higher", 990.0, 1010.0, same=False) == ""
    assert judged("share of units", "higher", 0.09, 0.11, same=False) == "better"


@pytest.mark.parametrize("name", list(PLAYS))
def test_runs_that_differ_in_seed_dates_or_replications_are_not_paired(name):
    assert unpaired(PLAYS, PLAYS) == ""
    assert unpaired(PLAYS, PLAYS | {name: "another"}) == name


def test_the_same_traffic_is_what_came_by_store_and_day():
    assert same_traffic(daily([5.0, 6.0, 7.0]), daily([5.0, 6.0, 7.0]))
    assert not same_traffic(daily([5.0, 6.0, 7.0]), daily([6.0, 5.0, 7.0]))  # as many in all
    assert not same_traffic(daily([5.0, 6.0, 7.0]), daily([5.0, 6.0, 7.0], orders=1.0))
    assert not same_traffic(daily([5.0, 6.0, 7.0]), daily([5.0, 6.0, 0.0]))
