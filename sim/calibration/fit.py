"""Fits a scenario's traffic to a transaction log, and measures the distance between the log and traffic drawn from the fit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from itertools import combinations
from pathlib import Path

import numpy as np

from sim.calibration.estimators import (
    calendar_factors,
    dispersion,
    distribution_of,
    gamma_sizes,
    weight_exponent,
    zipf_exponent,
)
from sim.calibration.outlier_days import StandingOut, standing_out
from sim.records.refusal import Refusal
from sim.scenario.model import Scenario
from sim.scenario.sections.distributions import Varying
from sim.traffic.day_sheet import DaySheet, Traffic
from sim.traffic.log.tickets import Tickets

_REDRAWS = 10
_REDRAW_STEP = 1_000
QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9, 0.99)
_BUSY = 7.0
"""Customers on a store's days with any: from here on, a day without one (Poisson: less than one in a thousand) was closed, not empty."""
_CORE = 0.5
"""Hours with at least this share of the peak hour are the core of the day. In others a seasonal change of hours would count as scatter."""


@dataclass(frozen=True)
class Fit:
    """Traffic as fitted to a log."""

    first: date
    last: date
    tickets: int
    customers_per_day: dict[str, float]
    """By store: mean over all days of an average year, closed weekdays included."""
    open_days: dict[str, int]
    closed: frozenset[tuple[int, int]]
    """(store, day from the first) that were closed."""
    months_seen: tuple[bool, ...]
    month_factors: np.ndarray
    weekday_factors: np.ndarray
    hour_shares: np.ndarray
    """float64[24], adding up to 1."""
    day_gamma_size: float | None
    cell_gamma_size: float | None
    day_dispersion: float
    """Variance over mean of a day's customers, within month × weekday."""
    hour_dispersion: float
    """The same of an hour's, within month × weekday × hour, over the core of the day."""
    basket_lines: Varying
    basket_mean: float
    basket_quantiles: np.ndarray
    """Lines of a ticket at `QUANTILES`."""
    line_units: Varying
    units_mean: float
    zipf_exponent: float
    """By which lines fall with rank."""
    skus: int
    member_share: float
    members: int
    """Of each store, on average."""
    day_customers: np.ndarray
    """int64[days], over all stores."""
    standing_out: tuple[StandingOut, ...]
    """Days with far more or fewer customers than month and weekday explain."""
    holidays: tuple[StandingOut, ...]
    """Those that were taken for holidays: left out of the factors."""

    @property
    def days(self) -> int:
        """Days that the log spans, the first and the last included."""
        return (self.last - self.first).days + 1


def fit(tickets: Tickets, holidays: tuple[StandingOut, ...] = (), look: bool = True) -> Fit:
    """Fit traffic to the tickets of a log; the days of `holidays` leave months, weekdays and the scatter of days alone.
    `look` for days that stand out.

    Days without a ticket count as closed where a store has at least `_BUSY` customers a day; closed days are left out, not zero.
    """
    day = tickets.stamp.astype("datetime64[D]")
    first, last = day.min(), day.max()
    number = (day - first).astype(int)
    stores, days = len(tickets.stores), int((last - first).astype(int)) + 1
    hour = (tickets.stamp - day).astype("timedelta64[h]").astype(int)
    cells = np.bincount((tickets.store * days + number) * 24 + hour, minlength=stores * days * 24).reshape(
        stores, days, 24
    )
    count = cells.sum(axis=2)
    dates = first + np.arange(days)
    month = dates.astype("datetime64[M]").astype(int)
    weekday = (dates.astype(int) + 3) % 7
    open_ = _open_days(count, weekday)
    apart = np.zeros(days, dtype=bool)
    for holiday in holidays:
        apart |= (dates >= np.datetime64(holiday.first)) & (dates <= np.datetime64(holiday.last))
    used = open_ & ~apart
    level, months, weekdays = calendar_factors(count, month % 12, weekday, used)
    like = (np.arange(stores)[:, None] * 12 + month % 12) * 7 + weekday
    hour_shares = np.bincount(hour, minlength=24) / len(tickets)
    core = cells[used][:, hour_shares >= _CORE * hour_shares.max()]
    day_size, cell_size = gamma_sizes(core, like[used])
    lines = np.diff(tickets.line_start)
    known = tickets.customer >= 0
    return Fit(
        first=first.item(),
        last=last.item(),
        tickets=len(tickets),
        customers_per_day=dict(zip(tickets.stores, level.tolist(), strict=True)),
        open_days=dict(zip(tickets.stores, open_.sum(axis=1).tolist(), strict=True)),
        closed=frozenset(zip(*(at.tolist() for at in np.nonzero(~open_)), strict=True)),
        months_seen=tuple((np.bincount(month % 12, open_.sum(axis=0), 12) > 0).tolist()),
        month_factors=months,
        weekday_factors=weekdays,
        hour_shares=hour_shares,
        day_gamma_size=day_size,
        cell_gamma_size=cell_size,
        day_dispersion=dispersion(count[used], like[used]),
        hour_dispersion=dispersion(core, like[used]),
        basket_lines=distribution_of(lines),
        basket_mean=float(lines.mean()),
        basket_quantiles=np.quantile(lines, QUANTILES, method="inverted_cdf"),
        line_units=distribution_of(tickets.line_units),
        units_mean=float(tickets.line_units.mean()),
        zipf_exponent=zipf_exponent(np.bincount(tickets.line_sku)),
        skus=int(tickets.line_sku.max()) + 1,
        member_share=float(known.mean()),
        members=round(len(np.unique(tickets.customer[known] * stores + tickets.store[known])) / stores),
        day_customers=count.sum(axis=0),
        standing_out=standing_out(first.item(), count, open_) if look else (),
        holidays=holidays,
    )


