"""What every adapter shares: requests that are timed and judged, values carried between steps, and how an adapter is found.

A platform's adapter is a subclass of `Adapter` with one method for each journey it covers, named as the trace names it:

    def checkout(self, errand):
        cart = errand.post("cart", "/carts", needs="id").json["id"]
        ...
        return order["id"]                  # carried to the journeys that follow this one

A journey without a method is *not covered*, which is never counted as passed.
"""

from __future__ import annotations

import importlib
import importlib.util
import json as jsonlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, ClassVar, Protocol
from urllib.parse import urlencode

from sim.records.refusal import Refusal
from sim.records.trace import JOURNEYS

ENTRY_POINTS = "retail_lab.adapters"
SAFE = frozenset({"GET", "HEAD"})
AGAIN = frozenset({"throttled", "conflict"})
"""Outcomes after which a step that is safe to repeat is tried again, as a sample of its own."""


class Ended(Exception):
    """A step ended neither ok nor partial, so its journey ends there. An adapter may catch it and go another way."""

    def __init__(self, outcome: str, answer: Any):
        super().__init__(outcome)
        self.outcome, self.answer = outcome, answer


class Sender(Protocol):
    """What an adapter needs of an HTTP client (`loadtests.client.Client`)."""

    def send(self, method: str, path: str, body: bytes | None, headers: dict[str, str] | None) -> Any: ...


@dataclass(frozen=True)
class Shelf:
    """The catalogue's codes in the order in which a trace numbers them."""

    skus: Sequence[str]
    locations: Sequence[str]
    kinds: Sequence[str]
    regions: Sequence[str]


@dataclass(frozen=True)
class Created:
    """Something a run made on the platform and may have to clean up: an order, with the units it took from stock by SKU code."""

    kind: str
    id: str
    row: int
    t_s: float
    units: Mapping[str, int]


@dataclass
class Errand:
    """One journey under way. Its verbs send a request, time it on three clocks, and end the journey when it did not go well."""

    adapter: Adapter
    row: int
    journey: str
    location: int
    customer: int
    skus: Sequence[int]
    quantities: Sequence[int]
    carried: Any
    ready_s: float
    """When the shopper is ready for the next step: the intended start of the next request."""
    clock: Callable[[], float]
    sample: Callable[..., None]
    made: list[Created] = field(default_factory=list)

    def get(self, step: str, path: str, **how: Any) -> Any:
        return self.request(step, "GET", path, **how)

    def post(self, step: str, path: str, **how: Any) -> Any:
        return self.request(step, "POST", path, **how)

    def request(
        self,
        step: str,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        json: Any = None,
        headers: dict[str, str] | None = None,
        needs: str | Sequence[str] = (),
        repeatable: bool | None = None,
    ) -> Any:
        """Send one step and return its answer (`status`, `headers`, `json`).

        `needs` names fields that the answer's JSON object must have: a 200 without them has failed. `repeatable` says that sending the
        step twice does no harm (reads by default): only then is it tried again when throttled or in conflict. Raises `Ended` on every
        outcome but ok and partial.
        """
        adapter = self.adapter
        if params:
            path = f"{path}?{urlencode(params, doseq=True)}"
        body = None
        if json is not None:
            body = jsonlib.dumps(json, ensure_ascii=False).encode()
            headers = {"Content-Type": "application/json", **(headers or {})}
        needs = (needs,) if isinstance(needs, str) else needs
        attempts = adapter.attempts if (method in SAFE if repeatable is None else repeatable) else 1
        waited_s = 0.0
        for attempt in range(1, attempts + 1):
            start = self.clock()
            answer = adapter.client.send(method, path, body, headers)
            end = self.clock()
            outcome, error = adapter.judge(step, answer, needs)
            self.sample(
                self.row, self.journey, step, self.ready_s, start, end, outcome,
                answer.status, len(answer.body), error, attempt, waited_s,
            )  # fmt: skip
            self.ready_s = end
            if outcome in ("ok", "partial"):
                return answer
            if outcome not in AGAIN or attempt == attempts:
                break
            waited_s = adapter.wait_s(answer, attempt)
            self.pause(waited_s)
        raise Ended(outcome, answer)

    def think(self) -> None:
        """Let the shopper think between two steps: in no clock."""
        self.pause(self.adapter.think_s)

    def pause(self, seconds: float) -> None:
        self.ready_s += seconds
        time.sleep(max(self.ready_s - self.clock(), 0.0))

    def created(self, kind: str, identity: object, units: Mapping[str, int]) -> None:
        """Tell what was made, and the units by SKU code that it took from availability (negative: gave back)."""
        self.made.append(Created(kind, str(identity), self.row, self.ready_s, units))


