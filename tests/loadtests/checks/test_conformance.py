"""The check of a platform: what works, what is missing, access to orders, and the transport."""

from __future__ import annotations

from types import SimpleNamespace
from typing import ClassVar

import pytest

from loadtests.adapters import load
from loadtests.adapters.auth import ApiKey, Auth, Bearer, Login, SessionHeader
from loadtests.adapters.base import Adapter, CatalogueCodes
from loadtests.checks.conformance import check
from loadtests.checks.session import Trial
from loadtests.http import tls
from loadtests.http.options import Wire
from loadtests.safety import Target
from loadtests.shop.serve import serve
from sim.cli import app
from sim.records.refusal import Refusal
from sim.records.trace import JOURNEYS

from ..conftest import write_catalogue


def test_every_journey_of_the_demo_shop_works_and_its_orders_are_kept(tmp_path):
    write_catalogue(tmp_path / "catalogue.parquet")
    with serve(tmp_path / "catalogue.parquet") as shop:
        token = {"RETAIL_LAB_SHOP_TOKEN": shop.token}
        with Trial(load("shop"), shop.url, Wire(), token, "check", CatalogueCodes()) as trial:
            result = check(trial)
    assert {line.journey for line in result.lines if line.state == "works"} == set(JOURNEYS)
    assert {each.reader: each.state for each in result.access} == {
        "nobody (no credentials)": "refused",
        "another shopper": "not tried",
        "a forger (a token that is not good)": "refused",
        "one who logged out (a token that has ended)": "not tried",
    }
    assert result.access[-1].because == "the platform gives no way to end a token"
    assert result.findings == []
    assert result.transport.version == ""


def test_a_shop_of_one_location_transfers_nothing_which_is_no_finding(tmp_path):
    one = CatalogueCodes(skus=("SKU-00001",), locations=("SH01",), kinds=("store",), regions=("EAST",))
    write_catalogue(tmp_path / "catalogue.parquet")
    with (
        serve(tmp_path / "catalogue.parquet") as shop,
        Trial(load("shop"), shop.url, Wire(), {"RETAIL_LAB_SHOP_TOKEN": shop.token}, "check", one) as trial,
    ):
        result = check(trial)
    assert [line.journey for line in result.lines if line.state == "refused"] == ["transfer_stock"]
    assert result.findings == []


class Half(Adapter):
    name = "half"
    auth = SessionHeader("shop-session")

    def browse(self, errand):
        errand.get("page", "/browse")

    def search(self, errand):
        errand.get("search", "/broken")

    def checkout(self, errand):
        return errand.post("order", "/order", needs="id").json["id"]

    def order_status(self, errand):
        errand.get("order", f"/orders/{errand.carried}")


def checked(plain, kind=Half, environment=()):
    with Trial(
        kind, plain.url, Wire(), dict(environment), "check", CatalogueCodes(["A"], ["SH01"], ["store"], ["EAST"])
    ) as trial:
        return check(trial)


@pytest.mark.parametrize(("available", "ordered"), [({"A": 1, "B": 40, "C": 7}, 1), (None, 0), (KeyError("units"), 0)])
def test_the_check_orders_what_is_most_in_stock_and_not_a_last_unit(plain, available, ordered):
    orders = []

    class Showing(Half):
        def checkout(self, errand):
            orders.append(errand.skus)
            return super().checkout(errand)

        def stock(self, errand, codes):
            if isinstance(available, Exception):
                raise available
            return available

    plain.headers["Shop-Session"] = "0123456789"
    shelf = CatalogueCodes(["A", "B", "C"], ["SH01"], ["store"], ["EAST"])
    with Trial(Showing, plain.url, Wire(), {}, "check", shelf) as trial:
        check(trial)
    assert orders == [[ordered], [ordered]]


def test_another_sku_is_ordered_where_the_most_in_stock_is_not_where_the_check_orders(plain):
    tried = []

    class Elsewhere(Half):
        def judge(self, step, answer, needs):
            return ("rejected", "out_of_stock") if answer.status == 409 else super().judge(step, answer, needs)

        def checkout(self, errand):
            tried.append((errand.row, *errand.skus))
            plain.statuses["/order"] = 409 if errand.skus == [1] else 200
            return super().checkout(errand)

        def stock(self, errand, codes):
            return {"A": 1, "B": 40, "C": 7}

    with Trial(Elsewhere, plain.url, Wire(), {}, "check", CatalogueCodes(["A", "B", "C"])) as trial:
        result = check(trial)
    assert [sku for _, sku in tried][:2] == [1, 2]
    assert len(set(tried)) == len(tried), "no two orders share a row, and so a key"
    assert {line.journey: line.state for line in result.lines}["checkout"] == "works"


