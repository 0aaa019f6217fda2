"""Stores of a calibrated file lie over a scenario's of the same code or name, and others are left out with a warning."""

import pytest

from sim.scenario.loader import load

FILE = """
traffic: {zipf_exponent: 0.5}
stores: {SH01: {customers_per_day: 111}, Pudong: {customers_per_day: 222}, Elsewhere: {customers_per_day: 333}}
sources: {stores.customers_per_day: {kind: calibrated, source: a log}}
"""


@pytest.fixture
def stores(folder):
    def build(text, file=FILE, overrides=()):
        folder.write("t.yaml", file)
        scenario = load(folder.write("a.yaml", text), overrides)
        return [store.customers_per_day for store in scenario.stores], scenario

    return build


def test_figures_go_over_the_file_that_is_extended_by_code_and_by_name(stores):
    found, scenario = stores("extends: shop.yaml\ntraffic: {file: t.yaml}")
    assert found == [111, 222]
    assert {path: source.kind for path, source in scenario.sources.items() if path.startswith("stores")} == {
        "stores.SH01.customers_per_day": "calibrated",
        "stores.SH02.customers_per_day": "calibrated",
    }
    (warning,) = scenario._origin.warnings
    assert "customers_per_day of 'Elsewhere' left out" in warning


def test_a_change_of_the_file_itself_and_set_go_over_them(stores):
    text = "extends: shop.yaml\ntraffic: {file: t.yaml}\nstores: {SH01: {customers_per_day: 5}}"
    found, scenario = stores(text, overrides=["stores.SH02.customers_per_day=7"])
    assert found == [5, 7]
    assert {path: source.kind for path, source in scenario.sources.items() if path.startswith("stores")} == {
        "stores.SH01.customers_per_day": "assumed",
        "stores.SH02.customers_per_day": "assumed",
    }


def test_a_list_of_stores_need_not_give_them(stores, folder):
    text = (folder.path / "shop.yaml").read_text().replace("customers_per_day: 600, ", "")
    found, _ = stores(text + "\ntraffic: {file: t.yaml}")
    assert found == [111, 222]


ONE = "traffic: {}\nstores: {'': {customers_per_day: 99}}"


def test_a_log_without_stores_is_that_of_the_only_store(stores, folder):
    text = "".join(line for line in (folder.path / "shop.yaml").read_text().splitlines(True) if "SH02" not in line)
    found, scenario = stores(text + "\ntraffic: {file: t.yaml}", ONE)
    assert found == [99]
    assert scenario._origin.warnings == ()


def test_a_log_without_stores_says_nothing_of_a_chain(stores):
    found, scenario = stores("extends: shop.yaml\ntraffic: {file: t.yaml}", ONE)
    assert found == [600, 700]
    assert "its log names no store" in scenario._origin.warnings[0]


def test_numbers_are_names_of_stores_and_no_positions(stores):
    found, _ = stores("extends: shop.yaml\ntraffic: {file: t.yaml}", "stores: {1: {customers_per_day: 9}}")
    assert found == [600, 700]


@pytest.mark.parametrize(
    ("skus", "prices"),
    [
        ("[{code: A, price: 2, unit_cost: 1}, {code: B}, {code: C, price: 6}]", [(2, 1), (4, 2.6), (6, 3.9)]),
        ("[{code: A}]", [(23.79, 15.46)]),
    ],
)
def test_skus_without_a_price_have_the_median_of_the_others(folder, skus, prices):
    text = (folder.path / "shop.yaml").read_text().replace("skus: {count: 20}", f"skus: {skus}")
    scenario = load(folder.write("a.yaml", text))
    assert [(sku.price, sku.unit_cost) for sku in scenario.skus] == prices


LISTED = """
extends: shop.yaml
calibrated: [t.yaml]
skus: [{code: TEA, price: 30, unit_cost: 15}, {code: '007', price: 4, unit_cost: 2}, {code: OIL, price: 50, unit_cost: 30}]
"""


def test_popularity_of_a_log_goes_to_the_skus_of_the_same_code_and_others_are_not_asked_for(stores):
    held = "skus: {'007': {popularity: 0.5}, TEA: {popularity: 0.2}, GONE: {popularity: 0.3}}"
    source = "sources: {skus.popularity: {kind: calibrated, source: a log}}"
    _, scenario = stores(LISTED, f"{held}\n{source}")
    assert [sku.popularity for sku in scenario.skus] == [0.2, 0.5, 0.0]
    assert scenario.sources["skus.popularity"].kind == "calibrated"
    (warning,) = scenario._origin.warnings
    assert "popularity of 'GONE' left out: no SKUs of the scenario" in warning


def test_popularity_of_other_skus_changes_nothing(stores):
    _, scenario = stores(LISTED, "skus: {GONE: {popularity: 0.3}}")
    assert [sku.popularity for sku in scenario.skus] == [None, None, None]
    _, scenario = stores("extends: shop.yaml\ncalibrated: [t.yaml]", "skus: {GONE: {popularity: 0.3}}")
    assert scenario.skus.count == 20
