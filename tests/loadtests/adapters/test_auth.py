"""Every form of authentication against a server that requires it, through the lab's own client."""

from __future__ import annotations

import base64

import gevent
import pytest

from loadtests.adapters.auth import (
    ApiKey,
    Auth,
    Basic,
    Bearer,
    ClientCredentials,
    Cookies,
    KeyParameter,
    Login,
    SessionHeader,
)
from loadtests.adapters.base import Adapter
from sim.records.refusal import Refusal

SECRETS = {
    "A_USER": "ann",
    "A_PASSWORD": "pa:ss",
    "A_TOKEN": "t0ken",
    "A_KEY": "k3y",
    "A_CLIENT": "lab",
    "A_SECRET": "s",
}


def adapter(form: Auth) -> type[Adapter]:
    class Made(Adapter):
        name = "made"
        auth = form

        def browse(self, errand):
            errand.get("page", "/page", params={"q": "x"}, needs="id")

        def checkout(self, errand):
            errand.post("order", "/order", json={}, needs="id")

    return Made


@pytest.mark.parametrize(
    ("form", "header", "value"),
    [
        (Bearer("A_TOKEN"), "authorization", "Bearer t0ken"),
        (ApiKey("A_KEY"), "x-api-key", "k3y"),
        (ApiKey("A_KEY", "X-Shop-Token"), "x-shop-token", "k3y"),
        (Basic("A_USER", "A_PASSWORD"), "authorization", "Basic " + base64.b64encode(b"ann:pa:ss").decode()),
    ],
)
def test_a_lasting_secret_goes_with_every_request(stage, playing, form, header, value):
    trial = playing(adapter(form), SECRETS)
    assert trial.play("browse").brought
    assert trial.play("checkout").brought
    assert [asked.headers.get(header) for asked in stage.asked] == [value, value]


def test_a_key_can_stand_in_the_query(stage, playing):
    assert playing(adapter(KeyParameter("A_KEY", "token")), SECRETS).play("browse").brought
    assert stage.asked[0].params == [("q", "x"), ("token", "k3y")]


def test_without_a_proof_none_is_sent(stage, playing):
    playing(adapter(Auth())).play("browse")
    assert not {"authorization", "cookie", "x-api-key"} & set(stage.asked[0].headers)


@pytest.mark.parametrize(
    "form",
    [Bearer("A_TOKEN"), ApiKey("A_KEY"), Basic("A_USER", "A_PASSWORD"), Login("/login", "A_USER", "A_PASSWORD")],
)
def test_a_missing_secret_is_refused_by_its_variables_name(playing, form):
    with pytest.raises(Refusal, match="environment: A_"):
        playing(adapter(form), {})


class Issuer:
    """Gives out tokens t1, t2, … and takes only the last one."""

    def __init__(self, lives_s: float, in_header: str = ""):
        self.given, self.lives_s, self.in_header = 0, lives_s, in_header

    def __call__(self, asked):
        if asked.path in ("/token", "/login"):
            self.given += 1
            token = f"t{self.given}"
            if self.in_header:
                return 200, [(self.in_header, token)], {"ok": True}
            return 200, [], {"access_token": token, "expires_in": self.lives_s, "data": {"token": token}}
        good = asked.headers.get("authorization") == f"Bearer t{self.given}"
        return (200, [], {"id": 1}) if good else (401, [], {"error": "expired"})


def test_client_credentials_are_fetched_once_and_again_before_they_expire(stage, playing):
    stage.answer = issuer = Issuer(lives_s=3600)
    trial = playing(adapter(ClientCredentials("/token", "A_CLIENT", "A_SECRET", scope="shop")), SECRETS)
    first, second = trial.play("browse"), trial.play("browse")
    assert [request.step for request in first.requests] == ["token", "page"]
    assert [request.step for request in second.requests] == ["page"]
    asked = stage.asked[0]
    assert asked.form == {"grant_type": "client_credentials", "scope": "shop"}
    assert asked.headers["authorization"] == "Basic " + base64.b64encode(b"lab:s").decode()
    issuer.lives_s = 10.0  # below the margin: stale as soon as it is there
    trial.adapter.auth._expires_s = 0.0
    trial.play("browse")
    trial.play("browse")
    assert issuer.given == 3


def test_client_and_secret_can_stand_in_the_form(stage, playing):
    stage.answer = Issuer(3600)
    playing(adapter(ClientCredentials("/token", "A_CLIENT", "A_SECRET", in_body=True)), SECRETS).play("browse")
    assert stage.asked[0].form == {"grant_type": "client_credentials", "client_id": "lab", "client_secret": "s"}


def test_a_token_that_was_revoked_is_fetched_anew_and_the_step_sent_once_more(stage, playing):
    stage.answer = issuer = Issuer(3600)
    trial = playing(adapter(ClientCredentials("/token", "A_CLIENT", "A_SECRET")), SECRETS)
    trial.play("checkout")
    issuer.given += 1  # the server invalidates the token it gave
    played = trial.play("checkout")
    assert [(each.step, each.outcome) for each in played.requests] == [
        ("order", "auth_lost"),
        ("token", "ok"),
        ("order", "ok"),
    ]
    assert played.brought


