"""Adapters begun from descriptions: which calls are chosen, what is carried, what is a setting; any file ends in a draft or in one line."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loadtests.adapters import load
from loadtests.adapters.draft import draft
from sim.cli.app import status
from sim.records.refusal import Refusal

ID = {"type": "string"}
LINE = {
    "type": "object",
    "required": ["variant_id", "quantity"],
    "properties": {"variant_id": ID, "quantity": {"type": "integer"}},
}
ADDRESS = {
    "type": "object",
    "properties": {"email": ID, "address": {"type": "object", "required": ["city"], "properties": {"city": ID}}},
}


def answers(schema, kind="application/json"):
    return {"200": {"description": "ok", "content": {kind: {"schema": schema}}}}


def takes(schema, kind="application/json"):
    return {"content": {kind: {"schema": schema}}}


def thing(**properties):
    return {"type": "object", "properties": properties}


def ref(name):
    return {"$ref": f"#/components/schemas/{name}"}


NUMBER = {"type": "integer"}


def shop(envelope=lambda name, inner: inner, kind="application/json", prefix=""):
    """A shop's description: products with variants, a cart, its lines and address, its order."""
    cart = envelope("cart", thing(customer=thing(id=ID), id=ID))
    order = envelope("order", thing(customer=thing(id=ID), id=ID, order_number=ID))
    product = thing(id=ID, sku=ID, variants={"type": "array", "items": thing(id=ID)})
    paths = {
        "/products": {"get": {"responses": answers(thing(data={"type": "array", "items": product}), kind)}},
        "/carts": {"post": {"responses": answers(cart, kind)}},
        "/carts/{id}/items": {"post": {"requestBody": takes(LINE, kind), "responses": answers(cart, kind)}},
        "/carts/{cart_id}/shipping-address": {
            "put": {"requestBody": takes(ADDRESS, kind), "responses": answers(cart, kind)}
        },
        "/carts/{id}/complete": {"post": {"responses": answers(order, kind)}},
        "/orders/{order_number}": {"get": {"responses": answers(order, kind)}},
    }
    return {
        "openapi": "3.0.3",
        "info": {"title": "shop", "version": "1"},
        "servers": [{"url": "https://shop.example"}],
        "paths": {prefix + path: item for path, item in paths.items()},
    }


def begun(tmp_path: Path, spec, name="begun", suffix=".json"):
    file = tmp_path / f"description{suffix}"
    file.write_text(spec if isinstance(spec, str) else json.dumps(spec))
    made = draft(name, openapi=file)
    lint(made.text, tmp_path)
    return made


def lint(text: str, tmp_path: Path) -> None:
    compile(text, "draft.py", "exec")
    file = tmp_path / "linted.py"
    file.write_text(text)
    mypy_run = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "F", str(file)],
        capture_output=True,
        text=True,
    )
    assert mypy_run.returncode == 0, mypy_run.stdout


ENVELOPES = {
    "none": lambda name, inner: inner,
    "its name": lambda name, inner: thing(**{name: inner, "customer": thing(id=ID)}),
    "data": lambda name, inner: thing(data=inner, meta=thing(id=ID)),
    "JSON:API": lambda name, inner: thing(
        data=thing(id=ID, type=ID, attributes=inner, relationships=thing(customer=thing(id=ID)))
    ),
}


@pytest.mark.parametrize("envelope", ENVELOPES)
@pytest.mark.parametrize("kind", ["application/json", "application/vnd.api+json"])
def test_a_checkout_goes_from_cart_over_line_and_address_to_the_order(tmp_path, envelope, kind):
    made = begun(tmp_path, shop(ENVELOPES[envelope], kind))
    assert made.journeys == ["browse", "checkout", "order_status"]
    checkout = made.text.split("def checkout")[1]
    order = [checkout.index(f'{path}"') for path in ("/carts", "/items", "/shipping-address", "/complete")]
    assert order == sorted(order)
    assert 'json={"variant_id": product.id, "quantity": units}' in made.text
    assert '[[item["sku"], item["variants"][0]["id"]] for item in items' in made.text
    assert "customer" not in made.text
    assert "order_number" in made.text.split("def order_status")[1]


def test_the_id_inside_cart_and_order_is_carried_and_not_the_customers(tmp_path):
    made = begun(tmp_path, shop(ENVELOPES["its name"]))
    assert "carts['cart']['id']" in made.text
    assert 'complete["order"]["order_number"]' in made.text


