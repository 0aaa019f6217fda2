"""A measured service profile that a scenario names: what is wrong with it is a fault of its own file."""

from __future__ import annotations

from pathlib import Path

from sim.records.profile import ServiceProfile
from sim.records.refusal import Refusal
from sim.scenario.layers import Whole

LONGEST_S = 86_400
"""Of a journey, as `system.service.latency_s` has it."""
LONGEST_OUTAGE_S = 366 * 86_400


def read(file: Path) -> Whole:
    """The tree of a service profile. Raises `Refusal` that names the profile's file and the field."""
    profile = ServiceProfile.read(file)
    _check(profile, file)
    return Whole(profile.model_dump(mode="json", exclude_unset=True))


def _check(profile: ServiceProfile, file: Path) -> None:
    if not profile.journeys.get("checkout"):
        raise Refusal(file, "journeys", "a profile that measured checkout", list(profile.journeys))
    for journey, levels in profile.journeys.items():
        for at, level in enumerate(levels):
            _within(file, f"journeys.{journey}.{at}.latency_s", level.latency_s, LONGEST_S, "s")
    outages = profile.outages
    _within(file, "outages.lengths_s", outages.lengths_s, LONGEST_OUTAGE_S, "s")
    _within(file, "stock_sync_lag_s", [profile.stock_sync_lag_s or 0], LONGEST_S, "s")
    longest = max(sum(outages.lengths_s), len(outages.lengths_s))  # two outages begin a second apart at least
    if outages.window_s < longest:
        raise Refusal(
            file, "outages.window_s", f"a window of at least {longest:g} s, that holds its outages", outages.window_s
        )


def _within(file: Path, field: str, values: list[float], most: float, unit: str) -> None:
    for value in values:
        if not 0 <= value <= most:
            raise Refusal(file, field, f"numbers from 0 to {most:,} {unit}", value)
