"""How requests prove who sends them. An adapter names one form, `auth = Bearer("MY_TOKEN")`, and where staff's calls take another proof
than shoppers' a second one under a name of its own: `staff = Login(…)`, sent by `errand.get(…, as_="staff")`.

Every secret is named by the environment variable that holds it, and never stands in a file or a log.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import jmespath

from loadtests.adapters.errand import SAFE, Call, Errand, Session
from sim.records.refusal import Refusal

MARGIN_S = 30.0
"""A token that expires in less than this is fetched again."""
SHORT_LIFE_S = 60.0
"""A check waits for a token to expire where it does within this."""
NO_END = "the platform gives no way to end a token"


class Auth:
    """No authentication; the base class of every form."""

    headers: Mapping[str, str] = {}
    """The headers that `read` returned; they go with every request that this form authenticates."""
    session: Session
    """Where it is not the shoppers' own form: one session for all of its requests."""

    def read(self, environment: Mapping[str, str]) -> dict[str, str]:
        """Read the secrets; returns the headers of every request. Raises `Refusal` that names a variable which is not set."""
        return {}

    def dress(self, call: Call, errand: Errand) -> None:
        """Add the credentials to a request."""

    def heed(self, answer: Any, session: Session) -> None:
        """Take from an answer the session data that the shopper's next requests need."""

    def renew(self, errand: Errand) -> bool:
        """Called when a request was refused as unauthorised; True where it is to be sent once more with new credentials."""
        return False

    def forge(self) -> None:
        """Make the credentials invalid, so that a check can test that they are refused."""

    def end(self, errand: Errand) -> str:
        """End the token or session of this errand on the platform, but keep sending it; returns why it could not be ended, empty where it was."""
        return NO_END


@dataclass
class Bearer(Auth):
    """A fixed token, sent as `Authorization: Bearer`."""

    token: str

    def read(self, environment: Mapping[str, str]) -> dict[str, str]:
        return {"Authorization": f"Bearer {secret(environment, self.token)}"}


@dataclass
class ApiKey(Auth):
    """A key in a header that the platform names."""

    key: str
    header: str = "X-Api-Key"

    def read(self, environment: Mapping[str, str]) -> dict[str, str]:
        return {self.header: secret(environment, self.key)}


@dataclass
class KeyParameter(Auth):
    """A key in the query string."""

    key: str
    parameter: str = "access_token"

    def read(self, environment: Mapping[str, str]) -> dict[str, str]:
        self._value = secret(environment, self.key)
        return {}

    def dress(self, call: Call, errand: Errand) -> None:
        call.params.append((self.parameter, self._value))


@dataclass
class Basic(Auth):
    """User and password with every request (RFC 7617)."""

    user: str
    password: str

    def read(self, environment: Mapping[str, str]) -> dict[str, str]:
        return {"Authorization": _basic(secret(environment, self.user), secret(environment, self.password))}


@dataclass
class _Shopper(Auth):
    """A session for each shopper."""

    logout: tuple[str, str] | None = field(default=None, kw_only=True)
    """Method and path of the call that ends it."""

    def end(self, errand: Errand) -> str:
        if not self.logout:
            return NO_END
        live = errand.session
        ended = Session(dict(live.headers), dict(live.cookies))
        errand.request("logout", *self.logout)
        errand.session = ended
        return ""


@dataclass
class SessionHeader(_Shopper):
    """A shopper's session by a token that answers bring in one header and requests return in another."""

    brought_in: str
    returned_in: str = "Authorization"
    form: str = "Bearer {}"

    def heed(self, answer: Any, session: Session) -> None:
        token = answer.headers.get(self.brought_in.lower())
        if token:
            session.headers[self.returned_in] = self.form.format(token)


@dataclass
class Cookies(_Shopper):
    """A shopper's cookie jar; writes also carry the CSRF cookie's value in a header, where the platform sets one."""

    csrf_cookie: str = ""
    csrf_header: str = "X-CSRFToken"

    def dress(self, call: Call, errand: Errand) -> None:
        token = call.session.cookies.get(self.csrf_cookie)
        if token and call.method not in SAFE:
            call.headers[self.csrf_header] = token

    def heed(self, answer: Any, session: Session) -> None:
        for line in answer.set_cookies:
            pair, *attributes = line.split(";")
            name, _, value = pair.partition("=")
            if any(each.strip().lower() == "max-age=0" for each in attributes):
                session.cookies.pop(name.strip(), None)
            else:
                session.cookies[name.strip()] = value.strip()


