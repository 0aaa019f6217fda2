"""The catalogue: SKUs and locations for the shop and the adapters, which read no scenario."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pyarrow as pa

from sim.records.atomic_files import read_table, text_of, write_table
from sim.records.column_values import Values, refuse_doubled
from sim.records.refusal import Refusal

FORMAT: Final = 1

SCHEMA = pa.schema(
    [
        ("location", pa.int32()),
        ("location_code", pa.dictionary(pa.int32(), pa.string())),
        ("location_kind", pa.dictionary(pa.int8(), pa.string())),
        ("region", pa.dictionary(pa.int32(), pa.string())),
        ("sku", pa.int32()),
        ("sku_code", pa.dictionary(pa.int32(), pa.string())),
        ("sku_name", pa.dictionary(pa.int32(), pa.string())),
        ("price", pa.float64()),
        ("opening_units", pa.int64()),
    ]
)
"""One row a SKU at a location, sorted by (`location`, `sku`); every SKU stands at every location, with 0 units where it has none.
`location_kind` is `store` or `warehouse`; `price` in the chain's currency (metadata `currency`); `opening_units` is the book stock at the start of
the trace's window. `location` and `sku` are the numbers used in a trace."""

VALUES = {
    "location": Values(0, 2**31 - 1),
    "location_code": Values(),
    "location_kind": Values(names=("store", "warehouse")),
    "region": Values(),
    "sku": Values(0, 2**31 - 1),
    "sku_code": Values(),
    "sku_name": Values(),
    "price": Values(0, 1e7, "in the currency"),
    "opening_units": Values(-1e12, 1e12, "units"),
}


def write_catalogue(path: Path | str, table: pa.Table, currency: str) -> None:
    """Write a catalogue of `SCHEMA`."""
    write_table(path, table.replace_schema_metadata({"format": str(FORMAT), "currency": currency}))


def read_catalogue(path: Path | str) -> tuple[pa.Table, str]:
    """Read a catalogue: its table of `SCHEMA` and its currency. Raises `Refusal` for anything else."""
    table = read_table(path, "a catalogue", SCHEMA, FORMAT, VALUES)
    if not len(table):
        raise Refusal(path, "", "a catalogue with a SKU at a location", "no rows")
    refuse_doubled(path, table, ("location", "sku"))
    return table, text_of((table.schema.metadata or {}).get(b"currency", b""))
