"""Fills an empty database from a catalogue: locations, SKUs, opening stock, members and their offers."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, insert, inspect, select

from loadtests.shop import tables
from loadtests.shop.database import Database
from sim.records.catalogue import read_catalogue
from sim.records.refusal import Refusal

MEMBERS = 10_000
POINTS = 1_000
OFFERS = {"COFFEE": ("a coffee", 100), "DELIVERY": ("free delivery", 250), "VOUCHER": ("a voucher", 500)}
"""Code to name and price in points."""


def fill(database: Database, catalogue: Path | str, members: int = MEMBERS) -> None:
    """Create the tables and fill them; a database that holds this very catalogue already is left as it stands.

    Book stock below zero opens at 0. Raises `Refusal` for a bad catalogue, and where the database holds another one.
    """
    table, currency = read_catalogue(catalogue)
    digest = hashlib.sha256(Path(catalogue).read_bytes()).hexdigest()
    with database.engine.begin() as connection:
        if inspect(connection).has_table(tables.settings.name):
            _check(connection, catalogue, digest)
            return
    with database.engine.begin() as connection:
        tables.metadata.create_all(connection)
        for name, rows in _rows(table, members).items():
            if rows:
                connection.execute(insert(tables.metadata.tables[name]), rows)
        said = {"catalogue": digest, "currency": currency, "members": str(members)}
        connection.execute(insert(tables.settings), [{"name": name, "value": value} for name, value in said.items()])


def _check(connection: Connection, catalogue: Path | str, digest: str) -> None:
    value = connection.scalar(select(tables.settings.c.value).where(tables.settings.c.name == "catalogue"))
    if value != digest:
        raise Refusal("database", "", f"an empty database, or one stocked from {catalogue}", "the stock of another one")


def _rows(table: pa.Table, members: int) -> dict[str, list[dict]]:
    """Rows by table, in an order in which no row refers to a later one."""
    stock = table.select(["sku", "location"])
    opening = pc.max_element_wise(table["opening_units"], 0)
    stock = stock.append_column("opening", opening).append_column("on_hand", opening).to_pylist()
    cents = pc.round(pc.multiply(table["price"], 100)).cast(pa.int64())
    return {
        "locations": _distinct(
            table, {"location": "id", "location_code": "code", "location_kind": "kind", "region": "region"}
        ),
        "skus": _distinct(
            table.append_column("price_cents", cents),
            {"sku": "id", "sku_code": "code", "sku_name": "name", "price_cents": "price_cents"},
        ),
        "stock": [{**row, "reserved": 0, "in_transit": 0} for row in stock],
        "members": [{"number": number, "points": POINTS} for number in range(members)],
        "offers": [{"code": code, "name": name, "points": points} for code, (name, points) in OFFERS.items()],
    }


def _distinct(table: pa.Table, names: dict[str, str]) -> list[dict]:
    """The first row of each number in the first column, under new column names."""
    key = next(iter(names))
    rows = table.select(list(names)).rename_columns(list(names.values())).to_pylist()
    return list({row[names[key]]: row for row in reversed(rows)}.values())[::-1]
