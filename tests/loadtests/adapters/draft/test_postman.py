"""Adapters begun from Postman collections: hosts, variables, bodies and auth in the forms that published collections have."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from loadtests.adapters.draft import draft, postman
from sim.cli import app
from sim.records.refusal import Refusal


@pytest.fixture
def collected(tmp_path):
    """Writes a collection; the file's path."""

    def collected(*items, **more):
        path = tmp_path / "c.json"
        path.write_text(json.dumps({"info": {"name": "made up"}, "item": list(items), **more}))
        return path

    return collected


def item(method, url, **more):
    answer = more.pop("answer", None)
    keeps = more.pop("keeps", "")
    saved = {"response": [{"code": 200, "body": json.dumps(answer)}]} if answer is not None else {}
    script = {"event": [{"listen": "test", "script": {"exec": [keeps]}}]} if keeps else {}
    return {"name": f"{method} {url}", "request": {"method": method, "url": url, **more}, **saved, **script}


def raw(text):
    return {"mode": "raw", "raw": text}


def lint(text, tmp_path):
    """Every draft compiles and holds no undefined name."""
    compile(text, "draft", "exec")
    path = tmp_path / "linted.py"
    path.write_text(text)
    mypy_run = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "F", str(path)],
        capture_output=True,
        text=True,
    )
    assert mypy_run.returncode == 0, mypy_run.stdout


def test_the_host_with_the_most_calls_is_the_base_and_another_that_a_journey_needs_is_a_setting(collected, tmp_path):
    made = draft(
        "x",
        postman=collected(
            item("POST", {"raw": "{{auth_url}}/oauth/token?grant_type=client_credentials"}),
            item("GET", {"raw": "{{api_url}}/products"}),
            item("POST", {"raw": "{{api_url}}/carts"}, body=raw('{"sku": "A1", "quantity": 1}')),
            item("GET", "https://stock.example/inventory"),
            item("GET", "https://tracker.example/beat"),
        ),
    )
    assert made.journeys == ["browse", "stock_check", "checkout"]
    assert 'ClientCredentials("/oauth/token", "X_CLIENT", "X_SECRET", at="auth")' in made.text
    assert 'elsewhere = {"auth": "X_AUTH_URL", "stock": "X_STOCK_URL"}' in made.text
    assert 'errand.get("inventory", "/inventory", at="stock")' in made.text
    assert {"X_AUTH_URL", "X_STOCK_URL"} <= set(made.variables)
    assert any("https://tracker.example (another host)" in line for line in made.dropped)
    lint(made.text, tmp_path)


@pytest.mark.parametrize(
    ("url", "origin", "path"),
    [
        ("https://a.example:8443/v1/products", "https://a.example:8443", "/v1/products"),
        ("a.example:8080/products", "https://a.example:8080", "/products"),
        ("localhost:9000/products", "http://localhost:9000", "/products"),
        ("{{base}}/products", "{{base}}", "/products"),
        ("{{ base-url }}/products", "{{base_url}}", "/products"),
        ("{{host}}:{{port}}/products", "https://{{host}}:{{port}}", "/products"),
        ("https://{{account}}.shop.example/products", "https://{{account}}.shop.example", "/products"),
        ("/products", "", "/products"),
        ({"host": ["a", "example"], "path": ["v1", "products"], "port": "81"}, "https://a.example:81", "/v1/products"),
        ({"protocol": "http", "host": "a.example", "path": "/products"}, "http://a.example", "/products"),
        ({"host": ["{{base}}"], "path": ["{{version}}", "products"]}, "{{base}}", "/{{version}}/products"),
        ({"raw": "{{base}}//products/:id", "variable": [{"key": "id", "value": ""}]}, "{{base}}", "/products/{{id}}"),
    ],
)
def test_addresses_in_every_form_are_taken_apart(url, origin, path):
    assert postman._address(postman._named(url), {})[:2] == (origin, path)


