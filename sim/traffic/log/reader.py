"""A transaction log of a till system as tickets: customer, SKUs, units and time, returns, and the rows that could not be read.

A ticket is (store, day, ticket number), since many tills count from 1 every morning. Lines of one SKU on a ticket are added up; a negative line
on the same ticket takes off what was scanned before.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from sim.records.refusal import Refusal
from sim.scenario.sections.traffic import LogField
from sim.tables.values import ORDERS
from sim.traffic.log.cells import by_value, coded, numbers, value
from sim.traffic.log.column_types import as_text, typed
from sim.traffic.log.date_order import date_order
from sim.traffic.log.file import Columns, Skipped, brief, read_columns
from sim.traffic.log.reading import Reading
from sim.traffic.log.sku_codes import shortened, sku_codes
from sim.traffic.log.tickets import Tickets
from sim.traffic.log.timestamps import moments
from sim.traffic.log.voids import void_rows

FIELDS: tuple[str, ...] = get_args(LogField)
"""The first four must be there, the others may be."""
_REQUIRED = FIELDS[:4]
_MOST_UNITS = 1_000_000
_MOST_PRICE = 1_000_000_000
_MOST_DAYS = 3660
_LONGEST_GAP_DAYS = 366
_LONGEST_TICKET_S = 1800


@dataclass(frozen=True)
class Preset:
    """The format of one family of logs."""

    columns: dict[str, str]
    """Column names by field."""
    cancelled_prefix: str = ""
    """What the number of a cancelled ticket begins with; empty: only a negative quantity takes something back."""
    dates: str = ""
    """Order of day and month; empty: as `Reading.dates` says."""


PRESETS = {
    "plain": Preset({field: field for field in FIELDS}),
    "uci": Preset(
        {
            "timestamp": "InvoiceDate",
            "ticket": "InvoiceNo",
            "sku": "StockCode",
            "quantity": "Quantity",
            "price": "UnitPrice",
            "name": "Description",
            "customer": "CustomerID",
        },
        cancelled_prefix="C",
        dates="mdy",
    ),
}


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
    """Of each SKU: the first in the group column; empty where there is none."""
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
    encoding: str
    """Encoding of the text, where it was detected and is not UTF-8; else empty."""
    skipped: tuple[Skipped, ...]
    """Rows that could not be read, by line."""

    def sparse_stores(self, tickets: int) -> dict[str, int]:
        """Tickets of each store that has fewer than `tickets`."""
        count = np.bincount(self.tickets.store, minlength=len(self.tickets.stores)).tolist()
        return {name: n for name, n in zip(self.tickets.stores, count, strict=True) if n < tickets}


def read_log(path: Path | str, reading: Reading = Reading()) -> Log:  # noqa: B008 (frozen)
    """Read a log.

    Raises `Refusal` when a column is missing, no row is a sale, rows leave the order of day and month open or contradict it, or a status column
    has several values and none of them is named as void; single bad rows are skipped and listed.
    """
    path, columns, preset = Path(path), dict(reading.columns), reading.preset
    if preset not in PRESETS:
        raise Refusal("--preset", "", " or ".join(PRESETS), preset)
    if reading.dates not in ("", *ORDERS):
        raise Refusal("--dates", "", " or ".join(ORDERS), reading.dates)
    if unknown := columns.keys() - set(FIELDS):
        raise Refusal("--column", min(unknown), f"one of {', '.join(FIELDS)}", min(unknown))
    raw = read_columns(path, reading.encoding)
    fields = _fields(path, raw.table, {**PRESETS[preset].columns, **columns}, asked=set(columns))
    voided = void_rows(path, raw.table, fields, frozenset(reading.void))
    return _tidy(path, raw, fields, voided, PRESETS[preset], reading.dates or PRESETS[preset].dates)


def _fields(path: Path, table: pa.Table, names: dict[str, str], asked: set[str]) -> dict[str, pa.Array]:
    there = {name.strip(): n for n, name in enumerate(table.column_names)}
    names = dict(names)
    date, plus, clock = (part.strip() for part in names["timestamp"].partition("+"))
    if plus and names["timestamp"] not in there and date in there and clock in there:
        joined = pc.binary_join_element_wise(
            *(pc.utf8_trim_whitespace(as_text(path, name, table.column(there[name]))) for name in (date, clock)), " "
        )
        table = table.append_column(names["timestamp"], joined)
        there[names["timestamp"]] = table.num_columns - 1
    for field, name in names.items():
        if name not in there and (field in _REQUIRED or field in asked):
            raise Refusal(path, f"column {name}", f"a column for the {field} (--column {field}=NAME)", list(there))
    columns: dict[str, Any] = {}
    of_column: dict[str, Any] = {}
    for field, name in names.items():
        if name not in there:
            continue
        if f"{name} (2)" in there:
            raise Refusal(path, f"column {name}", f"one column of that name for the {field}", "several")
        if (other := of_column.setdefault(name, field)) != field:
            raise Refusal(path, f"column {name}", f"another column for the {field} than for the {other}", name)
        column = table.column(there[name])
        columns[field] = typed(path, name, field, pa.concat_arrays(column.chunks or [pa.array([], column.type)]))
    return columns


def _tidy(path: Path, raw: Columns, fields: dict[str, pa.Array], voided: np.ndarray, preset: Preset, dates: str) -> Log:
    rows = len(raw.line)
    nothing = np.zeros(rows, dtype=np.int64), np.array([""])
    ticket, ticket_text = coded(fields["ticket"])
    sku, sku_written = coded(fields["sku"])
    sku_text = np.array(sku_codes(sku_written.tolist()))
    store, store_text = coded(fields["store"]) if "store" in fields else nothing
    till = coded(fields["till"])[0] if "till" in fields else nothing[0]
    day_order, _known_by = date_order(path, raw, fields["timestamp"], dates)
    stamp = by_value(fields["timestamp"], lambda column: moments(column, day_order))
    quantity = by_value(fields["quantity"], numbers)
    price = by_value(fields["price"], numbers) if "price" in fields else np.full(rows, np.nan)

    bad = {
        "ticket": ("a ticket number", ticket < 0),
        "sku": (
            "a SKU, its digits not shortened by a spreadsheet",
            (sku < 0) | np.append(shortened(sku_written), False)[sku],
        ),
        "timestamp": (
            "a local date and time such as 2025-10-01 09:30, or an Excel serial date",
            np.isnat(stamp),
        ),
        "quantity": (
            f"a number other than 0, of at most {_MOST_UNITS:,} units",
            ~(np.abs(quantity) <= _MOST_UNITS) | (quantity == 0),
        ),
        "price": (f"a number of at most {_MOST_PRICE:,}", ~(np.abs(price) <= _MOST_PRICE) & ("price" in fields)),
        "store": ("a store", store < 0),
        "till": ("a till", till < 0),
    }
    filled = _filled(fields)
    skipped, good = _judge(raw, fields, bad, filled)
    good, skipped = _within_period(path, raw, stamp, good, skipped)
    good &= ~voided
    unpriced = good & (price <= 0)
    prefixed = np.char.startswith(ticket_text.astype(str), preset.cancelled_prefix) & bool(preset.cancelled_prefix)
    cancelled = np.append(prefixed, False)
    taken_back = good & ~unpriced & ((quantity < 0) | cancelled[ticket])
    sold = good & ~unpriced & ~taken_back
    if not sold.any():
        if skipped:
            found = f"'line {skipped[0].line}: {skipped[0].reason}'"
        else:
            left_out = f"{int(unpriced.sum()):,} without a price above 0, {int(taken_back.sum()):,} taken back, {int(voided.sum()):,} void"
            found = f"{rows:,} rows: {left_out}" if rows else "none"
        raise Refusal(path, "", f"at least one sale, found {found}")

    units = np.maximum(np.rint(np.abs(quantity)), 1) * np.where(taken_back, -1, 1)
    kept = np.flatnonzero(sold | taken_back)
    first, line_ticket, line_sku, line_units = _tickets(stamp, kept, (store, till, ticket, sku), units)
    if line_units.max() > _MOST_UNITS:
        raise Refusal(path, "quantity", f"at most {_MOST_UNITS:,} units of a SKU on a ticket", int(line_units.max()))
    order = np.argsort(-np.bincount(line_sku, minlength=len(sku_text)), kind="stable")
    carried = order[: len(np.unique(line_sku))]
    number = np.full(len(sku_text), -1)
    number[carried] = np.arange(len(carried))
    by_ticket = np.lexsort((number[line_sku], line_ticket))
    sold_rows = np.flatnonzero(sold)
    price_of = pd.Series(price[sold]).groupby(sku[sold]).median().to_dict()
    name_of, group_of = (_first_text(sku[sold], fields.get(field), sold_rows) for field in ("name", "group"))
    trading, store_of = np.unique(store[first], return_inverse=True)
    customer = coded(fields["customer"])[0] if "customer" in fields else np.full(rows, -1)
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
        voided=int(voided.sum()),
        recoded=sum(
            code[-9:-8] == "-" and code != text
            for code, text in zip(sku_text[carried], sku_written[carried], strict=True)
        ),
        split_tickets=_split(stamp[kept], (store[kept], till[kept], ticket[kept]), customer[kept]),
        undated_share=float((stamp[first] == stamp[first].astype("datetime64[D]")).mean()),
        encoding=raw.encoding,
        skipped=skipped,
    )


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
    path: Path, raw: Columns, stamp: np.ndarray, good: np.ndarray, skipped: tuple[Skipped, ...]
) -> tuple[np.ndarray, tuple[Skipped, ...]]:
    """Good rows whose date belongs to the log: the run of days with most rows, cut where more than a year passes without one."""
    day = stamp.astype("datetime64[D]").astype(np.int64)
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
        Skipped(
            int(raw.line[row]),
            f"timestamp: expected a date near the log's others ({first} to {last}), found '{stamp[row]}'",
        )
        for row in np.flatnonzero(odd).tolist()
    ]
    return good & ~odd, tuple(sorted([*skipped, *more], key=lambda skip: skip.line))


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
    raw: Columns, fields: dict[str, pa.Array], bad: dict[str, tuple[str, np.ndarray]], filled: np.ndarray
) -> tuple[tuple[Skipped, ...], np.ndarray]:
    """The rows to skip, each with its first error, and which rows are good."""
    skipped, good = list(raw.broken), filled.copy()
    for field, (expected, wrong) in bad.items():
        for row in np.flatnonzero(wrong & good).tolist():
            found = value(fields[field][row])
            skipped.append(
                Skipped(int(raw.line[row]), f"{field}: expected {expected}, found {brief(repr(found), 300)}")
            )
        good &= ~wrong
    return tuple(sorted(skipped, key=lambda skip: skip.line)), good


def _first_text(sku: np.ndarray, column: pa.Array | None, row: np.ndarray) -> dict[int, str]:
    """The first text in a column of each SKU that has one."""
    if column is None:
        return {}
    code, text = coded(column)
    named = code[row] >= 0
    skus, at = np.unique(sku[named], return_index=True)
    return dict(zip(skus.tolist(), text[code[row][named][at]].tolist(), strict=True))