def test_a_parameter_that_paths_begin_with_is_a_setting(tmp_path):
    made = begun(tmp_path, shop(prefix="/{project_key}"))
    assert made.journeys == ["browse", "checkout", "order_status"]
    assert "BEGUN_PROJECT_KEY" in made.variables
    assert "f\"/{self.setting['BEGUN_PROJECT_KEY']}/carts\"" in made.text
    file = tmp_path / "begun.py"
    file.write_text(made.text)
    adapter = load(str(file))(None, "run")
    with pytest.raises(Refusal, match="BEGUN_PROJECT_KEY"):
        adapter.headers({})
    adapter.headers({"BEGUN_PROJECT_KEY": "mine"})
    assert adapter.setting["BEGUN_PROJECT_KEY"] == "mine"


def test_a_parameter_of_the_server_is_a_setting_with_its_default(tmp_path):
    spec = shop()
    spec["servers"] = [
        {
            "url": "https://api.{region}.shop.example/stores/{store}/v3",
            "variables": {"store": {"default": "s1"}, "region": {"default": "eu"}},
        }
    ]
    made = begun(tmp_path, spec)
    assert 'settings = {"BEGUN_STORE": "s1"}' in made.text
    assert "f\"/stores/{self.setting['BEGUN_STORE']}/v3/products\"" in made.text
    assert made.host == "https://api.eu.shop.example"


def test_a_key_header_beside_a_scheme_becomes_a_variable(tmp_path):
    spec = shop()
    spec["components"] = {"securitySchemes": {"shopper": {"type": "http", "scheme": "bearer"}}}
    for item in spec["paths"].values():
        item["parameters"] = [{"name": "x-shop-api-key", "in": "header", "required": True, "schema": ID}]
    made = begun(tmp_path, spec)
    assert 'auth = Bearer("BEGUN_TOKEN")' in made.text
    assert 'headers={"x-shop-api-key": self.secret["BEGUN_X_SHOP_API_KEY"]}' in made.text


def test_a_version_and_actions_are_carried_from_answer_to_answer(tmp_path):
    spec = shop()
    cart = thing(id=ID, version={"type": "integer"})
    names = {"addCustomLineItem": "Custom", "addLineItem": "Add", "setShippingAddress": "Address"}
    mapping = {action: f"#/components/schemas/{name}" for action, name in names.items()}
    update = thing(version=NUMBER, actions={"type": "array", "items": ref("Action")}) | {
        "required": ["version", "actions"]
    }
    order = thing(version=NUMBER, cart=thing(typeId=ID, id=ID)) | {"required": ["version"]}
    spec["components"] = {
        "schemas": {
            "Action": {"type": "object", "discriminator": {"propertyName": "action", "mapping": mapping}},
            "Custom": thing(action=ID, name=ID),
            "Add": thing(action=ID, sku=ID, quantity=NUMBER),
            "Address": thing(action=ID, address=thing(city=ID)),
        }
    }
    spec["paths"] = {
        "/products": spec["paths"]["/products"],
        "/carts": {"post": {"responses": answers(cart)}},
        "/carts/{ID}": {"post": {"requestBody": takes(update), "responses": answers(cart)}},
        "/orders": {"post": {"requestBody": takes(order), "responses": answers(thing(id=ID))}},
    }
    made = begun(tmp_path, spec)
    assert (
        '{"version": carts["version"], "actions": [{"action": "addLineItem", "sku": product.code, "quantity": units}'
        in made.text
    )
    assert '"version": carts_2["version"], "actions": [{"action": "setShippingAddress"' in made.text
    assert '{"version": carts_3["version"], "cart": {"typeId": "cart", "id": carts["id"]}}' in made.text


def test_two_calls_that_take_from_one_another_use_no_variable_before_it_is_assigned(tmp_path):
    spec = shop()
    spec["paths"] = {
        "/orders": {
            "post": {"requestBody": takes(thing(address_id=ID)), "responses": answers(thing(id=ID, address_id=ID))}
        },
        "/orders/{order_id}/shipping_addresses": {
            "put": {"requestBody": takes(thing(city=ID)), "responses": answers(thing(id=ID))}
        },
    }
    made = begun(tmp_path, spec)
    assert made.text.index("shipping_addresses = ") < made.text.index('{"address_id": shipping_addresses["id"]}')


def test_without_a_list_of_products_a_file_of_them_is_asked_for(tmp_path, monkeypatch):
    spec = shop()
    del spec["paths"]["/products"]
    made = begun(tmp_path, spec)
    assert "RETAIL_LAB_POOL_SKUS" in made.variables
    assert any("a list of products" in line for line in made.dropped)
    file, pool = tmp_path / "begun.py", tmp_path / "skus.csv"
    file.write_text(made.text)
    pool.write_text("sku,product\nA,4711\n")
    adapter = load(str(file))(None, "run")
    adapter.headers({"RETAIL_LAB_POOL_SKUS": str(pool)})
    assert adapter.discover(None) == {"products": [["4711", "4711"]]}
    with pytest.raises(Refusal, match="sku, product"):
        load(str(file))(None, "run").headers({})


