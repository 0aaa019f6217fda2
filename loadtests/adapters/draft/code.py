"""Writes calls, grouped into journeys, as an adapter: returned ids become carried values, secrets the names of variables."""

from __future__ import annotations

import keyword
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from loadtests.adapters.draft import graphql_documents
from loadtests.adapters.draft.calls import Call, Path, leaves
from loadtests.adapters.draft.flow import IDENTITY, Earlier, Source, identifies, telling, words_of
from loadtests.adapters.draft.literals import block, front, index, literal, reached, text
from loadtests.adapters.draft.secrets import PASSWORD, PLACEHOLDER, Proof, secret
from sim.records.trace import FOLLOWERS

SKU = re.compile(
    r"sku|upc|\bean\b|product|variant|article|material|merchandise|catalog_?object|^item(_?id|_?no|_?code)?$", re.I
)
UNITS = re.compile(r"^(qty|quantit(y|ies)|units|count|counted|amount)$", re.I)
PLACE = re.compile(r"^(location|store|warehouse|branch|shop|site|origin|source)(_?id|_?code)?$", re.I)
WHO = re.compile(r"member|customer|user|account|shopper", re.I)
LOGIN_USER = re.compile(r"user|e-?mail|login|identifier|phone|mobile|account|name", re.I)
MARKER = re.compile(r"<([\w-]+)>")
"""How a path's parameter is written when its value comes from no known answer."""
SETTING = re.compile(r"\{setting (\w+)\}")
"""A part of a path that an environment variable fills."""
USUAL = re.compile(
    r"accept|user-agent|referer|origin|host$|connection|content-|sec-|cookie|dnt|pragma|cache-|if-|priority|^te$|upgrade|"
    r"x-requested-with|traceparent|x-run-id|authorization|^:|x-forwarded|x-csrf|x-xsrf"
)
PERSONAL: Sequence[tuple[str, str]] = (
    (r"e-?mail", 'f"{self.run_id}.{errand.row}@example.com"'),
    (r"phone|mobile|\btel", '"00000000"'),
    (r"first_?name|given", '"Load"'),
    (r"last_?name|surname|family", '"Test"'),
    (r"full_?name|recipient|consignee", '"Load Test"'),
    (r"street|address_?line|^line_?[12]$|^address_?\d?$", '"1 Test Road"'),
)
WANTED = "wanted.items()"
FIRST = "self.assortment[errand.skus[0]]"
CERTAIN = 4
"""Preference of the id that a checkout returned, for a call that follows it."""
TAKEN = frozenset(
    {"self", "errand", "account", "wanted", "product", "units", "items", "item", "json", "endpoint", "step", "query"}
)
"""Names that a journey's own lines, or a query's parameters, already use."""


@dataclass(frozen=True)
class Listing:
    """The call that lists products, the place of the list in its answer, and the places in an item of its code and of the id that calls take."""

    call: int
    at: Path
    code: Path
    identity: Path


