"""SKUs made by rule may be of several categories, and their popularity may have any distribution."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from sim.scenario.opening import suppliers_of
from sim.scenario.sections.places import SkuRange
from sim.stock.abc_classes import sku_classes
from sim.traffic.assortment import shelf_life_days, skus
from sim.traffic.day_sheet import Traffic

FRESH = {"name": "fresh", "sku_share": 0.1, "line_share": 0.4, "supplier": "P2", "sku_class": "FRESH",
         "shelf_life_days": 2, "price": 5, "margin": 0.2, "pack": {"distribution": "uniform", "low": 6, "high": 24},
         "group_size": 3, "popularity": {"distribution": "lognormal", "mean": 1, "cv": 1}}  # fmt: skip
DRY = {"name": "dry goods", "sku_share": 0.9, "line_share": 0.6}
RULE = {"count": 200, "margin": 0.3, "pack": 12, "group_size": 4, "categories": [FRESH, DRY]}


def shares(draw, n):
    parts = np.array([draw(st.integers(1, 1000)) for _ in range(n)])
    return (parts / parts.sum()).tolist()


@given(data=st.data())
def test_categories_have_their_shares_of_skus_and_of_lines(data, scenario_of):
    n = data.draw(st.integers(1, 6))
    of_skus, of_lines = shares(data.draw, n), shares(data.draw, n)
    count = data.draw(st.integers(n, 400))
    rows = [{"name": f"c{k}", "sku_share": of_skus[k], "line_share": of_lines[k]} for k in range(n)]
    found = skus(scenario_of(skus={"count": count, "categories": rows}))
    mine = np.array([name.split()[0] for name in found.name])
    held = np.array([np.count_nonzero(mine == f"c{k}") for k in range(n)])
    assert held.min() >= 1
    assert held.sum() == len(found) == count
    if min(of_skus) * count >= 1:
        assert np.all(np.abs(held - count * np.array(of_skus)) < 1)
    assert [found.weight[mine == f"c{k}"].sum() for k in range(n)] == pytest.approx(of_lines)


def test_skus_are_numbered_by_popularity_and_named_by_their_rank_in_the_category(scenario_of):
    found = skus(scenario_of(skus=RULE))
    assert found.code[0] == "SKU-00001"
    assert len(set(found.code)) == 200
    assert np.all(np.diff(found.weight) <= 0)
    assert {"fresh 1", "fresh 20", "dry goods 1", "dry goods 180"} <= set(found.name)
    for category in ("fresh", "dry goods"):
        ranks = [int(name.rpartition(" ")[2]) for name in found.name if name.startswith(category)]
        assert ranks == sorted(ranks)


def test_a_category_has_its_own_figures_and_else_those_of_the_rule(scenario_of):
    found = skus(scenario_of(skus=RULE))
    fresh = np.array([name.startswith("fresh") for name in found.name])
    assert np.all(found.price[fresh] == 5)
    assert np.all(found.unit_cost[fresh] == 4)
    assert found.unit_cost[~fresh] == pytest.approx(found.price[~fresh] * 0.7, abs=0.01)
    assert np.all(found.supplier[fresh] == 1)
    assert set(found.supplier[~fresh]) == {0, 1}
    assert np.all(found.pack[~fresh] == 12)
    assert found.pack[fresh].min() >= 6
    assert found.pack[fresh].max() <= 24
    assert len(set(found.pack[fresh])) > 5
    assert sorted(np.unique(found.group[fresh], return_counts=True)[1]) == [2, 3, 3, 3, 3, 3, 3]
    assert not set(found.group[fresh]) & set(found.group[~fresh])


def test_a_category_draws_the_same_skus_beside_any_other(scenario_of):
    one, other = (
        skus(scenario_of(skus=RULE | {"categories": [FRESH, DRY | {"price": price, "popularity": popularity}]}))
        for price, popularity in ((None, None), (3, {"distribution": "lognormal", "mean": 1, "cv": 5}))
    )
    for found in (one, other):
        fresh = [n for n, name in enumerate(found.name) if name.startswith("fresh")]
        assert found.pack[fresh].tolist() == one.pack[[one.name.index(f"fresh {k + 1}") for k in range(20)]].tolist()


def test_a_category_names_the_class_and_the_shelf_life_of_its_skus(scenario_of):
    scenario = scenario_of(
        skus=RULE, suppliers=[{"code": code, "lead_time_days": 1, "shelf_life_days": 90} for code in ("P1", "P2")]
    )
    found = skus(scenario)
    fresh = np.array([name.startswith("fresh") for name in found.name])
    classes = sku_classes(scenario, found.weight * found.price)
    assert set(classes[fresh]) == {"FRESH"}
    assert set(classes[~fresh]) == {"A", "B", "C"}
    life_days = shelf_life_days(scenario, found.supplier)
    assert set(life_days[fresh]) == {2}
    assert set(life_days[~fresh]) == {90}


@pytest.mark.parametrize("cv", [1.0, 3.5])
def test_lognormal_popularity_has_the_concentration_of_its_distribution(scenario_of, cv):
    """The least popular half sells Φ(−σ) of all lines: the Lorenz curve of the lognormal distribution at ½."""
    weight = skus(
        scenario_of(skus={"count": 6000, "popularity": {"distribution": "lognormal", "mean": 1, "cv": cv}})
    ).weight
    assert weight[3000:].sum() == pytest.approx(stats.norm.cdf(-np.sqrt(np.log1p(cv**2))), rel=0.02)


def test_baskets_hold_a_category_as_often_as_it_says(scenario_of):
    """One line a basket: then no distinctness moves the shares."""
    traffic = Traffic(scenario_of(skus=RULE, traffic={"basket_lines": 1}))
    lines = np.concatenate([traffic.day(0, 0, day).line_sku for day in range(28)])
    fresh = np.array([name.startswith("fresh") for name in traffic.assortment.name])[lines]
    assert abs(fresh.mean() - 0.4) < 3 * np.sqrt(0.4 * 0.6 / len(lines))


def test_a_rule_without_categories_is_written_as_before():
    assert set(SkuRange(count=3).model_dump()) == {"count", "price", "margin", "weight_kg", "pack", "group_size"}


def test_what_a_scenario_warns_of_has_the_suppliers_that_the_chain_orders_from(scenario_of):
    for rule in ({"count": 7}, RULE):
        scenario = scenario_of(skus=rule)
        codes = [supplier.code for supplier in scenario.suppliers]
        assert suppliers_of(scenario) == [codes[number] for number in skus(scenario).supplier.tolist()]
