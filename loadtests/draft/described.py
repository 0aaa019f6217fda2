"""Calls as an OpenAPI file describes them, in the order in which a shopper makes them: what one returns and another takes is the same marker."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from loadtests.draft.calls import Call, Recording, leaves
from loadtests.draft.calls import Path as Place
from loadtests.draft.code import SKU, UNITS, USUAL
from loadtests.draft.openapi import Documented, server
from loadtests.draft.paths import CART, ORDER, Op, Parameter, ops
from loadtests.draft.plan import (
    ADDRESS,
    QUERY,
    REFERENCES,
    Plan,
    Planner,
    Step,
    actions,
    answer_schema,
    body_schema,
    lines,
    reference,
)
from loadtests.draft.schemas import Schemas, disguised, word
from sim.records.refusal import Refusal

PEOPLE = re.compile(
    r"e-?mail|first_?name|last_?name|address|^city|country|postal|zip|phone|street|line_?1|recipient", re.I
)
LONG = 200
"""Operations above which it says how far it is."""
LISTED = 8
"""Operations named in a line of those left out."""


def read(path: Path, name: str) -> Recording:
    """name: prefix of the environment variables that hold its secrets and settings. Raises `Refusal`."""
    try:
        return _read(path, name)
    except (RecursionError, TypeError, AttributeError, KeyError, ValueError) as error:
        if isinstance(error, Refusal):
            raise
        raise Refusal(
            path, "", "an OpenAPI file whose values have the types that the format says", str(error)
        ) from None


def _read(path: Path, name: str) -> Recording:
    documented = Documented.read(path)
    if len(documented.operations) > LONG:
        print(f"{path.name}: {len(documented.operations)} operations read", file=sys.stderr, flush=True)
    schemas = Schemas(documented.description)
    schemas.home = str(path.resolve())
    found = ops(documented)
    plan = Planner(found, schemas).plan()
    auth = _Auth(documented, plan, name)
    making = _Making(schemas, name, auth, found)
    calls = making.calls(plan.steps)
    if len(found) > LONG:
        print(f"{path.name}: {len(found)} operations, {len(plan.steps)} of them calls of journeys", file=sys.stderr)
    spec = documented.description.spec
    address = server(spec)
    return Recording(
        calls,
        _host(address, spec),
        [*plan.notes, *making.notes, *_left_out(documented, found, plan)],
        auth.code,
        auth.variables,
        settings={variable: _default(spec, of) for variable, of in making.settings.items()},
    )


class _Making:
    """Makes the calls of a plan up."""

    def __init__(self, schemas: Schemas, name: str, auth: _Auth, ops: Sequence[Op]):
        self.schemas, self.name, self.auth = schemas, name, auth
        self.one = {tuple(op.words[:-1]): op for op in ops if op.method == "GET" and op.words and op.words[-1] is None}
        """The operation that answers one thing of a collection, by the collection's words."""
        self.given: set[str] = set()
        """Markers of what the list of products says of one."""
        self.settings: dict[str, str] = {}
        """The parameter that a variable stands for."""
        self.notes: list[str] = []
        self.added = False
        """Whether goods are put into the cart by a call of their own."""

    def calls(self, steps: Sequence[Step]) -> list[Call]:
        known: dict[str, set[str]] = {}
        calls = []
        self.added = any(step.does == "add" for step in steps)
        versioned = any(
            "version" in self._properties(step.op)
            for step in steps
            if step.journey == "checkout" and step.op.method != "GET"
        )
        listing = next((step.op for step in steps if step.journey == "browse"), None)
        if listing:
            every = self._list(listing, answer_schema(listing, self.schemas), set(REFERENCES))
            self.given = {each for _, each in leaves(every) if isinstance(each, str)}
        wanted = {self._product(step) for step in steps if step.journey == "checkout"} - {""}
        for step in steps:
            there = known.setdefault(step.journey, set())
            if step.journey in ("order_status", "return_goods"):
                there |= {
                    each for each in known.get("checkout", ()) if each.startswith("<order") or each == "<cart-token>"
                }
            path = self._path(step, there)
            body, form = self._body(step, there)
            params = self._query(step)
            headers = self._headers(step.op, there)
            answer = self._answer(step, steps, versioned, wanted, there)
            calls.append(
                Call(
                    step.op.method,
                    path,
                    params,
                    headers,
                    body,
                    form,
                    answer,
                    journey=step.journey,
                )
            )
        return calls

    def _path(self, step: Step, there: set[str]) -> str:
        parts = []
        named = {f"{{{each.name}}}": each for each in step.op.parameters}
        for part in [*step.op.base.split("/"), *step.op.parts]:
            if part in named:
                parts.append(self._parameter(named[part], step, there))
            elif part:
                parts.append(re.sub(r"\{([^{}]+)\}", lambda found: self._setting(found[1]), part))
        return "/" + "/".join(parts)

    def _parameter(self, parameter: Parameter, step: Step, there: set[str]) -> str:
        for family, marker in ((CART, "<cart-id>"), (ORDER, "<order-id>")):
            if parameter.noun in family and marker in there:
                return marker
        if parameter.is_product:
            return f"<{parameter.noun}>" if SKU.search(parameter.noun) else "<product>"
        if parameter.is_person:
            return "<customer>"
        return self._setting(parameter.name)

    def _setting(self, name: str) -> str:
        variable = f"{self.name}_{_upper(name)}"
        self.settings[variable] = name
        return f"{{setting {variable}}}"

    def _query(self, step: Step) -> tuple[tuple[str, str], ...]:
        params = []
        for each in map(self.schemas.resolve, step.op.operation.what["parameters"]):
            name = each.get("name")
            if each.get("in") != "query" or not isinstance(name, str):
                continue
            if each.get("required") is True or (step.journey == "search" and QUERY.match(name)):
                example = each.get("example")
                value = (
                    example
                    if isinstance(example, str | int | float)
                    else self.schemas.value(each.get("schema", each), name)
                )
                value = ",".join(map(str, value)) if isinstance(value, list) else value
                params.append(
                    (name, "<sku>" if SKU.search(name) and step.journey != "search" else str(disguised(name, value)))
                )
        return tuple(params)

    def _headers(self, op: Op, there: set[str]) -> dict[str, str]:
        headers = {name.lower(): "{{" + _word_only(name) + "}}" for name in self.auth.headers}
        carried = "<cart-token>" in there
        if carried and self.auth.carried:
            headers[self.auth.carried.lower()] = "<cart-token>"
        for each in map(self.schemas.resolve, op.operation.what["parameters"]):
            name = each.get("name")
            if each.get("in") != "header" or not isinstance(name, str):
                continue
            key = name.lower()
            if "idempotency" in key and op.writes:
                headers[key] = "(key)"
            elif carried and re.search("token", key) and not USUAL.search(key) and key != self.auth.fills:
                headers[key] = "<cart-token>"
            elif each.get("required") is True and not USUAL.search(key) and key != self.auth.fills:
                schema = self.schemas.resolve(each.get("schema", each))
                given = next((schema[at] for at in ("const", "default") if isinstance(schema.get(at), str | int)), None)
                secret = re.search("key|token|secret|auth", key)
                headers[key] = "{{" + _word_only(name) + "}}" if given is None or secret else str(given)
        return headers

    def _body(self, step: Step, there: set[str]) -> tuple[Any, Any]:
        schema, media, kind = body_schema(step.op, self.schemas)
        fields = [
            each for each in map(self.schemas.resolve, step.op.operation.what["parameters"])
            if each.get("in") == "formData" and isinstance(each.get("name"), str)
        ]  # fmt: skip
        if fields:
            needed = [
                each
                for each in fields
                if each.get("required") is True or UNITS.search(each["name"]) or SKU.search(each["name"])
            ]
            return None, {
                each["name"]: str(self._sent(each["name"], self.schemas.value(each, each["name"]), there))
                for each in needed
            }
        if not kind:
            return None, None
        at = (lines(schema, self.schemas) if step.does in ("create", "add", "place") else None) or ()
        has_lines = lines(schema, self.schemas) is not None if step.does in ("add", "place") else bool(at)
        line = self._line_of(schema, at) if has_lines else {}
        product = self._reference(self._line_schema(schema, at)) if line else ""

        def wanted(name: str) -> bool:
            if name in at or name == product or (line and UNITS.search(name)):
                return not (step.does == "create" and self.added)
            plain = word(name)
            if plain in CART or SUFFIXED.sub("", plain) in CART or plain == "idempotency_key":
                return step.does in ("place", "add")
            if plain.endswith("address_id"):
                return "<address-id>" in there
            return (step.does == "address" and bool(PEOPLE.search(name))) or (
                step.does == "place" and bool(ADDRESS.search(plain)) and not plain.endswith("_id")
            )

        if step.action:
            body = self._acted(step, schema)
        else:
            body = self.schemas.value(schema, "", wanted)
            example = media.get("example")
            if isinstance(body, dict) and isinstance(example, dict):
                for key in body:
                    if isinstance(example.get(key), str | int | float) and not isinstance(body[key], dict | list):
                        body[key] = disguised(key, example[key])
            if body == {} and isinstance(example, dict):
                body = {
                    key: disguised(key, each) for key, each in example.items() if isinstance(each, str | int | float)
                }
        body = self._filled(body, "", there, product)
        if kind == "form":
            return None, {
                key: str(each) for key, each in body.items() if not isinstance(each, dict | list)
            } if isinstance(body, dict) else None
        return body if body not in (None, {}) or schema else None, None

    def _acted(self, step: Step, schema: Any) -> Any:
        variants = actions(schema, self.schemas)
        chooser, one = variants[""], variants[step.action]
        product = self._reference(one)
        body = self.schemas.value(
            one,
            "",
            lambda name: (
                name == product or bool(UNITS.search(name)) if step.does == "add" else bool(PEOPLE.search(name))
            ),
        )
        return {
            "version": 1,
            "actions": [{chooser: step.action} | (body if isinstance(body, dict) else {}) | {chooser: step.action}],
        }

    def _filled(self, value: Any, key: str, there: set[str], product: str, above: str = "") -> Any:
        """A body with markers for what answers before it bring."""
        if isinstance(value, dict):
            if word(key) in CART and "<cart-id>" in there:
                kind = {"typeId": "cart"} if "typeId" in value or not value else {}
                return kind | {"id": "<cart-id>"}
            return {name: self._filled(each, name, there, product, key) for name, each in value.items()}
        if isinstance(value, list):
            return [self._filled(each, key, there, product, above) for each in value]
        return self._sent(key, value, there, product)

    def _sent(self, key: str, value: Any, there: set[str], product: str = "") -> Any:
        plain = word(key)
        if plain == "version" and "<cart-version>" in there:
            return "<cart-version>"
        stem = SUFFIXED.sub("", plain)
        stem = "address" if stem != plain and stem.endswith("address") else stem
        if stem in CART and "<cart-id>" in there:
            return "<cart-id>"
        if stem in ORDER and "<order-id>" in there:
            return "<order-id>"
        if f"<{stem}-id>" in there:
            return f"<{stem}-id>"
        if product and key == product:
            return f"<product-{plain}>"
        return value

    def _answer(self, step: Step, steps: Sequence[Step], versioned: bool, wanted: set[str], there: set[str]) -> Any:
        schema = answer_schema(step.op, self.schemas)
        if step.journey in ("browse", "search", "stock_check") and step.does == "read":
            return self._list(step.op, schema, wanted) if step.journey != "stock_check" else None
        answer: Any = None

        def put(at: Place | None, marker: str) -> None:
            nonlocal answer
            if at is not None:
                answer = _put(answer, at, marker)
                there.add(marker)

        if step.does == "create":
            names = [each.name for other in steps for each in other.op.parameters if each.noun in CART]
            put(self._identity(schema, sorted(CART | {step.op.last}), names), "<cart-id>")
            put(
                self.schemas.locate(
                    schema, lambda name, depth: int(word(name) in ("token", "cart_token")), sorted(CART)
                ),
                "<cart-token>",
            )
        if versioned and step.does in ("create", "add", "address"):
            put(
                self.schemas.locate(schema, lambda name, depth: int(word(name) == "version"), sorted(CART)),
                "<cart-version>",
            )
        if step.does == "place":
            names = [
                each.name
                for other in steps
                if other.journey in ("order_status", "return_goods")
                for each in other.op.parameters
                if each.noun in ORDER
            ]
            put(
                self._identity(schema, sorted(ORDER), names)
                or self._identity(schema, sorted(CART | ORDER), names)
                or (("id",) if not self.schemas.properties(schema) else None),
                "<order-id>",
            )
        if step.does == "address" and step.op.last.endswith("address"):
            put(self._identity(schema, ["address", step.op.last], []), "<address-id>")
        return answer

    def _identity(self, schema: Any, nouns: Sequence[str], names: Sequence[str]) -> Place | None:
        asked = {word(name) for name in names} - {"id"}
        ends = {each.rpartition("_")[2] for each in asked}
        own = {f"{noun}_{end}" for noun in nouns for end in ("id", "number", "key", "token", "code", "group")}

        def fits(name: str, depth: int) -> int:
            plain = word(name)
            for rank, fit in enumerate(
                (
                    plain in asked,
                    plain in ends,
                    plain == "id",
                    plain in own,
                    plain in ("uuid", "number", "code", "reference", "token"),
                ),
                1,
            ):
                if fit:
                    return rank
            return 0

        return self.schemas.locate(schema, fits, nouns)

    def _list(self, op: Op, schema: Any, wanted: set[str]) -> Any:
        """An answer that lists one product: its code, its id, and what lines name it by."""
        found = self.schemas.listed(schema)
        if found is None:
            return None
        at, item = found
        answer = None
        fields = self.schemas.properties(item) or self._fields_of_one(op)
        if "attributes" in fields and self.schemas.properties(fields["attributes"]):  # JSON:API
            spots = [((), fields), (("attributes",), self.schemas.properties(fields["attributes"]))]
        else:
            spots = [((), fields)]
        for name, each in fields.items():
            plain = word(name)
            if re.search("variant|^sku$|^item$", plain):
                inner, below = (
                    (self.schemas.items(each), (name, 0)) if self.schemas.kind(each) == "array" else (each, (name,))
                )
                spots.append((below, self.schemas.properties(inner)))
        asked = {word(each) for each in wanted}
        for below, inside in spots:
            for name, each in inside.items():
                plain = word(name)
                within = word(str(next((part for part in reversed(below) if isinstance(part, str)), "product")))
                if self.schemas.kind(each) in ("object", "array"):
                    continue
                if plain in asked:
                    answer = _put(answer, (*at, 0, *below, name), f"<product-{plain}>")
                elif plain == "id" and asked & {f"{within}_id", f"product_{within}_id", "merchandise_id"}:
                    meant = next(iter(asked & {f"{within}_id", f"product_{within}_id", "merchandise_id"}))
                    answer = _put(answer, (*at, 0, *below, name), f"<product-{meant}>")
                elif plain in ("sku", "code", "upc", "ean", "slug", "id", "number") and not below:
                    answer = _put(answer, (*at, 0, *below, name), f"<listed-{plain}>")
                elif (
                    re.match(r"(is_?)?(in_?stock|available|purchasable)", plain)
                    and self.schemas.kind(each) == "boolean"
                ):
                    answer = _put(answer, (*at, 0, *below, name), True)
        return answer

    def _fields_of_one(self, op: Op) -> Mapping[str, Any]:
        """Of a thing whose list does not say what it holds: as the answer for one of them says it."""
        if (one := self.one.get(tuple(op.words))) is None:
            return {}
        fields = self.schemas.properties(answer_schema(one, self.schemas))
        inside = next((each for name, each in fields.items() if word(name) in (op.last, "data")), None)
        return self.schemas.properties(inside) if inside is not None else fields

    def _product(self, step: Step) -> str:
        """The field by which a step's lines name their product."""
        schema = body_schema(step.op, self.schemas)[0]
        if step.action:
            line = actions(schema, self.schemas)[step.action] if step.does == "add" else {}
        elif (at := lines(schema, self.schemas)) is None:
            return ""
        else:
            line = self._line_schema(schema, at)
        return self._reference(line)

    def _reference(self, line: Any) -> str:
        """The field of a line that names its product: one that is required, else one that the list of products gives."""
        names = list(self.schemas.properties(line))
        given = [name for name in names if f"<product-{word(name)}>" in self.given]
        required = self.schemas.required(line)
        return reference(names, required if reference(names, required) in required else given)

    def _line_of(self, schema: Any, at: Sequence[str]) -> Mapping[str, Any]:
        return self.schemas.properties(self._line_schema(schema, at))

    def _line_schema(self, schema: Any, at: Sequence[str]) -> Any:
        for name in at:
            schema = self.schemas.items(schema) if self.schemas.kind(schema) == "array" else schema
            schema = self.schemas.properties(schema)[name]
        return self.schemas.items(schema) if self.schemas.kind(schema) == "array" else schema

    def _properties(self, op: Op) -> Mapping[str, Any]:
        return self.schemas.properties(body_schema(op, self.schemas)[0])


