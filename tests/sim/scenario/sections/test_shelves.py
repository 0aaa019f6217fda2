"""Planograms as people give them: a rule, a table, both; and what is wrong with them."""

import numpy as np
import pytest

from sim.chain.inventory.planogram import shelf_capacity
from sim.records.refusal import Refusal
from sim.scenario.loader import load
from sim.scenario.shortened import shortened
from sim.traffic.assortment import skus

SKUS = "code,price,unit_cost,pack,shelf_units\nA,3,2,12,\nB,3,2,12,30\nC,3,2,1,\n"
DEMAND = np.array([[0.1, 7.0, 2.0], [0.0, 50.0, 4.2]])


def capacities(folder, *flags, demand=DEMAND):
    """Of the two stores and three SKUs of a scenario with `flags`."""
    folder.write("skus.csv", SKUS)
    scenario = load(folder.path / "shop.yaml", [f"skus={{table: {folder.path}/skus.csv}}", *flags])
    return shelf_capacity(scenario, skus(scenario), demand)


def test_without_a_planogram_a_shelf_holds_days_of_demand_or_what_its_sku_says(folder):
    assert capacities(folder, "replenishment.shelf_days=3").tolist() == [[1, 30, 6], [0, 30, 13]]


def test_a_shelf_holds_whole_facings_of_the_largest_of_days_packs_and_least_facings(folder):
    rule = "replenishment.planogram={facing_units: 5, least_facings: 2, packs: 1.5}"
    assert capacities(folder, rule).tolist() == [[20, 30, 10], [20, 30, 15]]


def test_a_row_of_the_table_wins_over_its_sku_and_the_rule(folder):
    table = folder.write("p.csv", "门店,商品编码,货架容量\nSH01,A,7\nSH02,B,9件\nSH02,C,0\n")
    alone = capacities(folder, f"replenishment.planogram={{table: {table}}}")
    assert alone.tolist() == [[7, 30, 6], [0, 9, 0]]
    beside = capacities(folder, f"replenishment.planogram={{listed: {{table: {table}}}, packs: 1, facing_units: 4}}")
    assert beside.tolist() == [[7, 30, 8], [12, 9, 0]]


def test_a_rule_laid_over_a_table_replaces_it(folder):
    table = folder.write("p.csv", "location,sku,shelf_units\nSH01,A,7\n")
    over = [f"replenishment.planogram={{table: {table}}}", "replenishment.planogram={packs: 2}"]
    assert capacities(folder, *over).tolist() == [[24, 30, 6], [24, 30, 13]]


@pytest.mark.parametrize("given_as", ["{table: FILE}", "{listed: {table: FILE}, packs: 1.5}"])
@pytest.mark.parametrize(
    ("rows", "line"),
    [
        ("SH1,SKU-00001,4", "row 2, column location: expected the code of a store, perhaps SH01, found 'SH1'"),
        ("WSH,SKU-00001,4", "row 2, column location: expected the code of a store, found 'WSH'"),
        ("SH01,SKU-1,4", "row 2, column sku: expected the code of a SKU, perhaps SKU-00019, found 'SKU-1'"),
        ("SH01,SKU-00001,4\nSH01,SKU-00001,5", "row 3, column sku: expected each SKU once at SH01, found 'SKU-00001'"),
        ("SH01,SKU-00001,-4", "row 2, column shelf_units: expected a number from 0 to 1,000,000 units, found '-4'"),
        ("SH01,SKU-00001,many", "row 2, column shelf_units: expected a whole number, found 'many'"),
        ("SH01,SKU-00001,", "row 2, column shelf_units: expected a value, found nothing"),
    ],
)
def test_a_wrong_row_of_a_planogram_is_named_by_file_row_and_column(folder, given_as, rows, line):
    table = folder.write("p.csv", f"location,sku,shelf_units\n{rows}\n")
    with pytest.raises(Refusal) as refusal:
        load(folder.path / "shop.yaml", [f"replenishment.planogram={given_as.replace('FILE', str(table))}"])
    assert f"p.csv: {line}" in str(refusal.value)


def test_rows_of_stores_that_are_left_out_are_left_out(folder):
    table = folder.write("p.csv", "location,sku,shelf_units\nSH01,SKU-00001,7\nSH02,SKU-00001,8\n")
    for given_as in (f"{{table: {table}}}", f"{{listed: {{table: {table}}}}}"):
        scenario = load(folder.path / "shop.yaml", [f"replenishment.planogram={given_as}"])
        kept = shortened(scenario, stores=["SH02"]).replenishment.planogram
        assert [row.shelf_units for row in (kept if isinstance(kept, list) else kept.listed)] == [8]
