"""A shopper's way on each platform is recorded, and the draft that is made of the recording plays it without a hand's change."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from loadtests.adapters.draft import draft

pytestmark = pytest.mark.platforms

CART = "fragment Cart on Order { id code state lines { id quantity } }\n"
FAILED = "... on ErrorResult { errorCode message }"
ACCOUNT = {"username": "shopper7", "password": "only-on-loopback"}
ADDRESS = {
    "first_name": "Ann",
    "last_name": "Real",
    "line1": "9 Real Street",
    "line4": "Shanghai",
    "postcode": "200000",
}


class Browser:
    """Keeps every exchange of a client as an entry of a HAR."""

    def __init__(self, url: str):
        self.entries: list[dict] = []
        self.client = httpx.Client(base_url=url, trust_env=False, event_hooks={"response": [self._keep]})

    def _keep(self, answer: httpx.Response) -> None:
        answer.read()
        asked = answer.request
        kind = asked.headers.get("content-type")
        post = {"postData": {"mimeType": kind, "text": asked.content.decode()}} if asked.content else {}
        self.entries.append(
            {
                "request": {"method": asked.method, "url": str(asked.url), "headers": _pairs(asked.headers), **post},
                "response": {
                    "status": answer.status_code,
                    "headers": _pairs(answer.headers),
                    "content": {"mimeType": answer.headers.get("content-type"), "text": answer.text},
                },
            }
        )

    def write(self, path: Path) -> Path:
        path.write_text(json.dumps({"log": {"entries": self.entries}}))
        return path


def _pairs(headers: httpx.Headers) -> list[dict]:
    return [{"name": name, "value": value} for name, value in headers.multi_items()]


def shop_on_vendure(browser: Browser) -> None:
    def ask(query, **variables):
        answer = browser.client.post("/shop-api", json={"query": query, "variables": variables})
        if token := answer.headers.get("vendure-auth-token"):
            browser.client.headers["Authorization"] = f"Bearer {token}"
        return next(iter(answer.json()["data"].values()))

    listed = ask("{ products(options: {take: 20}) { items { id name variants { id sku } } } }")
    for item in listed["items"][3:5]:
        ask(
            f"{CART}mutation ($id: ID!, $n: Int!) {{ addItemToOrder(productVariantId: $id, quantity: $n) {{ ...Cart {FAILED} }} }}",
            id=item["variants"][0]["id"],
            n=1,
        )
    who = {"firstName": "Ann", "lastName": "Real", "emailAddress": "ann@corp.example"}
    ask(
        f"mutation ($who: CreateCustomerInput!) {{ setCustomerForOrder(input: $who) {{ __typename {FAILED} }} }}",
        who=who,
    )
    where = {"streetLine1": "9 Real Street", "city": "Shanghai", "postalCode": "200000", "countryCode": "CN"}
    ask(
        f"mutation ($to: CreateAddressInput!) {{ setOrderShippingAddress(input: $to) {{ __typename {FAILED} }} }}",
        to=where,
    )
    method = ask("{ eligibleShippingMethods { id name } }")[0]["id"]
    ask(
        f"mutation ($ids: [ID!]!) {{ setOrderShippingMethod(shippingMethodId: $ids) {{ __typename {FAILED} }} }}",
        ids=[method],
    )
    ask(f'mutation {{ transitionOrderToState(state: "ArrangingPayment") {{ __typename {FAILED} }} }}')
    pay = f'{CART}mutation {{ addPaymentToOrder(input: {{method: "paid", metadata: {{}}}}) {{ ...Cart {FAILED} }} }}'
    ask(f"{CART}query ($code: String!) {{ orderByCode(code: $code) {{ ...Cart }} }}", code=ask(pay)["code"])


def shop_on_oscar(browser: Browser) -> None:
    def send(method, path, body=None):
        csrf = browser.client.cookies.get("csrftoken")
        headers = {"X-CSRFToken": csrf} if csrf and method != "GET" else {}
        return browser.client.request(method, path, json=body, headers=headers).json()

    first, second = send("GET", "/api/products/")["results"][3:5]
    send("GET", first["url"])
    send("GET", f"{first['url']}availability/")
    send("POST", "/api/login/", ACCOUNT)
    for product in (first, second):
        send("POST", "/api/basket/add-product/", {"url": product["url"], "quantity": 1})
    basket = send("GET", "/api/basket/")["url"]
    country = send("GET", "/api/countries/")["results"][0]["url"]
    order = send("POST", "/api/checkout/", {"basket": basket, "shipping_address": {"country": country, **ADDRESS}})
    send("GET", order["url"])


WAYS = {
    "vendure": (shop_on_vendure, ("browse", "checkout", "order_status")),
    "oscar": (shop_on_oscar, ("browse", "stock_check", "checkout", "order_status")),
}


def test_a_draft_of_a_recording_plays_without_a_hands_change(platform, tmp_path):
    from sim.cli.app import app

    name, served = platform
    way, journeys = WAYS[name]
    browser = Browser(served.url)
    with browser.client:
        way(browser)
    made = draft("begun", har=browser.write(tmp_path / "r.har"))
    assert "Real" not in made.text
    assert ACCOUNT["password"] not in made.text
    file = tmp_path / "begun.py"
    file.write_text(made.text)
    output = (
        CliRunner().invoke(app, ["adapter", "check", str(file), "--host", served.url], env=served.environment).output
    )
    for journey in journeys:
        assert f"  {journey:<15} works" in output, output
    assert ("order was shown to another shopper" in output) is (name == "vendure")
