"""Adapters begun from recordings, descriptions and collections: what they carry, what they keep to themselves, and that they run."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from loadtests.adapters import load
from loadtests.adapters.draft import draft
from loadtests.shop.serve import serve
from sim.records.refusal import Refusal

from ...conftest import write_catalogue

SECRETS = {
    "password": "correct-horse-battery",
    "bearer": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJlLW9mLXRoZS1sYWI",
    "key": "a81f0c77e1d94b5f9c0be2a3d4f5a6b7",
    "cookie": "s3ss10n-0123456789abcdef",
    "card": "4111111111111111",
}


def entry(method, url, answer, *, status=200, body=None, headers=(), brings=(), kind="application/json"):
    """One entry of a HAR, as browsers write it."""
    post = {"postData": {"mimeType": "application/json", "text": json.dumps(body)}} if body is not None else {}
    address = httpx.URL(url)
    return {
        "request": {
            "method": method,
            "url": url,
            "headers": [{"name": name, "value": value} for name, value in dict(headers).items()],
            "queryString": [{"name": name, "value": value} for name, value in address.params.items()],
            **post,
        },
        "response": {
            "status": status,
            "headers": [{"name": name, "value": value} for name, value in brings],
            "content": {"mimeType": kind, "text": answer if isinstance(answer, str) else json.dumps(answer)},
        },
    }


def har(path: Path, *entries) -> Path:
    path.write_text(json.dumps({"log": {"version": "1.2", "entries": list(entries)}}))
    return path


def begun(tmp_path: Path, made):
    """The class that the text holds: it must load."""
    path = tmp_path / "begun.py"
    path.write_text(made.text)
    return load(str(path))


@pytest.fixture
def recorded(tmp_path):
    """A shopper in a browser: login, list, cart, coupon, checkout with a card, look at the order; with trackers and pictures between."""
    api, auth = "https://shop.example.com/api", {"Authorization": f"Bearer {SECRETS['bearer']}", "Accept": "*/*"}
    return har(
        tmp_path / "shopper.har",
        entry("GET", "https://cdn.example.net/logo.png", "", kind="image/png"),
        entry(
            "POST",
            "https://tracker.example.org/collect",
            {"ok": 1},
            headers={"X-Api-Key": "tr4cker-key-000111222333444"},
        ),
        entry(
            "POST",
            f"{api}/login",
            {"token": SECRETS["bearer"]},
            body={"email": "ann@corp.cn", "password": SECRETS["password"]},
        ),
        entry(
            "GET", f"{api}/products?page=1", {"items": [{"id": 4711, "sku": "TEA-9", "inStock": True}]}, headers=auth
        ),
        entry("POST", f"{api}/carts", {"id": "crt_8Kx2"}, body={"currency": "CNY"}, headers=auth, status=201),
        entry(
            "POST",
            f"{api}/carts/crt_8Kx2/lines",
            {"id": "crt_8Kx2", "lines": 1},
            body={"productId": 4711, "quantity": 3},
            headers={**auth, "Cookie": f"sid={SECRETS['cookie']}"},
        ),
        entry(
            "POST",
            f"{api}/carts/crt_8Kx2/checkout",
            {"order": {"number": "A-100-77", "status": "new"}},
            body={"email": "ann@corp.cn", "phone": "13800001111", "cardNumber": SECRETS["card"]},
            headers={**auth, "Idempotency-Key": "1f7d"},
        ),
        entry("GET", f"{api}/orders/A-100-77", {"number": "A-100-77", "status": "new"}, headers=auth),
        entry("GET", f"{api}/nothing", {}, status=404, headers=auth),
    )


def test_a_recording_becomes_journeys_with_carried_values(recorded, tmp_path):
    made = draft("myshop", har=recorded)
    assert made.journeys == ["browse", "checkout", "order_status"]
    assert made.host == "https://shop.example.com"
    kind = begun(tmp_path, made)
    assert kind.covered() == {"browse", "checkout", "order_status"}
    assert "crt_8Kx2" not in made.text
    assert "A-100-77" not in made.text
    assert "f\"/api/carts/{carts['id']}/lines\"" in made.text
    assert "for product, units in wanted.items():" in made.text
    assert '{"productId": product.id, "quantity": units}' in made.text
    assert "{errand.carried['number']}" in made.text
    assert 'checkout["order"]["number"]' in made.text
    assert "keyed=True" in made.text
    assert '[[item["sku"], item["id"]] for item in items if item["inStock"]]' in made.text


def test_secrets_become_names_of_variables_and_foreign_hosts_are_dropped(recorded, tmp_path):
    made = draft("myshop", har=recorded)
    for value in (*SECRETS.values(), "ann@corp.cn", "13800001111", "tr4cker", "tracker.example.org", "cdn.example.net"):
        assert value not in made.text
    assert {"MYSHOP_USER", "MYSHOP_PASSWORD", "MYSHOP_CARD_NUMBER"} <= set(made.variables)
    assert (
        'Login("/api/login", "MYSHOP_USER", "MYSHOP_PASSWORD", fields=("email", "password"), token="token")'
        in made.text
    )
    assert any("tracker.example.org" in line for line in made.dropped)
    assert begun(tmp_path, made).auth.password == "MYSHOP_PASSWORD"


@pytest.mark.parametrize(
    ("headers", "brings", "auth"),
    [
        ({"Authorization": f"Bearer {SECRETS['bearer']}"}, (), 'Bearer("B_TOKEN")'),
        ({"Authorization": "Basic YW5uOmhvcnNlLWJhdHRlcnk="}, (), 'Basic("B_USER", "B_PASSWORD")'),
        ({"X-Api-Key": SECRETS["key"]}, (), 'ApiKey("B_KEY", "X-Api-Key")'),
        (
            {"Authorization": f"Bearer {SECRETS['key']}"},
            [("Shop-Session", SECRETS["key"])],
            'SessionHeader("shop-session")',
        ),
        (
            {"Cookie": f"csrf={SECRETS['key']}; s=1", "X-CSRF-Token": SECRETS["key"]},
            (),
            'Cookies("csrf", "X-Csrf-Token")',
        ),
    ],
)
def test_the_form_of_auth_is_recognised_and_its_secret_is_not_written(tmp_path, headers, brings, auth):
    first = entry("GET", "http://a.example/products", {"items": [{"id": 1}]}, brings=brings)
    file = har(tmp_path / "b.har", first, entry("POST", "http://a.example/orders", {"id": 1}, body={}, headers=headers))
    made = draft("b", har=file)
    assert f"auth = {auth}" in made.text
    assert not {SECRETS["bearer"], SECRETS["key"], "YW5uOmhvcnNlLWJhdHRlcnk=", "horse-battery"} & set(
        made.text.split('"')
    )
    begun(tmp_path, made)


def test_a_graphql_recording_becomes_queries(tmp_path):
    def asked(query, answer, **variables):
        return entry(
            "POST", "http://a.example/graphql", {"data": answer}, body={"query": query, "variables": variables}
        )

    add = "mutation ($v: ID!, $quantity: Int!) { addItem(variantId: $v, quantity: $quantity) { id } }"
    file = har(
        tmp_path / "g.har",
        asked("{ products { items { id sku } } }", {"products": {"items": [{"id": "p-12345678", "sku": "S"}]}}),
        asked(add, {"addItem": {"id": "o-1"}}, variantId="p-12345678", quantity=2),
        asked("mutation { placeOrder { id code } }", {"placeOrder": {"id": "o-1", "code": "C0DE99"}}),
        asked(
            "query ($c: String!) { orderByCode(code: $c) { code } }", {"orderByCode": {"code": "C0DE99"}}, c="C0DE99"
        ),
    )
    made = draft("g", har=file)
    assert begun(tmp_path, made).covered() == {"browse", "checkout", "order_status"}
    assert "variantId=product.id, quantity=units" in made.text
    assert 'c=errand.carried["code"]' in made.text
    assert "C0DE99" not in made.text


def test_a_collection_carries_what_its_scripts_keep(tmp_path):
    def item(name, method, path, body=None, keeps=""):
        script = [{"listen": "test", "script": {"exec": [keeps]}}] if keeps else []
        raw = {"body": {"mode": "raw", "raw": body}} if body else {}
        return {
            "name": name,
            "event": script,
            "request": {"method": method, "url": {"raw": "{{baseUrl}}" + path}, "header": [], **raw},
        }

    collection = {
        "info": {"name": "x"},
        "auth": {"type": "bearer", "bearer": [{"key": "token", "value": SECRETS["bearer"]}]},
        "variable": [{"key": "baseUrl", "value": "http://127.0.0.1:9/api"}],
        "item": [
            {"name": "shop", "item": [
                item("cart", "POST", "/carts", "{}", 'const r = pm.response.json(); pm.environment.set("cartId", r.cart.id);'),
                item("add", "POST", "/carts/{{cartId}}/lines", '{"sku": {{sku}}, "quantity": 2}'),
                item("pay", "POST", "/carts/{{cartId}}/checkout", '{"password": "{{pin}}"}', 'pm.globals.set("orderId", pm.response.json().id);'),
                item("look", "GET", "/orders/{{orderId}}"),
            ]},
            {"name": "away", "request": {"method": "GET", "url": "https://elsewhere.example/x"}},
        ],
    }  # fmt: skip
    file = tmp_path / "c.json"
    file.write_text(json.dumps(collection))
    made = draft("coll", postman=file)
    assert begun(tmp_path, made).covered() == {"checkout", "order_status"}
    assert "{carts['cart']['id']}" in made.text
    assert "{errand.carried['id']}" in made.text
    assert "{{" not in made.text
    assert SECRETS["bearer"] not in made.text
    assert 'self.secret["COLL_PIN"]' in made.text
    assert any("elsewhere.example" in line for line in made.dropped)


def test_an_empty_start_loads_and_names_what_to_fill_in(tmp_path):
    assert begun(tmp_path, draft("fresh")).covered() == {"browse", "checkout", "order_status"}


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("1x", None, "a word"),
        ("x", "{", "a HAR file"),
        ("x", "{}", "entries"),
        ("x", '{"log": {"entries": []}}', "JSON"),
    ],
)
def test_what_cannot_be_read_is_refused(tmp_path, name, text, complaint):
    file = tmp_path / "x.har"
    file.write_text(text or "{}")
    with pytest.raises(Refusal, match=complaint):
        draft(name, har=file if text else None)


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    catalogue = tmp_path_factory.mktemp("shop") / "catalogue.parquet"
    write_catalogue(catalogue)
    with serve(catalogue) as served:
        yield served


def run_check(tmp_path, monkeypatch, capsys, made, shop, *flags) -> str:
    from sim.cli.app import status

    path = tmp_path / "begun.py"
    path.write_text(made.text)
    monkeypatch.setenv("BEGUN_TOKEN", shop.token)
    status(["adapter", "check", str(path), "--host", shop.url, *flags])
    return capsys.readouterr().out


def test_a_begun_adapter_from_a_recording_of_the_shop_runs_as_it_is(shop, tmp_path, monkeypatch, capsys):
    """Real calls are recorded, an adapter is begun from them, and the check plays every journey of it against the shop."""
    entries = []

    def keep(answer: httpx.Response):
        answer.read()
        asked = answer.request
        body = json.loads(asked.content) if asked.content else None
        entries.append(
            entry(
                asked.method, str(asked.url), answer.text, status=answer.status_code, body=body, headers=asked.headers
            )
        )

    hooks = {"response": [keep]}
    with httpx.Client(
        base_url=shop.url, headers={"Authorization": f"Bearer {shop.token}"}, trust_env=False, event_hooks=hooks
    ) as browser:
        sku = browser.get("/products", params={"limit": 20}).json()["items"][1]["sku"]
        browser.get(f"/stock/{sku}")
        cart = browser.post("/carts", json={"member": None}).json()["id"]
        browser.post(f"/carts/{cart}/lines", json={"sku": sku, "quantity": 2})
        order = browser.post(f"/carts/{cart}/checkout", json={"ship_to": None}).json()["id"]
        browser.get(f"/orders/{order}")
    made = draft("begun", har=har(tmp_path / "r.har", *entries))
    assert shop.token not in made.text
    output = run_check(tmp_path, monkeypatch, capsys, made, shop)
    for journey in ("browse", "stock_check", "checkout", "order_status"):
        assert f"  {journey:<15} works" in output


def test_a_begun_adapter_from_the_shops_description_shops(shop, tmp_path, monkeypatch, capsys):
    file = tmp_path / "openapi.json"
    file.write_bytes(httpx.get(f"{shop.url}/openapi.json", trust_env=False).content)
    output = run_check(tmp_path, monkeypatch, capsys, draft("begun", openapi=file), shop, "--openapi", str(file))
    for journey in ("browse", "search", "stock_check", "checkout", "order_status", "member_lookup", "report"):
        assert f"  {journey:<15} works" in output
    assert "undocumented call" not in output


def test_undocumented_and_failing_calls_are_found(shop, tmp_path, monkeypatch, capsys):
    spec = json.loads(httpx.get(f"{shop.url}/openapi.json", trust_env=False).content)
    made = tmp_path / "whole.json"
    made.write_text(json.dumps(spec))
    del spec["paths"]["/reports/sales"]
    del spec["paths"]["/carts"]["post"]["responses"]["201"]
    half = tmp_path / "half.json"
    half.write_text(json.dumps(spec))
    output = run_check(tmp_path, monkeypatch, capsys, draft("begun", openapi=made), shop, "--openapi", str(half))
    assert "undocumented call: GET /reports/sales" in output
    assert "undocumented answer: POST /carts answered 201" in output