def test_an_order_that_is_shown_to_anybody_is_a_finding(plain):
    plain.statuses["/broken"] = 500
    plain.headers["Shop-Session"] = "0123456789"
    result = checked(plain)
    assert {line.journey: line.state for line in result.lines if line.state != "not covered"} == {
        "browse": "works",
        "search": "failed",
        "checkout": "works",
        "order_status": "works",
    }
    assert [each.state for each in result.access] == ["shown", "shown", "shown", "not tried"]
    assert "search failed: search failed (500)" in result.findings
    assert sum("an order was shown to" in each for each in result.findings) == 3
    *_, spoiled, _own = [headers.get("Authorization") for _, path, headers in plain.seen if path.startswith("/orders/")]
    assert spoiled == "Bearer 0123450000"


def test_access_is_tried_without_the_token_and_with_a_wrong_one(plain):
    class Tokened(Half):
        auth = Bearer("HALF_TOKEN")

    checked(plain, Tokened, {"HALF_TOKEN": "the-real-one"})
    sent = [headers.get("Authorization") for _, path, headers in plain.seen if path.startswith("/orders/")]
    assert sent == ["Bearer the-real-one", None, "Bearer not-the-secret", "Bearer the-real-one"]


class LoggedIn(Half):
    """Whose shoppers can log out."""

    auth = SessionHeader("shop-session", logout=("DELETE", "/session"))


def ended(result):
    return next((each.state, each.because) for each in result.access if each.reader.startswith("one who logged out"))


def test_a_token_that_still_opens_after_logging_out_is_a_finding(plain):
    plain.headers["Shop-Session"] = "0123456789"
    result = checked(plain, LoggedIn)
    assert ended(result) == ("shown", "200")
    assert "an order was shown to one who logged out (a token that has ended)" in result.findings
    calls = [(method, path, headers.get("Authorization")) for method, path, headers in plain.seen][-3:]
    assert [(method, path.split("/")[1]) for method, path, _ in calls] == [
        ("GET", "orders"),
        ("DELETE", "session"),
        ("GET", "orders"),
    ]
    assert {token for _, _, token in calls} == {"Bearer 0123456789"}, "the same token before, at and after its end"


def test_a_token_that_ends_with_logging_out_is_none(plain):
    class Closing(LoggedIn):
        def order_status(self, errand):
            if any(method == "DELETE" for method, *_ in plain.seen):
                plain.statuses["/orders/"] = 401
            super().order_status(errand)

    plain.headers["Shop-Session"] = "0123456789"
    result = checked(plain, Closing)
    assert ended(result) == ("refused", "401")


def test_an_order_not_shown_before_is_no_evidence_about_a_token_that_ended(plain):
    plain.headers["Shop-Session"] = "0123456789"
    plain.statuses["/orders/"] = 403
    assert ended(checked(plain, LoggedIn)) == ("not tried", "403 at order")


def test_journeys_that_follow_a_checkout_that_failed_are_unmet(plain):
    plain.statuses["/order"] = 500
    result = checked(plain)
    states = {line.journey: line.state for line in result.lines}
    assert (states["checkout"], states["order_status"]) == ("failed", "unmet")
    assert [each.state for each in result.access] == ["not tried"]


def test_a_discovery_that_fails_is_refused_with_where_it_failed(plain):
    class Looking(Half):
        def discover(self, errand):
            errand.get("list", "/gone")

    plain.statuses["/gone"] = 404
    with pytest.raises(Refusal, match="failed at list: 404"):
        checked(plain, Looking)


@pytest.mark.parametrize(
    ("status", "location", "expected"),
    [
        (0, "", "refused"),
        (403, "", "refused"),
        (301, "https://shop/", "redirected"),
        (301, "http://shop/", "answered"),
        (200, "", "answered"),
    ],
)
def test_plain_http_is_refused_redirected_or_answered(monkeypatch, status, location, expected):
    answer = SimpleNamespace(status=status, headers={"location": location})
    monkeypatch.setattr(tls, "Client", lambda *_: SimpleNamespace(send=lambda *_: answer))
    assert tls._in_clear(Target("https", "shop", 443, "", ("127.0.0.1",)), Wire()) == expected


