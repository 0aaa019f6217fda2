"""Test data that shoppers share: accounts, coupons, pairs of SKUs, as rows of a .csv file that an environment variable names."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from sim.records.refusal import Refusal

Row = Mapping[str, str]


class Depleted(Exception):
    """No row is free: the journey ends as rejected, because the test data ran out; the platform did not fail."""


class Pool:
    """Rows in the file's order. Each worker has its own part, so that no two lend the same row."""

    def __init__(self, name: str, rows: Sequence[Row]):
        self.name, self.rows = name, rows
        self._free: deque[Row] | None = None
        self._part = (0, 1)

    def share(self, worker: int, workers: int) -> None:
        """Lend only the part of one worker."""
        self._part = (worker, workers)

    def fresh(self) -> Pool:
        """The same rows, every one of them free."""
        made = Pool(self.name, self.rows)
        made._part = self._part
        return made

    def pick(self, number: int) -> Row:
        """The row of a number, such as a customer's: always the same."""
        return self.rows[number % len(self.rows)]

    @contextmanager
    def lend(self) -> Iterator[Row]:
        """A row for one journey alone: the one returned last, because its shopper is logged in. Raises `Depleted` where every row is lent."""
        free = self._there()
        if not free:
            raise Depleted(f"no row of pool {self.name} is free")
        row = free.popleft()
        try:
            yield row
        finally:
            free.appendleft(row)

    def pass_over(self) -> None:
        """Move the row that would be lent next behind all others, so that the next journey gets another row."""
        self._there().rotate(-1)

    def consume(self) -> Row:
        """A row that is used once, such as a coupon. Raises `Depleted` when there are none left."""
        with self.lend() as row:
            pass
        self._there().remove(row)
        return row

    def _there(self) -> deque[Row]:
        """The rows that are free now."""
        if self._free is None:
            worker, workers = self._part
            self._free = deque(self.rows[worker::workers])
        return self._free


def variable(name: str) -> str:
    """The environment variable that names a pool's file."""
    return f"RETAIL_LAB_POOL_{name.upper()}"


def read(name: str, environment: Mapping[str, str], columns: Sequence[str] = ()) -> Pool:
    """The pool that the environment names. Raises `Refusal` for no such variable or file, for missing columns and for an empty file."""
    path = environment.get(variable(name))
    if not path:
        raise Refusal("environment", variable(name), f"the path of a .csv with {', '.join(columns) or 'a header'}")
    try:
        rows = list(csv.DictReader(Path(path).read_text(encoding="utf-8-sig").splitlines()))
    except (OSError, UnicodeDecodeError) as error:
        raise Refusal(path, "", "a .csv file in UTF-8", str(error)) from None
    if not rows:
        raise Refusal(path, "", "rows below a header")
    missing = [column for column in columns if not all(row.get(column) for row in rows)]
    if missing:
        raise Refusal(path, missing[0], "a value in every row")
    return Pool(name, rows)
