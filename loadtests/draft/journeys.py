"""Which journey a call belongs to, by the words in its path: a guess, for a person to correct."""

from __future__ import annotations

import re
from collections.abc import Sequence

from loadtests.draft.calls import Call

ANY, READ, WRITE = (False, True), (False,), (True,)
RULES: Sequence[tuple[str, tuple[bool, ...], str]] = (
    ("", ANY, r"health|metrics|telemetry|/log(s|ging)?\b|track|consent|config|openapi|docs\b"),
    ("", WRITE, r"cancel|ship\b|fault"),
    ("login", ANY, r"log-?in|token|oauth|authenticat|sign-?in"),
    ("return_goods", WRITE, r"return|refund|\brma"),
    ("stock_count", WRITE, r"\bcounts?\b|stock-?tak|adjustment"),
    ("transfer_stock", WRITE, r"transfer"),
    ("receive_goods", WRITE, r"receipt|receiv|inbound|deliver(y|ies)\b|\basn"),
    ("redeem_offer", ANY, r"coupon|voucher|offer|promotion|redeem|redemption"),
    ("report", READ, r"report|statistic|analytic|dashboard"),
    ("checkout", ANY, r"\bcarts?\b|basket|checkout|shipping|payment"),
    ("checkout", WRITE, r"order|customer|address|\badd-|line-?item"),
    ("order_status", READ, r"order"),
    ("member_lookup", READ, r"member|customer|loyalty"),
    ("search", ANY, r"search|suggest|[?&]q\b"),
    ("stock_check", READ, r"stock|inventor|availab"),
    ("browse", READ, r"product|item|catalog|categor|goods|article|collection|\bskus?\b"),
)
"""The first that fits: journey (empty: none), whether the call may read or write, words."""


def journey(call: Call) -> str:
    """The journey of a call, `login`, or empty where none fits."""
    if call.journey:
        return call.journey
    words = call.words.lower()
    return next((name for name, how, words_of in RULES if call.writes in how and re.search(words_of, words)), "")
