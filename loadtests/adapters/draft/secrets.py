"""Finds the secrets of a recording, which must not be written, and how its calls authenticate."""

from __future__ import annotations

import base64
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from loadtests.adapters.draft.calls import Call, leaves
from loadtests.adapters.draft.literals import text

SECRET_KEYS = re.compile(
    r"pass(word|wd|phrase)?$|secret|token|api[-_]?key|auth|cookie|session|signature|cvv|cvc|card[-_]?n|iban|^pan$", re.I
)
LOOKS = re.compile(r"ey[\w-]{8,}\.[\w-]{8,}\.[\w-]*|(?=[\w+/=-]*\d)(?=[\w+/=-]*[a-zA-Z])[\w+/=-]{32,}")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.I)
PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")
PASSWORD = re.compile(r"pass(word|wd|phrase)?$", re.I)
CSRF = re.compile(r"csrf|xsrf", re.I)


@dataclass(frozen=True)
class Proof:
    """Python for an adapter's `auth`, the form's name, the variables it reads, the header or parameter it fills, and the call it replaces."""

    code: str = ""
    variables: tuple[str, ...] = ()
    fills: str = ""
    login: int = -1

    @property
    def form(self) -> str:
        """The name of the auth class that its code calls."""
        return self.code.partition("(")[0]


def secret(key: str, value: Any) -> bool:
    """Whether a value is to be replaced by a variable instead of written."""
    if not isinstance(value, str) or not value or key in ("sha256Hash", "boundary"):
        return False
    if SECRET_KEYS.search(key):
        return True
    return bool(LOOKS.fullmatch(value)) and not UUID.fullmatch(value)


def values(calls: Sequence[Call]) -> set[str]:
    """Every secret in the calls: none of them may reach the file."""
    secrets: set[str] = set()
    for call in calls:
        sent = [*call.headers.items(), *call.params, *(call.form or {}).items()]
        for body in (call.body, call.answer):
            sent += [(str(at[-1]) if at else "", value) for at, value in leaves(body)]
        for headers in (call.headers, call.answer_headers):
            for line in (headers.get("cookie", ""), headers.get("set-cookie", "")):
                sent += [("cookie", pair.partition("=")[2].strip()) for pair in line.split(";") if "=" in pair]
        secrets |= {value for key, value in sent if secret(key, value)}
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        secrets |= {token} if token else set()
        if scheme.lower() == "basic":
            secrets |= set(_plain(token).split(":", 1))
    return {value for value in secrets if len(value) >= 6 and not PLACEHOLDER.search(value)}


def brings_password(call: Call) -> bool:
    """Whether a call logs somebody in: it sends a password."""
    sent = call.variables if call.graphql else call.form or call.body
    return call.writes and any(
        PASSWORD.search(str(at[-1])) for at, value in leaves(sent) if at and isinstance(value, str)
    )


def proof(calls: Sequence[Call], name: str) -> Proof:
    """How the calls authenticate. name: prefix of the variables."""
    sent = [call.headers.get("authorization", "") for call in calls]
    most = Counter(each for each, call in zip(sent, calls, strict=True) if each and not _grant(call)).most_common(1)
    if most:  # the call that fetches a token authenticates its client differently
        return _authorised(calls, sent.index(most[0][0]), name)
    for place, call in enumerate(calls):
        for header in call.headers:
            if re.search(r"api[-_]?key|token|secret", header) and not CSRF.search(header):
                brought = _brought(calls[:place], call.headers[header])
                if isinstance(brought, str):
                    return Proof(f'SessionHeader({text(brought)}, {text(_title(header))}, "{{}}")', (), header)
                return Proof(f'ApiKey("{name}_KEY", {text(_title(header))})', (f"{name}_KEY",), header)
        for key, value in call.params:
            if re.fullmatch(r"access_token|api_?key|app_?key|token", key, re.I) and value:
                return Proof(f'KeyParameter("{name}_KEY", {text(key)})', (f"{name}_KEY",), key)
    if any("cookie" in call.headers or "set-cookie" in call.answer_headers for call in calls):
        return _cookies(calls)
    return _from_login(calls, name)