@dataclass
class Fetched(Auth):
    """A token for the whole process, fetched by a request: when first needed, before it expires, and once more when it is refused.

    The fetch is a sample of its own, of step `token`, in the journey that needed it.
    """

    header: str = field(default="Authorization", kw_only=True)
    form: str = field(default="Bearer {}", kw_only=True)
    at: str = field(default="", kw_only=True)
    """The adapter's host that issues tokens, by name; empty for the host under test."""
    ended_at: str = field(default="", kw_only=True)
    """Path of a call that ends a token, where there is one: a logout, or a revocation (RFC 7009)."""
    _token: str = field(default="", init=False, repr=False)
    _expires_s: float = field(default=float("inf"), init=False)
    _lock: Any = field(default=None, init=False, repr=False)

    def fetch(self, errand: Errand) -> tuple[str, float]:
        """A token, and the seconds until it expires."""
        raise NotImplementedError

    def dress(self, call: Call, errand: Errand) -> None:
        if not self._token or errand.clock() > self._expires_s - MARGIN_S:
            self._fetch_once(errand, self._token)
        errand.proof = self._token
        call.headers[self.header] = self.form.format(self._token)

    def renew(self, errand: Errand) -> bool:
        """Replace the token that was refused, unless another journey has done so since."""
        self._fetch_once(errand, errand.proof)
        return True

    def forge(self) -> None:
        self._token, self._expires_s = "forged", float("inf")
        self.renew = lambda errand: False  # type: ignore[method-assign]

    def end(self, errand: Errand) -> str:
        if not self._token:
            self._fetch_once(errand, "")
        lives_s = self._expires_s - errand.clock()
        if self.ended_at:
            self.give_back(errand)
        elif lives_s <= SHORT_LIFE_S:
            errand.pause(max(lives_s, 0.0) + 1.0)
        else:
            return f"its token lives {lives_s:,.0f} s" if lives_s < float("inf") else NO_END
        self._expires_s = float("inf")
        self.renew = lambda errand: False  # type: ignore[method-assign]
        return ""

    def give_back(self, errand: Errand) -> None:
        """Call `ended_at` with the token."""
        errand.post("logout", self.ended_at, at=self.at)

    def _fetch_once(self, errand: Errand, stale: str) -> None:
        """Replace the token `stale`: of several journeys that need it at once, one fetches and the others wait."""
        from gevent.lock import BoundedSemaphore  # here: gevent is not needed where adapters are only read

        self._lock = self._lock or BoundedSemaphore()
        with self._lock:
            if self._token == stale:
                self._token, lives_s = self.fetch(errand)
                self._expires_s = errand.clock() + lives_s


@dataclass
class ClientCredentials(Fetched):
    """OAuth2's client-credentials grant (RFC 6749, 4.4)."""

    path: str
    client: str
    secret: str
    scope: str = ""
    in_body: bool = False
    """Client and secret are sent in the form, not as Basic authorisation."""

    def read(self, environment: Mapping[str, str]) -> dict[str, str]:
        self._client, self._secret = secret(environment, self.client), secret(environment, self.secret)
        return {}

    def fetch(self, errand: Errand) -> tuple[str, float]:
        asked = {"grant_type": "client_credentials"} | ({"scope": self.scope} if self.scope else {})
        answer = errand.post("token", self.path, **self._as_client(asked), needs="access_token", repeatable=True)
        return answer.json["access_token"], float(answer.json.get("expires_in", "inf"))

    def give_back(self, errand: Errand) -> None:
        errand.post("logout", self.ended_at, **self._as_client({"token": self._token}))

    def _as_client(self, form: dict[str, str]) -> dict[str, Any]:
        """A form that the client itself sends, with its secret."""
        how: dict[str, Any] = {"at": self.at, "dressed": False}
        if self.in_body:
            return how | {"form": form | {"client_id": self._client, "client_secret": self._secret}}
        return how | {"form": form, "headers": {"Authorization": _basic(self._client, self._secret)}}


@dataclass
class Login(Fetched):
    """One login for the process, as a clerk's: user and password in a JSON body, the token in the answer's body or header."""

    path: str
    user: str
    password: str
    fields: tuple[str, str] = ("username", "password")
    token: str = "token"
    """Where in the answer: a JMESPath into its body, or `header:Name`."""

    def read(self, environment: Mapping[str, str]) -> dict[str, str]:
        self._who = [secret(environment, self.user), secret(environment, self.password)]
        return {}

    def fetch(self, errand: Errand) -> tuple[str, float]:
        body = dict(zip(self.fields, self._who, strict=True))
        answer = errand.post("token", self.path, json=body, at=self.at, dressed=False, repeatable=True)
        kind, _, name = self.token.partition("header:")
        token = answer.headers.get(name.lower()) if name else jmespath.search(kind, answer.json)
        if not token:
            errand.fail("token", f"no token at {self.token}")
        return token, float("inf")


def secret(environment: Mapping[str, str], name: str) -> str:
    """The value of a variable. Raises `Refusal` where it is not set."""
    if not environment.get(name):
        raise Refusal("environment", name, "a secret that the adapter sends")
    return environment[name]


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
