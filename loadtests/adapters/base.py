"""The base class of adapters: how requests are sent, how answers are judged, and how an adapter is loaded by name.

A platform's adapter is a subclass of `Adapter` with one method for each journey it covers, named as the trace names it:

    def checkout(self, errand):
        cart = errand.post("cart", "/carts", needs="id").json["id"]
        ...
        return order["id"]                  # carried to the journeys that follow this one

A journey without a method is *not covered*, which is never counted as passed.
"""

from __future__ import annotations

import copy
import functools
import hashlib
import importlib
import importlib.util
import inspect
import sys
import traceback
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, ClassVar, Protocol, cast

from loadtests.adapters import pools
from loadtests.adapters.auth import Auth, secret
from loadtests.adapters.errand import Brought, Created, Ended, Errand, Missing, Session
from loadtests.adapters.product_map import ProductMap
from loadtests.adapters.redaction import Mask, Watched
from sim.records.refusal import Refusal
from sim.records.trace import JOURNEYS

__all__ = ["Adapter", "CatalogueCodes", "Created", "Ended", "Errand", "Missing", "load"]

ENTRY_POINTS = "retail_lab.adapters"
NAMED = ("oscar", "shop", "vendure")
"""Adapters that come with the lab."""
LONGEST_WAIT_S = 60.0
LONGEST_FAULT = 160
"""Characters of an exception's description at most."""


class Sender(Protocol):
    """What an adapter needs of an HTTP client (`loadtests.http.client.Client`)."""

    def close(self) -> None:
        """Close the connections that are kept open."""

    def send(self, method: str, path: str, body: bytes | None, headers: dict[str, str] | None) -> Any:
        """Send a request and return its answer (`status`, `headers`, `body`, `json`, `error`)."""


@dataclass(frozen=True)
class CatalogueCodes:
    """The catalogue's codes in the order in which a trace numbers them. Empty where there is no trace, as in a check."""

    skus: Sequence[str] = ()
    locations: Sequence[str] = ()
    kinds: Sequence[str] = ()
    regions: Sequence[str] = ()


