"""Outcomes by rule, retries as samples of their own, waits and completions as separate times: over real HTTP."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise

import pytest

from loadtests.adapters.base import Adapter
from loadtests.adapters.graphql import GraphQL


class Tried(Adapter):
    name = "tried"

    def browse(self, errand):
        errand.get("page", "/page", needs="id")

    def checkout(self, errand):
        return errand.post("order", "/order", json={"units": 1}, keyed=True, needs="id").json["id"]

    def stock_count(self, errand):
        version = iter(range(1, 9))
        errand.post("count", "/count", json=lambda: {"version": next(version)}, repeatable=True)

    def receive_goods(self, errand):
        def done(accepted):
            job = accepted.json["job"]
            errand.until("result", f"/jobs/{job}", lambda answer: answer.json["done"], every_s=0.01, within_s=0.5)

        errand.post("receipt", "/receipts", json={}, completed_by=done)

    def order_status(self, errand):
        errand.get("order", errand.carried)


def scripted(stage, *answers):
    """Answer in this order, the last one for ever."""
    stage.answer = lambda asked: answers[min(len(stage.asked), len(answers)) - 1]


def sampled(trial, journey, **what):
    """Every field of the samples that a journey leaves."""
    samples = []
    errand = trial.errand(journey, [], **what)
    errand.sample = samples.append
    return trial.adapter.play(errand), samples


OK = (200, [], {"id": 1})


def test_a_throttled_order_is_tried_again_under_the_same_key_and_the_wait_is_in_no_clock(stage, playing):
    scripted(stage, (429, [("Retry-After", "0.2")], {}), (429, [("Retry-After", "0.1")], {}), OK)
    brought, samples = sampled(playing(Tried), "checkout")
    assert brought.value == 1
    assert [(each[6], each[10], each[11]) for each in samples] == [
        ("throttled", 1, 0.0),
        ("throttled", 2, 0.2),
        ("ok", 3, 0.1),
    ]
    for before, after in pairwise(samples):
        assert after[3] == before[5] + after[11], "intended when the wait is over"
        assert after[4] >= after[3]
    assert {asked.headers["idempotency-key"] for asked in stage.asked} == {"r1/0/order"}


def test_a_wait_may_be_given_as_a_date(stage, playing):
    at = format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)
    scripted(stage, (429, [("Retry-After", at)], {}), OK)
    _, samples = sampled(playing(Tried), "browse")
    assert 0.0 <= samples[1][11] <= 2.0


@pytest.mark.parametrize("status", [409, 412])
def test_a_conflict_is_counted_and_retried_with_a_version_read_anew(stage, playing, status):
    scripted(stage, (status, [], {}), OK)
    brought, samples = sampled(playing(Tried), "stock_count")
    assert brought
    assert [each[6] for each in samples] == ["conflict", "ok"]
    assert [asked.json["version"] for asked in stage.asked] == [1, 2]


def test_conflicts_that_do_not_end_end_the_journey(stage, playing):
    scripted(stage, (409, [], {}))
    brought, samples = sampled(playing(Tried), "stock_count")
    assert brought is None
    assert [(each[6], each[10]) for each in samples] == [("conflict", 1), ("conflict", 2), ("conflict", 3)]


def test_a_platform_that_accepts_first_has_two_times(stage, playing):
    scripted(stage, (202, [], {"job": 7}), (200, [], {"done": False}), (200, [], {"done": True}))
    _, samples = sampled(playing(Tried), "receive_goods")
    by_step = {each[2]: each for each in samples}
    accepted, result = by_step["receipt"], by_step["result"]
    assert accepted[12] >= result[5] > accepted[5], "completed when the last look ended, after it was accepted"
    assert math.isnan(result[12])
    assert [asked.path for asked in stage.asked] == ["/receipts", "/jobs/7", "/jobs/7"]


def test_what_is_never_completed_has_failed(stage, playing):
    scripted(stage, (202, [], {"job": 7}), (200, [], {"done": False}))
    brought, samples = sampled(playing(Tried), "receive_goods")
    assert brought is None
    assert ("result", "failed", "not completed within 0.5 s") in [(each[2], each[6], each[9]) for each in samples]
    assert math.isnan(next(each for each in samples if each[2] == "receipt")[12])


def test_every_request_has_headers_for_its_run_and_a_trace_context(stage, playing):
    trial = playing(Tried)
    trial.play("browse", row=5)
    trial.play("browse", row=6)
    first, second = (asked.headers["traceparent"].split("-") for asked in stage.asked)
    assert [len(part) for part in first] == [2, 32, 16, 2]
    assert first[1] != second[1], "a trace for each journey"
    assert stage.asked[0].headers["x-run-id"] == "r1"


def test_a_link_is_followed_on_the_host_under_test_and_nowhere_else(stage, playing):
    trial = playing(Tried)
    assert trial.play("order_status", carried=f"{stage.url}/orders/7?full=1").brought
    assert (stage.asked[0].path, stage.asked[0].params) == ("/orders/7", [("full", "1")])
    away = trial.play("order_status", carried="http://127.0.0.2/orders/7")
    assert (away.brought, away.last.step, away.last.outcome) == (None, "adapter", "adapter_fault")
    assert len(stage.asked) == 1


class Graph(GraphQL):
    name = "graph"

    def browse(self, errand):
        self.ask(errand, "list", "query { products { id } }")

    def checkout(self, errand):
        self.ask(errand, "order", "mutation ($u: Int!) { order(units: $u) { id } }", u=1)


@pytest.mark.parametrize(
    ("status", "body", "outcome", "error"),
    [
        (200, {"data": {"order": {"id": 1}}}, "ok", None),
        (200, {"data": {"order": None}}, "failed", "answer without data"),
        (200, {"data": None}, "failed", "answer without data"),
        (200, {}, "failed", "answer without data"),
        (
            200,
            {"errors": [{"message": "no", "extensions": {"code": "FORBIDDEN"}}], "data": None},
            "auth_lost",
            "FORBIDDEN",
        ),
        (200, {"errors": [{"message": "slow down", "extensions": {"code": "THROTTLED"}}]}, "throttled", "THROTTLED"),
        (200, {"errors": [{"message": "no such field"}]}, "failed", "no such field"),
        (400, {"errors": [{"message": "x", "extensions": {"code": "INVALID"}}]}, "failed", "INVALID"),
        (200, {"data": {"order": {"userErrors": [{"code": "SOLD_OUT"}]}}}, "rejected", "SOLD_OUT"),
        (200, {"data": {"order": {"userErrors": [], "id": 1}}}, "ok", None),
        (502, {}, "failed", "502"),
    ],
)
def test_graphql_outcomes_stand_in_the_body(stage, playing, status, body, outcome, error):
    scripted(stage, (status, [], body))
    played = playing(Graph).play("checkout")
    assert (played.last.outcome, played.last.error) == (outcome, error)


def test_a_throttled_query_is_asked_again_and_a_mutation_is_not(stage, playing):
    busy = (200, [("Retry-After", "0.01")], {"errors": [{"extensions": {"code": "THROTTLED"}}]})
    scripted(stage, busy)
    trial = playing(Graph)
    assert len(trial.play("browse").requests) == 3
    assert len(trial.play("checkout").requests) == 1
