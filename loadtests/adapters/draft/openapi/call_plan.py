"""Which of a description's operations each journey is made of, and in what order: chosen by what paths and schemas name."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from loadtests.adapters.draft import journeys
from loadtests.adapters.draft.calls import Call
from loadtests.adapters.draft.code import SKU, UNITS
from loadtests.adapters.draft.openapi.documents import Json
from loadtests.adapters.draft.openapi.paths import CART, ORDER, Op, same
from loadtests.adapters.draft.openapi.schemas import Schemas, word
from sim.records.trace import FOLLOWERS, JOURNEYS

PLACES = re.compile(r"complete|place|submit|confirm|finish|finali[sz]e|purchase|^order$|^checkout$")
PLACES_TOO = re.compile(r"transaction$|^pay$|^buy$")
UNDOES = re.compile(
    r"remove|delete|empty|clear|cancel|void|simulat|calculat|estimate|clone|replicat|merge|import|search|valid|"
    r"batch|bulk|preview|quote"
)
ADDRESS = re.compile(r"address|consignment|client_?profile|shipping_?data$|contact|^email$")
PRODUCTS = re.compile(r"product|^item$|catalog|^good$|^article$|^variant$|^sku$|merchandise")
QUERY = re.compile(r"^(q|query|search|keyword|keywords|term|text|fulltext|ft)$", re.I)
PEOPLE = frozenset({"customer", "member", "user", "account", "shopper", "loyalty_account", "loyalty_card"})
REFERENCES = (
    "sku",
    "variant_id",
    "product_variant_id",
    "merchandise_id",
    "product_id",
    "catalog_object_id",
    "item_id",
    "code",
)
"""Names of the field with which a basket line refers to its product, the most certain first."""


@dataclass(frozen=True)
class Step:
    """An operation in a journey. `does`: create, add, address, place, or read."""

    op: Op
    journey: str
    does: str = "read"
    action: str = ""
    """Of a body with a list of actions, the one."""


@dataclass
class Plan:
    """The steps of an adapter to be written, in their order."""

    steps: list[Step] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """Why journeys are not there."""


class Planner:
    """Chooses from a description's operations those that each journey needs."""

    def __init__(self, ops: Sequence[Op], schemas: Schemas):
        self.ops, self.schemas = ops, schemas
        self.of: dict[str, list[Op]] = {}
        for op in ops:
            self.of.setdefault(
                journeys.journey(Call(op.method, "/" + "/".join(each or "x" for each in op.words))), []
            ).append(op)

    def plan(self) -> Plan:
        """Choose for every journey."""
        plan = Plan()
        browse = self.products()
        if browse:
            plan.steps.append(Step(browse, "browse"))
        if search := self.search(browse):
            plan.steps.append(Step(search, "search"))
        checkout = self.checkout(plan)
        carts = [step for step in checkout if step.does == "create"]
        plan.steps += checkout
        placed = bool(checkout)
        for journey in JOURNEYS:
            if journey in ("browse", "search", "checkout"):
                continue
            if steps := self.one(journey, carts, placed):
                plan.steps += steps
        return plan

    def products(self) -> Op | None:
        """The operation that lists products."""
        lists = [
            op
            for op in self.ops
            if op.method == "GET" and not op.parameters and not UNDOES.search(op.last.replace("search", ""))
            and (PRODUCTS.search(op.last) or (op.last in ("search", "list") and any(PRODUCTS.search(each or "") for each in op.words)))
            and not op.has(CART | ORDER) and self._products(op)
        ]  # fmt: skip
        return min(
            lists,
            key=lambda op: (
                not re.fullmatch(r"product|item|good|article|product_projection", op.last),
                not answer_schema(op, self.schemas), _private(op), op.last == "search", len(op.words), op.place,
            ),
            default=None,
        )  # fmt: skip

    def _products(self, op: Op) -> bool:
        """Whether an answer lists things with a code or an id; also true where the answer is not described."""
        schema = answer_schema(op, self.schemas)
        listed = self.schemas.listed(schema)
        if listed is None:
            return not self.schemas.kind(schema)
        fields = self.schemas.properties(listed[1])
        return not fields or any(SKU.search(name) or name in ("id", "code", "slug") for name in fields)

    def search(self, browse: Op | None) -> Op | None:
        """The operation that searches products, None where there is none."""
        fitting = [
            op for op in self.of.get("search", [])
            if not op.parameters and any(PRODUCTS.search(each or "") for each in op.words) and not re.search("related|image", op.last)
        ]  # fmt: skip
        if fitting:
            return min(fitting, key=lambda op: (op.method != "GET", _private(op), len(op.words), op.place))
        if browse and any(
            QUERY.match(str(self.schemas.resolve(each).get("name"))) for each in browse.operation.what["parameters"]
        ):
            return browse
        return None

    def checkout(self, plan: Plan) -> list[Step]:
        """The steps of a checkout; none, with a note in the plan, where no operation places an order."""
        create = self.create()
        place = self.place(create)
        if place is None:
            carts = [op.title for op in self.ops if op.has(CART) or op.has(ORDER)][:3]
            plan.notes.append(
                "checkout: no operation places an order"
                + (f" (nearest: {', '.join(carts)})" if carts else "; no path names a cart or an order")
            )
            return []
        if create is None or (
            same(place.last, "order") and not any(p.noun in CART for p in place.parameters) and self._lines(place)
        ):
            create = None if self._lines(place) or create is None else create
        made = [Step(create, "checkout", "create")] if create else []
        steps = made + (self.between(create, place) if create else self.ahead(place))
        return [*steps, Step(place, "checkout", "place")]

    def create(self) -> Op | None:
        """The operation that makes a cart; on some platforms a GET does."""
        fitting = [
            op for op in self.ops
            if op.method in ("POST", "GET") and op.last in CART and not op.parameters and not UNDOES.search(op.last)
            and not any(re.search("setting|configuration|online|terminal|wishlist", each or "") for each in op.words)
        ]  # fmt: skip
        taken = any(parameter.noun in CART for op in self.ops for parameter in op.parameters)
        posts = [
            op for op in fitting if (op.method == "POST" and op.last != "checkout") or (op.method == "POST" and taken)
        ]
        gets = [op for op in fitting if op.method == "GET"] if taken else []
        return min(
            posts or gets,
            key=lambda op: (op.last == "checkout", _private(op), len(op.words), op.place),
            default=None,
        )

    def place(self, create: Op | None) -> Op | None:
        """The operation that places the order; `create`, which opens a cart, is none."""
        ranked = []
        for op in self.ops:
            if not op.writes or op is create or any(UNDOES.search(each or "") for each in op.words if each != "order"):
                continue
            if any(re.search("custom_|setting|configuration", each or "") for each in op.words):
                continue
            in_cart = op.has(CART) and all(parameter.noun in CART for parameter in op.parameters)
            if (
                in_cart
                and (create or not op.parameters)
                and op.words[:-1]
                and op.last
                and (op.parameters or op.words[-2] in CART)
            ):
                if PLACES.search(op.last):
                    ranked.append((0, _private(op), len(op.words), op.place, op))
                elif PLACES_TOO.search(op.last):
                    ranked.append((3, _private(op), len(op.words), op.place, op))
            elif op.method == "POST" and op.last in ORDER and not op.parameters:
                ranked.append((1 if create else 0, _private(op), len(op.words), op.place, op))
            elif (
                create is None
                and op.method in ("POST", "PUT")
                and op.last in CART
                and not op.parameters
                and self._lines(op)
            ):
                ranked.append((2, _private(op), len(op.words), op.place, op))
        return min(ranked, key=lambda each: each[:4])[-1] if ranked else None

    def between(self, create: Op, place: Op) -> list[Step]:
        """What fills the cart, and what the order needs beside goods."""
        steps: list[Step] = []
        own = [
            op for op in self.ops
            if op.writes and op not in (create, place) and op.has(CART) and all(each.noun in CART for each in op.parameters)
            and (op.parameters or not create.last or op.words[: len(create.words)] == create.words or "checkout" in op.words)
            and not any(UNDOES.search(each or "") for each in op.words)
            and not any(re.search("setting|configuration|metafield|custom_|wishlist", each or "") for each in op.words)
        ]  # fmt: skip
        update = [
            op
            for op in own
            if (not op.last and op.words[:-1] and op.words[-2] in CART) or (op.last in CART and op.method == "PATCH")
        ]
        acts = next((op for op in update if self._actions(op)), None)
        adds = [op for op in own if self._lines(op) and re.search("item|line|product|entr|add|sku", op.last)]
        if adds:
            add = min(
                adds,
                key=lambda op: (op.method != "POST", bool(re.search("custom|gift", op.last)), len(op.words), op.place),
            )
            steps.append(Step(add, "checkout", "add"))
        elif acts and (action := _action(self._actions(acts), r"^add_?(line_?)?item$|^add_line$")):
            steps.append(Step(acts, "checkout", "add", action))
        elif not self._lines(create) and (filled := [op for op in update if self._lines(op)]):
            steps.append(Step(filled[0], "checkout", "add"))
        addressed = [
            op
            for op in own
            if ADDRESS.search(op.last) and op not in [step.op for step in steps] and op.method != "DELETE"
        ]
        if addressed:
            first: dict[str, Op] = {}
            for op in sorted(addressed, key=lambda op: (op.method != "POST", op.place)):
                first.setdefault(op.last, op)
            steps += [Step(op, "checkout", "address") for op in list(first.values())[:3]]
        elif acts and (action := _action(self._actions(acts), r"^set_?shipping_?address$|shipping_?address$")):
            steps.append(Step(acts, "checkout", "address", action))
        else:
            with_address = [op for op in update if any(ADDRESS.search(word(name)) for name in self.properties(op))]
            steps += [Step(op, "checkout", "address") for op in with_address[:1]]
        return steps

    def ahead(self, place: Op) -> list[Step]:
        """Before an order that names an address by its id, the call that makes one."""
        named = {word(name).removesuffix("_id") for name in self.properties(place) if word(name).endswith("address_id")}
        makes = [
            op for op in self.ops
            if op.writes and op is not place and op.last and any(op.last == each or op.last.endswith(f"_{each}") for each in named)
        ]  # fmt: skip
        return [
            Step(op, "checkout", "address") for op in sorted(makes, key=lambda op: (len(op.parameters), op.place))[:1]
        ]

    def one(self, journey: str, carts: Sequence[Step], placed: bool) -> list[Step]:
        """A journey of one operation, with the cart that it needs."""
        ranked = []
        for op in self.of.get(journey, []):
            needs_cart = any(each.noun in CART for each in op.parameters) or bool(
                op.has(CART) and carts and not op.parameters
            )
            needs_order = any(each.noun in ORDER for each in op.parameters)
            known = all(
                each.is_product or each.is_person or each.noun in CART | ORDER or each.noun == "location"
                for each in op.parameters
            )
            undoes = any(UNDOES.search(each or "") for each in op.words if each not in ("search", "batch"))
            if not known or undoes or (needs_cart and not carts):
                continue
            if needs_order and not (placed and journey in FOLLOWERS):
                continue
            if journey == "order_status" and not needs_order:
                continue
            if journey == "redeem_offer" and not op.writes:
                continue
            about = journey in ("member_lookup", "stock_check")
            rank = (
                needs_cart and journey != "redeem_offer", about and not op.parameters, bool(op.last) and about and bool(op.parameters),
                op.last != "" and journey == "order_status",
                journey == "member_lookup" and not any(each.noun in PEOPLE for each in op.parameters), _private(op),
                len(op.settings), len(op.parameters) if not about else 0, len(op.words), op.place,
            )  # fmt: skip
            ranked.append((rank, op, needs_cart))
        if not ranked:
            return []
        _, op, needs_cart = min(ranked, key=lambda each: each[0])
        made = [Step(step.op, journey, "create") for step in carts] if needs_cart else []
        return [*made, Step(op, journey)]

    def properties(self, op: Op) -> Json:
        """Properties of the operation's body, by name."""
        return self.schemas.properties(body_schema(op, self.schemas)[0])

    def _lines(self, op: Op) -> bool:
        return lines(body_schema(op, self.schemas)[0], self.schemas) is not None

    def _actions(self, op: Op) -> dict[str, Any]:
        return actions(body_schema(op, self.schemas)[0], self.schemas)


