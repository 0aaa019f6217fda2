"""SKUs of a store that run out, as far as a run keeps single SKUs: the book at the start of the trace's window, and what the window sells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sim.records.catalogue import read_catalogue
from sim.records.trace import read_trace

SHOWN = 15


@dataclass(frozen=True)
class SkuRisk:
    """One SKU: units on the book when the window begins, and units that customers of the store took to the till in it."""

    code: str
    name: str
    before: int
    sold: int


@dataclass(frozen=True)
class Window:
    """The window of a trace, and the SKUs of a store that are out of stock in it or come near."""

    first: datetime
    last: datetime
    empty: int
    """SKUs without a unit on the book when it begins."""
    low: int
    """SKUs that another such window would sell out."""
    skus: tuple[SkuRisk, ...]
    """The first `SHOWN` of both: empty ones in the order of the assortment, then those with least left for what they sell."""


@dataclass(frozen=True)
class Shelves:
    """The book of every location when the window of a run's trace begins, and the checkouts in it."""

    first: datetime
    last: datetime
    book: pa.Table
    checkouts: pa.Table

    def window(self, code: str) -> Window | None:
        """What they say of the SKUs of a store; None where it is in neither."""
        shelf = self.book.filter(pc.equal(self.book["location_code"], code))
        if not len(shelf):
            return None
        sales = self.checkouts.filter(pc.equal(self.checkouts["location"], shelf["location"][0]))
        sku = shelf["sku"].to_numpy()
        sold = np.zeros(int(sku.max()) + 1, dtype=np.int64)
        lines, units = (pc.list_flatten(sales[name]).to_numpy() for name in ("skus", "quantities"))
        known = lines < len(sold)
        np.add.at(sold, lines[known], units[known])
        before, taken = shelf["opening_units"].to_numpy(), sold[sku]
        empty = np.flatnonzero(before == 0)
        low = np.flatnonzero((before > 0) & (taken > 0) & (before < 2 * taken))
        low = low[np.argsort((before[low] - taken[low]) / taken[low], kind="stable")]
        rows = shelf.select(["sku_code", "sku_name"]).take(np.concatenate([empty, low])[:SHOWN]).to_pylist()
        numbers = zip(before[[*empty, *low]].tolist(), taken[[*empty, *low]].tolist(), strict=True)
        skus = tuple(SkuRisk(row["sku_code"], row["sku_name"], *pair) for row, pair in zip(rows, numbers, strict=False))
        return Window(self.first, self.last, len(empty), len(low), skus)


def shelves(folder: Path) -> Shelves | None:
    """What a run's catalogue and trace hold; None where it has no trace. Raises `Refusal` for files that cannot be read."""
    if not (folder / "trace.parquet").is_file() or not (folder / "catalogue.parquet").is_file():
        return None
    header, trace = read_trace(folder / "trace.parquet")
    book, _ = read_catalogue(folder / "catalogue.parquet")
    if not len(trace):
        return None
    for name in ("location_code", "sku_code", "sku_name"):
        book = book.set_column(book.schema.get_field_index(name), name, book[name].cast("string"))
    t, midnight = trace["t"].to_numpy(), datetime.fromisoformat(header.start)
    first, last = (midnight + timedelta(seconds=float(at)) for at in (t[0], t[-1]))
    return Shelves(first, last, book, trace.filter(pc.equal(trace["journey"].cast("string"), "checkout")))
