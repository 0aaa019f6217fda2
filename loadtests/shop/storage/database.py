"""One interface to SQLite and PostgreSQL: a snapshot to read from, and a transaction that locks before it decides."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Table, create_engine, event, make_url
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import ArgumentError

from sim.records.refusal import Refusal

LOCK_WAIT_S = 10.0
CONNECTIONS = 16
FLAG = "--database"
_URL = "a URL such as sqlite:///shop.db or postgresql://user@host/name"


class Database:
    """Raises `Refusal` for a URL that is neither `sqlite:///…` nor `postgresql://…`; it never shows the URL, which may hold a password."""

    def __init__(self, url: str):
        try:
            parsed = make_url(url)
        except ArgumentError:
            raise Refusal(FLAG, "", _URL) from None
        self.name = parsed.get_backend_name()
        if self.name not in ("sqlite", "postgresql"):
            raise Refusal(FLAG, "", _URL, self.name)
        if self.name == "sqlite" and parsed.database in (None, "", ":memory:"):
            raise Refusal(FLAG, "", _URL, "a database in memory, which processes cannot share")
        # SQLite lets one transaction write at a time. Threads of this process queue at this lock, which wakes them at once;
        # only other processes use SQLite's own waiting, which polls.
        self._turn = threading.Lock() if self.name == "sqlite" else contextlib.nullcontext()
        if self.name == "sqlite":
            self.engine = create_engine(parsed, pool_size=CONNECTIONS, max_overflow=0)
            event.listen(self.engine, "connect", _prepare_sqlite)
            self._reader = self.engine
        else:
            self.engine = create_engine(
                parsed.set(drivername="postgresql+psycopg"),
                pool_size=CONNECTIONS,
                max_overflow=0,
                connect_args={"options": f"-c lock_timeout={int(LOCK_WAIT_S * 1000)}"},
            )
            self._reader = self.engine.execution_options(isolation_level="REPEATABLE READ")

    @contextlib.contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection whose statements all see the same committed state."""
        with self._reader.connect() as connection:
            if self.name == "sqlite":
                connection.exec_driver_sql("BEGIN")
            yield connection

    @contextlib.contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction, committed when the block ends and rolled back when it raises.

        On SQLite it holds the write lock from its first statement (BEGIN IMMEDIATE): what it reads stays true until it
        commits. On PostgreSQL rows must be locked as they are read (`stock.lock`).
        """
        with self._turn, self.engine.connect() as connection:
            if self.name == "sqlite":
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection
            connection.commit()

    def insert(self, table: Table) -> Any:
        """An INSERT that accepts ON CONFLICT, with the same syntax for both databases."""
        return (sqlite if self.name == "sqlite" else postgresql).insert(table)

    def close(self) -> None:
        """Close its connections."""
        self.engine.dispose()


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver's own BEGIN is a deferred one, which loses races for the write lock
    connection.execute(f"PRAGMA busy_timeout = {int(LOCK_WAIT_S * 1000)}")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA cache_size = -65536")