def _open_days(count: np.ndarray, weekday: np.ndarray) -> np.ndarray:
    """bool[stores, days]: every day of a quiet store; of a busy one, days with tickets on weekdays that it opens at least every other week."""
    open_ = np.ones(count.shape, dtype=bool)
    for store, row in enumerate(count):
        if not row.any() or row[row > 0].mean() < _BUSY:
            continue
        share = np.bincount(weekday, row > 0, 7) / np.maximum(np.bincount(weekday, minlength=7), 1)
        regular = (row > 0) & (share >= 0.5)[weekday]
        open_[store] = regular if regular.any() else row > 0
    return open_


def traffic_of(fitted: Fit) -> dict:
    """The fit as a scenario's `traffic` section."""
    holidays = {"holidays": [holiday.as_holiday() for holiday in fitted.holidays]} if fitted.holidays else {}
    return {
        **holidays,
        "month_factors": fitted.month_factors.round(4).tolist(),
        "weekday_factors": fitted.weekday_factors.round(4).tolist(),
        "hour_shares": fitted.hour_shares.round(6).tolist(),
        "day_gamma_size": fitted.day_gamma_size and round(fitted.day_gamma_size, 2),
        "cell_gamma_size": fitted.cell_gamma_size and round(fitted.cell_gamma_size, 2),
        "cell_minutes": 60,
        "basket_lines": fitted.basket_lines.model_dump(mode="json"),
        "line_units": fitted.line_units.model_dump(mode="json"),
        "zipf_exponent": round(weight_exponent(fitted.zipf_exponent, fitted.skus, fitted.basket_lines), 4),
        "member_share": round(fitted.member_share, 4),
        "members": max(fitted.members, 1),
    }


def refit(fitted: Fit, traffic: dict, seed: int = 1, file: Path | str = "the log") -> Fit:
    """Fit again, to customers drawn from a `traffic` section: the log's stores and days, closed when they were closed.

    Raises `Refusal`, which names `file`, where no customer can be drawn.
    """
    places = [(store, day) for day in range(fitted.days) for store in range(len(fitted.customers_per_day))]
    for again in range(_REDRAWS):
        source = Traffic(_scenario(fitted, traffic, seed + again * _REDRAW_STEP))
        sheets = [source.day(0, store, day) for store, day in places if (store, day) not in fitted.closed]
        if any(len(sheet) for sheet in sheets):
            return fit(_drawn(sheets, fitted.first, tuple(fitted.customers_per_day)), fitted.holidays, look=False)
    raise Refusal(file, "", "a log from whose fit customers can be drawn", f"none in {_REDRAWS} draws")


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
    gap = [float(np.abs(fit.hour_shares - found.hour_shares).max()) for fit in again]
    rows = [_distance("hour profile, gap", "share", [0.0, *gap])]
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
    return [*rows, _distance("line, mean", "units", [fit.units_mean for fit in (found, *again)])]


def beyond_chance(rows: list[Distance]) -> list[str]:
    """Daily figures in which the median distance between log and draws exceeds the largest distance between two draws."""
    by_figure = {row.figure: row for row in rows}
    return [
        figure
        for figure, _unit in _DAY_GAPS
        if f"{figure}, two draws" in by_figure and by_figure[figure].drawn > by_figure[f"{figure}, two draws"].high
    ]


def _mean_gap(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(a - b).sum() / max(a.sum(), 1))


def _greatest_week_gap(a: np.ndarray, b: np.ndarray) -> float:
    weeks = _moving_sums(a)
    return float(np.max(np.abs(_moving_sums(b) - weeks) / np.maximum(weeks, max(weeks.mean() / 7, 1))))


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


def _drawn(sheets: list[DaySheet], start: date, stores: tuple[str, ...]) -> Tickets:
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


def _scenario(fitted: Fit, traffic: dict, seed: int) -> Scenario:
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
            "skus": {"count": fitted.skus},
            "traffic": traffic,
        }
    )