SUFFIXED = re.compile(r"_(id|token|key|number|code)$")


class _Auth:
    """The security that the chosen operations ask for: the first scheme as an adapter's `auth`, further keys as headers of every call."""

    def __init__(self, documented: Documented, plan: Plan, name: str):
        description = documented.description
        spec, resolve = description.spec, description.resolve
        schemes = resolve((resolve(spec.get("components"))).get("securitySchemes")) or resolve(
            spec.get("securityDefinitions")
        )
        self.code, self.variables, self.headers = "", [], []
        self.fills, self.carried = "", ""
        """The header that `auth` fills, and the one that takes the token of a cart."""
        asked: list[str] = []
        for what in (*(step.op.operation.what for step in plan.steps), spec):
            for each in what.get("security") or []:
                if isinstance(each, dict):
                    asked += each
        first = [each for each in dict.fromkeys(asked) if each in schemes] or list(schemes)
        host = urlsplit(server(spec)).netloc
        for key in first:
            scheme = resolve(schemes[key])
            title = str(scheme.get("name", ""))
            if scheme.get("type") == "apiKey" and re.search(r"(order|cart|basket|checkout).?token", title, re.I):
                self.carried = title
                if not self.code:
                    break  # it is proof enough: a guest has no other
                continue
            code, variables = _form(scheme, name, host)
            if code and not self.code:
                self.code, self.variables = code, variables
                self.fills = title.lower() if scheme.get("type") == "apiKey" and scheme.get("in") == "header" else ""
                whats = [spec, *(step.op.operation.what for step in plan.steps)]
                together = [
                    each for what in whats for each in what.get("security") or [] if isinstance(each, dict) and key in each
                ]  # fmt: skip
                for other in dict.fromkeys(name for each in together for name in each):
                    also = resolve(schemes.get(other))
                    title = str(also.get("name", ""))
                    also_key = other != key and also.get("type") == "apiKey" and also.get("in") == "header"
                    if also_key and title and not USUAL.search(title.lower()):
                        self.headers.append(title)


