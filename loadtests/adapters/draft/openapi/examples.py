"""Generates the calls of a plan: paths, bodies and answers, with the same marker where one call uses a value of another's answer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from loadtests.adapters.draft.calls import Call, leaves
from loadtests.adapters.draft.calls import Path as Place
from loadtests.adapters.draft.code import SKU, UNITS, USUAL
from loadtests.adapters.draft.openapi.call_plan import (
    ADDRESS,
    QUERY,
    REFERENCES,
    Step,
    actions,
    answer_schema,
    body_schema,
    lines,
    reference,
)
from loadtests.adapters.draft.openapi.paths import CART, ORDER, Op, Parameter
from loadtests.adapters.draft.openapi.schemas import Schemas, disguised, word
from loadtests.adapters.draft.openapi.security import Security
from sim.records.trace import FOLLOWERS

PEOPLE = re.compile(
    r"e-?mail|first_?name|last_?name|address|^city|country|postal|zip|phone|street|line_?1|recipient", re.I
)
SUFFIXED = re.compile(r"_(id|token|key|number|code)$")


class Making:
    """Generates the calls of a plan."""

    def __init__(self, schemas: Schemas, name: str, auth: Security, ops: Sequence[Op]):
        self.schemas, self.name, self.auth = schemas, name, auth
        self.one = {tuple(op.words[:-1]): op for op in ops if op.method == "GET" and op.words and op.words[-1] is None}
        """The operation that answers one thing of a collection, by the collection's words."""
        self.given: set[str] = set()
        """Markers of the fields of a listed product."""
        self.settings: dict[str, str] = {}
        """The parameter that a variable stands for."""
        self.notes: list[str] = []
        self.added = False
        """Whether goods are put into the cart by a call of their own."""

    def calls(self, steps: Sequence[Step]) -> list[Call]:
        """The calls that the steps of a plan are made of."""
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
            if step.journey in FOLLOWERS:
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
                parts.append(self._parameter(named[part], there))
            elif part:
                parts.append(re.sub(r"\{([^{}]+)\}", lambda match: self._setting(match[1]), part))
        return "/" + "/".join(parts)

    def _parameter(self, parameter: Parameter, there: set[str]) -> str:
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
        """A body with markers for values from earlier answers."""
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
                if other.journey in FOLLOWERS
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
        """An answer that lists one product: its code, its id, and the field by which basket lines name it."""
        listed = self.schemas.listed(schema)
        if listed is None:
            return None
        at, item = listed
        answer = None
        spots: list[tuple[tuple[str | int, ...], Any]]
        below: tuple[str | int, ...]
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
        """The fields of a thing whose list does not describe them, from the operation that answers one of them."""
        if (one := self.one.get(tuple(op.words))) is None:
            return {}
        fields = self.schemas.properties(answer_schema(one, self.schemas))
        inside = next((each for name, each in fields.items() if word(name) in (op.last, "data")), None)
        return self.schemas.properties(inside) if inside is not None else fields

    def _product(self, step: Step) -> str:
        """The field by which a step's basket lines name their product."""
        schema = body_schema(step.op, self.schemas)[0]
        if step.action:
            line = actions(schema, self.schemas)[step.action] if step.does == "add" else {}
        elif (at := lines(schema, self.schemas)) is None:
            return ""
        else:
            line = self._line_schema(schema, at)
        return self._reference(line)

    def _reference(self, line: Any) -> str:
        """The field of a basket line that names its product: a required one, else one that the list of products has."""
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


def _put(answer: Any, at: Place, marker: Any) -> Any:
    """The answer with a marker added at a place."""
    if not at:
        return marker
    head, rest = at[0], at[1:]
    if isinstance(head, int):
        inner = answer[0] if isinstance(answer, list) and answer else None
        return [_put(inner, rest, marker)]
    fields = dict(answer) if isinstance(answer, dict) else {}
    fields[head] = _put(fields.get(head), rest, marker)
    return fields


def _upper(name: str) -> str:
    return re.sub(r"[^A-Z0-9]+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).upper()).strip("_") or "SETTING"


def _word_only(name: str) -> str:
    return re.sub(r"\W+", "_", name).strip("_") or "key"