class Adapter:
    """One platform. Subclasses add journeys, and override what the platform does differently."""

    name: ClassVar[str] = ""
    auth: Auth = Auth()
    """How requests prove who sends them. Further attributes that hold an `Auth` prove the requests that name them: `as_="staff"`."""
    public: ClassVar[Mapping[str, str]] = {}
    """Headers that every visitor sends, so that they prove nothing: the environment variable by the header. A publishable key, a tenant."""
    pools: ClassVar[Mapping[str, Sequence[str]]] = {}
    """Test data it cannot do without: columns by pool, read from the .csv file that RETAIL_LAB_POOL_<NAME> names."""
    secrets: ClassVar[Sequence[str]] = ()
    """Environment variables whose values its own steps send: `self.secret["MY_PIN"]`."""
    settings: ClassVar[Mapping[str, str]] = {}
    """Environment variables that paths name (a project, a store), each with the value that holds where it is not set: `self.setting["MY_STORE"]`."""
    elsewhere: ClassVar[Mapping[str, str]] = {}
    """Its other hosts (for tokens, administration): the environment variable that holds the base URL, by the name that `at=` takes."""
    think_s: float = 0.5
    attempts: int = 3
    """How often a repeatable step is sent at most."""
    longest_think_s: float = 2.0
    """Think time of the longest journey, s; the estimate of the pool before a run includes it."""
    key_header: ClassVar[str] = "Idempotency-Key"
    decides: ClassVar[str] = "order"
    """The step of a checkout in which the platform promises the goods; in a race for the last units all clients send it at once."""
    assortment: ProductMap
    """Which product stands for which SKU, for adapters whose `discover` lists products."""

    def __init__(self, shelf: CatalogueCodes, run_id: str):
        self.shelf, self.run_id = shelf, run_id
        self.trace_id = hashlib.sha256(run_id.encode()).hexdigest()[:16]
        for name, proof in self.proofs().items():
            own = copy.copy(proof)
            own.session = Session()
            setattr(self, name, own)
        self.mask = Mask()
        """Masks its secrets in texts, once it is connected."""
        self.pool: dict[str, pools.Pool] = {}
        self.secret: dict[str, str] = {}
        self.setting: dict[str, str] = {}
        self.clients: dict[str, Sender] = {}
        self.base_url = ""

    @property
    def client(self) -> Sender:
        """The client of the host under test, set by `connect`."""
        return self.clients[""]

    @client.setter
    def client(self, client: Sender) -> None:
        self.clients[""] = client

    def headers(self, environment: Mapping[str, str]) -> dict[str, str]:
        """Read secrets and test data from the environment; returns the headers of every request. Raises `Refusal` where one is missing."""
        self.secret = {name: secret(environment, name) for name in self.secrets}
        self.setting = {name: environment.get(name) or value for name, value in self.settings.items()}
        for name, value in self.setting.items():
            if not value:
                raise Refusal("environment", name, "a setting that the adapter's paths name")
        self.pool = {name: pools.read(name, environment, columns) for name, columns in self.pools.items()}
        if environment.get(pools.variable("skus")):
            self.pool["skus"] = pools.read("skus", environment, ("sku", "product"))
        public = {header: secret(environment, name) for header, name in self.public.items()}
        for proof in self.proofs().values():
            proof.headers = proof.read(environment)
        return {"User-Agent": "retail-lab", "X-Run-Id": self.run_id, **public, **self.auth.headers}

    def equip(self, environment: Mapping[str, str]) -> dict[str, str]:
        """Read secrets and test data, and mask them from then on; headers of every request, proved or not. Raises `Refusal`."""
        watched = Watched(environment)
        headers = self.headers(watched)
        rows = [row for name, pool in self.pool.items() if name != "skus" for row in pool.rows]
        test_data = {value for row in rows for value in row.values() if isinstance(value, str)}
        self.mask = Mask(watched.values_read | test_data)
        return {name: value for name, value in headers.items() if name not in self.auth.headers}

    def proofs(self) -> dict[str, Auth]:
        """How its requests prove who sends them, by the name that `as_=` takes; `auth` where none is named."""
        return {name: getattr(self, name) for name in _proofs_of(cast(Hashable, type(self)))}

    @classmethod
    def covered(cls) -> frozenset[str]:
        """The journeys that this adapter covers."""
        return frozenset(journey for journey in JOURNEYS if callable(getattr(cls, journey, None)))

    def discover(self, errand: Errand) -> Any:
        """Read what the journeys need from the platform, once before the run. The result (JSON) is passed to every worker's `adopt`.

        `{"products": [[code, id], …]}` lists what is in stock, for `assortment`.
        """

    def adopt(self, found: Any) -> None:
        """Take the result of `discover`."""
        if isinstance(found, dict) and "products" in found:
            pairs = {row["sku"]: row["product"] for row in self.pool["skus"].rows} if "skus" in self.pool else {}
            self.assortment = ProductMap(self.shelf.skus, found["products"], pairs)
            if not self.shelf.skus:
                self.shelf = CatalogueCodes([product.code for product in self.assortment.products], *_ONE_PLACE)

    def stock(self, errand: Errand, codes: Sequence[str]) -> dict[str, int] | None:
        """Available units over all locations of what stands for these SKU codes; None where the platform does not show them.

        Keys are the codes that `Errand.created` records units by: the platform's own where products stand for SKUs.
        """
        return None

    def cancel(self, errand: Errand) -> str | None:
        """Cancel the run's orders; returns their fate in a few words, None where the platform cannot cancel."""
        return None

    def find_order(self, errand: Errand, key: str) -> Created | None:
        """Look for the order of a checkout whose answer was lost; None where none was placed.

        The errand has the checkout's row, customer and SKUs; `key` is the idempotency key of the step that `decides`. Raises
        `NotImplementedError` where the platform shows no way to find it.
        """
        raise NotImplementedError

    def use_ended(self, errand: Errand) -> str | None:
        """Read the order that is carried, end the shopper's token or session, and read it again: it must not be shown.

        Returns why that was not tried, where it was not.
        """
        look: Callable[[Errand], Any] = getattr(self, "order_status")  # noqa: B009
        look(errand)
        if why := self.auth.end(errand):
            return why
        look(errand)
        return None

    def judge(self, step: str, answer: Any, needs: Sequence[str]) -> tuple[str, str | None]:
        """Outcome of a request and a short class of error.

        `rejected` is only what the platform's adapter recognises as a business refusal: any other 4xx has failed.
        """
        status = answer.status
        if 200 <= status < 300:
            if needs and not (
                isinstance(answer.json, dict) and all(answer.json.get(name) is not None for name in needs)
            ):
                return "failed", answer.unreadable or f"answer without {', '.join(needs)}"
            return "ok", None
        if status == 0:
            return "failed", answer.error
        if status in (401, 403):
            return "auth_lost", str(status)
        if status == 429:
            return "throttled", "429"
        if status in (409, 412):
            return "conflict", str(status)
        return "failed", f"redirect {status}" if 300 <= status < 400 else str(status)

    def wait_s(self, answer: Any, attempt: int) -> float:
        """Seconds before a step is tried again: the answer's Retry-After, else 0.1 s, doubled at each attempt (exponential backoff)."""
        header = answer.headers.get("retry-after", "")
        if not header:
            return 0.1 * 2 ** (attempt - 1)
        try:
            ahead_s = float(header)
        except ValueError:
            ahead_s = _until(header)
        return min(max(ahead_s, 0.0), LONGEST_WAIT_S)

    def local(self, url: str) -> str:
        """The path of a whole URL that an answer gave. Raises `ValueError` for one of another host than the one under test."""
        base = self.base_url
        if base and url.startswith(f"{base}/"):
            return url.removeprefix(base)
        raise ValueError(f"a link off the host under test: {url}")

    def play(self, errand: Errand) -> Brought | None:
        """Run one journey to its end; returns the value for its followers, None where it ended early.

        An exception in the adapter's own code is a sample of step `adapter` and outcome `adapter_fault`: it makes the run invalid, and does
        not count as a failure of the platform. A journey that reads `carried` where nothing was carried is left `unmet`.
        """
        if errand.carries and isinstance(errand.carried, Brought):
            errand.session = errand.carried.session
            errand.carry(errand.carried.value)
        try:
            value = getattr(self, errand.journey)(errand)
        except Ended:
            return None
        except Missing:
            errand.unmet = True
            return None
        except pools.Depleted as error:
            errand.note("rejected", "adapter", str(error))
            return None
        except Exception as error:
            errand.note("adapter_fault", "adapter", self.fault(error, errand))
            return None
        return Brought(value, errand.session)

    @property
    def file(self) -> str:
        """The Python file of its class, for a refusal to name."""
        return inspect.getfile(type(self))

    def fault(self, error: Exception, errand: Errand) -> str:
        """An exception in the adapter's own code as a text: file and line, the step before it, type and message."""
        own = {
            inspect.getfile(kind) for kind in type(self).__mro__ if issubclass(kind, Adapter) and kind is not Adapter
        }
        frames = traceback.extract_tb(error.__traceback__)
        at = next((frame for frame in reversed(frames) if frame.filename in own), frames[-1])
        after = f"after {errand.step}" if errand.step else "before its first step"
        text = f"{Path(at.filename).name}:{at.lineno}, {after}: {type(error).__name__}: {error}"
        return self.mask.hide(text)[:LONGEST_FAULT]


