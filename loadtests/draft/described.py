"""Calls as an OpenAPI file describes them, with answers made from its schemas: what one call returns and another takes is the same marker."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from loadtests.draft.calls import Call, Recording
from loadtests.draft.code import SKU
from loadtests.draft.openapi import Documented, Operation

DEEPEST = 6


def read(path: Path, name: str) -> Recording:
    """name: prefix of the environment variables that hold its secrets. Raises `Refusal`."""
    documented = Documented.read(path)
    spec = documented.spec
    auth, variables = _auth(spec, name)
    calls = [_call(each, documented) for each in documented.operations]
    server = (spec.get("servers") or [{}])[0].get("url", "")
    host = "{0.scheme}://{0.netloc}".format(urlsplit(server)) if "://" in server else ""
    return Recording(calls, host, (), auth, variables, ordered=False)


def _call(operation: Operation, documented: Documented) -> Call:
    spec, what = documented.spec, operation.what
    params = [_resolve(each, spec) for each in what.get("parameters", [])]
    query = [
        (each["name"], _example(each.get("schema", each), spec, each["name"]))
        for each in params
        if each.get("in") == "query" and each.get("required")
    ]
    headers = {
        each["name"].lower(): f"<{each['name']}>"
        for each in params
        if each.get("in") == "header" and each.get("required")
    }
    content = _resolve(what.get("requestBody") or {}, spec).get("content", {})
    body = next((each for kind, each in content.items() if "json" in kind), None)
    held = _example(body.get("schema", {}), spec, "") if body else None
    form = content.get("application/x-www-form-urlencoded")
    answer, returned = _answer(operation, spec)
    if operation.method in ("POST", "GET") and isinstance(answer, dict):
        _mark(answer, operation, returned, documented)
    return Call(
        operation.method,
        documented.base_path + _marked(operation.template),
        tuple((key, str(value)) for key, value in query),
        headers,
        held,
        _example(form["schema"], spec, "") if form and held is None else None,
        answer,
    )


def _marked(template: str) -> str:
    """A path whose parameters are the markers of what they name: `/carts/{cart}` is `/carts/<carts>`, but `/stock/{sku}` is `/stock/<sku>`."""
    return re.sub(
        r"([\w-]+)/\{([^}]*)\}",
        lambda found: f"{found[1]}/<{found[2] if SKU.search(found[2]) else found[1]}>",
        template,
    )


def _mark(answer: dict[str, Any], operation: Operation, returned: str, documented: Documented) -> None:
    """Put into an answer the markers that other calls take: of its own collection, or of the one whose things look like this answer."""
    nouns = {
        found[1]
        for each in documented.operations
        for found in [re.fullmatch(r".*?([\w-]+)/\{[^}]*\}", each.template)]
        if found and each.method == "GET" and returned and _answer(each, documented.spec)[1] == returned
    }
    own = operation.template.rstrip("/").rpartition("/")[2]
    if operation.method == "POST" and "{" not in own:
        nouns = nouns or {own}
    for noun in nouns if operation.method == "POST" else ():
        key = next(
            (
                key
                for key in ("id", f"{noun.rstrip('s')}_id", f"{noun.rstrip('s')}Id", "number", "code", "uuid")
                if key in answer
            ),
            None,
        )
        if key:
            answer[key] = f"<{noun}>"
    if operation.method == "GET" and "{" not in own:
        for key in answer:
            items = answer[key]
            if isinstance(items, list) and items and isinstance(items[0], dict):
                found = next((each for each in ("sku", "code", "id", "number", "slug") if each in items[0]), None)
                if found:
                    items[0][found] = f"<{own}>"


def _answer(operation: Operation, spec: dict[str, Any]) -> tuple[Any, str]:
    """An example of the first good answer, and the name of its schema."""
    for status, said in sorted(operation.what.get("responses", {}).items(), key=lambda each: str(each[0])):
        if str(status).startswith("2"):
            content = _resolve(said, spec).get("content", {})
            schema = next((each.get("schema", {}) for kind, each in content.items() if "json" in kind), {})
            return _example(schema, spec, "", every=True), schema.get("$ref", "")
    return None, ""


def _example(schema: Any, spec: dict[str, Any], key: str, every: bool = False, depth: int = 0) -> Any:
    """A value that a schema allows: only what is required, or everything."""
    schema = _resolve(schema, spec)
    if depth > DEEPEST:
        return None
    for given in ("example", "default", "const"):
        if schema.get(given) is not None:
            return schema[given]
    if schema.get("enum"):
        return schema["enum"][0]
    parts = [_resolve(each, spec) for each in schema.get("anyOf") or schema.get("oneOf") or []]
    if parts:
        return _example(next((each for each in parts if each.get("type") != "null"), {}), spec, key, every, depth + 1)
    properties = dict(_properties(schema, spec))
    if properties:
        optional = {name for name, each in properties.items() if _nullable(each, spec)}
        needed = set(properties) if every else set(schema.get("required") or set(properties) - optional)
        return {
            name: _example(each, spec, name, every, depth + 1) for name, each in properties.items() if name in needed
        }
    match schema.get("type"):
        case "array":
            return [_example(schema.get("items", {}), spec, key, every, depth + 1)]
        case "integer":
            return max(int(schema.get("minimum", 1)), 1)
        case "number":
            return 1.0
        case "boolean":
            return False
        case "string":
            return f"({key or 'text'})"
    return {} if every else None


def _nullable(schema: Any, spec: dict[str, Any]) -> bool:
    schema = _resolve(schema, spec)
    return bool(schema.get("nullable")) or any(
        _resolve(each, spec).get("type") == "null" for each in schema.get("anyOf", [])
    )


def _properties(schema: dict[str, Any], spec: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for part in schema.get("allOf", []):
        yield from _properties(_resolve(part, spec), spec)
    yield from schema.get("properties", {}).items()


def _resolve(what: Any, spec: dict[str, Any]) -> dict[str, Any]:
    for _ in range(DEEPEST):
        if not isinstance(what, dict) or "$ref" not in what:
            break
        found: Any = spec
        for key in what["$ref"].removeprefix("#/").split("/"):
            found = found.get(key.replace("~1", "/"), {}) if isinstance(found, dict) else {}
        what = found
    return what if isinstance(what, dict) else {}


def _auth(spec: dict[str, Any], name: str) -> tuple[str, list[str]]:
    """The first security scheme as an adapter's `auth`, and the variables it reads."""
    schemes = (spec.get("components") or {}).get("securitySchemes") or spec.get("securityDefinitions") or {}
    for scheme in (_resolve(each, spec) for each in schemes.values()):
        kind, how = scheme.get("type"), str(scheme.get("scheme", "")).lower()
        if kind == "apiKey":
            form = "KeyParameter" if scheme.get("in") == "query" else "ApiKey"
            return f'{form}("{name}_KEY", "{scheme.get("name", "X-Api-Key")}")', [f"{name}_KEY"]
        if kind == "basic" or how == "basic":
            return f'Basic("{name}_USER", "{name}_PASSWORD")', [f"{name}_USER", f"{name}_PASSWORD"]
        flow = (scheme.get("flows") or {}).get("clientCredentials")
        if kind == "oauth2" and flow:
            token = urlsplit(flow.get("tokenUrl", "/token")).path
            return f'ClientCredentials("{token}", "{name}_CLIENT", "{name}_SECRET")', [
                f"{name}_CLIENT",
                f"{name}_SECRET",
            ]
        if kind in ("http", "oauth2", "openIdConnect"):
            return f'Bearer("{name}_TOKEN")', [f"{name}_TOKEN"]
    return "", []