def test_journeys_that_start_together_fetch_one_token(stage, playing):
    stage.answer = issuer = Issuer(3600)
    trial = playing(adapter(ClientCredentials("/token", "A_CLIENT", "A_SECRET")), SECRETS)
    played = [gevent.spawn(trial.play, "browse") for _ in range(20)]
    gevent.joinall(played)
    assert all(each.value.brought for each in played)
    assert issuer.given == 1


def test_journeys_that_find_one_token_refused_at_different_times_renew_it_once(stage, playing):
    stage.answer = issuer = Issuer(3600)
    trial = playing(adapter(ClientCredentials("/token", "A_CLIENT", "A_SECRET")), SECRETS)
    trial.play("browse")
    issuer.given += 1  # the server invalidates the token it gave
    auth = trial.adapter.auth
    first, second = (trial.errand("browse", []) for _ in range(2))
    first.proof = second.proof = auth._token
    assert auth.renew(first)
    assert auth.renew(second), "it was renewed meanwhile: worth sending once more"
    assert issuer.given == 3


@pytest.mark.parametrize(("token", "in_header"), [("data.token", ""), ("header:X-Auth-Token", "X-Auth-Token")])
def test_a_login_brings_its_token_in_the_body_or_in_a_header(stage, playing, token, in_header):
    stage.answer = Issuer(3600, in_header)
    form = Login("/login", "A_USER", "A_PASSWORD", fields=("mail", "pin"), token=token)
    assert playing(adapter(form), SECRETS).play("browse").brought
    assert stage.asked[0].json == {"mail": "ann", "pin": "pa:ss"}


def test_a_login_without_a_token_is_a_failed_step(stage, playing):
    played = playing(adapter(Login("/login", "A_USER", "A_PASSWORD", token="nowhere")), SECRETS).play("browse")
    assert played.brought is None
    assert (played.last.step, played.last.outcome) == ("token", "failed")


def test_a_shoppers_session_comes_in_a_header_and_follows_the_shopper_alone(stage, playing):
    stage.answer = lambda asked: (200, [("Shop-Session", f"s{len(stage.asked)}")], {"id": 1})
    trial = playing(adapter(SessionHeader("shop-session")))
    first = trial.play("browse")
    trial.play("checkout", carried=first.brought)
    trial.play("browse")
    assert [asked.headers.get("authorization") for asked in stage.asked] == [None, "Bearer s1", None]


def test_a_cookie_jar_returns_what_was_set_and_writes_carry_the_csrf_token(stage, playing):
    answers = [
        [("Set-Cookie", "sid=one; Path=/; HttpOnly"), ("Set-Cookie", "csrf=abc; Path=/")],
        [("Set-Cookie", "sid=two; Path=/")],
        [("Set-Cookie", "sid=; Max-Age=0")],
        [],
    ]
    stage.answer = lambda asked: (200, answers[len(stage.asked) - 1], {"id": 1})
    trial = playing(adapter(Cookies("csrf", "X-CSRFToken")))
    carried = trial.play("browse").brought
    for journey in ("checkout", "browse", "checkout"):
        carried = trial.play(journey, carried=carried).brought
    sent = [(asked.headers.get("cookie"), asked.headers.get("x-csrftoken")) for asked in stage.asked]
    assert sent == [(None, None), ("sid=one; csrf=abc", "abc"), ("sid=two; csrf=abc", None), ("csrf=abc", "abc")]


def test_tokens_may_come_from_another_host_that_is_pinned_too(stage, playing, monkeypatch):
    stage.answer = Issuer(3600)

    class Elsewhere(adapter(ClientCredentials("/token", "A_CLIENT", "A_SECRET", at="auth"))):
        elsewhere = {"auth": "A_AUTH_URL"}

    assert playing(Elsewhere, {**SECRETS, "A_AUTH_URL": stage.url}).play("browse").brought
    with pytest.raises(Refusal, match="A_AUTH_URL"):
        playing(Elsewhere, SECRETS)
    with pytest.raises(Refusal, match=r"--allow-host: 192\.0\.2\.1"):
        playing(Elsewhere, {**SECRETS, "A_AUTH_URL": "http://192.0.2.1"})


class Forgetting(Issuer):
    """Invalidates its tokens on request."""

    def __call__(self, asked):
        if asked.path == "/revoke":
            self.given += 1
            return 200, [], {}
        return super().__call__(asked)


@pytest.mark.parametrize(
    ("form", "sent"),
    [
        (ClientCredentials("/token", "A_CLIENT", "A_SECRET", ended_at="/revoke"), {"token": "t1"}),
        (Login("/login", "A_USER", "A_PASSWORD", token="data.token", ended_at="/revoke"), {}),
    ],
)
def test_a_token_that_was_given_back_is_sent_on_and_not_fetched_anew(stage, playing, form, sent):
    stage.answer = Forgetting(3600)
    trial = playing(adapter(form), SECRETS)
    errand = trial.errand("browse", [])
    assert trial.adapter.auth.end(errand) == ""
    assert stage.asked[-1].path == "/revoke"
    assert stage.asked[-1].form == sent
    played = trial.play("browse")
    assert [(each.step, each.outcome) for each in played.requests] == [("page", "auth_lost")]
    assert stage.asked[-1].headers["authorization"] == "Bearer t1"