@functools.cache
def _proofs_of(kind: type[Adapter]) -> list[str]:
    return [name for name in dir(kind) if isinstance(getattr(kind, name, None), Auth)]


_ONE_PLACE = (["PLACE"], ["store"], [""])


def _until(date: str) -> float:
    """Seconds until an HTTP date; 1 where it is none."""
    try:
        return (parsedate_to_datetime(date) - datetime.now(UTC)).total_seconds()
    except (TypeError, ValueError):
        return 1.0


def load(name: str) -> type[Adapter]:
    """An adapter by name (`shop`), by path (`my_platform.py`) or by entry point of the group `retail_lab.adapters`. Raises `Refusal`."""
    if name.endswith(".py"):
        return _only_adapter(_module_at(Path(name)), name)
    for entry in entry_points(group=ENTRY_POINTS):
        if entry.name == name:
            return entry.load()
    if name not in NAMED:
        raise Refusal("--adapter", "", f"{', '.join(NAMED)}, a .py file or an entry point", name)
    return _only_adapter(importlib.import_module(f"loadtests.adapters.{name}"), name)


def fingerprint(kind: type[Adapter]) -> str:
    """SHA-256 of the file that holds an adapter."""
    return hashlib.sha256(Path(inspect.getfile(kind)).read_bytes()).hexdigest()


def _module_at(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(f"adapter_{path.stem}", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise Refusal("--adapter", "", "a Python file", str(path))
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _only_adapter(module: Any, name: str) -> type[Adapter]:
    adapters = [
        each
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, Adapter) and each.__module__ == module.__name__
    ]
    if len(adapters) != 1:
        raise Refusal("--adapter", name, "one subclass of Adapter", [each.__name__ for each in adapters])
    return adapters[0]
