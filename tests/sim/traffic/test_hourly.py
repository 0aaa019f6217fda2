"""Popularity by hour: a group is bought at its own hours, and over the day every SKU keeps its popularity."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sim.clock import DAY_S, HOUR_S
from sim.records.refusal import Refusal
from sim.traffic.assortment import zipf
from sim.traffic.day_sheet import Traffic
from sim.traffic.hourly import Hourly, raked

HOURS = np.array([0.0] * 9 + [1, 2, 3, 4, 3, 2, 2, 3, 5, 4, 2, 1] + [0.0] * 3)
NOON = [0.0] * 11 + [2, 6, 3] + [0.25] * 7 + [0.0] * 3
LISTED = [
    {
        "code": f"A{n}",
        "price": 2,
        "unit_cost": 1,
        "group": "sandwich" if 5 < n < 10 else "water" if 10 <= n < 20 else "",
    }
    for n in range(60)
]


@given(
    st.lists(st.floats(0.01, 1), min_size=2, max_size=5),
    st.integers(0, 2**32 - 1),
)
def test_every_group_keeps_its_share_and_every_hour_is_full(shares, seed):
    rng = np.random.default_rng(seed)
    shares = np.array(shares) / sum(shares)
    hours = rng.dirichlet(np.ones(24))
    lines = raked(shares, rng.dirichlet(np.ones(24), len(shares)), hours) * shares[:, None] * hours
    assert lines.sum(axis=0) == pytest.approx(hours, abs=1e-9)
    assert lines.sum(axis=1) == pytest.approx(shares, abs=1e-9)


def test_profiles_that_add_up_to_the_hours_hold_exactly():
    hours, shares = HOURS / HOURS.sum(), np.array([0.2, 0.8])
    noon = np.array(NOON) / sum(NOON)
    rest = (hours - 0.2 * noon) / 0.8
    assert rest.min() >= 0
    factor = raked(shares, np.array([noon, rest]), hours)
    assert (factor * hours)[0] == pytest.approx(noon, abs=1e-9)


def test_groups_that_sell_in_few_hours_leave_the_other_hours_as_they_are():
    factor = raked(np.array([0.5, 0.5]), np.eye(24)[[10, 12]], HOURS / HOURS.sum())
    assert np.all(factor[:, 15] == 1)
    assert factor[1, 10] == factor[0, 12] == 0


def test_the_rest_takes_what_groups_leave_of_each_hour():
    weight, hours = np.array([0.4, 0.6]), np.eye(24)[10] * 0.25 + np.eye(24)[12] * 0.75
    for noon, rest in ((0.9, (0.25 - 0.04, 0.75 - 0.36)), (1.0, (0.25, 0.35))):
        profile = np.eye(24)[10] * (1 - noon) + np.eye(24)[12] * noon
        hourly = Hourly(weight, np.array([0, -1]), profile[None], hours)
        lines = [hourly.popularity[hour].weight[1] * share for hour, share in ((10, 0.25), (12, 0.75))]
        assert lines == pytest.approx(rest)


def test_a_basket_has_no_more_lines_than_its_hour_has_skus():
    hourly = Hourly(zipf(4, 0.7), np.array([0, 0, 1, 1]), np.eye(24)[[10, 12]], np.eye(24)[10] + np.eye(24)[12])
    assert hourly.carried[[10, 12]].tolist() == [2, 2]
    sku = hourly.fill(np.array([0, 2, 4]), np.array([10, 12]), 7)
    assert [sorted(sku[:2].tolist()), sorted(sku[2:].tolist())] == [[0, 1], [2, 3]]


@pytest.fixture(scope="module")
def lunch(scenario_of):
    return scenario_of(
        stores=[
            {"code": "SH01", "customers_per_day": 30_000},
            {"code": "SH02", "customers_per_day": 500, "closes": "12:00"},
        ],
        skus=LISTED,
        traffic={
            "hour_shares": HOURS.tolist(),
            "basket_lines": 2,
            "groups": {
                "sandwich": {"hour_shares": NOON},
                "water": {"line_units": {"distribution": "empirical", "values": [1, 6], "weights": [1, 3]}},
            },
        },
    )


def test_a_group_is_bought_at_its_hours_and_keeps_its_popularity(lunch):
    traffic = Traffic(lunch)
    plain = Traffic(lunch.model_copy(update={"traffic": lunch.traffic.model_copy(update={"groups": {}})}))
    sheets = [traffic.day(0, 0, day) for day in range(4)]
    hour = np.concatenate([np.repeat(s.arrival_s % DAY_S // HOUR_S, np.diff(s.line_start)) for s in sheets]).astype(int)
    sku = np.concatenate([s.line_sku for s in sheets])
    seen = np.bincount(hour[(sku > 5) & (sku < 10)], minlength=24)
    assert seen / seen.sum() == pytest.approx(np.array(NOON) / sum(NOON), abs=0.02)
    assert seen[12] / seen.sum() > 2 * np.bincount(hour, minlength=24)[12] / len(hour)
    usual = np.concatenate([plain.day(0, 0, day).line_sku for day in range(4)])
    grouped, plainly = (np.bincount(drawn, minlength=60) / len(drawn) for drawn in (sku, usual))
    assert np.all(np.abs(grouped - plainly) < 0.01 * plainly + 4 * np.sqrt(2 * plainly / len(sku)))


def test_mean_demand_counts_the_hours_of_stores_and_the_units_of_groups(lunch):
    traffic = Traffic(lunch)
    mean = traffic.mean_demand / np.array([[store.customers_per_day] for store in lunch.stores])
    sheets = [traffic.day(0, 0, day) for day in range(4)]
    lines = sum(np.bincount(sheet.line_sku, minlength=60) for sheet in sheets)
    units = np.where((np.arange(60) >= 10) & (np.arange(60) < 20), 1 / 4 + 6 * 3 / 4, 1)
    n = sum(map(len, sheets))
    assert np.all(np.abs(lines * units / n - mean[0]) < 0.02 * mean[0] + 4 * units * np.sqrt(lines) / n)
    assert np.all(mean[1, 6:10] < 0.85 * mean[0, 6:10])  # the second store closes at noon


def test_units_of_a_line_are_those_of_its_group(lunch):
    sheet = Traffic(lunch).day(0, 0, 0)
    water = (sheet.line_sku >= 10) & (sheet.line_sku < 20)
    assert np.unique(sheet.line_units[~water]).tolist() == [1]
    counts = [(sheet.line_units[water] == n).sum() for n in (1, 6)]
    assert stats.chisquare(counts, np.array([1, 3]) / 4 * sum(counts)).pvalue > 0.001


def test_online_orders_have_the_units_of_groups_and_no_hours_of_theirs(lunch):
    online = lunch.model_copy(update={"online": lunch.online.model_copy(update={"orders_per_day": 20_000.0})})
    sheet = Traffic(online).online(0, 0)
    water = (sheet.line_sku >= 10) & (sheet.line_sku < 20)
    assert np.unique(sheet.line_units[water]).tolist() == [1, 6]
    hour = np.repeat(sheet.placed_s // HOUR_S, np.diff(sheet.line_start)).astype(int)
    groups = (sheet.line_sku > 5) & (sheet.line_sku < 10)
    found = stats.chi2_contingency([np.bincount(hour[pick], minlength=24)[9:21] for pick in (groups, ~groups)])
    assert found.pvalue > 0.001


def test_a_group_without_an_hour_in_which_customers_come_is_refused(scenario_of):
    night = {"sandwich": {"hour_shares": [1.0] + [0.0] * 23}}
    with pytest.raises(Refusal, match=r"traffic\.groups\.sandwich\.hour_shares: expected an hour above 0"):
        Traffic(scenario_of(skus=LISTED, traffic={"groups": night}))
