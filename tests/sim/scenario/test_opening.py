"""Opening stock by table, by rule, and by both."""

import pytest

from sim.chain.chain import Chain
from sim.records.refusal import Refusal
from sim.scenario.loader import load
from sim.scenario.opening import warnings

STORES = [
    {"location": store, "sku": f"SKU-{n:05d}", "units": 40} for store in ("E1", "E2", "S1", "S2") for n in range(1, 41)
]
DAYS = {"days": 15, "online": {"orders_per_day": 0}}


def fill_rate(scenario):
    table = Chain(scenario).play().kpis.to_pandas().set_index("kpi")
    return table.at["fill_rate", "value"]


@pytest.mark.parametrize("engine", ["compiled", "simpy"])
def test_a_table_for_stores_beside_a_rule_leaves_warehouses_with_stock(small, engine):
    alone = fill_rate(small(**DAYS, engine=engine, opening_stock=STORES))
    beside = fill_rate(small(**DAYS, engine=engine, opening_stock={"listed": STORES}))
    assert alone < 0.5
    assert beside > 0.95


def test_a_location_with_rows_carries_what_they_name_and_the_rule_all_else(small):
    row = {"location": "E1", "sku": "SKU-00003", "units": 7}
    chain = Chain(small(opening_stock={"listed": [row], "warehouse_days": 10}))
    physical = chain.ledger.physical[: chain.network.n_stores]
    assert physical[0].sum() == physical[0, 2] == 7
    assert (physical[1] > 0).all()


def test_warehouses_without_what_their_stores_carry_are_said(small):
    said = warnings(small(**DAYS, opening_stock=STORES))
    assert [text.partition(" that")[0] for text in said] == [
        f"warehouse {code} does not carry 40 of the 40 SKUs" for code in ("WE", "WS")
    ]
    assert warnings(small(**DAYS, opening_stock={"listed": STORES})) == []
    assert warnings(small()) == []


def test_a_steady_state_of_which_the_first_days_count_is_said(small):
    (said,) = warnings(small(horizon="steady_state"))
    assert said.startswith("the run is about a steady state (horizon) and counts its days from the first")
    assert warnings(small(days=15, warmup_days=5, horizon="steady_state")) == []
    assert warnings(small(horizon="terminating")) == []


def test_a_sku_that_no_warehouse_carries_is_said_with_its_code(small):
    rows = [*STORES, *({"location": w, "sku": f"SKU-{n:05d}", "units": 9} for w in ("WE", "WS") for n in range(2, 41))]
    assert all("1 of the 40 SKUs" in said and "(SKU-00001)" in said for said in warnings(small(opening_stock=rows)))


def test_stores_that_order_nothing_need_no_warehouse(small):
    assert warnings(small(opening_stock=STORES, replenishment={"stores": {"policy": "none"}})) == []


def test_stock_that_serves_no_store_and_stores_that_carry_nothing_are_said(small):
    stores = [{**store.model_dump(), "warehouse": "WE"} for store in small().stores]
    lanes = [{"origin": "WE", "destination": store["code"], "lead_time_days": 1} for store in stores]
    said = warnings(small(**DAYS, stores=stores, lanes=lanes, opening_stock={"listed": STORES}))
    assert said == ["warehouse WS has stock, but it serves no store and there are no online orders"]
    only = [row for row in STORES if row["location"] != "S2"]
    assert any("1 of 4 stores carry no SKU" in text for text in warnings(small(**DAYS, opening_stock=only)))


@pytest.mark.parametrize(
    ("row", "line"),
    [
        ("NOWHERE,SKU-00001,3", "row 2, column location: expected the code of a location"),
        ("SH01,SKU-99999,3", "row 2, column sku: expected the code of a SKU"),
        ("SH01,SKU-00001,3\nSH01,SKU-00001,4", "row 3, column sku: expected each SKU once at SH01"),
    ],
)
def test_rows_beside_a_rule_are_held_against_the_chain(folder, row, line):
    (folder.path / "stock.csv").write_text(f"location,sku,units\n{row}\n")
    path = folder.path / "stocked.yaml"
    path.write_text("extends: shop.yaml\nopening_stock: {listed: {table: stock.csv}, warehouse_days: 12}\n")
    with pytest.raises(Refusal) as refused:
        load(path)
    assert f"stock.csv: {line}" in str(refused.value)
