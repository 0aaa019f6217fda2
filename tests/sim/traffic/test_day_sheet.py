"""Day sheets: their distributions, their shape, and that a sheet belongs to its store and day alone."""

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sim.clock import DAY_S, TICK_S
from sim.records.refusal import Refusal
from sim.streams import counter_uniform
from sim.traffic.calendar import seconds_of_day
from sim.traffic.day_sheet import Traffic


def assert_same(a, b, but=()):
    for field in fields(a):
        if field.name not in but:
            one, other = getattr(a, field.name), getattr(b, field.name)
            assert np.asarray(one).tobytes() == np.asarray(other).tobytes(), field.name


@settings(max_examples=40, deadline=None)
@given(
    customers=st.floats(0, 400),
    skus=st.integers(1, 40),
    lines=st.floats(1, 30),
    units=st.floats(0.1, 5),
    spike=st.booleans(),
    seed=st.integers(0, 1000),
)
def test_a_sheet_is_well_formed(scenario_of, customers, skus, lines, units, spike, seed):
    live = {"name": "live", "at": "2026-05-04T10:00:00", "duration_minutes": 300, "factor": 3, "channel": "both"}
    shop = scenario_of(
        stores=[{"code": "SH01", "customers_per_day": customers}],
        skus={"count": skus},
        seed=seed,
        traffic={
            "basket_lines": {"distribution": "exponential", "mean": lines},
            "line_units": {"distribution": "exponential", "mean": units},
            "spikes": [{**live, "skus": ["SKU-00001"], "sku_share": 1.0}] if spike else [],
        },
        online={"orders_per_day": customers},
    )
    traffic = Traffic(shop)
    sheet, online = traffic.day(0, 0, 0), traffic.online(0, 0)
    n = len(sheet)
    opens, closes = seconds_of_day(shop.stores[0].opens), seconds_of_day(shop.stores[0].closes)
    assert np.all((sheet.arrival_s >= opens) & (sheet.arrival_s < closes))
    for times in (sheet.arrival_s, sheet.shopping_s, sheet.patience_s, sheet.fixed_s, sheet.item_s, sheet.pay_s):
        assert len(times) == n
        assert np.all(times >= 0)
        assert np.array_equal(times / TICK_S, np.rint(times / TICK_S))
    assert np.all((sheet.channel >= 0) & (sheet.channel < sheet.pay_s.shape[1]))
    assert np.all(sheet.return_s > sheet.arrival_s)
    for start, sku, units_, instants in (
        (sheet.line_start, sheet.line_sku, sheet.line_units, sheet.arrival_s),
        (online.line_start, online.line_sku, online.line_units, online.placed_s),
    ):
        assert np.all(np.diff(instants) >= 0)
        assert start[0] == 0
        assert start[-1] == len(sku) == len(units_)
        assert len(start) == len(instants) + 1
        assert np.all(np.diff(start) >= 1)
        assert np.all(units_ >= 1)
        assert np.all((sku >= 0) & (sku < skus))
        basket = np.repeat(np.arange(len(instants)), np.diff(start))
        assert len(np.unique(basket * skus + sku)) == len(sku)


def test_the_same_sheet_twice_has_the_same_bytes(scenario_of):
    shop = scenario_of(online={"orders_per_day": 50})
    one, other = Traffic(shop), Traffic(shop)
    other.day(0, 0, 4)
    assert_same(one.day(3, 0, 5), other.day(3, 0, 5))
    assert_same(one.online(3, 5), other.online(3, 5))
    assert one.day(4, 0, 5).arrival_s.tobytes() != one.day(3, 0, 5).arrival_s.tobytes()


def test_adding_a_store_changes_no_other_sheet(scenario_of):
    online = {"orders_per_day": 50, "region_shares": {"EAST": 1.0}}
    alone = Traffic(scenario_of(online=online))
    after = Traffic(scenario_of(stores=[{"code": "SH01"}, {"code": "SH02", "region": "NORTH"}], online=online))
    before = Traffic(scenario_of(stores=[{"code": "SH02"}, {"code": "SH01"}], online=online))
    assert_same(alone.day(0, 0, 3), after.day(0, 0, 3))
    assert_same(alone.day(0, 0, 3), before.day(0, 1, 3), but=("store", "customer"))
    assert_same(alone.online(0, 3), after.online(0, 3))