def _form(scheme: Mapping[str, Any], name: str, host: str) -> tuple[str, list[str]]:
    kind, how = scheme.get("type"), str(scheme.get("scheme", "")).lower()
    if kind == "apiKey":
        if scheme.get("in") == "cookie":
            return "", []
        form = "KeyParameter" if scheme.get("in") == "query" else "ApiKey"
        return f'{form}("{name}_KEY", {_quoted(str(scheme.get("name", "X-Api-Key")))})', [f"{name}_KEY"]
    if kind == "basic" or how == "basic":
        return f'Basic("{name}_USER", "{name}_PASSWORD")', [f"{name}_USER", f"{name}_PASSWORD"]
    flows = scheme.get("flows")
    flow = flows.get("clientCredentials") if isinstance(flows, dict) else None
    if kind == "oauth2" and scheme.get("flow") == "application":
        flow = scheme
    if kind == "oauth2" and isinstance(flow, dict):
        token = urlsplit(str(flow.get("tokenUrl", "/token")))
        away = ', at="auth"' if token.netloc and token.netloc != host else ""
        names = [f"{name}_CLIENT", f"{name}_SECRET"]
        path = token.path if token.path.startswith("/") else f"/{token.path}"
        return f'ClientCredentials({_quoted(path)}, "{names[0]}", "{names[1]}"{away})', names + [
            f"{name}_AUTH_URL"
        ] * bool(away)
    if kind in ("http", "oauth2", "openIdConnect"):
        return f'Bearer("{name}_TOKEN")', [f"{name}_TOKEN"]
    return "", []


