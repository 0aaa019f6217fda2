"""A small catalogue, a shop inside the test's process, and databases of both kinds."""

from __future__ import annotations

import contextlib
from pathlib import Path

import psycopg
import pyarrow as pa
import pytest
from fastapi.testclient import TestClient

from loadtests.platforms import postgresql as postgres
from loadtests.shop.app import create
from loadtests.shop.faults import FaultPage
from loadtests.shop.state import open_shop
from loadtests.shop.storage import seeding
from loadtests.shop.storage.database import Database
from sim.records.catalogue import SCHEMA, write_catalogue
from sim.records.refusal import Refusal

LOCATIONS = [
    ("SH01", "store", "EAST"),
    ("SH02", "store", "EAST"),
    ("SH03", "store", "SOUTH"),
    ("WH01", "warehouse", "EAST"),
]
OPENING = {"TEA": [10, 10, 10, 100], "RICE": [4, 0, 3, 50], "LAST": [2, 0, 0, 3], "NONE": [0, 0, 0, 0]}
PRICES = {"TEA": 3.5, "RICE": 12.9, "LAST": 99.0}


@pytest.fixture(scope="session")
def catalogue(new_catalogue) -> Path:
    """Four SKUs at three stores and a warehouse; LAST has five units in all, NONE has none."""
    return new_catalogue(OPENING)


@pytest.fixture(scope="session")
def new_catalogue(tmp_path_factory):
    """Writes a catalogue of opening units by SKU, one number a location, and returns its path."""

    def write(opening: dict[str, list[int]]) -> Path:
        rows = [
            {
                "location": location,
                "location_code": code,
                "location_kind": kind,
                "region": region,
                "sku": sku,
                "sku_code": name,
                "sku_name": f"{name.title()} of the house",
                "price": PRICES.get(name, 1.0),
                "opening_units": opening[name][location],
            }
            for location, (code, kind, region) in enumerate(LOCATIONS)
            for sku, name in enumerate(opening)
        ]
        path = tmp_path_factory.mktemp("catalogue") / "catalogue.parquet"
        write_catalogue(path, pa.Table.from_pylist(rows, schema=SCHEMA), "CNY")
        return path

    return write


@contextlib.contextmanager
def _in_process(url: str, catalogue: Path):
    database = Database(url)
    seeding.fill(database, catalogue, members=20)
    app = create(open_shop(database, "secret", FaultPage()))
    with TestClient(app, headers={"Authorization": "Bearer secret"}) as client:
        client.database = database
        yield client


@pytest.fixture
def shop(catalogue, tmp_path):
    """A client of a shop in this process, on SQLite."""
    with _in_process(f"sqlite:///{tmp_path / 'shop.db'}", catalogue) as client:
        yield client


@pytest.fixture
def either_shop(database_url, catalogue):
    """The same on SQLite and on PostgreSQL."""
    with _in_process(database_url, catalogue) as client:
        yield client


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request, tmp_path) -> str:
    """An empty database of either kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'shop.db'}"
    return request.getfixturevalue("empty_postgresql")


@pytest.fixture
def empty_postgresql(postgresql) -> str:
    with psycopg.connect(postgresql) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    return postgresql


@pytest.fixture(scope="session")
def postgresql():
    """The URL of a database in a PostgreSQL server of our own."""
    try:
        postgres.programs()
    except Refusal as missing:
        pytest.skip(str(missing))
    with postgres.serve() as port:
        yield postgres.url(port)