def test_more_customers_leave_the_first_as_they_were(scenario_of):
    few = Traffic(scenario_of()).day(0, 0, 0)
    many = Traffic(scenario_of(stores=[{"code": "SH01", "customers_per_day": 300}])).day(0, 0, 0)
    n, lines = len(few), len(few.line_sku)
    assert len(many) > n
    assert np.all(many.arrival_s[:n] <= few.arrival_s)
    assert np.array_equal(many.line_sku[:lines], few.line_sku)
    for name in ("shopping_s", "patience_s", "fixed_s", "pay_s", "channel", "customer"):
        assert np.array_equal(getattr(many, name)[:n], getattr(few, name)), name


def test_the_priority_class_is_drawn_by_customer_and_changes_no_other_draw(scenario_of):
    one = Traffic(scenario_of()).day(0, 0, 0)
    some, more = (Traffic(scenario_of(trading={"priority_share": share})).day(0, 0, 0) for share in (0.3, 0.6))
    assert one.priority is None
    assert_same(one, some, but=("priority",))
    assert some.priority.mean() == pytest.approx(0.3, abs=4 * np.sqrt(0.21 / len(some)))
    assert np.all(more.priority[some.priority])


def test_days_fall_on_their_own_days(scenario_of):
    sheet = Traffic(scenario_of()).day(0, 0, 7)
    assert np.all((sheet.arrival_s >= 7 * DAY_S + 9 * 3600) & (sheet.arrival_s < 7 * DAY_S + 21 * 3600))


@pytest.mark.parametrize(("day_size", "cell_size"), [(8.0, None), (None, 2.0), (10.0, 4.0), (None, None)])
def test_counts_vary_as_gamma_poisson(scenario_of, day_size, cell_size):
    days, mean, cells = 1000, 60.0, 12
    shop = scenario_of(
        stores=[{"code": "SH01", "customers_per_day": mean}],
        days=days,
        traffic={"day_gamma_size": day_size, "cell_gamma_size": cell_size, "basket_lines": 1},
    )
    traffic = Traffic(shop)
    counts = np.array([len(traffic.day(0, 0, day)) for day in range(days)])
    of_day, of_cell = 1 / (day_size or np.inf), 1 / (cell_size or np.inf)
    variance = mean + mean**2 * (of_day + (1 + of_day) * of_cell / cells)
    assert counts.mean() == pytest.approx(mean, abs=3.5 * np.sqrt(variance / days))
    assert counts.var(ddof=1) == pytest.approx(variance, rel=4 * np.sqrt(2 / days) * 1.3)


def test_mean_demand_is_what_customers_ask_for(scenario_of):
    shop = scenario_of(days=300, traffic={"weekday_factors": [0.5, 1, 1, 1, 1, 2, 2], "line_units": 2})
    traffic = Traffic(shop)
    asked = np.zeros(300)
    sheets = [traffic.day(0, 0, day) for day in range(294)]
    for sheet in sheets:
        asked += np.bincount(sheet.line_sku, weights=sheet.line_units, minlength=300)
    spread = np.std([sheet.line_units.sum() for sheet in sheets]) / np.sqrt(294)
    assert asked.sum() / 294 == pytest.approx(traffic.mean_demand[0].sum(), abs=4 * spread)
    shares = asked[:50] / asked.sum()
    assert shares == pytest.approx(traffic.mean_demand[0, :50] / traffic.mean_demand[0].sum(), rel=0.1)


def test_mean_online_demand_is_what_orders_ask_for(scenario_of):
    traffic = Traffic(scenario_of(online={"orders_per_day": 100, "basket_lines": 3}))
    assert traffic.mean_online_demand.sum() == pytest.approx(300)


def test_online_arrivals_follow_the_24_hour_sinus(scenario_of):
    """Rate 20 + 10 sin(2πt/24) an hour, from an ordinary scenario."""
    t = np.arange(25)
    hours = np.diff(20 * t - 10 * 24 / (2 * np.pi) * np.cos(2 * np.pi * t / 24))
    shop = scenario_of(
        days=500,
        traffic={"hour_shares": hours.tolist(), "day_gamma_size": None, "cell_gamma_size": None, "basket_lines": 1},
        online={"orders_per_day": 480, "browse_per_order": 0},
    )
    traffic = Traffic(shop)
    quarters = [np.histogram(traffic.online(0, day).placed_s % DAY_S, np.arange(5) * 21600.0)[0] for day in range(500)]
    expected = np.array([158.197, 158.197, 81.803, 81.803])
    assert np.all(np.abs(np.mean(quarters, axis=0) - expected) < 3 * np.sqrt(expected / 500))


