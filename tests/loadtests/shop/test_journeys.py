"""Every journey of the trace through the shop's API, on SQLite and on PostgreSQL."""

from __future__ import annotations

import pytest

TEA_2 = [{"sku": "TEA", "quantity": 2}]


def sell(shop, lines=None, headers=None, **fields):
    return shop.post("/orders", json={"lines": lines or TEA_2, **fields}, headers=headers)


def units(shop, sku, location):
    return shop.get(f"/stock/{sku}", params={"location": location}).json()["locations"][0]


def test_browse_pages_through_all_products(shop):
    first = shop.get("/products", params={"limit": 3}).json()
    second = shop.get("/products", params={"limit": 3, "after": first["next"]}).json()
    assert [item["sku"] for item in first["items"] + second["items"]] == ["LAST", "NONE", "RICE", "TEA"]
    assert second["next"] is None


def test_search_finds_by_code_and_by_part_of_the_name(either_shop):
    assert [item["sku"] for item in either_shop.get("/products/search?q=tea").json()["items"]] == ["TEA"]
    assert len(either_shop.get("/products/search?q=the house").json()["items"]) == 4
    assert either_shop.get("/products/search?q=%25").json()["items"] == []


def test_detail_and_stock_check_agree(either_shop):
    detail = either_shop.get("/products/TEA").json()
    assert detail == {"sku": "TEA", "name": "Tea of the house", "price": 3.5, "currency": "CNY", "available": 130}
    stock = either_shop.get("/stock/TEA").json()
    assert [at["available"] for at in stock["locations"]] == [10, 10, 10, 100]
    assert stock["available"] == 130


def test_stock_of_many_skus_pages_and_sums(either_shop):
    named = either_shop.get("/stock", params={"sku": ["LAST", "TEA"]}).json()
    assert [(item["sku"], item["available"]) for item in named["items"]] == [("LAST", 5), ("TEA", 130)]
    page = either_shop.get("/stock", params={"limit": 3}).json()
    rest = either_shop.get("/stock", params={"limit": 3, "after": page["next"]}).json()
    assert [item["on_hand"] for item in page["items"] + rest["items"]] == [5, 0, 57, 130]


def test_a_till_takes_from_its_own_store_alone(either_shop):
    order = sell(either_shop, location="SH01")
    assert order.status_code == 201
    assert order.json()["status"] == "completed"
    assert order.json()["total"] == 7.0
    assert units(either_shop, "TEA", "SH01")["on_hand"] == 8
    short = sell(either_shop, [{"sku": "TEA", "quantity": 9}], location="SH01")
    assert short.status_code == 409
    assert short.json()["code"] == "out_of_stock"
    assert short.json()["short"] == [{"sku": "TEA", "wanted": 9, "available": 8}]


def test_an_online_order_reserves_near_the_customer_and_ships_later(either_shop):
    order = sell(either_shop, ship_to="SOUTH").json()
    assert order["status"] == "placed"
    assert order["pieces"] == [{"sku": "TEA", "quantity": 2, "location": "SH03"}]
    there = units(either_shop, "TEA", "SH03")
    assert (there["on_hand"], there["reserved"], there["available"]) == (10, 2, 8)
    assert either_shop.post(f"/orders/{order['id']}/ship").json()["status"] == "shipped"
    there = units(either_shop, "TEA", "SH03")
    assert (there["on_hand"], there["reserved"]) == (8, 0)
    again = either_shop.post(f"/orders/{order['id']}/ship")
    assert (again.status_code, again.json()["code"]) == (409, "order_not_open")


def test_an_online_order_gathers_units_that_no_location_has_alone(either_shop):
    order = sell(either_shop, [{"sku": "LAST", "quantity": 5}]).json()
    assert {(piece["location"], piece["quantity"]) for piece in order["pieces"]} == {("SH01", 2), ("WH01", 3)}


