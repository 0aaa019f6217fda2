"""A transaction log of a till system as tickets: customer, SKUs, units and time, returns, and the rows that could not be read.

A ticket is (store, day, ticket number), since many tills count from 1 every morning. Lines of one SKU on a ticket are added up; a negative line
on the same ticket takes off what was scanned before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from sim.records.refusal import Refusal
from sim.tables.values import ORDERS
from sim.traffic.log.cells import coded, comma_score, numbers, value
from sim.traffic.log.column_types import clocks, typed
from sim.traffic.log.date_order import date_order
from sim.traffic.log.file import Columns, Skipped, brief, read_columns
from sim.traffic.log.headings import check, columns_of, line_total
from sim.traffic.log.items import expanded, is_list
from sim.traffic.log.reading import Reading
from sim.traffic.log.refunds import refunds, to_original
from sim.traffic.log.sku_codes import shortened, sku_codes
from sim.traffic.log.summaries import SUMMARY, repeated_headings, totals
from sim.traffic.log.tickets import Tickets
from sim.traffic.log.timestamps import changed_hours, joined, moments, zone_of
from sim.traffic.log.voids import void_rows

_MOST_UNITS = 1_000_000
_MOST_PRICE = 1_000_000_000
_MOST_DAYS = 3660
_LONGEST_GAP_DAYS = 366
_LONGEST_TICKET_S = 1800
_BUSY = 7
"""Tickets a day, on average: from here on a day without one (Poisson: less than one in a thousand) is missing."""
_NO_CUSTOMER = ("散客", "非会员", "无", "guest", "walk-in", "none", "null", "nan", "n/a", "-", "--", "0")


@dataclass(frozen=True)
class Log:
    """The n tickets of a log, ties in the file's order, and its k SKUs in falling order of lines."""

    tickets: Tickets
    line: np.ndarray
    """int64[n], line of the file on which the ticket begins."""
    code: tuple[str, ...]
    """Distinct SKU codes as a scenario may write them (`sku_codes`)."""
    name: tuple[str, ...]
    """From the name column, else the text of the `sku` column where the code differs from it."""
    group: tuple[str, ...]
    """Of each SKU, its first text in the group column; empty where unknown."""
    price: np.ndarray
    """float64[k], median over rows; NaN where the log has no prices."""
    rows: int
    sold: int
    """Rows that sold something."""
    taken_back: int
    """Rows of cancelled tickets, and rows with a negative quantity."""
    unpriced: int
    """Rows without a price above 0 (gifts, damages, corrections): no demand, left out."""
    weighed: int
    """Rows sold whose quantity was no whole number: rounded, at least one unit."""
    voided: int
    """Rows whose status names them void: left out."""
    recoded: int
    """SKUs whose code carries a digest, as their text could not be kept."""
    split_tickets: int
    """Tickets whose rows lie more than half an hour apart or name two customers: more than one ticket, perhaps."""
    undated_share: float
    """Share of tickets stamped at midnight exactly."""
    without_sales: tuple[str, ...]
    """Stores of which no ticket sold anything."""
    skipped: tuple[Skipped, ...]
    """Rows that could not be read, by line."""
    sheets: tuple[str, ...]
    """Of a workbook, those that were read."""
    sheet: np.ndarray | None
    """int64[n], index into `sheets`, of the sheet on which the ticket begins; None where there are none."""
    missing: tuple[date, ...]
    """Days within the period on which no store has a row, and whose weekday is not usually closed: not exported, or closed."""
    read_as: tuple[str, ...]
    """Forms that were recognised in the file."""
    remarks: tuple[str, ...]
    """What was counted and may mislead, a sentence each."""

    def where(self, ticket: int) -> str:
        """The place of a ticket's first row in the file."""
        sheet = self.sheets[self.sheet[ticket]] if self.sheet is not None else ""
        return Skipped(int(self.line[ticket]), "", sheet).place

    def sparse_stores(self, tickets: int) -> dict[str, int]:
        """Tickets of each store that has fewer than `tickets`."""
        count = np.bincount(self.tickets.store, minlength=len(self.tickets.stores)).tolist()
        return {name: n for name, n in zip(self.tickets.stores, count, strict=True) if n < tickets}


