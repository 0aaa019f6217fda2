"""How the minutes of a proof of concept are divided over its stages, and how fast the peak is replayed in them."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass

from sim.records.decisions.poc import STAGES, StageName
from sim.records.refusal import Refusal

WARMUP_S = 10.0
"""Of the replay: not judged."""
AROUND_S = 40.0
"""Of the replay beside what is judged: its warm-up, its start, its last journeys, reading stock, cancelling orders."""
JUDGED_LEAST_S = 60.0
LEAST_S: dict[StageName, float] = {
    "adapter check": 20.0,
    "replay": AROUND_S + JUDGED_LEAST_S,
    "capacity": 120.0,
    "race": 60.0,
}
"""What a stage takes at least, beside the chain's runs; stock truth is read from the replay."""
PAGES_S = 15.0
"""Reserved for the pages, at the end."""
REPLAYED = 0.6
"""Share of the replay in the time that no stage needs; capacity has the rest."""
MARGIN = 1.2
"""Requests aimed at, over those that a decision takes: journeys that follow others end early where the platform refuses."""


def shares(total_s: float, chain_s: float, left: Collection[StageName] = STAGES) -> dict[StageName, float]:
    """Seconds of each stage that is left of `total_s`, of which a run of the chain takes `chain_s`; least ones where there are too few."""
    needed = {name: _needed_s(name, chain_s) for name in STAGES if name in left}
    spare_s = max(total_s - PAGES_S - sum(needed.values()), 0.0)
    taking = [name for name in ("replay", "capacity") if name in needed]
    for name in taking:
        share = 1.0 if len(taking) == 1 else REPLAYED if name == "replay" else 1 - REPLAYED
        needed[name] += share * spare_s
    return needed


def require(minutes: float, chain_s: float) -> None:
    """Raise `Refusal` for a budget in which the stages do not fit; it names the least."""
    needed = shares(0.0, chain_s)
    least_min = math.ceil(10 * (sum(needed.values()) + PAGES_S) / 60) / 10
    if minutes < least_min:
        chain = f"of which two runs of the chain take {2 * chain_s / 60:.1f} (fewer days or replications take less)"
        raise Refusal("--minutes", "", f"at least {least_min:g}, {chain}", f"{minutes:g}")


def _needed_s(name: StageName, chain_s: float) -> float:
    return chain_s if name.startswith("chain") else LEAST_S.get(name, 0.0)


@dataclass(frozen=True)
class Pace:
    """How a stretch of traffic is replayed."""

    time_scale: float
    """Trace seconds played per second."""
    judged_s: float
    """Length of the run after its warm-up."""


def pace(journeys: float, per_s: float, least: float, longest_s: float, highest: float) -> Pace:
    """The pace at which so many journeys of a stretch are sent within `longest_s`.

    per_s: journeys per second of the stretch. least: time scale at which it is as busy as the peak, which is kept where the journeys fit, else
    they are sent as much faster as that takes, at most at the time scale `highest`.
    """
    needed_s = journeys / (per_s * least)
    if needed_s <= longest_s:
        return Pace(least, max(needed_s, min(JUDGED_LEAST_S, longest_s)))
    return Pace(max(least, min(least * needed_s / longest_s, highest)), longest_s)