def test_first_choices_patience_and_returns_have_their_shares(scenario_of):
    shop = scenario_of(
        stores=[{"code": "SH01", "customers_per_day": 20_000}],
        trading={"return_share": 0.05, "return_after_days": 2, "cash_holders": 0.3, "patience_s": None},
        traffic={"member_share": 0.4, "members": 50},
    )
    sheet = Traffic(shop).day(0, 0, 0)
    n = len(sheet)
    shares = [channel.share for channel in shop.trading.payments]
    assert stats.chisquare(np.bincount(sheet.channel), n * np.array(shares)).pvalue > 0.001
    assert np.mean(np.isfinite(sheet.return_s)) == pytest.approx(0.05, abs=0.01)
    back = np.isfinite(sheet.return_s)
    assert np.all(sheet.return_s[back] == sheet.arrival_s[back] + 2 * DAY_S)
    assert np.all(np.isinf(sheet.patience_s))
    assert np.all(sheet.has_cash[sheet.channel == 2])
    assert np.mean(sheet.has_cash[sheet.channel != 2]) == pytest.approx(0.3, abs=0.02)
    assert np.mean(sheet.customer >= 0) == pytest.approx(0.4, abs=0.02)
    assert set(np.unique(sheet.customer)) == set(range(-1, 50))


def test_members_belong_to_one_store(scenario_of):
    traffic = Traffic(scenario_of(stores=[{"code": "SH01"}, {"code": "SH02"}], traffic={"member_share": 1.0}))
    assert not set(traffic.day(0, 0, 0).customer) & set(traffic.day(0, 1, 0).customer)


def test_a_spike_sells_its_skus_while_it_lasts(scenario_of):
    spike = {"name": "live", "at": "2026-05-04T10:00:00", "duration_minutes": 60, "factor": 2, "channel": "store"}
    shop = scenario_of(
        stores=[{"code": "SH01", "customers_per_day": 24_000}],
        traffic={"spikes": [{**spike, "skus": ["SKU-00300"], "sku_share": 0.6}], "basket_lines": 1},
    )
    sheet = Traffic(shop).day(0, 0, 0)
    during = (sheet.arrival_s >= 36_000) & (sheet.arrival_s < 39_600)
    assert np.mean(sheet.line_sku[during] == 299) == pytest.approx(0.6, abs=0.03)
    assert np.mean(sheet.line_sku[~during] == 299) < 0.01


def test_a_spike_on_an_unknown_sku_is_refused(scenario_of):
    spike = {"name": "live", "at": "2026-05-04T10:00:00", "duration_minutes": 60, "factor": 2, "skus": ["X"]}
    with pytest.raises(Refusal, match=r"traffic\.spikes\.0\.skus: expected the code of a SKU, found 'X'"):
        Traffic(scenario_of(traffic={"spikes": [spike]}))


def test_orders_come_from_regions_by_share(scenario_of):
    online = {"orders_per_day": 5000, "region_shares": {"EAST": 0.3, "NORTH": 0.7}, "browse_per_order": 2}
    sheet = Traffic(scenario_of(online=online)).online(0, 0)
    assert np.mean(sheet.region) == pytest.approx(0.7, abs=0.03)
    assert len(sheet.browse_s) / len(sheet) == pytest.approx(2, abs=0.1)
    by_customers = Traffic(scenario_of(online={"orders_per_day": 500})).online(0, 0)
    assert set(by_customers.region) == {0}


def test_draws_on_demand_have_a_key_of_their_own_each_day(scenario_of):
    traffic = Traffic(scenario_of())
    today, tomorrow = traffic.day(0, 0, 0).key, traffic.day(0, 0, 1).key
    customers = np.arange(20_000)
    apart = np.corrcoef(counter_uniform(today, customers, 0, 1), counter_uniform(tomorrow, customers, 0, 1))[0, 1]
    assert abs(apart) < 4 / np.sqrt(20_000)


def test_by_default_almost_nobody_leaves_a_short_line_and_one_in_ten_after_four_minutes(scenario_of):
    patience_s = scenario_of().trading.patience_s.quantile(np.linspace(0, 1, 100_001)[1:-1])
    assert np.mean(patience_s < 13) < 0.0001
    assert np.mean(patience_s < 240) == pytest.approx(0.10, abs=0.005)
    assert np.mean(patience_s < 900) == pytest.approx(0.775, abs=0.005)
