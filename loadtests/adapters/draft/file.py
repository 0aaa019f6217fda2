"""The file of a begun adapter: calls of a recording sorted into journeys, each journey a method."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from loadtests.adapters.draft import discovery, flow, har, journeys, postman, secrets
from loadtests.adapters.draft.calls import Recording, leaves, left_out
from loadtests.adapters.draft.code import TAKEN, WANTED, Writer
from loadtests.adapters.draft.discovery import POOL
from loadtests.adapters.draft.literals import index, text
from loadtests.adapters.draft.openapi import described
from loadtests.safety import read_url
from sim.records.refusal import Refusal
from sim.records.trace import FOLLOWERS, JOURNEYS

ORDER_IDS = ("id", "number", "code", "orderId", "order_id", "orderNumber", "order_number", "url")


@dataclass(frozen=True)
class Draft:
    """The text of a new adapter, and what stands in it."""

    text: str
    journeys: Sequence[str]
    variables: Sequence[str]
    """Environment variables that it reads."""
    dropped: Sequence[str]
    """What was left out, by reason."""
    host: str
    why_none: str = ""
    """Why a given file has no journey, and what to do next; empty where it has one."""


def draft(
    name: str, har: Path | None = None, openapi: Path | None = None, postman: Path | None = None, host: str = ""
) -> Draft:
    """Draft an adapter, from one file at most. Raises `Refusal` for a name that is not a word, and for a file that cannot be read."""
    if not name.isidentifier() or keyword.iskeyword(name):
        raise Refusal("NAME", "", "a word of letters, digits and _", name)
    if host:
        read_url(host)
    if sum(file is not None for file in (har, openapi, postman)) > 1:
        raise Refusal("--har/--openapi/--postman", "", "one of them")
    recording = _read(name, har, openapi, postman, host)
    drafting = _Drafting(name, recording, har or openapi or postman)
    made = Draft(
        drafting.text(),
        drafting.done,
        drafting.variables(),
        (*recording.dropped, *drafting.unplaced, *drafting.missing),
        recording.host or host,
        "" if drafting.done or not (har or openapi or postman) else _why_none(recording, bool(har)),
    )
    leaked = [
        value
        for value in drafting.writer.hidden
        if value in drafting.writer.written or (secrets.LOOKS.fullmatch(value) and value in made.text)
    ]
    if leaked:
        raise Refusal(
            har or openapi or postman, "", f"{len(leaked)} secrets to be kept out of the file; please report this"
        )
    return made


def _read(name: str, recorded: Path | None, openapi: Path | None, collection: Path | None, host: str) -> Recording:
    if recorded:
        return har.read(recorded, host, name.upper())
    if openapi:
        return described.read(openapi, name.upper())
    return postman.read(collection, host, name.upper()) if collection else Recording([])


class _Drafting:
    def __init__(self, name: str, recording: Recording, file: Path | None):
        self.name, self.file = name, file
        self.calls = calls = list(recording.calls)
        prefix = name.upper()
        self.recording = recording
        self.proof, self.staff = self._proofs(recording, prefix)
        known = flow.sources(calls, recording.ordered)
        journey_of = {place: journeys.journey(call) for place, call in enumerate(calls)}
        for proof in (self.proof, self.staff):
            journey_of[proof.login] = "login"
        lists = {place for place, each in journey_of.items() if each in ("browse", "search", "stock_check")}
        self.writer = Writer(calls, known, journey_of, self.proof, prefix, lists, recording.host, self.staff)
        self.writer.hidden = secrets.values(calls)
        takes = flow.takes(calls, known)
        self.of: dict[str, list[int]] = {}
        for journey in JOURNEYS:
            places = [place for place, each in journey_of.items() if each == journey]
            self.of[journey] = self._chosen(journey, places, takes, recording.ordered)
        self.done = [journey for journey in JOURNEYS if self.of[journey]]
        if recording.ordered:
            self._log_in()
        self.writer.listing = discovery.listing(self.writer)
        self.journey_of = journey_of

    def _proofs(self, recording: Recording, prefix: str) -> tuple[secrets.Proof, secrets.Proof]:
        """The authentication of shoppers' calls, and that of staff's calls where it differs."""
        if recording.auth is not None:
            return secrets.Proof(recording.auth, tuple(recording.variables)), secrets.Proof()
        places = {side: [at for at, call in enumerate(self.calls) if call.staff is side] for side in (False, True)}
        proofs = {}
        for side, at in places.items():
            proof = secrets.proof([self.calls[place] for place in at], f"{prefix}_STAFF" if side else prefix)
            proofs[side] = replace(proof, login=at[proof.login] if proof.login >= 0 else -1)
        if not places[False]:
            return proofs[True], secrets.Proof()
        return proofs[False], proofs[True]

    def _log_in(self) -> None:
        """Put the login before journeys recorded after it, where each shopper needs a session of its own."""
        logins = [
            place
            for place, call in enumerate(self.calls)
            if self.writer.journey_of[place] == "login" and not call.staff and secrets.brings_password(call)
        ]
        if not logins or self.proof.form not in ("Cookies", "SessionHeader"):
            return
        for journey in self.done:
            if journey not in FOLLOWERS and self.of[journey][0] > logins[0]:
                self.of[journey].insert(0, logins[0])
                self.writer.logins.add(logins[0])

    @property
    def unplaced(self) -> list[str]:
        """Calls that no journey holds, by reason."""
        used = {place for places in self.of.values() for place in places}
        reasons: list[tuple[str, str]] = []
        for place, call in enumerate(self.calls):
            journey, named = self.journey_of[place], self._named(place)
            if place in used or place in (self.proof.login, self.staff.login):
                continue
            if place in self.writer.same:
                reasons.append(("the same step again", named))
            elif journey == "login":
                reasons.append(("login", named))
            elif not journey:
                reasons.append(("no journey of staff" if call.staff else "no journey", named))
            else:
                reasons.append((f"not needed for {journey}", named))
        return left_out(reasons)

    def _named(self, place: int) -> str:
        call = self.calls[place]
        return (
            f"{call.operation.kind} {call.field or '?'}" if call.graphql else f"{call.method} {self._shape(place)[1]}"
        )

    def _chosen(self, journey: str, places: list[int], takes: dict[int, set[int]], ordered: bool) -> list[int]:
        if not places:
            return []
        if ordered:
            if self.calls[places[0]].journey:
                return places
            once: dict[tuple, int] = {}
            for place in places:
                first = once.setdefault(self._shape(place), place)
                if first != place:
                    self.writer.same[place] = first
            return list(once.values())
        local = {place: at for at, place in enumerate(places)}
        within = {local[place]: {local[each] for each in takes[place] if each in local} for place in places}
        chosen = [
            places[at]
            for at in journeys.shortest([self.calls[place] for place in places], within, journey in journeys.ABOUT_ONE)
        ]
        reads = [place for place in places if self.calls[place].path == self.calls[places[0]].path]
        return chosen if journey != "browse" else list(dict.fromkeys([reads[0], *chosen]))

    def _shape(self, place: int) -> tuple:
        """The shape of a call: method, path without values from answers, and the body's fields. Calls of one shape become one step."""
        call = self.calls[place]
        known = self.writer.known[place]
        path = "/".join("{}" if part in known else part for part in call.path.split("/"))
        sent = call.variables if call.graphql else call.form or call.body
        fields = tuple(sorted(map(str, sent))) if isinstance(sent, Mapping) else ()
        return (call.method, call.operation if call.graphql else path, call.graphql, fields if call.writes else ())

    @property
    def pooled(self) -> bool:
        """Whether products come from a file, because no call lists them."""
        return bool(self.done) and self.writer.listing is None

    @property
    def missing(self) -> list[str]:
        if not self.pooled:
            return []
        return [f"a list of products (no call answers one): {POOL} must name a .csv with the columns sku and product"]

    def variables(self) -> list[str]:
        pools = ["RETAIL_LAB_POOL_ACCOUNTS"] * bool(self.writer.logins) + [POOL] * self.pooled
        return sorted(
            {
                *pools,
                *self.recording.settings,
                *self.proof.variables,
                *self.staff.variables,
                *self.writer.secrets,
                *self._elsewhere().values(),
            }
        )

    def _elsewhere(self) -> dict[str, str]:
        """The variables of the other hosts to which a written step, or a login, goes."""
        written = [place for places in self.of.values() for place in places]
        used = {self.calls[place].at for place in [*written, self.proof.login, self.staff.login] if place >= 0}
        hosts = {name: variable for name, variable in self.recording.elsewhere.items() if name in used}
        if 'at="auth"' in self.proof.code:
            hosts.setdefault("auth", f"{self.name.upper()}_AUTH_URL")
        return hosts

    def text(self) -> str:
        # A checkout is written last, because it returns the values that the other journeys need; in the file it has its usual place.
        written = {journey: self._method(journey) for journey in sorted(self.done, key=lambda name: name == "checkout")}
        methods = [written[journey] for journey in self.done]
        discover = discovery.discovery(self.writer, self.of["stock_check"])
        asking = [place for places in self.of.values() for place in places if self.calls[place].graphql]
        base = "GraphQL" if asking else "Adapter"
        endpoint = self._endpoint(asking) if asking else ""
        names = sorted(self.writer.secrets)
        forms = sorted({proof.form for proof in (self.proof, self.staff) if proof.code})
        elsewhere = ", ".join(f"{text(key)}: {text(value)}" for key, value in self._elsewhere().items())
        settings = ", ".join(f"{text(key)}: {text(value)}" for key, value in sorted(self.recording.settings.items()))
        pools = ['"accounts": ("user", "password")'] * bool(self.writer.logins)
        pools += ['"skus": ("sku", "product")'] * self.pooled
        attributes = [
            *([f"endpoint = {endpoint}"] if endpoint and not endpoint.startswith("f") else []),
            *([f"auth = {self.proof.code}"] if self.proof.code else []),
            *([f"staff = {self.staff.code}"] if self.staff.code else []),
            *([f"settings = {{{settings}}}"] if settings else []),
            *([f"pools = {{{', '.join(pools)}}}"] if pools else []),
            *([f"elsewhere = {{{elsewhere}}}"] if elsewhere else []),
            *([f"secrets = ({', '.join(map(text, names))},)"] if names else []),
            *([f"decides = {text(self._decides())}"] if self.of["checkout"] else []),
        ]
        blocks = [discover, *methods] if self.done else [_EMPTY]
        if endpoint.startswith("f"):
            blocks.insert(0, f"    @property\n    def endpoint(self):\n        return {endpoint}")
        body = "\n\n".join(blocks)
        head = [
            f'"""{self.name}: begun by `retail-lab adapter new`{f" from {_plain(self.file.name)}" if self.file else ""}.',
            "",
            "Read it, correct it, then try it: retail-lab adapter check FILE --host URL",
            '"""',
            "",
            *(["import json", ""] if "json.dumps(" in body else []),
            *([f"from loadtests.adapters.auth import {', '.join(forms)}"] if forms else []),
            "from loadtests.adapters.base import Adapter"
            if base == "Adapter"
            else "from loadtests.adapters.graphql import GraphQL",
            "",
            "",
            f"class {self._class_name({base, *forms})}({base}):",
            f"    name = {text(self.name)}",
            *(f"    {line}" for line in attributes),
        ]
        return "\n".join(head) + "\n\n" + body + "\n"

    def _endpoint(self, asking: Sequence[int]) -> str:
        """Python for the path to which GraphQL operations go."""
        place = next(place for place in asking if self.calls[place].path == self.writer.endpoint)
        return self.writer.path(self.calls[place], place)

    def _class_name(self, taken: set[str]) -> str:
        name = "".join(part.capitalize() for part in self.name.split("_"))
        return f"{name}Api" if not name.isidentifier() or keyword.iskeyword(name) or name in taken else name

    def _method(self, journey: str) -> str:
        writer = self.writer
        steps = self._steps(journey)
        end: list[str] = []
        if journey == "checkout":
            end = self._ending()
        lines, within = [f"def {journey}(self, errand):"], ""
        if any(WANTED in line for line in [*chain(*steps.values()), *end]):
            lines.append("    wanted = self.assortment.lines(errand.skus, errand.quantities)")
        if writer.logins & set(steps):
            lines.append('    with self.pool["accounts"].lend() as account:')
            within = "    "
        for place, step in steps.items():
            if place in writer.used:
                body = "" if self.calls[place].graphql else ".json"
                step[-1] = re.sub(r"^(\s*)", rf"\1{writer.steps[place]} = ", step[-1]) + body
            lines += [f"    {within}{line}" for line in step]
        return "\n".join(f"    {line}" for line in [*lines, *(f"    {within}{line}" for line in end)])

    def _steps(self, journey: str) -> dict[int, list[str]]:
        """A journey's steps, with calls of other journeys that return a value it needs."""
        writer, places = self.writer, self.of[journey]
        while True:
            writer.steps, writer.used, writer.missing = self._names(places), set(), set()
            steps = {place: writer.step(place) for place in places}
            bringing = {each for each in writer.missing - set(places) if self._may_stand_in(each, journey)}
            if not bringing:
                return steps
            places[:] = sorted({*places, *bringing}) if self.recording.ordered else [*sorted(bringing), *places]

    def _may_stand_in(self, place: int, journey: str) -> bool:
        """Whether a call may be added to another journey: none that places an order, and none of staff's in a shopper's journey."""
        call = self.calls[place]
        places = self.of["checkout"] if journey != "checkout" else []
        return not (places and place == places[-1]) and (not call.staff or journey in journeys.STAFFS)

    def _ending(self) -> list[str]:
        """Python to record the order, and to return the values that the followers need."""
        writer, last = self.writer, self.of["checkout"][-1]
        exported = dict(writer.exported)
        answered: dict[str, flow.Source] = {}
        for at, _ in sorted(leaves(self.calls[last].answer), key=lambda leaf: (not _of_order(leaf[0]), len(leaf[0]))):
            if at and not any(isinstance(part, int) for part in at):
                answered.setdefault(str(at[-1]), flow.Source(last, at))
        named = [key for key in answered if key in ORDER_IDS]
        name = min(
            named,
            key=lambda key: (not _of_order(answered[key].at), len(answered[key].at), ORDER_IDS.index(key)),
            default=None,
        )
        if name and not exported:
            exported[name] = answered[name]
        if not exported:
            return ["# Nothing in the last answer looks like the order's id: return what order_status needs."]
        returned = {}
        for key, source in exported.items():
            if source.call not in writer.steps and key in answered:  # another call's answer looks the same
                source = answered[key]
            place = writer.answered(source) if source.call in writer.steps else None
            if place is None:
                continue
            writer.used.add(source.call)
            returned[key] = writer.steps[source.call] + index(place)
        identity = next(iter(returned.values()), None)
        if identity is None:
            return []
        units = f"{{product.code: units for product, units in {WANTED}}}"
        carried = ", ".join(f"{text(key)}: {value}" for key, value in returned.items())
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
                [call.field or "operation"]
                if call.graphql
                else [part for part in call.path.split("/") if part and part not in known]
            )
            name = re.sub(r"\W+", "_", words[-1] if words else "root").strip("_").lower() or "step"
            name = name if name.isidentifier() and not keyword.iskeyword(name) and name not in TAKEN else f"step_{name}"
            name = name if name.isidentifier() else "step_of_no_name"
            taken = list(names.values())
            names[place] = name if name not in taken else f"{name}_{sum(each.startswith(name) for each in taken) + 1}"
        return names


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


def _why_none(recording: Recording, of_browser: bool) -> str:
    """Why no journey was found, and what to do next."""
    why = "no call in it names what journeys are made of (cart, order, product, stock, ...)"
    if of_browser and not recording.calls:
        why = f"no call to {recording.host} is left"
    name = "name the API's host with --host, or " if of_browser else ""
    return f"{why}; {name}write the journeys into the file, which holds an example (docs/adapters.md)"


def _of_order(at: tuple) -> bool:
    """Whether a place in a checkout's answer belongs to the order itself: at the top level, or in a field of that name."""
    return len(at) <= 1 or (isinstance(at[-2], str) and "order" in at[-2].lower())


def _plain(name: str) -> str:
    """A file's name, made safe for a docstring."""
    return re.sub(r"[^\w. -]", "_", name)
