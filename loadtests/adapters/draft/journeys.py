"""Which journey a call belongs to, by the words in its path: a guess, for a person to correct."""

from __future__ import annotations

import re
from collections.abc import Sequence

from loadtests.adapters.draft.calls import Call

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
    ("checkout", ANY, r"\bcarts?\b|basket|\bbag\b|checkout|shipping|payment|(active|current)-?order"),
    ("checkout", WRITE, r"order|customer|address|\badd-|line-?item"),
    ("order_status", READ, r"order"),
    ("member_lookup", READ, r"member|customer|loyalty"),
    ("search", ANY, r"search|suggest|[?&]q\b"),
    ("stock_check", READ, r"stock|inventor|availab"),
    ("browse", READ, r"product|item|catalog|categor|goods|article|collection|\bskus?\b"),
    ("stock_count", WRITE, r"stock|inventor"),
)
"""The first that fits: journey (empty: none), whether the call may read or write, words."""
STAFFS = frozenset({"receive_goods", "stock_count", "transfer_stock", "report", "return_goods", "login", ""})
"""Journeys that calls of the administration's side may belong to: a staff's list of orders is no shopper's look at an order."""
STAFF = re.compile(r"(^|/)((shop|store|wp)?-?admin|back-?office|staff|management)(-?api)?(/|$)", re.I)
STAFF_HOST = re.compile(r"//(admin|back-?office|staff|manage)[\w-]*\.", re.I)
ABOUT_ONE = frozenset({"order_status", "return_goods", "member_lookup", "stock_check", "redeem_offer"})
PLACES = r"checkout$|place|submit|complete|confirm"


def journey(call: Call) -> str:
    """The journey of a call, `login`, or empty where none fits."""
    if call.journey:
        return call.journey
    words = call.words.lower()
    fitting = (name for name, how, words_of in RULES if call.writes in how and re.search(words_of, words))
    return next((name for name in fitting if not call.staff or name in STAFFS), "")


def of_staff(origin: str, call: Call) -> bool:
    """Whether a call is one of the administration API, by its host or its path."""
    return bool(STAFF_HOST.search(origin) or STAFF.search(call.path))


def shortest(calls: Sequence[Call], takes: dict[int, set[int]], about_one: bool) -> list[int]:
    """Selects the steps of one journey from unordered calls: its main call, those whose values it uses, and those that fill these.

    takes: by call, the calls whose values it uses. about_one: the journey is about one thing that the path names. Returns the calls' places,
    each after those whose values it uses.
    """

    def rank(place: int) -> tuple[bool, bool, bool, int]:
        call = calls[place]
        named = "<" in call.path or "{{" in call.path
        return (not re.search(PLACES, call.path.lower()), not call.writes, named != about_one, call.path.count("/"))

    goal = min(range(len(calls)), key=rank)
    chosen = _with_needs(goal, takes)
    for place, call in enumerate(calls):
        filling = call.method == "POST" and takes.get(place, set()) and takes[place] <= chosen - {goal}
        if filling and isinstance(call.body, dict) and place not in chosen:
            chosen.add(place)
    return [*sorted(chosen - {goal}, key=lambda place: (len(_with_needs(place, takes)), place)), goal]


def _with_needs(place: int, takes: dict[int, set[int]]) -> set[int]:
    needed, ahead = set(), [place]
    while ahead:
        each = ahead.pop()
        if each not in needed:
            needed.add(each)
            ahead += takes.get(each, ())
    return needed