def read_log(path: Path | str, reading: Reading = Reading()) -> Log:  # noqa: B008 (frozen)
    """Read a log.

    Raises `Refusal` when a column is missing, no row is a sale, rows leave the order of day and month open or contradict it, a stamp has a zone
    and the reading none, or a status column has several values and none of them is named as void; single bad rows are skipped and listed.
    """
    path = Path(path)
    check(reading)
    if reading.dates not in ("", *ORDERS):
        raise Refusal("--dates", "", " or ".join(ORDERS), reading.dates)
    zone = zone_of(reading.time_zone)
    raw = read_columns(path, reading)
    repeated = repeated_headings(raw.table)
    if repeated.any():
        raw = raw.take(np.flatnonzero(~repeated))
    names = columns_of(path, raw.table.column_names, reading)
    raw, listed = expanded(path, raw, names, reading) if "items" in names else (raw, {})
    fields = listed | {
        field: typed(path, at[0], field, _whole(raw, at[0]), zone.wall)
        for field, at in names.items()
        if field != "items"
    }
    if len(names["timestamp"]) == 2:
        fields["time"] = clocks(path, names["timestamp"][1], _whole(raw, names["timestamp"][1]), zone.wall)
    heading = {field: at[0] for field, at in names.items() if at[0] != field}
    voids = frozenset(reading.void)
    kinds = frozenset(coded(fields["type"])[1].tolist()) if "type" in fields else frozenset[str]()
    voided = void_rows(path, raw.table, fields, voids, kinds)
    notes = [f"{raw.encoding}, which was not named (--encoding names another)"] if raw.encoding else []
    notes += raw.notes
    if reading.preset == "plain" and (
        by := [f"{field} in {' + '.join(at)}" for field, at in names.items() if at != (field,)]
    ):
        notes.append(f"columns {', '.join(by)}")
    if (
        (total := line_total(raw.table.column_names))
        and not {"price", "amount"} & names.keys()
        and "items" not in names
    ):
        notes.append(f"without prices (--column amount={total} takes {total} for a line's total, over its quantity)")
    return _tidy(_Source(path, raw, fields, heading, reading, int(repeated.sum())), voided, notes)


@dataclass(frozen=True)
class _Source:
    """The columns of a log by field, and what they come from."""

    path: Path
    raw: Columns
    fields: dict[str, pa.Array]
    heading: dict[str, str]
    """Of fields whose column is called otherwise."""
    reading: Reading
    repeated: int
    """Rows that were headings again."""

    def found(self, field: str, row: int) -> object:
        """What stands in a row."""
        cell = value(self.fields[field][row])
        return f"{cell} {value(self.fields['time'][row])}" if field == "timestamp" and "time" in self.fields else cell


def _whole(raw: Columns, name: str) -> pa.Array:
    column = raw.table.column(name)
    return pa.concat_arrays(column.chunks or [pa.array([], column.type)])


def _stamps(source: _Source, notes: list[str]) -> tuple[np.ndarray, list[str]]:
    """Moments by the stores' clocks, datetime64[s][rows], and remarks. Raises `Refusal` where stamps have a zone and the reading none."""
    path, raw, column, zone = source.path, source.raw, source.fields["timestamp"], zone_of(source.reading.time_zone)
    preset = check(source.reading)
    order, known_by = date_order(path, raw, column, source.reading.dates or preset.dates)
    if order and known_by:
        notes.append(f"dates {ORDERS[order]} ({known_by})")
    if "time" in source.fields:
        stamp, zoned = joined(column, source.fields["time"], order, zone)
    else:
        values = pc.dictionary_encode(column)
        at = pc.fill_null(values.indices, len(values.dictionary)).to_numpy(zero_copy_only=False)
        stamp, zoned = moments(values.dictionary, order, zone)
        stamp, zoned = np.append(stamp, np.datetime64("NaT"))[at], np.append(zoned, False)[at]
    if zoned.any():
        row = int(np.argmax(zoned))
        expected = "--time-zone with the zone of the stores' clocks, such as Asia/Shanghai, as stamps have a zone"
        raise Refusal(path, raw.place(row), expected, source.found("timestamp", row), more=0)
    if not zone.wall:
        return stamp, []
    notes.append(f"stamps by the clock of {zone.wall}")
    twice, never = (int(rows.sum()) for rows in changed_hours(stamp, zone.wall))
    remarks = [f"{twice:,} rows in an hour that came twice, when clocks were put back"] if twice else []
    return stamp, remarks + ([f"{never:,} rows in an hour that clocks left out"] if never else [])


