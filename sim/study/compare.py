"""Two scenarios under common random numbers: the difference of every KPI, replication by replication, with its interval."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from sim.evidence.kpi_days import days_of, replications_of
from sim.evidence.run_comparison import Difference, differences, refuse_unpaired, same_customers, same_traffic
from sim.records.outcome import read_kpis, read_manifest, read_outcome
from sim.records.refusal import Refusal
from sim.scenario.model import Scenario

PAIRED = ("seed", "start", "days", "warmup_days")
"""Fields in which scenarios agree whose replications pair."""


def refuse_unpaired_scenarios(first: Scenario, other: Scenario, file: Path | str, than: str) -> None:
    """Raise `Refusal` of a file where its scenario differs from the first in a field of `PAIRED`; `than`: what the first is called."""
    for name in PAIRED:
        expected, found = getattr(first, name), getattr(other, name)
        if expected != found:
            raise Refusal(file, name, f"{expected}, as {than}: differences are paired", str(found))


def compare_runs(folders: Sequence[Path | str], level: float = 0.95) -> list[Difference]:
    """B − A of every KPI of two run folders, paired by replication; intervals use the days of replications where these are independent.

    The seeds must have been the same: each replication then has the same customers under A and under B, and most of the noise
    cancels in the difference (common random numbers; Law, Simulation Modeling and Analysis, ch. 11).

    Raises `Refusal` where replications do not pair: another seed, number of replications, or dates.
    """
    first, second = (read_kpis(folder) for folder in folders)
    refuse_unpaired(first, second)
    daily = [read_outcome(folder, "daily") for folder in folders]
    a, b = (
        days_of(kpis, each, read_manifest(folder).scenario)
        for kpis, each, folder in zip((first, second), daily, folders, strict=True)
    )
    return differences(a, b, level, same_traffic(*daily))


def compare(a: pd.DataFrame, b: pd.DataFrame, level: float = 0.95) -> list[Difference]:
    """`compare_runs` for two KPI tables (`records.outcome.KPI_SCHEMA`) alone: every interval is Student's t over replications.

    Raises `Refusal` for tables of different seeds, dates or replications.
    """
    refuse_unpaired(a, b)
    return differences(replications_of(a), replications_of(b), level, same_customers(a, b))