@dataclass
class Writer:
    """Renders values of the calls. `steps` names the variable of a call's answer in the journey being written."""

    calls: Sequence[Call]
    known: Sequence[Earlier]
    journey_of: Mapping[int, str]
    proof: Proof
    prefix: str
    products: set[int]
    """Calls that list products: a value from their answers becomes the errand's product."""
    host: str = ""
    staff: Proof = field(default_factory=Proof)
    """The authentication of staff's calls, where it differs from the shoppers'."""
    logins: set[int] = field(default_factory=set)
    """Calls that log a shopper in: with an account of the pool."""
    same: dict[int, int] = field(default_factory=dict)
    """By call the earlier one of the same kind that replaces it in its journey."""
    listing: Listing | None = None
    steps: dict[int, str] = field(default_factory=dict)
    secrets: set[str] = field(default_factory=set)
    exported: dict[str, Source] = field(default_factory=dict)
    """What a checkout hands to the journeys that follow it: the source by its key."""
    written: set[str] = field(default_factory=set)
    """Texts that are written to the file as they were sent."""
    hidden: set[str] = field(default_factory=set)
    """Values of secrets: where one occurs at another place too, a variable is written there."""
    used: set[int] = field(default_factory=set)
    missing: set[int] = field(default_factory=set)
    """Calls outside the journey being written that one of its steps takes a value from."""
    product: str = FIRST

    def step(self, place: int, product: str = FIRST) -> list[str]:
        """The lines of one step. product: Python for the product that it is about, where it is none that fills a cart."""
        call, name = self.calls[place], self.steps[place]
        looped = self.fills(call)
        self.product = "product" if looped else product
        text = self._graphql(call, name, place) if call.graphql else self._rest(call, name, place)
        self.product = FIRST
        return [f"for product, units in {WANTED}:", f"    {text}"] if looped else [text]

    def source(self, place: int, key: str, value: Any, trail: Sequence[str]) -> Source | None:
        """The place in an earlier answer that a value came from. key: empty for a part of a path. trail: the keys that lead to the value."""
        if isinstance(value, bool | float | dict | list) or value is None or value not in self.known[place]:
            return None
        near = next((words for key in reversed(trail) if (words := words_of(key))), None)
        named = not key or bool(IDENTITY.search(key))
        if not (near or named or telling(value)):
            return None
        taking = near or words_of(self.calls[place].words)
        product = any(SKU.search(each) and names_one(each) for each in trail)

        def preferred(source: Source) -> int:
            return CERTAIN if product and source.call in self.products else self._preference(source, place)

        earlier = self.known[place].choose(value, taking, preferred, CERTAIN if named or product else math.inf)
        return self._standing(earlier) if earlier else None

    def _preference(self, source: Source, place: int) -> int:
        """Preference of a place as the source of a value, among places with the same words; the greatest is chosen."""
        step = self._standing(source)
        if step.call in self.products:
            return 1 if self.listing and step.call == self.listing.call else 0
        if step.call in self.steps and step.call != place:
            return 3 if not self.fills(self.calls[step.call]) else 2
        if self.journey_of.get(place) in FOLLOWERS and self.journey_of.get(step.call) == "checkout":
            named = str(source.at[-1]) in ("id", "number", "code", "url", "token")
            return CERTAIN + (step.call == self.placing) if named else 3
        return 1

    @cached_property
    def placing(self) -> int:
        """The call that places the order: the last write of the checkout."""
        checkout = [at for at, journey in self.journey_of.items() if journey == "checkout" and self.calls[at].writes]
        return max(checkout, default=-1)

    def _standing(self, source: Source) -> Source:
        """The same place in the answer of the step that replaces a call."""
        stands = self.same.get(source.call, source.call)
        if stands != source.call and reached(self.calls[stands].answer, source.at) is not None:
            return Source(stands, source.at, source.words, source.near)
        return source

    def expression(self, key: str, value: Any, place: int, quote: str = '"', trail: Sequence[str] = ()) -> str | None:
        """The Python expression that replaces a value; None where the value itself is written."""
        trail = trail or (key,)
        call = self.calls[place]
        if isinstance(value, str) and (named := PLACEHOLDER.fullmatch(value)) and value not in self.known[place]:
            return self._placeholder(named[1], quote)
        if place in self.logins and isinstance(value, str):
            if PASSWORD.search(key):
                return 'account["password"]'
            if LOGIN_USER.search(key) and not secret(key, value):
                return 'account["user"]'
        counts = UNITS.search(key) and isinstance(value, int | str) and not isinstance(value, bool) and call.writes
        if counts and (self.product == "product" or key.lower() != "amount"):
            units = "units" if self.product == "product" else "errand.quantities[0]"
            return f"str({units})" if isinstance(value, str) and call.form is None else units
        carried = self._carried(self.source(place, key, value, trail), place, value, quote)
        if carried:
            return carried
        if SKU.search(key) and isinstance(value, str | int) and not isinstance(value, bool) and names_one(key):
            return f"{self.product}.code"
        if PLACE.search(key) and isinstance(value, str):
            return "self.shelf.locations[errand.location]"
        if isinstance(value, str) and (marker := MARKER.fullmatch(value)):
            return (
                f"{self.product}.id" if SKU.search(marker[1]) else "errand.customer" if WHO.search(marker[1]) else None
            )
        if secret(key, value):
            return self._secret(key, quote)
        if re.fullmatch(r"idempotency_?key", key, re.I):
            return f"errand.key({quote}{self.steps[place]}{quote})"
        for words, instead in PERSONAL:
            if isinstance(value, str) and re.search(words, key, re.I):
                return instead
        if isinstance(value, str) and re.fullmatch(r"[^@\s]+@[^@\s]+\.\w+", value):
            return PERSONAL[0][1]
        return None

    def _carried(self, source: Source | None, place: int, value: Any, quote: str) -> str | None:
        """The Python expression for a value from an earlier answer; None where this journey cannot refer to it."""
        if source is None:
            return None
        if quote == "'" and any(isinstance(part, str) and re.search(r"[^\w. $@:-]", part) for part in source.at):
            return None  # before Python 3.12 an expression in an f-string holds no such key
        if source.call in self.products and (product := self._of_product(source)):
            return product
        if source.call in self.steps and source.call != place:
            at = self.answered(source)
            if at is None:
                return None
            self.used.add(source.call)
            carried = self.steps[source.call] + index(front(at) if source.call in self.products else at, quote)
            original = reached(self.calls[source.call].answer, source.at)
            return (
                f"str({carried})" if isinstance(value, str) and isinstance(original, int) and quote == '"' else carried
            )
        journey, of = self.journey_of.get(place), self.journey_of.get(source.call)
        if of == "checkout" and journey in FOLLOWERS:
            name = str(next((part for part in reversed(source.at) if isinstance(part, str)), "value"))
            while name in self.exported and self.exported[name] != source:
                name += "_2"
            self.exported[name] = source
            return f"errand.carried[{quote}{name}{quote}]"
        if source.call != place and of != "login":
            self.missing.add(source.call)
        return None

    def _of_product(self, source: Source) -> str | None:
        listing = self.listing
        last = next((part for part in reversed(source.at) if isinstance(part, str)), "")
        if listing is None:
            return f"{self.product}.{'code' if re.search('sku|upc|ean', last, re.I) else 'id'}"
        at = source.at
        if at[: len(listing.at)] == listing.at and source.call == listing.call:
            inside = at[len(listing.at) + 1 :]
            if front(inside) == front(listing.identity):
                return f"{self.product}.id"
            if front(inside) == front(listing.code):
                return f"{self.product}.code"
            return None
        value = reached(self.calls[source.call].answer, at)
        for item in reached(self.calls[listing.call].answer, listing.at) or ():
            if reached(item, listing.identity) == value:
                return f"{self.product}.id"
            if reached(item, listing.code) == value:
                return f"{self.product}.code"
        return None

    def value(self, key: str, value: Any, place: int, trail: Sequence[str] = ()) -> str:
        """A JSON value as Python."""
        trail = (*trail, key) if key else tuple(trail)
        if isinstance(value, dict):
            pairs = [f"{text(str(name))}: {self.value(str(name), each, place, trail)}" for name, each in value.items()]
            return "{" + ", ".join(pairs) + "}"
        if isinstance(value, list):
            if (
                value
                and isinstance(value[0], dict)
                and any(_names_product(str(name), inner) for name, inner in value[0].items())
                and self.calls[place].writes
            ):
                before, self.product = self.product, "product"
                one = self.value(key, value[0], place, trail[:-1])
                self.product = before
                return f"[{one} for product, units in {WANTED}]"
            return "[" + ", ".join(self.value(key, inner, place, trail[:-1]) for inner in value) + "]"
        if isinstance(value, str | int) and not isinstance(value, bool):
            expression = self.expression(key, value, place, trail=trail)
            if expression is not None:
                return expression
        if isinstance(value, float) and not math.isfinite(value):
            return "None"
        if not isinstance(value, str):
            return repr(value)
        if PLACEHOLDER.search(value):
            return 'f"' + self._mixed(value) + '"'
        if value in self.hidden:
            return self._secret(key or "value", '"')
        self.written.add(value)
        return text(value)

    def _mixed(self, value: str) -> str:
        """Text with variables between, as the inside of an f-string."""
        parts = PLACEHOLDER.split(value)
        parts[::2] = [text(part)[1:-1].replace("{", "{{").replace("}", "}}") for part in parts[::2]]
        parts[1::2] = ["{" + self._placeholder(name, "'") + "}" for name in parts[1::2]]
        return "".join(parts)

    def _placeholder(self, name: str, quote: str) -> str:
        """What a collection's variable becomes; one that is made anew for each request, something of the errand."""
        if name.startswith("dynamic_"):
            unique = f"f{quote}{{self.run_id}}.{{errand.row}}{quote}"
            return "errand.row" if re.search("int|timestamp|number|price", name, re.I) else f"({unique})"
        return f"{self.product}.id" if SKU.search(name) else self._secret(name, quote)

    def path(self, call: Call, place: int) -> str:
        """A call's path, with what earlier answers brought: also the whole URL, or its beginning, as an answer gave it."""
        parts, missing = call.path.split("/"), set(self.missing)
        for count in range(len(parts), 2, -1):
            start = "/".join(parts[:count])
            for given in (self.host + start, start, f"{self.host}{start}/", f"{start}/"):
                if given in self.known[place] and (expression := self.expression("", given, place, "'", parts[:count])):
                    self.missing = missing
                    rest = self._path(call, place, parts[count:])
                    between = "" if given.endswith("/") else "/"
                    return f'f"{{{expression}}}{between}{rest}"' if parts[count:] and (between or rest) else expression
        written = self._path(call, place, parts)
        return (
            f'f"{written}"'
            if re.search(r"(?<!\{)(\{\{)*\{(?!\{)", written)
            else f'"{written.replace("{{", "{").replace("}}", "}")}"'
        )

    def _path(self, call: Call, place: int, parts: Sequence[str]) -> str:
        """Segments as the inside of an f-string."""
        written = []
        before = call.path.split("/")
        for part in parts:
            trail = [each for each in before[: before.index(part)] if each] or [""]
            expression = self.expression("", part, place, "'", trail[-1:]) if part else None
            written.append("{" + expression.replace('"', "'") + "}" if expression else self._with_settings(part))
        return "/".join(written)

    def _with_settings(self, part: str) -> str:
        pieces = SETTING.split(part)
        pieces[::2] = [self._mixed(each) for each in pieces[::2]]
        pieces[1::2] = [f"{{self.setting['{each}']}}" for each in pieces[1::2]]
        return "".join(pieces)

    def _rest(self, call: Call, name: str, place: int) -> str:
        verb = call.method.lower() if call.method in ("GET", "POST") else "request"
        first = [text(name), self.path(call, place)]
        if verb == "request":
            first.insert(1, text(call.method))
        filled = self._proof(call).fills
        params: dict[str, Any] = {}
        for key, value in call.params:
            if key != filled:
                params.setdefault(key, []).append(value)
        if params:
            values = {key: each[0] if len(each) == 1 else each for key, each in params.items()}
            first.append(f"params={self.value('', values, place)}")
        if call.body is not None:
            first.append(f"json={self.value('', call.body, place)}")
        if call.form is not None:
            first.append(f"{'parts' if call.parts else 'form'}={self.value('', dict(call.form), place)}")
        first += self._headers(call, place) + self._how(call)
        return f"errand.{verb}({', '.join(first)})"

    def _graphql(self, call: Call, name: str, place: int) -> str:
        endpoint = [f"endpoint={text(call.path)}"] if call.path != self.endpoint else []
        extra = self._headers(call, place) + self._how(call)
        document = call.body.get("query")
        plain = call.method == "POST" and not (call.batched or call.persisted or extra or "extensions" in call.body)
        several = isinstance(document, str) and len(graphql_documents.operations(document)) > 1
        if plain and not several and not any(keyword.iskeyword(each) or each in TAKEN for each in call.variables):
            given = [
                f"{key}={self.value(given_to(call, key), value, place)}"
                for key, value in call.variables.items()
                if key.isidentifier()
            ]
            return f"self.ask({', '.join(['errand', text(name), self._document(document, place), *endpoint, *given])})"
        fields = [f'"query": {self._document(document, place)}'] if isinstance(document, str) else []
        if call.variables:
            each = [
                f"{text(key)}: {self.value(given_to(call, key), value, place)}" for key, value in call.variables.items()
            ]
            fields.append(f'"variables": {{{", ".join(each)}}}')
        fields += [
            f"{text(key)}: {literal(call.body[key])}" for key in ("operationName", "extensions") if call.body.get(key)
        ]
        how = [f"reads={not call.writes}", *endpoint]
        how += ["by_get=True"] * (call.method == "GET") + ["batched=True"] * call.batched + extra
        return f"self.operate({', '.join(['errand', text(name), '{' + ', '.join(fields) + '}', *how])})"

    @cached_property
    def endpoint(self) -> str:
        """Path of the GraphQL calls, a shopper's before the staff's; empty where there are none."""
        return next(
            (call.path for call in self.calls if call.graphql and not call.staff),
            next((call.path for call in self.calls if call.graphql), ""),
        )

    def _document(self, document: str, place: int) -> str:
        """A GraphQL document as Python; literals in it that came from an answer are replaced by expressions."""
        pieces, start = [], 0
        for each in graphql_documents.literals(document):
            expression = (
                self.expression(each.key, each.value, place)
                if identifies(each.key, each.value) or UNITS.search(each.key) or isinstance(each.value, str)
                else None
            )
            if expression is not None:
                pieces += [block(document[start : each.start]), f"json.dumps({expression})"]
                start = each.end
        return " + ".join([*pieces, block(document[start:].rstrip() if pieces else document.strip())])

    def _headers(self, call: Call, place: int) -> list[str]:
        filled = self._proof(call).fills
        own = {name: value for name, value in call.headers.items() if not USUAL.search(name) and name != filled}
        keyed = [name for name in own if "idempotency" in name]
        rest = {name: value for name, value in own.items() if name not in keyed}
        return ["keyed=True"] * bool(keyed) + ([f"headers={self.value('', rest, place)}"] if rest else [])

    def _how(self, call: Call) -> list[str]:
        """Arguments for the host that a call goes to, and for the authentication it uses."""
        staff = ['as_="staff"'] if call.staff and self.staff.code else []
        return ([f"at={text(call.at)}"] if call.at else []) + staff

    def _proof(self, call: Call) -> Proof:
        return self.staff if call.staff and self.staff.code else self.proof

    def fills(self, call: Call) -> bool:
        """Whether a step puts one product into a cart: it is sent once per basket line."""
        if not call.writes:
            return False
        flat = [str(at[-1]) for at, _ in sent(call) if at and not any(isinstance(part, int) for part in at)]
        return any(UNITS.search(key) for key in flat) and any(
            (SKU.search(key) and names_one(key)) or key.lower() in ("url", "id") for key in flat
        )

    def answered(self, source: Source) -> Path | None:
        """The place of a value in a step's variable, which for a GraphQL step is the first field's value; None for a value outside it."""
        call = self.calls[source.call]
        if not call.graphql:
            return source.at
        data = call.answer.get("data") if isinstance(call.answer, dict) else None
        if not isinstance(data, dict) or source.at[:2] != ("data", next(iter(data), "")):
            return None
        return source.at[2:]

    def _secret(self, key: str, quote: str) -> str:
        words = re.sub(r"[^A-Z0-9]+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", key).upper()).strip("_")
        name = f"{self.prefix}_{words or 'SECRET'}"
        self.secrets.add(name)
        return f"self.secret[{quote}{name}{quote}]"


def sent(call: Call) -> Iterator[tuple[Path, Any]]:
    """The plain values that a call sends in its body, each with the keys that lead to it."""
    if call.graphql:
        yield from (((given_to(call, str(at[0])), *at[1:]), value) for at, value in leaves(call.variables))
        if isinstance(call.body.get("query"), str):
            yield from (((each.key,), each.value) for each in graphql_documents.literals(call.body["query"]))
    else:
        yield from leaves(call.body if call.form is None else dict(call.form))


def given_to(call: Call, variable: str) -> str:
    """The argument that a GraphQL variable is passed to, a clearer name than the variable's; the variable itself where the text is not known."""
    document = call.body.get("query")
    return (graphql_documents.arguments(document).get(variable) if isinstance(document, str) else None) or variable


def names_one(key: str) -> bool:
    """Whether a key that has to do with a product names one, and is not a property of it."""
    return (
        identifies(key, None)
        or re.fullmatch(r"(product|variant|article|material|merchandise|item|sku|upc|ean)s?", key, re.I) is not None
    )


def _names_product(key: str, value: Any) -> bool:
    marker = MARKER.fullmatch(value) if isinstance(value, str) else None
    return bool(SKU.search(key) or (marker and SKU.search(marker[1])))