def test_an_order_is_all_or_nothing(either_shop):
    refused = sell(either_shop, [{"sku": "TEA", "quantity": 1}, {"sku": "NONE", "quantity": 1}])
    assert refused.json()["short"] == [{"sku": "NONE", "wanted": 1, "available": 0}]
    assert either_shop.get("/stock/TEA").json()["available"] == 130


def test_a_cart_becomes_one_order(either_shop):
    cart = either_shop.post("/carts", json={"member": 3}, headers={"X-Run-Id": "r"}).json()["id"]
    assert either_shop.post(f"/carts/{cart}/checkout", json={}).json()["code"] == "cart_empty"
    for sku in ("TEA", "TEA", "RICE"):
        full = either_shop.post(f"/carts/{cart}/lines", json={"sku": sku, "quantity": 1}).json()
    assert full["lines"] == [{"sku": "TEA", "quantity": 2}, {"sku": "RICE", "quantity": 1}]
    either_shop.delete(f"/carts/{cart}/lines/RICE")
    order = either_shop.post(f"/carts/{cart}/checkout", json={"ship_to": "EAST"})
    assert order.status_code == 201
    assert (order.json()["run"], order.json()["member"], order.json()["total"]) == ("r", 3, 7.0)
    assert either_shop.get(f"/carts/{cart}").json()["order"] == order.json()["id"]
    for again in (
        either_shop.post(f"/carts/{cart}/checkout", json={}),
        either_shop.post(f"/carts/{cart}/lines", json={"sku": "TEA", "quantity": 1}),
        either_shop.post(f"/carts/{cart}/checkout", json={}, headers={"Idempotency-Key": "new"}),
    ):
        assert (again.status_code, again.json()["code"]) == (409, "cart_closed")


