"""The shop's refusals: a status, a code for programs, a sentence for people."""

from __future__ import annotations

from typing import Any, NoReturn


class Problem(Exception):
    """Ends a request with `status` and the body `{"code", "message", **details}`; all that the request wrote is rolled back."""

    def __init__(self, status: int, code: str, message: str, headers: dict[str, str] | None = None, **details: Any):
        super().__init__(message)
        self.status, self.headers = status, headers
        self.body = {"code": code, "message": message, **details}


def refuse(code: str, message: str, **details: Any) -> NoReturn:
    """Raise a business refusal: 409."""
    raise Problem(409, code, message, **details)


def unknown(what: str, name: object, *, status: int = 404) -> NoReturn:
    """Raise for a name that does not exist: 404 where the path has it, 422 where the body does."""
    raise Problem(status, f"unknown_{what}", f"there is no {what} {name}")