def test_a_token_of_a_short_life_is_outlived_and_one_of_a_long_life_is_not_tried(stage, playing, monkeypatch):
    waited = []
    monkeypatch.setattr("loadtests.adapters.errand.Errand.pause", lambda errand, s: waited.append(s))
    for lives_s, why in ((45.0, ""), (3600.0, "its token lives 3,600 s")):
        stage.answer = Issuer(lives_s)
        trial = playing(adapter(ClientCredentials("/token", "A_CLIENT", "A_SECRET")), SECRETS)
        assert trial.adapter.auth.end(trial.errand("browse", [])) == why
    assert waited == [pytest.approx(46.0, abs=0.5)]


@pytest.mark.parametrize(
    "form", [Auth(), Bearer("A_TOKEN"), Cookies(), Login("/login", "A_USER", "A_PASSWORD", token="data.token")]
)
def test_the_reason_why_a_token_cannot_be_ended_is_reported(stage, playing, form):
    stage.answer = Issuer(3600)
    trial = playing(adapter(form), SECRETS)
    assert trial.adapter.auth.end(trial.errand("browse", [])) == "the platform gives no way to end a token"


class TwoProofs(Adapter):
    """Shoppers come with a key and a session of their own, staff log in."""

    name = "two"
    auth = SessionHeader("shop-session")
    staff = Login("/login", "A_USER", "A_PASSWORD")
    partner = ApiKey("A_KEY", "X-Partner")

    def browse(self, errand):
        errand.get("page", "/page")

    def receive_goods(self, errand):
        errand.get("page", "/page")
        errand.post("receipt", "/admin/receipts", json={}, as_="staff")
        errand.get("page", "/page")

    def report(self, errand):
        errand.get("sales", "/partners/sales", as_="partner")


class Backoffice:
    """Shoppers get a session by header, staff a token by login; a token may be forgotten."""

    def __init__(self):
        self.given = 0
        self.good = ""

    def __call__(self, asked):
        if asked.path == "/login":
            self.given += 1
            self.good = f"Bearer s{self.given}"
            return 200, [], {"token": f"s{self.given}"}
        if asked.path.startswith("/admin/"):
            return (200 if asked.headers.get("authorization") == self.good else 401), [], {}
        return 200, [("Shop-Session", "shopper-1")], {}


def test_a_step_names_which_proof_it_sends_and_sends_no_other(stage, playing):
    stage.answer = Backoffice()
    trial = playing(TwoProofs, SECRETS)
    assert trial.play("receive_goods").brought
    assert trial.play("report").brought
    assert [
        (asked.path, asked.headers.get("authorization"), asked.headers.get("x-partner")) for asked in stage.asked
    ] == [
        ("/page", None, None),
        ("/login", None, None),
        ("/admin/receipts", "Bearer s1", None),
        ("/page", "Bearer shopper-1", None),
        ("/partners/sales", None, "k3y"),
    ]


def test_each_proof_is_renewed_for_itself(stage, playing):
    stage.answer = office = Backoffice()
    trial = playing(TwoProofs, SECRETS)
    trial.play("receive_goods")
    office.good = "Bearer none"
    played = trial.play("receive_goods")
    assert [(each.step, each.outcome) for each in played.requests] == [
        ("page", "ok"),
        ("receipt", "auth_lost"),
        ("token", "ok"),
        ("receipt", "ok"),
        ("page", "ok"),
    ]


def test_staffs_session_is_not_the_shoppers(stage, playing):
    class Jars(Adapter):
        name = "jars"
        auth = Cookies()
        staff = Cookies("csrf", "X-CSRF")

        def report(self, errand):
            errand.get("page", "/page")
            errand.get("desk", "/desk", as_="staff")
            errand.post("sales", "/desk", json={}, as_="staff")
            errand.post("page", "/page", json={})

    stage.answer = lambda asked: (200, [("Set-Cookie", f"csrf={asked.path[1:]}")], {})
    trial = playing(Jars)
    trial.play("report")
    trial.play("report")
    jars = [(asked.headers.get("cookie"), asked.headers.get("x-csrf")) for asked in stage.asked]
    assert jars[:4] == [(None, None), (None, None), ("csrf=desk", "desk"), ("csrf=page", None)]
    assert jars[4:6] == [(None, None), ("csrf=desk", None)], "a shopper comes anew, staff stay"


def test_a_second_proofs_missing_secret_is_refused_by_its_variables_name(playing):
    with pytest.raises(Refusal, match="environment: A_PASSWORD"):
        playing(TwoProofs, {"A_USER": "ann", "A_KEY": "k"})


def test_what_a_request_without_proof_sends_is_none(stage, playing):
    class Bare(Adapter):
        name = "bare"
        auth = Bearer("A_TOKEN")

        def browse(self, errand):
            errand.get("page", "/page", dressed=False)

    playing(Bare, SECRETS).play("browse")
    assert "authorization" not in stage.asked[0].headers
