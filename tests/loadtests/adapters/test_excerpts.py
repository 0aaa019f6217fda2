"""What an API wrote behind a failure: its own words in one line, and never a secret."""

from __future__ import annotations

import base64
import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from loadtests.adapters.excerpts import KINDS, LONGEST, Excerpt, Excerpts, merge
from loadtests.adapters.redaction import HIDDEN, Mask, Watched
from loadtests.http.client import Answer

JSON = {"content-type": "application/json"}
HTML = {"content-type": "text/html; charset=utf-8"}


def excerpt_of(body: bytes | str, headers: dict[str, str] = JSON, *secrets: str, proofs: tuple[str, ...] = ()) -> str:
    body = body.encode() if isinstance(body, str) else body
    return str(Excerpt(Answer(500, dict(headers), body), Mask(secrets), proofs))


def test_json_is_compact_and_html_is_reduced_to_its_words():
    assert excerpt_of('{\n  "detail": "no such cart",\n "code": 7}') == '{"detail":"no such cart","code":7}'
    page = "<html><head><title>Error</title><style>p{color:red}</style></head><body><h1>KeyError</h1>\n<p>at /cart &amp; co</p><script>x()</script>"
    assert excerpt_of(page, HTML) == "Error KeyError at /cart & co"


@pytest.mark.parametrize(
    ("body", "headers", "expected"),
    [
        (b"", JSON, ""),
        (gzip.compress(b'{"detail": "packed"}', mtime=0), JSON | {"content-encoding": "gzip"}, '{"detail":"packed"}'),
        (b"not gzip", {"content-encoding": "gzip"}, "not gzip"),
        (bytes(range(256)), {"content-type": "image/png"}, "256 bytes of image/png"),
        ("Größe".encode("latin-1"), {"content-type": "text/plain; charset=iso-8859-1"}, "Größe"),
        (b"x", {"content-type": "text/plain; charset=no-such"}, "x"),
        (b"[" * 100_000, JSON, "["),
        (b"<![unknown[ x ]]> <p>there", HTML, ""),
    ],
)
def test_any_body_gives_one_line(body, headers, expected):
    assert excerpt_of(body, headers).startswith(expected)
    assert len(excerpt_of(body, headers)) <= LONGEST


@given(st.binary(max_size=3000), st.sampled_from(["text/plain", "text/html", "application/json", ""]))
def test_an_excerpt_is_one_printable_line_of_bounded_length(body, kind):
    text = excerpt_of(body, {"content-type": kind})
    assert text.isprintable()
    assert len(text) <= LONGEST


SECRET = 'pa"ss wö/rd+1'


@pytest.mark.parametrize(
    "body",
    [
        SECRET,
        json.dumps({"sent": SECRET}),
        json.dumps({"sent": SECRET}, ensure_ascii=False),
        "<p>pa&quot;ss w&ouml;/rd+1</p>",
        "/login?pin=pa%22ss%20w%C3%B6%2Frd%2B1&x=1",
        "/login?pin=pa%22ss+w%C3%B6%2Frd%2B1&x=1",
    ],
)
def test_a_known_secret_is_hidden_in_every_way_of_writing_it(body):
    text = excerpt_of(body, HTML if body[0] == "<" else {}, SECRET)
    assert HIDDEN in text
    for part in ("pa", "ss", "rd"):
        assert part not in text.replace("/login?pin=", "").replace("sent", "")


@pytest.mark.parametrize(
    "body",
    [
        "Bearer abc123xyz is unknown",
        "Basic " + base64.b64encode(b"ann:secret-word").decode(),
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dBjftJeZ4CVP has expired",
        "key 0123456789abcdef0123456789abcdef is not valid",
        '{"access_token":"short"}',
        '{"user":{"password" : "short"}}',
        '{"cvv":123}',
        "/orders?api_key=short&limit=2",
    ],
)
def test_what_looks_like_a_secret_is_masked_without_being_named(body):
    text = excerpt_of(body, {})
    assert HIDDEN in text
    for secret in ("abc123xyz", "YW5u", "eyJ", "0123456789abcdef", "short", "123"):
        assert secret not in text


@pytest.mark.parametrize(
    "body",
    [
        "order 6f1c9a52-0b7e-4c38-9a44-2f1f4f9a3b10 not found",
        "order_01JABCDEFGHJKMNPQRSTVWXYZ0 not found",
        "Invalid token header. No credentials provided.",
        "http://127.0.0.1:8000/store/orders/12/fulfillments/34",
        '{"errorCode":"INSUFFICIENT_STOCK_ERROR"}',
    ],
)
def test_what_explains_a_failure_stays(body):
    assert HIDDEN not in excerpt_of(body, {})


def test_a_secret_that_was_cut_at_the_end_of_what_is_read_is_not_shown():
    for length in range(8100, 8200, 7):
        body = "0a" * (length // 2) + " sesame-0f3c9a"
        assert "sesame" not in excerpt_of(body, {}, "sesame-0f3c9a")


def test_a_short_secret_is_hidden_as_a_word_alone():
    assert excerpt_of("pin 7 of 17", {}, "7") == "pin *** of 17"


def test_tokens_of_the_request_and_cookies_of_the_answer_are_hidden():
    answer = Answer(401, {}, b"session ab12cd of cookie c00kie", "", ["sid=c00kie; Path=/"])
    assert str(Excerpt(answer, Mask(), ["ab12cd"])) == "session *** of cookie ***"


def test_an_environment_keeps_what_was_read_from_it():
    seen = Watched({"A": "one", "B": "two"})
    assert (seen["A"], seen.get("C")) == ("one", None)
    assert seen.values_read == {"one"}


def test_the_first_body_of_each_kind_is_kept_with_the_number_of_answers():
    kept = Excerpts()
    for number in range(3):
        kept.add("checkout", "order", "failed", 500, Excerpt(Answer(500, {}, f"broken {number}".encode()), Mask()))
    kept.add("checkout", "order", "failed", 404, Excerpt(Answer(404, {}, b"gone"), Mask()))
    assert kept.rows() == [
        ["checkout", "order", "failed", 500, 3, "broken 0"],
        ["checkout", "order", "failed", 404, 1, "gone"],
    ]
    (first, second) = merge([*kept.rows(), *kept.rows()])
    assert (first.count, first.text, second.count) == (6, "broken 0", 2)


def test_kinds_are_bounded_and_an_answer_without_a_body_is_none():
    kept = Excerpts()
    kept.add("browse", "list", "failed", 0, Excerpt(Answer(error="timeout"), Mask()))
    for status in range(100, 200):
        kept.add("browse", "list", "failed", status, Excerpt(Answer(status, {}, b"x"), Mask()))
    assert len(kept.rows()) == KINDS
