"""When each store went live: from a table of stores and dates, or from the waves of a plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from sim.planning.gates.plan import read_plan, scenario_of, stores_by_wave
from sim.planning.pilots.columns import LIVE, STORE
from sim.planning.pilots.tables import filled_sheet
from sim.planning.pilots.weeks import History
from sim.records.refusal import Refusal
from sim.scenario.layers import nearest
from sim.tables import headings
from sim.tables.faults import Faults
from sim.tables.headings import Column
from sim.tables.moments import date_order
from sim.tables.values import day, text

_PLANS = (".yaml", ".yml")


@dataclass(frozen=True)
class GoLives:
    """The day of each store that went live, and what its wave is called."""

    source: str
    days: Mapping[str, date]
    waves: Mapping[str, str]
    """By store; empty for dates of a table, whose waves are called by their first day."""


def go_lives(history: History, file: Path | None, dates: str = "") -> GoLives:
    """The go-lives of a file, or those of the history's own column.

    Args:
        history: whose stores they are of.
        file: a table with stores and dates, or a plan (YAML) with waves; without it the column go_live of the history counts.
        dates: order of day and month in a table, as `--dates` has it.

    Raises `Refusal` where there is none, and for a store that the history does not have.
    """
    if file is None:
        if not history.live:
            raise Refusal(history.source, "", "a column go_live with a date in some row, or --go-live FILE", "nothing")
        return GoLives(history.source, history.live, {})
    found = _of_plan(file) if file.suffix.lower() in _PLANS else _of_table(file, dates)
    for store in found.days:
        if store not in history.stores:
            near = nearest(store, list(history.stores))
            raise Refusal(file, "store", f"a store of {history.source}{near}", store)
    return found


def _of_plan(file: Path) -> GoLives:
    """Stores of each wave; of a wave with further modules for stores of an earlier one, nothing."""
    plan = read_plan(file)
    stores = stores_by_wave(file, plan, scenario_of(file, plan))
    days: dict[str, date] = {}
    waves: dict[str, str] = {}
    for n, wave in enumerate(plan.waves):
        if wave.stores_of is not None:
            continue
        codes = stores[wave.name]
        if not isinstance(codes, list):
            raise Refusal(file, f"waves.{n}.stores", "codes of stores", codes)
        days |= dict.fromkeys(codes, wave.go_live)
        waves |= dict.fromkeys(codes, wave.name)
    if isinstance(plan.live, list):
        days |= dict.fromkeys(plan.live, date.min)
    elif plan.live:
        raise Refusal(file, "live", "codes of stores", plan.live)
    return GoLives(str(file), days, waves)


def _of_table(file: Path, dates: str) -> GoLives:
    sheet = filled_sheet(file, "a table with stores and the date of their go-live")
    live = Column(LIVE.field, LIVE.names, needed=True, weaker=("date", "日期"))
    table = headings.find(sheet, [STORE, live], mappable=False)
    rows = list(table.records())
    order = date_order(sheet.where, table.heading["go_live"], (cells.get("go_live") for _, cells in rows), dates)
    faults, days = Faults(), {}
    for row, cells in rows:
        store, cell = text(cells.get("store")).strip(), cells.get("go_live")
        if not store or store in days:
            faults.add(sheet, row, table.heading["store"], "each store once", store or "nothing")
        elif cell is not None:
            try:
                days[store] = day(cell, order)
            except ValueError as error:
                faults.add(sheet, row, table.heading["go_live"], f"{error}, or nothing", text(cell))
    faults.refuse()
    if not days:
        raise Refusal(sheet.where, "", "a date of go-live in some row", "nothing")
    return GoLives(str(file), days, {})
