"""Operations by their paths: the noun of each part, the parameters that are settings of an installation, and the noun of each other parameter."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from loadtests.adapters.draft.code import SKU, WHO
from loadtests.adapters.draft.openapi.coverage import Documented, Operation, server
from loadtests.adapters.draft.openapi.schemas import word

CART = frozenset(["cart", "basket", "bag", "trolley", "order_form", "checkout", "shopping_cart"])
ORDER = frozenset(["order", "sale", "purchase", "sales_order"])
TENANT = frozenset(
    [
        "organization",
        "organisation",
        "account",
        "tenant",
        "store",
        "shop",
        "site",
        "merchant",
        "company",
        "project",
        "workspace",
        "channel",
        "region",
    ]
)
"""Nouns of which an installation has one: where most paths begin with it, its name is a setting."""
VERSION = re.compile(r"v\d+(\.\d+)*|api|rest|pub|pvt", re.I)
SUFFIX = re.compile(r"_(id|code|key|number|no|num|token|uuid|guid|slug|ref|reference|iso|name)$")
GENERIC = frozenset(
    [
        "id",
        "code",
        "key",
        "number",
        "no",
        "num",
        "token",
        "uuid",
        "guid",
        "slug",
        "ref",
        "reference",
        "iso",
        "name",
        "identifier",
    ]
)
SHARED = 0.6
"""The share of operations that a tenant's parameter stands before."""


@dataclass(frozen=True)
class Parameter:
    """A path parameter, and the noun that it stands for."""

    name: str
    noun: str
    """The noun that it names, in the singular."""

    @property
    def is_product(self) -> bool:
        """Whether it names a product."""
        return bool(SKU.search(self.noun)) or self.noun in ("item", "good")

    @property
    def is_person(self) -> bool:
        """Whether it names a person."""
        return bool(WHO.search(self.noun))


@dataclass(frozen=True)
class Op:
    """An operation whose path is taken apart: `words` are its parts, `None` where a parameter stands that no setting fills."""

    place: int
    operation: Operation
    base: str
    parts: Sequence[str]
    """The parts of the template, settings included."""
    words: Sequence[str | None]
    parameters: Sequence[Parameter]
    settings: frozenset[str] = field(default=frozenset())

    @property
    def method(self) -> str:
        """The HTTP method."""
        return self.operation.method

    @property
    def writes(self) -> bool:
        """Whether the method changes something."""
        return self.method in ("POST", "PUT", "PATCH")

    @property
    def last(self) -> str:
        """The last word; empty where the path ends in a parameter."""
        return (self.words[-1] if self.words else "") or ""

    @property
    def title(self) -> str:
        """Method and path template, for a note."""
        return f"{self.method} {self.operation.template}"

    def has(self, nouns: frozenset[str]) -> bool:
        """Whether one of the nouns is a word of the path."""
        return any(each in nouns for each in self.words)


def ops(documented: Documented) -> list[Op]:
    """The operations whose parameters each fill a whole part of the path."""
    tenants = _tenants(documented)
    operations = []
    for place, operation in enumerate(documented.operations):
        base = (
            urlsplit(server(operation.what)).path.rstrip("/") if "servers" in operation.what else documented.base_path
        )
        parts = [part for part in operation.template.split("/") if part]
        words: list[str | None] = []
        parameters, settings = [], set()
        before = ""
        for at, part in enumerate(parts):
            named = re.fullmatch(r"\{([^{}]+)\}", part)
            if not named:
                before = word(part)
                words.append(before)
            elif all(VERSION.fullmatch(each) for each in parts[:at]) or "/".join(parts[: at + 1]) in tenants:
                settings.add(named[1])
            else:
                words.append(None)
                parameters.append(Parameter(named[1], _noun(word(named[1]), before)))
        if not any("{" in part and not re.fullmatch(r"\{[^{}]+\}", part) for part in parts):
            operations.append(Op(place, operation, base, parts, words, parameters, frozenset(settings)))
    return operations


def _tenants(documented: Documented) -> set[str]:
    begun: Counter[str] = Counter()
    for operation in documented.operations:
        parts = [part for part in operation.template.split("/") if part]
        for at in range(1, len(parts) - 1):
            if re.fullmatch(r"\{[^{}]+\}", parts[at]) and word(parts[at - 1]) in TENANT:
                begun["/".join(parts[: at + 1])] += 1
    return {prefix for prefix, count in begun.items() if count >= SHARED * len(documented.operations)}


def _noun(parameter: str, before: str) -> str:
    if parameter in GENERIC:
        return before or parameter
    return SUFFIX.sub("", parameter) or before


def same(noun: str, other: str) -> bool:
    """Whether two words are synonyms in a checkout."""
    return noun == other or any({noun, other} <= family for family in (CART, ORDER))