def _amounts(source: _Source, notes: list[str]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Quantity and price of each row, float64[rows], the latter NaN without one; and bool[rows], where a line's total is below 0."""
    fields, read = source.fields, dict[str, np.ndarray]()
    score = {field: comma_score(fields[field]) for field in ("quantity", "price", "amount") if field in fields}
    for field, own in score.items():  # 1,200 leaves it open: the other columns of the log say which mark it has
        read[field], forms = numbers(fields[field], (own or sum(score.values())) > 0)
        notes.extend(f"{source.heading.get(field, field)} {form}" for form in forms)
    rows = len(source.raw.line)
    quantity = read.get("quantity")
    if quantity is None:
        quantity = np.ones(rows)
        notes.append("no quantity column: every row is one unit")
    if "amount" not in read:
        return quantity, read.get("price", np.full(rows, np.nan)), np.zeros(rows, dtype=bool)
    notes.append(f"price as {source.heading.get('amount', 'amount')} over the quantity")
    with np.errstate(divide="ignore", invalid="ignore"):
        return quantity, np.abs(read["amount"] / quantity), read["amount"] < 0


def _tidy(source: _Source, voided: np.ndarray, notes: list[str]) -> Log:
    path, raw, fields, reading = source.path, source.raw, source.fields, source.reading
    rows = len(raw.line)
    nothing = np.zeros(rows, dtype=np.int64), np.array([""])
    ticket, ticket_text = coded(fields["ticket"], code=True)
    sku, sku_written = coded(fields["sku"], code=True)
    if is_list(sku_written.tolist()):
        name = source.heading.get("sku", "sku")
        expected = f"one SKU in a row (--items {name} where a cell lists several)"
        raise Refusal(path, f"column {name}", expected, str(sku_written[0]))
    sku_text = np.array(sku_codes(sku_written.tolist()))
    store, store_text = coded(fields["store"], code=True) if "store" in fields else nothing
    till = coded(fields["till"], code=True)[0] if "till" in fields else nothing[0]
    stamp, remarks = _stamps(source, notes)
    quantity, price, negative = _amounts(source, notes)
    back = refunds(path, fields, ticket_text, quantity, frozenset(reading.void))
    notes += back.notes

    bad = {
        "ticket": ("a ticket number", ticket < 0),
        "sku": (
            "a SKU, its digits not shortened by a spreadsheet",
            (sku < 0) | np.append(shortened(sku_written), False)[sku],
        ),
        "timestamp": ("a local date and time such as 2025-10-01 09:30, or an Excel serial date", np.isnat(stamp)),
        "quantity": (
            f"a number other than 0, of at most {_MOST_UNITS:,} units",
            ~(np.abs(quantity) <= _MOST_UNITS) | (quantity == 0),
        ),
        "price": (f"a number of at most {_MOST_PRICE:,}", ~(np.abs(price) <= _MOST_PRICE) & ("price" in fields)),
        "amount": (f"a number of at most {_MOST_PRICE:,}", ~(np.abs(price) <= _MOST_PRICE) & ("amount" in fields)),
        "store": ("a store", store < 0),
        "till": ("a till", till < 0),
    }
    summed = np.array([SUMMARY.search(text) is not None for text in sku_written.tolist()], dtype=bool)
    filled = _filled(fields)
    total = totals(
        raw.table, filled & (bad["ticket"][1] | bad["sku"][1] | bad["timestamp"][1] | np.append(summed, False)[sku])
    )
    filled &= ~total
    if left_out := int(total.sum()) + raw.summaries:
        notes.append(f"rows of totals left out: {left_out:,}")
    if source.repeated:
        notes.append(f"rows of headings again left out: {source.repeated:,}")
    skipped, good = _judge(source, bad, filled)
    day = stamp.astype("datetime64[D]").astype(np.int64)
    good, skipped = _within_period(path, raw, stamp, day, good, skipped)
    seen = np.sort(pd.unique(day[good]))
    good &= ~voided & ~back.left_out
    priced = price if "price" in fields or "amount" in fields else np.full(rows, np.nan)
    unpriced = good & (priced <= 0)
    prefix = reading.cancelled_prefix or check(reading).cancelled_prefix
    prefixed = np.char.startswith(ticket_text.astype(str), prefix) & bool(prefix)
    cancelled = np.append(prefixed, False)
    taken_back = good & ~unpriced & ((quantity < 0) | cancelled[ticket] | back.back | negative)
    sold = good & ~unpriced & ~taken_back
    if not sold.any():
        if skipped:
            found = f"'{skipped[0].place}: {skipped[0].reason}'"
        else:
            left_out_rows = f"{int(unpriced.sum()):,} without a price above 0, {int(taken_back.sum()):,} taken back, {int(voided.sum()):,} void"
            found = f"{rows:,} rows: {left_out_rows}" if rows else "none"
        raise Refusal(path, "", f"at least one sale, found {found}")

    units = np.maximum(np.rint(np.abs(quantity)), 1) * np.where(taken_back, -1, 1)
    kept = np.flatnonzero(sold | taken_back)
    whose, at_till = to_original(back, taken_back, day, (store, till, ticket))
    first, line_ticket, line_sku, line_units = _tickets(stamp, kept, (store, at_till, whose, sku), units)
    if not line_units.size:
        raise Refusal(
            path, "", "at least one sale that was not taken back", f"{int(sold.sum()):,} rows sold, all taken back"
        )
    if line_units.max() > _MOST_UNITS:
        raise Refusal(path, "quantity", f"at most {_MOST_UNITS:,} units of a SKU on a ticket", int(line_units.max()))
    order = np.argsort(-np.bincount(line_sku, minlength=len(sku_text)), kind="stable")
    carried = order[: len(np.unique(line_sku))]
    number = np.full(len(sku_text), -1)
    number[carried] = np.arange(len(carried))
    by_ticket = np.lexsort((number[line_sku], line_ticket))
    sold_rows = np.flatnonzero(sold)
    price_of = pd.Series(price[sold]).groupby(sku[sold]).median().to_dict()
    name_of, group_of = (_first_text(sku, fields.get(field), sold_rows) for field in ("name", "group"))
    trading, store_of = np.unique(store[first], return_inverse=True)
    customer = _customers(fields["customer"]) if "customer" in fields else np.full(rows, -1)
    tickets = Tickets(
        stamp=stamp[first],
        store=store_of.astype(np.int32),
        stores=tuple(store_text[trading].tolist()),
        customer=customer[first].astype(np.int64),
        line_start=np.concatenate([[0], np.cumsum(np.bincount(line_ticket, minlength=len(first)))]),
        line_sku=number[line_sku[by_ticket]].astype(np.int32),
        line_units=line_units[by_ticket],
    )
    return Log(
        tickets=tickets,
        line=raw.line[first],
        code=tuple(sku_text[carried].tolist()),
        name=tuple(
            name_of.get(n, str(sku_written[n]) if sku_written[n] != sku_text[n] else "") for n in carried.tolist()
        ),
        group=tuple(group_of.get(n, "") for n in carried.tolist()),
        price=np.array([price_of.get(n, np.nan) for n in carried.tolist()]),
        rows=int(filled.sum()) + len(raw.broken),
        sold=int(sold.sum()),
        taken_back=int(taken_back.sum()),
        unpriced=int(unpriced.sum()),
        weighed=int((quantity[sold] % 1 != 0).sum()),
        without_sales=tuple(np.delete(store_text, trading).tolist()),
        voided=int((voided | back.left_out).sum()),
        recoded=sum(
            code[-9:-8] == "-" and code != text
            for code, text in zip(sku_text[carried], sku_written[carried], strict=True)
        ),
        split_tickets=_split(stamp[kept], (store[kept], till[kept], ticket[kept]), customer[kept]),
        undated_share=float((stamp[first] == stamp[first].astype("datetime64[D]")).mean()),
        skipped=skipped,
        sheets=raw.sheets,
        sheet=raw.sheet[first] if raw.sheet is not None else None,
        missing=_missing_days(seen, len(first)),
        read_as=tuple(notes),
        remarks=tuple(remarks),
    )


def _customers(column: pa.Array) -> np.ndarray:
    """A pseudonym for each row, int64[rows], −1 unknown."""
    code, text = coded(column, code=True)
    known = np.array([name.casefold() not in _NO_CUSTOMER for name in text.tolist()], dtype=bool)
    return np.append(np.where(known, np.arange(len(text)), -1), -1)[code].astype(np.int64)


def _missing_days(seen: np.ndarray, tickets: int) -> tuple[date, ...]:
    """Days without a row between the first and the last of `seen`, save those of weekdays that mostly have none.

    None where a day has so few tickets that one without any is to be expected.
    """
    if tickets < _BUSY * len(seen):
        return ()
    days = np.arange(seen[0], seen[-1] + 1)
    open_, weekday = np.isin(days, seen), (days + 3) % 7
    share = np.bincount(weekday, weights=open_, minlength=7) / np.maximum(np.bincount(weekday, minlength=7), 1)
    return tuple(days[~open_ & (share[weekday] >= 0.5)].astype("datetime64[D]").tolist())


def _split(stamp: np.ndarray, keys: tuple[np.ndarray, ...], customer: np.ndarray) -> int:
    """Tickets of a day whose rows lie more than `_LONGEST_TICKET_S` apart or name two customers."""
    frame = pd.DataFrame({n: key for n, key in enumerate(keys)})
    frame["day"] = stamp.astype("datetime64[D]").astype(np.int64)
    number = frame.groupby([*range(len(keys)), "day"], sort=False).ngroup().to_numpy()
    rows = pd.DataFrame({"at_s": stamp.astype("datetime64[s]").astype(np.int64), "customer": customer}).groupby(number)
    extent = rows.agg(["min", "max"])
    apart = (extent[("at_s", "max")] - extent[("at_s", "min")]) > _LONGEST_TICKET_S
    return int((apart | (extent[("customer", "max")] != extent[("customer", "min")])).sum())


def _within_period(
    path: Path, raw: Columns, stamp: np.ndarray, day: np.ndarray, good: np.ndarray, skipped: tuple[Skipped, ...]
) -> tuple[np.ndarray, tuple[Skipped, ...]]:
    """Good rows whose date belongs to the log: the run of days with most rows, cut where more than a year passes without one."""
    days, rows = np.unique(day[good], return_counts=True)
    if not days.size:
        return good, skipped
    run = np.concatenate([[0], np.cumsum(np.diff(days) > _LONGEST_GAP_DAYS)])
    kept = days[run == np.argmax(np.bincount(run, weights=rows))]
    first, last = (np.datetime64(int(at), "D") for at in (kept[0], kept[-1]))
    if kept[-1] - kept[0] >= _MOST_DAYS:
        raise Refusal(path, "timestamp", f"at most {_MOST_DAYS:,} days", f"{first} to {last}")
    odd = good & ((day < kept[0]) | (day > kept[-1]))
    more = [
        raw.skipped(row, f"timestamp: expected a date near the log's others ({first} to {last}), found '{stamp[row]}'")
        for row in np.flatnonzero(odd).tolist()
    ]
    return good & ~odd, tuple(sorted([*skipped, *more], key=_in_file))


def _tickets(
    stamp: np.ndarray, row: np.ndarray, codes: tuple[np.ndarray, ...], units: np.ndarray
) -> tuple[np.ndarray, ...]:
    """Put rows together to tickets that sold something: each ticket's first row, in time order; ticket, SKU and units of each line."""
    store, till, ticket, sku = (code[row].astype(np.int64) for code in codes)
    ticket = pd.factorize(ticket * (till.max() + 1) + till)[0]
    day = stamp[row].astype("datetime64[D]").astype(np.int64)
    day -= day.min()
    name = (ticket * (day.max() + 1) + day) * (store.max() + 1) + store
    _, first, of_row = np.unique(name, return_index=True, return_inverse=True)
    width = sku.max() + 1
    line, of_line = np.unique(of_row * width + sku, return_inverse=True)
    total = np.bincount(of_line, weights=units[row]).astype(np.int64)
    line, total = line[total > 0], total[total > 0]
    alive, line_ticket = np.unique(line // width, return_inverse=True)
    first = row[first[alive]]
    order = np.lexsort((first, stamp[first]))
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return first[order], rank[line_ticket], line % width, total


def _filled(fields: dict[str, pa.Array]) -> np.ndarray:
    """Rows with any cell that is not empty: blank lines are not reported."""
    first, *others = fields.values()
    filled = coded(first)[0] >= 0
    for column in others:
        if not filled.all():
            filled |= coded(column)[0] >= 0
    return filled


def _judge(
    source: _Source, bad: dict[str, tuple[str, np.ndarray]], filled: np.ndarray
) -> tuple[tuple[Skipped, ...], np.ndarray]:
    """The rows to skip, each with its first error, and which rows are good."""
    raw, skipped, good = source.raw, list(source.raw.broken), filled.copy()
    for field, (expected, wrong) in bad.items():
        named = f"{field} ({brief(source.heading[field])})" if field in source.heading else field
        for row in np.flatnonzero(wrong & good).tolist():
            found = brief(repr(source.found(field, row)), 300)
            skipped.append(raw.skipped(row, f"{named}: expected {expected}, found {found}"))
        good &= ~wrong
    return tuple(sorted(skipped, key=_in_file)), good


def _in_file(skip: Skipped) -> tuple[str, int]:
    return skip.sheet, skip.line


def _first_text(sku: np.ndarray, column: pa.Array | None, row: np.ndarray) -> dict[int, str]:
    """The first text of each SKU in a column, of the rows given."""
    if column is None:
        return {}
    code, text = coded(column)
    named = code[row] >= 0
    skus, at = np.unique(sku[row][named], return_index=True)
    return dict(zip(skus.tolist(), text[code[row][named][at]].tolist(), strict=True))
