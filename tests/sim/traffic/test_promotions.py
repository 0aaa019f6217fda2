"""Promotions lift the SKUs that they name, by the factors that they name, and the planner expects what was planned."""

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from sim.chain.supply.event_uplift import Lift
from sim.records.refusal import Refusal
from sim.scenario.loader import load
from sim.scenario.sections.categories import zipf
from sim.scenario.shipped import find
from sim.traffic.baskets import Popularity, fill
from sim.traffic.day_sheet import Traffic
from sim.traffic.lifts import LEAST_REST, lifted, lifted_weight
from sim.traffic.promotions import Promotions

LEAFLET = {
    "name": "leaflet",
    "first": "2026-05-06",
    "last": "2026-05-12",
    "skus": ["SKU-00031", "SKU-00100"],
    "factor": 3,
}
"""Wednesday to Tuesday of the runs here, which start on Monday, 4 May: days 2 to 8."""
ON = [30, 99]


def lines_of(traffic, days):
    sheets = [traffic.day(0, 0, day) for day in days]
    return np.bincount(np.concatenate([sheet.line_sku for sheet in sheets]), minlength=len(traffic.assortment))


def factors(draw, n):
    said = st.sampled_from([1.0, 1.0, 1.0, 0.3, 1.5, 4.0, 50.0])
    return np.array(draw(st.lists(said, min_size=n, max_size=n)))


@given(data=st.data())
def test_promoted_skus_have_their_factor_and_all_others_give_up_the_same_share(data):
    weight = np.array(data.draw(st.lists(st.floats(0, 1), min_size=2, max_size=30).filter(lambda w: sum(w) > 0.1)))
    weight = weight / weight.sum()
    factor = factors(data.draw, len(weight))
    goal = lifted_weight(weight, factor)
    on = factor != 1
    others, asked = weight[~on].sum(), (weight * factor)[on].sum()
    assert goal.sum() == pytest.approx(1)
    if others > 1e-9 and asked > 0:
        if 1 - asked >= LEAST_REST * others:
            assert goal[on] == pytest.approx((weight * factor)[on])
        assert goal[~on] == pytest.approx(weight[~on] * goal[~on].sum() / others)
        assert goal[~on].sum() >= LEAST_REST * others * (1 - 1e-9)


@settings(max_examples=25)
@given(data=st.data())
def test_no_more_lines_change_than_have_to_and_they_go_to_skus_that_gain(data):
    factor = factors(data.draw, 40)
    usual = Popularity(zipf(40, data.draw(st.floats(0, 2))))
    other = lifted(usual, factor)
    before, after = usual.draw(5, "a", 50_000), other.draw(5, "a", 50_000)
    moved = before != after
    gains = other.weight > usual.weight
    assert not gains[before[moved]].any()
    assert gains[after[moved]].all()
    share = np.maximum(other.weight - usual.weight, 0).sum()
    assert abs(moved.mean() - share) <= 4 * np.sqrt(share * (1 - share) / 50_000) + 1e-9
    counts = np.bincount(after, minlength=40)
    held = other.weight > 1e-12
    assert stats.chisquare(counts[held], 50_000 * other.weight[held] / other.weight[held].sum()).pvalue > 1e-6


def test_baskets_of_lifted_popularity_hold_distinct_skus():
    factor = np.where(np.arange(20) % 5 == 0, 6.0, 1.0)
    usual = Popularity(zipf(20, 1))
    baskets = fill(np.arange(0, 12_001, 12), lifted(usual, factor), 3).reshape(-1, 12)
    assert all(len(set(basket)) == 12 for basket in baskets.tolist())


@pytest.mark.parametrize("lines", [1, 7])
def test_the_lift_measured_is_the_lift_stated(scenario_of, lines):
    changes = {"stores": [{"code": "SH01", "customers_per_day": 3000}], "skus": {"count": 300}}
    traffic = {"basket_lines": lines, "zipf_exponent": 0.3, "day_gamma_size": None, "cell_gamma_size": None}
    usual = Traffic(scenario_of(traffic=traffic, **changes))
    promoted = Traffic(scenario_of(traffic=traffic | {"promotions": [LEAFLET]}, **changes))
    days = range(2, 9)
    sold, total = lines_of(promoted, days), lines_of(usual, days).sum()
    assert sold.sum() == total  # lines stay as many
    for sku in ON:
        expected = 3 * usual.mean_demand[0, sku] / usual.mean_demand[0].sum() * total
        assert abs(sold[sku] - expected) < 3 * np.sqrt(expected)
    for days in (range(2), range(9, 12)):
        assert np.array_equal(lines_of(promoted, days), lines_of(usual, days))


