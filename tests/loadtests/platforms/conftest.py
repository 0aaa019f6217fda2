"""Each platform started once for a session and restocked before every test; tests skip with the reason where it is not installed."""

from __future__ import annotations

import psycopg
import pytest
from psycopg import sql

from loadtests.platforms import cache, oscar, vendure
from loadtests.platforms.postgresql import programs
from sim.records.refusal import Refusal

PLATFORMS = {"vendure": vendure, "oscar": oscar}
UNITS_OF = {
    "vendure": ("stock_level", ("stockOnHand", "stockAllocated")),
    "oscar": ("partner_stockrecord", ("num_in_stock", "num_allocated")),
}
"""The table in which each keeps its stock, and the columns that count units."""


def ask(platform, statement) -> None:
    with psycopg.connect(platform.database, autocommit=True) as database:
        database.execute(statement)


def restock(name: str, platform) -> None:
    """Put every unit back where it was when the platform was started, whatever was ordered since."""
    table, columns = UNITS_OF[name]
    back = sql.SQL(", ").join(sql.SQL("{0} = f.{0}").format(sql.Identifier(column)) for column in columns)
    put = sql.SQL("UPDATE {} AS s SET {} FROM as_stocked AS f WHERE f.id = s.id")
    ask(platform, put.format(sql.Identifier(table), back))


@pytest.fixture(scope="session", params=sorted(PLATFORMS))
def started(request):
    """(name, where it is served) of each platform in turn, where it is installed: tests install nothing."""
    name = request.param
    if not cache.installed(name):
        pytest.skip(f"{name} is not installed: make platforms")
    try:
        programs()
    except Refusal as missing:
        pytest.skip(str(missing))
    with PLATFORMS[name].serve() as platform:
        table, _ = UNITS_OF[name]
        ask(platform, sql.SQL("CREATE TABLE as_stocked AS TABLE {}").format(sql.Identifier(table)))
        yield name, platform


@pytest.fixture
def platform(started):
    """A platform that was started, with the stock that it was started with."""
    restock(*started)
    return started
