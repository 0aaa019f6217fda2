"""Reads a schema: its properties over `allOf` and alternatives, the place of an id in it, and an example value that fits it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from loadtests.adapters.draft.calls import Path
from loadtests.adapters.draft.openapi.documents import Description, Json
from loadtests.adapters.draft.secrets import LOOKS, SECRET_KEYS

DEEPEST = 5
"""Levels below which a made-up value stays empty."""
MOST = 400
"""Values of an example that is written; a larger example is left out."""
USUAL = (
    (r"currency", "USD"),
    (r"country", "US"),
    (r"locale|language", "en-US"),
    (r"postal|zip", "94103"),
    (r"^city|town", "San Francisco"),
    (r"province|state|region_?code", "CA"),
)
"""Standard codes, for fields that accept nothing else."""
FORMATS = {
    "date": "2026-01-01", "date-time": "2026-01-01T00:00:00Z", "email": "load@example.com",
    "uuid": "00000000-0000-4000-8000-000000000000", "uri": "https://shop.example",
}  # fmt: skip
ENVELOPES = frozenset({
    "data", "result", "response", "resource", "attributes", "attribute", "payload", "body", "content", "object", "item",
    "entity", "value", "transaction_data", "embedded",
})  # fmt: skip
"""Names of envelopes, which say nothing about their content."""


class Schemas:
    """Reads the schemas of one description; results are cached by schema."""

    def __init__(self, description: Description):
        self.resolve = description.resolve
        self._home = description.home
        self._properties: dict[int, Json] = {}
        self._required: dict[int, frozenset[str]] = {}

    def properties(self, schema: Any) -> Json:
        """Properties by name, over every part and alternative; the first with a name counts."""
        schema = self.resolve(schema)
        known = self._properties.get(id(schema))
        if known is None:
            known = self._properties[id(schema)] = {}
            for part in self._parts(schema):
                for name, inner in self.properties(part).items():
                    known.setdefault(name, inner)
            own = schema.get("properties")
            if isinstance(own, dict):
                known.update(own)
        return known

    def required(self, schema: Any) -> frozenset[str]:
        """Names of the properties that an object of this schema must have."""
        schema = self.resolve(schema)
        known = self._required.get(id(schema))
        if known is None:
            self._required[id(schema)] = frozenset()
            names = set(_texts(schema.get("required")))
            for part in _listed(schema.get("allOf")):
                names |= self.required(part)
            alternative = self._first_alternative(schema)
            if alternative is not None:
                names |= self.required(alternative)
            known = self._required[id(schema)] = frozenset(names)
        return known

    def kind(self, schema: Any) -> str:
        """`object`, `array`, `string`, …; empty where there is none."""
        schema = self.resolve(schema)
        kind = schema.get("type")
        if isinstance(kind, list):
            kind = next((each for each in kind if each != "null"), "")
        if isinstance(kind, str) and kind:
            return kind
        if self.properties(schema):
            return "object"
        if "items" in schema:
            return "array"
        return next((kind for part in self._parts(schema) if part is not schema and (kind := self._plain(part))), "")

    def items(self, schema: Any) -> Any:
        """Schema of an array's elements."""
        return self.resolve(schema).get("items", {})

    def locate(self, schema: Any, fits: Callable[[str, int], int], nouns: Sequence[str]) -> Path | None:
        """The place of the best-named field in an answer: at its top, in an envelope, or inside the thing that a noun names.

        fits: by a field's name and depth, the smaller the better; 0 for no fit.
        """
        best: tuple[int, int, Path] | None = None
        ahead: list[tuple[Any, Path, bool]] = [(schema, (), False)]
        while ahead:
            inner, at, named = ahead.pop(0)
            if len(at) > 3:
                continue
            if not at and self.kind(inner) == "array":
                inner, at = self.items(inner), (0,)
            for name, each in self.properties(inner).items():
                kind = self.kind(each)
                rank = fits(name, len(at)) if kind not in ("object", "array") else 0
                if rank and (best is None or (not named, rank, len(at)) < best[:1] + best[1:2] + (len(best[2]),)):
                    best = (not named, rank, (*at, name))
                plain = word(name)
                holds = plain in nouns
                if kind == "object" and (holds or plain in ENVELOPES or (named and plain in ENVELOPES)):
                    ahead.append((each, (*at, name), named or holds))
                elif kind == "array" and holds:
                    ahead.append((self.items(each), (*at, name, 0), True))
        return best[2] if best else None

    def listed(self, schema: Any) -> tuple[Path, Any] | None:
        """The place of a list in an answer, and the schema of its items: the first array of objects, at most two levels down."""
        ahead: list[tuple[Any, Path]] = [(schema, ())]
        arrays: list[tuple[Path, Any]] = []
        while ahead:
            inner, at = ahead.pop(0)
            if self.kind(inner) == "array":
                if self.kind(self.items(inner)) == "object":
                    arrays.append((at, self.items(inner)))
            elif len(at) < 3:
                ahead += [
                    (each, (*at, name))
                    for name, each in self.properties(inner).items()
                    if self.kind(each) == "array" or (self.kind(each) == "object" and word(name) in ENVELOPES)
                ]
        usual = [
            each for each in arrays if not each[0] or word(str(each[0][-1])) not in ("error", "link", "tag", "include")
        ]
        return usual[0] if usual else None

    def value(self, schema: Any, name: str, wanted: Callable[[str], bool] = lambda name: False, depth: int = 0) -> Any:
        """A value that fits: what is required, and what is `wanted` by name."""
        schema = self.resolve(schema)
        given = next((schema[key] for key in ("const", "example", "default") if _plain(schema.get(key))), None)
        if given is None and isinstance(schema.get("enum"), list):
            given = next((each for each in schema["enum"] if _plain(each)), None)
        properties = self.properties(schema)
        if properties:
            if depth > DEEPEST:
                return {}
            example = schema.get("example") if isinstance(schema.get("example"), dict) else {}
            needed = self.required(schema)
            return {
                key: (
                    disguised(key, example[key])
                    if _plain(example.get(key)) and not self.properties(each)
                    else self.value(each, key, wanted, depth + 1)
                )
                for key, each in properties.items()
                if key in needed or (wanted(key) and depth <= DEEPEST)
            }
        match self.kind(schema):
            case "array":
                one = self.value(self.items(schema), name, wanted, depth + 1)
                return [] if one is None or one == {} else [one]
            case "object":
                return {}
            case "boolean":
                return given if isinstance(given, bool) else False
            case "integer" | "number" as kind:
                least = schema.get("minimum")
                if isinstance(given, int | float):
                    return given
                one = max(least, 1) if isinstance(least, int | float) else 1
                return int(one) if kind == "integer" or one == int(one) else one
        if given is not None:
            return disguised(name, given)
        parts = [part for part in self._parts(schema) if part is not schema]
        if parts and depth <= DEEPEST:
            return self.value(next((part for part in parts if self.kind(part) != "null"), {}), name, wanted, depth + 1)
        for words, code in USUAL:
            if re.search(words, name, re.I):
                return code
        return disguised(name, FORMATS.get(str(schema.get("format")), f"({_word_only(name) or 'text'})"))

    def variants(self, schema: Any) -> dict[str, Any]:
        """Schemas by the value of the discriminator that chooses among them, and under `""` the discriminator's name."""
        schema = self.resolve(schema)
        chooser = schema.get("discriminator")
        if isinstance(chooser, str):
            chooser = {"propertyName": chooser}
        if not isinstance(chooser, dict) or not isinstance(chooser.get("mapping"), dict):
            return {}
        return {"": str(chooser.get("propertyName", "type"))} | {
            key: {"$ref": self._absolute(each)} for key, each in chooser["mapping"].items() if isinstance(each, str)
        }

    def _absolute(self, reference: str) -> str:
        """A reference of a discriminator, which `Description` does not follow, with the file that contains it."""
        return f"{self._home}{reference}" if reference.startswith("#") else reference

    def _parts(self, schema: Json) -> Iterator[Json]:
        for key in ("allOf", "oneOf", "anyOf"):
            for each in _listed(schema.get(key)):
                yield self.resolve(each)

    def _first_alternative(self, schema: Json) -> Json | None:
        for key in ("oneOf", "anyOf"):
            for each in _listed(schema.get(key)):
                part = self.resolve(each)
                if part.get("type") != "null":
                    return part
        return None

    def _plain(self, part: Json) -> str:
        kind = part.get("type")
        return kind if isinstance(kind, str) and kind != "null" else ""


def word(name: str) -> str:
    """A name as one word in the singular: `lineItems`, `line-items` and `line_item` are `line_item`."""
    text = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    text = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
    if text.endswith("ies"):
        return text[:-3] + "y"
    if re.search(r"(ss|sh|ch|x)es$", text):
        return text[:-2]
    return text[:-1] if text.endswith("s") and not text.endswith(("ss", "us", "is")) else text


def disguised(name: str, value: Any) -> Any:
    """A value of an example, unless it looks like a secret."""
    if isinstance(value, str):
        if SECRET_KEYS.search(name):
            return "{{" + (_word_only(name) or "secret") + "}}"
        if LOOKS.fullmatch(value) or "{{" in value or re.search(r"<[\w-]+>", value):
            return f"({_word_only(name) or 'text'})"
    return value


def _word_only(name: str) -> str:
    return re.sub(r"\W+", "_", name).strip("_")


def _plain(value: Any) -> bool:
    return isinstance(value, str | int | float) and value != ""


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _texts(value: Any) -> list[str]:
    return [each for each in _listed(value) if isinstance(each, str)]
