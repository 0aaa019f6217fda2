"""A replay's standing while it runs, from counts alone: what it would come to if it ended now, without intervals and so without a verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from sim.evidence.targets import ALL, Target, probability

WENT, BAD = ("ok", "partial"), ("failed", "dropped")


def so_far(
    targets: Iterable[Target], outcomes: Mapping[str, int], quantile_s: Callable[[float], float], mean_s: float
) -> str:
    """`within its targets`, or which of those on all requests is missed as it stands; empty before the first answer.

    `quantile_s(percentile)` and `mean_s` are of the response of the requests that came back.
    """
    went, bad = (sum(outcomes.get(name, 0) for name in names) for names in (WENT, BAD))
    if not went + bad:
        return ""

    def met(target: Target) -> bool:
        if target.quantity == "availability":
            return went >= target.limit * (went + bad)
        return (mean_s if target.quantity == "mean" else quantile_s(100 * probability(target.quantity))) <= target.limit

    missed = [target.quantity for target in targets if target.scope == ALL and not met(target)]
    return f"so far beyond {' and '.join(missed)}" if missed else "so far within its targets"
