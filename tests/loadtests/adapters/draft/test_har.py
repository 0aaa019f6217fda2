"""Browser recordings as they really are: out of order, with parts missing, with what is no API between."""

from __future__ import annotations

import base64
import json
import random

import pytest

from loadtests.adapters.draft import draft
from sim.records.refusal import Refusal

from .recordings import entry, har, shopping, sound

MULTIPART = '--B\r\nContent-Disposition: form-data; name="{}"\r\n\r\n{}\r\n'


@pytest.fixture
def made(tmp_path):
    """A draft of a recording: it compiles, and a linter finds nothing."""

    def make(*entries, host=""):
        begun = draft("begun", har=har(tmp_path / "r.har", *entries), host=host)
        drafts = tmp_path / "drafts"
        drafts.mkdir(exist_ok=True)
        sound(begun.text, folder=drafts)
        return begun

    return make


def graphql(query, answer, at_s, url="https://shop.example/graphql", batched=False, **body):
    whole = {"query": query, **body} if query else body
    return entry("POST", url, [answer] if batched else answer, at_s=at_s, body=[whole] if batched else whole)


def test_the_order_in_the_file_does_not_matter(made):
    entries = shopping()
    in_order = made(*entries).text
    random.Random(7).shuffle(entries)
    assert made(*entries).text == in_order


def test_starts_in_other_time_zones_are_put_in_order(made):
    first, *rest = shopping()
    first["startedDateTime"] = "2026-05-01T12:00:00.000+02:00"
    assert made(*rest, first).text == made(first, *rest).text


def test_no_recorded_id_stays_in_a_path(made):
    text = made(*shopping()).text
    for recorded in ("cart_77", "order_9Z", "var_1A", "prod_1A", "cus_5", "ann@corp"):
        assert recorded not in text
    assert text.count("carts['cart']['id']") == 3


def test_what_takes_a_variant_is_given_the_variants_id(made):
    assert (
        '[[item["variants"][0]["sku"], item["variants"][0]["id"]] for item in items if item["variants"]]'
        in made(*shopping()).text
    )


def test_the_orders_id_is_carried_and_not_the_customers(made):
    text = made(*shopping()).text
    assert 'return {"id": complete["order"]["id"]}' in text
    assert "{errand.carried['id']}" in text


def test_counted_ids_are_carried_by_what_they_are_of(made):
    """Where a platform counts, the product, the cart and the page have the same number."""
    host = "https://shop.example"
    text = made(
        entry("GET", f"{host}/products?page=1", {"items": [{"id": 1, "sku": "TEA"}]}, at_s=0),
        entry("POST", f"{host}/carts", {"id": 1}, at_s=1, body={"channel": 1}),
        entry("POST", f"{host}/carts/1/lines", {"id": 1}, at_s=2, body={"product_id": 1, "quantity": 1}),
        entry("POST", f"{host}/carts/1/checkout", {"id": 1, "total": 1}, at_s=3, body={"method": 1}),
        entry("GET", f"{host}/orders/1", {"id": 1}, at_s=4),
    ).text
    assert 'params={"page": "1"}' in text
    assert 'json={"channel": 1}' in text
    assert 'json={"product_id": product.id, "quantity": units}' in text
    assert 'f"/carts/{carts[\'id\']}/checkout", json={"method": 1}' in text
    assert "f\"/orders/{errand.carried['id']}\"" in text


def test_what_a_step_takes_from_another_call_brings_that_call(made):
    """A country's address stands in the order, so the list of countries is read before it."""
    host = "https://shop.example"
    *way, look = shopping(host)
    order = entry("POST", f"{host}/carts/cart_77", {"cart": {"id": "cart_77"}}, at_s=4, body={"region_id": "reg_EU1"})
    text = made(
        *way[:2], entry("GET", f"{host}/regions", {"regions": [{"id": "reg_EU1"}]}, at_s=1), order, *way[2:], look
    ).text
    assert 'regions = errand.get("regions", "/regions").json' in text
    assert '"region_id": regions["regions"][0]["id"]' in text


@pytest.mark.parametrize(
    "kind", [None, "", "text/plain;charset=UTF-8", "application/vnd.api+json", "application/octet-stream"]
)
def test_json_is_known_by_its_text(made, kind):
    entries = shopping()
    for each in entries:
        each["response"]["content"]["mimeType"] = kind
        if "postData" in each["request"]:
            each["request"]["postData"]["mimeType"] = kind
    assert made(*entries).text == made(*shopping()).text