def _grant(call: Call) -> str:
    """The OAuth2 grant that a call requests: its credentials are the client's, not a shopper's."""
    return str({**dict(call.params), **(call.form or {})}.get("grant_type", ""))


def _from_login(calls: Sequence[Call], name: str) -> Proof:
    """From a login whose token no other call shows: the token is assumed at the usual place of the answer."""
    for place, call in enumerate(calls):
        if PLACEHOLDER.search(call.path):  # an auth's path is written unchanged
            continue
        if _grant(call) == "client_credentials":
            return _granted(call, name, place)
        sent = call.body if isinstance(call.body, dict) and not call.graphql else call.form
        if sent and call.method == "POST" and any(re.search(r"pass(word|wd)?$", str(key), re.I) for key in sent):
            return _logged_in(replace(call, body=dict(sent)), ("token",), name, place)
    return Proof()


def _granted(call: Call, name: str, login: int) -> Proof:
    names = (f"{name}_CLIENT", f"{name}_SECRET")
    in_body = ", in_body=True" if "client_secret" in (call.form or {}) else ""
    code = f'ClientCredentials({text(call.path)}, "{names[0]}", "{names[1]}"{in_body}{_at(call)})'
    return Proof(code, names, "authorization", login)


def _authorised(calls: Sequence[Call], place: int, name: str) -> Proof:
    scheme, _, token = calls[place].headers["authorization"].partition(" ")
    if scheme.lower() == "basic":
        return Proof(f'Basic("{name}_USER", "{name}_PASSWORD")', (f"{name}_USER", f"{name}_PASSWORD"), "authorization")
    if scheme.lower() != "bearer":
        return Proof(f'ApiKey("{name}_TOKEN", "Authorization")', (f"{name}_TOKEN",), "authorization")
    brought = _brought(calls[:place], token)
    if isinstance(brought, str):
        return Proof(f"SessionHeader({text(brought)})", (), "authorization")
    if brought is not None:
        login, at = brought
        call = calls[login]
        if _grant(call) == "client_credentials":
            return _granted(call, name, login)
        if isinstance(call.body, dict) and not call.graphql and len(call.body) > 1:
            return _logged_in(call, at, name, login)
            return _logged_in(call, at, name, login)
    return Proof(f'Bearer("{name}_TOKEN")', (f"{name}_TOKEN",), "authorization")


def _logged_in(call: Call, at: tuple, name: str, login: int) -> Proof:
    keys = list(call.body)
    password = next((key for key in keys if re.search(r"pass|secret|pin", key, re.I)), keys[-1])
    user = next((key for key in keys if key != password), password)
    token = ".".join(f"{key}" if isinstance(key, str) else f"[{key}]" for key in at).replace(".[", "[")
    names = (f"{name}_USER", f"{name}_PASSWORD")
    fields = f"fields=({text(user)}, {text(password)}), token={text(token)}"
    code = f'Login({text(call.path)}, "{names[0]}", "{names[1]}", {fields}{_at(call)})'
    return Proof(code, names, "authorization", login)


def _at(call: Call) -> str:
    return f", at={text(call.at)}" if call.at else ""


def _brought(calls: Sequence[Call], token: str) -> str | tuple[int, tuple] | None:
    """Where a token came from: the name of an answer's header, or a call and the place in its answer."""
    for place in reversed(range(len(calls))):
        for header, value in calls[place].answer_headers.items():
            if value == token:
                return header
        for at, value in leaves(calls[place].answer):
            if value == token and not PLACEHOLDER.search(calls[place].path):
                return place, at
    return None


def _cookies(calls: Sequence[Call]) -> Proof:
    for call in calls:
        jar = dict(pair.strip().partition("=")[::2] for pair in call.headers.get("cookie", "").split(";"))
        for header, value in call.headers.items():
            cookie = next((name for name, content in jar.items() if content and content == value), "")
            if CSRF.search(header) and cookie:
                return Proof(f"Cookies({text(cookie)}, {text(_title(header))})", (), header)
    return Proof("Cookies()")


def _plain(token: str) -> str:
    try:
        return base64.b64decode(token).decode()
    except ValueError:
        return ""


def _title(header: str) -> str:
    return "-".join(part.capitalize() for part in header.split("-"))
