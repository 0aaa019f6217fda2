"""What the master does outside the load: only how a step ended counts, stock is read again, and lost answers are looked up."""

from __future__ import annotations

import json

import pyarrow as pa
import pytest

from loadtests.adapters.base import Adapter, CatalogueCodes, Created
from loadtests.adapters.errand import Errand
from loadtests.http.client import Answer
from loadtests.planning import schedule
from loadtests.planning.shapes import lay
from loadtests.replay import preflight
from loadtests.replay.preflight import Aside, lost_orders
from loadtests.replay.stop_valve import Valve
from sim.records.refusal import Refusal

from ..conftest import journeys

OK = Answer(200, body=json.dumps({"id": 1, "units": 5, "token": "t"}).encode())
BUSY, DOWN, LOST = Answer(429, {"retry-after": "0"}), Answer(503), Answer(401)
HOST = "http://127.0.0.1:9"


class Made(Adapter):
    name = "made"

    def discover(self, errand):
        return errand.get("list", "/list", needs="id").json

    def browse(self, errand):
        errand.get("page", "/page")

    def return_goods(self, errand):
        errand.post("return", f"/orders/{errand.carried}/returns")

    def stock(self, errand, codes):
        return {code: errand.get("stock", f"/stock/{code}").json["units"] for code in codes}

    def cancel(self, errand):
        errand.post("cancel", "/cancel", repeatable=True)
        return "cancelled"


class Answers:
    def __init__(self, *answers):
        self.answers = list(answers)
        self.sent = []

    def send(self, method, path, body, headers):
        self.sent.append(path)
        return self.answers.pop(0) if self.answers else OK


@pytest.fixture
def beside(monkeypatch):
    monkeypatch.setattr(preflight, "READING_PAUSES_S", (0.0, 0.0, 0.0))

    def make(*answers, kind=Made):
        adapter = kind(CatalogueCodes(["A"], ["SH01"], ["store"], ["EAST"]), "r1")
        adapter.client = Answers(*answers)
        client = adapter.client
        return Aside(adapter, HOST, Valve(), lambda made: None), client

    return make


def planned(*rows):
    trace = pa.Table.from_batches([journeys(*({"t": float(i), **row} for i, row in enumerate(rows)))])
    return schedule.link(lay(trace, 0.0, 1e3, 1.0)[0])


@pytest.mark.parametrize("before", [(BUSY,), (BUSY, BUSY), (Answer(409),)])
def test_a_step_whose_retry_succeeded_refuses_nothing(beside, before):
    assert beside(*before)[0].discover() == OK.json
    beside(*before)[0].preflight(planned({"journey": "browse"}))
    assert beside(*before)[0].stock(planned({})) == {"A": 5}
    assert beside(*before)[0].cancel() == "cancelled"


def test_a_login_that_was_lost_and_renewed_refuses_nothing(beside):
    there, client = beside(LOST)
    there._adapter.auth.renew = lambda errand: True
    assert there.discover() == OK.json
    assert len(client.sent) == 2


@pytest.mark.parametrize("answer", [DOWN, LOST, Answer(error="timeout")])
def test_a_step_that_ended_badly_refuses_and_names_it(beside, answer):
    with pytest.raises(Refusal, match=r"discovery.*at list"):
        beside(answer)[0].discover()
    with pytest.raises(Refusal, match=r"preflight.*at page"):
        beside(answer)[0].preflight(planned({"journey": "browse"}))


@pytest.mark.parametrize("failures", [1, 2, 3])
def test_stock_that_could_not_be_read_is_read_again(beside, failures):
    assert beside(*[DOWN] * failures)[0].stock(planned({})) == {"A": 5}


def test_stock_is_read_again_a_bounded_number_of_times(beside):
    there, client = beside(*[DOWN] * 100)
    with pytest.raises(Refusal, match="reading stock"):
        there.stock(planned({}))
    assert len(client.sent) == 4


def test_the_preflight_passes_over_a_journey_that_follows_nothing(beside):
    there, client = beside()
    there.preflight(planned({"journey": "return_goods"}, {"journey": "browse"}))
    assert client.sent == ["/page"]


def test_an_exception_in_the_adapter_is_refused_by_its_line_and_not_by_the_host(beside):
    class Wrong(Made):
        def discover(self, errand):
            return errand.get("list", "/list").json["nothing"]

        def browse(self, errand):
            raise KeyError("gone")

    for begin in (Aside.discover, lambda there: there.preflight(planned({"journey": "browse"}))):
        with pytest.raises(Refusal, match=r"test_preflight\.py:\d+") as refused:
            begin(beside(kind=Wrong)[0])
        assert refused.value.where != HOST


def samples(*rows):
    names = ("row", "journey", "step", "outcome", "status", "error")
    return pa.table({name: [row[i] for row in rows] for i, name in enumerate(names)})


def test_lost_answers_are_those_of_the_step_that_decides_in_its_last_attempt():
    lost = lost_orders(
        samples(
            (1, "checkout", "order", "failed", 0, "timeout"),
            (2, "checkout", "order", "failed", 0, "connection refused"),
            (3, "checkout", "cart", "failed", 0, "timeout"),
            (4, "checkout", "order", "failed", 500, "500"),
            (5, "checkout", "order", "failed", 504, "504"),
            (6, "checkout", "order", "throttled", 429, "429"),
            (6, "checkout", "order", "failed", 0, "connection reset"),
            (7, "checkout", "order", "ok", 200, None),
            (8, "order_status", "order", "failed", 0, "timeout"),
            (9, "checkout", "order", "failed", 0, "answer cut short"),
        ),
        "order",
    )
    assert lost.tolist() == [1, 5, 6, 9]


THREE = samples(*[(row, "checkout", "order", "failed", 0, "timeout") for row in range(3)])
ORDERS = planned(*[{"journey": "checkout"}] * 3)


def test_orders_whose_answer_was_lost_are_looked_for_by_their_keys(beside):
    keys = []

    class Finds(Made):
        def find_order(self, errand: Errand, key):
            keys.append(key)
            return Created("order", f"o{errand.row}", errand.row, 0.0, {"A": 1}) if errand.row else None

    there, _ = beside(kind=Finds)
    lookup = there.find_lost(ORDERS, THREE)
    assert (lookup.placed, lookup.absent, lookup.unknown) == (2, 1, 0)
    assert [each["id"] for each in there.recovered_orders] == ["o1", "o2"]
    assert list(dict.fromkeys(keys)) == ["r1/0/order", "r1/1/order", "r1/2/order"]


def test_the_reason_why_orders_cannot_be_looked_up_is_reported(beside):
    lookup = beside()[0].find_lost(ORDERS, THREE)
    assert (lookup.placed, lookup.absent, lookup.unknown) == (0, 0, 3)
    assert lookup.because == "cannot be looked up on this platform"


def test_a_platform_that_does_not_answer_leaves_its_orders_unknown(beside):
    class Asks(Made):
        def find_order(self, errand, key):
            errand.get("find", "/orders")

    lookup = beside(*[DOWN] * 9, kind=Asks)[0].find_lost(ORDERS, THREE)
    assert (lookup.unknown, lookup.placed) == (3, 0)
    assert "503" in lookup.because


def test_without_a_lost_answer_nothing_is_looked_up(beside):
    there, client = beside()
    assert there.find_lost(ORDERS, samples((0, "checkout", "order", "ok", 200, None))) is None
    assert client.sent == []