def test_unquoted_dates_and_words_of_yaml_stay_text(tmp_path):
    spec = shop()
    params = """
      parameters:
      - {name: since, in: query, required: true, example: 2016-11-16T00:00:00Z}
      - {name: day, in: query, required: true, schema: {type: string, example: 2026-05-01}}
      - {name: country, in: query, required: true, schema: {type: string, enum: [no]}}
"""
    text = yaml.safe_dump(spec).replace("  /products:\n    get:\n", f"  /products:\n    get:{params}")
    made = begun(tmp_path, text, suffix=".yaml")
    assert 'params={"since": "2016-11-16T00:00:00Z", "day": "2026-05-01", "country": "no"}' in made.text


def test_a_description_may_be_split_over_files_that_name_one_another(tmp_path):
    spec = shop()
    (tmp_path / "paths").mkdir()
    (tmp_path / "paths" / "carts.yaml").write_text(yaml.safe_dump(spec["paths"].pop("/carts")))
    (tmp_path / "paths" / "order.json").write_text(
        json.dumps(
            {"item": spec["paths"].pop("/orders/{order_number}"), "Order": {"$ref": "../description.json#/info"}}
        )
    )
    spec["paths"]["/carts"] = {"$ref": "paths/carts.yaml"}
    spec["paths"]["/orders/{order_number}"] = {"$ref": "paths/order.json#/item"}
    spec["x-samples"] = {"$ref": "nowhere.py"}
    assert begun(tmp_path, spec).journeys == ["browse", "checkout", "order_status"]
    (tmp_path / "paths" / "carts.yaml").unlink()
    with pytest.raises(Refusal, match=r"carts\.yaml: expected a file that is there \(description\.json names it\)"):
        begun(tmp_path, spec)


def test_a_reference_over_the_network_is_never_followed_and_is_listed(tmp_path):
    spec = shop()
    spec["paths"]["/carts"]["post"]["responses"] = answers({"$ref": "http://127.0.0.1:9/cart.json#/Cart"})
    made = begun(tmp_path, spec)
    assert any("http://127.0.0.1:9/cart.json" in line for line in made.dropped)


def test_swagger_2_is_read(tmp_path):
    def gives(schema):
        return {"200": {"schema": schema}}

    line = {"in": "body", "name": "body", "schema": {"$ref": "#/definitions/Line"}}
    email = {"in": "formData", "name": "email", "type": "string", "required": True}
    products = {"type": "array", "items": thing(id=ID, sku=ID)}
    order = {"$ref": "#/definitions/Order"}
    spec = {
        "swagger": "2.0",
        "info": {"title": "shop", "version": "1"},
        "host": "shop.example",
        "basePath": "/v1",
        "schemes": ["https"],
        "securityDefinitions": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}},
        "definitions": {"Cart": thing(id=ID), "Line": LINE, "Order": thing(id=ID)},
        "paths": {
            "/products": {"get": {"responses": gives(products)}},
            "/carts": {"post": {"responses": gives({"$ref": "#/definitions/Cart"})}},
            "/carts/{id}/items": {"post": {"parameters": [line], "responses": {}}},
            "/carts/{id}/checkout": {"post": {"parameters": [email], "responses": gives(order)}},
            "/orders/{id}": {"get": {"responses": gives(order)}},
        },
    }
    made = begun(tmp_path, spec)
    assert made.journeys == ["browse", "checkout", "order_status"]
    assert made.host == "https://shop.example"
    assert 'auth = ApiKey("BEGUN_KEY", "X-Key")' in made.text
    assert 'errand.get("products", "/v1/products").json' in made.text
    assert 'form={"email": f"{self.run_id}.{errand.row}@example.com"}' in made.text


def test_openapi_3_1_and_alternatives_are_read(tmp_path):
    spec = shop()
    spec["openapi"], spec["webhooks"] = "3.1.0", {"made": {"post": {"responses": {}}}}
    quantity = {"anyOf": [{"type": "null"}, {"type": "integer"}]}
    line = {
        "type": ["object", "null"],
        "required": ["variant_id", "quantity", "kind"],
        "properties": {"variant_id": {"type": ["string", "null"]}, "quantity": quantity, "kind": {"const": "goods"}},
    }
    spec["paths"]["/carts/{id}/items"]["post"]["requestBody"] = takes({"allOf": [line, {"type": "object"}]})
    spec["paths"]["/carts/{id}/complete"]["post"]["responses"] = answers(
        {"oneOf": [thing(type=ID, order=thing(id=ID)), thing(type=ID, cart=thing(id=ID))]}
    )
    made = begun(tmp_path, spec)
    assert '{"variant_id": product.id, "quantity": units, "kind": "goods"}' in made.text
    assert 'complete["order"]["id"]' in made.text


