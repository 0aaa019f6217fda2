"""The command that fits a scenario to what was recorded: traffic to a transaction log; times are in `calibrate_times`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.commands.calibrate_times import calibrate_times, check_kind
from sim.cli.files import file_to_read, file_to_write
from sim.cli.log_flags import log_flags
from sim.records.refusal import Refusal
from sim.traffic.log.reading import Reading

if TYPE_CHECKING:
    from rich.table import Table

    from sim.calibration.fit import Distance, Fit
    from sim.scenario.sections.distributions import Varying
    from sim.traffic.log.reader import Log

_DRAWS = 5
_DRAWN_TICKETS = 1_000_000
"""Most tickets over all draws: a large log has fewer draws, at least two, since its distance is compared with that between draws."""
_DRAWN_STORE_DAYS = 60_000
"""Most store-days over all draws: a store-day takes time even with few customers."""
_REASONS = 5
_LEAST_TICKETS = 30
"""Fewest tickets of a log: fewer do not estimate its traffic, and a draw from them may be empty."""
_LEAST_DAYS = 28
"""Four of each weekday: with fewer the weekday factors and the scatter of days are hardly identifiable."""


@log_flags
def calibrate(
    log: Annotated[
        Path,
        typer.Argument(
            callback=file_to_read, help="A transaction log, or a table of times: .csv, .csv.gz, .xlsx or .parquet."
        ),
    ],
    reading: Reading,
    kind: Annotated[str, typer.Option(help="What is fitted: traffic, service (till times) or lead-time.")] = "traffic",
    accept_skipped: Annotated[
        bool, typer.Option("--accept-skipped", help="Calibrate although many rows are skipped or odd.")
    ] = False,
    holidays: Annotated[
        bool, typer.Option("--holidays", help="Write days that stand out as holidays, and fit the rest without them.")
    ] = False,
    out: Annotated[
        Path | None,
        typer.Option(
            callback=file_to_write,
            help="The file to write, for `calibrated: [...]`; traffic.yaml, service.yaml or lead-times.yaml.",
        ),
    ] = None,
    skus: Annotated[
        Path | None, typer.Option(callback=file_to_write, help="Also write its SKUs, for `skus: {table: ...}`.")
    ] = None,
) -> None:
    """Fit traffic to a transaction log, till times to a stopwatch sheet or a journal, or lead times to purchase orders."""
    check_kind(kind, [("--skus", skus), ("--holidays", holidays), ("--preset", reading.preset != "plain")])
    if kind != "traffic":
        return calibrate_times(kind, log, reading, accept_skipped, out)
    out = out or Path("traffic.yaml")
    from sim.calibration.fit import beyond_chance, distances, refit, traffic_of
    from sim.calibration.fitted_files import UNIT_COST_SHARE, printable, write_skus, write_traffic
    from sim.cli.console import console, progress_bar
    from sim.study.cost import duration, redraws_s

    read, odd, traffic_fit = fitted(log, reading, accept_skipped, holidays)
    traffic = traffic_of(traffic_fit)
    write_traffic(out, traffic_fit, traffic, log)
    if skus:
        write_skus(skus, read, traffic_fit)
    store_days, lines = len(traffic_fit.customers_per_day) * traffic_fit.days, len(read.tickets.line_sku)
    again, draws = [], max(2, min(_DRAWS, _DRAWN_TICKETS // traffic_fit.tickets, _DRAWN_STORE_DAYS // store_days))
    needed = duration(redraws_s(store_days, lines, draws))
    typer.echo(f"estimated: {needed} to draw customers from the fit and fit again, {draws} times", err=True)
    with progress_bar("drawing and fitting again") as progress:
        for seed in range(1, draws + 1):
            again.append(refit(traffic_fit, traffic, seed, log))
            progress(seed, draws)
    console.print(
        f"{log.name}: {read.rows:,} rows, of which {read.sold:,} sold, {read.taken_back:,} taken back, "
        f"{read.unpriced:,} without a price, {read.weighed:,} weighed and rounded, {read.voided:,} void, "
        f"{len(read.skipped):,} skipped",
        markup=False,
    )
    if read.encoding:
        console.print(f"read as {read.encoding}, which was not named (--encoding names another)")
    for line in odd:
        console.print(f"odd: {line}", highlight=False, markup=False)
    if read.recoded:
        console.print(f"{read.recoded:,} SKUs have a code that ends with a digest of their text (--skus writes both)")
    for skip in read.skipped[:_REASONS]:
        console.print(f"  line {skip.line}: {skip.reason}", highlight=False, markup=False)
    if len(read.skipped) > _REASONS:
        console.print(f"  and {len(read.skipped) - _REASONS:,} more")
    if sparse := read.sparse_stores(_LEAST_TICKETS):
        listed = ", ".join(f"{printable(name)} ({tickets})" for name, tickets in list(sparse.items())[:_REASONS])
        console.print(
            f"{len(sparse):,} stores with fewer than {_LEAST_TICKETS} tickets, which say little: {listed}",
            highlight=False,
            markup=False,
        )
    if read.without_sales:
        listed = ", ".join(map(printable, read.without_sales[:_REASONS]))
        console.print(
            f"{len(read.without_sales):,} stores without a ticket, left out: {listed}", highlight=False, markup=False
        )
    if traffic_fit.days < _LEAST_DAYS:
        console.print(
            f"[yellow]a short log[/]: {traffic_fit.days} days tell weekdays and the scatter of days from each other badly or not at all"
        )
    for days in traffic_fit.holidays or traffic_fit.standing_out:
        fate = (
            "written as a holiday" if traffic_fit.holidays else "dissolved into its month (--holidays writes it as one)"
        )
        console.print(f"stands out: {days.first} to {days.last}, factor {days.factor:.2f}, {fate}", highlight=False)
    console.print(_fitted(traffic_fit, traffic))
    rows = distances(traffic_fit, again)
    console.print(_held(rows, draws))
    for gap in beyond_chance(rows):
        console.print(
            f"[yellow]beyond chance[/]: {gap}: the log is farther from its draws than two draws are from each other"
        )
    console.print(f"written to {out}", highlight=False, markup=False)
    if skus:
        console.print(
            f"written to {skus}: unit_cost is assumed, {UNIT_COST_SHARE:.0%} of the price",
            highlight=False,
            markup=False,
        )


def fitted(
    log: Path, reading: Reading, accept_skipped: bool = False, holidays: bool = False
) -> tuple[Log, list[str], Fit]:
    """A log, its implausible properties, and the traffic fitted to it. Raises `Refusal` for a log that cannot be read or is too short."""
    from sim.calibration.fit import fit
    from sim.traffic.log.reader import read_log
    from sim.traffic.log.soundness import check

    read = read_log(log, reading)
    if len(read.tickets) < _LEAST_TICKETS:
        raise Refusal(log, "", f"at least {_LEAST_TICKETS} tickets", len(read.tickets))
    odd = check(log, read, accept_skipped)
    traffic_fit = fit(read.tickets)
    if holidays and traffic_fit.standing_out:
        traffic_fit = fit(read.tickets, traffic_fit.standing_out)
    return read, odd, traffic_fit


def _fitted(traffic_fit: Fit, traffic: dict) -> Table:
    from rich.markup import escape
    from rich.table import Table

    from sim.calibration.fitted_files import printable
    from sim.cli.console import figure

    hours = traffic_fit.hour_shares
    table = Table(title=f"Fitted, {traffic_fit.first} to {traffic_fit.last}", title_justify="left")
    for name in ("parameter", "value", "unit"):
        table.add_column(name)
    for store, mean in traffic_fit.customers_per_day.items():
        days = f"customers a day ({traffic_fit.open_days[store]} of {traffic_fit.days} days open)"
        table.add_row(escape(f"customers_per_day {printable(store)}".strip()), figure(mean), days)
    for n, seen in enumerate(traffic_fit.months_seen):
        table.add_row(f"month {n + 1}", figure(traffic_fit.month_factors[n]), "factor" if seen else "factor, not seen")
    for n, name in enumerate(("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")):
        table.add_row(
            name,
            figure(traffic_fit.weekday_factors[n]),
            "factor" if traffic_fit.weekday_factors[n] else "factor: closed",
        )
    for hour in hours.nonzero()[0]:
        table.add_row(f"{hour} h", f"{100 * hours[hour]:.2f}", "% of a day")
    table.add_row("day_gamma_size", _size(traffic_fit.day_gamma_size), "shape")
    table.add_row(
        "cell_gamma_size", _size(traffic_fit.cell_gamma_size), f"shape, cells of {traffic['cell_minutes']} minutes"
    )
    table.add_row(
        "basket_lines", figure(traffic_fit.basket_mean), f"lines, mean; {_distribution(traffic_fit.basket_lines)}"
    )
    table.add_row("line_units", figure(traffic_fit.units_mean), f"units, mean; {_distribution(traffic_fit.line_units)}")
    table.add_row(
        "zipf_exponent", figure(traffic["zipf_exponent"]), f"of weights; {traffic_fit.zipf_exponent:.3f} by lines"
    )
    table.add_row("SKUs", f"{traffic_fit.skus:,}", "")
    table.add_row(
        "member_share", f"{100 * traffic_fit.member_share:.1f}", f"% of customers, {traffic_fit.members:,} members"
    )
    return table


def _held(rows: list[Distance], draws: int) -> Table:
    from rich.table import Table

    from sim.cli.console import figure

    table = Table(
        title=f"Log against customers drawn from the fit and fitted again: median of {draws} draws",
        title_justify="left",
    )
    for name in ("figure", "log", "drawn", "least", "greatest", "unit"):
        table.add_column(name, justify="left" if name in ("figure", "unit") else "right", no_wrap=True)
    for row in rows:
        table.add_row(row.figure, *(figure(value) for value in (row.log, row.drawn, row.low, row.high)), row.unit)
    return table


def _size(size: float | None) -> str:
    return "none" if size is None else f"{size:.1f}"


def _distribution(distribution: Varying) -> str:
    return (
        f"{len(distribution.values)} observed values"
        if distribution.distribution == "empirical"
        else distribution.distribution
    )
