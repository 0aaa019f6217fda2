"""Which recorded call lists the products, and the `discover` that is made of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from loadtests.adapters.draft.calls import Call, leaves
from loadtests.adapters.draft.code import SKU, Listing, Writer, sent
from loadtests.adapters.draft.flow import Source
from loadtests.adapters.draft.literals import front, index, reached

POOL = "RETAIL_LAB_POOL_SKUS"
CODES = ("sku", "upc", "ean", "code", "number", "slug", "id")
STOCKED = re.compile(r"^(is_?)?(in_?stock|available)", re.I)


def listing(writer: Writer) -> Listing | None:
    """The list of products whose items calls use most: calls that fill a cart count more than views."""
    best: tuple[tuple, Listing] | None = None
    takings = _taken(writer)
    for place in sorted(writer.products):
        for at in _lists(writer.calls[place].answer):
            items = reached(writer.calls[place].answer, at)
            inner = {
                path[-1]: path for path, _ in reversed(list(leaves(items[0]))) if path and isinstance(path[-1], str)
            }
            if not inner:
                continue
            code = next((inner[key] for key in CODES if key in inner), next(iter(inner.values())))
            taken: Counter = Counter()
            for source, times in takings.get(place, {}).items():
                if source[: len(at)] == at and len(source) > len(at) + 1:
                    taken[front(source[len(at) + 1 :])] += times
            identity = taken.most_common(1)[0][0] if taken else code
            if reached(items[0], identity) is None:
                identity = code
            worth = (max(taken.values(), default=0), writer.journey_of[place] == "browse", -place, -len(at))
            if best is None or worth > best[0]:
                best = (worth, Listing(place, at, code, identity))
    return best[1] if best else None


def _taken(writer: Writer) -> dict[int, Counter]:
    """By call and place in its answer, how often other calls use the value; calls that fill a cart count 100 times."""
    taken: dict[int, Counter] = {}
    for taker, call in enumerate(writer.calls):
        names_product = any(SKU.search(str(path[-1])) for path, _ in sent(call) if path)
        fills = call.writes and (names_product or writer.fills(call))
        for key, value, trail in _uses(call):
            source = writer.source(taker, key, value, trail)
            if source and source.call != taker:
                taken.setdefault(source.call, Counter())[source.at] += 100 if fills else 1
    return taken


def discovery(writer: Writer, stock_checks: Sequence[int]) -> str:
    """Python for `discover`, from the call that lists products: those in stock, by code and by the id that calls take."""
    listing = writer.listing
    if listing is None:
        return (
            "    def discover(self, errand):\n"
            f'        """No call lists products: the rows of the .csv (columns sku, product) that {POOL} names are taken."""\n'
            '        return {"products": [[row["product"], row["product"]] for row in self.pool["skus"].rows]}'
        )
    call = writer.calls[listing.call]
    items = reached(call.answer, listing.at)
    stocked = next((path for path, _ in leaves(items[0]) if path and STOCKED.search(str(path[-1]))), None)
    lists = dict.fromkeys(path[: path.index(0)] for path in (listing.code, listing.identity) if 0 in path)
    conditions = [f"item{index(path)}" for path in [*lists, *([stocked] if stocked else [])]]
    keep = f" if {' and '.join(conditions)}" if conditions else ""
    writer.steps, writer.used, writer.missing = {listing.call: "products"}, set(), set()
    asked = writer.step(listing.call)[-1].strip()
    body = "" if call.graphql else ".json"
    path = writer.answered(Source(listing.call, listing.at))
    pair = f"[item{index(listing.code)}, item{index(listing.identity)}]"
    if not stocked and (available := _availability(writer, stock_checks)):
        return (
            "    def discover(self, errand):\n"
            '        """The list does not tell what is in stock: it is asked product by product."""\n'
            f"        items = {asked}{body}{index(path or ())}\n"
            "        found = []\n"
            "        for item in items:\n"
            f"            if {available}:\n"
            f"                found.append({pair})\n"
            '        return {"products": found}'
        )
    return (
        "    def discover(self, errand):\n"
        f"        items = {asked}{body}{index(path or ())}\n"
        f'        return {{"products": [{pair} for item in items{keep}]}}'
    )


def _availability(writer: Writer, stock_checks: Sequence[int]) -> str:
    """Python for the condition that a listed item is in stock, where a recorded call shows it for one product; else empty."""
    listing = writer.listing
    if listing is None:
        return ""
    for place in stock_checks:
        call = writer.calls[place]
        stocked = [
            at for at, value in leaves(call.answer) if at and isinstance(value, bool) and STOCKED.search(str(at[-1]))
        ]
        if call.graphql or call.writes or not stocked or place == listing.call:
            continue
        writer.steps = {place: "availability"}
        (asked,) = writer.step(place, "item")
        if "item.id" in asked or "item.code" in asked:
            asked = asked.replace("item.id", f"item{index(listing.identity, chr(39))}")
            return asked.replace("item.code", f"item{index(listing.code, chr(39))}") + ".json" + index(stocked[0])
    return ""


def _uses(call: Call) -> Iterator[tuple[str, Any, Sequence[str]]]:
    """Values that a call sends, each with its key (empty in a path) and the keys that lead to it."""
    parts = call.path.split("/")
    yield from (("", part, [each for each in parts[:at] if each][-1:] or [""]) for at, part in enumerate(parts) if part)
    yield from ((key, value, (key,)) for key, value in call.params)
    for at, value in sent(call):
        keys = [str(part) for part in at if isinstance(part, str)] or [""]
        yield keys[-1], value, keys


def _lists(answer: Any, at: tuple = (), levels: int = 6) -> Iterator[tuple]:
    """Places of the lists of objects in an answer, outer before inner; none that is inside another list."""
    if isinstance(answer, list):
        if answer and isinstance(answer[0], dict):
            yield at
    elif isinstance(answer, dict) and levels:
        for key, inner in answer.items():
            yield from _lists(inner, (*at, key), levels - 1)