def lines(schema: Any, schemas: Schemas) -> Sequence[str] | None:
    """The place of goods in a body: the names down to the list or object whose fields are a product and a number of units."""
    ahead: list[tuple[Any, tuple[str, ...]]] = [(schema, ())]
    while ahead:
        inner, at = ahead.pop(0)
        if schemas.kind(inner) == "array":
            inner = schemas.items(inner)
        names = list(schemas.properties(inner))
        if any(UNITS.search(name) for name in names) and reference(names):
            return at
        if len(at) < 3:
            ahead += [
                (each, (*at, name)) for name, each in schemas.properties(inner).items()
                if schemas.kind(each) in ("array", "object") and re.search("item|line|product|order|cart|entr|^data$|attributes", name, re.I)
                and not re.search("custom|gift|discount|tax|return", name, re.I)
            ]  # fmt: skip
    return None


def reference(names: Sequence[str], required: Collection[str] = ()) -> str:
    """The field of a basket line that names its product, a required one if there is one; empty where none does."""
    needed = [name for name in names if name in required and (SKU.search(name) or word(name) in REFERENCES)]
    names = needed or names
    by_word = {word(name): name for name in names}
    sure = next((by_word[each] for each in REFERENCES if each in by_word), "")
    return sure or next((name for name in names if SKU.search(name)), "") or by_word.get("id", "")


