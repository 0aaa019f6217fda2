"""How the shop says no: a status, a code that programs read, a sentence that people read."""

from __future__ import annotations

from typing import Any, NoReturn


class Problem(Exception):
    """Ends a request with `status` and the body `{"code", "message", **details}`; whatever the request wrote is rolled back."""

    def __init__(self, status: int, code: str, message: str, headers: dict[str, str] | None = None, **details: Any):
        super().__init__(message)
        self.status, self.headers = status, headers
        self.body = {"code": code, "message": message, **details}


def refuse(code: str, message: str, **details: Any) -> NoReturn:
    """Refuse by a rule of the business: 409."""
    raise Problem(409, code, message, **details)


def unknown(what: str, name: object, *, status: int = 404) -> NoReturn:
    """Nothing goes by that name: 404 where the path named it, 422 where the body did."""
    raise Problem(status, f"unknown_{what}", f"there is no {what} {name}")
