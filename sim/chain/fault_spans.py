"""When faults of a scenario last, in seconds of the run."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sim.clock import on_tick
from sim.scenario.model import Scenario
from sim.scenario.sections.faults import Fault
from sim.traffic.calendar import since_start


def span_s(scenario: Scenario, fault: Fault) -> tuple[float, float]:
    """From and until when a fault lasts, seconds since the scenario's first midnight, on tick."""
    from_s = since_start(scenario.start, fault.at)
    return from_s, float(on_tick(from_s + 60 * fault.minutes))


def spans_s(scenario: Scenario, chosen: Callable[[Fault], bool]) -> list[tuple[float, float]]:
    """The spans of the faults that are `chosen`, in order of their beginnings; they may overlap."""
    return sorted(span_s(scenario, fault) for fault in scenario.faults if chosen(fault))


def ended_s(spans: Sequence[tuple[float, float]], instant: float) -> float:
    """The first instant from this one on that lies in none of the spans, which are in order of their beginnings."""
    for from_s, until_s in spans:
        if from_s <= instant < until_s:
            instant = until_s
    return instant