class Adapter:
    """One platform. Subclasses add journeys, and override what the platform does differently."""

    name: ClassVar[str] = ""
    token_variable: ClassVar[str] = ""
    """Environment variable that holds the bearer token; empty: none is sent."""
    think_s: float = 0.5
    attempts: int = 3
    """How often a repeatable step is sent at most."""
    longest_think_s: float = 2.0
    """Think time of the longest journey: the pool allows for it."""

    def __init__(self, shelf: Shelf, run_id: str):
        self.shelf, self.run_id = shelf, run_id
        self.client: Sender = None  # type: ignore[assignment]  # given by whoever plays journeys

    def headers(self, environment: Mapping[str, str]) -> dict[str, str]:
        """Headers of every request. Raises `Refusal` where the environment lacks the token."""
        every = {"User-Agent": "retail-lab", "X-Run-Id": self.run_id}
        if self.token_variable:
            if not environment.get(self.token_variable):
                raise Refusal("environment", self.token_variable, f"the bearer token of {self.name}")
            every["Authorization"] = f"Bearer {environment[self.token_variable]}"
        return every

    @classmethod
    def covered(cls) -> frozenset[str]:
        """The journeys this platform can do."""
        return frozenset(journey for journey in JOURNEYS if callable(getattr(cls, journey, None)))

    def discover(self, errand: Errand) -> Any:
        """Look round on the platform before the run, once. What it returns (JSON) reaches every worker's `adopt`."""

    def adopt(self, found: Any) -> None:
        """Take what `discover` found."""

    def stock(self, errand: Errand, codes: Sequence[str]) -> dict[str, int] | None:
        """Available units by SKU code, over all locations; None where the platform does not tell."""
        return None

    def cancel(self, errand: Errand) -> str | None:
        """Cancel what the run made; says in a few words what came of it, None where the platform cannot."""
        return None

    def judge(self, step: str, answer: Any, needs: Sequence[str]) -> tuple[str, str | None]:
        """Outcome of a request and a short class of error.

        Only what a platform's adapter knows to be a business refusal is `rejected`: any other 4xx has failed.
        """
        status = answer.status
        if 200 <= status < 300:
            if needs and not (
                isinstance(answer.json, dict) and all(answer.json.get(name) is not None for name in needs)
            ):
                return "failed", f"answer without {', '.join(needs)}"
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
        """How long to wait before a step is tried again: what the platform says, else 0.1 s and twice as long each time."""
        try:
            return min(float(answer.headers["retry-after"]), 60.0)
        except (KeyError, ValueError):
            return 0.1 * 2 ** (attempt - 1)

    def play(self, errand: Errand) -> Any:
        """Run one journey to its end; returns what it brought for its followers, None where it ended early.

        An answer that the adapter's own code chokes on is a failed sample of step `adapter`: it shows, and it is never a pass.
        """
        try:
            brought = getattr(self, errand.journey)(errand)
        except Ended:
            return None
        except Exception as error:
            now = errand.clock()
            errand.sample(
                errand.row, errand.journey, "adapter", errand.ready_s, errand.ready_s, now, "failed",
                0, 0, f"{type(error).__name__}: {error}"[:80],
            )  # fmt: skip
            return None
        return True if brought is None else brought


def load(name: str) -> type[Adapter]:
    """An adapter by name (`shop`), by path (`my_platform.py`) or by entry point of the group `retail_lab.adapters`. Raises `Refusal`."""
    if name.endswith(".py"):
        return _only_adapter(_module_at(Path(name)), name)
    for entry in entry_points(group=ENTRY_POINTS):
        if entry.name == name:
            return entry.load()
    try:
        return _only_adapter(importlib.import_module(f"loadtests.adapters.{name}"), name)
    except ModuleNotFoundError:
        here = sorted(path.stem for path in Path(__file__).parent.glob("*.py") if path.stem not in ("__init__", "base"))
        raise Refusal("--adapter", "", f"{', '.join(here)}, a .py file or an entry point", name) from None


def _module_at(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(f"adapter_{path.stem}", path)
    if spec is None or spec.loader is None or not path.is_file():
        raise Refusal("--adapter", "", "a Python file", str(path))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _only_adapter(module: Any, name: str) -> type[Adapter]:
    found = [
        each
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, Adapter) and each.__module__ == module.__name__
    ]
    if len(found) != 1:
        raise Refusal("--adapter", name, "one subclass of Adapter", [each.__name__ for each in found])
    return found[0]
