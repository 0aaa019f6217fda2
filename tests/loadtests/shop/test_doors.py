"""Whatever is sent to any route of the shop, it answers, and never with a server's error; and it opens with no catalogue that cannot be."""

from __future__ import annotations

import json
from urllib.parse import quote

import pyarrow.parquet as pq
import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st

from loadtests.shop.app import create
from loadtests.shop.faults import FaultPage
from loadtests.shop.state import open_shop
from loadtests.shop.storage import seeding
from loadtests.shop.storage.database import Database
from sim.records.catalogue import write_catalogue
from sim.records.refusal import Refusal

from ...doors import HOSTILE, mutated_tree, mutations

LINES = [{"sku": "TEA", "quantity": 1}, {"sku": "RICE", "quantity": 2}]
BODIES = (
    {"location": "SH01", "member": 3, "lines": LINES},
    {"ship_to": "EAST", "lines": LINES},
    {"location": "SH01", "member": 3},
    LINES[0],
    {},
    {"location": "SH01", "reference": "r1", "lines": LINES},
    {"location": "SH01", "lines": [{"sku": "TEA", "counted": 5}]},
    {"origin": "SH01", "destination": "WH01", "lines": LINES},
    {"offer": "COFFEE"},
    {"latency_s": 0.0, "error_rate": 0.0, "stall_s": 0.0, "oversell_units": 0.0},
)
VALUES = ("TEA", "SH01", "1", "3", "EAST", *(str(value) for value in HOSTILE if str(value)))
"""For places in a path, a query and a header."""


@pytest.fixture(scope="module")
def client(catalogue, tmp_path_factory):
    """A client that is given a server's errors as answers."""
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('doors') / 'shop.db'}")
    seeding.fill(database, catalogue, members=20)
    app = create(open_shop(database, "secret", FaultPage()))
    with TestClient(app, raise_server_exceptions=False, headers={"Authorization": "Bearer secret"}) as client:
        client.calls = [(r.path, m) for r in _routes(app.router) for m in sorted(r.methods)]
        client.calls = [*client.calls, *_documented(client)]
        yield client


def _routes(router):
    return [route for route in router.routes if isinstance(route, APIRoute)]


def _documented(client):
    paths = client.get("/openapi.json").json()["paths"]
    return [(path, method.upper()) for path, methods in paths.items() for method in methods]


def _filled(data, path):
    """The path with a value in each of its places."""
    parts = path.split("/")
    values = [data.draw(st.sampled_from(VALUES)) if part.startswith("{") else part for part in parts]
    return "/".join(quote(value.encode("utf-8", "surrogatepass"), safe="") for value in values)


@mutations
@given(data=st.data())
def test_a_mutation_of_a_request_is_answered_and_never_by_an_error_of_the_shop(data, client):
    path, method = data.draw(st.sampled_from(client.calls))
    query = data.draw(
        st.dictionaries(
            st.sampled_from(("after", "limit", "q", "sku", "location", "run", "key")),
            st.sampled_from(VALUES),
            max_size=2,
        )
    )
    asked = "&".join(f"{name}={quote(value.encode('utf-8', 'surrogatepass'))}" for name, value in query.items())
    headers = data.draw(
        st.dictionaries(
            st.sampled_from(("X-Run-Id", "Idempotency-Key")),
            st.sampled_from(["r1", "k" * 200, "\xe9", "-1"]),
            max_size=1,
        )
    )
    body = json.dumps(data.draw(mutated_tree(data.draw(st.sampled_from(BODIES))))).encode()
    content = data.draw(
        st.sampled_from((body, body, body, b"", b"[" * 10_000, b"\xff", b'{"lines": 1' + b"0" * 5_000 + b"}"))
    )
    answer = client.request(
        method,
        f"{_filled(data, path)}?{asked}",
        content=None if method == "GET" else content,
        headers={
            "Content-Type": "application/json",
            **{name: value.encode("latin-1") for name, value in headers.items()},
        },
    )
    if path == "/faults":
        client.delete("/faults")
    assert answer.status_code < 500, (method, path, query, content[:200], answer.text)


@pytest.mark.parametrize("body", [{"sku": "\ud800", "quantity": 1}, {"sku": "TEA", "quantity": 2**63}, {"\ud800": 1}])
def test_what_neither_utf_8_nor_64_bits_hold_is_a_mistake_of_the_client(client, body):
    answer = client.post("/orders", content=json.dumps({"lines": [body]}), headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


@pytest.mark.parametrize("price", [-1.0, float("nan"), float("inf"), 1e30])
def test_a_shop_does_not_open_with_a_price_that_cannot_be(catalogue, tmp_path, price):
    table = pq.ParquetFile(catalogue).read()
    prices = table["price"].to_pylist()
    at = table.column_names.index("price")
    path = tmp_path / "catalogue.parquet"
    write_catalogue(path, table.set_column(at, table.schema.field("price"), [[price, *prices[1:]]]), "CNY")
    with pytest.raises(Refusal, match=r"catalogue.parquet: row 1, column price: expected a number from 0"):
        seeding.fill(Database(f"sqlite:///{tmp_path / 'shop.db'}"), path)