def test_fields_that_are_missing_or_null_are_empty(made):
    entries = shopping()
    for each in entries:
        each["request"]["headers"] = None
        each["response"]["headers"] = [{"name": "X-Empty"}, {"name": None, "value": "x"}, {"name": "x", "value": None}]
    bare = [{}, {"request": None, "response": None}, {"request": {"url": "https://shop.example/api/x"}, "response": {}}]
    begun = made(*entries, *bare)
    assert begun.journeys == ["browse", "checkout", "order_status"]


def test_answers_in_base64_are_read_and_broken_ones_are_none(made):
    entries = shopping()
    for each in entries:
        content = each["response"]["content"]
        content.update(encoding="base64", text=base64.b64encode(content["text"].encode()).decode())
    assert made(*entries).text == made(*shopping()).text
    entries[4]["response"]["content"]["text"] = "%%%=broken"
    assert made(*entries).journeys == ["browse", "checkout", "order_status"]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("request", -1),
        ("request.url", 7),
        ("request.headers", -1),
        ("request.headers", ["x"]),
        ("request.headers", [{"name": 3}]),
        ("request.postData", "text"),
        ("request.postData.text", {}),
        ("request.postData.params", "x"),
        ("response.status", "ok"),
        ("response.content", []),
        ("response.content.text", 5),
        ("response.content.mimeType", 5),
        ("startedDateTime", 5),
    ],
)
def test_a_field_of_a_wrong_type_is_refused_by_its_place(tmp_path, path, value):
    each = entry("POST", "https://shop.example/carts", {"id": 1}, body={})
    *above, last = path.split(".")
    inner = each
    for key in above:
        inner = inner[key]
    inner[last] = value
    with pytest.raises(Refusal, match=rf"r\.har: log\.entries\[1\]\.{path}") as refused:
        draft("x", har=har(tmp_path / "r.har", shopping()[0], each))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "text", ["[]", "7", '{"log": 3}', '{"log": {"entries": {}}}', '{"log": {"entries": [3]}}', "[" * 100_000]
)
def test_what_is_no_recording_is_refused_in_one_line(tmp_path, text):
    file = tmp_path / "x.har"
    file.write_text(text)
    with pytest.raises(Refusal) as refused:
        draft("x", har=file)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("as_params", [True, False])
def test_parts_of_a_form_are_sent_as_parts_and_files_are_left_out(made, as_params):
    entries = shopping()
    for each, variant in ((entries[2], "var_1A"), (entries[3], "var_2B")):
        post = {"mimeType": "multipart/form-data; boundary=B"}
        if as_params:
            post["params"] = [
                {"name": "variant_id", "value": variant},
                {"name": "quantity", "value": "1"},
                {"name": "photo", "fileName": "p.png"},
            ]
        else:
            photo = '--B\r\nContent-Disposition: form-data; name="photo"; filename="p.png"\r\nContent-Type: image/png\r\n\r\n\x89PNG\r\n'
            post["text"] = (
                MULTIPART.format("variant_id", variant) + MULTIPART.format("quantity", "1") + photo + "--B--\r\n"
            )
        each["request"]["postData"] = post
    begun = made(*entries)
    assert 'parts={"variant_id": product.id, "quantity": units}' in begun.text
    assert any(line.startswith("files of a form: 2 calls: photo of POST") for line in begun.dropped)


def test_what_is_no_call_is_left_out_with_the_reason(made):
    host = "https://shop.example/api"
    begun = made(
        *shopping(),
        *(entry("POST", "https://stats.example.org/collect", {"ok": 1}, at_s=7) for _ in range(40)),
        *(entry("GET", f"https://cdn{number}.example.net/x", {}, at_s=7) for number in range(30)),
        entry("OPTIONS", f"{host}/carts", "", at_s=7, status=204),
        entry("GET", f"{host}/cart", "", at_s=7, status=302),
        entry("POST", f"{host}/carts", "", at_s=7, status=0),
        entry("POST", f"{host}/carts", "", at_s=7, status=None),
        entry("POST", f"{host}/carts", {"error": "x"}, at_s=7, status=503),
        entry("GET", "wss://shop.example/live", "", at_s=7, status=101),
        entry("GET", "data:image/png;base64,xx", "", at_s=7),
        entry("GET", "https://shop.example/app.js", "", at_s=7, kind="text/javascript"),
        entry("POST", f"{host}/carts/import", {}, at_s=7, post={"mimeType": "text/xml", "text": "<cart/>"}),
    )
    assert begun.text == made(*shopping()).text
    reasons = """preflights: 1; redirects: 1; no answer (aborted or blocked): 2; answers of status 503: 1; websockets and streams: 1;
    no HTTP: 1; pages, scripts, pictures: 1; bodies that are neither JSON nor a form: 1"""
    for reason in map(str.strip, reasons.split(";")):
        assert any(line.startswith(reason) for line in begun.dropped), reason
    others = next(line for line in begun.dropped if line.startswith("another host: 70 calls"))
    assert "https://stats.example.org (40)" in others
    assert others.endswith("more")


