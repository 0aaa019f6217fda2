"""A replay's standing while it runs, from counts alone: what was measured so far, without intervals and so without a decision."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from sim.evidence.targets import ALL, Target, probability
from sim.evidence.words import amount
from sim.records.samples import ANSWERED, FAILED


def so_far(
    targets: Iterable[Target], outcomes: Mapping[str, int], quantile_s: Callable[[float], float], mean_s: float
) -> str:
    """The targets on all requests, each with what was measured: `so far availability 99.21 % (target 99.9 %)`; empty before the first answer.

    Whether that decides is for the verdict to say, which knows how sure it is. `quantile_s(percentile)` and `mean_s` are of the response of
    the requests that came back. Targets on journeys are left out: no count tells while they are under way.
    """
    went, bad = (sum(outcomes.get(name, 0) for name in names) for names in (ANSWERED, FAILED))
    if not went + bad:
        return ""

    def measured(target: Target) -> float | None:
        if target.quantity == "availability":
            return went / (went + bad)
        if not went:
            return None
        return mean_s if target.quantity == "mean" else quantile_s(100 * probability(target.quantity))

    shown = [target for target in targets if target.scope == ALL and target.quantity != "journeys"]
    return "so far " + ", ".join(_said(target, measured(target)) for target in shown)


def _said(target: Target, value: float | None) -> str:
    stands = "without an answer" if value is None else amount(target.quantity, value)
    return f"{target.quantity} {stands} (target {amount(target.quantity, target.limit)})"
