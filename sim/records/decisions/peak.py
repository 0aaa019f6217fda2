"""The record of a wave's peak: the stretch of traffic that the system must carry once the wave is live."""

from __future__ import annotations

from typing import Final, Literal

from sim.records.load_run import Amount, Count, Positive, Record, Seconds

FORMAT: Final = 1


class WavePeak(Record):
    """The busiest stretch of a scenario, with the stores live after a wave."""

    format: Literal[1] = FORMAT
    plan: str
    wave: str
    stores: Count
    """Live after the wave."""
    codes: list[str]
    """Codes of these stores, whose traffic it is; empty where the plan gives their number alone."""
    scenario: str
    scenario_hash: str
    """Of the trace."""
    time_scale: Positive
    """Trace seconds played per second, so that the traffic of all stores of the scenario becomes that of `stores`."""
    from_s: Seconds
    """Trace seconds at which the stretch begins."""
    length_s: Seconds
    """Of the stretch, in trace seconds."""
    journeys_per_s: Amount
    orders_per_hour: Amount
    """Both at this time scale."""
