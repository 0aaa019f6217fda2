"""GraphQL operations as they stand on the wire, and forms in parts."""

from __future__ import annotations

import json
from email.parser import BytesParser

import pytest

from loadtests.adapters.base import Adapter
from loadtests.adapters.graphql import GraphQL


def test_a_batched_operation_is_sent_as_a_list_and_its_answer_is_judged(stage, playing):
    class Batched(GraphQL):
        def browse(self, errand):
            self.operate(errand, "list", {"query": "{ a }"}, reads=True, batched=True)

    stage.answer = lambda asked: (200, [], [{"data": {"a": 1}}])
    assert playing(Batched).play("browse").brought
    assert stage.asked[0].json == [{"query": "{ a }"}]
    stage.answer = lambda asked: (200, [], [{"data": None, "errors": [{"message": "no"}]}])
    assert playing(Batched).play("browse").last.outcome == "failed"


def test_a_persisted_operation_is_sent_by_get_with_its_hash(stage, playing):
    class Persisted(GraphQL):
        def browse(self, errand):
            operation = {
                "operationName": "A",
                "variables": {"n": 1},
                "extensions": {"persistedQuery": {"sha256Hash": "x"}},
            }
            assert self.operate(errand, "list", operation, reads=True, by_get=True) == 1

    stage.answer = lambda asked: (200, [], {"data": {"a": 1}})
    assert playing(Persisted).play("browse").brought
    assert stage.asked[0].method == "GET"
    params = dict(stage.asked[0].params)
    assert params["operationName"] == "A"
    assert json.loads(params["variables"]) == {"n": 1}


@pytest.mark.parametrize("fragment", ["", "fragment F on A { id }\n"])
@pytest.mark.parametrize(("kind", "sent"), [("query", 2), ("mutation", 1)])
def test_only_a_query_is_sent_again_also_behind_a_fragment(stage, playing, fragment, kind, sent):
    class Busy(GraphQL):
        attempts = 2

        def browse(self, errand):
            self.ask(errand, "step", f"{fragment}{kind} A {{ a }}")

    stage.answer = lambda asked: (429, [("Retry-After", "0")], {})
    playing(Busy).play("browse")
    assert len(stage.asked) == sent


@pytest.mark.parametrize(
    "result", [{"__typename": "OutOfStockError"}, {"errorCode": "OUT_OF_STOCK"}, {"userErrors": [{"code": "X"}]}]
)
def test_a_result_that_is_named_an_error_is_a_refusal(stage, playing, result):
    class Union(GraphQL):
        def browse(self, errand):
            self.ask(errand, "step", "mutation { a }")

    stage.answer = lambda asked: (200, [], {"data": {"a": result}})
    assert playing(Union).play("browse").last.outcome == "rejected"


def test_parts_are_sent_as_multipart_form_data(stage, playing):
    class Parts(Adapter):
        def browse(self, errand):
            errand.post("step", "/form", parts={"sku": "TEA é", 'odd"\n': 3})

    playing(Parts).play("browse")
    asked = stage.asked[0]
    head = f"Content-Type: {asked.headers['content-type']}\r\n\r\n".encode()
    parts = BytesParser().parsebytes(head + asked.body).get_payload()
    assert [part.get_param("name", header="content-disposition") for part in parts] == ["sku", "odd%22%0A"]
    assert [part.get_payload(decode=True).decode() for part in parts] == ["TEA é", "3"]
