"""How often the true model is accepted and a wrong one is caught: `python tests/sim/backtest/acceptance.py [LOGS]` prints docs/backtest.md's tables.

Each log is a play of a known scenario; the model that is validated is that scenario, or one that is wrong in one thing.
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from pathlib import Path

from simulated_log import record, shop

from sim.backtest.validation import Asked, validate
from sim.records.predictions.backtest import Backtest
from sim.scenario.model import Scenario
from sim.traffic.log.reading import Reading

HOLIDAY = {"name": "a week", "first": "2025-09-22", "last": "2025-09-28", "factor": 1.5}
"""Within the two weeks that are held back, of ten."""


def models() -> dict[str, tuple[Scenario, Scenario]]:
    """By name: the scenario that leaves the log, and the one that is validated."""
    right = shop(days=70)
    traffic = right.traffic.model_dump(mode="json")
    quicker = right.trading.fixed_s.model_copy(update={"mean": 0.8 * right.trading.fixed_s.mean})
    busy = shop(days=70, traffic=traffic | {"holidays": [HOLIDAY]})
    return {
        "the true model": (right, right),
        "service time 20 % too short": (right, right.model_copy(update={"trading": right.trading.model_copy(update={"fixed_s": quicker})})),
        "a holiday week of 1.5 is missing": (busy, right),
    }  # fmt: skip


def backtest(true: Scenario, model: Scenario, number: int) -> Backtest:
    """The record of one validation, of the log that replication `number` leaves."""
    with tempfile.TemporaryDirectory() as folder:
        files = record(true, Path(folder), number)
        return validate(model, files.log, Reading(), Asked(weeks=2, stockouts=files.stock, waits=files.waits)).record


def main(logs: int) -> None:
    print("| Model | Logs | Rejected | 80 % intervals held | 95 % held | Beyond chance |\n|---|---|---|---|---|---|")
    for name, (true, model) in models().items():
        found = [backtest(true, model, number) for number in range(logs)]
        rejected = sum(one.decision == "fail" for one in found)
        cells = sum(one.intervals for one in found)
        held = [f"{sum(getattr(one, at) for one in found) / cells:.1%}" for at in ("held_80", "held_95")]
        beyond = Counter(row.where for one in found for row in one.rows if row.where != "within chance")
        listed = ", ".join(f"{where} {rows / logs:.2g} rows a log" for where, rows in beyond.most_common())
        print(f"| {name} | {logs} | {rejected / logs:.0%} | {held[0]} | {held[1]} | {listed or '–'} |", flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100)
