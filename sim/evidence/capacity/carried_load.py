"""Throughput of a load test in a sentence: orders per hour completed, of those asked for, and the steps at which the others failed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sim.evidence.capacity.throughput import DROPPED, ORDER
from sim.evidence.wording import count, listed, rate, seconds
from sim.records.verdict import JourneyLine, Throughput

_MORE = 1.005
"""Where the rate offered exceeds the rate asked by more than this factor, completions are compared with the rate offered."""


def answer(done: Throughput, lines: Sequence[JourneyLine], knows_journeys: bool) -> str:
    """`Carried 3,187 of 3,200 orders/h asked (…); 13 failed at `order`.`; of all journeys where none makes an order.

    Args:
        done: rates asked, offered and carried.
        lines: journeys by name and outcome.
        knows_journeys: whether the samples contain journeys.
    """
    per_s = f"{rate(done.requests_answered_per_s)} of {rate(done.requests_offered_per_s)} requests/s were answered"
    if not knows_journeys:
        return f"{per_s}; the file holds requests and no journeys, so it does not say how many orders an hour were carried."
    orders = [line for line in lines if line.journey == ORDER]
    noun, what = ("orders", "checkout") if orders else ("journeys", "journey")
    mine = orders or list(lines)
    if not mine:
        return ""
    completed, offered = sum(line.completed for line in mine), sum(line.offered for line in mine)
    carried, offered_per_hour = (
        sum(getattr(line, name) for line in mine) for name in ("completed_per_hour", "offered_per_hour")
    )
    asked = done.asked_orders_per_hour if orders else None
    against, offer = _against(noun, asked, offered_per_hour)
    return (
        f"Carried {rate(carried)} of {against} ({count(completed, f'completed {what}')} in {seconds(done.window_s)}; {offered:,} offered{offer}); "
        f"{_failed(mine)}{_others(mine)}{_late(done) if orders else ''}; {per_s}."
    )


def _against(noun: str, asked: float | None, offered_per_hour: float) -> tuple[str, str]:
    """The rate that completions are compared with, and the rate offered where it differs: a short trace draws more or fewer orders than asked."""
    if asked is None:
        return f"{rate(offered_per_hour)} {noun}/h offered", ""
    if offered_per_hour > _MORE * asked:
        return f"{rate(offered_per_hour)} {noun}/h offered, where {rate(asked)} were asked", ""
    return f"{rate(asked)} {noun}/h asked", f", {rate(offered_per_hour)} an hour"


def _failed(lines: Sequence[JourneyLine]) -> str:
    """`13 failed at `order``."""
    at = sum((Counter(line.failed_at) for line in lines), Counter())
    places = [
        f"{number:,} dropped" if step == DROPPED else f"{number:,} failed at `{step}`"
        for step, number in at.most_common()
    ]
    return listed(places) if places else "none failed"


def _others(lines: Sequence[JourneyLine]) -> str:
    other = sum(line.other for line in lines)
    return f", {other:,} refused, throttled, in conflict or logged out" if other else ""


def _late(done: Throughput) -> str:
    return f"; completions fell {seconds(done.delay_s)} behind" if done.delay_s else ""
