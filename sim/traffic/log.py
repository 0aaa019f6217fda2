"""A transaction log of a till system as tickets: who bought what and when, what was taken back, and which rows could not be read.

A ticket is (store, day, ticket number), since many tills count from 1 every morning. Lines of one SKU on a ticket are added up; a negative line
on the same ticket takes off what was scanned before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from sim.records.refusal import Refusal
from sim.traffic.logfile import Columns, Skipped, read_columns
from sim.traffic.moments import moments
from sim.traffic.skucodes import shortened, sku_codes
from sim.traffic.tickets import Tickets

FIELDS = ("timestamp", "ticket", "sku", "quantity", "price", "store", "name", "customer", "till", "status")
"""The first four must be there, the others may be."""
_REQUIRED = FIELDS[:4]
_MOST_UNITS = 1_000_000
_MOST_PRICE = 1_000_000_000
_MOST_DAYS = 3660
_LONGEST_GAP_DAYS = 366


@dataclass(frozen=True)
class Preset:
    """How one family of logs writes things down."""

    columns: dict[str, str]
    """Column names by field."""
    cancelled_prefix: str = ""
    """What the number of a cancelled ticket begins with; empty: only a negative quantity takes something back."""
    month_first: bool = False
    """12/1/2010 is the first of December."""


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
        month_first=True,
    ),
}


@dataclass(frozen=True)
class Log:
    """The n tickets of a log, ties in the file's order, and its k SKUs in falling order of lines."""

    tickets: Tickets
    line: np.ndarray
    """i8[n], line of the file on which the ticket begins."""
    code: tuple[str, ...]
    """Distinct SKU codes as a scenario may write them (`sku_codes`)."""
    name: tuple[str, ...]
    """From the name column, else what the `sku` column says where the code differs from it."""
    price: np.ndarray
    """f8[k], median over rows; NaN where the log has no prices."""
    rows: int
    sold: int
    """Rows that sold something."""
    taken_back: int
    """Rows of cancelled tickets, and rows with a negative quantity."""
    unpriced: int
    """Rows without a price above 0 (gifts, damages, corrections): no demand, left out."""
    weighed: int
    """Rows sold whose quantity was no whole number: rounded, at least one unit."""
    skipped: tuple[Skipped, ...]
    """Rows that could not be read, by line."""


def read_log(path: Path | str, preset: str = "plain", columns: Mapping[str, str] | None = None) -> Log:
    """Read a log. `columns` names the columns of single fields where they differ from the preset's.

    Raises `Refusal` when a column is missing or no row is a sale; single bad rows are skipped and listed.
    """
    path, columns = Path(path), dict(columns or {})
    if preset not in PRESETS:
        raise Refusal("--preset", "", " or ".join(PRESETS), preset)
    if unknown := columns.keys() - set(FIELDS):
        raise Refusal("--column", min(unknown), f"one of {', '.join(FIELDS)}", min(unknown))
    raw = read_columns(path)
    fields = _fields(path, raw.table, {**PRESETS[preset].columns, **columns}, asked=set(columns))
    return _tidy(path, raw, fields, PRESETS[preset])


def _fields(path: Path, table: pa.Table, names: dict[str, str], asked: set[str]) -> dict[str, pa.Array]:
    there = {name.strip(): n for n, name in enumerate(table.column_names)}
    for field, name in names.items():
        if name not in there and (field in _REQUIRED or field in asked):
            raise Refusal(path, f"column {name}", f"a column for the {field} (--column {field}=NAME)", list(there))
    found = {field: table.column(there[name]) for field, name in names.items() if name in there}
    return {field: pa.concat_arrays(column.chunks or [pa.array([], column.type)]) for field, column in found.items()}


def _tidy(path: Path, raw: Columns, fields: dict[str, pa.Array], preset: Preset) -> Log:
    rows = len(raw.line)
    nothing = np.zeros(rows, dtype=np.int64), np.array([""])
    ticket, ticket_text = _coded(fields["ticket"])
    sku, sku_written = _coded(fields["sku"])
    sku_text = np.array(sku_codes(sku_written.tolist()))
    store, store_text = _coded(fields["store"]) if "store" in fields else nothing
    till = _coded(fields["till"])[0] if "till" in fields else nothing[0]
    stamp = _by_value(fields["timestamp"], lambda column: moments(column, preset.month_first))
    quantity = _by_value(fields["quantity"], _numbers)
    price = _by_value(fields["price"], _numbers) if "price" in fields else np.full(rows, np.nan)

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
        "store": ("a store", store < 0),
        "till": ("a till", till < 0),
    }
    filled = _filled(fields)
    skipped, good = _judge(raw, fields, bad, filled)
    good, skipped = _within_period(path, raw, stamp, good, skipped)
    unpriced = good & (price <= 0)
    cancelled = np.char.startswith(ticket_text.astype(str), preset.cancelled_prefix) & bool(preset.cancelled_prefix)
    taken_back = good & ~unpriced & ((quantity < 0) | cancelled[ticket])
    sold = good & ~unpriced & ~taken_back
    if not sold.any():
        found = f"'line {skipped[0].line}: {skipped[0].reason}'" if skipped else "none"
        raise Refusal(path, "", f"at least one sale, found {found}")

    units = np.maximum(np.rint(np.abs(quantity)), 1) * np.where(taken_back, -1, 1)
    kept = np.flatnonzero(sold | taken_back)
    first, line_ticket, line_sku, line_units = _tickets(stamp, kept, (store, till, ticket, sku), units)
    order = np.argsort(-np.bincount(line_sku, minlength=len(sku_text)), kind="stable")
    carried = order[: len(np.unique(line_sku))]
    number = np.full(len(sku_text), -1)
    number[carried] = np.arange(len(carried))
    by_ticket = np.lexsort((number[line_sku], line_ticket))
    price_of, name_of = _sold_as(sku[sold], price[sold], fields.get("name"), np.flatnonzero(sold))
    trading, store_of = np.unique(store[first], return_inverse=True)
    customer = _coded(fields["customer"])[0] if "customer" in fields else np.full(rows, -1)
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
        price=np.array([price_of.get(n, np.nan) for n in carried.tolist()]),
        rows=int(filled.sum()) + len(raw.broken),
        sold=int(sold.sum()),
        taken_back=int(taken_back.sum()),
        unpriced=int(unpriced.sum()),
        weighed=int((sold & (quantity % 1 != 0)).sum()),
        skipped=skipped,
    )


