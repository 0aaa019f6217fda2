"""Writes calls, grouped into journeys, as an adapter: returned ids become carried values, secrets the names of variables."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from loadtests.draft.calls import Call, Path, leaves
from loadtests.draft.flow import Source, identifies
from loadtests.draft.secrets import PLACEHOLDER, Proof, secret

SKU = re.compile(
    r"sku|upc|\bean\b|product|variant|article|material|merchandise|catalog_?object|^item(_?id|_?no|_?code)?$", re.I
)
UNITS = re.compile(r"^(qty|quantit(y|ies)|units|count|counted|amount)$", re.I)
PLACE = re.compile(r"^(location|store|warehouse|branch|shop|site|origin|source)(_?id|_?code)?$", re.I)
WHO = re.compile(r"member|customer|user|account|shopper", re.I)
MARKER = re.compile(r"<([\w-]+)>")
"""What a path's parameter is written as when no answer tells where it comes from."""
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
    (r"street|address_?line|^line\d|^address_?\d?$", '"1 Test Road"'),
)
WANTED = "wanted.items()"
FIRST = "self.assortment[errand.skus[0]]"


@dataclass
class Writer:
    """Renders values of the calls. `steps` names the variable of a call's answer in the journey being written."""

    calls: Sequence[Call]
    known: Sequence[Mapping[Any, Source]]
    journey_of: Mapping[int, str]
    proof: Proof
    prefix: str
    products: set[int]
    """Calls that list products: what comes from their answers is the product of the errand."""
    steps: dict[int, str] = field(default_factory=dict)
    secrets: set[str] = field(default_factory=set)
    exported: dict[str, Source] = field(default_factory=dict)
    """What a checkout hands to the journeys that follow it: the source by its key."""
    used: set[int] = field(default_factory=set)
    product: str = FIRST

    def step(self, place: int) -> list[str]:
        """The lines of one step."""
        call, name = self.calls[place], self.steps[place]
        looped = self._fills(call)
        self.product = "product" if looped else FIRST
        text = self._graphql(call, name, place) if call.graphql else self._rest(call, name, place)
        self.product = FIRST
        return [f"for product, units in {WANTED}:", f"    {text}"] if looped else [text]

    def expression(self, key: str, value: Any, place: int, quote: str = '"') -> str | None:
        """What a value is replaced with; None where it stands as it is."""
        if isinstance(value, str) and (named := PLACEHOLDER.fullmatch(value)) and value not in self.known[place]:
            return f"{self.product}.id" if SKU.search(named[1]) else self._secret(named[1], quote)
        if UNITS.search(key) and isinstance(value, int | str):
            units = "units" if self.product == "product" else "errand.quantities[0]"
            return f"str({units})" if isinstance(value, str) else units
        source = self.known[place].get(value) if not isinstance(value, bool | float) else None
        if source and source.call in self.products:
            last = next((part for part in reversed(source.at) if isinstance(part, str)), "")
            return f"{self.product}.{'code' if re.search('sku|upc|ean', last, re.I) else 'id'}"
        if source and source.call in self.steps and source.call != place:
            self.used.add(source.call)
            return self.steps[source.call] + _keys(self._answered(source), quote)
        if (
            source
            and self.journey_of.get(source.call) == "checkout"
            and self.journey_of.get(place) in ("order_status", "return_goods")
        ):
            name = str(source.at[-1])
            self.exported[name] = source
            return f"errand.carried[{quote}{name}{quote}]"
        if SKU.search(key) and isinstance(value, str | int) and not isinstance(value, bool):
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

    def value(self, key: str, value: Any, place: int) -> str:
        """A JSON value as Python."""
        if isinstance(value, dict):
            return "{" + ", ".join(f'"{name}": {self.value(name, inner, place)}' for name, inner in value.items()) + "}"
        if isinstance(value, list):
            if value and isinstance(value[0], dict) and any(_names_product(*each) for each in value[0].items()):
                before, self.product = self.product, "product"
                one = self.value(key, value[0], place)
                self.product = before
                return f"[{one} for product, units in {WANTED}]"
            return "[" + ", ".join(self.value(key, inner, place) for inner in value) + "]"
        if identifies(key, value) or isinstance(value, str | int):
            found = self.expression(key, value, place)
            if found is not None:
                return found
        return _text(value) if isinstance(value, str) else repr(value)

    def path(self, call: Call, place: int) -> str:
        parts = []
        for part in call.path.split("/"):
            found = self.expression("", part, place, "'") if part else None
            parts.append("{" + found + "}" if found else _escaped(part))
        text = "/".join(parts)
        if any(part.startswith("{") and not part.startswith("{{") for part in parts) or SETTING.search(call.path):
            return f'f"{text}"'
        return _text(call.path)

    def _rest(self, call: Call, name: str, place: int) -> str:
        verb = call.method.lower() if call.method in ("GET", "POST") else "request"
        first = [f'"{name}"', self.path(call, place)]
        if verb == "request":
            first.insert(1, f'"{call.method}"')
        if params := [(key, value) for key, value in call.params if key != self.proof.fills]:
            first.append(
                "params={" + ", ".join(f'"{key}": {self.value(key, value, place)}' for key, value in params) + "}"
            )
        if call.body is not None:
            first.append(f"json={self.value('', call.body, place)}")
        if call.form is not None:
            first.append(f"form={self.value('', dict(call.form), place)}")
        first += self._headers(call, place)
        return f"errand.{verb}({', '.join(first)})"

    def _graphql(self, call: Call, name: str, place: int) -> str:
        query = '"""' + call.body["query"].strip().replace("\\", "\\\\").replace('"""', '\\"\\"\\"') + '"""'
        given = [f"{key}={self.value(key, value, place)}" for key, value in (call.body.get("variables") or {}).items()]
        return f"self.ask({', '.join(['errand', _text(name), query, *given])})"

    def _headers(self, call: Call, place: int) -> list[str]:
        own = {
            name: value for name, value in call.headers.items() if not USUAL.search(name) and name != self.proof.fills
        }
        keyed = [name for name in own if "idempotency" in name]
        rest = {name: value for name, value in own.items() if name not in keyed}
        return ["keyed=True"] * bool(keyed) + ([f"headers={self.value('', rest, place)}"] if rest else [])

    def _fills(self, call: Call) -> bool:
        """Whether a step puts one product into a cart: it is made once a line."""
        held = (call.body.get("variables") or {}) if call.graphql else call.body
        if not isinstance(held, dict) or not call.writes:
            return False
        flat = [(str(at[-1]), at) for at, _ in leaves(held) if not any(isinstance(part, int) for part in at)]
        return any(UNITS.search(key) for key, _ in flat) and any(
            SKU.search(key) or key.lower() in ("url", "id") for key, _ in flat
        )

    def _answered(self, source: Source) -> Path:
        """Where a value stands in what a step's variable holds: a GraphQL step holds its first field's value."""
        return source.at[2:] if self.calls[source.call].graphql else source.at

    def _secret(self, key: str, quote: str) -> str:
        name = (
            f"{self.prefix}_{re.sub(r'[^A-Z0-9]+', '_', re.sub(r'(?<=[a-z])(?=[A-Z])', '_', key).upper()).strip('_')}"
        )
        self.secrets.add(name)
        return f"self.secret[{quote}{name}{quote}]"


def _names_product(key: str, value: Any) -> bool:
    marker = MARKER.fullmatch(value) if isinstance(value, str) else None
    return bool(SKU.search(key) or (marker and SKU.search(marker[1])))


def _escaped(part: str) -> str:
    """A part of a path as it stands in an f-string, with its settings."""
    pieces = SETTING.split(part)
    return "".join(
        f"{{self.setting['{piece}']}}" if at % 2 else _text(piece)[1:-1].replace("{", "{{").replace("}", "}}")
        for at, piece in enumerate(pieces)
    )


def _keys(at: Path, quote: str = '"') -> str:
    return "".join(f"[{quote}{key}{quote}]" if isinstance(key, str) else f"[{key}]" for key in at)


def _text(value: str) -> str:
    """A Python literal in double quotes."""
    return json.dumps(value, ensure_ascii=False)
