"""The record of a validation: the held-back days, how the predictions did, and whether a scenario is still the one that was validated."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal

from sim.records.load_run import Count, Record, Share

FORMAT: Final = 1
Where = Literal["within chance", "in traffic", "in rules", "in prices"]
LEFT_OUT = frozenset(
    {
        *("format", "name", "question", "start", "days", "warmup_days", "seed", "replications", "engine", "trace"),
        *("sources", "opening_stock", "time_zone"),
    }
)
"""Sections of a scenario that a validation does not depend on: what is asked, when, and from which stock."""
_KEPT = "backtest.json"
NOT_BACKTESTED = "not backtested: no recorded days were held against this scenario (`retail-lab validate`)"
ACCEPTED: dict[str, str] = {"pass": "ACCEPTED", "fail": "REJECTED", "inconclusive": "NOT ENOUGH HISTORY"}
"""The decision in words."""


class Naive(Record):
    """A naive forecast of one row."""

    wape: float | None
    held_80: int | None
    """None where the history has too few errors for an interval."""
    held_95: int | None
    cells: Count
    skill: float | None
    """1 − the model's mean quantile score over this one's: above 0 the model is better."""


class BacktestRow(Record):
    """One quantity over the held-back days."""

    quantity: str
    unit: str
    cells: Count
    actual: float | None
    """Mean over cells."""
    predicted: float | None
    """Mean of the medians, with fitted traffic."""
    with_tickets: float | None
    """The same with the actual tickets played; None where that predicts nothing."""
    wape: float | None
    bias: float | None
    mase: float | None
    pinball: float | None
    """Mean quantile score, in the unit."""
    held_80: Count
    held_95: Count
    seasonal: Naive | None
    """The same weekday of the last week of the history."""
    last_year: Naive | None
    """The same weekday a year before; None where the history does not reach."""
    p_traffic: Share
    """Chance of a deviation as large in any row where the model is true, with fitted traffic."""
    p_tickets: Share | None
    """The same with the actual tickets; None where these predict nothing of the row that could be wrong."""
    where: Where
    within: float | None
    """Half-width of the 95 % interval of the row's total over the actual total: a smaller difference would not be noticed."""


class BacktestDay(Record):
    """All stores' customers of one held-back day, for the figure."""

    day: str
    actual: float | None
    low_95: float
    low_80: float
    median: float
    high_80: float
    high_95: float


class Backtest(Record):
    """The record of one validation."""

    format: Literal[1] = FORMAT
    scenario: str
    sections: dict[str, str]
    """SHA-256 of each section of the scenario that the validation depends on."""
    log: str
    log_sha256: str
    history_first: str
    first: str
    """First held-back day; the history ends the day before."""
    last: str
    replications: Count
    level: Share
    """Share of true models that are rejected."""
    decision: Literal["pass", "fail", "inconclusive"]
    sentence: str
    rows: list[BacktestRow]
    days: list[BacktestDay]
    notes: list[str]
    """What was left out, assumed or not tested, a sentence each."""

    @property
    def intervals(self) -> int:
        """All cells of all rows."""
        return sum(row.cells for row in self.rows)

    @property
    def held_80(self) -> int:
        """Cells whose actual value was within the 80 % interval."""
        return sum(row.held_80 for row in self.rows)

    @property
    def held_95(self) -> int:
        """The same of the 95 % interval."""
        return sum(row.held_95 for row in self.rows)

    @property
    def short(self) -> str:
        """`backtested on 2025-10-06 to 2025-11-02: of 40 intervals at 80 % 33 held, REJECTED`."""
        if not self.intervals:
            return f"not backtested: {self.sentence}"
        return (
            f"backtested on {self.first} to {self.last}: of {self.intervals:,} intervals at 80 % {self.held_80:,} held, "
            f"{ACCEPTED[self.decision]}"
        )

    def changed(self, scenario: Mapping[str, Any]) -> list[str]:
        """Sections of a scenario that are not as they were when it was validated."""
        now = sections(scenario)
        return sorted(name for name in {*now, *self.sections} if now.get(name) != self.sections.get(name))


def sections(scenario: Mapping[str, Any]) -> dict[str, str]:
    """SHA-256 of each section of a resolved scenario but those of `LEFT_OUT`."""
    return {
        name: hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
        for name, value in scenario.items()
        if name not in LEFT_OUT
    }


def record_beside(path: Path) -> Path:
    """Where the record of a scenario file stands: `chain.yaml` has `chain.backtest.json` beside it."""
    return path.with_name(f"{path.stem}.backtest.json")


def standing(record: Backtest | None, scenario: Mapping[str, Any]) -> str:
    """Whether a scenario was backtested, in one sentence; where it has changed since, by which sections."""
    if record is None:
        return NOT_BACKTESTED
    changed = record.changed(scenario)
    if not changed or not record.intervals:
        return record.short
    return f"{record.short}; out of date: {', '.join(changed)} changed since"


def keep(record: Backtest | None, folder: Path) -> None:
    """Write the record into a run's folder, or remove one that is no longer its scenario's."""
    path = folder / _KEPT
    if record is None:
        path.unlink(missing_ok=True)
    else:
        record.write(path)


def read_backtest(folder: Path | str) -> Backtest | None:
    """The record that a run keeps in its folder; None where it has none. Raises `Refusal` for one that cannot be read."""
    path = Path(folder) / _KEPT
    return Backtest.read(path) if path.is_file() else None
