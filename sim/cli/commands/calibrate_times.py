"""`calibrate --kind service` and `--kind lead-time`: till times and lead times fitted to a table, and what was found on the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from sim.cli.exports import Exports
from sim.records.refusal import Refusal
from sim.traffic.log.reading import Reading

if TYPE_CHECKING:
    from rich.table import Table

    from sim.calibration.times.jackknife import Estimate
    from sim.calibration.times.lead_sheet import Purchases
    from sim.calibration.times.lead_times import LeadFit
    from sim.calibration.times.service_times import ServiceFit
    from sim.calibration.times.table_rows import Rows

KINDS = ("traffic", "service", "lead-time")
_REASONS = 5
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def check_kind(kind: str, flags: Mapping[str, Mapping[str, object]]) -> None:
    """Refuse a kind that is none, and a flag that was given and goes with other kinds; `flags` are by kind."""
    if kind not in KINDS:
        raise Refusal("--kind", "", ", ".join(KINDS), kind)
    for other, named in flags.items():
        for flag, given in named.items():
            if kind != other and given:
                raise Refusal(flag, "", f"--kind {other}", f"--kind {kind}")


def calibrate_times(
    kind: str, file: Path, reading: Reading, accept_skipped: bool, out: Path | None, exports: Exports,
    codes: Sequence[str], lanes: bool, scenario: Path | None,
) -> None:  # fmt: skip
    """Fit the times of a table and write them for `calibrated: [...]`."""
    if kind == "service":
        _service(file, reading, accept_skipped, out or Path("service.yaml"), exports)
    else:
        _lead_time(file, reading, accept_skipped, out or Path("lead-times.yaml"), exports, codes, lanes, scenario)


def _lead_time(
    file: Path,
    reading: Reading,
    accept_skipped: bool,
    out: Path,
    exports: Exports,
    codes: Sequence[str],
    lanes: bool,
    scenario: Path | None,
) -> None:
    from sim.calibration.times.fitted_files import write_layer
    from sim.calibration.times.lead_files import coded, lead_layer, lead_title, parse_codes
    from sim.calibration.times.lead_sheet import read_purchases
    from sim.calibration.times.lead_times import fit_lead_times
    from sim.cli.fit_results import of_lead_times
    from sim.scenario.loader import load

    exports.admit(file, {"--out": out})
    by_name = parse_codes(codes)
    chain = load(scenario) if scenario else None
    purchases = read_purchases(file, reading, accept_skipped)
    found = fit_lead_times(purchases, lanes)
    named = coded(found, by_name, chain)
    title = lead_title(purchases)
    notes = _lead_notes(found, purchases)
    left = [f"without a code, left out: {', '.join(named.uncoded)} (--code NAME=CODE)"] if named.uncoded else []
    left += [f"not in {scenario}, left out: {', '.join(named.unknown)}"] if named.unknown else []
    write_layer(out, "lead-time", title, lead_layer(title, named.by_key), [*notes, *left])
    _print_rows(purchases.rows, f"{len(purchases.orders):,} orders")
    _show(_lead_table(found))
    for note in [*notes, *left]:
        _print(note)
    _print(f"written to {out}: calibrated: [{out.name}]")
    exports.write(lambda lang: of_lead_times(file, found, [*notes, *left], lang))


def _lead_notes(found: LeadFit, purchases: Purchases) -> list[str]:
    """What stands behind the figures, a sentence each."""
    notes = [
        f"as of {purchases.as_of}, the last day in the table: orders without a receipt are open that long at least (right-censored)"
    ]
    if purchases.cancelled:
        notes.append(f"cancelled: {purchases.cancelled:,} rows, left out")
    if overdue := sum(each.overdue for each in found.lead_times):
        notes.append(
            f"never delivered: {overdue:,} orders open for twice the longest lead time and 30 days; they count in the fill rate alone"
        )
    if any(each.form != "empirical" for each in found.lead_times):
        notes.append(f"few orders: {found.family}, whose AIC is lower by {found.aic_apart:.1f} over all")
    if any(each.drawn for each in found.lead_times):
        notes.append("few orders: drawn towards what all suppliers have, as far as these are alike")
    if found.unfitted:
        notes.append(f"without a receipt, not fitted: {', '.join(found.unfitted)}")
    receipts = found.receipts_by_weekday
    idle = [name for name, count in zip(_WEEKDAYS, receipts, strict=True) if not count]
    if sum(receipts) >= 30 and 0 < len(idle) < 7:
        notes.append(
            f"no receipt on {', '.join(idle)}: days are calendar days, so a lead time over such days is longer than its working days"
        )
    return notes


def _lead_table(found: LeadFit) -> Table:
    columns = (
        "supplier",
        "orders",
        "open",
        "in parts",
        "days, mean",
        "95 % interval",
        "cv",
        "form",
        "fill rate",
        "95 % interval",
        "ordered on",
    )
    table = _table("Lead times, in calendar days", columns)
    for each in found.lead_times:
        fill = each.fill_rate
        weekdays = " ".join(_WEEKDAYS[n - 1] for n in each.weekdays)
        table.add_row(
            _plain(" to ".join(end for end in (each.origin, each.destination) if end)),
            f"{each.orders:,}", f"{each.open:,}", f"{each.in_parts:,}", _figure(each.days.value), _range(each.days),
            _figure(each.cv), f"{each.form}{', drawn' if each.drawn else ''}",
            f"{fill.value:.1%}" if fill else "–", f"{fill.low:.1%} to {fill.high:.1%}" if fill and fill.low == fill.low else "–",
            weekdays if each.weekdays_regular else "any day",
        )  # fmt: skip
    return table


def _service(file: Path, reading: Reading, accept_skipped: bool, out: Path, exports: Exports) -> None:
    from sim.calibration.times.fitted_files import service_layer, service_title, write_layer
    from sim.calibration.times.service_sheet import read_journal
    from sim.calibration.times.service_times import fit_service
    from sim.cli.fit_results import of_service

    exports.admit(file, {"--out": out})
    journal = read_journal(file, reading, accept_skipped)
    found = fit_service(journal)
    title = service_title(journal, found)
    notes = _service_notes(found, journal.cluster_kind)
    write_layer(out, "service", title, service_layer(title, found), [*journal.notes, *notes])
    _print_rows(journal.rows, f"{len(journal):,} tickets")
    for note in journal.notes:
        _print(f"read: {note}")
    _show(_service_table(found))
    _show(_size_table(found))
    for note in notes:
        _print(note)
    _print(f"written to {out}: calibrated: [{out.name}]")
    exports.write(lambda lang: of_service(file, found, notes, lang))


def _service_notes(found: ServiceFit, cluster_kind: str) -> list[str]:
    """What stands behind the figures, a sentence each."""
    notes = []
    if found.left_out:
        share = found.left_out / (found.left_out + found.tickets)
        notes.append(
            f"left out: {found.left_out:,} tickets ({share:.1%}) more than 4 standard deviations from the others of their size; "
            f"the mean is {found.mean_s:.1f} s without them, {found.mean_with_left_out_s:.1f} s with them"
        )
    if found.clusters:
        notes.append(f"intervals: over {found.clusters} {cluster_kind}s, whose tickets may be alike")
    else:
        which = f"fewer than 6 {cluster_kind}s" if cluster_kind else "neither till nor cashier"
        notes.append(
            f"intervals: tickets are taken as independent ({which} in the table): they hold for these tills alone"
        )
    if not found.payment_timed:
        paid = "that of the fastest channel" if found.payments else "payment too, and pays_s is 0 in every channel"
        notes.append(f"payment was not timed: fixed_s holds {paid}")
    notes.append("fixed_s holds what the till waited for its software while it was timed")
    chance = (
        "within chance" if found.gap <= found.gap_by_chance else "beyond chance: another shape than lognormal or gamma"
    )
    notes.append(
        f"fit: items explain {found.explained:.0%} of the variance; largest gap between the distributions {found.gap:.3f}, "
        f"by chance up to {found.gap_by_chance:.3f}: {chance}"
    )
    if found.self_factor:
        fixed, item = found.self_own
        notes.append(
            f"self-checkouts alone: {fixed:.1f} s a ticket and {item:.2f} s an item; a scenario has their fixed time as at tills"
        )
    elif found.self_tickets:
        notes.append(f"self-checkouts: {found.self_tickets} tickets, too few for a factor")
    return notes


def _service_table(found: ServiceFit) -> Table:
    table = _table(f"Till times of {found.tickets:,} tickets", ("parameter", "value", "95 % interval", "unit"))
    rows: list[tuple[str, Estimate, str]] = [
        ("fixed_s", found.fixed_s, "s a ticket, mean"),
        ("fixed_s, cv", found.fixed_cv, "standard deviation over mean"),
        ("item_s", found.item_s, "s an item, mean"),
        ("item_s, cv", found.item_cv, "standard deviation over mean"),
    ]
    if found.self_factor:
        rows.append(("self_checkout_item_factor", found.self_factor, f"of item_s; {found.self_tickets:,} tickets"))
    for payment in found.payments:
        named = f"{payment.code} ({payment.name})" if payment.name not in ("", payment.code) else payment.code or "all"
        rows.append((f"pays_s {named}", payment.pays_s, f"s; {payment.tickets:,} tickets, {payment.share:.1%}"))
    for name, estimate, unit in rows:
        table.add_row(_plain(name), _figure(estimate.value), _range(estimate), _plain(unit))
    return table


def _size_table(found: ServiceFit) -> Table:
    table = _table("Mean time by size of ticket", ("items", "tickets", "timed", "fitted", "standard error", "unit"))
    for size in found.sizes:
        items = f"{size.first}" if size.first == size.last else f"{size.first} to {size.last}"
        figures = (size.timed_s, size.fitted_s, size.standard_error_s)
        table.add_row(items, f"{size.tickets:,}", *(f"{value:.1f}" for value in figures), "s")
    return table


def _print_rows(rows: Rows, used: str) -> None:
    _print(f"{rows.file.name}: {rows.read:,} rows, {used} used, {len(rows.skipped):,} skipped")
    if rows.encoding:
        _print(f"read as {rows.encoding}, which was not named (--encoding names another)")
    for fault in rows.skipped[:_REASONS]:
        _print(f"  skipped: {fault.refusal()}")
    if len(rows.skipped) > _REASONS:
        _print(f"  and {len(rows.skipped) - _REASONS:,} more")


def _table(title: str, columns: Sequence[str]) -> Table:
    from rich.table import Table

    table = Table(title=_plain(title), title_justify="left")
    for name in columns:
        table.add_column(name, justify="left" if name in (columns[0], "unit") else "right")
    return table


def _range(estimate: Estimate) -> str:
    known = estimate.low == estimate.low and estimate.high == estimate.high
    return f"{_figure(estimate.low)} to {_figure(estimate.high)}" if known else "–"


def _figure(value: float) -> str:
    from sim.cli.console import figure

    return figure(value)


def _plain(text: str) -> str:
    """Text of a user's table without control characters and without markup of the terminal."""
    from rich.markup import escape

    from sim.calibration.fitted_files import printable

    return escape(printable(text))


def _print(text: str) -> None:
    from sim.calibration.fitted_files import printable
    from sim.cli.console import console

    console.print(printable(text), highlight=False, markup=False)


def _show(table: Table) -> None:
    from sim.cli.console import console

    console.print(table)
