"""A scenario held against the last weeks of a log: fitted to the weeks before, it predicts them, and their own tickets are played, too.

With fitted traffic a deviation may come from traffic or from rules. With the actual tickets traffic is what it was, so what deviates is in the
rules: trace-driven validation (Law, Simulation Modeling and Analysis, ch. 5).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from sim.backtest import naive
from sim.backtest.accuracy import Accuracy, accuracy, pinball, quantiles, skill
from sim.backtest.actuals import Actuals, actuals, read
from sim.backtest.cells import WEEK, Days, Row, rows
from sim.backtest.chance import LEVEL, rejected, row_p_values
from sim.backtest.history import History, history
from sim.backtest.predictions import Predicted, Progress, predict
from sim.backtest.recorded import Shelves, Waits, shelves, waits
from sim.backtest.wording import known, sentence
from sim.calibration.fit import fit
from sim.records.predictions.backtest import ACCEPTED, Backtest, BacktestDay, BacktestRow, Naive, Where, sections
from sim.records.refusal import Refusal
from sim.scenario.model import Scenario
from sim.traffic.log.reading import Reading

LEAST_HISTORY_DAYS = 28
LEAST_HELD_DAYS = 7
LEAST_TICKETS = 30
_OF_RULES = ("stock-outs", "mean wait")
"""Beginnings of the names of rows that the actual tickets do not determine: only rules and chance do."""


@dataclass(frozen=True)
class Asked:
    """What is to be held back, and what else was recorded."""

    first: date | None = None
    """First held-back day; None: the last `weeks`."""
    weeks: int = 4
    replications: int = 39
    jobs: int = 1
    holidays: bool = False
    """Take days of the history that stand out for holidays."""
    stores: Mapping[str, str] = field(default_factory=dict)
    stockouts: Path | None = None
    waits: Path | None = None
    headings: Mapping[str, str] = field(default_factory=dict)
    """Headings of these two, by field, where they are called otherwise."""
    accept_skipped: bool = False


@dataclass(frozen=True)
class Validation:
    """The record of a validation, and its cells: a row each, with `quantity`, `place`, `day`, `actual`, the predictive quantiles and the median with
    the actual tickets."""

    record: Backtest
    cells: pd.DataFrame


def validate(
    scenario: Scenario,
    path: Path,
    reading: Reading,
    asked: Asked,
    progress: Progress | None = None,
    before: Callable[[Scenario], None] = lambda held: None,
) -> Validation:
    """Hold a scenario against a log; `before` is called with the scenario that is to be played, twice as often as `asked.replications`.

    Raises `Refusal` for files that cannot be read, and held-back days that the log does not have.
    """
    log, odd = read(path, reading, asked.accept_skipped)
    stamp = log.tickets.stamp.astype("datetime64[D]")
    begins, last = stamp[0].item(), stamp[-1].item()
    first = asked.first or last - timedelta(days=WEEK * asked.weeks - 1)
    if asked.first and not begins < first <= last:
        raise Refusal("--from", "", f"a day after {begins} and up to {last}, those of {path.name}", str(first))
    happened = actuals(path, log, scenario, asked.stores, until=first)
    record = Backtest(
        scenario=scenario.name,
        sections=sections(scenario.model_dump(mode="json")),
        log=path.name,
        log_sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        history_first=str(begins),
        first=str(max(first, begins)),
        last=str(last),
        replications=asked.replications,
        level=LEVEL,
        decision="inconclusive",
        sentence="",
        rows=[],
        days=[],
        notes=[*happened.notes, *odd],
    )
    days = (last - first).days + 1
    of = scenario, happened.stores, first, days
    stock = asked.stockouts and shelves(asked.stockouts, *of, asked.headings)
    timed = asked.waits and waits(asked.waits, *of, asked.headings)
    if short := _too_short(happened, first):
        return Validation(
            record.model_copy(update={"sentence": f"{ACCEPTED['inconclusive']}: {short}"}), pd.DataFrame()
        )
    past = _history(scenario, happened, first, asked.holidays)
    before(past.scenario)
    predicted = predict(path, past, asked.replications, asked.jobs, stock or None, timed or None, progress)
    return _judged(record, past, first, predicted, stock or None, timed or None)


def _too_short(happened: Actuals, first: date) -> str:
    """Why the log is too short to judge by; empty where it is not."""
    before, held = (first - happened.first).days, (happened.last - first).days + 1
    if before < LEAST_HISTORY_DAYS:
        return f"{max(before, 0)} days before {first}, and {LEAST_HISTORY_DAYS} are needed to fit weekdays and their scatter"
    if held < LEAST_HELD_DAYS:
        return f"{held} held-back days, and {LEAST_HELD_DAYS} are needed"
    tickets = int(happened.count[:, :before].sum())
    if tickets < LEAST_TICKETS:
        return f"{tickets} tickets before {first}, and {LEAST_TICKETS} are needed"
    return ""


def _history(scenario: Scenario, happened: Actuals, first: date, look: bool) -> History:
    found = fit(happened.between(happened.first, first - timedelta(days=1))).standing_out if look else ()
    return history(scenario, happened, first, happened.last, found)


def _judged(
    record: Backtest, past: History, first: date, predicted: Predicted, stock: Shelves | None, timed: Waits | None
) -> Validation:
    happened, held = past.actuals, past.scenario
    begin = (first - happened.first).days
    seen = Days(
        tickets=happened.count[:, begin:],
        units=happened.units[:, begin:],
        value=happened.value[:, begin:],
        empty=None if stock is None else stock.empty,
        wait_s=None if timed is None else timed.mean_s,
    )
    sold_before = happened.count[:, :begin].sum(axis=1) > 0
    compared = happened.recorded[:, begin:] & sold_before[:, None]
    names = happened.codes, happened.groups
    actual = rows(seen, compared, *names, first, held.currency)
    fitted, ticketed = (
        {row.name: row for row in rows(half, compared, *names, first, held.currency)}
        for half in (predicted.fitted, predicted.with_tickets)
    )
    by_rules = [row.name for row in actual if row.name.startswith(_OF_RULES)]
    level = LEVEL / 2 if by_rules else LEVEL
    p_traffic = _p(actual, fitted)
    p_tickets = _p([row for row in actual if row.name in by_rules], ticketed)
    before = _before(happened, begin, held.currency)
    made, cells = [], []
    for row in actual:
        drawn, given = fitted[row.name].values, ticketed[row.name].values
        quantile = quantiles(drawn)
        found, median = accuracy(quantile, row.values), np.median(given, axis=0)
        mean = float(np.nanmean(np.where(np.isnan(row.values), np.nan, median)))
        where = _where(p_traffic[row.name], p_tickets.get(row.name), level, found, mean)
        made.append(
            _row(row, quantile, found, mean, before.get(row.name), drawn, where).model_copy(
                update={"p_traffic": p_traffic[row.name], "p_tickets": p_tickets.get(row.name)}
            )
        )
        cells.append(_cells(row, quantile, median))
    made = _in_prices(made)
    beyond = rejected([*p_traffic.values()], level) or rejected([*p_tickets.values()], level)
    record = record.model_copy(
        update={
            "rows": made,
            "days": _all_stores(predicted.fitted, seen, compared, first),
            "decision": "fail" if beyond else "pass",
            "notes": [*record.notes, *_notes(past, predicted, compared, first, stock, timed)],
        }
    )
    return Validation(record.model_copy(update={"sentence": sentence(record)}), pd.concat(cells, ignore_index=True))


def _p(actual: list[Row], predicted: Mapping[str, Row]) -> dict[str, float]:
    p = row_p_values(actual, [predicted[row.name] for row in actual])
    return dict(zip([row.name for row in actual], p, strict=True))


def _before(happened: Actuals, days: int, currency: str) -> dict[str, Row]:
    """The rows of the history, cut so that its weeks end on its last day."""
    cut = slice(days % WEEK, days)
    seen = Days(happened.count[:, cut], happened.units[:, cut], happened.value[:, cut])
    first = happened.first + timedelta(days=days % WEEK)
    made = rows(seen, happened.recorded[:, cut], happened.codes, happened.groups, first, currency)
    return {row.name: row for row in made}


def _row(
    row: Row,
    quantile: np.ndarray,
    found: Accuracy,
    with_tickets: float,
    before: Row | None,
    drawn: np.ndarray,
    where: Where,
) -> BacktestRow:
    loss, scale, last_week, year = pinball(quantile, row.values), np.nan, None, None
    if before is not None:
        ahead, step = row.values.shape[-1], row.step_days
        season, lag = (WEEK, naive.YEAR_DAYS) if step == 1 else (1, naive.YEAR_DAYS // WEEK)
        scale = naive.seasonal_error(before.values, season)
        last_week = _naive(naive.seasonal(before.values, ahead, season), row.values, loss)
        year = _naive(naive.last_year(before.values, ahead, lag), row.values, loss)
    total = np.nansum(np.where(np.isnan(row.values), np.nan, drawn), axis=(-2, -1))
    low, *_, high = quantiles(total)
    over = float(np.nansum(row.values))
    return BacktestRow(
        quantity=row.name, unit=row.unit, cells=found.cells, actual=known(found.actual), predicted=known(found.predicted),
        with_tickets=known(with_tickets), wape=known(found.wape), bias=known(found.bias),
        mase=known(found.mean_absolute_error / scale) if scale > 0 else None, pinball=known(found.pinball),
        held_80=found.held_80, held_95=found.held_95, seasonal=last_week, last_year=year,
        p_traffic=1.0, p_tickets=None, where=where, within=known((high - low) / 2 / over) if over > 0 else None,
    )  # fmt: skip


def _naive(quantile: np.ndarray, actual: np.ndarray, loss: np.ndarray) -> Naive | None:
    """A naive forecast as the record has it; None where it forecasts no cell."""
    point = quantile[2]
    both = ~np.isnan(point) & ~np.isnan(actual)
    if not both.any():
        return None
    found = accuracy(quantile, actual)
    over = float(np.abs(actual[both]).sum())
    return Naive(
        wape=known(float(np.abs(point - actual)[both].sum()) / over) if over > 0 else None,
        held_80=found.held_80 if found.cells else None,
        held_95=found.held_95 if found.cells else None,
        cells=int(both.sum()),
        skill=known(skill(loss, pinball(quantile, actual))),
    )


def _where(p_traffic: float, p_tickets: float | None, level: float, found: Accuracy, with_tickets: float) -> Where:
    """What a deviation beyond chance is in. A row that the tickets nearly determine deviates by rules where playing the tickets shows at least half
    of the deviation, on the same side."""
    if p_tickets is not None and rejected([p_tickets], level):
        return "in rules"
    if not rejected([p_traffic], level):
        return "within chance"
    gap, rest = found.predicted - found.actual, with_tickets - found.actual
    return "in rules" if p_tickets is None and abs(rest) >= abs(gap) / 2 and rest * gap > 0 else "in traffic"


def _in_prices(made: list[BacktestRow]) -> list[BacktestRow]:
    """Sales that deviate where the units of the same class do not, by prices."""
    within = {row.quantity for row in made if row.where == "within chance"}
    return [
        row.model_copy(update={"where": "in prices"})
        if row.where != "within chance" and row.quantity.replace("sales", "units", 1) in within
        else row
        for row in made
    ]


def _cells(row: Row, quantile: np.ndarray, with_tickets: np.ndarray) -> pd.DataFrame:
    series, cell = np.nonzero(~np.isnan(row.values))
    return pd.DataFrame(
        {
            "quantity": row.name,
            "unit": row.unit,
            "place": [row.series[n] for n in series],
            "day": [str(row.day_of(n)) for n in cell.tolist()],
            "actual": row.values[series, cell],
            **{
                name: quantile[n][series, cell]
                for n, name in enumerate(("low_95", "low_80", "median", "high_80", "high_95"))
            },
            "with_tickets": with_tickets[series, cell],
        }
    )


def _all_stores(predicted: Days, seen: Days, compared: np.ndarray, first: date) -> list[BacktestDay]:
    """Customers of all stores that are compared, day by day."""
    drawn = np.where(compared, predicted.tickets, 0).sum(axis=1)
    actual: np.ndarray = np.where(compared, seen.tickets, 0).sum(axis=0)
    some: list[bool] = np.atleast_1d(compared.any(axis=0)).tolist()
    names = ("low_95", "low_80", "median", "high_80", "high_95")
    return [
        BacktestDay(
            day=str(first + timedelta(days=n)),
            actual=float(actual[n]) if some[n] else None,
            **dict(zip(names, ends.tolist(), strict=True)),
        )
        for n, ends in enumerate(quantiles(drawn).T)
    ]


def _notes(
    past: History, predicted: Predicted, compared: np.ndarray, first: date, stock: Shelves | None, timed: Waits | None
) -> list[str]:
    """What was left out, taken from elsewhere, or not tested."""
    notes = []
    months = ", ".join(f"{date(2000, month, 1):%B}" for month in past.unseen_months)
    if months:
        notes.append(f"{months}: no day of it is in the history; the scenario's own month factor is taken")
    if missing := int((~compared).sum()):
        store, day = (int(at[0]) for at in np.nonzero(~compared))
        notes.append(
            f"{missing} of {compared.size} held-back days of stores have no ticket (closed, or missing) and are not compared, the first "
            f"{past.actuals.codes[store]} on {first + timedelta(days=day)}"
        )
    if closed := len(past.fit.closed):
        notes.append(f"{closed} days of stores in the history have no ticket and are taken as closed")
    if predicted.moved:
        notes.append(f"{predicted.moved:,} tickets outside the opening hours are played at the nearest second inside")
    if past.holidays:
        listed = ", ".join(sorted({f"{each.first} to {each.last}" for each in past.holidays}))
        notes.append(f"not fitted to days of holidays: {listed}")
    if timed is None:
        notes.append("waits were not given (--waits): rules at the tills are not tested")
    if stock is None:
        notes.append("stock was not given (--stockouts): replenishment is not tested")
    return notes
