"""The base class for GraphQL platforms: one endpoint, outcomes in the answer's body, and refusals with status 200."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from loadtests.adapters.base import Adapter
from loadtests.adapters.errand import Errand

MUTATION = re.compile(r"(?:^|\})\s*mutation\b")
"""Skips fragments, which may come before a document's operation."""


class GraphQL(Adapter):
    """A platform that answers over GraphQL: one endpoint, and errors inside answers of status 200."""

    endpoint: ClassVar[str] = "/graphql"
    lost: ClassVar[frozenset[str]] = frozenset({"FORBIDDEN", "UNAUTHENTICATED", "UNAUTHORIZED"})
    """Codes of top-level errors that mean a lost authorisation."""
    busy: ClassVar[frozenset[str]] = frozenset({"THROTTLED"})
    """Codes of top-level errors that mean throttling."""

    def ask(self, errand: Errand, step: str, query: str, /, endpoint: str = "", **variables: Any) -> Any:
        """Send a query or a mutation; the value of its first field. Raises `Ended`. A query is repeatable, a mutation is not."""
        reads = not MUTATION.search(query)
        return self.operate(errand, step, {"query": query, "variables": variables}, endpoint=endpoint, reads=reads)

    def operate(
        self,
        errand: Errand,
        step: str,
        operation: Mapping[str, Any],
        *,
        reads: bool,
        endpoint: str = "",
        by_get: bool = False,
        batched: bool = False,
        **how: Any,
    ) -> Any:
        """Send an operation in its wire format (`query`, `variables`, `operationName`, `extensions`); the value of its first field.

        A persisted query has no `query` but its hash in `extensions`. by_get: as a query string, which caches in front of the
        API may answer. batched: as a list of one, for endpoints that take lists. how: as `Errand.request` takes it. Raises `Ended`.
        """
        path = endpoint or self.endpoint
        if by_get:
            params = {name: each if isinstance(each, str) else json.dumps(each) for name, each in operation.items()}
            return first(errand.get(step, path, params=params, **how))
        body = [operation] if batched else operation
        return first(errand.post(step, path, json=body, repeatable=reads, **how))

    def refusal(self, result: Any) -> tuple[str, str] | None:
        """The outcome of a first field's value that is not a success, and the platform's code for it. None for a success.

        By default a non-empty `userErrors` or `errors` in it is a business refusal, and so is a result of a type that is named an error.
        """
        for name in ("userErrors", "errors"):
            if isinstance(result, dict) and result.get(name):
                return "rejected", str(result[name][0].get("code") or result[name][0].get("message"))
        if isinstance(result, dict) and (
            result.get("errorCode") or str(result.get("__typename", "")).endswith("Error")
        ):
            return "rejected", str(result.get("errorCode") or result["__typename"])
        return None

    def judge(self, step: str, answer: Any, needs: Sequence[str]) -> tuple[str, str | None]:
        outcome, error = super().judge(step, answer, needs)
        body = _body(answer)
        if errors := body.get("errors"):
            first_error = errors[0] if isinstance(errors, list) and isinstance(errors[0], dict) else {"message": errors}
            extensions = first_error.get("extensions")
            code = str(
                (extensions.get("code") if isinstance(extensions, dict) else None) or first_error.get("message")
            )[:80]
            return "auth_lost" if code in self.lost else "throttled" if code in self.busy else "failed", code
        if outcome != "ok":
            return outcome, error
        result = first(answer)
        if result is None:
            return "failed", answer.unreadable or "answer without data"
        return self.refusal(result) or ("ok", None)


def first(answer: Any) -> Any:
    """The value of the first field of an answer's data, None where it has none."""
    values = getattr(_body(answer).get("data"), "values", None)  # of a mapping, or of an answer that a dry run makes up
    return next(iter(values()), None) if callable(values) else None


def _body(answer: Any) -> Mapping[str, Any]:
    """An answer's object, also where it is the only one of a batch; empty where there is none."""
    body = answer.json
    if isinstance(body, list) and len(body) == 1:
        body = body[0]
    return body if isinstance(body, dict) else {}
