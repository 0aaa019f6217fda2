"""Measures out of a chain's run, quarter by quarter and replication by replication."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from sim.planning.health.estimates import Estimate, of_replications
from sim.planning.health.measures import PER
from sim.planning.health.quarters import Quarter, of_day
from sim.planning.health.satisfaction import SatisfactionModel
from sim.records.decisions.health import Grade
from sim.records.outcome import read_manifest, read_outcome


def estimates(run: Path, model: SatisfactionModel) -> tuple[dict[tuple[str, Quarter], Estimate], list[str]]:
    """The measures of a run's folder by quarter, and a note on each quarter that it holds in part; the days of the warm-up do not count.

    * mean response: time that a ticket waits for the software, repeats among it, over the journeys that a ticket makes (a checkout, and a look-up for
      members), of tickets that reached it;
    * errors: PER × (U + (1 − U) × F), with U the share of time with open doors in which the system was out of reach, and F the share of journeys that
      fail while it is in reach, which is the scenario's;
    * stock discrepancy: Σ|book − on hand| / units on hand at the day's end;
    * satisfaction: the model.
    """
    manifest = read_manifest(run)
    daily = read_outcome(run, "daily")
    daily = daily[daily["day"] >= manifest.scenario["warmup_days"]]
    start = pd.Timestamp(manifest.scenario["start"]).date()
    days = {int(day): of_day(start + timedelta(days=int(day))) for day in daily["day"].unique()}
    columns = daily.columns.difference(["replication", "location", "location_code", "day"])
    sums = daily.groupby([daily["day"].map(lambda day: days[day].index).rename("quarter"), "replication"])[
        list(columns)
    ].sum()
    journeys, failing = _service(manifest.scenario)
    reached = sums["tickets"] - sums["offline_tickets"]
    out = sums["outage_s"] / sums["opening_s"]
    found: dict[str, tuple[pd.Series, Grade]] = {
        "mean_response": (sums["system_s"] / reached / journeys, "simulated"),
        "errors_per_10000": (PER * (out + (1 - out) * failing), "simulated"),
        "satisfaction": (model.of(sums), "modelled"),
        "stock_discrepancy": (sums["book_gap_units"] / sums["on_hand_units"], "simulated"),
    }
    estimated = {}
    for measure, (series, grade) in found.items():
        for quarter in dict.fromkeys(days.values()):
            values = series.xs(quarter.index, level="quarter").sort_index().to_numpy(dtype=np.float64)
            if np.isfinite(values).all():
                estimated[measure, quarter] = of_replications(values, str(run), grade)
    held = Counter(days.values())
    lengths = {quarter: (quarter.last - quarter.first).days + 1 for quarter in held}
    notes = [f"{run} has {held[q]} of the {n} days of {q}." for q, n in lengths.items() if held[q] < n]
    return estimated, notes


def _service(scenario: dict[str, Any]) -> tuple[float, float]:
    """Journeys of a ticket at the tills, and the share of them that fails while the system is in reach: of a measured service at the highest load."""
    service = scenario["system"]["service"]
    measured = service.get("journeys", {}) if "measured" in service else None
    looked_up = measured is None or "member_lookup" in measured
    members = float((scenario.get("traffic") or {}).get("member_share", 0.0)) if looked_up else 0.0
    if measured is None:
        return 1.0 + members, 1.0 - float(service.get("availability", 1.0))
    return 1.0 + members, 1.0 - float(measured["checkout"][-1]["availability"])
