"""A race for the last units of the demo shop, which sells each once; that a race detects when one does not, and when nothing was tested."""

from __future__ import annotations

import uuid
from xml.etree import ElementTree

import gevent
import httpx
import pytest

from loadtests.adapters import load
from loadtests.adapters.base import Adapter, CatalogueCodes
from loadtests.checks import oversell as racing
from loadtests.checks.oversell import race
from loadtests.checks.session import Trial
from loadtests.http.options import Wire
from loadtests.shop.serve import serve
from sim.cli.app import status
from sim.records.oversell import Race
from sim.records.refusal import Refusal

from ..conftest import write_catalogue


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """Of every SKU two units at the store and two at the warehouse."""
    catalogue = tmp_path_factory.mktemp("shop") / "catalogue.parquet"
    write_catalogue(catalogue, skus=9, units=2)
    with serve(catalogue, workers=2) as served:
        yield served


@pytest.fixture
def trial(shop):
    secret, run_id = {"RETAIL_LAB_SHOP_TOKEN": shop.token}, f"race-{uuid.uuid4().hex}"
    with Trial(load("shop"), shop.url, Wire(30.0), secret, run_id, CatalogueCodes()) as trial:
        yield trial


def ended(ran):
    return {ending.text: ending.clients for ending in ran.endings}


def test_fifty_clients_racing_for_four_units_of_the_demo_shop_get_four(trial):
    ran = race(trial, clients=50, sku="SKU-00002", cancel=True)
    (sku,) = ran.skus
    assert (sku.available_before, sku.promised, sku.available_after, sku.oversold) == (4, 4, 0, 0)
    assert ended(ran) == {"accepted": 4, "refused at order (out_of_stock)": 46}
    assert ran.decision == "pass"
    assert ran.sentence == "Not oversold: 4 of 4 units of SKU-00002 promised to 4 clients, 46 clients refused."
    assert any(reason.startswith("Stock truth holds") for reason in ran.reasons)
    assert ran.orders_fate.startswith("4 orders cancelled")


def test_clients_that_ask_for_several_units_of_several_skus_are_promised_no_more_than_there_is(trial):
    ran = race(trial, clients=12, sku="SKU-00004", cancel=True, units=3, lines=2)
    assert [(sku.sku_code, sku.promised, sku.available_after) for sku in ran.skus] == [
        ("SKU-00004", 3, 1),
        ("SKU-00001", 3, 1),
    ]
    assert ended(ran) == {"accepted": 1, "refused at order (out_of_stock)": 11}
    assert (ran.decision, ran.oversold) == ("pass", 0)


def test_a_shop_that_promises_more_than_there_is_is_found_out(trial, shop):
    """By its own fault on request: every order that lacks up to three units is confirmed."""
    with httpx.Client(base_url=shop.url, headers={"Authorization": f"Bearer {shop.token}"}) as client:
        client.put("/faults", json={"oversell_units": 3}).raise_for_status()
        try:
            ran = race(trial, clients=12, sku="SKU-00005", cancel=True, units=3, lines=2)
        finally:
            client.delete("/faults").raise_for_status()
    assert [(sku.available_before, sku.promised, sku.oversold, sku.available_after) for sku in ran.skus] == [
        (4, 36, 32, 0)
    ] * 2
    assert (ran.decision, ended(ran)) == ("fail", {"accepted": 12})
    assert ran.orders_fate.startswith("12 orders cancelled")


