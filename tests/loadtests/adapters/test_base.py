from __future__ import annotations

import inspect
from dataclasses import dataclass, field

import pytest

from loadtests.adapters import Adapter, Ended, Errand, load
from loadtests.adapters.auth import Bearer
from loadtests.adapters.base import CatalogueCodes
from loadtests.adapters.errand import Brought, Session
from loadtests.http.client import Answer
from loadtests.journey import Row
from sim.records.refusal import Refusal

SHELF = CatalogueCodes(["SKU-1"], ["SH01"], ["store"], ["EAST"])


class Shop(Adapter):
    name = "made"
    auth = Bearer("MADE_TOKEN")
    think_s = 0.0

    def browse(self, errand):
        return errand.get("page", "/p", needs="id").json["id"]

    def search(self, errand):
        errand.get("page", "/p")
        raise KeyError("missing")


@dataclass
class Scripted:
    """Answers in the order given; the clock moves 1 s with each."""

    answers: list[Answer]
    now: float = 0.0
    sent: list[tuple[str, str]] = field(default_factory=list)

    def send(self, method, path, body, headers):
        self.now += 1.0
        self.sent.append((method, path))
        return self.answers.pop(0)


def row_of(number: int, journey: str) -> Row:
    return Row(0.0, number, journey, 0, -1, [], [], -1, 0)


def play(journey: str, *answers: Answer, ready_s: float = 0.0):
    adapter = Shop(SHELF, "r1")
    adapter.client = Scripted(list(answers))
    samples = []
    errand = Errand.of(adapter, row_of(3, journey), ready_s, lambda: adapter.client.now, samples.append)
    return adapter.play(errand), samples, adapter.client


def test_a_step_is_timed_on_three_clocks():
    brought, samples, _ = play("browse", Answer(200, body=b'{"id": 5}'), ready_s=-0.25)
    assert brought.value == 5
    assert [sample[:12] for sample in samples] == [(3, "browse", "page", -0.25, 0.0, 1.0, "ok", 200, 9, None, 1, 0.0)]


@pytest.mark.parametrize(
    ("answer", "outcome", "error"),
    [
        (Answer(204), "failed", "answer without id"),
        (Answer(200, body=b'{"ID": 1}'), "failed", "answer without id"),
        (Answer(200, body=b"[1]"), "failed", "answer without id"),
        (Answer(200, body=b"<html>"), "failed", "answer without id"),
        (Answer(302), "failed", "redirect 302"),
        (Answer(401), "auth_lost", "401"),
        (Answer(403), "auth_lost", "403"),
        (Answer(404), "failed", "404"),
        (Answer(500), "failed", "500"),
        (Answer(error="timeout"), "failed", "timeout"),
    ],
)
def test_what_is_not_a_proper_answer_is_no_success(answer, outcome, error):
    brought, (sample,), _ = play("browse", answer)
    assert brought is None
    assert (sample[6], sample[9]) == (outcome, error)


def test_a_throttled_read_is_tried_again_and_the_wait_is_in_no_clock():
    again = Answer(429, {"retry-after": "0.02"})
    brought, samples, client = play("browse", again, Answer(200, body=b'{"id": 5}'))
    assert brought.value == 5
    first, second = samples
    assert (first[6], first[10], first[11]) == ("throttled", 1, 0.0)
    assert (second[6], second[10], second[11]) == ("ok", 2, 0.02)
    assert second[3] == first[5] + 0.02, "the second attempt is intended when the wait is over"
    assert len(client.sent) == 2


def test_a_write_is_not_repeated_unless_the_step_is_repeatable():
    adapter = Shop(SHELF, "r1")
    for repeatable, sent in ((None, 1), (True, 3)):
        adapter.client = Scripted([Answer(409), Answer(409), Answer(409)])
        adapter.wait_s = lambda *_: 0.0
        errand = Errand.of(adapter, row_of(0, "checkout"), 0.0, lambda: 0.0, lambda _: None)
        with pytest.raises(Ended, match="conflict"):
            errand.post("order", "/o", repeatable=repeatable)
        assert len(adapter.client.sent) == sent