@pytest.mark.parametrize("lines", [1, 7])
def test_a_promotion_changes_no_customer_and_only_lines_that_go_to_its_skus(scenario_of, lines):
    usual, promoted = (
        Traffic(scenario_of(traffic={"basket_lines": lines, "promotions": said})).day(0, 0, 4)
        for said in ([], [LEAFLET])
    )
    for name in ("arrival_s", "patience_s", "line_start", "line_units", "pay_s", "return_s"):
        assert np.array_equal(getattr(usual, name), getattr(promoted, name))
    moved = usual.line_sku != promoted.line_sku
    assert 0 < moved.mean() < 0.03
    assert not np.isin(usual.line_sku[moved], ON).any()
    # where a basket holds several lines, one that drew a promoted SKU again takes another
    assert np.isin(promoted.line_sku[moved], ON).mean() >= (1 if lines == 1 else 0.6)


def test_online_orders_take_part(scenario_of):
    traffic = {"basket_lines": 1, "zipf_exponent": 0, "promotions": [LEAFLET | {"factor": 50}]}
    sheet = Traffic(scenario_of(traffic=traffic, online={"orders_per_day": 3000})).online(0, 3)
    share = np.isin(sheet.line_sku, ON).mean()
    assert abs(share - 100 / 300) < 4 * np.sqrt(2 / 9 / len(sheet))


def test_skus_with_hours_and_companions_are_lifted_too(scenario_of):
    rows = [
        {"code": f"SKU-{n:05d}", "price": 3, "unit_cost": 2, "group": "tea" if n < 60 else ""} for n in range(1, 301)
    ]
    said = {
        "basket_lines": 3,
        "zipf_exponent": 0.3,
        "groups": {"tea": {"hour_shares": [0] * 9 + [3] * 4 + [1] * 8 + [0] * 3}},
        "pairs": [{"skus": ["SKU-00001", "SKU-00002"], "lift": 2}],
    }
    stores = [{"code": "SH01", "customers_per_day": 3000}]
    usual = lines_of(Traffic(scenario_of(skus=rows, traffic=said, stores=stores)), range(2, 9))
    sold = lines_of(
        Traffic(scenario_of(skus=rows, traffic=said | {"promotions": [LEAFLET]}, stores=stores)), range(2, 9)
    )
    for sku in ON:
        assert abs(sold[sku] - 3 * usual[sku]) < 3 * np.sqrt(sold[sku] + 9 * usual[sku])


RULE = {"sku_share": 0.1, "factor": {"distribution": "uniform", "low": 2, "high": 4}, "forecast_error_cv": 0.4}


def made(scenario_of, rule, start=date(2026, 5, 4), count=3000):
    scenario = scenario_of(skus={"count": count}, traffic={"promotion_rule": rule}, start=str(start))
    return Promotions(scenario, Traffic(scenario).assortment)


def test_a_rule_promotes_another_share_of_the_skus_each_monday(scenario_of):
    found = made(scenario_of, RULE)
    sets = [np.flatnonzero(found.factors(found.on(day), False) > 1) for day in range(14)]
    assert all(len(skus) == 300 for skus in sets)
    assert all(np.array_equal(sets[0], skus) for skus in sets[:7])
    assert 10 < len(np.intersect1d(sets[6], sets[7])) < 60  # 30 by chance
    factor = found.factors(found.on(0), False)[sets[0]]
    assert stats.kstest(factor, stats.uniform(2, 2).cdf).pvalue > 0.001


def test_a_round_lasts_as_long_as_it_says_and_is_the_same_whenever_a_run_starts(scenario_of):
    rule = RULE | {"every_days": 14, "lasts_days": 5}
    early, late = made(scenario_of, rule), made(scenario_of, rule, date(2026, 5, 4) + timedelta(days=9))
    active = [early.on(day) for day in range(28)]
    assert sum(map(bool, active)) == 10
    for day in range(9, 28):
        assert late.on(day - 9) == active[day]
        assert np.array_equal(early.factors(active[day], True), late.factors(active[day], True))


def test_planned_factors_err_by_as_much_as_the_rule_says(scenario_of):
    found = made(scenario_of, RULE)
    errors = []
    for day in range(0, 140, 7):
        true, planned = (found.factors(found.on(day), planned) for planned in (False, True))
        errors.append((planned / true)[true != 1])
    error = np.concatenate(errors)
    assert error.mean() == pytest.approx(1, abs=0.03)
    assert error.std() == pytest.approx(0.4, abs=0.04)
    exact = made(scenario_of, RULE | {"forecast_error_cv": 0})
    assert np.array_equal(exact.factors(exact.on(0), True), exact.factors(exact.on(0), False))


