"""A race for the last units of the demo shop, which sells each once; and that a race notices when one does not."""

from __future__ import annotations

import pytest

from loadtests.adapters import load
from loadtests.adapters.base import Adapter, Shelf
from loadtests.race import race
from loadtests.shop.serve import serve
from loadtests.trial import Trial
from loadtests.wire import Wire
from sim.records.refusal import Refusal

from .conftest import write_catalogue


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """Of every SKU two units at the store and two at the warehouse."""
    catalogue = tmp_path_factory.mktemp("shop") / "catalogue.parquet"
    write_catalogue(catalogue, skus=3, units=2)
    with serve(catalogue, workers=2) as served:
        yield served


@pytest.fixture
def trial(shop):
    with Trial(load("shop"), shop.url, Wire(30.0), {"RETAIL_LAB_SHOP_TOKEN": shop.token}, "race", Shelf()) as trial:
        yield trial


def test_fifty_clients_racing_for_four_units_of_the_demo_shop_get_four(trial):
    ran = race(trial, clients=50, sku="SKU-00002", cancel=True)
    assert ran.reading.available_before == 4
    assert (ran.fates["accepted"], ran.fates["refused"]) == (4, 46)
    assert ran.reading.available_after == 0
    assert ran.oversold == 0
    assert ran.truth.holds
    assert ran.fate_of_orders.startswith("4 orders cancelled")


def test_the_command_ends_with_status_1_only_where_more_was_sold_than_there_was(shop, monkeypatch, capsys):
    from sim.cli.app import status

    monkeypatch.setenv("RETAIL_LAB_SHOP_TOKEN", shop.token)
    assert status(["oversell", "--host", shop.url, "--adapter", "shop", "--clients", "9", "--sku", "SKU-00003"]) == 0
    assert "NOT OVERSOLD" in capsys.readouterr().out


@pytest.mark.parametrize(("sku", "clients"), [("NONE", 50), ("SKU-00001", 3)])
def test_a_race_without_enough_clients_or_stock_is_refused(trial, sku, clients):
    with pytest.raises(Refusal, match="fewer units than"):
        race(trial, clients, sku)


class Careless(Adapter):
    """Sells whatever is asked and takes every second unit off the stock; one client in four gets no answer to go on with."""

    name = "careless"
    sold = 0

    def discover(self, errand):
        return {"products": [["A", 1]]}

    def stock(self, errand, codes):
        return {"A": 5 - type(self).sold // 2}

    def checkout(self, errand):
        errand.get("add", "/fails" if errand.row % 4 == 0 else "/ok")
        errand.get("order", "/ok")
        type(self).sold += 1
        errand.created("order", errand.row, {"A": 1})


def test_overselling_and_lost_updates_are_both_told(plain):
    plain.statuses["/fails"] = 500
    with Trial(Careless, plain.url, Wire(), {}, "r", Shelf()) as trial:
        ran = race(trial, clients=16)
    assert ran.fates["accepted"] == 12
    assert ran.fates["failed at add (500)"] == 4
    assert (ran.oversold, ran.truth.lost_update_units) == (7, 0)
    assert ran.reading.available_after == -1
    orders = [path for _, path, _ in plain.seen]
    assert orders.index("/ok") < len(orders)
    assert [path for path in orders].count("/ok") == 24


def test_an_adapter_that_reads_no_stock_cannot_race(plain, plain_adapter):
    with (
        Trial(load(str(plain_adapter)), plain.url, Wire(), {"PLAIN_TOKEN": "t"}, "r", Shelf(["A"])) as trial,
        pytest.raises(Refusal, match="reads stock"),
    ):
        race(trial, 5)
