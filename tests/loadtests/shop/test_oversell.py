"""Two server processes on one database, fifty clients at once: no unit is sold twice, and none is lost."""

from __future__ import annotations

import http.client
import json
import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import psycopg
import pytest
from sqlalchemy import func, select

from loadtests.shop.serve import serve
from loadtests.shop.storage import tables
from loadtests.shop.storage.database import Database

CLIENTS = 50
BUSY = ["TEA", "RICE", "COAL", "SALT"]


class Client:
    """One kept connection to one server process."""

    def __init__(self, shop):
        self._line = http.client.HTTPConnection(urlsplit(shop.url).netloc, timeout=60)
        self._headers = {"Authorization": f"Bearer {shop.token}", "Content-Type": "application/json"}
        self.ask("GET", "/health")

    def ask(self, method, path, body=None, **headers):
        self._line.request(method, path, None if body is None else json.dumps(body), self._headers | headers)
        answer = self._line.getresponse()
        return answer.status, json.loads(answer.read())


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def two_servers(request, new_catalogue, tmp_path_factory):
    """Two shops, each a process of its own, on the same database; and its URL. Each test has SKUs of its own."""
    catalogue = new_catalogue(
        {"ONLINE": [2, 0, 0, 3], "MIXED": [2, 0, 0, 3], "KEYED": [10, 10, 10, 10]}
        | {sku: [10, 4, 0, 20] for sku in BUSY}
    )
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('shop') / 'shop.db'}"
    else:
        server = request.getfixturevalue("postgresql")
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute("DROP DATABASE IF EXISTS race")
            connection.execute("CREATE DATABASE race")
        url = server.replace("/postgres", "/race")
    with (
        serve(catalogue, database=url, token="t", members=10) as first,
        serve(catalogue, database=url, token="t", members=10) as second,
    ):
        yield [first, second], url


def at_once(servers, work):
    """Run `work(number, client)` for every client, released together, half of them at each server; the results."""
    start = threading.Barrier(CLIENTS)

    def one(number):
        client = Client(servers[number % len(servers)])
        start.wait()
        return work(number, client)

    with ThreadPoolExecutor(CLIENTS) as pool:
        return list(pool.map(one, range(CLIENTS)))


def test_fifty_clients_racing_for_the_last_five_units_get_five(two_servers):
    servers, _ = two_servers
    order = {"lines": [{"sku": "ONLINE", "quantity": 1}]}
    answers = at_once(servers, lambda _, client: client.ask("POST", "/orders", order))
    assert Counter(status for status, _ in answers) == {201: 5, 409: 45}
    assert {body["code"] for status, body in answers if status == 409} == {"out_of_stock"}
    _, stock = Client(servers[0]).ask("GET", "/stock/ONLINE")
    assert stock["available"] == 0
    assert sum(at["reserved"] for at in stock["locations"]) == 5


def test_tills_and_online_orders_racing_never_share_a_unit(two_servers):
    servers, _ = two_servers
    places = [{"location": "SH01"}, {"location": "WH01"}, {}]
    answers = at_once(
        servers,
        lambda i, client: client.ask("POST", "/orders", {"lines": [{"sku": "MIXED", "quantity": 1}], **places[i % 3]}),
    )
    assert Counter(status for status, _ in answers) == {201: 5, 409: 45}
    _, stock = Client(servers[1]).ask("GET", "/stock/MIXED")
    assert stock["available"] == 0


def test_one_key_sent_by_fifty_clients_at_once_makes_one_order(two_servers):
    servers, _ = two_servers
    order = {"lines": [{"sku": "KEYED", "quantity": 1}]}
    answers = at_once(servers, lambda _, client: client.ask("POST", "/orders", order, **{"Idempotency-Key": "k"}))
    assert Counter(status for status, _ in answers) == {201: 1, 200: 49}
    assert len({body["id"] for _, body in answers}) == 1
    assert Client(servers[0]).ask("GET", "/stock/KEYED")[1]["available"] == 39


def work_a_while(number, client):
    """Twelve errands of every kind, in an order that differs by client; the statuses and codes met."""
    draw = random.Random(number)
    met, mine = [], []
    places = ["SH01", "SH02", "SH03", "WH01"]
    for _ in range(12):
        skus = draw.sample(BUSY, draw.randint(1, 3))
        lines = [{"sku": sku, "quantity": draw.randint(1, 3)} for sku in skus]
        origin, destination = draw.sample(places, 2)
        errand = draw.choice(["till", "online", "online", "receive", "count", "move", "cancel", "ship", "return"])
        order = draw.choice(mine) if mine else 1
        path, body = {
            "till": ("/orders", {"location": origin, "lines": lines, "member": draw.randrange(10)}),
            "online": ("/orders", {"lines": lines, "member": draw.randrange(10)}),
            "receive": ("/receipts", {"location": origin, "lines": lines}),
            "count": ("/counts", {"location": origin, "lines": [{"sku": sku, "counted": 6} for sku in skus]}),
            "move": ("/transfers", {"origin": origin, "destination": destination, "lines": lines}),
            "cancel": (f"/orders/{order}/cancel", None),
            "ship": (f"/orders/{order}/ship", None),
            "return": (f"/orders/{order}/returns", {}),
        }[errand]
        status, answer = client.ask("POST", path, body)
        met.append((status, answer.get("code")))
        if status == 201 and errand in ("till", "online"):
            mine.append(answer["id"])
        if status == 201 and errand == "move" and draw.random() < 0.7:
            met.append((client.ask("POST", f"/transfers/{answer['id']}/arrival")[0], None))
    return met


def test_work_of_every_kind_at_once_conserves_units(two_servers):
    servers, url = two_servers
    met = Counter(status for row in at_once(servers, work_a_while) for status, _ in row)
    assert set(met) <= {200, 201, 404, 409}
    assert met[201] > 100
    database = Database(url)
    with database.read() as connection:
        moved = tables.movements.c
        rows = {(row.sku, row.location): row for row in connection.execute(select(tables.stock))}
        sums = select(
            moved.sku,
            moved.location,
            *(func.sum(moved[name]).label(name) for name in ("on_hand", "reserved", "in_transit")),
        )
        moves = {(row.sku, row.location): row for row in connection.execute(sums.group_by(moved.sku, moved.location))}
        promised = select(
            tables.order_pieces.c.sku, tables.order_pieces.c.location, func.sum(tables.order_pieces.c.quantity)
        )
        promised = promised.join(tables.orders).where(tables.orders.c.status == "placed")
        promised = promised.group_by(tables.order_pieces.c.sku, tables.order_pieces.c.location)
        waiting = {(sku, location): units for sku, location, units in connection.execute(promised)}
        on_the_way = select(
            tables.transfer_lines.c.sku, tables.transfers.c.destination, func.sum(tables.transfer_lines.c.quantity)
        )
        on_the_way = on_the_way.join(tables.transfers).where(tables.transfers.c.status == "sent")
        on_the_way = on_the_way.group_by(tables.transfer_lines.c.sku, tables.transfers.c.destination)
        sent = {(sku, location): units for sku, location, units in connection.execute(on_the_way)}
    database.close()
    for key, row in rows.items():
        change = moves.get(key)
        assert row.on_hand == row.opening + (change.on_hand if change else 0)
        assert row.reserved == waiting.get(key, 0) <= row.on_hand
        assert row.in_transit == sent.get(key, 0)