@pytest.mark.parametrize(("known", "expected"), [(True, 2.0), (False, 1.0)])
def test_the_planner_expects_the_planned_factor_and_knows_nothing_where_he_knows_no_events(
    scenario_of, known, expected
):
    scenario = scenario_of(
        traffic={"promotions": [LEAFLET | {"planned_factor": 2}]},
        replenishment={"forecast": {"known_events": known}},
    )
    traffic = Traffic(scenario)
    factor = Lift(scenario, traffic.assortment, traffic.popularity).over(0, 10, np.array([0, len(scenario.stores)]))
    for day in (2, 8):
        for row in factor[day]:
            assert np.broadcast_to(row, 300)[ON] == pytest.approx([expected] * 2)
            if known:
                others = np.delete(row, ON)
                assert others == pytest.approx([others[0]] * 298)
                assert row @ traffic.popularity == pytest.approx(1)
    assert np.all(factor[[0, 1, 9]] == 1)


def test_of_two_promotions_on_a_day_factors_are_multiplied(scenario_of):
    scenario = scenario_of(traffic={"promotions": [LEAFLET, LEAFLET | {"skus": ["SKU-00100"], "factor": 2}]})
    found = Promotions(scenario, Traffic(scenario).assortment)
    assert found.factors(found.on(3), False)[ON].tolist() == [3, 6]


def test_factors_that_ask_for_more_than_all_lines_are_refused(scenario_of):
    with pytest.raises(
        Refusal, match=r"promotions\.0\.factor: expected factors that leave other SKUs a line on 2026-05-06"
    ):
        Traffic(scenario_of(traffic={"promotions": [LEAFLET | {"factor": 1000}]}))
    with pytest.raises(Refusal, match=r"promotion_rule\.factor: expected factors that leave"):
        Traffic(scenario_of(traffic={"promotion_rule": {"sku_share": 0.6, "factor": 3}}))


def test_a_sku_shares_its_gamma_factor_of_a_day_in_all_stores_and_with_no_other_sku(scenario_of):
    """Over days, two stores' sales of a SKU have the covariance 1 / size relative to their means; those of two SKUs have none."""
    stores = [{"code": code, "customers_per_day": 400} for code in ("SH01", "SH02")]
    traffic = {"basket_lines": 1, "zipf_exponent": 0, "day_gamma_size": None, "cell_gamma_size": None}
    scenario = scenario_of(stores=stores, skus={"count": 40}, traffic=traffic | {"sku_day_gamma_size": 4})
    made = Traffic(scenario)
    sold = np.array(
        [[np.bincount(made.day(0, store, day).line_sku, minlength=40) for store in (0, 1)] for day in range(250)]
    )
    product = ((sold[:, 0] - 10) * (sold[:, 1] - 10) / 100).mean(axis=0)
    assert abs(sold.mean() - 10) < 3 * np.sqrt(10 / sold.size)
    # the factors of 40 SKUs are scaled to as many lines: a part 1 / 40 of the variance is gone
    assert abs(product.mean() - 0.25 * (1 - 1 / 40)) < 3 * product.std(ddof=1) / np.sqrt(40)
    apart = ((sold[:, 0, :20] - 10) * (sold[:, 1, 20:] - 10) / 100).mean(axis=0)
    assert abs(apart.mean()) < 3 * apart.std(ddof=1) / np.sqrt(20) + 0.25 / 40


def test_promotions_keep_their_lift_where_skus_vary_by_day(scenario_of):
    traffic = {"basket_lines": 1, "zipf_exponent": 0.3, "promotions": [LEAFLET | {"last": "2026-12-31"}]}
    scenario = scenario_of(days=200, traffic=traffic | {"sku_day_gamma_size": 20})
    plain = scenario_of(traffic={"basket_lines": 1, "zipf_exponent": 0.3})
    made = Traffic(scenario)
    by_day = np.array([lines_of(made, [day])[ON].sum() / len(made.day(0, 0, day)) for day in range(2, 200)])
    expected = 3 * Traffic(plain).popularity[ON].sum()
    assert abs(by_day.mean() - expected) < 3 * by_day.std(ddof=1) / np.sqrt(len(by_day))


def test_a_table_lists_promotions_a_row_each_with_one_sku_or_several(tmp_path):
    (tmp_path / "promotions.csv").write_text(
        "first,last,skus,factor,planned_factor\n2026-05-16,2026-05-20,SKU-00003;SKU-00004,3,2\n2026/5/16,2026/5/16,SKU-00005,2,\n"
    )
    (tmp_path / "own.yaml").write_text(
        f"extends: {find('corner-shop')}\ntraffic: {{promotions: {{table: promotions.csv}}}}\n"
    )
    scenario = load(tmp_path / "own.yaml")
    found = Promotions(scenario, Traffic(scenario).assortment)
    assert np.flatnonzero(found.factors(found.on(0), False) > 1).tolist() == [2, 3, 4]
    assert found.factors(found.on(0), True)[2:5].tolist() == [2, 2, 2]
