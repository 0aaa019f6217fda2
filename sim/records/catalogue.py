"""The catalogue: what the shop and the adapters need to know of SKUs and locations, without ever reading a scenario."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from sim.records.whole import read_table, write_table

FORMAT = 1

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
the trace's window. `location` and `sku` are the numbers a trace speaks in."""


def write_catalogue(path: Path | str, table: pa.Table, currency: str) -> None:
    """Write a catalogue of `SCHEMA`."""
    write_table(path, table.replace_schema_metadata({"format": str(FORMAT), "currency": currency}))


def read_catalogue(path: Path | str) -> tuple[pa.Table, str]:
    """Read a catalogue: its table of `SCHEMA` and its currency. Raises `Refusal` for anything else."""
    table = read_table(path, "a catalogue", SCHEMA, FORMAT)
    return table, (table.schema.metadata or {}).get(b"currency", b"").decode()
