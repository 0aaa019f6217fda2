"""OpenAPI files: the operations they document, compared with the calls that were made."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from loadtests.adapters.draft.openapi.documents import Description
from loadtests.http.options import Sent
from sim.records.refusal import Refusal

METHODS = ("get", "put", "post", "delete", "patch", "head", "options")


@dataclass(frozen=True)
class Operation:
    """One operation of an OpenAPI description: its method, its path template and its object."""

    method: str
    template: str
    what: dict[str, Any]

    def fits(self, method: str, path: str) -> bool:
        """Whether a request of that method and path is of this operation."""
        return self.method == method and re.fullmatch(pattern(self.template) + "/?", path) is not None


@dataclass(frozen=True)
class Documented:
    """A description's operations, and the path that its first server puts before them."""

    operations: Sequence[Operation]
    base_path: str
    """May hold parameters: `/stores/{store}`."""
    description: Description

    @classmethod
    def read(cls, path: Path) -> Documented:
        """Raises `Refusal` for a file that is no OpenAPI 3 or Swagger 2 in JSON or YAML."""
        description = Description(path)
        spec = description.spec
        if not isinstance(spec, dict) or not isinstance(spec.get("paths"), dict):
            raise Refusal(path, "paths", "an OpenAPI file's operations")
        operations = []
        for template, item in spec["paths"].items():
            if not isinstance(item, dict):
                raise Refusal(path, f"paths.{template}", "methods, each with what it does", item)
            if not template.startswith("/"):
                continue
            methods = description.resolve(item)
            shared = {key: methods[key] for key in ("parameters", "servers") if isinstance(methods.get(key), list)}
            for method, what in methods.items():
                if method in METHODS and isinstance(what, dict):
                    own = what.get("parameters")
                    both = [*shared.get("parameters", []), *(own if isinstance(own, list) else [])]
                    operations.append(Operation(method.upper(), template, shared | what | {"parameters": both}))
        return cls(operations, urlsplit(server(spec)).path.rstrip("/"), description)

    def find(self, sent: Sent, host_path: str) -> Operation | None:
        """The operation of a call. host_path: the path of the base URL that the call was sent below."""
        whole = host_path + urlsplit(sent.path).path
        below = re.match(pattern(self.base_path) + "(?=/|$)", whole)
        paths = {whole, whole[below.end() :] if below else whole, urlsplit(sent.path).path}
        fitting = [each for each in self.operations if any(each.fits(sent.method, path) for path in paths)]
        return min(fitting, key=lambda each: each.template.count("{"), default=None)

    def called(self, sent: Sequence[Sent], host_path: str) -> set[tuple[str, str]]:
        """(method, template) of the operations that these requests used."""
        operations = [self.find(each, host_path) for each in sent]
        return {(each.method, each.template) for each in operations if each}

    def missing(self, sent: Sequence[Sent], host_path: str) -> list[str]:
        """Calls that are not documented, answers whose status is not, and documented calls that failed: a text line each."""
        lines: dict[str, None] = {}
        for each in sent:
            operation = self.find(each, host_path)
            if operation is None:
                lines[f"undocumented call: {each.method} {urlsplit(each.path).path}"] = None
                continue
            name = f"{each.method} {operation.template}"
            answers = {str(status).upper() for status in operation.what.get("responses") or {}}
            if each.status >= 500 or each.status == 0:
                lines[f"failing call: {name} answered {each.status or 'nothing'}"] = None
            elif not answers & {str(each.status), f"{each.status // 100}XX", "DEFAULT"}:
                lines[f"undocumented answer: {name} answered {each.status}"] = None
        return list(lines)


@cache
def pattern(template: str) -> str:
    """A regular expression for a path, or a URL, with parameters in braces."""
    return "".join("[^/]+" if part.startswith("{") else re.escape(part) for part in re.split(r"(\{[^}]*\})", template))


def server(what: dict[str, Any]) -> str:
    """The URL of the first server of a description, a path or an operation, parameters in braces; Swagger 2 has it in three fields."""
    servers = what.get("servers")
    first = servers[0] if isinstance(servers, list) and servers else None
    if isinstance(first, dict) and isinstance(first.get("url"), str):
        return first["url"]
    base, host = what.get("basePath"), what.get("host")
    base = base if isinstance(base, str) else ""
    if not isinstance(host, str) or not host:
        return base
    schemes = what.get("schemes")
    scheme = "https" if not isinstance(schemes, list) or "https" in schemes or not schemes else schemes[0]
    return f"{scheme}://{host}/{base.strip('/')}".rstrip("/")
