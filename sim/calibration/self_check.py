"""How far traffic drawn from a fit is from its log: customers are drawn for the log's own stores and days, and fitted again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, time
from itertools import combinations
from pathlib import Path

import numpy as np

from sim.calibration.bought_together import PairFit, lifts
from sim.calibration.fit import QUANTILES, Fit, fit
from sim.records.refusal import Refusal
from sim.scenario.model import Scenario
from sim.traffic.day_sheet import DaySheet, Traffic
from sim.traffic.log.tickets import Tickets

_REDRAWS = 10
_REDRAW_STEP = 1_000
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def refit(
    fitted: Fit, traffic: dict, seed: int = 1, file: Path | str = "the log", skus: list[dict] | None = None
) -> Fit:
    """Fit again, to customers drawn from a `traffic` section: the log's stores and days, closed when they were closed.

    `skus` are those that the scenario lists, in the log's order; None: as many, by Zipf's law. Raises `Refusal`, which names `file`, where no
    customer can be drawn.
    """
    places = [(store, day) for day in range(fitted.days) for store in range(len(fitted.customers_per_day))]
    for again in range(_REDRAWS):
        source = Traffic(_scenario(fitted, traffic, seed + again * _REDRAW_STEP, skus))
        sheets = [source.day(0, store, day) for store, day in places if (store, day) not in fitted.closed]
        if any(len(sheet) for sheet in sheets):
            drawn = tickets_of(sheets, fitted.first, tuple(fitted.customers_per_day))
            groups = tuple(sku.get("group", "") for sku in skus or ())
            found = fit(drawn, fitted.holidays, look=False, groups=groups, closed=fitted.closed_days)
            return replace(found, pairs=_lifts_again(drawn, fitted, skus))
    raise Refusal(file, "", "a log from whose fit customers can be drawn", f"none in {_REDRAWS} draws")


def _lifts_again(drawn: Tickets, fitted: Fit, skus: list[dict] | None) -> tuple[PairFit, ...]:
    """The fit's pairs with the lifts that drawn tickets have."""
    if not skus or not fitted.pairs:
        return ()
    again = lifts(drawn, fitted.pairs).tolist()
    return tuple(replace(pair, lift=lift) for pair, lift in zip(fitted.pairs, again, strict=True))


@dataclass(frozen=True)
class Distance:
    """One figure of a log, and of fits to customers drawn from the log's fit."""

    figure: str
    unit: str
    log: float
    drawn: float
    """Median over the draws."""
    low: float
    high: float
    """Least and greatest."""


def distances(found: Fit, again: list[Fit]) -> list[Distance]:
    """How far drawn traffic is from the log, figure by figure."""
    rows = [_gap("hour profile, gap", found, again, lambda fit: fit.hour_shares)]
    open_weekdays = [n for n in range(7) if found.weekday_factors[n]]
    rows += [_gap(f"hour profile, {WEEKDAYS[n]}, gap", found, again, _on_weekday(n)) for n in open_weekdays]
    rows += _by_weekday(found, again)
    days = [_on_days_of(found, fit) for fit in again]
    for (figure, unit), gap_of in _DAY_GAPS.items():
        seen = found.day_customers.astype(np.float64)
        rows.append(_distance(figure, unit, [0.0, *(gap_of(seen, day) for day in days)]))
        if pairs := [gap_of(a, b) for a, b in combinations(days, 2)]:
            rows.append(_distance(f"{figure}, two draws", unit, [0.0, *pairs]))
    for figure, unit, of in [
        ("tickets", "", lambda fit: fit.tickets),
        ("peak hour", "share", lambda fit: fit.hour_shares.max()),
        ("day Gamma size", "", lambda fit: fit.day_gamma_size or np.inf),
        ("cell Gamma size", "", lambda fit: fit.cell_gamma_size or np.inf),
        ("dispersion of days", "var/mean", lambda fit: fit.day_dispersion),
        ("dispersion of hours", "var/mean", lambda fit: fit.hour_dispersion),
        ("Zipf exponent", "", lambda fit: fit.zipf_exponent),
        ("basket, mean", "lines", lambda fit: fit.basket_mean),
    ]:
        rows.append(_distance(figure, unit, [float(of(fit)) for fit in (found, *again)]))
    for n, q in enumerate(QUANTILES):
        rows.append(_distance(f"basket, {q:.0%}", "lines", [fit.basket_quantiles[n] for fit in (found, *again)]))
    rows.append(_distance("line, mean", "units", [fit.units_mean for fit in (found, *again)]))
    if found.pairs and all(len(fit.pairs) == len(found.pairs) for fit in again):
        rows.append(_distance("lift of pairs, median", "", [_median_lift(fit) for fit in (found, *again)]))
    return rows


