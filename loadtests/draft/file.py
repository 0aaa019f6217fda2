"""The file of a begun adapter: calls of a recording sorted into journeys, each journey a method."""

from __future__ import annotations

import json
import keyword
import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from loadtests.draft import described, flow, har, journeys, postman, secrets
from loadtests.draft.calls import Call, Recording, leaves
from loadtests.draft.code import WANTED, Writer
from sim.records.refusal import Refusal
from sim.records.trace import JOURNEYS

CODES = ("sku", "upc", "ean", "code", "number", "slug", "id")
STOCKED = re.compile(r"^(is_?)?(in_?stock|available)", re.I)


@dataclass(frozen=True)
class Draft:
    text: str
    journeys: Sequence[str]
    variables: Sequence[str]
    """Environment variables that it reads."""
    dropped: Sequence[str]
    host: str


def draft(
    name: str, har: Path | None = None, openapi: Path | None = None, postman: Path | None = None, host: str = ""
) -> Draft:
    """Begin an adapter; from one file at most. Raises `Refusal` for a name that is no word, and for a file that cannot be read."""
    if not name.isidentifier() or keyword.iskeyword(name):
        raise Refusal("NAME", "", "a word of letters, digits and _", name)
    if sum(file is not None for file in (har, openapi, postman)) > 1:
        raise Refusal("--har/--openapi/--postman", "", "one of them")
    recording = _read(name, har, openapi, postman, host)
    drafting = _Drafting(name, recording, har or openapi or postman)
    text = drafting.text()
    made = Draft(
        text,
        drafting.done,
        drafting.variables(),
        (*recording.dropped, *drafting.unplaced, *drafting.missing),
        recording.host or host,
    )
    leaked = [value for value in secrets.values(recording.calls) if value in made.text]
    if leaked:
        raise Refusal(
            har or openapi or postman, "", f"{len(leaked)} secrets to be kept out of the file; please report this"
        )
    return made


def _read(name: str, recorded: Path | None, openapi: Path | None, collection: Path | None, host: str) -> Recording:
    if recorded:
        return har.read(recorded, host)
    if openapi:
        return described.read(openapi, name.upper())
    return postman.read(collection, host) if collection else Recording([])


