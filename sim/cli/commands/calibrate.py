"""The command that fits a scenario to what was recorded: traffic to a transaction log; times are in `calibrate_times`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.commands.calibrate_stock import uncensored
from sim.cli.commands.calibrate_times import KINDS as FITTED_KINDS
from sim.cli.commands.calibrate_times import calibrate_times, check_kind
from sim.cli.exports import NONE_ASKED, Exports, exporting
from sim.cli.files import file_to_read, file_to_write
from sim.cli.help.completion import one_of, scenarios
from sim.cli.help.examples import examples
from sim.cli.interruption import going_on
from sim.cli.log_flags import log_flags
from sim.records.refusal import Refusal
from sim.tables import KINDS
from sim.traffic.log.reading import Reading

if TYPE_CHECKING:
    import numpy as np

    from sim.calibration.fit import Fit
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


@examples(
    "calibrate sales.csv.gz --preset plain --out traffic.yaml --skus skus.csv",
    "calibrate times.xlsx --kind service",
)
@log_flags
@exporting
def calibrate(
    log: Annotated[
        Path, typer.Argument(callback=file_to_read, help=f"A transaction log, or a table of times: {KINDS}.")
    ],
    reading: Reading,
    kind: Annotated[
        str,
        typer.Option(
            autocompletion=one_of(*FITTED_KINDS), help="What is fitted: traffic, service (till times) or lead-time."
        ),
    ] = "traffic",
    accept_skipped: Annotated[
        bool, typer.Option("--accept-skipped", help="Calibrate although many rows are skipped or odd.")
    ] = False,
    holidays: Annotated[
        bool, typer.Option("--holidays", help="Write days that stand out as holidays, and fit the rest without them.")
    ] = False,
    closed: Annotated[
        list[str],
        typer.Option(
            metavar="DAY", help="Days without rows on which all stores were closed, or FIRST..LAST; may be repeated."
        ),
    ] = [],  # noqa: B006 (typer copies it)
    store: Annotated[
        list[str],
        typer.Option(
            metavar="NAME=CODE",
            help="What a scenario calls a store of the log; CODE of a log of one store; may be repeated.",
        ),
    ] = [],  # noqa: B006
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
    popularity: Annotated[
        bool,
        typer.Option(
            "--popularity", help="Write each SKU's popularity into the file, for a scenario that lists its SKUs."
        ),
    ] = False,
    stock: Annotated[
        Path | None,
        typer.Option(
            callback=file_to_read,
            help="Units on hand or out-of-stock flags by store, SKU and day: fit what customers wanted, not only what was sold.",
        ),
    ] = None,
    code: Annotated[
        list[str],
        typer.Option(metavar="NAME=CODE", help="With lead-time: the code of a supplier or place; may be repeated."),
    ] = [],  # noqa: B006 (typer copies it)
    lanes: Annotated[
        bool, typer.Option("--lanes", help="With lead-time: fit each origin and destination, for `lanes`.")
    ] = False,
    scenario: Annotated[
        Path | None,
        typer.Option(
            callback=file_to_read,
            autocompletion=scenarios,
            help="With lead-time: write only suppliers or lanes of this scenario.",
        ),
    ] = None,
    exports: Exports = NONE_ASKED,
) -> None:
    """Fit traffic to a transaction log, till times to a stopwatch sheet or a journal, or lead times to purchase orders."""
    for_traffic = {
        "--skus": skus,
        "--holidays": holidays,
        "--closed": closed,
        "--store": store,
        "--stock": stock,
        "--popularity": popularity,
    }
    for_lead_times = {"--code": code, "--lanes": lanes, "--scenario": scenario}
    check_kind(kind, {"traffic": for_traffic | {"--preset": reading.preset != "plain"}, "lead-time": for_lead_times})
    if kind != "traffic":
        return calibrate_times(kind, log, reading, accept_skipped, out, exports, code, lanes, scenario)
    out = out or Path("traffic.yaml")
    from sim.calibration.censored_demand import about_wanted
    from sim.calibration.fit import traffic_of
    from sim.calibration.fitted_files import UNIT_COST_SHARE, printable, sku_rows, write_skus, write_traffic
    from sim.calibration.posterior import posterior
    from sim.calibration.self_check import beyond_chance, distances, refit
    from sim.cli.console import console, progress_bar
    from sim.cli.fit_results import of_fit
    from sim.cli.fit_tables import compared, fitted_table, pairs_table
    from sim.study.cost import duration, redraws_s

    exports.admit(log, {"--out": out, "--skus": skus})
    read, odd, traffic_fit = fitted(log, reading, accept_skipped, holidays, closed)
    hidden: list[str] = []
    sold_fit = traffic_fit
    if stock:
        traffic_fit, hidden = uncensored(stock, reading, read, traffic_fit, accept_skipped)
    named = _stores(store, read.tickets.stores)
    rows = sku_rows(read, traffic_fit) if skus or popularity else None
    traffic = traffic_of(traffic_fit, read.code if skus else ())
    weights = {row["code"]: row["popularity"] for row in rows or ()} if popularity else None
    write_traffic(out, traffic_fit, traffic, log, named, weights)
    if skus:
        write_skus(skus, read, traffic_fit)
    store_days, lines = len(traffic_fit.customers_per_day) * traffic_fit.days, len(read.tickets.line_sku)
    again, draws = [], max(2, min(_DRAWS, _DRAWN_TICKETS // traffic_fit.tickets, _DRAWN_STORE_DAYS // store_days))
    needed = duration(redraws_s(store_days, lines, draws))
    typer.echo(f"estimated: {needed} to draw customers from the fit and fit again, {draws} times", err=True)
    written = (
        f"what was fitted is written to {out}; its comparison with draws is not finished: the same command begins anew"
    )
    with going_on(written), progress_bar("drawing and fitting again") as progress:
        progress(0, draws)
        for seed in range(1, draws + 1):
            again.append(refit(traffic_fit, traffic, seed, log, rows))
            progress(seed, draws)
    console.print(
        f"{log.name}: {read.rows:,} rows, of which {read.sold:,} sold, {read.taken_back:,} taken back, "
        f"{read.unpriced:,} without a price, {read.weighed:,} weighed and rounded, {read.voided:,} void, "
        f"{len(read.skipped):,} skipped",
        markup=False,
    )
    if read.read_as:
        console.print(f"read as {printable('; '.join(read.read_as))}", highlight=False, markup=False)
    for remark in read.remarks:
        console.print(remark, highlight=False, markup=False)
    for line in hidden:
        console.print(line, highlight=False, markup=False)
    for line in odd:
        console.print(f"odd: {line}", highlight=False, markup=False)
    if read.recoded:
        console.print(f"{read.recoded:,} SKUs have a code that ends with a digest of their text (--skus writes both)")
    for skip in read.skipped[:_REASONS]:
        console.print(f"  {skip.place}: {skip.reason}", highlight=False, markup=False)
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
    for first, last in traffic_fit.closed_days:
        console.print(f"closed: {_run(first, last)}, written as a holiday with factor 0", highlight=False)
    for first, last in traffic_fit.missing:
        console.print(
            f"missing: no rows on {_run(first, last)}, left out (if all stores were closed: --closed {_run(first, last, '..')})",
            highlight=False,
        )
    known = posterior(read.tickets, traffic_fit)
    if stock:
        known = about_wanted(known, sold_fit, traffic_fit)
    console.print(fitted_table(traffic_fit, traffic, known))
    if traffic_fit.pairs:
        console.print(pairs_table(traffic_fit.pairs, read))
    if not skus and (traffic_fit.pairs or traffic_fit.groups):
        console.print("pairs and groups name SKUs: with --skus they stand in the traffic file, and the SKUs beside it")
    found = distances(traffic_fit, again)
    console.print(compared(found, draws))
    for gap in beyond_chance(found):
        console.print(
            f"[yellow]beyond chance[/]: {gap}: the log is farther from its draws than two draws are from each other"
        )
    console.print(f"written to {out}", highlight=False, markup=False)
    if skus:
        unpriced = sum("price" not in row for row in rows or ())
        without = (
            f"; {unpriced:,} SKUs without a price, whose cells are empty: a scenario assumes one" if unpriced else ""
        )
        console.print(
            f"written to {skus}: unit_cost is assumed, {UNIT_COST_SHARE:.0%} of the price{without}",
            highlight=False,
            markup=False,
        )
    exports.write(lambda lang: of_fit(log, read, traffic_fit, traffic, known, found, draws, lang))


def _run(first: date, last: date, to: str = " to ") -> str:
    return f"{first}" if first == last else f"{first}{to}{last}"


def fitted(
    log: Path, reading: Reading, accept_skipped: bool = False, holidays: bool = False, closed: Sequence[str] = ()
) -> tuple[Log, list[str], Fit]:
    """A log, its implausible properties, and the traffic fitted to it. Raises `Refusal` for a log that cannot be read or is too short."""
    from dataclasses import replace

    import numpy as np

    from sim.calibration.bought_together import drawable
    from sim.calibration.estimators import weights
    from sim.calibration.fit import fit
    from sim.traffic.log.reader import read_log
    from sim.traffic.log.soundness import check

    runs = [_closed(text) for text in closed]
    read = read_log(log, reading)
    if len(read.tickets) < _LEAST_TICKETS:
        raise Refusal(log, "", f"at least {_LEAST_TICKETS} tickets", len(read.tickets))
    odd = check(log, read, accept_skipped)
    _without_tickets(runs, read.tickets.stamp.astype("datetime64[D]"))
    groups = read.group if any(read.group) else ()
    traffic_fit = fit(read.tickets, closed=runs, missing=read.missing, groups=groups)
    if holidays and traffic_fit.standing_out:
        traffic_fit = fit(read.tickets, traffic_fit.standing_out, closed=runs, missing=read.missing, groups=groups)
    popularity = weights(np.bincount(read.tickets.line_sku, minlength=len(read.code)), traffic_fit.basket_lines)
    return read, odd, replace(traffic_fit, pairs=drawable(traffic_fit, popularity, read.group))


def _closed(text: str) -> tuple[date, date]:
    """The first and the last day of a `--closed`. Raises `Refusal`."""
    first, _, last = text.partition("..")
    try:
        days = date.fromisoformat(first.strip()), date.fromisoformat((last or first).strip())
    except ValueError:
        days = None
    if not days or days[1] < days[0] or (".." in text and not last):
        raise Refusal("--closed", "", "a day, such as 2025-10-01, or two, such as 2025-01-29..2025-02-02", text)
    return days


def _without_tickets(runs: Sequence[tuple[date, date]], day: np.ndarray) -> None:
    """Refuse closed days that have tickets, or lie beyond the log; `day` datetime64[D][n] is that of each ticket."""
    import numpy as np

    for first, last in runs:
        if np.datetime64(first) < day.min() or np.datetime64(last) > day.max():
            raise Refusal(
                "--closed", "", f"days from {day.min()} to {day.max()}, which the log covers", _run(first, last)
            )
        inside = day[(day >= np.datetime64(first)) & (day <= np.datetime64(last))]
        if len(inside):
            raise Refusal("--closed", "", f"days without a ticket, such as not {inside[0]}", _run(first, last))


def _stores(given: Sequence[str], names: tuple[str, ...]) -> dict[str, str]:
    """What a scenario calls stores of the log, by the log's name, from `--store`. Raises `Refusal`."""
    found: dict[str, str] = {}
    for text in given:
        name, equals, code = text.rpartition("=")
        name, code = name.strip(), code.strip()
        if not equals and len(names) == 1:
            name = names[0]
        if not code or name not in names:
            listed = ", ".join(names[:3]) or "no store column"
            expected = "CODE" if names == ("",) else f"NAME=CODE with a store of the log ({listed})"
            raise Refusal("--store", "", expected, text)
        found[name] = code
    called = [found.get(name, name) for name in names]
    if twice := [code for at, code in enumerate(called) if code in called[:at]]:
        raise Refusal("--store", "", "another code for each store of the log", twice[0])
    return found