def _gap(figure: str, found: Fit, again: list[Fit], of: Callable[[Fit], np.ndarray]) -> Distance:
    """The greatest difference of shares between the log and each draw."""
    return _distance(figure, "share", [0.0, *(float(np.abs(of(fit) - of(found)).max()) for fit in again)])


def _on_weekday(n: int) -> Callable[[Fit], np.ndarray]:
    return lambda fit: fit.weekday_hour_shares[n]


def _by_weekday(found: Fit, again: list[Fit]) -> list[Distance]:
    """The greatest difference over weekdays and hours, also between two draws."""

    def gap(a: Fit, b: Fit) -> float:
        open_ = (found.weekday_factors > 0)[:, None]
        return float((open_ * np.abs(a.weekday_hour_shares - b.weekday_hour_shares)).max())

    rows = [_distance(_WEEKDAY_HOURS, "share", [0.0, *(gap(found, fit) for fit in again)])]
    if pairs := [gap(a, b) for a, b in combinations(again, 2)]:
        rows.append(_distance(f"{_WEEKDAY_HOURS}, two draws", "share", [0.0, *pairs]))
    return rows


def _median_lift(fitted: Fit) -> float:
    return float(np.nanmedian([pair.lift for pair in fitted.pairs]))


def beyond_chance(rows: list[Distance]) -> list[str]:
    """Figures by day or weekday in which the median distance between log and draws exceeds the largest distance between two draws."""
    by_figure = {row.figure: row for row in rows}
    return [
        figure
        for figure in (_WEEKDAY_HOURS, *(figure for figure, _unit in _DAY_GAPS))
        if f"{figure}, two draws" in by_figure and by_figure[figure].drawn > by_figure[f"{figure}, two draws"].high
    ]


def _mean_gap(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(a - b).sum() / max(a.sum(), 1))


def _greatest_week_gap(a: np.ndarray, b: np.ndarray) -> float:
    weeks = _moving_sums(a)
    return float(np.max(np.abs(_moving_sums(b) - weeks) / np.maximum(weeks, max(weeks.mean() / 7, 1))))


_WEEKDAY_HOURS = "hours by weekday, greatest gap"
_DAY_GAPS = {("day by day, mean gap", "share"): _mean_gap, ("seven days, greatest gap", "share"): _greatest_week_gap}


def _on_days_of(fitted: Fit, drawn: Fit) -> np.ndarray:
    """float64[days of the log]: drawn customers of each, 0 where none was drawn."""
    days = np.zeros(fitted.days)
    begin = (drawn.first - fitted.first).days
    days[begin : begin + drawn.days] = drawn.day_customers
    return days


def _moving_sums(days: np.ndarray) -> np.ndarray:
    """Sums over seven days in a row, or over all of a shorter log."""
    return np.convolve(days, np.ones(min(7, len(days))), mode="valid")


def _distance(figure: str, unit: str, values: list[float]) -> Distance:
    log, *drawn = (float(value) for value in values)
    return Distance(figure, unit, log, float(np.median(drawn)), min(drawn), max(drawn))


def tickets_of(sheets: list[DaySheet], start: date, stores: tuple[str, ...]) -> Tickets:
    """The tickets of sheets if every customer got all that was wanted, stamped at arrival."""
    lines = np.concatenate([np.diff(sheet.line_start) for sheet in sheets])
    arrival_s = np.concatenate([sheet.arrival_s for sheet in sheets])
    return Tickets(
        stamp=np.datetime64(start, "s") + arrival_s.astype("timedelta64[s]"),
        store=np.repeat([sheet.store for sheet in sheets], [len(sheet) for sheet in sheets]).astype(np.int32),
        stores=stores,
        customer=np.concatenate([sheet.customer for sheet in sheets]),
        line_start=np.concatenate([[0], np.cumsum(lines)]),
        line_sku=np.concatenate([sheet.line_sku for sheet in sheets]),
        line_units=np.concatenate([sheet.line_units for sheet in sheets]).astype(np.int64),
    )


def _scenario(fitted: Fit, traffic: dict, seed: int, skus: list[dict] | None) -> Scenario:
    trading = np.flatnonzero(fitted.hour_shares)
    closes = time(int(trading[-1]) + 1) if trading[-1] < 23 else time(23, 59, 59)
    place = {"region": "R", "warehouse": "W", "tills": 1, "opens": time(int(trading[0])), "closes": closes}
    customers = fitted.customers_per_day.values()
    return Scenario.model_validate(
        {
            "name": "refit",
            "start": fitted.first,
            "days": min(fitted.days, 3660),
            "seed": seed,
            "regions": [{"code": "R", "name": "R"}],
            "warehouses": [{"code": "W", "region": "R"}],
            "suppliers": [{"code": "P", "lead_time_days": 1}],
            "stores": [{"code": f"S{n}", "customers_per_day": mean, **place} for n, mean in enumerate(customers)],
            "skus": skus or {"count": fitted.skus},
            "traffic": traffic,
        }
    )