def test_variables_are_read_from_the_environment_and_values_of_the_collection_are_used(collected, tmp_path):
    made = draft(
        "x",
        postman=collected(
            item(
                "GET",
                "{{root}}/{{project-key}}/products?channel={{channel}}",
                header=[{"key": "X-Trace", "value": "{{$guid}}"}],
            ),
            item(
                "POST",
                "{{root}}/carts",
                body=raw('{"ref": "V1-{{tag}}", "at": {{$timestamp}}, /* comment */ "sku": {{sku}}, "quantity": 1,}'),
            ),
            variable=[
                {"key": "root", "value": "https://{{account}}.example"},
                {"key": "account", "value": "demo"},
                {"key": "channel", "value": "web"},
                {"key": "api_key", "value": "a81f0c77e1d94b5f9c0be2a3d4f5a6b7"},
            ],
        ),
    )
    assert made.host == "https://demo.example"
    assert "f\"/{self.secret['X_PROJECT_KEY']}/products\"" in made.text
    assert '"channel": "web"' in made.text
    assert "f\"V1-{self.secret['X_TAG']}\"" in made.text
    assert '"sku": product.id' in made.text
    assert "{{" not in made.text
    assert {"X_PROJECT_KEY", "X_TAG"} <= set(made.variables)
    lint(made.text, tmp_path)


IN_QUERY = {
    "type": "apikey",
    "apikey": [
        {"key": key, "value": value} for key, value in {"key": "api_key", "value": "{{k}}", "in": "query"}.items()
    ],
}


@pytest.mark.parametrize(
    ("auth", "written"),
    [
        ({"type": "bearer", "bearer": {"token": "{{token}}"}}, 'Bearer("X_TOKEN")'),
        ({"type": "bearer", "bearer": [{"key": "token", "value": "{{token}}"}]}, 'Bearer("X_TOKEN")'),
        ({"type": "basic", "basic": {"username": "u", "password": "p"}}, 'Basic("X_USER", "X_PASSWORD")'),
        ({"type": "oauth2", "oauth2": {"accessToken": "{{t}}"}}, 'Bearer("X_TOKEN")'),
        ({"type": "apikey", "apikey": {"key": "X-Api-Key", "value": "{{k}}"}}, 'ApiKey("X_KEY", "X-Api-Key")'),
        (IN_QUERY, 'KeyParameter("X_KEY", "api_key")'),
    ],
)  # fmt: skip
@pytest.mark.parametrize("level", ["collection", "folder", "request"])
def test_auth_in_the_forms_of_both_formats_and_at_every_level(collected, tmp_path, auth, written, level):
    request = item("GET", "https://a.example/products")
    if level == "request":
        request["request"]["auth"] = auth
    folder = {"name": "f", "item": [{"name": "g", "item": [request]}], **({"auth": auth} if level == "folder" else {})}
    made = draft("x", postman=collected(folder, **({"auth": auth} if level == "collection" else {})))
    assert f"auth = {written}" in made.text
    lint(made.text, tmp_path)


def test_a_token_that_a_script_keeps_is_fetched_and_the_clients_own_proof_is_not_the_shoppers(collected):
    token = item(
        "POST", "https://a.example/oauth/token",
        body={"mode": "urlencoded", "urlencoded": [{"key": "grant_type", "value": "client_credentials"}]},
        auth={"type": "basic", "basic": {"username": "u", "password": "p"}},
        keeps='var res = pm.response.json();\npm.environment.set("part", parts[1]);\npm.environment.set("ctp-token", res.access_token)',
    )  # fmt: skip
    anonymous = json.loads(json.dumps(token).replace("/oauth/", "/oauth/{{project}}/"))
    listed = item("GET", "https://a.example/products")
    made = draft(
        "x",
        postman=collected(
            token, anonymous, listed, auth={"type": "oauth2", "oauth2": {"accessToken": "{{ctp-token}}"}}
        ),
    )
    assert 'auth = ClientCredentials("/oauth/token", "X_CLIENT", "X_SECRET")' in made.text


def test_a_password_equal_to_another_word_is_named_by_its_place(collected, tmp_path):
    fields = [{"key": "username", "value": "admin"}, {"key": "password", "value": "shopper"}]
    made = draft(
        "shopper",
        postman=collected(
            item("POST", {"raw": "https://shop.example/login"}, body={"mode": "urlencoded", "urlencoded": fields}),
            item("GET", "https://shop.example/shopper/products"),
            item("POST", "https://shop.example/carts", body=raw('{"role": "shopper", "sku": "A"}')),
        ),
    )
    assert 'Login("/login", "SHOPPER_USER", "SHOPPER_PASSWORD", fields=("username", "password")' in made.text
    assert 'name = "shopper"' in made.text
    assert '"/shopper/products"' in made.text
    assert '"role": self.secret["SHOPPER_ROLE"]' in made.text
    lint(made.text, tmp_path)


