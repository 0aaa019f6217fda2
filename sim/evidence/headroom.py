"""A search for capacity in words: how many stores an API carries at their peak, and where it breaks."""

from __future__ import annotations

from collections.abc import Sequence

from sim.records.capacity import Capacity, Scaling, Stage


def bracket(stages: Sequence[Stage]) -> tuple[float | None, float | None]:
    """The largest factor carried below the smallest that was not, and that one; None for either that is missing.

    A stage is carried when its verdict is a pass.
    """
    broke = min((stage.factor for stage in stages if stage.decision != "pass"), default=None)
    below = [s.factor for s in stages if s.decision == "pass" and (broke is None or s.factor < broke)]
    return max(below, default=None), broke


def state(found: Capacity) -> str:
    """The finding, with the two stages it rests on and what the law of scaling adds."""
    carried, broke = (_stage(found, factor) for factor in bracket(found.stages))
    return f"{_opening(found, carried)} {_bracketed(found, carried, broke)} {_law(found.scaling, found.stages)}"


def _opening(found: Capacity, carried: Stage | None) -> str:
    stores = f"{found.stores} store{'' if found.stores == 1 else 's'}"
    if carried is None:
        return f"This API was not shown to carry {stores} at the peak, nor any smaller chain that was tried."
    if carried.factor < 1:
        return f"This API does not carry {stores} at the peak, but {carried.factor * found.stores:.3g} of them."
    return f"This API carries {stores} at the peak with {carried.factor:.3g} × headroom."


def _bracketed(found: Capacity, carried: Stage | None, broke: Stage | None) -> str:
    said = f"{_at(found, carried)} passed" if carried else ""
    if broke is None:
        return f"{said}, where the search ended at its bound: it may carry more."
    why = {
        "fail": "failed",
        "inconclusive": "was not shown to pass",
        "invalid": "proves nothing, for the generator or its data came to an end first",
    }[broke.decision]
    return f"{said}{'; ' if said else ''}{_at(found, broke)} {why}."


def _at(found: Capacity, stage: Stage) -> str:
    return f"{stage.factor:.3g} × the peak ({stage.factor * found.stores:,.3g} stores, {stage.requests_per_s:,.3g} requests/s)"


def _law(scaling: Scaling | None, stages: Sequence[Stage]) -> str:
    stable = sum(stage.stable for stage in stages)
    if scaling is None:
        return f"With {stable} stable stage{'' if stable == 1 else 's'} no law of scaling can be fitted."
    if scaling.peak_per_s is None:
        return f"Over {stable} stable stages throughput grows in proportion to concurrency: no knee is in sight."
    high = f"{scaling.peak_high_per_s:,.3g}" if scaling.peak_high_per_s else "no end in sight"
    where = f" at {scaling.knee:,.3g} requests at once" if scaling.knee else ""
    return (
        f"The law of scaling through {stable} stable stages puts the knee at {scaling.peak_per_s:,.3g} requests/s{where} "
        f"(90 %: {scaling.peak_low_per_s:,.3g} to {high})."
    )


def _stage(found: Capacity, factor: float | None) -> Stage | None:
    return next((stage for stage in found.stages if stage.factor == factor), None)