def test_the_api_is_the_host_of_the_journeys_and_not_the_one_with_most_calls(made):
    noise = [entry("POST", "https://stats.example.org/v1/t", {"ok": 1}, at_s=number) for number in range(40)]
    assert made(*noise, *shopping()).host == "https://shop.example"


def test_a_request_that_was_recorded_twice_is_one_step(made):
    entries = shopping()
    assert made(*entries, *entries).text == made(*entries).text


def test_staffs_calls_are_journeys_of_their_own_with_a_proof_of_their_own(made):
    host = "https://shop.example/api"
    staff = {"Authorization": "Bearer staff-token-0123456789"}
    begun = made(
        *shopping(),
        entry(
            "POST",
            f"{host}/admin/login",
            {"token": "staff-token-0123456789"},
            at_s=10,
            body={"user": "bob", "password": "only-bob-knows"},
        ),
        entry("GET", f"{host}/admin/orders", {"orders": [{"id": "order_1"}]}, at_s=11, headers=staff),
        entry("GET", f"{host}/admin/products", {"products": [{"id": "prod_9"}]}, at_s=12, headers=staff),
        entry(
            "POST",
            f"{host}/admin/receipts",
            {"id": "rcp_1"},
            at_s=13,
            body={"sku": "TEA", "quantity": 4},
            headers=staff,
        ),
        entry("GET", f"{host}/admin/reports/sales", {"rows": []}, at_s=14, headers=staff),
    )
    assert begun.journeys == ["browse", "checkout", "order_status", "receive_goods", "report"]
    assert (
        'staff = Login("/api/admin/login", "BEGUN_STAFF_USER", "BEGUN_STAFF_PASSWORD", fields=("user", "password"), token="token")'
        in begun.text
    )
    assert 'errand.get("sales", "/api/admin/reports/sales", as_="staff")' in begun.text
    assert "auth = " not in begun.text
    assert any("no journey of staff: 2 calls" in line for line in begun.dropped)


def test_staffs_host_is_another_host_of_the_adapter(made):
    begun = made(
        *shopping("https://api.shop.example"),
        entry("GET", "https://admin.shop.example/reports/sales", {"rows": []}, at_s=9),
    )
    assert 'elsewhere = {"staff": "BEGUN_STAFF_URL"}' in begun.text
    assert 'errand.get("sales", "/reports/sales", at="staff")' in begun.text
    assert "BEGUN_STAFF_URL" in begun.variables


def test_a_session_is_logged_into_before_what_came_after_it(made):
    entries = shopping()
    login = entry(
        "POST",
        "https://shop.example/api/login",
        {"ok": True},
        at_s=0,
        body={"username": "ann", "password": "only-ann-knows"},
    )
    for each in entries[1:]:
        each["request"]["headers"] = [{"name": "Cookie", "value": "sid=0123456789"}]
    begun = made(entries[0], login, *entries[1:])
    browse, checkout = begun.text.split("def checkout")
    assert "errand.post(" not in browse
    assert 'with self.pool["accounts"].lend() as account:' in checkout
    assert (
        'errand.post("login", "/api/login", json={"username": account["user"], "password": account["password"]})'
        in checkout
    )
    assert "RETAIL_LAB_POOL_ACCOUNTS" in begun.variables
    assert '"ann"' not in begun.text
    assert "only-ann-knows" not in begun.text


def operations(batched=False):
    """Products, a filled cart, an order and a look at it, as one GraphQL platform has them."""
    add = "fragment F on Order { id } mutation Add($v: ID!, $n: Int!) { addItem(variantId: $v, quantity: $n) { ...F } }"
    pay = "mutation Pay { placeOrder { order { id code } } }"
    look = "query O($c: String!) { orderByCode(code: $c) { id } }"
    steps = [
        ("query P { products { items { id sku } } }", {}, {"products": {"items": [{"id": "7", "sku": "TEA"}]}}),
        (add, {"v": "7", "n": 1}, {"addItem": {"id": "7"}}),
        (pay, {}, {"placeOrder": {"order": {"id": "7", "code": "AB12CD"}}}),
        (look, {"c": "AB12CD"}, {"orderByCode": {"id": "7"}}),
    ]
    return [
        graphql(query, {"data": data}, at_s, batched=batched, variables=variables)
        for at_s, (query, variables, data) in enumerate(steps)
    ]