def test_saved_answers_carry_ids_and_a_saved_id_that_no_answer_brought_is_a_variable(collected, tmp_path):
    def variable(value):
        return [{"key": "cartId", "value": value}]

    made = draft(
        "x",
        postman=collected(
            item("POST", "https://a.example/carts", answer={"id": "crt-1"}),
            item("POST", {"raw": "https://a.example/carts/:cartId/order", "variable": variable("crt-1")}),
            item("POST", {"raw": "https://a.example/carts/:cartId/payment", "variable": variable("old-7")}),
        ),
    )
    assert "f\"/carts/{carts['id']}/order\"" in made.text
    assert "old-7" not in made.text
    assert "f\"/carts/{self.secret['X_CART_ID']}/payment\"" in made.text
    lint(made.text, tmp_path)


def test_forms_graphql_and_disabled_parts_are_read_and_what_is_not_is_listed(collected, tmp_path):
    form = [
        {"key": "sku", "value": "A"},
        {"key": "quantity", "value": "1"},
        {"key": "old", "value": "1", "disabled": True},
        {"key": "photo", "type": "file"},
    ]
    query = "query ($first: Int) { products(first: $first) { id } }"
    made = draft(
        "x",
        postman=collected(
            item("POST", "https://a.example/carts", body={"mode": "formdata", "formdata": form}),
            item(
                "POST",
                "https://a.example/{{shop}}/graphql",
                body={"mode": "graphql", "graphql": {"query": query, "variables": '{"first": {{n}}}'}},
            ),
            item(
                "GET",
                {
                    "raw": "https://a.example/orders?a=1&b=2",
                    "query": [{"key": "a", "value": "1", "disabled": True}, {"key": "b", "value": "2"}],
                },
            ),
            item("POST", "https://a.example/orders", body=raw("<xml/>")),
            item("DELETE", "https://a.example/carts/1"),
            {"name": "plain", "request": "https://a.example/items"},
        ),
    )
    assert 'form={"sku": product.code, "quantity": units}' in made.text
    assert 'params={"b": "2"}' in made.text
    assert "def endpoint(self):" in made.text
    assert {"files in forms: 1 call", "bodies that are no JSON: 1 call"} <= set(made.dropped)
    assert any(line.startswith("DELETE") for line in made.dropped)
    lint(made.text, tmp_path)


def test_a_collection_without_a_journey_lists_its_calls_and_ends_with_status_2(collected, tmp_path, capsys):
    path = collected(item("GET", "https://a.example/health"), item("PUT", "https://a.example/faults"))
    assert app.status(["adapter", "new", "x", "--postman", str(path), "--out", str(tmp_path / "x.py")]) == 2
    output = capsys.readouterr().out
    assert "left out: no journey: 2 calls: GET /health, PUT /faults" in output
    assert "no journey was found" in output
    lint((tmp_path / "x.py").read_text(), tmp_path)


ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["", "{{a}}", "{{$guid}}", 'a"b', "https://a.example/carts", "/p/{x}"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["raw", "host", "path", "key", "value", "mode", "query", "type", "bearer", "urlencoded"]), inner, max_size=4),
    max_leaves=8,
)  # fmt: skip


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(url=ODD, header=ODD, body=ODD, auth=ODD, response=ODD, event=ODD, variable=ODD)
def test_parts_of_any_type_make_a_draft_that_compiles_or_are_refused(
    collected, url, header, body, auth, response, event, variable
):
    odd = {
        "name": 1,
        "request": {"method": "POST", "url": url, "header": header, "body": body, "auth": auth},
        "response": response,
        "event": event,
    }
    try:
        made = draft(
            "x",
            postman=collected(
                odd, item("POST", "https://a.example/carts", body=raw(json.dumps(body))), variable=variable
            ),
        )
    except Refusal:
        return
    compile(made.text, "draft", "exec")
