"""The routes file, which maps an access log to journeys: which request begins which journey, changes the cart, or is left out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from sim.records import bounded_yaml
from sim.records.expected import expected
from sim.records.refusal import Refusal
from sim.records.trace import Journey

CRAWLERS = (
    r"(?i)(?<!cu)bot\b|crawler|spider|slurp|facebookexternalhit|mediapartners|headlesschrome|"
    r"pingdom|uptime|healthcheck|kube-probe|googlehc|zgrab|masscan|nuclei|nikto"
)
"""User agents of search engines, monitors and scanners. `(?<!cu)`: Cubot is a brand of telephones."""
FAILED = 400
"""Requests answered with this status or a higher one are not replayed unless a route names the status."""


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except (re.error, RecursionError, OverflowError) as error:
        raise ValueError(f"a regular expression ({error})") from None
    return text


def _codes(codes: list[int | str]) -> list[int | str]:
    for code in codes:
        if not re.fullmatch(r"[1-5](\d\d|xx)", str(code)):
            raise ValueError("status codes such as 200, or 2xx")
    return codes


Pattern = Annotated[str, AfterValidator(_pattern)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Route(_Part):
    """A pattern over `METHOD /path?query`, and the journey or cart action of a request that it matches."""

    match: Pattern
    """Matched from the request's beginning. Its groups `sku` and `quantity` give the SKU code and the units."""
    journey: Journey | Literal[""] | None = None
    """Empty: the request is a step, which begins no journey."""
    basket: Literal["add", "set", "remove", "clear"] | None = None
    status: Annotated[list[int | str], Field(min_length=1), AfterValidator(_codes)] | None = None
    """Statuses that are replayed, as 200 or 2xx; all below 400 unless given."""
    agents: Pattern = ""
    """A pattern: only requests whose user agent it matches."""

    def counts(self, status: int | None) -> bool:
        """Whether a request answered with this status is replayed. status: None where the log has none."""
        if status is None:
            return True
        if self.status is None:
            return status < FAILED
        return bool({str(status), f"{status // 100}xx"} & {str(code) for code in self.status})

    def action(self, method: str, names_sku: bool) -> str:
        """What a request does to the cart: the route's `basket`, else for a step that writes and names a SKU what its method means."""
        if self.basket or self.journey or not names_sku:
            return self.basket or ""
        return {"POST": "add", "PUT": "set", "PATCH": "set", "DELETE": "remove"}.get(method, "")


class Fields(_Part):
    """Names of fields in JSON lines that are not among the usual ones; `a.b[0]` for nested ones."""

    time: str = ""
    method: str = ""
    path: str = ""
    status: str = ""
    client: str = ""
    agent: str = ""
    forwarded: str = ""


class Routes(_Part):
    """Which request begins which journey, and what distinguishes visitors."""

    routes: Annotated[list[Route], Field(min_length=1)]
    """The first route that matches counts."""
    cookie: str = ""
    """Name of the cookie that is a session; without it a session is a client's address and browser."""
    idle_minutes: Annotated[float, Field(gt=0, le=525_600, allow_inf_nan=False)] = 30
    """A visitor without a request for longer begins another session."""
    fields: Fields = Fields()
    drop_agents: Pattern = CRAWLERS
    """Requests of these user agents are left out; empty: of none."""


def read_routes(path: Path) -> Routes:
    """Read routes from a YAML file. Raises `Refusal` that names the entry."""
    try:
        document = bounded_yaml.load(path.read_text(encoding="utf-8-sig"), bounded_yaml.EachKeyOnce)
    except OSError as error:
        raise Refusal(path, "", "routes as YAML", error.strerror) from None
    except yaml.MarkedYAMLError as error:
        place = f"line {error.problem_mark.line + 1}" if error.problem_mark else ""
        if isinstance(error, bounded_yaml.Unsound):
            raise Refusal(path, place, error.expected, error.found) from None
        raise Refusal(path, place, "routes as YAML", error.problem) from None
    except (ValueError, TypeError, yaml.YAMLError) as error:
        raise Refusal(path, "", "routes as YAML", " ".join(str(error).split())) from None
    if not isinstance(document, dict):
        raise Refusal(path, "routes", "a list of {match: METHOD /path, journey: name}", document)
    try:
        return Routes.model_validate(document)
    except ValidationError as refused:
        # Unknown keys are reported first: a missing key may be one of them, misspelt.
        wrong = min(refused.errors(), key=lambda each: each["type"] != "extra_forbidden")
        more = refused.error_count() - 1
    raise Refusal(path, ".".join(str(part) for part in wrong["loc"]), _expected(wrong), _found(wrong), more) from None


def _expected(error: Mapping[str, Any]) -> str:
    if error["type"] == "extra_forbidden":
        place = error["loc"][:-1]
        part = Routes if not place else Fields if place[0] == "fields" else Route
        return f"one of {', '.join(part.model_fields)}"
    if error["loc"] == ("routes",):
        return "a list of {match: METHOD /path, journey: name}"
    if error["type"] == "missing":
        return "a pattern over METHOD /path"
    if error["type"] == "model_type":
        return "a mapping, as {match: METHOD /path, journey: name}"
    return expected(error)


def _found(error: Mapping[str, Any]) -> Any:
    if error["type"] == "extra_forbidden":
        return str(error["loc"][-1])
    return None if error["type"] == "missing" else error["input"]