@pytest.mark.parametrize("batched", [False, True])
def test_graphql_is_read_with_a_fragment_first_and_in_batches(made, batched):
    begun = made(*operations(batched))
    assert begun.journeys == ["browse", "checkout", "order_status"]
    assert begun.text.count("batched=True") == (5 if batched else 0)
    assert "product.id" in begun.text
    assert 'errand.carried["code"]' in begun.text
    assert "AB12CD" not in begun.text


def test_each_operation_of_a_batch_is_a_step_of_its_journey(made):
    entries = operations()
    together = entry(
        "POST",
        "https://shop.example/graphql",
        [json.loads(each["response"]["content"]["text"]) for each in entries],
        body=[json.loads(each["request"]["postData"]["text"]) for each in entries],
    )
    assert made(together).journeys == ["browse", "checkout", "order_status"]


def test_persisted_queries_are_sent_by_their_hash(made):
    entries = operations()
    names = ("Products", "AddItem", "PlaceOrder", "Order")
    for number, (each, name) in enumerate(zip(entries, names, strict=True)):
        post = json.loads(each["request"]["postData"]["text"])
        del post["query"]
        digest = f"{number:064x}".replace("0", "ab", 3)[:64]
        post |= {"operationName": name, "extensions": {"persistedQuery": {"version": 1, "sha256Hash": digest}}}
        each["request"]["postData"]["text"] = json.dumps(post)
    begun = made(*entries)
    assert begun.journeys == ["browse", "checkout", "order_status"]
    assert '"persistedQuery": {"version": 1, "sha256Hash":' in begun.text
    assert '"query"' not in begun.text


def test_graphql_by_get_is_sent_by_get(made):
    url = "https://shop.example/graphql?query=%7B%20products%20%7B%20items%20%7B%20id%20sku%20%7D%20%7D%20%7D&variables=%7B%7D"
    first, *rest = operations()
    text = made(entry("GET", url, json.loads(first["response"]["content"]["text"]), at_s=0), *rest).text
    assert '{"query": """{ products { items { id sku } } }"""}, reads=True, by_get=True' in text


def test_an_operation_among_several_is_named(made):
    first, *rest = operations()
    post = json.loads(first["request"]["postData"]["text"])
    post |= {"query": "query Other { config { a } } query P { products { items { id sku } } }", "operationName": "P"}
    first["request"]["postData"]["text"] = json.dumps(post)
    assert '"operationName": "P"' in made(first, *rest).text


def test_values_that_stand_in_a_query_are_carried_too(made):
    first, _, *rest = operations()
    inline = graphql('mutation { addItem(variantId: "7", quantity: 3) { id } }', {"data": {"addItem": {"id": "7"}}}, 1)
    text = made(first, inline, *rest).text
    assert "json.dumps(product.id)" in text
    assert "json.dumps(units)" in text
    assert "\nimport json\n" in text


def test_a_query_that_was_refused_is_left_out(made):
    failed = graphql("mutation Pay { placeOrder { order { id } } }", {"errors": [{"message": "no"}], "data": None}, 1)
    begun = made(*operations(), failed)
    assert begun.text == made(*operations()).text
    assert any(line.startswith("GraphQL errors: 1 call") for line in begun.dropped)


def test_a_recording_without_a_journey_ends_with_status_2_and_the_reason(tmp_path, capsys):
    from sim.cli.app import status

    file = har(tmp_path / "r.har", entry("GET", "https://shop.example/api/weather", {"sunny": True}))
    out = tmp_path / "x.py"
    assert status(["adapter", "new", "x", "--har", str(file), "--out", str(out)]) == 2
    output = capsys.readouterr().out
    assert "left out: no journey: 1 call: GET /api/weather" in output
    assert "no journey was found: " in output
    assert "--host" in output
    sound(out.read_text(), folder=tmp_path)


def test_what_is_left_out_is_bounded(made):
    begun = made(
        *shopping(), *(entry("GET", f"https://shop.example/api/weather/{number}", {}, at_s=9) for number in range(500))
    )
    assert len(begun.dropped) < 6
    assert max(map(len, begun.dropped)) < 600
    assert any("no journey: 500 calls" in line for line in begun.dropped)
