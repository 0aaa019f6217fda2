"""A search for capacity in words: how many stores an API carries at their peak load, and the smallest load that it does not carry."""

from __future__ import annotations

from collections.abc import Sequence

from sim.records.capacity import Capacity, Scaling, Stage
from sim.records.verdict import Decision


def bracket(stages: Sequence[Stage]) -> tuple[Stage | None, Stage | None]:
    """(held, broke): the largest stage that held below the smallest that did not, and that smallest; None for either that is missing.

    Of stages at the same load the last counts.
    """
    last = {stage.factor: stage for stage in stages}
    broke = min((stage for stage in last.values() if not stage.held), key=_factor, default=None)
    below = (stage for stage in last.values() if stage.held and (broke is None or stage.factor < broke.factor))
    return max(below, key=_factor, default=None), broke


def carried(stages: Sequence[Stage]) -> Stage | None:
    """The largest stage that was carried, below the smallest that did not hold."""
    held, _ = bracket(stages)
    below = (stage for stage in stages if held and stage.carried and stage.factor <= held.factor)
    return max(below, key=_factor, default=None)


def answer(stages: Sequence[Stage], factor: float | None) -> Decision:
    """Whether `factor` times the peak load is carried; where `factor` is None, whether any load tried is.

    `fail` where a load that is no larger failed, or passed while concurrency grew; `inconclusive` where no stage decides.
    """
    proven, (_, broke) = carried(stages), bracket(stages)
    if proven and proven.factor >= (factor or 0.0):
        return "pass"
    if broke is None or (factor is not None and broke.factor > factor):
        return "inconclusive"
    if broke.decision == "pass":
        return "fail" if broke.thorough else "inconclusive"
    return broke.decision


def peak_requests_per_s(stages: Sequence[Stage]) -> float:
    """Requests per second at factor 1: Σ requests / Σ (factor × length) over stable stages, as failed journeys send fewer; over all without one."""
    counted = [stage for stage in stages if stage.stable] or stages
    return sum(s.requests_per_s * s.length_s for s in counted) / sum(s.factor * s.length_s for s in counted)


def state(capacity: Capacity) -> str:
    """The finding: the decision, the two stages behind it, and the Universal Scalability Law fitted to the stable stages."""
    held, broke = bracket(capacity.stages)
    proven = carried(capacity.stages)
    sentences = [_opening(capacity, proven, broke), _bracketed(capacity, proven, held, broke)]
    if capacity.unfinished:
        sentences.append(f"The search is not at its end: {capacity.unfinished}.")
    return " ".join([*sentences, _fitted(capacity.scaling, capacity.stages)])


def _opening(capacity: Capacity, proven: Stage | None, broke: Stage | None) -> str:
    stores = f"{capacity.stores} store{'' if capacity.stores == 1 else 's'}"
    if capacity.at_least is not None:
        return _ASKED[capacity.decision].format(f"{capacity.at_least:,} store{'' if capacity.at_least == 1 else 's'}")
    if proven is None:
        return f"This API was not shown to carry {stores} at the peak, nor any smaller chain that was tried."
    if proven.factor >= 1:
        return f"This API carries {stores} at the peak with {proven.factor:.3g} × headroom."
    some = f"{proven.factor * capacity.stores:.3g} of them"
    if broke is None or broke.factor > 1:
        return f"This API was not shown to carry {stores} at the peak, but {some}."
    return f"This API does not carry {stores} at the peak, but {some}."


_ASKED: dict[Decision, str] = {
    "pass": "This API carries at least {} at the peak.",
    "fail": "This API does not carry {} at the peak.",
    "inconclusive": "Whether this API carries {} at the peak is not decided.",
    "invalid": "Whether this API carries {} at the peak is not decided: the generator or its data came to an end first.",
}


def _bracketed(capacity: Capacity, proven: Stage | None, held: Stage | None, broke: Stage | None) -> str:
    sentences = [f"{_at(capacity, proven)} passed"] if proven else []
    if held and held is not proven:
        sentences.append(f"{_at(capacity, held)} held in a stage too short to pass")
    if broke is None:
        end = (
            ""
            if capacity.unfinished or not sentences
            else f", where the search ended{'' if capacity.at_least else ' at its bound'}: it may carry more"
        )
        return f"{'; '.join(sentences)}{end}." if sentences else "No stage was held."
    return f"{'; '.join([*sentences, f'{_at(capacity, broke)} {_fate(broke)}'])}."


def _fate(broke: Stage) -> str:
    if broke.decision == "pass":
        return "passed while its requests piled up"
    return {
        "fail": "failed",
        "inconclusive": "was not shown to pass",
        "invalid": "proves nothing, for the generator or its data came to an end first",
    }[broke.decision]


def _at(capacity: Capacity, stage: Stage) -> str:
    return f"{stage.factor:.3g} × the peak ({stage.factor * capacity.stores:,.3g} stores, {stage.requests_per_s:,.3g} requests/s)"


def _fitted(scaling: Scaling | None, stages: Sequence[Stage]) -> str:
    stable = sum(stage.stable for stage in stages)
    if scaling is None:
        return f"With {stable} stable stage{'' if stable == 1 else 's'} no law of scaling can be fitted."
    if scaling.peak_per_s is None:
        return f"Over {stable} stable stages throughput grows in proportion to concurrency: no knee is in sight."
    high = f"{scaling.peak_high_per_s:,.3g}" if scaling.peak_high_per_s else "no end in sight"
    what, where = ("knee", f" at {scaling.knee:,.3g} requests at once") if scaling.knee else ("ceiling", "")
    return (
        f"The law of scaling through {stable} stable stages puts the {what} at {scaling.peak_per_s:,.3g} requests/s{where} "
        f"(95 % bounds: {scaling.peak_low_per_s:,.3g} to {high})."
    )


def _factor(stage: Stage) -> float:
    return stage.factor
