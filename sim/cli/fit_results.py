"""What `calibrate` fitted as results to export: traffic, till times and lead times."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sim.calibration.fitted_files import printable
from sim.calibration.self_check import WEEKDAYS
from sim.report import canvas
from sim.report.exports.result import BEFORE_ALL, Cell, Result, Table
from sim.report.languages import Language, percent, text
from sim.report.pages.sheet import Picture, picture

if TYPE_CHECKING:
    from sim.calibration.fit import Fit
    from sim.calibration.posterior import Posterior
    from sim.calibration.self_check import Distance
    from sim.calibration.times.jackknife import Estimate
    from sim.calibration.times.lead_times import LeadFit
    from sim.calibration.times.service_times import ServiceFit
    from sim.traffic.log.reader import Log

Lines = Iterable[Mapping[str, Any]]
_WORDS = {"unit": "unit", "parameter": "code", "figure": "code"}


def of_fit(
    log: Path,
    read: Log,
    found: Fit,
    traffic: Mapping[str, Any],
    known: Posterior,
    rows: Sequence[Distance],
    draws: int,
    lang: Language,
) -> Result:
    """Traffic as fitted to a log, with 95 % intervals, and how far customers drawn from it are from the log."""
    first, last, name = found.first, found.last, printable(log.name)
    days = {"first": "date", "last": "date"}
    outliers = [
        {"first": day.first, "last": day.last, "factor": day.factor} for day in found.holidays or found.standing_out
    ]
    silent = [
        {"first": since, "last": until, "closed": closed}
        for runs, closed in ((found.closed_days, True), (found.missing, False))
        for since, until in runs
    ]
    pairs = [
        {
            "sku_code": printable(read.code[pair.skus[0]]),
            "with_sku_code": printable(read.code[pair.skus[1]]),
            "tickets": pair.tickets,
        }
        | {"expected": pair.expected, "lift": pair.lift, "standard_error": pair.standard_error}
        for pair in found.pairs
    ]
    facts: dict[str, Cell] = {
        "log": name,
        "tickets": found.tickets,
        "first day": first,
        "last day": last,
        "stores": len(found.customers_per_day),
        "draws": draws,
    }
    busiest = _busiest(found, lang)
    customers = dict.fromkeys(("customers_per_day", "low", "high"), "customers/day") | {"open_days": "days"}
    shares = {"hour": "h", **dict.fromkeys(("share", "low", "high"), "share")}
    within, of_draws = ("value", "low", "high"), ("log", "drawn", "low", "high")
    tables = [
        _table("stores", text("Customers a day by store, over an average year", lang), _stores(found, known), customers),
        _table("months", text("Factor of each month", lang), _months(found, known)),
        _table("weekdays", text("Factor of each weekday; 0 is closed", lang), _weekdays(found, known, lang)),
        _table("hours", text("Customers by hour of the day", lang), _hours(found, known), shares),
        _table("parameters", text("Other parameters", lang), _parameters(found, traffic, known), {}, within),
        _table("pairs", text("SKUs bought together: tickets with both, and expected were they independent", lang), pairs),
        _table("days_standing_out", text("Days with far more or fewer customers than month and weekday explain", lang), outliers, days),
        _table("days_without_rows", text("Days without a ticket in any store", lang), silent, days),
        _table("check", text("The log against customers drawn from the fit and fitted again: median and range", lang), map(vars, rows), {}, of_draws),
    ]  # fmt: skip
    source = "retail-lab: fitted to {log}, {tickets} tickets, {first} to {last}"
    return Result(
        title=text("Traffic fitted to {log}", lang, log=name),
        about=tuple((text(fact, lang), value) for fact, value in facts.items()),
        findings=(busiest,),
        tables=tuple(table for table in tables if len(table.frame)),
        source=text(source, lang, log=name, tickets=f"{found.tickets:,}", first=first, last=last),
        draw=lambda: [_profile(found, busiest, lang)],
        made=max(datetime.combine(last, datetime.min.time()), BEFORE_ALL),
        lang=lang,
    )


def of_service(file: Path, found: ServiceFit, notes: Sequence[str], lang: Language) -> Result:
    """Till times as fitted to a journal, with 95 % intervals, and by size of ticket beside what was timed."""
    figures: list[tuple[str, Estimate | None, str]] = [
        ("fixed_s", found.fixed_s, "s"),
        ("fixed_s, cv", found.fixed_cv, ""),
        ("item_s", found.item_s, "s"),
        ("item_s, cv", found.item_cv, ""),
        ("self_checkout_item_factor", found.self_factor, "factor"),
        *((f"pays_s {printable(each.code or each.name)}".strip(), each.pays_s, "s") for each in found.payments),
    ]
    parameters = [
        {"parameter": name, "value": known.value, "low": known.low, "high": known.high, "unit": unit}
        for name, known, unit in figures
        if known
    ]
    sizes = [
        {
            "first_items": each.first,
            "last_items": each.last,
            "tickets": each.tickets,
            "timed_s": each.timed_s,
            "fitted_s": each.fitted_s,
        }
        | {"standard_error_s": each.standard_error_s}
        for each in found.sizes
    ]
    seconds = dict.fromkeys(("timed_s", "fitted_s", "standard_error_s"), "s")
    name = printable(file.name)
    title = text(
        "A ticket takes {fixed} s and {item} s an item",
        lang,
        fixed=f"{found.fixed_s.value:.1f}",
        item=f"{found.item_s.value:.2f}",
    )
    return Result(
        title=text("Till times fitted to {log}", lang, log=name),
        about=tuple((text(fact, lang), value) for fact, value in (("log", name), ("tickets", found.tickets))),
        findings=(title, *notes),
        tables=(
            _table(
                "parameters",
                text("Till times with their 95 % intervals", lang),
                parameters,
                {},
                ("value", "low", "high"),
            ),
            _table("sizes", text("Mean time by size of ticket: timed and fitted", lang), sizes, seconds),
        ),
        source=text("retail-lab: fitted to {log}, {tickets} tickets", lang, log=name, tickets=f"{found.tickets:,}"),
        draw=lambda: [_sizes(found, title, lang)],
        lang=lang,
    )


def of_lead_times(file: Path, found: LeadFit, notes: Sequence[str], lang: Language) -> Result:
    """Lead times and fill rates as fitted to purchase orders, with 95 % intervals, a row a supplier or a lane."""
    lines = [
        {
            "supplier": printable(each.origin),
            "destination": printable(each.destination) or None,
            "orders": each.orders,
            "open": each.open,
            "lead_time_days": each.days.value,
            "low": each.days.low,
            "high": each.days.high,
            "cv": each.cv,
            "form": each.form,
            "fill_rate": each.fill_rate.value if each.fill_rate else None,
            "fill_rate_low": each.fill_rate.low if each.fill_rate else None,
            "fill_rate_high": each.fill_rate.high if each.fill_rate else None,
        }
        for each in found.lead_times
    ]
    units = dict.fromkeys(("lead_time_days", "low", "high"), "days")
    units |= dict.fromkeys(("fill_rate", "fill_rate_low", "fill_rate_high"), "share")
    orders = sum(each.orders for each in found.lead_times)
    name = printable(file.name)
    return Result(
        title=text("Lead times fitted to {log}", lang, log=name),
        about=tuple((text(fact, lang), value) for fact, value in (("log", name), ("orders", orders))),
        findings=tuple(notes),
        tables=(_table("lead_times", text("Lead times and fill rates with their 95 % intervals", lang), lines, units),),
        source=text("retail-lab: fitted to {log}, {orders} orders", lang, log=name, orders=f"{orders:,}"),
        lang=lang,
    )


def _table(
    name: str, title: str, lines: Lines, units: Mapping[str, str] | None = None, by_row: tuple[str, ...] = ()
) -> Table:
    return Table(name, title, pd.DataFrame([dict(line) for line in lines]), units or {}, by_row, _WORDS)


def _between(known: Posterior, name: str, *at: int) -> dict[str, float]:
    low, high = known.interval(name, *at)
    return {"low": low, "high": high}


def _stores(found: Fit, known: Posterior) -> Lines:
    for n, (name, mean) in enumerate(found.customers_per_day.items()):
        within = _between(known, "customers_per_day", n)
        yield {
            "store": printable(name) or None,
            "customers_per_day": mean,
            **within,
            "open_days": found.open_days[name],
        }


def _months(found: Fit, known: Posterior) -> Lines:
    for n, (factor, seen) in enumerate(zip(found.month_factors, found.months_seen, strict=True)):
        within = _between(known, "month_factors", n) if seen else {}
        yield {"month": n + 1, "factor": factor, "low": None, "high": None, **within, "in_the_log": seen}


def _weekdays(found: Fit, known: Posterior, lang: Language) -> Lines:
    for n, (day, factor) in enumerate(zip(WEEKDAYS, found.weekday_factors, strict=True)):
        within = _between(known, "weekday_factors", n) if factor else {}
        yield {"weekday": text(day, lang), "factor": factor, "low": None, "high": None, **within}


def _hours(found: Fit, known: Posterior) -> Lines:
    for hour in np.flatnonzero(found.hour_shares).tolist():
        yield {"hour": hour, "share": found.hour_shares[hour], **_between(known, "hour_shares", hour)}


def _parameters(found: Fit, traffic: Mapping[str, Any], known: Posterior) -> Lines:
    for name, value, unit, of in (
        ("basket_lines", found.basket_mean, "lines", "basket_mean"),
        ("line_units", found.units_mean, "units", "units_mean"),
        ("zipf_exponent", traffic["zipf_exponent"], "exponent", "zipf_exponent"),
        ("member_share", found.member_share, "share of customers", "member_share"),
        ("day_gamma_size", found.day_gamma_size, "shape", ""),
        ("cell_gamma_size", found.cell_gamma_size, "shape", ""),
        *([("dispersion", found.dispersion, "var/mean", "")] if found.dispersion is not None else []),
        ("skus", found.skus, "SKUs", ""),
        ("members", found.members, "members", ""),
    ):
        within = _between(known, of) if of else {"low": None, "high": None}
        yield {"parameter": name, "value": value, **within, "unit": unit}


def _busiest(found: Fit, lang: Language) -> str:
    peak, day = int(np.argmax(found.hour_shares)), int(np.argmax(found.weekday_factors))
    return text(
        "The busiest hour, {hour} to {next} h, brings {share} of a day's customers; {weekday} brings {factor} times the mean day's",
        lang,
        hour=peak,
        next=peak + 1,
        share=percent(float(found.hour_shares[peak]), lang),
        weekday=text(WEEKDAYS[day], lang),
        factor=f"{found.weekday_factors[day]:.2f}",
    )


def _profile(found: Fit, busiest: str, lang: Language) -> Picture:
    def draw() -> Any:
        figure, (above, below) = canvas.drawing(2, 3.7, (3, 2), sharex=False)
        trading = np.flatnonzero(found.hour_shares)
        above.bar(trading + 0.5, 100 * found.hour_shares[trading], width=0.86, color=canvas.SKY)
        above.set_ylabel(text("customers, % of a day", lang))
        above.set_xlabel(text("hour of the day", lang))
        below.bar(range(7), found.weekday_factors, width=0.7, color=canvas.SKY)
        below.set_xticks(range(7), [text(day, lang)[:3] for day in WEEKDAYS])
        below.set_ylabel(text("factor", lang))
        for axis in (above, below):
            canvas.thousands(axis)
        return figure

    shows = text("Above: share of a day's customers by hour. Below: factor of each weekday.", lang)
    return picture("profile", busiest, shows, draw, lang)


def _sizes(found: ServiceFit, title: str, lang: Language) -> Picture:
    def draw() -> Any:
        figure, (axis,) = canvas.drawing(1, 3.3)
        items = [(each.first + each.last) / 2 for each in found.sizes]
        errors = [1.96 * each.standard_error_s for each in found.sizes]
        axis.errorbar(
            items, [each.timed_s for each in found.sizes], errors, fmt="o", color=canvas.BLUE, label=text("timed", lang)
        )
        axis.plot(items, [each.fitted_s for each in found.sizes], color=canvas.ORANGE, label=text("fitted", lang))
        axis.set_xlabel(text("items of a ticket", lang))
        axis.set_ylabel(text("mean time, s", lang))
        canvas.thousands(axis)
        axis.legend(loc="upper left")
        return figure

    shows = text("Mean time of tickets by their size, with 95 % intervals, and as fitted.", lang)
    return picture("till_times", title, shows, draw, lang)
