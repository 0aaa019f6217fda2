"""Fits a scenario's traffic to a transaction log."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from sim.calibration.bought_together import PairFit, bought_together
from sim.calibration.days import Days, days_of, runs
from sim.calibration.estimators import (
    calendar_factors,
    dispersion,
    distribution_of,
    gamma_sizes,
    renewal_dispersion,
    weight_exponent,
    zipf_exponent,
)
from sim.calibration.groups import GroupFit, fit_groups
from sim.calibration.hour_profiles import by_weekday, profiles_differ
from sim.calibration.outlier_days import StandingOut, standing_out
from sim.scenario.sections.distributions import Varying
from sim.traffic.log.tickets import Tickets

QUANTILES = (0.1, 0.25, 0.5, 0.75, 0.9, 0.99)
CORE = 0.5
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
    weekday_hour_shares: np.ndarray
    """float64[7, 24], the same by weekday, holidays left out."""
    hours_differ: bool
    """Whether weekdays differ in them beyond chance."""
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
    closed_days: tuple[tuple[date, date], ...]
    """Runs of days, first and last, on which the chain was closed: left out of the factors, holidays with factor 0."""
    missing: tuple[tuple[date, date], ...]
    """Runs of days without a ticket in any store that are not known to be closed: left out of the factors, and no holidays."""
    groups: tuple[GroupFit, ...]
    pairs: tuple[PairFit, ...]
    dispersion: float | None = None
    """Variance over mean of an hour's customers given the day, where they are less variable than Poisson's beyond chance; else None."""
    wanted_lines: np.ndarray | None = None
    """float64[skus], lines wanted where stock hid some (`censored_demand`); None: those sold."""

    @property
    def days(self) -> int:
        """Days that the log spans, the first and the last included."""
        return (self.last - self.first).days + 1


def fit(
    tickets: Tickets,
    holidays: tuple[StandingOut, ...] = (),
    look: bool = True,
    *,
    groups: tuple[str, ...] = (),
    closed: Sequence[tuple[date, date]] = (),
    missing: Collection[date] = (),
) -> Fit:
    """Fit traffic to the tickets of a log; the days of `holidays` leave months, weekdays and the scatter of days alone.
    `look` for days that stand out, hours that differ by weekday, and pairs.

    Days without a ticket count as closed where a store has at least `days._BUSY` customers a day; such days, and those `missing`, are left out, not
    zero. `closed` are runs of days, first and last, on which all stores were closed; `groups` has the group of each SKU, '' where it is unknown.
    """
    apart = [(holiday.first, holiday.last) for holiday in holidays]
    days = days_of(tickets, [*apart, *closed], missing)
    count, used, like = days.count, days.used, days.like
    level, months, weekdays = calendar_factors(count, days.month, days.weekday, used)
    hour_shares = days.cells.sum(axis=(0, 1)) / len(tickets)
    core = days.cells[used][:, hour_shares >= CORE * hour_shares.max()]
    day_size, cell_size = gamma_sizes(core, like[used])
    traded = used.any(axis=0)
    by_hour = np.where(used[:, :, None], days.cells, 0).sum(axis=0)[traded]
    lines = np.diff(tickets.line_start)
    known = tickets.customer >= 0
    stores = len(tickets.stores)
    of_groups = fit_groups(tickets, groups, hour_shares) if groups else ()
    apart_units = {group.name for group in of_groups if group.line_units is not None}
    usual_units = (
        np.array([name not in apart_units for name in groups])[tickets.line_sku] if apart_units else slice(None)
    )
    units = tickets.line_units[usual_units]
    return Fit(
        first=days.first,
        last=days.dates[-1].item(),
        tickets=len(tickets),
        customers_per_day=dict(zip(tickets.stores, level.tolist(), strict=True)),
        open_days=dict(zip(tickets.stores, days.open_.sum(axis=1).tolist(), strict=True)),
        closed=frozenset(zip(*(at.tolist() for at in np.nonzero(~days.open_)), strict=True)),
        months_seen=tuple((np.bincount(days.month, days.open_.sum(axis=0), 12) > 0).tolist()),
        month_factors=months,
        weekday_factors=weekdays,
        hour_shares=hour_shares,
        weekday_hour_shares=by_weekday(by_hour, days.weekday[traded], hour_shares),
        hours_differ=look and profiles_differ(by_hour, days.dates[traded]),
        day_gamma_size=day_size,
        cell_gamma_size=cell_size,
        day_dispersion=dispersion(count[used], like[used]),
        hour_dispersion=dispersion(core, like[used]),
        basket_lines=distribution_of(lines),
        basket_mean=float(lines.mean()),
        basket_quantiles=np.quantile(lines, QUANTILES, method="inverted_cdf"),
        line_units=distribution_of(units if len(units) else tickets.line_units),
        units_mean=float(tickets.line_units.mean()),
        zipf_exponent=zipf_exponent(np.bincount(tickets.line_sku)),
        skus=int(tickets.line_sku.max()) + 1,
        member_share=float(known.mean()),
        members=round(len(np.unique(tickets.customer[known] * stores + tickets.store[known])) / stores),
        day_customers=count.sum(axis=0),
        standing_out=standing_out(days.first, count, days.open_) if look else (),
        holidays=holidays,
        closed_days=tuple(closed),
        missing=_missing(days, closed, missing),
        groups=of_groups,
        pairs=bought_together(tickets) if look else (),
        dispersion=renewal_dispersion(core, like[used]),
    )


def _missing(
    days: Days, closed: Sequence[tuple[date, date]], missing: Collection[date]
) -> tuple[tuple[date, date], ...]:
    """Runs of days without data; weekdays on which the chain is closed do not interrupt one."""
    named = np.zeros(len(days.dates), dtype=bool)
    for first, last in closed:
        named |= (days.dates >= np.datetime64(first)) & (days.dates <= np.datetime64(last))
    unknown = days.silent | np.isin(days.dates, np.array([*missing], dtype="datetime64[D]"))
    total = days.count.sum(axis=0)
    return runs(days.first, unknown & ~named, (total == 0) & ~days.silent & ~named)


def traffic_of(fitted: Fit, codes: tuple[str, ...] = ()) -> dict:
    """The fit as a scenario's `traffic` section; `codes` are those of its SKUs, for a scenario that lists them: groups and pairs name them."""
    holidays = sorted(
        [*(holiday.as_holiday() for holiday in fitted.holidays), *map(closed_holiday, fitted.closed_days)],
        key=lambda holiday: holiday["first"],
    )
    groups = {group.name: said for group in fitted.groups if (said := _group_section(group))} if codes else {}
    pairs = [_pair_section(pair, codes) for pair in fitted.pairs] if codes else []
    optional = {
        "holidays": holidays,
        "weekday_hour_shares": fitted.weekday_hour_shares.round(6).tolist() if fitted.hours_differ else None,
        "groups": groups,
        "pairs": pairs,
        "dispersion": fitted.dispersion and round(fitted.dispersion, 4),
    }
    return {
        **{name: said for name, said in optional.items() if said},
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


def closed_holiday(days: tuple[date, date]) -> dict:
    """An entry of `traffic.holidays` for days on which the chain was closed."""
    return {"name": f"closed from {days[0]}", "first": days[0], "last": days[1], "factor": 0.0}


def _group_section(group: GroupFit) -> dict:
    said: dict = {} if group.hour_shares is None else {"hour_shares": group.hour_shares.round(6).tolist()}
    return said if group.line_units is None else {**said, "line_units": group.line_units.model_dump()}


def _pair_section(pair: PairFit, codes: tuple[str, ...]) -> dict:
    return {"skus": [codes[sku] for sku in pair.skus], "lift": float(f"{pair.lift:.4g}")}