class _Drafting:
    def __init__(self, name: str, recording: Recording, file: Path | None):
        self.name, self.file = name, file
        self.calls = calls = list(recording.calls)
        self.settings = dict(recording.settings)
        self.pooled = False
        """Whether products come from a file, because no call lists them."""
        prefix = name.upper()
        self.proof = (
            secrets.Proof(recording.auth, tuple(recording.variables))
            if recording.auth is not None
            else secrets.proof(calls, prefix)
        )
        known = flow.sources(calls)
        journey_of = {place: journeys.journey(call) for place, call in enumerate(calls)}
        journey_of[self.proof.login] = "login"
        lists = {place for place, each in journey_of.items() if each in ("browse", "search", "stock_check")}
        self.writer = Writer(calls, known, journey_of, self.proof, prefix, lists)
        self.of: dict[str, list[int]] = {}
        for journey in JOURNEYS:
            places = [place for place, each in journey_of.items() if each == journey]
            self.of[journey] = self._chosen(places)
        self.done = [journey for journey in JOURNEYS if self.of[journey]]
        self.unplaced = [
            f"{call.method} {call.path} (no journey)" for place, call in enumerate(calls) if not journey_of[place]
        ]  # fmt: skip

    def _chosen(self, places: list[int]) -> list[int]:
        once: dict[tuple[str, str, bool], int] = {}
        if not places:
            return []
        for place in places:
            once.setdefault(self._shape(place), place)
        return list(once.values()) if not self.calls[places[0]].journey else places

    @property
    def missing(self) -> list[str]:
        if not (self.pooled and self.done):
            return []
        return [f"a list of products (no call answers one): {_POOL} must name a .csv with the columns sku and product"]

    def _shape(self, place: int) -> tuple[str, str, bool]:
        """Calls of one shape are one step: the same path but for what an answer brought."""
        call = self.calls[place]
        known = self.writer.known[place]
        path = "/".join("{}" if part in known else part for part in call.path.split("/"))
        return (call.method, call.field if call.graphql else path, call.graphql)

    def variables(self) -> list[str]:
        return sorted({*self.proof.variables, *self.writer.secrets, *self.settings, *([_POOL] if self.pooled else [])})

    def text(self) -> str:
        # A checkout is written last, because it returns what the others turn out to carry; it stands where it belongs.
        written = {journey: self._method(journey) for journey in sorted(self.done, key=lambda name: name == "checkout")}
        methods = [written[journey] for journey in self.done]
        discover = self._discover()
        secrets_line = (
            [f"    secrets = ({', '.join(f'{chr(34)}{name}{chr(34)}' for name in sorted(self.writer.secrets))},)"]
            if self.writer.secrets
            else []
        )
        base = "GraphQL" if any(call.graphql for call in self.calls) else "Adapter"
        endpoint = next((call.path for call in self.calls if call.graphql), "")
        head = [
            f'"""{self.name}: begun by `retail-lab adapter new`{f" from {self.file.name}" if self.file else ""}.',
            "",
            "Read it, correct it, then try it: retail-lab adapter check FILE --host URL",
            '"""',
            "",
            *([f"from loadtests.adapters.auth import {self.proof.form}"] if self.proof.code else []),
            "from loadtests.adapters.base import Adapter"
            if base == "Adapter"
            else "from loadtests.adapters.graphql import GraphQL",
            "",
            "",
            f"class {''.join(part.capitalize() for part in self.name.split('_'))}({base}):",
            f'    name = "{self.name}"',
            *([f'    endpoint = "{endpoint}"'] if endpoint else []),
            *([f"    auth = {self.proof.code}"] if self.proof.code else []),
            *(
                ['    elsewhere = {"auth": "' + self.name.upper() + '_AUTH_URL"}']
                if 'at="auth"' in self.proof.code
                else []
            ),
            *secrets_line,
            *self._settings(),
            *(['    pools = {"skus": ("sku", "product")}'] if self.pooled else []),
            *([f'    decides = "{self._decides()}"'] if self.of["checkout"] else []),
        ]
        blocks = [discover, *methods] if self.done else [_EMPTY]
        return "\n".join(head) + "\n\n" + "\n\n".join(blocks) + "\n"

    def _settings(self) -> list[str]:
        if not self.settings:
            return []
        held = ", ".join(f'"{variable}": {json.dumps(value)}' for variable, value in sorted(self.settings.items()))
        return [f"    settings = {{{held}}}"]

    def _method(self, journey: str) -> str:
        writer = self.writer
        writer.steps, writer.used = self._names(self.of[journey]), set()
        steps = {place: writer.step(place) for place in self.of[journey]}
        end: list[str] = []
        if journey == "checkout":
            end = self._ending()
        lines = [f"def {journey}(self, errand):"]
        if any(WANTED in line for line in [*chain(*steps.values()), *end]):
            lines.append("    wanted = self.assortment.lines(errand.skus, errand.quantities)")
        for place, step in steps.items():
            if place in writer.used:
                held = "" if self.calls[place].graphql else ".json"
                step[-1] = re.sub(r"^(\s*)", rf"\1{writer.steps[place]} = ", step[-1]) + held
            lines += [f"    {line}" for line in step]
        return "\n".join(f"    {line}" for line in [*lines, *(f"    {line}" for line in end)])

    def _ending(self) -> list[str]:
        """Tell what was made, and return what the followers take."""
        writer, last = self.writer, self.of["checkout"][-1]
        exported = dict(writer.exported)
        answered = {
            at[-1]: flow.Source(last, at)
            for at, _ in leaves(self.calls[last].answer)
            if not any(isinstance(part, int) for part in at)
        }
        name = next((key for key in ("id", "number", "code", "orderId", "order_id", "url") if key in answered), None)
        if name and not exported:
            exported[name] = answered[name]
        if not exported:
            return ["# Nothing in the last answer looks like the order's id: return what order_status needs."]
        told = {}
        for key, source in exported.items():
            if source.call not in writer.steps and key in answered:  # another call's answer looks the same
                source = answered[key]
            if source.call not in writer.steps:
                continue
            writer.used.add(source.call)
            at = source.at[2:] if self.calls[source.call].graphql else source.at
            told[key] = writer.steps[source.call] + "".join(
                f'["{part}"]' if isinstance(part, str) else f"[{part}]" for part in at
            )
        identity = next(iter(told.values()), None)
        if identity is None:
            return []
        units = f"{{product.code: units for product, units in {WANTED}}}"
        carried = ", ".join(f'"{key}": {value}' for key, value in told.items())
        return [f'errand.created("order", {identity}, {units})', f"return {{{carried}}}"]

    def _decides(self) -> str:
        return self._names(self.of["checkout"])[self.of["checkout"][-1]]

    def _names(self, places: Sequence[int]) -> dict[int, str]:
        """A short name for each step of a journey: its path's last word."""
        names: dict[int, str] = {}
        for place in places:
            call = self.calls[place]
            known = self.writer.known[place]
            words = (
                [call.field] if call.graphql else [part for part in call.path.split("/") if part and part not in known]
            )
            name = re.sub(r"\W+", "_", words[-1] if words else "root").strip("_").lower() or "step"
            name = f"step_{name}" if name[0].isdigit() or keyword.iskeyword(name) else name
            taken = list(names.values())
            names[place] = name if name not in taken else f"{name}_{sum(each.startswith(name) for each in taken) + 1}"
        return names

    def _discover(self) -> str:
        """From the first call that lists products: what is in stock, by code and by the id that calls take."""
        for place in sorted(self.writer.products):
            call = self.calls[place]
            for at, _ in leaves(call.answer):
                if 0 in at and all(isinstance(part, str) for part in at[: at.index(0)]):
                    return self._discovery(place, at[: at.index(0)])
        self.pooled = True
        return (
            "    def discover(self, errand):\n"
            f'        """No call lists products: the rows of the .csv (columns sku, product) that {_POOL} names are taken."""\n'
            '        return {"products": [[row["product"], row["product"]] for row in self.pool["skus"].rows]}'
        )

    def _discovery(self, place: int, at: tuple) -> str:
        call, writer = self.calls[place], self.writer
        item = call.answer
        for key in (*at, 0):
            item = item[key]
        inner = {path[-1]: path for path, _ in reversed(list(leaves(item))) if isinstance(path[-1], str)}
        taken = [
            source.at[len(at) + 1 :]
            for known in writer.known
            for source in known.values()
            if source.call == place and source.at[: len(at)] == at
        ]
        code = next((inner[key] for key in CODES if key in inner), next(iter(inner.values())))
        wanted = next(
            (
                path
                for path in taken
                if path and path[-1] in ("id", "url", "href", "uuid") and self._asked(place, (*at, 0, *path))
            ),
            None,
        )
        identity = wanted or next((path for path in taken if path and self._asked(place, (*at, 0, *path))), code)
        stocked = next((path for key, path in inner.items() if STOCKED.search(str(key))), None)
        keep = f" if item{_index(stocked)}" if stocked else ""
        writer.steps, writer.used = {place: "products"}, set()
        asked = writer.step(place)[-1].strip()
        held = "" if call.graphql else ".json"
        path = at[2:] if call.graphql else at
        return (
            "    def discover(self, errand):\n"
            f"        items = {asked}{held}{_index(path)}\n"
            f'        return {{"products": [[item{_index(code)}, item{_index(identity)}] for item in items{keep}]}}'
        )

    def _asked(self, place: int, at: tuple) -> bool:
        """Whether a later call takes the value at this place of an answer."""
        value = self.calls[place].answer
        for key in at:
            value = value[key]
        used = {str(each) for call in self.calls if call is not self.calls[place] for each in _sent(call)}
        return str(value) in used


_POOL = "RETAIL_LAB_POOL_SKUS"

_EMPTY = '''    def discover(self, errand):
        """List what is in stock: the platform's own code of each product, and the id that its calls take."""
        items = errand.get("products", "/products").json["items"]
        return {"products": [[item["sku"], item["id"]] for item in items]}

    def browse(self, errand):
        errand.get("list", "/products", needs="items")

    def checkout(self, errand):
        cart = errand.post("cart", "/carts", needs="id").json
        for product, units in self.assortment.lines(errand.skus, errand.quantities).items():
            errand.post("add", f"/carts/{cart['id']}/lines", json={"product": product.id, "quantity": units})
        order = errand.post("order", f"/carts/{cart['id']}/checkout", keyed=True, needs="id").json
        errand.created("order", order["id"], {})
        return order["id"]

    def order_status(self, errand):
        errand.get("order", f"/orders/{errand.carried}", needs="status")'''


def _sent(call: Call) -> list:
    return [*call.path.split("/"), *(value for _, value in call.params), *(value for _, value in leaves(call.body))]


def _index(path: tuple) -> str:
    return "".join(f'["{key}"]' if isinstance(key, str) else f"[{key}]" for key in path)
