"""How Vendure's and django-oscar's answers are judged, on answers as they give them; the platforms themselves are in test_platforms."""

from __future__ import annotations

import pytest

from loadtests.adapters import load
from loadtests.adapters.base import CatalogueCodes
from loadtests.http.client import Answer


def judge(name: str, status: int, body: bytes):
    adapter = load(name)(CatalogueCodes(), "r1")
    return adapter.judge("step", Answer(status, body=body), ())


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"data":{"addItemToOrder":{"__typename":"Order","id":"1"}}}', ("ok", None)),
        (
            b'{"data":{"addItemToOrder":{"__typename":"InsufficientStockError","errorCode":"INSUFFICIENT_STOCK_ERROR","quantityAvailable":5}}}',
            ("partial", "INSUFFICIENT_STOCK_ERROR"),
        ),
        (
            b'{"data":{"addItemToOrder":{"errorCode":"INSUFFICIENT_STOCK_ERROR","quantityAvailable":0}}}',
            ("rejected", "INSUFFICIENT_STOCK_ERROR"),
        ),
        (
            b'{"data":{"addPaymentToOrder":{"errorCode":"PAYMENT_DECLINED_ERROR"}}}',
            ("rejected", "PAYMENT_DECLINED_ERROR"),
        ),
        (
            b'{"data":{"addPaymentToOrder":{"errorCode":"ORDER_PAYMENT_STATE_ERROR"}}}',
            ("failed", "ORDER_PAYMENT_STATE_ERROR"),
        ),
        (b'{"errors":[{"message":"no","extensions":{"code":"FORBIDDEN"}}],"data":null}', ("auth_lost", "FORBIDDEN")),
        (b'{"data":{"orderByCode":null}}', ("failed", "answer without data")),
        (b"", ("failed", "answer without data")),
    ],
)
def test_vendures_outcomes_are_distinguished_in_answers_of_status_200(body, expected):
    assert judge("vendure", 200, body) == expected


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (406, b'{"reason":"a maximum of 5 can be bought"}', ("rejected", "a maximum of 5 can be bought")),
        (406, b'{"reason":{"url":["Invalid hyperlink"]}}', ("failed", "406 {'url': ['Invalid hyperlink']}")),
        (401, b'"Unauthorized"', ("auth_lost", "401")),
        (403, b'{"detail":"CSRF Failed: CSRF token missing."}', ("auth_lost", "403")),
        (500, b"<html>", ("failed", "500")),
        (200, b'""', ("ok", None)),
    ],
)
def test_oscar_refuses_business_with_406_and_nothing_else(status, body, expected):
    assert judge("oscar", status, body) == expected
