"""What GraphQL platforms share: one endpoint, outcomes that stand in the answer's body, and refusals that come as 200."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from loadtests.adapters.base import Adapter
from loadtests.adapters.errand import Errand


class GraphQL(Adapter):
    endpoint: ClassVar[str] = "/graphql"
    lost: ClassVar[frozenset[str]] = frozenset({"FORBIDDEN", "UNAUTHENTICATED", "UNAUTHORIZED"})
    """Codes of top-level errors that mean a lost authorisation."""
    busy: ClassVar[frozenset[str]] = frozenset({"THROTTLED"})
    """Codes of top-level errors that mean: later."""

    def ask(self, errand: Errand, step: str, query: str, /, endpoint: str = "", **variables: Any) -> Any:
        """Send a query or a mutation; the value of its first field. Raises `Ended`. A query is repeatable, a mutation is not."""
        body = {"query": query, "variables": variables}
        reads = not query.lstrip().startswith("mutation")
        answer = errand.post(step, endpoint or self.endpoint, json=body, repeatable=reads)
        return first(answer)

    def refusal(self, result: Any) -> tuple[str, str] | None:
        """What a first field's value means where it is no success: an outcome, and the platform's code for it. None where it is one.

        By default a non-empty `userErrors` or `errors` in it is a business refusal.
        """
        for name in ("userErrors", "errors"):
            if isinstance(result, dict) and result.get(name):
                return "rejected", str(result[name][0].get("code") or result[name][0].get("message"))
        return None

    def judge(self, step: str, answer: Any, needs: Sequence[str]) -> tuple[str, str | None]:
        outcome, error = super().judge(step, answer, needs)
        body = answer.json if isinstance(answer.json, dict) else {}
        if errors := body.get("errors"):
            told = errors[0] if isinstance(errors, list) and isinstance(errors[0], dict) else {"message": errors}
            extensions = told.get("extensions")
            code = str((extensions.get("code") if isinstance(extensions, dict) else None) or told.get("message"))[:80]
            return "auth_lost" if code in self.lost else "throttled" if code in self.busy else "failed", code
        if outcome != "ok":
            return outcome, error
        result = first(answer)
        if result is None:
            return "failed", answer.unreadable or "answer without data"
        return self.refusal(result) or ("ok", None)


def first(answer: Any) -> Any:
    """The value of the first field of an answer's data, None where it has none."""
    data = answer.json.get("data") if isinstance(answer.json, dict) else None
    return next(iter(data.values()), None) if data else None