def test_tls_version_and_the_certificates_days_are_read(authority, secured):
    result = tls.look(secured, Wire(ca_bundle=authority))
    assert result.version == "TLSv1.3"
    assert 1.9 < result.days <= 2.0
    assert result.error == ""
    assert "certificate" in tls.look(secured, Wire()).error.lower()


class Published(Half):
    """Whose visitors all send a key that stands in the shop's pages."""

    auth = SessionHeader("shop-session")
    public: ClassVar = {"X-Publishable-Api-Key": "HALF_KEY"}


KEY = {"HALF_KEY": "pk_every-visitor"}


def test_a_key_that_every_visitor_has_opens_no_order(plain):
    """The key goes with every reader's request, so what refuses them is not its absence."""
    plain.headers["Shop-Session"] = "0123456789"
    checked(plain, Published, KEY)
    sent = [headers.get("X-Publishable-Api-Key") for _, path, headers in plain.seen if path.startswith("/orders/")]
    assert len(sent) == 5
    assert set(sent) == {"pk_every-visitor"}


def test_an_order_that_the_public_key_alone_opens_is_a_finding(plain):
    class Guests(Published):
        auth = Auth()

    result = checked(plain, Guests, KEY)
    assert "an order was shown to a visitor (X-Publishable-Api-Key alone)" in result.findings


def test_a_public_key_that_was_declared_as_a_proof_is_found(plain):
    class Mistaken(Half):
        auth = ApiKey("HALF_KEY", "X-Publishable-Api-Key")

    plain.wants["/orders/"] = "X-Publishable-Api-Key"
    result = checked(plain, Mistaken, KEY)
    assert {each.reader: each.state for each in result.access}["nobody (no credentials)"] == "refused"
    assert "an order was shown to any visitor, who has the X-Publishable-Api-Key too" in result.findings


@pytest.mark.parametrize("status", [400, 422, 429, 503])
def test_a_malformed_request_is_no_evidence_of_access(plain, status):
    class Strict(Half):
        def order_status(self, errand):
            if not errand.session.headers:
                plain.statuses["/orders/"] = status
            super().order_status(errand)

    plain.headers["Shop-Session"] = "0123456789"
    result = checked(plain, Strict)
    assert result.access[0].state == "not tried"
    assert result.access[0].because.startswith(f"{status} at order; body: {{")
    assert "an order read by nobody (no credentials)" in result.untried


def test_what_could_not_be_tried_is_named_and_is_no_clean_end(plain, tmp_path, capsys):
    """Neither in the last line nor in the exit status."""
    (tmp_path / "open.py").write_text(
        "from loadtests.adapters import Adapter\nclass Open(Adapter):\n    name = 'open'\n"
        "    def browse(self, errand):\n        errand.get('page', '/browse')\n"
    )
    words = ["adapter", "check", str(tmp_path / "open.py"), "--host", plain.url]
    assert app.status(words) == 2
    assert capsys.readouterr().out.splitlines()[-1] == "0 findings, 1 not tried: an order read by anyone"
    assert app.status([*words, "--inconclusive-ok"]) == 0
    plain.statuses["/browse"] = 500
    assert app.status([*words, "--inconclusive-ok"]) == 1


class TwoProofs(Half):
    """Shoppers come with a key, staff log in."""

    auth = ApiKey("HALF_KEY")
    staff = Login("/login", "STAFF_USER", "STAFF_PASSWORD", token="id")

    def report(self, errand):
        errand.get("sales", "/admin/sales", as_="staff")


def test_access_is_tried_without_the_shoppers_and_without_staffs_credentials(plain):
    class ReadByStaff(TwoProofs):
        def order_status(self, errand):
            errand.get("order", f"/orders/{errand.carried}", as_="staff")

    checked(plain, ReadByStaff, KEY | {"STAFF_USER": "clerk", "STAFF_PASSWORD": "w0rd"})
    sent = [
        (headers.get("Authorization"), headers.get("X-Api-Key"))
        for _, path, headers in plain.seen
        if path.startswith("/orders/")
    ]
    assert all(key is None for _, key in sent), "staff's calls carry no shopper's key"
    own, unproved, forger, *_ = [token for token, _ in sent]
    assert own.startswith("Bearer o")
    assert (unproved, forger) == (None, "Bearer forged")
