"""OpenAPI files: what they document, held against what was called."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from loadtests.trial import Sent
from sim.records.refusal import Refusal

METHODS = ("get", "put", "post", "delete", "patch", "head", "options")


@dataclass(frozen=True)
class Operation:
    method: str
    template: str
    what: dict[str, Any]

    def fits(self, method: str, path: str) -> bool:
        pattern = "".join(
            "[^/]+" if part.startswith("{") else re.escape(part) for part in re.split(r"(\{[^}]*\})", self.template)
        )
        return self.method == method and re.fullmatch(pattern + "/?", path) is not None


@dataclass(frozen=True)
class Documented:
    """A description's operations, and the path that its first server puts before them."""

    operations: Sequence[Operation]
    base_path: str
    spec: dict[str, Any]

    @classmethod
    def read(cls, path: Path) -> Documented:
        """Raises `Refusal` for a file that is no OpenAPI 3 in JSON or YAML."""
        try:
            spec = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise Refusal(path, "", "an OpenAPI file, JSON or YAML", str(error)) from None
        if not isinstance(spec, dict) or not isinstance(spec.get("paths"), dict):
            raise Refusal(path, "paths", "an OpenAPI file's operations")
        servers = spec.get("servers") or [{"url": spec.get("basePath", "")}]
        base_path = urlsplit(servers[0].get("url", "")).path.rstrip("/")
        operations = [
            Operation(method.upper(), template, what)
            for template, methods in spec["paths"].items()
            for method, what in methods.items()
            if method in METHODS and isinstance(what, dict)
        ]
        return cls(operations, base_path, spec)

    def find(self, sent: Sent, host_path: str) -> Operation | None:
        """The operation that a call is of. host_path: the path of the base URL that the call was sent below."""
        whole = host_path + urlsplit(sent.path).path
        paths = {whole, whole.removeprefix(self.base_path), urlsplit(sent.path).path}
        fitting = [each for each in self.operations if any(each.fits(sent.method, path) for path in paths)]
        return min(fitting, key=lambda each: each.template.count("{"), default=None)

    def called(self, sent: Sequence[Sent], host_path: str) -> set[tuple[str, str]]:
        found = [self.find(each, host_path) for each in sent]
        return {(each.method, each.template) for each in found if each}

    def missing(self, sent: Sequence[Sent], host_path: str) -> list[str]:
        """Calls that are not documented, answers whose status is not, and documented calls that failed: a line each."""
        lines: dict[str, None] = {}
        for each in sent:
            operation = self.find(each, host_path)
            if operation is None:
                lines[f"undocumented call: {each.method} {urlsplit(each.path).path}"] = None
                continue
            name = f"{each.method} {operation.template}"
            answers = {str(status).upper() for status in operation.what.get("responses", {})}
            if each.status >= 500 or each.status == 0:
                lines[f"failing call: {name} answered {each.status or 'nothing'}"] = None
            elif not answers & {str(each.status), f"{each.status // 100}XX", "DEFAULT"}:
                lines[f"undocumented answer: {name} answered {each.status}"] = None
        return list(lines)