@pytest.mark.parametrize(
    "text",
    [
        '{"openapi": "3.0.0", "paths": {"/p": "x"}}',
        "[" * 100_000,
        '{"a":' * 100_000,
        "x: !!timestamp abc",
        "faults: &a [*a]",
        "paths: &a {/p: *a}",
        "a: !!python/object:os.system x",
        "- 1",
        "",
        "{",
        "paths: {/p: {get: {responses: {200: {$ref: '#/x'}}, parameters: 3}}}",
    ],
)
def test_what_is_no_description_is_refused_in_one_line_and_at_once(tmp_path, capsys, text):
    file, out = tmp_path / "o.yaml", tmp_path / "x.py"
    file.write_text(text)
    began = time.perf_counter()
    ended = status(["adapter", "new", "x", "--openapi", str(file), "--out", str(out)])
    assert time.perf_counter() - began < 5
    message = capsys.readouterr().err.strip()
    assert ended == 64 or out.exists()
    assert "\n" not in message
    assert "Traceback" not in message


def test_a_bomb_of_aliases_is_refused_at_once(tmp_path):
    lines = ["z0: &l0 [x,x,x,x,x,x,x,x,x]"] + [f"z{k}: &l{k} [{','.join([f'*l{k - 1}'] * 9)}]" for k in range(1, 12)]
    with pytest.raises(Refusal, match=r"aliases \(\*name\) written out"):
        begun(tmp_path, "\n".join([*lines, "paths: {}"]), suffix=".yaml")


def test_schemas_that_hold_themselves_end(tmp_path):
    spec = shop()
    node = thing(id=ID, node=ref("Node")) | {"required": ["id", "node"]}
    spec["components"] = {"schemas": {"Node": node, "Loop": ref("Loop"), "All": {"allOf": [ref("All")]}}}
    for name in ("Node", "Loop", "All"):
        spec["paths"]["/carts/{cart_id}/shipping-address"]["put"]["requestBody"] = takes(
            {"$ref": f"#/components/schemas/{name}"}
        )
        assert begun(tmp_path, spec).journeys == ["browse", "checkout", "order_status"]


def test_time_grows_with_the_operations_and_not_with_their_square(tmp_path, capsys):
    def seconds(count):
        spec = shop()
        plain = {f"f{j}": ID for j in range(8)}
        schemas = {
            f"T{k}": thing(id=ID, **plain, **{f"r{j}": ref(f"T{(k * 7 + j) % count}") for j in range(3)})
            for k in range(count)
        }
        spec["components"] = {"schemas": schemas}
        for k in range(count):
            spec["paths"][f"/orders{k}"] = {"post": {"responses": answers({"$ref": f"#/components/schemas/T{k}"})}}
            spec["paths"][f"/orders{k}/{{id}}"] = {
                "get": {"responses": answers({"$ref": f"#/components/schemas/T{k}"})}
            }
        file = tmp_path / f"{count}.json"
        file.write_text(json.dumps(spec))
        began = time.process_time()
        draft("begun", openapi=file)
        return time.process_time() - began

    assert seconds(2000) < 20
    assert "operations read" in capsys.readouterr().err


MUTANTS = st.one_of(
    st.none(),
    st.integers(),
    st.text(max_size=5),
    st.builds(list),
    st.builds(dict),
    st.builds(lambda: {"$ref": "#/paths"}),
    st.booleans(),
)


def places(value, at=()):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield (*at, key)
            yield from places(inner, (*at, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield (*at, index)
            yield from places(inner, (*at, index))


WHOLE = shop(ENVELOPES["its name"])
WHOLE["paths"]["/products"]["get"]["parameters"] = [{"name": "q", "in": "query", "required": True, "schema": ID}]
WHOLE["components"] = {
    "securitySchemes": {
        "a": {"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "https://a.example/token"}}}
    }
}
WHOLE["security"] = [{"a": []}]
PLACES = list(places(WHOLE))


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(PLACES), st.one_of(st.just(...), MUTANTS)), min_size=1, max_size=3))
def test_any_wrong_description_ends_in_a_draft_that_compiles_or_in_a_refusal(tmp_path, changes):
    spec = copy.deepcopy(WHOLE)
    for at, instead in changes:
        holder = spec
        try:
            for key in at[:-1]:
                holder = holder[key]
            if instead is ...:
                del holder[at[-1]]
            else:
                holder[at[-1]] = instead
        except (KeyError, TypeError, IndexError):
            continue
    file = tmp_path / "mutant.json"
    file.write_text(json.dumps(spec))
    try:
        text = draft("begun", openapi=file).text
    except Refusal as refusal:
        text, message = "", str(refusal)
        assert "\n" not in message
    compile(text, "draft.py", "exec")
    if text:
        (tmp_path / "begun.py").write_text(text)
        load(str(tmp_path / "begun.py"))
