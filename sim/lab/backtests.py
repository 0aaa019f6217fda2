"""A scenario held against recorded weeks, from Python: does the model reproduce what happened?"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from pathlib import Path

import pandas as pd

from sim.backtest import validation
from sim.cli.commands.backtest import LEAST_REPLICATIONS
from sim.lab.findings import Judged, shown
from sim.lab.plots import Picture
from sim.lab.runs import Overrides, load
from sim.records.predictions.backtest import Backtest
from sim.records.refusal import Refusal
from sim.report.languages import Language
from sim.report.pages.backtest import held_back_picture, write_backtest
from sim.scenario.model import Scenario
from sim.study.cost import estimate, refuse_excess
from sim.traffic.log.reading import Reading

_COLUMNS = (
    "unit", "actual", "predicted", "with_tickets", "bias", "wape", "held_80", "held_95", "cells", "where", "within",
)  # fmt: skip


class Validation(Judged[Backtest]):
    """A scenario held against a log. `str` of it is the sentence, `record` what `retail-lab validate --json` writes; `cells` has a row a
    quantity, place and day: `actual`, the predictive quantiles, and the median with the actual tickets."""

    def __init__(self, record: Backtest, cells: pd.DataFrame):
        """record: of the validation; cells: behind its rows."""
        super().__init__(record)
        self.cells = cells

    @property
    def table(self) -> pd.DataFrame:
        """A row a quantity, by its name: `unit`, means over cells (`actual`, `predicted`, and `with_tickets`, the actual tickets played), `bias`
        and `wape` (shares), `held_80` and `held_95` of `cells` intervals, `where` the difference is, and `within`, the smallest difference that
        would be noticed (a share)."""
        rows = pd.DataFrame([each.model_dump() for each in self.record.rows], columns=["quantity", *_COLUMNS])
        return rows.set_index("quantity")

    @property
    def picture(self) -> Picture:
        """Customers of each held-back day over their prediction intervals. Raises `Refusal` where nothing was compared."""
        drawn = held_back_picture(self.record)
        if drawn is None:
            raise Refusal(self.record.log, "", "a history that is long enough to compare", self.record.sentence)
        rests = f"{self.record.replications} replications, fitted to {self.record.history_first} to the day before {self.record.first}"
        days = pd.DataFrame([each.model_dump() for each in self.record.days])
        return shown(drawn, rests, days)

    def page(self, out: Path | str, lang: Language = "en") -> Path:
        """Write the page in a language, and return its path."""
        write_backtest(self.record, out, lang)
        return Path(out)


def validate(
    scenario: Path | str | Scenario,
    log: Path | str,
    columns: Mapping[str, str] | None = None,
    overrides: Overrides = (),
    *,
    weeks: int = 4,
    first: date | None = None,
    replications: int = 39,
    preset: str = "plain",
    void: Collection[str] = (),
    stores: Mapping[str, str] | None = None,
    stockouts: Path | str | None = None,
    waits: Path | str | None = None,
    holidays: bool = False,
    jobs: int = 1,
    yes: bool = False,
    allow_code: bool = False,
) -> Validation:
    """Fit early history, predict the weeks held back, and play their own tickets: `retail-lab validate` from Python.

    Args:
        scenario, overrides, allow_code: as of `load`.
        log: of what happened; read as by `calibrate`.
        columns, preset, void: as of `calibrate`.
        weeks: the last so many are held back.
        first: the first held-back day, in place of `weeks`.
        replications: of each half: 39, 79, 119, ….
        stores: the scenario's code of a store, by its name in the log.
        stockouts: a table of stock at the end of days: columns date, store, sku, on_hand.
        waits: a table of waits that were timed: columns timestamp, store, wait_s.
        holidays: take days of the history that stand out for holidays.
        jobs, yes: as of `run`.

    Raises `Refusal` for files that cannot be read, and held-back days that the log does not have.
    """
    if replications < LEAST_REPLICATIONS:
        expected = f"at least {LEAST_REPLICATIONS}, of which the least and the greatest are the ends of a 95 % interval"
        raise Refusal("replications", "", expected, replications)
    loaded = load(scenario, overrides, allow_code=allow_code)
    asked = validation.Asked(
        first=first, weeks=weeks, replications=replications, jobs=jobs, holidays=holidays, stores=stores or {},
        stockouts=Path(stockouts) if stockouts else None, waits=Path(waits) if waits else None,
    )  # fmt: skip

    def affordable(held: Scenario) -> None:
        refuse_excess(estimate(held, replications=2 * replications, jobs=jobs), Path(), held.name, yes=yes)

    reading = Reading(preset, columns or {}, void=tuple(void))
    found = validation.validate(loaded, Path(log), reading, asked, before=affordable)
    return Validation(found.record, found.cells)
