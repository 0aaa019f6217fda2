"""SKUs come from a list as it stands or from a rule, in the same arrays."""

import numpy as np
import pytest

from sim.records.refusal import Refusal
from sim.traffic.assortment import skus, zipf


def listed(*changes):
    return [
        {"code": f"A{n}", "supplier": "P1", "price": 10, "unit_cost": 6, **change} for n, change in enumerate(changes)
    ]


def test_a_list_keeps_its_order_and_its_figures(scenario_of):
    found = skus(
        scenario_of(skus=listed({"group": "tea", "supplier": "P2"}, {"pack": 12}, {"group": "tea", "price": 3}))
    )
    assert found.code == ("A0", "A1", "A2")
    assert found.price.tolist() == [10, 10, 3]
    assert found.pack.tolist() == [1, 12, 1]
    assert found.group.tolist() == [0, -1, 0]
    assert found.supplier.tolist() == [1, 0, 0]
    assert found.weight == pytest.approx(zipf(3, 0.7))


def test_popularity_is_taken_as_weights(scenario_of):
    found = skus(scenario_of(skus=listed({"popularity": 1}, {"popularity": 3})))
    assert found.weight.tolist() == [0.25, 0.75]


def test_suppliers_take_turns_where_a_list_names_none(scenario_of):
    rows = [{k: v for k, v in row.items() if k != "supplier"} for row in listed({}, {}, {})]
    assert skus(scenario_of(skus=rows)).supplier.tolist() == [0, 1, 0]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (listed({}, {"code": "A0"}), "each code once, found 'A0'"),
        (listed({"supplier": "P9"}), r"skus\.0\.supplier: expected the code of a supplier, found 'P9'"),
        (listed({"popularity": 1}, {}), r"skus\.1\.popularity: expected a weight for every SKU or for none"),
        (listed({"popularity": 0}), "at least one weight above 0"),
    ],
)
def test_a_list_that_cannot_be_used_says_why(scenario_of, rows, said):
    with pytest.raises(Refusal, match=said):
        skus(scenario_of(skus=rows))


def test_a_rule_makes_the_same_skus_whatever_else_changes(scenario_of):
    one = skus(scenario_of(skus={"count": 50, "margin": 0.5}))
    other = skus(scenario_of(skus={"count": 50, "margin": 0.5}, traffic={"zipf_exponent": 1.2}, days=3))
    assert np.array_equal(one.price, other.price)
    assert len(np.unique(one.price)) > 40
    assert one.unit_cost == pytest.approx(one.price / 2, abs=0.01)
    assert one.code[:2] == ("SKU-00001", "SKU-00002")
    assert one.supplier[:3].tolist() == [0, 1, 0]
    assert one.group[[0, 7, 8]].tolist() == [0, 0, 1]