def test_an_exception_in_the_adapter_is_a_fault_of_its_own_with_its_line():
    brought, samples, _ = play("search", Answer(200))
    assert brought is None
    assert [(sample[2], sample[6]) for sample in samples] == [("page", "ok"), ("adapter", "adapter_fault")]
    line = inspect.getsourcelines(Shop.search)[1] + 2
    assert samples[1][9] == f"test_base.py:{line}, after page: KeyError: 'missing'"


def test_covered_journeys_are_the_methods_named_like_them():
    assert Shop.covered() == {"browse", "search"}


def test_the_token_comes_from_the_environment_or_the_run_is_refused():
    adapter = Shop(SHELF, "r1")
    headers = adapter.headers({"MADE_TOKEN": "s3cret"})
    assert headers["Authorization"] == "Bearer s3cret"
    assert headers["X-Run-Id"] == "r1"
    with pytest.raises(Refusal, match="MADE_TOKEN"):
        adapter.headers({})


def test_adapters_are_found_by_name_by_path_and_by_entry_point(tmp_path, monkeypatch):
    from importlib.metadata import EntryPoint

    from loadtests.adapters import base

    assert load("shop").name == "shop"
    path = tmp_path / "mine.py"
    path.write_text("from loadtests.adapters import Adapter\nclass Mine(Adapter):\n    name = 'mine'\n")
    assert load(str(path)).name == "mine"
    entry = EntryPoint("theirs", "loadtests.adapters.shop:Shop", base.ENTRY_POINTS)
    monkeypatch.setattr(base, "entry_points", lambda group: [entry])
    assert load("theirs").name == "shop"


@pytest.mark.parametrize("name", ["nosuch", "nosuch.py"])
def test_an_adapter_that_is_not_there_is_refused(name):
    with pytest.raises(Refusal, match="--adapter"):
        load(name)


def test_a_file_with_two_adapters_is_refused(tmp_path):
    path = tmp_path / "two.py"
    path.write_text("from loadtests.adapters import Adapter\nclass A(Adapter): pass\nclass B(Adapter): pass\n")
    with pytest.raises(Refusal, match="one subclass"):
        load(str(path))


class Follows(Adapter):
    name = "follows"

    def order_status(self, errand):
        errand.get("order", f"/orders/{errand.carried}")

    def return_goods(self, errand):
        errand.post("return", f"/orders/{errand.carried['id']}/returns")

    def report(self, errand):
        errand.get("report", f"/reports/{errand.carried.name if errand.carries else 'all'}")


@pytest.mark.parametrize("carried", [None, Brought(None, Session())])
@pytest.mark.parametrize("journey", ["order_status", "return_goods"])
def test_a_journey_that_needs_what_was_not_carried_is_not_reached(journey, carried):
    adapter, samples = Follows(SHELF, "r1"), []
    adapter.client = Scripted([])
    errand = Errand.of(adapter, row_of(3, journey), 0.0, lambda: 0.0, samples.append, carried)
    assert adapter.play(errand) is None
    assert errand.unmet
    assert samples == adapter.client.sent == []


def test_a_journey_that_can_do_without_what_is_carried_asks_first():
    adapter = Follows(SHELF, "r1")
    adapter.client = Scripted([Answer(200)])
    errand = Errand.of(adapter, row_of(3, "report"), 0.0, lambda: 0.0, lambda _: None)
    assert adapter.play(errand) is not None
    assert adapter.client.sent == [("GET", "/reports/all")]


def test_an_error_in_carried_data_that_is_there_is_the_adapters():
    adapter, samples = Follows(SHELF, "r1"), []
    errand = Errand.of(adapter, row_of(3, "return_goods"), 0.0, lambda: 0.0, samples.append, Brought({}, Session()))
    adapter.play(errand)
    assert (errand.unmet, [sample[6] for sample in samples]) == (False, ["adapter_fault"])
    assert "before its first step: KeyError: 'id'" in samples[0][9]