def test_the_command_prints_its_finding_and_writes_it_in_every_form(shop, monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("RETAIL_LAB_SHOP_TOKEN", shop.token)
    files = {form: tmp_path / f"race.{form}" for form in ("json", "junit", "html")}
    command = [
        "oversell",
        "--host",
        shop.url,
        "--adapter",
        "shop",
        "--clients",
        "9",
        "--sku",
        "SKU-00003",
        "--cancel-orders",
    ]
    assert status([*command, *(word for form, path in files.items() for word in (f"--{form}", str(path)))]) == 0
    assert "NOT OVERSOLD: 4 of 4 units of SKU-00003" in capsys.readouterr().out
    assert Race.read(files["json"]).decision == "pass"
    cases = {case.get("name"): len(case) for case in ElementTree.parse(files["junit"]).getroot().iter("testcase")}
    assert cases == {"oversell": 0, "SKU-00003": 0}
    assert "refused at order (out_of_stock)" in files["html"].read_text()
    assert status([*command, "--quiet"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1


@pytest.mark.parametrize(
    ("sku", "clients", "units", "lines"),
    [("NONE", 50, 1, 1), ("SKU-00001", 3, 1, 1), ("SKU-00001", 50, 5, 1), ("", 50, 1, 10)],
)
def test_a_race_without_enough_clients_or_stock_is_refused(trial, sku, clients, units, lines):
    with pytest.raises(Refusal, match="fewer units than"):
        race(trial, clients, sku, units=units, lines=lines)


class Loose(Adapter):
    """Sells the units in `there`, and answers an order with the `status` of its client."""

    name = "loose"
    there = 5
    refuses = "/refused"

    def __init__(self, *shelf):
        super().__init__(*shelf)
        self.sold, self.readings = 0, 0

    def discover(self, errand):
        return {"products": [["A", 1]]}

    def stock(self, errand, codes):
        self.readings += 1
        return {"A": self.there - self.sold}

    def judge(self, step, answer, needs):
        return ("rejected", "no stock") if answer.status == 410 else super().judge(step, answer, needs)

    def place(self, client):
        """Where an order of a client goes."""
        return "/ok"

    def checkout(self, errand):
        errand.get("add", "/add")
        errand.get("order", self.place(errand.row))
        self.sold += errand.quantities[0]
        errand.created("order", errand.row, {"A": errand.quantities[0]})


def raced(plain, kind, clients=16, **how):
    plain.statuses |= {"/refused": 410, "/bad": 400, "/broken": 500}
    with Trial(kind, plain.url, Wire(2.0), {}, "r", CatalogueCodes()) as trial:
        return race(trial, clients, **how)


class Careless(Loose):
    """Takes every second unit off the stock; one client in four gets no answer to go on with."""

    def stock(self, errand, codes):
        return {"A": 5 - self.sold // 2}

    def checkout(self, errand):
        errand.get("add", "/broken" if errand.row % 4 == 0 else "/ok")
        errand.get("order", "/ok")
        self.sold += 1
        errand.created("order", errand.row, {"A": 1})


def test_overselling_is_found_whatever_else_failed(plain):
    ran = raced(plain, Careless)
    assert ended(ran) == {"accepted": 12, "failed at add (500)": 4}
    assert (ran.decision, ran.oversold, ran.skus[0].available_after) == ("fail", 7, -1)
    assert ran.sentence == "Oversold: 12 units of A promised where 5 were there (7 too many)."


def serving(taken, others):
    """A platform that lets so many clients through and sends the rest to a place of its own."""

    class Guarded(Loose):
        def place(self, client):
            return "/ok" if client < taken else others

    return Guarded


def test_units_are_counted_by_sku_and_not_by_client(plain):
    assert raced(plain, serving(2, "/refused"), units=2).decision == "pass", "4 of 5 units, and 1 is no pair"
    ran = raced(plain, serving(3, "/refused"), units=2)
    assert (ran.decision, ran.oversold) == ("fail", 1)


def test_a_partial_order_is_counted_with_the_units_it_holds(plain):
    class Partial(Loose):
        def checkout(self, errand):
            errand.get("order", "/ok")
            got = min(errand.quantities[0], self.there - self.sold)
            if not got:
                errand.end("rejected", "order", "no stock")
            self.sold += got
            errand.created("order", errand.row, {"A": got})

    ran = raced(plain, Partial, units=3)
    assert ran.skus[0].promised == 5
    assert ended(ran)["accepted in part"] == 1
    assert ran.decision == "pass"


@pytest.mark.parametrize("place", ["/bad", "/broken"])
def test_an_answer_that_the_adapter_does_not_know_as_a_refusal_protects_nothing(plain, place):
    """No more units were sold than there were, and yet nothing is shown."""
    ran = raced(plain, serving(5, place))
    assert ran.oversold == 0
    assert (ran.decision, ran.sentence.partition(":")[0]) == ("inconclusive", "Not shown")
    assert f"11 failed at order ({plain.statuses[place]})" in ran.sentence


def test_one_client_without_an_answer_may_hold_the_unit_too_many(plain):
    class Lost(Loose):
        def place(self, client):
            return "/ok" if client < 5 else "/broken" if client == 5 else "/refused"

    ran = raced(plain, Lost)
    assert ran.decision == "inconclusive"
    assert "1 client may hold an order of which no answer tells" in ran.sentence
    assert raced(plain, serving(5, "/refused")).decision == "pass", "without it, it is shown"


def test_a_client_that_got_no_answer_where_units_were_left_for_it_leaves_the_finding_standing(plain):
    class Lost(Loose):
        def place(self, client):
            return "/ok" if client < 4 else "/broken" if client == 4 else "/refused"

        def stock(self, errand, codes):
            return {"A": self.there - self.sold - (self.sold > 0)}

    ran = raced(plain, Lost)
    assert ran.decision == "inconclusive", "one unit was not promised to anybody: the refusals had another reason"


def test_refusals_while_units_are_left_do_not_show_a_guard(plain):
    """For example a limit of one order an account, and one account for all."""
    ran = raced(plain, serving(1, "/refused"))
    assert ran.decision == "inconclusive"
    assert "4 units of A were still unpromised" in ran.sentence


def test_clients_that_never_came_to_the_step_that_decides_did_not_race(plain):
    class Elsewhere(serving(5, "/refused")):
        decides = "pay"

    ran = raced(plain, Elsewhere)
    assert ran.sentence == ("Not shown: no client came to the step that decides (pay).")


def test_the_units_that_were_sold_and_never_taken_off_the_stock_make_it_no_proof(plain, monkeypatch):
    monkeypatch.setattr(racing, "BETWEEN_S", 0.0)

    class Forgetful(serving(5, "/refused")):
        def stock(self, errand, codes):
            super().stock(errand, codes)
            return {"A": 5}

    ran = raced(plain, Forgetful)
    assert "5 units of A were promised and the stock fell by 0" in ran.sentence
    assert ran.decision == "inconclusive"


@pytest.mark.parametrize("failing", [1, 2, 3])
def test_a_reading_of_stock_that_fails_is_taken_again(plain, monkeypatch, failing):
    """Before and after the race."""
    monkeypatch.setattr(racing, "BETWEEN_S", 0.0)

    class Flaky(serving(5, "/refused")):
        def stock(self, errand, codes):
            available = super().stock(errand, codes)
            plain.statuses["/stock"] = 503 if self.readings % 4 in range(1, failing + 1) else 200
            errand.get("stock", "/stock")
            return available

    assert raced(plain, Flaky).decision == "pass"


def test_a_race_whose_last_reading_never_comes_keeps_what_was_promised_and_lists_the_orders(plain, monkeypatch):
    monkeypatch.setattr(racing, "BETWEEN_S", 0.0)

    class Blind(Loose):
        def stock(self, errand, codes):
            errand.get("stock", "/broken" if self.sold else "/stock")
            return {"A": self.there}

        def cancel(self, errand):
            raise KeyError("orders")

    ran = raced(plain, Blind, cancel=True)
    assert (ran.decision, ran.oversold, ran.skus[0].available_after) == ("fail", 11, None)
    assert ran.orders_fate == "listed: cancelling ended in KeyError: 'orders'"
    assert len(ran.orders) == 16
    assert raced(plain, type("Guarded", (serving(5, "/refused"), Blind), {})).sentence == (
        "Not shown: the stock could not be read after the race."
    )


def test_clients_that_do_not_come_to_an_end_are_stopped_and_may_hold_an_order(plain):
    class Slow(Loose):
        def checkout(self, errand):
            errand.get("order", "/ok" if errand.row < 5 else "/refused" if errand.row < 15 else "/ok")
            if errand.row == 15:
                errand.pause(60.0)
            self.sold += 1
            errand.created("order", errand.row, {"A": 1})

    ran = raced(plain, Slow, patience_s=0.3)
    assert ended(ran)["still under way"] == 1
    assert ran.decision == "inconclusive"
    assert "still under way" in ran.stopped


def test_a_race_that_is_interrupted_still_cancels_its_orders_and_reports_its_finding(
    shop, monkeypatch, capsys, tmp_path
):
    wait, waited = gevent.joinall, []

    def interrupt(running, timeout):
        waited.append(timeout)
        if len(waited) == 1:
            wait(running, timeout=0.1)
            raise KeyboardInterrupt
        return wait(running, timeout=timeout)

    monkeypatch.setattr(racing.gevent, "joinall", interrupt)
    monkeypatch.setenv("RETAIL_LAB_SHOP_TOKEN", shop.token)
    command = [
        "oversell",
        "--host",
        shop.url,
        "--adapter",
        "shop",
        "--clients",
        "9",
        "--sku",
        "SKU-00006",
        "--cancel-orders",
    ]
    assert status([*command, "--json", str(tmp_path / "race.json")]) == 130
    assert "the clients were stopped: stopped by hand" in capsys.readouterr().out
    assert "cancelled" in Race.read(tmp_path / "race.json").orders_fate
    assert waited == [racing.PATIENCE_S, 60.0], "for the orders that were under way"


def test_an_adapter_that_reads_no_stock_cannot_race(plain, plain_adapter):
    with (
        Trial(load(str(plain_adapter)), plain.url, Wire(), {"PLAIN_TOKEN": "t"}, "r", CatalogueCodes(["A"])) as trial,
        pytest.raises(Refusal, match="reads stock"),
    ):
        race(trial, 5)