def actions(schema: Any, schemas: Schemas) -> dict[str, Any]:
    """Variants of the `actions` that a body lists, by name; empty where it has none."""
    listed = schemas.properties(schema).get("actions")
    return schemas.variants(schemas.items(listed)) if listed is not None else {}


def _action(variants: dict[str, Any], pattern: str) -> str:
    fitting = [name for name in variants if name and re.search(pattern, word(name))]
    return min(fitting, key=len, default="")


def body_schema(op: Op, schemas: Schemas) -> tuple[Any, Json, str]:
    """An operation's body: its schema, the media type's entry, and `json`, `form` or empty."""
    what = op.operation.what
    for each in map(schemas.resolve, what.get("parameters") or []):  # Swagger 2
        if each.get("in") == "body":
            return each.get("schema") or {}, each, "json"
    content = schemas.resolve(what.get("requestBody")).get("content")
    for kind, words in (("json", ("json",)), ("form", ("urlencoded", "form-data"))):
        for name, media in (content if isinstance(content, dict) else {}).items():
            if any(each in name for each in words):
                media = schemas.resolve(media)
                return media.get("schema") or {}, media, kind
    return {}, {}, ""


def answer_schema(op: Op, schemas: Schemas) -> Any:
    """The schema of the first successful answer."""
    answers = op.operation.what.get("responses")
    for status, answer in sorted((answers if isinstance(answers, dict) else {}).items()):
        if status.startswith("2") or status == "default":
            answer = schemas.resolve(answer)
            if isinstance(answer.get("schema"), dict):  # Swagger 2
                return answer["schema"]
            content = answer.get("content")
            for name, media in (content if isinstance(content, dict) else {}).items():
                if "json" in name or name == "*/*":
                    return schemas.resolve(media).get("schema") or {}
    return {}


def _private(op: Op) -> bool:
    """Whether an operation is for the logged-in shopper, for staff, or deprecated."""
    return op.operation.what.get("deprecated") is True or any(
        each in ("me", "user", "account", "in_store", "in-store", "admin", "quote", "as_associate") for each in op.words
    )