def _within_period(path: Path, raw: Columns, stamp: np.ndarray, good: np.ndarray, skipped: tuple[Skipped, ...]):
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


def _tickets(stamp: np.ndarray, row: np.ndarray, codes: tuple[np.ndarray, ...], units: np.ndarray):
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
    """Rows with anything in them: blank lines are not worth a word."""
    first, *others = fields.values()
    filled = _coded(first)[0] >= 0
    for column in others:
        if not filled.all():
            filled |= _coded(column)[0] >= 0
    return filled


def _judge(raw: Columns, fields: dict[str, pa.Array], bad: dict[str, tuple[str, np.ndarray]], filled: np.ndarray):
    """The rows to skip, each with its first complaint, and which rows are good."""
    skipped, good = list(raw.broken), filled.copy()
    for field, (expected, wrong) in bad.items():
        for row in np.flatnonzero(wrong & good).tolist():
            found = fields[field][row].as_py()
            skipped.append(Skipped(int(raw.line[row]), f"{field}: expected {expected}, found {found!r}"))
        good &= ~wrong
    return tuple(sorted(skipped, key=lambda skip: skip.line)), good


def _coded(column: pa.Array, clean: Callable[[str], str] = str.strip) -> tuple[np.ndarray, np.ndarray]:
    """Codes i8[rows] of cleaned texts, −1 where empty, and the texts in order of appearance."""
    texts = pc.dictionary_encode(_text(column))
    cleaned = np.array([clean(text or "") for text in texts.dictionary.to_pylist()], dtype=object)
    code, unique = pd.factorize(np.where(cleaned == "", None, cleaned))
    return _take(code.astype(np.int64), texts, -1), unique.astype(str)


def _by_value(column: pa.Array, parse: Callable[[pa.Array], np.ndarray]) -> np.ndarray:
    """Parse a column once a distinct value: logs repeat themselves."""
    values = pc.dictionary_encode(column)
    parsed = parse(values.dictionary)
    nothing = np.datetime64("NaT", "s") if parsed.dtype.kind == "M" else np.nan
    return _take(parsed, values, nothing)


def _take(of_value: np.ndarray, values: pa.DictionaryArray, nothing) -> np.ndarray:
    """`of_value` for each row; `nothing` where the row is null."""
    at = pc.fill_null(values.indices, len(of_value)).to_numpy(zero_copy_only=False)
    return np.append(of_value, np.array([nothing], dtype=of_value.dtype))[at]


def _text(column: pa.Array) -> pa.Array:
    if pa.types.is_floating(column.type):  # a spreadsheet's 17850.0 is the number 17850
        whole = pc.equal(column, pc.floor(column))
        return pc.if_else(
            whole, pc.cast(pc.cast(pc.if_else(whole, column, 0), pa.int64()), pa.string()), pc.cast(column, pa.string())
        )
    return pc.cast(column, pa.string())


def _numbers(column: pa.Array) -> np.ndarray:
    written = column.to_pandas()
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        written = written.fillna("").str.normalize("NFKC").str.strip()
        written = written.mask(written.str.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?"), written.str.replace(",", ""))
    return pd.to_numeric(written, errors="coerce").to_numpy(dtype=np.float64)


def _sold_as(sku: np.ndarray, price: np.ndarray, name: pa.Array | None, row: np.ndarray) -> tuple[dict, dict]:
    """Median price and first name of each SKU."""
    price_of = pd.Series(price).groupby(sku).median().to_dict()
    if name is None:
        return price_of, {}
    code, text = _coded(name)
    named = code[row] >= 0
    skus, at = np.unique(sku[named], return_index=True)
    return price_of, dict(zip(skus.tolist(), text[code[row][named][at]].tolist(), strict=True))