def _quoted(text: str) -> str:
    return '"' + re.sub(r'[\\"\x00-\x1f]', "", text) + '"'


def _put(answer: Any, at: Place, marker: Any) -> Any:
    """An answer that also holds a marker at a place."""
    if not at:
        return marker
    head, rest = at[0], at[1:]
    if isinstance(head, int):
        inner = answer[0] if isinstance(answer, list) and answer else None
        return [_put(inner, rest, marker)]
    held = dict(answer) if isinstance(answer, dict) else {}
    held[head] = _put(held.get(head), rest, marker)
    return held


def _left_out(documented: Documented, found: Sequence[Op], plan: Plan) -> list[str]:
    """What no journey takes, in a line for each reason."""
    used = {step.op.place for step in plan.steps}
    taken_apart = {op.place for op in found}
    lines = []
    odd = [each for place, each in enumerate(documented.operations) if place not in taken_apart]
    rest = [each for place, each in enumerate(documented.operations) if place in taken_apart - used]
    for what, reason in ((odd, "a parameter is only a part of a path's part"), (rest, "no journey needs it")):
        if what:
            named = ", ".join(f"{each.method} {each.template}" for each in what[:LISTED])
            more = f" and {len(what) - LISTED} more" if len(what) > LISTED else ""
            lines.append(f"{len(what)} operation{'s' * (len(what) != 1)} ({reason}): {named}{more}")
    unresolved = documented.description.unresolved
    if unresolved:
        named = ", ".join(list(unresolved)[:LISTED])
        lines.append(f"{len(unresolved)} reference{'s' * (len(unresolved) != 1)} to nothing in these files: {named}")
    return lines


def _host(address: str, spec: Mapping[str, Any]) -> str:
    """The first server's origin, its variables filled; empty where one has no value."""
    filled = re.sub(r"\{([^{}]+)\}", lambda found: _default(spec, found[1]) or found[0], address)
    url = urlsplit(filled)
    return f"{url.scheme}://{url.netloc}" if url.netloc and "{" not in url.netloc else ""


def _default(spec: Mapping[str, Any], name: str) -> str:
    servers = spec.get("servers")
    for each in servers if isinstance(servers, list) else []:
        variables = each.get("variables") if isinstance(each, dict) else None
        variable = variables.get(name) if isinstance(variables, dict) else None
        if isinstance(variable, dict) and isinstance(variable.get("default"), str):
            return variable["default"]
    return ""


def _upper(name: str) -> str:
    return re.sub(r"[^A-Z0-9]+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).upper()).strip("_") or "SETTING"


def _word_only(name: str) -> str:
    return re.sub(r"\W+", "_", name).strip("_") or "key"
