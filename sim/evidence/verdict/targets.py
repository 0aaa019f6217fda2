"""Targets of a load test, service level indicators with limits: `availability=99.9%`, `checkout:journeys=99%`, `mean=2s`, `checkout:p99=1500ms`."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sim.evidence.wording import listed
from sim.records.refusal import Refusal
from sim.records.trace import JOURNEYS
from sim.records.verdict import SHARES

ALL = "all requests"


@dataclass(frozen=True)
class Target:
    """A quantity with its limit: the least share, or the longest time in seconds."""

    quantity: str
    """`availability` of requests, `journeys` that succeed, `mean`, or a percentile such as `p95` and `p99.9`."""
    limit: float
    scope: str = ALL
    """`ALL`, or a journey's name."""

    @property
    def bad_share(self) -> float:
        """The share of bad requests that the target allows: failed ones, or for a percentile those slower than its limit."""
        return bad_share(self.quantity, self.limit)


AVAILABILITY_TARGET, MEAN_TARGET_S = 0.999, 2.0
DEFAULT = (Target("availability", AVAILABILITY_TARGET), Target("mean", MEAN_TARGET_S))
"""Binding in every verdict, unless replaced by a target of the same quantity."""

_FORM = re.compile(
    r"(?:(?P<scope>.+):)?(?P<quantity>availability|journeys|mean|p\d{1,2}(?:\.\d+)?)=(?P<number>\d+(?:\.\d+)?)(?P<unit>%|s|ms)"
)


def parse(
    texts: Iterable[str], journeys: Collection[str] = JOURNEYS, requests_only: bool = False
) -> tuple[Target, ...]:
    """The default targets with those of `texts`, which replace or extend them. Raises `Refusal` for anything else.

    `journeys` are the names allowed before the colon; `requests_only`: the samples contain no journeys, so `journeys=…` is refused.
    """
    targets = {(target.scope, target.quantity): target for target in DEFAULT}
    for text in texts:
        target = _parse(text, journeys)
        if requests_only and target.quantity == "journeys":
            raise Refusal("--target", text, "availability or a time: this file holds requests and no journeys")
        targets[target.scope, target.quantity] = target
    return tuple(targets.values())


def probability(quantity: str) -> float:
    """0.95 for `p95`."""
    return float(quantity[1:]) / 100


def bad_share(quantity: str, limit: float) -> float:
    """The allowed share of bad requests, rounded to 12 decimals: 0.001 for an availability of 99.9 %, 0.05 for any p95."""
    return round(1 - (limit if quantity in SHARES else probability(quantity)), 12)


def _parse(text: str, journeys: Collection[str]) -> Target:
    match = _FORM.fullmatch(text.strip())
    if not match:
        raise Refusal("--target", "", "availability=99.9%, journeys=99%, mean=2s, p95=2s or checkout:p99=1500ms", text)
    scope, quantity, unit = match["scope"] or ALL, match["quantity"], match["unit"]
    if scope != ALL and scope not in journeys:
        raise Refusal("--target", text, f"a journey ({listed(list(journeys), most=12)})", scope)
    if (quantity in SHARES) != (unit == "%"):
        raise Refusal(
            "--target",
            text,
            "a percentage" if quantity in SHARES else "a time in s or ms",
            match["number"] + unit,
        )
    limit = float(match["number"]) / {"%": 100, "s": 1, "ms": 1000}[unit]
    if limit <= 0 or (unit == "%" and limit >= 1):
        raise Refusal(
            "--target",
            text,
            "between 0% and 100%, both excluded" if unit == "%" else "more than 0",
            match["number"] + unit,
        )
    if quantity.startswith("p") and probability(quantity) == 0:
        raise Refusal("--target", text, "a percentile above p0", quantity)
    return Target(quantity, limit, scope)
