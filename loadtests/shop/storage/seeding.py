"""Fills an empty database from a catalogue: locations, SKUs, opening stock, members and their offers."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, insert, inspect, select

from loadtests.shop.storage import tables
from loadtests.shop.storage.database import FLAG, Database
from sim.records.catalogue import read_catalogue
from sim.records.refusal import Refusal

MEMBERS = 10_000
POINTS = 1_000
OFFERS = {"COFFEE": ("a coffee", 100), "DELIVERY": ("free delivery", 250), "VOUCHER": ("a voucher", 500)}
"""Code to name and price in points."""


def fill(database: Database, catalogue: Path | str, members: int = MEMBERS) -> None:
    """Create the tables and fill them; a database with this very catalogue is left unchanged.

    Book stock below zero opens at 0. Raises `Refusal` for a bad catalogue, and where the database holds another one.
    """
    table, currency = _read(catalogue)
    digest = hashlib.sha256(Path(catalogue).read_bytes()).hexdigest()
    with database.write() as connection:
        if inspect(connection).has_table(tables.settings.name):
            _check(connection, catalogue, digest)
            return
        tables.metadata.create_all(connection)
        for name, rows in _rows(table, members).items():
            if rows:
                connection.execute(insert(tables.metadata.tables[name]), rows)
        settings = {"catalogue": digest, "currency": currency, "members": str(members)}
        connection.execute(
            insert(tables.settings), [{"name": name, "value": value} for name, value in settings.items()]
        )


def _check(connection: Connection, catalogue: Path | str, digest: str) -> None:
    value = connection.scalar(select(tables.settings.c.value).where(tables.settings.c.name == "catalogue"))
    if value != digest:
        raise Refusal(FLAG, "", f"an empty database, or one stocked from {catalogue}", "the stock of another one")


def _rows(table: pa.Table, members: int) -> dict[str, list[dict]]:
    """Rows by table, in an order in which no row refers to a later one. `table` is sorted by (sku, location), the key of stock."""
    opening = pc.max_element_wise(table["opening_units"], 0)
    stock = table.select(["sku", "location"]).append_column("opening", opening).append_column("on_hand", opening)
    places = table.filter(pc.equal(table["sku"], 0))
    places = places.select(["location", "location_code", "location_kind", "region"])
    skus = table.filter(pc.equal(table["location"], 0))
    cents = pc.round(pc.multiply(skus["price"], 100)).cast(pa.int64())
    skus = skus.select(["sku", "sku_code", "sku_name"]).append_column("price_cents", cents)
    return {
        "locations": places.rename_columns(["id", "code", "kind", "region"]).to_pylist(),
        "skus": skus.rename_columns(["id", "code", "name", "price_cents"]).to_pylist(),
        "stock": [{**row, "reserved": 0, "in_transit": 0} for row in stock.to_pylist()],
        "members": [{"number": number, "points": POINTS} for number in range(members)],
        "offers": [{"code": code, "name": name, "points": points} for code, (name, points) in OFFERS.items()],
    }


def _read(path: Path | str) -> tuple[pa.Table, str]:
    """The catalogue, sorted by (sku, location), and its currency; both numbers must run from 0 without a gap."""
    table, currency = read_catalogue(path)
    table = table.sort_by([("sku", "ascending"), ("location", "ascending")])
    sku, location = table["sku"].to_numpy(), table["location"].to_numpy()
    skus, locations = (int(numbers.max(initial=-1)) + 1 for numbers in (sku, location))
    every = np.divmod(np.arange(skus * locations), max(locations, 1))
    if not len(table) or not np.array_equal(every, (sku, location)):
        raise Refusal(path, "", "a row for every SKU at every location, both numbered from 0", f"{len(table)} rows")
    return table, currency
