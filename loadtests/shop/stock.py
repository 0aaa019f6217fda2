"""Units by SKU and location: lock the rows, decide, move. Nothing else in the shop writes to the stock table."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, Row, Subquery, bindparam, func, insert, select, update

from loadtests.shop.problems import refuse
from loadtests.shop.tables import movements, stock


@dataclass(frozen=True)
class Move:
    """A change of one row of stock, in units."""

    sku: int
    location: int
    on_hand: int = 0
    reserved: int = 0
    in_transit: int = 0


_FIELDS = ("on_hand", "reserved", "in_transit")
_GUARDED = (
    update(stock)
    .where(
        stock.c.sku == bindparam("at_sku"),
        stock.c.location == bindparam("at_location"),
        stock.c.reserved + bindparam("d_reserved") >= 0,
        stock.c.on_hand + bindparam("d_on_hand") >= stock.c.reserved + bindparam("d_reserved"),
        stock.c.in_transit + bindparam("d_in_transit") >= 0,
    )
    .values({name: stock.c[name] + bindparam(f"d_{name}") for name in _FIELDS})
)


def lock(connection: Connection, skus: Collection[int], locations: Collection[int] | None = None) -> list[Row]:
    """Read the rows of these SKUs, at these locations or at all, and keep them from everybody else until the transaction ends.

    On PostgreSQL rows are locked in the order (sku, location), the same for everyone, so that no two transactions wait for each
    other; on SQLite the transaction holds the only write lock already.
    """
    rows = select(stock.c.sku, stock.c.location, stock.c.on_hand, stock.c.reserved).where(stock.c.sku.in_(skus))
    if locations is not None:
        rows = rows.where(stock.c.location.in_(locations))
    return list(connection.execute(rows.order_by(stock.c.sku, stock.c.location).with_for_update()))


def move(connection: Connection, kind: str, reference: str | None, at: float, moves: Iterable[Move]) -> None:
    """Apply changes to locked rows and write them down as movements; 409 where one would promise or lose units that are not there."""
    moves = list(moves)
    if not moves:
        return
    for change in moves:
        changed = connection.execute(
            _GUARDED,
            {
                "at_sku": change.sku,
                "at_location": change.location,
                **{f"d_{name}": getattr(change, name) for name in _FIELDS},
            },
        )
        if changed.rowcount != 1:
            refuse("out_of_stock", "the units are no longer there", short=[])
    connection.execute(
        insert(movements), [{"at": at, "kind": kind, "reference": reference, **vars(change)} for change in moves]
    )


def seen(at: float | None) -> Subquery:
    """The stock table as it stood at an instant (None: as it stands): what a reader is shown whose copy is synchronised late."""
    if at is None:
        return select(stock).subquery()
    since = (
        select(movements.c.sku, movements.c.location, *(func.sum(movements.c[name]).label(name) for name in _FIELDS))
        .where(movements.c.at > at)
        .group_by(movements.c.sku, movements.c.location)
        .subquery()
    )
    return (
        select(
            stock.c.sku,
            stock.c.location,
            *((stock.c[name] - func.coalesce(since.c[name], 0)).label(name) for name in _FIELDS),
        )
        .join_from(stock, since, (stock.c.sku == since.c.sku) & (stock.c.location == since.c.location), isouter=True)
        .subquery()
    )