def test_an_idempotency_key_makes_one_order(either_shop):
    key = {"Idempotency-Key": "k"}
    first, second = (sell(either_shop, headers=key, location="SH01") for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.headers["Idempotent-Replay"] == "true"
    assert first.json() == second.json()
    assert units(either_shop, "TEA", "SH01")["on_hand"] == 8
    other = sell(either_shop, headers=key, location="SH02")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


def test_a_checkout_may_be_repeated_with_its_key(either_shop):
    cart = either_shop.post("/carts", json={}).json()["id"]
    either_shop.post(f"/carts/{cart}/lines", json={"sku": "TEA", "quantity": 1})
    first, second = (
        either_shop.post(f"/carts/{cart}/checkout", json={}, headers={"Idempotency-Key": "c"}) for _ in range(2)
    )
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()


def test_a_refusal_is_not_remembered_by_its_key(either_shop):
    key = {"Idempotency-Key": "k"}
    none = [{"sku": "NONE", "quantity": 1}]
    assert sell(either_shop, none, key).status_code == 409
    either_shop.post("/receipts", json={"location": "WH01", "lines": none})
    assert sell(either_shop, none, key).status_code == 201


def test_order_status_follows_the_order(either_shop):
    order = sell(either_shop, location="SH01").json()
    assert either_shop.get(f"/orders/{order['id']}").json() == order
    missing = either_shop.get("/orders/999")
    assert (missing.status_code, missing.json()["code"]) == (404, "unknown_order")


@pytest.mark.parametrize("location", ["SH01", None])
def test_cancelling_gives_the_units_back_once(either_shop, location):
    order = sell(either_shop, location=location).json()
    for _ in range(2):
        assert either_shop.post(f"/orders/{order['id']}/cancel").json()["status"] == "cancelled"
    assert either_shop.get("/stock/TEA").json()["available"] == 130


def test_goods_come_back_no_more_than_once(either_shop):
    order = sell(either_shop, location="SH01").json()["id"]
    one = {"location": "SH02", "lines": [{"sku": "TEA", "quantity": 1}]}
    assert either_shop.post(f"/orders/{order}/returns", json=one).status_code == 201
    assert units(either_shop, "TEA", "SH02")["on_hand"] == 11
    rest = either_shop.post(f"/orders/{order}/returns", json={})
    assert rest.json()["lines"] == [{"sku": "TEA", "quantity": 1, "location": "SH01"}]
    for body in (one, {}):
        again = either_shop.post(f"/orders/{order}/returns", json=body)
        assert (again.status_code, again.json()["code"]) == (409, "over_returned")
    cancelled = either_shop.post(f"/orders/{order}/cancel")
    assert (cancelled.status_code, cancelled.json()["code"]) == (409, "order_not_open")


def test_nothing_comes_back_of_an_order_that_has_not_left(shop):
    order = sell(shop).json()["id"]
    assert shop.post(f"/orders/{order}/returns", json={}).json()["code"] == "order_not_open"


def test_a_receipt_adds_units(either_shop):
    lines = [{"sku": "NONE", "quantity": 6}, {"sku": "NONE", "quantity": 6}]
    receipt = either_shop.post("/receipts", json={"location": "WH01", "reference": "D1", "lines": lines})
    assert receipt.json() == {"location": "WH01", "lines": [{"sku": "NONE", "quantity": 12}], "units": 12}
    assert units(either_shop, "NONE", "WH01")["available"] == 12


def test_a_count_becomes_the_book_and_shows_the_gap(either_shop):
    count = either_shop.post("/counts", json={"location": "SH01", "lines": [{"sku": "RICE", "counted": 1}]})
    assert count.json()["lines"] == [{"sku": "RICE", "counted": 1, "book": 4, "gap": -3}]
    assert units(either_shop, "RICE", "SH01")["on_hand"] == 1


def test_a_count_cannot_lose_what_is_promised(either_shop):
    sell(either_shop, [{"sku": "LAST", "quantity": 5}])
    refused = either_shop.post("/counts", json={"location": "SH01", "lines": [{"sku": "LAST", "counted": 1}]})
    assert (refused.status_code, refused.json()["code"]) == (409, "below_reserved")


def test_a_transfer_is_in_transit_until_it_arrives(either_shop):
    body = {"origin": "WH01", "destination": "SH02", "lines": [{"sku": "TEA", "quantity": 30}]}
    transfer = either_shop.post("/transfers", json=body).json()
    assert (units(either_shop, "TEA", "WH01")["on_hand"], units(either_shop, "TEA", "SH02")["in_transit"]) == (70, 30)
    assert either_shop.post(f"/transfers/{transfer['id']}/arrival").json()["status"] == "arrived"
    there = units(either_shop, "TEA", "SH02")
    assert (there["on_hand"], there["in_transit"]) == (40, 0)
    assert either_shop.post(f"/transfers/{transfer['id']}/arrival").json()["code"] == "transfer_closed"
    assert either_shop.get(f"/transfers/{transfer['id']}").json()["status"] == "arrived"
    short = either_shop.post("/transfers", json={**body, "lines": [{"sku": "TEA", "quantity": 71}]})
    assert short.json()["short"] == [{"sku": "TEA", "wanted": 71, "available": 70}]


def test_members_earn_points_and_spend_them(either_shop):
    assert either_shop.get("/members/7").json() == {"number": 7, "points": 1000}
    sell(either_shop, [{"sku": "RICE", "quantity": 1}], location="SH01", member=7)
    assert either_shop.get("/members/7").json()["points"] == 1012
    offers = either_shop.get("/members/7/offers").json()["offers"]
    assert [offer["code"] for offer in offers if offer["affordable"]] == ["COFFEE", "DELIVERY", "VOUCHER"]
    left = [either_shop.post("/members/7/redemptions", json={"offer": "VOUCHER"}) for _ in range(3)]
    assert [answer.status_code for answer in left] == [201, 201, 409]
    assert left[1].json()["points_left"] == 12
    assert left[2].json()["code"] == "not_enough_points"
    assert either_shop.get("/members/20").json()["code"] == "unknown_member"


def test_cancelling_takes_the_points_back(shop):
    order = sell(shop, [{"sku": "RICE", "quantity": 2}], location="SH01", member=7).json()
    shop.post(f"/orders/{order['id']}/cancel")
    assert shop.get("/members/7").json()["points"] == 1000


def test_reports_add_up_what_was_sold_and_what_is_left(either_shop):
    sell(either_shop, location="SH01", headers={"X-Run-Id": "r1"})
    sell(either_shop, headers={"X-Run-Id": "r1"})
    either_shop.post(f"/orders/{sell(either_shop, location='SH02').json()['id']}/cancel")
    report = either_shop.get("/reports/sales", params={"run": "r1"}).json()
    assert (report["orders"], report["units"], report["value"]) == (2, 4, 14.0)
    assert {at["location"]: at["units"] for at in report["locations"]} == {None: 2, "SH01": 2}
    assert either_shop.get("/reports/sales", params={"run": "r2"}).json()["locations"] == []
    stock = {at["location"]: at for at in either_shop.get("/reports/stock").json()["locations"]}
    assert stock["SH01"]["on_hand"] == 8 + 4 + 2
    assert stock["SH01"]["value"] == pytest.approx(8 * 3.5 + 4 * 12.9 + 2 * 99)


def test_a_runs_orders_are_listed_and_cancelled_together(either_shop):
    tag = {"X-Run-Id": "r1"}
    mine = [sell(either_shop, location=location, headers=tag).json()["id"] for location in ("SH01", None, "SH02", None)]
    other = sell(either_shop, headers={"X-Run-Id": "r2"}).json()["id"]
    either_shop.post(f"/orders/{mine[1]}/ship")
    page = either_shop.get("/orders", params={"run": "r1", "limit": 3}).json()
    rest = either_shop.get("/orders", params={"run": "r1", "after": page["next"]}).json()
    assert [item["id"] for item in page["items"] + rest["items"]] == mine
    first = either_shop.post("/runs/r1/cancellation", params={"limit": 2}).json()
    assert first == {"cancelled": 2, "remaining": 1, "kept": 1}
    assert either_shop.post("/runs/r1/cancellation").json() == {"cancelled": 1, "remaining": 0, "kept": 1}
    assert either_shop.get(f"/orders/{other}").json()["status"] == "placed"
    assert either_shop.get("/stock/TEA").json()["available"] == 130 - 2 - 2


def test_the_shop_lists_its_locations_and_sizes(shop):
    card = shop.get("/shop").json()
    assert (card["currency"], card["skus"], card["members"]) == ("CNY", 4, 20)
    assert [(at["code"], at["kind"]) for at in card["locations"]][-1] == ("WH01", "warehouse")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"lines": []}, "invalid"),
        ({"lines": [{"sku": "TEA", "quantity": 0}]}, "invalid"),
        ({"lines": TEA_2, "colour": "red"}, "invalid"),
        ({"lines": [{"sku": "COAL", "quantity": 1}]}, "unknown_sku"),
        ({"lines": [{"sku": "TEA\x00", "quantity": 1}]}, ("unknown_sku", "invalid")),
        ({"lines": TEA_2, "location": "SH99"}, "unknown_location"),
        ({"lines": TEA_2, "ship_to": "MOON"}, "unknown_region"),
        ({"lines": TEA_2, "member": 20}, "unknown_member"),
        ({"lines": TEA_2, "member": 2**70}, "invalid"),
    ],
)
def test_a_bad_order_is_422_with_the_reason(either_shop, body, code):
    answer = either_shop.post("/orders", json=body)
    assert answer.status_code == 422
    assert answer.json()["code"] in code
    assert answer.json()["message"]


def test_only_requests_with_the_token_are_answered(shop):
    calls = [
        (path, method) for path, methods in shop.get("/openapi.json").json()["paths"].items() for method in methods
    ]
    assert len(calls) > 25
    for path, method in calls:
        for token in ("", "Bearer wrong", "Basic secret"):
            answer = shop.request(method, path, headers={"Authorization": token}, json={} if method != "get" else None)
            assert answer.status_code == (200 if path == "/health" else 401), path
