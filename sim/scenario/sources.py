"""What each number of a scenario rests on: what has no source is assumed, and says so."""

from __future__ import annotations

from sim.scenario.layers import Layer


def shade(before: dict, after: dict, layer: Layer) -> dict:
    return after


def assumed(scenario) -> list[str]:
    return []
