"""What a worker keeps between requests: the database connection pool and constant data. Stock is never cached."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Header, Request
from sqlalchemy import Connection, bindparam, select

from loadtests.shop.faults import FaultPage
from loadtests.shop.problems import unknown
from loadtests.shop.sourcing import Location, Sourcing
from loadtests.shop.storage import tables
from loadtests.shop.storage.database import Database
from sim.records.refusal import Refusal

TOKEN = "RETAIL_LAB_SHOP_TOKEN"
DATABASE = "RETAIL_LAB_SHOP_DATABASE"
FAULTS = "RETAIL_LAB_SHOP_FAULTS"
READY = "RETAIL_LAB_SHOP_READY"
"""Names of environment variables: the bearer token, the database's URL, the file of the fault page, and a folder in which each
worker writes a file when it is ready."""


@dataclass(frozen=True)
class Shop:
    """The constant data that every worker of the shop has."""

    database: Database
    token: str
    page: FaultPage
    locations: list[Location]
    sourcing: Sourcing
    currency: str
    members: int

    def location(self, code: str, *, status: int = 422) -> Location:
        """The location of that code; 422, or the status given, where there is none."""
        for location in self.locations:
            if location.code == code:
                return location
        unknown("location", code, status=status)

    def seen_at(self) -> float | None:
        """The instant whose stock readers get; None for the present."""
        _, faults = self.page.read()
        return time.time() - faults.sync_lag_s if faults.sync_lag_s else None


def open_shop(database: Database, token: str, page: FaultPage) -> Shop:
    """A shop over a database that `stocking.fill` has filled."""
    with database.read() as connection:
        settings = dict(connection.execute(select(tables.settings.c.name, tables.settings.c.value)).all())
        rows = connection.execute(select(tables.locations).order_by(tables.locations.c.id)).mappings()
        locations = [Location(**row) for row in rows]
    members = int(settings["members"])
    return Shop(database, token, page, locations, Sourcing(locations), settings["currency"], members)


def from_environment() -> Shop:
    """The shop that this process's environment names. Raises `Refusal` where the token or the database is missing."""
    for name in (TOKEN, DATABASE):
        if not os.environ.get(name):
            raise Refusal("environment", name, "a value")
    return open_shop(Database(os.environ[DATABASE]), os.environ[TOKEN], FaultPage(os.environ.get(FAULTS) or None))


_BY_CODE = select(tables.skus.c.code, tables.skus.c.id, tables.skus.c.price_cents).where(
    tables.skus.c.code.in_(bindparam("codes", expanding=True))
)


def find_skus(connection: Connection, codes: list[str], *, status: int = 422) -> dict[str, tuple[int, int]]:
    """By code, the SKU's number and its price in cents; 422, or the status given, for a code that is not sold."""
    skus = {code: (number, cents) for code, number, cents in connection.execute(_BY_CODE, {"codes": codes})}
    for code in codes:
        if code not in skus:
            unknown("sku", code, status=status)
    return skus


async def _the_shop(request: Request) -> Shop:
    return request.app.state.shop


TheShop = Annotated[Shop, Depends(_the_shop)]
RunId = Annotated[str | None, Header(alias="X-Run-Id", max_length=64, description="Tags what the request makes.")]
IdempotencyKey = Annotated[
    str | None,
    Header(alias="Idempotency-Key", max_length=128, description="Repeat it with a retry: one order is made."),
]
