"""Tables that `calibrate` prints: what was fitted and how well, pairs, and the log beside customers drawn from its fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from rich.markup import escape
from rich.table import Table

from sim.calibration.fitted_files import printable
from sim.calibration.self_check import WEEKDAYS
from sim.cli.console import figure

if TYPE_CHECKING:
    from sim.calibration.bought_together import PairFit
    from sim.calibration.fit import Fit
    from sim.calibration.posterior import Posterior
    from sim.calibration.self_check import Distance
    from sim.scenario.sections.distributions import Varying
    from sim.traffic.log.reader import Log

_MOST_PAIRS = 10


def fitted_table(found: Fit, traffic: dict, known: Posterior) -> Table:
    """Every parameter of a fit, with its 95 % interval."""
    table = Table(title=f"Fitted, {found.first} to {found.last}", title_justify="left")
    for name in ("parameter", "value", "95 % interval", "unit"):
        table.add_column(name)
    for row in _rows(found, traffic, known):
        table.add_row(*row)
    return table


def _rows(found: Fit, traffic: dict, known: Posterior) -> Iterator[tuple[str, str, str, str]]:
    for n, (store, mean) in enumerate(found.customers_per_day.items()):
        days = f"customers a day ({found.open_days[store]} of {found.days} days open)"
        name = escape(f"customers_per_day {printable(store)}".strip())
        yield name, figure(mean), _between(*known.interval("customers_per_day", n)), days
    for n, seen in enumerate(found.months_seen):
        within = _between(*known.interval("month_factors", n)) if seen else ""
        yield f"month {n + 1}", figure(found.month_factors[n]), within, "factor" if seen else "factor, not seen"
    for n, name in enumerate(WEEKDAYS):
        open_ = bool(found.weekday_factors[n])
        within = _between(*known.interval("weekday_factors", n)) if open_ else ""
        yield name, figure(found.weekday_factors[n]), within, "factor" if open_ else "factor: closed"
    for hour in found.hour_shares.nonzero()[0].tolist():
        low, high = known.interval("hour_shares", hour)
        yield f"{hour} h", f"{100 * found.hour_shares[hour]:.2f}", f"{100 * low:.2f} to {100 * high:.2f}", "% of a day"
    for n, name in enumerate(WEEKDAYS) if found.hours_differ else ():
        if found.weekday_factors[n]:
            yield _other_hours(name, found.weekday_hour_shares[n], found.hour_shares, "customers")
    yield "day_gamma_size", _size(found.day_gamma_size), _sizes(*known.interval("day_gamma_size")), "shape"
    cells = f"shape, cells of {traffic['cell_minutes']} minutes"
    yield "cell_gamma_size", _size(found.cell_gamma_size), _sizes(*known.interval("cell_gamma_size")), cells
    if found.dispersion is not None:
        yield "dispersion", figure(found.dispersion), "", "variance over mean, below Poisson's 1"
    lines, units = (f"{of}, mean; {{}}" for of in ("lines", "units"))
    within = _between(*known.interval("basket_mean"))
    yield "basket_lines", figure(found.basket_mean), within, lines.format(_distribution(found.basket_lines))
    within = _between(*known.interval("units_mean"))
    yield "line_units", figure(found.units_mean), within, units.format(_distribution(found.line_units))
    for group in found.groups:
        name = escape(printable(group.name))
        if group.hour_shares is not None:
            yield _other_hours(name, group.hour_shares, found.hour_shares, "lines")
        if group.line_units is not None:
            yield f"units of {name}", figure(group.units_mean), "", units.format(_distribution(group.line_units))
    if alike := [group for group in found.groups if group.hour_shares is None and group.line_units is None]:
        yield "groups like the rest", f"{len(alike):,}", "", f"of {len(found.groups):,}"
    within = _between(*known.interval("zipf_exponent"))
    of_lines = f"of weights; {found.zipf_exponent:.3f} by lines"
    yield "zipf_exponent", figure(traffic["zipf_exponent"]), within, of_lines
    yield "SKUs", f"{found.skus:,}", "", ""
    low, high = known.interval("member_share")
    within = f"{100 * low:.1f} to {100 * high:.1f}"
    yield "member_share", f"{100 * found.member_share:.1f}", within, f"% of customers, {found.members:,} members"


def _other_hours(name: str, shares: np.ndarray, usual: np.ndarray, what: str) -> tuple[str, str, str, str]:
    """How much of a profile lies at other hours than the usual one: the total variation distance."""
    apart = 100 * np.abs(shares - usual).sum() / 2
    return f"hours of {name}", f"{apart:.1f}", "", f"% of {what} at other hours than all; most at {shares.argmax()} h"


def pairs_table(pairs: Sequence[PairFit], log: Log) -> Table:
    """The first pairs of SKUs that are bought together."""
    more = f"; {len(pairs) - _MOST_PAIRS} more" if len(pairs) > _MOST_PAIRS else ""
    table = Table(title=f"Bought together: {min(len(pairs), _MOST_PAIRS)} pairs{more}", title_justify="left")
    for name in ("SKU", "SKU ", "tickets", "expected", "lift", "standard error"):
        table.add_column(name, justify="left" if name.startswith("SKU") else "right")
    for pair in pairs[:_MOST_PAIRS]:
        skus = (escape(printable(f"{log.code[sku]} {log.name[sku]}".strip())) for sku in pair.skus)
        numbers = (figure(value) for value in (pair.expected, pair.lift, pair.standard_error))
        table.add_row(*skus, f"{pair.tickets:,}", *numbers)
    return table


def compared(rows: Sequence[Distance], draws: int) -> Table:
    """The log beside customers drawn from its fit."""
    table = Table(
        title=f"Log against customers drawn from the fit and fitted again: median of {draws} draws",
        title_justify="left",
    )
    for name in ("figure", "log", "drawn", "least", "greatest", "unit"):
        table.add_column(name, justify="left" if name in ("figure", "unit") else "right", no_wrap=True)
    for row in rows:
        table.add_row(row.figure, *(figure(value) for value in (row.log, row.drawn, row.low, row.high)), row.unit)
    return table


def _between(low: float, high: float) -> str:
    return f"{figure(low)} to {figure(high)}"


def _size(size: float | None) -> str:
    return "none" if size is None else f"{size:.1f}"


def _sizes(low: float, high: float) -> str:
    """Sizes of Gamma factors from an interval of their variance 1 / size; the largest size is that of the least variance."""
    if np.isnan(low):
        return ""
    return f"{_size(1 / high if high > 0 else None)} to {_size(1 / low if low > 0 else None)}"


def _distribution(distribution: Varying) -> str:
    return (
        f"{len(distribution.values)} observed values"
        if distribution.distribution == "empirical"
        else distribution.distribution
    )
