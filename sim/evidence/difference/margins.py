"""Margins: by how much run A may be worse than run B. `availability=0.1%` (percentage points), `mean=50ms`, `checkout:p95=10%` (of B's p95)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sim.evidence.verdict.targets import ALL, probability
from sim.evidence.wording import listed
from sim.records.refusal import Refusal
from sim.records.verdict import SHARES

LEAST_MEAN_S = 0.010
"""Half of the lag at which a generator is late: a smaller difference of means may be the generator's."""
_MOST_TIME_S = 86_400.0
_MOST_OF_B = 10.0


@dataclass(frozen=True)
class Margin:
    """How much worse A may be in a quantity: an absolute amount (a share or s), or a share of what B has."""

    quantity: str
    amount: float
    of_b: bool = False
    least: float = 0.0
    """Of a margin that is a share of B's: the least amount, s."""
    scope: str = ALL
    """`ALL`, or a journey's name."""

    def of(self, b: float) -> float:
        """The margin where B has `b`, in the unit of the quantity; NaN where that is not known."""
        return max(self.amount * b, self.least) if self.of_b else self.amount


DEFAULT = (Margin("availability", 0.001), Margin("mean", 0.10, of_b=True, least=LEAST_MEAN_S))
"""Binding in every comparison, unless replaced by a margin of the same quantity."""

_FORM = re.compile(
    r"(?:(?P<scope>.+):)?(?P<quantity>availability|journeys|mean|p\d{1,2}(?:\.\d+)?)=(?P<number>\d+(?:\.\d+)?)(?P<unit>%|s|ms)"
)


def parse(texts: Iterable[str], journeys: Collection[str], requests_only: bool = False) -> tuple[Margin, ...]:
    """The default margins with those of `texts`, which replace or extend them. Raises `Refusal` for anything else.

    `journeys` are the names allowed before the colon; `requests_only`: one of the runs holds no journeys, so `journeys=…` is refused.
    """
    margins = {(margin.scope, margin.quantity): margin for margin in DEFAULT}
    for text in texts:
        margin = _parse(text, journeys)
        if requests_only and margin.quantity == "journeys":
            raise Refusal(
                "--margin", text, "availability or a time: another tool's file holds requests and no journeys"
            )
        margins[margin.scope, margin.quantity] = margin
    return tuple(margins.values())


def _parse(text: str, journeys: Collection[str]) -> Margin:
    match = _FORM.fullmatch(text.strip())
    if not match:
        raise Refusal(
            "--margin", "", "availability=0.1%, journeys=0.5%, mean=50ms, mean=10% (of B's) or checkout:p95=100ms", text
        )
    scope, quantity, unit = match["scope"] or ALL, match["quantity"], match["unit"]
    found = match["number"] + unit
    if scope != ALL and scope not in journeys:
        raise Refusal("--margin", text, f"a journey ({listed(sorted(journeys), most=12)})", scope)
    if quantity in SHARES and unit != "%":
        raise Refusal("--margin", text, "percentage points, as in 0.1%", found)
    if quantity.startswith("p") and probability(quantity) == 0:
        raise Refusal("--margin", text, "a percentile above p0", quantity)
    amount = float(match["number"]) / {"%": 100, "s": 1, "ms": 1000}[unit]
    most = 1.0 if quantity in SHARES else _MOST_OF_B if unit == "%" else _MOST_TIME_S
    if not 0 < amount <= most or (quantity in SHARES and amount == most):
        named = "below 100%" if quantity in SHARES else "at most 1000% of B's" if unit == "%" else "at most 86400s"
        raise Refusal("--margin", text, f"more than 0 and {named}", found)
    return Margin(quantity, amount, of_b=unit == "%" and quantity not in SHARES, scope=scope)
